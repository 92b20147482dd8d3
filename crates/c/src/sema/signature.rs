//! Builtins' signatures: letters of the table to types, names to rows, the `va_list` type.

use crate::ast::builtins::{BUILTINS, Builtin, BuiltinClass, BuiltinRow};
use crate::ast::{ExprId, ExprKind};
use crate::intern::Name;
use crate::parse::{Parser, TooDeep};
use crate::token::{Token, TokenKind};
use crate::types::{
    ArrayLength, Field, FloatKind, FunctionType, IntKind, QualType, Quals, Record, RecordKind,
};
use lathe_diag::Loc;
use lathe_target::Arch;

impl Parser<'_, '_> {
    /// The row of a builtin's name, `__builtin_` in front of library functions included.
    pub(crate) fn builtin_index(&mut self, name: Name) -> Option<u16> {
        if let Some(index) = self.builtin_names.get(&name) {
            let row = &BUILTINS[*index as usize];
            return (row.class != BuiltinClass::Library || row.name.starts_with("__builtin_"))
                .then_some(*index);
        }
        let bytes = self.pp.interner.bytes(name);
        let found = if let Some(rest) = bytes.strip_prefix(b"__builtin_") {
            self.pp.interner.find(rest).and_then(|plain| self.builtin_names.get(&plain).copied())
        } else if bytes.starts_with(b"__sync_") || bytes.starts_with(b"__atomic_") {
            // The sized forms: `__sync_fetch_and_add_4`.
            let end = bytes.iter().rposition(|b| *b == b'_')?;
            let sized = matches!(&bytes[end + 1..], b"1" | b"2" | b"4" | b"8" | b"16");
            let stem = &bytes[..end];
            let with_n = [stem, b"_n"].concat();
            let find =
                |text: &[u8]| self.pp.interner.find(text).and_then(|n| self.builtin_names.get(&n).copied());
            if sized { find(&with_n).or_else(|| find(stem)) } else { None }
        } else {
            None
        };
        if let Some(index) = found {
            self.builtin_names.insert(name, index);
            // `builtin_index` of the plain name must still say "library".
            if BUILTINS[index as usize].class == BuiltinClass::Library {
                self.builtin_names.remove(&name);
            }
        }
        found
    }

    /// What a library function of this name is, with its type.
    pub(crate) fn library_signature(&mut self, name: Name) -> Option<(Builtin, QualType)> {
        let index = *self.builtin_names.get(&name)?;
        let row = &BUILTINS[index as usize];
        let disabled = self.options.no_builtin
            || self.pp.options.freestanding
            || self.options.no_builtin_names.iter().any(|n| n == row.name);
        if row.class != BuiltinClass::Library || disabled {
            return None;
        }
        Some((row.builtin, self.signature_type(row)))
    }

    pub(crate) fn signature_type(&mut self, row: &BuiltinRow) -> QualType {
        let (signature, noreturn) = match row.signature.strip_prefix('N') {
            Some(rest) => (rest, true),
            None => (row.signature, false),
        };
        let mut types: Vec<QualType> = Vec::new();
        let mut variadic = false;
        for letter in signature.bytes() {
            match letter {
                b'.' => variadic = true,
                b'*' => {
                    if let Some(last) = types.pop() {
                        let pointer = self.unit.types.pointer(last);
                        types.push(pointer);
                    }
                }
                letter => {
                    let ty = self.letter_type(letter);
                    types.push(ty);
                }
            }
        }
        let result = if types.is_empty() { QualType::VOID } else { types.remove(0) };
        let function = FunctionType {
            result,
            params: types,
            variadic,
            prototype: true,
            noreturn,
            convention: Default::default(),
        };
        self.unit.types.function(function)
    }

