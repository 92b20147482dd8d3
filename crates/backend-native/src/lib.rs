//! The native backend: SSA to ELF objects or GNU assembly, by Lathe's own code generator.
//!
//! In: a [`CodeUnit`] and [`CompileOptions`]. Out: the bytes of an object or of an assembly file. The
//! work is done in `mach` (all targets) and `cg-*` (one target each); this crate only translates
//! options and errors.
#![deny(missing_docs)]

use lathe_backend::{
    Artifacts, Backend, BackendError, CodeUnit, CompileOptions, ErrorKind, OptLevel, OutputKind,
};
use lathe_diag::SourceMap;
use lathe_isa::Syntax;
use lathe_mach::emit::AsmEmitter;
use lathe_mach::{CodegenError, OutputForm, TargetCodegen};
use lathe_target::{Arch, Target};

/// The native code generator.
#[derive(Clone, Copy, Debug, Default)]
pub struct NativeBackend;

const NAME: &str = "native";

/// The code generator of an architecture, with its assembler for inline assembly.
fn target_of(arch: Arch) -> Option<(&'static dyn TargetCodegen, Option<&'static dyn AsmEmitter>)> {
    match arch {
        Arch::X86_64 => Some((&lathe_cg_x86::X86_64, None)),
        Arch::X86 | Arch::AArch64 | Arch::RiscV64 => None,
    }
}

impl Backend for NativeBackend {
    fn name(&self) -> &'static str {
        NAME
    }

    fn description(&self) -> &'static str {
        "machine code through Lathe's own code generator"
    }

    fn architectures(&self) -> &'static [Arch] {
        &[Arch::X86_64]
    }

    fn check(&self, target: &Target, _options: &CompileOptions) -> Result<(), BackendError> {
        match target_of(target.triple.arch) {
            Some(_) => Ok(()),
            None => {
                let what = format!("code generation for {}", target.triple.arch.name());
                Err(BackendError::unsupported(NAME, what))
            }
        }
    }

    fn compile(
        &self,
        unit: CodeUnit,
        options: &CompileOptions,
        sources: &SourceMap,
    ) -> Result<Artifacts, Vec<BackendError>> {
        let module = match unit {
            CodeUnit::Ssa(module) => module,
            _ => return Err(vec![BackendError::unsupported(NAME, "units that are not SSA modules")]),
        };
        self.check(&module.target, options).map_err(|error| vec![error])?;
        let Some((target, asm)) = target_of(module.target.triple.arch) else { return Ok(Artifacts::default()) };
        let syntax = if options.intel_syntax { Syntax::Intel } else { Syntax::Gnu };
        let form = match options.output {
            OutputKind::Object => OutputForm::Object,
            OutputKind::Assembly => OutputForm::Text(syntax),
        };
        let codegen = codegen_options(options);
        let compiled = lathe_mach::compile_module(module, target, &codegen, Some(sources), asm, form);
        let (mut streamer, report) =
            compiled.map_err(|errors| errors.into_iter().map(backend_error).collect::<Vec<_>>())?;
        let bytes = streamer.finish();
        let diagnostics = streamer.diagnostics();
        match bytes.filter(|_| !diagnostics.has_errors()) {
            Some(bytes) => {
                let mut warnings = report.warnings;
                warnings.extend(diagnostics.take());
                Ok(Artifacts { bytes, dumps: report.dumps, times: report.times, warnings })
            }
            None => Err(diagnostics.take().into_iter().map(assembly_error).collect()),
        }
    }
}

fn codegen_options(options: &CompileOptions) -> lathe_mach::Options {
    let threads = match options.threads {
        0 => std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        n => n,
    };
    lathe_mach::Options {
        level: match options.level {
            OptLevel::None => lathe_mach::options::OptLevel::None,
            OptLevel::Basic => lathe_mach::options::OptLevel::Basic,
            OptLevel::Full | OptLevel::Aggressive => lathe_mach::options::OptLevel::Full,
        },
        optimize_size: options.optimize_size,
        verify_regalloc: options.verify,
        frame_pointer: options.frame_pointer,
        red_zone: options.red_zone,
        stack_probes: options.stack_probes,
        unwind_tables: options.unwind_tables,
        debug_info: options.debug_info,
        function_sections: options.function_sections,
        data_sections: options.data_sections,
        jump_tables: options.jump_tables,
        no_plt: options.no_plt,
        patchable_entry: options.patchable_entry,
        intel_syntax: options.intel_syntax,
        threads,
        print_after: options.print_after.clone(),
        time_passes: options.time_passes,
        ..lathe_mach::Options::default()
    }
}

fn backend_error(error: CodegenError) -> BackendError {
    use lathe_mach::ErrorKind as Mach;
    let kind = match &error.kind {
        Mach::Assembly(_) => ErrorKind::Program,
        Mach::Unsupported(_) | Mach::Limit(_) => ErrorKind::Unsupported,
        Mach::Encode(_) | Mach::Verification(_) => ErrorKind::Internal,
    };
    let plain = CodegenError { function: String::new(), ..error.clone() };
    BackendError { backend: NAME, kind, function: error.function, loc: error.loc, message: plain.to_string() }
}

fn assembly_error(diagnostic: lathe_diag::Diagnostic) -> BackendError {
    BackendError {
        backend: NAME,
        kind: ErrorKind::Program,
        function: diagnostic.function.clone().unwrap_or_default(),
        loc: diagnostic.span.lo,
        message: diagnostic.message,
    }
}
