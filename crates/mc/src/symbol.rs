//! Names and attributes of symbols.
//!
//! A [`SymbolId`] is an index: below [`LABEL_BASE`] it names an entry of [`SymbolNames`], from there on it
//! is a *label*: a place in the code without a name (printed as `.L<number>`) or an anonymous expression.
//! A streamer gives out its own labels; ids of named symbols below the frozen part are the same in
//! every streamer and buffer of a module.

use lathe_isa::SymbolId;
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// First index of a label.
pub const LABEL_BASE: u32 = 1 << 31;

/// The id of a label of a streamer.
pub const fn label_id(number: u32) -> SymbolId {
    SymbolId::from_index(LABEL_BASE + number)
}

/// The number of a label, or `None` for a named symbol.
pub const fn label_number(id: SymbolId) -> Option<u32> {
    id.index().checked_sub(LABEL_BASE)
}

/// Interned symbol names: a dense table on top of an optional frozen one.
///
/// Code generation interns every symbol of the module in source order, freezes the table
/// (`Arc::new(names)`) and gives it to the module's streamer and to every code buffer.
#[derive(Debug, Default, Clone)]
pub struct SymbolNames {
    frozen: Option<Arc<SymbolNames>>,
    first: u32,
    names: Vec<Arc<str>>,
    by_name: FxHashMap<Arc<str>, u32>,
}

impl SymbolNames {
    /// An empty table.
    pub fn new() -> SymbolNames {
        SymbolNames::default()
    }

    /// A table that continues a frozen one.
    pub fn on_top_of(frozen: Arc<SymbolNames>) -> SymbolNames {
        SymbolNames { first: frozen.len() as u32, frozen: Some(frozen), ..SymbolNames::default() }
    }

    /// Number of names, the frozen ones included.
    pub fn len(&self) -> usize {
        self.first as usize + self.names.len()
    }

    /// Whether there is no name.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Number of names of the frozen table below this one.
    pub fn frozen_len(&self) -> usize {
        self.first as usize
    }

    /// The frozen table below this one.
    pub fn frozen(&self) -> Option<Arc<SymbolNames>> {
        self.frozen.clone()
    }

    /// The id of a name that is in the table.
    pub fn get(&self, name: &str) -> Option<SymbolId> {
        if let Some(frozen) = &self.frozen
            && let Some(id) = frozen.get(name)
        {
            return Some(id);
        }
        self.by_name.get(name).map(|index| SymbolId::from_index(*index))
    }

    /// The id of a name, which is added if it is new.
    pub fn intern(&mut self, name: &str) -> SymbolId {
        if let Some(id) = self.get(name) {
            return id;
        }
        let index = self.len() as u32;
        assert!(index < LABEL_BASE, "more than 2^31 symbol names");
        let name: Arc<str> = Arc::from(name);
        self.names.push(name.clone());
        self.by_name.insert(name, index);
        SymbolId::from_index(index)
    }

    /// The name of a symbol; `None` for labels and foreign ids.
    pub fn name(&self, id: SymbolId) -> Option<&str> {
        let index = id.index();
        match index.checked_sub(self.first) {
            Some(own) => self.names.get(own as usize).map(|name| &**name),
            None => self.frozen.as_ref()?.name(id),
        }
    }

    /// Forgets the names that are not frozen.
    pub fn clear(&mut self) {
        self.names.clear();
        self.by_name.clear();
    }
}

/// Who sees a symbol (ELF gABI, `st_info`).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum SymbolBinding {
    /// `.local`: this object only.
    Local,
    /// `.globl`.
    Global,
    /// `.weak`.
    Weak,
    /// `@gnu_unique_object`.
    Unique,
}

/// What a symbol is (ELF gABI, `st_info`; `.type`).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum SymbolKind {
    /// `@notype`
    #[default]
    None,
    /// `@object`
    Object,
    /// `@function`
    Function,
    /// `@tls_object`
    ThreadLocal,
    /// `@common`
    Common,
    /// `@gnu_indirect_function`
    IndirectFunction,
}

/// Who may refer to a symbol from another module (ELF gABI, `st_other`).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum SymbolVisibility {
    /// As the binding says.
    #[default]
    Default,
    /// `.internal`
    Internal,
    /// `.hidden`
    Hidden,
    /// `.protected`
    Protected,
}

/// A property that a directive gives to a symbol.
#[derive(Clone, PartialEq, Debug)]
pub enum SymbolAttribute {
    /// `.globl`, `.weak`, `.local`
    Binding(SymbolBinding),
    /// `.type name, @kind`
    Kind(SymbolKind),
    /// `.hidden`, `.protected`, `.internal`
    Visibility(SymbolVisibility),
    /// `.size name, expression`
    Size(crate::Expression),
    /// `.symver name, versioned` (`foo@VER`, `foo@@VER`, `foo@@@VER`)
    Version(Box<str>),
    /// `.weakref name, target`
    WeakReference(SymbolId),
    /// `.no_dead_strip`-like marks that ELF ignores; `.variant_pcs` and such: bits of `st_other`.
    Other(u8),
}
