//! `#include` and its kin: the search for headers, and the cache of files.
//!
//! A file is read once. A file that is guarded by a macro (or `#pragma once`) is not entered again
//! while the macro is defined; one that is not guarded is entered again over the same bytes.

use super::buffer::{Buffer, path_prefix};
use super::options::{DirectoryKind, Options};
use super::output::Event;
use super::{Dependency, Preprocessor, sink};
use crate::headers;
use crate::intern::Name;
use crate::lex::scan;
use crate::token::{Literal, Token, TokenFlags, TokenKind};
use lathe_diag::{Diagnostic, Loc, Severity, Span};
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// A directory of the search list.
#[derive(Clone, Debug)]
struct SearchDirectory {
    /// With its slash.
    prefix: String,
    system: bool,
}

/// A file that was read.
struct CachedFile {
    path: String,
    text: Arc<[u8]>,
    guard: Option<Name>,
    once: bool,
    entered: bool,
    identity: Identity,
}

/// Device and inode: two paths of one file.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Identity {
    File(u64, u64),
    Embedded(usize),
}

/// Files by path, and the search list.
pub(super) struct FileCache {
    files: Vec<CachedFile>,
    /// `None`: known not to exist.
    by_path: FxHashMap<String, Option<usize>>,
    by_identity: FxHashMap<Identity, usize>,
    once_seen: bool,
    directories: Vec<SearchDirectory>,
    /// Where `<…>` begins in `directories`.
    bracket_start: usize,
    no_files: bool,
}

fn identity_of(metadata: &std::fs::Metadata) -> Identity {
    use std::os::unix::fs::MetadataExt;
    Identity::File(metadata.dev(), metadata.ino())
}

fn with_slash(directory: &str) -> String {
    if directory.ends_with('/') || directory.is_empty() {
        directory.to_string()
    } else {
        format!("{directory}/")
    }
}

impl FileCache {
    pub fn new(options: &Options) -> FileCache {
        let mut cache = FileCache {
            files: Vec::new(),
            by_path: FxHashMap::default(),
            by_identity: FxHashMap::default(),
            once_seen: false,
            directories: Vec::new(),
            bracket_start: 0,
            no_files: options.no_files,
        };
        if options.no_files {
            return cache;
        }
        let mut list: Vec<(DirectoryKind, &str)> =
            options.directories.iter().map(|(kind, path)| (*kind, path.as_str())).collect();
        if options.no_standard_include {
            list.retain(|(kind, _)| *kind != DirectoryKind::Standard);
        } else {
            list.push((DirectoryKind::Standard, headers::DIRECTORY));
            // Lathe's own headers are the first of the standard directories.
            list.rotate_right(1);
        }
        list.sort_by_key(|(kind, _)| *kind);
        cache.set_directories(&list);
        cache
    }

    /// gcc drops directories that do not exist, repeated ones, and a `-I` one that is a system one too.
    fn set_directories(&mut self, list: &[(DirectoryKind, &str)]) {
        let identities: Vec<Option<Identity>> = list
            .iter()
            .map(|(_, path)| match *path {
                headers::DIRECTORY => Some(Identity::Embedded(usize::MAX)),
                path => match std::fs::metadata(path) {
                    Ok(metadata) if metadata.is_dir() => Some(identity_of(&metadata)),
                    _ => None,
                },
            })
            .collect();
        for (index, (kind, path)) in list.iter().enumerate() {
            let Some(identity) = identities[index] else { continue };
            let same = |other: usize| identities[other] == Some(identity);
            let bracket = *kind != DirectoryKind::Quote;
            let earlier =
                (0..index).any(|other| same(other) && (list[other].0 != DirectoryKind::Quote) == bracket);
            let system_later = *kind == DirectoryKind::Include
                && (index + 1..list.len()).any(|other| same(other) && list[other].0 > DirectoryKind::Include);
            // Of equal system directories the first stays; a `-I` one gives way to a system one.
            let earlier_counts = earlier
                && !(*kind > DirectoryKind::Include
                    && (0..index).all(|o| !same(o) || list[o].0 <= DirectoryKind::Include));
            if earlier_counts || system_later {
                continue;
            }
            if !bracket {
                self.bracket_start += 1;
            }
            self.directories
                .push(SearchDirectory { prefix: with_slash(path), system: *kind > DirectoryKind::Include });
        }
    }

