//! Writing modules and functions as text.
//!
//! In: a module, and for functions in flux the [`crate::Function`] itself. Out: text on any
//! [`std::fmt::Write`]. Called by `Display` for [`Module`], by `--print-after` and by tests.
//!
//! Everything a module holds is written, each item in the order of its ids or of
//! [`Module::order`], so that reading it back and writing again gives the same text. Source
//! positions are written only on request, as positions of the source map they came from.

use crate::entity::*;
use crate::function::Function;
use crate::module::{Definition, Module};
use crate::signature::{CallConv, Extension, ParamType, Signature, SignatureParam};
use lathe_diag::{Loc, SourceMap};
use std::fmt::{self, Display, Write};

/// Writes a module, or one function of it.
///
/// ```
/// # let module = lathe_ir::Module::new("", lathe_target::Target::from_triple("x86_64-linux-gnu").unwrap());
/// let mut text = String::new();
/// lathe_ir::text::Writer::new(&module, &mut text).module().unwrap();
/// assert_eq!(text, "target \"x86_64-linux-gnu\"\n");
/// ```
pub struct Writer<'a, W> {
    pub(super) module: &'a Module,
    pub(super) out: W,
    pub(super) locations: bool,
    pub(super) sources: Option<&'a SourceMap>,
    /// The line that the last source comment showed.
    last_line: Option<(u32, u32)>,
}

impl<'a, W: Write> Writer<'a, W> {
    /// A writer of this module's text.
    pub fn new(module: &'a Module, out: W) -> Writer<'a, W> {
        Writer { module, out, locations: false, sources: None, last_line: None }
    }

    /// Writes source positions too, as `at N`.
    #[must_use]
    pub fn with_locations(mut self) -> Self {
        self.locations = true;
        self
    }

    /// Shows each source line as a comment above the instructions that come from it.
    #[must_use]
    pub fn with_sources(mut self, sources: &'a SourceMap) -> Self {
        self.sources = Some(sources);
        self
    }

    /// Writes the whole module.
    ///
    /// # Errors
    /// When the output fails.
    pub fn module(&mut self) -> fmt::Result {
        self.header()?;
        self.types_and_tags()?;
        self.declarations()?;
        self.debug_tables()?;
        for definition in &self.module.order {
            match definition {
                Definition::Function(id) => {
                    self.out.write_char('\n')?;
                    self.function(&self.module.functions[*id])?;
                }
                Definition::Data(id) => self.data(&self.module.data[*id])?,
                Definition::Asm(text, loc) => {
                    write!(self.out, "asm {}", Quoted(text.as_bytes()))?;
                    self.at(*loc)?;
                    self.out.write_char('\n')?;
                }
            }
        }
        self.init_entries()
    }

    /// Writes one function. It need not be the one that the module holds.
    ///
    /// # Errors
    /// When the output fails.
    pub fn function(&mut self, func: &Function) -> fmt::Result {
        self.last_line = None;
        write!(self.out, "func {}", self.symbol_name(func.symbol))?;
        self.signature(&func.signature)?;
        self.function_attributes(func)?;
        self.out.write_str(" {\n")?;
        for (slot, data) in func.slots.iter() {
            write!(self.out, "    slot {slot}: size {}, align {}", data.size, data.align)?;
            if let Some(name) = &data.name {
                write!(self.out, ", name {}", Quoted(name.as_bytes()))?;
            }
            self.out.write_char('\n')?;
        }
        let mut marks = func.scope_marks().to_vec();
        marks.sort_by_key(|(inst, _)| *inst);
        for block in &func.layout {
            self.block_header(func, *block)?;
            for inst in &func.blocks[*block].insts {
                self.source_comment(func.loc(*inst))?;
                self.out.write_str("    ")?;
                self.inst(func, *inst)?;
                let first = marks.partition_point(|(i, _)| i < inst);
                for (_, scope) in marks[first..].iter().take_while(|(i, _)| i == inst) {
                    write!(self.out, " in {scope}")?;
                }
                self.at(func.loc(*inst))?;
                self.out.write_char('\n')?;
            }
        }
        self.out.write_str("}\n")
    }

    fn block_header(&mut self, func: &Function, block: Block) -> fmt::Result {
        write!(self.out, "{block}")?;
        let params = &func.blocks[block].params;
        for (i, param) in params.iter().enumerate() {
            write!(self.out, "{}{param}: {}", if i == 0 { "(" } else { ", " }, func.ty(*param))?;
        }
        self.out.write_str(if params.is_empty() { ":\n" } else { "):\n" })
    }

    fn source_comment(&mut self, loc: Loc) -> fmt::Result {
        let Some(place) = self.sources.and_then(|s| s.place(loc)) else { return Ok(()) };
        let line = (place.file_id.0, place.physical_line);
        if self.last_line == Some(line) || place.physical_line == 0 {
            return Ok(());
        }
        self.last_line = Some(line);
        let text = String::from_utf8_lossy(place.file.line_text(place.physical_line)).trim().to_string();
        writeln!(self.out, "    ; {}:{}: {text}", place.name, place.line_col.line)
    }

    /// ` at N`, when positions are wanted.
    pub(super) fn at(&mut self, loc: Loc) -> fmt::Result {
        if self.locations && loc.is_some() { write!(self.out, " at {}", loc.0) } else { Ok(()) }
    }

    /// `, at N` in a list of attributes.
    pub(super) fn attribute_at(&mut self, loc: Loc) -> fmt::Result {
        if self.locations && loc.is_some() { write!(self.out, ", at {}", loc.0) } else { Ok(()) }
    }

    /// The name of a symbol with its `@`; a symbol that the module does not have shows its number.
    pub(super) fn symbol_name(&self, symbol: Symbol) -> Name<'a> {
        Name('@', self.module.symbols.get(symbol).map_or("(none)", |s| &s.name))
    }

