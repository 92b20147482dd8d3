//! What is known of the bits of a register above its value's own: whether they are zeros or copies of the sign.
//!
//! In: a legal function, and what each instruction of the target leaves in its register. Out: an [`Extent`] per value, with
//! which selection leaves out extensions. Block parameters join what their edges bring, optimistically at
//! first, until nothing changes.

use lathe_ir::{Entity, Function, Inst, Opcode, Type, Value};

/// A register's content. 64 in a field: nothing is known.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Extent {
    /// Bits from this one on are zero.
    pub zero: u8,
    /// Bits from this one on, and the one below, are equal.
    pub sign: u8,
}

impl Extent {
    /// Nothing is known.
    pub const UNKNOWN: Extent = Extent { zero: 64, sign: 64 };

    /// An unsigned number of so many bits.
    pub const fn unsigned(bits: u32) -> Extent {
        let bits = if bits > 64 { 64 } else { bits as u8 };
        Extent { zero: bits, sign: if bits < 64 { bits + 1 } else { 64 } }
    }

    /// A signed number of so many bits.
    pub const fn signed(bits: u32) -> Extent {
        Extent { zero: 64, sign: if bits > 64 { 64 } else { bits as u8 } }
    }

    /// A constant.
    pub const fn constant(value: i64) -> Extent {
        if value < 0 {
            Extent::signed(65 - value.leading_ones())
        } else {
            Extent::unsigned(64 - value.leading_zeros())
        }
    }

    /// What holds for both.
    #[must_use]
    pub fn join(self, other: Extent) -> Extent {
        Extent { zero: self.zero.max(other.zero), sign: self.sign.max(other.sign) }
    }

    /// What holds if both are said of one register.
    #[must_use]
    pub fn meet(self, other: Extent) -> Extent {
        let zero = self.zero.min(other.zero);
        let sign = self.sign.min(other.sign);
        Extent { zero, sign: if zero < 64 { sign.min(zero + 1) } else { sign } }
    }

    /// Whether the register is the zero extension of its low bits.
    pub const fn is_unsigned(self, bits: u32) -> bool {
        self.zero as u32 <= bits
    }

    /// Whether the register is the sign extension of its low bits.
    pub const fn is_signed(self, bits: u32) -> bool {
        self.sign as u32 <= bits
    }
}

/// Rounds in which block parameters may still change; then they are taken for unknown.
const ROUNDS: u32 = 3;

/// The extents of all values. `of_type` is what every register of a type satisfies, `of_result` what an instruction leaves in the
/// register of a result, given the extents of earlier values.
pub fn compute(
    func: &Function,
    of_type: &dyn Fn(Type) -> Extent,
    of_result: &dyn Fn(Inst, usize, &[Extent]) -> Extent,
) -> Vec<Extent> {
    let mut extents: Vec<Extent> = Vec::with_capacity(func.value_count());
    for index in 0..func.value_count() {
        extents.push(of_type(func.ty(Value(index as u32))));
    }
    let nothing = Extent { zero: 0, sign: 1 };
    let mut params = 0;
    for block in func.layout.iter().filter(|block| **block != func.entry()) {
        for param in &func.blocks[*block].params {
            if func.ty(*param).is_int_or_ptr() {
                extents[param.index()] = nothing;
                params += 1;
            }
        }
    }
    let rounds = if params == 0 { 1 } else { ROUNDS + 1 };
    for round in 0..rounds {
        let mut changed = false;
        for block in &func.layout {
            for inst in &func.blocks[*block].insts {
                for (number, result) in func.results(*inst).enumerate() {
                    let ty = func.ty(result);
                    if ty.is_int_or_ptr() {
                        let extent = of_result(*inst, number, &extents).meet(of_type(ty));
                        extents[result.index()] = extent;
                    }
                }
            }
            let Some(last) = func.terminator(*block) else { continue };
            let opaque = matches!(func.inst(last).opcode(), Opcode::Invoke | Opcode::InvokeIndirect);
            for call in func.block_calls_of(last) {
                let data = &func.block_calls[call];
                for (param, arg) in func.blocks[data.block].params.iter().zip(&data.args) {
                    let ty = func.ty(*param);
                    if !ty.is_int_or_ptr() {
                        continue;
                    }
                    let from = if opaque { of_type(ty) } else { extents[arg.index()] };
                    let old = extents[param.index()];
                    let new = old.join(from);
                    if new != old {
                        changed = true;
                        // Growing steps would take long to end.
                        extents[param.index()] = if round + 2 >= rounds { of_type(ty) } else { new };
                    }
                }
            }
        }
        if !changed {
            break;
        }
    }
    extents
}
