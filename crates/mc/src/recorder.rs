//! How machine code is kept until the layout: one flat byte vector per section, with records beside it.
//!
//! A [`Body`] holds the bytes of one subsection in their smallest form. What may change its size (short
//! jumps, alignments, `.org`, LEB128 numbers of label differences, big fills) is a [`Record`] at an offset of the byte
//! vector; a record's `raw_size` bytes in the vector (the short jump itself, nothing for the others) are replaced when the object is written.
//!
//! A [`Position`] is an offset and the number of records before it, so that its final address is
//! `offset + shift[record]`, where `shift` is the running sum of what the records grew by. Appending one body
//! to another adds constants to offsets and record numbers, nothing else.

use crate::directive::{Alignment, Fill, LineRow, PaddingFill};
use crate::expression::Expression;
use crate::section::{SectionDefinition, SectionId};
use lathe_diag::Loc;
use lathe_isa::{FixupKind, Mode, Modifier, RowId, SymbolId};

/// A place in a body.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Position {
    /// Index of the body.
    pub body: u32,
    /// Offset in its bytes.
    pub offset: u32,
    /// Number of records before the place.
    pub record: u32,
}

/// A field to be filled, or a relocation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CodeFixup {
    /// Offset in the body's bytes.
    pub offset: u32,
    /// Where the directive stands.
    pub loc: Loc,
    /// What it refers to.
    pub target: SymbolId,
    /// What is subtracted.
    pub subtract: Option<SymbolId>,
    /// The constant part.
    pub addend: i64,
    /// The kind of field.
    pub kind: FixupKind,
    /// How the symbol is addressed.
    pub modifier: Modifier,
    /// Whether the instruction was a relaxable jump: those bind to global symbols of their own section.
    pub is_jump: bool,
    /// Whether the target was defined when the instruction came: GNU as asks for no PLT then.
    pub target_known: bool,
    /// Whether the linker may shorten the instruction.
    pub relaxable: bool,
}

/// What has a size that depends on the layout.
#[derive(Clone, Copy, Debug)]
pub(crate) enum RecordKind {
    /// A jump in its short form; `addend` is the operand's, `field` the offset of the distance in the
    /// short form, `bias` what its fixup adds to the operand's addend.
    Jump {
        target: SymbolId,
        addend: i32,
        row: RowId,
        mode: Mode,
        modifier: Modifier,
        field: u8,
        bias: i8,
        fixup: FixupKind,
    },
    /// An alignment.
    Align(Alignment, Mode),
    /// A fill: index into [`Body::fills`].
    Fill(u32),
    /// `.org`: index into [`Body::origins`].
    Origin(u32),
    /// A LEB128 number: index into [`Body::lebs`].
    Leb(u32),
}

/// Something whose size depends on the layout.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Record {
    /// Offset in the body's bytes.
    pub offset: u32,
    /// Where the directive stands.
    pub loc: Loc,
    /// Bytes in the body that the record replaces.
    pub raw_size: u8,
    /// What it is.
    pub kind: RecordKind,
}

/// A relocation that stands beside what the fixups say, for a linker that changes code.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mark {
    /// Where.
    pub offset: u32,
    /// Records before the place.
    pub record: u32,
    /// What it refers to, if anything.
    pub symbol: Option<SymbolId>,
    /// The constant part.
    pub addend: i64,
    /// The type.
    pub number: u32,
}

/// What a section holds at its end so far, for mapping symbols.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum Mapped {
    /// Nothing.
    #[default]
    Nothing,
    /// Code.
    Code,
    /// Data.
    Data,
}

/// A `.reloc`.
#[derive(Clone, Debug)]
pub(crate) struct ExplicitRelocation {
    pub offset: Expression,
    pub number: u32,
    pub value: Expression,
    pub loc: Loc,
}

/// One subsection's contents.
#[derive(Clone, Debug)]
pub(crate) struct Body {
    pub section: SectionId,
    pub subsection: i32,
    pub bytes: Vec<u8>,
    pub fixups: Vec<CodeFixup>,
    pub records: Vec<Record>,
    pub fills: Vec<Fill>,
    pub origins: Vec<(Expression, PaddingFill)>,
    pub lebs: Vec<(Expression, bool)>,
    pub relocations: Vec<ExplicitRelocation>,
    pub marks: Vec<Mark>,
    /// Places after instructions that the linker may delete, where it may.
    pub breaks: Vec<u32>,
    /// Places before instructions where GNU as's memory for a piece of code ended, see [`crate::fragments`].
    pub memory_breaks: Vec<u32>,
    /// For mapping symbols: what was last, whether the last code had short forms, and the first symbol.
    pub mapped: Mapped,
    pub mapped_short: Option<bool>,
    pub first_mapping: Option<(SymbolId, Mapped)>,
    /// Largest alignment asked for.
    pub align_log2: u8,
    /// Whether an instruction stands here.
    pub has_code: bool,
}

