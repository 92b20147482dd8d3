//! Initializers: brace lists walked against the type, values placed at offsets.
//!
//! In: tokens behind `=` (or of a compound literal) and the object's type. Out: an [`InitId`] for
//! automatic objects, a [`StaticInitId`] for static ones, and the type with its length completed.
//! Elements of a list are handled one by one without recursion; only braces recurse. C11 6.7.9; GNU
//! range designators, `field: value`, empty braces, initialized flexible arrays.

use super::Parser;
use super::tokens::TooDeep;
use crate::ast::init::InitList;
use crate::ast::{DataInit, DeclId, ExprId, ExprKind, InitEntry, InitId, StaticInitId};
use crate::sema::convert::Context;
use crate::sema::options::Warning;
use crate::token::TokenKind;
use crate::types::{ArrayLength, IntKind, QualType, Quals, RecordId, RecordKind, TypeKind};
use lathe_diag::Loc;

/// Where values go.
pub(crate) struct Builder {
    pub is_static: bool,
    pub data: DataInit,
    pub entries: Vec<InitEntry>,
    /// Entries came by ascending offset so far.
    pub ordered: bool,
    pub warned_excess: bool,
    /// End of the last relocated field.
    pub relocations_end: u64,
}

/// A sub-object to initialize.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub ty: QualType,
    pub offset: u64,
    /// Lowest bit from `offset`, and width.
    pub bits: Option<(u32, u32)>,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum LevelKind {
    Array { element: QualType, stride: u64, length: Option<u64> },
    Record { id: RecordId, is_union: bool, count: u32 },
}

/// One aggregate being walked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Level {
    pub kind: LevelKind,
    pub offset: u64,
    /// The next element or member.
    pub index: u64,
}

impl Parser<'_, '_> {
    fn builder(&self, is_static: bool) -> Builder {
        let data = DataInit { loc: self.token.loc, function: self.function.decl, ..DataInit::default() };
        Builder {
            is_static,
            data,
            entries: Vec::new(),
            ordered: true,
            warned_excess: false,
            relocations_end: 0,
        }
    }

    /// The initializer of an automatic object.
    pub(crate) fn automatic_initializer(&mut self, ty: QualType) -> Result<(InitId, QualType), TooDeep> {
        let mut builder = self.builder(false);
        let ty = self.initializer(&mut builder, ty)?;
        Ok((self.finish_automatic(builder, ty), ty))
    }

    fn finish_automatic(&mut self, builder: Builder, ty: QualType) -> InitId {
        let Builder { mut entries, ordered, .. } = builder;
        if !ordered {
            drop_overridden(&mut entries, |entry| self.unit.types.size_of(entry.ty).unwrap_or(0));
        }
        let mut covered = 0u64;
        for entry in &entries {
            covered += match entry.bit_width {
                0 => self.unit.types.size_of(entry.ty).unwrap_or(0) * 8,
                width => width as u64,
            };
        }
        let zero_fill = covered < self.unit.types.size_of(ty).unwrap_or(0) * 8 || !ordered;
        let start = self.body.init_entries.len() as u32;
        let len = entries.len() as u32;
        self.body.init_entries.append(&mut entries);
        self.body.inits.push(InitList { start, len, zero_fill });
        InitId(self.body.inits.len() as u32 - 1)
    }

    /// An initializer that is an expression already parsed (`__auto_type`).
    pub(crate) fn initialize_value(&mut self, ty: QualType, value: ExprId) -> InitId {
        let mut builder = self.builder(false);
        builder.entries.push(InitEntry { offset: 0, expr: value, ty, bit_offset: 0, bit_width: 0 });
        self.finish_automatic(builder, ty)
    }

    /// The same for an object with static storage.
    pub(crate) fn static_value(&mut self, ty: QualType, value: ExprId) -> StaticInitId {
        let mut builder = self.builder(true);
        self.place_value(&mut builder, Place { ty, offset: 0, bits: None }, value);
        self.finish_static(builder, ty)
    }

