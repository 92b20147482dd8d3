//! The compile unit: header, functions, variables, ranges.

use crate::debug::abbreviations::{self, Code};
use crate::debug::{FunctionDebug, VariablePlace};
use crate::emit::context::ModuleContext;
use crate::emit::lines::file_line;
use crate::emit::scopes::label;
use lathe_diag::Loc;
use lathe_ir::debug::DebugTypeData;
use lathe_ir::{DebugScope, DebugType, DebugVariable, Entity, Linkage, SymbolDefinition};
use lathe_isa::SymbolId;
use lathe_mc::{Expression, SectionDefinition, SectionFlags, SectionType, Streamer};

/// `DW_LANG_C11`
const LANGUAGE_C11: u128 = 0x1d;
/// `DW_OP_addr`
const OP_ADDR: u128 = 0x03;
/// `DW_OP_fbreg`
const OP_FBREG: u8 = 0x91;
/// `DW_OP_breg0`
const OP_BREG0: u8 = 0x70;
/// `DW_OP_call_frame_cfa`
const OP_CALL_FRAME_CFA: u8 = 0x9c;

/// Writes one compile unit.
pub(crate) struct UnitWriter<'a> {
    pub(crate) cx: &'a ModuleContext<'a>,
    pub(crate) out: &'a mut dyn Streamer,
    pub(crate) type_labels: Vec<SymbolId>,
    /// Start of the unit's header, from which references count.
    start: SymbolId,
    /// Lists of ranges to write: label and limits.
    range_lists: Vec<(SymbolId, Vec<(SymbolId, SymbolId)>)>,
}

fn debug_section(name: &'static str) -> SectionDefinition {
    SectionDefinition::new(name, SectionType::PROGBITS, SectionFlags::NONE)
}

/// Writes the debug sections of a module. `functions` are those that were emitted, in order.
pub fn write(cx: &ModuleContext<'_>, functions: &[FunctionDebug], out: &mut dyn Streamer) {
    let (abbreviations, lines, ranges) = (out.new_label(), out.new_label(), out.new_label());
    switch(out, ".debug_line");
    out.label(lines, Loc::NONE);
    switch(out, ".debug_abbrev");
    out.label(abbreviations, Loc::NONE);
    abbreviations::write(out);
    switch(out, ".debug_info");
    let (begin, end) = (out.new_label(), out.new_label());
    let start = out.here();
    out.value(Expression::difference(end, begin), 4, Loc::NONE);
    out.label(begin, Loc::NONE);
    out.integer(5, 2);
    // DW_UT_compile, address size, abbreviations.
    out.integer(1, 1);
    out.integer(u128::from(cx.module.target.layout.pointer.size), 1);
    out.value(Expression::symbol(abbreviations), 4, Loc::NONE);
    let type_labels = cx.module.debug_types.keys().map(|_| out.new_label()).collect();
    let mut unit = UnitWriter { cx, out, type_labels, start, range_lists: Vec::new() };
    // One range per function, since each may be in a section of its own.
    let all = functions.iter().map(|f| unit.limits_of(f)).collect();
    unit.range_lists.push((ranges, all));
    unit.unit_entry(ranges, lines);
    unit.types();
    unit.globals();
    for function in functions {
        unit.function(function);
    }
    unit.code(Code::End);
    let lists = unit.range_lists;
    out.label(end, Loc::NONE);
    write_ranges(cx, &lists, out);
}

fn switch(out: &mut dyn Streamer, name: &'static str) {
    let section = out.section(&debug_section(name), Loc::NONE);
    out.switch_section(section, 0);
}

/// `.debug_rnglists`
fn write_ranges(
    cx: &ModuleContext<'_>,
    lists: &[(SymbolId, Vec<(SymbolId, SymbolId)>)],
    out: &mut dyn Streamer,
) {
    let size = cx.module.target.layout.pointer.size as u8;
    let shrinks = cx.target.isa().object_rules().relaxation.is_some();
    switch(out, ".debug_rnglists");
    let (begin, end) = (out.new_label(), out.new_label());
    out.value(Expression::difference(end, begin), 4, Loc::NONE);
    out.label(begin, Loc::NONE);
    out.integer(5, 2);
    out.integer(u128::from(size), 1);
    out.integer(0, 1);
    out.integer(0, 4);
    for (label, ranges) in lists {
        out.label(*label, Loc::NONE);
        for (first, last) in ranges {
            // DW_RLE_start_end where the linker may shorten code between the two, else DW_RLE_start_length.
            out.integer(if shrinks { 6 } else { 7 }, 1);
            out.value(Expression::symbol(*first), size, Loc::NONE);
            match shrinks {
                true => out.value(Expression::symbol(*last), size, Loc::NONE),
                false => out.leb128(Expression::difference(*last, *first), false, Loc::NONE),
            }
        }
        out.integer(0, 1);
    }
    out.label(end, Loc::NONE);
}

