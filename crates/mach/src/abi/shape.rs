//! What a classifier says about a type: the pieces in which it travels.

use lathe_ir::Type;
use smallvec::SmallVec;

/// A sequence of registers that arguments are taken from.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Bank {
    /// General registers.
    Int,
    /// Float and vector registers.
    Vector,
    /// The x87 stack (results only).
    X87,
}

/// A part of a value that travels in one register.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Piece {
    /// Which registers.
    pub bank: Bank,
    /// The type that a register holds it as.
    pub ty: Type,
    /// Offset in the aggregate, in bytes (0 for a scalar, 8 for the upper half of an `i128`).
    pub offset: u32,
    /// Bytes of the aggregate that belong to it; at most the size of `ty`.
    pub bytes: u32,
}

/// How a value travels.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Passing {
    /// Not at all (empty aggregates).
    Nothing,
    /// In registers, one per piece, as long as there are enough.
    Registers,
    /// In the argument area of the stack (results: through a hidden pointer).
    Memory,
    /// As the address of a copy that the caller makes.
    Reference,
    /// In the argument area, one piece after the other, though the pieces are register values.
    Stack,
}

/// The outcome of classification.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Shape {
    /// How it travels.
    pub passing: Passing,
    /// The registers' contents when `passing` is `Registers`.
    pub pieces: SmallVec<[Piece; 2]>,
    /// Size in bytes.
    pub size: u64,
    /// Alignment in the argument area, in bytes, before rounding up to the slot size.
    pub align: u32,
    /// The pieces must start at an even register (AAPCS64 and LP64D for 16-byte aligned values).
    pub even_register: bool,
    /// Integer registers that it uses up without being in them (i386 `fastcall`).
    pub skipped_registers: u32,
}

impl Shape {
    /// Something without pieces.
    pub fn whole(passing: Passing, size: u64, align: u32) -> Shape {
        Shape { passing, pieces: SmallVec::new(), size, align, even_register: false, skipped_registers: 0 }
    }

    /// One register that holds a value of type `ty`.
    pub fn register(bank: Bank, ty: Type, bytes: u32, align: u32) -> Shape {
        let mut shape = Shape::whole(Passing::Registers, u64::from(bytes), align);
        shape.pieces.push(Piece { bank, ty, offset: 0, bytes });
        shape
    }
}

/// The integer type that holds `bytes` (1 to 8) bytes of an aggregate.
pub fn integer_piece_type(bytes: u32) -> Type {
    match bytes {
        1 => Type::I8,
        2 => Type::I16,
        3 | 4 => Type::I32,
        _ => Type::I64,
    }
}
