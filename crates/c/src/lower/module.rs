//! Symbols and static data: everything of a unit that is not a function body.
//!
//! Function bodies come one at a time; attributes and tentative definitions are final only at the
//! end, so symbols are created on first use and completed in [`Consumer::finish`]. A definition that
//! nothing reachable refers to (unused `static`) is not emitted: references are recorded while bodies
//! are lowered.

use super::debug::DebugState;
use super::function::FunctionLowering;
use crate::ast::{
    Attributes, Body, Consumer, DataInit, DataTarget, DeclId, DeclKind, IfuncOrAlias, InlineKind, LabelId,
    Linkage as CLinkage, StorageDuration, StringId, TlsModel as CTls, Unit, Visibility as CVisibility,
};
use crate::intern::{Interner, Name};
use crate::types::{FunctionTypeId, RecordId, TypeKind};
use lathe_diag::{Diagnostic, Loc};
use lathe_ir::module::{CalleeAttributes, Definition, InitEntry, Label};
use lathe_ir::{
    Aggregate, Block, Data, DataItem, Entity, EntityMap, FuncId, Linkage, Module, Signature, Symbol,
    SymbolDefinition, TlsModel, Type, Visibility,
};
use lathe_target::{RelocModel, Target};
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// What the command line says about lowering.
#[derive(Clone, Debug)]
pub struct Options {
    /// Signed overflow wraps (`-fwrapv`).
    pub wrap_signed: bool,
    /// i686 functions without a convention of their own take this many arguments in registers (`-mregparm`).
    pub register_parameters: u8,
    /// Cleanups run while an exception passes (`-fexceptions`).
    pub exceptions: bool,
    /// Debug types, scopes and variables (`-g`).
    pub debug: bool,
    /// The optimization level: at 0 bodies that exist only for inlining are dropped.
    pub optimize: bool,
    /// Tentative definitions become common symbols (`-fcommon`).
    pub common: bool,
    /// Visibility of what says nothing (`-fvisibility=`).
    pub visibility: Visibility,
    /// Every function in a section of its own (`-ffunction-sections`).
    pub function_sections: bool,
    /// Every object in a section of its own (`-fdata-sections`).
    pub data_sections: bool,
    /// 0 none, 1 `-fstack-protector`, 2 `-strong`, 3 `-all`.
    pub stack_protector: u8,
    /// Keep frame pointers (`-fno-omit-frame-pointer`, and at -O0).
    pub frame_pointer: bool,
    /// Optimize for size.
    pub optimize_size: bool,
    /// The model for thread-local objects that say nothing (`-ftls-model=`).
    pub tls_model: Option<TlsModel>,
    /// The text of `.ident`.
    pub ident: Option<String>,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            wrap_signed: false,
            register_parameters: 0,
            exceptions: false,
            debug: false,
            optimize: false,
            common: false,
            visibility: Visibility::Default,
            function_sections: false,
            data_sections: false,
            stack_protector: 0,
            frame_pointer: true,
            optimize_size: false,
            tls_model: None,
            ident: None,
        }
    }
}

/// The consumer that builds a module.
pub struct Lowering {
    state: ModuleState,
}

/// The module under construction and what was already translated.
pub(super) struct ModuleState {
    pub(super) module: Module,
    pub(super) options: Options,
    pub(super) diagnostics: Vec<Diagnostic>,
    pub(super) records: FxHashMap<RecordId, Aggregate>,
    pub(super) complex_aggregates: Vec<(Type, Aggregate)>,
    pub(super) signatures: FxHashMap<FunctionTypeId, Arc<Signature>>,
    pub(super) debug: DebugState,
    decl_symbols: Vec<Option<Symbol>>,
    string_symbols: Vec<Option<Symbol>>,
    /// Symbols that the function under construction refers to.
    pub(super) references: Vec<Symbol>,
    last_reference: EntityMap<Symbol, u32>,
    function_references: Vec<Vec<Symbol>>,
    function_decls: Vec<DeclId>,
    label_blocks: FxHashMap<(DeclId, LabelId), Block>,
    local_names: u32,
}

