//! From a module to a streamer: each function through all stages, in parallel, results in source
//! order.

use crate::branches::{self, BranchScratch};
use crate::debug::{self, FunctionDebug};
use crate::edges::{self, EdgePlan};
use crate::emit::context::{AsmEmitter, ModuleContext};
use crate::emit::function::EmitScratch;
use crate::emit::{data, function, lsda, module};
use crate::error::{CodegenError, ErrorKind};
use crate::frame::{self, FrameScratch};
use crate::inst::MachFunction;
use crate::inst::printer::Printer;
use crate::options::Options;
use crate::regalloc::{self, AllocatorScratch};
use crate::target::{SelectInput, TargetCodegen};
use lathe_diag::{Diagnostic, SourceMap};
use lathe_ir::module::Definition;
use lathe_ir::{Entity, FuncId, Function, Linkage, Module, Symbol};
use lathe_isa::Syntax;
use lathe_mc::{CodeBuffer, ModuleStreamer, ObjectStreamer, Streamer, TextStreamer};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

/// Names of the stages, in order, as `--time-passes` shows them.
pub const STAGES: [&str; 8] =
    ["legalize", "edges", "select", "regalloc", "peephole", "branches", "frame", "emit"];

/// Reusable memory of one worker.
#[derive(Debug, Default)]
pub struct Scratch {
    machine: MachFunction,
    edges: EdgePlan,
    allocator: AllocatorScratch,
    peephole: crate::peephole::PeepholeScratch,
    branches: BranchScratch,
    frame: FrameScratch,
    share: frame::share::ShareScratch,
    emit: EmitScratch,
    /// Seconds per stage.
    times: [f64; STAGES.len()],
    dumps: Vec<(String, String)>,
    debug: Vec<FunctionDebug>,
}

/// What else came out.
#[derive(Debug, Default)]
pub struct Report {
    /// Title and text of each dump that was asked for.
    pub dumps: Vec<(String, String)>,
    /// Processor seconds per stage, summed over threads; empty when not asked for.
    pub times: Vec<(String, f64)>,
    /// Warnings.
    pub warnings: Vec<Diagnostic>,
}

/// The form of the result.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OutputForm {
    /// An object file.
    Object,
    /// Assembly text.
    Text(Syntax),
}

impl OutputForm {
    fn streamer(self, cx: &ModuleContext<'_>) -> Box<dyn ModuleStreamer> {
        let (isa, names) = (cx.target.isa(), cx.names.clone());
        match self {
            OutputForm::Object => Box::new(ObjectStreamer::new(isa, names)),
            OutputForm::Text(syntax) => Box::new(TextStreamer::new(isa, names, syntax)),
        }
    }

    fn buffer(self, cx: &ModuleContext<'_>) -> CodeBuffer {
        let (isa, names) = (cx.target.isa(), cx.names.clone());
        match self {
            OutputForm::Object => CodeBuffer::object(isa, names),
            OutputForm::Text(syntax) => CodeBuffer::text(isa, names, syntax),
        }
    }
}

/// Compiles a whole module into a streamer, on which the caller calls `finish`.
///
/// # Errors
/// All failures found, in source order.
pub fn compile_module(
    mut input: Module,
    target: &dyn TargetCodegen,
    options: &Options,
    sources: Option<&SourceMap>,
    asm: Option<&dyn AsmEmitter>,
    output: OutputForm,
) -> Result<(Box<dyn ModuleStreamer>, Report), Vec<CodegenError>> {
    crate::protect::declare_reference(&mut input, target.info());
    let bodies = take_bodies(&mut input);
    let cx = ModuleContext::new(&input, target, options, sources, asm);
    let mut unwind = Vec::new();
    for body in &bodies {
        if let Some(body) = body.lock().ok().as_deref().and_then(Option::as_ref) {
            module::unwind_symbols(body, &mut unwind);
        }
    }
    unwind.sort_unstable_by_key(|s: &Symbol| s.index());
    unwind.dedup();
    let mut out = output.streamer(&cx);
    let mut report = Report::default();
    let mut errors = Vec::new();
    module::begin(&cx, &mut *out);
    let mut described = Vec::new();
    let order: Vec<FuncId> = emitted_functions(&input).collect();
    if options.threads > 1 && order.len() > 1 {
        parallel(&cx, &bodies, &order, output, &mut *out, &mut described, &mut report, &mut errors);
    } else {
        serial(&cx, &bodies, &mut *out, &mut described, &mut report, &mut errors);
    }
    lsda::cells(&cx, &unwind, &mut *out);
    if options.debug_info {
        debug::unit::write(&cx, &described, &mut *out);
    }
    module::end(&cx, &mut *out);
    if errors.is_empty() { Ok((out, report)) } else { Err(errors) }
}

/// Takes the bodies out of a module, leaving signatures and attributes.
fn take_bodies(input: &mut Module) -> Vec<Mutex<Option<Function>>> {
    let mut bodies = Vec::with_capacity(input.functions.len());
    for function in input.functions.values_mut() {
        let mut shell = Function::new(function.symbol, function.signature.clone());
        shell.attributes = function.attributes.clone();
        shell.loc = function.loc;
        shell.scope = function.scope;
        bodies.push(Mutex::new(Some(std::mem::replace(function, shell))));
    }
    bodies
}