    /// The initializer of an object with static storage.
    pub(crate) fn static_initializer(&mut self, ty: QualType) -> Result<(StaticInitId, QualType), TooDeep> {
        let mut builder = self.builder(true);
        let ty = self.initializer(&mut builder, ty)?;
        Ok((self.finish_static(builder, ty), ty))
    }

    pub(crate) fn finish_static(&mut self, builder: Builder, ty: QualType) -> StaticInitId {
        let mut data = builder.data;
        data.size = data.size.max(self.unit.types.size_of(ty).unwrap_or(0));
        let is_sorted = data.relocations.windows(2).all(|w| w[0].offset < w[1].offset);
        if !is_sorted {
            data.relocations.sort_by_key(|r| r.offset);
        }
        while data.bytes.len() >= 4096 && data.bytes.last() == Some(&0) {
            data.bytes.pop();
        }
        self.unit.data.push(data);
        StaticInitId(self.unit.data.len() as u32 - 1)
    }

    /// `(T){…}` at file scope: an object of its own.
    pub(crate) fn static_compound_literal(
        &mut self,
        ty: QualType,
        loc: Loc,
    ) -> Result<(DeclId, QualType), TooDeep> {
        let (init, ty) = self.static_initializer(ty)?;
        let name = self.pp.interner.intern(b"__compound_literal");
        let decl = self.anonymous_object(name, ty, loc);
        self.unit.decls[decl.0 as usize].init = Some(init);
        Ok((decl, ty))
    }

    /// Parses an initializer into the builder; returns the completed type.
    fn initializer(&mut self, builder: &mut Builder, ty: QualType) -> Result<QualType, TooDeep> {
        let whole = Place { ty, offset: 0, bits: None };
        if self.at(TokenKind::LeftBrace) {
            let length = self.braced(builder, whole)?;
            return Ok(self.complete_length(ty, length));
        }
        let at = self.token.loc;
        let mark = self.expression_mark();
        let expr = self.assignment_raw()?;
        if let TypeKind::Array(..) = self.unit.types.kind(ty) {
            if let Some(length) = self.string_fits(ty, expr) {
                let ty = self.complete_length(ty, Some(length));
                self.place_string(builder, Place { ty, ..whole }, expr);
                self.release(builder, mark);
                return Ok(ty);
            }
            if let ExprKind::CompoundLiteral(_, init) = self.body.expr(expr).kind
                && self.unit.types.compatible_unqualified(self.ty(expr), ty)
            {
                // GNU: an array initialized by a compound literal takes over its entries.
                let (entries, _) = self.body.init(init);
                builder.entries.extend_from_slice(entries);
                return Ok(self.ty(expr));
            }
            if let ExprKind::Global(decl) = self.body.expr(expr).kind
                && builder.is_static
                && let Some(init) = self.unit.decl(decl).init
                && self.unit.types.compatible_unqualified(self.ty(expr), ty)
            {
                let ty = self.ty(expr);
                self.copy_static(builder, 0, init);
                return Ok(ty);
            }
            if !self.unit.types.is_error(self.ty(expr)) {
                self.error(at, "invalid initializer");
            }
            return Ok(ty);
        }
        self.place_value(builder, whole, expr);
        self.release(builder, mark);
        Ok(ty)
    }

    fn complete_length(&mut self, ty: QualType, length: Option<u64>) -> QualType {
        match (self.unit.types.kind(ty), length) {
            (TypeKind::Array(element, ArrayLength::Unknown), Some(length)) => {
                self.unit.types.array(element, ArrayLength::Fixed(length))
            }
            _ => ty,
        }
    }

    /// Expressions of a file-scope initializer are dropped as soon as their value is known.
    fn expression_mark(&self) -> (usize, usize, usize) {
        (self.body.exprs.len(), self.body.expr_lists.len(), self.body.wide.len())
    }

    fn release(&mut self, builder: &Builder, mark: (usize, usize, usize)) {
        if builder.is_static && self.function.name.is_none() && self.scopes.depth() == 0 {
            self.body.exprs.truncate(mark.0);
            self.body.expr_lists.truncate(mark.1);
            self.body.wide.truncate(mark.2);
            self.body.computation_types.clear();
            self.parenthesized = ExprId::NONE;
        }
    }

