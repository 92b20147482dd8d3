//! RV64I, M, Zicsr, Zifencei, with their compressed forms and GNU's aliases.
//!
//! Order inside a group is GNU as's (2.40): compressed forms first, then what the mnemonic stands for. Sources: RISC-V
//! Unprivileged ISA, instruction set listings; RISC-V Assembly Programmer's Manual, "pseudo instructions".

use super::{c, i, pair};
use crate::registers::{RA, T1, set};
use lathe_isa::RowFlags as F;
use lathe_isa::word::Group;
use lathe_isa::word::template::g;

const AUIPC: u64 = 0x17;
const fn auipc(rd: u64) -> u64 {
    AUIPC | rd << 7
}
const JALR: u64 = 0x67;
const fn jalr(rd: u64, rs1: u64) -> u64 {
    JALR | rd << 7 | rs1 << 15
}

const JUMP: F = F::TERMINATOR.or(F::BRANCH);
const BRANCH: F = F::BRANCH.or(F::CONDITIONAL);

#[rustfmt::skip]
pub(super) const CONTROL: &[Group] = &[
    g("unimp", &[c("", 0), i("", 0xc000_1073)]).flags(F::TERMINATOR.or(F::SIDE_EFFECT)),
    g("ebreak", &[c("", 0x9002), i("", 0x0010_0073)]).flags(F::SIDE_EFFECT),
    g("sbreak", &[c("", 0x9002).alias(), i("", 0x0010_0073).alias()]).flags(F::SIDE_EFFECT),
    g("ecall", &[i("", 0x73)]).flags(F::SIDE_EFFECT),
    g("scall", &[i("", 0x73).alias()]).flags(F::SIDE_EFFECT),
    g("ret", &[c("", 0x8082), i("", jalr(0, 1))]).flags(F::TERMINATOR).reads(set(&[RA])),
    g("jr", &[
        c("Nd", 0x8002), i("Xs", jalr(0, 0)).alias(), i("jump", jalr(0, 0)).alias(), i("Xs imm12", jalr(0, 0)).alias(),
    ]).flags(JUMP),
    g("jalr", &[
        c("Nd", 0x9002).flags(F::CALL), i("Xs", jalr(1, 0)).alias(), i("jump", jalr(1, 0)).alias(),
        i("Xs imm12", jalr(1, 0)).alias(), i("=Xd Xs", jalr(0, 0)).alias(), i("=Xd jump", jalr(0, 0)),
        i("=Xd Xs imm12", jalr(0, 0)).alias(),
    ]).flags(F::CALL),
    g("j", &[c("cj", 0xa001), i("j", 0x6f)]).flags(JUMP),
    g("jal", &[i("j", 0xef).alias(), i("=Xd j", 0x6f)]).flags(F::CALL),
    g("call", &[pair("callee", auipc(1), jalr(1, 1)), pair("=Xe callee", auipc(6), jalr(0, 6))])
        .flags(F::CALL).writes(set(&[RA, T1])),
    g("tail", &[pair("callee", auipc(6), jalr(0, 6))]).flags(JUMP).writes(set(&[T1])),
    g("jump", &[pair("callee =Xu", AUIPC, JALR)]).flags(JUMP),
    g("beqz", &[c("Pp cb", 0xc001), i("Xs b", 0x63).alias()]).flags(BRANCH),
    g("beq", &[c("Pp zero cb", 0xc001).alias(), i("Xs Xt b", 0x63)]).flags(BRANCH),
    g("bnez", &[c("Pp cb", 0xe001), i("Xs b", 0x1063).alias()]).flags(BRANCH),
    g("bne", &[c("Pp zero cb", 0xe001).alias(), i("Xs Xt b", 0x1063)]).flags(BRANCH),
    g("blez", &[i("Xt b", 0x5063).alias()]).flags(BRANCH),
    g("bgez", &[i("Xs b", 0x5063).alias()]).flags(BRANCH),
    g("bge", &[i("Xs Xt b", 0x5063)]).flags(BRANCH),
    g("bgeu", &[i("Xs Xt b", 0x7063)]).flags(BRANCH),
    g("ble", &[i("Xt Xs b", 0x5063).alias()]).flags(BRANCH),
    g("bleu", &[i("Xt Xs b", 0x7063).alias()]).flags(BRANCH),
    g("bltz", &[i("Xs b", 0x4063).alias()]).flags(BRANCH),
    g("bgtz", &[i("Xt b", 0x4063).alias()]).flags(BRANCH),
    g("blt", &[i("Xs Xt b", 0x4063)]).flags(BRANCH),
    g("bltu", &[i("Xs Xt b", 0x6063)]).flags(BRANCH),
    g("bgt", &[i("Xt Xs b", 0x4063).alias()]).flags(BRANCH),
    g("bgtu", &[i("Xt Xs b", 0x6063).alias()]).flags(BRANCH),
    g("fence", &[i("", 0x0ff0_000f).alias(), i("pred succ", 0x0f)]).flags(F::SIDE_EFFECT),
    g("fence.i", &[i("", 0x100f)]).flags(F::SIDE_EFFECT),
    g("fence.tso", &[i("", 0x8330_000f)]).flags(F::SIDE_EFFECT),
    g("pause", &[i("", 0x0100_000f)]).flags(F::SIDE_EFFECT),
    g("csrr", &[i("=Xd csr", 0x2073).alias()]).flags(F::SIDE_EFFECT),
    g("csrw", &[i("csr Xs", 0x1073).alias(), i("csr uimm5", 0x5073).alias()]).flags(F::SIDE_EFFECT),
    g("csrwi", &[i("csr uimm5", 0x5073).alias()]).flags(F::SIDE_EFFECT),
    g("csrs", &[i("csr Xs", 0x2073).alias(), i("csr uimm5", 0x6073).alias()]).flags(F::SIDE_EFFECT),
    g("csrsi", &[i("csr uimm5", 0x6073).alias()]).flags(F::SIDE_EFFECT),
    g("csrc", &[i("csr Xs", 0x3073).alias(), i("csr uimm5", 0x7073).alias()]).flags(F::SIDE_EFFECT),
    g("csrci", &[i("csr uimm5", 0x7073).alias()]).flags(F::SIDE_EFFECT),
    g("csrrw", &[i("=Xd csr Xs", 0x1073), i("=Xd csr uimm5", 0x5073).alias()]).flags(F::SIDE_EFFECT),
    g("csrrwi", &[i("=Xd csr uimm5", 0x5073)]).flags(F::SIDE_EFFECT),
    g("csrrs", &[i("=Xd csr Xs", 0x2073), i("=Xd csr uimm5", 0x6073).alias()]).flags(F::SIDE_EFFECT),
    g("csrrsi", &[i("=Xd csr uimm5", 0x6073)]).flags(F::SIDE_EFFECT),
    g("csrrc", &[i("=Xd csr Xs", 0x3073), i("=Xd csr uimm5", 0x7073).alias()]).flags(F::SIDE_EFFECT),
    g("csrrci", &[i("=Xd csr uimm5", 0x7073)]).flags(F::SIDE_EFFECT),
    g("rdcycle", &[i("=Xd", 0xc000_2073).alias()]).flags(F::SIDE_EFFECT),
    g("rdtime", &[i("=Xd", 0xc010_2073).alias()]).flags(F::SIDE_EFFECT),
    g("rdinstret", &[i("=Xd", 0xc020_2073).alias()]).flags(F::SIDE_EFFECT),
    g("uret", &[i("", 0x0020_0073)]).flags(F::SIDE_EFFECT),
    g("sret", &[i("", 0x1020_0073)]).flags(F::SIDE_EFFECT),
    g("mret", &[i("", 0x3020_0073)]).flags(F::SIDE_EFFECT),
    g("wfi", &[i("", 0x1050_0073)]).flags(F::SIDE_EFFECT),
    g("sfence.vma", &[
        i("", 0x1200_0073).alias(), i("Xs", 0x1200_0073).alias(), i("Xs Xt", 0x1200_0073),
    ]).flags(F::SIDE_EFFECT),
];

