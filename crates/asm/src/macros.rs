//! `.macro`, `.rept`, `.irp`, `.irpc`: bodies are kept as text and substituted when called.
//!
//! Rules: GNU as manual 7.72 (".macro"), 7.93 (".rept"), 7.61 (".irp"), 7.4 (".altmacro").

use crate::assembler::Assembler;
use crate::cursor::{Cursor, continues_name, starts_name};
use crate::input::{FrameKind, next_statement};
use lathe_diag::Loc;
use std::sync::Arc;

/// One parameter.
#[derive(Clone, Debug)]
pub(crate) struct Parameter {
    name: Box<[u8]>,
    default: Box<[u8]>,
    required: bool,
    rest: bool,
}

/// A macro.
#[derive(Debug)]
pub(crate) struct Macro {
    parameters: Vec<Parameter>,
    body: Box<[u8]>,
}

impl Assembler<'_> {
    /// The text up to the matching end directive, which is skipped. `None` after an error.
    fn block(&mut self, begins: &[&[u8]], ends: &[&[u8]], loc: Loc) -> Option<Vec<u8>> {
        let comments = self.language.comments;
        let frame = self.frames.last_mut()?;
        let text = frame.text.clone();
        // The rest of the opening line is not part of the body.
        let body_start = frame.at;
        let mut depth = 0u32;
        let mut at = frame.at;
        loop {
            let before = at;
            let Some(extent) = next_statement(&text, &mut at, comments) else { break };
            let word = first_word(&text[extent.start..extent.end]);
            if begins.iter().any(|b| word.eq_ignore_ascii_case(b)) {
                depth += 1;
            } else if ends.iter().any(|e| word.eq_ignore_ascii_case(e)) {
                if depth == 0 {
                    frame.at = at;
                    return Some(text[body_start..before.max(body_start)].to_vec());
                }
                depth -= 1;
            }
        }
        frame.at = text.len();
        let wanted = String::from_utf8_lossy(ends[0]).into_owned();
        self.error(loc, format!("end of file without `{wanted}'"));
        None
    }

    /// `.macro name params`
    pub(crate) fn macro_definition(&mut self, cursor: &mut Cursor<'_>, loc: Loc) {
        let name = cursor.name();
        let _ = cursor.eat_comma();
        let mut parameters = Vec::new();
        while !cursor.at_end() {
            let parameter = cursor.name();
            if parameter.is_empty() {
                self.error(cursor.loc(), "bad parameter list for macro");
                break;
            }
            let mut entry =
                Parameter { name: parameter.into(), default: [].into(), required: false, rest: false };
            if cursor.peek() == Some(b':') {
                cursor.at += 1;
                match cursor.name() {
                    b"req" => entry.required = true,
                    b"vararg" => entry.rest = true,
                    _ => self.error(cursor.loc(), "unknown qualifier of a macro parameter"),
                }
            }
            if cursor.eat(b'=') {
                entry.default = argument(cursor, false, self.alternate).into();
            }
            parameters.push(entry);
            let _ = cursor.eat_comma();
        }
        let Some(body) = self.block(&[b".macro"], &[b".endm", b".endmacro"], loc) else { return };
        if name.is_empty() {
            self.error(loc, "missing macro name");
            return;
        }
        let key: Box<[u8]> = name.to_ascii_lowercase().into();
        if self.macros.contains_key(&key) {
            let name = String::from_utf8_lossy(name).into_owned();
            self.error(loc, format!("macro `{name}' was already defined"));
            return;
        }
        self.macros.insert(key, Arc::new(Macro { parameters, body: body.into() }));
    }

    /// `.purgem name`
    pub(crate) fn macro_removal(&mut self, cursor: &mut Cursor<'_>) {
        let start = cursor.at;
        let name = cursor.name();
        if self.macros.remove(&*name.to_ascii_lowercase()).is_none() {
            let name = String::from_utf8_lossy(name).into_owned();
            self.error(cursor.span_from(start), format!("macro `{name}' does not exist"));
        }
    }

    /// Expands a call if the name is a macro's.
    pub(crate) fn macro_call(&mut self, name: &[u8], start: usize, cursor: &mut Cursor<'_>) -> bool {
        let found = self.macros.get(name).or_else(|| self.macros.get(&*name.to_ascii_lowercase()));
        let Some(definition) = found.cloned() else { return false };
        let loc = cursor.loc_at(start);
        let Some(values) = self.arguments(&definition, cursor) else { return true };
        let text = self.substitute(&definition.body, &definition.parameters, &values);
        self.macro_count += 1;
        self.push_frame(text.into(), loc, true, FrameKind::Macro, 0);
        true
    }

    fn arguments(&mut self, definition: &Macro, cursor: &mut Cursor<'_>) -> Option<Vec<Vec<u8>>> {
        let parameters = &definition.parameters;
        let mut values: Vec<Option<Vec<u8>>> = vec![None; parameters.len()];
        let mut next = 0;
        while !cursor.at_end() {
            if let Some(index) = keyword(cursor, parameters) {
                values[index] = Some(argument(cursor, parameters[index].rest, self.alternate));
                next = index + 1;
            } else if next < parameters.len() {
                if parameters[next].rest {
                    values[next] = Some(cursor.rest().to_vec());
                } else {
                    let value = self.altmacro_argument(cursor);
                    if !value.is_empty() {
                        values[next] = Some(value);
                    }
                }
                next += 1;
            } else {
                self.error(cursor.loc(), "too many positional arguments");
                return None;
            }
            let _ = cursor.eat_comma();
        }
        let mut out = Vec::with_capacity(values.len());
        for (parameter, value) in parameters.iter().zip(values) {
            if value.is_none() && parameter.required {
                let name = String::from_utf8_lossy(&parameter.name).into_owned();
                self.error(cursor.loc(), format!("missing value for required parameter `{name}'"));
                return None;
            }
            out.push(value.unwrap_or_else(|| parameter.default.to_vec()));
        }
        Some(out)
    }

    /// With `.altmacro`, `%expression` is replaced by its value.
    fn altmacro_argument(&mut self, cursor: &mut Cursor<'_>) -> Vec<u8> {
        cursor.skip_space();
        if self.alternate && cursor.peek() == Some(b'%') {
            cursor.at += 1;
            return match self.absolute(cursor) {
                Some(value) => value.to_string().into_bytes(),
                None => Vec::new(),
            };
        }
        argument(cursor, false, self.alternate)
    }

    /// `.rept count`
    pub(crate) fn repeat(&mut self, cursor: &mut Cursor<'_>, loc: Loc) {
        let count = self.absolute(cursor);
        let Some(body) = self.block(REPEATS, REPEAT_ENDS, loc) else { return };
        let Some(count) = count else { return };
        if count < 0 {
            self.warning(loc, "negative count for .rept - ignored");
            return;
        }
        if count > 0 {
            self.push_frame(body.into(), loc, true, FrameKind::Repeat, count as u64 - 1);
        }
    }

    /// `.irp name, values` and `.irpc name, characters`
    pub(crate) fn repeat_for(&mut self, cursor: &mut Cursor<'_>, characters: bool, loc: Loc) {
        let name = cursor.name().to_vec();
        let _ = cursor.eat_comma();
        let mut values: Vec<Vec<u8>> = Vec::new();
        if characters {
            let text = argument(cursor, true, false);
            let text = text.strip_prefix(b"\"").and_then(|t| t.strip_suffix(b"\"")).unwrap_or(&text);
            values.extend(text.iter().map(|b| vec![*b]));
        } else {
            while !cursor.at_end() {
                values.push(self.altmacro_argument(cursor));
                let _ = cursor.eat_comma();
            }
        }
        if values.is_empty() {
            values.push(Vec::new());
        }
        let Some(body) = self.block(REPEATS, REPEAT_ENDS, loc) else { return };
        let parameter = [Parameter { name: name.into(), default: [].into(), required: false, rest: false }];
        let cost = values.len() as u64 * (body.len() as u64 + 1);
        if cost > crate::input::MAX_EXPANSION {
            self.error(loc, "macros and repetitions expand to more than 1 GiB of text");
            return;
        }
        let mut text = Vec::new();
        for value in values {
            let round = self.substitute(&body, &parameter, std::slice::from_ref(&value));
            text.extend_from_slice(&round);
        }
        self.push_frame(text.into(), loc, true, FrameKind::Repeat, 0);
    }

    /// `.exitm`: leaves the innermost macro.
    pub(crate) fn exit_macro(&mut self, loc: Loc) {
        let Some(at) = self.frames.iter().rposition(|f| f.kind == FrameKind::Macro) else {
            self.error(loc, ".exitm outside of a macro");
            return;
        };
        let depth = self.frames[at].conditional_depth;
        self.conditionals.truncate(depth);
        self.frames.truncate(at);
    }

    fn substitute(&mut self, body: &[u8], parameters: &[Parameter], values: &[Vec<u8>]) -> Vec<u8> {
        let mut out = Vec::with_capacity(body.len() + 16);
        let mut locals: Vec<(Vec<u8>, String)> = Vec::new();
        let body = if self.alternate { self.take_locals(body, &mut locals) } else { body.to_vec() };
        let find = |name: &[u8]| parameters.iter().position(|p| &*p.name == name);
        let mut i = 0;
        while i < body.len() {
            let byte = body[i];
            if byte == b'\\' {
                match body.get(i + 1) {
                    Some(b'@') => {
                        out.extend_from_slice(self.macro_count.to_string().as_bytes());
                        i += 2;
                        continue;
                    }
                    Some(b'(') if body.get(i + 2) == Some(&b')') => {
                        i += 3;
                        continue;
                    }
                    Some(next) if starts_name(*next) => {
                        let end = name_end(&body, i + 1);
                        if let Some(index) = find(&body[i + 1..end]) {
                            out.extend_from_slice(&values[index]);
                            i = end;
                            continue;
                        }
                    }
                    _ => {}
                }
            } else if self.alternate && starts_name(byte) {
                let end = name_end(&body, i);
                let name = &body[i..end];
                if let Some(index) = find(name) {
                    out.extend_from_slice(&values[index]);
                } else if let Some((_, label)) = locals.iter().find(|(n, _)| n == name) {
                    out.extend_from_slice(label.as_bytes());
                } else {
                    out.extend_from_slice(name);
                }
                i = end;
                if body.get(i) == Some(&b'&') {
                    i += 1;
                }
                continue;
            } else if self.alternate && byte == b'&' && body.get(i + 1).is_some_and(|b| starts_name(*b)) {
                i += 1;
                continue;
            }
            out.push(byte);
            i += 1;
        }
        out
    }

    /// `LOCAL a, b` lines of an `.altmacro` body.
    fn take_locals(&mut self, body: &[u8], locals: &mut Vec<(Vec<u8>, String)>) -> Vec<u8> {
        let mut out = Vec::with_capacity(body.len());
        for line in body.split_inclusive(|b| *b == b'\n') {
            if !first_word(line.trim_ascii_start()).eq_ignore_ascii_case(b"local") {
                out.extend_from_slice(line);
                continue;
            }
            for name in line.trim_ascii()[5..].split(|b| matches!(b, b',' | b' ' | b'\t')) {
                if !name.is_empty() {
                    let label = format!(".LL{:04x}_{}", self.macro_count, locals.len());
                    locals.push((name.to_vec(), label));
                }
            }
            out.push(b'\n');
        }
        out
    }
}

