//! The calling convention: Procedure Call Standard for the Arm 64-bit Architecture (AAPCS64) 2024Q3, section 6.
//!
//! In: a type. Out: its pieces. The walk over registers is [`lathe_mach::abi`]'s; "exhausting" a bank (rules C.4, C.13)
//! and rounding to even registers (C.10) are data here. Variadic arguments travel like named ones.

use lathe_ir::{Aggregate, AggregateKind, FieldType, ParamType, Type};
use lathe_isa::{PhysReg, RegSet};
use lathe_isa_aarch64::registers as r;
use lathe_mach::abi::{
    AbiTable, Bank, Classification, Overflow, Passing, Piece, Shape, StructReturn, VaListKind,
    integer_piece_type,
};

static INT_REGISTERS: [PhysReg; 8] = [r::x(0), r::x(1), r::x(2), r::x(3), r::x(4), r::x(5), r::x(6), r::x(7)];
static VECTOR_REGISTERS: [PhysReg; 8] =
    [r::v(0), r::v(1), r::v(2), r::v(3), r::v(4), r::v(5), r::v(6), r::v(7)];

/// Bits `first..=last` of the integer registers.
const fn x_range(first: u8, last: u8) -> RegSet {
    let mut set = RegSet::NONE;
    let mut n = first;
    while n <= last {
        set = set.with(r::x(n));
        n += 1;
    }
    set
}

/// Vector registers `first..=last`.
pub(crate) const fn v_range(first: u8, last: u8) -> RegSet {
    let mut set = RegSet::NONE;
    let mut n = first;
    while n <= last {
        set = set.with(r::v(n));
        n += 1;
    }
    set
}

/// Registers that a C function may change (6.1.1, 6.1.2), and the link register, which the call itself writes.
pub const CALL_CLOBBERS: RegSet =
    x_range(0, 18).union(v_range(0, 7)).union(v_range(16, 31)).with(r::LR).with(r::NZCV);

/// Registers that a function preserves: `x19`-`x29`, the link register (as far as its caller can see), and the low halves of
/// `v8`-`v15`.
pub const CALLEE_SAVED: RegSet = x_range(19, 30).union(v_range(8, 15));

/// AAPCS64.
pub static AAPCS64: AbiTable = AbiTable {
    name: "AAPCS64",
    int_args: &INT_REGISTERS,
    vector_args: &VECTOR_REGISTERS,
    int_results: &INT_REGISTERS,
    vector_results: &VECTOR_REGISTERS,
    x87_results: &[],
    static_chain: r::X18,
    vector_count: None,
    struct_return: StructReturn::Register(r::X8),
    overflow: Overflow::WholeAndExhaust,
    slot_bytes: 8,
    stack_align: 16,
    clobbers: CALL_CLOBBERS,
    callee_pops: false,
    pops_hidden_pointer: false,
    variadic: None,
    va_list: VaListKind::Aapcs64,
    save_area_bytes: 192,
    classify,
};

/// Most members of a homogeneous aggregate (5.9.5.1).
const MAX_MEMBERS: u64 = 4;
/// Nesting of aggregates that is looked into; deeper ones cannot come from a checked C program.
const MAX_DEPTH: u32 = 64;

fn classify(context: &Classification<'_>, ty: ParamType) -> Shape {
    match ty {
        ParamType::Scalar(ty) => classify_scalar(context, ty),
        ParamType::Aggregate(id) => classify_aggregate(context, id),
    }
}

/// Whether a type is a member of homogeneous aggregates: a float, or a short vector.
fn is_homogeneous_member(context: &Classification<'_>, ty: Type) -> bool {
    let size = ty.bytes(&context.target.layout);
    if ty.is_vector() { size == 8 || size == 16 } else { ty.is_float() }
}

fn classify_scalar(context: &Classification<'_>, ty: Type) -> Shape {
    let layout = ty.layout(&context.target.layout);
    if is_homogeneous_member(context, ty) {
        return Shape::register(Bank::Vector, ty, layout.size, layout.align.min(16));
    }
    if layout.size > 16 {
        return Shape::whole(Passing::Reference, u64::from(layout.size), layout.align);
    }
    if ty == Type::I128 {
        return in_integers(16, 16);
    }
    if ty.is_vector() {
        // Smaller than a short vector: like an integer of that size.
        return Shape::register(Bank::Int, integer_piece_type(layout.size), layout.size, layout.align);
    }
    Shape::register(Bank::Int, ty, layout.size, layout.align)
}

