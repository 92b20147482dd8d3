//! Directives: one table from name to meaning, one file per family.

pub(crate) mod conditional;
mod data;
mod debug;
mod sections;
mod symbols;

use crate::assembler::Assembler;
use crate::cursor::Cursor;
use crate::language::Language;
use lathe_mc::{PaddingFill, SymbolBinding, SymbolVisibility};
use rustc_hash::FxHashMap;

/// What a directive means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Directive {
    Integer(u8),
    Repeated(u8),
    Space(u8),
    Text {
        terminated: bool,
        width: u8,
    },
    Float(u8),
    RepeatedFloat(u8),
    Leb {
        signed: bool,
    },
    Fill,
    Skip,
    Zero,
    Origin,
    AlignBytes(u8),
    AlignLog2(u8),
    IncludeBytes,
    Section,
    PushSection,
    PopSection,
    Previous,
    Subsection,
    Well(&'static str),
    Binding(SymbolBinding),
    Visibility(SymbolVisibility),
    Type,
    Size,
    Common {
        local: bool,
    },
    Set {
        once: bool,
    },
    SymbolVersion,
    WeakReference,
    Relocation,
    File,
    Line,
    Loc,
    Ident,
    Cfi(&'static str),
    Condition(&'static str),
    Macro,
    MacroEnd,
    MacroExit,
    MacroPurge,
    Repeat,
    RepeatFor {
        characters: bool,
    },
    RepeatEnd,
    Alternate(bool),
    Include,
    Message(&'static str),
    End,
    Nops,
    Unsupported(&'static str),
    /// The target's own: [`crate::language::Language::directive`].
    Target(&'static str),
    Ignored,
}

/// Directives by name.
pub(crate) type Table = FxHashMap<&'static [u8], Directive>;

#[rustfmt::skip]
fn table(language: &'static Language) -> &'static Table {
    language.table.get_or_init(|| {
        use Directive as D;
        let mut table = Table::default();
        let mut add = |names: &[&'static str], meaning: D| {
            for name in names {
                table.insert(name.as_bytes(), meaning);
            }
        };
        add(&[".byte", ".dc.b", ".1byte"], D::Integer(1));
        add(&[".short", ".value", ".2byte", ".hword", ".word", ".dc", ".dc.w"], D::Integer(2));
        add(&[".long", ".int", ".4byte", ".dc.l"], D::Integer(4));
        add(&[".quad", ".8byte", ".dc.a"], D::Integer(8));
        add(&[".octa", ".16byte"], D::Integer(16));
        for (names, bytes) in [(&[".dcb.b", ".dcb.b"], 1), (&[".dcb.w", ".dcb"], 2), (&[".dcb.l", ".dcb.l"], 4)] {
            add(names, D::Repeated(bytes));
        }
        for (names, bytes) in [([".ds.b", ".ds.b"], 1), ([".ds.w", ".ds"], 2), ([".ds.l", ".ds.s"], 4), ([".ds.d", ".ds.d"], 8), ([".ds.x", ".ds.p"], 12)] {
            add(&names, D::Space(bytes));
        }
        add(&[".ascii"], D::Text { terminated: false, width: 1 });
        add(&[".asciz", ".string", ".string8"], D::Text { terminated: true, width: 1 });
        add(&[".string16"], D::Text { terminated: true, width: 2 });
        add(&[".string32"], D::Text { terminated: true, width: 4 });
        add(&[".string64"], D::Text { terminated: true, width: 8 });
        add(&[".float", ".single", ".dc.s"], D::Float(4));
        add(&[".double", ".dc.d"], D::Float(8));
        add(&[".tfloat", ".ldouble", ".dc.x"], D::Float(10));
        add(&[".dcb.s"], D::RepeatedFloat(4)); add(&[".dcb.d"], D::RepeatedFloat(8));
        add(&[".uleb128"], D::Leb { signed: false });
        add(&[".sleb128"], D::Leb { signed: true });
        add(&[".fill"], D::Fill);
        add(&[".skip", ".space"], D::Skip);
        add(&[".zero"], D::Zero);
        add(&[".org"], D::Origin);
        add(&[".align", ".balign"], D::AlignBytes(1)); add(&[".balignw"], D::AlignBytes(2)); add(&[".balignl"], D::AlignBytes(4));
        add(&[".p2align"], D::AlignLog2(1)); add(&[".p2alignw"], D::AlignLog2(2)); add(&[".p2alignl"], D::AlignLog2(4));
        add(&[".incbin"], D::IncludeBytes);
        add(&[".section"], D::Section); add(&[".pushsection"], D::PushSection); add(&[".popsection"], D::PopSection);
        add(&[".previous"], D::Previous); add(&[".subsection"], D::Subsection);
        add(&[".text"], D::Well(".text")); add(&[".data"], D::Well(".data")); add(&[".bss"], D::Well(".bss"));
        add(&[".globl", ".global"], D::Binding(SymbolBinding::Global));
        add(&[".local"], D::Binding(SymbolBinding::Local)); add(&[".weak"], D::Binding(SymbolBinding::Weak));
        add(&[".hidden"], D::Visibility(SymbolVisibility::Hidden)); add(&[".internal"], D::Visibility(SymbolVisibility::Internal));
        add(&[".protected"], D::Visibility(SymbolVisibility::Protected));
        add(&[".type"], D::Type); add(&[".size"], D::Size);
        add(&[".comm", ".common"], D::Common { local: false }); add(&[".lcomm"], D::Common { local: true });
        add(&[".set", ".equ"], D::Set { once: false }); add(&[".equiv", ".eqv"], D::Set { once: true });
        add(&[".symver"], D::SymbolVersion); add(&[".weakref"], D::WeakReference); add(&[".reloc"], D::Relocation);
        add(&[".file"], D::File); add(&[".line", ".ln"], D::Line); add(&[".loc"], D::Loc); add(&[".ident"], D::Ident);
        for name in debug::CFI_NAMES {
            add(&[*name], D::Cfi(name));
        }
        for name in conditional::NAMES {
            add(&[*name], D::Condition(name));
        }
        add(&[".macro"], D::Macro); add(&[".endm", ".endmacro"], D::MacroEnd); add(&[".exitm"], D::MacroExit); add(&[".purgem"], D::MacroPurge);
        add(&[".rept", ".rep"], D::Repeat); add(&[".irp", ".irep"], D::RepeatFor { characters: false }); add(&[".irpc", ".irepc"], D::RepeatFor { characters: true });
        add(&[".endr"], D::RepeatEnd); add(&[".altmacro"], D::Alternate(true)); add(&[".noaltmacro"], D::Alternate(false));
        add(&[".include"], D::Include);
        for name in [".warning", ".error", ".print", ".err", ".abort", ".fail"] {
            add(&[name], D::Message(name));
        }
        add(&[".end"], D::End); add(&[".nops"], D::Nops);
        add(&[".title", ".sbttl", ".list", ".nolist", ".eject", ".psize", ".llen", ".loc_mark_labels", ".addrsig", ".addrsig_sym", ".gnu_attribute", ".extern", ".ref", ".appfile", ".appline", ".func", ".endfunc", ".ctf"], D::Ignored);
        for (name, meaning) in language.directives {
            add(&[*name], *meaning);
        }
        table
    })
}

impl Assembler<'_> {
    /// Runs a directive. `false` if there is none of this name.
    pub(crate) fn directive(&mut self, name: &[u8], start: usize, cursor: &mut Cursor<'_>) -> bool {
        let mut lower = [0u8; 24];
        let Some(key) = lower.get_mut(..name.len()) else { return false };
        key.copy_from_slice(name);
        key.make_ascii_lowercase();
        let Some(&meaning) = table(self.language).get(&*key) else { return false };
        if let Directive::Condition(which) = meaning {
            self.condition(which, cursor, start);
            return true;
        }
        if self.skipping() {
            return true;
        }
        self.run_directive(meaning, start, cursor);
        true
    }

    fn run_directive(&mut self, meaning: Directive, start: usize, cursor: &mut Cursor<'_>) {
        use Directive as D;
        let loc = cursor.loc_at(start);
        let errors = self.streamer.diagnostics().error_count();
        match meaning {
            D::Integer(bytes) => self.integers(cursor, bytes),
            D::Repeated(bytes) => self.repeated_integer(cursor, bytes, loc),
            D::Space(bytes) => self.space(cursor, bytes, loc),
            D::Text { terminated, width } => self.text(cursor, terminated, width),
            D::Float(bytes) => self.floats(cursor, bytes),
            D::RepeatedFloat(bytes) => self.repeated_float(cursor, bytes),
            D::Leb { signed } => self.leb(cursor, signed, loc),
            D::Fill => self.fill(cursor, loc),
            D::Skip | D::Zero => self.skip(cursor, loc),
            D::Origin => self.origin(cursor, loc),
            D::AlignBytes(width) => self.align(cursor, false, width),
            D::AlignLog2(width) => self.align(cursor, true, width),
            D::IncludeBytes => self.include_bytes(cursor, loc),
            D::Section | D::PushSection => self.section(cursor, meaning == D::PushSection, loc),
            D::PopSection => self.streamer.move_section(lathe_mc::SubsectionMove::Pop, loc),
            D::Previous => self.streamer.move_section(lathe_mc::SubsectionMove::Previous, loc),
            D::Subsection => self.subsection(cursor, loc),
            D::Well(name) => self.well_known_section(name, cursor, loc),
            D::Binding(binding) => self.binding(cursor, binding, loc),
            D::Visibility(visibility) => self.visibility(cursor, visibility, loc),
            D::Type => self.symbol_type(cursor, loc),
            D::Size => self.symbol_size(cursor, loc),
            D::Common { local } => self.common(cursor, local, loc),
            D::Set { once } => self.set(cursor, once, loc),
            D::SymbolVersion => self.symbol_version(cursor, loc),
            D::WeakReference => self.weak_reference(cursor, loc),
            D::Relocation => self.relocation(cursor, loc),
            D::File => self.file(cursor, loc),
            D::Line => {
                let _ = self.absolute(cursor);
            }
            D::Loc => self.line(cursor, loc),
            D::Ident => self.ident(cursor),
            D::Cfi(name) => self.cfi(name, cursor, loc),
            D::Macro => self.macro_definition(cursor, loc),
            D::MacroEnd => self.error(loc, "unexpected `.endm'"),
            D::MacroExit => self.exit_macro(loc),
            D::MacroPurge => self.macro_removal(cursor),
            D::Repeat => self.repeat(cursor, loc),
            D::RepeatFor { characters } => self.repeat_for(cursor, characters, loc),
            D::RepeatEnd => self.error(loc, ".endr encountered without preceding .rept, .irp, or .irpc"),
            D::Alternate(on) => self.alternate = on,
            D::Include => self.include(cursor, loc),
            D::Target(which) => (self.language.directive)(self, which, cursor, loc),
            D::Message(which) => self.message(which, cursor, loc),
            D::End => self.ended = true,
            D::Nops => self.nops(cursor, loc),
            D::Condition(_) => {}
            D::Unsupported(name) => {
                cursor.rest();
                self.error(loc, format!("`{name}' is not supported"));
            }
            D::Ignored => {
                cursor.rest();
            }
        }
        // One fault, one message.
        if !matches!(meaning, D::End) && self.streamer.diagnostics().error_count() == errors {
            self.expect_end(cursor);
        }
    }

    fn message(&mut self, which: &str, cursor: &mut Cursor<'_>, loc: lathe_diag::Loc) {
        let mut text = Vec::new();
        if cursor.at_end() || !cursor.string(&mut text) {
            cursor.rest();
        }
        let given = String::from_utf8_lossy(&text).into_owned();
        match which {
            ".warning" => {
                let text =
                    if given.is_empty() { ".warning directive invoked in source file".into() } else { given };
                self.warning(loc, text);
            }
            ".print" => {
                let note = lathe_diag::Diagnostic::new(lathe_diag::Severity::Note, loc, given);
                self.streamer.diagnostics().push(note);
            }
            ".error" => {
                let text =
                    if given.is_empty() { ".error directive invoked in source file".into() } else { given };
                self.error(loc, text);
            }
            ".abort" => {
                self.error(loc, ".abort detected.  Abandoning ship.");
                self.ended = true;
            }
            _ => self.error(loc, ".err encountered"),
        }
    }

    /// The optional fill value of alignments.
    pub(crate) fn padding(&mut self, cursor: &mut Cursor<'_>, width: u8) -> PaddingFill {
        cursor.skip_space();
        if matches!(cursor.peek(), None | Some(b',')) {
            return PaddingFill::Default;
        }
        match self.absolute(cursor) {
            Some(value) => PaddingFill::Value { value: value as u32, size_bytes: width },
            None => PaddingFill::Default,
        }
    }
}
