//! The expressions of `--defsym`.
//!
//! In: text such as `foo+0x10`, a function that knows symbols. Out: the value. C's operators and precedences, as in the
//! GNU ld manual, "Expressions in Linker Scripts".

/// A value, and whether it moves with the image.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Value {
    pub value: u64,
    pub relative: bool,
}

const DEPTH: u32 = 64;

/// What names in an expression mean.
pub(crate) trait Environment {
    /// A symbol, or `.`.
    fn symbol(&mut self, name: &str) -> Result<Value, String>;

    /// A function of names: `SIZEOF(.text)`, `DEFINED(x)`; `None` when it is a function of values.
    fn of_names(&mut self, _function: &str, _argument: &str) -> Option<Result<Value, String>> {
        None
    }

    /// A function of values: `ALIGN(16)`, `MAX(a, b)`.
    fn of_values(&mut self, function: &str, _arguments: &[Value]) -> Result<Value, String> {
        Err(format!("unknown function `{function}'"))
    }
}

impl<F: FnMut(&str) -> Result<Value, String>> Environment for F {
    fn symbol(&mut self, name: &str) -> Result<Value, String> {
        self(name)
    }
}

struct Parser<'t, 'f> {
    rest: &'t str,
    lookup: &'f mut dyn Environment,
    depth: u32,
}

/// The symbols that an expression names.
pub(crate) fn symbols(text: &str) -> Vec<&str> {
    let word = |c: char| c.is_alphanumeric() || "_.$@".contains(c);
    let words = text.split(move |c| !word(c)).filter(|word| !word.is_empty() && *word != ".");
    words.filter(|word| !word.starts_with(|c: char| c.is_ascii_digit())).collect()
}

/// A number in ld's notation: `0x`, octal `0`, `$` hex, `K` and `M` suffixes.
pub(crate) fn number(text: &str) -> Option<u64> {
    let (digits, scale) = match text.as_bytes().last()? {
        b'K' | b'k' => (&text[..text.len() - 1], 1024),
        b'M' | b'm' => (&text[..text.len() - 1], 1024 * 1024),
        _ => (text, 1),
    };
    let value = if let Some(hex) = digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        u64::from_str_radix(hex, 16).ok()?
    } else if let Some(octal) = digits.strip_prefix('0').filter(|rest| !rest.is_empty()) {
        u64::from_str_radix(octal, 8).ok()?
    } else {
        digits.parse().ok()?
    };
    value.checked_mul(scale)
}

/// Computes an expression.
pub(crate) fn evaluate(text: &str, lookup: &mut dyn Environment) -> Result<Value, String> {
    let mut parser = Parser { rest: text, lookup, depth: 0 };
    let value = parser.conditional()?;
    parser.space();
    if parser.rest.is_empty() { Ok(value) } else { Err(format!("syntax error at `{}'", parser.rest)) }
}

const OPERATORS: &[(&str, u8)] = &[
    ("||", 1),
    ("&&", 2),
    ("==", 6),
    ("!=", 6),
    ("<<", 8),
    (">>", 8),
    ("<=", 7),
    (">=", 7),
    ("|", 3),
    ("^", 4),
    ("&", 5),
    ("<", 7),
    (">", 7),
    ("+", 9),
    ("-", 9),
    ("*", 10),
    ("/", 10),
    ("%", 10),
];

