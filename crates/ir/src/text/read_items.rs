//! Reading the module's items other than function bodies. The counterpart of `write_items`.

use super::lexer::TokenKind;
use super::read::{Parse, Reader};
use super::write::call_conv_name;
use super::write_items::*;
use crate::entity::*;
use crate::function::Function;
use crate::module::*;
use crate::signature::{CallConv, Extension, ParamType, Signature, SignatureParam};
use crate::types::{AggregateField, AggregateKind, FieldType, Type};
use lathe_diag::Loc;
use lathe_target::{CodeModel, FeatureSet, RelocModel, Target};
use std::sync::Arc;

impl<'a> Reader<'a> {
    pub(super) fn target(&mut self) -> Parse<()> {
        let span = self.span(self.peek());
        let name = self.string("a triple after 'target'")?;
        let mut target = match Target::from_triple(&name) {
            Ok(target) => target,
            Err(error) => return self.fail(span, error.to_string()),
        };
        while self.take_punct(b',') {
            let what = "'reloc', 'code' or 'feature'";
            match self.word(what)? {
                "reloc" => {
                    target.reloc_model = match self.word("a relocation model")? {
                        "static" => RelocModel::Static,
                        "pie" => RelocModel::Pie,
                        "pic" => RelocModel::Pic,
                        _ => return self.expected_before("'static', 'pie' or 'pic'"),
                    }
                }
                "code" => {
                    target.code_model = match self.word("a code model")? {
                        "small" => CodeModel::Small,
                        "kernel" => CodeModel::Kernel,
                        "medium" => CodeModel::Medium,
                        "large" => CodeModel::Large,
                        _ => return self.expected_before("'small', 'kernel', 'medium' or 'large'"),
                    }
                }
                "feature" => {
                    let span = self.span(self.peek());
                    let name = self.string("a feature")?;
                    let (on, bare) = match name.strip_prefix('-') {
                        Some(bare) => (false, bare),
                        None => (true, name.strip_prefix('+').unwrap_or(&name)),
                    };
                    let Some(feature) = FeatureSet::find(target.triple.arch, bare) else {
                        return self
                            .fail(span, format!("{} has no feature '{bare}'", target.triple.arch.name()));
                    };
                    let set = target.features;
                    target.features = if on { set.with(feature) } else { set.without(feature) };
                }
                _ => return self.expected_before(what),
            }
        }
        self.module.target = target;
        Ok(())
    }

    /// Fails at the token that was just taken.
    pub(super) fn expected_before<T>(&mut self, what: &str) -> Parse<T> {
        self.at -= 1;
        self.expected(what)
    }

    pub(super) fn aggregate(&mut self) -> Parse<()> {
        let span = self.span(self.peek());
        let id = self.aggregate_id("a type name after 'type'")?;
        if !self.mark_aggregate(id) {
            return self.fail(span, "this type is defined twice");
        }
        self.punct(b'=', "'='")?;
        let transparent = self.take_word("transparent");
        let kind = match self.peek_word() {
            Some("union") => AggregateKind::Union,
            Some("complex") => AggregateKind::Complex,
            _ => AggregateKind::Struct,
        };
        self.at += usize::from(kind != AggregateKind::Struct || self.peek_word() == Some("struct"));
        self.punct(b'{', "'{' before the fields")?;
        let mut fields = Vec::new();
        let (mut end, mut align) = (0u64, 1u32);
        while !self.is_punct(b'}') {
            if !fields.is_empty() {
                self.comma()?;
            }
            let (field, size, field_align) = self.aggregate_field(id, kind, end)?;
            end = end.max(field.offset.saturating_add(size.saturating_mul(field.count)));
            align = align.max(field_align);
            fields.push(field);
        }
        self.at += 1;
        let (mut size, mut given_align) = (None, None);
        while self.take_punct(b',') {
            match self.word("'size' or 'align'")? {
                "size" => size = Some(self.unsigned("a size in bytes")?),
                "align" => given_align = Some(self.align()?),
                _ => return self.expected_before("'size' or 'align'"),
            }
        }
        let data = &mut self.module.aggregates[id];
        data.kind = kind;
        data.transparent = transparent;
        data.fields = fields;
        data.size = size.unwrap_or(align_up(end, align));
        data.align = given_align.unwrap_or(align);
        Ok(())
    }

