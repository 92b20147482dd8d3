//! Time of the encoder per instruction, over a mix of what code generation emits.

use lathe_isa::{Encoded, Imm, Isa, Mem, Operand, RowId, SymbolId, SymbolRef};
use lathe_isa_x86::registers::{R9, R12, RAX, RBP, RCX, RDX, RSP, reg_xmm, reg32, reg64, xmm};
use lathe_isa_x86::{Cond, MODE_64, X86_64, jcc, rows, setcc};
use std::time::Instant;

fn main() {
    let label = Operand::Label(SymbolRef::plain(SymbolId::from_index(7)));
    let slot = |offset| Operand::Mem(Mem::base(reg64(RBP), offset));
    let reg = |r| Operand::Reg(reg64(r));
    let reg4 = |r| Operand::Reg(reg32(r));
    let wide = Operand::Mem(Mem::indexed(reg64(R12), reg64(RCX), 3, 400));
    let mix: [(RowId, Vec<Operand>); 16] = [
        (rows::MOVQ, vec![reg(RAX), slot(-24)]),
        (rows::MOVQ, vec![slot(-32), reg(R9)]),
        (rows::MOVL, vec![reg4(RCX), Operand::int(5)]),
        (rows::ADDQ, vec![reg(RSP), Operand::int(400)]),
        (rows::ADDL, vec![reg4(RAX), reg4(RDX)]),
        (rows::SUBQ, vec![reg(RSP), Operand::int(24)]),
        (rows::CMPL, vec![slot(-8), Operand::int(100)]),
        (jcc(Cond::Ne), vec![label]),
        (rows::LEAQ, vec![reg(RAX), wide]),
        (rows::MOVZBL, vec![reg4(RAX), slot(-1)]),
        (rows::IMULQ_2, vec![reg(RAX), reg(RCX)]),
        (rows::CALL, vec![label]),
        (rows::ADDSD, vec![Operand::Reg(reg_xmm(xmm(0))), slot(-40)]),
        (rows::SHLQ, vec![reg(RDX), Operand::int(3)]),
        (setcc(Cond::L), vec![Operand::Reg(lathe_isa::Reg::new(RAX, 0))]),
        (rows::PUSHQ, vec![reg(RBP)]),
    ];
    let rounds = 500_000u32;
    let mut out = Encoded::new();
    let mut bytes = 0u64;
    for _ in 0..3 {
        let start = Instant::now();
        for _ in 0..rounds {
            for (row, operands) in &mix {
                let good = X86_64.encode(MODE_64, *row, operands, &mut out).is_ok();
                bytes += u64::from(out.len) + u64::from(!good);
            }
        }
        let time = start.elapsed();
        println!("{:.1} ns per instruction", time.as_nanos() as f64 / f64::from(rounds) / mix.len() as f64);
    }
    println!("{bytes} bytes; first operand of the last: {:?}", Imm::ZERO);
}
