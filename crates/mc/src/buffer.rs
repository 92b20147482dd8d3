//! The private buffer into which one function is compiled, on any thread.
//!
//! Made by [`crate::ModuleStreamer::new_buffer`] (or [`CodeBuffer::object`]), filled through [`Streamer`], emptied by
//! [`crate::ModuleStreamer::append`], then used again: it keeps its allocations. It knows the module's frozen names; labels and
//! new names are its own until the append.

use crate::directive::{
    Alignment, CfiDirective, Common, DwarfFile, Fill, LineRow, PaddingFill, SubsectionMove,
};
use crate::expression::Expression;
use crate::object::ObjectStreamer;
use crate::section::{SectionDefinition, SectionId};
use crate::streamer::Streamer;
use crate::symbol::{SymbolAttribute, SymbolNames};
use crate::text::TextStreamer;
use lathe_diag::{Diagnostics, Loc};
use lathe_isa::{Isa, Mode, Operand, RowId, SymbolId, Syntax};
use std::sync::Arc;

/// A function's machine code on its way to a [`crate::ModuleStreamer`].
#[derive(Debug)]
pub struct CodeBuffer {
    content: Content,
}

#[derive(Debug)]
enum Content {
    Object(Box<ObjectStreamer>),
    Text(Box<TextStreamer>),
}

impl CodeBuffer {
    /// A buffer for bytes.
    pub fn object(isa: &'static dyn Isa, names: Arc<SymbolNames>) -> CodeBuffer {
        let recording = ObjectStreamer::new_recording(isa, names);
        CodeBuffer { content: Content::Object(Box::new(recording)) }
    }

    /// A buffer for text.
    pub fn text(isa: &'static dyn Isa, names: Arc<SymbolNames>, syntax: Syntax) -> CodeBuffer {
        let recording = TextStreamer::new_recording(isa, names, syntax);
        CodeBuffer { content: Content::Text(Box::new(recording)) }
    }

    pub(crate) fn as_object(&mut self) -> Option<&mut ObjectStreamer> {
        match &mut self.content {
            Content::Object(object) => Some(object),
            Content::Text(_) => None,
        }
    }

    pub(crate) fn as_text(&mut self) -> Option<&mut TextStreamer> {
        match &mut self.content {
            Content::Object(_) => None,
            Content::Text(text) => Some(text),
        }
    }
}

/// Passes calls on to the content.
macro_rules! pass_on {
    ($(fn $name:ident(&mut self $(, $argument:ident: $type:ty)*) $(-> $result:ty)?;)*) => {
        $(
            #[inline]
            fn $name(&mut self $(, $argument: $type)*) $(-> $result)? {
                match &mut self.content {
                    Content::Object(content) => content.$name($($argument),*),
                    Content::Text(content) => content.$name($($argument),*),
                }
            }
        )*
    };
}

impl Streamer for CodeBuffer {
    fn isa(&self) -> &'static dyn Isa {
        match &self.content {
            Content::Object(content) => content.isa(),
            Content::Text(content) => content.isa(),
        }
    }

    fn symbol_name(&self, symbol: SymbolId) -> Option<&str> {
        match &self.content {
            Content::Object(content) => content.symbol_name(symbol),
            Content::Text(content) => content.symbol_name(symbol),
        }
    }

    fn current_section(&self) -> (SectionId, i32) {
        match &self.content {
            Content::Object(content) => content.current_section(),
            Content::Text(content) => content.current_section(),
        }
    }

    fn diagnostics(&mut self) -> &mut Diagnostics {
        match &mut self.content {
            Content::Object(content) => content.diagnostics(),
            Content::Text(content) => content.diagnostics(),
        }
    }

    pass_on! {
        fn symbol(&mut self, name: &str) -> SymbolId;
        fn new_label(&mut self) -> SymbolId;
        fn expression(&mut self, expression: Expression) -> SymbolId;
        fn section(&mut self, definition: &SectionDefinition, loc: Loc) -> SectionId;
        fn switch_section(&mut self, section: SectionId, subsection: i32);
        fn move_section(&mut self, move_: SubsectionMove, loc: Loc);
        fn label(&mut self, symbol: SymbolId, loc: Loc);
        fn symbol_attribute(&mut self, symbol: SymbolId, attribute: SymbolAttribute, loc: Loc);
        fn assign(&mut self, symbol: SymbolId, value: Expression, once: bool, loc: Loc);
        fn common(&mut self, symbol: SymbolId, common: Common, loc: Loc);
        fn instruction(&mut self, row: RowId, operands: &[Operand], loc: Loc);
        fn set_mode(&mut self, mode: Mode);
        fn bytes(&mut self, bytes: &[u8]);
        fn integer(&mut self, value: u128, size_bytes: u8);
        fn value(&mut self, value: Expression, size_bytes: u8, loc: Loc);
        fn leb128(&mut self, value: Expression, signed: bool, loc: Loc);
        fn fill(&mut self, fill: Fill, loc: Loc);
        fn align(&mut self, alignment: Alignment);
        fn origin(&mut self, target: Expression, fill: PaddingFill, loc: Loc);
        fn relocation(&mut self, offset: Expression, name: &str, value: Option<Expression>, loc: Loc);
        fn cfi(&mut self, directive: CfiDirective, loc: Loc);
        fn file(&mut self, file: DwarfFile, loc: Loc);
        fn line(&mut self, row: LineRow, loc: Loc);
        fn ident(&mut self, text: &str);
        fn comment(&mut self, text: &str);
    }
}
