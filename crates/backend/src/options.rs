//! What the command line says about code generation, for every backend.

/// How much effort, and for what.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub enum OptLevel {
    /// `-O0`: compile fast, keep variables where a debugger finds them.
    #[default]
    None,
    /// `-O1`.
    Basic,
    /// `-O2`.
    Full,
    /// `-O3`.
    Aggressive,
}

impl OptLevel {
    /// The digit after `-O`.
    pub fn number(self) -> u8 {
        self as u8
    }
}

/// The form of the result.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum OutputKind {
    /// An object file (or what the target has in its place).
    #[default]
    Object,
    /// Assembly text.
    Assembly,
}

/// Options of one compilation.
#[derive(Clone, PartialEq, Debug)]
pub struct CompileOptions {
    /// Effort.
    pub level: OptLevel,
    /// `-Os`: rather small than fast.
    pub optimize_size: bool,
    /// Result.
    pub output: OutputKind,
    /// `-g`.
    pub debug_info: bool,
    /// Keep frame pointers; `None`: as the level has it.
    pub frame_pointer: Option<bool>,
    /// The red zone may be used.
    pub red_zone: bool,
    /// Touch every page of large frames.
    pub stack_probes: bool,
    /// Unwind tables for every function.
    pub unwind_tables: bool,
    /// A section per function.
    pub function_sections: bool,
    /// A section per data object.
    pub data_sections: bool,
    /// `switch` may become a table.
    pub jump_tables: bool,
    /// `-fno-plt`.
    pub no_plt: bool,
    /// `-fpatchable-function-entry`.
    pub patchable_entry: (u16, u16),
    /// Intel syntax in assembly text.
    pub intel_syntax: bool,
    /// Worker threads; 0: one per processor.
    pub threads: usize,
    /// Check the result of register allocation.
    pub verify: bool,
    /// Stages to print after.
    pub print_after: Vec<String>,
    /// Measure stages.
    pub time_passes: bool,
    /// Directory for DWARF's `DW_AT_comp_dir`.
    pub compilation_directory: String,
    /// DWARF's `DW_AT_producer`.
    pub producer: String,
}

impl Default for CompileOptions {
    fn default() -> CompileOptions {
        CompileOptions {
            level: OptLevel::None,
            optimize_size: false,
            output: OutputKind::Object,
            debug_info: false,
            frame_pointer: None,
            red_zone: true,
            stack_probes: false,
            unwind_tables: true,
            function_sections: false,
            data_sections: false,
            jump_tables: true,
            no_plt: false,
            patchable_entry: (0, 0),
            intel_syntax: false,
            threads: 0,
            verify: cfg!(debug_assertions),
            print_after: Vec::new(),
            time_passes: false,
            compilation_directory: String::new(),
            producer: String::new(),
        }
    }
}
