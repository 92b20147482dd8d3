//! A target with the registers of x86-64 and none of its rules, for tests of allocation.

use lathe_isa::{Isa, PhysReg, RegSet};
use lathe_isa_x86::registers as r;
use lathe_mach::frame::FrameLayout;
use lathe_mach::inst::{Bank, MachFunction, MachInst, MachOperand, Sequence, SlotId};
use lathe_mach::target::{FrameStyle, PlainMove, SelectInput, StackGuard, TargetCodegen, TargetInfo};
use lathe_mach::{CodegenError, MachBlock};

/// The target.
#[derive(Debug)]
pub struct FakeTarget {
    info: TargetInfo,
}

static INT: [PhysReg; 13] =
    [r::RAX, r::RCX, r::RDX, r::RSI, r::RDI, r::R8, r::R9, r::R10, r::RBX, r::R12, r::R13, r::R14, r::R15];
static VECTOR: [PhysReg; 6] = [r::xmm(0), r::xmm(1), r::xmm(2), r::xmm(3), r::xmm(4), r::xmm(5)];

impl Default for FakeTarget {
    fn default() -> FakeTarget {
        FakeTarget {
            info: TargetInfo {
                allocatable: [&INT, &VECTOR],
                scratch: [r::R11, r::xmm(15)],
                byte_registers: 0,
                stack_pointer: r::RSP,
                frame_pointer: r::RBP,
                base_pointer: r::RBX,
                word_bytes: 8,
                word_view: 4,
                call_pushes: 8,
                red_zone_bytes: 128,
                stack_align: 16,
                function_align: [1, 16],
                stack_guard: StackGuard::None,
                frame_style: FrameStyle::Pushed,
                half_preserved: RegSet::NONE,
                probe_bytes: 4096,
            },
        }
    }
}

impl FakeTarget {
    /// Without an integer scratch register, and with four registers that have a view (0) of one byte.
    #[allow(dead_code)]
    pub fn narrow() -> FakeTarget {
        let info = FakeTarget::default().info;
        FakeTarget { info: TargetInfo { scratch: [PhysReg::NONE, r::xmm(15)], byte_registers: 4, ..info } }
    }
}

impl TargetCodegen for FakeTarget {
    fn isa(&self) -> &'static dyn Isa {
        &lathe_isa_x86::X86_64
    }

    fn info(&self) -> &TargetInfo {
        &self.info
    }

    fn view_bytes(&self, bank: Bank, view: u8) -> u8 {
        if bank == Bank::Int && view == 0 { 1 } else { 8 }
    }

    fn callee_saved(&self, _: lathe_ir::CallConv) -> RegSet {
        r::set(&[r::RBX, r::RBP, r::R12, r::R13, r::R14, r::R15])
    }

    fn expand_ir(&self, _: &lathe_ir::Module, _: &mut lathe_ir::Function, _: &lathe_mach::Options) -> bool {
        false
    }

    fn select(&self, _: &SelectInput<'_>, _: &mut MachFunction) -> Result<(), CodegenError> {
        Err(CodegenError::unsupported("selection"))
    }

    fn move_register(&self, _: Bank, _: u8, _: PhysReg, _: PhysReg, _: &mut Sequence<'_>) {}

    fn spill(&self, _: Bank, _: u8, _: SlotId, _: PhysReg, _: &mut Sequence<'_>) {}

    fn reload(&self, _: Bank, _: u8, _: PhysReg, _: SlotId, _: &mut Sequence<'_>) {}

    fn as_move(&self, _: &MachFunction, _: &MachInst) -> Option<PlainMove> {
        None
    }

    fn prologue(&self, _: &FrameLayout, _: &mut Sequence<'_>) {}

    fn epilogue(&self, _: &FrameLayout, _: &mut Sequence<'_>) {}

    fn ret(&self, _: &FrameLayout, _: &mut Sequence<'_>) {}

    fn jump(&self, _: MachBlock, _: &mut Sequence<'_>) {}

    fn invert(&self, _: u8) -> Option<u8> {
        None
    }

    fn conditional_jump(&self, _: u8, _: &[MachOperand], _: MachBlock, _: &mut Sequence<'_>) {}
}
