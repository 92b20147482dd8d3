//! Derived test: for every row, random operands, printed and given to GNU as; the bytes must be the encoder's, and decode
//! to operands that encode to them again.

use lathe_isa::{
    Encoded, Imm, Isa, Kind, Mem, Mode, Operand, PhysReg, Reg, RegClass, RowFlags, RowId, SymbolId,
    SymbolNames, SymbolRef, Syntax,
};
use lathe_isa_riscv::registers::{FT0, VIEW_X};
use lathe_isa_riscv::rows::ROWS;
use lathe_isa_riscv::{COMPRESSED, RISCV64, RV64, fixups};
use std::collections::HashSet;
use std::fmt::Write as _;
use std::process::Command;

struct NoNames;

impl SymbolNames for NoNames {
    fn write_symbol(&self, _: SymbolId, out: &mut String) {
        out.push_str("symbol");
    }
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ z >> 31) % below
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.next(from.len() as u64) as usize]
    }

    /// Registers of the compressed file are as frequent as the others, `zero` and `sp` not rare.
    fn register_number(&mut self) -> u8 {
        match self.next(6) {
            0 => self.pick(&[0, 2]),
            1 | 2 => 8 + self.next(8) as u8,
            _ => self.next(32) as u8,
        }
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
    let base = Reg::new(PhysReg(random.register_number()), VIEW_X);
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
        (Some(RegClass::Int), _) => Operand::Reg(Reg::new(PhysReg(random.register_number()), VIEW_X)),
        (Some(_), _) => Operand::Reg(Reg::new(PhysReg(FT0.0 + random.register_number()), kind.view)),
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

struct Case {
    row: RowId,
    text: String,
    bytes: Vec<u8>,
    decodable: bool,
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
            let mut text = String::new();
            isa.print(mode, row, &operands, Syntax::Gnu, &NoNames, &mut text);
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

const PAD: u8 = 0xf1;

/// Assembles the cases 16 bytes apart; lines that GNU as rejects come back as `None`.
fn gnu_as(cases: &[Case], arch: &str) -> Vec<Option<Vec<u8>>> {
    let directory = std::env::temp_dir().join(format!("lathe-isa-riscv-{}-{arch}", std::process::id()));
    std::fs::create_dir_all(&directory).expect("temporary directory");
    let (source, object, binary) = (directory.join("t.s"), directory.join("t.o"), directory.join("t.bin"));
    let mut rejected = vec![false; cases.len()];
    for _ in 0..4 {
        let mut text = String::from(".text; .option norelax; .option pic\n");
        for (case, rejected) in cases.iter().zip(&rejected) {
            let line = if *rejected { "nop" } else { &case.text };
            let _ = writeln!(text, "{line}; .balign 16,{PAD}");
        }
        std::fs::write(&source, text).expect("write source");
        let run = Command::new("riscv64-linux-gnu-as")
            .arg(format!("-march={arch}"))
            .arg("-o")
            .args([&object, &source])
            .output()
            .expect("riscv64-linux-gnu-as runs");
        if run.status.success() {
            break;
        }
        for line in String::from_utf8_lossy(&run.stderr).lines() {
            let number = line.split(':').nth(1).and_then(|n| n.parse::<usize>().ok());
            if let (Some(number), true) = (number, line.contains("Error")) {
                rejected[number - 2] = true;
                println!("rejected: {} : {line}", cases[number - 2].text);
            }
        }
    }
    let status = Command::new("riscv64-linux-gnu-objcopy")
        .args(["-O", "binary", "-j", ".text"])
        .args([&object, &binary])
        .status();
    assert!(status.expect("objcopy runs").success());
    let bytes = std::fs::read(&binary).expect("read bytes");
    let _ = std::fs::remove_dir_all(&directory);
    rejected
        .iter()
        .enumerate()
        .map(|(i, rejected)| (!rejected).then(|| bytes[i * 16..i * 16 + 16].to_vec()))
        .collect()
}

fn check(mode: Mode, arch: &str) {
    let isa: &dyn Isa = &RISCV64;
    let cases = cases(isa, mode, 12);
    let wanted = gnu_as(&cases, arch);
    let (mut wrong, mut refused) = (0, 0);
    for (case, wanted) in cases.iter().zip(wanted) {
        let Some(wanted) = wanted else {
            refused += 1;
            continue;
        };
        let same = wanted.starts_with(&case.bytes) && wanted[case.bytes.len()..].iter().all(|b| *b == PAD);
        if !same {
            wrong += 1;
            println!("row {:4} {:40} ours {:02x?} as {:02x?}", case.row.0, case.text, case.bytes, wanted);
        }
    }
    let mut undecoded = 0;
    for case in cases.iter().filter(|case| case.decodable) {
        let decoded = isa.decode(mode, &case.bytes);
        let again = decoded.and_then(|d| {
            let count = isa.row(d.row).operand_count as usize;
            let mut out = Encoded::new();
            isa.encode_row(mode, d.row, &d.operands[..count], &mut out).ok()?;
            (d.len as usize == case.bytes.len()).then(|| out.bytes().to_vec())
        });
        if again.as_deref() != Some(&case.bytes) {
            undecoded += 1;
            let decoded = decoded.map(|d| (d.row, d.len, d.operands));
            println!("decode {:4} {:40} {:02x?} gives {decoded:?}", case.row.0, case.text, case.bytes);
        }
    }
    let silent = (0..ROWS.len() as u16).map(RowId).filter(|row| !cases.iter().any(|case| case.row == *row));
    let silent: Vec<_> = silent
        .filter(|row| isa.row(*row).modes.meets(mode) && !isa.row(*row).flags.has(RowFlags::ALIAS))
        .map(|row| isa.row(row).mnemonic)
        .collect();
    println!(
        "{} cases, {wrong} wrong, {refused} refused, {undecoded} not decoded; without a case: {silent:?}",
        cases.len()
    );
    assert_eq!((wrong, refused, undecoded), (0, 0, 0));
}

#[test]
fn every_row_with_compressed_forms() {
    check(Mode(RV64.0 | COMPRESSED.0 | lathe_isa_riscv::PIC.0), "rv64gc_zba_zbb_zbs_zfh_zihintpause");
}

#[test]
fn every_row_of_full_words() {
    check(Mode(RV64.0 | lathe_isa_riscv::PIC.0), "rv64g_zba_zbb_zbs_zfh_zihintpause");
}
