//! The pass manager: which passes run, on what, in which order.
//!
//! One table ([`PASSES`]) names the passes. After each pass that changed a function, the function is
//! verified (if asked) and printed (if asked). Functions are independent: workers take them by an
//! atomic index, and reports are joined in the order of the functions.

use crate::{cfg, dce, gvn, induction, inline, licm, loops, promote};
use lathe_ir::text::FunctionDisplay;
use lathe_ir::verify::verify_function;
use lathe_ir::{Entity, FuncId, Function, Module};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

/// What the command line says about optimization.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// 0 to 3.
    pub level: u8,
    /// `-Os`.
    pub optimize_size: bool,
    /// Passes to skip, by name (`--disable-pass`).
    pub disabled: Vec<String>,
    /// Passes after which functions are printed (`--print-after`; `all` for every pass).
    pub print_after: Vec<String>,
    /// Verify after each pass.
    pub verify_each: bool,
    /// Measure each pass.
    pub time_passes: bool,
    /// Worker threads; 0: one per processor.
    pub threads: usize,
}

/// What the optimizer reports.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Title and text, in order.
    pub dumps: Vec<(String, String)>,
    /// Pass and seconds.
    pub times: Vec<(String, f64)>,
}

/// What a function pass may look at besides its function.
#[derive(Clone, Copy)]
pub(crate) struct FunctionContext<'a> {
    /// The module; its function bodies are elsewhere while function passes run.
    pub(crate) module: &'a Module,
}

type FunctionPass = fn(&mut Function, &FunctionContext<'_>) -> bool;

/// A pass of the table.
pub struct Pass {
    /// Name on the command line.
    pub name: &'static str,
    /// What it does, for `--help`.
    pub help: &'static str,
    run: Option<FunctionPass>,
}

/// All passes. Those without a function run on the module.
pub static PASSES: &[Pass] = &[
    Pass { name: "promote", help: "stack slots to values, aggregates by parts", run: Some(promote::run) },
    Pass { name: "cfg", help: "constant branches, block merging, empty blocks", run: Some(cfg::run) },
    Pass {
        name: "gvn",
        help: "value numbering, constant and copy propagation, simplification, load forwarding",
        run: Some(gvn::run),
    },
    Pass { name: "dce", help: "unused values, parameters and stores", run: Some(dce::run) },
    Pass { name: "loops", help: "a block in front of each loop", run: Some(loops::run) },
    Pass {
        name: "induction",
        help: "wide loop counters, addresses by loop level, stepping pointers",
        run: Some(induction::run),
    },
    Pass { name: "licm", help: "loop-invariant code to the front of loops", run: Some(licm::run) },
    Pass { name: "inline", help: "small functions into their callers", run: None },
];

/// The order in which passes run on a function before inlining, and again if something was inlined into it.
const SCALAR_PIPELINE: &[&str] = &["promote", "cfg", "gvn", "dce", "cfg", "gvn", "dce", "cfg"];

/// The order in which passes run on each function in the end.
const LOOP_PIPELINE: &[&str] = &["loops", "induction", "gvn", "dce", "licm", "cfg"];

fn pass(name: &str) -> &'static Pass {
    PASSES.iter().find(|pass| pass.name == name).expect("the pipeline names passes of the table")
}

impl Options {
    fn prints(&self, name: &str) -> bool {
        self.print_after.iter().any(|n| n == name || n == "all")
    }

    fn runs(&self, name: &str) -> bool {
        !self.disabled.iter().any(|n| n == name)
    }
}

/// Optimizes a module in place.
///
/// # Panics
/// When a pass breaks a rule of the IR and `verify_each` is set: a fault of the pass.
pub fn optimize(module: &mut Module, options: &Options) -> Report {
    let mut report = Report::default();
    if options.level == 0 {
        // `always_inline` holds at every level.
        if options.runs("inline") {
            inline::run(module, inline::Limits::always_only());
        }
        return report;
    }
    let all: Vec<FuncId> = module.functions.keys().collect();
    run_functions(module, &all, SCALAR_PIPELINE, options, &mut report);
    if options.runs("inline") {
        let start = Instant::now();
        let changed = inline::run(module, inline::Limits::at_level(options.level, options.optimize_size));
        report.times.push(("inline".into(), start.elapsed().as_secs_f64()));
        for id in &changed {
            after_pass(module, &module.functions[*id], "inline", options, &mut report.dumps);
        }
        run_functions(module, &changed, SCALAR_PIPELINE, options, &mut report);
    }
    inline::drop_unused(module);
    let left: Vec<FuncId> = all.into_iter().filter(|id| has_loop(&module.functions[*id])).collect();
    run_functions(module, &left, LOOP_PIPELINE, options, &mut report);
    report
}

