//! The seam behind which code generators stand: one small trait.
//!
//! In: a [`CodeUnit`], a whole module at once, and [`CompileOptions`]. Out: [`Artifacts`], the bytes of an object
//! or the text of assembly. There is no per-instruction interface: a backend sees the whole unit and may keep
//! what it needs of it.
//!
//! A backend that cannot honour an option or a target says so before it compiles
//! ([`Backend::check`]), by name. Read [`Backend`] first.
#![deny(missing_docs)]

mod error;
mod options;

pub use error::{BackendError, ErrorKind};
pub use options::{CompileOptions, OptLevel, OutputKind};

use lathe_diag::{Diagnostic, SourceMap};
use lathe_ir::Module;
use lathe_target::{Arch, Target};

/// What a backend compiles.
#[derive(Debug)]
#[non_exhaustive]
pub enum CodeUnit {
    /// An SSA module, verified and optimized.
    Ssa(Module),
}

/// What a backend makes.
#[derive(Clone, Debug, Default)]
pub struct Artifacts {
    /// The object file, assembly text or class file.
    pub bytes: Vec<u8>,
    /// Dumps that were asked for, in order: title and text.
    pub dumps: Vec<(String, String)>,
    /// Time per stage, if it was asked for: name and seconds of processor time.
    pub times: Vec<(String, f64)>,
    /// Warnings.
    pub warnings: Vec<Diagnostic>,
}

/// A code generator.
pub trait Backend: Sync {
    /// Its name on the command line (`--backend=native`).
    fn name(&self) -> &'static str;

    /// One line for `--help`.
    fn description(&self) -> &'static str;

    /// The architectures that it can compile for.
    fn architectures(&self) -> &'static [Arch];

    /// Whether it can honour these options for this target.
    ///
    /// # Errors
    /// The first option or target that it cannot, by name.
    fn check(&self, target: &Target, options: &CompileOptions) -> Result<(), BackendError>;

    /// Compiles a unit.
    ///
    /// # Errors
    /// When the unit holds something that cannot be compiled; all that was found.
    fn compile(
        &self,
        unit: CodeUnit,
        options: &CompileOptions,
        sources: &SourceMap,
    ) -> Result<Artifacts, Vec<BackendError>>;
}