#[rustfmt::skip]
pub(super) const INTEGER: &[Group] = &[
    g("nop", &[c("", 1), i("", 0x13).alias()]),
    g("lui", &[c("=Ud cupper", 0x6001), i("=Xd imm20", 0x37)]),
    g("li", &[c("=Ud cuppervalue", 0x6001).alias(), c("=Nd imm6", 0x4001), i("=Xd imm12", 0x13).alias()]),
    g("mv", &[c("=Nd Nc", 0x8002), i("=Xd Xs", 0x13).alias()]),
    g("move", &[c("=Nd Nc", 0x8002).alias(), i("=Xd Xs", 0x13).alias()]),
    g("zext.b", &[i("=Xd Xs", 0x0ff0_7013).alias()]),
    g("and", &[
        c("=Pp sameP Pq", 0x8c61), c("=Pp Pq sameP", 0x8c61).alias(), c("=Pp sameP imm6", 0x8801).alias(),
        i("=Xd Xs Xt", 0x7033), i("=Xd Xs imm12", 0x7013).alias(),
    ]),
    g("andi", &[c("=Pp sameP imm6", 0x8801), i("=Xd Xs imm12", 0x7013)]),
    g("add", &[
        c("=Nd same Nc", 0x9002), c("=Nd Nc same", 0x9002).alias(), c("=Nd same imm6", 0x0001).alias(),
        c("=Pq sp spn", 0x0000).alias(), c("=sp sp sp16", 0x6101).alias(), c("=Nd zero Nc", 0x8002).alias(),
        i("=Xd Xs Xt", 0x33), i("=Xd Xs Xt tpreladd", 0x33).alias(), i("=Xd Xs imm12", 0x13).alias(),
    ]),
    g("addi", &[
        c("=Pq sp spn", 0x0000), c("=Nd same imm6nz", 0x0001), c("=zero zero z", 0x0001).alias(), c("=sp sp sp16", 0x6101),
        c("=Nd zero imm6", 0x4001).alias(), c("=Nd Nc z", 0x8002).alias(), i("=Xd Xs imm12", 0x13),
    ]),
    // The address of a symbol: through the GOT in position-independent code.
    g("la", &[pair("=Xw slot", AUIPC, 0x3003).modes(super::PIC), pair("=Xw address", AUIPC, 0x13)]),
    g("lla", &[pair("=Xw address", AUIPC, 0x13)]),
    g("la.tls.gd", &[pair("=Xw tlspair", AUIPC, 0x13)]),
    g("la.tls.ie", &[pair("=Xw tlsslot", AUIPC, 0x3003)]),
    g("neg", &[i("=Xd Xt", 0x4000_0033).alias()]),
    g("sll", &[c("=Nd same csh6", 0x0002).alias(), i("=Xd Xs Xt", 0x1033), i("=Xd Xs sh6", 0x1013).alias()]),
    g("slli", &[c("=Nd same csh6", 0x0002), i("=Xd Xs sh6", 0x1013)]),
    g("srl", &[c("=Pp sameP csh6", 0x8001).alias(), i("=Xd Xs Xt", 0x5033), i("=Xd Xs sh6", 0x5013).alias()]),
    g("srli", &[c("=Pp sameP csh6", 0x8001), i("=Xd Xs sh6", 0x5013)]),
    g("sra", &[
        c("=Pp sameP csh6", 0x8401).alias(), i("=Xd Xs Xt", 0x4000_5033), i("=Xd Xs sh6", 0x4000_5013).alias(),
    ]),
    g("srai", &[c("=Pp sameP csh6", 0x8401), i("=Xd Xs sh6", 0x4000_5013)]),
    g("sub", &[c("=Pp sameP Pq", 0x8c01), i("=Xd Xs Xt", 0x4000_0033)]),
    g("not", &[i("=Xd Xs", 0xfff0_4013).alias()]),
    g("or", &[
        i("=Xd Xs imm12", 0x6013).alias(), c("=Pp sameP Pq", 0x8c41), c("=Pp Pq sameP", 0x8c41).alias(),
        i("=Xd Xs Xt", 0x6033),
    ]),
    g("ori", &[i("=Xd Xs imm12", 0x6013)]),
    g("auipc", &[i("=Xd imm20", AUIPC)]),
    g("seqz", &[i("=Xd Xs", 0x0010_3013).alias()]),
    g("snez", &[i("=Xd Xt", 0x3033).alias()]),
    g("sltz", &[i("=Xd Xs", 0x2033).alias()]),
    g("sgtz", &[i("=Xd Xt", 0x2033).alias()]),
    g("slti", &[i("=Xd Xs imm12", 0x2013)]),
    g("slt", &[i("=Xd Xs Xt", 0x2033), i("=Xd Xs imm12", 0x2013).alias()]),
    g("sltiu", &[i("=Xd Xs imm12", 0x3013)]),
    g("sltu", &[i("=Xd Xs Xt", 0x3033), i("=Xd Xs imm12", 0x3013).alias()]),
    g("sgt", &[i("=Xd Xt Xs", 0x2033).alias()]),
    g("sgtu", &[i("=Xd Xt Xs", 0x3033).alias()]),
    g("xor", &[
        i("=Xd Xs imm12", 0x4013).alias(), c("=Pp sameP Pq", 0x8c21), c("=Pp Pq sameP", 0x8c21).alias(),
        i("=Xd Xs Xt", 0x4033),
    ]),
    g("xori", &[i("=Xd Xs imm12", 0x4013)]),
    g("sext.w", &[c("=Nd same", 0x2001).alias(), i("=Xd Xs", 0x1b).alias()]),
    g("addw", &[
        c("=Pp sameP Pq", 0x9c21), c("=Pp Pq sameP", 0x9c21).alias(), c("=Nd same imm6", 0x2001).alias(),
        i("=Xd Xs Xt", 0x3b), i("=Xd Xs imm12", 0x1b).alias(),
    ]),
    g("addiw", &[c("=Nd same imm6", 0x2001), i("=Xd Xs imm12", 0x1b)]),
    g("negw", &[i("=Xd Xt", 0x4000_003b).alias()]),
    g("sllw", &[i("=Xd Xs Xt", 0x103b), i("=Xd Xs sh5", 0x101b).alias()]),
    g("slliw", &[i("=Xd Xs sh5", 0x101b)]),
    g("srlw", &[i("=Xd Xs Xt", 0x503b), i("=Xd Xs sh5", 0x501b).alias()]),
    g("srliw", &[i("=Xd Xs sh5", 0x501b)]),
    g("sraw", &[i("=Xd Xs Xt", 0x4000_503b), i("=Xd Xs sh5", 0x4000_501b).alias()]),
    g("sraiw", &[i("=Xd Xs sh5", 0x4000_501b)]),
    g("subw", &[c("=Pp sameP Pq", 0x9c01), i("=Xd Xs Xt", 0x4000_003b)]),
    g("mul", &[i("=Xd Xs Xt", 0x0200_0033)]),
    g("mulh", &[i("=Xd Xs Xt", 0x0200_1033)]),
    g("mulhsu", &[i("=Xd Xs Xt", 0x0200_2033)]),
    g("mulhu", &[i("=Xd Xs Xt", 0x0200_3033)]),
    g("div", &[i("=Xd Xs Xt", 0x0200_4033)]),
    g("divu", &[i("=Xd Xs Xt", 0x0200_5033)]),
    g("rem", &[i("=Xd Xs Xt", 0x0200_6033)]),
    g("remu", &[i("=Xd Xs Xt", 0x0200_7033)]),
    g("mulw", &[i("=Xd Xs Xt", 0x0200_003b)]),
    g("divw", &[i("=Xd Xs Xt", 0x0200_403b)]),
    g("divuw", &[i("=Xd Xs Xt", 0x0200_503b)]),
    g("remw", &[i("=Xd Xs Xt", 0x0200_603b)]),
    g("remuw", &[i("=Xd Xs Xt", 0x0200_703b)]),
];

