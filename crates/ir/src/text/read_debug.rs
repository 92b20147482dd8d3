//! Reading debug types, scopes and variables.

use super::lexer::TokenKind;
use super::read::{Parse, Reader};
use super::write_items::qualifier_word;
use crate::debug::*;
use crate::entity::*;
use lathe_diag::Loc;

const QUALIFIERS: [Qualifier; 4] =
    [Qualifier::Const, Qualifier::Volatile, Qualifier::Restrict, Qualifier::Atomic];

impl Reader<'_> {
    fn text(&mut self, what: &str) -> Parse<String> {
        Ok(self.string(what)?.to_string())
    }

    /// The number of a new entity must be the next one.
    fn next_number(&mut self, prefix: &str, next: usize) -> Parse<()> {
        let token = self.peek();
        let number = self.entity_number(prefix, &format!("'{prefix}{next}'"))?;
        if number as usize == next {
            return self.punct(b'=', "'='");
        }
        self.fail(self.span(token), format!("expected {prefix}{next}, found {prefix}{number}"))
    }

    pub(super) fn debug_type(&mut self) -> Parse<()> {
        self.next_number("dtype", self.module.debug_types.len())?;
        let token = self.peek();
        let word = self.word("a kind of debug type")?;
        let ty = match word {
            "base" => {
                let name = self.text("a name")?;
                self.comma()?;
                self.keyword("encoding")?;
                let encoding = self.number_in("an encoding", 0, 255)? as u8;
                self.comma()?;
                self.keyword("size")?;
                DebugTypeData::Base { name, encoding, size: self.unsigned("a size")? }
            }
            "pointer" => DebugTypeData::Pointer(self.dtype_or_void()?),
            "typedef" => {
                let name = self.text("a name")?;
                let target = self.dtype_or_void()?;
                DebugTypeData::Typedef { name, target, loc: self.debug_loc()? }
            }
            "struct" | "union" => self.composite(word == "union")?,
            "enum" => self.enumeration()?,
            "array" => {
                let element = self.dtype()?;
                let mut counts = Vec::new();
                while self.take_punct(b'[') {
                    counts.push(if self.is_punct(b']') { None } else { Some(self.unsigned("a count")?) });
                    self.punct(b']', "']'")?;
                }
                DebugTypeData::Array { element, counts }
            }
            "function" => self.subroutine()?,
            _ => match QUALIFIERS.iter().find(|q| qualifier_word(**q) == word) {
                Some(qualifier) => DebugTypeData::Qualified(*qualifier, self.dtype_or_void()?),
                None => return self.fail(self.span(token), "expected a kind of debug type"),
            },
        };
        self.module.debug_types.push(ty);
        Ok(())
    }

    fn keyword(&mut self, word: &str) -> Parse<()> {
        if self.take_word(word) { Ok(()) } else { self.expected(&format!("'{word}'")) }
    }

    fn dtype(&mut self) -> Parse<DebugType> {
        Ok(DebugType(self.entity_number("dtype", "a debug type ('dtype…')")?))
    }

    fn dtype_or_void(&mut self) -> Parse<Option<DebugType>> {
        if self.take_word("void") { Ok(None) } else { Ok(Some(self.dtype()?)) }
    }

    fn debug_loc(&mut self) -> Parse<Loc> {
        Ok(self.optional_at()?.unwrap_or_default())
    }

    fn composite(&mut self, is_union: bool) -> Parse<DebugTypeData> {
        let name = self.text("a tag, or \"\"")?;
        let size = if self.take_word("size") { Some(self.unsigned("a size")?) } else { None };
        self.punct(b'{', "'{'")?;
        let mut members = Vec::new();
        while !self.take_punct(b'}') {
            if !members.is_empty() {
                self.comma()?;
            }
            let name = self.text("a member's name, or '}'")?;
            self.punct(b':', "':'")?;
            let ty = self.dtype()?;
            self.keyword("offset")?;
            let offset = self.unsigned("an offset")?;
            let mut bits = None;
            if self.take_word("bits") {
                bits = Some((self.unsigned("an offset in bits")?, self.u32("a width in bits")?));
            }
            members.push(DebugMember { name, ty, offset, bits });
        }
        Ok(DebugTypeData::Composite { is_union, name, size, members, loc: self.debug_loc()? })
    }

    fn enumeration(&mut self) -> Parse<DebugTypeData> {
        let name = self.text("a tag, or \"\"")?;
        self.keyword("size")?;
        let size = self.unsigned("a size")?;
        self.punct(b'{', "'{'")?;
        let mut enumerators = Vec::new();
        while !self.take_punct(b'}') {
            if !enumerators.is_empty() {
                self.comma()?;
            }
            let name = self.text("an enumerator's name, or '}'")?;
            self.punct(b'=', "'='")?;
            enumerators.push((name, self.imm64("a value")?));
        }
        Ok(DebugTypeData::Enumeration { name, size, enumerators, loc: self.debug_loc()? })
    }

    fn subroutine(&mut self) -> Parse<DebugTypeData> {
        self.punct(b'(', "'('")?;
        let mut params = Vec::new();
        let mut variadic = false;
        while !self.take_punct(b')') {
            if variadic {
                return self.expected("')'");
            }
            if !params.is_empty() {
                self.comma()?;
            }
            if self.peek().kind == TokenKind::Dots {
                self.at += 1;
                variadic = true;
            } else {
                params.push(self.dtype()?);
            }
        }
        if self.peek().kind != TokenKind::Arrow {
            return self.expected("'->'");
        }
        self.at += 1;
        Ok(DebugTypeData::Subroutine { result: self.dtype_or_void()?, params, variadic })
    }

    pub(super) fn debug_scope(&mut self) -> Parse<()> {
        self.next_number("dscope", self.module.debug_scopes.len())?;
        let name = match self.word("'function' or 'block'")? {
            "function" => Some(self.text("a name")?),
            "block" => None,
            _ => return self.expected_before("'function' or 'block'"),
        };
        let mut scope = DebugScopeData {
            parent: None,
            name,
            ty: None,
            symbol: None,
            loc: Loc::NONE,
            end: Loc::NONE,
            inlined_at: None,
        };
        while self.take_punct(b',') {
            match self.word("an attribute of a scope")? {
                "parent" => scope.parent = Some(DebugScope(self.entity_number("dscope", "a debug scope")?)),
                "type" => scope.ty = Some(self.dtype()?),
                "symbol" => scope.symbol = Some(self.symbol("a symbol")?),
                "inlined_at" => scope.inlined_at = Some(Loc(self.u32("a position")?)),
                "at" => scope.loc = Loc(self.u32("a position")?),
                "until" => scope.end = Loc(self.u32("a position")?),
                _ => {
                    return self.expected_before("'parent', 'type', 'symbol', 'inlined_at', 'at' or 'until'");
                }
            }
        }
        self.module.debug_scopes.push(scope);
        Ok(())
    }

    pub(super) fn debug_variable(&mut self) -> Parse<()> {
        self.next_number("dvar", self.module.debug_variables.len())?;
        let name = self.text("a name")?;
        self.punct(b':', "':'")?;
        let ty = self.dtype()?;
        let mut variable =
            DebugVariableData { name, ty, scope: None, param: 0, loc: Loc::NONE, symbol: None };
        while self.take_punct(b',') {
            match self.word("an attribute of a variable")? {
                "scope" => variable.scope = Some(DebugScope(self.entity_number("dscope", "a debug scope")?)),
                "param" => variable.param = self.u32("a parameter number")?,
                "symbol" => variable.symbol = Some(self.symbol("a symbol")?),
                "at" => variable.loc = Loc(self.u32("a position")?),
                _ => return self.expected_before("'scope', 'param', 'symbol' or 'at'"),
            }
        }
        self.module.debug_variables.push(variable);
        Ok(())
    }

    /// All numbers of debug entities must exist; they may stand before their definitions.
    pub(super) fn check_debug_references(&mut self) {
        if let Some(message) = crate::verify::debug_references(&self.module).into_iter().next() {
            self.error(lathe_diag::Span::NONE, message);
        }
    }
}
