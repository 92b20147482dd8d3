//! Attributes: `__attribute__((…))` and `[[…]]`, one table of names.
//!
//! In: tokens. Out: an [`AttributeSet`], part of it the [`Attributes`] of a declaration, part of it
//! about types (alignment, packing, mode, vector size), which `apply_type_attributes` applies.
//! Names can be written with `__` around them. Source: GCC 12 manual, "Attribute Syntax",
//! "Function Attributes", "Variable Attributes", "Type Attributes", "Statement Attributes".

use super::tokens::TooDeep;
use super::{Parser, Symbol};
use crate::ast::decl::FormatKind;
use crate::ast::{Attributes, DeclId, ExprId, IfuncOrAlias, StringId, TlsModel, Visibility};
use crate::intern::{Interner, Name};
use crate::sema::options::Warning;
use crate::token::{Keyword, TokenKind};
use crate::types::{CallConvention, FloatKind, IntKind, QualType, Quals, TypeKind};
use lathe_diag::Loc;
use rustc_hash::FxHashMap;

/// Attributes of a declaration, type or statement as parsed.
#[derive(Debug, Default)]
pub(crate) struct AttributeSet {
    inner: Option<Box<Inner>>,
}

#[derive(Debug, Default, Clone)]
pub(crate) struct Inner {
    pub declaration: Attributes,
    /// `aligned`, in bytes.
    pub align: u32,
    pub packed: bool,
    pub mode: Option<Name>,
    /// `vector_size`, in bytes.
    pub vector_size: Option<u64>,
    pub transparent_union: bool,
    pub may_alias: bool,
    pub convention: CallConvention,
    pub cleanup: Option<DeclId>,
    pub loc: Loc,
}

impl AttributeSet {
    fn make(&mut self) -> &mut Inner {
        self.inner.get_or_insert_with(Box::default)
    }

    pub fn get(&self) -> Option<&Inner> {
        self.inner.as_deref()
    }

    pub fn align(&self) -> u32 {
        self.get().map_or(0, |inner| inner.align)
    }

    pub fn packed(&self) -> bool {
        self.get().is_some_and(|inner| inner.packed)
    }

    /// Adds another set's attributes.
    pub fn merge(&mut self, other: AttributeSet) {
        let Some(other) = other.inner else { return };
        match &mut self.inner {
            None => self.inner = Some(other),
            Some(own) => {
                own.align = own.align.max(other.align);
                own.packed |= other.packed;
                own.mode = own.mode.or(other.mode);
                own.vector_size = own.vector_size.or(other.vector_size);
                own.transparent_union |= other.transparent_union;
                own.may_alias |= other.may_alias;
                own.cleanup = own.cleanup.or(other.cleanup);
                if own.convention == CallConvention::C {
                    own.convention = other.convention;
                }
                own.declaration.merge(&other.declaration);
            }
        }
    }

    /// The declaration's part.
    pub fn declaration(&self) -> &Attributes {
        static NONE: std::sync::LazyLock<Attributes> = std::sync::LazyLock::new(Attributes::default);
        self.get().map_or(&NONE, |inner| &inner.declaration)
    }
}

