//! What RISC-V asm constraints mean, and which registers a clobber list names.
//!
//! GCC manual, "Constraints for Particular Machines", RISC-V family.

use lathe_ir::{Type, Value};
use lathe_isa::{PhysReg, RegSet};
use lathe_isa_riscv::registers as r;
use lathe_mach::select::Selector;
use lathe_mach::select::asm::Place;
use lathe_mach::select::constraints::{Allowed, ConstraintReader, is_address, same_as};

/// RISC-V's constraints.
pub(crate) static READER: ConstraintReader = ConstraintReader {
    register,
    flag: |_| None,
    alternative,
    memory: |text| if text.contains('A') { Place::Pointed } else { Place::Memory },
    // The vector unit's state: nothing here is kept in it.
    no_registers: &["vl", "vtype", "vxrm", "vxsat", "fflags", "frm"],
    restored: RegSet(1 << r::SP.0 | 1 << r::ZERO.0),
};

/// What one alternative allows.
fn alternative(cx: &Selector<'_>, text: &str, ty: Type, input: Option<Value>) -> Option<Place> {
    if let Some(place) = same_as(text) {
        return Some(place);
    }
    let constant = input.and_then(|value| cx.func.int_constant(value));
    let is_address = is_address(cx, input);
    let in_range = |low: i64, high: i64| constant.is_some_and(|c| (low..=high).contains(&c));
    let mut allowed = Allowed::NOTHING;
    for ch in text.chars() {
        match ch {
            'r' => allowed.register(),
            'j' if !ty.is_float() => allowed.register(),
            'f' if ty.is_float() => allowed.register(),
            'X' | 'g' => {
                allowed.register();
                allowed.immediate |= ch == 'g' && constant.is_some();
            }
            'm' | 'o' | 'V' | 'A' | 'p' => allowed.memory = true,
            'i' | 'n' => allowed.immediate |= constant.is_some() || is_address && ch == 'i',
            's' | 'S' => allowed.immediate |= is_address,
            'I' => allowed.immediate |= in_range(-2048, 2047),
            'J' => allowed.immediate |= in_range(0, 0),
            'K' => allowed.immediate |= in_range(0, 31),
            _ => {}
        }
    }
    allowed.cheapest(crate::rules::register_class(ty).is_some())
}

/// The register of a name as users write it: of the ABI or by number.
fn register(name: &str) -> Option<PhysReg> {
    let number = |text: &str| text.parse::<u8>().ok().filter(|n| *n < 32);
    match name {
        "fp" => return Some(r::S0),
        _ if name.starts_with('x') => return number(&name[1..]).map(r::x),
        _ => {}
    }
    if let Some(n) = name.strip_prefix('f').and_then(number) {
        return Some(r::f(n));
    }
    r::TABLE.find(name).map(|reg| reg.phys).filter(|reg| reg.0 < 64)
}
