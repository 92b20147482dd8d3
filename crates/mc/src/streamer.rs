//! The interface between whoever makes machine code and whatever becomes of it.
//!
//! Implemented by [`crate::ObjectStreamer`], [`crate::TextStreamer`] and [`crate::CodeBuffer`]. Called by code generation
//! (`mach`) and by the assembler (`asm`), which make the same sequence of calls for the same text.
//!
//! Calls return nothing: faults of the user (a symbol defined twice, a value out of range) go to
//! [`Streamer::diagnostics`], with the `Loc` that the call gave, in GNU as's wording where it has one.

use crate::buffer::CodeBuffer;
use crate::directive::{
    Alignment, BuildAttribute, CfiDirective, Common, DwarfFile, Fill, LineRow, PaddingFill, SubsectionMove,
};
use crate::expression::Expression;
use crate::section::{SectionDefinition, SectionId};
use crate::symbol::SymbolAttribute;
use lathe_diag::{Diagnostics, Loc};
use lathe_isa::{Isa, Mode, Operand, RowId, SymbolId};

/// A consumer of machine code.
pub trait Streamer {
    /// The instruction set.
    fn isa(&self) -> &'static dyn Isa;

    /// Messages so far.
    fn diagnostics(&mut self) -> &mut Diagnostics;

    /// The symbol of this name, which is made if it is new.
    fn symbol(&mut self, name: &str) -> SymbolId;

    /// The name of a symbol, `None` for labels.
    fn symbol_name(&self, symbol: SymbolId) -> Option<&str>;

    /// A new label without a name.
    fn new_label(&mut self) -> SymbolId;

    /// An anonymous symbol that stands for an expression, to be used as an operand of an instruction.
    fn expression(&mut self, expression: Expression) -> SymbolId;

    /// The section of this definition, which is made if it is new. A section that exists with other flags, type
    /// or entry size is a diagnostic.
    fn section(&mut self, definition: &SectionDefinition, loc: Loc) -> SectionId;

    /// Goes to a section (`.section`, `.text`, and the second half of `.pushsection`), subsection 0 if not said.
    fn switch_section(&mut self, section: SectionId, subsection: i32);

    /// `.pushsection` (first half), `.popsection`, `.previous`, `.subsection`.
    fn move_section(&mut self, move_: SubsectionMove, loc: Loc);

    /// The section in force and its subsection.
    fn current_section(&self) -> (SectionId, i32);

    /// Defines a symbol or label here.
    fn label(&mut self, symbol: SymbolId, loc: Loc);

    /// `.globl`, `.type`, `.size`, `.hidden`, `.symver`, `.weakref`, …
    fn symbol_attribute(&mut self, symbol: SymbolId, attribute: SymbolAttribute, loc: Loc);

    /// `.set symbol, value`; with `once` (`.equiv`) the symbol must be new.
    fn assign(&mut self, symbol: SymbolId, value: Expression, once: bool, loc: Loc);

    /// `.comm`, `.lcomm`
    fn common(&mut self, symbol: SymbolId, common: Common, loc: Loc);

    /// An instruction. `row` is a group's first row; operands are in the manual's order, and none is a virtual register.
    fn instruction(&mut self, row: RowId, operands: &[Operand], loc: Loc);

    /// `.code16`, `.code32`, `.code64`
    fn set_mode(&mut self, mode: Mode);

    /// `.byte`, `.ascii`: raw bytes.
    fn bytes(&mut self, bytes: &[u8]);

    /// `.byte`, `.short`, `.long`, `.quad`, `.octa` of a number, in the target's byte order.
    fn integer(&mut self, value: u128, size_bytes: u8);

    /// `.byte` … `.quad` of an expression.
    fn value(&mut self, value: Expression, size_bytes: u8, loc: Loc);

    /// `.uleb128`, `.sleb128`
    fn leb128(&mut self, value: Expression, signed: bool, loc: Loc);

    /// `.fill`, `.skip`, `.zero`
    fn fill(&mut self, fill: Fill, loc: Loc);

    /// `.p2align`, `.balign`
    fn align(&mut self, alignment: Alignment);

    /// `.org`
    fn origin(&mut self, target: Expression, fill: PaddingFill, loc: Loc);

    /// `.reloc offset, name, value`
    fn relocation(&mut self, offset: Expression, name: &str, value: Option<Expression>, loc: Loc);

    /// `.cfi_*`
    fn cfi(&mut self, directive: CfiDirective, loc: Loc);

    /// `.file`
    fn file(&mut self, file: DwarfFile, loc: Loc);

    /// `.loc`: the place of the instructions that follow.
    fn line(&mut self, row: LineRow, loc: Loc);

    /// `.attribute`: what the object says about itself to the linker (targets that have such a section).
    fn attribute(&mut self, attribute: BuildAttribute) {
        let _ = attribute;
    }

    /// `.ident`
    fn ident(&mut self, text: &str);

    /// A comment in the text, for `-fverbose-asm`; nothing elsewhere.
    fn comment(&mut self, text: &str) {
        let _ = text;
    }

    /// The same without a name, where the object's symbol table might show it: what `.` means in an instruction.
    fn anonymous_here(&mut self) -> SymbolId {
        self.here()
    }

    /// A new label, defined here.
    fn here(&mut self) -> SymbolId {
        let label = self.new_label();
        self.label(label, Loc::NONE);
        label
    }
}

/// A streamer for a whole module: it takes functions that were compiled apart, and makes the output.
pub trait ModuleStreamer: Streamer {
    /// An empty buffer for one function, of the kind that this streamer can append (bytes or text).
    fn new_buffer(&self) -> CodeBuffer;

    /// Adds the contents of a buffer and empties it. Each buffer starts with no section in force:
    /// its first call goes to one.
    fn append(&mut self, buffer: &mut CodeBuffer);

    /// The object file, or the text. `None` when there were errors; they are in `diagnostics`.
    fn finish(&mut self) -> Option<Vec<u8>>;
}