impl Lowering {
    /// Builds a module of this name.
    pub fn new(name: &str, target: &Target, options: Options) -> Lowering {
        let mut module = Module::new(name, target.clone());
        module.ident = options.ident.clone();
        Lowering {
            state: ModuleState {
                module,
                options,
                diagnostics: Vec::new(),
                records: FxHashMap::default(),
                complex_aggregates: Vec::new(),
                signatures: FxHashMap::default(),
                debug: DebugState::default(),
                decl_symbols: Vec::new(),
                string_symbols: Vec::new(),
                references: Vec::new(),
                last_reference: EntityMap::new(),
                function_references: Vec::new(),
                function_decls: Vec::new(),
                label_blocks: FxHashMap::default(),
                local_names: 0,
            },
        }
    }

    /// The module, and what could not be lowered.
    pub fn finish_module(self) -> (Module, Vec<Diagnostic>) {
        (self.state.module, self.state.diagnostics)
    }
}

impl Consumer for Lowering {
    fn function(&mut self, unit: &Unit, names: &Interner, decl: DeclId, body: &Body) {
        let state = &mut self.state;
        let symbol = state.decl_symbol(unit, names, decl);
        state.references.clear();
        let (function, labels) = FunctionLowering::lower(state, unit, names, decl, symbol, body);
        let id = state.module.define_function(function);
        for (label, block) in labels {
            state.label_blocks.insert((decl, label), block);
        }
        state.function_references.push(std::mem::take(&mut state.references));
        state.function_decls.push(decl);
        debug_assert_eq!(id.index() + 1, state.function_decls.len());
    }

    fn file_asm(&mut self, unit: &Unit, text: StringId) {
        let text = String::from_utf8_lossy(unit.text(text)).into_owned();
        self.state.module.order.push(Definition::Asm(text.into(), Loc::NONE));
    }

    fn finish(&mut self, unit: &Unit, names: &Interner) {
        self.state.finish(unit, names);
    }
}

impl ModuleState {
    /// Records that the function under construction refers to a symbol.
    pub(super) fn refer(&mut self, symbol: Symbol) -> Symbol {
        let stamp = self.function_references.len() as u32 + 1;
        if self.last_reference.len() <= symbol.index() {
            self.last_reference.resize(self.module.symbols.len().max(symbol.index() + 1), 0);
        }
        if self.last_reference[symbol] != stamp {
            self.last_reference[symbol] = stamp;
            self.references.push(symbol);
        }
        symbol
    }

    /// The symbol of a declaration.
    pub(super) fn decl_symbol(&mut self, unit: &Unit, names: &Interner, id: DeclId) -> Symbol {
        let index = id.0 as usize;
        if self.decl_symbols.len() <= index {
            self.decl_symbols.resize(unit.decls.len().max(index + 1), None);
        }
        if let Some(symbol) = self.decl_symbols[index] {
            return symbol;
        }
        let decl = unit.decl(id);
        let name = match decl.asm_name {
            Some(text) => String::from_utf8_lossy(unit.text(text)).into_owned(),
            None => names.text(decl.name).into_owned(),
        };
        let name = if decl.linkage == CLinkage::None {
            self.local_names += 1;
            format!("{name}.{}", self.local_names - 1)
        } else {
            name
        };
        let symbol = match decl.kind {
            DeclKind::Function => {
                let signature = self.signature(unit, names, decl.ty);
                self.module.declare_function(&name, signature)
            }
            _ => self.module.declare_data(&name),
        };
        let data = &mut self.module.symbols[symbol];
        data.loc = decl.loc;
        if decl.linkage != CLinkage::External {
            data.linkage = Linkage::Internal;
        }
        if decl.storage == StorageDuration::Thread {
            data.tls = Some(TlsModel::GeneralDynamic);
        }
        let attributes = decl.attributes();
        let noreturn = attributes.noreturn || unit.types.callee(decl.ty).is_some_and(|f| f.noreturn);
        data.callee = CalleeAttributes {
            noreturn,
            nounwind: attributes.nothrow,
            returns_twice: attributes.returns_twice,
            is_const: attributes.is_const,
            is_pure: attributes.pure,
            is_malloc: attributes.malloc,
            cold: attributes.cold,
        };
        self.decl_symbols[index] = Some(symbol);
        symbol
    }

