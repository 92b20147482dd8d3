//! The text streamer: GNU assembly text.
//!
//! Prints each call as the directive or instruction that makes the assembler repeat it. As a buffer it writes private marks
//! (`\x01 number \x02`) for label numbers and new names, which appending replaces by the module's.

use crate::buffer::CodeBuffer;
use crate::directive::{
    Alignment, BuildAttribute, CfiDirective, Common, DwarfFile, Fill, LineFlags, LineRow, LineView,
    PaddingFill, SubsectionMove,
};
use crate::expression::Expression;
use crate::object::standard_sections;
use crate::section::{SectionDefinition, SectionFlags, SectionId, SectionType};
use crate::streamer::{ModuleStreamer, Streamer};
use crate::symbol::{
    SymbolAttribute, SymbolBinding, SymbolKind, SymbolNames, SymbolVisibility, label_id, label_number,
};
use lathe_diag::{Diagnostics, Loc};
use lathe_isa::{Isa, Mode, Modifier, Operand, RowId, SymbolId, Syntax};
use lathe_target::Arch;
use std::fmt::Write;
use std::sync::Arc;

/// Marks around the number of a label of a buffer.
const LABEL_MARK: char = '\u{1}';
/// Mark before the number of a section move that depends on the buffer's place.
const END_MARK: char = '\u{2}';

/// Prints GNU assembly text.
pub struct TextStreamer {
    isa: &'static dyn Isa,
    syntax: Syntax,
    mode: Mode,
    names: SymbolNames,
    out: String,
    sections: Vec<SectionDefinition>,
    current: (SectionId, i32),
    previous: (SectionId, i32),
    section_stack: Vec<((SectionId, i32), (SectionId, i32))>,
    label_count: u32,
    /// What anonymous expressions stand for, by label number.
    expressions: rustc_hash::FxHashMap<u32, String>,
    is_buffer: bool,
    diagnostics: Diagnostics,
    /// Comment for the end of the next line.
    comment: String,
}

impl std::fmt::Debug for TextStreamer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TextStreamer").field("out", &self.out.len()).finish_non_exhaustive()
    }
}

/// What the instruction printer needs for names.
struct NamePrinter<'a> {
    names: &'a SymbolNames,
    expressions: &'a rustc_hash::FxHashMap<u32, String>,
    is_buffer: bool,
}

impl lathe_isa::SymbolNames for NamePrinter<'_> {
    fn write_symbol(&self, symbol: SymbolId, out: &mut String) {
        match label_number(symbol) {
            Some(label) => match self.expressions.get(&label) {
                Some(text) => out.push_str(text),
                None if self.is_buffer => {
                    let _ = write!(out, "{LABEL_MARK}{label}{END_MARK}");
                }
                None => {
                    let _ = write!(out, ".L{label}");
                }
            },
            None => push_name(out, self.names.name(symbol).unwrap_or("?")),
        }
    }
}

