//! Compatible and composite types, promotions and the usual arithmetic conversions.
//!
//! Sources: C11 6.2.7, 6.7.6.1-3, 6.3.1.1, 6.3.1.8; GNU C for enums, transparent unions and
//! complex integers.

use super::kind::*;
use super::table::TypeTable;

impl TypeTable {
    /// Whether two types are compatible, top-level qualifiers included.
    pub fn compatible(&self, a: QualType, b: QualType) -> bool {
        self.compatible_at(a, b, 0)
    }

    /// Whether two types are compatible, top-level qualifiers aside.
    pub fn compatible_unqualified(&self, a: QualType, b: QualType) -> bool {
        self.compatible_at(a.unqualified(), b.unqualified(), 0)
    }

    fn compatible_at(&self, a: QualType, b: QualType, depth: u32) -> bool {
        if self.same(a, b) {
            return true;
        }
        if a.quals() != b.quals() || depth > 200 {
            return false;
        }
        match (self.kind(a), self.kind(b)) {
            (TypeKind::Error, _) | (_, TypeKind::Error) => true,
            (TypeKind::Pointer(a), TypeKind::Pointer(b)) => self.compatible_at(a, b, depth + 1),
            (TypeKind::Array(a, m), TypeKind::Array(b, n)) => {
                let lengths = match (m, n) {
                    (ArrayLength::Fixed(m), ArrayLength::Fixed(n)) => m == n,
                    _ => true,
                };
                lengths && self.compatible_at(a, b, depth + 1)
            }
            (TypeKind::Vector(a, m), TypeKind::Vector(b, n)) => m == n && a == b,
            (TypeKind::Enum(id), TypeKind::Int(kind)) | (TypeKind::Int(kind), TypeKind::Enum(id)) => {
                let enumeration = self.enumeration(id);
                enumeration.complete && enumeration.underlying == kind
            }
            (TypeKind::Function(a), TypeKind::Function(b)) => self.compatible_functions(a, b, depth),
            (TypeKind::Int(a), TypeKind::Int(b)) => a == b,
            (TypeKind::Float(a), TypeKind::Float(b)) => a == b,
            (TypeKind::Complex(a), TypeKind::Complex(b)) => a == b,
            (TypeKind::Record(a), TypeKind::Record(b)) => a == b,
            _ => false,
        }
    }

    fn compatible_functions(&self, a: FunctionTypeId, b: FunctionTypeId, depth: u32) -> bool {
        let (a, b) = (self.function_type(a), self.function_type(b));
        if !self.compatible_at(a.result, b.result, depth + 1) || a.convention != b.convention {
            return false;
        }
        match (a.prototype, b.prototype) {
            (true, true) => {
                a.variadic == b.variadic
                    && a.params.len() == b.params.len()
                    && a.params
                        .iter()
                        .zip(&b.params)
                        .all(|(a, b)| self.compatible_at(a.unqualified(), b.unqualified(), depth + 1))
            }
            (true, false) => self.fits_old_style(a),
            (false, true) => self.fits_old_style(b),
            (false, false) => true,
        }
    }

    /// C11 6.7.6.3p15: a prototype matches an empty list if default promotions change nothing.
    fn fits_old_style(&self, prototype: &FunctionType) -> bool {
        !prototype.variadic
            && prototype.params.iter().all(|param| {
                let promoted = self.default_promoted(*param);
                self.compatible_unqualified(promoted, *param)
            })
    }

