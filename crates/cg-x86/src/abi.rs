//! Calling conventions of x86-64: System V ABI, AMD64 supplement 1.0, section 3.2.3.
//!
//! In: a type. Out: its eightbytes as [`Piece`]s. The walk over registers is
//! [`lathe_mach::abi`]'s. Checked against gcc's objects by `tests/abi.rs`.

use lathe_ir::{Aggregate, AggregateData, AggregateKind, FieldType, ParamType, Type};
use lathe_isa::{PhysReg, RegSet};
use lathe_isa_x86::registers as r;
use lathe_mach::abi::{
    AbiTable, Bank, Classification, Overflow, Passing, Piece, Shape, StructReturn, VaListKind,
    integer_piece_type,
};
use lathe_target::features::Feature;

static INT_ARGS: [PhysReg; 6] = [r::RDI, r::RSI, r::RDX, r::RCX, r::R8, r::R9];
static VECTOR_ARGS: [PhysReg; 8] =
    [r::xmm(0), r::xmm(1), r::xmm(2), r::xmm(3), r::xmm(4), r::xmm(5), r::xmm(6), r::xmm(7)];
// C uses the first two of each; the rest are for functions with more results, which C does not have.
static INT_RESULTS: [PhysReg; 6] = [r::RAX, r::RDX, r::RCX, r::RSI, r::RDI, r::R8];
static VECTOR_RESULTS: [PhysReg; 4] = [r::xmm(0), r::xmm(1), r::xmm(2), r::xmm(3)];
static X87_RESULTS: [PhysReg; 2] = [r::ST0, PhysReg(r::ST0.0 + 1)];

const fn vectors() -> RegSet {
    RegSet(0xffff_ffff << r::XMM0.0)
}

/// Registers that a C function may change: all but `rbx rsp rbp r12-r15`.
pub const CALL_CLOBBERS: RegSet =
    r::set(&[r::RAX, r::RCX, r::RDX, r::RSI, r::RDI, r::R8, r::R9, r::R10, r::R11, r::FLAGS])
        .union(vectors())
        .union(RegSet(0xffff << r::ST0.0))
        .union(RegSet(0xff << r::K0.0));

/// System V x86-64.
pub static SYSTEM_V_64: AbiTable = AbiTable {
    name: "System V x86-64",
    int_args: &INT_ARGS,
    vector_args: &VECTOR_ARGS,
    int_results: &INT_RESULTS,
    vector_results: &VECTOR_RESULTS,
    x87_results: &X87_RESULTS,
    static_chain: r::R10,
    vector_count: Some(r::RAX),
    struct_return: StructReturn::FirstArgument,
    overflow: Overflow::Whole,
    slot_bytes: 8,
    stack_align: 16,
    clobbers: CALL_CLOBBERS,
    callee_pops: false,
    pops_hidden_pointer: false,
    variadic: None,
    va_list: VaListKind::SystemV64,
    save_area_bytes: 176,
    classify: classify_system_v,
};

/// The class of an eightbyte (3.2.3, "Classification").
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Class {
    Nothing,
    Integer,
    Sse,
    SseUp,
    X87,
    X87Up,
    Memory,
}

impl Class {
    /// 3.2.3, "Classification", rule 4.
    fn merge(self, other: Class) -> Class {
        use Class::*;
        match (self, other) {
            (a, b) if a == b => a,
            (Nothing, c) | (c, Nothing) => c,
            (Memory, _) | (_, Memory) => Memory,
            (Integer, _) | (_, Integer) => Integer,
            (X87 | X87Up, _) | (_, X87 | X87Up) => Memory,
            _ => Sse,
        }
    }
}

/// Eightbytes that may still travel in registers: up to one `zmm`.
const MAX_EIGHTBYTES: usize = 8;
/// Nesting of aggregates that is looked into; deeper ones cannot come from a checked C program.
const MAX_DEPTH: u32 = 64;

struct Eightbytes {
    classes: [Class; MAX_EIGHTBYTES],
}

impl Eightbytes {
    fn mark(&mut self, first_byte: u64, bytes: u64, class: Class) {
        for index in first_byte / 8..(first_byte + bytes).div_ceil(8) {
            if let Some(slot) = self.classes.get_mut(index as usize) {
                *slot = slot.merge(class);
            }
        }
    }

