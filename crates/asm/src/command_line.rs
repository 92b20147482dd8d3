//! The command line of `lathe as`: GNU as's options (manual chapter 2, 9.16.1) as a table.
//!
//! In: the arguments after the program name. Out: [`CommandLine`]. Unknown options are errors.

use crate::assembler::Options;
use lathe_diag::{Diagnostic, Diagnostics, Span};
use std::path::PathBuf;

/// What an option does with its value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Effect {
    /// `-o FILE`
    Output,
    /// `-I DIR`
    IncludePath,
    /// `--32`
    Bits32,
    /// `--64`
    Bits64,
    /// `--target=TRIPLE`
    Target,
    /// `--defsym NAME=VALUE`
    Definition,
    /// `-msyntax=`
    Syntax,
    /// `-mnaked-reg`
    NakedRegisters,
    /// `--fatal-warnings`
    FatalWarnings,
    /// `-W`, `--no-warn`
    NoWarnings,
    /// `--alternate`
    Alternate,
    /// `-g`, `--gen-debug`, `-gdwarf-N`
    DebugLines,
    /// `-march=`, where the target takes its extensions from it (RISC-V).
    Architecture,
    /// `-fpic`, `-fno-pic`: what `la` means (RISC-V).
    PositionIndependent(bool),
    /// `-mrelax`, `-mno-relax`: whether the linker may change code (RISC-V).
    Relaxation(bool),
    /// `--help`
    Help,
    /// `--version`
    Version,
    /// Accepted; changes nothing here.
    Nothing,
}

/// How the value is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Value {
    /// None.
    None,
    /// Joined or the next argument.
    Separate,
    /// Joined only (`-march=x`): the table's name is a prefix.
    Joined,
}

/// One option.
#[derive(Clone, Copy, Debug)]
pub struct OptionRow {
    /// As written.
    pub name: &'static str,
    /// Its value.
    pub value: Value,
    /// Its meaning.
    pub effect: Effect,
    /// For `--help`.
    pub help: &'static str,
}

const fn row(name: &'static str, value: Value, effect: Effect, help: &'static str) -> OptionRow {
    OptionRow { name, value, effect, help }
}

