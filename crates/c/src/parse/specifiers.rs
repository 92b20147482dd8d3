//! Declaration specifiers and type names: `static const unsigned long`, `struct s`, `typeof(x)`.
//!
//! In: tokens. Out: [`Specifiers`]. C11 6.7.1-6.7.5; GNU and C23 additions.

use super::tokens::TooDeep;
use super::{AttributeSet, Parser, Symbol};
use crate::ast::ExprId;
use crate::sema::options::Warning;
use crate::token::{Keyword, Token, TokenKind};
use crate::types::{FloatKind, IntKind, QualType, Quals, TypeId, TypeKind};
use lathe_diag::Loc;

/// The storage class written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub(crate) enum StorageClass {
    Typedef,
    Extern,
    Static,
    Auto,
    Register,
}

/// Everything in front of the declarators.
#[derive(Debug, Default)]
pub(crate) struct Specifiers {
    pub ty: Option<QualType>,
    pub storage: Option<StorageClass>,
    pub thread_local: bool,
    pub inline: bool,
    pub noreturn: bool,
    pub constexpr: bool,
    /// `__auto_type`, or C23 `auto` without a type.
    pub auto_type: bool,
    /// No type specifier was written (`int` is assumed).
    pub implicit_int: bool,
    /// From `_Alignas`.
    pub align: u32,
    pub attributes: AttributeSet,
    pub loc: Loc,
    /// The specifiers declare or define a tag, so that no declarator is needed.
    pub declares_tag: bool,
    /// The specifiers end with the `}` of a tag's definition.
    pub defines_tag: bool,
}

/// Basic type keywords seen so far.
#[derive(Default, Clone, Copy)]
struct Basic {
    base: Option<Keyword>,
    signed: bool,
    unsigned: bool,
    short: bool,
    long: u8,
    complex: bool,
    any: bool,
}

impl Parser<'_, '_> {
    /// Whether a token starts declaration specifiers or a type name.
    #[inline]
    pub(crate) fn starts_type(&self, token: Token) -> bool {
        match token.kind {
            TokenKind::Identifier => self.scopes.is_typedef(token.name()),
            TokenKind::Keyword => is_type_keyword(token.keyword()),
            _ => false,
        }
    }

    /// Whether the current token starts a declaration (`__extension__` looked through by the caller).
    pub(crate) fn starts_declaration(&mut self) -> bool {
        match self.token.kind {
            TokenKind::Identifier => {
                self.scopes.is_typedef(self.token.name()) && self.peek().kind != TokenKind::Colon
            }
            TokenKind::Keyword => {
                let keyword = self.token.keyword();
                is_type_keyword(keyword)
                    || is_declaration_keyword(keyword)
                    || keyword == Keyword::StaticAssert
                    || keyword == Keyword::Attribute
            }
            _ => false,
        }
    }

