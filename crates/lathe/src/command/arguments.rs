//! What all commands share about their arguments: `@FILE`, errors, `--help` tables.

use std::fmt;

/// A command line that cannot be carried out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UsageError {
    message: String,
}

impl UsageError {
    /// With this message.
    pub fn new(message: impl Into<String>) -> UsageError {
        UsageError { message: message.into() }
    }

    /// An option that does not exist.
    pub fn unknown(word: &str) -> UsageError {
        UsageError::new(format!("unrecognized command-line option '{word}'"))
    }

    /// An option without its argument.
    pub fn missing_argument(word: &str) -> UsageError {
        UsageError::new(format!("missing argument to '{word}'"))
    }

    /// An option with an argument that it does not take.
    pub fn bad_argument(option: &str, argument: &str) -> UsageError {
        UsageError::new(format!("unrecognized argument '{argument}' to '{option}'"))
    }
}

impl fmt::Display for UsageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for UsageError {}

/// How deep `@FILE`s may nest.
const MAX_RESPONSE_DEPTH: usize = 32;

/// Replaces each `@FILE` by the words of the file, as gcc does; a file that cannot be read stays a word.
///
/// # Errors
/// When files include each other too deep.
pub fn expand_response_files(words: Vec<String>) -> Result<Vec<String>, UsageError> {
    let mut out = Vec::with_capacity(words.len());
    for word in words {
        expand(word, &mut out, 0)?;
    }
    Ok(out)
}

fn expand(word: String, out: &mut Vec<String>, depth: usize) -> Result<(), UsageError> {
    let Some(path) = word.strip_prefix('@').filter(|path| !path.is_empty()) else {
        out.push(word);
        return Ok(());
    };
    if depth >= MAX_RESPONSE_DEPTH {
        return Err(UsageError::new(format!("too many @-files encountered: {path}")));
    }
    let Ok(text) = std::fs::read(path) else {
        out.push(word);
        return Ok(());
    };
    for inner in split_words(&String::from_utf8_lossy(&text)) {
        expand(inner, out, depth + 1)?;
    }
    Ok(())
}

/// Splits as libiberty's `buildargv`: blanks separate, quotes and backslashes protect.
pub fn split_words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote: Option<char> = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (c, quote) {
            ('\\', _) => {
                if let Some(next) = chars.next() {
                    word.get_or_insert_default().push(next);
                }
            }
            (c, Some(q)) if c == q => quote = None,
            ('"' | '\'', None) => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (c, None) if c.is_ascii_whitespace() => words.extend(word.take()),
            (c, _) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

#[cfg(test)]
mod tests {
    use super::split_words;

    #[test]
    fn quotes_and_backslashes_protect_blanks() {
        assert_eq!(split_words("a 'b c' \"d\\\"e\" f\\ g\n''"), ["a", "b c", "d\"e", "f g", ""]);
    }
}
