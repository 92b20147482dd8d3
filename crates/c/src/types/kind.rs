//! The vocabulary of C types: ids, qualifiers, scalar kinds, and the kinds of derived types.
//!
//! In: nothing. Out: plain `Copy` data that everything else in this crate passes around.
//! A type is a [`TypeId`] (interned in a [`super::TypeTable`]); an object's type is a [`QualType`],
//! the id with the qualifiers in the low bits.

use lathe_target::{Arch, DataLayout, LongDouble};

/// An interned type without its top-level qualifiers. Compare with [`super::TypeTable::same`]: two
/// ids can be one type under different typedef names.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct TypeId(pub u32);

/// A `struct` or `union` of the unit.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct RecordId(pub u32);

/// An `enum` of the unit.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct EnumId(pub u32);

/// A function type of the unit.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct FunctionTypeId(pub u32);

/// One variable array bound of a function (or prototype); unique in the unit. The bound's
/// expression stands in [`crate::ast::Body::vla_bound`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct VlaId(pub u32);

/// A set of type qualifiers.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Debug)]
pub struct Quals(pub u8);

impl Quals {
    /// None.
    pub const NONE: Quals = Quals(0);
    /// `const`
    pub const CONST: Quals = Quals(1);
    /// `volatile`
    pub const VOLATILE: Quals = Quals(2);
    /// `restrict`
    pub const RESTRICT: Quals = Quals(4);
    /// `_Atomic`
    pub const ATOMIC: Quals = Quals(8);

    /// Whether all of `other` are in the set.
    pub const fn has(self, other: Quals) -> bool {
        self.0 & other.0 == other.0
    }

    /// Union.
    #[must_use]
    pub const fn with(self, other: Quals) -> Quals {
        Quals(self.0 | other.0)
    }

    /// Difference.
    #[must_use]
    pub const fn without(self, other: Quals) -> Quals {
        Quals(self.0 & !other.0)
    }

    /// Whether there is none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// A type with qualifiers: four bits of [`Quals`], 28 bits of [`TypeId`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct QualType(u32);

impl QualType {
    /// A type with qualifiers.
    pub const fn new(id: TypeId, quals: Quals) -> QualType {
        QualType(id.0 << 4 | quals.0 as u32)
    }

    /// The type without qualifiers.
    pub const fn id(self) -> TypeId {
        TypeId(self.0 >> 4)
    }

    /// The qualifiers.
    pub const fn quals(self) -> Quals {
        Quals((self.0 & 15) as u8)
    }

    /// The same type without top-level qualifiers.
    #[must_use]
    pub const fn unqualified(self) -> QualType {
        QualType(self.0 & !15)
    }

    /// `const`?
    pub const fn is_const(self) -> bool {
        self.0 & 1 != 0
    }

    /// `volatile`? Every load and store of such an lvalue happens exactly as written.
    pub const fn is_volatile(self) -> bool {
        self.0 & 2 != 0
    }

    /// `_Atomic`? Every load and store of such an lvalue is sequentially consistent.
    pub const fn is_atomic(self) -> bool {
        self.0 & 8 != 0
    }
}

impl std::fmt::Debug for QualType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "t{}", self.id().0)?;
        if self.quals().is_empty() { Ok(()) } else { write!(f, "q{}", self.quals().0) }
    }
}

/// Integer types other than enumerations, in the order of their predefined ids.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
#[repr(u8)]
#[allow(missing_docs)]
pub enum IntKind {
    Bool,
    Char,
    SChar,
    UChar,
    Short,
    UShort,
    Int,
    UInt,
    Long,
    ULong,
    LongLong,
    ULongLong,
    Int128,
    UInt128,
}

impl IntKind {
    /// All, in order.
    pub const ALL: [IntKind; 14] = [
        IntKind::Bool,
        IntKind::Char,
        IntKind::SChar,
        IntKind::UChar,
        IntKind::Short,
        IntKind::UShort,
        IntKind::Int,
        IntKind::UInt,
        IntKind::Long,
        IntKind::ULong,
        IntKind::LongLong,
        IntKind::ULongLong,
        IntKind::Int128,
        IntKind::UInt128,
    ];

    /// Size in bytes.
    pub fn size(self, layout: &DataLayout) -> u32 {
        match self {
            IntKind::Bool | IntKind::Char | IntKind::SChar | IntKind::UChar => 1,
            IntKind::Short | IntKind::UShort => 2,
            IntKind::Int | IntKind::UInt => 4,
            IntKind::Long | IntKind::ULong => layout.pointer.size,
            IntKind::LongLong | IntKind::ULongLong => 8,
            IntKind::Int128 | IntKind::UInt128 => 16,
        }
    }