impl UnitWriter<'_> {
    pub(crate) fn code(&mut self, code: Code) {
        self.out.leb128(Expression::Constant(code as i64), false, Loc::NONE);
    }

    pub(crate) fn string(&mut self, text: &str) {
        let clean: Vec<u8> = text.bytes().filter(|b| *b != 0).collect();
        self.out.bytes(&clean);
        self.out.bytes(&[0]);
    }

    pub(crate) fn unsigned(&mut self, value: u64) {
        self.out.leb128(Expression::Constant(value as i64), false, Loc::NONE);
    }

    pub(crate) fn signed(&mut self, value: i64) {
        self.out.leb128(Expression::Constant(value), true, Loc::NONE);
    }

    /// File and line of a declaration.
    pub(crate) fn declared(&mut self, loc: Loc) {
        let (file, line, _) = file_line(self.cx, loc).unwrap_or((1, 0, 0));
        self.unsigned(u64::from(file));
        self.unsigned(u64::from(line));
    }

    pub(crate) fn type_reference(&mut self, ty: DebugType) {
        let label = self.type_labels[ty.index()];
        self.out.value(Expression::difference(label, self.start), 4, Loc::NONE);
    }

    fn unit_entry(&mut self, ranges: SymbolId, lines: SymbolId) {
        self.code(Code::CompileUnit);
        let options = self.cx.options;
        self.string(&options.producer);
        self.out.integer(LANGUAGE_C11, 2);
        self.string(&self.cx.module.name);
        self.string(&options.compilation_directory);
        self.out.integer(0, self.cx.module.target.layout.pointer.size as u8);
        self.out.value(Expression::symbol(ranges), 4, Loc::NONE);
        self.out.value(Expression::symbol(lines), 4, Loc::NONE);
    }

    /// Variables with static storage that are defined here.
    fn globals(&mut self) {
        let module = self.cx.module;
        let size = module.target.layout.pointer.size as u8;
        for data in module.debug_variables.values() {
            let Some(symbol) = data.symbol else { continue };
            let symbol_data = &module.symbols[symbol];
            if !matches!(symbol_data.definition, SymbolDefinition::Data(_)) || symbol_data.tls.is_some() {
                continue;
            }
            let external = symbol_data.linkage != Linkage::Internal;
            self.code(if external { Code::ExternalVariable } else { Code::Variable });
            self.string(&data.name);
            self.declared(data.loc);
            self.type_reference(data.ty);
            self.unsigned(1 + u64::from(size));
            self.out.integer(OP_ADDR, 1);
            let symbol = self.cx.symbol(symbol);
            self.out.value(Expression::symbol(symbol), size, Loc::NONE);
        }
    }

    fn function(&mut self, function: &FunctionDebug) {
        let module = self.cx.module;
        let shell = &module.functions[function.id];
        let symbol = &module.symbols[shell.symbol];
        let scope = shell.scope.map(|scope| &module.debug_scopes[scope]);
        let result = scope.and_then(|scope| scope.ty).and_then(|ty| match &module.debug_types[ty] {
            DebugTypeData::Subroutine { result, .. } => *result,
            _ => None,
        });
        self.code(match (symbol.linkage == Linkage::Internal, result.is_some()) {
            (false, true) => Code::ExternalFunction,
            (false, false) => Code::ExternalProcedure,
            (true, true) => Code::LocalFunction,
            (true, false) => Code::LocalProcedure,
        });
        self.string(scope.and_then(|scope| scope.name.as_deref()).unwrap_or(&symbol.name));
        self.declared(scope.map_or(shell.loc, |scope| scope.loc));
        if let Some(result) = result {
            self.type_reference(result);
        }
        let limits = self.limits_of(function);
        self.limits(limits);
        self.out.bytes(&[1, OP_CALL_FRAME_CFA]);
        self.variables(function, shell.scope);
        self.code(Code::End);
    }

    fn limits_of(&mut self, function: &FunctionDebug) -> (SymbolId, SymbolId) {
        let first = self.out.symbol(&FunctionDebug::begin_label(function.id));
        let last = self.out.symbol(&FunctionDebug::end_label(function.id));
        (first, last)
    }

    /// `DW_AT_low_pc`, `DW_AT_high_pc`.
    fn limits(&mut self, (first, last): (SymbolId, SymbolId)) {
        let size = self.cx.module.target.layout.pointer.size as u8;
        self.out.value(Expression::symbol(first), size, Loc::NONE);
        self.out.value(Expression::difference(last, first), 8, Loc::NONE);
    }

    /// Parameters in order, then other variables, then inner blocks.
    fn variables(&mut self, function: &FunctionDebug, scope: Option<DebugScope>) {
        let module = self.cx.module;
        let mut all = function.variables.clone();
        let number = |variable: DebugVariable| {
            let param = module.debug_variables[variable].param;
            (if param == 0 { u32::MAX } else { param }, variable)
        };
        all.sort_by_key(|(variable, _)| number(*variable));
        // The block with code that declares a variable; `None`: the function itself.
        let block_of = |variable: DebugVariable| {
            let scope = module.debug_variables[variable].scope?;
            function.scopes.iter().find(|range| range.scope == scope).map(|range| range.scope)
        };
        for (variable, place) in all.iter().filter(|(v, _)| block_of(*v).is_none()) {
            self.variable(*variable, *place);
        }
        let mut inner: Vec<(DebugScope, DebugVariable, VariablePlace)> =
            all.iter().filter_map(|(v, place)| Some((block_of(*v)?, *v, *place))).collect();
        inner.sort_by_key(|(scope, variable, _)| (*scope, *variable));
        if !inner.is_empty() {
            self.blocks(function, &inner, scope);
        }
        // Those without a place; only of the function's own scope, which is what is cheap to find.
        let Some(scope) = scope else { return };
        if !self.cx.describes_lost_variables() {
            return;
        }
        for (id, data) in module.debug_variables.iter() {
            let known =
                data.scope != Some(scope) || data.symbol.is_some() || all.iter().any(|(v, _)| *v == id);
            if !known {
                self.code(if data.param > 0 { Code::LostParameter } else { Code::LostVariable });
                self.string(&data.name);
                self.declared(data.loc);
                self.type_reference(data.ty);
            }
        }
    }

    fn variable(&mut self, variable: DebugVariable, place: VariablePlace) {
        let data = &self.cx.module.debug_variables[variable];
        self.code(if data.param > 0 { Code::Parameter } else { Code::Variable });
        self.string(&data.name);
        self.declared(data.loc);
        self.type_reference(data.ty);
        self.place(place);
    }

    /// The blocks with code directly inside a scope. Scopes nest no deeper than the parser lets them.
    fn blocks(
        &mut self,
        function: &FunctionDebug,
        inner: &[(DebugScope, DebugVariable, VariablePlace)],
        parent: Option<DebugScope>,
    ) {
        let module = self.cx.module;
        let mut scopes: Vec<DebugScope> = function.scopes.iter().map(|range| range.scope).collect();
        scopes.sort_unstable();
        scopes.dedup();
        for scope in scopes.into_iter().filter(|scope| module.debug_scopes[*scope].parent == parent) {
            let ranges: Vec<(SymbolId, SymbolId)> = function
                .scopes
                .iter()
                .filter(|range| range.scope == scope)
                .map(|range| [range.begin, range.end].map(|n| self.out.symbol(&label(function.id, n))))
                .map(|[first, last]| (first, last))
                .collect();
            if let [only] = ranges.as_slice() {
                self.code(Code::Block);
                self.limits(*only);
            } else {
                self.code(Code::ScatteredBlock);
                let list = self.out.new_label();
                self.out.value(Expression::symbol(list), 4, Loc::NONE);
                self.range_lists.push((list, ranges));
            }
            for (_, variable, place) in inner.iter().filter(|(of, ..)| *of == scope) {
                self.variable(*variable, *place);
            }
            self.blocks(function, inner, Some(scope));
            self.code(Code::End);
        }
    }

    fn place(&mut self, place: VariablePlace) {
        let (op, offset) = match place {
            VariablePlace::FrameOffset(offset) => (OP_FBREG, offset),
            VariablePlace::Register(reg, offset) => {
                let number = self.cx.target.isa().registers().dwarf(reg).unwrap_or(0);
                (OP_BREG0 + number.min(31) as u8, offset)
            }
        };
        let mut bytes = vec![op];
        let mut value = offset;
        loop {
            let byte = (value & 0x7f) as u8;
            value >>= 7;
            let done = (value == 0 && byte & 0x40 == 0) || (value == -1 && byte & 0x40 != 0);
            bytes.push(if done { byte } else { byte | 0x80 });
            if done {
                break;
            }
        }
        self.unsigned(bytes.len() as u64);
        self.out.bytes(&bytes);
    }
}
