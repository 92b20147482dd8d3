//! Designators: `.member`, `[index]`, `[first ... last]`, and the old `member:`. C11 6.7.9p6-7.

use super::Parser;
use super::initializer::{Builder, Level, LevelKind, Place};
use super::tokens::TooDeep;
use crate::ast::{ExprKind, InitEntry};
use crate::intern::Name;
use crate::token::TokenKind;
use crate::types::RecordId;
use lathe_diag::Loc;

/// A range designator: the first element was initialized, the others follow.
#[derive(Clone, Copy, Debug)]
pub(super) struct Repeat {
    offset: u64,
    stride: u64,
    count: u64,
    /// Entries before the element's own.
    mark: usize,
    /// The level of the array, whose offset was moved so that its last index means the first.
    pub level: usize,
    pub shift: u64,
    loc: Loc,
}

impl Parser<'_, '_> {
    pub(super) fn at_designator(&mut self) -> bool {
        match self.token.kind {
            TokenKind::Dot => true,
            TokenKind::LeftBracket => !self.at_standard_attribute(),
            TokenKind::Identifier => self.peek().kind == TokenKind::Colon,
            _ => false,
        }
    }

    /// Parses a designation from the root level; leaves the designated place on top.
    pub(super) fn designation(
        &mut self,
        builder: &mut Builder,
        levels: &mut Vec<Level>,
    ) -> Result<Option<Repeat>, TooDeep> {
        let mut repeat = None;
        let mut first = true;
        loop {
            let at = self.token;
            if !first {
                // Descend into what was designated so far.
                if !matches!(at.kind, TokenKind::Dot | TokenKind::LeftBracket) {
                    break;
                }
                let inner =
                    levels.last_mut().and_then(|top| self.current(top)).and_then(|place| self.level(place));
                match inner {
                    Some(level) => levels.push(level),
                    None => {
                        self.error(at.span(), "designator in initializer for scalar type");
                        self.recovering = true;
                        return Ok(None);
                    }
                }
            }
            match at.kind {
                TokenKind::Dot => {
                    self.advance();
                    if self.token.kind != TokenKind::Identifier {
                        self.syntax_error("expected identifier");
                        return Ok(None);
                    }
                    let name = self.advance();
                    if !self.designate_member(builder, levels, name.name(), name.loc) {
                        self.recovering = true;
                        return Ok(None);
                    }
                }
                TokenKind::Identifier => {
                    let name = self.advance();
                    self.advance();
                    if !self.designate_member(builder, levels, name.name(), name.loc) {
                        self.recovering = true;
                    }
                    return Ok(None);
                }
                _ => {
                    self.advance();
                    match self.designate_index(builder, levels, at.loc)? {
                        Some(found) => repeat = found.or(repeat),
                        None => {
                            self.recovering = true;
                            return Ok(None);
                        }
                    }
                }
            }
            first = false;
        }
        if !self.eat(TokenKind::Equal) && self.previous.kind != TokenKind::RightBracket {
            self.expected_here("expected '='", None);
        }
        Ok(repeat)
    }

    fn designate_member(
        &mut self,
        builder: &mut Builder,
        levels: &mut Vec<Level>,
        name: Name,
        at: Loc,
    ) -> bool {
        let Some(top) = levels.last().copied() else { return false };
        let LevelKind::Record { id, .. } = top.kind else {
            self.error(at, "field name not in record or union initializer");
            return false;
        };
        let mut path = Vec::new();
        if !self.find_member_path(id, name, &mut path, 0) {
            let text = self.text(name);
            let record = self.unit.types.record(id);
            let word = if record.kind == crate::types::RecordKind::Union { "union" } else { "struct" };
            let tag = record.tag.map_or("<anonymous>".into(), |tag| self.text(tag));
            self.error(at, format!("'{word} {tag}' has no member named '{text}'"));
            return false;
        }
        for (step, index) in path.iter().enumerate() {
            if step > 0 {
                let inner =
                    levels.last_mut().and_then(|top| self.current(top)).and_then(|place| self.level(place));
                match inner {
                    Some(level) => levels.push(level),
                    None => return false,
                }
            }
            let Some(level) = levels.last_mut() else { return false };
            level.index = *index as u64;
            if let LevelKind::Record { id, is_union: true, .. } = level.kind {
                let place = Place { ty: crate::types::QualType::ERROR, offset: level.offset, bits: None };
                let size = self.unit.types.record(id).size;
                self.forget(builder, place.offset, size);
            }
        }
        true
    }

