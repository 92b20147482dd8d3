//! The walk: gives each piece of each argument and result its register or stack offset.
//!
//! An [`Assignment`] is reused from call to call; it allocates only while it grows.

use super::shape::{Bank, Passing, Piece, Shape};
use super::table::{AbiTable, Classification, Overflow, StructReturn};
use lathe_ir::{Aggregate, AggregateData, EntityMap, ParamType, Signature, Type};
use lathe_isa::PhysReg;
use lathe_target::Target;

/// Where a piece is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
    /// In a register.
    Register(PhysReg),
    /// In the argument area, at this offset from its start (the stack pointer before the call).
    Stack(u32),
}

/// A piece with its place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Part {
    /// Register or stack offset.
    pub place: Place,
    /// What is there.
    pub piece: Piece,
}

/// How an argument or result travels.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Location {
    /// Not at all.
    Nothing,
    /// A scalar, or an aggregate in pieces: `parts[first .. first + count]`.
    Parts {
        /// Index of the first.
        first: u32,
        /// How many.
        count: u32,
    },
    /// An aggregate, or a scalar that always travels in memory (`f80`), in the argument area.
    Stack {
        /// Offset from the start of the area.
        offset: u32,
        /// Size in bytes, without rounding.
        size: u32,
    },
    /// The address of a copy; the address itself is `parts[first]`.
    Reference {
        /// Index of the part with the address.
        first: u32,
    },
    /// A result written to the address that the caller passed.
    HiddenPointer,
}

/// The outcome for a signature.
#[derive(Default, Debug)]
pub struct Assignment {
    /// By parameter of the signature.
    pub params: Vec<Location>,
    /// By result.
    pub results: Vec<Location>,
    /// All parts.
    pub parts: Vec<Part>,
    /// The place of the hidden result address.
    pub hidden_pointer: Option<Place>,
    /// Integer argument registers used.
    pub int_used: u32,
    /// Vector argument registers used.
    pub vector_used: u32,
    /// Bytes of the argument area, rounded up to slots.
    pub stack_bytes: u32,
    /// Alignment of the argument area when it is more than the convention's.
    pub stack_align: u32,
    /// Bytes of the argument area that the callee removes.
    pub callee_pops: u32,
}

/// Registers and stack taken so far.
struct Cursor {
    int: usize,
    vector: usize,
    x87: usize,
    stack: u64,
}

impl Cursor {
    const START: Cursor = Cursor { int: 0, vector: 0, x87: 0, stack: 0 };

    fn stack_place(&mut self, size: u64, align: u32, slot: u32) -> u32 {
        let align = u64::from(align.max(slot));
        let offset = self.stack.next_multiple_of(align);
        self.stack = (offset + size).next_multiple_of(u64::from(slot));
        u32::try_from(offset).unwrap_or(u32::MAX)
    }
}

