//! Recording of unwind information: checks `.cfi_*` directives and keeps them, per function, with their places.
//!
//! What a directive means relative to the ones before it (`.cfi_adjust_cfa_offset`, `.cfi_rel_offset`) is settled here; the
//! bytes are made by [`crate::eh_frame`] when all addresses are known.

use crate::append::Renumbering;
use crate::directive::CfiDirective;
use crate::object::ObjectStreamer;
use crate::recorder::Position;
use lathe_diag::Loc;
use lathe_isa::SymbolId;
use lathe_target::Arch;

/// `DW_EH_PE_omit`
pub(crate) const OMIT: u8 = 0xff;

/// What every frame of a target starts with (psABIs; the values GNU as uses).
pub(crate) struct FrameDefaults {
    pub return_column: u16,
    pub code_alignment: u64,
    pub data_alignment: i64,
    pub initial: &'static [CfiInstruction],
    /// `DW_EH_PE_*` of the addresses of functions.
    pub address_encoding: u8,
    /// Version of CIEs.
    pub version: u8,
}

/// The defaults of an architecture.
pub(crate) fn frame_defaults(arch: Arch) -> FrameDefaults {
    use CfiInstruction::{DefineCfa, DefineCfaRegister, Offset};
    let defaults = |return_column, code_alignment, data_alignment, initial| FrameDefaults {
        return_column,
        code_alignment,
        data_alignment,
        initial,
        address_encoding: 0x1b,
        version: 1,
    };
    match arch {
        Arch::X86_64 => defaults(16, 1, -8, &[DefineCfa(7, 8), Offset(16, -8)]),
        Arch::X86 => defaults(8, 1, -4, &[DefineCfa(4, 4), Offset(8, -4)]),
        Arch::AArch64 => defaults(30, 4, -8, &[DefineCfa(31, 0)]),
        Arch::RiscV64 => FrameDefaults { version: 3, ..defaults(1, 1, -4, &[DefineCfaRegister(2)]) },
    }
}

/// A call frame instruction (DWARF 5, 6.4.2); offsets are in bytes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum CfiInstruction {
    DefineCfa(u16, i64),
    DefineCfaRegister(u16),
    DefineCfaOffset(i64),
    Offset(u16, i64),
    ValueOffset(u16, i64),
    Register(u16, u16),
    Restore(u16),
    Undefined(u16),
    SameValue(u16),
    RememberState,
    RestoreState,
    NegateReturnAddressState,
    Escape(Box<[u8]>),
    Label(SymbolId),
}

/// An instruction at its place.
#[derive(Clone, Debug)]
pub(crate) struct CfiEntry {
    pub position: Position,
    /// On targets whose linker changes code: the label of the place, if it is another than the entry's before.
    pub label: Option<SymbolId>,
    pub instruction: CfiInstruction,
}

/// The unwind information of one function.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    pub start: Position,
    pub end: Option<Position>,
    /// Labels of both, on targets whose linker changes code.
    pub labels: (Option<SymbolId>, Option<SymbolId>),
    pub loc: Loc,
    pub signal: bool,
    pub return_column: u16,
    pub personality: Option<(u8, SymbolId)>,
    pub lsda: Option<(u8, SymbolId)>,
    /// Range of the record's `entries`.
    pub first: u32,
    pub last: u32,
}

/// All unwind information of a streamer.
#[derive(Debug)]
pub(crate) struct CfiRecord {
    pub frames: Vec<Frame>,
    pub entries: Vec<CfiEntry>,
    pub eh_frame: bool,
    pub debug_frame: bool,
    open: bool,
    cfa_offset: i64,
    saved_offsets: Vec<i64>,
    /// Place and stretch of the last entry.
    last: Option<(Position, u32)>,
    sections: Option<(bool, bool)>,
}

