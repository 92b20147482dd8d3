//! Calling conventions of i386: System V ABI, Intel386 supplement 1.1, section 2.2.4; `fastcall`, `stdcall`, `thiscall` and
//! `regparm` as in the GCC manual, "x86 Function Attributes".
//!
//! In: a type. Out: how it travels. Under the C convention everything is on the stack in 4-byte slots but vectors
//! of 16 bytes, of which the first three are in registers; the callee removes the address of a structure result.
//! What the supplement leaves open follows gcc: structures always return in memory, complex numbers of at most
//! 8 bytes in `edx:eax`; a function with `...` has no argument in a register.

use lathe_ir::{Aggregate, AggregateData, AggregateKind, CallConv, FieldType, ParamType, Type};
use lathe_isa::{PhysReg, RegSet};
use lathe_isa_x86::registers as r;
use lathe_mach::abi::{
    AbiTable, Bank, Classification, Overflow, Passing, Piece, Shape, StructReturn, VaListKind,
};
use lathe_target::features::Feature;

static VECTOR_ARGS: [PhysReg; 3] = [r::xmm(0), r::xmm(1), r::xmm(2)];
static INT_RESULTS: [PhysReg; 3] = [r::RAX, r::RDX, r::RCX];
static VECTOR_RESULTS: [PhysReg; 3] = [r::xmm(0), r::xmm(1), r::xmm(2)];
static X87_RESULTS: [PhysReg; 2] = [r::ST0, PhysReg(r::ST0.0 + 1)];
static REGPARM: [PhysReg; 3] = [r::RAX, r::RDX, r::RCX];
static FASTCALL: [PhysReg; 2] = [r::RCX, r::RDX];
static THISCALL: [PhysReg; 1] = [r::RCX];

/// Registers that a C function preserves, without the stack pointer.
pub(crate) const CALLEE_SAVED: RegSet = r::set(&[r::RBX, r::RBP, r::RSI, r::RDI]);

/// Registers that a C function may change: all but `ebx esp ebp esi edi`.
pub(crate) const CALL_CLOBBERS: RegSet = r::set(&[r::RAX, r::RCX, r::RDX, r::FLAGS])
    .union(RegSet(0xff << r::XMM0.0))
    .union(RegSet(0xffff << r::ST0.0))
    .union(RegSet(0xff << r::K0.0));

/// `cdecl`.
pub static SYSTEM_V_32: AbiTable =
    AbiTable { name: "System V i386", variadic: Some(&VARIADIC), ..SYSTEM_V_32_PLAIN };

/// Functions with `...` of any convention: all arguments are on the stack and the caller removes them.
static VARIADIC: AbiTable =
    AbiTable { name: "System V i386, variadic", vector_args: &[], variadic: None, ..SYSTEM_V_32_PLAIN };

/// What the tables have in common.
const SYSTEM_V_32_PLAIN: AbiTable = AbiTable {
    name: "System V i386",
    int_args: &[],
    vector_args: &VECTOR_ARGS,
    int_results: &INT_RESULTS,
    vector_results: &VECTOR_RESULTS,
    x87_results: &X87_RESULTS,
    static_chain: r::RCX,
    vector_count: None,
    struct_return: StructReturn::FirstArgument,
    overflow: Overflow::WholeAndExhaust,
    slot_bytes: 4,
    stack_align: 16,
    clobbers: CALL_CLOBBERS,
    callee_pops: false,
    pops_hidden_pointer: true,
    variadic: None,
    va_list: VaListKind::Pointer,
    save_area_bytes: 0,
    classify,
};

const fn regparm(int_args: &'static [PhysReg]) -> AbiTable {
    AbiTable { name: "regparm", int_args, variadic: Some(&VARIADIC), ..SYSTEM_V_32_PLAIN }
}

static REGPARM_1: AbiTable = regparm(REGPARM.split_at(1).0);
static REGPARM_2: AbiTable = regparm(REGPARM.split_at(2).0);
static REGPARM_3: AbiTable = regparm(&REGPARM);
static STDCALL: AbiTable =
    AbiTable { name: "stdcall", callee_pops: true, variadic: Some(&VARIADIC), ..SYSTEM_V_32_PLAIN };
