//! [`RiscvCodegen`]: registers in order of preference, moves, spills, and the hooks that other
//! modules implement.

use crate::frame;
use crate::operands::*;
use lathe_ir::{CallConv, Function, Module};
use lathe_isa::{Isa, PhysReg, RegSet, RowId};
use lathe_isa_riscv::registers as r;
use lathe_isa_riscv::rows as x;
use lathe_mach::Options;
use lathe_mach::error::CodegenError;
use lathe_mach::frame::FrameLayout;
use lathe_mach::inst::{Bank, Sequence};
use lathe_mach::legalize::LegalizeRules;
use lathe_mach::target::{FrameStyle, PlainMove, SelectInput, StackGuard, TargetCodegen, TargetInfo};
use lathe_mach::{MReg, MachBlock, MachFunction, MachInst, MachMem, MachOperand, SlotId};
use lathe_mc::{BuildAttribute, Streamer};
use lathe_target::FeatureSet;
use lathe_target::features::Feature;

/// Code generation for RISC-V 64.
#[derive(Debug)]
pub struct RiscvCodegen {
    info: TargetInfo,
    /// Compressed instructions may be used.
    compressed: bool,
    /// The linker may shorten the code.
    relax: bool,
}

/// RISC-V 64, for code of every set of features.
pub static RISCV64: [RiscvCodegen; 4] = {
    const fn of(compressed: bool, relax: bool) -> RiscvCodegen {
        RiscvCodegen { info: INFO, compressed, relax }
    }
    [of(true, true), of(false, true), of(true, false), of(false, false)]
};

/// Code generation for a target with these features.
pub fn codegen_with(features: FeatureSet) -> &'static RiscvCodegen {
    let wanted = (features.has(Feature::Compressed), features.has(Feature::Relax));
    let found = RISCV64.iter().find(|codegen| (codegen.compressed, codegen.relax) == wanted);
    found.unwrap_or(&RISCV64[0])
}

const INFO: TargetInfo = TargetInfo {
    allocatable: [&INTEGERS, &FLOATS],
    scratch: [r::T6, r::FT11],
    stack_pointer: r::SP,
    frame_pointer: r::S0,
    base_pointer: r::S1,
    word_bytes: 8,
    word_view: VIEW_X,
    call_pushes: 0,
    red_zone_bytes: 0,
    stack_align: 16,
    function_align: [2, 2],
    stack_guard: StackGuard::Global("__stack_chk_guard"),
    frame_style: FrameStyle::StoredAbove { link: r::RA },
    half_preserved: RegSet::NONE,
    probe_bytes: 4096,
    byte_registers: 0,
};

/// Call-clobbered first; of those and of the saved ones the eight that compressed instructions name before the others.
static INTEGERS: [PhysReg; 26] = [
    r::A5,
    r::A4,
    r::A3,
    r::A2,
    r::A1,
    r::A0,
    r::A6,
    r::A7,
    r::T1,
    r::T3,
    r::T4,
    r::T5,
    r::T0,
    r::T2,
    r::S0,
    r::S1,
    r::S2,
    r::S3,
    r::S4,
    r::S5,
    r::S6,
    r::S7,
    r::S8,
    r::S9,
    r::S10,
    r::S11,
];
static FLOATS: [PhysReg; 31] = [
    r::FA5,
    r::FA4,
    r::FA3,
    r::FA2,
    r::FA1,
    r::FA0,
    r::FA6,
    r::FA7,
    r::FT0,
    r::FT1,
    r::FT2,
    r::FT3,
    r::FT4,
    r::FT5,
    r::FT6,
    r::FT7,
    r::FT8,
    r::FT9,
    r::FT10,
    r::FS0,
    r::FS1,
    r::FS2,
    r::FS3,
    r::FS4,
    r::FS5,
    r::FS6,
    r::FS7,
    r::FS8,
    r::FS9,
    r::FS10,
    r::FS11,
];

/// The branch row of a condition code of `BRANCH`.
pub(crate) const BRANCHES: [RowId; 6] = [x::BEQ, x::BNE, x::BLT, x::BGE, x::BLTU, x::BGEU];