    pub(super) fn level(&self, place: Place) -> Option<Level> {
        let types = &self.unit.types;
        let kind = match types.kind(place.ty) {
            TypeKind::Array(element, length) => LevelKind::Array {
                element,
                stride: types.size_of(element)?,
                length: match length {
                    ArrayLength::Fixed(n) => Some(n),
                    _ => None,
                },
            },
            TypeKind::Vector(element, lanes) => {
                let element = QualType::new(element, Quals::NONE);
                LevelKind::Array { element, stride: types.size_of(element)?, length: Some(lanes as u64) }
            }
            TypeKind::Record(id) => {
                let record = types.record(id);
                let is_union = record.kind == RecordKind::Union;
                LevelKind::Record { id, is_union, count: record.fields.len() as u32 }
            }
            _ => return None,
        };
        Some(Level { kind, offset: place.offset, index: 0 })
    }

    /// The sub-object that the level stands at; `None` at its end.
    pub(super) fn current(&self, level: &mut Level) -> Option<Place> {
        match level.kind {
            LevelKind::Array { element, stride, length } => {
                if length.is_some_and(|length| level.index >= length) {
                    return None;
                }
                let offset = level.index.wrapping_mul(stride).wrapping_add(level.offset);
                Some(Place { ty: element, offset, bits: None })
            }
            LevelKind::Record { id, count, .. } => {
                let fields = &self.unit.types.record(id).fields;
                while level.index < count as u64 && fields[level.index as usize].is_unnamed_bit_field() {
                    level.index += 1;
                }
                let field = fields.get(level.index as usize)?;
                let bits = field.bit_width.map(|width| ((field.offset_bits % 8) as u32, width));
                Some(Place { ty: field.ty, offset: level.offset + field.offset_bits / 8, bits })
            }
        }
    }

    pub(super) fn step(level: &mut Level) {
        match level.kind {
            LevelKind::Record { is_union: true, .. } => level.index = u64::MAX,
            _ => level.index += 1,
        }
    }

    /// A brace list; the brace is current. Returns the number of elements of an array.
    fn braced(&mut self, builder: &mut Builder, place: Place) -> Result<Option<u64>, TooDeep> {
        self.enter()?;
        let result = self.braced_inner(builder, place);
        self.leave();
        result
    }

    fn braced_inner(&mut self, builder: &mut Builder, place: Place) -> Result<Option<u64>, TooDeep> {
        let open = self.advance();
        let Some(root) = self.level(place) else {
            self.braced_scalar(builder, place, open.loc)?;
            return Ok(None);
        };
        let mut levels = vec![root];
        let mut longest = 0u64;
        let mut ready: Option<ExprId> = None;
        if self.at(TokenKind::String) && self.is_character_array(place.ty) {
            let expr = self.assignment_raw()?;
            if let Some(length) = self.string_fits(place.ty, expr) {
                let ty = self.complete_length(place.ty, Some(length));
                self.place_string(builder, Place { ty, ..place }, expr);
                if self.eat(TokenKind::Comma) && !self.at(TokenKind::RightBrace) {
                    self.excess(builder, "excess elements in 'char' array initializer");
                    self.skip_braces();
                    return Ok(Some(length));
                }
                self.close_list();
                return Ok(Some(length));
            }
            ready = Some(expr);
        }
        while ready.is_some() || !matches!(self.token.kind, TokenKind::RightBrace | TokenKind::Eof) {
            let mut repeat = None;
            if ready.is_none() && self.at_designator() {
                levels.truncate(1);
                levels[0] = root;
                repeat = self.designation(builder, &mut levels)?;
                if self.recovering {
                    break;
                }
            } else {
                while levels.len() > 1 && self.top_is_exhausted(&mut levels) {
                    levels.pop();
                    if let Some(top) = levels.last_mut() {
                        Self::step(top);
                    }
                }
            }
            self.element(builder, &mut levels, ready.take())?;
            if let Some(repeat) = repeat {
                self.repeat_range(builder, repeat);
                if let Some(level) = levels.get_mut(repeat.level) {
                    level.offset = level.offset.wrapping_add(repeat.shift);
                }
            }
            longest = longest.max(levels[0].index + u64::from(levels.len() > 1));
            if self.recovering || !self.eat(TokenKind::Comma) {
                break;
            }
        }
        self.close_list();
        let is_array = matches!(root.kind, LevelKind::Array { .. });
        self.check_missing_fields(builder, &levels, open.loc);
        Ok(is_array.then_some(longest))
    }

