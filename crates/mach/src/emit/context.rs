//! What emission knows of the whole module; shared between threads.

use crate::inst::{AsmPlacement, MachFunction, MachInst};
use crate::options::Options;
use crate::target::TargetCodegen;
use lathe_diag::{Diagnostic, Loc, SourceMap};
use lathe_ir::{Block, Entity, FuncId, Module, Symbol};
use lathe_isa::{PhysReg, RegClass, SymbolId};
use lathe_mc::{Streamer, SymbolNames};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

/// Turns assembly text into streamer calls; implemented by the target's `cg-*` crate, which knows the parser.
pub trait AsmEmitter: Sync {
    /// Emits an inline-assembly statement on allocated operands. `symbol` gives streamer symbols of machine symbols.
    ///
    /// # Errors
    /// Faults of the text.
    fn inline(
        &self,
        func: &MachFunction,
        statement: &lathe_ir::inline_asm::AsmData,
        placement: &AsmPlacement,
        inst: &MachInst,
        symbol: &mut dyn FnMut(&mut dyn Streamer, crate::inst::MachSymbol) -> SymbolId,
        out: &mut dyn Streamer,
    ) -> Result<(), Vec<Diagnostic>>;

    /// Emits top-level assembly text.
    ///
    /// # Errors
    /// Faults of the text.
    fn top_level(&self, text: &str, loc: Loc, out: &mut dyn Streamer) -> Result<(), Vec<Diagnostic>>;
}

/// The module, the target and what follows from them.
pub struct ModuleContext<'a> {
    /// The module; bodies of functions may have been taken out.
    pub module: &'a Module,
    /// The target.
    pub target: &'a dyn TargetCodegen,
    /// Options.
    pub options: &'a Options,
    /// Positions, for `-g`.
    pub sources: Option<&'a SourceMap>,
    /// Assembly text.
    pub asm: Option<&'a dyn AsmEmitter>,
    /// Names of all symbols of the module, at the index of their [`Symbol`].
    pub names: Arc<SymbolNames>,
    /// Streamer symbol of each IR symbol.
    symbols: Vec<SymbolId>,
    /// The instruction pointer.
    pub program_counter: PhysReg,
    /// Files of line rows, for `-g`.
    pub files: Vec<Arc<str>>,
    /// The target's thunks that code refers to, a bit per index.
    pub(crate) used_thunks: AtomicU64,
}

impl std::fmt::Debug for ModuleContext<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ModuleContext({})", self.module.name)
    }
}

impl<'a> ModuleContext<'a> {
    /// Interns the module's names.
    pub fn new(
        module: &'a Module,
        target: &'a dyn TargetCodegen,
        options: &'a Options,
        sources: Option<&'a SourceMap>,
        asm: Option<&'a dyn AsmEmitter>,
    ) -> ModuleContext<'a> {
        let mut names = SymbolNames::new();
        let symbols = module.symbols.values().map(|s| names.intern(&s.name)).collect();
        let registers = target.isa().registers().registers;
        let counter = registers.iter().position(|r| r.class == RegClass::Pc);
        let program_counter = counter.map_or(PhysReg::NONE, |index| PhysReg(index as u8));
        ModuleContext {
            module,
            target,
            options,
            sources,
            asm,
            names: Arc::new(names),
            symbols,
            program_counter,
            used_thunks: AtomicU64::new(0),
            files: match sources {
                Some(sources) if options.debug_info => crate::emit::lines::file_names(module, sources),
                _ => Vec::new(),
            },
        }
    }

    /// The streamer symbol of an IR symbol.
    #[inline]
    pub fn symbol(&self, symbol: Symbol) -> SymbolId {
        self.symbols[symbol.index()]
    }

    /// Whether variables without a place are described, too: a walk over all variables per function, so only for modules of
    /// moderate size.
    pub fn describes_lost_variables(&self) -> bool {
        let work = self.module.debug_variables.len().saturating_mul(self.module.functions.len());
        work <= 20_000_000
    }

    /// Name of the label of a block whose address is taken.
    pub fn block_label(func: FuncId, block: Block) -> String {
        format!(".LBA{}_{}", func.0, block.0)
    }
}
