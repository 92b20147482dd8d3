//! The calling convention LP64D: RISC-V ELF psABI 1.0, "Procedure Calling Convention".
//!
//! In: a type. Out: its pieces. The walk over registers is [`lathe_mach::abi`]'s. A structure of one or two floats, or of a
//! float and an integer, is flattened into registers of both kinds as long as both are left ("Hardware
//! Floating-point Calling Convention"); everything else, and every variable argument, travels as integers.

use lathe_ir::{Aggregate, AggregateData, AggregateKind, FieldType, ParamType, Type};
use lathe_isa::{PhysReg, RegSet};
use lathe_isa_riscv::registers as r;
use lathe_mach::abi::{
    AbiTable, Bank, Classification, Overflow, Passing, Piece, Shape, StructReturn, VaListKind,
    integer_piece_type,
};

static INT_ARGS: [PhysReg; 8] = [r::A0, r::A1, r::A2, r::A3, r::A4, r::A5, r::A6, r::A7];
static FLOAT_ARGS: [PhysReg; 8] = [r::FA0, r::FA1, r::FA2, r::FA3, r::FA4, r::FA5, r::FA6, r::FA7];
// C uses the first two of each; the rest are for functions with more results, which C does not have.
static INT_RESULTS: [PhysReg; 6] = [r::A0, r::A1, r::A2, r::A3, r::A4, r::A5];
static FLOAT_RESULTS: [PhysReg; 4] = [r::FA0, r::FA1, r::FA2, r::FA3];

const fn range(first: PhysReg, last: PhysReg) -> RegSet {
    let mut set = RegSet::NONE;
    let mut n = first.0;
    while n <= last.0 {
        set = set.with(PhysReg(n));
        n += 1;
    }
    set
}

/// Registers that a function preserves; the return address, too, as far as its body can see.
pub const CALLEE_SAVED: RegSet = range(r::S0, r::S1)
    .union(range(r::S2, r::S11))
    .union(range(r::FS0, r::FS1))
    .union(range(r::FS2, r::FS11))
    .with(r::RA);

/// Registers that a call may change.
pub const CALL_CLOBBERS: RegSet = range(r::T0, r::T2)
    .union(range(r::A0, r::A7))
    .union(range(r::T3, r::T6))
    .union(range(r::FT0, r::FT7))
    .union(range(r::FA0, r::FA7))
    .union(range(r::FT8, r::FT11))
    .with(r::RA);

/// LP64D.
pub static LP64D: AbiTable = AbiTable {
    name: "LP64D",
    int_args: &INT_ARGS,
    vector_args: &FLOAT_ARGS,
    int_results: &INT_RESULTS,
    vector_results: &FLOAT_RESULTS,
    x87_results: &[],
    static_chain: r::T2,
    vector_count: None,
    struct_return: StructReturn::FirstArgument,
    overflow: Overflow::Split,
    slot_bytes: 8,
    stack_align: 16,
    clobbers: CALL_CLOBBERS,
    callee_pops: false,
    pops_hidden_pointer: false,
    variadic: None,
    va_list: VaListKind::Pointer,
    save_area_bytes: 64,
    classify,
};

/// Nesting of aggregates that is looked into; deeper ones cannot come from a checked C program.
const MAX_DEPTH: u32 = 64;

fn classify(context: &Classification<'_>, ty: ParamType) -> Shape {
    match ty {
        ParamType::Scalar(ty) => classify_scalar(context, ty),
        ParamType::Aggregate(id) => match context.aggregates.get(id) {
            Some(data) => classify_aggregate(context, id, data),
            None => Shape::whole(Passing::Nothing, 0, 1),
        },
    }
}

fn is_hardware_float(ty: Type) -> bool {
    ty == Type::F32 || ty == Type::F64
}

fn classify_scalar(context: &Classification<'_>, ty: Type) -> Shape {
    let layout = ty.layout(&context.target.layout);
    if is_hardware_float(ty) && !context.is_variadic && context.vector_left > 0 {
        return Shape::register(Bank::Vector, ty, layout.size, layout.align);
    }
    if layout.size <= 8 && !ty.is_vector() {
        // All of the register counts: an integer is extended to it.
        let mut shape = Shape::register(Bank::Int, Type::I64, 8, 8);
        shape.size = 8;
        return shape;
    }
    in_integers(context, u64::from(layout.size), layout.align)
}