    /// The symbol of a string literal's bytes.
    pub(super) fn string_symbol(&mut self, unit: &Unit, id: StringId) -> Symbol {
        let index = id.0 as usize;
        if self.string_symbols.len() <= index {
            self.string_symbols.resize(unit.strings.len().max(index + 1), None);
        }
        if let Some(symbol) = self.string_symbols[index] {
            return symbol;
        }
        let symbol = self.module.symbol(&format!(".LC{index}"));
        self.module.symbols[symbol].linkage = Linkage::Internal;
        let string = unit.string(id);
        let unit_bytes = string.width as usize;
        let text = &string.bytes[..string.bytes.len() - unit_bytes];
        let has_zero = text.chunks(unit_bytes).any(|c| c.iter().all(|b| *b == 0));
        self.module.define_data(Data {
            symbol,
            items: vec![DataItem::Bytes(string.bytes.clone().into())],
            align: u32::from(string.width),
            is_const: true,
            mergeable: !has_zero,
            string_unit: if has_zero { 0 } else { string.width },
        });
        self.string_symbols[index] = Some(symbol);
        symbol
    }

    fn finish(&mut self, unit: &Unit, names: &Interner) {
        self.complete_symbols(unit, names);
        let emitted = self.reachable(unit, names);
        self.drop_unreachable_functions(unit, &emitted);
        for (index, decl) in unit.decls.iter().enumerate() {
            let id = DeclId(index as u32);
            if decl.kind != DeclKind::Object || !(decl.defined || decl.tentative) {
                continue;
            }
            if decl.attributes().alias.is_some() {
                continue;
            }
            let symbol = self.decl_symbol(unit, names, id);
            if emitted.get(symbol.index()).copied().unwrap_or(false) {
                self.define_object(unit, names, id, symbol);
            }
        }
        if self.options.debug {
            self.finish_debug(unit, names);
        }
        let order = std::mem::take(&mut self.module.order);
        self.module.order = order
            .into_iter()
            .filter(|definition| match definition {
                Definition::Data(data) => {
                    let symbol = self.module.data[*data].symbol;
                    let keep = emitted.get(symbol.index()).copied().unwrap_or(true);
                    if !keep {
                        self.module.symbols[symbol].definition = SymbolDefinition::DeclaredData;
                    }
                    keep
                }
                _ => true,
            })
            .collect();
    }

    /// Final attributes: visibility, weakness, sections, aliases, constructors.
    fn complete_symbols(&mut self, unit: &Unit, names: &Interner) {
        for (index, decl) in unit.decls.iter().enumerate() {
            let id = DeclId(index as u32);
            let known = self.decl_symbols.get(index).copied().flatten().is_some();
            let attributes = decl.attributes();
            let needed = attributes.alias.is_some() || attributes.used || attributes.weak;
            if decl.kind == DeclKind::Typedef || !(known || needed || decl.defined || decl.tentative) {
                continue;
            }
            let symbol = self.decl_symbol(unit, names, id);
            self.complete_symbol(unit, id, symbol);
        }
        for (name, target) in &unit.weak_names {
            self.weak_pragma(names, *name, *target);
        }
    }

    fn weak_pragma(&mut self, names: &Interner, name: Name, target: Option<Name>) {
        let symbol = self.module.symbol(&names.text(name));
        self.module.symbols[symbol].weak_reference = true;
        if let Some(target) = target {
            let target = self.module.symbol(&names.text(target));
            let data = &mut self.module.symbols[symbol];
            data.definition = SymbolDefinition::Alias(target, 0);
            data.linkage = Linkage::Weak;
        }
    }