    fn check_missing_fields(&mut self, builder: &Builder, levels: &[Level], at: Loc) {
        if !self.warns(Warning::MissingFieldInitializers) || levels.is_empty() {
            return;
        }
        let LevelKind::Record { id, is_union: false, count } = levels[0].kind else { return };
        let index = levels[0].index + u64::from(levels.len() > 1);
        if index == 0 || index >= count as u64 || (index == 1 && self.is_universal_zero(builder)) {
            return;
        }
        let record = self.unit.types.record(id);
        let Some(name) = record.fields[index as usize].name else { return };
        let tag = record.tag.map_or("<anonymous>".into(), |tag| self.text(tag));
        let (field, place) = (self.text(name), record.fields[index as usize].loc);
        let message = format!("missing initializer for field '{field}' of 'struct {tag}'");
        let note = Some((place, format!("'{field}' declared here")));
        self.warn_note(Warning::MissingFieldInitializers, at, message, note);
    }

    /// `{ 0 }`, which every type may be initialized with.
    fn is_universal_zero(&self, builder: &Builder) -> bool {
        match builder.entries.last() {
            Some(entry) => builder.entries.len() == 1 && self.int_value(entry.expr) == Some(0),
            None => builder.data.relocations.is_empty() && builder.data.bytes.iter().all(|b| *b == 0),
        }
    }

    fn close_list(&mut self) {
        if self.at(TokenKind::RightBrace) {
            self.advance();
            return;
        }
        if !self.recovering {
            let had_comma = self.previous.kind == TokenKind::Comma;
            if had_comma {
                self.syntax_error("expected expression");
            } else {
                self.expected_here("expected '}'", None);
            }
        }
        // The rest of the list is lost; what follows the list is still good.
        if self.at(TokenKind::Semicolon) {
            return;
        }
        self.skip_braces();
        self.recovering = false;
    }

    fn top_is_exhausted(&self, levels: &mut [Level]) -> bool {
        match levels.last_mut() {
            Some(top) => self.current(top).is_none(),
            None => true,
        }
    }

    fn excess(&mut self, builder: &mut Builder, message: &str) {
        if !builder.warned_excess {
            builder.warned_excess = true;
            self.warn_always(self.token.span(), message);
        }
    }

