//! The option table of `lathe cc`: names and argument shapes, once. Parsing, `--help` and shell
//! completion read it.
//!
//! Names are gcc's. Options that only tune optimizations that Lathe does not do are accepted and
//! have no effect ([`Opt::Tuning`]); what would change the output is never ignored.

/// How an option takes its argument.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Shape {
    /// None: `-c`.
    Flag,
    /// In the same word: `-std=c11`.
    Joined,
    /// In the next word: `-include FILE`.
    Separate,
    /// Either: `-Idir`, `-I dir`.
    Either,
}

/// What an option does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Opt {
    Compile,
    Assemble,
    Preprocess,
    SyntaxOnly,
    Output,
    Language,
    Verbose,
    DryRun,
    Help,
    Version,
    Standard,
    Ansi,
    Define,
    Undefine,
    IncludeDir,
    QuoteDir,
    SystemDir,
    AfterDir,
    IncludeFile,
    IncludeMacros,
    NoStandardInclude,
    UndefineSystem,
    NoLineMarkers,
    KeepComments,
    KeepMacroComments,
    DumpMacros,
    DumpDefinitions,
    DumpIncludes,
    TraceHeaders,
    Trigraphs,
    Preprocessed,
    DepsOnly,
    DepsOnlyUser,
    DepsAlso,
    DepsAlsoUser,
    DepsFile,
    DepsTarget,
    DepsTargetQuoted,
    DepsPhony,
    DepsGenerated,
    Optimize,
    Debug,
    Warning,
    NoWarnings,
    Pedantic,
    PedanticErrors,
    MaxErrors,
    Color,
    DiagnosticsFormat,
    Feature,
    Machine,
    Target,
    Word32,
    Word64,
    Architecture,
    CodeModel,
    RedZone,
    NoRedZone,
    AsmSyntax,
    Static,
    Shared,
    Pie,
    NoPie,
    StaticPie,
    Relocatable,
    ExportDynamic,
    Strip,
    NoStandardLib,
    NoStartFiles,
    NoDefaultLibs,
    NoLibc,
    Library,
    LibraryDir,
    LinkerArgument,
    LinkerArguments,
    AssemblerArguments,
    PreprocessorArguments,
    LinkerKeyword,
    LinkerScript,
    Undefined,
    Entry,
    Pthread,
    UseLinker,
    UseAssembler,
    Prefix,
    Sysroot,
    StaticLibgcc,
    SharedLibgcc,
    DumpMachine,
    DumpVersion,
    DumpFullVersion,
    DumpSpecs,
    PrintSearchDirs,
    PrintFileName,
    PrintProgName,
    PrintLibgcc,
    PrintMultiOs,
    PrintMultiarch,
    PrintMultiLib,
    PrintMultiDirectory,
    PrintSysroot,
    SaveTemps,
    TimeReport,
    PrintAfter,
    DisablePass,
    Emit,
    Threads,
    Backend,
    Pipe,
    Tuning,
}

/// One option.
pub(super) struct Row {
    pub(super) name: &'static str,
    pub(super) shape: Shape,
    pub(super) opt: Opt,
    /// For `--help`; empty rows are not shown.
    pub(super) help: &'static str,
}

macro_rules! options {
    ($($name:literal $shape:ident $opt:ident $help:literal;)*) => {
        /// All options. Of two that match, the longer name wins.
        pub(super) static OPTIONS: &[Row] = &[$(Row {
            name: $name, shape: Shape::$shape, opt: Opt::$opt, help: $help,
        }),*];
    };
}

