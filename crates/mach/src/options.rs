//! What the caller decides about code generation. Plain data; the driver fills it from the command
//! line.

/// How much effort.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub enum OptLevel {
    /// Fast compile.
    #[default]
    None,
    /// `-O1`.
    Basic,
    /// `-O2` and above.
    Full,
}

/// Which register allocator.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Allocator {
    /// Linear scan at `-O0`, else backtracking under its budget.
    #[default]
    ByLevel,
    /// Linear scan.
    Linear,
    /// Backtracking, whatever it costs.
    Backtracking,
}

/// Options of code generation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Options {
    /// Effort.
    pub level: OptLevel,
    /// `-Os`.
    pub optimize_size: bool,
    /// Which allocator.
    pub allocator: Allocator,
    /// Run the checkers on every allocation.
    pub verify_regalloc: bool,
    /// Keep a frame pointer; `None`: at `-O0` only.
    pub frame_pointer: Option<bool>,
    /// The red zone may be used (`-mno-red-zone` says no).
    pub red_zone: bool,
    /// Touch every page of a large frame in order.
    pub stack_probes: bool,
    /// `.eh_frame` for every function (`-fasynchronous-unwind-tables`).
    pub unwind_tables: bool,
    /// `-g`: line rows and DWARF sections.
    pub debug_info: bool,
    /// A section per function.
    pub function_sections: bool,
    /// A section per data object.
    pub data_sections: bool,
    /// `switch` may become a table of addresses.
    pub jump_tables: bool,
    /// `-fno-plt`.
    pub no_plt: bool,
    /// `-fpatchable-function-entry`, default for all functions: NOPs in all, NOPs before the entry.
    pub patchable_entry: (u16, u16),
    /// Intel syntax in printed assembly.
    pub intel_syntax: bool,
    /// Worker threads for the functions of a module; 0 or 1: none.
    pub threads: usize,
    /// Stages after which the machine code is printed (`select`, `regalloc`, `frame`, `peephole`, `layout`).
    pub print_after: Vec<String>,
    /// DWARF's `DW_AT_producer`.
    pub producer: String,
    /// DWARF's `DW_AT_comp_dir`.
    pub compilation_directory: String,
    /// Collect the time that each stage takes.
    pub time_passes: bool,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            level: OptLevel::None,
            optimize_size: false,
            allocator: Allocator::ByLevel,
            verify_regalloc: cfg!(debug_assertions),
            frame_pointer: None,
            red_zone: true,
            stack_probes: false,
            unwind_tables: true,
            debug_info: false,
            function_sections: false,
            data_sections: false,
            jump_tables: true,
            no_plt: false,
            patchable_entry: (0, 0),
            intel_syntax: false,
            threads: 1,
            print_after: Vec::new(),
            producer: String::new(),
            compilation_directory: String::new(),
            time_passes: false,
        }
    }
}

impl Options {
    /// Whether a function keeps its frame pointer unless something else demands it.
    pub fn keeps_frame_pointer(&self) -> bool {
        self.frame_pointer.unwrap_or(self.level == OptLevel::None)
    }

    /// Whether the machine code is printed after a stage.
    pub fn prints_after(&self, stage: &str) -> bool {
        !self.print_after.is_empty() && self.print_after.iter().any(|s| s == stage)
    }
}

/// The stages after which machine code can be printed, in order.
pub const STAGES: &[&str] = &["select", "regalloc", "peephole", "branches", "frame"];