/// Functions with code in the output, in order.
fn emitted_functions(input: &Module) -> impl Iterator<Item = FuncId> + '_ {
    input.order.iter().filter_map(|definition| match definition {
        Definition::Function(id) => {
            let symbol = input.functions[*id].symbol;
            (input.symbols[symbol].linkage != Linkage::AvailableExternally).then_some(*id)
        }
        _ => None,
    })
}

fn take_body(bodies: &[Mutex<Option<Function>>], id: FuncId) -> Option<Function> {
    bodies[id.index()].lock().ok()?.take()
}

fn serial(
    cx: &ModuleContext<'_>,
    bodies: &[Mutex<Option<Function>>],
    out: &mut dyn ModuleStreamer,
    described: &mut Vec<FunctionDebug>,
    report: &mut Report,
    errors: &mut Vec<CodegenError>,
) {
    let mut scratch = Scratch::default();
    let mut buffer = out.new_buffer();
    each_definition(cx, out, errors, &mut |id, out, errors| {
        let Some(mut body) = take_body(bodies, id) else { return };
        match compile_function(cx, id, &mut body, &mut buffer, &mut scratch) {
            Ok(()) => out.append(&mut buffer),
            Err(error) => {
                errors.push(error);
                buffer = out.new_buffer();
            }
        }
    });
    report.dumps.append(&mut scratch.dumps);
    described.append(&mut scratch.debug);
    add_times(cx, report, &scratch);
}

/// Walks the definitions in order.
fn each_definition(
    cx: &ModuleContext<'_>,
    out: &mut dyn ModuleStreamer,
    errors: &mut Vec<CodegenError>,
    function: &mut dyn FnMut(FuncId, &mut dyn ModuleStreamer, &mut Vec<CodegenError>),
) {
    for definition in &cx.module.order {
        match definition {
            Definition::Function(id) => {
                let symbol = cx.module.functions[*id].symbol;
                if cx.module.symbols[symbol].linkage != Linkage::AvailableExternally {
                    function(*id, out, errors);
                }
            }
            Definition::Data(id) => {
                let object = &cx.module.data[*id];
                if cx.module.symbols[object.symbol].linkage != Linkage::AvailableExternally {
                    data::emit(cx, object, out);
                }
            }
            Definition::Asm(text, loc) => {
                if let Err(error) = module::top_level_asm(cx, text, *loc, out) {
                    errors.push(error);
                }
            }
        }
    }
}

/// A compiled function waiting for its turn.
type Finished = Option<Result<CodeBuffer, CodegenError>>;

fn parallel(
    cx: &ModuleContext<'_>,
    bodies: &[Mutex<Option<Function>>],
    order: &[FuncId],
    output: OutputForm,
    out: &mut dyn ModuleStreamer,
    described: &mut Vec<FunctionDebug>,
    report: &mut Report,
    errors: &mut Vec<CodegenError>,
) {
    let next = AtomicUsize::new(0);
    let results: Vec<Mutex<Finished>> = bodies.iter().map(|_| Mutex::new(None)).collect();
    let dumps = Mutex::new(Vec::new());
    let descriptions = Mutex::new(Vec::new());
    let totals = Mutex::new([0.0; STAGES.len()]);
    std::thread::scope(|scope| {
        for _ in 0..cx.options.threads.min(order.len()) {
            scope.spawn(|| {
                let mut scratch = Scratch::default();
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(id) = order.get(index).copied() else { break };
                    let Some(mut body) = take_body(bodies, id) else { continue };
                    let mut buffer = output.buffer(cx);
                    let result = compile_function(cx, id, &mut body, &mut buffer, &mut scratch);
                    if let Ok(mut slot) = results[id.index()].lock() {
                        *slot = Some(result.map(|()| buffer));
                    }
                    if let Some(debug) = scratch.debug.pop()
                        && let Ok(mut descriptions) = descriptions.lock()
                    {
                        descriptions.push((index, debug));
                    }
                    if !scratch.dumps.is_empty()
                        && let Ok(mut dumps) = dumps.lock()
                    {
                        dumps.extend(scratch.dumps.drain(..).map(|dump| (index, dump)));
                    }
                }
                if let Ok(mut totals) = totals.lock() {
                    totals.iter_mut().zip(scratch.times).for_each(|(total, time)| *total += time);
                }
            });
        }
    });
    each_definition(cx, out, errors, &mut |id, out, errors| {
        let finished = results[id.index()].lock().ok().and_then(|mut slot| slot.take());
        match finished {
            Some(Ok(mut buffer)) => out.append(&mut buffer),
            Some(Err(error)) => errors.push(error),
            None => {}
        }
    });
    let mut descriptions: Vec<(usize, FunctionDebug)> = descriptions.into_inner().unwrap_or_default();
    descriptions.sort_by_key(|(index, _)| *index);
    described.extend(descriptions.into_iter().map(|(_, debug)| debug));
    let mut dumps: Vec<(usize, (String, String))> = dumps.into_inner().unwrap_or_default();
    dumps.sort_by_key(|(index, _)| *index);
    report.dumps.extend(dumps.into_iter().map(|(_, dump)| dump));
    let scratch = Scratch { times: totals.into_inner().unwrap_or_default(), ..Scratch::default() };
    add_times(cx, report, &scratch);
}

