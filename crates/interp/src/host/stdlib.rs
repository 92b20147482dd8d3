//! `<stdlib.h>`, `<setjmp.h>`, `<time.h>`, `<assert.h>`, `<errno.h>`.

use super::{ENOMEM, HostCall, MINUS_ONE, Table};
use crate::error::{Error, ErrorKind, Stop, fault};
use crate::machine::Interpreter;
use crate::value::Val;
use std::time::{SystemTime, UNIX_EPOCH};

type R = Result<u128, Stop>;

pub(super) const TABLE: Table = &[
    ("malloc", |m, c| allocate(m, c.ptr(0), 16, false)),
    ("calloc", |m, c| allocate(m, c.ptr(0).saturating_mul(c.ptr(1)), 16, true)),
    ("realloc", reallocate),
    ("reallocarray", |m, c| resize(m, c.ptr(0), c.ptr(1).saturating_mul(c.ptr(2)))),
    ("aligned_alloc", |m, c| allocate(m, c.ptr(1), c.ptr(0), false)),
    ("memalign", |m, c| allocate(m, c.ptr(1), c.ptr(0), false)),
    ("posix_memalign", |m, c| {
        let address = allocate(m, c.ptr(2), c.ptr(1), false)?;
        if address == 0 {
            return Ok(ENOMEM as u128);
        }
        m.memory.store(c.ptr(0), c.pointer, address)?;
        Ok(0)
    }),
    ("malloc_usable_size", |m, c| Ok(m.memory.heap_size(c.ptr(0)).unwrap_or(0).into())),
    ("free", |m, c| {
        if c.ptr(0) != 0 {
            m.memory.free(c.ptr(0))?;
        }
        Ok(0)
    }),
    ("exit", |_, c| Err(Stop::Exit(c.int(0) as i32))),
    ("_exit", |_, c| Err(Stop::Exit(c.int(0) as i32))),
    ("_Exit", |_, c| Err(Stop::Exit(c.int(0) as i32))),
    ("abort", |_, _| fault(ErrorKind::Abort, "the program called abort")),
    ("__stack_chk_fail", |_, _| fault(ErrorKind::Abort, "the stack protector found a damaged frame")),
    ("atexit", |m, c| {
        m.host.at_exit.push(c.ptr(0));
        Ok(0)
    }),
    ("__assert_fail", |m, c| {
        let text =
            |index| Ok::<_, Stop>(String::from_utf8_lossy(m.memory.string(c.ptr(index))?).into_owned());
        let function = if c.ptr(3) == 0 { String::new() } else { format!("{}: ", text(3)?) };
        let message = format!("{}:{}: {function}Assertion `{}' failed.", text(1)?, c.int(2), text(0)?);
        fault(ErrorKind::Abort, message)
    }),
    ("abs", |_, c| Ok(c.int(0).unsigned_abs().into())),
    ("labs", |_, c| Ok(c.int(0).unsigned_abs().into())),
    ("llabs", |_, c| Ok(c.int(0).unsigned_abs().into())),
    ("imaxabs", |_, c| Ok(c.int(0).unsigned_abs().into())),
    ("div", divide),
    ("ldiv", divide),
    ("lldiv", divide),
    ("rand", |m, _| Ok(m.host.random.next().into())),
    ("random", |m, _| Ok(m.host.random.next().into())),
    ("srand", |m, c| {
        m.host.random = Random::seeded(c.bits(0) as u32);
        Ok(0)
    }),
    ("srandom", |m, c| {
        m.host.random = Random::seeded(c.bits(0) as u32);
        Ok(0)
    }),
    ("getenv", |m, c| {
        let name = String::from_utf8_lossy(m.memory.string(c.ptr(0))?).into_owned();
        let value = m.host.environment.iter().find(|(n, _)| *n == name).map(|(_, v)| v.clone());
        let Some(value) = value else { return Ok(0) };
        let key = format!("getenv {name}");
        if let Some(address) = m.host.objects.get(&key) {
            return Ok((*address).into());
        }
        let mut bytes = value.into_bytes();
        bytes.push(0);
        let address = m.memory.add_host("getenv's text", bytes)?;
        m.host.objects.insert(key, address);
        Ok(address.into())
    }),
    ("qsort", sort),
    ("bsearch", search),
    ("setjmp", set_jump),
    ("_setjmp", set_jump),
    ("__sigsetjmp", set_jump),
    ("sigsetjmp", set_jump),
    ("longjmp", long_jump),
    ("_longjmp", long_jump),
    ("siglongjmp", long_jump),
    ("__longjmp_chk", long_jump),
    ("__errno_location", |m, _| Ok(m.errno()?.into())),
    ("time", |m, c| {
        let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs());
        if c.ptr(0) != 0 {
            m.memory.store(c.ptr(0), 8, seconds.into())?;
        }
        Ok(seconds.into())
    }),
    ("clock", |m, _| Ok(u128::from(m.steps / 100))),
    ("difftime", |_, c| {
        let seconds = c.int(0).wrapping_sub(c.int(1)) as f64;
        Ok(u128::from(seconds.to_bits()))
    }),
    ("gettimeofday", |m, c| {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        m.memory.store(c.ptr(0), c.pointer, now.as_secs().into())?;
        m.memory.store(c.ptr(0) + u64::from(c.pointer), c.pointer, now.subsec_micros().into())?;
        Ok(0)
    }),
    ("getpid", |_, _| Ok(4242)),
    ("isatty", |_, _| Ok(0)),
    ("setlocale", |m, _| Ok(m.host.object(&mut m.memory, "setlocale's text", || b"C\0".to_vec())?.into())),
    ("signal", |_, _| Ok(0)),
    ("system", |_, _| Ok(MINUS_ONE)),
];