/// Whether some block comes before one that leads to it, in the order of the layout; every loop has such a block.
fn has_loop(function: &Function) -> bool {
    let mut position = vec![0; function.blocks.len()];
    for (number, block) in function.layout.iter().enumerate() {
        position[block.index()] = number;
    }
    function.layout.iter().enumerate().any(|(number, block)| {
        let mut back = false;
        function.each_successor(*block, |to| back |= position[to.index()] <= number);
        back
    })
}

/// What one function's passes reported.
#[derive(Default)]
struct FunctionReport {
    dumps: Vec<(String, String)>,
    seconds: Vec<f64>,
}

fn run_functions(
    module: &mut Module,
    ids: &[FuncId],
    pipeline: &[&'static str],
    options: &Options,
    report: &mut Report,
) {
    // The bodies are taken out, so that passes can read the module while they change a function; what
    // stays is the signature.
    let mut cells: Vec<Mutex<(Function, FunctionReport)>> = Vec::with_capacity(ids.len());
    for id in ids {
        let slot = &mut module.functions[*id];
        let signature = Function::new(slot.symbol, slot.signature.clone());
        cells.push(Mutex::new((std::mem::replace(slot, signature), FunctionReport::default())));
    }
    let shared: &Module = module;
    let next = AtomicUsize::new(0);
    let work = || {
        while let Some(cell) = cells.get(next.fetch_add(1, Ordering::Relaxed)) {
            let mut cell = cell.lock().expect("a worker panicked");
            let (function, function_report) = &mut *cell;
            run_pipeline(shared, function, pipeline, options, function_report);
        }
    };
    let threads = match options.threads {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        n => n,
    };
    let threads = threads.min(cells.len().div_ceil(16)).max(1);
    std::thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(work);
        }
        work();
    });
    let mut seconds = vec![0.0; pipeline.len()];
    for (id, cell) in ids.iter().zip(cells.drain(..)) {
        let (function, function_report) = cell.into_inner().expect("a worker panicked");
        module.functions[*id] = function;
        report.dumps.extend(function_report.dumps);
        for (sum, time) in seconds.iter_mut().zip(function_report.seconds) {
            *sum += time;
        }
    }
    for (name, seconds) in pipeline.iter().zip(seconds) {
        match report.times.iter_mut().find(|(n, _)| n == name) {
            Some((_, sum)) => *sum += seconds,
            None => report.times.push(((*name).into(), seconds)),
        }
    }
}

fn run_pipeline(
    module: &Module,
    function: &mut Function,
    pipeline: &[&'static str],
    options: &Options,
    report: &mut FunctionReport,
) {
    let context = FunctionContext { module };
    for name in pipeline {
        let start = options.time_passes.then(Instant::now);
        let run = pass(name).run.expect("the pipeline holds function passes");
        let changed = options.runs(name) && !function.layout.is_empty() && run(function, &context);
        report.seconds.push(start.map_or(0.0, |start| start.elapsed().as_secs_f64()));
        if changed {
            after_pass(module, function, name, options, &mut report.dumps);
        }
    }
}

fn after_pass(
    module: &Module,
    function: &Function,
    name: &str,
    options: &Options,
    dumps: &mut Vec<(String, String)>,
) {
    if options.prints(name) {
        let symbol = &module.symbols[function.symbol].name;
        let text = FunctionDisplay::new(module, function).to_string();
        dumps.push((format!("{symbol} after {name}"), text));
    }
    if options.verify_each {
        let errors = verify_function(module, function);
        if let Some(error) = errors.first() {
            let text = FunctionDisplay::new(module, function).to_string();
            panic!("pass '{name}' broke the function: {error}\n{text}");
        }
    }
}
