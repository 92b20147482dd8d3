//! Operators and builtins spelled as keywords: `sizeof`, `_Alignof`, `__real__`,
//! `__builtin_offsetof`, `__builtin_va_arg`, `__builtin_choose_expr`, `__builtin_shuffle` ….

use super::Parser;
use super::tokens::TooDeep;
use crate::ast::{ExprId, ExprKind};
use crate::sema::options::Warning;
use crate::token::{Keyword, Token, TokenKind};
use crate::types::{ArrayLength, QualType, TypeKind};
use lathe_diag::Loc;

/// What `sizeof` and `_Alignof` were applied to.
enum Operand {
    Type(QualType),
    Expr(ExprId),
}

impl Parser<'_, '_> {
    /// A unary expression that starts with a keyword.
    pub(crate) fn keyword_operator(&mut self) -> Result<ExprId, TooDeep> {
        self.enter()?;
        let result = self.keyword_operator_inner();
        self.leave();
        result
    }

    fn keyword_operator_inner(&mut self) -> Result<ExprId, TooDeep> {
        let token = self.token;
        match token.keyword() {
            Keyword::Sizeof => self.sizeof(),
            Keyword::Alignof | Keyword::GnuAlignof => self.alignof(token.keyword() == Keyword::GnuAlignof),
            Keyword::Extension => {
                self.advance();
                self.extension += 1;
                let result = self.cast_raw();
                self.extension -= 1;
                result
            }
            Keyword::Real | Keyword::Imag => {
                self.advance();
                let operand = self.cast_raw()?;
                Ok(self.complex_part(token.is_keyword(Keyword::Imag), operand, token.loc))
            }
            _ => self.postfix_raw(),
        }
    }

    /// The operand of `sizeof` or `_Alignof`, unevaluated.
    fn type_or_expression(&mut self) -> Result<Operand, TooDeep> {
        if self.at(TokenKind::LeftParen) {
            let next = self.peek();
            if self.starts_type(next) {
                let open = self.advance();
                let ty = self.type_name()?;
                self.expect_closing(TokenKind::RightParen);
                if self.at(TokenKind::LeftBrace) {
                    let literal = self.compound_literal(ty, open.loc)?;
                    return Ok(Operand::Expr(self.postfix_operators(literal)?));
                }
                return Ok(Operand::Type(ty));
            }
        }
        Ok(Operand::Expr(self.unary_raw()?))
    }

    fn sizeof(&mut self) -> Result<ExprId, TooDeep> {
        let at = self.advance();
        self.unevaluated += 1;
        let vlas = std::mem::take(&mut self.pending_vla);
        let operand = self.type_or_expression();
        let own = std::mem::replace(&mut self.pending_vla, vlas);
        self.unevaluated -= 1;
        let (ty, expr) = match operand? {
            Operand::Type(ty) => (ty, None),
            Operand::Expr(expr) => {
                if self.is_bit_field(expr) {
                    self.error(at.span(), "'sizeof' applied to a bit-field");
                }
                (self.ty(expr), Some(expr))
            }
        };
        let size_type = self.unit.types.size_type();
        if self.unit.types.is_error(ty) {
            return Ok(self.error_expr(at.loc));
        }
        match self.unit.types.kind(ty) {
            TypeKind::Function(_) => {
                self.pedantic_warn(
                    Warning::PointerArith,
                    at.span(),
                    "invalid application of 'sizeof' to a function type",
                );
                return Ok(self.int(1, size_type, at.loc));
            }
            TypeKind::Void => {
                self.pedantic_warn(
                    Warning::PointerArith,
                    at.span(),
                    "invalid application of 'sizeof' to a void type",
                );
                return Ok(self.int(1, size_type, at.loc));
            }
            _ => {}
        }
        if let Some(size) = self.unit.types.size_of(ty) {
            return Ok(self.int(size as i128, size_type, at.loc));
        }
        if self.unit.types.is_variable_length(ty) {
            let size = self.add(ExprKind::SizeofVla(ty.unqualified()), size_type, at.loc);
            let size = self.with_bounds(size, own);
            return Ok(match expr {
                // The operand is evaluated if its type is variable (C11 6.5.3.4p2); only its effects
                // count.
                Some(expr) if self.unevaluated == 0 && self.has_side_effects(expr) => {
                    let expr = self.discard(expr);
                    self.add(ExprKind::Comma(expr, size), size_type, at.loc)
                }
                _ => size,
            });
        }
        let text = self.quoted(ty);
        self.error(at.span(), format!("invalid application of 'sizeof' to incomplete type {text}"));
        Ok(self.error_expr(at.loc))
    }

