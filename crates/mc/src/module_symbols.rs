//! What a module knows about its named symbols, and what directives do to it.
//!
//! Events come from [`crate::Streamer`] calls on the module's streamer or, in order, from appended buffers.

use crate::directive::Common;
use crate::expression::Expression;
use crate::object::{ObjectStreamer, Symbols};
use crate::recorder::{Definition, Mapped, Position, SymbolEvent};
use crate::section::{SectionDefinition, SectionId};
use crate::streamer::Streamer;
use crate::symbol::{SymbolAttribute, SymbolBinding, SymbolKind, SymbolVisibility, label_number};
use lathe_diag::{Diagnostic, Loc, Severity};
use lathe_isa::{Modifier, SymbolId, SymbolRef};

/// A named symbol of a module.
#[derive(Clone, Debug, Default)]
pub(crate) struct SymbolData {
    pub definition: Definition,
    pub binding: Option<SymbolBinding>,
    pub kind: SymbolKind,
    pub visibility: SymbolVisibility,
    pub other: u8,
    /// Index into the recorder's `values`.
    pub size: Option<u32>,
    pub mentioned: bool,
    /// It is the name of a section, and stands for that.
    pub is_section: bool,
    /// A `.L` name that occurred.
    pub occurred: bool,
    /// The target, if this is a `.weakref` alias.
    pub weak_reference: Option<SymbolId>,
    /// Some name of it was given by `.symver`.
    pub is_versioned: bool,
}

/// All named symbols of a module.
#[derive(Debug, Default)]
pub(crate) struct ModuleSymbols {
    pub data: Vec<SymbolData>,
    pub commons: Vec<Common>,
    /// `.symver` in order.
    pub versions: Vec<(SymbolId, Box<str>)>,
    /// Targets of `.weakref`, weak unless something else is said about them.
    pub weak_targets: Vec<SymbolId>,
}

impl ModuleSymbols {
    /// The data of a named symbol.
    pub fn entry(&mut self, symbol: SymbolId) -> &mut SymbolData {
        let index = symbol.index() as usize;
        if index >= self.data.len() {
            self.data.resize(index + 1, SymbolData::default());
        }
        &mut self.data[index]
    }

    /// The data of a named symbol, if anything was said about it.
    pub fn get(&self, symbol: SymbolId) -> Option<&SymbolData> {
        self.data.get(symbol.index() as usize)
    }
}

impl ObjectStreamer {
    /// The module's symbols.
    pub(crate) fn module(&mut self) -> &mut ModuleSymbols {
        match &mut self.symbols {
            Symbols::Module(symbols) => symbols,
            Symbols::Buffer { .. } => unreachable!("a code buffer has no symbol table"),
        }
    }

    /// The module's symbols, to read.
    pub(crate) fn module_symbols(&self) -> &ModuleSymbols {
        match &self.symbols {
            Symbols::Module(symbols) => symbols,
            Symbols::Buffer { .. } => unreachable!("a code buffer has no symbol table"),
        }
    }

    /// Undefined symbols with the names of sections are those sections (`.long .debug_abbrev`).
    pub(crate) fn define_section_names(&mut self) {
        for section in &self.sections {
            let name = &section.definition.name;
            let (Some((_, body)), Some(symbol)) = (section.bodies.first(), self.names.get(name)) else {
                continue;
            };
            let Symbols::Module(symbols) = &mut self.symbols else { return };
            let data = symbols.entry(symbol);
            if data.definition == Definition::None && data.binding.is_none() && data.weak_reference.is_none()
            {
                data.definition = Definition::Place(Position { body: *body, offset: 0, record: 0 });
                data.is_section = true;
            }
        }
    }

    /// Whether a symbol is the name of a section.
    pub(crate) fn is_section_name(&self, symbol: SymbolId) -> bool {
        label_number(symbol).is_none()
            && self.module_symbols().get(symbol).is_some_and(|data| data.is_section)
    }

    /// Acts on an event.
    pub(crate) fn apply_event(&mut self, event: SymbolEvent) {
        match event {
            SymbolEvent::Define(symbol, position, loc) => {
                if self.check_undefined(symbol, loc) {
                    self.module().entry(symbol).definition = Definition::Place(position);
                }
            }
            SymbolEvent::Attribute(symbol, attribute, loc) => self.set_attribute(symbol, attribute, loc),
            SymbolEvent::Assign(symbol, value, once, loc) => {
                let definition = self.module().entry(symbol).definition;
                let reassigned = !once && matches!(definition, Definition::Value(_));
                if reassigned || self.check_undefined(symbol, loc) {
                    let value = self.freeze_reassigned(value);
                    let index = self.values.len() as u32;
                    self.values.push(value);
                    self.module().entry(symbol).definition = Definition::Value(index);
                }
            }
            SymbolEvent::Common(symbol, common, loc) => self.define_common(symbol, common, loc),
        }
    }

    /// `.set` takes the present values of symbols that were themselves `.set` to numbers.
    fn freeze_reassigned(&self, value: Expression) -> Expression {
        match value {
            Expression::Symbol(SymbolRef { symbol, addend, modifier: Modifier::NONE }) => {
                match self.module_symbols().get(symbol).map(|data| data.definition) {
                    Some(Definition::Value(index)) => match &self.values[index as usize] {
                        Expression::Constant(number) => Expression::Constant(number.wrapping_add(addend)),
                        _ => value,
                    },
                    _ => value,
                }
            }
            Expression::Unary(operator, inner) => {
                Expression::Unary(operator, Box::new(self.freeze_reassigned(*inner))).fold()
            }
            Expression::Binary(operator, left, right) => {
                let left = Box::new(self.freeze_reassigned(*left));
                Expression::Binary(operator, left, Box::new(self.freeze_reassigned(*right))).fold()
            }
            other => other,
        }
    }

