//! Derived test: for every row, random operands, printed and given to GNU as; the bytes must be the encoder's.

#[path = "../../isa/tests/rows/mod.rs"]
mod rows;

use lathe_isa::{Encoded, Facts, Isa, Mem, MemMode, Mode, Operand, PhysReg, Reg, RowFlags, RowId, Syntax};
use lathe_isa_x86::registers as r;
use lathe_isa_x86::rows::ROWS;
use lathe_isa_x86::{I686, MODE_32, MODE_64, X86_64};
use rows::{Case, Random, Target, check, printed};

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
            let text = printed(isa, mode, row, &operands);
            if seen.insert(text.clone()) {
                cases.push(Case { row, text, bytes: out.bytes().to_vec(), decodable: true });
            }
        }
    }
    cases
}

#[test]
fn every_row_of_64_bit_mode() {
    let (isa, mode) = (&X86_64, MODE_64);
    let target = Target { isa, mode, assembler: &["as", "--64"], objcopy: "objcopy", prologue: "" };
    check(&target, "64", &cases(isa, mode, 6));
}

#[test]
fn every_row_of_32_bit_mode() {
    let (isa, mode) = (&I686, MODE_32);
    let target = Target { isa, mode, assembler: &["as", "--32"], objcopy: "objcopy", prologue: "" };
    check(&target, "32", &cases(isa, mode, 6));
}