    pub(super) fn aggregate_name(&self, aggregate: Aggregate) -> Name<'a> {
        Name('%', self.module.aggregates.get(aggregate).map_or("(none)", |a| a.name.as_str()))
    }

    pub(super) fn tag_name(&self, tag: AliasTagId) -> Name<'a> {
        Name('!', self.module.alias_tags.get(tag).map_or("(none)", |t| t.name.as_str()))
    }

    /// `(i32, ptr noalias, ...i32) -> i32 cc fastcall`; the variable arguments of a call follow the
    /// dots.
    pub(super) fn signature(&mut self, signature: &Signature) -> fmt::Result {
        self.out.write_char('(')?;
        let named = signature.named_count().min(signature.params.len());
        for (i, param) in signature.params.iter().enumerate() {
            if i > 0 {
                self.out.write_str(", ")?;
            }
            if i == named {
                self.out.write_str("...")?;
            }
            self.signature_param(param)?;
        }
        if signature.variadic && named == signature.params.len() {
            self.out.write_str(if signature.params.is_empty() { "..." } else { ", ..." })?;
        }
        self.out.write_char(')')?;
        match signature.results.as_slice() {
            [] => {}
            [one] => {
                self.out.write_str(" -> ")?;
                self.signature_param(one)?;
            }
            many => {
                for (i, result) in many.iter().enumerate() {
                    self.out.write_str(if i == 0 { " -> (" } else { ", " })?;
                    self.signature_param(result)?;
                }
                self.out.write_char(')')?;
            }
        }
        match signature.call_conv {
            CallConv::C => Ok(()),
            CallConv::Regparm(n) => write!(self.out, " cc regparm {n}"),
            other => write!(self.out, " cc {}", call_conv_name(other)),
        }
    }

    fn signature_param(&mut self, param: &SignatureParam) -> fmt::Result {
        match param.ty {
            ParamType::Scalar(ty) => write!(self.out, "{ty}")?,
            ParamType::Aggregate(aggregate) => write!(self.out, "{}", self.aggregate_name(aggregate))?,
        }
        let words = [
            (param.extension == Extension::Zero, "zext"),
            (param.extension == Extension::Sign, "sext"),
            (param.is_static_chain, "static_chain"),
            (param.no_alias, "noalias"),
            (param.non_null, "nonnull"),
        ];
        for (_, word) in words.iter().filter(|(on, _)| *on) {
            write!(self.out, " {word}")?;
        }
        Ok(())
    }
}