    pub fn set_guard(&mut self, file: usize, guard: Name) {
        self.files[file].guard = Some(guard);
    }

    /// The file at a path, read at most once. `Err`: it exists but cannot be read.
    fn open(&mut self, path: &str) -> Result<Option<usize>, std::io::Error> {
        if let Some(known) = self.by_path.get(path) {
            return Ok(*known);
        }
        let found = self.read(path);
        if let Ok(found) = &found {
            self.by_path.insert(path.to_string(), *found);
        }
        found
    }

    fn read(&mut self, path: &str) -> Result<Option<usize>, std::io::Error> {
        if let Some(name) = path.strip_prefix(headers::DIRECTORY) {
            let Some((index, text)) = headers::find(name.trim_start_matches('/')) else { return Ok(None) };
            return Ok(Some(self.add(path, text.as_bytes().into(), Identity::Embedded(index))));
        }
        if self.no_files {
            return Ok(None);
        }
        let metadata = match std::fs::metadata(path) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => return Err(error),
            Err(_) => return Ok(None),
        };
        if metadata.is_dir() {
            return Ok(None);
        }
        let identity = identity_of(&metadata);
        let text: Arc<[u8]> = match self.by_identity.get(&identity) {
            Some(same) => self.files[*same].text.clone(),
            None => std::fs::read(path)?.into(),
        };
        Ok(Some(self.add(path, text, identity)))
    }

    fn add(&mut self, path: &str, text: Arc<[u8]>, identity: Identity) -> usize {
        let index = self.files.len();
        self.files.push(CachedFile {
            path: path.to_string(),
            text,
            guard: None,
            once: false,
            entered: false,
            identity,
        });
        self.by_identity.entry(identity).or_insert(index);
        index
    }

    /// Marks a file as `#pragma once`.
    pub fn set_once(&mut self, file: usize) {
        self.files[file].once = true;
        self.once_seen = true;
    }

    fn entered_once(&self, file: usize) -> bool {
        if !self.once_seen {
            return false;
        }
        let identity = self.files[file].identity;
        // Another path of the same file, or a copy of it (gcc compares contents too).
        self.files.iter().any(|f| {
            f.once
                && f.entered
                && (f.identity == identity
                    || (f.text.len() == self.files[file].text.len() && f.text == self.files[file].text))
        })
    }
}

/// What an `#include` names.
#[derive(Clone, Debug)]
pub(super) struct HeaderName {
    pub path: String,
    pub brackets: bool,
    pub span: Span,
}

/// Where a header was found.
pub(super) struct Found {
    pub cached: usize,
    pub directory: Option<usize>,
    pub system: bool,
}

