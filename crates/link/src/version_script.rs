//! Version scripts and dynamic lists.
//!
//! In: `{ global: a; b*; local: *; };`, or named nodes with predecessors. Out: for a name, its version node or
//! whether it becomes local. Source: GNU ld manual, "VERSION Command", and `--dynamic-list`.

use crate::LinkError;
use crate::script::{ScriptError, Tokens};
use rustc_hash::FxHashMap;

/// What a script says about a name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Verdict {
    /// Exported with the version of the node (index into [`VersionScript::nodes`]).
    Global(usize),
    /// Not exported.
    Local,
}

/// A named node.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    /// Empty for an anonymous one.
    pub name: Vec<u8>,
    /// The node that it names as predecessor.
    pub parents: Vec<Vec<u8>>,
}

/// A parsed script.
#[derive(Clone, Debug, Default)]
pub(crate) struct VersionScript {
    pub nodes: Vec<Node>,
    exact: FxHashMap<Vec<u8>, Verdict>,
    globs: Vec<(Vec<u8>, Verdict)>,
    star: Option<Verdict>,
}

impl VersionScript {
    pub(crate) fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// Exact names win over patterns, global over local among patterns, `*` comes last.
    pub(crate) fn verdict(&self, name: &[u8]) -> Option<Verdict> {
        if let Some(&verdict) = self.exact.get(name) {
            return Some(verdict);
        }
        let matching =
            || self.globs.iter().filter(|(glob, _)| glob_matches(glob, name)).map(|(_, verdict)| *verdict);
        matching().find(|verdict| *verdict != Verdict::Local).or_else(|| matching().next()).or(self.star)
    }

    fn add(&mut self, pattern: &str, verdict: Verdict, quoted: bool) {
        if pattern == "*" {
            self.star = self.star.or(Some(verdict));
        } else if !quoted && pattern.contains(['*', '?', '[']) {
            self.globs.push((pattern.as_bytes().to_vec(), verdict));
        } else {
            let old = self.exact.insert(pattern.as_bytes().to_vec(), verdict);
            if let Some(old @ Verdict::Global(_)) = old
                && verdict == Verdict::Local
            {
                self.exact.insert(pattern.as_bytes().to_vec(), old);
            }
        }
    }

    /// Adds a script's text.
    pub(crate) fn read(&mut self, file: &str, text: &str) -> Result<(), LinkError> {
        self.parse(&mut Tokens::new(text)).map_err(|error| script_error(file, error))
    }

    fn parse(&mut self, tokens: &mut Tokens<'_>) -> Result<(), ScriptError> {
        while let Some(token) = tokens.next() {
            let node = self.nodes.len();
            let name = if token == "{" {
                Vec::new()
            } else {
                tokens.expect("{")?;
                token.as_bytes().to_vec()
            };
            self.nodes.push(Node { name, parents: Vec::new() });
            self.body(tokens, Verdict::Global(node), node, false)?;
            while tokens.peek().is_some_and(|token| token != ";") {
                let parent = tokens.next().unwrap_or_default();
                self.nodes[node].parents.push(parent.as_bytes().to_vec());
            }
            tokens.expect(";")?;
        }
        Ok(())
    }

    fn body(
        &mut self,
        tokens: &mut Tokens<'_>,
        mut verdict: Verdict,
        node: usize,
        inside_extern: bool,
    ) -> Result<(), ScriptError> {
        loop {
            let quoted = tokens.peek().is_some_and(|token| token.starts_with('"'));
            let Some(token) = tokens.next() else { return Err(tokens.error("`}' is missing")) };
            match token {
                "}" if !quoted => return Ok(()),
                ";" | ":" => {}
                "global" | "local" if tokens.peek() == Some(":") => {
                    tokens.next();
                    verdict = if token == "local" { Verdict::Local } else { Verdict::Global(node) };
                }
                "global:" => verdict = Verdict::Global(node),
                "local:" => verdict = Verdict::Local,
                "extern" if !inside_extern && tokens.peek().is_some_and(|token| token.starts_with('"')) => {
                    let language = tokens.next().unwrap_or_default();
                    tokens.expect("{")?;
                    if language == "C" {
                        self.body(tokens, verdict, node, true)?;
                    } else {
                        return Err(ScriptError {
                            line: tokens.line,
                            what: format!("extern \"{language}\" in a version script"),
                            unsupported: true,
                        });
                    }
                }
                "{" | "(" | ")" => return Err(tokens.error(format!("syntax error at `{token}'"))),
                pattern => self.add(pattern, verdict, quoted),
            }
        }
    }
}