/// Appends a symbol's name, quoted where the assembler would not read it as a symbol.
pub(crate) fn push_name(out: &mut String, name: &str) {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'$') || byte >= 0x80;
    let is_plain = !name.is_empty()
        && name.bytes().all(plain)
        && !name.starts_with(|first: char| first.is_ascii_digit() || first == '$');
    if is_plain {
        out.push_str(name);
        return;
    }
    out.push('"');
    for c in name.chars() {
        if matches!(c, '"' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('"');
}

impl TextStreamer {
    /// A streamer for a module.
    pub fn new(isa: &'static dyn Isa, names: Arc<SymbolNames>, syntax: Syntax) -> TextStreamer {
        let mut streamer = TextStreamer::new_recording(isa, names, syntax);
        streamer.is_buffer = false;
        if syntax == Syntax::Intel && matches!(isa.arch(), Arch::X86 | Arch::X86_64) {
            streamer.out.push_str("\t.intel_syntax noprefix\n");
        }
        streamer.out.push_str(isa.object_rules().text_header);
        streamer
    }

    pub(crate) fn new_recording(
        isa: &'static dyn Isa,
        names: Arc<SymbolNames>,
        syntax: Syntax,
    ) -> TextStreamer {
        TextStreamer {
            isa,
            syntax,
            mode: isa.default_mode(),
            names: SymbolNames::on_top_of(names),
            out: String::new(),
            sections: standard_sections().to_vec(),
            current: (SectionId::TEXT, 0),
            previous: (SectionId::TEXT, 0),
            section_stack: Vec::new(),
            label_count: 0,
            expressions: rustc_hash::FxHashMap::default(),
            is_buffer: true,
            diagnostics: Diagnostics::new(),
            comment: String::new(),
        }
    }

    /// The text so far.
    pub fn text(&self) -> &str {
        &self.out
    }

    fn push_symbol(&mut self, symbol: SymbolId) {
        let printer =
            NamePrinter { names: &self.names, expressions: &self.expressions, is_buffer: self.is_buffer };
        lathe_isa::SymbolNames::write_symbol(&printer, symbol, &mut self.out);
    }

    fn symbol_text(&self, symbol: SymbolId) -> String {
        let mut text = String::new();
        let printer =
            NamePrinter { names: &self.names, expressions: &self.expressions, is_buffer: self.is_buffer };
        lathe_isa::SymbolNames::write_symbol(&printer, symbol, &mut text);
        text
    }

    /// Ends a line.
    fn end(&mut self) {
        if !self.comment.is_empty() {
            let _ = write!(self.out, "\t# {}", self.comment);
            self.comment.clear();
        }
        self.out.push('\n');
    }

    fn directive(&mut self, text: std::fmt::Arguments<'_>) {
        self.out.push('\t');
        let _ = self.out.write_fmt(text);
        self.end();
    }

    fn expression_text(&self, value: &Expression, out: &mut String, nested: bool) {
        match value {
            Expression::Constant(number) => {
                let _ = write!(out, "{number}");
            }
            Expression::Here => out.push('.'),
            Expression::Symbol(symbol) => {
                let grouped = nested && symbol.addend != 0;
                if grouped {
                    out.push('(');
                }
                out.push_str(&self.symbol_text(symbol.symbol));
                if symbol.modifier != Modifier::NONE
                    && let Some(info) = self.isa.modifiers().get(symbol.modifier.0 as usize)
                {
                    let _ = write!(out, "@{}", info.name);
                }
                if symbol.addend != 0 {
                    let _ = write!(out, "{:+}", symbol.addend);
                }
                if grouped {
                    out.push(')');
                }
            }
            Expression::Unary(operator, value) => {
                out.push_str(operator.text());
                self.expression_text(value, out, true);
            }
            Expression::Binary(operator, left, right) => {
                if nested {
                    out.push('(');
                }
                self.expression_text(left, out, true);
                out.push_str(operator.text());
                self.expression_text(right, out, true);
                if nested {
                    out.push(')');
                }
            }
        }
    }

    fn printed(&self, value: &Expression) -> String {
        let mut out = String::new();
        self.expression_text(value, &mut out, false);
        out
    }

    fn print_section(&mut self, section: SectionId, subsection: i32) {
        let definition = self.sections[section.0 as usize].clone();
        let standard = standard_sections();
        if let Some(known) = standard.get(section.0 as usize)
            && *known == definition
        {
            let name = known.name.clone();
            match subsection {
                0 => self.directive(format_args!("{name}")),
                number => self.directive(format_args!("{name}\t{number}")),
            }
            return;
        }
        let text = section_text(&definition);
        self.directive(format_args!(".section\t{text}"));
        if subsection != 0 {
            self.directive(format_args!(".subsection\t{subsection}"));
        }
    }

    fn append_text(&mut self, buffer: &mut TextStreamer) {
        self.diagnostics.append(std::mem::take(&mut buffer.diagnostics));
        let base = self.label_count;
        let mut rest = buffer.out.as_str();
        while let Some(at) = rest.find(LABEL_MARK) {
            self.out.push_str(&rest[..at]);
            rest = &rest[at + 1..];
            let end = rest.find(END_MARK).unwrap_or(rest.len());
            let number: u32 = rest[..end].parse().unwrap_or(0);
            let _ = write!(self.out, ".L{}", number + base);
            rest = rest.get(end + 1..).unwrap_or("");
        }
        self.out.push_str(rest);
        self.label_count += buffer.label_count;
        let definition = buffer.sections[buffer.current.0.0 as usize].clone();
        let section = self.section(&definition, Loc::NONE);
        self.previous = std::mem::replace(&mut self.current, (section, buffer.current.1));
        self.mode = buffer.mode;
        buffer.clear();
    }

    fn clear(&mut self) {
        self.mode = self.isa.default_mode();
        self.names.clear();
        self.out.clear();
        self.sections.truncate(3);
        self.current = (SectionId::TEXT, 0);
        self.previous = (SectionId::TEXT, 0);
        self.section_stack.clear();
        self.label_count = 0;
        self.expressions.clear();
        self.comment.clear();
    }

    fn print_attribute(&mut self, name: &str, attribute: SymbolAttribute) {
        match attribute {
            SymbolAttribute::Binding(SymbolBinding::Local) => self.directive(format_args!(".local\t{name}")),
            SymbolAttribute::Binding(SymbolBinding::Global) => {
                self.directive(format_args!(".globl\t{name}"));
            }
            SymbolAttribute::Binding(SymbolBinding::Weak) => self.directive(format_args!(".weak\t{name}")),
            SymbolAttribute::Binding(SymbolBinding::Unique) => {
                self.directive(format_args!(".type\t{name}, @gnu_unique_object"));
            }
            SymbolAttribute::Kind(kind) => {
                let kind = match kind {
                    SymbolKind::None => "notype",
                    SymbolKind::Object => "object",
                    SymbolKind::Function => "function",
                    SymbolKind::ThreadLocal => "tls_object",
                    SymbolKind::Common => "common",
                    SymbolKind::IndirectFunction => "gnu_indirect_function",
                };
                self.directive(format_args!(".type\t{name}, @{kind}"));
            }
            SymbolAttribute::Visibility(visibility) => match visibility {
                SymbolVisibility::Default => {}
                SymbolVisibility::Internal => self.directive(format_args!(".internal\t{name}")),
                SymbolVisibility::Hidden => self.directive(format_args!(".hidden\t{name}")),
                SymbolVisibility::Protected => self.directive(format_args!(".protected\t{name}")),
            },
            SymbolAttribute::Size(value) => {
                let value = self.printed(&value);
                self.directive(format_args!(".size\t{name}, {value}"));
            }
            SymbolAttribute::Version(version) => self.directive(format_args!(".symver\t{name}, {version}")),
            SymbolAttribute::WeakReference(target) => {
                let target = self.symbol_text(target);
                self.directive(format_args!(".weakref\t{name}, {target}"));
            }
            SymbolAttribute::Other(_) => {}
        }
    }

    fn print_cfi(&mut self, directive: CfiDirective) {
        use CfiDirective as D;
        let pointer = |streamer: &TextStreamer, symbol: Option<SymbolId>| match symbol {
            Some(symbol) => format!(", {}", streamer.symbol_text(symbol)),
            None => String::new(),
        };
        match directive {
            D::Sections { eh_frame, debug_frame } => {
                let list = match (eh_frame, debug_frame) {
                    (true, true) => ".eh_frame, .debug_frame",
                    (true, false) => ".eh_frame",
                    (false, true) => ".debug_frame",
                    (false, false) => "",
                };
                self.directive(format_args!(".cfi_sections {list}"));
            }
            D::StartProcedure { simple: true } => self.directive(format_args!(".cfi_startproc simple")),
            D::StartProcedure { simple: false } => self.directive(format_args!(".cfi_startproc")),
            D::EndProcedure => self.directive(format_args!(".cfi_endproc")),
            D::Personality { encoding, symbol } => {
                let symbol = pointer(self, symbol);
                self.directive(format_args!(".cfi_personality {encoding:#x}{symbol}"));
            }
            D::Lsda { encoding, symbol } => {
                let symbol = pointer(self, symbol);
                self.directive(format_args!(".cfi_lsda {encoding:#x}{symbol}"));
            }
            D::DefineCfa { register, offset } => {
                self.directive(format_args!(".cfi_def_cfa {register}, {offset}"));
            }
            D::DefineCfaRegister(register) => {
                self.directive(format_args!(".cfi_def_cfa_register {register}"));
            }
            D::DefineCfaOffset(offset) => self.directive(format_args!(".cfi_def_cfa_offset {offset}")),
            D::AdjustCfaOffset(change) => self.directive(format_args!(".cfi_adjust_cfa_offset {change}")),
            D::Offset { register, offset } => {
                self.directive(format_args!(".cfi_offset {register}, {offset}"));
            }
            D::RelativeOffset { register, offset } => {
                self.directive(format_args!(".cfi_rel_offset {register}, {offset}"));
            }
            D::ValueOffset { register, offset } => {
                self.directive(format_args!(".cfi_val_offset {register}, {offset}"));
            }
            D::Register { register, saved_in } => {
                self.directive(format_args!(".cfi_register {register}, {saved_in}"));
            }
            D::Restore(register) => self.directive(format_args!(".cfi_restore {register}")),
            D::Undefined(register) => self.directive(format_args!(".cfi_undefined {register}")),
            D::SameValue(register) => self.directive(format_args!(".cfi_same_value {register}")),
            D::RememberState => self.directive(format_args!(".cfi_remember_state")),
            D::RestoreState => self.directive(format_args!(".cfi_restore_state")),
            D::ReturnColumn(column) => self.directive(format_args!(".cfi_return_column {column}")),
            D::SignalFrame => self.directive(format_args!(".cfi_signal_frame")),
            D::NegateReturnAddressState => match self.isa.arch() {
                Arch::AArch64 => self.directive(format_args!(".cfi_negate_ra_state")),
                _ => self.directive(format_args!(".cfi_window_save")),
            },
            D::Escape(bytes) => {
                let list: Vec<String> = bytes.iter().map(|byte| format!("{byte:#x}")).collect();
                let list = list.join(",");
                self.directive(format_args!(".cfi_escape {list}"));
            }
            D::Label(symbol) => {
                let symbol = self.symbol_text(symbol);
                self.directive(format_args!(".cfi_label {symbol}"));
            }
        }
    }
}

/// The operands of `.section`.
fn section_text(definition: &SectionDefinition) -> String {
    let mut text = String::new();
    push_name(&mut text, &definition.name);
    let letters = [
        (SectionFlags::ALLOC, 'a'),
        (SectionFlags::WRITE, 'w'),
        (SectionFlags::EXECUTE, 'x'),
        (SectionFlags::MERGE, 'M'),
        (SectionFlags::STRINGS, 'S'),
        (SectionFlags::LINK_ORDER, 'o'),
        (SectionFlags::GROUP, 'G'),
        (SectionFlags::TLS, 'T'),
        (SectionFlags::RETAIN, 'R'),
        (SectionFlags::LARGE, 'l'),
        (SectionFlags::EXCLUDE, 'e'),
    ];
    text.push_str(",\"");
    text.extend(letters.iter().filter(|(flag, _)| definition.flags.has(*flag)).map(|(_, letter)| letter));
    text.push_str("\",");
    match definition.kind {
        SectionType::PROGBITS => text.push_str("@progbits"),
        SectionType::NOTE => text.push_str("@note"),
        SectionType::NOBITS => text.push_str("@nobits"),
        SectionType::INIT_ARRAY => text.push_str("@init_array"),
        SectionType::FINI_ARRAY => text.push_str("@fini_array"),
        SectionType::PREINIT_ARRAY => text.push_str("@preinit_array"),
        SectionType::X86_64_UNWIND => text.push_str("@unwind"),
        SectionType(number) => {
            let _ = write!(text, "@{number:#x}");
        }
    }
    if definition.flags.has(SectionFlags::MERGE) {
        let _ = write!(text, ",{}", definition.entry_size);
    }
    if let Some(group) = &definition.group {
        text.push(',');
        push_name(&mut text, &group.signature);
        if group.comdat {
            text.push_str(",comdat");
        }
    }
    if let Some(link_order) = &definition.link_order {
        text.push(',');
        push_name(&mut text, link_order);
    }
    if let Some(unique) = definition.unique {
        let _ = write!(text, ",unique,{unique}");
    }
    text
}

/// A string literal that the assembler reads as these bytes.
fn quoted(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() + 2);
    text.push('"');
    for byte in bytes {
        match byte {
            b'"' => text.push_str("\\\""),
            b'\\' => text.push_str("\\\\"),
            b'\n' => text.push_str("\\n"),
            b'\t' => text.push_str("\\t"),
            0x20..=0x7e => text.push(*byte as char),
            _ => {
                let _ = write!(text, "\\{byte:03o}");
            }
        }
    }
    text.push('"');
    text
}

