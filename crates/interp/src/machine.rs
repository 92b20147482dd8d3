//! The interpreter's state: memory, frames, the running loop, calls.
//!
//! Calls of the interpreted program are frames in a vector, not recursion, so that deep recursion in
//! the program is only limited by [`Options::stack_limit`]. A host function that calls back
//! (`qsort`) runs a nested loop; exceptions and `longjmp` pass it as [`Stop`].

use crate::error::{BacktraceFrame, Error, ErrorKind, ExitStatus, Stop, fault};
use crate::host::{self, HostCall, HostFunction, HostState};
use crate::memory::{Memory, ObjectKind, StackMark};
use crate::value::{Val, mask};
use lathe_ir::module::Linkage;
use lathe_ir::*;
use rustc_hash::FxHashMap;
use std::io::{Read, Write};

/// What the program may do and where its input and output go.
pub struct Options {
    /// Instructions to run at most.
    pub step_limit: Option<u64>,
    /// Frames at most.
    pub stack_limit: usize,
    /// Bytes of memory at most.
    pub memory_limit: u64,
    /// Standard output.
    pub stdout: Box<dyn Write>,
    /// Standard error.
    pub stderr: Box<dyn Write>,
    /// Standard input.
    pub stdin: Box<dyn Read>,
    /// Whether files may be opened.
    pub allow_files: bool,
    /// Environment variables.
    pub environment: Vec<(String, String)>,
}

impl Default for Options {
    /// The process's own input, output and environment; no step limit.
    fn default() -> Options {
        Options {
            step_limit: None,
            stack_limit: 100_000,
            memory_limit: 4 << 30,
            stdout: Box::new(std::io::stdout()),
            stderr: Box::new(std::io::stderr()),
            stdin: Box::new(std::io::stdin()),
            allow_files: true,
            environment: std::env::vars_os()
                .filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?)))
                .collect(),
        }
    }
}

/// One running function.
pub(crate) struct Frame<'m> {
    pub func: &'m Function,
    pub id: FuncId,
    /// Different for every frame that ever was.
    pub serial: u64,
    pub block: Block,
    /// The next instruction's index in the block.
    pub at: usize,
    pub values: Vec<Val>,
    /// Addresses of the stack slots.
    pub slots: Vec<u64>,
    pub mark: StackMark,
    /// Address for a returned aggregate.
    pub result_address: u64,
    /// The variable arguments, once `va_start` ran or might.
    pub variable_args: Vec<Argument>,
    /// Handles of the `va_list`s that this frame started.
    pub lists: Vec<u64>,
    /// Where the caller's results go; `None` for a call from the host.
    pub call: Option<Inst>,
}

/// An argument with its type; an aggregate as its bytes.
#[derive(Clone, Debug)]
pub(crate) enum Argument {
    Value(Type, Val),
    Aggregate(Box<[u8]>),
}

/// Runs a module.
pub struct Interpreter<'m> {
    pub(crate) module: &'m Module,
    /// Memory of the program.
    pub(crate) memory: Memory,
    pub(crate) frames: Vec<Frame<'m>>,
    pub(crate) steps: u64,
    step_limit: u64,
    stack_limit: usize,
    next_serial: u64,
    /// Addresses of symbols.
    pub(crate) addresses: Vec<u64>,
    pub(crate) host_functions: Vec<Option<HostFunction>>,
    spare_values: Vec<Vec<Val>>,
    pub(crate) va_lists: FxHashMap<u64, Vec<Argument>>,
    pub(crate) next_va_list: u64,
    pub(crate) host: HostState,
    nesting: usize,
    layout_error: Option<Error>,
}

/// Nested runs (host function → callback → host function …) at most.
const MOST_NESTED: usize = 200;