impl Default for CfiRecord {
    fn default() -> CfiRecord {
        CfiRecord {
            frames: Vec::new(),
            entries: Vec::new(),
            eh_frame: true,
            debug_frame: false,
            open: false,
            cfa_offset: 0,
            saved_offsets: Vec::new(),
            last: None,
            sections: None,
        }
    }
}

impl CfiRecord {
    pub fn clear(&mut self) {
        self.frames.clear();
        self.entries.clear();
        self.saved_offsets.clear();
        self.open = false;
        self.last = None;
        self.sections = None;
    }

    /// Adds the frames of a buffer.
    pub fn append(&mut self, other: &mut CfiRecord, map: &Renumbering) {
        let base = self.entries.len() as u32;
        self.entries.extend(other.entries.drain(..).map(|entry| CfiEntry {
            position: map.position(entry.position),
            label: entry.label.map(|label| map.symbol(label)),
            instruction: match entry.instruction {
                CfiInstruction::Label(symbol) => CfiInstruction::Label(map.symbol(symbol)),
                other => other,
            },
        }));
        self.frames.extend(other.frames.drain(..).map(|frame| Frame {
            start: map.position(frame.start),
            end: frame.end.map(|end| map.position(end)),
            labels: (
                frame.labels.0.map(|label| map.symbol(label)),
                frame.labels.1.map(|label| map.symbol(label)),
            ),
            personality: frame.personality.map(|(encoding, symbol)| (encoding, map.symbol(symbol))),
            lsda: frame.lsda.map(|(encoding, symbol)| (encoding, map.symbol(symbol))),
            first: frame.first + base,
            last: frame.last + base,
            ..frame
        }));
        self.open = other.open;
        self.cfa_offset = other.cfa_offset;
        if let Some((eh_frame, debug_frame)) = other.sections {
            self.eh_frame = eh_frame;
            self.debug_frame = debug_frame;
        }
        other.clear();
    }
}

impl ObjectStreamer {
    /// Records a directive.
    pub(crate) fn record_cfi(&mut self, directive: CfiDirective, loc: Loc) {
        match directive {
            CfiDirective::Sections { eh_frame, debug_frame } => {
                self.cfi.eh_frame = eh_frame;
                self.cfi.debug_frame = debug_frame;
                self.cfi.sections = Some((eh_frame, debug_frame));
            }
            CfiDirective::StartProcedure { simple } => self.start_frame(simple, loc),
            CfiDirective::EndProcedure => {
                if !self.cfi.open {
                    self.error(loc, ".cfi_endproc without corresponding .cfi_startproc");
                    return;
                }
                let end = self.position();
                let label = self.relaxation_label(end);
                self.cfi.open = false;
                let last = self.cfi.entries.len() as u32;
                if let Some(frame) = self.cfi.frames.last_mut() {
                    frame.end = Some(end);
                    frame.labels.1 = label;
                    frame.last = last;
                }
            }
            _ if !self.cfi.open => {
                self.error(loc, "CFI instruction used without previous .cfi_startproc");
            }
            CfiDirective::Personality { encoding, symbol } => {
                let value = self.frame_pointer(encoding, symbol);
                if let Some(frame) = self.cfi.frames.last_mut() {
                    frame.personality = value;
                }
            }
            CfiDirective::Lsda { encoding, symbol } => {
                let value = self.frame_pointer(encoding, symbol);
                if let Some(frame) = self.cfi.frames.last_mut() {
                    frame.lsda = value;
                }
            }
            CfiDirective::ReturnColumn(column) => {
                if let Some(frame) = self.cfi.frames.last_mut() {
                    frame.return_column = column;
                }
            }
            CfiDirective::SignalFrame => {
                if let Some(frame) = self.cfi.frames.last_mut() {
                    frame.signal = true;
                }
            }
            other => self.frame_instruction(other, loc),
        }
    }

    fn frame_pointer(&mut self, encoding: u8, symbol: Option<SymbolId>) -> Option<(u8, SymbolId)> {
        let symbol = symbol.filter(|_| encoding != OMIT)?;
        self.mention(symbol);
        Some((encoding, symbol))
    }

