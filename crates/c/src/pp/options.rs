//! What the command line tells the preprocessor.

use crate::dialect::Dialect;

/// `-D` and `-U`, applied in order.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum MacroOption {
    /// `-D` argument: `NAME`, `NAME=text` or `NAME(args)=text`.
    Define(String),
    /// `-U` argument.
    Undefine(String),
}

/// A directory to search and what it is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum DirectoryKind {
    /// `-iquote`: only for `#include "…"`.
    Quote,
    /// `-I`.
    Include,
    /// `-isystem`.
    System,
    /// The default directories; Lathe's own headers come first of these.
    Standard,
    /// `-idirafter`.
    After,
}

/// Which comments and spacing text output keeps (`-C`, `-CC`, `-P`), and macro dumps (`-dM`, `-dD`).
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct OutputOptions {
    /// `-C`: keep comments, except in directives.
    pub keep_comments: bool,
    /// `-CC`: taken as `-C`; comments in macro definitions are not kept.
    pub keep_macro_comments: bool,
    /// `-P`: no line markers.
    pub no_line_markers: bool,
    /// `-dD`: print `#define` and `#undef` lines too.
    pub dump_definitions: bool,
    /// `-dI`: print `#include` lines too.
    pub dump_includes: bool,
}

/// Everything that the command line says about preprocessing. `Default` is a plain `lathe cc file.c`
/// without system directories.
#[derive(Clone, Default, Debug)]
pub struct Options {
    /// `-std=`.
    pub dialect: Dialect,
    /// `-D` and `-U` in order.
    pub macros: Vec<MacroOption>,
    /// Search directories in the order given; sorted by kind where searched.
    pub directories: Vec<(DirectoryKind, String)>,
    /// `-include` files, in order.
    pub include: Vec<String>,
    /// `-imacros` files, in order.
    pub include_macros: Vec<String>,
    /// `-undef`: no system-specific predefined macros.
    pub undefine_system_macros: bool,
    /// `-nostdinc`: neither the standard directories nor Lathe's own headers.
    pub no_standard_include: bool,
    /// `-trigraphs` (on in strict modes before C23).
    pub trigraphs: bool,
    /// The input is preprocessed already (`.i`, `-x cpp-output`, `-fpreprocessed`).
    pub preprocessed: bool,
    /// Input is assembly with preprocessing (`-x assembler-with-cpp`): unknown directives and stray
    /// characters pass through, `__ASSEMBLER__` is defined.
    pub assembler: bool,
    /// `-O` level for `__OPTIMIZE__` (0: not defined).
    pub optimize: u8,
    /// `-Os`/`-Oz`: `__OPTIMIZE_SIZE__`.
    pub optimize_size: bool,
    /// `-ffast-math`.
    pub fast_math: bool,
    /// `-pthread`: `_REENTRANT`.
    pub pthread: bool,
    /// `-fsigned-char`/`-funsigned-char`, overriding the target.
    pub char_is_signed: Option<bool>,
    /// `-fshort-enums`.
    pub short_enums: bool,
    /// `-ffreestanding`: `__STDC_HOSTED__` is 0.
    pub freestanding: bool,
    /// `-fgnu89-inline`.
    pub gnu89_inline: bool,
    /// `-H`: note every header opened (see `Preprocessor::header_trace`).
    pub trace_headers: bool,
    /// `-MG`: a missing header is a generated one.
    pub missing_headers_are_generated: bool,
    /// Text output.
    pub output: OutputOptions,
    /// `-Wundef`.
    pub warn_undef: bool,
    /// `-Wtrigraphs`: report trigraphs that are not replaced.
    pub warn_trigraphs: bool,
    /// `-Wpedantic`.
    pub pedantic: bool,
    /// `-Wcomment`.
    pub warn_comment: bool,
    /// `-Wsystem-headers`: report warnings inside system headers too.
    pub warn_system_headers: bool,
    /// `-ffile-prefix-map=`/`-fmacro-prefix-map=`: for `__FILE__`, last match wins.
    pub macro_prefix_map: Vec<(String, String)>,
    /// Deny all file access (`#include`, `__has_include`, `#embed` find nothing): for fuzzing.
    pub no_files: bool,
}