    /// Parses declaration specifiers.
    pub(crate) fn specifiers(&mut self) -> Result<Specifiers, TooDeep> {
        let mut specifiers = Specifiers { loc: self.token.loc, ..Specifiers::default() };
        let mut basic = Basic::default();
        let mut quals = Quals::NONE;
        let mut ty: Option<QualType> = None;
        loop {
            let token = self.token;
            if token.kind == TokenKind::Identifier {
                if ty.is_some() || basic.any || specifiers.auto_type {
                    break;
                }
                let Some(binding) = self.scopes.lookup_mut(token.name()) else { break };
                let Symbol::Typedef(named) = binding.symbol else { break };
                binding.used = true;
                ty = Some(named);
                self.advance();
                continue;
            }
            if token.kind == TokenKind::LeftBracket && self.at_standard_attribute() {
                self.standard_attributes(&mut specifiers.attributes)?;
                continue;
            }
            if token.kind != TokenKind::Keyword {
                break;
            }
            let keyword = token.keyword();
            if specifiers.defines_tag && is_type_keyword(keyword) && !is_qualifier(keyword) {
                // A forgotten `;`: the next declaration begins here.
                break;
            }
            if self.storage_specifier(keyword, &mut specifiers)? {
                continue;
            }
            match keyword {
                Keyword::Const => quals = quals.with(Quals::CONST),
                Keyword::Volatile => quals = quals.with(Quals::VOLATILE),
                Keyword::Restrict => quals = quals.with(Quals::RESTRICT),
                Keyword::Atomic => {
                    if self.peek().kind == TokenKind::LeftParen {
                        self.advance();
                        self.advance();
                        let inner = self.type_name()?;
                        self.expect_closing(TokenKind::RightParen);
                        self.one_type(&mut ty, &basic, inner.unqualified(), token);
                    } else {
                        self.advance();
                    }
                    quals = quals.with(Quals::ATOMIC);
                    continue;
                }
                Keyword::Struct | Keyword::Union => {
                    let record = self.record_specifier(&mut specifiers)?;
                    self.one_type(&mut ty, &basic, record, token);
                    continue;
                }
                Keyword::Enum => {
                    let enumeration = self.enum_specifier(&mut specifiers)?;
                    self.one_type(&mut ty, &basic, enumeration, token);
                    continue;
                }
                Keyword::Typeof | Keyword::TypeofUnqual => {
                    let named = self.typeof_specifier(keyword == Keyword::TypeofUnqual)?;
                    self.one_type(&mut ty, &basic, named, token);
                    continue;
                }
                Keyword::AutoType => {
                    specifiers.auto_type = true;
                }
                Keyword::BuiltinVaList => {
                    let named = self.va_list_type();
                    self.one_type(&mut ty, &basic, named, token);
                }
                _ if is_type_keyword(keyword) => {
                    if ty.is_some() {
                        self.error(token.span(), "two or more data types in declaration specifiers");
                    } else {
                        self.basic_keyword(keyword, &mut basic, token);
                    }
                }
                _ => break,
            }
            self.advance();
        }
        if basic.any && ty.is_none() {
            ty = Some(self.basic_type(basic, specifiers.loc));
        }
        if ty.is_none() && specifiers.storage == Some(StorageClass::Auto) && !specifiers.auto_type {
            specifiers.auto_type = self.pp.options.dialect.at_least(crate::dialect::Standard::C23)
                && self.token.kind == TokenKind::Identifier;
        }
        specifiers.implicit_int = ty.is_none() && !specifiers.auto_type;
        let mut ty = ty.unwrap_or(QualType::INT);
        if quals.has(Quals::ATOMIC) && (self.unit.types.is_array(ty) || self.unit.types.is_function(ty)) {
            self.error(specifiers.loc, "'_Atomic'-qualified array type");
            quals = quals.without(Quals::ATOMIC);
        }
        if quals.has(Quals::RESTRICT) && !self.unit.types.is_pointer(ty) {
            self.error(specifiers.loc, "invalid use of 'restrict'");
            quals = quals.without(Quals::RESTRICT);
        }
        ty = self.unit.types.qualify(ty, quals);
        specifiers.ty = Some(ty);
        Ok(specifiers)
    }

    fn one_type(&mut self, slot: &mut Option<QualType>, basic: &Basic, ty: QualType, at: Token) {
        if slot.is_some() || basic.any {
            self.error(at.span(), "two or more data types in declaration specifiers");
        }
        *slot = Some(ty);
    }

    /// Storage classes, function specifiers, alignment, attributes. True if the token was one.
    fn storage_specifier(&mut self, keyword: Keyword, specifiers: &mut Specifiers) -> Result<bool, TooDeep> {
        let token = self.token;
        let storage = match keyword {
            Keyword::Typedef => StorageClass::Typedef,
            Keyword::Extern => StorageClass::Extern,
            Keyword::Static => StorageClass::Static,
            Keyword::Auto => StorageClass::Auto,
            Keyword::Register => StorageClass::Register,
            Keyword::ThreadLocal => {
                if specifiers.thread_local {
                    self.error(token.span(), "duplicate '_Thread_local' or '__thread'");
                }
                specifiers.thread_local = true;
                self.advance();
                return Ok(true);
            }
            Keyword::Inline => {
                specifiers.inline = true;
                self.advance();
                return Ok(true);
            }
            Keyword::Noreturn => {
                specifiers.noreturn = true;
                self.advance();
                return Ok(true);
            }
            Keyword::Constexpr => {
                specifiers.constexpr = true;
                self.advance();
                return Ok(true);
            }
            Keyword::Extension => {
                self.advance();
                return Ok(true);
            }
            Keyword::Alignas => {
                let align = self.alignas()?;
                specifiers.align = specifiers.align.max(align);
                return Ok(true);
            }
            Keyword::Attribute => {
                self.gnu_attributes(&mut specifiers.attributes)?;
                return Ok(true);
            }
            _ => return Ok(false),
        };
        match specifiers.storage {
            None => specifiers.storage = Some(storage),
            Some(old) if old == storage => {
                let text = self.text(token.name());
                self.error(token.span(), format!("duplicate '{text}'"));
            }
            Some(_) => self.error(token.span(), "multiple storage classes in declaration specifiers"),
        }
        self.advance();
        Ok(true)
    }

