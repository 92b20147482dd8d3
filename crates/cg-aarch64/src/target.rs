//! [`Aarch64Codegen`]: registers in order of preference, moves, spills, and the hooks that other modules implement.

use crate::frame;
use crate::operands::*;
use crate::rules_compare::{BIT_CLEAR, BIT_SET, NOT_ZERO, ONE, UNORDERED_OR_EQUAL, ZERO};
use lathe_ir::{CallConv, Function, Module};
use lathe_isa::{Isa, PhysReg, RegSet, RowId};
use lathe_isa_aarch64::registers as r;
use lathe_isa_aarch64::rows as a;
use lathe_mach::Options;
use lathe_mach::error::CodegenError;
use lathe_mach::frame::FrameLayout;
use lathe_mach::inst::{Bank, Sequence};
use lathe_mach::legalize::LegalizeRules;
use lathe_mach::target::{FrameStyle, PlainMove, SelectInput, StackGuard, TargetCodegen, TargetInfo};
use lathe_mach::{MachBlock, MachFunction, MachInst, MachMem, MachOperand, SlotId};

/// Code generation for AArch64.
#[derive(Debug)]
pub struct Aarch64Codegen {
    info: TargetInfo,
}

/// AArch64.
pub static AARCH64: Aarch64Codegen = Aarch64Codegen {
    info: TargetInfo {
        allocatable: [&INT, &VECTOR],
        scratch: [r::X16, r::v(31)],
        byte_registers: 0,
        stack_pointer: r::SP,
        frame_pointer: r::FP,
        base_pointer: frame::BASE_POINTER,
        word_bytes: 8,
        word_view: VIEW_X,
        call_pushes: 0,
        red_zone_bytes: 0,
        stack_align: 16,
        function_align: [4, 16],
        stack_guard: StackGuard::Global("__stack_chk_guard"),
        frame_style: FrameStyle::Stored { link: r::LR },
        half_preserved: crate::abi::v_range(8, 15),
        probe_bytes: 4096,
    },
};

/// Call-clobbered first. `x16` and `x17` stay free: linkers' veneers and expansions use them.
static INT: [PhysReg; 28] = {
    let mut list = [PhysReg(0); 28];
    let mut n = 0;
    while n < 16 {
        list[n as usize] = r::x(n);
        n += 1;
    }
    list[16] = r::X18;
    n = 19;
    while n < 30 {
        list[n as usize - 2] = r::x(n);
        n += 1;
    }
    list
};

/// `v0`-`v7`, `v16`-`v30`, then those that functions preserve in part.
static VECTOR: [PhysReg; 31] = {
    let mut list = [PhysReg(0); 31];
    let mut n = 0;
    while n < 8 {
        list[n as usize] = r::v(n);
        n += 1;
    }
    n = 16;
    while n < 31 {
        list[n as usize - 8] = r::v(n);
        n += 1;
    }
    n = 8;
    while n < 16 {
        list[n as usize + 15] = r::v(n);
        n += 1;
    }
    list
};

