//! The compiler's runtime: libgcc's arithmetic (GCC internals manual, "The GCC low-level runtime
//! library"), exceptions, atomics.

use super::{HostCall, HostFunction, Table};
use crate::error::{ErrorKind, Stop, fault};
use crate::float_ops;
use crate::int_ops;
use crate::machine::Interpreter;
use crate::value::signed;
use lathe_ir::{FloatCond, Opcode, Type};

type R = Result<u128, Stop>;

pub(super) const TABLE: Table = &[
    ("_Unwind_RaiseException", |_, c| throw(c.ptr(0), 0)),
    ("__cxa_throw", |_, c| throw(c.ptr(0), c.ptr(1))),
    ("_Unwind_Resume", |m, c| {
        let type_info = m.host.thrown.get(&c.ptr(0)).copied().unwrap_or(0);
        throw(c.ptr(0), type_info)
    }),
    ("__cxa_allocate_exception", |m, c| {
        let Some(address) = m.memory.allocate(c.ptr(0), 16, true) else { return Ok(0) };
        Ok(address.into())
    }),
    ("__cxa_begin_catch", |_, c| Ok(c.bits(0))),
    ("__cxa_end_catch", |_, _| Ok(0)),
    ("__muloti4", |m, c| multiply_checked(m, c, 128)),
    ("__mulodi4", |m, c| multiply_checked(m, c, 64)),
    ("__mulsc3", |m, c| complex(m, c, Type::F32, false)),
    ("__muldc3", |m, c| complex(m, c, Type::F64, false)),
    ("__mulxc3", |m, c| complex(m, c, Type::F80, false)),
    ("__multc3", |m, c| complex(m, c, Type::F128, false)),
    ("__divsc3", |m, c| complex(m, c, Type::F32, true)),
    ("__divdc3", |m, c| complex(m, c, Type::F64, true)),
    ("__divxc3", |m, c| complex(m, c, Type::F80, true)),
    ("__divtc3", |m, c| complex(m, c, Type::F128, true)),
    ("__atomic_load_16", |m, c| m.memory.load(c.ptr(0), 16)),
    ("__atomic_store_16", |m, c| {
        m.memory.store(c.ptr(0), 16, c.bits(1))?;
        Ok(0)
    }),
    ("__atomic_exchange_16", |m, c| {
        let old = m.memory.load(c.ptr(0), 16)?;
        m.memory.store(c.ptr(0), 16, c.bits(1))?;
        Ok(old)
    }),
    ("__atomic_compare_exchange_16", |m, c| compare_exchange(m, [c.ptr(0), c.ptr(1)], 16, c.bits(2))),
    ("__atomic_load", |m, c| {
        m.memory.copy(c.ptr(2), c.ptr(1), c.ptr(0))?;
        Ok(0)
    }),
    ("__atomic_store", |m, c| {
        m.memory.copy(c.ptr(1), c.ptr(2), c.ptr(0))?;
        Ok(0)
    }),
    ("__atomic_exchange", |m, c| {
        m.memory.copy(c.ptr(3), c.ptr(1), c.ptr(0))?;
        m.memory.copy(c.ptr(1), c.ptr(2), c.ptr(0))?;
        Ok(0)
    }),
    ("__atomic_compare_exchange", |m, c| {
        let size = c.ptr(0);
        let equal = m.memory.bytes(c.ptr(1), size)? == m.memory.bytes(c.ptr(2), size)?;
        let (to, from) = if equal { (c.ptr(1), c.ptr(3)) } else { (c.ptr(2), c.ptr(1)) };
        m.memory.copy(to, from, size)?;
        Ok(equal.into())
    }),
];

fn throw(exception: u64, type_info: u64) -> R {
    Err(Stop::Throw { exception, type_info })
}

fn compare_exchange(m: &mut Interpreter<'_>, [at, expected]: [u64; 2], size: u32, new: u128) -> R {
    let old = m.memory.load(at, size)?;
    let equal = old == m.memory.load(expected, size)?;
    let (to, value) = if equal { (at, new) } else { (expected, old) };
    m.memory.store(to, size, value)?;
    Ok(equal.into())
}