impl Preprocessor<'_> {
    /// Reads the header name of an `#include`-like directive; expands macros where it is none.
    pub(super) fn header_name(&mut self, directive: &str) -> Option<HeaderName> {
        if let Some(header) = self.bracketed_name() {
            return Some(header);
        }
        let token = self.expand_token();
        match token.kind {
            TokenKind::String => {
                let spelling = self.literal(token.literal());
                let inner = spelling.strip_prefix(b"\"").and_then(|s| s.strip_suffix(b"\""));
                let Some(inner) = inner else {
                    self.error(token.span(), format!("#{directive} expects \"FILENAME\" or <FILENAME>"));
                    return None;
                };
                let path = String::from_utf8_lossy(inner).into_owned();
                Some(HeaderName { path, brackets: false, span: token.span() })
            }
            TokenKind::Less => self.pasted_name(token),
            _ => {
                self.error(token.span(), format!("#{directive} expects \"FILENAME\" or <FILENAME>"));
                None
            }
        }
    }

    /// `<name>` directly in the text; also `"name"`, whose backslashes are no escapes.
    fn bracketed_name(&mut self) -> Option<HeaderName> {
        if !self.contexts.is_empty() {
            return None;
        }
        let text = &self.lexer.text;
        let start = scan::skip_blank(text, self.lexer.pos, false, self.lexer_features.line_comments);
        let close = match scan::at(text, start) {
            b'<' => b'>',
            b'"' => b'"',
            _ => return None,
        };
        let (line, places, _) = scan::logical_text(text, start, usize::MAX);
        let end = line.iter().skip(1).position(|b| *b == close)? + 1;
        let path = String::from_utf8_lossy(&line[1..end]).into_owned();
        let span = Span::new(self.lexer.base.plus(start as u32), end as u32 + 1);
        self.lexer.pos = places[end + 1];
        self.lexer.line_start = false;
        Some(HeaderName { path, brackets: close == b'>', span })
    }

    /// `<` from a macro: the spellings up to `>` are the name.
    fn pasted_name(&mut self, open: Token) -> Option<HeaderName> {
        let mut path = String::new();
        loop {
            let token = self.expand_token();
            match token.kind {
                TokenKind::Greater => {
                    return Some(HeaderName { path, brackets: true, span: open.span() });
                }
                TokenKind::EndOfLine | TokenKind::Eof => {
                    self.error(open.span(), "missing terminating > character");
                    return Some(HeaderName { path, brackets: true, span: open.span() });
                }
                _ => {
                    if token.flags.has(TokenFlags::LEADING_SPACE) && !path.is_empty() {
                        path.push(' ');
                    }
                    path.push_str(&self.spelling(token));
                }
            }
        }
    }

    /// Searches for a header. `after`: only directories behind this one (`#include_next`).
    pub(super) fn find_header(
        &mut self,
        header: &HeaderName,
        next: bool,
    ) -> Result<Option<Found>, (String, std::io::Error)> {
        let name = &header.path;
        if name.starts_with('/') {
            let found = self.files.open(name).map_err(|e| (name.clone(), e))?;
            let system = self.buffers.last().is_some_and(|b| b.system);
            return Ok(found.map(|cached| Found { cached, directory: None, system }));
        }
        let mut start = if header.brackets { self.files.bracket_start } else { 0 };
        let mut look_here = !header.brackets;
        if next
            && let Some(buffer) = self.buffers.last()
            && self.include_level() > 0
        {
            start = buffer.directory.map_or(start, |d| d + 1);
            look_here = false;
        }
        if look_here && let Some(buffer) = self.buffers.iter().rev().find(|b| !b.internal) {
            let path = format!("{}{name}", buffer.path_prefix);
            let (system, directory) = (buffer.system, None);
            if let Some(cached) = self.files.open(&path).map_err(|e| (path, e))? {
                return Ok(Some(Found { cached, directory, system }));
            }
        }
        for index in start..self.files.directories.len() {
            let directory = &self.files.directories[index];
            let path = format!("{}{name}", directory.prefix);
            let system = directory.system;
            if let Some(cached) = self.files.open(&path).map_err(|e| (path, e))? {
                return Ok(Some(Found { cached, directory: Some(index), system }));
            }
        }
        Ok(None)
    }

    /// `#include` and `#include_next`, after the directive's name.
    pub(super) fn include_directive(&mut self, directive: Token, next: bool) {
        let text = if next { "include_next" } else { "include" };
        let Some(header) = self.header_name(text) else { return };
        if header.path.is_empty() {
            self.error(header.span, format!("empty filename in #{text}"));
            return;
        }
        self.end_of_directive(text);
        if next && self.include_level() == 0 {
            self.warn(directive.span(), "#include_next in primary source file");
        }
        self.include_header(&header, next, directive.loc);
    }

    pub(super) fn import_directive(&mut self, directive: Token) {
        self.warn_flag(directive.span(), "deprecated", "#import is a deprecated GCC extension");
        let Some(header) = self.header_name("import") else { return };
        self.end_of_directive("import");
        if let Ok(Some(found)) = self.find_header(&header, false)
            && !self.files.entered_once(found.cached)
        {
            self.files.set_once(found.cached);
        }
        self.include_header(&header, false, directive.loc);
    }

    fn include_header(&mut self, header: &HeaderName, next: bool, directive: Loc) {
        if self.include_too_deep(header.span) {
            return;
        }
        let found = match self.find_header(header, next) {
            Ok(found) => found,
            Err((path, error)) => {
                let message = format!("{path}: {}", error_text(&error));
                self.fatal(header.span, message);
                return;
            }
        };
        let Some(found) = found else {
            if self.options.missing_headers_are_generated {
                self.dependencies.push(Dependency { path: header.path.clone(), system: header.brackets });
                return;
            }
            self.fatal(header.span, format!("{}: No such file or directory", header.path));
            return;
        };
        // The includer goes on at the next line.
        self.finish_line();
        self.record(|_| {
            let (open, close) = if header.brackets { ('<', '>') } else { ('"', '"') };
            Event::Include(format!("{open}{}{close}", header.path))
        });
        self.enter_file(found, directive);
    }

    /// A message after which nothing is read any more, as in gcc.
    pub(super) fn fatal(&mut self, span: Span, message: String) {
        self.diagnostics.push(Diagnostic::new(Severity::Fatal, span, message));
        self.stop();
    }

    /// Ends the translation unit: everything that is open is dropped.
    pub(super) fn stop(&mut self) {
        self.conditionals.clear();
        for buffer in &mut self.buffers {
            buffer.conditionals_below = 0;
            if let Some(lexer) = &mut buffer.suspended {
                lexer.pos = lexer.text.len();
            }
        }
        self.lexer.pos = self.lexer.text.len();
    }

    /// Whether a file is protected against being read again now.
    fn is_guarded(&self, cached: usize) -> bool {
        let file = &self.files.files[cached];
        file.guard.is_some_and(|guard| self.is_defined(guard)) || self.files.entered_once(cached)
    }

    fn enter_file(&mut self, found: Found, included_at: Loc) {
        if self.is_guarded(found.cached) {
            return;
        }
        let file = &mut self.files.files[found.cached];
        let first_time = !std::mem::replace(&mut file.entered, true);
        let (path, text) = (file.path.clone(), file.text.clone());
        if first_time && !path.starts_with(headers::DIRECTORY) {
            self.dependencies.push(Dependency { path: path.clone(), system: found.system });
        }
        if self.options.trace_headers {
            self.header_trace.push(format!("{} {path}", ".".repeat(self.include_level() + 1)));
        }
        let Ok(source) = self.sources.add(path.clone(), text.clone(), included_at) else {
            self.fatal(included_at.into(), "too much source text (4 GiB limit)".to_string());
            return;
        };
        let mut lexer = self.file_lexer(&text, self.sources.file(source).start);
        if found.system {
            lexer.file_flags = TokenFlags::SYSTEM;
        }
        self.note_system(source, 0, found.system);
        let buffer = Buffer {
            suspended: None,
            source,
            cached: Some(found.cached),
            directory: found.directory,
            path_prefix: path_prefix(&path),
            system: found.system,
            conditionals_below: 0,
            conditional_seen: false,
            internal: false,
            from_command_line: !included_at.is_some(),
        };
        self.push_buffer(buffer, lexer);
        let system = found.system;
        if included_at.is_some() {
            self.record(|_| Event::Enter { source, system, resume: None });
        }
    }

    /// `-include` and `-imacros`: found like `#include "…"` from the working directory.
    pub(super) fn include_from_command_line(&mut self, name: &str) -> bool {
        let header = HeaderName { path: name.to_string(), brackets: false, span: Span::NONE };
        let depth = self.buffers.len();
        let prefix = self.buffers.last_mut().map(|b| std::mem::replace(&mut b.path_prefix, "./".to_string()));
        let found = self.find_header(&header, false);
        if let (Some(buffer), Some(prefix)) = (self.buffers.last_mut(), prefix) {
            buffer.path_prefix = prefix;
        }
        match found {
            Ok(Some(found)) => self.enter_file(found, Loc::NONE),
            Ok(None) => self.fatal(Span::NONE, format!("{name}: No such file or directory")),
            Err((path, error)) => self.fatal(Span::NONE, format!("{path}: {}", error_text(&error))),
        }
        self.buffers.len() > depth
    }

    /// `<stdc-predef.h>`: what the C library says about itself (`__STDC_IEC_559__`), read before the main
    /// file where it exists, as in gcc.
    pub(super) fn include_library_macros(&mut self) {
        let header = HeaderName { path: "stdc-predef.h".to_string(), brackets: true, span: Span::NONE };
        if let Ok(Some(found)) = self.find_header(&header, false) {
            self.enter_file(found, Loc::NONE);
        }
    }

    /// The operand of `__has_include`: `(<name>)` or `("name")` after its name.
    pub(super) fn has_include(&mut self, name: Token, next: bool) -> bool {
        let shown = self.interner.text(name.name()).into_owned();
        if !self.in_condition {
            self.error(name.span(), format!("\"{shown}\" used outside of preprocessing directive"));
        }
        let open = self.at_open_paren();
        if open {
            self.raw_token();
        } else {
            self.error(name.span(), format!("missing '(' before \"{shown}\" operand"));
        }
        let header = match self.bracketed_name() {
            Some(header) => Some(header),
            None => {
                let token = self.expand_token();
                match token.kind {
                    TokenKind::String => {
                        let path = self.plain_string(token.literal()).unwrap_or_default();
                        Some(HeaderName { path, brackets: false, span: token.span() })
                    }
                    TokenKind::Less => self.pasted_name(token),
                    _ => {
                        let message = format!("operator \"{shown}\" requires a header-name");
                        self.error(name.span(), message);
                        None
                    }
                }
            }
        };
        if open && header.is_some() {
            let close = self.raw_token();
            if close.kind != TokenKind::RightParen {
                self.error(close.span(), format!("missing ')' after \"{shown}\" operand"));
            }
        }
        header.is_some_and(|header| matches!(self.find_header(&header, next), Ok(Some(_))))
    }

    /// Reads a whole file for `#embed`; the search is `#include`'s.
    pub(super) fn embed_file(
        &mut self,
        header: &HeaderName,
    ) -> Result<Option<Arc<[u8]>>, (String, std::io::Error)> {
        let found = self.find_header(header, false)?;
        Ok(found.map(|found| {
            let file = &mut self.files.files[found.cached];
            if !std::mem::replace(&mut file.entered, true) {
                let path = file.path.clone();
                self.dependencies.push(Dependency { path, system: found.system });
            }
            self.files.files[found.cached].text.clone()
        }))
    }

    /// The literal id of a text as a string literal.
    pub(super) fn string_literal(&mut self, text: &str) -> Literal {
        let mut spelling = String::with_capacity(text.len() + 2);
        spelling.push('"');
        for c in text.chars() {
            if matches!(c, '"' | '\\') {
                spelling.push('\\');
            }
            spelling.push(c);
        }
        spelling.push('"');
        Literal(self.literals.intern(spelling.as_bytes()).0)
    }

    /// A raw token for directives that read literally.
    pub(super) fn literal_token(&mut self) -> Token {
        self.lexer.next(&mut sink!(self))
    }
}

/// An I/O error as the C library words it.
pub(super) fn error_text(error: &std::io::Error) -> String {
    let text = error.to_string();
    match text.find(" (os error") {
        Some(end) => text[..end].to_string(),
        None => text,
    }
}