/// The words of calling conventions.
pub(super) fn call_conv_name(conv: CallConv) -> &'static str {
    match conv {
        CallConv::C => "c",
        CallConv::Cold => "cold",
        CallConv::Fastcall => "fastcall",
        CallConv::Stdcall => "stdcall",
        CallConv::Thiscall => "thiscall",
        CallConv::Regparm(_) => "regparm",
    }
}

/// A name with its sigil; quoted unless it is a plain word.
pub(super) struct Name<'a>(pub char, pub &'a str);

/// Whether a byte may stand in an unquoted name.
pub(super) fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'$')
}

impl Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char(self.0)?;
        if !self.1.is_empty() && self.1.bytes().all(is_name_byte) {
            f.write_str(self.1)
        } else {
            Quoted(self.1.as_bytes()).fmt(f)
        }
    }
}

/// Bytes in quotes; what is not printable ASCII is escaped.
pub(super) struct Quoted<'a>(pub &'a [u8]);

impl Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        let mut rest = self.0;
        while !rest.is_empty() {
            let plain = rest.iter().position(|b| !(0x20..0x7f).contains(b) || matches!(b, b'"' | b'\\'));
            let plain = plain.unwrap_or(rest.len());
            f.write_str(std::str::from_utf8(&rest[..plain]).map_err(|_| fmt::Error)?)?;
            let Some(byte) = rest.get(plain) else { break };
            match byte {
                b'"' => f.write_str("\\\"")?,
                b'\\' => f.write_str("\\\\")?,
                b'\n' => f.write_str("\\n")?,
                b'\t' => f.write_str("\\t")?,
                b'\r' => f.write_str("\\r")?,
                0 => f.write_str("\\0")?,
                other => write!(f, "\\x{other:02x}")?,
            }
            rest = &rest[plain + 1..];
        }
        f.write_char('"')
    }
}

/// ` + 8`, ` - 8`, or nothing for 0.
pub(super) struct Addend(pub i64);

impl Display for Addend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 => Ok(()),
            n if n > 0 => write!(f, " + {n}"),
            n => write!(f, " - {}", n.unsigned_abs()),
        }
    }
}

impl Display for Module {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Writer::new(self, f).module()
    }
}

/// A function with the module that names its symbols, for `{}`.
pub struct FunctionDisplay<'a> {
    module: &'a Module,
    func: &'a Function,
}

impl<'a> FunctionDisplay<'a> {
    /// The function as text.
    pub fn new(module: &'a Module, func: &'a Function) -> FunctionDisplay<'a> {
        FunctionDisplay { module, func }
    }
}

impl Display for FunctionDisplay<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Writer::new(self.module, f).function(self.func)
    }
}

/// An instruction with its function and module, for `{}`.
pub struct InstDisplay<'a> {
    module: &'a Module,
    func: &'a Function,
    inst: Inst,
}

impl Display for InstDisplay<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Writer::new(self.module, f).inst(self.func, self.inst)
    }
}

impl Function {
    /// The function as text.
    pub fn display<'a>(&'a self, module: &'a Module) -> FunctionDisplay<'a> {
        FunctionDisplay { module, func: self }
    }

    /// One instruction as text.
    pub fn display_inst<'a>(&'a self, module: &'a Module, inst: Inst) -> InstDisplay<'a> {
        InstDisplay { module, func: self, inst }
    }
}
