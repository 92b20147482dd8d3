//! The instruction-row engine: one table row per instruction form serves encoder, assembly parser,
//! printer, decoder, range errors and register-allocation constraints.
//!
//! In: a target's tables (registers, operand kinds, rows, fixups), `static` data of an `isa-*`
//! crate, and concrete operands. Out: bytes with fixups ([`Encoded`]), text, or decoded rows.
//!
//! Everything above this floor talks to a target through the object-safe trait [`Isa`]. A machine
//! instruction is a [`RowId`] and at most [`MAX_OPERANDS`] [`Operand`]s in the order of the
//! manual (destination first, as in Intel syntax). The `RowId` names the *mnemonic*: it is the first row of
//! a group of rows with one mnemonic, and [`Isa::encode`] uses the first row of the group that
//! fits the operands, which is also what the assembler does; hence direct emission and assembling
//! the printed text give the same bytes.
//!
//! Read first: [`operand`], then [`row`], then [`isa`]; for an instruction set of fixed words, [`word`].
#![deny(missing_docs)]

pub mod encoded;
pub mod isa;
pub mod names;
pub mod object_rules;
pub mod operand;
pub mod registers;
pub mod relocation;
pub mod relocation_field;
pub mod row;
mod tables;
pub mod text;
pub mod word;

pub use encoded::{Encoded, Fixup, FixupInfo, FixupKind, FixupOverflow, Signedness};
pub use isa::{Decoded, EncodeError, Isa, ModifierInfo, SymbolNames, Syntax, Unfit};
pub use object_rules::{
    AttributeSection, FixupRule, LinkerRelaxation, MappingSymbols, ObjectRules, Tentative,
};
pub use operand::{Imm, MAX_OPERANDS, Mem, MemMode, Modifier, Operand, SymbolId, SymbolRef};
pub use registers::{PhysReg, Reg, RegClass, RegSet, RegisterInfo, RegisterTable};
pub use row::{Access, Facts, Kind, KindId, Mode, OperandSpec, Row, RowFlags, RowId, RowInfo};