    fn complete_symbol(&mut self, unit: &Unit, id: DeclId, symbol: Symbol) {
        let decl = unit.decl(id);
        let attributes = decl.attributes();
        let defined = decl.defined || (decl.tentative && decl.kind == DeclKind::Object);
        let has_body = matches!(self.module.symbols[symbol].definition, SymbolDefinition::Function(_));
        let only_inline = decl.inline == InlineKind::OnlyInline && has_body;
        let section = attributes
            .section
            .map(|text| String::from_utf8_lossy(unit.text(text)).into_owned())
            .or_else(|| self.own_section(unit, id, symbol));
        let section = section.map(|name| self.module.section(&name));
        let versions = attributes.symver.map(|text| String::from_utf8_lossy(unit.text(text)).into_owned());
        let default_visibility = match attributes.visibility {
            None if defined => self.options.visibility,
            _ => Visibility::Default,
        };
        let position_independent = self.module.target.reloc_model == RelocModel::Pic;
        let tls_option = self.options.tls_model;
        let common = decl.tentative
            && !decl.defined
            && attributes.common.unwrap_or(self.options.common)
            && attributes.section.is_none()
            && decl.storage == StorageDuration::Static;
        let data = &mut self.module.symbols[symbol];
        data.visibility = match attributes.visibility {
            Some(CVisibility::Hidden) => Visibility::Hidden,
            Some(CVisibility::Protected) => Visibility::Protected,
            Some(CVisibility::Internal) => Visibility::Internal,
            Some(CVisibility::Default) => Visibility::Default,
            None => default_visibility,
        };
        if data.linkage == Linkage::External {
            if attributes.weak && (defined || attributes.alias.is_some()) {
                data.linkage = Linkage::Weak;
            } else if attributes.weak {
                data.weak_reference = true;
            } else if only_inline {
                data.linkage = Linkage::AvailableExternally;
            } else if common {
                data.linkage = Linkage::Common;
            }
        }
        data.section = section;
        data.versions.extend(versions);
        data.used |= attributes.used;
        data.retain |= attributes.retain;
        if decl.storage == StorageDuration::Thread {
            let local = data.linkage == Linkage::Internal || data.visibility != Visibility::Default;
            data.tls = Some(match attributes.tls_model {
                Some(CTls::GlobalDynamic) => TlsModel::GeneralDynamic,
                Some(CTls::LocalDynamic) => TlsModel::LocalDynamic,
                Some(CTls::InitialExec) => TlsModel::InitialExec,
                Some(CTls::LocalExec) => TlsModel::LocalExec,
                None => tls_option.unwrap_or(match (position_independent, defined || local) {
                    (true, true) if local => TlsModel::LocalDynamic,
                    (true, _) => TlsModel::GeneralDynamic,
                    (false, true) => TlsModel::LocalExec,
                    (false, false) => TlsModel::InitialExec,
                }),
            });
        }
        self.complete_links(unit, attributes, symbol);
    }

    fn own_section(&self, unit: &Unit, id: DeclId, symbol: Symbol) -> Option<String> {
        let decl = unit.decl(id);
        let name = &self.module.symbols[symbol].name;
        match decl.kind {
            DeclKind::Function if self.options.function_sections && decl.defined => {
                Some(format!(".text.{name}"))
            }
            DeclKind::Object if self.options.data_sections && (decl.defined || decl.tentative) => {
                let init = decl.init.map(|init| unit.static_init(init));
                let zero = init.is_none_or(|i| i.relocations.is_empty() && i.bytes.iter().all(|b| *b == 0));
                let thread = decl.storage == StorageDuration::Thread;
                let relocated = init.is_some_and(|i| !i.relocations.is_empty())
                    && self.module.target.reloc_model != RelocModel::Static;
                let constant = self.is_constant(unit, id);
                Some(match (thread, constant, zero) {
                    (true, _, true) => format!(".tbss.{name}"),
                    (true, _, false) => format!(".tdata.{name}"),
                    (_, true, _) if relocated => format!(".data.rel.ro.local.{name}"),
                    (_, true, _) => format!(".rodata.{name}"),
                    (_, _, true) => format!(".bss.{name}"),
                    (..) if relocated => format!(".data.rel.{name}"),
                    _ => format!(".data.{name}"),
                })
            }
            _ => None,
        }
    }