const REPEATS: &[&[u8]] = &[b".rept", b".rep", b".irp", b".irpc", b".irep", b".irepc"];
const REPEAT_ENDS: &[&[u8]] = &[b".endr"];

fn first_word(text: &[u8]) -> &[u8] {
    // A label may stand before the directive.
    let mut rest = text;
    loop {
        let end = rest.iter().position(|b| !continues_name(*b)).unwrap_or(rest.len());
        if rest.get(end) == Some(&b':') && end > 0 {
            rest = rest[end + 1..].trim_ascii_start();
            continue;
        }
        return &rest[..end];
    }
}

fn name_end(text: &[u8], from: usize) -> usize {
    text[from..].iter().position(|b| !continues_name(*b)).map_or(text.len(), |n| from + n)
}

/// `name=` of a parameter; the cursor stands behind it.
fn keyword(cursor: &mut Cursor<'_>, parameters: &[Parameter]) -> Option<usize> {
    let mut ahead = *cursor;
    let name = ahead.name();
    if name.is_empty() || !ahead.eat(b'=') || ahead.peek() == Some(b'=') {
        return None;
    }
    let index = parameters.iter().position(|p| &*p.name == name)?;
    *cursor = ahead;
    Some(index)
}

/// One argument: up to a comma or blank outside parentheses and strings.
fn argument(cursor: &mut Cursor<'_>, rest: bool, alternate: bool) -> Vec<u8> {
    cursor.skip_space();
    if rest {
        return cursor.rest().to_vec();
    }
    if alternate && cursor.peek() == Some(b'<') {
        return angle_argument(cursor);
    }
    if cursor.peek() == Some(b'"') {
        // A quoted argument loses its quotes.
        let start = cursor.at + 1;
        let mut discard = Vec::new();
        if cursor.string(&mut discard) && matches!(cursor.peek(), None | Some(b',' | b' ' | b'\t')) {
            return cursor.text[start..cursor.at - 1].to_vec();
        }
        cursor.at = start - 1;
    }
    let start = cursor.at;
    let mut depth = 0i32;
    while let Some(byte) = cursor.peek() {
        match byte {
            b'(' | b'[' => depth += 1,
            b')' | b']' => depth -= 1,
            b',' if depth <= 0 => break,
            b' ' | b'\t' if depth <= 0 => {
                // `a + b` is one argument, `a b` are two.
                let mut ahead = *cursor;
                ahead.skip_space();
                let operator = |b: Option<u8>| {
                    matches!(
                        b,
                        Some(b'+' | b'-' | b'*' | b'/' | b'|' | b'&' | b'^' | b'<' | b'>' | b'=' | b'!')
                    )
                };
                let before = cursor.text[..cursor.at].last().copied();
                if !(operator(ahead.peek()) && ahead.peek_at(1).is_some_and(|b| b == b' ')
                    || operator(before) && cursor.at > start)
                {
                    break;
                }
            }
            b'"' => {
                let mut discard = Vec::new();
                if !cursor.string(&mut discard) {
                    break;
                }
                continue;
            }
            _ => {}
        }
        cursor.at += 1;
    }
    cursor.text[start..cursor.at].trim_ascii_end().to_vec()
}

/// `<text>` of `.altmacro`, `!` escapes.
fn angle_argument(cursor: &mut Cursor<'_>) -> Vec<u8> {
    cursor.at += 1;
    let mut out = Vec::new();
    let mut depth = 1;
    while let Some(byte) = cursor.peek() {
        cursor.at += 1;
        match byte {
            b'!' => {
                if let Some(next) = cursor.peek() {
                    out.push(next);
                    cursor.at += 1;
                }
                continue;
            }
            b'<' => depth += 1,
            b'>' => {
                depth -= 1;
                if depth == 0 {
                    break;
                }
            }
            _ => {}
        }
        out.push(byte);
    }
    out
}
