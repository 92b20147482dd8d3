//! Derived test: for every row, random operands, printed and given to GNU as; the bytes must be the encoder's.

#[path = "../../isa/tests/rows/mod.rs"]
mod rows;

use lathe_isa::{Imm, Kind, Mem, MemMode, Mode, Operand, PhysReg, Reg, RegClass};
use lathe_isa_aarch64::{AARCH64, conditions as c, immediates, registers as r, system};
use rows::{Random, Target, cases, check};

fn base(random: &mut Random) -> Reg {
    r::reg_x(PhysReg(random.next(32) as u8))
}

/// A memory operand of a kind: `ms3`, `mppre4`, `mi2`, `mlist`.
fn memory(random: &mut Random, name: &str) -> Mem {
    let log2 = name.bytes().last().filter(u8::is_ascii_digit).map_or(0, |digit| digit - b'0');
    let base = base(random);
    let mode = if name.contains("pre") {
        MemMode::PreIndex
    } else if name.contains("post") || name == "mlist" {
        MemMode::PostIndex
    } else {
        MemMode::Offset
    };
    let displacement = match name {
        "mb" => 0,
        "mu" | "mpre" | "mpost" => random.next(512) as i64 - 256,
        "ma" | "mapre" => (random.next(1024) as i64 - 512) * 8,
        "mlist" => random.pick(&[1, 2, 4, 8, 16, 24, 32, 48, 64, 3, 6, 12, 0]),
        _ if name.starts_with("mp") => (random.next(128) as i64 - 64) << log2,
        _ => (random.next(4096) as i64) << log2,
    };
    if name == "mlist" && displacement == 0 {
        return Mem { index: r::reg_x(PhysReg(random.next(31) as u8)), mode, ..Mem::base(base, 0) };
    }
    if name.starts_with("mi") {
        let view = random.pick(&[r::VIEW_W, r::VIEW_X]);
        let some = PhysReg(random.next(31) as u8);
        let phys = random.pick(&[some, some, r::XZR]);
        let mode = random.pick(&[MemMode::Offset, MemMode::SignExtendedIndex]);
        let scale_log2 = random.pick(&[0, log2]);
        return Mem { index: Reg::new(phys, view), scale_log2, mode, ..Mem::base(base, 0) };
    }
    Mem { mode, displacement: Imm::Int(displacement), ..Mem::base(base, 0) }
}

fn register(random: &mut Random, kind: &Kind, class: RegClass) -> Reg {
    if class == RegClass::Int {
        let some = PhysReg(random.next(31) as u8);
        let phys = random.pick(&[some, some, some, r::SP, r::XZR]);
        return Reg::new(phys, kind.view);
    }
    let number = r::v(random.next(32) as u8);
    // Any view that the kind accepts: lanes and lists have many.
    let view = match kind.view {
        view if view < r::VIEW_LANES => view,
        r::VIEW_LANES => r::VIEW_LANES + random.next(34) as u8,
        r::VIEW_LISTS => r::VIEW_LISTS + random.next(32) as u8,
        _ => r::VIEW_LANE_LISTS + random.next(120) as u8,
    };
    Reg::new(number, view)
}

fn shift(random: &mut Random, name: &str) -> Operand {
    let (kinds, amounts): (&[u8], &[u8]) = match name {
        "extend" | "extendw" => {
            (&[c::UXTB, c::UXTH, c::UXTW, c::UXTX, c::SXTB, c::SXTH, c::SXTW, c::SXTX], &[0, 1, 2, 3, 4])
        }
        "lsl12" => (&[c::LSL], &[0, 12]),
        "lsl16" => (&[c::LSL], &[0, 16, 32, 48]),
        "vlsl16" | "vlsl32" => (&[c::LSL], &[0, 8, 16, 24]),
        "vmsl" => (&[c::MSL], &[8, 16]),
        "shift" => (&[c::LSL, c::LSR, c::ASR], &[0, 1, 5, 31, 63]),
        _ => (&[c::LSL, c::LSR, c::ASR, c::ROR], &[0, 1, 5, 31, 63]),
    };
    Operand::Shift { kind: random.pick(kinds), amount: random.pick(amounts) }
}