/// What to do with an attribute.
#[derive(Clone, Copy, Debug)]
enum Action {
    /// Sets a flag of the declaration.
    Flag(fn(&mut Attributes)),
    /// Known, without effect here.
    Accept,
    /// Known, and not supported: warned about.
    Ignore,
    Special(Special),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Special {
    Aligned,
    Packed,
    Mode,
    VectorSize,
    TransparentUnion,
    MayAlias,
    Cleanup,
    Alias,
    Ifunc,
    WeakRef,
    Section,
    Visibility,
    Constructor,
    Destructor,
    TlsModel,
    Symver,
    Deprecated,
    Unavailable,
    ErrorAttribute,
    WarningAttribute,
    Format,
    FormatArg,
    Nonnull,
    Sentinel,
    AllocSize,
    AllocAlign,
    AssumeAligned,
    RegParm,
    FastCall,
    StdCall,
    ThisCall,
    MsAbi,
    Patchable,
    StorageOrder,
}

use Action::{Accept, Flag, Ignore, Special as S};

/// Names of the table that only stand in `[[…]]`, that gcc 12 does not have, or that promise what is not done.
#[rustfmt::skip]
const NOT_GNU: &[&str] = &[
    "maybe_unused", "nodiscard", "_Noreturn", "unsequenced", "reproducible",
    "likely", "unlikely", "assume", "cold_label", "null_terminated_string_arg", "bnd_legacy", "simd", "fd_arg",
];

/// Whether a GNU attribute (without underscores) has its effect, or none to have: what `__has_attribute` says.
pub(crate) fn is_gnu(name: &str) -> bool {
    let known = TABLE.iter().any(|(known, action)| *known == name && !matches!(action, Ignore));
    known && !NOT_GNU.contains(&name)
}

/// All attribute names.
const TABLE: &[(&str, Action)] = &[
    ("aligned", S(Special::Aligned)),
    ("packed", S(Special::Packed)),
    ("mode", S(Special::Mode)),
    ("vector_size", S(Special::VectorSize)),
    ("transparent_union", S(Special::TransparentUnion)),
    ("may_alias", S(Special::MayAlias)),
    ("cleanup", S(Special::Cleanup)),
    ("alias", S(Special::Alias)),
    ("ifunc", S(Special::Ifunc)),
    ("weakref", S(Special::WeakRef)),
    ("section", S(Special::Section)),
    ("visibility", S(Special::Visibility)),
    ("constructor", S(Special::Constructor)),
    ("destructor", S(Special::Destructor)),
    ("tls_model", S(Special::TlsModel)),
    ("symver", S(Special::Symver)),
    ("deprecated", S(Special::Deprecated)),
    ("unavailable", S(Special::Unavailable)),
    ("error", S(Special::ErrorAttribute)),
    ("warning", S(Special::WarningAttribute)),
    ("format", S(Special::Format)),
    ("format_arg", S(Special::FormatArg)),
    ("nonnull", S(Special::Nonnull)),
    ("sentinel", S(Special::Sentinel)),
    ("alloc_size", S(Special::AllocSize)),
    ("alloc_align", S(Special::AllocAlign)),
    ("assume_aligned", S(Special::AssumeAligned)),
    ("regparm", S(Special::RegParm)),
    ("fastcall", S(Special::FastCall)),
    ("stdcall", S(Special::StdCall)),
    ("thiscall", S(Special::ThisCall)),
    ("ms_abi", S(Special::MsAbi)),
    ("patchable_function_entry", S(Special::Patchable)),
    ("scalar_storage_order", S(Special::StorageOrder)),
    ("weak", Flag(|a| a.weak = true)),
    ("used", Flag(|a| a.used = true)),
    ("retain", Flag(|a| a.retain = true)),
    ("unused", Flag(|a| a.unused = true)),
    ("maybe_unused", Flag(|a| a.unused = true)),
    ("always_inline", Flag(|a| a.always_inline = true)),
    ("noinline", Flag(|a| a.noinline = true)),
    ("gnu_inline", Flag(|a| a.gnu_inline = true)),
    ("noreturn", Flag(|a| a.noreturn = true)),
    ("_Noreturn", Flag(|a| a.noreturn = true)),
    ("const", Flag(|a| a.is_const = true)),
    ("unsequenced", Flag(|a| a.is_const = true)),
    ("pure", Flag(|a| a.pure = true)),
    ("reproducible", Flag(|a| a.pure = true)),
    ("malloc", Flag(|a| a.malloc = true)),
    ("returns_twice", Flag(|a| a.returns_twice = true)),
    ("nothrow", Flag(|a| a.nothrow = true)),
    ("leaf", Flag(|a| a.leaf = true)),
    ("cold", Flag(|a| a.cold = true)),
    ("hot", Flag(|a| a.hot = true)),
    ("naked", Flag(|a| a.naked = true)),
    ("noclone", Flag(|a| a.noclone = true)),
    ("noipa", Flag(|a| a.noipa = true)),
    ("no_instrument_function", Flag(|a| a.no_instrument_function = true)),
    ("no_stack_protector", Flag(|a| a.no_stack_protector = true)),
    ("flatten", Flag(|a| a.flatten = true)),
    ("common", Flag(|a| a.common = Some(true))),
    ("nocommon", Flag(|a| a.common = Some(false))),
    ("warn_unused_result", Flag(|a| a.warn_unused_result = true)),
    ("nodiscard", Flag(|a| a.warn_unused_result = true)),
    ("returns_nonnull", Flag(|a| a.returns_nonnull = true)),
    ("fallthrough", Flag(|a| a.fallthrough = true)),
    ("nonstring", Flag(|a| a.nonstring = true)),
    ("uninitialized", Flag(|a| a.uninitialized = true)),
    ("externally_visible", Accept),
    ("access", Accept),
    ("artificial", Accept),
    ("cdecl", Accept),
    ("sysv_abi", Accept),
    ("designated_init", Accept),
    ("gcc_struct", Accept),
    ("noplt", Accept),
    ("no_reorder", Accept),
    ("no_icf", Accept),
    ("nocf_check", Accept),
    ("no_sanitize", Accept),
    ("no_sanitize_address", Accept),
    ("no_sanitize_undefined", Accept),
    ("no_sanitize_thread", Accept),
    ("no_address_safety_analysis", Accept),
    ("no_profile_instrument_function", Accept),
    ("no_split_stack", Accept),
    ("no_caller_saved_registers", Ignore),
    ("optimize", Accept),
    ("simd", Accept),
    ("stack_protect", Accept),
    ("target", Ignore),
    ("target_clones", Ignore),
    ("tainted_args", Accept),
    ("transaction_pure", Accept),
    ("warn_if_not_aligned", Accept),
    ("bnd_legacy", Accept),
    ("null_terminated_string_arg", Accept),
    ("fd_arg", Accept),
    ("assume", Accept),
    ("musttail", Ignore),
    ("zero_call_used_regs", Ignore),
    ("interrupt", Ignore),
    ("force_align_arg_pointer", Ignore),
    ("ms_struct", Ignore),
    ("ms_hook_prologue", Ignore),
    ("hardbool", Ignore),
    ("copy", Accept),
    ("cold_label", Accept),
    ("noinit", Ignore),
    ("persistent", Ignore),
    ("likely", Accept),
    ("unlikely", Accept),
    ("vector_mask", Ignore),
];

pub(super) fn intern_names(interner: &mut Interner) -> FxHashMap<Name, u16> {
    let mut map = FxHashMap::default();
    for (index, (name, _)) in TABLE.iter().enumerate() {
        map.insert(interner.intern(name.as_bytes()), index as u16);
        map.insert(interner.intern(format!("__{name}__").as_bytes()), index as u16);
    }
    map
}

/// An argument: a string, a bare identifier, or an expression.
#[derive(Clone, Copy, Debug)]
enum Argument {
    String(StringId),
    Identifier(Name),
    Expr(ExprId),
}

impl Parser<'_, '_> {
    /// `__attribute__((…))`, any number; the current token is the keyword (or nothing happens).
    pub(crate) fn gnu_attributes(&mut self, set: &mut AttributeSet) -> Result<(), TooDeep> {
        while self.at_keyword(Keyword::Attribute) {
            self.advance();
            if !self.expect(TokenKind::LeftParen) || !self.expect(TokenKind::LeftParen) {
                self.skip_until(TokenKind::RightParen);
                return Ok(());
            }
            loop {
                match self.token.kind {
                    TokenKind::Comma => {
                        self.advance();
                    }
                    TokenKind::Identifier | TokenKind::Keyword => self.one_attribute(set, "")?,
                    _ => break,
                }
            }
            self.expect_closing(TokenKind::RightParen);
            self.expect_closing(TokenKind::RightParen);
        }
        Ok(())
    }