    fn alignof(&mut self, gnu: bool) -> Result<ExprId, TooDeep> {
        let at = self.advance();
        self.unevaluated += 1;
        let operand = self.type_or_expression();
        self.unevaluated -= 1;
        self.pending_vla.clear();
        let align = match operand? {
            Operand::Expr(expr) => {
                let ty = self.ty(expr);
                if self.is_bit_field(expr) {
                    self.error(at.span(), "'__alignof' applied to a bit-field");
                }
                match self.declared_alignment(expr) {
                    Some(align) => align.max(self.unit.types.align_of(ty)),
                    None => self.preferred_alignment(ty, gnu),
                }
            }
            Operand::Type(ty) => {
                if !self.unit.types.is_complete(ty)
                    && !matches!(self.unit.types.kind(ty), TypeKind::Array(_, ArrayLength::Unknown))
                    && !self.unit.types.is_void(ty)
                {
                    let text = self.quoted(ty);
                    let word = if gnu { "__alignof__" } else { "_Alignof" };
                    let message = format!("invalid application of '{word}' to incomplete type {text}");
                    self.error(at.span(), message);
                    return Ok(self.error_expr(at.loc));
                }
                self.preferred_alignment(ty, gnu)
            }
        };
        let size_type = self.unit.types.size_type();
        Ok(self.int(align as i128, size_type, at.loc))
    }

    /// `__alignof__` of `double` and `long long` on i686 is 8, their alignment outside structures.
    fn preferred_alignment(&self, ty: QualType, gnu: bool) -> u32 {
        let align = self.unit.types.align_of(ty);
        let is_x86 = self.unit.types.arch() == lathe_target::Arch::X86;
        let wide = matches!(self.unit.types.kind(ty), TypeKind::Int(_) | TypeKind::Float(_))
            && self.unit.types.size_of(ty) == Some(8);
        if gnu && is_x86 && wide { 8 } else { align }
    }

    fn declared_alignment(&self, expr: ExprId) -> Option<u32> {
        match self.body.expr(expr).kind {
            ExprKind::Local(local) => Some(self.body.local(local).align),
            ExprKind::Global(decl) => Some(self.unit.decl(decl).align).filter(|align| *align != 0),
            ExprKind::Member { base, field } => {
                let id = self.unit.types.record_id(self.ty(base))?;
                let field = &self.unit.types.record(id).fields[field as usize];
                Some(field.align).filter(|align| *align != 0)
            }
            _ => None,
        }
    }

    /// Primary expressions that start with a keyword.
    pub(crate) fn primary_keyword(&mut self) -> Result<ExprId, TooDeep> {
        let token = self.token;
        match token.keyword() {
            Keyword::Generic => self.generic_selection(),
            Keyword::BuiltinVaArg => self.va_arg(),
            Keyword::BuiltinOffsetof => self.offsetof(),
            Keyword::BuiltinTypesCompatible => self.types_compatible(),
            Keyword::BuiltinChooseExpr => self.choose_expr(),
            Keyword::BuiltinComplex => self.builtin_complex(),
            Keyword::BuiltinShuffle => self.shuffle(),
            Keyword::BuiltinShuffleVector => self.shuffle_vector(),
            Keyword::BuiltinConvertVector => self.convert_vector(),
            Keyword::BuiltinHasAttribute => {
                self.advance();
                self.expect(TokenKind::LeftParen);
                self.skip_until(TokenKind::RightParen);
                Ok(self.int(0, QualType::INT, token.loc))
            }
            Keyword::True | Keyword::False => {
                self.advance();
                let value = i128::from(token.is_keyword(Keyword::True));
                Ok(self.int(value, QualType::BOOL, token.loc))
            }
            Keyword::Nullptr => {
                self.advance();
                Ok(self.int(0, QualType::VOID_POINTER, token.loc))
            }
            Keyword::BuiltinTgmath | Keyword::BuiltinCallWithStaticChain => {
                let text = self.text(token.name());
                self.advance();
                self.error(token.span(), format!("'{text}' is not supported"));
                if self.eat(TokenKind::LeftParen) {
                    self.skip_until(TokenKind::RightParen);
                }
                Ok(self.error_expr(token.loc))
            }
            Keyword::Sizeof | Keyword::Alignof | Keyword::GnuAlignof | Keyword::Extension => {
                self.keyword_operator()
            }
            _ => {
                self.syntax_error("expected expression");
                Ok(self.error_expr(token.loc))
            }
        }
    }