impl Parser<'_, '_> {
    fn space(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn conditional(&mut self) -> Result<Value, String> {
        let condition = self.binary(0)?;
        self.space();
        let Some(rest) = self.rest.strip_prefix('?') else { return Ok(condition) };
        self.rest = rest;
        self.depth += 1;
        if self.depth > DEPTH {
            return Err("expression nested too deeply".into());
        }
        let yes = self.conditional()?;
        self.space();
        self.rest = self.rest.strip_prefix(':').ok_or("`:' is missing")?;
        let no = self.conditional()?;
        self.depth -= 1;
        Ok(if condition.value != 0 { yes } else { no })
    }

    /// A function's arguments in parentheses.
    fn call(&mut self, function: &str) -> Result<Value, String> {
        let inside = self.rest.strip_prefix('(').unwrap_or_default();
        let name_end = inside.find([',', ')']).ok_or("`)' is missing")?;
        let name = inside[..name_end].trim().trim_matches('"');
        if inside[name_end..].starts_with(')')
            && let Some(result) = self.lookup.of_names(function, name)
        {
            self.rest = &inside[name_end + 1..];
            return result;
        }
        self.rest = inside;
        let mut values = Vec::new();
        loop {
            self.space();
            // A quoted name (SEGMENT_START) has no value of its own.
            if let Some(quoted) = self.rest.strip_prefix('"') {
                let end = quoted.find('"').ok_or("`\"' is missing")?;
                self.rest = &quoted[end + 1..];
            } else {
                values.push(self.conditional()?);
            }
            self.space();
            if let Some(rest) = self.rest.strip_prefix(',') {
                self.rest = rest;
            } else {
                self.rest = self.rest.strip_prefix(')').ok_or("`)' is missing")?;
                return self.lookup.of_values(function, &values);
            }
        }
    }

    fn binary(&mut self, least: u8) -> Result<Value, String> {
        let mut left = self.unary()?;
        loop {
            self.space();
            let found = OPERATORS.iter().find(|(text, _)| self.rest.starts_with(text));
            let Some(&(operator, precedence)) = found.filter(|(_, precedence)| *precedence > least) else {
                return Ok(left);
            };
            self.rest = &self.rest[operator.len()..];
            let right = self.binary(precedence)?;
            left = combine(operator, left, right)?;
        }
    }

    fn unary(&mut self) -> Result<Value, String> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err("expression nested too deeply".into());
        }
        self.space();
        let value = match self.rest.chars().next() {
            Some('(') => {
                self.rest = &self.rest[1..];
                let inner = self.conditional()?;
                self.space();
                self.rest = self.rest.strip_prefix(')').ok_or("`)' is missing")?;
                inner
            }
            Some(sign @ ('-' | '~' | '!' | '+')) => {
                self.rest = &self.rest[1..];
                let Value { value, relative } = self.unary()?;
                let value = match sign {
                    '-' => value.wrapping_neg(),
                    '~' => !value,
                    '!' => u64::from(value == 0),
                    _ => value,
                };
                Value { value, relative: relative && sign == '+' }
            }
            Some(c) if c.is_alphanumeric() || "_.$".contains(c) => {
                let end = self.rest.find(|c: char| !(c.is_alphanumeric() || "_.$@".contains(c)));
                let (word, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
                self.rest = rest;
                if c.is_ascii_digit() {
                    let value = number(word).ok_or_else(|| format!("bad number `{word}'"))?;
                    Value { value, relative: false }
                } else {
                    self.space();
                    let function = self.rest.starts_with('(') && word != ".";
                    if function { self.call(word)? } else { self.lookup.symbol(word)? }
                }
            }
            _ => return Err("syntax error in expression".into()),
        };
        self.depth -= 1;
        Ok(value)
    }
}

fn combine(operator: &str, a: Value, b: Value) -> Result<Value, String> {
    let (x, y) = (a.value, b.value);
    let relative = match operator {
        "+" => a.relative || b.relative,
        "-" => a.relative && !b.relative,
        _ => false,
    };
    let value = match operator {
        "||" => u64::from(x != 0 || y != 0),
        "&&" => u64::from(x != 0 && y != 0),
        "|" => x | y,
        "^" => x ^ y,
        "&" => x & y,
        "==" => u64::from(x == y),
        "!=" => u64::from(x != y),
        "<" => u64::from(x < y),
        "<=" => u64::from(x <= y),
        ">" => u64::from(x > y),
        ">=" => u64::from(x >= y),
        "<<" => x.checked_shl(y as u32).unwrap_or(0),
        ">>" => x.checked_shr(y as u32).unwrap_or(0),
        "+" => x.wrapping_add(y),
        "-" => x.wrapping_sub(y),
        "*" => x.wrapping_mul(y),
        "/" => x.checked_div(y).ok_or("division by zero")?,
        _ => x.checked_rem(y).ok_or("division by zero")?,
    };
    Ok(Value { value, relative })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Result<u64, String> {
        let mut lookup = |name: &str| match name {
            "a" => Ok(Value { value: 7, relative: true }),
            _ => Err("undefined".to_string()),
        };
        evaluate(text, &mut lookup).map(|value| value.value)
    }

    #[test]
    fn precedence_is_cs() {
        assert_eq!(value("1+2*3"), Ok(7));
        assert_eq!(value("(1+2)*3 - a"), Ok(2));
        assert_eq!(value("1 << 4 | 3 & 2"), Ok(18));
        assert_eq!(value("10 - 3 - 2"), Ok(5));
        assert_eq!(value("a == 7 ? 0x10 : 2"), Ok(16));
        assert_eq!(value("~0 >> 60"), Ok(15));
        assert_eq!(value("2K + 010"), Ok(2056));
    }

    #[test]
    fn mistakes_are_errors() {
        for text in ["", "1 +", "(1", "1 / 0", "b", "1 2", "f(1)", "a ? 1"] {
            assert!(value(text).is_err(), "{text}");
        }
        assert!(value(&"(".repeat(10_000)).is_err());
        assert!(value(&"-".repeat(10_000)).is_err());
    }

    #[test]
    fn differences_of_places_are_numbers() {
        let mut lookup = |_: &str| Ok(Value { value: 7, relative: true });
        assert_eq!(evaluate("a - a", &mut lookup), Ok(Value { value: 0, relative: false }));
        assert_eq!(evaluate("a + 1", &mut lookup), Ok(Value { value: 8, relative: true }));
    }
}
