//! Symbol attributes, assignments, common symbols, versions.

use crate::assembler::Assembler;
use crate::cursor::Cursor;
use lathe_diag::Loc;
use lathe_isa::SymbolId;
use lathe_mc::{Common, SymbolAttribute, SymbolBinding, SymbolKind, SymbolVisibility};

impl Assembler<'_> {
    /// A symbol name, quoted or not.
    pub(super) fn symbol_operand(&mut self, cursor: &mut Cursor<'_>) -> Option<SymbolId> {
        cursor.skip_space();
        let loc = cursor.loc();
        if cursor.peek() == Some(b'"') {
            let mut name = Vec::new();
            if !cursor.string(&mut name) {
                self.error(loc, "unterminated string");
                return None;
            }
            return self.name_symbol(&name, loc);
        }
        let name = cursor.name();
        if name.is_empty() {
            self.error(loc, "expected symbol name");
            return None;
        }
        self.name_symbol(name, loc)
    }

    fn each_symbol(&mut self, cursor: &mut Cursor<'_>, mut act: impl FnMut(&mut Self, SymbolId)) {
        loop {
            let Some(symbol) = self.symbol_operand(cursor) else { return };
            act(self, symbol);
            if !cursor.eat_comma() {
                return;
            }
        }
    }

    pub(super) fn binding(&mut self, cursor: &mut Cursor<'_>, binding: SymbolBinding, loc: Loc) {
        self.each_symbol(cursor, |this, symbol| {
            this.streamer.symbol_attribute(symbol, SymbolAttribute::Binding(binding), loc);
        });
    }

    pub(super) fn visibility(&mut self, cursor: &mut Cursor<'_>, visibility: SymbolVisibility, loc: Loc) {
        self.each_symbol(cursor, |this, symbol| {
            this.streamer.symbol_attribute(symbol, SymbolAttribute::Visibility(visibility), loc);
        });
    }

    pub(super) fn symbol_type(&mut self, cursor: &mut Cursor<'_>, loc: Loc) {
        let Some(symbol) = self.symbol_operand(cursor) else { return };
        let _ = cursor.eat_comma();
        cursor.skip_space();
        let mut quoted = Vec::new();
        let start = cursor.at;
        let name: &[u8] = if cursor.peek() == Some(b'"') {
            cursor.string(&mut quoted);
            &quoted
        } else {
            if matches!(cursor.peek(), Some(b'@' | b'%' | b'#')) {
                cursor.at += 1;
            }
            cursor.name()
        };
        let attribute = match name {
            b"function" | b"STT_FUNC" => SymbolAttribute::Kind(SymbolKind::Function),
            b"object" | b"STT_OBJECT" => SymbolAttribute::Kind(SymbolKind::Object),
            b"tls_object" | b"STT_TLS" => SymbolAttribute::Kind(SymbolKind::ThreadLocal),
            b"notype" | b"STT_NOTYPE" => SymbolAttribute::Kind(SymbolKind::None),
            b"common" | b"STT_COMMON" => SymbolAttribute::Kind(SymbolKind::Common),
            b"gnu_indirect_function" | b"STT_GNU_IFUNC" => {
                SymbolAttribute::Kind(SymbolKind::IndirectFunction)
            }
            b"gnu_unique_object" => {
                let unique = SymbolAttribute::Binding(SymbolBinding::Unique);
                self.streamer.symbol_attribute(symbol, unique, loc);
                SymbolAttribute::Kind(SymbolKind::Object)
            }
            other => {
                let shown = String::from_utf8_lossy(other).into_owned();
                self.error(cursor.span_from(start), format!("unrecognized symbol type \"{shown}\""));
                return;
            }
        };
        self.streamer.symbol_attribute(symbol, attribute, loc);
    }

    pub(super) fn symbol_size(&mut self, cursor: &mut Cursor<'_>, loc: Loc) {
        let Some(symbol) = self.symbol_operand(cursor) else { return };
        if !cursor.eat_comma() {
            self.error(cursor.loc(), "expected comma after name in .size directive");
            return;
        }
        if let Some(size) = self.expression(cursor) {
            self.streamer.symbol_attribute(symbol, SymbolAttribute::Size(size), loc);
        }
    }

    pub(super) fn common(&mut self, cursor: &mut Cursor<'_>, local: bool, loc: Loc) {
        let Some(symbol) = self.symbol_operand(cursor) else { return };
        let _ = cursor.eat_comma();
        let Some(size) = self.absolute(cursor) else { return };
        if size < 0 {
            self.error(loc, format!("size ({size}) out of range, ignored"));
            return;
        }
        let mut align_log2 = None;
        if cursor.eat_comma() {
            let Some(align) = self.absolute(cursor) else { return };
            if align < 1 || align & (align - 1) != 0 {
                self.error(loc, "alignment not a power of 2");
                return;
            }
            align_log2 = Some(align.trailing_zeros() as u8);
        }
        if local && align_log2.is_none() {
            // GNU as aligns by size, up to 8 bytes.
            align_log2 = Some(size.max(1).ilog2().min(3) as u8);
        }
        self.defined.insert(symbol);
        let common = Common { size_bytes: size as u64, align_log2, local };
        self.streamer.common(symbol, common, loc);
    }

    pub(super) fn set(&mut self, cursor: &mut Cursor<'_>, once: bool, loc: Loc) {
        let Some(symbol) = self.symbol_operand(cursor) else { return };
        if !cursor.eat_comma() {
            self.error(cursor.loc(), "expected comma after name");
            return;
        }
        if let Some(value) = self.expression(cursor) {
            self.set_symbol(symbol, value, once, loc);
        }
    }

    pub(super) fn symbol_version(&mut self, cursor: &mut Cursor<'_>, loc: Loc) {
        let Some(symbol) = self.symbol_operand(cursor) else { return };
        let _ = cursor.eat_comma();
        cursor.skip_space();
        let start = cursor.at;
        while cursor.peek().is_some_and(|b| !matches!(b, b',' | b' ' | b'\t')) {
            cursor.at += 1;
        }
        let text = String::from_utf8_lossy(&cursor.text[start..cursor.at]).into_owned();
        if !text.contains('@') {
            self.error(cursor.span_from(start), "missing version name in `.symver'");
            return;
        }
        // `, remove`, `, local`, `, hidden`
        if cursor.eat_comma() {
            let visibility = match cursor.name() {
                b"hidden" => Some(SymbolVisibility::Hidden),
                _ => None,
            };
            if let Some(visibility) = visibility {
                self.streamer.symbol_attribute(symbol, SymbolAttribute::Visibility(visibility), loc);
            }
        }
        self.streamer.symbol_attribute(symbol, SymbolAttribute::Version(text.into()), loc);
    }

    pub(super) fn weak_reference(&mut self, cursor: &mut Cursor<'_>, loc: Loc) {
        let Some(symbol) = self.symbol_operand(cursor) else { return };
        let _ = cursor.eat_comma();
        let Some(target) = self.symbol_operand(cursor) else { return };
        self.streamer.symbol_attribute(symbol, SymbolAttribute::WeakReference(target), loc);
    }

    pub(super) fn relocation(&mut self, cursor: &mut Cursor<'_>, loc: Loc) {
        let Some(offset) = self.expression(cursor) else { return };
        let _ = cursor.eat_comma();
        let name = String::from_utf8_lossy(cursor.name()).into_owned();
        let value = if cursor.eat_comma() { self.expression(cursor) } else { None };
        self.streamer.relocation(offset, &name, value, loc);
    }
}
