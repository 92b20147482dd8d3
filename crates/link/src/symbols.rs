//! The symbol table of the link.
//!
//! Every symbol of every object, local or global, has a dense [`SymbolId`]; globals of the same name (and
//! version) share one. Names are slices of the mapped inputs, never copied. Filled by `resolve`, read by all.

use crate::constants as elf;
use hashbrown::HashTable;
use rustc_hash::FxHasher;
use std::hash::Hasher;

/// A symbol of the link.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) struct SymbolId(pub u32);

impl SymbolId {
    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }
}

/// What a symbol is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Definition {
    /// Nobody defined it (so far).
    Undefined,
    /// `value` bytes into a section of object `file`.
    Section { file: u32, section: u32 },
    /// `value` is a constant.
    Absolute,
    /// `value` is an address of the output: it moves with the image. Known after layout.
    Address,
    /// Space without initial value in object `file`; `value` is the alignment.
    Common { file: u32 },
    /// In shared library `file`; `value` is the address there.
    Shared { file: u32 },
}

/// Bits of [`Symbol::flags`].
pub(crate) mod flag {
    /// An object refers to it, or defines it.
    pub(crate) const IN_OBJECT: u16 = 1;
    /// An object refers to it, and not only weakly.
    pub(crate) const STRONG_REFERENCE: u16 = 1 << 1;
    /// A shared library refers to it.
    pub(crate) const SHARED_REFERENCE: u16 = 1 << 2;
    /// A shared library refers to it strongly.
    pub(crate) const SHARED_STRONG: u16 = 1 << 3;
    /// A shared library defines it (too).
    pub(crate) const IN_SHARED: u16 = 1 << 4;
    /// A local symbol of one object.
    pub(crate) const LOCAL: u16 = 1 << 5;
    /// Made local by a version script, `--exclude-libs` or visibility.
    pub(crate) const FORCED_LOCAL: u16 = 1 << 6;
    /// In the dynamic symbol table although nothing needs it (`--export-dynamic`, ...).
    pub(crate) const EXPORTED: u16 = 1 << 7;
    /// A live relocation uses it.
    pub(crate) const USED: u16 = 1 << 8;
    /// In `--dynamic-list`: stays preemptible under `-Bsymbolic`.
    pub(crate) const DYNAMIC_LIST: u16 = 1 << 9;
    /// `name@version` rather than `name@@version`.
    pub(crate) const HIDDEN_VERSION: u16 = 1 << 10;
    /// A data relocation or a GOT slot wants the dynamic linker to look it up although it is undefined weak.
    pub(crate) const DYNAMIC_WEAK: u16 = 1 << 11;
    /// An undefined reference to it was reported.
    pub(crate) const REPORTED: u16 = 1 << 12;
    /// A function with a calling convention of its own, whose arguments lazy binding would not save
    /// (STO_AARCH64_VARIANT_PCS, STO_RISCV_VARIANT_CC).
    pub(crate) const VARIANT_CALL: u16 = 1 << 13;
}

/// Bits of [`Symbol::needs`]: what relocations want for it.
pub(crate) mod need {
    pub(crate) const GOT: u16 = 1;
    pub(crate) const PLT: u16 = 1 << 1;
    /// Its address is that of its PLT entry.
    pub(crate) const CANONICAL_PLT: u16 = 1 << 2;
    pub(crate) const COPY: u16 = 1 << 3;
    pub(crate) const TLS_GENERAL: u16 = 1 << 4;
    pub(crate) const TLS_OFFSET: u16 = 1 << 5;
    pub(crate) const TLS_DESCRIPTOR: u16 = 1 << 6;
    /// A dynamic relocation names it.
    pub(crate) const DYNAMIC: u16 = 1 << 7;
}

/// No table entry.
pub(crate) const NONE: u32 = u32::MAX;

/// One symbol.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Symbol<'a> {
    pub name: &'a [u8],
    /// The version of `name@version`, in the key only for non-default ones.
    pub version: Option<&'a [u8]>,
    pub definition: Definition,
    pub value: u64,
    pub size: u64,
    /// STT_*
    pub kind: u8,
    /// STB_*
    pub binding: u8,
    /// STV_*
    pub visibility: u8,
    pub flags: u16,
    pub needs: u16,
    /// Index into [`crate::synthesize`]'s slots, or [`NONE`].
    pub slots: u32,
    /// Index of its version definition or requirement in the output (VER_NDX_*), without the hidden bit.
    pub version_index: u16,
    /// The object that referred to it first, for messages.
    pub first_file: u32,
}

