//! Full linker scripts: `SECTIONS`, `PHDRS`, `MEMORY`, assignments.
//!
//! In: the text after a command's word. Out: [`Script`]; expressions stay text and are evaluated by `script_layout`,
//! again in every pass. Source: GNU ld manual, "Linker Scripts".

use crate::script::{ScriptError, Tokens};
use crate::version_script::glob_matches;

/// `symbol = expression`.
#[derive(Clone, Debug)]
pub(crate) struct Assignment {
    pub symbol: String,
    /// `""`, or the operator of `+=` and the like.
    pub operator: String,
    pub expression: String,
    pub provide: bool,
    pub hidden: bool,
}

/// How matching sections are ordered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Sort {
    None,
    Name,
    Alignment,
    Priority,
}

/// A pattern for section names.
#[derive(Clone, Debug)]
pub(crate) struct SectionPattern {
    pub glob: String,
    pub sort: Sort,
    pub excluded: Vec<String>,
}

/// `FILE(SECTION ...)`.
#[derive(Clone, Debug)]
pub(crate) struct InputPattern {
    pub file: String,
    pub excluded: Vec<String>,
    pub sections: Vec<SectionPattern>,
    pub keep: bool,
}

/// What stands between the braces of an output section.
#[derive(Clone, Debug)]
pub(crate) enum Item {
    Input(InputPattern),
    Assign(Assignment),
    Assert(String, String),
    /// `BYTE(e)` ... `QUAD(e)`.
    Data(u8, String),
}

/// An output section.
#[derive(Clone, Debug, Default)]
pub(crate) struct SectionStatement {
    pub name: String,
    pub address: Option<String>,
    pub no_load: bool,
    pub load_address: Option<String>,
    pub align: Option<String>,
    pub part_align: Option<String>,
    /// `ONLY_IF_RO` (false), `ONLY_IF_RW` (true).
    pub only_writable: Option<bool>,
    pub items: Vec<Item>,
    pub region: Option<String>,
    pub load_region: Option<String>,
    pub headers: Vec<String>,
}

/// One statement of SECTIONS.
#[derive(Clone, Debug)]
pub(crate) enum Statement {
    Assign(Assignment),
    Assert(String, String),
    Section(SectionStatement),
}

/// A line of PHDRS.
#[derive(Clone, Debug)]
pub(crate) struct Header {
    pub name: String,
    pub kind: u32,
    pub file_header: bool,
    pub program_headers: bool,
    pub flags: Option<String>,
}

/// A line of MEMORY.
#[derive(Clone, Debug)]
pub(crate) struct Region {
    pub name: String,
    pub origin: String,
    pub length: String,
}

/// A full script.
#[derive(Clone, Debug, Default)]
pub(crate) struct Script {
    pub statements: Vec<Statement>,
    pub headers: Vec<Header>,
    pub regions: Vec<Region>,
    pub has_sections: bool,
    /// The texts of VERSION commands.
    pub versions: Vec<String>,
}

impl Script {
    /// Adds `SECTIONS { ... }`, the word taken.
    pub(crate) fn sections(&mut self, tokens: &mut Tokens<'_>) -> Result<(), ScriptError> {
        tokens.expect("{")?;
        self.has_sections = true;
        loop {
            match tokens.word() {
                "" if tokens.take('}') => return Ok(()),
                "" if tokens.take(';') => {}
                "" => return Err(tokens.error("syntax error in SECTIONS")),
                word => {
                    let word = word.to_string();
                    let statement = self.statement(&word, tokens)?;
                    self.statements.extend(statement);
                }
            }
        }
    }

    /// One statement that begins with a word; also outside SECTIONS.
    pub(crate) fn statement(
        &mut self,
        word: &str,
        tokens: &mut Tokens<'_>,
    ) -> Result<Option<Statement>, ScriptError> {
        match word {
            "ASSERT" => {
                let (condition, message) = assertion(tokens)?;
                Ok(Some(Statement::Assert(condition, message)))
            }
            "ENTRY" | "CONSTRUCTORS" | "NOCROSSREFS" | "EXTERN" => {
                if tokens.take('(') {
                    tokens.until(&[')'])?;
                    tokens.take(')');
                }
                Ok(None)
            }
            "INCLUDE" | "OVERLAY" | "INSERT" => Err(ScriptError {
                line: tokens.line,
                what: format!("the linker script command {word}"),
                unsupported: true,
            }),
            _ => match assignment(word, tokens)? {
                Some(assignment) => Ok(Some(Statement::Assign(assignment))),
                None => section(word, tokens).map(|section| Some(Statement::Section(section))),
            },
        }
    }

