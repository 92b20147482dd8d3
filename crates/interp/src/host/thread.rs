//! `<pthread.h>`: a thread runs to its end when it is created, which is one of the orders that a program whose
//! threads do not wait for each other may see. Locks are always free then.

use super::{HostCall, Table};
use crate::error::Stop;
use crate::machine::Interpreter;
use crate::value::Val;

type R = Result<u128, Stop>;

/// `ESRCH`.
const NO_SUCH_THREAD: u128 = 3;

pub(super) const TABLE: Table = &[
    ("pthread_create", create),
    ("pthread_join", join),
    ("pthread_detach", |_, _| Ok(0)),
    ("pthread_self", |m, _| Ok(m.host.current_thread.into())),
    ("pthread_equal", |_, c| Ok((c.ptr(0) == c.ptr(1)).into())),
    ("pthread_mutex_init", |_, _| Ok(0)),
    ("pthread_mutex_destroy", |_, _| Ok(0)),
    ("pthread_mutex_lock", |_, _| Ok(0)),
    ("pthread_mutex_trylock", |_, _| Ok(0)),
    ("pthread_mutex_unlock", |_, _| Ok(0)),
    ("pthread_attr_init", |_, _| Ok(0)),
    ("pthread_attr_destroy", |_, _| Ok(0)),
    ("pthread_once", once),
    ("sched_yield", |_, _| Ok(0)),
];

/// `pthread_create(thread, attributes, function, argument)`. Threads are numbered from 1; 0 is the first.
fn create(m: &mut Interpreter<'_>, c: &HostCall<'_>) -> R {
    let number = m.host.thread_results.len() as u64 + 1;
    m.host.thread_results.push(0);
    m.memory.store(c.ptr(0), c.pointer, number.into())?;
    let addresses = m.enter_thread()?;
    let creator = std::mem::replace(&mut m.host.current_thread, number);
    let results = m.call_address(c.ptr(2), vec![Val::int(c.bits(3))])?;
    m.host.current_thread = creator;
    m.addresses = addresses;
    m.host.thread_results[number as usize - 1] = results.first().map_or(0, Val::bits);
    Ok(0)
}

fn join(m: &mut Interpreter<'_>, c: &HostCall<'_>) -> R {
    let index = c.ptr(0).checked_sub(1).and_then(|index| usize::try_from(index).ok());
    let Some(result) = index.and_then(|index| m.host.thread_results.get(index).copied()) else {
        return Ok(NO_SUCH_THREAD);
    };
    if c.ptr(1) != 0 {
        m.memory.store(c.ptr(1), c.pointer, result)?;
    }
    Ok(0)
}

/// `pthread_once(control, function)`: the control is an `int` that is 0 before.
fn once(m: &mut Interpreter<'_>, c: &HostCall<'_>) -> R {
    if m.memory.load(c.ptr(0), 4)? == 0 {
        m.memory.store(c.ptr(0), 4, 2)?;
        m.call_address(c.ptr(1), Vec::new())?;
    }
    Ok(0)
}
