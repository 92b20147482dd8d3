//! Macros that are computed: `__LINE__`, `__FILE__`, `__COUNTER__`, `__has_include`, `_Pragma`, ….

use super::define::MacroKind;
use super::features;
use super::{Preprocessor, sink};
use crate::dialect::Standard;
use crate::intern::{Name, well_known as word};
use crate::token::{Token, TokenFlags, TokenKind};

/// A computed macro.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(clippy::enum_variant_names)] // `HasBuiltin` is named for `__has_builtin`
pub(super) enum Builtin {
    File,
    FileName,
    BaseFile,
    Line,
    IncludeLevel,
    Counter,
    Date,
    Time,
    Timestamp,
    Pragma,
    HasInclude,
    HasIncludeNext,
    HasEmbed,
    HasAttribute,
    HasCAttribute,
    HasBuiltin,
}

const TABLE: &[(Name, Builtin)] = &[
    (word::FILE, Builtin::File),
    (word::FILE_NAME, Builtin::FileName),
    (word::BASE_FILE, Builtin::BaseFile),
    (word::LINE_MACRO, Builtin::Line),
    (word::INCLUDE_LEVEL, Builtin::IncludeLevel),
    (word::COUNTER, Builtin::Counter),
    (word::DATE, Builtin::Date),
    (word::TIME, Builtin::Time),
    (word::TIMESTAMP, Builtin::Timestamp),
    (word::PRAGMA_OPERATOR, Builtin::Pragma),
    (word::HAS_INCLUDE, Builtin::HasInclude),
    (word::HAS_INCLUDE_NEXT, Builtin::HasIncludeNext),
    (word::HAS_ATTRIBUTE, Builtin::HasAttribute),
    (word::HAS_C_ATTRIBUTE, Builtin::HasCAttribute),
    (word::HAS_BUILTIN, Builtin::HasBuiltin),
];