fn allocate(m: &mut Interpreter<'_>, size: u64, align: u64, zeroed: bool) -> R {
    let align = if align.is_power_of_two() { align.max(16) } else { 16 };
    match m.memory.allocate(size, align, zeroed) {
        Some(address) => Ok(address.into()),
        None => {
            m.set_errno(ENOMEM)?;
            Ok(0)
        }
    }
}

fn reallocate(m: &mut Interpreter<'_>, c: &HostCall<'_>) -> R {
    resize(m, c.ptr(0), c.ptr(1))
}

fn resize(m: &mut Interpreter<'_>, old: u64, size: u64) -> R {
    if old == 0 {
        return allocate(m, size, 16, false);
    }
    let Some(old_size) = m.memory.heap_size(old) else {
        let what = m.memory.describe(old);
        return fault(ErrorKind::Memory, format!("realloc of {what}, which malloc did not give"));
    };
    if size == 0 {
        m.memory.free(old)?;
        return Ok(0);
    }
    let new = allocate(m, size, 16, false)?;
    if new != 0 {
        m.memory.copy(new as u64, old, old_size.min(size))?;
        m.memory.free(old)?;
    }
    Ok(new)
}

/// Quotient and remainder as a structure of two.
fn divide(m: &mut Interpreter<'_>, c: &HostCall<'_>) -> R {
    let (a, b) = (c.int(0), c.int(1));
    let size = match c.name {
        "div" => 4,
        "ldiv" => c.pointer,
        _ => 8,
    };
    let (Some(quotient), Some(remainder)) = (a.checked_div(b), a.checked_rem(b)) else {
        return fault(ErrorKind::BrokenPromise, format!("{}: division by zero or overflow", c.name));
    };
    m.memory.store(c.result_address, size, quotient as u128)?;
    m.memory.store(c.result_address + u64::from(size), size, remainder as u128)?;
    Ok(0)
}

/// glibc's default generator (`random_r.c`, TYPE_3): programs print its numbers.
pub struct Random {
    state: [u32; 31],
    at: usize,
}

impl Random {
    pub fn seeded(seed: u32) -> Random {
        let mut state = [0u32; 31];
        state[0] = if seed == 0 { 1 } else { seed };
        for i in 1..31 {
            let word = i64::from(state[i - 1] as i32);
            let next = 16807 * (word % 127_773) - 2836 * (word / 127_773);
            state[i] = if next < 0 { next + 0x7fff_ffff } else { next } as u32;
        }
        // The first three numbers past the seeds repeat the first three seeds.
        let mut random = Random { state, at: 3 };
        for _ in 0..310 {
            random.next();
        }
        random
    }

