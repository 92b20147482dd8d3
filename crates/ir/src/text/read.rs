//! Reading the text form.
//!
//! In: a file of a source map. Out: a module, and errors as diagnostics with the place and what was
//! expected there. Callers: `lathe build|interp|opt`, the file tests, the documentation's examples.
//!
//! ```text
//!   names   all `type`, `tag` and symbol definitions, so that references may come before them
//!   items   everything but the bodies of functions and data
//!   bodies  functions; then data, which may name blocks of functions
//! ```
//!
//! After an error the reader goes on at the next instruction or item. Whatever the bytes, it ends,
//! in time and memory proportional to the file. Numbers of values and blocks in the text
//! (`v7`, `block3`) become their ids; other names are given ids above those.

use super::lexer::{Token, TokenKind, tokens};
use crate::entity::*;
use crate::function::Function;
use crate::module::*;
use lathe_diag::{Diagnostic, Diagnostics, FileId, Loc, SourceMap, Span};
use lathe_target::Target;
use rustc_hash::{FxHashMap, FxHashSet};

/// Errors after which the reader gives up.
const MOST_ERRORS: usize = 20;

/// Reads a module. A file without a `target` line is for `default_target`. `None` when there were
/// errors, which are then in `diagnostics`.
pub fn read_module(
    sources: &SourceMap,
    file: FileId,
    default_target: &Target,
    diagnostics: &mut Diagnostics,
) -> Option<Module> {
    let source = sources.file(file);
    let tokens = tokens(&source.text);
    let mut reader = Reader::new(&source.text, source.start, &tokens, default_target.clone());
    reader.run();
    let failed = reader.diagnostics.has_errors();
    diagnostics.append(reader.diagnostics);
    (!failed).then_some(reader.module)
}

/// Reads a module from text, for tests and examples: positions are those of a map of its own.
///
/// # Errors
/// The rendered messages.
pub fn read_text(name: &str, text: &str, default_target: &Target) -> Result<Module, ReadError> {
    let sources = SourceMap::new();
    let mut diagnostics = Diagnostics::new();
    let module = match sources.add(name, text.as_bytes(), Loc::NONE) {
        Ok(file) => read_module(&sources, file, default_target, &mut diagnostics),
        Err(_) => None,
    };
    module.ok_or_else(|| {
        let mut renderer = lathe_diag::Renderer::new(&sources, "lathe", lathe_diag::ColorChoice::Never);
        ReadError { text: renderer.render_all(diagnostics.iter()) }
    })
}

/// The errors of [`read_text`], rendered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReadError {
    /// As on the terminal.
    pub text: String,
}

impl std::fmt::Display for ReadError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for ReadError {}

/// An error was reported; the caller recovers.
pub(super) struct Failed;

/// A parsed piece.
pub(super) type Parse<T> = Result<T, Failed>;

/// A function whose body is still to be read.
struct PendingBody {
    id: FuncId,
    /// Index of the token after `{`.
    start: usize,
}

/// Data whose items are still to be read.
struct PendingData {
    id: DataId,
    start: usize,
}

/// A call whose signature is its callee's.
pub(super) struct Reader<'a> {
    pub(super) text: &'a [u8],
    base: Loc,
    tokens: &'a [Token],
    pub(super) at: usize,
    pub(super) module: Module,
    pub(super) diagnostics: Diagnostics,
    pub(super) aggregate_names: FxHashMap<Box<str>, Aggregate>,
    pub(super) tag_names: FxHashMap<Box<str>, AliasTagId>,
    /// Blocks with names other than `blockN`, for data that names them.
    pub(super) block_names: FxHashMap<(FuncId, &'a str), Block>,
    /// How many unused value and block numbers the file may leave, all functions together.
    pub(super) spare_numbers: u64,
    bodies: Vec<PendingBody>,
    data_items: Vec<PendingData>,
    defined_aggregates: FxHashSet<Aggregate>,
}