/// All options.
#[rustfmt::skip]
pub const OPTIONS: &[OptionRow] = &[
    row("-o", Value::Separate, Effect::Output, "FILE  name the object (default a.out)"),
    row("-I", Value::Separate, Effect::IncludePath, "DIR  look for included files there too"),
    row("--32", Value::None, Effect::Bits32, "i686 code"),
    row("--64", Value::None, Effect::Bits64, "x86-64 code"),
    row("--target=", Value::Joined, Effect::Target, "TRIPLE  x86_64-linux-gnu, i686-…, aarch64-…, riscv64-…"),
    row("--defsym", Value::Separate, Effect::Definition, "NAME=VALUE  define a symbol"),
    row("-msyntax=", Value::Joined, Effect::Syntax, "att or intel"),
    row("-mnaked-reg", Value::None, Effect::NakedRegisters, "registers without %"),
    row("--fatal-warnings", Value::None, Effect::FatalWarnings, "warnings are errors"),
    row("--no-warn", Value::None, Effect::NoWarnings, "no warnings"),
    row("-W", Value::None, Effect::NoWarnings, "no warnings"),
    row("--warn", Value::None, Effect::Nothing, "warnings (default)"),
    row("--alternate", Value::None, Effect::Alternate, "start in .altmacro mode"),
    row("-g", Value::None, Effect::DebugLines, "line table of the assembly source"),
    row("--gen-debug", Value::None, Effect::DebugLines, "the same"),
    row("--gdwarf-", Value::Joined, Effect::DebugLines, "N  the same, DWARF N"),
    row("-gdwarf-", Value::Joined, Effect::DebugLines, "N  the same"),
    row("--help", Value::None, Effect::Help, "this text"),
    row("--version", Value::None, Effect::Version, "version"),
    row("-V", Value::None, Effect::Nothing, ""), row("-v", Value::None, Effect::Nothing, ""),
    row("-Q", Value::None, Effect::Nothing, ""), row("-k", Value::None, Effect::Nothing, ""), row("-s", Value::None, Effect::Nothing, ""),
    row("-f", Value::None, Effect::Nothing, ""), row("-J", Value::None, Effect::Nothing, ""), row("-K", Value::None, Effect::Nothing, ""), row("-L", Value::None, Effect::Nothing, ""), row("-Z", Value::None, Effect::Nothing, ""),
    row("--divide", Value::None, Effect::Nothing, ""), row("--noexecstack", Value::None, Effect::Nothing, ""), row("--execstack", Value::None, Effect::Nothing, ""),
    row("--reduce-memory-overheads", Value::None, Effect::Nothing, ""), row("--hash-size=", Value::Joined, Effect::Nothing, ""),
    row("--strip-local-absolute", Value::None, Effect::Nothing, ""), row("--traditional-format", Value::None, Effect::Nothing, ""),
    row("--compress-debug-sections", Value::None, Effect::Nothing, ""), row("--compress-debug-sections=", Value::Joined, Effect::Nothing, ""), row("--nocompress-debug-sections", Value::None, Effect::Nothing, ""),
    row("--debug-prefix-map", Value::Separate, Effect::Nothing, ""), row("--debug-prefix-map=", Value::Joined, Effect::Nothing, ""),
    row("-fpic", Value::None, Effect::PositionIndependent(true), "la goes through the GOT (RISC-V)"), row("-fPIC", Value::None, Effect::PositionIndependent(true), ""), row("-fno-pic", Value::None, Effect::PositionIndependent(false), ""),
    row("-mrelax", Value::None, Effect::Relaxation(true), ""), row("-mno-relax", Value::None, Effect::Relaxation(false), "the linker leaves code as it is (RISC-V)"),
    row("-mabi=", Value::Joined, Effect::Nothing, ""), row("-misa-spec=", Value::Joined, Effect::Nothing, ""), row("-mpriv-spec=", Value::Joined, Effect::Nothing, ""), row("-march-attr", Value::None, Effect::Nothing, ""),
    row("-mcsr-check", Value::None, Effect::Nothing, ""), row("-mno-csr-check", Value::None, Effect::Nothing, ""), row("-mlittle-endian", Value::None, Effect::Nothing, ""),
    row("-march=", Value::Joined, Effect::Architecture, ""), row("-mtune=", Value::Joined, Effect::Nothing, ""), row("-mcpu=", Value::Joined, Effect::Nothing, ""), row("-mabi=", Value::Joined, Effect::Nothing, ""),
    row("-EL", Value::None, Effect::Nothing, ""), row("-fpic", Value::None, Effect::Nothing, ""), row("-fno-pic", Value::None, Effect::Nothing, ""), row("-mmnemonic=", Value::Joined, Effect::Nothing, ""),
    row("-mrelax-relocations=", Value::Joined, Effect::Nothing, ""), row("-mshared", Value::None, Effect::Nothing, ""), row("-mx86-used-note=", Value::Joined, Effect::Nothing, ""),
    row("-mbranches-within-32B-boundaries", Value::None, Effect::Nothing, ""), row("-mlfence-", Value::Joined, Effect::Nothing, ""), row("-madd-bnd-prefix", Value::None, Effect::Nothing, ""),
    row("-a", Value::Joined, Effect::Nothing, ""), row("--listing-", Value::Joined, Effect::Nothing, ""), row("-O", Value::Joined, Effect::Nothing, ""),
    row("--size-check=", Value::Joined, Effect::Nothing, ""), row("--elf-stt-common=", Value::Joined, Effect::Nothing, ""), row("--generate-missing-build-notes=", Value::Joined, Effect::Nothing, ""), row("--sectname-subst", Value::None, Effect::Nothing, ""), row("-n", Value::None, Effect::Nothing, ""), row("-q", Value::None, Effect::Nothing, ""),
];

/// What to do.
#[derive(Clone, Debug, Default)]
pub struct CommandLine {
    /// Source files, `-` for standard input. Empty: standard input.
    pub inputs: Vec<String>,
    /// The object; `None`: `a.out`.
    pub output: Option<PathBuf>,
    /// `Some(false)`: `--32`; `Some(true)`: `--64`.
    pub bits_64: Option<bool>,
    /// `--target=`.
    pub target: Option<String>,
    /// `-g`.
    pub debug_lines: bool,
    /// `--help`.
    pub help: bool,
    /// `--version`.
    pub version: bool,
    /// For the assembler.
    pub options: Options,
}

