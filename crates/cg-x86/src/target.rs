//! [`X86Codegen`]: registers in order of preference, moves, spills, and the hooks that other
//! modules implement.

use crate::frame;
use crate::operands::{VIEW_32, VIEW_64, VIEW_XMM};
use lathe_ir::{CallConv, Function, Module};
use lathe_isa::{Isa, PhysReg, RegSet, RowId};
use lathe_isa_x86::registers as r;
use lathe_isa_x86::rows as x;
use lathe_mach::Options;
use lathe_mach::error::CodegenError;
use lathe_mach::frame::FrameLayout;
use lathe_mach::inst::{Bank, Sequence};
use lathe_mach::target::{FrameStyle, PlainMove, SelectInput, StackGuard, TargetCodegen, TargetInfo};
use lathe_mach::{MReg, MachBlock, MachFunction, MachInst, MachMem, MachOperand, SlotId};

/// Code generation for x86.
#[derive(Debug)]
pub struct X86Codegen {
    info: TargetInfo,
}

/// x86-64.
pub static X86_64: X86Codegen = X86Codegen { info: X86_64_INFO };

const X86_64_INFO: TargetInfo = TargetInfo {
    allocatable: [&INT_64, &VECTOR_64],
    scratch: [r::R11, r::xmm(15)],
    byte_registers: 0,
    stack_pointer: r::RSP,
    frame_pointer: r::RBP,
    base_pointer: r::RBX,
    word_bytes: 8,
    word_view: VIEW_64,
    call_pushes: 8,
    red_zone_bytes: 128,
    stack_align: 16,
    function_align: [1, 16],
    stack_guard: StackGuard::ThreadPointer(0x28),
    frame_style: FrameStyle::Pushed,
    half_preserved: RegSet::NONE,
    probe_bytes: 4096,
};

/// Call-clobbered first, those without REX prefix before the others.
static INT_64: [PhysReg; 14] = [
    r::RAX,
    r::RCX,
    r::RDX,
    r::RSI,
    r::RDI,
    r::R8,
    r::R9,
    r::R10,
    r::RBX,
    r::RBP,
    r::R12,
    r::R13,
    r::R14,
    r::R15,
];
static VECTOR_64: [PhysReg; 15] = [
    r::xmm(0),
    r::xmm(1),
    r::xmm(2),
    r::xmm(3),
    r::xmm(4),
    r::xmm(5),
    r::xmm(6),
    r::xmm(7),
    r::xmm(8),
    r::xmm(9),
    r::xmm(10),
    r::xmm(11),
    r::xmm(12),
    r::xmm(13),
    r::xmm(14),
];

/// Registers that a C function preserves (System V x86-64 figure 3.4), without the stack pointer.
pub(crate) const CALLEE_SAVED_64: RegSet = r::set(&[r::RBX, r::RBP, r::R12, r::R13, r::R14, r::R15]);

fn phys(reg: PhysReg, view: u8) -> MachOperand {
    MachOperand::Use(MReg::phys(reg), view)
}

fn phys_def(reg: PhysReg, view: u8) -> MachOperand {
    MachOperand::Def(MReg::phys(reg), view)
}

/// i686 with SSE2.
pub static I686: X86Codegen = X86Codegen {
    info: TargetInfo {
        allocatable: [&INT_32, &VECTOR_32],
        scratch: [PhysReg::NONE, r::xmm(7)],
        byte_registers: 4,
        word_bytes: 4,
        word_view: VIEW_32,
        call_pushes: 4,
        red_zone_bytes: 0,
        stack_guard: StackGuard::ThreadPointer(0x14),
        ..X86_64_INFO
    },
};

/// Call-clobbered first, among the others those with a byte view last: they are wanted for that.
static INT_32: [PhysReg; 7] = [r::RAX, r::RCX, r::RDX, r::RSI, r::RDI, r::RBX, r::RBP];
static VECTOR_32: [PhysReg; 7] =
    [r::xmm(0), r::xmm(1), r::xmm(2), r::xmm(3), r::xmm(4), r::xmm(5), r::xmm(6)];

impl X86Codegen {
    /// Whether this is x86-64.
    pub(crate) fn is_64(&self) -> bool {
        self.info.word_bytes == 8
    }

    /// Bytes of an address.
    pub(crate) fn word_bytes(&self) -> u8 {
        self.info.word_bytes
    }

    fn word(&self) -> &'static frame::Word {
        if self.is_64() { &frame::WORD_64 } else { &frame::WORD_32 }
    }
}

