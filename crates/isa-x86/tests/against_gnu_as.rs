//! Derived test: for every row, random operands, printed and given to GNU as; the bytes must be the encoder's.

use lathe_isa::{
    Encoded, Facts, Isa, Mem, MemMode, Mode, Operand, PhysReg, Reg, RowFlags, RowId, SymbolId, SymbolNames,
    Syntax,
};
use lathe_isa_x86::registers as r;
use lathe_isa_x86::rows::ROWS;
use lathe_isa_x86::{I686, MODE_32, MODE_64, X86_64};
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
}

/// A register that satisfies a kind: by trying random ones.
fn register(random: &mut Random, isa: &dyn Isa, kind: &lathe_isa::Kind, mode: Mode) -> Option<Reg> {
    if let Some(fixed) = kind.fixed {
        return Some(Reg::new(fixed, kind.view));
    }
    let class = kind.class?;
    let limit = if mode == MODE_64 { 32 } else { 8 };
    for _ in 0..400 {
        let phys = PhysReg(random.next(114) as u8);
        let info = isa.registers().info(phys);
        if info.class != class || info.encoding >= limit {
            continue;
        }
        let mut view = kind.view;
        if class == lathe_isa::RegClass::Int && kind.view == r::VIEW_8 {
            if mode == MODE_32 && info.encoding >= 4 {
                continue;
            }
            if info.encoding < 4 && random.next(4) == 0 {
                view = r::VIEW_8_HIGH;
            }
        }
        if class == lathe_isa::RegClass::Segment && phys == r::CS
            || class == lathe_isa::RegClass::System && info.encoding > 7
            || class == lathe_isa::RegClass::System && matches!(info.encoding, 1 | 5..=7)
            || class == lathe_isa::RegClass::System && phys.0 >= r::DR0.0 && matches!(info.encoding, 4 | 5)
        {
            continue;
        }
        return Some(Reg::new(phys, view));
    }
    None
}

fn memory(random: &mut Random, mode: Mode, facts: Facts) -> Mem {
    let view = if mode == MODE_64 { r::VIEW_64 } else { r::VIEW_32 };
    let count = if mode == MODE_64 { 16 } else { 8 };
    let base = Reg::new(PhysReg(random.next(count) as u8), view);
    let mut index = Reg::new(PhysReg(random.next(count) as u8), view);
    if index.phys == r::RSP {
        index = Reg::NONE;
    }
    let displacement =
        random.pick(&[0, 0, 1, 8, -8, 16, 64, 127, 128, -128, -129, 256, 4096, -4096, 0x1234_5678]);
    let scale_log2 = random.next(4) as u8;
    let vector = vector_index(facts);
    if let Some(view) = vector {
        let index = Reg::new(r::xmm(random.next(count.min(16)) as u8), view);
        return Mem { displacement: lathe_isa::Imm::Int(displacement), base, index, scale_log2, ..Mem::NONE };
    }
    match random.next(6) {
        0 | 1 => Mem::base(base, displacement),
        2 if mode == MODE_64 => Mem::base(Reg::new(r::RIP, 0), displacement),
        3 => Mem { segment: random.pick(&[r::FS, r::GS]), ..Mem::base(base, displacement) },
        4 => Mem {
            index,
            scale_log2: if index.is_some() { scale_log2 } else { 0 },
            displacement: lathe_isa::Imm::Int(displacement),
            ..Mem::NONE
        },
        _ => Mem::indexed(base, index, if index.is_some() { scale_log2 } else { 0 }, displacement),
    }
}

fn vector_index(facts: Facts) -> Option<u8> {
    // The facts of the three vector-index kinds are found by asking the table for its named kinds.
    let kinds = X86_64.kinds();
    ["vmx32", "vmy32", "vmz32"]
        .iter()
        .position(|name| {
            let kind = kinds.iter().find(|k| k.name == *name).expect("vector index kind");
            kind.facts == facts
        })
        .map(|v| v as u8)
}

fn operand(random: &mut Random, isa: &dyn Isa, row: RowId, at: usize, mode: Mode) -> Option<Operand> {
    let info = isa.row(row);
    let kind = &isa.kinds()[info.operands[at].kind.0 as usize];
    let name = kind.name;
    if name == "mask" {
        return Some(Operand::Mask(
            Reg::new(PhysReg(r::K0.0 + 1 + random.next(7) as u8), 0),
            random.next(2) == 0,
        ));
    }
    if name == "round" {
        return Some(Operand::Rounding(random.next(4) as u8));
    }
    if name.starts_with("rel") || name.starts_with("moffs") {
        return None;
    }
    if let Some((min, max)) = kind.range {
        let bits = ROWS[row.0 as usize].encoding.operand_bits;
        let value = random.pick(&[min, max, 1, 0, -1, 100, 127, 128, -128, -129, 255, 256, 0x1234_5678]);
        let value = value.clamp(min, max);
        let value = if bits == 8 { value.clamp(-128, 255) } else { value };
        return Some(Operand::int(value));
    }
    let is_memory = kind.memory_bits > 0 || name == "m";
    if is_memory && (kind.class.is_none() || random.next(2) == 0) {
        let mut mem = memory(random, mode, kind.facts);
        if name.contains('b') && name.len() > 3 && random.next(3) == 0 {
            mem.mode = MemMode::Broadcast;
        }
        return Some(Operand::Mem(mem));
    }
    register(random, isa, kind, mode).map(Operand::Reg)
}

