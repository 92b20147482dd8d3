//! A module: symbols and what they stand for.

use crate::debug::{DebugScopeData, DebugTypeData, DebugVariableData};
use crate::entity::*;
use crate::function::Function;
use crate::memory::AliasTag;
use crate::signature::Signature;
use crate::types::AggregateData;
use lathe_diag::Loc;
use lathe_target::Target;
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// Who sees a symbol, and which definition wins (ELF gABI, "Symbol binding").
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Linkage {
    /// Global.
    #[default]
    External,
    /// Local to the module.
    Internal,
    /// Global, another definition may replace it.
    Weak,
    /// Global; equal definitions of other modules are joined and unused ones may be dropped
    /// (C++ inline, Rust generic instances).
    LinkOnce,
    /// A C tentative definition under `-fcommon`.
    Common,
    /// A body for inlining only; the definition is in another module (C99 `inline`).
    AvailableExternally,
}

/// ELF symbol visibility.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[allow(missing_docs)]
pub enum Visibility {
    #[default]
    Default,
    Hidden,
    Protected,
    Internal,
}

/// TLS access model (Drepper, "ELF Handling For Thread-Local Storage").
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[allow(missing_docs)]
pub enum TlsModel {
    GeneralDynamic,
    LocalDynamic,
    InitialExec,
    LocalExec,
}

/// What a symbol stands for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SymbolDefinition {
    /// Nothing known but the name.
    Undeclared,
    /// A function defined elsewhere.
    DeclaredFunction(Arc<Signature>),
    /// Data defined elsewhere.
    DeclaredData,
    /// A function of this module.
    Function(FuncId),
    /// Data of this module.
    Data(DataId),
    /// Another name for a symbol plus an offset.
    Alias(Symbol, i64),
    /// Resolved at load time by calling this function.
    Ifunc(Symbol),
}

/// A symbol.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SymbolData {
    /// Name as in the object file.
    pub name: Box<str>,
    /// What it stands for.
    pub definition: SymbolDefinition,
    /// Binding.
    pub linkage: Linkage,
    /// Visibility.
    pub visibility: Visibility,
    /// A declaration may stay undefined (`weak` reference).
    pub weak_reference: bool,
    /// Thread-local, accessed by this model or a better one.
    pub tls: Option<TlsModel>,
    /// Section to put the definition in.
    pub section: Option<Section>,
    /// Comdat group of the definition.
    pub comdat: Option<Comdat>,
    /// Kept though nothing refers to it (`used`).
    pub used: bool,
    /// Also kept by the linker (`retain`, SHF_GNU_RETAIN).
    pub retain: bool,
    /// Calls do not go through the PLT (`noplt`).
    pub no_plt: bool,
    /// `.symver` names (`name@VERSION`, `name@@VERSION`).
    pub versions: Vec<String>,
    /// Attributes of a declared function that callers may rely on.
    pub callee: CalleeAttributes,
    /// Declared here.
    pub loc: Loc,
}

/// What callers may assume of a function.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct CalleeAttributes {
    /// Never returns.
    pub noreturn: bool,
    /// No exception passes.
    pub nounwind: bool,
    /// May return twice.
    pub returns_twice: bool,
    /// Reads no memory, no effect.
    pub is_const: bool,
    /// Writes no memory, no effect.
    pub is_pure: bool,
    /// The result does not alias anything (`malloc`).
    pub is_malloc: bool,
    /// Rarely called.
    pub cold: bool,
}

/// A piece of initialized data.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum DataItem {
    /// Bytes.
    Bytes(Box<[u8]>),
    /// Zeros.
    Zeros(u64),
    /// Address of a symbol plus an addend, in `size` bytes.
    Address {
        /// Of this.
        symbol: Symbol,
        /// Plus this.
        addend: i64,
        /// 4 or 8.
        size: u8,
    },
    /// `plus - minus + addend`, in `size` bytes.
    Difference {
        /// Minuend.
        plus: Label,
        /// Subtrahend.
        minus: Label,
        /// Plus this.
        addend: i64,
        /// 1, 2, 4 or 8.
        size: u8,
    },
    /// Address of a block whose address is taken (`&&label`), plus an addend.
    BlockAddress {
        /// Function.
        function: FuncId,
        /// Block.
        block: Block,
        /// Plus this.
        addend: i64,
        /// 4 or 8.
        size: u8,
    },
}