impl Assignment {
    /// Assigns a signature's parameters and results; parameters past the named ones travel as
    /// variable arguments.
    pub fn assign(
        &mut self,
        table: &AbiTable,
        aggregates: &EntityMap<Aggregate, AggregateData>,
        target: &Target,
        signature: &Signature,
    ) {
        let table = if signature.variadic { table.variadic.unwrap_or(table) } else { table };
        self.params.clear();
        self.results.clear();
        self.parts.clear();
        self.hidden_pointer = None;
        self.stack_align = table.stack_align;
        let mut context = Classification {
            aggregates,
            target,
            is_result: true,
            is_variadic: false,
            int_left: table.int_results.len(),
            vector_left: table.vector_results.len(),
        };
        self.assign_results(table, &context, signature);
        context.is_result = false;
        let mut cursor = Cursor::START;
        if self.results.contains(&Location::HiddenPointer) {
            self.hidden_pointer = Some(match table.struct_return {
                StructReturn::Register(register) => Place::Register(register),
                StructReturn::FirstArgument => match table.int_args.first() {
                    Some(register) => {
                        cursor.int = 1;
                        Place::Register(*register)
                    }
                    None => Place::Stack(cursor.stack_place(
                        u64::from(table.slot_bytes),
                        table.slot_bytes,
                        table.slot_bytes,
                    )),
                },
            });
        }
        let named = signature.named_count();
        for (index, param) in signature.params.iter().enumerate() {
            context.is_variadic = index >= named;
            if param.is_static_chain {
                let piece = scalar_piece(Type::PTR, table.slot_bytes);
                let first = self.push(Place::Register(table.static_chain), piece);
                self.params.push(Location::Parts { first, count: 1 });
            } else {
                context.int_left = table.int_args.len().saturating_sub(cursor.int);
                context.vector_left = table.vector_args.len().saturating_sub(cursor.vector);
                let shape = table.shape(&context, param);
                let is_aggregate = matches!(param.ty, ParamType::Aggregate(_));
                let location = self.place_argument(table, &mut cursor, &shape, is_aggregate);
                self.params.push(location);
            }
        }
        self.int_used = cursor.int as u32;
        self.vector_used = cursor.vector as u32;
        self.stack_bytes = u32::try_from(cursor.stack).unwrap_or(u32::MAX);
        self.callee_pops = match self.hidden_pointer {
            _ if table.callee_pops => self.stack_bytes,
            Some(Place::Stack(_)) if table.pops_hidden_pointer => table.slot_bytes,
            _ => 0,
        };
    }

    /// How many IR values travel for a parameter or result of this type, the first of which has type `first`:
    /// several for an integer that legalization has split.
    pub fn value_count(ty: ParamType, first: Type) -> usize {
        match ty {
            ParamType::Scalar(ty) if ty != first && ty.is_int() && first.is_int() => {
                (ty.lane_bits(64) / first.lane_bits(64)).max(1) as usize
            }
            _ => 1,
        }
    }

    /// The parts of a location.
    pub fn parts_of(&self, location: Location) -> &[Part] {
        match location {
            Location::Parts { first, count } => &self.parts[first as usize..(first + count) as usize],
            Location::Reference { first } => &self.parts[first as usize..first as usize + 1],
            _ => &[],
        }
    }

    fn push(&mut self, place: Place, piece: Piece) -> u32 {
        self.parts.push(Part { place, piece });
        self.parts.len() as u32 - 1
    }

    fn assign_results(&mut self, table: &AbiTable, context: &Classification<'_>, signature: &Signature) {
        let mut cursor = Cursor::START;
        for result in &signature.results {
            let shape = table.shape(context, result);
            let location = match shape.passing {
                Passing::Nothing => Location::Nothing,
                Passing::Memory | Passing::Reference | Passing::Stack => Location::HiddenPointer,
                Passing::Registers => {
                    let first = self.parts.len() as u32;
                    let mut fits = true;
                    for piece in &shape.pieces {
                        match take(table, &mut cursor, piece.bank, true) {
                            Some(register) => {
                                self.push(Place::Register(register), *piece);
                            }
                            None => fits = false,
                        }
                    }
                    if fits {
                        Location::Parts { first, count: shape.pieces.len() as u32 }
                    } else {
                        self.parts.truncate(first as usize);
                        Location::HiddenPointer
                    }
                }
            };
            self.results.push(location);
        }
    }

    fn place_argument(
        &mut self,
        table: &AbiTable,
        cursor: &mut Cursor,
        shape: &Shape,
        is_aggregate: bool,
    ) -> Location {
        match shape.passing {
            Passing::Nothing => Location::Nothing,
            Passing::Memory => {
                cursor.int = (cursor.int + shape.skipped_registers as usize).min(table.int_args.len());
                self.place_on_stack(table, cursor, shape)
            }
            Passing::Stack => {
                cursor.int = (cursor.int + shape.skipped_registers as usize).min(table.int_args.len());
                self.place_pieces_on_stack(table, cursor, shape)
            }
            Passing::Reference => {
                let piece = scalar_piece(Type::PTR, table.slot_bytes);
                let place = match take(table, cursor, Bank::Int, false) {
                    Some(register) => Place::Register(register),
                    None => Place::Stack(cursor.stack_place(
                        u64::from(table.slot_bytes),
                        table.slot_bytes,
                        table.slot_bytes,
                    )),
                };
                Location::Reference { first: self.push(place, piece) }
            }
            Passing::Registers => self.place_pieces(table, cursor, shape, is_aggregate),
        }
    }

