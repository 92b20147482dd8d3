//! The row table, and constants that name the groups that the code generator emits.
//!
//! A constant is the mnemonic in upper case with `.` as `_`. Adding an instruction is one line in a table below this
//! module; adding a constant is one word.
//!
//! # Addresses
//! A symbol is reached by a pair of instructions that the linker may shorten. Such a pair is one row here, of eight bytes,
//! with the assembler's name for it, and the label that ties its halves together is made by `mc`:
//!
//! - `LLA rd, label`: the address of a symbol that is defined in the same image (`auipc`, `addi`).
//! - `LA rd, label`: the address of any symbol; through the GOT (`auipc`, `ld`) in a mode with [`PIC`].
//! - `LA_TLS_IE rd, label` loads the thread-pointer offset, `LA_TLS_GD rd, label` the argument of `__tls_get_addr`.
//! - `LW rd, mem` and all other integer loads, with a memory operand that is a symbol without base ([`lathe_isa::Mem::symbol`]
//!   with `Reg::NONE`); `FLW fd, mem, temporary` and stores `SW rs, mem, temporary` need a register for the address.
//! - `CALL label` (writes `ra`), `TAIL label` (writes `t1`), `JUMP label, temporary`.
//! - Local exec: `LUI rd, %tprel_hi`, `ADD rd, rd, tp, %tprel_add`, then `%tprel_lo` as immediate or displacement, the
//!   symbols as [`lathe_isa::Imm::Symbol`] with the modifiers of [`crate::fixups`].
//!
//! Halves can also be emitted apart: define a label, emit `AUIPC rd, %pcrel_hi(symbol)`, and refer to *the label* with
//! `%pcrel_lo` as immediate or displacement of any later instruction.

use crate::operands::{NOTATION, PUBLIC_KINDS, Slot};
use lathe_isa::names::{NameTable, join, name_table, row_named};
use lathe_isa::word::template::{Form, Group, Word, count_rows, f};
use lathe_isa::{Mode, Row, RowFlags, RowId};

mod atomic;
mod base;
mod bits;
mod float;

/// Mode bit: RV64, always set.
pub const RV64: Mode = Mode(1);
/// Mode bit: compressed instructions may be used.
pub const COMPRESSED: Mode = Mode(2);
/// Mode bit: the linker may shorten code.
pub const RELAX: Mode = Mode(4);
/// Mode bit: `la` goes through the GOT.
pub const PIC: Mode = Mode(8);

/// A compressed form.
const fn c(operands: &'static str, base: u64) -> Form {
    f(operands, base).modes(COMPRESSED)
}

/// A form of one word.
const fn i(operands: &'static str, base: u64) -> Form {
    f(operands, base).modes(RV64)
}

/// A form of two words.
const fn pair(operands: &'static str, first: u64, second: u64) -> Form {
    f(operands, first | second << 32).modes(RV64).flags(RowFlags::ALIAS)
}

const BASE: &[&[Group]] = &[base::CONTROL, base::INTEGER, base::MEMORY, base::COMPRESSED];
const ATOMIC: &[&[Group]] = &[atomic::GROUPS, bits::GROUPS];
const FLOAT: &[&[Group]] =
    &[float::SINGLE, float::DOUBLE, float::HALF, float::CONVERSIONS, float::HALF_CONVERSIONS];

static BASE_ROWS: [Row<Word<Slot>>; count_rows(BASE)] = NOTATION.expand(BASE);
static ATOMIC_ROWS: [Row<Word<Slot>>; count_rows(ATOMIC)] = NOTATION.expand(ATOMIC);
static FLOAT_ROWS: [Row<Word<Slot>>; count_rows(FLOAT)] = NOTATION.expand(FLOAT);

/// Number of rows.
pub const ROW_COUNT: usize = count_rows(BASE) + count_rows(ATOMIC) + count_rows(FLOAT);

/// All rows, in the order of [`RowId`].
pub static ROWS: [Row<Word<Slot>>; ROW_COUNT] = join(&[&BASE_ROWS, &ATOMIC_ROWS, &FLOAT_ROWS]);

static NAMES: NameTable = name_table(&ROWS);