    /// `PHDRS { name PT_LOAD FILEHDR PHDRS FLAGS(5); }`
    pub(crate) fn program_headers(&mut self, tokens: &mut Tokens<'_>) -> Result<(), ScriptError> {
        tokens.expect("{")?;
        loop {
            let name = tokens.word().to_string();
            if name.is_empty() {
                if tokens.take('}') {
                    return Ok(());
                }
                return Err(tokens.error("syntax error in PHDRS"));
            }
            let kind = match tokens.word() {
                "PT_NULL" => 0,
                "PT_LOAD" => 1,
                "PT_DYNAMIC" => 2,
                "PT_INTERP" => 3,
                "PT_NOTE" => 4,
                "PT_SHLIB" => 5,
                "PT_PHDR" => 6,
                "PT_TLS" => 7,
                "PT_GNU_EH_FRAME" => 0x6474_e550,
                "PT_GNU_STACK" => 0x6474_e551,
                "PT_GNU_RELRO" => 0x6474_e552,
                other => match crate::expression::number(other) {
                    Some(kind) => kind as u32,
                    None => return Err(tokens.error("unknown program header type")),
                },
            };
            let mut header = Header { name, kind, file_header: false, program_headers: false, flags: None };
            loop {
                match tokens.word() {
                    "FILEHDR" => header.file_header = true,
                    "PHDRS" => header.program_headers = true,
                    "FLAGS" => header.flags = Some(parenthesized(tokens)?),
                    "AT" => {
                        parenthesized(tokens)?;
                    }
                    "" if tokens.take(';') => break,
                    _ => return Err(tokens.error("syntax error in PHDRS")),
                }
            }
            self.headers.push(header);
        }
    }

    /// `MEMORY { name (rwx) : ORIGIN = e, LENGTH = e }`
    pub(crate) fn memory(&mut self, tokens: &mut Tokens<'_>) -> Result<(), ScriptError> {
        tokens.expect("{")?;
        loop {
            let name = tokens.word().to_string();
            if name.is_empty() {
                if tokens.take('}') {
                    return Ok(());
                }
                return Err(tokens.error("syntax error in MEMORY"));
            }
            if tokens.take('(') {
                tokens.until(&[')'])?;
                tokens.take(')');
            }
            tokens.expect(":")?;
            tokens.until(&['='])?;
            tokens.take('=');
            let origin = tokens.until(&[','])?.trim().to_string();
            tokens.take(',');
            tokens.until(&['='])?;
            tokens.take('=');
            let length = tokens.until_line()?.trim().to_string();
            self.regions.push(Region { name, origin, length });
        }
    }

    /// Every symbol that the script assigns, with `PROVIDE` and `HIDDEN`.
    pub(crate) fn assignments(&self) -> impl Iterator<Item = &Assignment> {
        self.statements.iter().flat_map(|statement| {
            let (own, items): (_, &[Item]) = match statement {
                Statement::Assign(assignment) => (Some(assignment), &[]),
                Statement::Assert(..) => (None, &[]),
                Statement::Section(section) => (None, &section.items),
            };
            let inner = items.iter().filter_map(|item| match item {
                Item::Assign(assignment) => Some(assignment),
                _ => None,
            });
            own.into_iter().chain(inner).filter(|assignment| assignment.symbol != ".")
        })
    }

    /// The first pattern that takes a section: statement, item, and how it sorts.
    pub(crate) fn find(
        &self,
        file: &str,
        section: &str,
        writable: bool,
    ) -> Option<(usize, usize, Sort, bool)> {
        for (at, statement) in self.statements.iter().enumerate() {
            let Statement::Section(statement) = statement else { continue };
            if statement.only_writable.is_some_and(|only| only != writable) {
                continue;
            }
            for (item_at, item) in statement.items.iter().enumerate() {
                let Item::Input(input) = item else { continue };
                if let Some(sort) = input.matches(file, section) {
                    return Some((at, item_at, sort, input.keep));
                }
            }
        }
        None
    }
}