    fn check_undefined(&mut self, symbol: SymbolId, loc: Loc) -> bool {
        let definition = self.module().entry(symbol).definition;
        if definition == Definition::None {
            return true;
        }
        let name = self.names.name(symbol).unwrap_or_default();
        let message = format!("symbol `{name}' is already defined");
        self.error(loc, message);
        false
    }

    fn set_attribute(&mut self, symbol: SymbolId, attribute: SymbolAttribute, loc: Loc) {
        let data = self.module().entry(symbol);
        match attribute {
            // A weak symbol stays weak (`.weak f; .globl f`), as in GNU as.
            SymbolAttribute::Binding(SymbolBinding::Global)
                if matches!(data.binding, Some(SymbolBinding::Weak)) => {}
            SymbolAttribute::Binding(binding) => {
                data.binding = Some(binding);
                if let (SymbolBinding::Local, Definition::Common(index)) = (binding, data.definition) {
                    let common = Common { local: true, ..self.module().commons[index as usize] };
                    self.module().entry(symbol).definition = Definition::None;
                    self.define_common(symbol, common, loc);
                }
            }
            SymbolAttribute::Kind(kind) => {
                if !(data.kind == SymbolKind::ThreadLocal && kind == SymbolKind::Object) {
                    data.kind = kind;
                }
            }
            SymbolAttribute::Visibility(visibility) => data.visibility = visibility,
            SymbolAttribute::Other(bits) => data.other |= bits,
            SymbolAttribute::Size(value) => {
                let index = self.values.len() as u32;
                self.values.push(value);
                self.module().entry(symbol).size = Some(index);
            }
            SymbolAttribute::Version(name) => self.add_version(symbol, name, loc),
            SymbolAttribute::WeakReference(target) => {
                data.weak_reference = Some(target);
                self.module().weak_targets.push(target);
            }
        }
    }

    fn add_version(&mut self, symbol: SymbolId, name: Box<str>, loc: Loc) {
        if !name.contains('@') {
            let own = self.names.name(symbol).unwrap_or_default();
            let message = format!("missing version name in `{name}' for symbol `{own}'");
            self.error(loc, message);
            return;
        }
        self.module().entry(symbol).is_versioned = true;
        self.module().versions.push((symbol, name));
    }

    fn define_common(&mut self, symbol: SymbolId, common: Common, loc: Loc) {
        let data = self.module().entry(symbol);
        let local = common.local || data.binding == Some(SymbolBinding::Local);
        if let Definition::Common(index) = data.definition {
            let known = &mut self.module().commons[index as usize];
            known.size_bytes = known.size_bytes.max(common.size_bytes);
            known.align_log2 = known.align_log2.max(common.align_log2);
            return;
        }
        if !self.check_undefined(symbol, loc) {
            return;
        }
        let data = self.module().entry(symbol);
        if data.kind == SymbolKind::None {
            data.kind = SymbolKind::Object;
        }
        if local {
            data.binding = Some(SymbolBinding::Local);
            return self.allocate_local(symbol, common);
        }
        let index = self.module().commons.len() as u32;
        self.module().commons.push(common);
        self.module().entry(symbol).definition = Definition::Common(index);
    }

    /// Puts a local common symbol into `.bss`, after what stands there directly, as GNU as does.
    fn allocate_local(&mut self, symbol: SymbolId, common: Common) {
        let body = self.body_of(SectionId::BSS, 1);
        self.mention_section(SectionId::BSS);
        let mapped = |(_, other): &(i32, u32)| self.bodies[*other as usize].mapped == Mapped::Data;
        if self.sections[SectionId::BSS.0 as usize].bodies.iter().any(mapped) {
            self.bodies[body as usize].mapped = Mapped::Data;
        }
        let current = std::mem::replace(&mut self.current, body);
        let natural = common.size_bytes.max(1).ilog2().min(4) as u8;
        let align_log2 = common.align_log2.unwrap_or(natural);
        self.align(crate::Alignment::log2(align_log2));
        let position = self.position();
        let size = self.values.len() as u32;
        self.values.push(Expression::Constant(common.size_bytes as i64));
        let data = self.module().entry(symbol);
        data.definition = Definition::Place(position);
        data.size = Some(size);
        let count = Expression::Constant(common.size_bytes as i64);
        self.fill(crate::Fill { count, value: 0, size_bytes: 1 }, Loc::NONE);
        self.current = current;
    }

    /// Checks a second definition of a section against the first.
    pub(crate) fn check_redefinition(&mut self, at: usize, definition: &SectionDefinition, loc: Loc) {
        let known = &self.sections[at].definition;
        let name = &definition.name;
        let message = if known.kind != definition.kind {
            format!("ignoring changed section type for {name}")
        } else if known.flags != definition.flags {
            format!("ignoring changed section attributes for {name}")
        } else if known.entry_size != definition.entry_size {
            format!("ignoring changed section entity size for {name}")
        } else {
            return;
        };
        self.diagnostics.push(Diagnostic::new(Severity::Warning, loc, message));
    }
}