    fn basic_keyword(&mut self, keyword: Keyword, basic: &mut Basic, token: Token) {
        basic.any = true;
        let mut conflict: Option<&str> = None;
        match keyword {
            Keyword::Signed if basic.unsigned => conflict = Some("unsigned"),
            Keyword::Unsigned if basic.signed => conflict = Some("signed"),
            Keyword::Signed => basic.signed = true,
            Keyword::Unsigned => basic.unsigned = true,
            Keyword::Short if basic.long > 0 => conflict = Some("long"),
            Keyword::Long if basic.short => conflict = Some("short"),
            Keyword::Short => basic.short = true,
            Keyword::Long if basic.long >= 2 => {
                self.error(token.span(), "'long long long' is too long for GCC");
            }
            Keyword::Long => basic.long += 1,
            Keyword::Complex => basic.complex = true,
            _ if basic.base.is_some() => {
                self.error(token.span(), "two or more data types in declaration specifiers");
            }
            _ => basic.base = Some(keyword),
        }
        if let Some(other) = conflict {
            let text = self.text(token.name());
            self.error(token.span(), format!("both '{text}' and '{other}' in declaration specifiers"));
        }
    }

    fn basic_type(&mut self, basic: Basic, at: Loc) -> QualType {
        let invalid = |parser: &mut Self, what: &str, with: &str| {
            parser.error(at, format!("both '{what}' and '{with}' in declaration specifiers"));
        };
        let sign_word = if basic.unsigned { "unsigned" } else { "signed" };
        let has_sign = basic.signed || basic.unsigned;
        let has_size = basic.short || basic.long > 0;
        let size_word = if basic.short { "short" } else { "long" };
        let int = |signed: IntKind| if basic.unsigned { signed.to_unsigned() } else { signed };
        let real = match basic.base {
            Some(Keyword::Void) => {
                if has_sign || has_size || basic.complex {
                    invalid(self, if has_size { size_word } else { sign_word }, "void");
                }
                return QualType::VOID;
            }
            Some(Keyword::Bool) => {
                if has_sign || has_size {
                    invalid(self, if has_size { size_word } else { sign_word }, "_Bool");
                }
                IntKind::Bool.id()
            }
            Some(Keyword::Char) => {
                if has_size {
                    invalid(self, size_word, "char");
                }
                match (basic.signed, basic.unsigned) {
                    (true, _) => IntKind::SChar.id(),
                    (_, true) => IntKind::UChar.id(),
                    _ => IntKind::Char.id(),
                }
            }
            Some(Keyword::Int128) => int(IntKind::Int128).id(),
            Some(Keyword::UInt128) => IntKind::UInt128.id(),
            Some(Keyword::Double) => {
                if has_sign || basic.short || basic.long > 1 {
                    invalid(self, if has_sign { sign_word } else { size_word }, "double");
                }
                if basic.long > 0 { FloatKind::LongDouble.id() } else { FloatKind::Double.id() }
            }
            Some(keyword) if float_kind(keyword).is_some() => {
                let kind = float_kind(keyword).unwrap_or(FloatKind::Float);
                if has_sign || has_size {
                    invalid(self, if has_size { size_word } else { sign_word }, "float");
                }
                kind.id()
            }
            Some(Keyword::Int) | None => match (basic.short, basic.long) {
                _ if basic.base.is_none() && basic.complex && !has_sign && !has_size => {
                    FloatKind::Double.id()
                }
                (true, _) => int(IntKind::Short).id(),
                (_, 0) => int(IntKind::Int).id(),
                (_, 1) => int(IntKind::Long).id(),
                _ => int(IntKind::LongLong).id(),
            },
            Some(_) => {
                self.error(at, "this type is not supported");
                TypeId::ERROR
            }
        };
        let real = QualType::new(real, Quals::NONE);
        if basic.complex { self.unit.types.complex_of(real) } else { real }
    }

    /// `_Alignas(type or constant)`; the current token is the keyword.
    fn alignas(&mut self) -> Result<u32, TooDeep> {
        let at = self.advance();
        if !self.expect(TokenKind::LeftParen) {
            return Ok(0);
        }
        let align = if self.starts_type(self.token) {
            let ty = self.type_name()?;
            self.unit.types.align_of(ty) as i128
        } else {
            let expr = self.constant_expression()?;
            match self.integer_constant(expr) {
                Some(value) => value,
                None => {
                    self.error(at.span(), "requested alignment is not an integer constant");
                    0
                }
            }
        };
        self.expect_closing(TokenKind::RightParen);
        Ok(self.check_alignment(align, at.loc))
    }