impl<'m> Interpreter<'m> {
    /// Lays the module out in memory. When that fails, running gives the error.
    pub fn new(module: &'m Module, options: Options) -> Interpreter<'m> {
        let names = module.symbols.values().map(|s| s.name.clone()).collect();
        let pointer_bytes = module.target.layout.pointer.size;
        let mut machine = Interpreter {
            module,
            memory: Memory::new(pointer_bytes, options.memory_limit, names),
            frames: Vec::new(),
            steps: 0,
            step_limit: options.step_limit.unwrap_or(u64::MAX),
            stack_limit: options.stack_limit,
            next_serial: 1,
            addresses: vec![0; module.symbols.len()],
            host_functions: module.symbols.values().map(|s| host::find(&s.name)).collect(),
            spare_values: Vec::new(),
            va_lists: FxHashMap::default(),
            next_va_list: 1,
            host: HostState::new(options),
            nesting: 0,
            layout_error: None,
        };
        if let Err(stop) = machine.place_symbols() {
            machine.layout_error = Some(machine.error_of(stop));
        }
        machine
    }

    /// The address of a symbol; an ifunc is resolved by running its resolver.
    pub(crate) fn symbol_address(&mut self, symbol: Symbol) -> Result<u64, Stop> {
        if let SymbolDefinition::Ifunc(resolver) = self.module.symbols[symbol].definition {
            let result = self.run_symbol(resolver, Vec::new())?;
            return Ok(result.first().map_or(0, Val::bits) as u64);
        }
        Ok(self.addresses[symbol.index()])
    }

    /// The address of a named symbol, for tests and debuggers.
    pub fn address_of(&self, name: &str) -> Option<u64> {
        Some(self.addresses[self.module.find_symbol(name)?.index()])
    }

    /// Bytes of the program's memory.
    ///
    /// # Errors
    /// When the range is not inside one live object.
    pub fn read_memory(&self, address: u64, size: u64) -> Result<Vec<u8>, Error> {
        match self.memory.bytes(address, size) {
            Ok(bytes) => Ok(bytes.to_vec()),
            Err(stop) => Err(self.error_of(stop)),
        }
    }

    /// A new heap object with this content, for tests that pass addresses.
    ///
    /// # Errors
    /// When memory is used up.
    pub fn allocate(&mut self, content: &[u8]) -> Result<u64, Error> {
        let out_of_memory = || Error::new(ErrorKind::Memory, "out of memory");
        let address = self.memory.allocate(content.len() as u64, 16, true).ok_or_else(out_of_memory)?;
        if let Ok(bytes) = self.memory.bytes_mut(address, content.len() as u64) {
            bytes.copy_from_slice(content);
        }
        Ok(address)
    }

    /// Instructions run so far.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// Runs a whole program: constructors, `main`, destructors. `args[0]` is the program's name.
    ///
    /// # Errors
    /// What the program did wrong.
    pub fn run_main<S: AsRef<str>>(&mut self, args: &[S]) -> Result<ExitStatus, Error> {
        if let Some(error) = &self.layout_error {
            return Err(error.clone());
        }
        let args: Vec<&str> = args.iter().map(AsRef::as_ref).collect();
        let outcome = self.whole_program(&args);
        let outcome = match outcome {
            Err(Stop::Exit(status)) => self.at_exit().map(|()| status),
            Ok(status) => self.at_exit().map(|()| status),
            Err(stop) => Err(stop),
        };
        let flushed = host::flush_all(self);
        match outcome {
            Ok(status) | Err(Stop::Exit(status)) => match flushed {
                Ok(()) => Ok(ExitStatus(status & 0xff)),
                Err(stop) => Err(self.error_of(stop)),
            },
            Err(stop) => Err(self.error_of(stop)),
        }
    }

    fn whole_program(&mut self, args: &[&str]) -> Result<i32, Stop> {
        let module = self.module;
        let mut constructors: Vec<_> = module.constructors.iter().collect();
        constructors.sort_by_key(|c| c.priority);
        for constructor in constructors {
            self.run_symbol(constructor.function, Vec::new())?;
        }
        let main = module.find_symbol("main").filter(|s| module.signature_of(*s).is_some());
        let Some(main) = main else {
            return fault(ErrorKind::BadCall, "the program has no function @main");
        };
        let pointer = module.target.layout.pointer.size;
        let mut pointers = Vec::new();
        for arg in args {
            let mut bytes = arg.as_bytes().to_vec();
            bytes.push(0);
            pointers.push(self.memory.add_host("an argument of main", bytes)?);
        }
        pointers.push(0);
        let size = pointer as usize;
        let table = pointers.iter().flat_map(|p| p.to_le_bytes()[..size].to_vec()).collect();
        let argv = self.memory.add_host("argv", table)?;
        let all = [Val::int(args.len() as u128), Val::int(argv.into()), Val::int(0)];
        let count = module.signature_of(main).map_or(0, |s| s.params.len().min(3));
        let result = self.run_symbol(main, all[..count].to_vec())?;
        Ok(result.first().map_or(0, |v| v.bits() as u32 as i32))
    }

    fn at_exit(&mut self) -> Result<(), Stop> {
        self.unwind_to(0);
        while let Some(function) = self.host.at_exit.pop() {
            self.call_address(function, Vec::new())?;
        }
        let mut destructors: Vec<_> = self.module.destructors.iter().collect();
        destructors.sort_by_key(|d| std::cmp::Reverse(d.priority));
        for destructor in destructors {
            self.run_symbol(destructor.function, Vec::new())?;
        }
        Ok(())
    }

    /// Calls a function with values for its parameters, and gives its results.
    ///
    /// # Errors
    /// When there is no such function, the arguments do not fit, or what the function did wrong.
    pub fn call(&mut self, name: &str, args: &[Val]) -> Result<Vec<Val>, Error> {
        if let Some(error) = &self.layout_error {
            return Err(error.clone());
        }
        let Some(symbol) = self.module.find_symbol(name) else {
            return Err(Error::new(ErrorKind::BadCall, format!("there is no function @{name}")));
        };
        if let Some(signature) = self.module.signature_of(symbol) {
            let expected = signature.params.len() + usize::from(signature.returned_aggregate().is_some());
            if expected != args.len() {
                let message = format!("@{name} takes {expected} arguments, not {}", args.len());
                return Err(Error::new(ErrorKind::BadCall, message));
            }
        }
        let outcome = self.run_symbol(symbol, args.to_vec());
        match outcome {
            Ok(results) => match host::flush_all(self) {
                Ok(()) => Ok(results),
                Err(stop) => Err(self.error_of(stop)),
            },
            Err(stop) => {
                let error = self.error_of(stop);
                self.unwind_to(0);
                Err(error)
            }
        }
    }

    /// Adds the backtrace.
    fn error_of(&self, stop: Stop) -> Error {
        let mut error = match stop {
            Stop::Error(error) => *error,
            Stop::Exit(status) => Error::new(ErrorKind::BadCall, format!("the program exited with {status}")),
            Stop::LongJump { .. } => {
                Error::new(ErrorKind::BrokenPromise, "longjmp to a function that has returned")
            }
            Stop::Throw { .. } => Error::new(ErrorKind::UncaughtException, "nothing caught the exception"),
        };
        if error.backtrace.is_empty() {
            for frame in self.frames.iter().rev().take(50) {
                let index = frame.at.saturating_sub(1);
                let Some(inst) = frame.func.blocks[frame.block].insts.get(index) else { continue };
                error.backtrace.push(BacktraceFrame {
                    function: self.module.symbols[frame.func.symbol].name.to_string(),
                    block: frame.block,
                    inst: frame.func.display_inst(self.module, *inst).to_string(),
                    loc: frame.func.loc(*inst),
                });
            }
        }
        error
    }

    pub(crate) fn unwind_to(&mut self, depth: usize) {
        while self.frames.len() > depth {
            self.pop_frame();
        }
    }

    pub(crate) fn pop_frame(&mut self) {
        if let Some(frame) = self.frames.pop() {
            self.memory.pop_stack(frame.mark);
            for list in frame.lists {
                self.va_lists.remove(&list);
            }
            self.spare_values.push(frame.values);
        }
    }

    /// Calls a symbol from the host and runs it to its end. The address for a returned aggregate
    /// comes first.
    pub(crate) fn run_symbol(&mut self, symbol: Symbol, args: Vec<Val>) -> Result<Vec<Val>, Stop> {
        let target = self.resolve_function(symbol)?;
        let signature = match self.module.signature_of(target) {
            Some(signature) => signature.clone(),
            None => Signature::default(),
        };
        let depth = self.frames.len();
        match self.begin_call(target, &signature, args, None)? {
            Some(results) => Ok(results),
            None => self.run(depth),
        }
    }

    /// Calls an address from the host (callbacks).
    pub(crate) fn call_address(&mut self, address: u64, args: Vec<Val>) -> Result<Vec<Val>, Stop> {
        let symbol = self.function_at(address)?;
        self.run_symbol(symbol, args)
    }

    pub(crate) fn function_at(&self, address: u64) -> Result<Symbol, Stop> {
        match self.memory.function_at(address) {
            Some(symbol) => Ok(symbol),
            None => {
                let what = self.memory.describe(address);
                fault(ErrorKind::Memory, format!("call of {what}, which is no function"))
            }
        }
    }

    /// Follows aliases and ifuncs to a function with a body or a host function.
    fn resolve_function(&mut self, mut symbol: Symbol) -> Result<Symbol, Stop> {
        for _ in 0..=self.module.symbols.len() {
            match self.module.symbols[symbol].definition {
                SymbolDefinition::Alias(target, 0) => symbol = target,
                SymbolDefinition::Ifunc(_) => {
                    let address = self.symbol_address(symbol)?;
                    symbol = self.function_at(address)?;
                }
                _ => break,
            }
        }
        Ok(symbol)
    }

    /// Starts a call: pushes a frame, or runs a host function and gives its results. `call` is the
    /// instruction of the current frame that waits for the results.
    pub(crate) fn begin_call(
        &mut self,
        symbol: Symbol,
        signature: &Signature,
        args: Vec<Val>,
        call: Option<Inst>,
    ) -> Result<Option<Vec<Val>>, Stop> {
        let symbol = self.resolve_function(symbol)?;
        let data = &self.module.symbols[symbol];
        if let SymbolDefinition::Function(id) = data.definition
            && (data.linkage != Linkage::AvailableExternally || self.host_functions[symbol.index()].is_none())
        {
            self.push_frame(id, signature, args, call)?;
            return Ok(None);
        }
        let Some(function) = self.host_functions[symbol.index()] else {
            return fault(
                ErrorKind::Unsupported,
                format!("@{} is not in the program and the interpreter has none", data.name),
            );
        };
        self.call_host(function, &data.name, signature, args).map(Some)
    }

    pub(crate) fn call_host(
        &mut self,
        function: HostFunction,
        name: &'m str,
        signature: &Signature,
        mut args: Vec<Val>,
    ) -> Result<Vec<Val>, Stop> {
        let returns_aggregate = signature.returned_aggregate().is_some() && !args.is_empty();
        let result_address = if returns_aggregate { args.remove(0).bits() as u64 } else { 0 };
        let types = signature.params.iter().map(|p| p.value_type());
        let types = types.chain(std::iter::repeat(Type::I64)).take(args.len()).collect();
        let result = signature.result_types().next();
        let call =
            HostCall { name, args, types, result_address, pointer: self.module.target.layout.pointer.size };
        let bits = function(self, &call)?;
        Ok(match result {
            Some(ty) => vec![Val::Scalar(bits & mask(ty.lane_bits(8 * call.pointer)))],
            None => Vec::new(),
        })
    }

    fn push_frame(
        &mut self,
        id: FuncId,
        signature: &Signature,
        args: Vec<Val>,
        call: Option<Inst>,
    ) -> Result<(), Stop> {
        let module = self.module;
        let func = &module.functions[id];
        if self.frames.len() >= self.stack_limit {
            return fault(ErrorKind::Memory, format!("more than {} calls deep", self.stack_limit));
        }
        let mut values = self.spare_values.pop().unwrap_or_default();
        values.clear();
        values.resize(func.value_count(), Val::Scalar(0));
        let mut frame = Frame {
            func,
            id,
            serial: self.next_serial,
            block: func.entry(),
            at: 0,
            values,
            slots: Vec::new(),
            mark: self.memory.stack_mark(),
            result_address: 0,
            variable_args: Vec::new(),
            lists: Vec::new(),
            call,
        };
        self.next_serial += 1;
        let mut args = args.into_iter();
        // The callee's view decides: a call through a wrong prototype may pass fewer.
        if func.signature.returned_aggregate().is_some() {
            frame.result_address = args.next().map_or(0, |v| v.bits() as u64);
        }
        let entry = &func.blocks[func.entry()];
        for (param, expected) in entry.params.iter().zip(&func.signature.params) {
            let Some(value) = args.next() else {
                let name = &module.symbols[func.symbol].name;
                return fault(ErrorKind::BrokenPromise, format!("@{name} is called with too few arguments"));
            };
            frame.values[param.index()] = match expected.ty {
                ParamType::Scalar(_) => value,
                ParamType::Aggregate(aggregate) => {
                    let layout = &module.aggregates[aggregate];
                    let copy = self.memory.push_stack(
                        ObjectKind::Dynamic,
                        layout.size,
                        layout.align.max(8).into(),
                    )?;
                    self.memory.copy(copy, value.bits() as u64, layout.size)?;
                    Val::int(copy.into())
                }
            };
        }
        if func.signature.variadic {
            let rest = signature.params.iter().skip(func.signature.params.len());
            for (value, param) in args.zip(rest) {
                frame.variable_args.push(match param.ty {
                    ParamType::Scalar(ty) => Argument::Value(ty, value),
                    ParamType::Aggregate(aggregate) => {
                        let size = module.aggregates[aggregate].size;
                        let bytes = self.memory.bytes(value.bits() as u64, size)?;
                        Argument::Aggregate(bytes.into())
                    }
                });
            }
        }
        for (slot, data) in func.slots.iter() {
            let kind = ObjectKind::Slot(slot.0, data.name.clone());
            frame.slots.push(self.memory.push_stack(kind, data.size, data.align.into())?);
        }
        self.frames.push(frame);
        Ok(())
    }

    /// Runs until the frame above `depth` has returned, and gives its results.
    pub(crate) fn run(&mut self, depth: usize) -> Result<Vec<Val>, Stop> {
        if self.nesting >= MOST_NESTED {
            return fault(ErrorKind::Unsupported, "callbacks of library functions are nested too deeply");
        }
        self.nesting += 1;
        let outcome = self.run_loop(depth);
        self.nesting -= 1;
        outcome
    }

    fn run_loop(&mut self, depth: usize) -> Result<Vec<Val>, Stop> {
        loop {
            if self.steps >= self.step_limit {
                return fault(ErrorKind::StepLimit, format!("stopped after {} instructions", self.steps));
            }
            self.steps += 1;
            match self.step() {
                Ok(None) => {}
                Ok(Some(results)) => {
                    let call = self.frames.last().and_then(|f| f.call);
                    self.pop_frame();
                    if self.frames.len() == depth {
                        return Ok(results);
                    }
                    if let Some(call) = call {
                        self.finish_call(call, results)?;
                    }
                }
                Err(stop) => self.interrupted(stop, depth)?,
            }
        }
    }
}