options! {
    "-c" Flag Compile "compile and assemble, do not link";
    "-S" Flag Assemble "compile to assembly text";
    "-E" Flag Preprocess "preprocess only";
    "-fsyntax-only" Flag SyntaxOnly "check only, write nothing";
    "-o" Either Output "write the output to FILE (- for standard output)";
    "-x" Either Language "treat the inputs that follow as LANGUAGE: c, cpp-output, assembler, assembler-with-cpp, ssa, none";
    "-v" Flag Verbose "print what is done";
    "-###" Flag DryRun "print what would be done";
    "--help" Flag Help "this text";
    "--version" Flag Version "version and licence";
    "-std=" Joined Standard "language standard: c89 … c23, gnu89 … gnu23 (default gnu17)";
    "--std=" Joined Standard "";
    "-ansi" Flag Ansi "same as -std=c89";
    "-D" Either Define "define a macro: NAME or NAME=TEXT";
    "-U" Either Undefine "undefine a macro";
    "-I" Either IncludeDir "search DIR for headers";
    "-iquote" Either QuoteDir "search DIR for headers in quotes";
    "-isystem" Either SystemDir "search DIR for system headers";
    "-idirafter" Either AfterDir "search DIR for headers last";
    "-include" Separate IncludeFile "include FILE first";
    "-imacros" Separate IncludeMacros "include FILE first, keep its macros only";
    "-nostdinc" Flag NoStandardInclude "do not search the standard header directories";
    "-undef" Flag UndefineSystem "no system-specific predefined macros";
    "-P" Flag NoLineMarkers "with -E: no line markers";
    "-C" Flag KeepComments "with -E: keep comments";
    "-CC" Flag KeepMacroComments "with -E: keep comments, also in macros";
    "-dM" Flag DumpMacros "with -E: print the macros that are defined";
    "-dD" Flag DumpDefinitions "with -E: keep the definitions";
    "-dI" Flag DumpIncludes "with -E: keep the #include lines";
    "-H" Flag TraceHeaders "print the name of each header read";
    "-trigraphs" Flag Trigraphs "trigraphs mean what C99 says";
    "-fpreprocessed" Flag Preprocessed "";
    "-M" Flag DepsOnly "print the make rule of the source's dependencies";
    "-MM" Flag DepsOnlyUser "like -M without system headers";
    "-MD" Flag DepsAlso "write the make rule beside the output";
    "-MMD" Flag DepsAlsoUser "like -MD without system headers";
    "-MF" Either DepsFile "write the make rule to FILE";
    "-MT" Either DepsTarget "the rule's target";
    "-MQ" Either DepsTargetQuoted "the rule's target, quoted for make";
    "-MP" Flag DepsPhony "a phony rule for each header";
    "-MG" Flag DepsGenerated "missing headers are generated ones";
    "-O" Joined Optimize "optimize: -O0 (default), -O1, -O2, -O3, -Os, -Og";
    "-g" Joined Debug "debug information (-g0 none, -g1 lines only)";
    "-W" Joined Warning "warnings: -Wall, -Wextra, -Wno-NAME, -Werror, -Werror=NAME";
    "-w" Flag NoWarnings "no warnings";
    "-pedantic" Flag Pedantic "warn of what the standard does not allow";
    "-Wpedantic" Flag Pedantic "";
    "--pedantic" Flag Pedantic "";
    "-pedantic-errors" Flag PedanticErrors "refuse what the standard does not allow";
    "-fmax-errors=" Joined MaxErrors "stop after N errors";
    "-fdiagnostics-color" Flag Color "";
    "-fdiagnostics-color=" Joined Color "colour: auto, always, never";
    "-fno-diagnostics-color" Flag Color "";
    "-fdiagnostics-format=" Joined DiagnosticsFormat "text or json";
    "-f" Joined Feature "language and code generation features, see docs/driver.md";
    "-m" Joined Machine "machine features, see docs/driver.md";
    "--target=" Joined Target "compile for TRIPLE: x86_64-linux-gnu, i686-…, aarch64-…, riscv64-…";
    "-target" Separate Target "";
    "-m32" Flag Word32 "32-bit x86";
    "-m64" Flag Word64 "64-bit";
    "-march=" Joined Architecture "instruction set that may be used";
    "-mcmodel=" Joined CodeModel "code model: small; RISC-V: medlow, medany";
    "-mred-zone" Flag RedZone "";
    "-mno-red-zone" Flag NoRedZone "signal handlers may write below the stack pointer";
    "-masm=" Joined AsmSyntax "att or intel";
    "-static" Flag Static "link without shared libraries";
    "-shared" Flag Shared "make a shared library";
    "-pie" Flag Pie "make a position-independent executable (default)";
    "-no-pie" Flag NoPie "make an executable at fixed addresses";
    "-nopie" Flag NoPie "";
    "-static-pie" Flag StaticPie "position-independent and static";
    "-r" Flag Relocatable "join objects to an object";
    "-rdynamic" Flag ExportDynamic "export all symbols of an executable";
    "-s" Flag Strip "no symbols in the output";
    "-nostdlib" Flag NoStandardLib "no startup files and libraries";
    "-nostartfiles" Flag NoStartFiles "no startup files";
    "-nodefaultlibs" Flag NoDefaultLibs "no libraries";
    "-nolibc" Flag NoLibc "no C library";
    "-l" Either Library "link with a library";
    "-L" Either LibraryDir "search DIR for libraries";
    "-Xlinker" Separate LinkerArgument "an argument for the linker";
    "-Wl," Joined LinkerArguments "arguments for the linker, separated by commas";
    "-Wa," Joined AssemblerArguments "arguments for the assembler";
    "-Wp," Joined PreprocessorArguments "arguments for the preprocessor";
    "-z" Either LinkerKeyword "a linker keyword: relro, now, defs …";
    "-T" Either LinkerScript "linker script";
    "-u" Either Undefined "a symbol to look for";
    "-e" Separate Entry "entry symbol";
    "--entry=" Joined Entry "";
    "-pthread" Flag Pthread "POSIX threads";
    "-pthreads" Flag Pthread "";
    "-fuse-ld=" Joined UseLinker "linker: lathe (default), or gcc's bfd, gold, lld, mold";
    "--linker=" Joined UseLinker "";
    "--assembler=" Joined UseAssembler "assembler: lathe (default) or gcc";
    "-B" Either Prefix "search DIR for startup files and libraries";
    "--sysroot=" Joined Sysroot "root of headers and libraries";
    "--sysroot" Separate Sysroot "";
    "-isysroot" Either Sysroot "";
    "-static-libgcc" Flag StaticLibgcc "link libgcc statically";
    "-shared-libgcc" Flag SharedLibgcc "";
    "-dumpmachine" Flag DumpMachine "print the target";
    "-dumpversion" Flag DumpVersion "print the gcc version that Lathe is compatible with";
    "-dumpfullversion" Flag DumpFullVersion "";
    "-dumpspecs" Flag DumpSpecs "";
    "-print-search-dirs" Flag PrintSearchDirs "print the search directories";
    "--print-search-dirs" Flag PrintSearchDirs "";
    "-print-file-name=" Joined PrintFileName "print the path of a library or startup file";
    "--print-file-name=" Joined PrintFileName "";
    "-print-prog-name=" Joined PrintProgName "print the path of a program";
    "--print-prog-name=" Joined PrintProgName "";
    "-print-libgcc-file-name" Flag PrintLibgcc "print the path of libgcc.a";
    "--print-libgcc-file-name" Flag PrintLibgcc "";
    "-print-multi-os-directory" Flag PrintMultiOs "";
    "--print-multi-os-directory" Flag PrintMultiOs "";
    "-print-multi-lib" Flag PrintMultiLib "";
    "-print-multi-directory" Flag PrintMultiDirectory "";
    "-print-multiarch" Flag PrintMultiarch "";
    "--print-multiarch" Flag PrintMultiarch "";
    "-print-sysroot" Flag PrintSysroot "";
    "--print-sysroot" Flag PrintSysroot "";
    "-save-temps" Flag SaveTemps "keep preprocessed source, assembly and object";
    "-save-temps=" Joined SaveTemps "";
    "-ftime-report" Flag TimeReport "print the time that each phase takes";
    "--time-passes" Flag TimeReport "";
    "--print-after=" Joined PrintAfter "print the program after a pass or stage";
    "--disable-pass=" Joined DisablePass "skip an optimizer pass";
    "--emit=" Joined Emit "ssa, asm, obj or exe";
    "--threads=" Joined Threads "worker threads (default: all processors)";
    "--backend=" Joined Backend "code generator (default: native)";
    "-pipe" Flag Pipe "";
    "--param" Separate Tuning "";
    "--param=" Joined Tuning "";
}

