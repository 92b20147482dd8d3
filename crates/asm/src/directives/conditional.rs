//! `.if` and its family.

use crate::assembler::Assembler;
use crate::cursor::Cursor;
use lathe_diag::Loc;

/// One open `.if`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Conditional {
    pub loc: Loc,
    /// Whether the part that is being read counts.
    active: bool,
    /// Whether a part was taken, or none may be.
    done: bool,
    in_else: bool,
}

pub(super) const NAMES: &[&str] = &[
    ".if",
    ".ifdef",
    ".ifndef",
    ".ifnotdef",
    ".ifb",
    ".ifnb",
    ".ifc",
    ".ifnc",
    ".ifeqs",
    ".ifnes",
    ".ifeq",
    ".ifne",
    ".ifge",
    ".ifgt",
    ".ifle",
    ".iflt",
    ".else",
    ".elseif",
    ".endif",
];

impl Assembler<'_> {
    /// Whether statements are to be ignored.
    #[inline]
    pub(crate) fn skipping(&self) -> bool {
        self.conditionals.last().is_some_and(|c| !c.active)
    }

    pub(super) fn condition(&mut self, which: &'static str, cursor: &mut Cursor<'_>, start: usize) {
        let loc = cursor.loc_at(start);
        match which {
            ".else" => self.else_part(loc),
            ".elseif" => self.else_if(cursor, loc),
            ".endif" => {
                let floor = self.frames.last().map_or(0, |f| f.conditional_depth);
                if self.conditionals.len() <= floor {
                    self.error(loc, "\".endif\" without \".if\"");
                } else {
                    self.conditionals.pop();
                }
            }
            _ => {
                if self.conditionals.len() > 10_000 {
                    self.error(loc, "conditionals nested too deeply");
                    self.ended = true;
                    return;
                }
                let outer_skips = self.skipping();
                let holds = !outer_skips && self.evaluate(which, cursor);
                let entry = Conditional { loc, active: holds, done: holds || outer_skips, in_else: false };
                self.conditionals.push(entry);
            }
        }
    }

    fn else_part(&mut self, loc: Loc) {
        let Some(last) = self.conditionals.last_mut() else {
            self.error(loc, "\".else\" without matching \".if\"");
            return;
        };
        if last.in_else {
            self.error(loc, "duplicate \"else\"");
            return;
        }
        last.active = !last.done;
        last.done = true;
        last.in_else = true;
    }

    fn else_if(&mut self, cursor: &mut Cursor<'_>, loc: Loc) {
        let Some(last) = self.conditionals.last_mut() else {
            self.error(loc, "\".elseif\" without matching \".if\"");
            return;
        };
        if last.in_else {
            self.error(loc, "\".elseif\" after \".else\"");
            return;
        }
        if last.done {
            last.active = false;
            return;
        }
        // The condition is evaluated as if active.
        last.active = true;
        let holds = self.evaluate(".if", cursor);
        if let Some(last) = self.conditionals.last_mut() {
            last.active = holds;
            last.done = holds;
        }
    }

    fn evaluate(&mut self, which: &str, cursor: &mut Cursor<'_>) -> bool {
        match which {
            ".ifdef" | ".ifndef" | ".ifnotdef" => {
                let name = cursor.name();
                let symbol = self.name_symbol(name, cursor.loc());
                let defined = symbol.is_some_and(|s| self.defined.contains(&s));
                defined == (which == ".ifdef")
            }
            ".ifb" => cursor.rest().is_empty(),
            ".ifnb" => !cursor.rest().is_empty(),
            ".ifc" | ".ifnc" => {
                let first = self.comparand(cursor);
                let _ = cursor.eat_comma();
                let second = self.comparand(cursor);
                (first == second) == (which == ".ifc")
            }
            ".ifeqs" | ".ifnes" => {
                let (mut first, mut second) = (Vec::new(), Vec::new());
                let good = cursor.string(&mut first) && cursor.eat_comma() && cursor.string(&mut second);
                if !good {
                    self.error(cursor.loc(), ".ifeqs syntax error");
                    return false;
                }
                (first == second) == (which == ".ifeqs")
            }
            _ => {
                let Some(value) = self.absolute(cursor) else { return false };
                match which {
                    ".ifeq" => value == 0,
                    ".ifge" => value >= 0,
                    ".ifgt" => value > 0,
                    ".ifle" => value <= 0,
                    ".iflt" => value < 0,
                    _ => value != 0,
                }
            }
        }
    }

    /// A string of `.ifc`: quoted, or up to the comma.
    fn comparand(&mut self, cursor: &mut Cursor<'_>) -> Vec<u8> {
        cursor.skip_space();
        let start = cursor.at;
        if cursor.peek() == Some(b'\'') {
            cursor.at += 1;
            while cursor.peek().is_some_and(|b| b != b'\'') {
                cursor.at += 1;
            }
            let text = cursor.text[start + 1..cursor.at].to_vec();
            cursor.at = (cursor.at + 1).min(cursor.text.len());
            return text;
        }
        while cursor.peek().is_some_and(|b| b != b',') {
            cursor.at += 1;
        }
        cursor.text[start..cursor.at].trim_ascii_end().to_vec()
    }
}