    /// Marks a scalar or vector; `false` when it is misaligned.
    fn scalar(&mut self, context: &Classification<'_>, ty: Type, offset: u64) -> bool {
        let layout = ty.layout(&context.target.layout);
        let size = u64::from(layout.size);
        if !offset.is_multiple_of(u64::from(layout.align.max(1))) {
            return false;
        }
        if ty.is_vector() || ty == Type::F128 {
            self.mark(offset, size.min(8), Class::Sse);
            if size > 8 {
                self.mark(offset + 8, size - 8, Class::SseUp);
            }
        } else if ty == Type::F80 {
            self.mark(offset, 8, Class::X87);
            self.mark(offset + 8, 8, Class::X87Up);
        } else if ty.is_float() {
            self.mark(offset, size, Class::Sse);
        } else {
            self.mark(offset, size, Class::Integer);
        }
        true
    }

    fn aggregate(&mut self, context: &Classification<'_>, id: Aggregate, base: u64, depth: u32) -> bool {
        let Some(data) = context.aggregates.get(id) else { return false };
        if depth > MAX_DEPTH {
            return false;
        }
        data.fields.iter().all(|field| {
            let offset = base + field.offset;
            match field.ty {
                FieldType::Scalar(ty) if field.bit_field.is_some() => {
                    let size = u64::from(ty.bytes(&context.target.layout)).saturating_mul(field.count);
                    let unit = u64::from(field.bit_field.unwrap_or(0)).div_ceil(8).next_power_of_two();
                    // A member of a union is a value of the smallest integer type that holds its
                    // bits, as gcc sees it, so that a misplaced one sends the whole to memory.
                    if data.kind == AggregateKind::Union && !offset.is_multiple_of(unit) {
                        return false;
                    }
                    self.mark(offset, size.min(MAX_EIGHTBYTES as u64 * 8), Class::Integer);
                    true
                }
                FieldType::Scalar(ty) => {
                    let size = u64::from(ty.bytes(&context.target.layout));
                    elements(field.count, size).all(|i| self.scalar(context, ty, offset + i * size))
                }
                FieldType::Aggregate(inner) => {
                    let size = context.aggregates.get(inner).map_or(0, |a| a.size);
                    elements(field.count, size)
                        .all(|i| self.aggregate(context, inner, offset + i * size, depth + 1))
                }
            }
        })
    }
}

/// The elements of an array that lie in the eightbytes looked at (empty elements: only the first).
fn elements(count: u64, size: u64) -> std::ops::Range<u64> {
    let limit = if size == 0 { 1 } else { (MAX_EIGHTBYTES as u64 * 8).div_ceil(size) };
    0..count.min(limit)
}

fn classify_system_v(context: &Classification<'_>, ty: ParamType) -> Shape {
    match ty {
        ParamType::Scalar(ty) => classify_scalar(context, ty),
        ParamType::Aggregate(id) => match context.aggregates.get(id) {
            Some(data) => classify_aggregate(context, id, data),
            None => Shape::whole(Passing::Nothing, 0, 1),
        },
    }
}

fn classify_scalar(context: &Classification<'_>, ty: Type) -> Shape {
    let layout = ty.layout(&context.target.layout);
    if ty.is_vector() {
        let widest = if context.target.features.has(Feature::Avx512f) {
            64
        } else if context.target.features.has(Feature::Avx) {
            32
        } else {
            16
        };
        // Variadic vectors wider than 16 bytes go to memory (3.5.7: the save area holds 16 each).
        if layout.size > widest || (layout.size > 16 && context.is_variadic) {
            return Shape::whole(Passing::Memory, u64::from(layout.size), layout.align);
        }
        return Shape::register(Bank::Vector, ty, layout.size, layout.align);
    }
    match ty {
        Type::I128 => {
            let mut shape = Shape::whole(Passing::Registers, 16, 16);
            for offset in [0, 8] {
                shape.pieces.push(Piece { bank: Bank::Int, ty: Type::I64, offset, bytes: 8 });
            }
            shape
        }
        Type::F80 if context.is_result => Shape::register(Bank::X87, ty, layout.size, layout.align),
        Type::F80 => Shape::whole(Passing::Memory, u64::from(layout.size), layout.align),
        Type::F32 | Type::F64 | Type::F128 => Shape::register(Bank::Vector, ty, layout.size, layout.align),
        _ => Shape::register(Bank::Int, ty, layout.size, layout.align),
    }
}