fn add_times(cx: &ModuleContext<'_>, report: &mut Report, scratch: &Scratch) {
    if cx.options.time_passes {
        let times = STAGES.iter().zip(scratch.times);
        report.times.extend(times.map(|(name, time)| ((*name).to_string(), time)));
    }
}

/// Compiles one function into a streamer.
///
/// # Errors
/// When it cannot be compiled; the error names the function.
pub fn compile_function(
    cx: &ModuleContext<'_>,
    id: FuncId,
    body: &mut Function,
    out: &mut dyn Streamer,
    scratch: &mut Scratch,
) -> Result<(), CodegenError> {
    let name = &cx.module.symbols[body.symbol].name;
    stages(cx, id, body, out, scratch).map_err(|error| error.in_function(name))?;
    let diagnostics = out.diagnostics();
    if diagnostics.has_errors() {
        let first = diagnostics.iter().find(|d| d.severity == lathe_diag::Severity::Error);
        let text = first.map_or_else(String::new, |d| d.message.clone());
        let error = CodegenError::new(ErrorKind::Assembly(text));
        return Err(error.in_function(name));
    }
    Ok(())
}

fn stages(
    cx: &ModuleContext<'_>,
    id: FuncId,
    body: &mut Function,
    out: &mut dyn Streamer,
    scratch: &mut Scratch,
) -> Result<(), CodegenError> {
    let (target, options) = (cx.target, cx.options);
    let Scratch {
        machine,
        edges: plan,
        allocator,
        peephole,
        branches,
        frame,
        share,
        emit,
        times,
        dumps,
        debug,
    } = scratch;
    let mut clock = Clock::new(options.time_passes, times);
    let guard = crate::protect::protect(body, cx.module, target.info());
    target.expand_ir(cx.module, body, options);
    crate::legalize::legalize(body, cx.module, &target.legalize_rules())?;
    clock.lap(0);
    if guard.is_none() && options.level != crate::options::OptLevel::None && !options.debug_info {
        frame::share::share_slots(body, share);
    }
    edges::prepare(body, options, plan);
    clock.lap(1);
    let input = SelectInput { module: cx.module, id, func: body, options };
    target.select(&input, machine)?;
    machine.needs.guard = guard;
    for block in &mut machine.blocks {
        block.loop_depth = plan.loop_depth[block.ir.index()];
        block.cold = plan.cold[block.ir.index()];
        block.address_taken |= plan.named.binary_search(&block.ir).is_ok();
    }
    let mut dump = |stage: &str, machine: &MachFunction| {
        if options.prints_after(stage) {
            let printer = Printer { isa: target.isa(), module: Some(cx.module) };
            let title = format!("{stage}: {}", cx.module.symbols[body.symbol].name);
            dumps.push((title, printer.function(machine)));
        }
    };
    dump("select", machine);
    clock.lap(2);
    regalloc::allocate(machine, target, options, allocator)?;
    dump("regalloc", machine);
    clock.lap(3);
    crate::peephole::run(machine, target, options, peephole);
    dump("peephole", machine);
    clock.lap(4);
    branches::thread(machine, branches);
    if options.level != crate::options::OptLevel::None {
        frame::shrink::sink_copies(machine, target, target.callee_saved(body.signature.call_conv));
    }
    let copy_tests = options.level != crate::options::OptLevel::None && !options.optimize_size;
    branches::expand(machine, target, copy_tests, branches);
    dump("branches", machine);
    clock.lap(5);
    let laid_out = frame::lay_out(machine, target, body.signature.call_conv, options, frame)?;
    crate::peephole::run_late(machine, target, options);
    crate::reach::relax(machine, body, target);
    dump("frame", machine);
    clock.lap(6);
    function::emit(cx, machine, body, &plan.trampolines, out, emit)?;
    if options.debug_info {
        debug.push(FunctionDebug::collect(machine, &laid_out, &emit.scope_ranges));
    }
    clock.lap(7);
    Ok(())
}

/// Adds up the time of stages, when that is asked for.
struct Clock<'a> {
    last: Option<Instant>,
    times: &'a mut [f64; STAGES.len()],
}

impl<'a> Clock<'a> {
    fn new(enabled: bool, times: &'a mut [f64; STAGES.len()]) -> Clock<'a> {
        Clock { last: enabled.then(Instant::now), times }
    }

    fn lap(&mut self, stage: usize) {
        if let Some(last) = &mut self.last {
            let now = Instant::now();
            self.times[stage] += now.duration_since(*last).as_secs_f64();
            *last = now;
        }
    }
}