impl InputPattern {
    /// Whether the pattern takes a section of a file, and how it sorts.
    pub(crate) fn matches(&self, file: &str, section: &str) -> Option<Sort> {
        if !file_matches(&self.file, file) || self.excluded.iter().any(|glob| file_matches(glob, file)) {
            return None;
        }
        let found = self.sections.iter().find(|pattern| {
            glob_matches(pattern.glob.as_bytes(), section.as_bytes())
                && !pattern.excluded.iter().any(|glob| file_matches(glob, file))
        });
        found.map(|pattern| pattern.sort)
    }
}

/// `file`, `archive:member`, `archive:`; members are named `archive(member)`.
fn file_matches(glob: &str, file: &str) -> bool {
    if glob == "*" {
        return true;
    }
    let (archive, member) = match file.strip_suffix(')').and_then(|rest| rest.rsplit_once('(')) {
        Some((archive, member)) => (archive, member),
        None => ("", file),
    };
    match glob.split_once(':') {
        Some((wanted_archive, wanted)) => {
            glob_matches(wanted_archive.as_bytes(), archive.as_bytes())
                && (wanted.is_empty() || glob_matches(wanted.as_bytes(), member.as_bytes()))
        }
        None => glob_matches(glob.as_bytes(), member.as_bytes()),
    }
}

fn parenthesized(tokens: &mut Tokens<'_>) -> Result<String, ScriptError> {
    tokens.expect("(")?;
    let text = tokens.until(&[')'])?.trim().to_string();
    tokens.expect(")")?;
    Ok(text)
}

fn assertion(tokens: &mut Tokens<'_>) -> Result<(String, String), ScriptError> {
    tokens.expect("(")?;
    let condition = tokens.until(&[','])?.trim().to_string();
    tokens.expect(",")?;
    let message = tokens.until(&[')'])?.trim().trim_matches('"').to_string();
    tokens.expect(")")?;
    tokens.take(';');
    Ok((condition, message))
}

const OPERATORS: &[&str] = &["=", "+=", "-=", "*=", "/=", "<<=", ">>=", "&=", "|="];

/// An assignment, if the word begins one.
fn assignment(word: &str, tokens: &mut Tokens<'_>) -> Result<Option<Assignment>, ScriptError> {
    let (provide, hidden) = match word {
        "PROVIDE" => (true, false),
        "PROVIDE_HIDDEN" => (true, true),
        "HIDDEN" => (false, true),
        _ => {
            let Some(operator) = tokens.operator(OPERATORS) else { return Ok(None) };
            let expression = tokens.until(&[';', '}'])?.trim().to_string();
            tokens.take(';');
            let operator = operator.trim_end_matches('=').to_string();
            let symbol = word.to_string();
            return Ok(Some(Assignment { symbol, operator, expression, provide: false, hidden: false }));
        }
    };
    tokens.expect("(")?;
    let symbol = tokens.word().to_string();
    tokens.operator(&["="]).ok_or_else(|| tokens.error("`=' is missing"))?;
    let expression = tokens.until(&[')'])?.trim().to_string();
    tokens.expect(")")?;
    tokens.take(';');
    Ok(Some(Assignment { symbol, operator: String::new(), expression, provide, hidden }))
}

/// An output section, its name taken.
fn section(name: &str, tokens: &mut Tokens<'_>) -> Result<SectionStatement, ScriptError> {
    let mut statement = SectionStatement { name: name.to_string(), ..SectionStatement::default() };
    let mut before = tokens.until_colon()?.trim().to_string();
    for kind in ["(NOLOAD)", "(COPY)", "(INFO)", "(DSECT)", "(OVERLAY)", "(READONLY)"] {
        if let Some(at) = before.find(kind) {
            statement.no_load |= kind == "(NOLOAD)";
            before.replace_range(at..at + kind.len(), "");
        }
    }
    let before = before.trim();
    statement.address = (!before.is_empty()).then(|| before.to_string());
    loop {
        match tokens.word() {
            "AT" => statement.load_address = Some(parenthesized(tokens)?),
            "ALIGN" => statement.align = Some(parenthesized(tokens)?),
            "SUBALIGN" => statement.part_align = Some(parenthesized(tokens)?),
            "ALIGN_WITH_INPUT" => {}
            "ONLY_IF_RO" => statement.only_writable = Some(false),
            "ONLY_IF_RW" => statement.only_writable = Some(true),
            "" if tokens.take('{') => break,
            _ => return Err(tokens.error(format!("syntax error in section {name}"))),
        }
    }
    loop {
        match tokens.word() {
            "" if tokens.take('}') => break,
            "" if tokens.take(';') => {}
            "" => return Err(tokens.error(format!("syntax error in section {name}"))),
            word => {
                let word = word.to_string();
                statement.items.extend(item(&word, tokens)?);
            }
        }
    }
    loop {
        if tokens.take('>') {
            statement.region = Some(tokens.word().to_string());
        } else if tokens.take(':') {
            statement.headers.push(tokens.word().to_string());
        } else if tokens.take('=') {
            tokens.word();
        } else if tokens.starts_with("AT>") || tokens.starts_with("AT >") {
            tokens.word();
            tokens.take('>');
            statement.load_region = Some(tokens.word().to_string());
        } else {
            tokens.take(',');
            return Ok(statement);
        }
    }
}

