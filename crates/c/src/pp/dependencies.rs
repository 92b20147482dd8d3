//! `-M`, `-MM`, `-MD`, …: the list of files and make rules from it.

use super::Preprocessor;

/// A file that the translation unit was made from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Dependency {
    /// As it was opened.
    pub path: String,
    /// A system header (`-MM` leaves it out).
    pub system: bool,
}

/// A name as make reads it: gcc's quoting of `$`, `#` and blanks.
pub fn quote_for_make(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut backslashes = 0;
    for c in name.chars() {
        match c {
            ' ' | '\t' => {
                // Backslashes in front of a blank are doubled.
                out.extend(std::iter::repeat_n('\\', backslashes + 1));
            }
            '$' => out.push('$'),
            '#' => out.push('\\'),
            _ => {}
        }
        backslashes = if c == '\\' { backslashes + 1 } else { 0 };
        out.push(c);
    }
    out
}

/// The default target of a rule: the source's file name with `.o`.
pub fn default_target(source: &str) -> String {
    let file = source.rsplit('/').next().unwrap_or(source);
    let stem = file.rfind('.').filter(|dot| *dot > 0).map_or(file, |dot| &file[..dot]);
    format!("{stem}.o")
}

/// Make rules for the files: `targets: files`, wrapped as gcc wraps; with `phony`, an empty rule per
/// header (`-MP`). Targets are written as given (`-MQ` quotes before, see [`quote_for_make`]).
pub fn make_rules(targets: &[String], files: &[Dependency], with_system: bool, phony: bool) -> String {
    const WIDTH: usize = 75;
    let mut out = String::new();
    let mut column = 0;
    for (index, target) in targets.iter().enumerate() {
        if index > 0 {
            out.push(' ');
            column += 1;
        }
        out.push_str(target);
        column += target.len();
    }
    out.push(':');
    column += 1;
    let wanted: Vec<&Dependency> = files.iter().filter(|f| with_system || !f.system).collect();
    for file in &wanted {
        let name = quote_for_make(&file.path);
        if column > 0 && column + name.len() + 1 > WIDTH {
            out.push_str(" \\\n");
            column = 0;
        }
        out.push(' ');
        out.push_str(&name);
        column += name.len() + 1;
    }
    out.push('\n');
    if phony {
        for file in wanted.iter().skip(1) {
            out.push_str(&quote_for_make(&file.path));
            out.push_str(":\n");
        }
    }
    out
}

impl Preprocessor<'_> {
    /// Reads to the end, so that all dependencies are known.
    pub fn run_for_dependencies(&mut self) {
        while self.next_token().kind != crate::token::TokenKind::Eof {}
    }
}