    /// `[[…]]`; the current token is the first bracket.
    pub(crate) fn standard_attributes(&mut self, set: &mut AttributeSet) -> Result<(), TooDeep> {
        self.advance();
        self.advance();
        loop {
            match self.token.kind {
                TokenKind::Comma => {
                    self.advance();
                }
                TokenKind::Identifier | TokenKind::Keyword => {
                    let mut prefix = String::new();
                    if self.peek().kind == TokenKind::ColonColon {
                        prefix = self.text(self.token.name()).trim_matches('_').to_string();
                        self.advance();
                        self.advance();
                    } else if self.peek().kind == TokenKind::Colon {
                        prefix = self.text(self.token.name());
                        self.advance();
                        self.eat(TokenKind::Colon);
                        self.eat(TokenKind::Colon);
                    }
                    // `[[vendor::` must name something.
                    if !matches!(self.token.kind, TokenKind::Identifier | TokenKind::Keyword) {
                        self.expected_here("expected identifier", None);
                        break;
                    }
                    self.one_attribute(set, &prefix)?;
                }
                _ => break,
            }
        }
        self.expect_closing(TokenKind::RightBracket);
        self.expect_closing(TokenKind::RightBracket);
        Ok(())
    }

    fn one_attribute(&mut self, set: &mut AttributeSet, prefix: &str) -> Result<(), TooDeep> {
        let token = self.advance();
        let name = token.name();
        let row = if prefix.is_empty() || prefix == "gnu" {
            self.attribute_names.get(&name).copied()
        } else {
            None
        };
        set.make().loc = token.loc;
        let Some(row) = row else {
            let text = self.text(name);
            let text = if prefix.is_empty() { text } else { format!("{prefix}::{text}") };
            self.warn(Warning::Attributes, token.span(), format!("'{text}' attribute directive ignored"));
            return self.skip_attribute_arguments();
        };
        match TABLE[row as usize].1 {
            Flag(change) => {
                change(&mut set.make().declaration);
                self.skip_attribute_arguments()
            }
            Accept => self.skip_attribute_arguments(),
            Ignore => {
                let text = TABLE[row as usize].0;
                self.warn(Warning::Attributes, token.span(), format!("'{text}' attribute directive ignored"));
                self.skip_attribute_arguments()
            }
            S(special) => {
                let arguments = self.attribute_arguments()?;
                self.special_attribute(set, special, TABLE[row as usize].0, token.loc, &arguments);
                Ok(())
            }
        }
    }