macro_rules! names {
    ($($name:ident)*) => {
        $(#[allow(missing_docs)] pub const $name: RowId = row_named(&ROWS, &PUBLIC_KINDS, &NAMES, stringify!($name));)*
    };
}

#[rustfmt::skip]
names! {
    LUI AUIPC JAL JALR J JR RET CALL TAIL LA LLA _INSN2 _INSN4 _INSN4_B _INSN4_J LA_TLS_GD LA_TLS_IE JUMP BEQ BNE BLT BGE BLTU BGEU LB LH LW LD LBU LHU LWU SB SH SW SD
    ADDI SLTI SLTIU XORI ORI ANDI SLLI SRLI SRAI ADD SUB SLL SLT SLTU XOR SRL SRA OR AND ADDIW SLLIW
    SRLIW SRAIW ADDW SUBW SLLW SRLW SRAW FENCE FENCE_TSO FENCE_I ECALL EBREAK UNIMP NOP MV LI NEG NEGW NOT SEQZ SNEZ SLTZ SGTZ SEXT_W ZEXT_B CSRRW
    CSRRS CSRRC CSRRWI CSRRSI CSRRCI MUL MULH MULHSU MULHU MULW DIV DIVU REM REMU DIVW DIVUW REMW REMUW
    LR_W LR_W_AQ LR_W_RL LR_W_AQRL SC_W SC_W_AQ SC_W_RL SC_W_AQRL AMOSWAP_W AMOSWAP_W_AQ AMOSWAP_W_RL
    AMOSWAP_W_AQRL AMOADD_W AMOADD_W_AQ AMOADD_W_RL AMOADD_W_AQRL AMOXOR_W AMOXOR_W_AQ AMOXOR_W_RL
    AMOXOR_W_AQRL AMOAND_W AMOAND_W_AQ AMOAND_W_RL AMOAND_W_AQRL AMOOR_W AMOOR_W_AQ AMOOR_W_RL
    AMOOR_W_AQRL AMOMIN_W AMOMIN_W_AQ AMOMIN_W_RL AMOMIN_W_AQRL AMOMAX_W AMOMAX_W_AQ AMOMAX_W_RL
    AMOMAX_W_AQRL AMOMINU_W AMOMINU_W_AQ AMOMINU_W_RL AMOMINU_W_AQRL AMOMAXU_W AMOMAXU_W_AQ AMOMAXU_W_RL
    AMOMAXU_W_AQRL LR_D LR_D_AQ LR_D_RL LR_D_AQRL SC_D SC_D_AQ SC_D_RL SC_D_AQRL AMOSWAP_D AMOSWAP_D_AQ
    AMOSWAP_D_RL AMOSWAP_D_AQRL AMOADD_D AMOADD_D_AQ AMOADD_D_RL AMOADD_D_AQRL AMOXOR_D AMOXOR_D_AQ
    AMOXOR_D_RL AMOXOR_D_AQRL AMOAND_D AMOAND_D_AQ AMOAND_D_RL AMOAND_D_AQRL AMOOR_D AMOOR_D_AQ
    AMOOR_D_RL AMOOR_D_AQRL AMOMIN_D AMOMIN_D_AQ AMOMIN_D_RL AMOMIN_D_AQRL AMOMAX_D AMOMAX_D_AQ
    AMOMAX_D_RL AMOMAX_D_AQRL AMOMINU_D AMOMINU_D_AQ AMOMINU_D_RL AMOMINU_D_AQRL AMOMAXU_D AMOMAXU_D_AQ
    AMOMAXU_D_RL AMOMAXU_D_AQRL FLW FLD FLH FSW FSD FSH FMADD_S FMSUB_S FNMSUB_S FNMADD_S FADD_S FSUB_S
    FMUL_S FDIV_S FSQRT_S FSGNJ_S FSGNJN_S FSGNJX_S FMIN_S FMAX_S FEQ_S FLT_S FLE_S FCLASS_S FMV_S
    FNEG_S FABS_S FCVT_W_S FCVT_S_W FCVT_WU_S FCVT_S_WU FCVT_L_S FCVT_S_L FCVT_LU_S FCVT_S_LU FMADD_D
    FMSUB_D FNMSUB_D FNMADD_D FADD_D FSUB_D FMUL_D FDIV_D FSQRT_D FSGNJ_D FSGNJN_D FSGNJX_D FMIN_D
    FMAX_D FEQ_D FLT_D FLE_D FCLASS_D FMV_D FNEG_D FABS_D FCVT_W_D FCVT_D_W FCVT_WU_D FCVT_D_WU FCVT_L_D
    FCVT_D_L FCVT_LU_D FCVT_D_LU FMADD_H FMSUB_H FNMSUB_H FNMADD_H FADD_H FSUB_H FMUL_H FDIV_H FSQRT_H
    FSGNJ_H FSGNJN_H FSGNJX_H FMIN_H FMAX_H FEQ_H FLT_H FLE_H FCLASS_H FMV_H FNEG_H FABS_H FCVT_W_H
    FCVT_H_W FCVT_WU_H FCVT_H_WU FCVT_L_H FCVT_H_L FCVT_LU_H FCVT_H_LU FCVT_S_D FCVT_D_S FCVT_S_H
    FCVT_H_S FCVT_D_H FCVT_H_D FMV_X_W FMV_W_X FMV_X_D FMV_D_X FMV_X_H FMV_H_X SH1ADD SH2ADD SH3ADD
    ADD_UW SH1ADD_UW SH2ADD_UW SH3ADD_UW SLLI_UW ANDN ORN XNOR CLZ CTZ CPOP CLZW CTZW CPOPW MAX MAXU MIN
    MINU SEXT_B SEXT_H ZEXT_H ROL ROLW ROR RORW RORI RORIW REV8 ORC_B BSET BCLR BINV BEXT BSETI BCLRI
    BINVI BEXTI CZERO_EQZ CZERO_NEZ
}