impl TargetCodegen for X86Codegen {
    fn isa(&self) -> &'static dyn Isa {
        if self.is_64() { &lathe_isa_x86::X86_64 } else { &lathe_isa_x86::I686 }
    }

    fn info(&self) -> &TargetInfo {
        &self.info
    }

    fn view_bytes(&self, bank: Bank, view: u8) -> u8 {
        match (bank, view) {
            (Bank::Vector, r::VIEW_YMM) => 32,
            (Bank::Vector, r::VIEW_ZMM) => 64,
            (Bank::Vector, _) => 16,
            (Bank::Int, r::VIEW_8 | r::VIEW_8_HIGH) => 1,
            (Bank::Int, r::VIEW_16) => 2,
            (Bank::Int, r::VIEW_32) => 4,
            (Bank::Int, _) => 8,
        }
    }

    fn callee_saved(&self, _convention: CallConv) -> RegSet {
        if self.is_64() { CALLEE_SAVED_64 } else { crate::abi_32::CALLEE_SAVED }
    }

    fn expand_ir(&self, module: &Module, func: &mut Function, options: &Options) -> bool {
        let expanded = lathe_mach::select::expand::expand(func, module, options, self);
        let atomics = !self.is_64() && crate::wide_atomics::expand(func);
        expanded || atomics
    }

    fn select(&self, input: &SelectInput<'_>, out: &mut MachFunction) -> Result<(), CodegenError> {
        lathe_mach::select::select_function(input, self, out)
    }

    fn move_register(&self, bank: Bank, size: u8, to: PhysReg, from: PhysReg, out: &mut Sequence<'_>) {
        match bank {
            Bank::Int if size <= 4 => out.op(x::MOVL, &[phys_def(to, VIEW_32), phys(from, VIEW_32)]),
            Bank::Int => out.op(x::MOVQ, &[phys_def(to, VIEW_64), phys(from, VIEW_64)]),
            Bank::Vector => out.op(x::MOVAPS, &[phys_def(to, VIEW_XMM), phys(from, VIEW_XMM)]),
        }
    }

    fn spill(&self, bank: Bank, size: u8, slot: SlotId, from: PhysReg, out: &mut Sequence<'_>) {
        let mem = out.mem(MachMem::slot(slot, 0));
        let (row, view) = match (bank, size) {
            (Bank::Int, 1) => (x::MOVB, crate::operands::VIEW_8),
            (Bank::Int, 2) => (x::MOVW, crate::operands::VIEW_16),
            (Bank::Int, 4) => (x::MOVL, VIEW_32),
            (Bank::Int, _) => (x::MOVQ, VIEW_64),
            (Bank::Vector, 4) => (x::MOVSS, VIEW_XMM),
            (Bank::Vector, 8) => (x::MOVSD, VIEW_XMM),
            (Bank::Vector, _) => (x::MOVUPS, VIEW_XMM),
        };
        out.op(row, &[mem, phys(from, view)]);
    }

    fn reload(&self, bank: Bank, size: u8, to: PhysReg, slot: SlotId, out: &mut Sequence<'_>) {
        let mem = out.mem(MachMem::slot(slot, 0));
        let (row, view) = match (bank, size) {
            (Bank::Int, 1) => (x::MOVZBL, VIEW_32),
            (Bank::Int, 2) => (x::MOVZWL, VIEW_32),
            (Bank::Int, 4) => (x::MOVL, VIEW_32),
            (Bank::Int, _) => (x::MOVQ, VIEW_64),
            (Bank::Vector, 4) => (x::MOVSS, VIEW_XMM),
            (Bank::Vector, 8) => (x::MOVSD, VIEW_XMM),
            (Bank::Vector, _) => (x::MOVUPS, VIEW_XMM),
        };
        out.op(row, &[phys_def(to, view), mem]);
    }

    fn move_slot(&self, to: SlotId, from: SlotId, out: &mut Sequence<'_>) {
        // `pop` computes an address from the stack pointer after it has moved back (Intel SDM vol. 2, "POP").
        let from = out.mem(MachMem::slot(from, 0));
        out.op(x::PUSHL, &[from]);
        let to = out.mem(MachMem::slot(to, 0));
        out.op(x::POPL, &[to]);
    }

    fn as_move(&self, func: &MachFunction, inst: &MachInst) -> Option<PlainMove> {
        frame::as_move(func, inst)
    }

    fn prologue(&self, frame: &FrameLayout, out: &mut Sequence<'_>) {
        frame::prologue(self.word(), frame, out);
    }

    fn epilogue(&self, frame: &FrameLayout, out: &mut Sequence<'_>) {
        frame::epilogue(self.word(), frame, out);
    }

    fn ret(&self, frame: &FrameLayout, out: &mut Sequence<'_>) {
        match frame.callee_pops {
            0 => out.op(x::RET, &[]),
            n => out.op(x::RET, &[MachOperand::Imm(i64::from(n))]),
        }
    }

    fn jump(&self, target: MachBlock, out: &mut Sequence<'_>) {
        out.op(x::JMP, &[MachOperand::Block(target)]);
    }

    fn invert(&self, condition: u8) -> Option<u8> {
        (condition < 16).then_some(condition ^ 1)
    }

    fn conditional_jump(
        &self,
        condition: u8,
        _operands: &[MachOperand],
        target: MachBlock,
        out: &mut Sequence<'_>,
    ) {
        if condition == crate::rules_compare::UNORDERED_OR_NOT_EQUAL {
            out.op(x::jcc(x::Cond::P), &[MachOperand::Block(target)]);
            out.op(x::jcc(x::Cond::Ne), &[MachOperand::Block(target)]);
            return;
        }
        let cond = x::Cond::ALL[usize::from(condition & 15)];
        out.op(x::jcc(cond), &[MachOperand::Block(target)]);
    }

    fn expand(&self, row: RowId, operands: &[MachOperand], frame: &FrameLayout, out: &mut Sequence<'_>) {
        frame::expand(self.word(), row, operands, frame, out);
    }

    fn thunks(&self) -> &'static [lathe_mach::emit::thunks::Thunk] {
        if self.is_64() { &[] } else { &crate::thunks::THUNKS }
    }

    fn peepholes(&self) -> &'static [lathe_mach::peephole::Pattern] {
        &crate::peephole::PATTERNS
    }
}