impl Preprocessor<'_> {
    /// Makes the computed macros known.
    pub(super) fn define_builtins(&mut self) {
        if self.options.preprocessed {
            return;
        }
        for (name, builtin) in TABLE {
            self.add_builtin(*name, MacroKind::Builtin(*builtin));
        }
        if self.options.dialect.at_least(Standard::C23) {
            self.add_builtin(word::HAS_EMBED, MacroKind::Builtin(Builtin::HasEmbed));
        }
    }

    /// Computes a builtin. False: `token` is the result; true: go on reading.
    pub(super) fn expand_builtin(&mut self, builtin: Builtin, token: &mut Token) -> bool {
        let number = |pp: &mut Self, value: u64| pp.literals.intern(value.to_string().as_bytes()).0;
        let name = *token;
        let (kind, payload) = match builtin {
            Builtin::Line => {
                let line = self.presumed_line(name);
                (TokenKind::Number, number(self, line as u64))
            }
            Builtin::File => (TokenKind::String, self.file_literal(name)),
            Builtin::FileName => {
                let file = self.presumed_file(name);
                let last = file.rsplit('/').next().unwrap_or(&file).to_string();
                (TokenKind::String, self.string_literal(&last).0)
            }
            Builtin::BaseFile => {
                let file = self.mapped(&self.base_file.clone());
                (TokenKind::String, self.string_literal(&file).0)
            }
            Builtin::IncludeLevel => {
                let level = self.include_level() as u64;
                (TokenKind::Number, number(self, level))
            }
            Builtin::Counter => {
                let value = self.counter;
                self.counter = value.wrapping_add(1);
                (TokenKind::Number, number(self, value as u64))
            }
            Builtin::Date | Builtin::Time => {
                let (date, time) = self.date_and_time();
                (TokenKind::String, if builtin == Builtin::Date { date } else { time })
            }
            Builtin::Timestamp => (TokenKind::String, self.timestamp()),
            Builtin::Pragma => {
                if self.in_directive || self.expanding_argument > 0 {
                    return false;
                }
                return self.pragma_operator(token);
            }
            Builtin::HasInclude | Builtin::HasIncludeNext => {
                let found = self.has_include(name, builtin == Builtin::HasIncludeNext);
                (TokenKind::Number, number(self, found as u64))
            }
            Builtin::HasEmbed => {
                let state = self.has_embed(name);
                (TokenKind::Number, number(self, state))
            }
            Builtin::HasAttribute | Builtin::HasCAttribute | Builtin::HasBuiltin => {
                let value = self.feature_test(builtin, name);
                (TokenKind::Number, number(self, value))
            }
        };
        token.kind = kind;
        token.payload = payload;
        token.flags = token.flags.with(TokenFlags::FROM_MACRO);
        false
    }

    /// The line for `__LINE__`: where the outermost macro is invoked; inside arguments being read, the
    /// line reached.
    fn presumed_line(&self, token: Token) -> u32 {
        self.sources.place(token.loc).map_or(0, |place| place.line_col.line)
    }

    fn presumed_file(&self, token: Token) -> String {
        let name = self.sources.place(token.loc).map(|place| place.name.to_string());
        self.mapped(&name.unwrap_or_default())
    }

    fn file_literal(&mut self, token: Token) -> u32 {
        let file = self.presumed_file(token);
        self.string_literal(&file).0
    }

    /// `-fmacro-prefix-map`.
    fn mapped(&self, path: &str) -> String {
        for (old, new) in self.options.macro_prefix_map.iter().rev() {
            if let Some(rest) = path.strip_prefix(old.as_str()) {
                return format!("{new}{rest}");
            }
        }
        path.to_string()
    }

    /// The literals of `__DATE__` and `__TIME__`: UTC of `SOURCE_DATE_EPOCH`, else the local clock as UTC.
    fn date_and_time(&mut self) -> (u32, u32) {
        if let Some(known) = self.date_time {
            return known;
        }
        let epoch = std::env::var("SOURCE_DATE_EPOCH").ok().and_then(|text| text.parse::<u64>().ok());
        let seconds = epoch.or_else(|| {
            let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
            now.ok().map(|d| d.as_secs())
        });
        let time = CivilTime::of(seconds.unwrap_or(0).min(253_402_300_799));
        let date = format!("\"{} {:2} {:4}\"", time.month_name(), time.day, time.year);
        let clock = format!("\"{:02}:{:02}:{:02}\"", time.hour, time.minute, time.second);
        let literals = (self.literals.intern(date.as_bytes()).0, self.literals.intern(clock.as_bytes()).0);
        self.date_time = Some(literals);
        literals
    }

    /// `__TIMESTAMP__`: when the current file was last changed.
    fn timestamp(&mut self) -> u32 {
        let path = self.buffers.last().map(|b| self.sources.file(b.source).name.clone()).unwrap_or_default();
        let modified = if self.options.no_files {
            None
        } else {
            std::fs::metadata(&path).ok().and_then(|m| m.modified().ok())
        };
        let seconds =
            modified.and_then(|t| t.duration_since(std::time::UNIX_EPOCH).ok()).map(|d| d.as_secs());
        let text = match seconds {
            Some(seconds) => {
                let t = CivilTime::of(seconds);
                format!(
                    "\"{} {} {:2} {:02}:{:02}:{:02} {}\"",
                    t.weekday_name(),
                    t.month_name(),
                    t.day,
                    t.hour,
                    t.minute,
                    t.second,
                    t.year
                )
            }
            None => "\"??? ??? ?? ??:??:?? ????\"".to_string(),
        };
        self.literals.intern(text.as_bytes()).0
    }

    /// `__has_attribute(x)`, `__has_c_attribute(x)`, `__has_builtin(x)`: the operand is not expanded
    /// when it is plain, as in gcc.
    fn feature_test(&mut self, builtin: Builtin, name: Token) -> u64 {
        let shown = self.interner.text(name.name()).into_owned();
        if !self.at_open_paren() {
            self.error(name.span(), format!("missing '(' after \"{shown}\""));
            return 0;
        }
        self.raw_token();
        let operand = if builtin == Builtin::HasBuiltin {
            self.prevent_expansion += 1;
            let token = self.expand_token();
            self.prevent_expansion -= 1;
            token
        } else {
            self.expand_token()
        };
        if operand.kind != TokenKind::Identifier {
            self.error(operand.span(), format!("macro \"{shown}\" requires an identifier"));
            if operand.kind == TokenKind::EndOfLine || operand.kind == TokenKind::Eof {
                return 0;
            }
            return 0;
        }
        let mut text = self.interner.text(operand.name()).into_owned();
        let mut scope = None;
        let mut close = self.raw_token();
        let scoped = match close.kind {
            TokenKind::ColonColon => true,
            TokenKind::Colon => {
                let second = self.raw_token();
                if second.kind != TokenKind::Colon {
                    self.error(second.span(), format!("missing ')' after \"{shown}\""));
                    return 0;
                }
                true
            }
            _ => false,
        };
        if scoped {
            let inner = self.raw_token();
            scope = Some(text);
            text = self.spelling(inner);
            close = self.raw_token();
        }
        if close.kind != TokenKind::RightParen {
            self.error(close.span(), format!("missing ')' after \"{shown}\""));
            return 0;
        }
        match builtin {
            Builtin::HasBuiltin => features::has_builtin(&text) as u64,
            Builtin::HasCAttribute => features::c_attribute(scope.as_deref(), &text),
            _ => match scope.as_deref() {
                None | Some("gnu" | "__gnu__") => features::has_attribute(&text) as u64,
                Some(_) => 0,
            },
        }
    }

    /// The unexpanded next token of the file or context.
    pub(super) fn unexpanded(&mut self) -> Token {
        if self.contexts.is_empty() { self.lexer.next(&mut sink!(self)) } else { self.raw_token() }
    }
}

/// Seconds since 1970 as a calendar date (UTC).
struct CivilTime {
    year: u64,
    month: usize,
    day: u64,
    weekday: usize,
    hour: u64,
    minute: u64,
    second: u64,
}

impl CivilTime {
    fn of(seconds: u64) -> CivilTime {
        let days = seconds / 86_400;
        let of_day = seconds % 86_400;
        let mut year = 1970 + days / 146_097 * 400;
        let mut rest = days % 146_097;
        let leap = |y: u64| y.is_multiple_of(4) && (!y.is_multiple_of(100) || y.is_multiple_of(400));
        while rest >= 365 + leap(year) as u64 {
            rest -= 365 + leap(year) as u64;
            year += 1;
        }
        let lengths = [31, 28 + leap(year) as u64, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
        let mut month = 0;
        while rest >= lengths[month] {
            rest -= lengths[month];
            month += 1;
        }
        CivilTime {
            year,
            month,
            day: rest + 1,
            weekday: ((days + 4) % 7) as usize,
            hour: of_day / 3600,
            minute: of_day / 60 % 60,
            second: of_day % 60,
        }
    }

    fn month_name(&self) -> &'static str {
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"][self.month]
    }

    fn weekday_name(&self) -> &'static str {
        ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"][self.weekday]
    }
}