fn data_directive(size_bytes: u8) -> &'static str {
    match size_bytes {
        1 => ".byte",
        2 => ".short",
        4 => ".long",
        8 => ".quad",
        _ => ".octa",
    }
}

impl Streamer for TextStreamer {
    fn isa(&self) -> &'static dyn Isa {
        self.isa
    }

    fn diagnostics(&mut self) -> &mut Diagnostics {
        &mut self.diagnostics
    }

    fn symbol(&mut self, name: &str) -> SymbolId {
        self.names.intern(name)
    }

    fn symbol_name(&self, symbol: SymbolId) -> Option<&str> {
        self.names.name(symbol)
    }

    fn new_label(&mut self) -> SymbolId {
        self.label_count += 1;
        label_id(self.label_count - 1)
    }

    fn expression(&mut self, expression: Expression) -> SymbolId {
        if let Expression::Symbol(symbol) = &expression
            && symbol.addend == 0
            && symbol.modifier == Modifier::NONE
        {
            return symbol.symbol;
        }
        // The object streamer gives the `.` of an expression a label of its own.
        let text = if expression.mentions_here() {
            let here = self.here();
            self.printed(&expression.replace_here(here))
        } else {
            self.printed(&expression)
        };
        let label = self.new_label();
        self.expressions.insert(self.label_count - 1, format!("({text})"));
        label
    }

    fn section(&mut self, definition: &SectionDefinition, _loc: Loc) -> SectionId {
        let known = self.sections.iter().position(|known| known.same_section(definition));
        let at = known.unwrap_or_else(|| {
            self.sections.push(definition.clone());
            self.sections.len() - 1
        });
        SectionId(at as u32)
    }

    fn switch_section(&mut self, section: SectionId, subsection: i32) {
        self.previous = std::mem::replace(&mut self.current, (section, subsection));
        self.print_section(section, subsection);
    }

    fn move_section(&mut self, move_: SubsectionMove, _loc: Loc) {
        match move_ {
            SubsectionMove::Push => self.section_stack.push((self.current, self.previous)),
            SubsectionMove::Pop => {
                if let Some((current, previous)) = self.section_stack.pop() {
                    self.current = current;
                    self.previous = previous;
                    self.print_section(current.0, current.1);
                }
            }
            SubsectionMove::Previous => {
                std::mem::swap(&mut self.current, &mut self.previous);
                self.print_section(self.current.0, self.current.1);
            }
            SubsectionMove::Subsection(number) => {
                self.current.1 = number;
                self.directive(format_args!(".subsection\t{number}"));
            }
        }
    }

    fn current_section(&self) -> (SectionId, i32) {
        self.current
    }

    fn label(&mut self, symbol: SymbolId, _loc: Loc) {
        self.push_symbol(symbol);
        self.out.push(':');
        self.end();
    }

    fn symbol_attribute(&mut self, symbol: SymbolId, attribute: SymbolAttribute, _loc: Loc) {
        let name = self.symbol_text(symbol);
        self.print_attribute(&name, attribute);
    }

    fn assign(&mut self, symbol: SymbolId, value: Expression, once: bool, _loc: Loc) {
        let name = self.symbol_text(symbol);
        let value = self.printed(&value);
        let word = if once { ".equiv" } else { ".set" };
        self.directive(format_args!("{word}\t{name}, {value}"));
    }

    fn common(&mut self, symbol: SymbolId, common: Common, _loc: Loc) {
        let name = self.symbol_text(symbol);
        if common.local {
            self.directive(format_args!(".local\t{name}"));
        }
        match common.align_log2 {
            Some(align) => {
                let align = 1u64 << align.min(63);
                self.directive(format_args!(".comm\t{name},{},{align}", common.size_bytes));
            }
            None => self.directive(format_args!(".comm\t{name},{}", common.size_bytes)),
        }
    }

    fn instruction(&mut self, row: RowId, operands: &[Operand], _loc: Loc) {
        self.out.push('\t');
        let printer =
            NamePrinter { names: &self.names, expressions: &self.expressions, is_buffer: self.is_buffer };
        self.isa.print(self.mode, row, operands, self.syntax, &printer, &mut self.out);
        self.end();
    }

    fn set_mode(&mut self, mode: Mode) {
        let changed = self.mode.0 ^ mode.0;
        self.mode = mode;
        for (bit, on, off) in self.isa.object_rules().mode_directives {
            if bit.0 & changed != 0 {
                self.directive(format_args!("{}", if mode.meets(*bit) { on } else { off }));
            }
        }
        if matches!(self.isa.arch(), Arch::X86 | Arch::X86_64) {
            let bits = match mode.0 {
                1 => 16,
                2 => 32,
                _ => 64,
            };
            self.directive(format_args!(".code{bits}"));
        }
    }

    fn bytes(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(64) {
            let text = quoted(chunk);
            self.directive(format_args!(".ascii\t{text}"));
        }
    }

    fn integer(&mut self, value: u128, size_bytes: u8) {
        let size = size_bytes.min(16);
        let masked = if size == 16 { value } else { value & ((1u128 << (8 * u32::from(size))) - 1) };
        if matches!(size, 1 | 2 | 4 | 8 | 16) {
            let word = data_directive(size);
            match size {
                16 => self.directive(format_args!("{word}\t{masked:#x}")),
                _ => self.directive(format_args!("{word}\t{masked}")),
            }
            return;
        }
        let bytes = value.to_le_bytes();
        self.bytes(&bytes[..usize::from(size)]);
    }

    fn value(&mut self, value: Expression, size_bytes: u8, _loc: Loc) {
        let text = self.printed(&value);
        let word = data_directive(size_bytes);
        self.directive(format_args!("{word}\t{text}"));
    }

    fn leb128(&mut self, value: Expression, signed: bool, _loc: Loc) {
        let text = match (signed, value.constant()) {
            (false, Some(number)) => format!("{}", number as u64),
            _ => self.printed(&value),
        };
        let word = if signed { ".sleb128" } else { ".uleb128" };
        self.directive(format_args!("{word}\t{text}"));
    }

    fn fill(&mut self, fill: Fill, _loc: Loc) {
        let count = self.printed(&fill.count);
        if fill.size_bytes == 1 && fill.value == 0 {
            self.directive(format_args!(".zero\t{count}"));
        } else if fill.size_bytes == 1 {
            self.directive(format_args!(".skip\t{count}, {}", fill.value & 0xff));
        } else if fill.value > u64::from(u32::MAX)
            && let Some(number) = fill.count.constant()
        {
            // `.fill` takes four bytes of the value.
            for _ in 0..number.clamp(0, 1 << 20) {
                self.integer(u128::from(fill.value), fill.size_bytes);
            }
        } else {
            self.directive(format_args!(".fill\t{count}, {}, {}", fill.size_bytes, fill.value));
        }
    }

    fn align(&mut self, alignment: Alignment) {
        let log2 = alignment.align_log2;
        let (word, fill) = match alignment.fill {
            PaddingFill::Default => (".p2align", String::new()),
            PaddingFill::Value { value, size_bytes: 2 } => (".p2alignw", value.to_string()),
            PaddingFill::Value { value, size_bytes: 4 } => (".p2alignl", value.to_string()),
            PaddingFill::Value { value, .. } => (".p2align", value.to_string()),
        };
        match (fill.is_empty(), alignment.max_skip_bytes) {
            (true, 0) => self.directive(format_args!("{word} {log2}")),
            (false, 0) => self.directive(format_args!("{word} {log2},{fill}")),
            (_, max) => self.directive(format_args!("{word} {log2},{fill},{max}")),
        }
    }

    fn origin(&mut self, target: Expression, fill: PaddingFill, _loc: Loc) {
        let target = self.printed(&target);
        match fill {
            PaddingFill::Default => self.directive(format_args!(".org\t{target}")),
            PaddingFill::Value { value, .. } => self.directive(format_args!(".org\t{target}, {value}")),
        }
    }

    fn relocation(&mut self, offset: Expression, name: &str, value: Option<Expression>, _loc: Loc) {
        let offset = self.printed(&offset);
        match value {
            Some(value) => {
                let value = self.printed(&value);
                self.directive(format_args!(".reloc\t{offset}, {name}, {value}"));
            }
            None => self.directive(format_args!(".reloc\t{offset}, {name}")),
        }
    }

    fn cfi(&mut self, directive: CfiDirective, _loc: Loc) {
        self.print_cfi(directive);
    }

    fn file(&mut self, file: DwarfFile, _loc: Loc) {
        let mut text = String::new();
        if let Some(number) = file.number {
            let _ = write!(text, "{number} ");
        }
        if let Some(directory) = &file.directory {
            let _ = write!(text, "{} ", quoted(directory.as_bytes()));
        }
        text.push_str(&quoted(file.name.as_bytes()));
        if let Some(md5) = file.md5 {
            let _ = write!(text, " md5 0x{:032x}", u128::from_be_bytes(md5));
        }
        self.directive(format_args!(".file\t{text}"));
    }

    fn line(&mut self, row: LineRow, _loc: Loc) {
        let mut text = format!("{} {} {}", row.file, row.line, row.column);
        for (flag, name) in [
            (LineFlags::BASIC_BLOCK, " basic_block"),
            (LineFlags::PROLOGUE_END, " prologue_end"),
            (LineFlags::EPILOGUE_BEGIN, " epilogue_begin"),
        ] {
            if row.flags.has(flag) {
                text.push_str(name);
            }
        }
        let _ = write!(text, " is_stmt {}", u8::from(row.flags.has(LineFlags::STATEMENT)));
        if row.isa != 0 {
            let _ = write!(text, " isa {}", row.isa);
        }
        if row.discriminator != 0 {
            let _ = write!(text, " discriminator {}", row.discriminator);
        }
        match row.view {
            LineView::None => {}
            LineView::Zero => text.push_str(" view 0"),
            LineView::ForceZero => text.push_str(" view -0"),
            LineView::Name(symbol) => {
                let _ = write!(text, " view {}", self.symbol_text(symbol));
            }
        }
        self.directive(format_args!(".loc\t{text}"));
    }

    fn attribute(&mut self, attribute: BuildAttribute) {
        match attribute {
            BuildAttribute::Architecture(text) => self.directive(format_args!(".attribute arch, \"{text}\"")),
            BuildAttribute::Number { tag, value } => {
                self.directive(format_args!(".attribute {tag}, {value}"))
            }
            BuildAttribute::Text { tag, value } => {
                self.directive(format_args!(".attribute {tag}, \"{value}\""))
            }
        }
    }

    fn ident(&mut self, text: &str) {
        let text = quoted(text.as_bytes());
        self.directive(format_args!(".ident\t{text}"));
    }

    fn comment(&mut self, text: &str) {
        if !self.comment.is_empty() {
            self.comment.push_str("; ");
        }
        self.comment.extend(text.chars().map(|c| if c.is_control() { ' ' } else { c }));
    }
}

impl ModuleStreamer for TextStreamer {
    fn new_buffer(&self) -> CodeBuffer {
        CodeBuffer::text(self.isa, self.names.frozen().unwrap_or_default(), self.syntax)
    }

    fn append(&mut self, buffer: &mut CodeBuffer) {
        match buffer.as_text() {
            Some(text) => self.append_text(text),
            None => unreachable!("an object buffer appended to text"),
        }
    }

    fn finish(&mut self) -> Option<Vec<u8>> {
        (!self.diagnostics.has_errors()).then(|| std::mem::take(&mut self.out).into_bytes())
    }
}