static FASTCALL_TABLE: AbiTable = AbiTable {
    name: "fastcall",
    int_args: &FASTCALL,
    callee_pops: true,
    variadic: Some(&VARIADIC),
    static_chain: r::RAX,
    classify: classify_fastcall,
    ..SYSTEM_V_32_PLAIN
};
static THISCALL_TABLE: AbiTable = AbiTable {
    name: "thiscall",
    int_args: &THISCALL,
    callee_pops: true,
    variadic: Some(&VARIADIC),
    static_chain: r::RAX,
    ..SYSTEM_V_32_PLAIN
};

/// The table of a convention.
pub(crate) fn table(convention: CallConv) -> &'static AbiTable {
    match convention {
        CallConv::C | CallConv::Cold | CallConv::Regparm(0) => &SYSTEM_V_32,
        CallConv::Fastcall => &FASTCALL_TABLE,
        CallConv::Stdcall => &STDCALL,
        CallConv::Thiscall => &THISCALL_TABLE,
        CallConv::Regparm(1) => &REGPARM_1,
        CallConv::Regparm(2) => &REGPARM_2,
        CallConv::Regparm(_) => &REGPARM_3,
    }
}

/// Alignment from which on an argument is aligned on the stack; less is ignored.
const ALIGNED: u32 = 16;

fn classify(context: &Classification<'_>, ty: ParamType) -> Shape {
    match ty {
        ParamType::Scalar(ty) if context.is_result => classify_result(context, ty),
        ParamType::Scalar(ty) => classify_scalar(context, ty),
        ParamType::Aggregate(id) => match context.aggregates.get(id) {
            Some(data) if context.is_result => classify_returned(data),
            Some(data) => classify_aggregate(context, data),
            None => Shape::whole(Passing::Nothing, 0, 1),
        },
    }
}

/// Structures and integers wider than a word are never in registers, but count as if they were.
fn classify_fastcall(context: &Classification<'_>, ty: ParamType) -> Shape {
    let mut shape = classify(context, ty);
    let is_wide = shape.size > 4 || matches!(ty, ParamType::Aggregate(_));
    if !context.is_result && is_wide && shape.pieces.iter().any(|piece| piece.bank == Bank::Int) {
        shape.skipped_registers = words(shape.size);
        shape.passing = match ty {
            ParamType::Scalar(_) => Passing::Stack,
            ParamType::Aggregate(_) => Passing::Memory,
        };
    }
    shape
}

fn words(bytes: u64) -> u32 {
    u32::try_from(bytes.div_ceil(4)).unwrap_or(u32::MAX)
}

/// Words in integer registers.
fn in_words(bytes: u32, align: u32) -> Shape {
    let mut shape = Shape::whole(Passing::Registers, u64::from(bytes), align);
    for offset in (0..bytes).step_by(4) {
        let rest = (bytes - offset).min(4);
        let ty = lathe_mach::abi::integer_piece_type(rest);
        shape.pieces.push(Piece { bank: Bank::Int, ty, offset, bytes: rest });
    }
    shape
}

/// A register value that is passed on the stack.
fn on_stack(bank: Bank, ty: Type, bytes: u32, align: u32) -> Shape {
    let mut shape = Shape::register(bank, ty, bytes, if align < ALIGNED { 4 } else { align });
    shape.passing = Passing::Stack;
    shape
}

fn classify_scalar(context: &Classification<'_>, ty: Type) -> Shape {
    let layout = ty.layout(&context.target.layout);
    if ty.is_vector() {
        return match layout.size {
            16 => Shape::register(Bank::Vector, ty, 16, 16),
            0..16 => on_stack(Bank::Vector, ty, layout.size, layout.align),
            32 if context.target.features.has(Feature::Avx) && !context.is_variadic => {
                Shape::register(Bank::Vector, ty, 32, 32)
            }
            size => Shape::whole(Passing::Memory, u64::from(size), layout.align),
        };
    }
    match ty {
        Type::F80 => Shape::whole(Passing::Memory, u64::from(layout.size), 4),
        ty if ty.is_float() => on_stack(Bank::Vector, ty, layout.size, layout.align),
        _ if layout.size > 4 => in_words(layout.size, 4),
        _ => Shape::register(Bank::Int, ty, layout.size, 4),
    }
}