/// A script's error with its file.
pub(crate) fn script_error(file: &str, error: ScriptError) -> LinkError {
    if error.unsupported {
        return LinkError::Unsupported { place: file.into(), what: error.what };
    }
    LinkError::Script { file: file.into(), line: error.line, what: error.what }
}

/// Names and patterns of a dynamic list.
#[derive(Clone, Debug, Default)]
pub(crate) struct DynamicList(VersionScript);

impl DynamicList {
    /// Adds a list's text.
    pub(crate) fn read(&mut self, file: &str, text: &str) -> Result<(), LinkError> {
        self.0.read(file, text)
    }

    /// Adds one pattern.
    pub(crate) fn add(&mut self, pattern: &str) {
        self.0.add(pattern, Verdict::Global(0), false);
    }

    pub(crate) fn contains(&self, name: &[u8]) -> bool {
        matches!(self.0.verdict(name), Some(Verdict::Global(_)))
    }
}

/// Shell patterns: `*`, `?`, `[abc]`, `[a-z]`, `[!x]`.
pub(crate) fn glob_matches(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        if pattern.get(p) == Some(&b'*') {
            star = Some((p, t));
            p += 1;
        } else if let Some(length) = pattern.get(p..).and_then(|rest| one_matches(rest, text[t])) {
            p += length;
            t += 1;
        } else if let Some((star_p, star_t)) = star {
            p = star_p + 1;
            t = star_t + 1;
            star = Some((star_p, t));
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|&byte| byte == b'*')
}

/// Whether the first element of a pattern matches a byte; its length.
fn one_matches(pattern: &[u8], byte: u8) -> Option<usize> {
    match *pattern.first()? {
        b'?' => Some(1),
        b'[' => {
            let end = pattern.iter().skip(2).position(|&b| b == b']')? + 2;
            let negated = matches!(pattern[1], b'!' | b'^');
            let set = &pattern[1 + usize::from(negated)..end];
            let mut found = false;
            let mut at = 0;
            while at < set.len() {
                if set.get(at + 1) == Some(&b'-') && at + 2 < set.len() {
                    found |= set[at] <= byte && byte <= set[at + 2];
                    at += 3;
                } else {
                    found |= set[at] == byte;
                    at += 1;
                }
            }
            (found != negated).then_some(end + 1)
        }
        b'\\' if pattern.get(1) == Some(&byte) => Some(2),
        other => (other == byte).then_some(1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_match_as_the_shells() {
        for (pattern, text, wanted) in [
            ("*", "", true),
            ("a*c", "abbc", true),
            ("a*c", "abbd", false),
            ("?x", "ax", true),
            ("[a-c]1", "b1", true),
            ("[!a-c]1", "b1", false),
            ("*a*b*", "xxaxxbxx", true),
            ("[", "[", false),
        ] {
            assert_eq!(glob_matches(pattern.as_bytes(), text.as_bytes()), wanted, "{pattern} {text}");
        }
    }

    #[test]
    fn exact_names_win_over_patterns_and_the_star_comes_last() {
        let mut script = VersionScript::default();
        script
            .read("v", "V1 { global: f*; local: *; }; V2 { global: foo; local: foo_private; } V1;")
            .unwrap();
        assert_eq!(script.verdict(b"foo"), Some(Verdict::Global(1)));
        assert_eq!(script.verdict(b"fob"), Some(Verdict::Global(0)));
        assert_eq!(script.verdict(b"foo_private"), Some(Verdict::Local));
        assert_eq!(script.verdict(b"other"), Some(Verdict::Local));
        assert_eq!(script.nodes[1].parents, [b"V1".to_vec()]);
        assert!(VersionScript::default().read("v", "V1 { global: f").is_err());
    }
}
