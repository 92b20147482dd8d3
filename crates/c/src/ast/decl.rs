//! Declarations that outlive a function body, and the unit that holds them.
//!
//! One [`Decl`] per entity: redeclarations are merged into the first (composite type, attributes).

use super::init::{DataInit, StaticInitId, StringData, StringId};
use crate::intern::Name;
use crate::types::{QualType, TypeTable};
use lathe_diag::Loc;
use rustc_hash::FxHashMap;

/// A declaration of the unit.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct DeclId(pub u32);

/// What a declaration declares.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DeclKind {
    /// A function.
    Function,
    /// An object with static or thread storage.
    Object,
    /// A typedef name (here for debug information).
    Typedef,
}

/// C11 6.2.2.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub enum Linkage {
    External,
    Internal,
    /// Static locals and file-scope compound literals: internal, and the name is not unique (the
    /// lowering appends `.N`).
    None,
}

/// Where an object lives.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StorageDuration {
    /// One for the program.
    Static,
    /// One per thread.
    Thread,
}

/// ELF visibility.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub enum Visibility {
    Default,
    Hidden,
    Protected,
    Internal,
}

/// `tls_model`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub enum TlsModel {
    GlobalDynamic,
    LocalDynamic,
    InitialExec,
    LocalExec,
}

/// What `inline` came to (C11 6.7.4, or GNU's older rule under `gnu_inline`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum InlineKind {
    /// Not inline.
    No,
    /// Inline, and emitted here (static, or an external definition).
    Yes,
    /// The body is for inlining only; calls that are not inlined refer to the external symbol.
    /// Final only at [`super::Consumer::finish`]: a later `extern` declaration turns it into `Yes`.
    OnlyInline,
}

/// `alias`/`ifunc`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum IfuncOrAlias {
    /// `__attribute__((alias("target")))`
    Alias(StringId),
    /// `__attribute__((ifunc("resolver")))`
    Ifunc(StringId),
    /// `__attribute__((weakref("target")))`
    WeakRef(StringId),
}

/// Attributes of a declaration; the default is "none".
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Attributes {
    pub alias: Option<IfuncOrAlias>,
    pub weak: bool,
    pub section: Option<StringId>,
    pub visibility: Option<Visibility>,
    /// Priority; 65535 is "no priority given".
    pub constructor: Option<u16>,
    pub destructor: Option<u16>,
    pub tls_model: Option<TlsModel>,
    pub symver: Option<StringId>,
    pub used: bool,
    pub retain: bool,
    pub unused: bool,
    pub always_inline: bool,
    pub noinline: bool,
    pub gnu_inline: bool,
    pub noreturn: bool,
    pub is_const: bool,
    pub pure: bool,
    pub malloc: bool,
    pub returns_twice: bool,
    pub nothrow: bool,
    pub leaf: bool,
    pub cold: bool,
    pub hot: bool,
    pub naked: bool,
    pub noclone: bool,
    pub noipa: bool,
    pub no_instrument_function: bool,
    pub no_stack_protector: bool,
    pub flatten: bool,
    pub common: Option<bool>,
    pub warn_unused_result: bool,
    pub deprecated: Option<Option<StringId>>,
    pub unavailable: Option<Option<StringId>>,
    /// `error("…")` (true) or `warning("…")` (false) when called.
    pub error_when_called: Option<(bool, StringId)>,
    /// `format`: scanf?, format argument and first checked argument, from 1.
    pub format: Option<(FormatKind, u32, u32)>,
    /// `nonnull`: bit i for argument i+1; all ones without a list.
    pub nonnull: u64,
    pub returns_nonnull: bool,
    pub sentinel: Option<u32>,
    /// `alloc_size`: argument numbers from 1.
    pub alloc_size: Option<(u32, Option<u32>)>,
    pub alloc_align: Option<u32>,
    pub assume_aligned: Option<(u64, u64)>,
    pub patchable_function_entry: Option<(u32, u32)>,
    pub fallthrough: bool,
    pub nonstring: bool,
    pub uninitialized: bool,
}