    fn letter_type(&mut self, letter: u8) -> QualType {
        let wide = self.unit.types.data_layout().pointer.size == 8;
        let plain = |kind: IntKind| QualType::new(kind.id(), Quals::NONE);
        match letter {
            b'b' => QualType::BOOL,
            b'c' => QualType::CHAR,
            b'h' => QualType::UCHAR,
            b't' => QualType::USHORT,
            b'w' | b'j' => QualType::UINT,
            b'x' => plain(if wide { IntKind::ULong } else { IntKind::ULongLong }),
            b'i' => QualType::INT,
            b'l' => QualType::LONG,
            b'm' => QualType::ULONG,
            b'L' => QualType::LONG_LONG,
            b'M' => QualType::ULONG_LONG,
            b'o' => QualType::UINT128,
            b'z' => self.unit.types.size_type(),
            b'y' => self.unit.types.difference_type(),
            b'f' => QualType::FLOAT,
            b'd' => QualType::DOUBLE,
            b'e' => QualType::LONG_DOUBLE,
            b'q' => QualType::FLOAT128,
            b'C' => self.unit.types.complex_of(QualType::new(FloatKind::Float.id(), Quals::NONE)),
            b'D' => self.unit.types.complex_of(QualType::DOUBLE),
            b'E' => self.unit.types.complex_of(QualType::LONG_DOUBLE),
            b'p' | b'F' => QualType::VOID_POINTER,
            b'P' => self.unit.types.pointer(QualType::new(QualType::VOID.id(), Quals::CONST)),
            b'V' => self.unit.types.pointer(QualType::new(QualType::VOID.id(), Quals::VOLATILE)),
            b's' => QualType::CHAR_POINTER,
            b'k' => self.unit.types.pointer(QualType::new(QualType::CHAR.id(), Quals::CONST)),
            b'W' => self.unit.types.wide_char_type(),
            b'U' => {
                let wide = self.unit.types.wide_char_type();
                self.unit.types.pointer(QualType::new(wide.id(), Quals::CONST))
            }
            b'A' => {
                let list = self.va_list_type();
                self.adjust_parameter(list)
            }
            _ => QualType::VOID,
        }
    }

    /// A builtin's name in an expression; calls are built at once, other uses are of functions.
    pub(crate) fn builtin_reference(&mut self, index: u16, token: Token) -> Result<ExprId, TooDeep> {
        let row = &BUILTINS[index as usize];
        if row.class == BuiltinClass::Library {
            let (Some(plain), true) = (self.pp.interner.find(row.name.as_bytes()), true) else {
                return Ok(self.error_expr(token.loc));
            };
            let ty = self.signature_type(row);
            if row.builtin == Builtin::AllocaLibrary && self.at(TokenKind::LeftParen) {
                return self.op_builtin(&ALLOCA, token);
            }
            let decl = self.implicit_builtin(plain, ty, token.loc, row.builtin);
            return Ok(self.global_reference(decl, token));
        }
        if !self.at(TokenKind::LeftParen) {
            self.error(token.span(), format!("builtin function '{}' must be directly called", row.name));
            return Ok(self.error_expr(token.loc));
        }
        match row.class {
            BuiltinClass::Op => self.op_builtin(row, token),
            _ => {
                self.advance();
                let arguments = self.builtin_arguments()?;
                Ok(self.generic_builtin(row, arguments, token))
            }
        }
    }

    fn op_builtin(&mut self, row: &BuiltinRow, token: Token) -> Result<ExprId, TooDeep> {
        self.advance();
        let arguments = self.builtin_arguments()?;
        let arguments: Vec<ExprId> = arguments.into_iter().map(|a| self.rvalue(a)).collect();
        let ty = self.signature_type(row);
        let Some(signature) = self.unit.types.callee(ty).cloned() else {
            return Ok(self.error_expr(token.loc));
        };
        let name = Some(token.name());
        let Some(arguments) = self.convert_arguments(&signature, &arguments, name, Loc::NONE, token.loc)
        else {
            return Ok(self.error_expr(token.loc));
        };
        if let Some(folded) = self.fold_op_builtin(row.builtin, &arguments, signature.result, token.loc) {
            return Ok(folded);
        }
        if row.builtin == Builtin::Alloca {
            self.body.has_dynamic_stack = true;
        }
        if row.builtin == Builtin::SetjmpBuiltin {
            self.body.calls_returns_twice = true;
        }
        let range = self.list(&arguments);
        Ok(self.add(ExprKind::Builtin(row.builtin, range), signature.result, token.loc))
    }