fn multiply_checked(m: &mut Interpreter<'_>, c: &HostCall<'_>, width: u32) -> R {
    let (result, wrapped) = int_ops::overflowing(Opcode::SmulOverflow, width, c.bits(0), c.bits(1));
    m.memory.store(c.ptr(2), 4, wrapped.into())?;
    Ok(result)
}

/// Complex product or quotient by the textbook formulas.
fn complex(m: &mut Interpreter<'_>, c: &HostCall<'_>, ty: Type, divide: bool) -> R {
    let op = |op, a, b| float_ops::binary(op, ty, a, b);
    let [a, b, x, y] = [0, 1, 2, 3].map(|i| c.bits(i));
    let (ax, by, bx, ay) =
        (op(Opcode::Fmul, a, x), op(Opcode::Fmul, b, y), op(Opcode::Fmul, b, x), op(Opcode::Fmul, a, y));
    let (real, imaginary) = match divide {
        false => (op(Opcode::Fsub, ax, by), op(Opcode::Fadd, ay, bx)),
        true => {
            let norm = op(Opcode::Fadd, op(Opcode::Fmul, x, x), op(Opcode::Fmul, y, y));
            let real = op(Opcode::Fdiv, op(Opcode::Fadd, ax, by), norm);
            (real, op(Opcode::Fdiv, op(Opcode::Fsub, bx, ay), norm))
        }
    };
    let (size, stride) = (ty.lane_bits(64) / 8, ty.bytes(&m.module.target.layout));
    m.memory.store(c.result_address, size, real)?;
    m.memory.store(c.result_address + u64::from(stride), size, imaginary)?;
    Ok(0)
}

/// `s d t` of integer names: 32, 64, 128 bits.
fn int_width(letter: u8) -> Option<u32> {
    Some(match letter {
        b's' => 32,
        b'd' => 64,
        b't' => 128,
        _ => return None,
    })
}

/// `s d x t` of float names.
fn float_type(letter: u8) -> Option<Type> {
    Some(match letter {
        b's' => Type::F32,
        b'd' => Type::F64,
        b'x' => Type::F80,
        b't' => Type::F128,
        _ => return None,
    })
}

/// The routines whose names follow libgcc's patterns.
pub(super) fn arithmetic(name: &str) -> Option<HostFunction> {
    parse(name)?;
    Some(|_, c| match parse(c.name) {
        Some(routine) => routine.run(c),
        None => fault(ErrorKind::Unsupported, format!("the interpreter has no {}", c.name)),
    })
}

/// A routine of libgcc, taken apart.
enum Routine {
    Int(Opcode, u32),
    Count(Opcode, u32),
    Float(Opcode, Type),
    Negate(Type),
    Compare(FloatCond, Type),
    Convert(Type, Type),
    FromInt(Type, u32, bool),
    ToInt(Type, u32, bool),
}

