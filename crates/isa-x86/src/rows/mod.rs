//! The row table, and constants that name the groups that the code generator emits.
//!
//! A constant is the AT&T mnemonic with its size suffix; `_1 _2 _3` pick the group with so many
//! operands where they differ in effects, `_X` the vector group of a name that has two. Adding an
//! instruction is one line in one of the tables below this module; adding a constant is one word.

use crate::kinds::PUBLIC_KINDS;
use crate::template::{Encoding, Group, count_rows, expand};
use lathe_isa::names::{NameTable, join, name_table, row_named};
use lathe_isa::{Row, RowId};

mod avx;
mod avx512;
mod control;
mod general;
mod sse;
mod x87;

// The table is expanded in parts, so that no single constant takes the compiler long.
const GENERAL: &[&[Group]] = &[
    general::GROUPS,
    control::TRANSFERS,
    control::JUMPS,
    control::SETS,
    control::MOVES,
    x87::GROUPS,
    x87::PLAIN,
];
const SSE: &[&[Group]] = &[
    sse::MOVES,
    sse::WHOLE_MOVES,
    sse::ARITHMETIC,
    sse::COMPARES,
    sse::INTEGER,
    sse::SHIFTS,
    sse::SHUFFLES,
    sse::SSSE3,
    sse::SSE41,
    sse::SSE41_IMMEDIATE,
    sse::AES,
    sse::AES_IMMEDIATE,
];
const AVX: &[&[Group]] = &[
    avx::GROUPS,
    avx::PACKED,
    avx::PACKED_IMMEDIATE,
    avx::UNARY,
    avx::SCALAR,
    avx::WHOLE_MOVES,
    avx::SHIFTS,
    avx::WIDEN,
    avx::FUSED,
    avx::FUSED_ALTERNATING,
];
const AVX_512_PACKED: &[&[Group]] = &[avx512::PACKED_MORE, avx512::ROUNDED, avx512::PACKED];
const AVX_512: &[&[Group]] = &[
    avx512::GROUPS,
    avx512::SCALAR_PLAIN,
    avx512::WIDEN,
    avx512::NARROW,
    avx512::GATHERS,
    avx512::SHIFTS_BY_VECTOR,
    avx512::SCALAR_MOVES,
    avx512::UNARY,
    avx512::UNARY_IMMEDIATE,
    avx512::PACKED_IMMEDIATE,
    avx512::MOVES,
    avx512::SCALAR,
    avx512::COMPARES,
    avx512::SHIFTS,
    avx512::MASKS,
];

static GENERAL_ROWS: [Row<Encoding>; count_rows(GENERAL)] = expand(GENERAL);
static SSE_ROWS: [Row<Encoding>; count_rows(SSE)] = expand(SSE);
static AVX_ROWS: [Row<Encoding>; count_rows(AVX)] = expand(AVX);
static AVX_512_PACKED_ROWS: [Row<Encoding>; count_rows(AVX_512_PACKED)] = expand(AVX_512_PACKED);
static AVX_512_ROWS: [Row<Encoding>; count_rows(AVX_512)] = expand(AVX_512);

/// Number of rows.
pub const ROW_COUNT: usize = count_rows(GENERAL)
    + count_rows(SSE)
    + count_rows(AVX)
    + count_rows(AVX_512_PACKED)
    + count_rows(AVX_512);

/// All rows, in the order of [`RowId`].
pub static ROWS: [Row<Encoding>; ROW_COUNT] =
    join(&[&GENERAL_ROWS, &SSE_ROWS, &AVX_ROWS, &AVX_512_PACKED_ROWS, &AVX_512_ROWS]);

static NAMES: NameTable = name_table(&ROWS);

