//! What `__has_attribute`, `__has_c_attribute` and `__has_builtin` say. Only what the rest of the
//! front-end does is listed: a program that asks gets the truth.

use crate::ast::builtins::{BUILTINS, BuiltinClass};
use crate::token::KEYWORDS;

fn plain(name: &str) -> &str {
    name.strip_prefix("__").and_then(|n| n.strip_suffix("__")).filter(|n| !n.is_empty()).unwrap_or(name)
}

/// Whether a GNU attribute is known.
pub(super) fn has_attribute(name: &str) -> bool {
    crate::parse::attribute::is_gnu(plain(name))
}

/// Whether a builtin function is known: the checker's table, and the builtins that are keywords.
pub(super) fn has_builtin(name: &str) -> bool {
    let library = name.strip_prefix("__builtin_");
    BUILTINS
        .iter()
        .any(|row| row.name == name || (row.class == BuiltinClass::Library && library == Some(row.name)))
        || KEYWORDS.iter().any(|row| row.spelling == name && name.starts_with("__builtin_"))
}

/// The date of a C23 attribute, 1 for a GNU one with its scope, or 0.
pub(super) fn c_attribute(scope: Option<&str>, name: &str) -> u64 {
    match (scope.map(plain), plain(name)) {
        (None, "deprecated") => 201_904,
        (None, "fallthrough" | "maybe_unused") => 201_910,
        (None, "nodiscard") => 202_003,
        (None, "noreturn" | "_Noreturn") => 202_202,
        (Some("gnu"), name) => has_attribute(name) as u64,
        _ => 0,
    }
}