    fn place_pieces(
        &mut self,
        table: &AbiTable,
        cursor: &mut Cursor,
        shape: &Shape,
        is_aggregate: bool,
    ) -> Location {
        let need = |bank: Bank| shape.pieces.iter().filter(|p| p.bank == bank).count();
        let (int, vector) = (need(Bank::Int), need(Bank::Vector));
        if shape.even_register && !cursor.int.is_multiple_of(2) {
            cursor.int += 1;
        }
        let fits = cursor.int + int <= table.int_args.len()
            && cursor.vector + vector <= table.vector_args.len()
            && need(Bank::X87) == 0;
        let none_left = cursor.int >= table.int_args.len() && vector == 0;
        if !fits && (table.overflow != Overflow::Split || none_left) {
            if table.overflow == Overflow::WholeAndExhaust {
                if int > 0 {
                    cursor.int = table.int_args.len();
                }
                if vector > 0 {
                    cursor.vector = table.vector_args.len();
                }
            }
            if is_aggregate {
                return self.place_on_stack(table, cursor, shape);
            }
            return self.place_pieces_on_stack(table, cursor, shape);
        }
        let first = self.parts.len() as u32;
        for piece in &shape.pieces {
            let place = match take(table, cursor, piece.bank, false) {
                Some(register) => Place::Register(register),
                None => Place::Stack(cursor.stack_place(
                    u64::from(piece.bytes),
                    table.slot_bytes,
                    table.slot_bytes,
                )),
            };
            self.push(place, *piece);
        }
        Location::Parts { first, count: shape.pieces.len() as u32 }
    }

    fn place_pieces_on_stack(&mut self, table: &AbiTable, cursor: &mut Cursor, shape: &Shape) -> Location {
        let offset = cursor.stack_place(shape.size, shape.align, table.slot_bytes);
        self.stack_align = self.stack_align.max(shape.align);
        let first = self.parts.len() as u32;
        for piece in &shape.pieces {
            self.push(Place::Stack(offset.saturating_add(piece.offset)), *piece);
        }
        Location::Parts { first, count: shape.pieces.len() as u32 }
    }

    fn place_on_stack(&mut self, table: &AbiTable, cursor: &mut Cursor, shape: &Shape) -> Location {
        let offset = cursor.stack_place(shape.size, shape.align, table.slot_bytes);
        self.stack_align = self.stack_align.max(shape.align);
        Location::Stack { offset, size: u32::try_from(shape.size).unwrap_or(u32::MAX) }
    }
}

fn scalar_piece(ty: Type, bytes: u32) -> Piece {
    Piece { bank: Bank::Int, ty, offset: 0, bytes }
}

fn take(table: &AbiTable, cursor: &mut Cursor, bank: Bank, is_result: bool) -> Option<PhysReg> {
    let (registers, next) = match (bank, is_result) {
        (Bank::Int, false) => (table.int_args, &mut cursor.int),
        (Bank::Vector, false) => (table.vector_args, &mut cursor.vector),
        (Bank::X87, false) => return None,
        (Bank::Int, true) => (table.int_results, &mut cursor.int),
        (Bank::Vector, true) => (table.vector_results, &mut cursor.vector),
        (Bank::X87, true) => (table.x87_results, &mut cursor.x87),
    };
    let register = registers.get(*next).copied()?;
    *next += 1;
    Some(register)
}