fn number(random: &mut Random, kind: &Kind) -> i64 {
    let (min, max) = kind.range.unwrap_or((0, 0));
    match kind.name {
        "logical" | "lognot" => {
            let (bits, width) = (random.next(1 << 13) as u16, random.pick(&[32, 64]));
            let value = immediates::logical_value(bits, width).unwrap_or(0xff) as i64;
            if kind.name == "lognot" { !value } else { value }
        }
        "zeros" => random.pick(&[0, 1, 0x1234, 0xffff, 0x1234_0000, 0xffff_0000, 0x1234_0000_0000, 1 << 63]),
        "ones" => !random.pick(&[0, 1, 0x1234, 0x1234_0000, 0x1234_0000_0000, 1 << 62]),
        "addimm" => random.pick(&[0, 1, 100, 4095, 4096, 0xff_f000]),
        "addneg" => -random.pick(&[1, 100, 4095, 4096, 0xff_f000]),
        "bytemask" => immediates::byte_mask_value(random.next(256) as u8) as i64,
        "sysreg" => {
            let named = system::REGISTERS[random.next(system::REGISTERS.len() as u64) as usize].1;
            let any = 0xc000 | random.next(0x4000) as u16;
            i64::from(random.pick(&[named, any]))
        }
        "pstate" => i64::from(system::PROCESSOR_STATE[1 + random.next(2) as usize].1),
        "sysop" | "word" => -1,
        _ if kind.name.starts_with("rot") => random.pick(&[0, 90, 180, 270]),
        _ => {
            let some = min + random.next((max - min) as u64 + 1) as i64;
            random.pick(&[min, max, some])
        }
    }
}

fn operand(random: &mut Random, kind: &'static Kind) -> Option<Operand> {
    if let Some(class) = kind.class {
        return Some(Operand::Reg(register(random, kind, class)));
    }
    let name = kind.name;
    if name.starts_with("cond") {
        return Some(Operand::Cond(random.next(14) as u8));
    }
    if name.contains("shift")
        || name.starts_with("extend")
        || name.contains("lsl1")
        || name.contains("lsl3")
        || name == "vmsl"
    {
        return Some(shift(random, name));
    }
    if matches!(name, "label26" | "call26" | "label19" | "label14" | "literal" | "adr") {
        return Some(Operand::int(random.pick(&[0, 4, 8, -4, 0x100, -0x100, 0x7ffc, -0x8000])));
    }
    // These print what GNU as does not read back alone: a page distance, marks, operations of their own instructions.
    if name == "adrp" || name.starts_with("mark") || name == "sysop" {
        return None;
    }
    if name.starts_with('m') {
        return Some(Operand::Mem(memory(random, name)));
    }
    kind.range.map(|_| Operand::int(number(random, kind)))
}

/// Pairs of registers hardly come up at random.
#[test]
fn pairs() {
    let mut out = lathe_isa::Encoded::new();
    let x = |n| Operand::Reg(r::reg_x(PhysReg(n)));
    let memory = Operand::Mem(Mem::base(r::reg_x(r::SP), 0));
    let encode = |operands: &[Operand], out: &mut _| {
        lathe_isa::Isa::encode(&AARCH64, Mode(1), lathe_isa_aarch64::rows::CASPAL, operands, out)
    };
    assert!(encode(&[x(2), x(3), x(4), x(5), memory], &mut out).is_ok());
    // What GNU as gives for `caspal x2, x3, x4, x5, [sp]`.
    assert_eq!(out.bytes(), 0x4862_ffe4u32.to_le_bytes());
    assert!(encode(&[x(1), x(2), x(4), x(5), memory], &mut out).is_err(), "odd");
    assert!(encode(&[x(2), x(4), x(4), x(5), memory], &mut out).is_err(), "not consecutive");
}

#[test]
fn every_row() {
    let target = Target {
        isa: &AARCH64,
        mode: Mode(1),
        assembler: &[
            "aarch64-linux-gnu-as",
            "-march=armv8.5-a+crypto+sha3+sm4+fp16fml+dotprod+i8mm+rng+memtag+bf16",
        ],
        objcopy: "aarch64-linux-gnu-objcopy",
        prologue: "",
    };
    check(&target, "aarch64", &cases(&target, 8, operand));
}