impl Body {
    pub fn new(section: SectionId, subsection: i32) -> Body {
        Body {
            section,
            subsection,
            bytes: Vec::new(),
            fixups: Vec::new(),
            records: Vec::new(),
            fills: Vec::new(),
            origins: Vec::new(),
            lebs: Vec::new(),
            relocations: Vec::new(),
            marks: Vec::new(),
            breaks: Vec::new(),
            memory_breaks: Vec::new(),
            mapped: Mapped::Nothing,
            mapped_short: None,
            first_mapping: None,
            align_log2: 0,
            has_code: false,
        }
    }

    /// Adds another body at the end. `map` renumbers symbols. Returns what to add to offsets and record numbers.
    pub fn append(&mut self, other: &mut Body, map: &dyn Fn(SymbolId) -> SymbolId) -> (u32, u32) {
        let offset = self.bytes.len() as u32;
        let record = self.records.len() as u32;
        self.bytes.extend_from_slice(&other.bytes);
        self.fixups.extend(other.fixups.iter().map(|fixup| CodeFixup {
            offset: fixup.offset + offset,
            target: map(fixup.target),
            subtract: fixup.subtract.map(map),
            ..*fixup
        }));
        let (fills, origins, lebs) = (self.fills.len(), self.origins.len(), self.lebs.len());
        self.records.extend(other.records.iter().map(|record| {
            let kind = match record.kind {
                RecordKind::Jump { target, addend, row, mode, modifier, field, bias, fixup } => {
                    RecordKind::Jump { target: map(target), addend, row, mode, modifier, field, bias, fixup }
                }
                RecordKind::Align(alignment, mode) => RecordKind::Align(alignment, mode),
                RecordKind::Fill(index) => RecordKind::Fill(index + fills as u32),
                RecordKind::Origin(index) => RecordKind::Origin(index + origins as u32),
                RecordKind::Leb(index) => RecordKind::Leb(index + lebs as u32),
            };
            Record { offset: record.offset + offset, kind, ..*record }
        }));
        self.fills
            .extend(other.fills.drain(..).map(|fill| Fill { count: fill.count.map_symbols(map), ..fill }));
        self.origins.extend(other.origins.drain(..).map(|(to, fill)| (to.map_symbols(map), fill)));
        self.lebs.extend(other.lebs.drain(..).map(|(value, signed)| (value.map_symbols(map), signed)));
        self.relocations.extend(other.relocations.drain(..).map(|relocation| ExplicitRelocation {
            offset: relocation.offset.map_symbols(map),
            value: relocation.value.map_symbols(map),
            ..relocation
        }));
        self.marks.extend(other.marks.iter().map(|mark| Mark {
            offset: mark.offset + offset,
            record: mark.record + record,
            symbol: mark.symbol.map(map),
            ..*mark
        }));
        self.breaks.extend(other.breaks.iter().map(|at| at + offset));
        if other.mapped != Mapped::Nothing {
            self.mapped = other.mapped;
            self.mapped_short = other.mapped_short.or(self.mapped_short);
        }
        self.align_log2 = self.align_log2.max(other.align_log2);
        self.has_code |= other.has_code;
        (offset, record)
    }

    /// Empties the body and keeps its allocations.
    pub fn clear(&mut self, section: SectionId, subsection: i32) {
        self.section = section;
        self.subsection = subsection;
        self.bytes.clear();
        self.fixups.clear();
        self.records.clear();
        self.fills.clear();
        self.origins.clear();
        self.lebs.clear();
        self.relocations.clear();
        self.marks.clear();
        self.breaks.clear();
        self.memory_breaks.clear();
        self.mapped = Mapped::Nothing;
        self.mapped_short = None;
        self.first_mapping = None;
        self.align_log2 = 0;
        self.has_code = false;
    }
}

/// A section of a recorder.
#[derive(Clone, Debug)]
pub(crate) struct Section {
    pub definition: SectionDefinition,
    /// Its bodies, by subsection; empty as long as nothing switched to it.
    pub bodies: Vec<(i32, u32)>,
    /// Whether something switched to it.
    pub mentioned: bool,
    /// When that was, counted in sections.
    pub order: u32,
}

/// A line row at its place.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LineEntry {
    pub position: Position,
    /// The label of the place, on targets whose linker changes code.
    pub label: Option<SymbolId>,
    pub row: LineRow,
}

/// What a symbol or label stands for.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub(crate) enum Definition {
    /// Nothing yet.
    #[default]
    None,
    /// A place.
    Place(Position),
    /// The value of an expression: index into the recorder's `values`.
    Value(u32),
    /// Space that the linker allocates (`.comm`): index into the module's `commons`.
    Common(u32),
}

/// What was said about named symbols, in order: a code buffer keeps it for the module to replay.
#[derive(Clone, Debug)]
pub(crate) enum SymbolEvent {
    Define(SymbolId, Position, Loc),
    Attribute(SymbolId, crate::SymbolAttribute, Loc),
    Assign(SymbolId, Expression, bool, Loc),
    Common(SymbolId, crate::Common, Loc),
}