    /// One element, at the top level's current place (descending into aggregates as needed).
    fn element(
        &mut self,
        builder: &mut Builder,
        levels: &mut Vec<Level>,
        ready: Option<ExprId>,
    ) -> Result<(), TooDeep> {
        let Some(last) = levels.last_mut() else { return Ok(()) };
        let Some(mut place) = self.current(last) else {
            let what = match last.kind {
                LevelKind::Array { .. } => "excess elements in array initializer",
                LevelKind::Record { is_union: true, .. } => "excess elements in union initializer",
                LevelKind::Record { .. } => "excess elements in struct initializer",
            };
            self.excess(builder, what);
            if self.at(TokenKind::LeftBrace) && ready.is_none() {
                self.advance();
                self.skip_braces();
            } else if ready.is_none() {
                self.assignment_raw()?;
            }
            return Ok(());
        };
        if self.at(TokenKind::LeftBrace) && ready.is_none() {
            if self.level(place).is_none() {
                self.warn_always(self.token.span(), "braces around scalar initializer");
            }
            let length = self.braced(builder, place)?;
            self.flexible_size(builder, place, length);
            if let Some(top) = levels.last_mut() {
                Self::step(top);
            }
            return Ok(());
        }
        if self.at(TokenKind::Embed) && ready.is_none() {
            return self.embedded(builder, levels);
        }
        let mark = self.expression_mark();
        let expr = match ready {
            Some(expr) => expr,
            None => self.assignment_raw()?,
        };
        if self.recovering {
            return Ok(());
        }
        loop {
            if let Some(length) = self.string_fits(place.ty, expr) {
                let ty = self.complete_length(place.ty, Some(length));
                self.place_string(builder, Place { ty, ..place }, expr);
                self.flexible_size(builder, place, Some(length));
                break;
            }
            let Some(mut level) = self.level(place) else {
                self.place_value(builder, place, expr);
                break;
            };
            let is_array = self.unit.types.is_array(place.ty);
            if !is_array && self.unit.types.compatible_unqualified(self.ty(expr), place.ty) {
                self.place_value(builder, place, expr);
                break;
            }
            if self.unit.types.is_error(self.ty(expr)) {
                break;
            }
            let Some(inner) = self.current(&mut level) else {
                // An aggregate without members takes no value.
                self.place_value(builder, place, expr);
                break;
            };
            levels.push(level);
            if levels.len() > 1000 {
                break;
            }
            place = inner;
        }
        self.release(builder, mark);
        if let Some(top) = levels.last_mut() {
            Self::step(top);
        }
        Ok(())
    }

    /// `#embed` bytes as elements.
    fn embedded(&mut self, builder: &mut Builder, levels: &mut Vec<Level>) -> Result<(), TooDeep> {
        let token = self.advance();
        let bytes = self.pp.embedded(token).to_vec();
        let count = bytes.len();
        for (index, byte) in bytes.into_iter().enumerate() {
            let value = self.int(byte as i128, QualType::INT, token.loc);
            while levels.len() > 1 && self.top_is_exhausted(levels) {
                levels.pop();
                if let Some(top) = levels.last_mut() {
                    Self::step(top);
                }
            }
            let _ = (index, count);
            self.element(builder, levels, Some(value))?;
        }
        Ok(())
    }

    /// An initialized flexible array makes the object larger than its type.
    fn flexible_size(&mut self, builder: &mut Builder, place: Place, length: Option<u64>) {
        let TypeKind::Array(element, ArrayLength::Unknown) = self.unit.types.kind(place.ty) else { return };
        if !builder.is_static {
            self.error(self.previous.span(), "non-static initialization of a flexible array member");
            return;
        }
        let size = self.unit.types.size_of(element).unwrap_or(0).saturating_mul(length.unwrap_or(0));
        builder.data.size = builder.data.size.max(place.offset.saturating_add(size));
    }

    /// `{ value }` for a scalar; behind the brace.
    fn braced_scalar(&mut self, builder: &mut Builder, place: Place, at: Loc) -> Result<(), TooDeep> {
        if self.at(TokenKind::RightBrace) {
            self.advance();
            if !self.unit.types.is_error(place.ty)
                && !self.pp.options.dialect.at_least(crate::dialect::Standard::C23)
            {
                self.error(at, "empty scalar initializer");
            }
            return Ok(());
        }
        if self.at(TokenKind::LeftBrace) {
            self.warn_always(self.token.span(), "braces around scalar initializer");
            self.braced(builder, place)?;
        } else {
            if self.at_designator() {
                self.error(self.token.span(), "field name not in record or union initializer");
                self.skip_braces();
                return Ok(());
            }
            let mark = self.expression_mark();
            let expr = self.assignment_raw()?;
            self.place_value(builder, place, expr);
            self.release(builder, mark);
        }
        if self.eat(TokenKind::Comma) && !self.at(TokenKind::RightBrace) {
            self.excess(builder, "excess elements in scalar initializer");
            self.skip_braces();
            return Ok(());
        }
        self.close_list();
        Ok(())
    }

    fn is_character_array(&self, ty: QualType) -> bool {
        match self.unit.types.kind(ty) {
            TypeKind::Array(element, _) => self.unit.types.is_integer(element),
            _ => false,
        }
    }