fn parse(name: &str) -> Option<Routine> {
    let body = name.strip_prefix("__")?;
    let bytes = body.as_bytes();
    let letter = |back: usize| bytes.len().checked_sub(back).map(|i| bytes[i]);
    for (word, op) in [
        ("div", Opcode::Sdiv),
        ("mod", Opcode::Srem),
        ("udiv", Opcode::Udiv),
        ("umod", Opcode::Urem),
        ("mul", Opcode::Imul),
        ("ashl", Opcode::Shl),
        ("lshr", Opcode::Lshr),
        ("ashr", Opcode::Ashr),
    ] {
        if let Some(rest) = body.strip_prefix(word).filter(|r| r.len() == 3 && r.ends_with("i3")) {
            return Some(Routine::Int(op, int_width(rest.as_bytes()[0])?));
        }
    }
    for (word, op) in [("popcount", Opcode::Popcnt), ("clz", Opcode::Clz), ("ctz", Opcode::Ctz)] {
        if let Some(rest) = body.strip_prefix(word).filter(|r| r.len() == 3 && r.ends_with("i2")) {
            return Some(Routine::Count(op, int_width(rest.as_bytes()[0])?));
        }
    }
    for (word, op) in
        [("add", Opcode::Fadd), ("sub", Opcode::Fsub), ("mul", Opcode::Fmul), ("div", Opcode::Fdiv)]
    {
        if let Some(rest) = body.strip_prefix(word).filter(|r| r.len() == 3 && r.ends_with("f3")) {
            return Some(Routine::Float(op, float_type(rest.as_bytes()[0])?));
        }
    }
    for (word, cond) in [
        ("eq", FloatCond::Oeq),
        ("ne", FloatCond::Oeq),
        ("lt", FloatCond::Olt),
        ("le", FloatCond::Ole),
        ("gt", FloatCond::Ogt),
        ("ge", FloatCond::Oge),
        ("unord", FloatCond::Uno),
    ] {
        if let Some(rest) = body.strip_prefix(word).filter(|r| r.len() == 3 && r.ends_with("f2")) {
            return Some(Routine::Compare(cond, float_type(rest.as_bytes()[0])?));
        }
    }
    if let Some(rest) = body.strip_prefix("neg").filter(|r| r.len() == 3 && r.ends_with("f2")) {
        return Some(Routine::Negate(float_type(rest.as_bytes()[0])?));
    }
    if body.starts_with("extend") || body.starts_with("trunc") && body.ends_with("f2") {
        return Some(Routine::Convert(float_type(letter(5)?)?, float_type(letter(3)?)?));
    }
    if let Some(rest) = body.strip_prefix("float") {
        let (is_signed, rest) = match rest.strip_prefix("un") {
            Some(rest) => (false, rest),
            None => (true, rest),
        };
        let &[width, b'i', float, b'f'] = rest.as_bytes() else { return None };
        return Some(Routine::FromInt(float_type(float)?, int_width(width)?, is_signed));
    }
    let rest = body.strip_prefix("fix")?;
    let (is_signed, rest) = match rest.strip_prefix("uns") {
        Some(rest) => (false, rest),
        None => (true, rest),
    };
    let &[float, b'f', width, b'i'] = rest.as_bytes() else { return None };
    Some(Routine::ToInt(float_type(float)?, int_width(width)?, is_signed))
}

impl Routine {
    fn run(&self, c: &HostCall<'_>) -> R {
        let (a, b) = (c.bits(0), c.bits(1));
        Ok(match *self {
            Routine::Int(op, width) => match int_ops::binary(op, width, 0, a, b) {
                Ok(result) => result,
                Err(message) => return fault(ErrorKind::BrokenPromise, message),
            },
            Routine::Count(op, width) => int_ops::unary(op, width, 0, a).unwrap_or(0),
            Routine::Float(op, ty) => float_ops::binary(op, ty, a, b),
            Routine::Negate(ty) => float_ops::unary(Opcode::Fneg, ty, a),
            Routine::Convert(from, to) => float_ops::convert(from, to, a),
            Routine::FromInt(ty, width, is_signed) => float_ops::from_int(ty, a, width, is_signed),
            Routine::ToInt(ty, width, is_signed) => float_ops::to_int(ty, a, width, is_signed),
            Routine::Compare(FloatCond::Uno, ty) => float_ops::compare(FloatCond::Uno, ty, a, b).into(),
            // 0 for equal, negative for less, positive for greater; for NaN what makes the name's
            // condition false.
            Routine::Compare(cond, ty) => {
                let number: i32 = if float_ops::compare(FloatCond::Uno, ty, a, b) {
                    if matches!(cond, FloatCond::Ogt | FloatCond::Oge) { -1 } else { 1 }
                } else if float_ops::compare(FloatCond::Olt, ty, a, b) {
                    -1
                } else {
                    float_ops::compare(FloatCond::Ogt, ty, a, b).into()
                };
                signed(number as u32 as u128, 32) as u128
            }
        })
    }
}