macro_rules! names {
    ($($name:ident)*) => {
        $(#[allow(missing_docs)] pub const $name: RowId = row_named(&ROWS, &PUBLIC_KINDS, &NAMES, stringify!($name));)*
    };
}

#[rustfmt::skip]
names! {
    MOVB MOVW MOVL MOVQ MOVABSQ MOVZBW MOVZBL MOVZBQ MOVZWL MOVZWQ MOVSBW MOVSBL MOVSBQ MOVSWL MOVSWQ MOVSLQ
    ADDB ADDW ADDL ADDQ ORB ORW ORL ORQ ADCB ADCW ADCL ADCQ SBBB SBBW SBBL SBBQ ANDB ANDW ANDL ANDQ SUBB
    SUBW SUBL SUBQ XORB XORW XORL XORQ CMPB CMPW CMPL CMPQ TESTB TESTW TESTL TESTQ
    ROLB ROLW ROLL ROLQ RORB RORW RORL RORQ RCLB RCLW RCLL RCLQ RCRB RCRW RCRL RCRQ SHLB SHLW SHLL SHLQ SHRB
    SHRW SHRL SHRQ SARB SARW SARL SARQ SHLDW SHLDL SHLDQ SHRDW SHRDL SHRDQ
    INCB INCW INCL INCQ DECB DECW DECL DECQ NOTB NOTW NOTL NOTQ NEGB NEGW NEGL NEGQ MULB MULW MULL MULQ
    IMULB IMULW_1 IMULL_1 IMULQ_1 IMULW_2 IMULL_2 IMULQ_2 IMULW_3 IMULL_3 IMULQ_3 DIVB DIVW DIVL DIVQ IDIVB
    IDIVW IDIVL IDIVQ
    LEAW LEAL LEAQ CBTW CWTL CLTQ CWTD CLTD CQTO PUSHW PUSHL PUSHQ POPW POPL POPQ PUSHFQ POPFQ PUSHFL POPFL
    XCHGB XCHGW XCHGL XCHGQ XADDB XADDW XADDL XADDQ CMPXCHGB CMPXCHGW CMPXCHGL CMPXCHGQ CMPXCHG8B CMPXCHG16B
    LOCK REP REPE REPNE DATA16 REX64
    BTW BTL BTQ BTSW BTSL BTSQ BTRW BTRL BTRQ BTCW BTCL BTCQ BSFW BSFL BSFQ BSRW BSRL BSRQ TZCNTW TZCNTL
    TZCNTQ LZCNTW LZCNTL LZCNTQ POPCNTW POPCNTL POPCNTQ BSWAPL BSWAPQ MOVBEW MOVBEL MOVBEQ MOVNTIL MOVNTIQ
    CRC32B CRC32W CRC32L CRC32Q
    MOVSB_0 MOVSW_0 MOVSL_0 MOVSQ STOSB STOSW STOSL STOSQ LODSB LODSW LODSL LODSQ SCASB SCASW SCASL SCASQ
    CMPSB CMPSW CMPSL CMPSQ CLD STD CLC STC CMC LAHF SAHF
    NOP NOPW NOPL NOPQ PAUSE HLT CPUID RDTSC RDTSCP MFENCE LFENCE SFENCE ENDBR64 ENDBR32 INT3 INT SYSCALL
    UD2 XGETBV PREFETCHNTA PREFETCHT0 PREFETCHT1 PREFETCHT2 PREFETCHW CLFLUSH
    JMP CALL RET RETQ LEAVEQ LEAVEL LOOP JRCXZ JECXZ
    MOVSS MOVSD MOVD MOVQ_X MOVAPS MOVAPD MOVUPS MOVUPD MOVDQA MOVDQU MOVLPS MOVHPS MOVLPD MOVHPD MOVHLPS
    MOVLHPS MOVMSKPS MOVMSKPD PMOVMSKB MOVNTPS MOVNTPD MOVNTDQ LDMXCSR STMXCSR MOVDDUP
    ADDSS ADDSD ADDPS ADDPD SUBSS SUBSD SUBPS SUBPD MULSS MULSD MULPS MULPD DIVSS DIVSD DIVPS DIVPD MINSS
    MINSD MINPS MINPD MAXSS MAXSD MAXPS MAXPD SQRTSS SQRTSD SQRTPS SQRTPD RSQRTSS RSQRTPS RCPSS RCPPS
    ANDPS ANDPD ANDNPS ANDNPD ORPS ORPD XORPS XORPD UNPCKLPS UNPCKLPD UNPCKHPS UNPCKHPD UCOMISS UCOMISD
    COMISS COMISD CMPSS CMPSD_3 CMPPS CMPPD
    CVTSS2SD CVTSD2SS CVTPS2PD CVTPD2PS CVTDQ2PS CVTPS2DQ CVTTPS2DQ CVTDQ2PD CVTPD2DQ CVTTPD2DQ CVTSI2SSL
    CVTSI2SSQ CVTSI2SDL CVTSI2SDQ CVTTSS2SIL CVTTSS2SIQ CVTTSD2SIL CVTTSD2SIQ CVTSS2SIL CVTSS2SIQ CVTSD2SIL
    CVTSD2SIQ
    PADDB PADDW PADDD PADDQ PADDSB PADDSW PADDUSB PADDUSW PSUBB PSUBW PSUBD PSUBQ PSUBSB PSUBSW PSUBUSB
    PSUBUSW PMULLW PMULHW PMULHUW PMULUDQ PMADDWD PSADBW PAVGB PAVGW PMINUB PMAXUB PMINSW PMAXSW PAND PANDN
    POR PXOR
    PCMPEQB PCMPEQW PCMPEQD PCMPGTB PCMPGTW PCMPGTD PACKSSWB PACKSSDW PACKUSWB PUNPCKLBW PUNPCKLWD PUNPCKLDQ
    PUNPCKLQDQ PUNPCKHBW PUNPCKHWD PUNPCKHDQ PUNPCKHQDQ
    PSLLW PSLLD PSLLQ PSRLW PSRLD PSRLQ PSRAW PSRAD PSLLDQ PSRLDQ PSHUFD PSHUFHW PSHUFLW SHUFPS SHUFPD
    PINSRW PEXTRW
    PSHUFB PABSB PABSW PABSD PALIGNR PMULLD PMULDQ PCMPEQQ PCMPGTQ PACKUSDW PMINSB PMINSD PMINUW PMINUD
    PMAXSB PMAXSD PMAXUW PMAXUD ROUNDSS ROUNDSD ROUNDPS ROUNDPD BLENDVPS BLENDVPD PBLENDVB BLENDPS BLENDPD
    PBLENDW
    PINSRB PINSRD PINSRQ PEXTRB PEXTRD PEXTRQ EXTRACTPS INSERTPS PTEST HADDPS HADDPD PMOVSXBW PMOVSXBD
    PMOVSXBQ PMOVSXWD PMOVSXWQ PMOVSXDQ PMOVZXBW PMOVZXBD PMOVZXBQ PMOVZXWD PMOVZXWQ PMOVZXDQ
    FLDS FLDL FLDT FLD FSTS FSTL FST FSTPS FSTPL FSTPT FSTP FILDS FILDL FILDQ FISTS FISTL FISTPS FISTPL
    FISTPQ FISTTPS FISTTPL FISTTPQ FADDS FADDL FADD FMULS FMULL FMUL FSUBS FSUBL FSUB FSUBRS FSUBRL FSUBR
    FDIVS FDIVL FDIV FDIVRS FDIVRL FDIVR
    FADDP FMULP FSUBP FSUBRP FDIVP FDIVRP FCOMI FCOMIP FUCOMI FUCOMIP FXCH FCHS FABS FSQRT FLD1 FLDZ FLDPI
    FLDL2E FLDL2T FLDLG2 FLDLN2 FXAM FTST FRNDINT FSCALE FPREM FPREM1 FSIN FCOS FPTAN FPATAN FYL2X FYL2XP1
    F2XM1 FNSTCW FLDCW FNSTSW FNSTENV FLDENV FNCLEX FNINIT FWAIT FFREE EMMS FCMOVB FCMOVE FCMOVBE FCMOVU
    FCMOVNB FCMOVNE FCMOVNBE FCMOVNU FINCSTP FDECSTP
}

/// A condition code: the low four bits of `jcc`, `setcc` and `cmovcc` opcodes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u8)]
pub enum Cond {
    /// Overflow.
    O,
    /// No overflow.
    No,
    /// Unsigned below, carry.
    B,
    /// Unsigned above or equal, no carry.
    Ae,
    /// Equal, zero.
    E,
    /// Not equal.
    Ne,
    /// Unsigned below or equal.
    Be,
    /// Unsigned above.
    A,
    /// Negative.
    S,
    /// Not negative.
    Ns,
    /// Parity even, unordered.
    P,
    /// Parity odd, ordered.
    Np,
    /// Signed less.
    L,
    /// Signed greater or equal.
    Ge,
    /// Signed less or equal.
    Le,
    /// Signed greater.
    G,
}

impl Cond {
    /// All, by code.
    pub const ALL: [Cond; 16] = {
        use Cond::{A, Ae, B, Be, E, G, Ge, L, Le, Ne, No, Np, Ns, O, P, S};
        [O, No, B, Ae, E, Ne, Be, A, S, Ns, P, Np, L, Ge, Le, G]
    };

    /// The condition that holds when this one does not.
    #[must_use]
    pub const fn inverted(self) -> Cond {
        Cond::ALL[self as usize ^ 1]
    }

    /// The condition that holds for `b ? a` when this one holds for `a ? b` (of `cmp`).
    #[must_use]
    pub const fn swapped(self) -> Cond {
        match self {
            Cond::B => Cond::A,
            Cond::A => Cond::B,
            Cond::Ae => Cond::Be,
            Cond::Be => Cond::Ae,
            Cond::L => Cond::G,
            Cond::G => Cond::L,
            Cond::Ge => Cond::Le,
            Cond::Le => Cond::Ge,
            other => other,
        }
    }
}

/// An operand size, as AT&T suffixes have it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u8)]
pub enum Size {
    /// 8 bits.
    B,
    /// 16 bits.
    W,
    /// 32 bits.
    L,
    /// 64 bits.
    Q,
}

impl Size {
    /// The size of so many bytes: 1, 2, 4 or 8.
    pub const fn of_bytes(bytes: u32) -> Size {
        match bytes {
            1 => Size::B,
            2 => Size::W,
            4 => Size::L,
            _ => Size::Q,
        }
    }
}

const JO: RowId = row_named(&ROWS, &PUBLIC_KINDS, &NAMES, "jo");
const SETO: RowId = row_named(&ROWS, &PUBLIC_KINDS, &NAMES, "seto");
const CMOVOW: RowId = row_named(&ROWS, &PUBLIC_KINDS, &NAMES, "cmovow");

/// `jcc label`.
pub const fn jcc(cond: Cond) -> RowId {
    RowId(JO.0 + 3 * cond as u16)
}

/// `setcc rm8`.
pub const fn setcc(cond: Cond) -> RowId {
    RowId(SETO.0 + cond as u16)
}

/// `cmovcc r, rm` of 16, 32 or 64 bits (there is none of 8: that is taken as 32).
pub const fn cmovcc(cond: Cond, size: Size) -> RowId {
    let step = match size {
        Size::W => 0,
        Size::B | Size::L => 1,
        Size::Q => 2,
    };
    RowId(CMOVOW.0 + 3 * cond as u16 + step)
}

/// The condition of a `jcc`, `setcc` or `cmovcc` row.
pub fn condition_of(row: RowId) -> Option<Cond> {
    let encoding = &ROWS.get(row.0 as usize)?.encoding;
    let info = &ROWS[row.0 as usize].info;
    let near =
        encoding.map == 1 && encoding.prefix == 0 && matches!(encoding.opcode & 0xf0, 0x40 | 0x80 | 0x90);
    let short = encoding.map == 0 && encoding.opcode & 0xf0 == 0x70;
    let conditional = info.implicit_reads.contains(crate::registers::FLAGS);
    (conditional && (near || short)).then(|| Cond::ALL[encoding.opcode as usize & 15])
}