    fn skip_attribute_arguments(&mut self) -> Result<(), TooDeep> {
        if self.eat(TokenKind::LeftParen) {
            let mut depth = 1u32;
            while depth > 0 && self.token.kind != TokenKind::Eof {
                match self.token.kind {
                    TokenKind::LeftParen => depth += 1,
                    TokenKind::RightParen => depth -= 1,
                    _ => {}
                }
                self.advance();
            }
        }
        Ok(())
    }

    fn attribute_arguments(&mut self) -> Result<Vec<Argument>, TooDeep> {
        let mut arguments = Vec::new();
        if !self.eat(TokenKind::LeftParen) {
            return Ok(arguments);
        }
        while !matches!(self.token.kind, TokenKind::RightParen | TokenKind::Eof) {
            let kind = self.token.kind;
            let argument = match kind {
                TokenKind::String => match self.string_argument() {
                    Some(id) => Argument::String(id),
                    None => break,
                },
                TokenKind::Identifier
                    if matches!(self.peek().kind, TokenKind::Comma | TokenKind::RightParen)
                        && !matches!(
                            self.scopes.lookup(self.token.name()).map(|b| b.symbol),
                            Some(Symbol::Enumerator(..))
                        ) =>
                {
                    Argument::Identifier(self.advance().name())
                }
                TokenKind::Keyword
                    if matches!(self.peek().kind, TokenKind::Comma | TokenKind::RightParen)
                        && !self.at_keyword(Keyword::True)
                        && !self.at_keyword(Keyword::False) =>
                {
                    Argument::Identifier(self.advance().name())
                }
                _ => Argument::Expr(self.assignment_rvalue()?),
            };
            arguments.push(argument);
            if !self.eat(TokenKind::Comma) {
                break;
            }
        }
        self.expect_closing(TokenKind::RightParen);
        Ok(arguments)
    }

    fn integer_argument(&mut self, argument: Option<&Argument>) -> Option<i128> {
        match argument {
            Some(Argument::Expr(expr)) => self.integer_constant(*expr),
            _ => None,
        }
    }