impl TargetCodegen for Aarch64Codegen {
    fn isa(&self) -> &'static dyn Isa {
        &lathe_isa_aarch64::AARCH64
    }

    fn info(&self) -> &TargetInfo {
        &self.info
    }

    fn view_bytes(&self, bank: Bank, view: u8) -> u8 {
        match (bank, view) {
            (Bank::Int, VIEW_W) => 4,
            (Bank::Int, _) => 8,
            (Bank::Vector, VIEW_S) => 4,
            (Bank::Vector, VIEW_D) => 8,
            (Bank::Vector, _) => 16,
        }
    }

    fn callee_saved(&self, _convention: CallConv) -> RegSet {
        crate::abi::CALLEE_SAVED
    }

    fn expand_ir(&self, module: &Module, func: &mut Function, options: &Options) -> bool {
        lathe_mach::select::expand::expand(func, module, options, self)
    }

    fn legalize_rules(&self) -> LegalizeRules {
        LegalizeRules { long_double_is_f128: true, ..LegalizeRules::of_word(8) }
    }

    fn select(&self, input: &SelectInput<'_>, out: &mut MachFunction) -> Result<(), CodegenError> {
        lathe_mach::select::select_function(input, self, out)
    }

    fn move_register(&self, bank: Bank, size: u8, to: PhysReg, from: PhysReg, out: &mut Sequence<'_>) {
        let (row, view) = match (bank, size) {
            (Bank::Int, 0..=4) => (a::MOV, VIEW_W),
            (Bank::Int, _) => (a::MOV, VIEW_X),
            (Bank::Vector, 0..=4) => (a::FMOV, VIEW_S),
            (Bank::Vector, 8) => (a::FMOV, VIEW_D),
            (Bank::Vector, _) => (a::MOV_V, VIEW_16B),
        };
        out.op(row, &[phys_def(to, view), phys_use(from, view)]);
    }

    fn spill(&self, bank: Bank, size: u8, slot: SlotId, from: PhysReg, out: &mut Sequence<'_>) {
        let mem = out.mem(MachMem::slot(slot, 0));
        let (row, view) = match (bank, size) {
            (Bank::Int, 1) => (a::STRB, VIEW_W),
            (Bank::Int, 2) => (a::STRH, VIEW_W),
            (Bank::Int, 4) => (a::STR, VIEW_W),
            (Bank::Int, _) => (a::STR, VIEW_X),
            (Bank::Vector, size) => (a::STR, vector_view(u32::from(size))),
        };
        out.op(row, &[phys_use(from, view), mem]);
    }

    fn reload(&self, bank: Bank, size: u8, to: PhysReg, slot: SlotId, out: &mut Sequence<'_>) {
        let mem = out.mem(MachMem::slot(slot, 0));
        let (row, view) = match (bank, size) {
            (Bank::Int, 1) => (a::LDRB, VIEW_W),
            (Bank::Int, 2) => (a::LDRH, VIEW_W),
            (Bank::Int, 4) => (a::LDR, VIEW_W),
            (Bank::Int, _) => (a::LDR, VIEW_X),
            (Bank::Vector, size) => (a::LDR, vector_view(u32::from(size))),
        };
        out.op(row, &[phys_def(to, view), mem]);
    }

    fn as_move(&self, func: &MachFunction, inst: &MachInst) -> Option<PlainMove> {
        frame::as_move(func, inst)
    }

    fn prologue(&self, frame: &FrameLayout, out: &mut Sequence<'_>) {
        frame::prologue(frame, out);
    }

    fn epilogue(&self, frame: &FrameLayout, out: &mut Sequence<'_>) {
        frame::epilogue(frame, out);
    }

    fn ret(&self, _frame: &FrameLayout, out: &mut Sequence<'_>) {
        out.op(a::RET, &[]);
    }

    fn jump(&self, target: MachBlock, out: &mut Sequence<'_>) {
        out.op(a::B, &[MachOperand::Block(target)]);
    }

    fn invert(&self, condition: u8) -> Option<u8> {
        Some(condition ^ 1)
    }

    fn conditional_jump(
        &self,
        condition: u8,
        operands: &[MachOperand],
        target: MachBlock,
        out: &mut Sequence<'_>,
    ) {
        let target = MachOperand::Block(target);
        let on = |out: &mut Sequence<'_>, cond: Cond| {
            out.op(a::B_COND, &[MachOperand::Cond(cond as u8), target]);
        };
        match (condition, operands) {
            (ZERO, [reg]) => out.op(a::CBZ, &[*reg, target]),
            (NOT_ZERO, [reg]) => out.op(a::CBNZ, &[*reg, target]),
            (BIT_CLEAR, [reg, bit]) => out.op(a::TBZ, &[*reg, *bit, target]),
            (BIT_SET, [reg, bit]) => out.op(a::TBNZ, &[*reg, *bit, target]),
            (ONE, _) => {
                on(out, Cond::MI);
                on(out, Cond::GT);
            }
            (UNORDERED_OR_EQUAL, _) => {
                on(out, Cond::EQ);
                on(out, Cond::VS);
            }
            _ => on(out, Cond::ALL[usize::from(condition).min(14)]),
        }
    }

    fn fit_address(&self, row: RowId, operands: &[MachOperand], mem: &mut MachMem, out: &mut Sequence<'_>) {
        frame::fit_address(row, operands, mem, out);
    }

    fn is_near(&self, displacement: i32) -> bool {
        // What every load and store can hold: the scaled seven bits of pairs of words are the least.
        displacement == 0
    }

    fn branch_reach(&self, row: RowId, operands: &[MachOperand]) -> Option<(u32, (RowId, Option<u8>))> {
        let (reach, inverse) = match row {
            a::B_COND => match operands.first() {
                Some(MachOperand::Cond(cond)) => (1 << 20, (a::B_COND, Some(cond ^ 1))),
                _ => return None,
            },
            a::CBZ => (1 << 20, (a::CBNZ, None)),
            a::CBNZ => (1 << 20, (a::CBZ, None)),
            a::TBZ => (1 << 15, (a::TBNZ, None)),
            a::TBNZ => (1 << 15, (a::TBZ, None)),
            _ => return None,
        };
        Some((reach, inverse))
    }

    fn least_branch_reach(&self) -> Option<u32> {
        Some(1 << 15)
    }

    fn expand(&self, row: RowId, operands: &[MachOperand], frame: &FrameLayout, out: &mut Sequence<'_>) {
        frame::expand(row, operands, frame, out);
    }

    fn peepholes(&self) -> &'static [lathe_mach::peephole::Pattern] {
        &crate::peephole::PATTERNS
    }

    fn late_peepholes(&self) -> &'static [lathe_mach::peephole::Pattern] {
        &crate::peephole::LATE_PATTERNS
    }
}