/// So many bytes (up to 16) in integer registers.
fn in_integers(size: u64, align: u32) -> Shape {
    let mut shape = Shape::whole(Passing::Registers, size, align);
    shape.even_register = align >= 16;
    let mut offset = 0;
    while offset < size {
        let bytes = (size - offset).min(8) as u32;
        shape.pieces.push(Piece {
            bank: Bank::Int,
            ty: integer_piece_type(bytes),
            offset: offset as u32,
            bytes,
        });
        offset += 8;
    }
    shape
}

fn classify_aggregate(context: &Classification<'_>, id: Aggregate) -> Shape {
    let Some(data) = context.aggregates.get(id) else { return Shape::whole(Passing::Nothing, 0, 1) };
    if data.size == 0 {
        return Shape::whole(Passing::Nothing, 0, 1);
    }
    let align = natural_align(context, id);
    if let Some((ty, count)) = homogeneous(context, id, 0)
        && (1..=MAX_MEMBERS).contains(&count)
    {
        let bytes = ty.bytes(&context.target.layout);
        let mut shape = Shape::whole(Passing::Registers, data.size, align);
        for index in 0..count as u32 {
            shape.pieces.push(Piece { bank: Bank::Vector, ty, offset: index * bytes, bytes });
        }
        return shape;
    }
    if data.transparent
        && let Some(FieldType::Scalar(ty)) = data.fields.first().map(|field| field.ty)
    {
        return classify_scalar(context, ty);
    }
    if data.size > 16 {
        return Shape::whole(Passing::Reference, data.size, data.align);
    }
    in_integers(data.size, align)
}

/// The natural alignment of an aggregate (5.9.4): that of its members, whatever the aggregate itself was declared to
/// have; at most 16 (rule C.14).
fn natural_align(context: &Classification<'_>, id: Aggregate) -> u32 {
    let Some(data) = context.aggregates.get(id) else { return 1 };
    let mut align = 1;
    for field in &data.fields {
        let own = match field.ty {
            FieldType::Scalar(ty) => ty.layout(&context.target.layout).align,
            FieldType::Aggregate(inner) => context.aggregates.get(inner).map_or(1, |inner| inner.align),
        };
        align = align.max(own);
    }
    align.min(data.align).clamp(1, 16)
}

/// Member type and number of members of a homogeneous aggregate (5.9.5): `None` when it is not one. Zero members are
/// possible: nested empty structures.
fn homogeneous(context: &Classification<'_>, id: Aggregate, depth: u32) -> Option<(Type, u64)> {
    let data = context.aggregates.get(id)?;
    if depth > MAX_DEPTH {
        return None;
    }
    let mut member: Option<Type> = None;
    let mut count = 0u64;
    for field in &data.fields {
        let (ty, own) = match field.ty {
            _ if field.count == 0 => continue,
            FieldType::Scalar(_) if field.bit_field.is_some() => return None,
            FieldType::Scalar(ty) => {
                if !is_homogeneous_member(context, ty) {
                    return None;
                }
                (ty, field.count)
            }
            FieldType::Aggregate(inner) => {
                let empty = context.aggregates.get(inner).is_some_and(|inner| inner.size == 0);
                if empty {
                    continue;
                }
                let (ty, inner) = homogeneous(context, inner, depth + 1)?;
                (ty, inner.checked_mul(field.count)?)
            }
        };
        // Vectors of one size count as one type.
        let same = |a: Type, b: Type| {
            a == b || a.is_vector() && b.is_vector() && size(context, a) == size(context, b)
        };
        if member.is_some_and(|known| !same(known, ty)) {
            return None;
        }
        member = member.or(Some(ty));
        count = if data.kind == AggregateKind::Union { count.max(own) } else { count.checked_add(own)? };
        if count > MAX_MEMBERS {
            return None;
        }
    }
    let member = member?;
    // No padding.
    (data.size == count * u64::from(size(context, member))).then_some((member, count))
}

fn size(context: &Classification<'_>, ty: Type) -> u32 {
    ty.bytes(&context.target.layout)
}
