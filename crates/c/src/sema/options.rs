//! What the command line tells the checker, and the table of its warnings.
//!
//! Names and groups are gcc 12's ("Warning Options" of its manual).

/// Options of parser and checker besides those of the preprocessor.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Warnings.
    pub warnings: Warnings,
    /// `-fgnu89-inline`.
    pub gnu89_inline: bool,
    /// `-fshort-enums`.
    pub short_enums: bool,
    /// `-fno-builtin` or `-ffreestanding`: plain names are no library functions.
    pub no_builtin: bool,
    /// `-fno-builtin-NAME`.
    pub no_builtin_names: Vec<String>,
    /// `-fsigned-char` / `-funsigned-char`.
    pub char_is_signed: Option<bool>,
    /// `-fsigned-bitfields` is the default; `-funsigned-bitfields`.
    pub unsigned_bit_fields: bool,
    /// `-fcommon`.
    pub common: bool,
    /// `-fmax-errors=`; 0: no limit.
    pub max_errors: usize,
    /// `-fpermissive`-like K&R leniency is not there; `-fms-extensions`/`-fplan9-extensions`:
    /// tagged anonymous members.
    pub ms_extensions: bool,
}

macro_rules! warnings {
    ($($id:ident $name:literal $group:ident;)*) => {
        /// A warning option.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[repr(u8)]
        #[allow(missing_docs)]
        pub enum Warning { $($id),* }

        const WARNINGS: &[(Warning, &str, Group)] = &[$((Warning::$id, $name, Group::$group)),*];
    };
}

/// What switches a warning on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Group {
    /// On by default.
    Default,
    /// `-Wall`
    All,
    /// `-Wextra`
    Extra,
    /// `-Wpedantic`
    Pedantic,
    /// Only by its own name.
    Named,
    /// `-Wunused`, which `-Wall` implies.
    Unused,
    /// Needs `-Wunused` and `-Wextra`.
    UnusedExtra,
}

warnings! {
    ImplicitFunctionDeclaration "implicit-function-declaration" Default;
    ImplicitInt "implicit-int" Default;
    IntConversion "int-conversion" Default;
    IncompatiblePointerTypes "incompatible-pointer-types" Default;
    DiscardedQualifiers "discarded-qualifiers" Default;
    DiscardedArrayQualifiers "discarded-array-qualifiers" Default;
    IntToPointerCast "int-to-pointer-cast" Default;
    PointerToIntCast "pointer-to-int-cast" Default;
    Overflow "overflow" Default;
    DivByZero "div-by-zero" Default;
    Attributes "attributes" Default;
    DeprecatedDeclarations "deprecated-declarations" Default;
    UnusedResult "unused-result" Default;
    ReturnMismatch "return-type" Default;
    BuiltinDeclarationMismatch "builtin-declaration-mismatch" Default;
    ShiftCountNegative "shift-count-negative" Default;
    ShiftCountOverflow "shift-count-overflow" Default;
    SwitchUnreachable "switch-unreachable" Default;
    ReturnLocalAddr "return-local-addr" Default;
    Psabi "psabi" Default;
    Pragmas "pragmas" Default;
    Varargs "varargs" Default;
    EndifLabels "endif-labels" Default;
    ScalarStorage "scalar-storage-order" Default;
    AddressOfPacked "address-of-packed-member" Default;
    PointerCompare "pointer-compare" Default;
    Designated "designated-init" Default;
    ExcessInitializers "excess-initializers" Default;
    ReturnType "return-type" All;
    Main "main" All;
    Comment "comment" All;
    Format "format" All;
    FormatExtraArgs "format-extra-args" All;
    FormatZeroLength "format-zero-length" All;
    Nonnull "nonnull" All;
    Parentheses "parentheses" All;
    PointerSign "pointer-sign" All;
    SequencePoint "sequence-point" All;
    Switch "switch" All;
    Address "address" All;
    CharSubscripts "char-subscripts" All;
    BoolCompare "bool-compare" All;
    BoolOperation "bool-operation" All;
    LogicalNotParentheses "logical-not-parentheses" All;
    TautologicalCompare "tautological-compare" All;
    SizeofPointerDiv "sizeof-pointer-div" All;
    SizeofArrayDiv "sizeof-array-div" All;
    MissingBraces "missing-braces" All;
    UnknownPragmas "unknown-pragmas" All;
    EnumCompare "enum-compare" All;
    MisleadingIndentation "misleading-indentation" All;
    IntInBoolContext "int-in-bool-context" All;
    DuplicateDeclSpecifier "duplicate-decl-specifier" All;
    ShiftNegativeValueAll "shift-negative-value" Extra;
    UnusedVariable "unused-variable" Unused;
    UnusedFunction "unused-function" Unused;
    UnusedLabel "unused-label" Unused;
    UnusedValue "unused-value" Unused;
    UnusedButSetVariable "unused-but-set-variable" Unused;
    UnusedLocalTypedefs "unused-local-typedefs" Unused;
    UnusedParameter "unused-parameter" UnusedExtra;
    UnusedButSetParameter "unused-but-set-parameter" UnusedExtra;
    SignCompare "sign-compare" Extra;
    ImplicitFallthrough "implicit-fallthrough" Extra;
    EmptyBody "empty-body" Extra;
    MissingFieldInitializers "missing-field-initializers" Extra;
    MissingParameterType "missing-parameter-type" Extra;
    OldStyleDeclaration "old-style-declaration" Extra;
    OverrideInit "override-init" Extra;
    TypeLimits "type-limits" Extra;
    IgnoredQualifiers "ignored-qualifiers" Extra;
    CastFunctionType "cast-function-type" Extra;
    Pedantic "pedantic" Pedantic;
    PointerArith "pointer-arith" Pedantic;
    Shadow "shadow" Named;
    MissingPrototypes "missing-prototypes" Named;
    MissingDeclarations "missing-declarations" Named;
    StrictPrototypes "strict-prototypes" Named;
    OldStyleDefinition "old-style-definition" Named;
    Conversion "conversion" Named;
    SignConversion "sign-conversion" Named;
    FloatEqual "float-equal" Named;
    FloatConversion "float-conversion" Named;
    CastQual "cast-qual" Named;
    CastAlign "cast-align" Named;
    WriteStrings "write-strings" Named;
    RedundantDecls "redundant-decls" Named;
    NestedExterns "nested-externs" Named;
    DeclarationAfterStatement "declaration-after-statement" Named;
    SwitchDefault "switch-default" Named;
    SwitchEnum "switch-enum" Named;
    BadFunctionCast "bad-function-cast" Named;
    Vla "vla" Named;
    FormatNonliteral "format-nonliteral" Named;
    FormatSecurity "format-security" Named;
    FormatSignedness "format-signedness" Named;
    Undef "undef" Named;
    JumpMisses "jump-misses-init" Named;
    LongLong "long-long" Named;
    Padded "padded" Named;
    Packed "packed" Named;
    CxxCompat "c++-compat" Named;
    C90C99Compat "c90-c99-compat" Named;
    C99C11Compat "c99-c11-compat" Named;
    DoublePromotion "double-promotion" Named;
    Inline "inline" Named;
    AggregateReturn "aggregate-return" Named;
    Traditional "traditional" Named;
}