    /// The length of an array of unknown length initialized by this string, if the string can
    /// initialize the array at all.
    fn string_fits(&mut self, ty: QualType, expr: ExprId) -> Option<u64> {
        let ExprKind::String(id) = self.body.expr(expr).kind else { return None };
        let TypeKind::Array(element, length) = self.unit.types.kind(ty) else { return None };
        let own = self.unit.types.element(self.ty(expr))?;
        let (kind, own) = (self.unit.types.int_kind(element)?, self.unit.types.int_kind(own)?);
        let bytes = |kind: IntKind| matches!(kind, IntKind::Char | IntKind::SChar | IntKind::UChar);
        let fits = if bytes(own) {
            bytes(kind)
        } else {
            let layout = self.unit.types.data_layout();
            kind.to_unsigned() == own.to_unsigned() && kind.size(layout) == own.size(layout)
        };
        if !fits {
            return None;
        }
        let data = self.unit.string(id);
        let count = data.bytes.len() as u64 / data.width as u64;
        if let ArrayLength::Fixed(length) = length
            && count - 1 > length
        {
            let message = "initializer-string for array of 'char' is too long";
            self.warn_always(self.loc_of(expr), message);
        }
        Some(count)
    }

    fn place_string(&mut self, builder: &mut Builder, place: Place, expr: ExprId) {
        let ExprKind::String(id) = self.body.expr(expr).kind else { return };
        if !builder.is_static {
            self.push_entry(builder, place, expr);
            return;
        }
        let size = self.unit.types.size_of(place.ty).unwrap_or(0) as usize;
        let bytes = self.unit.string(id).bytes.clone();
        let count = bytes.len().min(size);
        let at = self.loc_of(expr);
        self.write_bytes(builder, place.offset, &bytes[..count], at);
        if size > count {
            self.clear_static(builder, place.offset + count as u64, (size - count) as u64);
        }
    }

    /// Converts a value as by assignment and puts it at a place.
    pub(super) fn place_value(&mut self, builder: &mut Builder, place: Place, expr: ExprId) {
        if self.unit.types.is_error(place.ty) {
            return;
        }
        let expr = self.rvalue(expr);
        let expr = self.assign_convert(expr, place.ty.unqualified(), Context::Initialization);
        let expr = match place.bits {
            Some((_, width)) => self.check_bit_field_constant(expr, place.ty, width),
            None => expr,
        };
        if builder.is_static {
            self.write_static(builder, place.offset, place.bits, place.ty, expr);
        } else {
            self.push_entry(builder, place, expr);
        }
    }

    fn push_entry(&mut self, builder: &mut Builder, place: Place, expr: ExprId) {
        let (bit_offset, bit_width) = place.bits.unwrap_or((0, 0));
        let key = |e: &InitEntry| (e.offset, e.bit_offset);
        let entry = InitEntry {
            offset: place.offset,
            expr,
            ty: place.ty,
            bit_offset: bit_offset as u8,
            bit_width: bit_width as u8,
        };
        if builder.entries.last().is_some_and(|last| key(last) >= key(&entry)) {
            builder.ordered = false;
        }
        builder.entries.push(entry);
    }
}

/// Removes entries that a later one at the same place covers.
fn drop_overridden(entries: &mut Vec<InitEntry>, size: impl Fn(&InitEntry) -> u64) {
    let mut order: Vec<u32> = (0..entries.len() as u32).collect();
    order.sort_by_key(|i| {
        let entry = &entries[*i as usize];
        (entry.offset, entry.bit_offset, *i)
    });
    let mut dead = vec![false; entries.len()];
    for pair in order.windows(2) {
        let (a, b) = (&entries[pair[0] as usize], &entries[pair[1] as usize]);
        let same_place = a.offset == b.offset && a.bit_offset == b.bit_offset;
        let same_size = a.bit_width == b.bit_width && size(b) >= size(a);
        if same_place && same_size {
            dead[pair[0] as usize] = true;
        }
    }
    let mut index = 0;
    entries.retain(|_| {
        index += 1;
        !dead[index - 1]
    });
}
