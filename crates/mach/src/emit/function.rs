//! One finished machine function to a streamer.

use crate::debug::FunctionDebug;
use crate::emit::attributes;
use crate::emit::context::ModuleContext;
use crate::emit::lines::LineWriter;
use crate::emit::scopes::{ScopeRange, ScopeWriter};
use crate::emit::{lsda, pool, thunks};
use crate::error::{CodegenError, ErrorKind};
use crate::frame::CfiOp;
use crate::inst::function::InstFlags;
use crate::inst::{
    LabelId, MachBlock, MachFunction, MachInst, MachOperand, MachSymbol, MemBase, SymbolRefId, pseudo,
};
use lathe_diag::Loc;
use lathe_ir::{Entity, Function};
use lathe_isa::{Imm, Mem, MemMode, Operand, Reg, RowFlags, RowId, SymbolId, SymbolRef};
use lathe_mc::{Alignment, CfiDirective, Streamer, SymbolKind};
use smallvec::SmallVec;

/// Reusable memory of emission.
#[derive(Debug, Default)]
pub struct EmitScratch {
    blocks: Vec<Option<SymbolId>>,
    constants: Vec<Option<SymbolId>>,
    tables: Vec<Option<SymbolId>>,
    labels: Vec<Option<SymbolId>>,
    /// Calls that unwind: begin, end, landing pad.
    pub(crate) call_sites: Vec<(SymbolId, SymbolId, MachBlock)>,
    /// Where the code of inner scopes is, for debug information.
    pub(crate) scope_ranges: Vec<ScopeRange>,
}

/// Emits one function.
pub struct FunctionEmitter<'a> {
    pub(crate) cx: &'a ModuleContext<'a>,
    pub(crate) func: &'a MachFunction,
    pub(crate) ir: &'a Function,
    pub(crate) out: &'a mut dyn Streamer,
    pub(crate) scratch: &'a mut EmitScratch,
    lines: LineWriter,
    scopes: ScopeWriter,
}

/// Emits a function with everything that belongs to it: attributes, code, pool, jump tables, unwind
/// tables.
///
/// # Errors
/// For inline assembly that is wrong.
pub fn emit(
    cx: &ModuleContext<'_>,
    func: &MachFunction,
    ir: &Function,
    block_aliases: &[(lathe_ir::Block, lathe_ir::Block)],
    out: &mut dyn Streamer,
    scratch: &mut EmitScratch,
) -> Result<(), CodegenError> {
    scratch.blocks.clear();
    scratch.blocks.resize(func.blocks.len(), None);
    scratch.constants.clear();
    scratch.constants.resize(func.constants.len(), None);
    scratch.tables.clear();
    scratch.tables.resize(func.jump_tables.len(), None);
    scratch.labels.clear();
    scratch.labels.resize(func.label_count as usize, None);
    scratch.call_sites.clear();
    scratch.scope_ranges.clear();
    let lines = LineWriter::new();
    let scopes = ScopeWriter::new(cx, func, ir);
    let mut emitter = FunctionEmitter { cx, func, ir, out, scratch, lines, scopes };
    emitter.function(block_aliases)
}

