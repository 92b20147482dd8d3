//! `__x86.get_pc_thunk.*`: gives the address after the call of it in a register, as gcc's position-independent code of
//! i386 does it; programs keep one copy of each.

use lathe_diag::Loc;
use lathe_isa::{Imm, Mem, MemMode, Operand, PhysReg, Reg};
use lathe_isa_x86::registers as r;
use lathe_isa_x86::rows as x;
use lathe_mach::emit::thunks::Thunk;
use lathe_mc::Streamer;

/// Names by register number.
pub(crate) const NAMES: [&str; 8] = [
    "__x86.get_pc_thunk.ax",
    "__x86.get_pc_thunk.cx",
    "__x86.get_pc_thunk.dx",
    "__x86.get_pc_thunk.bx",
    "__x86.get_pc_thunk.sp",
    "__x86.get_pc_thunk.bp",
    "__x86.get_pc_thunk.si",
    "__x86.get_pc_thunk.di",
];

/// By register number.
pub(crate) static THUNKS: [Thunk; 8] = [
    Thunk { name: NAMES[0], code: body::<0> },
    Thunk { name: NAMES[1], code: body::<1> },
    Thunk { name: NAMES[2], code: body::<2> },
    Thunk { name: NAMES[3], code: body::<3> },
    Thunk { name: NAMES[4], code: body::<4> },
    Thunk { name: NAMES[5], code: body::<5> },
    Thunk { name: NAMES[6], code: body::<6> },
    Thunk { name: NAMES[7], code: body::<7> },
];

/// `movl (%esp), %reg; ret`.
fn body<const NUMBER: u8>(out: &mut dyn Streamer) {
    let from = Mem {
        displacement: Imm::Int(0),
        base: r::reg32(r::RSP),
        index: Reg::NONE,
        segment: PhysReg::NONE,
        scale_log2: 0,
        size: 0,
        mode: MemMode::Offset,
    };
    out.instruction(x::MOVL, &[Operand::Reg(r::reg32(PhysReg(NUMBER))), Operand::Mem(from)], Loc::NONE);
    out.instruction(x::RET, &[], Loc::NONE);
}
