//! A session: the stages from a module to an object, and from C to a module.
//!
//! ```text
//!   C text ──c_module──► Module ──compile──► object bytes ──link──► executable
//!   SSA text ─ssa_module──┘
//! ```
//!
//! A session owns the source map, collects diagnostics in order, and measures its phases.

use crate::registry;
use lathe_backend::{Artifacts, CodeUnit, CompileOptions};
use lathe_c::lower::Lowering;
use lathe_diag::{Diagnostic, Diagnostics, FileId, Loc, SourceMap};
use lathe_ir::Module;
use lathe_mc::{ModuleStreamer, ObjectStreamer, Streamer};
use lathe_target::Target;
use std::sync::Arc;
use std::time::Instant;

/// Something went wrong; the messages are in [`Session::diagnostics`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Failed;

impl std::fmt::Display for Failed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("compilation failed; see the session's diagnostics")
    }
}

impl std::error::Error for Failed {}

/// Time of one phase, for `-ftime-report`.
#[derive(Clone, Debug)]
pub struct PhaseTime {
    /// What was done.
    pub name: String,
    /// Wall-clock seconds.
    pub seconds: f64,
}

/// Options for C sources.
#[derive(Clone, Debug, Default)]
pub struct COptions {
    /// Preprocessor.
    pub preprocessor: lathe_c::pp::Options,
    /// Parser and checker.
    pub checker: lathe_c::sema::Options,
    /// Lowering.
    pub lowering: lathe_c::lower::Options,
}

/// Files, messages and measurements of one compilation.
#[derive(Default)]
pub struct Session {
    /// All files.
    pub sources: SourceMap,
    /// Messages in order.
    pub diagnostics: Diagnostics,
    /// Phases, if they are measured.
    pub times: Vec<PhaseTime>,
    /// Dumps that were asked for (`--print-after`): title and text.
    pub dumps: Vec<(String, String)>,
    /// Optimizer passes that are skipped.
    pub disabled_passes: Vec<String>,
}

impl Session {
    /// A fresh session.
    pub fn new() -> Session {
        Session::default()
    }

    fn timed<T>(&mut self, name: &str, work: impl FnOnce(&mut Session) -> T) -> T {
        let start = Instant::now();
        let result = work(self);
        self.times.push(PhaseTime { name: name.into(), seconds: start.elapsed().as_secs_f64() });
        result
    }

    /// Adds a source file from memory.
    ///
    /// # Errors
    /// When more than 4 GiB of source were added; the message is in the diagnostics.
    pub fn add_source(
        &mut self,
        name: &str,
        text: impl Into<std::sync::Arc<[u8]>>,
    ) -> Result<FileId, Failed> {
        self.sources.add(name, text, Loc::NONE).map_err(|error| {
            self.diagnostics.push(Diagnostic::error(Loc::NONE, format!("{name}: {error}")));
            Failed
        })
    }

    /// Preprocesses, parses, checks and lowers a C file.
    ///
    /// # Errors
    /// When there were errors.
    pub fn c_module(&mut self, file: FileId, target: &Target, options: COptions) -> Result<CUnit, Failed> {
        self.timed("C front-end", |session| session.c_module_untimed(file, target, options))
    }

    fn c_module_untimed(
        &mut self,
        file: FileId,
        target: &Target,
        options: COptions,
    ) -> Result<CUnit, Failed> {
        let name = self.sources.file(file).name.clone();
        let mut lowering = Lowering::new(&name, target, options.lowering);
        let mut pp = lathe_c::pp::Preprocessor::new(options.preprocessor, &self.sources, target, file);
        lathe_c::parse::check_unit(&mut pp, &options.checker, &mut lowering);
        let dependencies = pp.dependencies().to_vec();
        let header_trace = std::mem::take(&mut pp.header_trace);
        pp.filter_warnings();
        let found = std::mem::take(&mut pp.diagnostics);
        drop(pp);
        self.diagnostics.append(found);
        let (module, unsupported) = lowering.finish_module();
        for diagnostic in unsupported {
            self.diagnostics.push(diagnostic);
        }
        let failed = self.diagnostics.has_errors();
        let unit = CUnit { module, dependencies, header_trace };
        if failed { Err(Failed) } else { Ok(unit) }
    }