impl TargetCodegen for RiscvCodegen {
    fn isa(&self) -> &'static dyn Isa {
        let set = FeatureSet::NONE;
        let set = if self.compressed { set.with(Feature::Compressed) } else { set };
        lathe_isa_riscv::isa_with(if self.relax { set.with(Feature::Relax) } else { set })
    }

    fn begin(&self, module: &Module, out: &mut dyn Streamer) {
        let (features, usual) = (module.target.features, lathe_isa_riscv::object::architecture_of);
        let own = usual(features);
        let plain = features.without(Feature::Zba).without(Feature::Zbb).without(Feature::Zbs);
        if own != usual(plain) {
            out.attribute(BuildAttribute::Architecture(own.into()));
        }
    }

    fn info(&self) -> &TargetInfo {
        &self.info
    }

    fn orders_registers(&self) -> bool {
        true
    }

    fn view_bytes(&self, bank: Bank, view: u8) -> u8 {
        match (bank, view) {
            (Bank::Vector, VIEW_S) => 4,
            _ => 8,
        }
    }

    fn callee_saved(&self, _convention: CallConv) -> RegSet {
        crate::abi::CALLEE_SAVED
    }

    fn expand_ir(&self, module: &Module, func: &mut Function, options: &Options) -> bool {
        lathe_mach::select::expand::expand(func, module, options, self)
    }

    fn legalize_rules(&self) -> LegalizeRules {
        LegalizeRules {
            long_double_is_f128: true,
            f128_in_integers: true,
            has_vectors: false,
            ..LegalizeRules::of_word(8)
        }
    }

    fn select(&self, input: &SelectInput<'_>, out: &mut MachFunction) -> Result<(), CodegenError> {
        lathe_mach::select::select_function(input, self, out)
    }

    fn move_register(&self, bank: Bank, _size: u8, to: PhysReg, from: PhysReg, out: &mut Sequence<'_>) {
        match bank {
            Bank::Int => out.op(x::ADDI, &[phys_def(to), phys(from), imm(0)]),
            Bank::Vector => {
                let from = MachOperand::Use(MReg::phys(from), VIEW_D);
                out.op(x::FSGNJ_D, &[MachOperand::Def(MReg::phys(to), VIEW_D), from, from]);
            }
        }
    }

    fn spill(&self, bank: Bank, _size: u8, slot: SlotId, from: PhysReg, out: &mut Sequence<'_>) {
        let mem = out.mem(MachMem::slot(slot, 0));
        match bank {
            Bank::Int => out.op(x::SD, &[phys(from), mem]),
            Bank::Vector => out.op(x::FSD, &[MachOperand::Use(MReg::phys(from), VIEW_D), mem]),
        }
    }

    fn reload(&self, bank: Bank, _size: u8, to: PhysReg, slot: SlotId, out: &mut Sequence<'_>) {
        let mem = out.mem(MachMem::slot(slot, 0));
        match bank {
            Bank::Int => out.op(x::LD, &[phys_def(to), mem]),
            Bank::Vector => out.op(x::FLD, &[MachOperand::Def(MReg::phys(to), VIEW_D), mem]),
        }
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
        out.op(x::RET, &[]);
    }

    fn jump(&self, target: MachBlock, out: &mut Sequence<'_>) {
        out.op(x::J, &[MachOperand::Block(target)]);
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
        if let [a, b] = *operands {
            let row = BRANCHES[usize::from(condition) % BRANCHES.len()];
            out.op(row, &[a, b, MachOperand::Block(target)]);
        }
    }

    fn expand(&self, row: RowId, operands: &[MachOperand], frame: &FrameLayout, out: &mut Sequence<'_>) {
        frame::expand(row, operands, frame, out);
    }

    fn is_near(&self, displacement: i32) -> bool {
        fits_12(i64::from(displacement))
    }

    fn fit_address(&self, row: RowId, operands: &[MachOperand], mem: &mut MachMem, out: &mut Sequence<'_>) {
        frame::fit_address(row, operands, mem, out);
    }
}
