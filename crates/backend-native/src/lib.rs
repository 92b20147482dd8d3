//! Lathe's own code generator as a backend.
//!
//! In: an SSA module. Out: an ELF object or assembly text, through [`lathe_mach::compile_module`] and the target's
//! `cg-*` crate.
#![deny(missing_docs)]

use lathe_backend::{
    Artifacts, Backend, BackendError, CodeUnit, CompileOptions, ErrorKind, OptLevel, OutputKind,
};
use lathe_diag::{Diagnostic, Severity, SourceMap};
use lathe_isa::Syntax;
use lathe_mach::emit::AsmEmitter;
use lathe_mach::{CodegenError, OutputForm, TargetCodegen};
use lathe_target::{Arch, Target};

/// The backend.
#[derive(Clone, Copy, Default, Debug)]
pub struct NativeBackend;

const NAME: &str = "native";

/// The code generator of a target and what emits its inline assembly.
fn codegen(target: &Target) -> Option<(&'static dyn TargetCodegen, &'static dyn AsmEmitter)> {
    match target.triple.arch {
        Arch::X86_64 => Some((&lathe_cg_x86::X86_64, &lathe_cg_x86::ASM_64)),
        Arch::X86 => Some((&lathe_cg_x86::I686, &lathe_cg_x86::ASM_32)),
        Arch::AArch64 => Some((&lathe_cg_aarch64::AARCH64, &lathe_cg_aarch64::ASM)),
        Arch::RiscV64 => Some((lathe_cg_riscv::codegen_with(target.features), &lathe_cg_riscv::ASM)),
    }
}

impl Backend for NativeBackend {
    fn name(&self) -> &'static str {
        NAME
    }

    fn description(&self) -> &'static str {
        "Lathe's own code generator: ELF objects and assembly"
    }

    fn architectures(&self) -> &'static [Arch] {
        &[Arch::X86_64, Arch::X86, Arch::AArch64, Arch::RiscV64]
    }

    fn check(&self, target: &Target, _: &CompileOptions) -> Result<(), BackendError> {
        match codegen(target) {
            Some(_) => Ok(()),
            None => {
                let what = format!(
                    "code generation for {} is not supported; supported are x86_64, i686, aarch64 and riscv64-linux-gnu",
                    target.triple
                );
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
        let CodeUnit::Ssa(module) = unit else {
            return Err(vec![BackendError::unsupported(NAME, "this form of code unit is not supported")]);
        };
        self.check(&module.target, options).map_err(|error| vec![error])?;
        let (target, asm) = codegen(&module.target).expect("checked above");
        let form = match (options.output, options.intel_syntax) {
            (OutputKind::Object, _) => OutputForm::Object,
            (OutputKind::Assembly, false) => OutputForm::Text(Syntax::Gnu),
            (OutputKind::Assembly, true) => OutputForm::Text(Syntax::Intel),
        };
        let (mut streamer, report) = lathe_mach::compile_module(
            module,
            target,
            &mach_options(options),
            Some(sources),
            Some(asm),
            form,
        )
        .map_err(|errors| errors.into_iter().map(from_codegen).collect::<Vec<_>>())?;
        let bytes = streamer.finish();
        let messages = streamer.diagnostics().take();
        let (errors, warnings): (Vec<Diagnostic>, Vec<Diagnostic>) =
            messages.into_iter().partition(|d| d.severity >= Severity::Error);
        match bytes {
            Some(bytes) if errors.is_empty() => Ok(Artifacts {
                bytes,
                dumps: report.dumps,
                times: report.times,
                warnings: report.warnings.into_iter().chain(warnings).collect(),
            }),
            _ => Err(errors.into_iter().map(from_diagnostic).collect()),
        }
    }
}

fn from_diagnostic(diagnostic: Diagnostic) -> BackendError {
    BackendError {
        backend: NAME,
        kind: ErrorKind::Program,
        function: diagnostic.function.unwrap_or_default(),
        loc: diagnostic.span.lo,
        message: diagnostic.message,
    }
}

fn from_codegen(error: CodegenError) -> BackendError {
    use lathe_mach::ErrorKind as Kind;
    let (kind, message) = match &error.kind {
        Kind::Unsupported(what) => (ErrorKind::Unsupported, format!("{what} is not supported")),
        Kind::Limit(what) => (ErrorKind::Unsupported, format!("limit exceeded: {what}")),
        Kind::Assembly(what) => (ErrorKind::Program, what.clone()),
        Kind::Encode(reason) => (ErrorKind::Internal, format!("an instruction cannot be encoded: {reason}")),
        Kind::Verification(what) => (ErrorKind::Internal, format!("register allocation is wrong: {what}")),
    };
    BackendError { backend: NAME, kind, function: error.function, loc: error.loc, message }
}

fn mach_options(options: &CompileOptions) -> lathe_mach::Options {
    let threads = match options.threads {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
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
        producer: options.producer.clone(),
        compilation_directory: options.compilation_directory.clone(),
        print_after: options.print_after.clone(),
        time_passes: options.time_passes,
        ..lathe_mach::Options::default()
    }
}