    /// Keyword, `(`.
    fn open(&mut self) -> Token {
        let at = self.advance();
        self.expect(TokenKind::LeftParen);
        at
    }

    fn va_arg(&mut self) -> Result<ExprId, TooDeep> {
        let at = self.open();
        let list = self.assignment_raw()?;
        self.expect(TokenKind::Comma);
        let ty = self.type_name()?;
        self.expect_closing(TokenKind::RightParen);
        let Some(list) = self.va_list_pointer(list) else {
            if !self.unit.types.is_error(self.ty(list)) {
                self.error(at.span(), "first argument to 'va_arg' not of type 'va_list'");
            }
            return Ok(self.error_expr(at.loc));
        };
        if !self.unit.types.is_complete(ty) {
            let text = self.quoted(ty);
            self.error(at.span(), format!("second argument to 'va_arg' is of incomplete type {text}"));
            return Ok(self.error_expr(at.loc));
        }
        let promoted = self.unit.types.default_promoted(ty);
        let is_enum = matches!(self.unit.types.kind(ty), TypeKind::Enum(_));
        if self.unit.types.is_arithmetic(ty) && !is_enum && !self.unit.types.same(promoted, ty.unqualified())
        {
            let (from, to) = (self.quoted(ty), self.quoted(promoted));
            let message = format!("{from} is promoted to {to} when passed through '...'");
            self.warn_always(at.span(), message);
        }
        Ok(self.add(ExprKind::VaArg(list), ty.unqualified(), at.loc))
    }

    fn offsetof(&mut self) -> Result<ExprId, TooDeep> {
        let at = self.open();
        let ty = self.type_name()?;
        self.expect(TokenKind::Comma);
        let size_type = self.unit.types.size_type();
        if self.token.kind != TokenKind::Identifier {
            self.syntax_error("expected identifier");
            self.skip_until(TokenKind::RightParen);
            return Ok(self.error_expr(at.loc));
        }
        // The designator as an lvalue at address zero of the type: `*(T *)0`.
        let pointer = self.unit.types.pointer(ty);
        let null = self.int(0, pointer, at.loc);
        self.unevaluated += 1;
        let base = self.add(ExprKind::Deref(null), ty, at.loc);
        let name = self.advance();
        let mut place = self.member(base, false, name.name(), at.loc);
        let mut failed = None;
        loop {
            match self.token.kind {
                TokenKind::Dot | TokenKind::Arrow => {
                    let arrow = self.advance().kind == TokenKind::Arrow;
                    if self.token.kind != TokenKind::Identifier {
                        self.syntax_error("expected identifier");
                        break;
                    }
                    let name = self.advance();
                    place = self.member(place, arrow, name.name(), at.loc);
                }
                TokenKind::LeftBracket => {
                    self.advance();
                    match self.expression() {
                        Ok(index) => {
                            self.expect_closing(TokenKind::RightBracket);
                            place = self.subscript(place, index, at.loc);
                        }
                        Err(error) => {
                            failed = Some(error);
                            break;
                        }
                    }
                }
                _ => break,
            }
        }
        self.unevaluated -= 1;
        if let Some(error) = failed {
            return Err(error);
        }
        self.expect_closing(TokenKind::RightParen);
        if self.unit.types.is_error(self.ty(place)) {
            return Ok(self.error_expr(at.loc));
        }
        if self.is_bit_field(place) {
            let name = self.text(name.name());
            self.error(at.span(), format!("attempt to take address of bit-field structure member '{name}'"));
            return Ok(self.error_expr(at.loc));
        }
        if let Some(offset) = self.constant_offset(place) {
            return Ok(self.int(offset, size_type, at.loc));
        }
        let place_type = self.ty(place);
        let pointer = self.unit.types.pointer(place_type);
        let address = self.add(ExprKind::AddressOf(place), pointer, at.loc);
        Ok(self.cast(address, size_type))
    }