    /// A requested alignment, or 0 with an error.
    pub(crate) fn check_alignment(&mut self, align: i128, at: Loc) -> u32 {
        if align == 0 {
            return 0;
        }
        if align < 0 || align & (align - 1) != 0 {
            self.error(at, format!("requested alignment '{align}' is not a positive power of 2"));
            return 0;
        }
        if align > 1 << 28 {
            self.error(at, format!("requested alignment '{align}' exceeds maximum 268435456"));
            return 0;
        }
        align as u32
    }

    fn typeof_specifier(&mut self, unqualified: bool) -> Result<QualType, TooDeep> {
        self.advance();
        if !self.expect(TokenKind::LeftParen) {
            return Ok(QualType::ERROR);
        }
        self.unevaluated += 1;
        let parsed = if self.starts_type(self.token) {
            self.type_name()
        } else {
            self.expression_no_decay().map(|expr: ExprId| self.body.expr(expr).ty)
        };
        self.unevaluated -= 1;
        let ty = parsed?;
        self.expect_closing(TokenKind::RightParen);
        Ok(if unqualified { self.unit.types.canonical_type(ty).unqualified() } else { ty })
    }

    /// A type name in parentheses, casts, `sizeof`.
    pub(crate) fn type_name(&mut self) -> Result<QualType, TooDeep> {
        let specifiers = self.specifiers()?;
        if specifiers.implicit_int {
            self.syntax_error("expected specifier-qualifier-list");
            return Ok(QualType::ERROR);
        }
        if specifiers.storage.is_some() {
            self.syntax_error("expected specifier-qualifier-list");
        }
        let base = specifiers.ty.unwrap_or(QualType::ERROR);
        let base = self.apply_type_attributes(base, &specifiers.attributes);
        if matches!(self.token.kind, TokenKind::RightParen | TokenKind::Comma) {
            return Ok(base);
        }
        let mut declarator = self.declarator(base, super::declarator::Form::Abstract)?;
        if self.at_keyword(Keyword::Attribute) {
            self.gnu_attributes(&mut declarator.attributes)?;
        }
        let ty = declarator.ty;
        Ok(self.apply_type_attributes(ty, &declarator.attributes))
    }

    /// The target's `va_list` type.
    pub(crate) fn va_list_type(&mut self) -> QualType {
        if let Some(ty) = self.va_list {
            return ty;
        }
        let ty = self.build_va_list();
        let name = self.pp.interner.intern(b"__builtin_va_list");
        let ty = self.unit.types.typedef(name, ty);
        self.va_list = Some(ty);
        ty
    }

    pub(crate) fn is_void_parameter(&self, ty: QualType) -> bool {
        matches!(self.unit.types.kind(ty), TypeKind::Void) && ty.quals().is_empty()
    }

    pub(crate) fn implicit_int(&mut self, at: Loc, name: Option<crate::intern::Name>) {
        let message = match name {
            Some(name) => format!("type defaults to 'int' in declaration of '{}'", self.text(name)),
            None => "type defaults to 'int'".to_string(),
        };
        self.pedantic_warn(Warning::ImplicitInt, at, message);
    }
}

fn float_kind(keyword: Keyword) -> Option<FloatKind> {
    Some(match keyword {
        Keyword::Float => FloatKind::Float,
        Keyword::Double => FloatKind::Double,
        Keyword::Float32 => FloatKind::Float32,
        Keyword::Float64 => FloatKind::Float64,
        Keyword::Float32x => FloatKind::Float32x,
        Keyword::Float64x => FloatKind::Float64x,
        Keyword::Float128 => FloatKind::Float128,
        Keyword::Float80 => FloatKind::LongDouble,
        _ => return None,
    })
}

fn is_type_keyword(keyword: Keyword) -> bool {
    use Keyword::*;
    matches!(
        keyword,
        Void | Char
            | Short
            | Int
            | Long
            | Float
            | Double
            | Signed
            | Unsigned
            | Bool
            | Complex
            | Int128
            | UInt128
            | Float16
            | Float32
            | Float64
            | Float128
            | Float32x
            | Float64x
            | Float80
            | BFloat16
            | Decimal32
            | Decimal64
            | Decimal128
            | BitInt
            | Struct
            | Union
            | Enum
            | Typeof
            | TypeofUnqual
            | AutoType
            | BuiltinVaList
            | Const
            | Volatile
            | Restrict
            | Atomic
    )
}

fn is_qualifier(keyword: Keyword) -> bool {
    matches!(keyword, Keyword::Const | Keyword::Volatile | Keyword::Restrict | Keyword::Atomic)
}

fn is_declaration_keyword(keyword: Keyword) -> bool {
    use Keyword::*;
    matches!(
        keyword,
        Typedef | Extern | Static | Auto | Register | ThreadLocal | Constexpr | Inline | Noreturn | Alignas
    )
}