    fn special_attribute(
        &mut self,
        set: &mut AttributeSet,
        special: Special,
        name: &str,
        at: Loc,
        arguments: &[Argument],
    ) {
        let number = |parser: &mut Self, index: usize| parser.integer_argument(arguments.get(index));
        let string = |index: usize| match arguments.get(index) {
            Some(Argument::String(id)) => Some(*id),
            _ => None,
        };
        let wrong = |parser: &mut Self| {
            parser.error(at, format!("wrong number of arguments specified for '{name}' attribute"));
        };
        match special {
            Special::Aligned => {
                let align = match arguments.first() {
                    None => self.unit.types.data_layout().max_align,
                    Some(_) => match number(self, 0) {
                        Some(value) => self.check_alignment(value, at),
                        None => {
                            self.error(at, "requested alignment is not an integer constant");
                            0
                        }
                    },
                };
                let inner = set.make();
                inner.align = inner.align.max(align);
            }
            Special::Packed => set.make().packed = true,
            Special::Mode => match arguments.first() {
                Some(Argument::Identifier(mode)) => set.make().mode = Some(*mode),
                _ => wrong(self),
            },
            Special::VectorSize => match number(self, 0) {
                Some(size) if size > 0 && size <= 1 << 20 => set.make().vector_size = Some(size as u64),
                _ => self
                    .error(at, "'vector_size' attribute argument value is not a positive integer constant"),
            },
            Special::TransparentUnion => set.make().transparent_union = true,
            Special::MayAlias => set.make().may_alias = true,
            Special::Cleanup => self.cleanup_attribute(set, at, arguments),
            Special::Alias | Special::Ifunc | Special::WeakRef => {
                let make = match special {
                    Special::Alias => IfuncOrAlias::Alias,
                    Special::Ifunc => IfuncOrAlias::Ifunc,
                    _ => IfuncOrAlias::WeakRef,
                };
                if let Some(target) = string(0) {
                    set.make().declaration.alias = Some(make(target));
                }
                set.make().declaration.weak |= special == Special::WeakRef;
            }
            Special::Section => match string(0) {
                Some(id) => set.make().declaration.section = Some(id),
                None => self.error(at, "section attribute argument not a string constant"),
            },
            Special::Visibility => self.visibility_attribute(set, at, string(0)),
            Special::Constructor => {
                let priority = number(self, 0).unwrap_or(65535).clamp(0, 65535) as u16;
                set.make().declaration.constructor = Some(priority);
            }
            Special::Destructor => {
                let priority = number(self, 0).unwrap_or(65535).clamp(0, 65535) as u16;
                set.make().declaration.destructor = Some(priority);
            }
            Special::TlsModel => {
                let text = string(0).map(|id| self.unit.text(id).to_vec()).unwrap_or_default();
                set.make().declaration.tls_model = match text.as_slice() {
                    b"global-dynamic" => Some(TlsModel::GlobalDynamic),
                    b"local-dynamic" => Some(TlsModel::LocalDynamic),
                    b"initial-exec" => Some(TlsModel::InitialExec),
                    b"local-exec" => Some(TlsModel::LocalExec),
                    _ => {
                        let message = "'tls_model' argument must be one of 'local-exec', 'initial-exec', 'local-dynamic' or 'global-dynamic'";
                        self.error(at, message);
                        None
                    }
                };
            }
            Special::Symver => set.make().declaration.symver = string(0),
            Special::Deprecated => set.make().declaration.deprecated = Some(string(0)),
            Special::Unavailable => set.make().declaration.unavailable = Some(string(0)),
            Special::ErrorAttribute | Special::WarningAttribute => {
                if let Some(id) = string(0) {
                    let is_error = special == Special::ErrorAttribute;
                    set.make().declaration.error_when_called = Some((is_error, id));
                }
            }
            Special::Format => self.format_attribute(set, at, arguments),
            Special::FormatArg => {}
            Special::Nonnull => {
                let mut mask = 0u64;
                for index in 0..arguments.len() {
                    if let Some(value @ 1..=64) = number(self, index) {
                        mask |= 1 << (value - 1);
                    }
                }
                set.make().declaration.nonnull |= if arguments.is_empty() { !0 } else { mask };
            }
            Special::Sentinel => {
                let position = number(self, 0).unwrap_or(0).clamp(0, 1000) as u32;
                set.make().declaration.sentinel = Some(position);
            }
            Special::AllocSize => {
                let first = number(self, 0).unwrap_or(1) as u32;
                let second = number(self, 1).map(|value| value as u32);
                set.make().declaration.alloc_size = Some((first, second));
            }
            Special::AllocAlign => {
                let first = number(self, 0).unwrap_or(1) as u32;
                set.make().declaration.alloc_align = Some(first);
            }
            Special::AssumeAligned => {
                let align = number(self, 0).unwrap_or(1) as u64;
                let offset = number(self, 1).unwrap_or(0) as u64;
                set.make().declaration.assume_aligned = Some((align, offset));
            }
            Special::RegParm => match number(self, 0) {
                Some(count @ 0..=3) => set.make().convention = CallConvention::RegParm(count as u8),
                _ => self.error(at, "argument to 'regparm' attribute larger than 3"),
            },
            Special::FastCall => set.make().convention = CallConvention::FastCall,
            Special::StdCall => set.make().convention = CallConvention::StdCall,
            Special::ThisCall => set.make().convention = CallConvention::ThisCall,
            Special::MsAbi => set.make().convention = CallConvention::MsAbi,
            Special::Patchable => {
                let total = number(self, 0).unwrap_or(0).clamp(0, 65535) as u32;
                let before = number(self, 1).unwrap_or(0).clamp(0, 65535) as u32;
                set.make().declaration.patchable_function_entry = Some((total, before));
            }
            Special::StorageOrder => {
                let text = string(0).map(|id| self.unit.text(id).to_vec()).unwrap_or_default();
                if text == b"big-endian" {
                    self.error(at, "'scalar_storage_order' \"big-endian\" is not supported");
                }
            }
        }
    }

