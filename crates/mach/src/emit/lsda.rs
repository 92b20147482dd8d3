//! The language-specific data area: which calls unwind to which landing pads, for the personality
//! routine (Itanium C++ ABI "Exception Handling Tables"; encodings as gcc chooses them).

use crate::emit::context::ModuleContext;
use crate::emit::function::FunctionEmitter;
use crate::error::CodegenError;
use lathe_diag::Loc;
use lathe_ir::function::{LandingPadData, PadClause};
use lathe_ir::{Entity, Symbol};
use lathe_isa::SymbolId;
use lathe_mc::{
    Alignment, CfiDirective, Expression, SectionDefinition, SectionFlags, Streamer, SymbolAttribute,
    SymbolBinding, SymbolKind, SymbolVisibility,
};
use lathe_target::RelocModel;

/// `DW_EH_PE_omit`.
const OMIT: u8 = 0xff;
/// `DW_EH_PE_udata4`.
const ABSOLUTE: u8 = 0x03;
/// `DW_EH_PE_pcrel | DW_EH_PE_sdata4`.
const RELATIVE: u8 = 0x1b;
/// `DW_EH_PE_indirect | DW_EH_PE_pcrel | DW_EH_PE_sdata4`.
const INDIRECT: u8 = 0x9b;
/// `DW_EH_PE_uleb128`.
const ULEB128: u8 = 0x01;

/// A table under construction: its label, and that of the function's first byte.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Table {
    label: SymbolId,
    begin: SymbolId,
}

/// The name of the cell that holds the address of a symbol.
fn cell_name(name: &str) -> String {
    format!("DW.ref.{name}")
}

fn is_static(cx: &ModuleContext<'_>) -> bool {
    cx.module.target.reloc_model == RelocModel::Static
}

/// Names personality and table in the unwind information. Call right after `StartProcedure`.
pub(crate) fn begin(emitter: &mut FunctionEmitter<'_>) -> Option<Table> {
    let personality = emitter.ir.attributes.personality?;
    let name = emitter.cx.module.symbols[personality].name.clone();
    let (encoding, symbol, table_encoding) = if is_static(emitter.cx) {
        (ABSOLUTE, emitter.cx.symbol(personality), ABSOLUTE)
    } else {
        (INDIRECT, emitter.out.symbol(&cell_name(&name)), RELATIVE)
    };
    let begin = emitter.out.here();
    let label = emitter.out.new_label();
    emitter.out.cfi(CfiDirective::Personality { encoding, symbol: Some(symbol) }, Loc::NONE);
    emitter.out.cfi(CfiDirective::Lsda { encoding: table_encoding, symbol: Some(label) }, Loc::NONE);
    Some(Table { label, begin })
}

/// Actions and types of a table.
#[derive(Default)]
struct Actions {
    /// Records: filter, and whether another follows.
    records: Vec<u8>,
    /// Types by number - 1; `None` catches everything.
    types: Vec<Option<Symbol>>,
    /// Exception specifications: type numbers, each list ended by 0.
    filters: Vec<u8>,
}

impl Actions {
    fn type_number(&mut self, symbol: Option<Symbol>) -> u64 {
        match self.types.iter().position(|t| *t == symbol) {
            Some(index) => index as u64 + 1,
            None => {
                self.types.push(symbol);
                self.types.len() as u64
            }
        }
    }

    /// The action number of a pad: offset of its first record + 1, or 0 for a mere cleanup.
    fn of_pad(&mut self, pad: &LandingPadData) -> u64 {
        if pad.clauses.is_empty() {
            return 0;
        }
        let first = self.records.len() as u64 + 1;
        let count = pad.clauses.len() + usize::from(pad.cleanup);
        for (index, clause) in pad.clauses.iter().enumerate() {
            let filter = match clause {
                PadClause::Catch(symbol) => self.type_number(*symbol) as i64,
                PadClause::Filter(symbols) => {
                    let offset = self.filters.len() as i64;
                    for symbol in symbols {
                        let number = self.type_number(Some(*symbol));
                        uleb128(number, &mut self.filters);
                    }
                    self.filters.push(0);
                    -(offset + 1)
                }
            };
            sleb128(filter, &mut self.records);
            // The next record follows this byte.
            self.records.push(u8::from(index + 1 < count));
        }
        if pad.cleanup {
            self.records.extend([0, 0]);
        }
        first
    }
}

fn uleb128(mut value: u64, out: &mut Vec<u8>) {
    loop {
        let byte = (value & 0x7f) as u8;
        value >>= 7;
        if value == 0 {
            out.push(byte);
            return;
        }
        out.push(byte | 0x80);
    }
}

fn sleb128(mut value: i64, out: &mut Vec<u8>) {
    loop {
        let byte = (value & 0x7f) as u8;
        value >>= 7;
        let done = (value == 0 && byte & 0x40 == 0) || (value == -1 && byte & 0x40 != 0);
        if done {
            out.push(byte);
            return;
        }
        out.push(byte | 0x80);
    }
}

