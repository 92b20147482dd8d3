//! Time of the encoder per instruction, over a mix of what code generation emits.

use lathe_isa::{Encoded, Imm, Isa, Mem, Operand, Reg, RowId, SymbolId, SymbolRef};
use lathe_isa_riscv::registers::{A0, A1, A5, FA0, FA5, RA, S0, SP, T0, ZERO, reg_d, reg_x};
use lathe_isa_riscv::{RISCV64, rows};
use std::time::Instant;

fn main() {
    let label = Operand::Label(SymbolRef::plain(SymbolId::from_index(7)));
    let x = |reg| Operand::Reg(reg_x(reg));
    let slot = |offset| Operand::Mem(Mem::base(reg_x(SP), offset));
    let at = |reg, offset| Operand::Mem(Mem::base(reg_x(reg), offset));
    let symbol = Operand::Mem(Mem::symbol(Reg::NONE, SymbolRef::plain(SymbolId::from_index(9))));
    let mix: [(RowId, Vec<Operand>); 16] = [
        (rows::LD, vec![x(A0), slot(24)]),
        (rows::SD, vec![x(RA), slot(600)]),
        (rows::LI, vec![x(A1), Operand::int(5)]),
        (rows::ADDI, vec![x(SP), x(SP), Operand::int(-64)]),
        (rows::ADDW, vec![x(A0), x(A0), x(A1)]),
        (rows::SUB, vec![x(T0), x(A0), x(A1)]),
        (rows::LW, vec![x(A5), at(S0, 4)]),
        (rows::BNE, vec![x(A0), x(ZERO), label]),
        (rows::LLA, vec![x(A0), label]),
        (rows::LBU, vec![x(A0), at(A1, 1)]),
        (rows::MUL, vec![x(A0), x(A0), x(A1)]),
        (rows::CALL, vec![label]),
        (rows::FADD_D, vec![Operand::Reg(reg_d(FA0)), Operand::Reg(reg_d(FA0)), Operand::Reg(reg_d(FA5))]),
        (rows::SLLI, vec![x(A0), x(A0), Operand::int(3)]),
        (rows::LW, vec![x(A0), symbol]),
        (rows::MV, vec![x(A0), x(S0)]),
    ];
    let rounds = 500_000u32;
    let mode = RISCV64.default_mode();
    let mut out = Encoded::new();
    let mut bytes = 0u64;
    for _ in 0..3 {
        let start = Instant::now();
        for _ in 0..rounds {
            for (row, operands) in &mix {
                let good = RISCV64.encode(mode, *row, operands, &mut out).is_ok();
                bytes += u64::from(out.len) + u64::from(!good);
            }
        }
        let time = start.elapsed();
        println!("{:.1} ns per instruction", time.as_nanos() as f64 / f64::from(rounds) / mix.len() as f64);
    }
    println!("{bytes} bytes; first operand of the last: {:?}", Imm::ZERO);
}
