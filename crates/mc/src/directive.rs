//! What directives say, as data: alignment, common symbols, unwind and line information.
//!
//! Sources: GNU as manual 2.40 ("Pseudo Ops", "CFI directives"); DWARF 5, 6.2 and 6.4.

use crate::expression::Expression;
use lathe_isa::SymbolId;

/// What an alignment or `.org` fills the gap with.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum PaddingFill {
    /// Do-nothing code in sections with code, zero elsewhere: a directive without a fill value.
    #[default]
    Default,
    /// A value of 1, 2 or 4 bytes, repeated.
    Value {
        /// The value.
        value: u32,
        /// Its size.
        size_bytes: u8,
    },
}

/// `.p2align log2, fill, max`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Alignment {
    /// log2 of the alignment.
    pub align_log2: u8,
    /// The filling.
    pub fill: PaddingFill,
    /// Do nothing if more bytes than this would be needed (0: no limit).
    pub max_skip_bytes: u32,
}

impl Alignment {
    /// To a power of two, filled as usual.
    pub const fn log2(align_log2: u8) -> Alignment {
        Alignment { align_log2, fill: PaddingFill::Default, max_skip_bytes: 0 }
    }
}

/// `.comm`, `.lcomm`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Common {
    /// Size.
    pub size_bytes: u64,
    /// log2 of the alignment; `None` when the directive does not say.
    pub align_log2: Option<u8>,
    /// `.lcomm`, or `.local` before `.comm`: allocated in `.bss`.
    pub local: bool,
}

/// Moves between sections that are relative to what was in force before.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum SubsectionMove {
    /// `.pushsection` without its operands: remembers the section in force.
    Push,
    /// `.popsection`
    Pop,
    /// `.previous`
    Previous,
    /// `.subsection N`
    Subsection(i32),
}

/// A `.cfi_*` directive. Registers are DWARF numbers.
#[derive(Clone, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub enum CfiDirective {
    /// `.cfi_sections`: which of `.eh_frame` and `.debug_frame` to write.
    Sections { eh_frame: bool, debug_frame: bool },
    /// `.cfi_startproc`; `simple` leaves out the target's initial rules.
    StartProcedure { simple: bool },
    /// `.cfi_endproc`
    EndProcedure,
    /// `.cfi_personality encoding, symbol`; encoding 255 (`DW_EH_PE_omit`) takes it back.
    Personality { encoding: u8, symbol: Option<SymbolId> },
    /// `.cfi_lsda encoding, symbol`
    Lsda { encoding: u8, symbol: Option<SymbolId> },
    /// `.cfi_def_cfa register, offset`
    DefineCfa { register: u16, offset: i64 },
    /// `.cfi_def_cfa_register`
    DefineCfaRegister(u16),
    /// `.cfi_def_cfa_offset`
    DefineCfaOffset(i64),
    /// `.cfi_adjust_cfa_offset`
    AdjustCfaOffset(i64),
    /// `.cfi_offset register, offset from the CFA`
    Offset { register: u16, offset: i64 },
    /// `.cfi_rel_offset register, offset from the CFA register`
    RelativeOffset { register: u16, offset: i64 },
    /// `.cfi_val_offset`
    ValueOffset { register: u16, offset: i64 },
    /// `.cfi_register from, to`
    Register { register: u16, saved_in: u16 },
    /// `.cfi_restore`
    Restore(u16),
    /// `.cfi_undefined`
    Undefined(u16),
    /// `.cfi_same_value`
    SameValue(u16),
    /// `.cfi_remember_state`
    RememberState,
    /// `.cfi_restore_state`
    RestoreState,
    /// `.cfi_return_column`
    ReturnColumn(u16),
    /// `.cfi_signal_frame`
    SignalFrame,
    /// `.cfi_window_save` (SPARC), `.cfi_negate_ra_state` (AArch64)
    NegateReturnAddressState,
    /// `.cfi_escape`: raw instruction bytes.
    Escape(Box<[u8]>),
    /// `.cfi_label`
    Label(SymbolId),
}

/// `.file number "directory" "name" md5 0x…`.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct DwarfFile {
    /// The number that [`LineRow::file`] uses; `None` for `.file "name"`, the object's file symbol.
    pub number: Option<u32>,
    /// Directory, if said apart from the name.
    pub directory: Option<Box<str>>,
    /// File name.
    pub name: Box<str>,
    /// MD5 of the text (DWARF 5).
    pub md5: Option<[u8; 16]>,
}

/// Flags of a line row.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct LineFlags(pub u8);

impl LineFlags {
    /// None (`is_stmt 0`).
    pub const NONE: LineFlags = LineFlags(0);
    /// `is_stmt 1`: a recommended breakpoint.
    pub const STATEMENT: LineFlags = LineFlags(1);
    /// `basic_block`
    pub const BASIC_BLOCK: LineFlags = LineFlags(2);
    /// `prologue_end`
    pub const PROLOGUE_END: LineFlags = LineFlags(4);
    /// `epilogue_begin`
    pub const EPILOGUE_BEGIN: LineFlags = LineFlags(8);

    /// Both.
    #[must_use]
    pub const fn or(self, other: LineFlags) -> LineFlags {
        LineFlags(self.0 | other.0)
    }

    /// Whether all flags of `other` are set.
    pub const fn has(self, other: LineFlags) -> bool {
        self.0 & other.0 == other.0
    }
}

/// The `view` operand of `.loc`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum LineView {
    /// Not said.
    #[default]
    None,
    /// `view 0`: checked to start a new address.
    Zero,
    /// `view -0`: resets.
    ForceZero,
    /// `view name`: the symbol becomes the view number.
    Name(SymbolId),
}

/// `.loc`: where the next instruction comes from.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct LineRow {
    /// File number.
    pub file: u32,
    /// Line, from 1; 0 means none.
    pub line: u32,
    /// Column, from 1; 0 means none.
    pub column: u32,
    /// Path discriminator, 0 means none.
    pub discriminator: u32,
    /// Instruction set.
    pub isa: u32,
    /// Flags.
    pub flags: LineFlags,
    /// View number.
    pub view: LineView,
}

impl LineRow {
    /// A statement at a place.
    pub const fn statement(file: u32, line: u32, column: u32) -> LineRow {
        LineRow {
            file,
            line,
            column,
            discriminator: 0,
            isa: 0,
            flags: LineFlags::STATEMENT,
            view: LineView::None,
        }
    }
}

/// `.attribute tag, value`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum BuildAttribute {
    /// The instruction set, in the psABI's notation.
    Architecture(Box<str>),
    /// A number.
    Number {
        /// The psABI's tag.
        tag: u32,
        /// The value.
        value: u64,
    },
    /// A string.
    Text {
        /// The psABI's tag.
        tag: u32,
        /// The value.
        value: Box<str>,
    },
}

/// A `.fill`: a repeated value.
#[derive(Clone, PartialEq, Debug)]
pub struct Fill {
    /// How often.
    pub count: Expression,
    /// The value.
    pub value: u64,
    /// Bytes of the value, at most 8 (`.skip`, `.zero`: 1).
    pub size_bytes: u8,
}
