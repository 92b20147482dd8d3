//! Argument substitution (C11 6.10.3.1 to 6.10.3.3, `__VA_OPT__`, GNU comma removal): from a replacement
//! list and collected arguments to the end of `expansions`.

use super::Preprocessor;
use super::define::MacroId;
use crate::token::{Token, TokenFlags, TokenKind};

impl Preprocessor<'_> {
    /// Appends the replacement list of `id` with the arguments at `ranges_floor` put in.
    pub(super) fn substitute(&mut self, id: MacroId, ranges_floor: usize, name: &Token) {
        let body = self.macros[id.0 as usize].body.clone();
        self.expand_needed_arguments(id, ranges_floor);
        let variadic_parameter = {
            let definition = &self.macros[id.0 as usize];
            if definition.variadic { definition.parameters.len() as u32 - 1 } else { u32::MAX }
        };
        let start = self.expansions.len();
        let mut index = body.start;
        // White space of an empty argument: belongs to the next token.
        let mut space = false;
        // Where an open `#__VA_OPT__` began.
        let mut stringify_from = None;
        while index < body.end {
            let token = self.bodies[index as usize];
            let after_paste =
                index > body.start && self.bodies[index as usize - 1].flags.has(TokenFlags::PASTE_LEFT);
            index += 1;
            match token.kind {
                TokenKind::Parameter => {
                    let range = self.argument_ranges[ranges_floor + token.payload as usize];
                    let variadic = token.payload == variadic_parameter;
                    if variadic && after_paste && self.comma_before(start, index - body.start) {
                        // `, ## __VA_ARGS__`: the comma goes with an omitted argument, else nothing is pasted.
                        if range.omitted {
                            self.expansions.pop();
                            self.empty_operand(token, false, start);
                            continue;
                        }
                        if let Some(comma) = self.expansions.last_mut() {
                            comma.flags = comma.flags.without(TokenFlags::PASTE_LEFT);
                        }
                    }
                    let raw = after_paste || token.flags.has(TokenFlags::PASTE_LEFT);
                    let (from, to) = match range.expanded {
                        Some(expanded) if !raw => expanded,
                        _ => (range.start, range.end),
                    };
                    if from == to {
                        space |= token.flags.has(TokenFlags::LEADING_SPACE);
                        self.empty_operand(token, after_paste, start);
                        continue;
                    }
                    self.insert_argument(token, from, to, &mut space);
                }
                TokenKind::Stringify => {
                    let range = self.argument_ranges[ranges_floor + token.payload as usize];
                    let tokens = range.start as usize..range.end as usize;
                    let mut string = self.stringify(false, tokens, name);
                    string.flags = token.flags;
                    self.emit(string, name, &mut space);
                }
                TokenKind::VaOptBegin => {
                    let range = self.argument_ranges[ranges_floor + variadic_parameter as usize];
                    let (from, to) = range.expanded.unwrap_or((range.start, range.end));
                    let end = token.payload;
                    if token.len != 0 {
                        stringify_from = Some((self.expansions.len(), token));
                    }
                    if from == to {
                        let close = self.bodies[end as usize];
                        if token.len == 0 {
                            space |= token.flags.has(TokenFlags::LEADING_SPACE);
                            self.empty_operand(close, after_paste, start);
                            index = end + 1;
                        } else {
                            index = end;
                        }
                    } else if end == index {
                        let close = self.bodies[end as usize];
                        self.empty_operand(close, after_paste, start);
                        index = end + if token.len == 0 { 1 } else { 0 };
                    } else if token.flags.has(TokenFlags::LEADING_SPACE) {
                        space = true;
                    }
                }
                TokenKind::VaOptEnd => {
                    if let Some((from, hash)) = stringify_from.take() {
                        let mut string = self.stringify(true, from..self.expansions.len(), name);
                        self.expansions.truncate(from);
                        string.flags = TokenFlags(
                            hash.flags.without(TokenFlags::PASTE_LEFT).0
                                | token.flags.0 & TokenFlags::PASTE_LEFT.0,
                        );
                        self.emit(string, name, &mut space);
                    } else if token.flags.has(TokenFlags::PASTE_LEFT)
                        && self.expansions.len() > start
                        && let Some(last) = self.expansions.last_mut()
                    {
                        last.flags = last.flags.with(TokenFlags::PASTE_LEFT);
                    }
                }
                _ => self.emit(token, name, &mut space),
            }
        }
        if self.expansions.len() == start && space {
            self.pending_leading = self.pending_leading.with(TokenFlags::LEADING_SPACE);
        }
    }

    /// Appends a token of the replacement list.
    #[inline]
    fn emit(&mut self, mut token: Token, name: &Token, space: &mut bool) {
        token.loc = name.loc;
        token.len = name.len;
        token.flags = token.flags.with(TokenFlags::FROM_MACRO);
        if *space {
            *space = false;
            token.flags = token.flags.with(TokenFlags::LEADING_SPACE);
        }
        self.expansions.push(token);
    }

    fn insert_argument(&mut self, parameter: Token, from: u32, to: u32, space: &mut bool) {
        let first = self.expansions.len();
        self.expansions.extend_from_slice(&self.arguments[from as usize..to as usize]);
        let spaced = parameter.flags.has(TokenFlags::LEADING_SPACE) || *space;
        *space = false;
        let token = &mut self.expansions[first];
        token.flags = token.flags.without(TokenFlags::LEADING_SPACE);
        if spaced {
            token.flags = token.flags.with(TokenFlags::LEADING_SPACE);
        }
        if parameter.flags.has(TokenFlags::PASTE_LEFT)
            && let Some(last) = self.expansions.last_mut()
        {
            last.flags = last.flags.with(TokenFlags::PASTE_LEFT);
        }
    }

    /// An operand without tokens: a placemarker (6.10.3.3 p2). What was to be pasted to its left is pasted
    /// to its right, or to nothing.
    fn empty_operand(&mut self, operand: Token, after_paste: bool, start: usize) {
        if after_paste
            && !operand.flags.has(TokenFlags::PASTE_LEFT)
            && self.expansions.len() > start
            && let Some(last) = self.expansions.last_mut()
        {
            last.flags = last.flags.without(TokenFlags::PASTE_LEFT);
        }
    }

    fn comma_before(&self, start: usize, position: u32) -> bool {
        position >= 2
            && self.expansions.len() > start
            && self
                .expansions
                .last()
                .is_some_and(|t| t.kind == TokenKind::Comma && t.flags.has(TokenFlags::PASTE_LEFT))
    }

    /// Pre-expands the arguments that stand somewhere without `#` and `##`.
    fn expand_needed_arguments(&mut self, id: MacroId, ranges_floor: usize) {
        let body = self.macros[id.0 as usize].body.clone();
        let mut after_paste = false;
        for index in body.start..body.end {
            let token = self.bodies[index as usize];
            let pastes = token.flags.has(TokenFlags::PASTE_LEFT);
            match token.kind {
                TokenKind::Parameter if !after_paste && !pastes => {
                    self.expand_argument(ranges_floor + token.payload as usize);
                }
                TokenKind::VaOptBegin => {
                    let last = self.macros[id.0 as usize].parameters.len() - 1;
                    self.expand_argument(ranges_floor + last);
                }
                _ => {}
            }
            after_paste = pastes;
        }
    }
}