    /// Alignment in memory, in bytes.
    pub fn align(self, layout: &DataLayout) -> u32 {
        match self.size(layout) {
            8 => layout.i64.align,
            16 => layout.i128.align,
            n => n,
        }
    }

    /// Whether negative values exist.
    pub fn is_signed(self, layout: &DataLayout) -> bool {
        match self {
            IntKind::Char => layout.char_is_signed,
            IntKind::SChar
            | IntKind::Short
            | IntKind::Int
            | IntKind::Long
            | IntKind::LongLong
            | IntKind::Int128 => true,
            _ => false,
        }
    }

    /// Conversion rank, C11 6.3.1.1.
    pub fn rank(self) -> u8 {
        match self {
            IntKind::Bool => 0,
            IntKind::Char | IntKind::SChar | IntKind::UChar => 1,
            IntKind::Short | IntKind::UShort => 2,
            IntKind::Int | IntKind::UInt => 3,
            IntKind::Long | IntKind::ULong => 4,
            IntKind::LongLong | IntKind::ULongLong => 5,
            IntKind::Int128 | IntKind::UInt128 => 6,
        }
    }

    /// The unsigned type of the same rank.
    #[must_use]
    pub fn to_unsigned(self) -> IntKind {
        match self {
            IntKind::Char | IntKind::SChar => IntKind::UChar,
            IntKind::Short => IntKind::UShort,
            IntKind::Int => IntKind::UInt,
            IntKind::Long => IntKind::ULong,
            IntKind::LongLong => IntKind::ULongLong,
            IntKind::Int128 => IntKind::UInt128,
            other => other,
        }
    }

    /// The signed type of the same rank.
    #[must_use]
    pub fn to_signed(self) -> IntKind {
        match self {
            IntKind::Char | IntKind::UChar => IntKind::SChar,
            IntKind::UShort => IntKind::Short,
            IntKind::UInt => IntKind::Int,
            IntKind::ULong => IntKind::Long,
            IntKind::ULongLong => IntKind::LongLong,
            IntKind::UInt128 => IntKind::Int128,
            other => other,
        }
    }

    /// The predefined type id.
    pub const fn id(self) -> TypeId {
        TypeId(1 + self as u32)
    }
}

/// Real floating types, in the order of their predefined ids.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
#[repr(u8)]
#[allow(missing_docs)]
pub enum FloatKind {
    Float,
    Double,
    LongDouble,
    Float32,
    Float64,
    Float32x,
    Float64x,
    Float128,
}

/// The bit format of a floating type.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum FloatFormat {
    /// IEEE binary32.
    F32,
    /// IEEE binary64.
    F64,
    /// x87 extended.
    F80,
    /// IEEE binary128.
    F128,
}

impl FloatKind {
    /// All, in order.
    pub const ALL: [FloatKind; 8] = [
        FloatKind::Float,
        FloatKind::Double,
        FloatKind::LongDouble,
        FloatKind::Float32,
        FloatKind::Float64,
        FloatKind::Float32x,
        FloatKind::Float64x,
        FloatKind::Float128,
    ];

    /// The format on a target.
    pub fn format(self, layout: &DataLayout) -> FloatFormat {
        match self {
            FloatKind::Float | FloatKind::Float32 => FloatFormat::F32,
            FloatKind::Double | FloatKind::Float64 | FloatKind::Float32x => FloatFormat::F64,
            FloatKind::Float128 => FloatFormat::F128,
            FloatKind::LongDouble | FloatKind::Float64x => match layout.long_double {
                LongDouble::X87 => FloatFormat::F80,
                LongDouble::Binary128 => FloatFormat::F128,
            },
        }
    }

    /// Size in memory and alignment, in bytes.
    pub fn size_align(self, layout: &DataLayout) -> (u32, u32) {
        match self.format(layout) {
            FloatFormat::F32 => (4, 4),
            FloatFormat::F64 => (layout.f64.size, layout.f64.align),
            FloatFormat::F80 => (layout.f80.size, layout.f80.align),
            FloatFormat::F128 => (layout.f128.size, layout.f128.align),
        }
    }