    fn types_compatible(&mut self) -> Result<ExprId, TooDeep> {
        let at = self.open();
        let first = self.type_name()?;
        self.expect(TokenKind::Comma);
        let second = self.type_name()?;
        self.expect_closing(TokenKind::RightParen);
        let enums = |ty| matches!(self.unit.types.kind(ty), TypeKind::Enum(_));
        let same = self.unit.types.compatible_unqualified(first, second)
            && (enums(first) == enums(second)
                || self.unit.types.same(first.unqualified(), second.unqualified()));
        Ok(self.int(i128::from(same), QualType::INT, at.loc))
    }

    fn choose_expr(&mut self) -> Result<ExprId, TooDeep> {
        let at = self.open();
        let condition = self.assignment_rvalue()?;
        let value = self.integer_constant(condition).or_else(|| self.fold_integer(condition));
        if value.is_none() && !self.unit.types.is_error(self.ty(condition)) {
            self.error(at.span(), "first argument to '__builtin_choose_expr' not a constant");
        }
        self.expect(TokenKind::Comma);
        let take_first = value.unwrap_or(0) != 0;
        self.unevaluated += u32::from(!take_first);
        let first = self.assignment_raw();
        self.unevaluated -= u32::from(!take_first);
        let first = first?;
        self.expect(TokenKind::Comma);
        self.unevaluated += u32::from(take_first);
        let second = self.assignment_raw();
        self.unevaluated -= u32::from(take_first);
        let second = second?;
        self.expect_closing(TokenKind::RightParen);
        Ok(if take_first { first } else { second })
    }

    fn builtin_complex(&mut self) -> Result<ExprId, TooDeep> {
        let at = self.open();
        let real = self.assignment_rvalue()?;
        self.expect(TokenKind::Comma);
        let imaginary = self.assignment_rvalue()?;
        self.expect_closing(TokenKind::RightParen);
        let (r, i) = (self.ty(real), self.ty(imaginary));
        if !self.unit.types.is_float(r) || !self.unit.types.is_float(i) {
            if !self.unit.types.is_error(r) && !self.unit.types.is_error(i) {
                self.error(at.span(), "'__builtin_complex' operand not of real binary floating-point type");
            }
            return Ok(self.error_expr(at.loc));
        }
        if !self.unit.types.same(r, i) {
            self.error(at.span(), "'__builtin_complex' operands of different types");
            return Ok(self.error_expr(at.loc));
        }
        let complex = self.unit.types.complex_of(r);
        Ok(self.add(ExprKind::ComplexMake(real, imaginary), complex, at.loc))
    }

    fn vector_shape(&self, ty: QualType) -> Option<(crate::types::TypeId, u32)> {
        match self.unit.types.kind(ty) {
            TypeKind::Vector(element, lanes) => Some((element, lanes)),
            _ => None,
        }
    }

    /// `__builtin_shuffle (v, mask)` or `(v, w, mask)`.
    fn shuffle(&mut self) -> Result<ExprId, TooDeep> {
        let at = self.open();
        let arguments = self.builtin_arguments()?;
        let mut arguments: Vec<ExprId> = arguments.into_iter().map(|e| self.rvalue(e)).collect();
        let shape = arguments.first().and_then(|e| self.vector_shape(self.ty(*e)));
        let mask = arguments.last().and_then(|e| self.vector_shape(self.ty(*e)));
        let (Some((_, lanes)), Some((_, mask_lanes)), 2 | 3) = (shape, mask, arguments.len()) else {
            self.error(at.span(), "'__builtin_shuffle' last argument must be an integer vector");
            return Ok(self.error_expr(at.loc));
        };
        if lanes != mask_lanes {
            let message = "'__builtin_shuffle' number of elements of the argument vector(s) and the mask vector should be the same";
            self.error(at.span(), message);
            return Ok(self.error_expr(at.loc));
        }
        let ty = self.ty(arguments[0]);
        if arguments.len() == 3 && !self.unit.types.same(ty, self.ty(arguments[1])) {
            self.error(at.span(), "'__builtin_shuffle' argument vectors must be of the same type");
            return Ok(self.error_expr(at.loc));
        }
        let range = self.list(&arguments);
        arguments.clear();
        Ok(self.add(ExprKind::Builtin(crate::ast::Builtin::Shuffle, range), ty, at.loc))
    }