    fn next(&mut self) -> u32 {
        // r[i] = r[i-3] + r[i-31], kept in a ring of 31.
        let value = self.state[(self.at + 28) % 31].wrapping_add(self.state[self.at]);
        self.state[self.at] = value;
        self.at = (self.at + 1) % 31;
        value >> 1
    }
}

/// Calls a comparison function with two addresses.
fn compare(m: &mut Interpreter<'_>, function: u64, a: u64, b: u64) -> Result<i32, Stop> {
    let results = m.call_address(function, vec![Val::int(a.into()), Val::int(b.into())])?;
    Ok(results.first().map_or(0, Val::bits) as u32 as i32)
}

/// A stable merge sort, as glibc's; the comparison sees copies of the elements.
fn sort(m: &mut Interpreter<'_>, c: &HostCall<'_>) -> R {
    let (base, count, size, function) = (c.ptr(0), c.ptr(1), c.ptr(2), c.ptr(3));
    if count < 2 || size == 0 {
        return Ok(0);
    }
    let bytes = m.memory.bytes(base, count.saturating_mul(size))?.to_vec();
    let out_of_memory = || Stop::from(Error::new(ErrorKind::Memory, "qsort: out of memory"));
    let copy = m.memory.allocate(bytes.len() as u64, 16, false).ok_or_else(out_of_memory)?;
    m.memory.bytes_mut(copy, bytes.len() as u64)?.copy_from_slice(&bytes);
    // Indices are sorted; the elements stay where they are in the copy.
    let mut order: Vec<u64> = (0..count).collect();
    let mut width = 1;
    while width < order.len() {
        let mut merged = Vec::with_capacity(order.len());
        for pair in order.chunks(2 * width) {
            let (mut left, mut right) = pair.split_at(width.min(pair.len()));
            while let (Some(a), Some(b)) = (left.first(), right.first()) {
                if compare(m, function, copy + a * size, copy + b * size)? <= 0 {
                    merged.push(*a);
                    left = &left[1..];
                } else {
                    merged.push(*b);
                    right = &right[1..];
                }
            }
            merged.extend_from_slice(left);
            merged.extend_from_slice(right);
        }
        order = merged;
        width *= 2;
    }
    for (to, from) in order.iter().enumerate() {
        m.memory.copy(base + to as u64 * size, copy + from * size, size)?;
    }
    m.memory.free(copy)?;
    Ok(0)
}

fn search(m: &mut Interpreter<'_>, c: &HostCall<'_>) -> R {
    let (key, base, size, function) = (c.ptr(0), c.ptr(1), c.ptr(3), c.ptr(4));
    let (mut low, mut high) = (0, c.ptr(2));
    while low < high {
        let middle = low + (high - low) / 2;
        let at = base.wrapping_add(middle.wrapping_mul(size));
        match compare(m, function, key, at)? {
            0 => return Ok(at.into()),
            n if n < 0 => high = middle,
            _ => low = middle + 1,
        }
    }
    Ok(0)
}

/// The buffer holds the frame's serial number and the place after the call.
fn set_jump(m: &mut Interpreter<'_>, c: &HostCall<'_>) -> R {
    let Some(frame) = m.frames.last() else {
        return fault(ErrorKind::BadCall, "setjmp is called from outside the program");
    };
    let (serial, mark) = (frame.serial, u64::from(frame.block.0) << 32 | frame.at as u64);
    m.memory.store(c.ptr(0), 8, serial.into())?;
    m.memory.store(c.ptr(0) + 8, 8, mark.into())?;
    Ok(0)
}

fn long_jump(m: &mut Interpreter<'_>, c: &HostCall<'_>) -> R {
    let frame = m.memory.load(c.ptr(0), 8)? as u64;
    let mark = m.memory.load(c.ptr(0) + 8, 8)? as u64;
    if !m.frames.iter().any(|f| f.serial == frame) {
        return fault(ErrorKind::BrokenPromise, "longjmp to a function that has returned");
    }
    let value = c.bits(1) as u32;
    Err(Stop::LongJump { frame, mark, value: if value == 0 { 1 } else { value } })
}
