//! What AArch64 asm constraints mean, and which registers a clobber list names.
//!
//! GCC manual, "Constraints for Particular Machines", AArch64 family; "Flag Output Operands".

use crate::operands::*;
use lathe_ir::{Opcode, Type, Value};
use lathe_isa::{PhysReg, RegSet};
use lathe_isa_aarch64::registers as r;
use lathe_isa_aarch64::{conditions, immediates};
use lathe_mach::select::Selector;
use lathe_mach::select::asm::Place;
use lathe_mach::select::constraints::{Allowed, ConstraintReader, is_address, same_as};

/// AArch64's constraints.
pub(crate) static READER: ConstraintReader = ConstraintReader {
    register,
    flag: |name| conditions::code_of(name.as_bytes()),
    alternative,
    memory: |_| Place::Memory,
    no_registers: &["fpsr"],
    restored: RegSet(1 << r::SP.0),
};

/// What one alternative allows.
fn alternative(cx: &Selector<'_>, text: &str, ty: Type, input: Option<Value>) -> Option<Place> {
    if let Some(place) = same_as(text) {
        return Some(place);
    }
    let constant = input.and_then(|value| cx.func.int_constant(value));
    let is_address = is_address(cx, input);
    let is_zero = constant == Some(0)
        || input.and_then(|value| cx.func.def_inst(value)).is_some_and(|inst| {
            let data = cx.func.inst(inst);
            data.opcode() == Opcode::Fconst && data.imm() == 0
        });
    let mut allowed = Allowed::NOTHING;
    let mut chars = text.chars();
    let is = |test: &dyn Fn(i64) -> bool| constant.is_some_and(test);
    while let Some(ch) = chars.next() {
        match ch {
            'r' | 'w' | 'x' | 'y' | 'X' => allowed.register(),
            'g' => {
                allowed.register();
                allowed.immediate |= constant.is_some();
            }
            'k' => allowed.place = Some(Place::Fixed(r::SP)),
            'm' | 'o' | 'V' | 'p' | 'Q' => allowed.memory = true,
            'U' => {
                // `Ush` and the other names of two more letters: symbols and memory forms.
                let rest: String = chars.by_ref().take(2).collect();
                if rest == "sh" {
                    allowed.immediate |= is_address;
                } else {
                    allowed.memory = true;
                }
            }
            'S' => allowed.immediate |= is_address,
            'i' | 'n' | 's' | 'F' | 'E' => {
                allowed.immediate |= constant.is_some() || (is_address && ch != 'n')
            }
            'I' => allowed.immediate |= is(&is_add_immediate),
            'J' => allowed.immediate |= is(&|c| c != i64::MIN && c < 0 && is_add_immediate(-c)),
            'K' => allowed.immediate |= is(&|c| is_logical_immediate(c, VIEW_W)),
            'L' => allowed.immediate |= is(&|c| is_logical_immediate(c, VIEW_X)),
            'M' => allowed.immediate |= is(&|c| is_move(c as u64, 32)),
            'N' => allowed.immediate |= is(&|c| is_move(c as u64, 64)),
            'Y' | 'Z' => allowed.immediate |= is_zero,
            _ => {}
        }
    }
    allowed.cheapest(crate::rules::register_class(ty).is_some())
}

/// Whether one `mov` makes a number.
fn is_move(value: u64, width: u32) -> bool {
    immediates::movz_immediate(value, width).is_some()
        || immediates::movn_immediate(value, width).is_some()
        || immediates::logical_immediate(value, width).is_some()
}

/// The register of a name as users write it, any width.
fn register(name: &str) -> Option<PhysReg> {
    let name = name.trim_start_matches(['%', '#']);
    match name {
        "fp" => return Some(r::FP),
        "lr" => return Some(r::LR),
        "ip0" => return Some(r::X16),
        "ip1" => return Some(r::X17),
        _ => {}
    }
    if let Some(number) = name.strip_prefix(['v', 'r']).and_then(|n| n.parse::<u8>().ok()) {
        let is_vector = name.starts_with('v');
        return match number {
            0..=31 if is_vector => Some(r::v(number)),
            0..=30 => Some(r::x(number)),
            _ => None,
        };
    }
    r::TABLE.find(name).map(|reg| reg.phys)
}
