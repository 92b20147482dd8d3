//! Labels where the code of a lexical block begins and ends, for `DW_TAG_lexical_block`.
//!
//! An instruction belongs to the blocks whose source text its position is in. In: the blocks that declare variables
//! of the function. Out: per block the ranges of its code ([`ScopeRange`]); code that was moved apart gives several.

use crate::emit::context::ModuleContext;
use crate::inst::{MachFunction, MachInst};
use lathe_diag::Loc;
use lathe_ir::{DebugScope, FuncId, Function};
use lathe_mc::Streamer;

/// A stretch of code of a lexical block: the numbers of the labels at its ends ([`label`]).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ScopeRange {
    /// The block.
    pub scope: DebugScope,
    /// Number of the label of the first byte.
    pub begin: u32,
    /// Number of the label one past the last byte.
    pub end: u32,
}

/// Name of a label that limits a scope.
pub fn label(function: FuncId, number: u32) -> String {
    format!(".LBB{}_{number}", function.0)
}

#[derive(Clone, Copy, Debug)]
struct OpenScope {
    scope: DebugScope,
    first: Loc,
    end: Loc,
    /// The label where the block's current stretch of code began.
    open: Option<u32>,
}

/// Follows the scopes of one function.
#[derive(Debug)]
pub struct ScopeWriter {
    function: FuncId,
    scopes: Vec<OpenScope>,
    last: Loc,
    next_label: u32,
}

impl ScopeWriter {
    /// The writer of a function; it does nothing unless inner blocks declare variables.
    pub fn new(cx: &ModuleContext<'_>, func: &MachFunction, ir: &Function) -> ScopeWriter {
        let module = cx.module;
        let mut scopes: Vec<OpenScope> = Vec::new();
        for (variable, _) in &func.debug_slots {
            let start = scopes.len();
            let mut at = module.debug_variables[*variable].scope;
            while let Some(scope) = at.filter(|scope| Some(*scope) != ir.scope) {
                let data = &module.debug_scopes[scope];
                if scopes[..start].iter().any(|s| s.scope == scope) {
                    at = ir.scope;
                    break;
                }
                scopes.push(OpenScope { scope, first: data.loc, end: data.end, open: None });
                at = data.parent;
            }
            // Blocks of an inlined function belong to that.
            if at.is_none() {
                scopes.truncate(start);
            }
        }
        scopes.retain(|s| s.first.0 < s.end.0);
        scopes.sort_by_key(|s| (s.first.0, std::cmp::Reverse(s.end.0)));
        ScopeWriter { function: func.id, scopes, last: Loc::NONE, next_label: 0 }
    }

    /// Before an instruction.
    #[inline]
    pub fn inst(&mut self, inst: &MachInst, out: &mut dyn Streamer, ranges: &mut Vec<ScopeRange>) {
        if !self.scopes.is_empty() && inst.loc.is_some() && inst.loc != self.last {
            self.last = inst.loc;
            self.move_to(inst.loc, out, ranges);
        }
    }

    /// After the last instruction.
    pub fn end(&mut self, out: &mut dyn Streamer, ranges: &mut Vec<ScopeRange>) {
        if !self.scopes.is_empty() {
            self.move_to(Loc::NONE, out, ranges);
        }
    }

    fn move_to(&mut self, loc: Loc, out: &mut dyn Streamer, ranges: &mut Vec<ScopeRange>) {
        let mut here = None;
        for index in 0..self.scopes.len() {
            let scope = self.scopes[index];
            let inside = (scope.first.0..scope.end.0).contains(&loc.0);
            if inside == scope.open.is_some() {
                continue;
            }
            let number = *here.get_or_insert_with(|| {
                let number = self.next_label;
                self.next_label += 1;
                let symbol = out.symbol(&label(self.function, number));
                out.label(symbol, Loc::NONE);
                number
            });
            self.scopes[index].open = inside.then_some(number);
            if let Some(begin) = scope.open {
                ranges.push(ScopeRange { scope: scope.scope, begin, end: number });
            }
        }
    }
}