impl<'a> Symbol<'a> {
    pub(crate) fn undefined(name: &'a [u8], version: Option<&'a [u8]>) -> Symbol<'a> {
        Symbol {
            name,
            version,
            definition: Definition::Undefined,
            value: 0,
            size: 0,
            kind: elf::STT_NOTYPE,
            binding: elf::STB_GLOBAL,
            visibility: elf::STV_DEFAULT,
            flags: 0,
            needs: 0,
            slots: NONE,
            version_index: elf::VER_NDX_GLOBAL,
            first_file: NONE,
        }
    }

    pub(crate) fn has(&self, flags: u16) -> bool {
        self.flags & flags != 0
    }

    pub(crate) fn is_undefined(&self) -> bool {
        self.definition == Definition::Undefined
    }

    pub(crate) fn is_shared(&self) -> bool {
        matches!(self.definition, Definition::Shared { .. })
    }

    /// Defined in the output itself.
    pub(crate) fn is_defined_here(&self) -> bool {
        !self.is_undefined() && !self.is_shared()
    }

    pub(crate) fn is_local(&self) -> bool {
        self.has(flag::LOCAL | flag::FORCED_LOCAL)
            || self.visibility == elf::STV_HIDDEN
            || self.visibility == elf::STV_INTERNAL
    }

    pub(crate) fn is_indirect_function(&self) -> bool {
        self.kind == elf::STT_GNU_IFUNC && self.is_defined_here()
    }

    /// Undefined and only weakly referred to.
    pub(crate) fn is_undefined_weak(&self) -> bool {
        self.is_undefined() && !self.has(flag::STRONG_REFERENCE)
    }

    /// st_other.
    pub(crate) fn other(&self) -> u8 {
        self.visibility | if self.has(flag::VARIANT_CALL) { elf::STO_VARIANT_CALL } else { 0 }
    }

    pub(crate) fn display(&self) -> String {
        let name = String::from_utf8_lossy(self.name);
        match self.version {
            Some(version) if self.has(flag::HIDDEN_VERSION) => {
                format!("{name}@{}", String::from_utf8_lossy(version))
            }
            _ => name.into_owned(),
        }
    }
}

/// All symbols, and the globals by name.
#[derive(Debug, Default)]
pub(crate) struct SymbolTable<'a> {
    pub list: Vec<Symbol<'a>>,
    by_name: HashTable<SymbolId>,
    /// Whether any key carries a version.
    pub has_versioned: bool,
}

fn hash(name: &[u8]) -> u64 {
    let mut hasher = FxHasher::default();
    hasher.write(name);
    hasher.finish()
}

fn key_version<'a>(symbol: &Symbol<'a>) -> Option<&'a [u8]> {
    if symbol.has(flag::HIDDEN_VERSION) { symbol.version } else { None }
}

impl<'a> SymbolTable<'a> {
    /// The symbol of a name, if there is one.
    pub(crate) fn find(&self, name: &[u8], version: Option<&[u8]>) -> Option<SymbolId> {
        let found = self.by_name.find(hash(name), |&id| {
            let symbol = &self.list[id.index()];
            symbol.name == name && key_version(symbol) == version
        });
        found.copied()
    }

    /// The symbol of a name; `version` only for non-default versions.
    pub(crate) fn intern(&mut self, name: &'a [u8], version: Option<&'a [u8]>) -> SymbolId {
        let SymbolTable { list, by_name, has_versioned } = self;
        let entry = by_name.entry(
            hash(name),
            |&id| {
                let symbol = &list[id.index()];
                symbol.name == name && key_version(symbol) == version
            },
            |&id| hash(list[id.index()].name),
        );
        match entry {
            hashbrown::hash_table::Entry::Occupied(found) => *found.get(),
            hashbrown::hash_table::Entry::Vacant(slot) => {
                let id = SymbolId(list.len() as u32);
                slot.insert(id);
                let mut symbol = Symbol::undefined(name, version);
                if version.is_some() {
                    symbol.flags |= flag::HIDDEN_VERSION;
                    *has_versioned = true;
                }
                list.push(symbol);
                id
            }
        }
    }

    /// Adds a local symbol.
    pub(crate) fn push_local(&mut self, mut symbol: Symbol<'a>) -> SymbolId {
        symbol.flags |= flag::LOCAL;
        let id = SymbolId(self.list.len() as u32);
        self.list.push(symbol);
        id
    }

    /// The ids of all globals, in the order in which they came.
    pub(crate) fn globals(&self) -> impl Iterator<Item = SymbolId> + '_ {
        let ids = (0..self.list.len() as u32).map(SymbolId);
        ids.filter(|id| !self.list[id.index()].has(flag::LOCAL))
    }
}

impl<'a> std::ops::Index<SymbolId> for SymbolTable<'a> {
    type Output = Symbol<'a>;
    fn index(&self, id: SymbolId) -> &Symbol<'a> {
        &self.list[id.index()]
    }
}

impl<'a> std::ops::IndexMut<SymbolId> for SymbolTable<'a> {
    fn index_mut(&mut self, id: SymbolId) -> &mut Symbol<'a> {
        &mut self.list[id.index()]
    }
}