    fn complete_links(&mut self, unit: &Unit, attributes: &Attributes, symbol: Symbol) {
        let text = |id: StringId| String::from_utf8_lossy(unit.text(id)).into_owned();
        match attributes.alias {
            Some(IfuncOrAlias::Alias(target)) => {
                let target = self.module.symbol(&text(target));
                self.module.symbols[symbol].definition = SymbolDefinition::Alias(target, 0);
            }
            Some(IfuncOrAlias::Ifunc(resolver)) => {
                let resolver = self.module.symbol(&text(resolver));
                self.module.symbols[symbol].definition = SymbolDefinition::Ifunc(resolver);
            }
            Some(IfuncOrAlias::WeakRef(target)) => {
                let target = self.module.symbol(&text(target));
                self.module.symbols[target].weak_reference = true;
                let data = &mut self.module.symbols[symbol];
                data.definition = SymbolDefinition::Alias(target, 0);
                data.linkage = Linkage::Internal;
            }
            None => {}
        }
        if let Some(priority) = attributes.constructor {
            self.module.constructors.push(InitEntry { function: symbol, priority });
        }
        if let Some(priority) = attributes.destructor {
            self.module.destructors.push(InitEntry { function: symbol, priority });
        }
    }

    /// Which symbols' definitions are emitted: roots and what they refer to.
    fn reachable(&mut self, unit: &Unit, names: &Interner) -> Vec<bool> {
        let mut object_decls: FxHashMap<Symbol, DeclId> = FxHashMap::default();
        for (index, decl) in unit.decls.iter().enumerate() {
            if decl.kind == DeclKind::Object && (decl.defined || decl.tentative) {
                let symbol = self.decl_symbol(unit, names, DeclId(index as u32));
                object_decls.insert(symbol, DeclId(index as u32));
            }
        }
        let mut seen = vec![false; self.module.symbols.len()];
        let mut work: Vec<Symbol> = Vec::new();
        let constructors = self.module.constructors.iter().chain(&self.module.destructors);
        work.extend(constructors.map(|entry| entry.function));
        for (symbol, data) in self.module.symbols.iter() {
            let defined = match data.definition {
                SymbolDefinition::Function(_) => true,
                SymbolDefinition::Alias(..) | SymbolDefinition::Ifunc(_) => true,
                _ => object_decls.contains_key(&symbol),
            };
            let is_weakref =
                matches!(data.definition, SymbolDefinition::Alias(..)) && data.linkage == Linkage::Internal;
            let visible = !matches!(data.linkage, Linkage::Internal | Linkage::AvailableExternally);
            if defined && (visible || data.used) && !is_weakref {
                work.push(symbol);
            }
        }
        // Inline assembly may name symbols that nothing else does.
        let has_asm = self.module.order.iter().any(|d| matches!(d, Definition::Asm(..)));
        if has_asm {
            work.extend(self.module.symbols.keys().filter(|s| object_decls.contains_key(s)));
        }
        while let Some(symbol) = work.pop() {
            if seen.len() <= symbol.index() {
                seen.resize(self.module.symbols.len(), false);
            }
            if std::mem::replace(&mut seen[symbol.index()], true) {
                continue;
            }
            match self.module.symbols[symbol].definition {
                SymbolDefinition::Function(id) => work.extend(&self.function_references[id.index()]),
                SymbolDefinition::Alias(target, _) | SymbolDefinition::Ifunc(target) => work.push(target),
                _ => {}
            }
            let init = object_decls.get(&symbol).and_then(|id| unit.decl(*id).init);
            if let Some(init) = init {
                for relocation in &unit.static_init(init).relocations {
                    match relocation.target {
                        DataTarget::Decl(decl) => work.push(self.decl_symbol(unit, names, decl)),
                        DataTarget::String(string) => work.push(self.string_symbol(unit, string)),
                        DataTarget::Label(_) => {}
                    }
                }
            }
        }
        seen.resize(self.module.symbols.len(), false);
        seen
    }

    fn drop_unreachable_functions(&mut self, unit: &Unit, emitted: &[bool]) {
        let keep_inline = self.options.optimize;
        let mut dropped: Vec<FuncId> = Vec::new();
        for (id, function) in self.module.functions.iter() {
            let symbol = function.symbol;
            let inline_only = self.module.symbols[symbol].linkage == Linkage::AvailableExternally;
            let always = unit.decl(self.function_decls[id.index()]).attributes().always_inline;
            if !emitted[symbol.index()] || (inline_only && !keep_inline && !always) {
                dropped.push(id);
            }
        }
        for id in &dropped {
            let function = &self.module.functions[*id];
            let symbol = function.symbol;
            let signature = Arc::new(function.signature.clone());
            self.module.symbols[symbol].definition = SymbolDefinition::DeclaredFunction(signature);
            let data = &mut self.module.symbols[symbol];
            if data.linkage == Linkage::AvailableExternally {
                data.linkage = Linkage::External;
            }
        }
        self.module.order.retain(|definition| match definition {
            Definition::Function(id) => dropped.binary_search(id).is_err(),
            _ => true,
        });
    }