fn classify_aggregate(context: &Classification<'_>, id: Aggregate, data: &AggregateData) -> Shape {
    if let Some(shape) = complex_x87(context, data) {
        return shape;
    }
    if data.transparent
        && let Some(first) = data.fields.first()
    {
        return match first.ty {
            FieldType::Scalar(ty) => classify_scalar(context, ty),
            FieldType::Aggregate(inner) => classify_system_v(context, ParamType::Aggregate(inner)),
        };
    }
    if data.size == 0 {
        return Shape::whole(Passing::Nothing, 0, 1);
    }
    let memory = Shape::whole(Passing::Memory, data.size, data.align);
    let count = data.size.div_ceil(8) as usize;
    if count > MAX_EIGHTBYTES {
        return memory;
    }
    let mut eightbytes = Eightbytes { classes: [Class::Nothing; MAX_EIGHTBYTES] };
    if !eightbytes.aggregate(context, id, 0, 0) {
        return memory;
    }
    let classes = &mut eightbytes.classes[..count];
    if !post_merge(context, classes) {
        return memory;
    }
    pieces_of(context, classes, data)
}

/// `_Complex long double`: in memory as an argument, `st(0)` and `st(1)` as a result.
fn complex_x87(context: &Classification<'_>, data: &AggregateData) -> Option<Shape> {
    let is_x87 = data.fields.first().is_some_and(|f| f.ty == FieldType::Scalar(Type::F80));
    if data.kind != AggregateKind::Complex || !is_x87 {
        return None;
    }
    let mut shape = Shape::whole(Passing::Memory, data.size, data.align);
    if context.is_result {
        shape.passing = Passing::Registers;
        for offset in [0, 16] {
            shape.pieces.push(Piece { bank: Bank::X87, ty: Type::F80, offset, bytes: 16 });
        }
    }
    Some(shape)
}

/// Rule 5, "post-merger cleanup"; `false` for MEMORY.
fn post_merge(context: &Classification<'_>, classes: &mut [Class]) -> bool {
    for i in 0..classes.len() {
        let previous = if i == 0 { Class::Nothing } else { classes[i - 1] };
        match classes[i] {
            Class::Memory => return false,
            Class::X87Up if previous != Class::X87 => return false,
            Class::X87 | Class::X87Up if !context.is_result => return false,
            Class::SseUp if !matches!(previous, Class::Sse | Class::SseUp) => classes[i] = Class::Sse,
            _ => {}
        }
    }
    if classes.len() > 2 {
        let wide =
            context.target.features.has(if classes.len() > 4 { Feature::Avx512f } else { Feature::Avx });
        return wide
            && !context.is_variadic
            && classes[0] == Class::Sse
            && classes[1..].iter().all(|c| *c == Class::SseUp);
    }
    true
}

fn pieces_of(context: &Classification<'_>, classes: &[Class], data: &AggregateData) -> Shape {
    let mut shape = Shape::whole(Passing::Registers, data.size, data.align);
    for (i, class) in classes.iter().enumerate() {
        let offset = i as u32 * 8;
        let rest = (data.size - u64::from(offset)).min(8) as u32;
        match class {
            Class::Integer => {
                let ty = integer_piece_type(rest);
                shape.pieces.push(Piece { bank: Bank::Int, ty, offset, bytes: rest });
            }
            Class::Sse => {
                let ty = if rest <= 4 { Type::F32 } else { Type::F64 };
                shape.pieces.push(Piece { bank: Bank::Vector, ty, offset, bytes: rest });
            }
            Class::SseUp => {
                if let Some(last) = shape.pieces.last_mut() {
                    last.bytes += rest;
                    last.ty = wide_piece_type(last.bytes);
                }
            }
            Class::X87 => {
                shape.pieces.push(Piece { bank: Bank::X87, ty: Type::F80, offset, bytes: 16 });
            }
            Class::X87Up | Class::Nothing | Class::Memory => {}
        }
    }
    if shape.pieces.is_empty() {
        // Only padding: gcc passes such a structure in memory, and an empty one not at all.
        shape.passing = if data.fields.is_empty() { Passing::Memory } else { Passing::Nothing };
    }
    let _ = context;
    shape
}

/// The vector of `f64` that fills a wide register.
fn wide_piece_type(bytes: u32) -> Type {
    Type::F64.vector((bytes / 8).next_power_of_two().max(2)).unwrap_or(Type::F128)
}