impl<'a> Reader<'a> {
    fn new(text: &'a [u8], base: Loc, tokens: &'a [Token], target: Target) -> Reader<'a> {
        Reader {
            text,
            base,
            tokens,
            at: 0,
            module: Module::new("", target),
            diagnostics: Diagnostics::new(),
            aggregate_names: FxHashMap::default(),
            tag_names: FxHashMap::default(),
            block_names: FxHashMap::default(),
            spare_numbers: (1 << 22) + 16 * text.len() as u64,
            bodies: Vec::new(),
            data_items: Vec::new(),
            defined_aggregates: FxHashSet::default(),
        }
    }

    fn run(&mut self) {
        self.collect_names();
        self.at = 0;
        while self.peek().kind != TokenKind::End && !self.too_many_errors() {
            if self.item().is_err() {
                self.skip_to_item();
            }
        }
        for body in std::mem::take(&mut self.bodies) {
            if self.too_many_errors() {
                return;
            }
            self.at = body.start;
            let placeholder = Function::new(Symbol::RESERVED, crate::Signature::default());
            let function = std::mem::replace(&mut self.module.functions[body.id], placeholder);
            self.module.functions[body.id] = self.function_body(body.id, function);
        }
        for data in std::mem::take(&mut self.data_items) {
            self.at = data.start;
            if let Ok(items) = self.data_items() {
                self.module.data[data.id].items = items;
            }
        }
        self.check_debug_references();
    }

    fn too_many_errors(&self) -> bool {
        self.diagnostics.error_count() >= MOST_ERRORS
    }

    /// Creates symbols, aggregates and tags in the order of their definitions.
    fn collect_names(&mut self) {
        while self.peek().kind != TokenKind::End {
            let token = self.take();
            if !token.starts_line || token.kind != TokenKind::Word {
                continue;
            }
            let word = self.word_text(token);
            match (word, self.peek().kind) {
                ("type", TokenKind::Aggregate) => {
                    let Ok((name, span)) = self.name(TokenKind::Aggregate, "a type name") else { continue };
                    if self.aggregate_names.contains_key(&*name) {
                        self.error(span, format!("%{name} is defined twice"));
                        continue;
                    }
                    let id = self.module.aggregates.push(crate::AggregateData {
                        name: name.to_string(),
                        kind: crate::AggregateKind::Struct,
                        size: 0,
                        align: 1,
                        fields: Vec::new(),
                        transparent: false,
                    });
                    self.aggregate_names.insert(name, id);
                }
                ("tag", TokenKind::Tag) => {
                    let Ok((name, span)) = self.name(TokenKind::Tag, "a tag name") else { continue };
                    if self.tag_names.contains_key(&*name) {
                        self.error(span, format!("!{name} is defined twice"));
                        continue;
                    }
                    let id = self.module.alias_tags.push(crate::AliasTag {
                        name: name.to_string(),
                        parent: None,
                        scopes: Vec::new(),
                        no_alias: Vec::new(),
                    });
                    self.tag_names.insert(name, id);
                }
                ("declare", TokenKind::Word) if matches!(self.peek_word(), Some("data" | "symbol")) => {
                    self.at += 1;
                    self.collect_symbol();
                }
                ("declare" | "alias" | "ifunc" | "data" | "func", TokenKind::Symbol) => self.collect_symbol(),
                _ => {}
            }
        }
    }

    fn collect_symbol(&mut self) {
        let Ok((name, span)) = self.name(TokenKind::Symbol, "a symbol") else { return };
        if self.module.find_symbol(&name).is_some() {
            self.error(span, format!("@{name} is defined twice"));
            return;
        }
        let symbol = self.module.symbol(&name);
        self.module.symbols[symbol].loc = span.lo;
    }

    /// One item at the top level.
    fn item(&mut self) -> Parse<()> {
        let token = self.peek();
        let Some(word) = self.peek_word() else {
            return self.expected("an item ('func', 'data', 'declare', 'type', …)");
        };
        self.at += 1;
        match word {
            "module" => self.module.name = self.string("a module name")?.to_string(),
            "target" => self.target()?,
            "ident" => self.module.ident = Some(self.string("text")?.to_string()),
            "type" => self.aggregate()?,
            "tag" => self.alias_tag()?,
            "declare" => self.declaration()?,
            "alias" | "ifunc" => self.alias(word == "alias")?,
            "data" => self.data()?,
            "func" => return self.func(),
            "asm" => {
                let text = self.string("assembly text")?;
                let loc = self.optional_at()?.unwrap_or(self.loc(token));
                self.module.order.push(Definition::Asm(text, loc));
            }
            "constructor" | "destructor" => self.init_entry(word == "constructor")?,
            "debug_type" => self.debug_type()?,
            "debug_scope" => self.debug_scope()?,
            "debug_variable" => self.debug_variable()?,
            _ => {
                self.at -= 1;
                return self.expected("an item ('func', 'data', 'declare', 'type', …)");
            }
        }
        self.end_of_line()
    }

    fn func(&mut self) -> Parse<()> {
        let symbol = self.symbol("a function name after 'func'")?;
        let signature = self.signature()?;
        let mut function = Function::new(symbol, signature);
        function.loc = self.loc(self.tokens[self.at - 1]);
        self.function_attributes(&mut function)?;
        self.punct(b'{', "'{' before the function's body")?;
        let id = self.define(symbol, |module| module.define_function(function))?;
        self.bodies.push(PendingBody { id, start: self.at });
        self.skip_body();
        Ok(())
    }

    fn data(&mut self) -> Parse<()> {
        let symbol = self.symbol("a name after 'data'")?;
        let mut data =
            Data { symbol, items: Vec::new(), align: 1, is_const: false, mergeable: false, string_unit: 0 };
        if self.take_punct(b':') {
            self.data_attributes(&mut data)?;
        }
        self.punct(b'=', "'=' before the data's content")?;
        let id = self.define(symbol, |module| module.define_data(data))?;
        self.data_items.push(PendingData { id, start: self.at });
        self.skip_data_items();
        Ok(())
    }

    /// Defines a symbol unless it has a definition (an error that pass one reported).
    fn define<T>(&mut self, symbol: Symbol, define: impl FnOnce(&mut Module) -> T) -> Parse<T> {
        if self.module.symbols[symbol].definition != SymbolDefinition::Undeclared {
            return Err(Failed);
        }
        Ok(define(&mut self.module))
    }

    /// Goes past a function's closing brace; nested braces are skipped.
    fn skip_body(&mut self) {
        let mut depth = 1;
        while depth > 0 && self.peek().kind != TokenKind::End {
            match self.take().kind {
                TokenKind::Punct(b'{') => depth += 1,
                TokenKind::Punct(b'}') => depth -= 1,
                TokenKind::Word if self.is_item(self.at - 1) => {
                    // The brace is missing; the body reader says so.
                    self.at -= 1;
                    return;
                }
                _ => {}
            }
        }
    }

    fn skip_data_items(&mut self) {
        // The list goes on over the line's end after a comma.
        let mut after_comma = true;
        while self.peek().kind != TokenKind::End && (after_comma || !self.peek().starts_line) {
            after_comma = self.take().kind == TokenKind::Punct(b',');
        }
    }

    /// Whether the token begins an item: first on its line, an item's word, and what must follow.
    pub(super) fn is_item(&self, at: usize) -> bool {
        let token = self.tokens[at];
        let Some(next) = self.tokens.get(at + 1) else { return false };
        token.starts_line
            && token.kind == TokenKind::Word
            && match self.word_text(token) {
                "func" | "alias" | "ifunc" | "constructor" | "destructor" | "data" => {
                    next.kind == TokenKind::Symbol
                }
                "declare" => matches!(next.kind, TokenKind::Symbol | TokenKind::Word),
                "type" => next.kind == TokenKind::Aggregate,
                "tag" => next.kind == TokenKind::Tag,
                _ => false,
            }
    }

    fn skip_to_item(&mut self) {
        while self.peek().kind != TokenKind::End {
            if self.is_item(self.at) || self.peek().starts_line && self.is_minor_item() {
                return;
            }
            self.at += 1;
        }
    }

    fn is_minor_item(&self) -> bool {
        let column_one = self.peek().lo == 0 || self.text[self.peek().lo as usize - 1] == b'\n';
        let minor = ["module", "target", "ident", "asm", "debug_type", "debug_scope", "debug_variable"];
        column_one && self.peek_word().is_some_and(|w| minor.contains(&w))
    }

    pub(super) fn mark_aggregate(&mut self, aggregate: Aggregate) -> bool {
        self.defined_aggregates.insert(aggregate)
    }

    // The cursor.

    pub(super) fn peek(&self) -> Token {
        self.tokens[self.at.min(self.tokens.len() - 1)]
    }

    pub(super) fn peek_ahead(&self, tokens: usize) -> Token {
        self.tokens[(self.at + tokens).min(self.tokens.len() - 1)]
    }

    pub(super) fn take(&mut self) -> Token {
        let token = self.peek();
        self.at += usize::from(token.kind != TokenKind::End);
        token
    }

    pub(super) fn tokens_from(&self, start: usize) -> &'a [Token] {
        &self.tokens[start..]
    }

    /// The text of a word or number, which is ASCII by the lexer's rules.
    pub(super) fn word_text(&self, token: Token) -> &'a str {
        std::str::from_utf8(&self.text[token.lo as usize..token.hi as usize]).unwrap_or("")
    }

    pub(super) fn peek_word(&self) -> Option<&'a str> {
        let token = self.peek();
        (token.kind == TokenKind::Word).then(|| self.word_text(token))
    }

    pub(super) fn loc(&self, token: Token) -> Loc {
        self.base.plus(token.lo)
    }

    pub(super) fn span(&self, token: Token) -> Span {
        Span::new(self.loc(token), (token.hi - token.lo).max(1))
    }

    pub(super) fn error(&mut self, span: impl Into<Span>, message: impl Into<String>) {
        self.diagnostics.push(Diagnostic::error(span, message));
    }

    pub(super) fn fail<T>(&mut self, span: impl Into<Span>, message: impl Into<String>) -> Parse<T> {
        self.error(span, message);
        Err(Failed)
    }

    /// Fails at the next token: "expected …, found …".
    pub(super) fn expected<T>(&mut self, what: &str) -> Parse<T> {
        let token = self.peek();
        let text = String::from_utf8_lossy(&self.text[token.lo as usize..token.hi as usize]).into_owned();
        let found = match token.kind {
            TokenKind::End => "the end of the file".to_string(),
            TokenKind::Bad if text.starts_with(['"', '@', '%', '!']) && text.len() > 1 => {
                "text without its closing quote".to_string()
            }
            _ if text.len() > 40 => format!("'{}…'", text.chars().take(30).collect::<String>()),
            _ => format!("'{text}'"),
        };
        self.fail(self.span(token), format!("expected {what}, found {found}"))
    }

    pub(super) fn is_punct(&self, byte: u8) -> bool {
        self.peek().kind == TokenKind::Punct(byte)
    }

    pub(super) fn take_punct(&mut self, byte: u8) -> bool {
        let found = self.is_punct(byte);
        self.at += usize::from(found);
        found
    }

    pub(super) fn punct(&mut self, byte: u8, what: &str) -> Parse<()> {
        if self.take_punct(byte) { Ok(()) } else { self.expected(what) }
    }

    pub(super) fn comma(&mut self) -> Parse<()> {
        self.punct(b',', "','")
    }

    pub(super) fn take_word(&mut self, word: &str) -> bool {
        let found = self.peek_word() == Some(word);
        self.at += usize::from(found);
        found
    }

    pub(super) fn word(&mut self, what: &str) -> Parse<&'a str> {
        match self.peek_word() {
            Some(word) => {
                self.at += 1;
                Ok(word)
            }
            None => self.expected(what),
        }
    }

    /// Nothing may follow on the line.
    pub(super) fn end_of_line(&mut self) -> Parse<()> {
        let token = self.peek();
        if token.starts_line || token.kind == TokenKind::End {
            return Ok(());
        }
        self.expected("the end of the line")
    }

    /// A name with a sigil, decoded, and its place.
    pub(super) fn name(&mut self, kind: TokenKind, what: &str) -> Parse<(Box<str>, Span)> {
        let token = self.peek();
        if token.kind != kind {
            return self.expected(what);
        }
        self.at += 1;
        let span = self.span(token);
        let text = &self.text[token.lo as usize + 1..token.hi as usize];
        if text.first() != Some(&b'"') {
            return Ok((String::from_utf8_lossy(text).into(), span));
        }
        let bytes = self.unescape(&text[1..text.len() - 1], token)?;
        match String::from_utf8(bytes) {
            Ok(name) => Ok((name.into(), span)),
            Err(_) => self.fail(span, "this name is not UTF-8"),
        }
    }

    pub(super) fn symbol(&mut self, what: &str) -> Parse<Symbol> {
        let (name, span) = self.name(TokenKind::Symbol, what)?;
        match self.module.find_symbol(&name) {
            Some(symbol) => Ok(symbol),
            None => self.fail(span, format!("@{name} is not declared")),
        }
    }

    pub(super) fn aggregate_id(&mut self, what: &str) -> Parse<Aggregate> {
        let (name, span) = self.name(TokenKind::Aggregate, what)?;
        match self.aggregate_names.get(&*name) {
            Some(id) => Ok(*id),
            None => self.fail(span, format!("there is no type %{name}")),
        }
    }

    /// The bytes of text in quotes.
    pub(super) fn quoted(&mut self, what: &str) -> Parse<Vec<u8>> {
        let token = self.peek();
        if token.kind != TokenKind::Quoted {
            return self.expected(what);
        }
        self.at += 1;
        self.unescape(&self.text[token.lo as usize + 1..token.hi as usize - 1], token)
    }

    /// Text in quotes that must be UTF-8.
    pub(super) fn string(&mut self, what: &str) -> Parse<Box<str>> {
        let token = self.peek();
        match String::from_utf8(self.quoted(what)?) {
            Ok(text) => Ok(text.into()),
            Err(_) => self.fail(self.span(token), "this text is not UTF-8"),
        }
    }

    fn unescape(&mut self, text: &[u8], token: Token) -> Parse<Vec<u8>> {
        let mut out = Vec::with_capacity(text.len());
        let mut rest = text;
        while let Some((byte, after)) = rest.split_first() {
            rest = after;
            if *byte != b'\\' {
                out.push(*byte);
                continue;
            }
            let Some((escape, after)) = rest.split_first() else { break };
            rest = after;
            out.push(match escape {
                b'n' => b'\n',
                b't' => b'\t',
                b'r' => b'\r',
                b'0' => 0,
                b'"' | b'\\' => *escape,
                b'x' if rest.len() >= 2 => {
                    let digits = std::str::from_utf8(&rest[..2]).ok();
                    let value = digits.and_then(|d| u8::from_str_radix(d, 16).ok());
                    rest = &rest[2..];
                    match value {
                        Some(value) => value,
                        None => {
                            return self
                                .fail(self.span(token), "expected two hexadecimal digits after '\\x'");
                        }
                    }
                }
                _ => {
                    return self.fail(
                        self.span(token),
                        "unknown escape in text; known are \\n \\t \\r \\0 \\\" \\\\ \\xHH",
                    );
                }
            });
        }
        Ok(out)
    }

    /// A whole number with optional sign, decimal or hexadecimal.
    pub(super) fn int(&mut self, what: &str) -> Parse<i128> {
        let start = self.peek();
        let negative = self.take_punct(b'-');
        let token = self.peek();
        if token.kind != TokenKind::Number {
            return self.expected(what);
        }
        self.at += 1;
        let text = self.word_text(token);
        let parsed = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
            Some(digits) => u128::from_str_radix(digits, 16),
            None => text.parse::<u128>(),
        };
        match parsed {
            Ok(value) if negative && value <= 1 << 127 => Ok((value as i128).wrapping_neg()),
            Ok(value) if !negative && (value <= i128::MAX as u128 || text.starts_with("0x")) => {
                Ok(value as i128)
            }
            _ => self.fail(self.span(start).to(self.span(token)), format!("expected {what}, found '{text}'")),
        }
    }

    /// A whole number in a range.
    pub(super) fn number_in(&mut self, what: &str, low: i128, high: i128) -> Parse<i128> {
        let token = self.peek();
        let value = self.int(what)?;
        if (low..=high).contains(&value) {
            return Ok(value);
        }
        self.fail(self.span(token), format!("expected {what} from {low} to {high}, found {value}"))
    }

    pub(super) fn unsigned(&mut self, what: &str) -> Parse<u64> {
        Ok(self.number_in(what, 0, u64::MAX.into())? as u64)
    }

    pub(super) fn u32(&mut self, what: &str) -> Parse<u32> {
        Ok(self.number_in(what, 0, u32::MAX.into())? as u32)
    }

    /// A 64-bit immediate; numbers up to 2^64 - 1 stand for their bits.
    pub(super) fn imm64(&mut self, what: &str) -> Parse<i64> {
        Ok(self.number_in(what, i64::MIN.into(), u64::MAX.into())? as i64)
    }

    /// ` + 8`, ` - 8`, or nothing.
    pub(super) fn addend(&mut self) -> Parse<i64> {
        if self.peek().starts_line {
            return Ok(0);
        }
        if self.take_punct(b'+') {
            return Ok(self.number_in("a number after '+'", i64::MIN.into(), i64::MAX.into())? as i64);
        }
        if self.take_punct(b'-') {
            let value = self.number_in("a number after '-'", 0, 1 << 63)?;
            return Ok((-value) as i64);
        }
        Ok(0)
    }

    /// An alignment: a power of two below 2^31.
    pub(super) fn align(&mut self) -> Parse<u32> {
        let token = self.peek();
        let value = self.number_in("an alignment", 1, 1 << 30)? as u32;
        if value.is_power_of_two() {
            return Ok(value);
        }
        self.fail(self.span(token), format!("expected a power of two as alignment, found {value}"))
    }

    /// `at N` at the end of a line.
    pub(super) fn optional_at(&mut self) -> Parse<Option<Loc>> {
        if self.peek().starts_line || !self.take_word("at") {
            return Ok(None);
        }
        Ok(Some(Loc(self.u32("a position after 'at'")?)))
    }

    pub(super) fn ty(&mut self, what: &str) -> Parse<crate::Type> {
        match self.peek_word().and_then(crate::Type::from_name) {
            Some(ty) => {
                self.at += 1;
                Ok(ty)
            }
            None => self.expected(what),
        }
    }
}