    fn is_constant(&self, unit: &Unit, id: DeclId) -> bool {
        let mut ty = unit.decl(id).ty;
        while let Some(element) = unit.types.element(ty) {
            if unit.types.is_vector(ty) {
                break;
            }
            ty = element;
        }
        ty.is_const() && !ty.is_volatile()
    }

    fn define_object(&mut self, unit: &Unit, names: &Interner, id: DeclId, symbol: Symbol) {
        let decl = unit.decl(id);
        let ty_size = super::function::size_of(unit, decl.ty);
        let ty_align = super::function::align_of(unit, decl.ty);
        let items = match decl.init {
            None => vec![DataItem::Zeros(ty_size)],
            Some(init) => {
                let init = unit.static_init(init);
                self.data_items(unit, names, init)
            }
        };
        // gcc raises the alignment of large arrays and records; so do we, for vector access.
        let size: u64 = items.iter().map(DataItem::size).sum();
        let aggregate = matches!(unit.types.kind(decl.ty), TypeKind::Array(..) | TypeKind::Record(_));
        let mut align = decl.align.max(ty_align);
        if aggregate && decl.align == 0 && size >= 32 && decl.attributes().section.is_none() {
            align = align.max(if size >= 64 { 32 } else { 16 });
        }
        self.module.define_data(Data {
            symbol,
            items,
            align,
            is_const: self.is_constant(unit, id),
            mergeable: false,
            string_unit: 0,
        });
    }

    fn data_items(&mut self, unit: &Unit, names: &Interner, init: &DataInit) -> Vec<DataItem> {
        let mut items = Vec::new();
        let mut at = 0u64;
        for relocation in &init.relocations {
            push_bytes(&mut items, init, at, relocation.offset);
            at = relocation.offset + u64::from(relocation.size);
            let (size, addend) = (relocation.size, relocation.addend);
            let block = |label| {
                let function = init.function?;
                let index = self.function_decls.iter().position(|d| *d == function)?;
                let block = *self.label_blocks.get(&(function, label))?;
                Some((FuncId::from_index(index), block))
            };
            let item = match (relocation.target, relocation.minus) {
                (DataTarget::Label(plus), Some(minus)) => match (block(plus), block(minus)) {
                    (Some(plus), Some(minus)) => DataItem::Difference {
                        plus: Label::Block(plus.0, plus.1),
                        minus: Label::Block(minus.0, minus.1),
                        addend,
                        size,
                    },
                    _ => DataItem::Zeros(u64::from(size)),
                },
                (DataTarget::Label(label), _) => match block(label) {
                    Some((function, block)) => DataItem::BlockAddress { function, block, addend, size },
                    None => DataItem::Zeros(u64::from(size)),
                },
                (DataTarget::Decl(decl), _) => {
                    let symbol = self.decl_symbol(unit, names, decl);
                    DataItem::Address { symbol, addend, size }
                }
                (DataTarget::String(string), _) => {
                    let symbol = self.string_symbol(unit, string);
                    DataItem::Address { symbol, addend, size }
                }
            };
            items.push(item);
        }
        push_bytes(&mut items, init, at, init.size);
        items
    }
}

/// Appends the plain bytes `from..to` of static data; those past the end of `bytes` are zero.
fn push_bytes(items: &mut Vec<DataItem>, init: &DataInit, from: u64, to: u64) {
    let known = (init.bytes.len() as u64).clamp(from, to);
    if known > from {
        items.push(DataItem::Bytes(init.bytes[from as usize..known as usize].into()));
    }
    if to > known {
        items.push(DataItem::Zeros(to - known));
    }
}