#[rustfmt::skip]
pub(super) const MEMORY: &[Group] = &[
    g("lb", &[i("=Xd l8", 0x0003), pair("=Xw m8", AUIPC, 0x0003)]),
    g("lbu", &[i("=Xd l8", 0x4003), pair("=Xw m8", AUIPC, 0x4003)]),
    g("lh", &[i("=Xd l16", 0x1003), pair("=Xw m16", AUIPC, 0x1003)]),
    g("lhu", &[i("=Xd l16", 0x5003), pair("=Xw m16", AUIPC, 0x5003)]),
    g("lw", &[c("=Nd cl32sp", 0x4002), c("=Pq c32", 0x4000), i("=Xd l32", 0x2003), pair("=Xw m32", AUIPC, 0x2003)]),
    g("lwu", &[i("=Xd l32", 0x6003), pair("=Xw m32", AUIPC, 0x6003)]),
    g("ld", &[c("=Nd cl64sp", 0x6002), c("=Pq c64", 0x6000), i("=Xd l64", 0x3003), pair("=Xw m64", AUIPC, 0x3003)]),
    g("sb", &[i("Xt =s8", 0x0023), pair("Xv =n8 =Xu", AUIPC, 0x0023)]),
    g("sh", &[i("Xt =s16", 0x1023), pair("Xv =n16 =Xu", AUIPC, 0x1023)]),
    g("sw", &[c("Xc =cs32sp", 0xc002), c("Pq =c32", 0xc000), i("Xt =s32", 0x2023), pair("Xv =n32 =Xu", AUIPC, 0x2023)]),
    g("sd", &[c("Xc =cs64sp", 0xe002), c("Pq =c64", 0xe000), i("Xt =s64", 0x3023), pair("Xv =n64 =Xu", AUIPC, 0x3023)]),
    g("flh", &[i("=Hd l16", 0x1007), pair("=He m16 =Xu", AUIPC, 0x1007)]),
    g("flw", &[i("=Sd l32", 0x2007), pair("=Se m32 =Xu", AUIPC, 0x2007)]),
    g("fld", &[c("=Dd cl64sp", 0x2002), c("=Qq c64", 0x2000), i("=Dd l64", 0x3007), pair("=De m64 =Xu", AUIPC, 0x3007)]),
    g("fsh", &[i("Ht =s16", 0x1027), pair("Hv =n16 =Xu", AUIPC, 0x1027)]),
    g("fsw", &[i("St =s32", 0x2027), pair("Sv =n32 =Xu", AUIPC, 0x2027)]),
    g("fsd", &[c("Dc =cs64sp", 0xa002), c("Qq =c64", 0xa000), i("Dt =s64", 0x3027), pair("Dv =n64 =Xu", AUIPC, 0x3027)]),
];

