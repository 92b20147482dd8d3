//! The C library that interpreted programs see.
//!
//! Each file holds one header's functions as a table of names and functions over the interpreter.
//! A program's own definition of a name goes before these. What is not here is an error when it is
//! called, not before.

mod ctype;
mod files;
mod math;
mod printf;
mod runtime;
mod scanf;
mod stdio;
mod stdlib;
mod string;
mod thread;

use crate::error::Stop;
use crate::machine::{Interpreter, Options};
use crate::memory::Memory;
use crate::value::{Val, signed};
use files::Files;
use lathe_ir::Type;
use rustc_hash::FxHashMap;
use std::sync::LazyLock;

/// A library function: gives the bits of its result.
pub type HostFunction = for<'m> fn(&mut Interpreter<'m>, &HostCall<'_>) -> Result<u128, Stop>;

/// A table of library functions.
type Table = &'static [(&'static str, HostFunction)];

/// The arguments of a call to a library function.
pub struct HostCall<'a> {
    pub(crate) name: &'a str,
    pub(crate) args: Vec<Val>,
    pub(crate) types: Vec<Type>,
    pub(crate) result_address: u64,
    pub(crate) pointer: u32,
}

impl HostCall<'_> {
    /// The bits of an argument; 0 when it is missing.
    pub(crate) fn bits(&self, index: usize) -> u128 {
        self.args.get(index).map_or(0, Val::bits)
    }

    pub(crate) fn ty(&self, index: usize) -> Type {
        self.types.get(index).copied().unwrap_or(Type::I64)
    }

    /// An address or `size_t`.
    pub(crate) fn ptr(&self, index: usize) -> u64 {
        self.bits(index) as u64
    }

    /// An integer, sign-extended from the type it was passed as.
    pub(crate) fn int(&self, index: usize) -> i64 {
        let width = self.ty(index).lane_bits(8 * self.pointer);
        signed(self.bits(index), width) as i64
    }

    /// A float of any format as an f64.
    pub(crate) fn float(&self, index: usize) -> f64 {
        crate::float_ops::to_f64(self.ty(index), self.bits(index))
    }
}

/// The library's state.
pub(crate) struct HostState {
    pub files: Files,
    pub environment: Vec<(String, String)>,
    pub at_exit: Vec<u64>,
    /// Type info of exceptions in flight.
    pub thrown: FxHashMap<u64, u64>,
    /// Host objects made on demand: errno, ctype tables, the thread area, `getenv` results.
    pub objects: FxHashMap<String, u64>,
    pub random: stdlib::Random,
    /// Where `strtok` goes on.
    pub token: u64,
    /// The number of the running thread.
    pub current_thread: u64,
    /// What threads that have ended gave.
    pub thread_results: Vec<u128>,
}

impl HostState {
    pub fn new(options: Options) -> HostState {
        HostState {
            files: Files::new(options.stdin, options.stdout, options.stderr, options.allow_files),
            environment: options.environment,
            at_exit: Vec::new(),
            thrown: FxHashMap::default(),
            objects: FxHashMap::default(),
            random: stdlib::Random::seeded(1),
            token: 0,
            current_thread: 0,
            thread_results: Vec::new(),
        }
    }

    /// A host object that is made when it is first asked for.
    pub fn object(
        &mut self,
        memory: &mut Memory,
        name: &'static str,
        content: impl FnOnce() -> Vec<u8>,
    ) -> Result<u64, Stop> {
        if let Some(address) = self.objects.get(name) {
            return Ok(*address);
        }
        let address = memory.add_host(name, content())?;
        self.objects.insert(name.to_string(), address);
        Ok(address)
    }

    pub fn thread_pointer(&mut self, memory: &mut Memory) -> Result<u64, Stop> {
        self.object(memory, "the thread area", || vec![0; 256])
    }
}

static FUNCTIONS: LazyLock<FxHashMap<&'static str, HostFunction>> = LazyLock::new(|| {
    let tables: [Table; 9] = [
        ctype::TABLE,
        math::TABLE,
        printf::TABLE,
        runtime::TABLE,
        scanf::TABLE,
        stdio::TABLE,
        stdlib::TABLE,
        string::TABLE,
        thread::TABLE,
    ];
    tables.iter().flat_map(|table| table.iter().copied()).collect()
});

/// The library function of a name.
pub fn find(name: &str) -> Option<HostFunction> {
    FUNCTIONS.get(name).copied().or_else(|| runtime::arithmetic(name))
}

/// Gives data that the program declares and the library defines; `None` for other names.
pub(crate) fn declare_data(machine: &mut Interpreter<'_>, name: &str) -> Result<Option<u64>, Stop> {
    let pointer = machine.pointer_bytes() as usize;
    let (object, file) = match name {
        "stdin" => ("stdin", Some(0)),
        "stdout" => ("stdout", Some(1)),
        "stderr" => ("stderr", Some(2)),
        "environ" | "__environ" => ("environ", None),
        _ => return Ok(None),
    };
    let target = match file {
        Some(number) => files::standard(machine, number)?,
        None => machine.memory.add_host("environ", vec![0; pointer])?,
    };
    let bytes = target.to_le_bytes()[..pointer].to_vec();
    machine.host.object(&mut machine.memory, object, || bytes).map(Some)
}

/// Writes out everything that is buffered.
pub(crate) fn flush_all(machine: &mut Interpreter<'_>) -> Result<(), Stop> {
    machine.host.files.flush_all()
}

impl Interpreter<'_> {
    pub(crate) fn errno(&mut self) -> Result<u64, Stop> {
        self.host.object(&mut self.memory, "errno", || vec![0; 4])
    }

    pub(crate) fn set_errno(&mut self, number: i32) -> Result<(), Stop> {
        let address = self.errno()?;
        self.memory.store(address, 4, u128::from(number as u32))
    }
}

/// `-1` as a result of any width.
pub(crate) const MINUS_ONE: u128 = u128::MAX;
/// `ENOENT`.
pub(crate) const ENOENT: i32 = 2;
/// `ENOMEM`.
pub(crate) const ENOMEM: i32 = 12;
/// `EINVAL`.
pub(crate) const EINVAL: i32 = 22;
/// `ERANGE`.
pub(crate) const ERANGE: i32 = 34;
