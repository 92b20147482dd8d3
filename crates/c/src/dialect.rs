//! Which C: the standard's year and whether GNU extensions are on (`-std=`).

use crate::intern::Name;
use crate::token::{KEYWORDS, KeywordIn};

/// A C standard.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Standard {
    /// C89/C90.
    C89,
    /// C90 with amendment 1 (`iso9899:199409`).
    C94,
    /// C99.
    C99,
    /// C11.
    C11,
    /// C17.
    C17,
    /// C23.
    C23,
}

/// Standard and GNU mode; the default is gcc 12's, gnu17.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Dialect {
    /// The standard.
    pub standard: Standard,
    /// `gnu11` rather than `c11`.
    pub gnu: bool,
}

impl Default for Dialect {
    fn default() -> Dialect {
        Dialect { standard: Standard::C17, gnu: true }
    }
}

impl Dialect {
    /// The dialect of a `-std=` argument.
    pub fn parse(text: &str) -> Option<Dialect> {
        use Standard::*;
        let (standard, gnu) = match text {
            "c89" | "c90" | "iso9899:1990" => (C89, false),
            "iso9899:199409" => (C94, false),
            "c99" | "c9x" | "iso9899:1999" | "iso9899:199x" => (C99, false),
            "c11" | "c1x" | "iso9899:2011" => (C11, false),
            "c17" | "c18" | "iso9899:2017" | "iso9899:2018" => (C17, false),
            "c23" | "c2x" | "iso9899:2024" => (C23, false),
            "gnu89" | "gnu90" => (C89, true),
            "gnu99" | "gnu9x" => (C99, true),
            "gnu11" | "gnu1x" => (C11, true),
            "gnu17" | "gnu18" => (C17, true),
            "gnu23" | "gnu2x" => (C23, true),
            _ => return None,
        };
        Some(Dialect { standard, gnu })
    }

    /// Whether features of a standard are in it.
    pub fn at_least(self, standard: Standard) -> bool {
        self.standard >= standard
    }

    /// Whether a name is a keyword.
    pub fn is_keyword(self, name: Name) -> bool {
        let Some(row) = KEYWORDS.get(name.index()) else { return false };
        match row.dialects {
            KeywordIn::Always => true,
            KeywordIn::C99 => self.at_least(Standard::C99),
            KeywordIn::C99OrGnu => self.gnu || self.at_least(Standard::C99),
            KeywordIn::C23 => self.at_least(Standard::C23),
            KeywordIn::Gnu => self.gnu,
            KeywordIn::C23OrGnu => self.gnu || self.at_least(Standard::C23),
        }
    }
}