fn item(word: &str, tokens: &mut Tokens<'_>) -> Result<Option<Item>, ScriptError> {
    let size = match word {
        "BYTE" => 1,
        "SHORT" => 2,
        "LONG" => 4,
        "QUAD" | "SQUAD" => 8,
        _ => 0,
    };
    if size != 0 {
        return Ok(Some(Item::Data(size, parenthesized(tokens)?)));
    }
    match word {
        "ASSERT" => {
            let (condition, message) = assertion(tokens)?;
            Ok(Some(Item::Assert(condition, message)))
        }
        "FILL" => parenthesized(tokens).map(|_| None),
        "CONSTRUCTORS" => Ok(None),
        "KEEP" => {
            tokens.expect("(")?;
            let file = tokens.word().to_string();
            let mut input = input(&file, tokens)?;
            input.keep = true;
            tokens.expect(")")?;
            Ok(Some(Item::Input(input)))
        }
        _ => match assignment(word, tokens)? {
            Some(assignment) => Ok(Some(Item::Assign(assignment))),
            None => input(word, tokens).map(|input| Some(Item::Input(input))),
        },
    }
}

fn words_in_parentheses(tokens: &mut Tokens<'_>) -> Result<Vec<String>, ScriptError> {
    Ok(parenthesized(tokens)?.split_whitespace().map(String::from).collect())
}

/// `FILE(SECTION ...)`, the file's pattern (or EXCLUDE_FILE, SORT) taken.
fn input(file: &str, tokens: &mut Tokens<'_>) -> Result<InputPattern, ScriptError> {
    let mut pattern =
        InputPattern { file: file.to_string(), excluded: Vec::new(), sections: Vec::new(), keep: false };
    if file == "EXCLUDE_FILE" {
        pattern.excluded = words_in_parentheses(tokens)?;
        pattern.file = tokens.word().to_string();
    } else if file.starts_with("SORT") {
        pattern.file = parenthesized(tokens)?;
    }
    if !tokens.take('(') {
        // A bare file name: all its sections.
        let sort = Sort::None;
        pattern.sections.push(SectionPattern { glob: "*".into(), sort, excluded: Vec::new() });
        return Ok(pattern);
    }
    let mut excluded = Vec::new();
    loop {
        match tokens.word() {
            "" if tokens.take(')') => return Ok(pattern),
            "" if tokens.take(',') => {}
            "" => return Err(tokens.error("syntax error in an input section")),
            "EXCLUDE_FILE" => excluded = words_in_parentheses(tokens)?,
            word if word.starts_with("SORT") => {
                let sort = match word {
                    "SORT" | "SORT_BY_NAME" => Sort::Name,
                    "SORT_BY_ALIGNMENT" => Sort::Alignment,
                    "SORT_BY_INIT_PRIORITY" => Sort::Priority,
                    _ => Sort::None,
                };
                let mut text = tokens.nested()?;
                // SORT_BY_X(SORT_BY_Y(pattern)): the outer key decides.
                while let Some(inner) = text.find('(') {
                    text = text[inner + 1..].trim_end_matches(')').to_string();
                }
                for glob in text.split_whitespace() {
                    pattern.sections.push(SectionPattern {
                        glob: glob.into(),
                        sort,
                        excluded: std::mem::take(&mut excluded),
                    });
                }
            }
            word => {
                let glob = word.to_string();
                // EXCLUDE_FILE holds for the next pattern only.
                let excluded = std::mem::take(&mut excluded);
                pattern.sections.push(SectionPattern { glob, sort: Sort::None, excluded });
            }
        }
    }
}
