//! The printer: row and operands to text that GNU as (and ours) reads back to the same bytes.

use crate::fixups::MODIFIERS;
use crate::kinds::KINDS;
use crate::registers::TABLE_64;
use crate::rows::ROWS;
use crate::select::{Prefixes, split_prefixes};
use crate::template::{Scheme, mark};
use lathe_isa::{
    Imm, Mem, MemMode, Mode, Modifier, Operand, Reg, RowFlags, RowId, RowInfo, SymbolNames, SymbolRef, Syntax,
};
use std::fmt::Write;

/// Appends one instruction.
pub(crate) fn print(
    mode: Mode,
    id: RowId,
    operands: &[Operand],
    syntax: Syntax,
    names: &dyn SymbolNames,
    out: &mut String,
) {
    let Some(row) = ROWS.get(id.0 as usize) else { return };
    let exact = crate::select::select(mode, id, operands).ok();
    let exact = exact.and_then(|exact| ROWS.get(exact.0 as usize)).unwrap_or(row);
    let mut printer = Printer { info: &exact.info, syntax, names, out, broadcast_bits: 0 };
    if exact.encoding.scheme == Scheme::Evex {
        printer.broadcast_bits = if exact.encoding.marks & mark::W != 0 { 64 } else { 32 };
    }
    let (operands, prefixes) = split_prefixes(operands);
    printer.prefixes(prefixes);
    printer.mnemonic();
    printer.operands(operands);
}

struct Printer<'a> {
    info: &'static RowInfo,
    syntax: Syntax,
    names: &'a dyn SymbolNames,
    out: &'a mut String,
    /// Element of an embedded broadcast of an EVEX row.
    broadcast_bits: u16,
}