    fn aggregate_field(
        &mut self,
        id: Aggregate,
        kind: AggregateKind,
        end: u64,
    ) -> Parse<(AggregateField, u64, u32)> {
        let mut offset = None;
        if self.peek().kind == TokenKind::Number {
            offset = Some(self.unsigned("an offset")?);
            self.punct(b':', "':' after the offset")?;
        }
        let ty = if self.peek().kind == TokenKind::Aggregate {
            FieldType::Aggregate(self.aggregate_id("a type name")?)
        } else {
            FieldType::Scalar(self.ty("a type, or '}' after the fields")?)
        };
        let mut count = 1;
        if self.take_punct(b'[') {
            count = self.unsigned("the number of elements")?;
            self.punct(b']', "']'")?;
        }
        let mut bit_field = None;
        if self.take_word("bits") {
            bit_field = Some(self.number_in("a width in bits", 0, 128)? as u8);
        }
        let (size, align) = natural_layout(&self.module, id, ty);
        let natural = if kind == AggregateKind::Union { 0 } else { align_up(end, align) };
        let field = AggregateField { offset: offset.unwrap_or(natural), ty, count, bit_field };
        Ok((field, size, align))
    }

    pub(super) fn alias_tag(&mut self) -> Parse<()> {
        let id = self.tag_id("a tag name after 'tag'")?;
        if self.take_punct(b'=') {
            self.module.alias_tags[id].parent = Some(self.tag_id("a parent tag after '='")?);
        }
        while self.take_punct(b',') {
            let is_scopes = match self.word("'scopes' or 'noalias'")? {
                "scopes" => true,
                "noalias" => false,
                _ => return self.expected_before("'scopes' or 'noalias'"),
            };
            self.punct(b'(', "'('")?;
            let mut list = vec![self.u32("a scope number")?];
            while self.take_punct(b',') {
                list.push(self.u32("a scope number")?);
            }
            self.punct(b')', "')'")?;
            let tag = &mut self.module.alias_tags[id];
            *if is_scopes { &mut tag.scopes } else { &mut tag.no_alias } = list;
        }
        Ok(())
    }

    pub(super) fn tag_id(&mut self, what: &str) -> Parse<AliasTagId> {
        let (name, span) = self.name(TokenKind::Tag, what)?;
        match self.tag_names.get(&*name) {
            Some(id) => Ok(*id),
            None => self.fail(span, format!("there is no tag !{name}")),
        }
    }

    pub(super) fn declaration(&mut self) -> Parse<()> {
        let is_data = self.take_word("data");
        let is_bare = !is_data && self.take_word("symbol");
        let symbol = self.symbol("a name after 'declare'")?;
        if is_data {
            self.set_definition(symbol, SymbolDefinition::DeclaredData);
        } else if !is_bare {
            let signature = self.signature()?;
            self.set_definition(symbol, SymbolDefinition::DeclaredFunction(Arc::new(signature)));
        }
        self.symbol_attributes(symbol)
    }

    /// A second definition was reported when the names were collected.
    fn set_definition(&mut self, symbol: Symbol, definition: SymbolDefinition) {
        let slot = &mut self.module.symbols[symbol].definition;
        if *slot == SymbolDefinition::Undeclared {
            *slot = definition;
        }
    }

    pub(super) fn alias(&mut self, is_alias: bool) -> Parse<()> {
        let symbol = self.symbol("a name")?;
        self.punct(b'=', "'='")?;
        let target = self.symbol("a symbol after '='")?;
        let definition = match is_alias {
            true => SymbolDefinition::Alias(target, self.addend()?),
            false => SymbolDefinition::Ifunc(target),
        };
        self.set_definition(symbol, definition);
        self.symbol_attributes(symbol)
    }