    fn cleanup_attribute(&mut self, set: &mut AttributeSet, at: Loc, arguments: &[Argument]) {
        let target = match arguments.first() {
            Some(Argument::Identifier(name)) => self.scopes.lookup(*name).map(|b| b.symbol),
            _ => None,
        };
        match target {
            Some(Symbol::Global(decl)) if self.unit.types.is_function(self.unit.decl(decl).ty) => {
                self.unit.decls[decl.0 as usize].used = true;
                set.make().cleanup = Some(decl);
            }
            _ => self.error(at, "'cleanup' argument not a function"),
        }
    }

    fn visibility_attribute(&mut self, set: &mut AttributeSet, at: Loc, text: Option<StringId>) {
        let text = text.map(|id| self.unit.text(id).to_vec()).unwrap_or_default();
        set.make().declaration.visibility = match text.as_slice() {
            b"default" => Some(Visibility::Default),
            b"hidden" => Some(Visibility::Hidden),
            b"protected" => Some(Visibility::Protected),
            b"internal" => Some(Visibility::Internal),
            _ => {
                let message =
                    "'visibility' argument must be one of 'default', 'hidden', 'protected' or 'internal'";
                self.error(at, message);
                None
            }
        };
    }

    fn format_attribute(&mut self, set: &mut AttributeSet, at: Loc, arguments: &[Argument]) {
        let kind = match arguments.first() {
            Some(Argument::Identifier(name)) => {
                let text = self.text(*name);
                match text.trim_matches('_') {
                    "printf" | "gnu_printf" => Some(FormatKind::Printf),
                    "scanf" | "gnu_scanf" => Some(FormatKind::Scanf),
                    "strftime" | "gnu_strftime" => Some(FormatKind::Strftime),
                    "strfmon" | "gnu_strfmon" => Some(FormatKind::Strfmon),
                    other => {
                        let message = format!("'{other}' is an unrecognized format function type");
                        self.warn(Warning::Format, at, message);
                        None
                    }
                }
            }
            _ => None,
        };
        let format = self.integer_argument(arguments.get(1));
        let first = self.integer_argument(arguments.get(2));
        if let (Some(kind), Some(format), Some(first)) = (kind, format, first) {
            set.make().declaration.format = Some((kind, format as u32, first as u32));
        }
    }

    /// Applies `mode`, `vector_size`, `may_alias` and calling conventions to a type. `aligned` is left
    /// to the declaration, where it belongs to the entity.
    pub(crate) fn apply_type_attributes(&mut self, ty: QualType, set: &AttributeSet) -> QualType {
        let Some(inner) = set.get() else { return ty };
        let mut ty = ty;
        if let Some(mode) = inner.mode {
            ty = self.apply_mode(ty, mode, inner.loc);
        }
        if let Some(size) = inner.vector_size {
            ty = self.apply_vector_size(ty, size, inner.loc);
        }
        if inner.may_alias && !self.unit.types.is_error(ty) {
            ty = self.unit.types.attributed(ty, 0, true);
        }
        if inner.convention != CallConvention::C || inner.declaration.noreturn {
            ty = self.apply_function_attributes(ty, inner.convention, inner.declaration.noreturn);
        }
        ty
    }

