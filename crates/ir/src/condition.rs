//! Condition codes, atomic operations, orderings, traps: the small enumerations that instructions
//! carry in their `aux` byte.

macro_rules! named_enum {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident $text:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        #[repr(u8)]
        pub enum $name { $($(#[$vdoc])* $variant),* }

        impl $name {
            /// All, in order.
            pub const ALL: &'static [$name] = &[$($name::$variant),*];

            /// The name in the text form.
            pub const fn name(self) -> &'static str {
                match self { $($name::$variant => $text),* }
            }

            /// The one with this name.
            pub fn from_name(name: &str) -> Option<$name> {
                match name { $($text => Some($name::$variant),)* _ => None }
            }

            /// The one with this number (as stored in an instruction).
            pub fn from_u8(number: u8) -> Option<$name> {
                $name::ALL.get(number as usize).copied()
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.name())
            }
        }
    };
}
pub(crate) use named_enum;

named_enum! {
    /// Integer and address comparison.
    IntCond {
        /// equal
        Eq "eq",
        /// not equal
        Ne "ne",
        /// signed less
        Slt "slt",
        /// signed greater or equal
        Sge "sge",
        /// signed greater
        Sgt "sgt",
        /// signed less or equal
        Sle "sle",
        /// unsigned less
        Ult "ult",
        /// unsigned greater or equal
        Uge "uge",
        /// unsigned greater
        Ugt "ugt",
        /// unsigned less or equal
        Ule "ule",
    }
}

impl IntCond {
    /// The condition that holds exactly when this one does not.
    #[must_use]
    pub const fn inverse(self) -> IntCond {
        use IntCond::*;
        match self {
            Eq => Ne,
            Ne => Eq,
            Slt => Sge,
            Sge => Slt,
            Sgt => Sle,
            Sle => Sgt,
            Ult => Uge,
            Uge => Ult,
            Ugt => Ule,
            Ule => Ugt,
        }
    }

    /// The condition with the operands exchanged.
    #[must_use]
    pub const fn swapped(self) -> IntCond {
        use IntCond::*;
        match self {
            Eq => Eq,
            Ne => Ne,
            Slt => Sgt,
            Sgt => Slt,
            Sle => Sge,
            Sge => Sle,
            Ult => Ugt,
            Ugt => Ult,
            Ule => Uge,
            Uge => Ule,
        }
    }

    /// Whether it compares as signed numbers.
    pub const fn is_signed(self) -> bool {
        matches!(self, IntCond::Slt | IntCond::Sge | IntCond::Sgt | IntCond::Sle)
    }
}

named_enum! {
    /// Float comparison; `o…` is false and `u…` is true when an operand is NaN.
    FloatCond {
        /// ordered and equal
        Oeq "oeq",
        /// unordered or not equal (C `!=`)
        Une "une",
        /// ordered and less
        Olt "olt",
        /// ordered and less or equal
        Ole "ole",
        /// ordered and greater
        Ogt "ogt",
        /// ordered and greater or equal
        Oge "oge",
        /// ordered and not equal
        One "one",
        /// unordered or equal
        Ueq "ueq",
        /// unordered or less
        Ult "ult",
        /// unordered or less or equal
        Ule "ule",
        /// unordered or greater
        Ugt "ugt",
        /// unordered or greater or equal
        Uge "uge",
        /// neither is NaN
        Ord "ord",
        /// one is NaN
        Uno "uno",
    }
}

impl FloatCond {
    /// The condition that holds exactly when this one does not.
    #[must_use]
    pub const fn inverse(self) -> FloatCond {
        use FloatCond::*;
        match self {
            Oeq => Une,
            Une => Oeq,
            Olt => Uge,
            Ole => Ugt,
            Ogt => Ule,
            Oge => Ult,
            One => Ueq,
            Ueq => One,
            Ult => Oge,
            Ule => Ogt,
            Ugt => Ole,
            Uge => Olt,
            Ord => Uno,
            Uno => Ord,
        }
    }

    /// The condition with the operands exchanged.
    #[must_use]
    pub const fn swapped(self) -> FloatCond {
        use FloatCond::*;
        match self {
            Olt => Ogt,
            Ogt => Olt,
            Ole => Oge,
            Oge => Ole,
            Ult => Ugt,
            Ugt => Ult,
            Ule => Uge,
            Uge => Ule,
            same => same,
        }
    }
}

named_enum! {
    /// Read-modify-write operation.
    AtomicOp {
        /// exchange
        Xchg "xchg",
        /// add
        Add "add",
        /// subtract
        Sub "sub",
        /// and
        And "and",
        /// not (a and b)
        Nand "nand",
        /// or
        Or "or",
        /// exclusive or
        Xor "xor",
        /// signed minimum
        Smin "smin",
        /// signed maximum
        Smax "smax",
        /// unsigned minimum
        Umin "umin",
        /// unsigned maximum
        Umax "umax",
    }
}

named_enum! {
    /// C11 memory ordering (`consume` is written `acquire`).
    Ordering {
        /// not atomic
        None "none",
        /// relaxed
        Relaxed "relaxed",
        /// acquire
        Acquire "acquire",
        /// release
        Release "release",
        /// acquire and release
        AcqRel "acq_rel",
        /// sequentially consistent
        SeqCst "seq_cst",
    }
}

named_enum! {
    /// Why a `trap` traps.
    TrapCode {
        /// `__builtin_trap` and the like
        User "user",
        /// integer division by zero
        DivideByZero "divide_by_zero",
        /// arithmetic overflow
        Overflow "overflow",
        /// index or address out of bounds
        OutOfBounds "out_of_bounds",
        /// null address
        Null "null",
        /// a broken promise found by a sanitizer
        Undefined "undefined",
    }
}

named_enum! {
    /// How likely a branch goes to its first target.
    Likelihood {
        /// nothing known
        Unknown "",
        /// `__builtin_expect` says taken
        Likely "likely",
        /// `__builtin_expect` says not taken
        Unlikely "unlikely",
    }
}
