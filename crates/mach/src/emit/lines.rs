//! Line rows: `.loc` where the source position changes.

use crate::emit::context::ModuleContext;
use crate::inst::MachInst;
use crate::inst::function::InstFlags;
use lathe_diag::Loc;
use lathe_mc::{LineFlags, LineRow, Streamer};
use std::sync::Arc;

/// Writes line rows of one function.
#[derive(Debug)]
pub struct LineWriter {
    last: Loc,
    /// Where the function itself is: the place of what stores its parameters.
    function: Loc,
    last_place: (u32, u32, u32),
    in_prologue: bool,
}

impl LineWriter {
    /// At the start of a function.
    pub fn new() -> LineWriter {
        LineWriter { last: Loc::NONE, function: Loc::NONE, last_place: (0, 0, 0), in_prologue: true }
    }

    /// The row of the function itself.
    pub fn function_start(&mut self, cx: &ModuleContext<'_>, loc: Loc, out: &mut dyn Streamer) {
        self.function = loc;
        self.row(cx, loc, LineFlags::STATEMENT, out);
    }

    /// The row of an instruction, if it starts a new place.
    pub fn inst(&mut self, cx: &ModuleContext<'_>, inst: &MachInst, out: &mut dyn Streamer) {
        // The stores of parameters belong to the prologue: a breakpoint comes after them.
        let ends_prologue =
            self.in_prologue && !inst.flags.has(InstFlags::FRAME) && inst.loc != self.function;
        if !inst.loc.is_some() || (inst.loc == self.last && !ends_prologue) {
            return;
        }
        if self.in_prologue && !ends_prologue {
            return;
        }
        let flags = if ends_prologue {
            LineFlags::STATEMENT.or(LineFlags::PROLOGUE_END)
        } else {
            LineFlags::STATEMENT
        };
        if ends_prologue {
            self.last_place = (0, 0, 0);
            self.in_prologue = false;
        }
        self.row(cx, inst.loc, flags, out);
    }

    fn row(&mut self, cx: &ModuleContext<'_>, loc: Loc, flags: LineFlags, out: &mut dyn Streamer) {
        self.last = loc;
        let Some((file, line, column)) = file_line(cx, loc) else { return };
        if self.last_place == (file, line, column) {
            return;
        }
        self.last_place = (file, line, column);
        let mut row = LineRow::statement(file, line, column);
        row.flags = flags;
        out.line(row, loc);
    }
}

impl Default for LineWriter {
    fn default() -> LineWriter {
        LineWriter::new()
    }
}

/// File number (from 1), line and column of a position.
pub fn file_line(cx: &ModuleContext<'_>, loc: Loc) -> Option<(u32, u32, u32)> {
    let place = cx.sources?.place(loc)?;
    let own = *place.name == *place.file.name;
    let index = if own {
        place.file_id.0 as usize
    } else {
        cx.files.iter().position(|name| *name == place.name).unwrap_or(place.file_id.0 as usize)
    };
    Some((index as u32 + 1, place.line_col.line, place.line_col.column))
}

/// Names of the files that line rows refer to, in the order of their numbers: those that were read, then those that
/// only line markers name.
pub fn file_names(module: &lathe_ir::Module, sources: &lathe_diag::SourceMap) -> Vec<Arc<str>> {
    let count = sources.len() as u32;
    let mut names: Vec<Arc<str>> =
        (0..count).map(|id| Arc::from(sources.file(lathe_diag::FileId(id)).name.as_str())).collect();
    for function in module.functions.values() {
        if let Some(place) = sources.place(function.loc)
            && *place.name != *place.file.name
            && !names.contains(&place.name)
        {
            names.push(place.name);
        }
    }
    names
}