/// Names that gcc knows and that have no effect here: accepted silently.
const ACCEPTED: &[&str] = &[
    "uninitialized",
    "maybe-uninitialized",
    "strict-aliasing",
    "strict-overflow",
    "array-bounds",
    "stringop-overflow",
    "stringop-truncation",
    "stringop-overread",
    "format-overflow",
    "format-truncation",
    "restrict",
    "nonnull-compare",
    "null-dereference",
    "duplicated-cond",
    "duplicated-branches",
    "logical-op",
    "unsafe-loop-optimizations",
    "init-self",
    "disabled-optimization",
    "stack-protector",
    "stack-usage",
    "frame-larger-than",
    "vla-larger-than",
    "alloca",
    "alloca-larger-than",
    "larger-than",
    "suggest-attribute",
    "unreachable-code",
    "invalid-pch",
    "system-headers",
    "cpp",
    "error",
    "trigraphs",
    "volatile-register-var",
    "memset-elt-size",
    "memset-transposed-args",
    "sizeof-pointer-memaccess",
    "clobbered",
    "array-parameter",
    "absolute-value",
    "arith-conversion",
    "attribute-alias",
    "attribute-warning",
    "builtin-macro-redefined",
    "cast-align=strict",
    "class-memaccess",
    "coverage-mismatch",
    "date-time",
    "dangling-pointer",
    "free-nonheap-object",
    "hsa",
    "if-not-aligned",
    "implicit",
    "incompatible-library-redeclaration",
    "infinite-recursion",
    "inherited-variadic-ctor",
    "lto-type-mismatch",
    "mismatched-dealloc",
    "multichar",
    "multistatement-macros",
    "missing-attributes",
    "missing-include-dirs",
    "misspelled-isr",
    "normalized",
    "odr",
    "openmp-simd",
    "overlength-strings",
    "packed-bitfield-compat",
    "packed-not-aligned",
    "shadow=local",
    "shadow=global",
    "shadow=compatible-local",
    "shift-overflow",
    "string-compare",
    "suggest-final-types",
    "switch-bool",
    "switch-outside-range",
    "sync-nand",
    "trampolines",
    "tsan",
    "unused-macros",
    "unused-const-variable",
    "unsuffixed-float-constants",
    "use-after-free",
    "vector-operation-performance",
    "virtual-inheritance",
    "zero-length-bounds",
    "unused-const-variable=1",
    "aggressive-loop-optimizations",
    "bidi-chars",
    "c++11-compat",
    "enum-conversion",
    "expansion-to-defined",
    "extra-semi",
    "format-y2k",
    "format-contains-nul",
    "inline",
    "property-assign-default",
    "redundant-move",
    "return-std-move",
    "pessimizing-move",
    "deprecated",
    "nested-anon-types",
    "c11-c2x-compat",
    "direct-ivar-access",
    "stack-usage=",
    "unused",
    "abi",
    "complain-wrong-lang",
];

