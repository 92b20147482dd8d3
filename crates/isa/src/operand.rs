//! Concrete operands: what the code generator and the assembly parser hand to the encoder.
//!
//! All are `Copy` and small (an [`Operand`] is 24 bytes). Symbols are opaque numbers that `mc`
//! gives out.

use crate::registers::Reg;
use std::num::NonZeroU32;

/// The most operands that any row has.
pub const MAX_OPERANDS: usize = 5;

/// A symbol or an expression (`a-b+3`) of the `mc` layer; opaque here.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct SymbolId(NonZeroU32);

impl SymbolId {
    /// The id of the symbol at an index of its owner's table (below `u32::MAX`).
    pub const fn from_index(index: u32) -> SymbolId {
        match NonZeroU32::new(index.wrapping_add(1)) {
            Some(id) => SymbolId(id),
            None => panic!("symbol table holds 2^32 symbols"),
        }
    }

    /// The index in the owner's table.
    pub const fn index(self) -> u32 {
        self.0.get() - 1
    }
}

/// How a symbol is to be addressed: `@PLT`, `@GOTPCREL`, `:lo12:` … An index into
/// [`crate::Isa::modifiers`]; 0 is "plain" on every target.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
pub struct Modifier(pub u8);

impl Modifier {
    /// The address itself.
    pub const NONE: Modifier = Modifier(0);
}

/// `symbol@modifier + addend`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct SymbolRef {
    /// Added to the symbol's value.
    pub addend: i64,
    /// The symbol or `mc` expression.
    pub symbol: SymbolId,
    /// How it is addressed.
    pub modifier: Modifier,
}

impl SymbolRef {
    /// The plain address of a symbol.
    pub const fn plain(symbol: SymbolId) -> SymbolRef {
        SymbolRef { addend: 0, symbol, modifier: Modifier::NONE }
    }

    /// The address of a symbol through a modifier.
    pub const fn through(symbol: SymbolId, modifier: Modifier) -> SymbolRef {
        SymbolRef { addend: 0, symbol, modifier }
    }

    /// The same, `bytes` further on.
    #[must_use]
    pub const fn plus(self, bytes: i64) -> SymbolRef {
        SymbolRef { addend: self.addend.wrapping_add(bytes), ..self }
    }
}

/// An immediate or a displacement.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Imm {
    /// A number.
    Int(i64),
    /// Known when linked or laid out.
    Symbol(SymbolRef),
}

impl Imm {
    /// Zero.
    pub const ZERO: Imm = Imm::Int(0);
}

/// What else a memory operand does.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug)]
#[repr(u8)]
pub enum MemMode {
    /// `[base + …]`.
    #[default]
    Offset,
    /// AArch64 `[base, #n]!`.
    PreIndex,
    /// AArch64 `[base], #n`.
    PostIndex,
    /// AVX-512 `{1toN}`: one element, repeated.
    Broadcast,
    /// AArch64 `[base, index, sxtw #n]`.
    SignExtendedIndex,
}

/// A memory operand: `segment:displacement(base, index << scale_log2)`.
///
/// On x86 `base` may be the instruction pointer ([`crate::RegClass::Pc`]); a symbol displacement is
/// then the symbol's address, not a distance, as in GNU as.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Mem {
    /// Constant or symbol part.
    pub displacement: Imm,
    /// Base register or `Reg::NONE`.
    pub base: Reg,
    /// Index register or `Reg::NONE`.
    pub index: Reg,
    /// Segment override (x86) or `PhysReg` 255.
    pub segment: crate::PhysReg,
    /// log2 of the factor of `index`: 0 to 3.
    pub scale_log2: u8,
    /// Size as written (`dword ptr`), in units of the target (x86: bytes), 0 when not said.
    pub size: u8,
    /// Write-back, broadcast, index extension.
    pub mode: MemMode,
}

impl Mem {
    /// `[nothing]`: displacement 0, no registers. Fill in fields with struct update.
    pub const NONE: Mem = Mem {
        displacement: Imm::ZERO,
        base: Reg::NONE,
        index: Reg::NONE,
        segment: crate::PhysReg::NONE,
        scale_log2: 0,
        size: 0,
        mode: MemMode::Offset,
    };

    /// `displacement(base)`.
    pub const fn base(base: Reg, displacement: i64) -> Mem {
        Mem { base, displacement: Imm::Int(displacement), ..Mem::NONE }
    }

    /// `displacement(base, index, 1 << scale_log2)`.
    pub const fn indexed(base: Reg, index: Reg, scale_log2: u8, displacement: i64) -> Mem {
        Mem { base, index, scale_log2, displacement: Imm::Int(displacement), ..Mem::NONE }
    }

    /// `symbol(base)`; with the instruction pointer as base, a PC-relative address.
    pub const fn symbol(base: Reg, symbol: SymbolRef) -> Mem {
        Mem { base, displacement: Imm::Symbol(symbol), ..Mem::NONE }
    }
}

/// One operand.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Operand {
    /// Absent: fills arrays.
    None,
    /// A register.
    Reg(Reg),
    /// A constant.
    Imm(Imm),
    /// Memory.
    Mem(Mem),
    /// A branch target.
    Label(SymbolRef),
    /// A write mask with or without zeroing (AVX-512 `{%k1}{z}`).
    Mask(Reg, bool),
    /// Static rounding or exception suppression (AVX-512 `{rn-sae}`): the target's code.
    Rounding(u8),
    /// A condition of the target (AArch64 `csel … eq`).
    Cond(u8),
    /// A shift or extension of the register before it (AArch64 `lsl #3`, `uxtw #2`): the target's code and the bits.
    Shift {
        /// The target's code.
        kind: u8,
        /// By how many bits.
        amount: u8,
    },
    /// Always last: prefixes written before the mnemonic (x86 `lock`, `rep`, `notrack`), the target's bits.
    Prefixes(u16),
}

impl Operand {
    /// A number.
    pub const fn int(value: i64) -> Operand {
        Operand::Imm(Imm::Int(value))
    }
}

const _: () = assert!(size_of::<Operand>() == 24);