impl CommandLine {
    /// Parses the arguments. Faults are diagnostics without a place.
    pub fn parse(arguments: &[String], diagnostics: &mut Diagnostics) -> CommandLine {
        let mut line = CommandLine::default();
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            if !argument.starts_with('-') || argument == "-" {
                line.inputs.push(argument.clone());
                continue;
            }
            if argument == "--" {
                continue;
            }
            let Some((row, joined)) = find(argument) else {
                let text = format!("unrecognized option '{argument}'");
                diagnostics.push(Diagnostic::error(Span::NONE, text));
                continue;
            };
            let value = match (row.value, joined) {
                (Value::Separate, "") => match rest.next() {
                    Some(value) => value.as_str(),
                    None => {
                        let text = format!("option '{argument}' requires an argument");
                        diagnostics.push(Diagnostic::error(Span::NONE, text));
                        continue;
                    }
                },
                (_, joined) => joined,
            };
            line.apply(row, value, diagnostics);
        }
        line
    }

    fn apply(&mut self, row: &OptionRow, value: &str, diagnostics: &mut Diagnostics) {
        match row.effect {
            Effect::Output => self.output = Some(value.into()),
            Effect::IncludePath => self.options.include_paths.push(value.into()),
            Effect::Bits32 => self.bits_64 = Some(false),
            Effect::Bits64 => self.bits_64 = Some(true),
            Effect::Target => self.target = Some(value.to_owned()),
            Effect::Definition => match definition(value) {
                Some(definition) => self.options.definitions.push(definition),
                None => {
                    let text = "bad defsym; format is --defsym name=value";
                    diagnostics.push(Diagnostic::error(Span::NONE, text));
                }
            },
            Effect::Syntax => self.options.intel_syntax = value == "intel",
            Effect::NakedRegisters => self.options.naked_registers = true,
            Effect::FatalWarnings => self.options.fatal_warnings = true,
            Effect::NoWarnings => self.options.no_warnings = true,
            Effect::Alternate => self.options.alternate = true,
            Effect::DebugLines => self.debug_lines = true,
            Effect::Architecture => self.options.architecture = Some(value.to_owned()),
            Effect::PositionIndependent(on) => self.options.position_independent = Some(on),
            Effect::Relaxation(on) => self.options.relaxation = Some(on),
            Effect::Help => self.help = true,
            Effect::Version => self.version = true,
            Effect::Nothing => {}
        }
    }

    /// The text of `--help`.
    pub fn help_text() -> String {
        let mut text = String::from(
            "Usage: lathe as [OPTION]... [FILE]...\nAssembles FILEs (or standard input) into one ELF object.\n\n",
        );
        for row in OPTIONS.iter().filter(|row| !row.help.is_empty()) {
            text.push_str(&format!("  {:<18} {}\n", row.name, row.help));
        }
        text
    }
}

fn find(argument: &str) -> Option<(&'static OptionRow, &str)> {
    let exact = OPTIONS.iter().find(|row| row.name == argument && row.value != Value::Joined);
    if let Some(row) = exact {
        return Some((row, ""));
    }
    let by_prefix = |row: &&OptionRow| match row.value {
        Value::None => false,
        Value::Separate | Value::Joined => argument.starts_with(row.name),
    };
    let row = OPTIONS.iter().filter(by_prefix).max_by_key(|row| row.name.len())?;
    let joined = &argument[row.name.len()..];
    Some((row, joined.strip_prefix('=').unwrap_or(joined)))
}

fn definition(text: &str) -> Option<(String, i64)> {
    let (name, value) = text.split_once('=')?;
    let number = match value.strip_prefix("0x") {
        Some(hex) => u64::from_str_radix(hex, 16).ok()? as i64,
        None => value.parse().ok()?,
    };
    (!name.is_empty()).then(|| (name.to_string(), number))
}