    /// Bit counting and byte swapping of constants, `__builtin_expect` of constants.
    fn fold_op_builtin(
        &mut self,
        builtin: Builtin,
        arguments: &[ExprId],
        result: QualType,
        at: Loc,
    ) -> Option<ExprId> {
        if builtin == Builtin::FabsQuad {
            return None;
        }
        let first = *arguments.first()?;
        let value = self.int_value(first)?;
        let bits = self.unit.types.int_bits(self.ty(first))?;
        let mask = if bits >= 128 { u128::MAX } else { (1u128 << bits) - 1 };
        let raw = value as u128 & mask;
        let folded = match builtin {
            Builtin::Clz if raw != 0 => (raw.leading_zeros() - (128 - bits)) as i128,
            Builtin::Ctz if raw != 0 => raw.trailing_zeros() as i128,
            Builtin::Popcount => raw.count_ones() as i128,
            Builtin::Parity => (raw.count_ones() & 1) as i128,
            Builtin::Ffs if raw == 0 => 0,
            Builtin::Ffs => raw.trailing_zeros() as i128 + 1,
            Builtin::Clrsb => {
                let spread = if value < 0 { !raw & mask } else { raw };
                (spread.leading_zeros() - (128 - bits)) as i128 - 1
            }
            Builtin::Bswap => (raw.swap_bytes() >> (128 - bits)) as i128,
            Builtin::Expect => value,
            _ => return None,
        };
        Some(self.int(folded, result, at))
    }

    /// The target's `va_list`: SysV x86-64 psABI 3.5.7, i386 (a pointer), AAPCS64 Appendix B, RISC-V
    /// (a pointer).
    pub(crate) fn build_va_list(&mut self) -> QualType {
        let (tag, fields): (&str, &[(&str, QualType)]) = match self.unit.types.arch() {
            Arch::X86 => return QualType::CHAR_POINTER,
            Arch::RiscV64 => return QualType::VOID_POINTER,
            Arch::X86_64 => (
                "__va_list_tag",
                &[
                    ("gp_offset", QualType::UINT),
                    ("fp_offset", QualType::UINT),
                    ("overflow_arg_area", QualType::VOID_POINTER),
                    ("reg_save_area", QualType::VOID_POINTER),
                ],
            ),
            Arch::AArch64 => (
                "__va_list",
                &[
                    ("__stack", QualType::VOID_POINTER),
                    ("__gr_top", QualType::VOID_POINTER),
                    ("__vr_top", QualType::VOID_POINTER),
                    ("__gr_offs", QualType::INT),
                    ("__vr_offs", QualType::INT),
                ],
            ),
        };
        let tag = self.pp.interner.intern(tag.as_bytes());
        let fields = fields
            .iter()
            .map(|(name, ty)| Field {
                name: Some(self.pp.interner.intern(name.as_bytes())),
                ty: *ty,
                loc: Loc::NONE,
                offset_bits: 0,
                bit_width: None,
                align: 0,
                packed: false,
            })
            .collect();
        let (id, ty) = self.unit.types.add_record(Record {
            kind: RecordKind::Struct,
            tag: Some(tag),
            loc: Loc::NONE,
            fields,
            complete: true,
            being_defined: false,
            size: 0,
            align: 1,
            packed: false,
            requested_align: 0,
            pragma_pack: 0,
            transparent_union: false,
            may_alias: false,
            flexible: false,
            has_const_member: false,
            variable_size: false,
        });
        let laid_out = self.unit.types.lay_out_record(id);
        debug_assert!(laid_out.is_ok(), "va_list is small");
        match self.unit.types.arch() {
            Arch::X86_64 => self.unit.types.array(ty, ArrayLength::Fixed(1)),
            _ => ty,
        }
    }
}

/// `__builtin_alloca`, which is also how plain `alloca` of the header ends.
static ALLOCA: BuiltinRow = BuiltinRow {
    name: "__builtin_alloca",
    builtin: Builtin::Alloca,
    class: BuiltinClass::Op,
    signature: "pz",
};