struct Case {
    row: RowId,
    text: String,
    bytes: Vec<u8>,
}

fn cases(isa: &dyn Isa, mode: Mode, per_row: usize) -> Vec<Case> {
    let mut random = Random(1);
    let mut cases = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for index in 0..ROWS.len() {
        let row = RowId(index as u16);
        let info = isa.row(row);
        if !info.modes.meets(mode) || info.flags.has(RowFlags::ALIAS) || info.flags.has(RowFlags::PREFIX) {
            continue;
        }
        for _ in 0..per_row {
            let operands: Option<Vec<Operand>> =
                (0..info.operand_count as usize).map(|at| operand(&mut random, isa, row, at, mode)).collect();
            let Some(operands) = operands else { break };
            let mut out = Encoded::new();
            // The assembler prefers an earlier group of the same name (VEX before EVEX).
            let name = format!("{}{}", info.mnemonic, info.suffix);
            let groups = isa.groups(&name, Syntax::Gnu);
            let preferred = groups.iter().find(|group| isa.select(mode, **group, &operands).is_ok());
            if preferred.is_some_and(|group| *group != info.group_first) {
                continue;
            }
            if isa.encode(mode, row, &operands, &mut out).is_err() {
                continue; // ah with r8, and the like
            }
            let mut text = String::new();
            isa.print(mode, row, &operands, Syntax::Gnu, &NoNames, &mut text);
            if seen.insert(text.clone()) {
                cases.push(Case { row, text, bytes: out.bytes().to_vec() });
            }
        }
    }
    cases
}

const PAD: u8 = 0xf1;

/// Assembles the cases 16 bytes apart; lines that GNU as rejects come back as `None`.
fn gnu_as(cases: &[Case], flag: &str, name: &str) -> Vec<Option<Vec<u8>>> {
    let directory = std::env::temp_dir().join(format!("lathe-isa-{}-{name}", std::process::id()));
    std::fs::create_dir_all(&directory).expect("temporary directory");
    let (source, object, binary) = (directory.join("t.s"), directory.join("t.o"), directory.join("t.bin"));
    let mut rejected = vec![false; cases.len()];
    for _ in 0..4 {
        let mut text = String::from(".text\n");
        for (case, rejected) in cases.iter().zip(&rejected) {
            let line = if *rejected { "nop" } else { &case.text };
            let _ = writeln!(text, "{line}; .balign 16,{PAD}");
        }
        std::fs::write(&source, text).expect("write source");
        let run = Command::new("as").args([flag, "-o"]).arg(&object).arg(&source).output().expect("as runs");
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
    let status =
        Command::new("objcopy").args(["-O", "binary", "-j", ".text"]).arg(&object).arg(&binary).status();
    assert!(status.expect("objcopy runs").success());
    let bytes = std::fs::read(&binary).expect("read bytes");
    let _ = std::fs::remove_dir_all(&directory);
    rejected
        .iter()
        .enumerate()
        .map(|(i, rejected)| (!rejected).then(|| bytes[i * 16..i * 16 + 16].to_vec()))
        .collect()
}

fn check(isa: &dyn Isa, mode: Mode, flag: &str, name: &str) {
    let cases = cases(isa, mode, 6);
    let wanted = gnu_as(&cases, flag, name);
    let mut wrong = 0;
    let mut refused = 0;
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
    for case in &cases {
        let decoded = isa.decode(mode, &case.bytes);
        let again = decoded.and_then(|d| {
            let count = d.operands.iter().position(|o| *o == Operand::None).unwrap_or(d.operands.len());
            let mut out = Encoded::new();
            isa.encode_row(mode, d.row, &d.operands[..count], &mut out).ok()?;
            (d.len as usize == case.bytes.len()).then(|| out.bytes().to_vec())
        });
        if again.as_deref() != Some(&case.bytes) {
            undecoded += 1;
            println!(
                "decode {:4} {:40} {:02x?} gives {:?}",
                case.row.0,
                case.text,
                case.bytes,
                decoded.map(|d| (d.row, d.len, d.operands))
            );
        }
    }
    println!("{} cases, {wrong} wrong, {refused} refused, {undecoded} not decoded", cases.len());
    assert_eq!((wrong, refused, undecoded), (0, 0, 0));
}

#[test]
fn every_row_of_64_bit_mode() {
    check(&X86_64, MODE_64, "--64", "64");
}

#[test]
fn every_row_of_32_bit_mode() {
    check(&I686, MODE_32, "--32", "32");
}