    /// `, hidden, section "x"` to the end.
    fn symbol_attributes(&mut self, symbol: Symbol) -> Parse<()> {
        while self.take_punct(b',') {
            let word = self.word("an attribute")?;
            if !self.symbol_attribute(symbol, word)? {
                return self.expected_before("an attribute of a symbol");
            }
        }
        Ok(())
    }

    /// One attribute of a symbol; `false` when the word is none.
    fn symbol_attribute(&mut self, symbol: Symbol, word: &str) -> Parse<bool> {
        const LINKAGES: [Linkage; 5] = [
            Linkage::Internal,
            Linkage::Weak,
            Linkage::LinkOnce,
            Linkage::Common,
            Linkage::AvailableExternally,
        ];
        const VISIBILITIES: [Visibility; 3] =
            [Visibility::Hidden, Visibility::Protected, Visibility::Internal];
        if let Some(linkage) = LINKAGES.iter().find(|l| linkage_word(**l) == Some(word)) {
            self.module.symbols[symbol].linkage = *linkage;
            return Ok(true);
        }
        if let Some(visibility) = VISIBILITIES.iter().find(|v| visibility_word(**v) == Some(word)) {
            self.module.symbols[symbol].visibility = *visibility;
            return Ok(true);
        }
        match word {
            "tls" => self.module.symbols[symbol].tls = Some(self.tls_model()?),
            "section" => {
                let name = self.string("a section name")?;
                self.module.symbols[symbol].section = Some(self.module.section(&name));
            }
            "comdat" => {
                let name = self.string("a comdat group's name")?;
                self.module.symbols[symbol].comdat = Some(self.module.comdat(&name));
            }
            "weak_reference" => self.module.symbols[symbol].weak_reference = true,
            "used" => self.module.symbols[symbol].used = true,
            "retain" => self.module.symbols[symbol].retain = true,
            "no_plt" => self.module.symbols[symbol].no_plt = true,
            "version" => {
                let name = self.string("a version name")?;
                self.module.symbols[symbol].versions.push(name.to_string());
            }
            "callee" => self.callee_attributes(symbol)?,
            "at" => self.module.symbols[symbol].loc = Loc(self.u32("a position after 'at'")?),
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn tls_model(&mut self) -> Parse<TlsModel> {
        const MODELS: [TlsModel; 4] =
            [TlsModel::GeneralDynamic, TlsModel::LocalDynamic, TlsModel::InitialExec, TlsModel::LocalExec];
        let word = self.word("a TLS model")?;
        match MODELS.iter().find(|m| tls_word(**m) == word) {
            Some(model) => Ok(*model),
            None => {
                self.expected_before("'general_dynamic', 'local_dynamic', 'initial_exec' or 'local_exec'")
            }
        }
    }

    fn callee_attributes(&mut self, symbol: Symbol) -> Parse<()> {
        self.punct(b'(', "'('")?;
        loop {
            let word = self.word("an attribute of a callee")?;
            let mut callee = self.module.symbols[symbol].callee;
            let flag = callee_words(&mut callee).into_iter().find(|(_, w)| *w == word);
            if flag.map(|(flag, _)| *flag = true).is_none() {
                return self.expected_before("an attribute of a callee ('noreturn', 'nounwind', …)");
            }
            self.module.symbols[symbol].callee = callee;
            if !self.take_punct(b',') {
                return self.punct(b')', "')'");
            }
        }
    }

    pub(super) fn function_attributes(&mut self, function: &mut Function) -> Parse<()> {
        while self.take_punct(b',') {
            let word = self.word("an attribute")?;
            if self.symbol_attribute(function.symbol, word)? {
                continue;
            }
            let attributes = &mut function.attributes;
            if let Some((flag, _)) = function_words(attributes).into_iter().find(|(_, w)| *w == word) {
                *flag = true;
                continue;
            }
            match word {
                "stack_protector" => attributes.stack_protector = self.number_in("a level", 0, 3)? as u8,
                "align" => attributes.align = self.align()?,
                "patchable_entry" => {
                    let all = self.number_in("a number of NOPs", 0, 65535)? as u16;
                    let before = self.number_in("a number of NOPs", 0, 65535)? as u16;
                    attributes.patchable_entry = (all, before);
                }
                "personality" => attributes.personality = Some(self.symbol("a personality routine")?),
                "scope" => function.scope = Some(DebugScope(self.entity_number("dscope", "a debug scope")?)),
                "body_at" => function.loc = Loc(self.u32("a position")?),
                _ => return self.expected_before("an attribute of a function"),
            }
        }
        Ok(())
    }

    pub(super) fn data_attributes(&mut self, data: &mut Data) -> Parse<()> {
        loop {
            let word = self.word("an attribute of data")?;
            match word {
                "const" => data.is_const = true,
                "mergeable" => data.mergeable = true,
                "string" => data.string_unit = self.number_in("a unit size", 1, 4)? as u8,
                "align" => data.align = self.align()?,
                _ if self.symbol_attribute(data.symbol, word)? => {}
                _ => return self.expected_before("an attribute of data"),
            }
            if !self.take_punct(b',') {
                return Ok(());
            }
        }
    }

    /// The content of data: called when all functions are read.
    pub(super) fn data_items(&mut self) -> Parse<Vec<DataItem>> {
        let mut items = Vec::new();
        if self.take_word("empty") {
            self.end_of_line()?;
            return Ok(items);
        }
        loop {
            items.push(self.data_item()?);
            if !self.take_punct(b',') {
                self.end_of_line()?;
                return Ok(items);
            }
        }
    }

    fn data_item(&mut self) -> Parse<DataItem> {
        let what = "text in quotes, 'zeros N', 'i8|i16|i32|i64 N', 'addr4|addr8 @…' or 'diffN @… - @…'";
        if self.peek().kind == TokenKind::Quoted {
            return Ok(DataItem::Bytes(self.quoted(what)?.into()));
        }
        let word = self.word(what)?;
        let number = |reader: &mut Self, bytes: usize| -> Parse<DataItem> {
            let value = reader.imm64("a number")?;
            Ok(DataItem::Bytes(value.to_le_bytes()[..bytes].into()))
        };
        match word {
            "zeros" => Ok(DataItem::Zeros(self.unsigned("the number of zeros")?)),
            "i8" => number(self, 1),
            "i16" => number(self, 2),
            "i32" => number(self, 4),
            "i64" => number(self, 8),
            "f32" => {
                let bits = self.float_bits(Type::F32)?;
                Ok(DataItem::Bytes(bits.to_le_bytes()[..4].into()))
            }
            "f64" => Ok(DataItem::Bytes(self.float_bits(Type::F64)?.to_le_bytes().into())),
            "addr4" | "addr8" => {
                let size = if word == "addr4" { 4 } else { 8 };
                let label = self.label()?;
                let addend = self.addend()?;
                Ok(match label {
                    Label::Symbol(symbol) => DataItem::Address { symbol, addend, size },
                    Label::Block(function, block) => DataItem::BlockAddress { function, block, addend, size },
                })
            }
            "diff1" | "diff2" | "diff4" | "diff8" => {
                let size = word.as_bytes()[4] - b'0';
                let plus = self.label()?;
                self.punct(b'-', "'-' between the labels")?;
                let minus = self.label()?;
                Ok(DataItem::Difference { plus, minus, addend: self.addend()?, size })
            }
            _ => self.expected_before(what),
        }
    }

    /// `@symbol`, or `@function block3`.
    fn label(&mut self) -> Parse<Label> {
        let symbol = self.symbol("a symbol")?;
        let token = self.peek();
        if token.kind != TokenKind::Word || token.starts_line {
            return Ok(Label::Symbol(symbol));
        }
        let SymbolDefinition::Function(function) = self.module.symbols[symbol].definition else {
            return self.expected("','");
        };
        let name = self.word("a block")?;
        let by_name = self.block_names.get(&(function, name)).copied();
        let by_number = super::read_function::plain_number(name, "block").map(Block);
        let func = &self.module.functions[function];
        let block = by_name.or(by_number.filter(|b| b.index() < func.blocks.len()));
        match block {
            Some(block) if func.layout.contains(&block) => Ok(Label::Block(function, block)),
            _ => self.fail(self.span(token), format!("the function has no block '{name}'")),
        }
    }

    pub(super) fn init_entry(&mut self, is_constructor: bool) -> Parse<()> {
        let function = self.symbol("a function")?;
        let mut priority = 65535;
        if self.take_punct(b',') {
            if !self.take_word("priority") {
                return self.expected("'priority'");
            }
            priority = self.number_in("a priority", 0, 65535)? as u16;
        }
        let module = &mut self.module;
        let list = if is_constructor { &mut module.constructors } else { &mut module.destructors };
        list.push(InitEntry { function, priority });
        Ok(())
    }

    /// `(i32, ptr noalias, ...) -> i32 cc fastcall`
    pub(super) fn signature(&mut self) -> Parse<Signature> {
        let mut signature = Signature::default();
        self.punct(b'(', "'(' before the parameters")?;
        while !self.take_punct(b')') {
            if !signature.params.is_empty() || signature.variadic && signature.named_params.is_none() {
                self.punct(b',', "',' or ')'")?;
            }
            if self.peek().kind == TokenKind::Dots && !signature.variadic {
                self.at += 1;
                signature.variadic = true;
                if self.take_punct(b')') {
                    break;
                }
                signature.named_params = Some(signature.params.len() as u32);
            }
            let param = self.signature_param("a parameter type, '...' or ')'")?;
            signature.params.push(param);
        }
        if self.peek().kind == TokenKind::Arrow {
            self.at += 1;
            if self.take_punct(b'(') {
                loop {
                    let result = self.signature_param("a result type")?;
                    signature.results.push(result);
                    if !self.take_punct(b',') {
                        break;
                    }
                }
                self.punct(b')', "',' or ')'")?;
            } else {
                let result = self.signature_param("a result type after '->'")?;
                signature.results.push(result);
            }
        }
        if !self.peek().starts_line && self.take_word("cc") {
            signature.call_conv = self.call_conv()?;
        }
        Ok(signature)
    }

    fn signature_param(&mut self, what: &str) -> Parse<SignatureParam> {
        let mut param = if self.peek().kind == TokenKind::Aggregate {
            SignatureParam::aggregate(self.aggregate_id(what)?)
        } else {
            SignatureParam::new(self.ty(what)?)
        };
        while let Some(word) = self.peek_word().filter(|_| !self.peek().starts_line) {
            match word {
                "zext" => param.extension = Extension::Zero,
                "sext" => param.extension = Extension::Sign,
                "static_chain" => param.is_static_chain = true,
                "noalias" => param.no_alias = true,
                "nonnull" => param.non_null = true,
                _ => break,
            }
            self.at += 1;
        }
        debug_assert!(matches!(param.ty, ParamType::Scalar(_) | ParamType::Aggregate(_)));
        Ok(param)
    }

    fn call_conv(&mut self) -> Parse<CallConv> {
        const CONVENTIONS: [CallConv; 5] =
            [CallConv::C, CallConv::Cold, CallConv::Fastcall, CallConv::Stdcall, CallConv::Thiscall];
        let word = self.word("a calling convention")?;
        if word == "regparm" {
            return Ok(CallConv::Regparm(self.number_in("a number of registers", 0, 3)? as u8));
        }
        match CONVENTIONS.iter().find(|c| call_conv_name(**c) == word) {
            Some(conv) => Ok(*conv),
            None => self.expected_before("'c', 'cold', 'fastcall', 'stdcall', 'thiscall' or 'regparm'"),
        }
    }

    /// `dtype3`: the number of an entity of a table.
    pub(super) fn entity_number(&mut self, prefix: &str, what: &str) -> Parse<u32> {
        match self.peek_word().and_then(|w| super::read_function::plain_number(w, prefix)) {
            Some(number) => {
                self.at += 1;
                Ok(number)
            }
            None => self.expected(what),
        }
    }
}