impl Attributes {
    /// Adds the attributes of another declaration of the same entity.
    pub fn merge(&mut self, other: &Attributes) {
        self.alias = other.alias.or(self.alias);
        self.weak |= other.weak;
        self.section = other.section.or(self.section);
        self.visibility = other.visibility.or(self.visibility);
        self.constructor = other.constructor.or(self.constructor);
        self.destructor = other.destructor.or(self.destructor);
        self.tls_model = other.tls_model.or(self.tls_model);
        self.symver = other.symver.or(self.symver);
        self.used |= other.used;
        self.retain |= other.retain;
        self.unused |= other.unused;
        self.always_inline |= other.always_inline;
        self.noinline |= other.noinline;
        self.gnu_inline |= other.gnu_inline;
        self.noreturn |= other.noreturn;
        self.is_const |= other.is_const;
        self.pure |= other.pure;
        self.malloc |= other.malloc;
        self.returns_twice |= other.returns_twice;
        self.nothrow |= other.nothrow;
        self.leaf |= other.leaf;
        self.cold |= other.cold;
        self.hot |= other.hot;
        self.naked |= other.naked;
        self.noclone |= other.noclone;
        self.noipa |= other.noipa;
        self.no_instrument_function |= other.no_instrument_function;
        self.no_stack_protector |= other.no_stack_protector;
        self.flatten |= other.flatten;
        self.common = other.common.or(self.common);
        self.warn_unused_result |= other.warn_unused_result;
        self.deprecated = other.deprecated.or(self.deprecated);
        self.unavailable = other.unavailable.or(self.unavailable);
        self.error_when_called = other.error_when_called.or(self.error_when_called);
        self.format = other.format.or(self.format);
        self.nonnull |= other.nonnull;
        self.returns_nonnull |= other.returns_nonnull;
        self.sentinel = other.sentinel.or(self.sentinel);
        self.alloc_size = other.alloc_size.or(self.alloc_size);
        self.alloc_align = other.alloc_align.or(self.alloc_align);
        self.assume_aligned = other.assume_aligned.or(self.assume_aligned);
        self.patchable_function_entry = other.patchable_function_entry.or(self.patchable_function_entry);
        self.fallthrough |= other.fallthrough;
        self.nonstring |= other.nonstring;
        self.uninitialized |= other.uninitialized;
    }
}

/// The language of a format string.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub enum FormatKind {
    Printf,
    Scanf,
    Strftime,
    Strfmon,
}

/// A function, an object with static storage, or a typedef.
#[derive(Clone, Debug)]
pub struct Decl {
    /// What it is.
    pub kind: DeclKind,
    /// Its name.
    pub name: Name,
    /// Its type: composite of all declarations so far.
    pub ty: QualType,
    /// Where its name stands: the definition if seen, else the first declaration.
    pub loc: Loc,
    /// Linkage.
    pub linkage: Linkage,
    /// Storage.
    pub storage: StorageDuration,
    /// A function body or an initializer was seen.
    pub defined: bool,
    /// An object declared without `extern` and initializer (a definition with zeros at the end; a
    /// common symbol under `-fcommon`).
    pub tentative: bool,
    /// Declared in a block (a static local, or an `extern` there).
    pub local: bool,
    /// Its initializer (objects).
    pub init: Option<StaticInitId>,
    /// Alignment in bytes if larger than the type's or `aligned` said so; 0: the type's.
    pub align: u32,
    /// What `inline` means here.
    pub inline: InlineKind,
    /// `asm("name")`: the symbol's name.
    pub asm_name: Option<StringId>,
    /// Attributes.
    pub attributes: Option<Box<Attributes>>,
    /// Referred to by an expression that is evaluated (or by `used`): a static function or object
    /// that is not need not be emitted.
    pub used: bool,
    /// Declared in a system header.
    pub system: bool,
    /// The function around a static local.
    pub function: Option<DeclId>,
    /// The library function that a function of this name and type is (`memcpy`, `printf`, …), unless
    /// `-fno-builtin`.
    pub library: Option<super::builtins::Builtin>,
    /// The compiler made it (implicit declaration, builtin).
    pub implicit: bool,
}

static NO_ATTRIBUTES: std::sync::LazyLock<Attributes> = std::sync::LazyLock::new(Attributes::default);

impl Decl {
    /// Its attributes, the default ones where none was written.
    pub fn attributes(&self) -> &Attributes {
        self.attributes.as_deref().unwrap_or(&NO_ATTRIBUTES)
    }

    /// Its attributes, to change them.
    pub fn attributes_mut(&mut self) -> &mut Attributes {
        self.attributes.get_or_insert_with(Box::default)
    }
}

/// A translation unit as far as it was read.
#[derive(Clone, Debug)]
pub struct Unit {
    /// All types.
    pub types: TypeTable,
    /// Declarations in source order of their first appearance.
    pub decls: Vec<Decl>,
    /// String literals (equal ones are one).
    pub strings: Vec<StringData>,
    /// Finds equal strings.
    pub string_ids: FxHashMap<StringData, StringId>,
    /// Static data.
    pub data: Vec<DataInit>,
    /// `#pragma weak` of names that have no declaration, with their alias target.
    pub weak_names: Vec<(Name, Option<Name>)>,
}

impl Unit {
    /// A declaration.
    #[inline]
    pub fn decl(&self, id: DeclId) -> &Decl {
        &self.decls[id.0 as usize]
    }

    /// A string's contents.
    pub fn string(&self, id: StringId) -> &StringData {
        &self.strings[id.0 as usize]
    }

    /// A string's text without its terminator (attribute arguments, asm templates).
    pub fn text(&self, id: StringId) -> &[u8] {
        let data = self.string(id);
        &data.bytes[..data.bytes.len() - data.width as usize]
    }

    /// The id of a string's contents.
    pub fn add_string(&mut self, data: StringData) -> StringId {
        if let Some(id) = self.string_ids.get(&data) {
            return *id;
        }
        let id = StringId(self.strings.len() as u32);
        self.strings.push(data.clone());
        self.string_ids.insert(data, id);
        id
    }

    /// Static data.
    pub fn static_init(&self, id: StaticInitId) -> &DataInit {
        &self.data[id.0 as usize]
    }
}
