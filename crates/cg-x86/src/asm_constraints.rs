//! What x86 asm constraints mean, and which registers a clobber list names.
//!
//! GCC manual, "Constraints for Particular Machines", x86 family; "Flag Output Operands".

use lathe_ir::inline_asm::AsmData;
use lathe_ir::{Type, Value};
use lathe_isa::{PhysReg, RegSet};
use lathe_isa_x86::TABLE_64;
use lathe_isa_x86::registers as r;
use lathe_mach::error::CodegenError;
use lathe_mach::select::Selector;
use lathe_mach::select::asm::{Constraint, Place};
use lathe_mach::select::constraints::{Allowed, ConstraintReader, is_address, same_as};

static READER: ConstraintReader = ConstraintReader {
    register,
    flag,
    alternative,
    memory: |_| Place::Memory,
    no_registers: &["flags", "fpsr", "dirflag"],
    restored: RegSet(1 << r::RSP.0),
};

/// The constraints of all operands, outputs first.
pub(crate) fn constraints(
    cx: &Selector<'_>,
    asm: &AsmData,
    inputs: &[Value],
) -> Result<Vec<Constraint>, CodegenError> {
    let mut all = READER.constraints(cx, asm, inputs)?;
    spread_legacy(cx, &mut all, asm);
    Ok(all)
}

/// `Q` operands get one of the four registers that is free.
fn spread_legacy(cx: &Selector<'_>, all: &mut [Constraint], asm: &AsmData) {
    // On i386 the byte registers are those with a second byte.
    let legacy: &[char] = if crate::operands::is_64(cx) { &['Q'] } else { &['Q', 'q'] };
    let texts = asm.outputs.iter().chain(&asm.inputs).map(|o| o.constraint.contains(legacy));
    let wanted: Vec<bool> = texts.collect();
    for i in 0..all.len() {
        if wanted[i] && all[i].place == Place::Register {
            let taken: Vec<Place> = all.iter().map(|c| c.place).collect();
            let free =
                [r::RAX, r::RBX, r::RCX, r::RDX].into_iter().find(|reg| !taken.contains(&Place::Fixed(*reg)));
            if let Some(reg) = free {
                all[i].place = Place::Fixed(reg);
            }
        }
    }
}

/// What one alternative allows.
fn alternative(cx: &Selector<'_>, text: &str, ty: Type, input: Option<Value>) -> Option<Place> {
    if let Some(place) = same_as(text) {
        return Some(place);
    }
    let constant = input.and_then(|value| cx.func.int_constant(value));
    let is_address = is_address(cx, input);
    let mut allowed = Allowed::NOTHING;
    let mut chars = text.chars();
    while let Some(ch) = chars.next() {
        let in_range = |low: i64, high: i64| constant.is_some_and(|c| (low..=high).contains(&c));
        match ch {
            'r' | 'R' | 'q' | 'Q' | 'l' | 'X' => allowed.register(),
            'x' | 'v' => allowed.register(),
            'Y' => {
                chars.next();
                allowed.register();
            }
            'g' => {
                allowed.register();
                allowed.immediate |= constant.is_some();
            }
            'a' | 'A' => allowed.place = Some(Place::Fixed(r::RAX)),
            'b' => allowed.place = Some(Place::Fixed(r::RBX)),
            'c' => allowed.place = Some(Place::Fixed(r::RCX)),
            'd' => allowed.place = Some(Place::Fixed(r::RDX)),
            'S' => allowed.place = Some(Place::Fixed(r::RSI)),
            'D' => allowed.place = Some(Place::Fixed(r::RDI)),
            't' => allowed.place = Some(Place::X87(0)),
            'u' => allowed.place = Some(Place::X87(1)),
            'f' => allowed.place = allowed.place.or(Some(Place::X87(0))),
            'm' | 'o' | 'V' | 'p' => allowed.memory = true,
            'i' | 'n' | 's' | 'F' | 'E' => {
                allowed.immediate |= constant.is_some() || (is_address && ch != 'n')
            }
            'I' => allowed.immediate |= in_range(0, 31),
            'J' => allowed.immediate |= in_range(0, 63),
            'K' => allowed.immediate |= in_range(-128, 127),
            'L' => allowed.immediate |= matches!(constant, Some(0xff | 0xffff | 0xffff_ffff)),
            'M' => allowed.immediate |= in_range(0, 3),
            'N' => allowed.immediate |= in_range(0, 255),
            'O' => allowed.immediate |= in_range(0, 127),
            'e' => allowed.immediate |= in_range(i64::from(i32::MIN), i64::from(i32::MAX)) || is_address,
            'Z' => allowed.immediate |= in_range(0, i64::from(u32::MAX)),
            _ => {}
        }
    }
    allowed.cheapest(cx.rules.register_class(ty).is_some())
}

/// The condition code of `=@cc<name>`.
fn flag(name: &str) -> Option<u8> {
    const NAMES: [&[&str]; 16] = [
        &["o"],
        &["no"],
        &["b", "c", "nae"],
        &["ae", "nb", "nc"],
        &["e", "z"],
        &["ne", "nz"],
        &["be", "na"],
        &["a", "nbe"],
        &["s"],
        &["ns"],
        &["p", "pe"],
        &["np", "po"],
        &["l", "nge"],
        &["ge", "nl"],
        &["le", "ng"],
        &["g", "nle"],
    ];
    NAMES.iter().position(|names| names.contains(&name)).map(|code| code as u8)
}

/// The register of a name as users write it: with or without `%`, any width.
fn register(name: &str) -> Option<PhysReg> {
    TABLE_64.find(name.trim_start_matches('%')).map(|reg| reg.phys)
}

/// The registers of a clobber list; the flags are always lost.
pub(crate) fn clobbers(asm: &AsmData) -> Result<RegSet, CodegenError> {
    READER.clobbers(asm)
}
