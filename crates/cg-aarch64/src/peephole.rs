//! Patterns of AArch64 for the peephole stage.

use crate::operands::*;
use lathe_isa::MemMode;
use lathe_isa_aarch64::registers as r;
use lathe_isa_aarch64::rows as a;
use lathe_mach::inst::MemBase;
use lathe_mach::inst::function::InstFlags;
use lathe_mach::peephole::{Pattern, Window};
use lathe_mach::{MReg, MachMem, MachOperand};

/// In the order in which they are tried.
pub(crate) static PATTERNS: [Pattern; 0] = [];

/// Those for code with its frame.
pub(crate) static LATE_PATTERNS: [Pattern; 1] = [Pattern { name: "pair", apply: pair }];

/// A load or store of one register at base and offset.
struct Access {
    reg: MReg,
    view: u8,
    base: MReg,
    offset: i64,
}

fn access(window: &Window<'_>, n: usize) -> Option<Access> {
    let [MachOperand::Def(reg, view) | MachOperand::Use(reg, view), MachOperand::Mem(mem)] =
        *window.operands(n)
    else {
        return None;
    };
    let mem = &window.func.tables.mems[mem.0 as usize];
    let MemBase::Reg(base) = mem.base else { return None };
    let plain = mem.mode == MemMode::Offset && mem.symbol.is_none() && !mem.index.is_some();
    plain.then_some(Access { reg, view, base, offset: i64::from(mem.displacement) })
}

/// Bytes of a register, which pairs exist for: words, doublewords, and the scalar views of vectors from words on.
fn bytes_of(access: &Access) -> Option<i64> {
    let phys = access.reg.as_phys()?;
    let is_vector = (r::V0.0..r::XZR.0).contains(&phys.0);
    match (is_vector, access.view) {
        (false, VIEW_W) | (true, VIEW_S) => Some(4),
        (false, VIEW_X) | (true, VIEW_D) => Some(8),
        (true, VIEW_Q) => Some(16),
        _ => None,
    }
}

fn is_vector(reg: MReg) -> bool {
    reg.as_phys().is_some_and(|phys| (r::V0.0..r::XZR.0).contains(&phys.0))
}

/// Two loads or two stores of neighbouring places become `ldp` or `stp`.
fn pair(window: &mut Window<'_>) -> bool {
    let (Some(first), Some(second)) = (window.inst(0), window.inst(1)) else { return false };
    let row = match first.row {
        a::LDR => a::LDP,
        a::STR => a::STP,
        _ => return false,
    };
    if second.row != first.row || first.flags.has(InstFlags::KEEP) || second.flags.has(InstFlags::KEEP) {
        return false;
    }
    let (Some(x), Some(y)) = (access(window, 0), access(window, 1)) else { return false };
    let Some(bytes) = bytes_of(&x) else { return false };
    if x.base != y.base || x.view != y.view || is_vector(x.reg) != is_vector(y.reg) {
        return false;
    }
    let is_load = row == a::LDP;
    if is_load && (x.reg == y.reg || x.reg == x.base) {
        return false;
    }
    let (low, high) = match y.offset - x.offset {
        distance if distance == bytes => (&x, &y),
        distance if distance == -bytes => (&y, &x),
        _ => return false,
    };
    if low.offset % bytes != 0 || !(-64..64).contains(&(low.offset / bytes)) {
        return false;
    }
    let operand = |access: &Access| {
        if is_load {
            MachOperand::Def(access.reg, access.view)
        } else {
            MachOperand::Use(access.reg, access.view)
        }
    };
    let mem = MachMem::base(low.base, low.offset as i32);
    let operands = [operand(low), operand(high), MachOperand::Mem(window.func.tables.mem(mem))];
    window.replace(0, row, &operands);
    window.remove(1);
    true
}