fn classify_result(context: &Classification<'_>, ty: Type) -> Shape {
    let layout = ty.layout(&context.target.layout);
    let memory = Shape::whole(Passing::Memory, u64::from(layout.size), layout.align);
    if ty.is_vector() {
        let widest = if context.target.features.has(Feature::Avx) { 32 } else { 16 };
        return match layout.size {
            size @ 16..=32 if size <= widest => Shape::register(Bank::Vector, ty, size, size),
            _ => memory,
        };
    }
    match ty {
        Type::F128 => memory,
        ty if ty.is_float() => Shape::register(Bank::X87, ty, layout.size, layout.align),
        _ if layout.size > 8 => memory,
        _ if layout.size > 4 => in_words(layout.size, 4),
        _ => Shape::register(Bank::Int, ty, layout.size, 4),
    }
}

/// A structure as a result; even an empty one has an address.
fn classify_returned(data: &AggregateData) -> Shape {
    if data.kind == AggregateKind::Complex && data.size <= 8 {
        return in_words(data.size as u32, data.align);
    }
    Shape::whole(Passing::Memory, data.size, data.align)
}

/// A structure as an argument. Those that gcc moves as an integer or as a block of bytes may be in registers, if the
/// convention has any; those that are one float, one vector or a complex number may not.
fn classify_aggregate(context: &Classification<'_>, data: &AggregateData) -> Shape {
    if data.size == 0 {
        return Shape::whole(Passing::Nothing, 0, 1);
    }
    if data.transparent
        && let Some(first) = data.fields.first()
    {
        return match first.ty {
            FieldType::Scalar(ty) => classify_scalar(context, ty),
            FieldType::Aggregate(inner) => classify(context, ParamType::Aggregate(inner)),
        };
    }
    let align = if data.align >= ALIGNED && holds_aligned(context, data, 0) { data.align } else { 4 };
    let whole = Shape::whole(Passing::Memory, data.size, align);
    let registers = context.int_left as u64;
    if data.kind == AggregateKind::Complex || is_one_float(context, data, 0) {
        return whole;
    }
    let count = u64::from(words(data.size));
    if registers < count {
        // What does not fit uses the registers up.
        return Shape { skipped_registers: words(data.size), ..whole };
    }
    Shape { align, ..in_words(data.size as u32, align) }
}

/// Nesting of aggregates that is looked into; deeper ones cannot come from a checked C program.
const MAX_DEPTH: u32 = 64;

fn inner<'a>(context: &Classification<'a>, id: Aggregate) -> Option<&'a AggregateData> {
    context.aggregates.get(id)
}

/// Whether a structure has a member whose type is aligned to 16 bytes by itself.
fn holds_aligned(context: &Classification<'_>, data: &AggregateData, depth: u32) -> bool {
    depth < MAX_DEPTH
        && data.fields.iter().any(|field| match field.ty {
            FieldType::Scalar(ty) => ty != Type::F80 && ty.layout(&context.target.layout).align >= ALIGNED,
            FieldType::Aggregate(id) => inner(context, id)
                .is_some_and(|data| data.align >= ALIGNED && holds_aligned(context, data, depth + 1)),
        })
}

/// Whether one float or vector fills a structure.
fn is_one_float(context: &Classification<'_>, data: &AggregateData, depth: u32) -> bool {
    let [field] = data.fields.as_slice() else { return false };
    if depth > MAX_DEPTH || field.count != 1 || data.kind == AggregateKind::Union {
        return false;
    }
    match field.ty {
        FieldType::Scalar(ty) => {
            (ty.is_float() || ty.is_vector()) && u64::from(ty.bytes(&context.target.layout)) == data.size
        }
        FieldType::Aggregate(id) => inner(context, id).is_some_and(|inner| {
            inner.size == data.size
                && (inner.kind == AggregateKind::Complex || is_one_float(context, inner, depth + 1))
        }),
    }
}