    /// `__builtin_shufflevector (v, w, i…)`.
    fn shuffle_vector(&mut self) -> Result<ExprId, TooDeep> {
        let at = self.open();
        let arguments = self.builtin_arguments()?;
        let arguments: Vec<ExprId> = arguments.into_iter().map(|e| self.rvalue(e)).collect();
        let shape = arguments.first().and_then(|e| self.vector_shape(self.ty(*e)));
        let Some((element, lanes)) = shape.filter(|_| arguments.len() > 2) else {
            self.error(at.span(), "'__builtin_shufflevector' argument vectors must be of vector type");
            return Ok(self.error_expr(at.loc));
        };
        let second = self.vector_shape(self.ty(arguments[1])).map_or(0, |(_, lanes)| lanes);
        for index in &arguments[2..] {
            match self.integer_constant(*index) {
                Some(value) if value >= -1 && value < (lanes + second) as i128 => {}
                _ => {
                    self.error(at.span(), "invalid element index to '__builtin_shufflevector'");
                    return Ok(self.error_expr(at.loc));
                }
            }
        }
        let count = (arguments.len() - 2) as u32;
        if !count.is_power_of_two() {
            self.error(
                at.span(),
                "'__builtin_shufflevector' must specify a result with a power of two number of elements",
            );
            return Ok(self.error_expr(at.loc));
        }
        let ty = self.unit.types.vector(element, count);
        let range = self.list(&arguments);
        Ok(self.add(ExprKind::ShuffleConst(range), ty, at.loc))
    }

    fn convert_vector(&mut self) -> Result<ExprId, TooDeep> {
        let at = self.open();
        let operand = self.assignment_rvalue()?;
        self.expect(TokenKind::Comma);
        let ty = self.type_name()?;
        self.expect_closing(TokenKind::RightParen);
        match (self.vector_shape(self.ty(operand)), self.vector_shape(ty)) {
            (Some((_, m)), Some((_, n))) if m == n => {
                Ok(self.add(ExprKind::ConvertVector(operand), ty.unqualified(), at.loc))
            }
            _ => {
                let message = "'__builtin_convertvector' number of elements of the first argument vector and the second argument vector type should be the same";
                self.error(at.span(), message);
                Ok(self.error_expr(at.loc))
            }
        }
    }

    /// `_Static_assert (…)`; the keyword is current. Consumes the `;`.
    pub(crate) fn static_assert(&mut self) -> Result<(), TooDeep> {
        let at = self.open();
        let expr = self.constant_expression()?;
        let value = self.integer_constant(expr).or_else(|| self.fold_integer(expr));
        let message = if self.eat(TokenKind::Comma) { self.string_argument() } else { None };
        self.expect_closing(TokenKind::RightParen);
        self.expect(TokenKind::Semicolon);
        match value {
            None if self.unit.types.is_error(self.ty(expr)) => {}
            None => self.error(self.loc_of(expr), "expression in static assertion is not constant"),
            Some(0) => {
                let text = match message {
                    Some(id) => {
                        let text = String::from_utf8_lossy(self.unit.text(id)).into_owned();
                        format!("static assertion failed: \"{text}\"")
                    }
                    None => "static assertion failed".to_string(),
                };
                self.error(at.span(), text);
            }
            Some(_) => {}
        }
        Ok(())
    }

    pub(crate) fn loc_of(&self, expr: ExprId) -> Loc {
        self.body.expr(expr).loc
    }
}
