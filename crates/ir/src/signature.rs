//! Signatures: what a call passes and gets, in terms of the C ABI.

use crate::entity::Aggregate;
use crate::types::Type;

/// A calling convention.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum CallConv {
    /// The platform's C convention.
    #[default]
    C,
    /// Like C but every register is preserved except the results (cold helpers).
    Cold,
    /// i686 `fastcall`.
    Fastcall,
    /// i686 `stdcall`.
    Stdcall,
    /// i686 `thiscall`.
    Thiscall,
    /// i686 `regparm(n)`.
    Regparm(u8),
}

/// How a narrow integer is widened to its register.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Extension {
    /// Upper bits unspecified.
    #[default]
    None,
    /// Zero.
    Zero,
    /// Sign.
    Sign,
}

/// The type of a parameter or result.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ParamType {
    /// A value.
    Scalar(Type),
    /// An aggregate by value. The IR value is the address of its bytes: the caller's, read at the
    /// call; in the callee, the address of the callee's own copy. A function that returns one takes
    /// the address of the memory for it as an extra first call operand, and `return` gives the
    /// address of the bytes to return.
    Aggregate(Aggregate),
}

/// A parameter or result with its ABI attributes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct SignatureParam {
    /// The type.
    pub ty: ParamType,
    /// Widening of narrow integers.
    pub extension: Extension,
    /// `nest`: passed in the static-chain register.
    pub is_static_chain: bool,
    /// The pointer is not accessed through any other value while the function runs (`restrict`).
    pub no_alias: bool,
    /// The pointer is not null.
    pub non_null: bool,
}

impl SignatureParam {
    /// A plain value.
    pub const fn new(ty: Type) -> SignatureParam {
        SignatureParam::of(ParamType::Scalar(ty))
    }

    /// An aggregate by value.
    pub const fn aggregate(aggregate: Aggregate) -> SignatureParam {
        SignatureParam::of(ParamType::Aggregate(aggregate))
    }

    const fn of(ty: ParamType) -> SignatureParam {
        SignatureParam {
            ty,
            extension: Extension::None,
            is_static_chain: false,
            no_alias: false,
            non_null: false,
        }
    }

    /// With a widening.
    #[must_use]
    pub const fn extended(mut self, extension: Extension) -> SignatureParam {
        self.extension = extension;
        self
    }

    /// The type of the IR value that carries it: aggregates travel as addresses.
    pub const fn value_type(&self) -> Type {
        match self.ty {
            ParamType::Scalar(ty) => ty,
            ParamType::Aggregate(_) => Type::PTR,
        }
    }
}

/// A function's type and ABI.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Signature {
    /// Parameters.
    pub params: Vec<SignatureParam>,
    /// Results; C has at most one, other languages may return several scalars.
    pub results: Vec<SignatureParam>,
    /// Whether more arguments may follow (`...`).
    pub variadic: bool,
    /// In the signature of a variadic *call*, `params` lists all arguments that are passed, and this
    /// is how many of them are named; the rest are variable arguments. `None`: all are named.
    pub named_params: Option<u32>,
    /// Convention.
    pub call_conv: CallConv,
}

impl Signature {
    /// A signature of plain values under the C convention.
    pub fn new(params: &[Type], results: &[Type]) -> Signature {
        Signature {
            params: params.iter().map(|t| SignatureParam::new(*t)).collect(),
            results: results.iter().map(|t| SignatureParam::new(*t)).collect(),
            variadic: false,
            named_params: None,
            call_conv: CallConv::C,
        }
    }

    /// How many parameters are named: passed as if the function were not variadic.
    pub fn named_count(&self) -> usize {
        self.named_params.map_or(self.params.len(), |n| n as usize)
    }

    /// The aggregate that is returned by value, if one is. Then a call has one extra first operand
    /// (the address for the result) and no result value.
    pub fn returned_aggregate(&self) -> Option<Aggregate> {
        match self.results.first()?.ty {
            ParamType::Aggregate(aggregate) => Some(aggregate),
            ParamType::Scalar(_) => None,
        }
    }

    /// The types of the values that a call yields.
    pub fn result_types(&self) -> impl Iterator<Item = Type> + '_ {
        self.results.iter().filter_map(|r| match r.ty {
            ParamType::Scalar(ty) => Some(ty),
            ParamType::Aggregate(_) => None,
        })
    }
}