impl Printer<'_> {
    fn prefixes(&mut self, prefixes: Prefixes) {
        const NAMES: [(Prefixes, &str); 14] = [
            (Prefixes::LOCK, "lock "),
            (Prefixes::REP, "rep "),
            (Prefixes::REPNE, "repne "),
            (Prefixes::DATA, "data16 "),
            (Prefixes::ADDRESS, "addr32 "),
            (Prefixes::NOTRACK, "notrack "),
            (Prefixes::REX, "{rex} "),
            (Prefixes::REX_W, "rex64 "),
            (Prefixes::DISP32, "{disp32} "),
            (Prefixes::DISP8, "{disp8} "),
            (Prefixes::VEX3, "{vex3} "),
            (Prefixes::EVEX, "{evex} "),
            (Prefixes::STORE, "{store} "),
            (Prefixes::LOAD, "{load} "),
        ];
        if prefixes != Prefixes::NONE {
            let written = NAMES.iter().filter(|(bit, _)| prefixes.has(*bit));
            written.for_each(|(_, text)| self.out.push_str(text));
        }
    }

    fn mnemonic(&mut self) {
        match self.syntax {
            Syntax::Gnu => {
                self.out.push_str(self.info.mnemonic);
                self.out.push_str(self.info.suffix);
            }
            Syntax::Intel => {
                self.out.push_str(self.info.manual_mnemonic);
                let string = self.info.operand_count == 0 && self.info.manual_mnemonic == self.info.mnemonic;
                if string {
                    self.out.push_str(if self.info.suffix == "l" { "d" } else { self.info.suffix });
                }
            }
        }
    }

    fn operands(&mut self, operands: &[Operand]) {
        let is_decoration = |o: &&Operand| matches!(o, Operand::Mask(..) | Operand::Rounding(_));
        let mask = operands.iter().find(|o| matches!(o, Operand::Mask(..)));
        let rounding = operands.iter().find(|o| matches!(o, Operand::Rounding(_)));
        let plain = operands.len() - operands.iter().filter(is_decoration).count();
        // AT&T reverses, except two immediates (`enter`, far jumps).
        let immediates = operands.iter().filter(|o| matches!(o, Operand::Imm(_))).count();
        let reverse = self.syntax == Syntax::Gnu && immediates < 2;
        let mut separator = "\t";
        if reverse && let Some(rounding) = rounding {
            self.out.push_str(separator);
            self.operand(rounding, 0);
            separator = ", ";
        }
        for step in 0..operands.len() {
            let at = if reverse { operands.len() - 1 - step } else { step };
            if is_decoration(&&operands[at]) {
                continue;
            }
            self.out.push_str(separator);
            separator = ", ";
            self.operand(&operands[at], at);
            if at == 0
                && plain > 0
                && let Some(mask) = mask
            {
                self.operand(mask, 0);
            }
        }
        if !reverse && let Some(rounding) = rounding {
            self.out.push_str(separator);
            self.operand(rounding, 0);
        }
    }

    fn operand(&mut self, operand: &Operand, at: usize) {
        let att = self.syntax == Syntax::Gnu;
        let indirect = att
            && self.info.operand_count == 1
            && (self.info.flags.has(RowFlags::BRANCH) || self.info.flags.has(RowFlags::CALL));
        match operand {
            Operand::None | Operand::Cond(_) | Operand::Shift { .. } | Operand::Prefixes(_) => {}
            Operand::Reg(reg) => {
                if indirect {
                    self.out.push('*');
                }
                self.register(*reg);
            }
            Operand::Imm(value) => {
                if att {
                    self.out.push('$');
                }
                self.immediate(value);
            }
            Operand::Label(target) => self.symbol(target),
            Operand::Mem(mem) => {
                if indirect {
                    self.out.push('*');
                }
                if att {
                    self.memory_att(mem);
                } else {
                    self.memory_intel(mem, at);
                }
                if mem.mode == MemMode::Broadcast && self.broadcast_bits != 0 {
                    let kind = &KINDS[self.info.operands[at].kind.0 as usize].kind;
                    let _ = write!(self.out, "{{1to{}}}", kind.memory_bits / self.broadcast_bits);
                }
            }
            Operand::Mask(reg, zeroing) => {
                self.out.push('{');
                self.register(*reg);
                self.out.push('}');
                if *zeroing {
                    self.out.push_str("{z}");
                }
            }
            Operand::Rounding(code) => {
                const NAMES: [&str; 5] = ["{rn-sae}", "{rd-sae}", "{ru-sae}", "{rz-sae}", "{sae}"];
                self.out.push_str(NAMES[usize::from(*code).min(4)]);
            }
        }
    }

    fn register(&mut self, reg: Reg) {
        if self.syntax == Syntax::Gnu {
            self.out.push('%');
        }
        self.out.push_str(TABLE_64.name(reg));
    }

    fn immediate(&mut self, value: &Imm) {
        match value {
            Imm::Int(value) => self.number(*value),
            Imm::Symbol(target) => self.symbol(target),
        }
    }

    fn number(&mut self, value: i64) {
        let _ = write!(self.out, "{value}");
    }

    fn symbol(&mut self, target: &SymbolRef) {
        self.names.write_symbol(target.symbol, self.out);
        if target.modifier != Modifier::NONE
            && target.modifier != crate::fixups::GOTPC
            && let Some(info) = MODIFIERS.get(target.modifier.0 as usize)
        {
            self.out.push('@');
            self.out.push_str(info.name);
        }
        if target.addend != 0 {
            let _ = write!(self.out, "{:+}", target.addend);
        }
    }

    fn memory_att(&mut self, mem: &Mem) {
        if mem.segment.is_some() {
            self.register(Reg::new(mem.segment, 0));
            self.out.push(':');
        }
        let bare = !mem.base.is_some() && !mem.index.is_some();
        match &mem.displacement {
            Imm::Int(0) if !bare => {}
            other => self.immediate(other),
        }
        if bare {
            return;
        }
        self.out.push('(');
        if mem.base.is_some() {
            self.register(mem.base);
        }
        if mem.index.is_some() {
            self.out.push(',');
            self.register(mem.index);
            let _ = write!(self.out, ",{}", 1 << mem.scale_log2);
        }
        self.out.push(')');
    }

    fn memory_intel(&mut self, mem: &Mem, at: usize) {
        let bits = KINDS[self.info.operands[at].kind.0 as usize].kind.memory_bits;
        self.out.push_str(match bits {
            8 => "byte ptr ",
            16 => "word ptr ",
            32 => "dword ptr ",
            48 => "fword ptr ",
            64 => "qword ptr ",
            80 => "tbyte ptr ",
            128 => "xmmword ptr ",
            256 => "ymmword ptr ",
            512 => "zmmword ptr ",
            _ => "",
        });
        if mem.segment.is_some() {
            self.register(Reg::new(mem.segment, 0));
            self.out.push(':');
        } else if !mem.base.is_some() && !mem.index.is_some() && matches!(mem.displacement, Imm::Int(_)) {
            self.out.push_str("ds:");
        }
        self.out.push('[');
        let mut plus = "";
        if mem.base.is_some() {
            self.register(mem.base);
            plus = "+";
        }
        if mem.index.is_some() {
            self.out.push_str(plus);
            self.register(mem.index);
            let _ = write!(self.out, "*{}", 1 << mem.scale_log2);
            plus = "+";
        }
        match &mem.displacement {
            Imm::Int(0) if !plus.is_empty() => {}
            Imm::Int(value) if !plus.is_empty() => {
                let _ = write!(self.out, "{value:+}");
            }
            other => {
                self.out.push_str(plus);
                self.immediate(other);
            }
        }
        self.out.push(']');
    }
}