    /// Choosing a union's member drops what another member got.
    fn forget(&mut self, builder: &mut Builder, offset: u64, size: u64) {
        if builder.is_static {
            self.clear_static(builder, offset, size);
        } else {
            let covers = |e: &InitEntry| e.offset >= offset && e.offset < offset + size;
            if builder.entries.iter().rev().take(64).any(covers) {
                builder.entries.retain(|e| !covers(e));
            }
        }
    }

    /// The indices from a record to a member, through anonymous members.
    pub(crate) fn find_member_path(&self, id: RecordId, name: Name, path: &mut Vec<u32>, depth: u32) -> bool {
        let fields = &self.unit.types.record(id).fields;
        if let Some(index) = fields.iter().position(|f| f.name == Some(name)) {
            path.push(index as u32);
            return true;
        }
        for (index, field) in fields.iter().enumerate() {
            if field.name.is_some() || field.bit_width.is_some() || depth > 100 {
                continue;
            }
            if let Some(inner) = self.unit.types.record_id(field.ty) {
                path.push(index as u32);
                if self.find_member_path(inner, name, path, depth + 1) {
                    return true;
                }
                path.pop();
            }
        }
        false
    }

    /// Behind `[`. `None` after an error; `Some(Some(…))` for a range.
    fn designate_index(
        &mut self,
        builder: &mut Builder,
        levels: &mut [Level],
        at: Loc,
    ) -> Result<Option<Option<Repeat>>, TooDeep> {
        let low = self.constant_expression()?;
        let high = if self.eat(TokenKind::Ellipsis) { Some(self.constant_expression()?) } else { None };
        self.expect_closing(TokenKind::RightBracket);
        let Some(level) = levels.last_mut() else { return Ok(None) };
        let LevelKind::Array { stride, length, .. } = level.kind else {
            self.error(at, "array index in non-array initializer");
            return Ok(None);
        };
        let value =
            |parser: &mut Self, expr| parser.integer_constant(expr).or_else(|| parser.fold_integer(expr));
        let first = value(self, low);
        let last = match high {
            Some(high) => value(self, high),
            None => first,
        };
        let (Some(first), Some(last)) = (first, last) else {
            self.error(at, "nonconstant array index in initializer");
            return Ok(None);
        };
        let limit = length.map_or(i64::MAX as i128, |length| length as i128);
        if first < 0 || first >= limit || last >= limit {
            self.error(at, "array index in initializer exceeds array bounds");
            return Ok(None);
        }
        if last < first {
            self.error(at, "empty index range in initializer");
            return Ok(None);
        }
        level.index = first as u64;
        if high.is_none() {
            return Ok(Some(None));
        }
        let offset = level.offset + first as u64 * stride;
        let count = (last - first) as u64;
        let mark = builder.entries.len();
        // The next element without designator follows the range.
        let shift = count.wrapping_mul(stride);
        if let Some(level) = levels.last_mut() {
            level.index = last as u64;
            level.offset = level.offset.wrapping_sub(shift);
        }
        Ok(Some(Some(Repeat { offset, stride, count, mark, level: levels.len() - 1, shift, loc: at })))
    }

    /// Copies the element just initialized to the rest of its range.
    pub(super) fn repeat_range(&mut self, builder: &mut Builder, repeat: Repeat) {
        if builder.is_static {
            self.repeat_static(builder, repeat.offset, repeat.stride, repeat.count, repeat.loc);
            return;
        }
        let template: Vec<InitEntry> = builder.entries[repeat.mark.min(builder.entries.len())..].to_vec();
        if (template.len() as u64).saturating_mul(repeat.count) > 1 << 24 {
            self.error(repeat.loc, "range designator initializes too many elements");
            return;
        }
        for step in 1..=repeat.count {
            for entry in &template {
                let mut entry = *entry;
                entry.offset += step * repeat.stride;
                let node = *self.body.expr(entry.expr);
                let is_plain =
                    matches!(node.kind, ExprKind::Int(_) | ExprKind::Float(_) | ExprKind::String(_));
                if !is_plain {
                    // Evaluated once: later elements reuse the value.
                    entry.expr = self.add(ExprKind::Opaque(entry.expr), node.ty, node.loc);
                }
                builder.entries.push(entry);
            }
        }
    }
}
