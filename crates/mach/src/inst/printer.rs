//! Machine code as text, for `--print-after=…`, `--emit=mach` and assertion messages.
//!
//! ```text
//! mb1(%3:i4) ; block2, loop 1
//!     add     %4:i4 = %3, 1
//!     → mb1(%4) mb2()
//! ```

use crate::inst::function::{MachFunction, MachInst};
use crate::inst::operand::{MachOperand, MemBase, MemId};
use crate::inst::pseudo;
use crate::inst::reg::{Bank, MReg, VReg};
use crate::inst::symbol::{MachSymbol, SymbolRefId};
use lathe_isa::{Isa, PhysReg, Reg};
use std::fmt::Write;

/// Prints functions with the names of an instruction set.
#[derive(Clone, Copy)]
pub struct Printer<'a> {
    /// For mnemonics and register names.
    pub isa: &'a dyn Isa,
    /// For symbol names, if at hand.
    pub module: Option<&'a lathe_ir::Module>,
}

impl std::fmt::Debug for Printer<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Printer")
    }
}

impl Printer<'_> {
    /// A whole function.
    pub fn function(&self, func: &MachFunction) -> String {
        let mut out = String::new();
        for block in func.block_ids() {
            self.block_header(func, block, &mut out);
            for index in func.inst_range(block) {
                self.inst(func, &func.insts[index], &mut out);
            }
            self.edges(func, block, &mut out);
        }
        for (index, slot) in func.slots.iter().enumerate().skip(3) {
            let _ =
                writeln!(out, "  slot{index}: {:?}, {} bytes, align {}", slot.kind, slot.size, slot.align);
        }
        out
    }

    fn block_header(&self, func: &MachFunction, block: crate::MachBlock, out: &mut String) {
        let data = &func.blocks[block.index()];
        let _ = write!(out, "{block}");
        let params = func.params_of(block);
        if !params.is_empty() {
            out.push('(');
            for (i, param) in params.iter().enumerate() {
                out.push_str(if i > 0 { ", " } else { "" });
                self.typed(func, *param, out);
            }
            out.push(')');
        }
        let _ = write!(out, ": ; {}", data.ir);
        if data.loop_depth > 0 {
            let _ = write!(out, ", loop {}", data.loop_depth);
        }
        if data.cold {
            out.push_str(", cold");
        }
        if data.landing_pad.is_some() {
            out.push_str(", landing pad");
        }
        out.push('\n');
    }

    fn edges(&self, func: &MachFunction, block: crate::MachBlock, out: &mut String) {
        let edges = func.edges_of(block);
        if edges.iter().all(|e| e.arg_count == 0) {
            return;
        }
        out.push_str("    →");
        for edge in edges {
            let _ = write!(out, " {}(", edge.target);
            for (i, arg) in func.args_of(edge).iter().enumerate() {
                let _ = write!(out, "{}{arg:?}", if i > 0 { ", " } else { "" });
            }
            out.push(')');
        }
        out.push('\n');
    }

    fn typed(&self, func: &MachFunction, reg: VReg, out: &mut String) {
        let info = func.vregs[reg.index()];
        let bank = if info.bank == Bank::Int { 'i' } else { 'v' };
        let _ = write!(out, "{reg:?}:{bank}{}", info.size);
    }

    /// One instruction on a line of its own.
    pub fn inst(&self, func: &MachFunction, inst: &MachInst, out: &mut String) {
        if inst.row == pseudo::REMOVED {
            return;
        }
        let name = if pseudo::is_pseudo(inst.row) {
            pseudo::name(inst.row)
        } else {
            self.isa.row(inst.row).manual_mnemonic
        };
        let _ = write!(out, "    {name:<10}");
        for (i, operand) in func.operands_of(inst).iter().enumerate() {
            out.push_str(if i > 0 { ", " } else { " " });
            self.operand(func, *operand, out);
        }
        let clobbers = func.clobbers_of(inst);
        if !clobbers.is_empty() {
            out.push_str(" ; clobbers");
            for reg in clobbers.iter() {
                let _ = write!(out, " {}", self.phys(reg));
            }
        }
        out.push('\n');
    }

    fn phys(&self, reg: PhysReg) -> &'static str {
        let names = &self.isa.registers().info(reg).names;
        names.iter().rev().find(|n| !n.is_empty()).copied().unwrap_or("?")
    }

    fn reg(&self, reg: MReg, view: u8, out: &mut String) {
        match (reg.as_virt(), reg.as_phys()) {
            (Some(v), _) => {
                let _ = write!(out, "{v:?}.{view}");
            }
            (_, Some(p)) => out.push_str(self.isa.registers().name(Reg::new(p, view))),
            _ => out.push('-'),
        }
    }

    fn whole(&self, reg: MReg, out: &mut String) {
        match reg.as_phys() {
            Some(p) => out.push_str(self.phys(p)),
            None => {
                let _ = write!(out, "{reg:?}");
            }
        }
    }

    fn operand(&self, func: &MachFunction, operand: MachOperand, out: &mut String) {
        match operand {
            MachOperand::Use(reg, view) => self.reg(reg, view, out),
            MachOperand::UseAny(reg, view) => {
                out.push_str("any ");
                self.reg(reg, view, out);
            }
            MachOperand::LateUse(reg, view) => {
                out.push_str("late ");
                self.reg(reg, view, out);
            }
            MachOperand::Def(reg, view) => {
                out.push_str("def ");
                self.reg(reg, view, out);
            }
            MachOperand::EarlyDef(reg, view) => {
                out.push_str("early def ");
                self.reg(reg, view, out);
            }
            MachOperand::Tied { to, from, view } => {
                self.reg(to, view, out);
                out.push_str(" <- ");
                self.reg(from, view, out);
            }
            MachOperand::Imm(value) => {
                let _ = write!(out, "{value}");
            }
            MachOperand::Mem(mem) => self.mem(func, mem, out),
            MachOperand::Block(block) => {
                let _ = write!(out, "{block}");
            }
            MachOperand::Symbol(symbol) => self.symbol(func, symbol, out),
            MachOperand::Cond(code) => {
                let _ = write!(out, "cond {code}");
            }
            MachOperand::Shift { kind, amount } => {
                let _ = write!(out, "shift {kind} by {amount}");
            }
            MachOperand::Rounding(code) => {
                let _ = write!(out, "rounding {code}");
            }
            MachOperand::FixedUse(reg, phys) => {
                self.whole(reg, out);
                let _ = write!(out, " in {}", self.phys(phys));
            }
            MachOperand::FixedDef(reg, phys) => {
                out.push_str("def ");
                self.whole(reg, out);
                let _ = write!(out, " in {}", self.phys(phys));
            }
        }
    }

    fn mem(&self, func: &MachFunction, id: MemId, out: &mut String) {
        let mem = &func.tables.mems[id.0 as usize];
        out.push('[');
        match mem.base {
            MemBase::None => {}
            MemBase::Reg(reg) => self.whole(reg, out),
            MemBase::Slot(slot) => {
                let _ = write!(out, "{slot:?}");
            }
            MemBase::Pc => out.push_str("pc"),
        }
        if let Some(index) = mem.index_reg() {
            out.push_str(" + ");
            self.whole(index, out);
            let _ = write!(out, "*{}", 1u32 << mem.scale_log2);
        }
        if let Some(symbol) = mem.symbol {
            out.push_str(" + ");
            self.symbol(func, symbol, out);
        }
        if mem.displacement != 0 {
            let _ = write!(out, " {:+}", mem.displacement);
        }
        out.push(']');
    }

    fn symbol(&self, func: &MachFunction, id: SymbolRefId, out: &mut String) {
        let data = func.tables.symbols[id.0 as usize];
        let _ = match data.symbol {
            MachSymbol::Ir(symbol) => match self.module {
                Some(module) => write!(out, "@{}", module.symbols[symbol].name),
                None => write!(out, "@{symbol}"),
            },
            MachSymbol::LibCall(call) => write!(out, "@{call}"),
            MachSymbol::External(name) => write!(out, "@{name}"),
            MachSymbol::Constant(id) => write!(out, "const{}", id.0),
            MachSymbol::JumpTable(id) => write!(out, "table{}", id.0),
            MachSymbol::Block(block) => write!(out, "{block}"),
            MachSymbol::Label(id) => write!(out, "label{}", id.0),
            MachSymbol::IrBlock(func, block) => write!(out, "{func}.{block}"),
        };
        if data.addend != 0 {
            let _ = write!(out, "{:+}", data.addend);
        }
    }
}