/// A place whose difference to another can be stored.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Label {
    /// A symbol.
    Symbol(Symbol),
    /// A block of a function.
    Block(FuncId, Block),
}

impl DataItem {
    /// Size in bytes.
    pub fn size(&self) -> u64 {
        match self {
            DataItem::Bytes(bytes) => bytes.len() as u64,
            DataItem::Zeros(n) => *n,
            DataItem::Address { size, .. }
            | DataItem::Difference { size, .. }
            | DataItem::BlockAddress { size, .. } => u64::from(*size),
        }
    }
}

/// A data object.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Data {
    /// Its symbol.
    pub symbol: Symbol,
    /// Content in order.
    pub items: Vec<DataItem>,
    /// Alignment in bytes.
    pub align: u32,
    /// Never written.
    pub is_const: bool,
    /// Its address does not matter: equal constants may be joined (string literals).
    pub mergeable: bool,
    /// A C string: unit size in bytes when the content is a zero-terminated string without other
    /// zeros, for string merging; 0 otherwise.
    pub string_unit: u8,
}

impl Data {
    /// Size in bytes.
    pub fn size(&self) -> u64 {
        self.items.iter().map(DataItem::size).sum()
    }

    /// Whether all bytes are zero.
    pub fn is_zero(&self) -> bool {
        self.items.iter().all(|item| match item {
            DataItem::Zeros(_) => true,
            DataItem::Bytes(bytes) => bytes.iter().all(|b| *b == 0),
            _ => false,
        })
    }
}

/// A named section with its ELF attributes, as `__attribute__((section))` or `.section` give them.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct SectionData {
    /// Name.
    pub name: Box<str>,
}

/// How a comdat group chooses.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct ComdatData {
    /// Group signature.
    pub name: Box<str>,
}

/// A constructor or destructor.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InitEntry {
    /// The function.
    pub function: Symbol,
    /// Priority; 65535 is "after all with a priority".
    pub priority: u16,
}

/// A module: one code unit.
#[derive(Clone, Debug)]
pub struct Module {
    /// Name for dumps and `.file`.
    pub name: String,
    /// The target whose layout the module was built for.
    pub target: Target,
    /// Symbols.
    pub symbols: EntityMap<Symbol, SymbolData>,
    /// Functions.
    pub functions: EntityMap<FuncId, Function>,
    /// Data objects.
    pub data: EntityMap<DataId, Data>,
    /// The order of definitions (for output).
    pub order: Vec<Definition>,
    /// Aggregates.
    pub aggregates: EntityMap<Aggregate, AggregateData>,
    /// Sections.
    pub sections: EntityMap<Section, SectionData>,
    /// Comdat groups.
    pub comdats: EntityMap<Comdat, ComdatData>,
    /// Alias tags.
    pub alias_tags: EntityMap<AliasTagId, AliasTag>,
    /// Constructors.
    pub constructors: Vec<InitEntry>,
    /// Destructors.
    pub destructors: Vec<InitEntry>,
    /// Debug types.
    pub debug_types: EntityMap<DebugType, DebugTypeData>,
    /// Debug scopes.
    pub debug_scopes: EntityMap<DebugScope, DebugScopeData>,
    /// Debug variables.
    pub debug_variables: EntityMap<DebugVariable, DebugVariableData>,
    /// `.ident` string.
    pub ident: Option<String>,
    symbol_names: FxHashMap<Box<str>, Symbol>,
}

/// One entry of [`Module::order`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Definition {
    /// A function.
    Function(FuncId),
    /// Data.
    Data(DataId),
    /// Top-level assembly text.
    Asm(Box<str>, Loc),
}

impl Module {
    /// An empty module.
    pub fn new(name: impl Into<String>, target: Target) -> Module {
        Module {
            name: name.into(),
            target,
            symbols: EntityMap::new(),
            functions: EntityMap::new(),
            data: EntityMap::new(),
            order: Vec::new(),
            aggregates: EntityMap::new(),
            sections: EntityMap::new(),
            comdats: EntityMap::new(),
            alias_tags: EntityMap::new(),
            constructors: Vec::new(),
            destructors: Vec::new(),
            debug_types: EntityMap::new(),
            debug_scopes: EntityMap::new(),
            debug_variables: EntityMap::new(),
            ident: None,
            symbol_names: FxHashMap::default(),
        }
    }

