//! Derived test: for every row, random operands, printed and given to GNU as; the bytes must be the encoder's, and decode
//! to operands that encode to them again.

#[path = "../../isa/tests/rows/mod.rs"]
mod rows;

use lathe_isa::{
    Encoded, Imm, Isa, Kind, Mem, Mode, Operand, PhysReg, Reg, RegClass, RowFlags, RowId, SymbolId, SymbolRef,
};
use lathe_isa_riscv::registers::{FT0, VIEW_X};
use lathe_isa_riscv::rows::ROWS;
use lathe_isa_riscv::{COMPRESSED, RISCV64, RV64, fixups};
use rows::{Case, Random, Target, check, printed};
use std::collections::HashSet;

/// Registers of the compressed file are as frequent as the others, `zero` and `sp` not rare.
fn register_number(random: &mut Random) -> u8 {
    match random.next(6) {
        0 => random.pick(&[0, 2]),
        1 | 2 => 8 + random.next(8) as u8,
        _ => random.next(32) as u8,
    }
}

fn symbol(modifier: lathe_isa::Modifier) -> SymbolRef {
    SymbolRef::through(SymbolId::from_index(0), modifier)
}

fn number(random: &mut Random, kind: &Kind) -> i64 {
    let (min, max) = kind.range.unwrap_or((-250, 250));
    let value = match random.next(3) {
        0 => random
            .pick(&[min, max, 0, 1, -1, 16, 32, 31, -32, 63, 64, 496, -512, 1020, 1024, 0x1f000, -0x20000]),
        1 => min + random.next((max - min + 1) as u64) as i64,
        _ => random.next(64) as i64 - 32,
    };
    let value = value.clamp(min, max);
    match kind.name {
        "pred" | "succ" => value.max(1), // GNU as has no name for the empty set
        "b" | "j" | "cb" | "cj" => value & !1,
        "cupper" if random.next(2) == 0 => 0xfffff - random.next(32) as i64,
        "cuppervalue" => value & !0xfff,
        "sp16" => value & !15,
        "spn" => value & !3,
        _ => value,
    }
}

fn memory(random: &mut Random, kind: &Kind) -> Mem {
    let base = Reg::new(PhysReg(register_number(random)), VIEW_X);
    if matches!(kind.name, "a32" | "a64" | "base") {
        return Mem::base(base, 0);
    }
    let unit = i64::from(kind.memory_bits / 8).max(1);
    let value = match random.next(4) {
        0 => random.pick(&[0, 124, 128, 248, 252, 256, 504, 508, 512, -4, 2047, -2048]),
        1 => random.next(4096) as i64 - 2048,
        _ => random.next(80) as i64 * unit,
    };
    Mem::base(base, value)
}

fn operand(random: &mut Random, isa: &dyn Isa, row: RowId, at: usize) -> Option<Operand> {
    let spec = isa.row(row).operands[at];
    let kind = &isa.kinds()[spec.kind.0 as usize];
    if let Some(fixed) = kind.fixed {
        return Some(Operand::Reg(Reg::new(fixed, kind.view)));
    }
    Some(match (kind.class, kind.name) {
        (Some(RegClass::Int), _) => Operand::Reg(Reg::new(PhysReg(register_number(random)), VIEW_X)),
        (Some(_), _) => Operand::Reg(Reg::new(PhysReg(FT0.0 + register_number(random)), kind.view)),
        (None, "rm") => Operand::Rounding(random.pick(&[0, 1, 2, 3, 4, 7])),
        (None, "tpreladd") => Operand::Imm(Imm::Symbol(symbol(fixups::TPREL_ADD))),
        (None, "callee" | "address" | "slot" | "tlsslot" | "tlspair") => {
            Operand::Label(symbol(fixups::PLAIN))
        }
        (None, "m8" | "m16" | "m32" | "m64" | "n8" | "n16" | "n32" | "n64") => {
            Operand::Mem(Mem::symbol(Reg::NONE, symbol(fixups::PLAIN)))
        }
        (None, "imm20") if random.next(4) == 0 => Operand::Imm(Imm::Symbol(symbol(fixups::HI))),
        (None, "imm12") if random.next(6) == 0 => Operand::Imm(Imm::Symbol(symbol(fixups::LO))),
        (None, name) if kind.range.is_some() || matches!(name, "b" | "j" | "cb" | "cj") => {
            Operand::int(number(random, kind))
        }
        _ => Operand::Mem(memory(random, kind)),
    })
}

fn cases(isa: &dyn Isa, mode: Mode, per_row: usize) -> Vec<Case> {
    let mut random = Random(1);
    let mut cases = Vec::new();
    let mut seen = HashSet::new();
    for index in 0..ROWS.len() {
        let row = RowId(index as u16);
        let info = isa.row(row);
        if info.mnemonic.starts_with("czero") || !info.modes.meets(mode) {
            continue; // binutils 2.40 does not know Zicond
        }
        let mut found = 0;
        for _ in 0..per_row * 20 {
            let operands: Option<Vec<Operand>> =
                (0..info.operand_count as usize).map(|at| operand(&mut random, isa, row, at)).collect();
            let Some(mut operands) = operands else { break };
            if operands.len() > 1 && random.next(3) == 0 {
                let same = 1 + random.next(operands.len() as u64 - 1) as usize;
                if let (Operand::Reg(first), Operand::Reg(other)) = (operands[0], &mut operands[same]) {
                    *other = Reg::new(first.phys, other.view);
                }
            }
            let mut out = Encoded::new();
            if isa.encode(mode, row, &operands, &mut out).is_err() {
                continue;
            }
            let text = printed(isa, mode, row, &operands);
            if seen.insert(text.clone()) {
                let decodable = out.len < 8 && out.fixup_count == 0;
                cases.push(Case { row, text, bytes: out.bytes().to_vec(), decodable });
                found += 1;
            }
            if found == per_row {
                break;
            }
        }
    }
    cases
}

fn compare(mode: Mode, march: &'static [&'static str], name: &str) {
    let target = Target {
        isa: &RISCV64,
        mode,
        assembler: march,
        objcopy: "riscv64-linux-gnu-objcopy",
        prologue: ".option norelax; .option pic",
    };
    let cases = cases(&RISCV64, mode, 12);
    let isa = target.isa;
    let silent = (0..ROWS.len() as u16).map(RowId).filter(|row| !cases.iter().any(|case| case.row == *row));
    let silent: Vec<_> = silent
        .filter(|row| isa.row(*row).modes.meets(mode) && !isa.row(*row).flags.has(RowFlags::ALIAS))
        .map(|row| isa.row(row).mnemonic)
        .collect();
    println!("without a case: {silent:?}");
    check(&target, name, &cases);
}

#[test]
fn every_row_with_compressed_forms() {
    let mode = Mode(RV64.0 | COMPRESSED.0 | lathe_isa_riscv::PIC.0);
    compare(mode, &["riscv64-linux-gnu-as", "-march=rv64gc_zba_zbb_zbs_zfh_zihintpause"], "riscv-compressed");
}

#[test]
fn every_row_of_full_words() {
    let mode = Mode(RV64.0 | lathe_isa_riscv::PIC.0);
    compare(mode, &["riscv64-linux-gnu-as", "-march=rv64g_zba_zbb_zbs_zfh_zihintpause"], "riscv-full");
}