impl FunctionEmitter<'_> {
    fn function(&mut self, block_aliases: &[(lathe_ir::Block, lathe_ir::Block)]) -> Result<(), CodegenError> {
        let data = &self.cx.module.symbols[self.ir.symbol];
        let name = self.cx.symbol(self.ir.symbol);
        let section = attributes::code_section(self.cx, data, self.ir.attributes.cold);
        let section = self.out.section(&section, self.ir.loc);
        self.out.switch_section(section, 0);
        self.align();
        attributes::define(self.cx, self.ir.symbol, SymbolKind::Function, self.out);
        let (nops, before) = match self.ir.attributes.patchable_entry {
            (0, 0) => self.cx.options.patchable_entry,
            own => own,
        };
        self.nops(before);
        self.out.label(name, self.ir.loc);
        self.debug_label(true);
        let has_rules = self.cx.options.unwind_tables || self.cx.options.debug_info;
        let has_rules = has_rules && !self.ir.attributes.no_unwind_table;
        if has_rules {
            self.out.cfi(CfiDirective::StartProcedure { simple: false }, Loc::NONE);
        }
        let pads = self.func.blocks.iter().any(|b| b.landing_pad.is_some());
        let table = if pads { lsda::begin(self) } else { None };
        if self.cx.options.debug_info {
            self.lines.function_start(self.cx, self.ir.loc, self.out);
        }
        self.nops(nops.saturating_sub(before));
        for block in self.func.block_ids() {
            self.block(block, block_aliases)?;
        }
        if self.func.insts.iter().all(|inst| pseudo::is_pseudo(inst.row)) && nops == 0 {
            // A body that is undefined throughout; its symbol must still differ from the next one's.
            self.filler();
        }
        if has_rules {
            self.out.cfi(CfiDirective::EndProcedure, Loc::NONE);
        }
        attributes::size_to_here(name, self.out);
        self.debug_label(false);
        self.scopes.end(self.out, &mut self.scratch.scope_ranges);
        pool::constants(self);
        pool::jump_tables(self);
        if let Some(table) = table {
            lsda::write(self, table)?;
        }
        Ok(())
    }

    /// A label at one end of the function, for debug information.
    fn debug_label(&mut self, begin: bool) {
        if self.cx.options.debug_info {
            let id = self.func.id;
            let name = if begin { FunctionDebug::begin_label(id) } else { FunctionDebug::end_label(id) };
            let label = self.out.symbol(&name);
            self.out.label(label, Loc::NONE);
        }
    }

    fn filler(&mut self) {
        let mut bytes = Vec::new();
        let isa = self.cx.target.isa();
        isa.fill_nops(isa.default_mode(), 1, &mut bytes);
        self.out.bytes(&bytes);
    }

    fn align(&mut self) {
        let info = self.cx.target.info();
        let level = usize::from(self.cx.options.level != crate::options::OptLevel::None);
        let wanted = if self.cx.options.optimize_size { 1 } else { info.function_align[level] };
        let align = self.ir.attributes.align.max(wanted).max(1);
        if align > 1 {
            self.out.align(Alignment::log2(align.trailing_zeros() as u8));
        }
    }

    fn nops(&mut self, count: u16) {
        let isa = self.cx.target.isa();
        for _ in 0..count {
            let mut bytes = Vec::new();
            isa.fill_nops(isa.default_mode(), 1, &mut bytes);
            self.out.bytes(&bytes);
        }
    }

    fn block(
        &mut self,
        block: MachBlock,
        block_aliases: &[(lathe_ir::Block, lathe_ir::Block)],
    ) -> Result<(), CodegenError> {
        let data = &self.func.blocks[block.index()];
        if data.address_taken {
            let named =
                block_aliases.iter().find(|(_, to)| *to == data.ir).map_or(data.ir, |(from, _)| *from);
            let label = ModuleContext::block_label(self.func.id, named);
            let label = self.out.symbol(&label);
            self.out.label(label, Loc::NONE);
        }
        if data.first_inst == data.end_inst && !self.is_mentioned(block) {
            return Ok(());
        }
        let label = self.block_label(block);
        self.out.label(label, Loc::NONE);
        for index in self.func.inst_range(block) {
            self.inst(block, &self.func.insts[index])?;
        }
        Ok(())
    }

    fn is_mentioned(&self, block: MachBlock) -> bool {
        self.scratch.blocks[block.index()].is_some()
    }

    /// The label of a block.
    pub(crate) fn block_label(&mut self, block: MachBlock) -> SymbolId {
        match self.scratch.blocks[block.index()] {
            Some(label) => label,
            None => {
                let label = self.out.new_label();
                self.scratch.blocks[block.index()] = Some(label);
                label
            }
        }
    }

    /// Labels of the pool, as far as they were mentioned.
    pub(crate) fn constant_labels(&self) -> &[Option<SymbolId>] {
        &self.scratch.constants
    }

    /// Labels of the jump tables, as far as they were mentioned.
    pub(crate) fn table_labels(&self) -> &[Option<SymbolId>] {
        &self.scratch.tables
    }

    fn inst(&mut self, block: MachBlock, inst: &MachInst) -> Result<(), CodegenError> {
        if pseudo::is_pseudo(inst.row) {
            return self.pseudo(inst);
        }
        self.debug_place(inst);
        let mut operands: SmallVec<[Operand; 5]> = SmallVec::new();
        for index in inst.operand_range() {
            let operand = self.func.tables.operands[index];
            if operand.is_encoded() {
                let operand = self.operand(inst.row, operand);
                operands.push(operand);
            }
        }
        let unwinds = inst.flags.has(InstFlags::INVOKE);
        let begin = unwinds.then(|| self.out.here());
        self.out.instruction(inst.row, &operands, inst.loc);
        if let (Some(begin), Some(edge)) = (begin, self.func.edges_of(block).get(1)) {
            let end = self.out.here();
            self.scratch.call_sites.push((begin, end, edge.target));
        }
        Ok(())
    }

    /// The line row and the limits of scopes before an instruction.
    #[inline]
    fn debug_place(&mut self, inst: &MachInst) {
        if self.cx.options.debug_info {
            self.lines.inst(self.cx, inst, self.out);
            self.scopes.inst(inst, self.out, &mut self.scratch.scope_ranges);
        }
    }

    fn pseudo(&mut self, inst: &MachInst) -> Result<(), CodegenError> {
        match inst.row {
            pseudo::CFI => {
                if let Some(op) = CfiOp::from_operands(self.func.operands_of(inst)) {
                    self.cfi(op);
                }
                Ok(())
            }
            pseudo::INLINE_ASM => self.inline_asm(inst),
            pseudo::LABEL => {
                if let [MachOperand::Imm(id)] = *self.func.operands_of(inst) {
                    let label = MachSymbol::Label(LabelId(id as u32));
                    let label = machine_symbol(self.cx, self.func, self.scratch, self.out, label);
                    self.out.label(label, inst.loc);
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn inline_asm(&mut self, inst: &MachInst) -> Result<(), CodegenError> {
        let Some(MachOperand::Imm(index)) = self.func.operands_of(inst).first() else { return Ok(()) };
        let placement = &self.func.asms[*index as usize];
        let statement = &self.ir.asms[placement.asm];
        let Some(asm) = self.cx.asm else {
            return Err(CodegenError::unsupported("inline assembly without an assembler").at(inst.loc));
        };
        self.debug_place(inst);
        let (cx, func, scratch) = (self.cx, self.func, &mut *self.scratch);
        let mut symbol = |out: &mut dyn Streamer, symbol| machine_symbol(cx, func, scratch, out, symbol);
        asm.inline(func, statement, placement, inst, &mut symbol, self.out).map_err(|diagnostics| {
            let text = diagnostics.first().map_or_else(String::new, |d| d.message.clone());
            CodegenError::new(ErrorKind::Assembly(text)).at(inst.loc)
        })
    }

    fn cfi(&mut self, op: CfiOp) {
        if self.ir.attributes.no_unwind_table {
            return;
        }
        let table = self.cx.target.isa().registers();
        let number = |reg| table.dwarf(reg).unwrap_or(0);
        let directive = match op {
            CfiOp::DefineCfa(reg, offset) => CfiDirective::DefineCfa { register: number(reg), offset },
            CfiOp::DefineCfaRegister(reg) => CfiDirective::DefineCfaRegister(number(reg)),
            CfiOp::DefineCfaOffset(offset) => CfiDirective::DefineCfaOffset(offset),
            CfiOp::Offset(reg, offset) => CfiDirective::Offset { register: number(reg), offset },
            CfiOp::Restore(reg) => CfiDirective::Restore(number(reg)),
            CfiOp::RememberState => CfiDirective::RememberState,
            CfiOp::RestoreState => CfiDirective::RestoreState,
            CfiOp::NegateReturnAddress => CfiDirective::NegateReturnAddressState,
        };
        self.out.cfi(directive, Loc::NONE);
    }

    #[inline]
    fn operand(&mut self, row: RowId, operand: MachOperand) -> Operand {
        match operand {
            MachOperand::Use(reg, view)
            | MachOperand::UseAny(reg, view)
            | MachOperand::LateUse(reg, view)
            | MachOperand::Def(reg, view)
            | MachOperand::EarlyDef(reg, view)
            | MachOperand::Tied { to: reg, view, .. } => Operand::Reg(physical(reg, view)),
            MachOperand::Imm(value) => Operand::int(value),
            MachOperand::Mem(mem) => Operand::Mem(self.mem(mem)),
            MachOperand::Block(block) => Operand::Label(SymbolRef::plain(self.block_label(block))),
            MachOperand::Symbol(symbol) => {
                let symbol = self.symbol_ref(symbol);
                let flags = self.cx.target.isa().row(row).flags;
                if flags.0 & (RowFlags::BRANCH.0 | RowFlags::CALL.0) != 0 {
                    Operand::Label(symbol)
                } else {
                    Operand::Imm(Imm::Symbol(symbol))
                }
            }
            MachOperand::Cond(code) => Operand::Cond(code),
            MachOperand::Shift { kind, amount } => Operand::Shift { kind, amount },
            MachOperand::Rounding(code) => Operand::Rounding(code),
            MachOperand::FixedUse(..) | MachOperand::FixedDef(..) => Operand::None,
        }
    }

    fn mem(&mut self, id: crate::inst::MemId) -> Mem {
        let mem = self.func.tables.mems[id.0 as usize];
        let view = self.cx.target.info().word_view;
        let base = match mem.base {
            MemBase::Reg(reg) if reg.is_some() => physical(reg, view),
            MemBase::Pc => Reg::new(self.cx.program_counter, 0),
            MemBase::Slot(slot) => {
                debug_assert!(false, "{slot:?} has no place");
                Reg::NONE
            }
            _ => Reg::NONE,
        };
        // An extended index is a 32-bit register: the first view.
        let index_view = if mem.mode == MemMode::SignExtendedIndex { 0 } else { view };
        let index = mem.index_reg().map_or(Reg::NONE, |reg| physical(reg, index_view));
        let displacement = match mem.symbol {
            Some(symbol) => Imm::Symbol(self.symbol_ref(symbol).plus(i64::from(mem.displacement))),
            None => Imm::Int(i64::from(mem.displacement)),
        };
        Mem {
            displacement,
            base,
            index,
            segment: mem.segment,
            scale_log2: mem.scale_log2,
            size: mem.size,
            mode: mem.mode,
        }
    }

    /// A machine symbol reference for the streamer.
    pub(crate) fn symbol_ref(&mut self, id: SymbolRefId) -> SymbolRef {
        let data = self.func.tables.symbols[id.0 as usize];
        let symbol = machine_symbol(self.cx, self.func, self.scratch, self.out, data.symbol);
        SymbolRef { addend: data.addend, symbol, modifier: data.modifier }
    }
}

/// The streamer's symbol for a name of the machine level.
fn machine_symbol(
    cx: &ModuleContext<'_>,
    func: &MachFunction,
    scratch: &mut EmitScratch,
    out: &mut dyn Streamer,
    symbol: MachSymbol,
) -> SymbolId {
    let label = |list: &mut Vec<Option<SymbolId>>, index: usize, out: &mut dyn Streamer| match list[index] {
        Some(label) => label,
        None => {
            let label = out.new_label();
            list[index] = Some(label);
            label
        }
    };
    match symbol {
        MachSymbol::Ir(symbol) => cx.symbol(symbol),
        MachSymbol::LibCall(call) => out.symbol(call.name()),
        MachSymbol::External(name) => {
            thunks::note(cx, name);
            out.symbol(name)
        }
        MachSymbol::Constant(id) => label(&mut scratch.constants, id.0 as usize, out),
        MachSymbol::JumpTable(id) => label(&mut scratch.tables, id.0 as usize, out),
        MachSymbol::Block(block) => label(&mut scratch.blocks, block.index(), out),
        MachSymbol::Label(id) => label(&mut scratch.labels, id.0 as usize, out),
        MachSymbol::IrBlock(id, block) => {
            debug_assert!(id != func.id || block.index() < func.block_of.len(), "a block of this function");
            out.symbol(&ModuleContext::block_label(id, block))
        }
    }
}

#[inline]
fn physical(reg: crate::MReg, view: u8) -> Reg {
    match reg.as_phys() {
        Some(phys) => Reg::new(phys, view),
        None => {
            debug_assert!(!reg.is_some(), "{reg:?} was not allocated");
            Reg::NONE
        }
    }
}