/// "Integer Calling Convention": up to two registers, else by reference.
fn in_integers(context: &Classification<'_>, size: u64, align: u32) -> Shape {
    if size == 0 {
        return Shape::whole(Passing::Nothing, 0, 1);
    }
    let mut shape = Shape::whole(Passing::Registers, size, align.clamp(8, 16));
    if size > 16 {
        shape.passing = Passing::Reference;
        return shape;
    }
    shape.even_register = context.is_variadic && align >= 16;
    let mut offset = 0;
    while offset < size {
        let bytes = (size - offset).min(8) as u32;
        let ty = integer_piece_type(bytes);
        shape.pieces.push(Piece { bank: Bank::Int, ty, offset: offset as u32, bytes });
        offset += 8;
    }
    shape
}

fn classify_aggregate(context: &Classification<'_>, id: Aggregate, data: &AggregateData) -> Shape {
    if data.transparent
        && let Some(first) = data.fields.first()
    {
        return match first.ty {
            FieldType::Scalar(ty) => classify_scalar(context, ty),
            FieldType::Aggregate(inner) => classify(context, ParamType::Aggregate(inner)),
        };
    }
    if let Some(shape) = flattened(context, id, data) {
        return shape;
    }
    in_integers(context, data.size, data.align)
}

/// What a structure is made of, as far as that matters.
#[derive(Default)]
struct Members {
    pieces: [Option<Piece>; 2],
    count: usize,
}

impl Members {
    /// Adds a member; `false` when there are too many.
    fn push(&mut self, piece: Piece) -> bool {
        if let Some(place) = self.pieces.get_mut(self.count) {
            *place = Some(piece);
        }
        self.count += 1;
        self.count <= 2
    }
}

/// The pieces of a structure that goes to float registers, if it is one and enough registers are left.
fn flattened(context: &Classification<'_>, id: Aggregate, data: &AggregateData) -> Option<Shape> {
    if context.is_variadic {
        return None;
    }
    let mut members = Members::default();
    if !collect(context, id, 0, 0, &mut members) || members.count == 0 {
        return None;
    }
    let pieces = || members.pieces.iter().flatten();
    let floats = pieces().filter(|piece| piece.bank == Bank::Vector).count();
    let integers = members.count - floats;
    if floats == 0 || floats > context.vector_left || integers > context.int_left {
        return None;
    }
    let mut shape = Shape::whole(Passing::Registers, data.size, data.align);
    shape.pieces.extend(pieces().copied());
    if let [float, integer] = &mut shape.pieces[..]
        && integer.bank == Bank::Int
        && integer.offset < float.offset + float.bytes
    {
        // A bit-field whose unit begins before it does.
        integer.offset = float.offset + float.bytes;
    }
    Some(shape)
}

/// Collects the members of an aggregate; `false` when they cannot be flattened. As in GCC: empty structures and bit-fields
/// without width do not count; unions, pointers, arrays of nothing are not flattened.
fn collect(
    context: &Classification<'_>,
    id: Aggregate,
    base: u64,
    depth: u32,
    members: &mut Members,
) -> bool {
    let Some(data) = context.aggregates.get(id) else { return false };
    if depth > MAX_DEPTH || data.kind == AggregateKind::Union {
        return false;
    }
    data.fields.iter().all(|field| {
        let offset = base + field.offset;
        if field.bit_field == Some(0) {
            return true;
        }
        if let (Some(width), 2..) = (field.bit_field, field.count) {
            // Bytes that one bit-field touches.
            return scalar(Type::I8, 1, offset, Some(width), members);
        }
        if field.count > 2 {
            return false;
        }
        (0..field.count).all(|index| match field.ty {
            FieldType::Scalar(ty) => {
                let size = ty.bytes(&context.target.layout);
                scalar(ty, size, offset + index * u64::from(size), field.bit_field, members)
            }
            FieldType::Aggregate(inner) => {
                let size = context.aggregates.get(inner).map_or(0, |inner| inner.size);
                let before = members.count;
                collect(context, inner, offset + index * size, depth + 1, members)
                    && (field.count == 1 || members.count > before)
            }
        })
    })
}

fn scalar(ty: Type, size: u32, offset: u64, bit_field: Option<u8>, members: &mut Members) -> bool {
    let is_float = is_hardware_float(ty);
    if !is_float && (size > 8 || ty == Type::PTR || ty.is_vector() || ty.is_float()) {
        return false;
    }
    let Ok(offset) = u32::try_from(offset) else { return false };
    if is_float {
        return members.push(Piece { bank: Bank::Vector, ty, offset, bytes: size });
    }
    let bytes = bit_field.map_or(size, |width| u32::from(width).div_ceil(8).next_power_of_two());
    members.push(Piece { bank: Bank::Int, ty: integer_piece_type(bytes), offset, bytes })
}