/// `-f` options (without `-f` and `no-`) that only tune how gcc optimizes or what it prints: accepted
/// without effect.
pub(super) static TUNING_FEATURES: &[&str] = &[
    "aggressive-loop-optimizations",
    "align-functions",
    "align-jumps",
    "align-labels",
    "align-loops",
    "allow-store-data-races",
    "auto-inc-dec",
    "branch-count-reg",
    "branch-probabilities",
    "caller-saves",
    "code-hoisting",
    "combine-stack-adjustments",
    "compare-elim",
    "cprop-registers",
    "crossjumping",
    "cse-follow-jumps",
    "cx-limited-range",
    "dce",
    "defer-pop",
    "delayed-branch",
    "delete-null-pointer-checks",
    "devirtualize",
    "diagnostics-generate-patch",
    "diagnostics-show-caret",
    "diagnostics-show-option",
    "diagnostics-urls",
    "dse",
    "early-inlining",
    "eliminate-unused-debug-types",
    "expensive-optimizations",
    "finite-loops",
    "forward-propagate",
    "function-cse",
    "gcse",
    "gcse-after-reload",
    "gcse-las",
    "gcse-lm",
    "gcse-sm",
    "guess-branch-probability",
    "if-conversion",
    "if-conversion2",
    "inline",
    "inline-functions",
    "inline-functions-called-once",
    "inline-limit",
    "inline-small-functions",
    "ipa-cp",
    "ipa-cp-clone",
    "ipa-icf",
    "ipa-pta",
    "ipa-ra",
    "ipa-sra",
    "ira-hoist-pressure",
    "ira-region",
    "isolate-erroneous-paths-dereference",
    "ivopts",
    "keep-inline-functions",
    "loop-interchange",
    "loop-optimize",
    "lra-remat",
    "math-errno",
    "merge-all-constants",
    "merge-constants",
    "message-length",
    "modulo-sched",
    "move-loop-invariants",
    "optimize-sibling-calls",
    "optimize-strlen",
    "partial-inlining",
    "peel-loops",
    "peephole",
    "peephole2",
    "plt",
    "predictive-commoning",
    "prefetch-loop-arrays",
    "record-gcc-switches",
    "ree",
    "rename-registers",
    "reorder-blocks",
    "reorder-functions",
    "rerun-cse-after-loop",
    "reschedule-modulo-scheduled-loops",
    "rounding-math",
    "sched-interblock",
    "sched-pressure",
    "schedule-insns",
    "schedule-insns2",
    "section-anchors",
    "semantic-interposition",
    "show-column",
    "shrink-wrap",
    "signaling-nans",
    "split-loops",
    "split-paths",
    "split-wide-types",
    "ssa-phiopt",
    "ssp-buffer-size",
    "stack-check",
    "stack-reuse",
    "stdarg-opt",
    "store-merging",
    "strict-aliasing",
    "strict-overflow",
    "strict-volatile-bitfields",
    "thread-jumps",
    "toplevel-reorder",
    "tracer",
    "trapping-math",
    "tree-bit-ccp",
    "tree-builtin-call-dce",
    "tree-ccp",
    "tree-ch",
    "tree-coalesce-vars",
    "tree-copy-prop",
    "tree-cselim",
    "tree-dce",
    "tree-dominator-opts",
    "tree-dse",
    "tree-forwprop",
    "tree-fre",
    "tree-loop-distribute-patterns",
    "tree-loop-distribution",
    "tree-loop-im",
    "tree-loop-ivcanon",
    "tree-loop-optimize",
    "tree-loop-vectorize",
    "tree-partial-pre",
    "tree-phiprop",
    "tree-pre",
    "tree-pta",
    "tree-scev-cprop",
    "tree-sink",
    "tree-slp-vectorize",
    "tree-slsr",
    "tree-sra",
    "tree-switch-conversion",
    "tree-tail-merge",
    "tree-ter",
    "tree-vectorize",
    "tree-vrp",
    "unit-at-a-time",
    "unroll-all-loops",
    "unroll-loops",
    "unsafe-loop-optimizations",
    "unswitch-loops",
    "use-linker-plugin",
    "var-tracking",
    "var-tracking-assignments",
    "vect-cost-model",
    "verbose-asm",
    "web",
    "zero-initialized-in-bss",
];

/// The row that a command-line word names, and its joined argument.
pub(super) fn find(word: &str) -> Option<(&'static Row, Option<&str>)> {
    let mut best: Option<(&'static Row, Option<&str>)> = None;
    for row in OPTIONS {
        let argument = match row.shape {
            Shape::Flag | Shape::Separate if word == row.name => None,
            Shape::Joined | Shape::Either => match word.strip_prefix(row.name) {
                Some("") if row.shape == Shape::Either => None,
                Some(rest) => Some(rest),
                None => continue,
            },
            _ => continue,
        };
        if best.as_ref().is_none_or(|(b, _)| row.name.len() > b.name.len()) {
            best = Some((row, argument));
        }
    }
    best
}