type Set = u128;

fn bit(warning: Warning) -> Set {
    1 << warning as u8
}

/// Which warnings are on and which are errors.
#[derive(Clone, Debug)]
pub struct Warnings {
    enabled: Set,
    /// Set or cleared by its own name: groups do not touch it.
    explicit: Set,
    errors: Set,
    not_errors: Set,
    /// `-Werror`
    pub all_errors: bool,
    /// `-w`
    pub none: bool,
    /// `-pedantic-errors`
    pub pedantic_errors: bool,
    /// `-Wsystem-headers`
    pub system_headers: bool,
    all: bool,
    extra: bool,
    unused: bool,
}

impl Default for Warnings {
    fn default() -> Warnings {
        let mut warnings = Warnings {
            enabled: 0,
            explicit: 0,
            errors: 0,
            not_errors: 0,
            all_errors: false,
            none: false,
            pedantic_errors: false,
            system_headers: false,
            all: false,
            extra: false,
            unused: false,
        };
        warnings.set_group(Group::Default, true);
        warnings
    }
}

/// A `-W` option that gcc does not know either.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct UnknownWarning;

impl Warning {
    /// The option's name without `-W`.
    pub fn name(self) -> &'static str {
        WARNINGS[self as usize].1
    }
}

impl Warnings {
    fn set_group(&mut self, group: Group, on: bool) {
        for (warning, _, of) in WARNINGS {
            if *of == group && self.explicit & bit(*warning) == 0 {
                self.enabled = if on { self.enabled | bit(*warning) } else { self.enabled & !bit(*warning) };
            }
        }
    }

    /// Applies the text after `-W` (or `pedantic`, `pedantic-errors`, from options of that name).
    ///
    /// # Errors
    /// [`UnknownWarning`] if there is no such option; a `no-` form of an unknown name is accepted.
    pub fn apply(&mut self, option: &str) -> Result<(), UnknownWarning> {
        if option == "pedantic-errors" {
            self.pedantic_errors = true;
            self.set_group(Group::Pedantic, true);
            return Ok(());
        }
        if let Some(name) = option.strip_prefix("error=") {
            self.set(name, true)?;
            self.for_each(name, |set, bits| {
                set.errors |= bits;
                set.not_errors &= !bits;
            });
            return Ok(());
        }
        if let Some(name) = option.strip_prefix("no-error=") {
            self.for_each(name, |set, bits| {
                set.errors &= !bits;
                set.not_errors |= bits;
            });
            return Ok(());
        }
        match option {
            "error" => self.all_errors = true,
            "no-error" => self.all_errors = false,
            _ => {
                if let Some(name) = option.strip_prefix("no-") {
                    let _ = self.set(name, false);
                } else {
                    self.set(option, true)?;
                }
            }
        }
        Ok(())
    }

    fn for_each(&mut self, name: &str, mut change: impl FnMut(&mut Warnings, Set)) {
        for (warning, known, _) in WARNINGS {
            if *known == name {
                change(self, bit(*warning));
            }
        }
    }

    fn set(&mut self, option: &str, on: bool) -> Result<(), UnknownWarning> {
        match option {
            "all" => {
                self.all = on;
                self.unused = on;
                self.set_group(Group::All, on);
                self.set_group(Group::Unused, on);
            }
            "extra" => {
                self.extra = on;
                self.set_group(Group::Extra, on);
            }
            "pedantic" => self.set_group(Group::Pedantic, on),
            "unused" => {
                self.unused = on;
                self.set_group(Group::Unused, on);
            }
            "conversion" => {
                self.for_each("float-conversion", |set, bits| {
                    if set.explicit & bits == 0 {
                        set.enabled = if on { set.enabled | bits } else { set.enabled & !bits };
                    }
                });
                return self.set_named(option, on);
            }
            "system-headers" => self.system_headers = on,
            _ => return self.set_named(option, on),
        }
        let unused_extra = self.extra && self.unused;
        self.set_group(Group::UnusedExtra, unused_extra);
        Ok(())
    }

    fn set_named(&mut self, option: &str, on: bool) -> Result<(), UnknownWarning> {
        let (name, level) = match option.split_once('=') {
            Some((name, level)) => (name, level),
            None => (option, "1"),
        };
        let on = on && level != "0";
        let mut found = false;
        let on_bits = |set: &mut Warnings, bits: Set| {
            found = true;
            set.explicit |= bits;
            set.enabled = if on { set.enabled | bits } else { set.enabled & !bits };
        };
        self.for_each(name, on_bits);
        if found || ACCEPTED.contains(&option) || ACCEPTED.contains(&name) {
            Ok(())
        } else {
            Err(UnknownWarning)
        }
    }

    /// Whether a warning is on.
    pub fn is_on(&self, warning: Warning) -> bool {
        !self.none && self.enabled & bit(warning) != 0
    }

    /// Whether a warning that is on is an error.
    pub fn is_error(&self, warning: Warning) -> bool {
        self.errors & bit(warning) != 0 || (self.all_errors && self.not_errors & bit(warning) == 0)
    }
}