/// The names of the compressed instructions themselves.
#[rustfmt::skip]
pub(super) const COMPRESSED: &[Group] = &[
    g(".insn2", &[i("raw2", 0).alias()]).flags(F::SIDE_EFFECT),
    g(".insn4", &[i("raw4", 3).alias()]).flags(F::SIDE_EFFECT),
    g(".insn4.b", &[i("raw4 b", 3).alias()]).flags(F::SIDE_EFFECT),
    g(".insn4.j", &[i("raw4 j", 3).alias()]).flags(F::SIDE_EFFECT),
    g("c.unimp", &[c("", 0).alias()]).flags(F::TERMINATOR.or(F::SIDE_EFFECT)),
    g("c.ebreak", &[c("", 0x9002).alias()]).flags(F::SIDE_EFFECT),
    g("c.jr", &[c("Nd", 0x8002).alias()]).flags(JUMP),
    g("c.jalr", &[c("Nd", 0x9002).alias()]).flags(F::CALL),
    g("c.j", &[c("cj", 0xa001).alias()]).flags(JUMP),
    g("c.beqz", &[c("Pp cb", 0xc001).alias()]).flags(BRANCH),
    g("c.bnez", &[c("Pp cb", 0xe001).alias()]).flags(BRANCH),
    g("c.lwsp", &[c("=Nd cl32sp", 0x4002).alias()]),
    g("c.lw", &[c("=Pq c32", 0x4000).alias()]),
    g("c.swsp", &[c("Xc =cs32sp", 0xc002).alias()]),
    g("c.sw", &[c("Pq =c32", 0xc000).alias()]),
    g("c.ldsp", &[c("=Nd cl64sp", 0x6002).alias()]),
    g("c.ld", &[c("=Pq c64", 0x6000).alias()]),
    g("c.sdsp", &[c("Xc =cs64sp", 0xe002).alias()]),
    g("c.sd", &[c("Pq =c64", 0xe000).alias()]),
    g("c.fldsp", &[c("=Dd cl64sp", 0x2002).alias()]),
    g("c.fld", &[c("=Qq c64", 0x2000).alias()]),
    g("c.fsdsp", &[c("Dc =cs64sp", 0xa002).alias()]),
    g("c.fsd", &[c("Qq =c64", 0xa000).alias()]),
    g("c.nop", &[c("", 1).alias()]),
    g("c.mv", &[c("=Nd Nc", 0x8002).alias()]),
    g("c.lui", &[c("=Ud cupper", 0x6001).alias()]),
    g("c.li", &[c("=Nd imm6", 0x4001).alias()]),
    g("c.addi4spn", &[c("=Pq sp spn", 0x0000).alias()]),
    g("c.addi16sp", &[c("=sp sp16", 0x6101).alias()]),
    g("c.addi", &[c("+Nd imm6", 0x0001)]),
    g("c.add", &[c("+Nd Nc", 0x9002).alias()]),
    g("c.sub", &[c("+Pp Pq", 0x8c01).alias()]),
    g("c.and", &[c("+Pp Pq", 0x8c61).alias()]),
    g("c.or", &[c("+Pp Pq", 0x8c41).alias()]),
    g("c.xor", &[c("+Pp Pq", 0x8c21).alias()]),
    g("c.slli", &[c("+Nd csh6", 0x0002).alias()]),
    g("c.srli", &[c("+Pp csh6", 0x8001).alias()]),
    g("c.srai", &[c("+Pp csh6", 0x8401).alias()]),
    g("c.andi", &[c("+Pp imm6", 0x8801).alias()]),
    g("c.addiw", &[c("+Nd imm6", 0x2001).alias()]),
    g("c.addw", &[c("+Pp Pq", 0x9c21).alias()]),
    g("c.subw", &[c("+Pp Pq", 0x9c01).alias()]),
];