    /// Reads a module in SSA text and verifies it.
    ///
    /// # Errors
    /// When the text or the module is wrong.
    pub fn ssa_module(&mut self, file: FileId, target: &Target) -> Result<Module, Failed> {
        self.timed("read SSA", |session| {
            match lathe_ir::text::read_module(&session.sources, file, target, &mut session.diagnostics) {
                Some(module) => session.verify(&module).map(|()| module),
                None => Err(Failed),
            }
        })
    }

    /// Verifies a module.
    ///
    /// # Errors
    /// When it breaks a rule of the IR.
    pub fn verify(&mut self, module: &Module) -> Result<(), Failed> {
        let errors = lathe_ir::verify::verify_module(module);
        for error in &errors {
            self.diagnostics.push(error.to_diagnostic());
        }
        if errors.is_empty() { Ok(()) } else { Err(Failed) }
    }

    /// Optimizes a module in place.
    pub fn optimize(&mut self, module: &mut Module, options: &CompileOptions) {
        self.timed("optimize", |session| {
            let pass_options = lathe_opt::Options {
                level: options.level.number(),
                optimize_size: options.optimize_size,
                disabled: session.disabled_passes.clone(),
                print_after: options.print_after.clone(),
                verify_each: options.verify,
                time_passes: options.time_passes,
                threads: options.threads,
            };
            let report = lathe_opt::optimize(module, &pass_options);
            session.dumps.extend(report.dumps);
            for (name, seconds) in report.times {
                session.times.push(PhaseTime { name: format!("  {name}"), seconds });
            }
        });
    }

    /// Optimizes a module and compiles it with a backend.
    ///
    /// # Errors
    /// When the backend is unknown, or it cannot compile the module.
    pub fn compile(
        &mut self,
        mut module: Module,
        backend: &str,
        options: &CompileOptions,
    ) -> Result<Artifacts, Failed> {
        let Some(backend) = registry::backend(backend) else {
            let known: Vec<&str> = registry::backends().iter().map(|b| b.name()).collect();
            let message = format!("unknown backend '{backend}'; known are {}", known.join(", "));
            self.diagnostics.push(Diagnostic::error(Loc::NONE, message));
            return Err(Failed);
        };
        if let Err(error) = backend.check(&module.target, options) {
            self.diagnostics.push(error.diagnostic());
            return Err(Failed);
        }
        self.optimize(&mut module, options);
        let result = self.timed("generate code", |session| {
            backend.compile(CodeUnit::Ssa(module), options, &session.sources)
        });
        match result {
            Ok(mut artifacts) => {
                self.dumps.append(&mut artifacts.dumps);
                for (name, seconds) in artifacts.times.drain(..) {
                    self.times.push(PhaseTime { name: format!("  {name}"), seconds });
                }
                for warning in artifacts.warnings.drain(..) {
                    self.diagnostics.push(warning);
                }
                Ok(artifacts)
            }
            Err(errors) => {
                for error in errors {
                    self.diagnostics.push(error.diagnostic());
                }
                Err(Failed)
            }
        }
    }

    /// Assembles GNU assembly text.
    ///
    /// # Errors
    /// When the text is wrong.
    pub fn assemble(
        &mut self,
        file: FileId,
        target: &Target,
        options: &lathe_asm::Options,
    ) -> Result<Vec<u8>, Failed> {
        self.timed("assemble", |session| session.assemble_untimed(file, target, options))
    }

    fn assemble_untimed(
        &mut self,
        file: FileId,
        target: &Target,
        options: &lathe_asm::Options,
    ) -> Result<Vec<u8>, Failed> {
        let Some(isa) = registry::instruction_set(target) else {
            let message = format!("there is no assembler for {} yet", target.triple);
            self.diagnostics.push(Diagnostic::error(Loc::NONE, message));
            return Err(Failed);
        };
        let mut streamer = ObjectStreamer::new(isa, Arc::default());
        let outcome = lathe_asm::assemble(&self.sources, file, options, &mut streamer);
        if let Err(error) = outcome {
            self.diagnostics.push(Diagnostic::error(Loc::NONE, error.to_string()));
            return Err(Failed);
        }
        let object = streamer.finish();
        let messages = std::mem::take(streamer.diagnostics());
        self.diagnostics.append(messages);
        object.filter(|_| !self.diagnostics.has_errors()).ok_or(Failed)
    }
}

/// A C translation unit.
#[derive(Debug)]
pub struct CUnit {
    /// Its module.
    pub module: Module,
    /// The files that it was made from.
    pub dependencies: Vec<lathe_c::pp::Dependency>,
    /// `-H` lines.
    pub header_trace: Vec<String>,
}
