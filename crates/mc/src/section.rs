//! Section definitions: what `.section` says.
//!
//! Flags and types are ELF's (gABI 4.1, `sh_flags`, `sh_type`). Sections are interned by definition: the
//! same definition gives the same [`SectionId`] in one streamer.

use std::borrow::Cow;

/// A section of one streamer or code buffer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct SectionId(pub u32);

impl SectionId {
    /// `.text`, which every streamer has.
    pub const TEXT: SectionId = SectionId(0);
    /// `.data`, which every streamer has.
    pub const DATA: SectionId = SectionId(1);
    /// `.bss`, which every streamer has.
    pub const BSS: SectionId = SectionId(2);
}

/// `sh_flags`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug)]
pub struct SectionFlags(pub u64);

impl SectionFlags {
    /// None (`""`).
    pub const NONE: SectionFlags = SectionFlags(0);
    /// `w`
    pub const WRITE: SectionFlags = SectionFlags(0x1);
    /// `a`
    pub const ALLOC: SectionFlags = SectionFlags(0x2);
    /// `x`
    pub const EXECUTE: SectionFlags = SectionFlags(0x4);
    /// `M`
    pub const MERGE: SectionFlags = SectionFlags(0x10);
    /// `S`
    pub const STRINGS: SectionFlags = SectionFlags(0x20);
    /// `sh_info` holds a section index.
    pub const INFO_LINK: SectionFlags = SectionFlags(0x40);
    /// `o`
    pub const LINK_ORDER: SectionFlags = SectionFlags(0x80);
    /// `G`
    pub const GROUP: SectionFlags = SectionFlags(0x200);
    /// `T`
    pub const TLS: SectionFlags = SectionFlags(0x400);
    /// `SHF_COMPRESSED`
    pub const COMPRESSED: SectionFlags = SectionFlags(0x800);
    /// `R`
    pub const RETAIN: SectionFlags = SectionFlags(0x20_0000);
    /// `l` (x86-64 large)
    pub const LARGE: SectionFlags = SectionFlags(0x1000_0000);
    /// `e`
    pub const EXCLUDE: SectionFlags = SectionFlags(0x8000_0000);

    /// Both.
    #[must_use]
    pub const fn or(self, other: SectionFlags) -> SectionFlags {
        SectionFlags(self.0 | other.0)
    }

    /// Whether all flags of `other` are set.
    pub const fn has(self, other: SectionFlags) -> bool {
        self.0 & other.0 == other.0
    }
}

/// `sh_type`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct SectionType(pub u32);

impl SectionType {
    /// `@progbits`
    pub const PROGBITS: SectionType = SectionType(1);
    /// `@note`
    pub const NOTE: SectionType = SectionType(7);
    /// `@nobits`
    pub const NOBITS: SectionType = SectionType(8);
    /// `@init_array`
    pub const INIT_ARRAY: SectionType = SectionType(14);
    /// `@fini_array`
    pub const FINI_ARRAY: SectionType = SectionType(15);
    /// `@preinit_array`
    pub const PREINIT_ARRAY: SectionType = SectionType(16);
    /// `@unwind` (x86-64)
    pub const X86_64_UNWIND: SectionType = SectionType(0x7000_0001);
}

/// The group that a section belongs to.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct SectionGroup {
    /// The signature symbol.
    pub signature: Cow<'static, str>,
    /// Whether the linker keeps one group of this signature.
    pub comdat: bool,
}

/// All that `.section` can say.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct SectionDefinition {
    /// The name.
    pub name: Cow<'static, str>,
    /// `sh_type`.
    pub kind: SectionType,
    /// `sh_flags`.
    pub flags: SectionFlags,
    /// `sh_entsize`, for mergeable sections.
    pub entry_size: u64,
    /// The group.
    pub group: Option<SectionGroup>,
    /// The section or symbol that `o` names.
    pub link_order: Option<Cow<'static, str>>,
    /// `unique,N`: a section of its own although the name is shared.
    pub unique: Option<u32>,
}

impl SectionDefinition {
    /// A section of this name, type and flags.
    pub fn new(
        name: impl Into<Cow<'static, str>>,
        kind: SectionType,
        flags: SectionFlags,
    ) -> SectionDefinition {
        let name = name.into();
        SectionDefinition { name, kind, flags, entry_size: 0, group: None, link_order: None, unique: None }
    }

    /// Code of this name (`"ax"`).
    pub fn code(name: impl Into<Cow<'static, str>>) -> SectionDefinition {
        SectionDefinition::new(name, SectionType::PROGBITS, SectionFlags::ALLOC.or(SectionFlags::EXECUTE))
    }

    /// Writable data of this name (`"aw"`).
    pub fn data(name: impl Into<Cow<'static, str>>) -> SectionDefinition {
        SectionDefinition::new(name, SectionType::PROGBITS, SectionFlags::ALLOC.or(SectionFlags::WRITE))
    }

    /// Zero-initialized data of this name (`"aw",@nobits`).
    pub fn zeros(name: impl Into<Cow<'static, str>>) -> SectionDefinition {
        SectionDefinition::new(name, SectionType::NOBITS, SectionFlags::ALLOC.or(SectionFlags::WRITE))
    }

    /// Constants of this name (`"a"`).
    pub fn constants(name: impl Into<Cow<'static, str>>) -> SectionDefinition {
        SectionDefinition::new(name, SectionType::PROGBITS, SectionFlags::ALLOC)
    }

    /// Mergeable constants of so many bytes (`.rodata.cst8`, `"aM"`).
    pub fn mergeable(name: impl Into<Cow<'static, str>>, entry_size: u64) -> SectionDefinition {
        SectionDefinition {
            entry_size,
            ..SectionDefinition::new(name, SectionType::PROGBITS, SectionFlags::ALLOC.or(SectionFlags::MERGE))
        }
    }

    /// Mergeable NUL-terminated strings of so many bytes per character (`.rodata.str1.1`, `"aMS"`).
    pub fn strings(name: impl Into<Cow<'static, str>>, entry_size: u64) -> SectionDefinition {
        let mut definition = SectionDefinition::mergeable(name, entry_size);
        definition.flags = definition.flags.or(SectionFlags::STRINGS);
        definition
    }

    /// The empty section that says whether the stack must be executable.
    pub fn stack_note(executable: bool) -> SectionDefinition {
        let flags = if executable { SectionFlags::EXECUTE } else { SectionFlags::NONE };
        SectionDefinition::new(".note.GNU-stack", SectionType::PROGBITS, flags)
    }

    /// The same, in a comdat group.
    #[must_use]
    pub fn in_comdat(mut self, signature: impl Into<Cow<'static, str>>) -> SectionDefinition {
        self.flags = self.flags.or(SectionFlags::GROUP);
        self.group = Some(SectionGroup { signature: signature.into(), comdat: true });
        self
    }

    /// Whether the section holds no bytes in the file.
    pub fn is_zeros(&self) -> bool {
        self.kind == SectionType::NOBITS
    }

    /// Whether the section holds code.
    pub fn is_code(&self) -> bool {
        self.flags.has(SectionFlags::EXECUTE)
    }

    /// Whether two definitions name one section (the rest may differ only by mistake).
    pub fn same_section(&self, other: &SectionDefinition) -> bool {
        self.name == other.name && self.group == other.group && self.unique == other.unique
    }
}