    /// The composite of two compatible types (C11 6.2.7p3).
    pub fn composite(&mut self, a: QualType, b: QualType) -> QualType {
        if a == b {
            return a;
        }
        match (self.kind(a), self.kind(b)) {
            (TypeKind::Pointer(x), TypeKind::Pointer(y)) => {
                let to = self.composite(x, y);
                if to == x {
                    return a;
                }
                let pointer = self.pointer(to);
                self.qualify(pointer, a.quals())
            }
            (TypeKind::Array(x, m), TypeKind::Array(y, n)) => {
                let element = self.composite(x, y);
                let length = match (m, n) {
                    (ArrayLength::Fixed(_), _) => m,
                    (_, ArrayLength::Fixed(_)) => n,
                    (ArrayLength::Variable(_), _) => m,
                    _ => n,
                };
                if element == x && length == m { a } else { self.array(element, length) }
            }
            (TypeKind::Function(x), TypeKind::Function(y)) => {
                let (x, y) = (self.function_type(x).clone(), self.function_type(y).clone());
                let result = self.composite(x.result, y.result);
                let mut new = if x.prototype || !y.prototype { x.clone() } else { y.clone() };
                new.result = result;
                new.noreturn = x.noreturn || y.noreturn;
                if x.prototype && y.prototype && x.params.len() == y.params.len() {
                    for (i, param) in new.params.iter_mut().enumerate() {
                        *param = self.composite(x.params[i], y.params[i]);
                    }
                }
                if new == x { a } else { self.function(new) }
            }
            (TypeKind::Enum(_), TypeKind::Int(_)) => a,
            (TypeKind::Int(_), TypeKind::Enum(_)) => b,
            _ => a,
        }
    }

    /// The integer promotions (bit-fields: see [`TypeTable::promoted_bit_field`]).
    pub fn promoted(&self, ty: QualType) -> QualType {
        match self.int_kind(ty) {
            Some(kind) if kind.rank() < IntKind::Int.rank() => QualType::INT,
            Some(kind) => QualType::new(kind.id(), Quals::NONE),
            None => ty.unqualified(),
        }
    }

    /// The promoted type of a bit-field of this declared type and width: `int` if that holds all
    /// values, else `unsigned int`, else the declared type (gcc: narrower wide bit-fields keep it).
    pub fn promoted_bit_field(&self, ty: QualType, width: u32) -> QualType {
        let signed = self.is_signed(ty);
        match width {
            0..=31 => QualType::INT,
            32 if signed => QualType::INT,
            32 => QualType::UINT,
            _ => self.promoted(ty),
        }
    }

    /// The default argument promotions.
    pub fn default_promoted(&self, ty: QualType) -> QualType {
        match self.kind(ty) {
            TypeKind::Float(FloatKind::Float) => QualType::DOUBLE,
            _ => self.promoted(ty),
        }
    }

    /// The common type of two promoted arithmetic operands (C11 6.3.1.8).
    pub fn common_arithmetic(&mut self, a: QualType, b: QualType) -> QualType {
        let layout = *self.data_layout();
        let part = |ty: QualType| self.complex_part(ty).unwrap_or(ty);
        let (x, y) = (part(a), part(b));
        let real = match (self.kind(x), self.kind(y)) {
            (TypeKind::Float(m), TypeKind::Float(n)) => {
                let wins = if m.rank(&layout) >= n.rank(&layout) { m } else { n };
                QualType::new(wins.id(), Quals::NONE)
            }
            (TypeKind::Float(m), _) => QualType::new(m.id(), Quals::NONE),
            (_, TypeKind::Float(n)) => QualType::new(n.id(), Quals::NONE),
            _ => self.common_integer(x, y),
        };
        if self.is_complex(a) || self.is_complex(b) { self.complex_of(real) } else { real }
    }

    /// The complex type with parts of a real type.
    pub fn complex_of(&mut self, part: QualType) -> QualType {
        let kind = match self.kind(part) {
            TypeKind::Float(kind) => TypeKind::Complex(kind),
            TypeKind::Int(kind) => TypeKind::ComplexInt(kind),
            _ => return part,
        };
        QualType::new(self.intern(kind), Quals::NONE)
    }

    fn common_integer(&self, a: QualType, b: QualType) -> QualType {
        let layout = self.data_layout();
        let (Some(x), Some(y)) = (self.int_kind(self.promoted(a)), self.int_kind(self.promoted(b))) else {
            return QualType::INT;
        };
        let common = if x == y {
            x
        } else if x.is_signed(layout) == y.is_signed(layout) {
            if x.rank() >= y.rank() { x } else { y }
        } else {
            let (signed, unsigned) = if x.is_signed(layout) { (x, y) } else { (y, x) };
            if unsigned.rank() >= signed.rank() {
                unsigned
            } else if signed.size(layout) > unsigned.size(layout) {
                signed
            } else {
                signed.to_unsigned()
            }
        };
        QualType::new(common.id(), Quals::NONE)
    }
}