    /// The symbol of a name; a new one is undeclared.
    pub fn symbol(&mut self, name: &str) -> Symbol {
        if let Some(symbol) = self.symbol_names.get(name) {
            return *symbol;
        }
        let symbol = self.symbols.push(SymbolData {
            name: name.into(),
            definition: SymbolDefinition::Undeclared,
            linkage: Linkage::External,
            visibility: Visibility::Default,
            weak_reference: false,
            tls: None,
            section: None,
            comdat: None,
            used: false,
            retain: false,
            no_plt: false,
            versions: Vec::new(),
            callee: CalleeAttributes::default(),
            loc: Loc::NONE,
        });
        self.symbol_names.insert(name.into(), symbol);
        symbol
    }

    /// The symbol of a name, if the module mentions it.
    pub fn find_symbol(&self, name: &str) -> Option<Symbol> {
        self.symbol_names.get(name).copied()
    }

    /// Declares a function that is defined elsewhere (a definition of this module stays).
    pub fn declare_function(&mut self, name: &str, signature: Arc<Signature>) -> Symbol {
        let symbol = self.symbol(name);
        let data = &mut self.symbols[symbol];
        if data.definition == SymbolDefinition::Undeclared {
            data.definition = SymbolDefinition::DeclaredFunction(signature);
        }
        symbol
    }

    /// Declares data that is defined elsewhere (a definition of this module stays).
    pub fn declare_data(&mut self, name: &str) -> Symbol {
        let symbol = self.symbol(name);
        let data = &mut self.symbols[symbol];
        if data.definition == SymbolDefinition::Undeclared {
            data.definition = SymbolDefinition::DeclaredData;
        }
        symbol
    }

    /// Adds a function body under its symbol.
    pub fn define_function(&mut self, function: Function) -> FuncId {
        let symbol = function.symbol;
        let id = self.functions.push(function);
        self.symbols[symbol].definition = SymbolDefinition::Function(id);
        self.order.push(Definition::Function(id));
        id
    }

    /// Adds a data object under its symbol.
    pub fn define_data(&mut self, data: Data) -> DataId {
        let symbol = data.symbol;
        let id = self.data.push(data);
        self.symbols[symbol].definition = SymbolDefinition::Data(id);
        self.order.push(Definition::Data(id));
        id
    }

    /// The section of a name.
    pub fn section(&mut self, name: &str) -> Section {
        let found = self.sections.iter().find(|(_, s)| &*s.name == name).map(|(id, _)| id);
        match found {
            Some(id) => id,
            None => self.sections.push(SectionData { name: name.into() }),
        }
    }

    /// The comdat group of a name.
    pub fn comdat(&mut self, name: &str) -> Comdat {
        let found = self.comdats.iter().find(|(_, c)| &*c.name == name).map(|(id, _)| id);
        match found {
            Some(id) => id,
            None => self.comdats.push(ComdatData { name: name.into() }),
        }
    }

    /// The signature of a symbol that is a function.
    pub fn signature_of(&self, mut symbol: Symbol) -> Option<&Signature> {
        // An alias chain longer than the symbol table is a circle.
        for _ in 0..=self.symbols.len() {
            match &self.symbols[symbol].definition {
                SymbolDefinition::DeclaredFunction(signature) => return Some(signature),
                SymbolDefinition::Function(id) => return Some(&self.functions[*id].signature),
                SymbolDefinition::Alias(target, _) => symbol = *target,
                _ => return None,
            }
        }
        None
    }

    /// Whether references may be bound to this module's own definition: it cannot be replaced at
    /// link or load time.
    pub fn is_local_definition(&self, symbol: Symbol) -> bool {
        use lathe_target::RelocModel;
        let data = &self.symbols[symbol];
        let defined = matches!(
            data.definition,
            SymbolDefinition::Function(_) | SymbolDefinition::Data(_) | SymbolDefinition::Alias(..)
        );
        let preemptible =
            self.target.reloc_model == RelocModel::Pic && data.visibility == Visibility::Default;
        match data.linkage {
            Linkage::Internal => true,
            Linkage::External => defined && !preemptible,
            Linkage::Weak | Linkage::LinkOnce | Linkage::Common | Linkage::AvailableExternally => false,
        }
    }
}