    /// A calling convention among the specifiers is about the function that is declared or pointed to.
    pub(crate) fn apply_convention(&mut self, ty: QualType, specifiers: &AttributeSet) -> QualType {
        match specifiers.get() {
            Some(inner) if inner.convention != CallConvention::C => {
                self.apply_function_attributes(ty, inner.convention, false)
            }
            _ => ty,
        }
    }

    fn apply_function_attributes(
        &mut self,
        ty: QualType,
        convention: CallConvention,
        noreturn: bool,
    ) -> QualType {
        match self.unit.types.kind(ty) {
            TypeKind::Function(id) => {
                let mut function = self.unit.types.function_type(id).clone();
                let has_conventions = self.unit.types.arch() == lathe_target::Arch::X86;
                if (convention != CallConvention::C && has_conventions) || convention == CallConvention::MsAbi
                {
                    function.convention = convention;
                }
                function.noreturn |= noreturn;
                self.unit.types.function(function)
            }
            TypeKind::Pointer(to) if self.unit.types.is_function(to) => {
                let to = self.apply_function_attributes(to, convention, noreturn);
                let pointer = self.unit.types.pointer(to);
                QualType::new(pointer.id(), ty.quals())
            }
            _ => ty,
        }
    }

    fn apply_mode(&mut self, ty: QualType, mode: Name, at: Loc) -> QualType {
        let text = self.text(mode);
        let word = text.trim_matches('_');
        let unsigned = self.unit.types.is_integer(ty) && !self.unit.types.is_signed(ty);
        let pointer = self.unit.types.data_layout().pointer.size;
        let int = |kind: IntKind| {
            let kind = if unsigned { kind.to_unsigned() } else { kind };
            Some(kind.id())
        };
        let id = match word {
            "QI" | "byte" => int(IntKind::SChar),
            "HI" => int(IntKind::Short),
            "SI" => int(IntKind::Int),
            "DI" if pointer == 8 => int(IntKind::Long),
            "DI" => int(IntKind::LongLong),
            "TI" => int(IntKind::Int128),
            "word" | "pointer" | "unwind_word" => int(IntKind::Long),
            "SF" => Some(FloatKind::Float.id()),
            "DF" => Some(FloatKind::Double.id()),
            "XF" => Some(FloatKind::LongDouble.id()),
            "TF" => Some(FloatKind::Float128.id()),
            "SC" | "DC" | "XC" | "TC" => {
                let part = match word {
                    "SC" => FloatKind::Float,
                    "DC" => FloatKind::Double,
                    "XC" => FloatKind::LongDouble,
                    _ => FloatKind::Float128,
                };
                let complex = self.unit.types.complex_of(QualType::new(part.id(), Quals::NONE));
                return QualType::new(complex.id(), ty.quals());
            }
            _ => None,
        };
        match id {
            Some(id) => QualType::new(id, ty.quals()),
            None => {
                self.error(at, format!("unknown machine mode '{text}'"));
                ty
            }
        }
    }

    fn apply_vector_size(&mut self, ty: QualType, size: u64, at: Loc) -> QualType {
        match self.unit.types.kind(ty) {
            TypeKind::Pointer(to) => {
                let to = self.apply_vector_size(to, size, at);
                let pointer = self.unit.types.pointer(to);
                return QualType::new(pointer.id(), ty.quals());
            }
            TypeKind::Array(element, length) => {
                let element = self.apply_vector_size(element, size, at);
                return self.unit.types.array(element, length);
            }
            TypeKind::Function(id) => {
                let mut function = self.unit.types.function_type(id).clone();
                function.result = self.apply_vector_size(function.result, size, at);
                return self.unit.types.function(function);
            }
            TypeKind::Int(kind) if kind != IntKind::Bool => {}
            TypeKind::Float(_) => {}
            TypeKind::Error => return ty,
            _ => {
                self.error(at, "invalid vector type for attribute 'vector_size'");
                return ty;
            }
        }
        let element = self.unit.types.size_of(ty).unwrap_or(1);
        if !size.is_multiple_of(element) {
            self.error(at, "vector size not an integral multiple of component size");
            return ty;
        }
        if !(size / element).is_power_of_two() {
            let count = size / element;
            self.error(at, format!("number of vector components {count} not a power of two"));
            return ty;
        }
        let vector = self.unit.types.vector(ty.id(), (size / element) as u32);
        QualType::new(vector.id(), ty.quals())
    }
}