    fn start_frame(&mut self, simple: bool, loc: Loc) {
        if self.cfi.open {
            self.error(loc, "previous CFI entry not closed (missing .cfi_endproc)");
            return;
        }
        let start = self.position();
        let label = self.relaxation_label(start);
        let stretch = self.stretch();
        self.cfi.last = Some((start, stretch));
        let defaults = frame_defaults(self.isa.arch());
        let first = self.cfi.entries.len() as u32;
        self.cfi.open = true;
        self.cfi.cfa_offset = 0;
        self.cfi.saved_offsets.clear();
        self.cfi.frames.push(Frame {
            start,
            end: None,
            labels: (label, None),
            loc,
            signal: false,
            return_column: defaults.return_column,
            personality: None,
            lsda: None,
            first,
            last: first,
        });
        if simple {
            return;
        }
        for instruction in defaults.initial {
            if let CfiInstruction::DefineCfa(_, offset) = instruction {
                self.cfi.cfa_offset = *offset;
            }
            let instruction = instruction.clone();
            self.cfi.entries.push(CfiEntry { position: start, label: None, instruction });
        }
    }

    fn frame_instruction(&mut self, directive: CfiDirective, loc: Loc) {
        use CfiInstruction as I;
        let cfa = self.cfi.cfa_offset;
        let instruction = match directive {
            CfiDirective::DefineCfa { register, offset } => {
                self.cfi.cfa_offset = offset;
                I::DefineCfa(register, offset)
            }
            CfiDirective::DefineCfaRegister(register) => I::DefineCfaRegister(register),
            CfiDirective::DefineCfaOffset(offset) => {
                self.cfi.cfa_offset = offset;
                I::DefineCfaOffset(offset)
            }
            CfiDirective::AdjustCfaOffset(change) => {
                self.cfi.cfa_offset = cfa.wrapping_add(change);
                I::DefineCfaOffset(self.cfi.cfa_offset)
            }
            CfiDirective::Offset { register, offset } => I::Offset(register, offset),
            CfiDirective::RelativeOffset { register, offset } => {
                I::Offset(register, offset.wrapping_sub(cfa))
            }
            CfiDirective::ValueOffset { register, offset } => I::ValueOffset(register, offset),
            CfiDirective::Register { register, saved_in } => I::Register(register, saved_in),
            CfiDirective::Restore(register) => I::Restore(register),
            CfiDirective::Undefined(register) => I::Undefined(register),
            CfiDirective::SameValue(register) => I::SameValue(register),
            CfiDirective::RememberState => {
                self.cfi.saved_offsets.push(cfa);
                I::RememberState
            }
            CfiDirective::RestoreState => {
                match self.cfi.saved_offsets.pop() {
                    Some(offset) => self.cfi.cfa_offset = offset,
                    None => {
                        self.error(loc, "CFI state restore without previous remember");
                        return;
                    }
                }
                I::RestoreState
            }
            CfiDirective::NegateReturnAddressState => I::NegateReturnAddressState,
            CfiDirective::Escape(bytes) => I::Escape(bytes),
            CfiDirective::Label(symbol) => {
                self.mention(symbol);
                I::Label(symbol)
            }
            CfiDirective::Sections { .. }
            | CfiDirective::StartProcedure { .. }
            | CfiDirective::EndProcedure
            | CfiDirective::Personality { .. }
            | CfiDirective::Lsda { .. }
            | CfiDirective::ReturnColumn(_)
            | CfiDirective::SignalFrame => unreachable!("handled by record_cfi"),
        };
        let position = self.position();
        let stretch = self.stretch();
        let moved = self.cfi.last.replace((position, stretch)) != Some((position, stretch));
        let label = if moved { self.relaxation_label(position) } else { None };
        self.cfi.entries.push(CfiEntry { position, label, instruction });
    }
}