/// Writes the table.
pub(crate) fn write(emitter: &mut FunctionEmitter<'_>, table: Table) -> Result<(), CodegenError> {
    let mut actions = Actions::default();
    let sites = std::mem::take(&mut emitter.scratch.call_sites);
    let mut entries: Vec<(SymbolId, SymbolId, Option<SymbolId>, u64)> = Vec::new();
    let mut last = table.begin;
    let mut pads: Vec<(lathe_ir::LandingPad, u64)> = Vec::new();
    for (begin, end, block) in &sites {
        let Some(pad) = emitter.func.blocks[block.index()].landing_pad else {
            return Err(CodegenError::unsupported("an invoke that unwinds to a block without landing pad"));
        };
        let action = match pads.iter().find(|(known, _)| *known == pad) {
            Some((_, action)) => *action,
            None => {
                let action = actions.of_pad(&emitter.ir.pads[pad]);
                pads.push((pad, action));
                action
            }
        };
        let landing = emitter.block_label(*block);
        entries.push((last, *begin, None, 0));
        entries.push((*begin, *end, Some(landing), action));
        last = *end;
    }
    emitter.scratch.call_sites = sites;
    let end = emitter.out.here();
    entries.push((last, end, None, 0));

    let out = &mut *emitter.out;
    let section = SectionDefinition::constants(".gcc_except_table");
    let data = &emitter.cx.module.symbols[emitter.ir.symbol];
    let section = crate::emit::attributes::finish_section(emitter.cx, data, section);
    let section = out.section(&section, Loc::NONE);
    out.switch_section(section, 0);
    out.align(Alignment::log2(2));
    out.label(table.label, Loc::NONE);
    out.integer(u128::from(OMIT), 1);
    let (types_base, end_of_types) = (out.new_label(), out.new_label());
    let has_types = !actions.types.is_empty() || !actions.filters.is_empty();
    if has_types {
        let encoding = if is_static(emitter.cx) { ABSOLUTE } else { INDIRECT };
        out.integer(u128::from(encoding), 1);
        out.leb128(Expression::difference(end_of_types, types_base), false, Loc::NONE);
        out.label(types_base, Loc::NONE);
    } else {
        out.integer(u128::from(OMIT), 1);
    }
    // Where the linker shortens code, distances are relocations, and those have a fixed size.
    let fixed = emitter.cx.target.isa().object_rules().relaxation.is_some();
    let distance = |to: SymbolId, from: SymbolId, out: &mut dyn Streamer| {
        let distance = Expression::difference(to, from);
        match fixed {
            true => out.value(distance, 4, Loc::NONE),
            false => out.leb128(distance, false, Loc::NONE),
        }
    };
    out.integer(u128::from(if fixed { ABSOLUTE } else { ULEB128 }), 1);
    let (sites_begin, sites_end) = (out.new_label(), out.new_label());
    out.leb128(Expression::difference(sites_end, sites_begin), false, Loc::NONE);
    out.label(sites_begin, Loc::NONE);
    for (begin, end, landing, action) in entries {
        distance(begin, table.begin, out);
        distance(end, begin, out);
        match landing {
            Some(landing) => distance(landing, table.begin, out),
            None if fixed => out.integer(0, 4),
            None => out.leb128(Expression::Constant(0), false, Loc::NONE),
        }
        out.leb128(Expression::Constant(action as i64), false, Loc::NONE);
    }
    out.label(sites_end, Loc::NONE);
    out.bytes(&actions.records);
    if has_types {
        out.align(Alignment::log2(2));
        for symbol in actions.types.iter().rev() {
            type_entry(emitter.cx, *symbol, out);
        }
        out.label(end_of_types, Loc::NONE);
        out.bytes(&actions.filters);
    }
    Ok(())
}

fn type_entry(cx: &ModuleContext<'_>, symbol: Option<Symbol>, out: &mut dyn Streamer) {
    match symbol {
        None => out.integer(0, 4),
        Some(symbol) if is_static(cx) => out.value(Expression::symbol(cx.symbol(symbol)), 4, Loc::NONE),
        Some(symbol) => {
            let cell = out.symbol(&cell_name(&cx.module.symbols[symbol].name));
            out.value(Expression::symbol(cell).minus(Expression::Here), 4, Loc::NONE);
        }
    }
}

/// Cells with the addresses of personality routines and type objects, which tables refer to
/// relatively so that the tables need no relocation at load time.
pub fn cells(cx: &ModuleContext<'_>, symbols: &[Symbol], out: &mut dyn Streamer) {
    if is_static(cx) {
        return;
    }
    for symbol in symbols {
        debug_assert!(symbol.index() < cx.module.symbols.len());
        let name = cell_name(&cx.module.symbols[*symbol].name);
        let mut section = SectionDefinition::data(format!(".data.rel.local.{name}")).in_comdat(name.clone());
        section.flags = section.flags.or(SectionFlags::WRITE);
        let section = out.section(&section, Loc::NONE);
        out.switch_section(section, 0);
        let cell = out.symbol(&name);
        let size = cx.module.target.layout.pointer.size;
        out.align(Alignment::log2(size.trailing_zeros() as u8));
        let mut set = |attribute| out.symbol_attribute(cell, attribute, Loc::NONE);
        set(SymbolAttribute::Binding(SymbolBinding::Weak));
        set(SymbolAttribute::Visibility(SymbolVisibility::Hidden));
        set(SymbolAttribute::Kind(SymbolKind::Object));
        set(SymbolAttribute::Size(Expression::Constant(i64::from(size))));
        out.label(cell, Loc::NONE);
        out.value(Expression::symbol(cx.symbol(*symbol)), size as u8, Loc::NONE);
    }
}