    /// Order in the usual arithmetic conversions: the higher wins (TS 18661-3 and gcc: of equal
    /// formats the interchange type wins over the standard one).
    pub fn rank(self, layout: &DataLayout) -> (FloatFormat, u8) {
        let preference = match self {
            FloatKind::Float | FloatKind::Double | FloatKind::LongDouble => 0,
            FloatKind::Float32x | FloatKind::Float64x => 1,
            FloatKind::Float32 | FloatKind::Float64 | FloatKind::Float128 => 2,
        };
        (self.format(layout), preference)
    }

    /// The predefined type id.
    pub const fn id(self) -> TypeId {
        TypeId(15 + self as u32)
    }
}

/// The length of an array type.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum ArrayLength {
    /// `[]`: not yet known, or a flexible member.
    Unknown,
    /// A constant.
    Fixed(u64),
    /// Evaluated when the declaration is reached (`[*]` in a prototype has no bound expression).
    Variable(VlaId),
}

/// The shape of a type, typedef names and alignment attributes looked through.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[allow(missing_docs)]
pub enum TypeKind {
    Void,
    /// `_Bool` and the integers (not enumerations).
    Int(IntKind),
    Float(FloatKind),
    /// `_Complex` of a floating type.
    Complex(FloatKind),
    /// GNU `_Complex` of an integer type.
    ComplexInt(IntKind),
    Pointer(QualType),
    /// Qualifiers of an array are on the element.
    Array(QualType, ArrayLength),
    /// `vector_size`: element (unqualified) and number of lanes.
    Vector(TypeId, u32),
    Function(FunctionTypeId),
    Record(RecordId),
    Enum(EnumId),
    /// `__builtin_va_list` where it is a register-save structure is an ordinary array of record;
    /// this is only the type of an expression already diagnosed as wrong: no further messages.
    Error,
}

/// Calling convention attributes (only i686 distinguishes them).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum CallConvention {
    /// The platform's.
    #[default]
    C,
    /// `__attribute__((fastcall))`
    FastCall,
    /// `__attribute__((stdcall))`
    StdCall,
    /// `__attribute__((thiscall))`
    ThisCall,
    /// `__attribute__((regparm(n)))`
    RegParm(u8),
    /// `__attribute__((ms_abi))`
    MsAbi,
}

/// A function type.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct FunctionType {
    /// The result (unqualified).
    pub result: QualType,
    /// Adjusted parameter types (arrays and functions are pointers), with their own qualifiers
    /// dropped. Empty without a prototype.
    pub params: Vec<QualType>,
    /// `...`
    pub variadic: bool,
    /// False for `f()`: arguments get the default promotions, any number of them.
    pub prototype: bool,
    /// `_Noreturn`, `__attribute__((noreturn))`.
    pub noreturn: bool,
    /// Calling convention.
    pub convention: CallConvention,
}

macro_rules! predefined {
    ($($name:ident = $id:expr;)*) => {
        impl TypeId { $(#[allow(missing_docs)] pub const $name: TypeId = $id;)* }
        impl QualType { $(#[allow(missing_docs)] pub const $name: QualType = QualType::new(TypeId::$name, Quals::NONE);)* }
    };
}

predefined! {
    VOID = TypeId(0);
    BOOL = IntKind::Bool.id();
    CHAR = IntKind::Char.id();
    SCHAR = IntKind::SChar.id();
    UCHAR = IntKind::UChar.id();
    SHORT = IntKind::Short.id();
    USHORT = IntKind::UShort.id();
    INT = IntKind::Int.id();
    UINT = IntKind::UInt.id();
    LONG = IntKind::Long.id();
    ULONG = IntKind::ULong.id();
    LONG_LONG = IntKind::LongLong.id();
    ULONG_LONG = IntKind::ULongLong.id();
    INT128 = IntKind::Int128.id();
    UINT128 = IntKind::UInt128.id();
    FLOAT = FloatKind::Float.id();
    DOUBLE = FloatKind::Double.id();
    LONG_DOUBLE = FloatKind::LongDouble.id();
    FLOAT128 = FloatKind::Float128.id();
    ERROR = TypeId(23);
    VOID_POINTER = TypeId(24);
    CHAR_POINTER = TypeId(25);
}

/// The type of `sizeof`, as an integer kind: `unsigned int` on i686, `unsigned long` elsewhere.
pub fn size_kind(arch: Arch) -> IntKind {
    if arch == Arch::X86 { IntKind::UInt } else { IntKind::ULong }
}

/// The type of `wchar_t`.
pub fn wide_char_kind(arch: Arch) -> IntKind {
    match arch {
        Arch::AArch64 => IntKind::UInt,
        Arch::X86 => IntKind::Long,
        _ => IntKind::Int,
    }
}
