//! The opcode table: each instruction's name, operand format, type rule, result rule and flags,
//! once. Reader, writer, verifier, builder and interpreter dispatch on it.
//!
//! Columns: variant, text name, [`Format`] (operands and where they are stored), allowed
//! controlling types ([`TypeClass`]), [`ResultRule`], [`Flags`], documentation.

use std::fmt;

/// The operands of an instruction, their storage in [`crate::InstData`] and their text form.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Format {
    /// No operand.
    Nullary,
    /// A 64-bit immediate, sign-extended to the type: `iconst.i32 -1`.
    IntConst,
    /// A bit pattern of at most 64 bits: `fconst.f64 0x1.8p1`.
    FloatConst,
    /// A constant of the function's table: i128, f80, f128, vectors.
    PoolConst,
    /// A module symbol plus a byte offset: `addr @x + 8`.
    SymbolAddr,
    /// A stack slot plus a byte offset: `slot_addr ss0 + 8`.
    SlotAddr,
    /// A stack slot: `lifetime_start ss0`.
    Slot,
    /// A block of this function: `block_addr block3`.
    BlockAddr,
    /// One value of the controlling type.
    Unary,
    /// One value of another type (conversions): `zext.i64 v1`; the operand rule is in the docs.
    Convert,
    /// Two values of the controlling type.
    Binary,
    /// A value of the controlling type and a 64-bit immediate, sign-extended to the type.
    BinaryImm,
    /// Three values of the controlling type.
    Ternary,
    /// Two values of the controlling type and a carry-in (`i8`).
    BinaryCarry,
    /// Condition (`i8`, or a vector of integers as wide as the lanes), then two values.
    Select,
    /// Integer condition, two values of the controlling type.
    IntCompare,
    /// Integer condition, a value, a 64-bit immediate.
    IntCompareImm,
    /// Float condition, two values of the controlling type.
    FloatCompare,
    /// An address and an integer of the address's width.
    PtrAdd,
    /// An address and a 64-bit byte offset.
    PtrAddImm,
    /// An address, a 32-bit byte offset, memory flags; loads the controlling type.
    Load,
    /// A value of the controlling type, an address, a 32-bit byte offset, memory flags.
    Store,
    /// Operation, address, value of the controlling type, memory flags.
    AtomicRmw,
    /// Address, expected, new value, memory flags (two orderings).
    AtomicCas,
    /// An ordering.
    Fence,
    /// Destination address, source address (or the byte for `memset`), length, memory flags.
    MemoryBlock,
    /// Address and two 32-bit immediates (write?, locality 0-3).
    Prefetch,
    /// A size in bytes (address-sized integer) and an alignment.
    StackAlloc,
    /// One address operand.
    Address,
    /// Two address operands.
    TwoAddresses,
    /// Address of a `va_list`, address of the destination, aggregate.
    VaArgAggregate,
    /// A depth.
    Depth,
    /// A branch target.
    Jump,
    /// A condition value (any integer or address: zero or not), two targets.
    Branch,
    /// A value of the controlling type, a switch table.
    Switch,
    /// An address, the possible blocks (without parameters).
    IndirectJump,
    /// The values to return.
    Return,
    /// Arguments, signature, symbol.
    Call,
    /// Callee address and arguments, signature.
    CallIndirect,
    /// Arguments, signature, runtime routine.
    CallLib,
    /// Arguments, signature, symbol, normal and unwind target.
    Invoke,
    /// Callee address and arguments, signature, normal and unwind target.
    InvokeIndirect,
    /// The clauses.
    LandingPad,
    /// Exception address and selector.
    Resume,
    /// Inputs and the statement.
    Asm,
    /// Inputs, the statement and its targets: first the fall-through, then the labels.
    AsmGoto,
    /// A trap code.
    Trap,
    /// A condition value (`i8`) and a trap code.
    TrapIf,
    /// Two vectors and a constant of lane numbers (one byte each).
    Shuffle,
    /// A vector and a lane number.
    ExtractLane,
    /// A vector, a scalar and a lane number.
    InsertLane,
    /// A value and a debug variable.
    DebugValue,
    /// A stack slot and a debug variable.
    DebugSlot,
}

/// Which controlling types an instruction accepts: a set of kinds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TypeClass(pub u8);

impl TypeClass {
    /// No controlling type.
    pub const NONE: TypeClass = TypeClass(0);
    /// Integer scalars.
    pub const INT: TypeClass = TypeClass(1);
    /// Addresses.
    pub const PTR: TypeClass = TypeClass(2);
    /// Float scalars.
    pub const FLOAT: TypeClass = TypeClass(4);
    /// Vectors of integers.
    pub const INT_VECTOR: TypeClass = TypeClass(8);
    /// Vectors of floats.
    pub const FLOAT_VECTOR: TypeClass = TypeClass(16);
    /// Vectors of addresses.
    pub const PTR_VECTOR: TypeClass = TypeClass(32);
    /// Integers, scalar or vector.
    pub const INTS: TypeClass = TypeClass(1 | 8);
    /// Integers and addresses, scalar or vector.
    pub const INTS_PTRS: TypeClass = TypeClass(1 | 2 | 8 | 32);
    /// Integer or address scalars.
    pub const INT_PTR: TypeClass = TypeClass(1 | 2);
    /// Floats, scalar or vector.
    pub const FLOATS: TypeClass = TypeClass(4 | 16);
    /// Any vector.
    pub const VECTOR: TypeClass = TypeClass(8 | 16 | 32);
    /// Any type.
    pub const ANY: TypeClass = TypeClass(63);

    /// Whether a type belongs to the class (`Type::NONE` only to the empty class).
    pub fn accepts(self, ty: crate::Type) -> bool {
        let lane = ty.lane();
        let scalar_bit = if lane.is_int() {
            1
        } else if lane.is_ptr() {
            2
        } else if lane.is_float() {
            4
        } else {
            return self.0 == 0;
        };
        let bit = match (ty.is_vector(), scalar_bit) {
            (false, bit) => bit,
            (true, 1) => 8,
            (true, 4) => 16,
            (true, _) => 32,
        };
        self.0 & bit != 0
    }
}

/// The results of an instruction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ResultRule {
    /// None.
    None,
    /// One of the controlling type.
    Same,
    /// One address.
    Ptr,
    /// `i8` 0 or 1 for scalars; for vectors, integers as wide as the lanes, 0 or all ones.
    Bool,
    /// One of the controlling type and an `i8` flag.
    SameAndFlag,
    /// The lane type of the controlling type.
    Lane,
    /// An `i32` bit mask, lane 0 lowest.
    Mask,
    /// As the call's signature says.
    Signature,
    /// As the inline-assembly statement's outputs say.
    Asm,
    /// An address and an `i32` selector.
    Landing,
}

/// Properties that passes ask for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Flags(pub u16);

impl Flags {
    /// Result depends on operands only.
    pub const PURE: Flags = Flags(0);
    /// Operands may be exchanged.
    pub const COMMUTATIVE: Flags = Flags(1);
    /// Reads memory.
    pub const READS: Flags = Flags(2);
    /// Writes memory.
    pub const WRITES: Flags = Flags(4);
    /// Has an effect beyond result and memory, must be kept and stay in order.
    pub const EFFECT: Flags = Flags(8);
    /// Undefined for some operands: may not run where it was not asked for.
    pub const PARTIAL: Flags = Flags(16);
    /// Ends a block.
    pub const TERMINATOR: Flags = Flags(32);
    /// Is a call.
    pub const CALL: Flags = Flags(64);
    /// Accepts `nsw` and `nuw`.
    pub const WRAP: Flags = Flags(128);
    /// Accepts `exact`.
    pub const EXACT: Flags = Flags(256);
    /// Accepts the fast-math flags.
    pub const FAST_MATH: Flags = Flags(512);
    /// Accepts `inbounds`.
    pub const IN_BOUNDS: Flags = Flags(1024);

    /// The union.
    pub const fn or(self, other: Flags) -> Flags {
        Flags(self.0 | other.0)
    }

    /// Whether all of `other` are set.
    pub const fn has(self, other: Flags) -> bool {
        self.0 & other.0 == other.0
    }
}

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub struct OpcodeInfo {
    /// Text name.
    pub name: &'static str,
    /// Operands.
    pub format: Format,
    /// Controlling types.
    pub types: TypeClass,
    /// Results.
    pub result: ResultRule,
    /// Properties.
    pub flags: Flags,
    /// What it does.
    pub doc: &'static str,
}

macro_rules! opcodes {
    ($($variant:ident $text:literal $format:ident $types:ident $result:ident [$($flag:ident)*] $doc:literal;)*) => {
        /// An operation.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Opcode { $(#[doc = $doc] $variant),* }

        /// The table, indexed by opcode.
        pub static OPCODES: &[OpcodeInfo] = &[$(OpcodeInfo {
            name: $text,
            format: Format::$format,
            types: TypeClass::$types,
            result: ResultRule::$result,
            flags: Flags::PURE$(.or(Flags::$flag))*,
            doc: $doc,
        }),*];

        impl Opcode {
            /// All opcodes in table order.
            pub const ALL: &'static [Opcode] = &[$(Opcode::$variant),*];
        }
    };
}

opcodes! {
    // Constants and addresses.
    Iconst "iconst" IntConst INT_PTR Same [] "An integer or address constant; the immediate is truncated to the type.";
    Fconst "fconst" FloatConst FLOAT Same [] "An f32 or f64 constant.";
    Const "const" PoolConst ANY Same [] "A constant of any type, from its bytes in little-endian order.";
    Undef "undef" Nullary ANY Same [] "A value that is fixed but unknown.";
    Addr "addr" SymbolAddr NONE Ptr [] "The address of a symbol plus an offset; for a thread-local symbol, of this thread's instance.";
    SlotAddr "slot_addr" SlotAddr NONE Ptr [] "The address of a stack slot plus an offset.";
    BlockAddr "block_addr" BlockAddr NONE Ptr [] "The address of a block, for `indirect_jump`.";

    // Integer arithmetic: wraps.
    Iadd "iadd" Binary INTS Same [COMMUTATIVE WRAP] "Sum.";
    Isub "isub" Binary INTS Same [WRAP] "Difference.";
    Imul "imul" Binary INTS Same [COMMUTATIVE WRAP] "Product.";
    Umulhi "umulhi" Binary INTS Same [COMMUTATIVE] "Upper half of the unsigned double-width product.";
    Smulhi "smulhi" Binary INTS Same [COMMUTATIVE] "Upper half of the signed double-width product.";
    Udiv "udiv" Binary INTS Same [PARTIAL EXACT] "Unsigned quotient; a zero divisor is undefined.";
    Sdiv "sdiv" Binary INTS Same [PARTIAL EXACT] "Signed quotient towards zero; a zero divisor and overflow are undefined.";
    Urem "urem" Binary INTS Same [PARTIAL] "Unsigned remainder; a zero divisor is undefined.";
    Srem "srem" Binary INTS Same [PARTIAL] "Signed remainder, sign of the dividend; a zero divisor and overflow are undefined.";
    Ineg "ineg" Unary INTS Same [WRAP] "Two's complement negation.";
    Iabs "iabs" Unary INTS Same [] "Absolute value; the least number is its own.";
    IaddImm "iadd_imm" BinaryImm INT Same [WRAP] "Sum with an immediate.";
    ImulImm "imul_imm" BinaryImm INT Same [WRAP] "Product with an immediate.";
    Smin "smin" Binary INTS Same [COMMUTATIVE] "Signed minimum.";
    Smax "smax" Binary INTS Same [COMMUTATIVE] "Signed maximum.";
    Umin "umin" Binary INTS Same [COMMUTATIVE] "Unsigned minimum.";
    Umax "umax" Binary INTS Same [COMMUTATIVE] "Unsigned maximum.";
    UaddSat "uadd_sat" Binary INTS Same [COMMUTATIVE] "Unsigned saturating sum.";
    SaddSat "sadd_sat" Binary INTS Same [COMMUTATIVE] "Signed saturating sum.";
    UsubSat "usub_sat" Binary INTS Same [] "Unsigned saturating difference.";
    SsubSat "ssub_sat" Binary INTS Same [] "Signed saturating difference.";
    UaddOverflow "uadd_overflow" Binary INT SameAndFlag [COMMUTATIVE] "Sum, and whether it wrapped as unsigned.";
    SaddOverflow "sadd_overflow" Binary INT SameAndFlag [COMMUTATIVE] "Sum, and whether it wrapped as signed.";
    UsubOverflow "usub_overflow" Binary INT SameAndFlag [] "Difference, and whether it borrowed.";
    SsubOverflow "ssub_overflow" Binary INT SameAndFlag [] "Difference, and whether it wrapped as signed.";
    UmulOverflow "umul_overflow" Binary INT SameAndFlag [COMMUTATIVE] "Product, and whether it wrapped as unsigned.";
    SmulOverflow "smul_overflow" Binary INT SameAndFlag [COMMUTATIVE] "Product, and whether it wrapped as signed.";
    UaddCarry "uadd_carry" BinaryCarry INT SameAndFlag [] "Sum with a carry in (0 or 1) and a carry out.";
    UsubBorrow "usub_borrow" BinaryCarry INT SameAndFlag [] "Difference with a borrow in (0 or 1) and a borrow out.";

    // Bits. Shift and rotate counts are of the same type and taken modulo the width.
    Iand "iand" Binary INTS Same [COMMUTATIVE] "Bitwise and.";
    Ior "ior" Binary INTS Same [COMMUTATIVE] "Bitwise or.";
    Ixor "ixor" Binary INTS Same [COMMUTATIVE] "Bitwise exclusive or.";
    Inot "inot" Unary INTS Same [] "Bitwise complement.";
    Shl "shl" Binary INTS Same [WRAP] "Shift left.";
    Lshr "lshr" Binary INTS Same [EXACT] "Shift right, zeros in.";
    Ashr "ashr" Binary INTS Same [EXACT] "Shift right, sign in.";
    Rotl "rotl" Binary INTS Same [] "Rotate left.";
    Rotr "rotr" Binary INTS Same [] "Rotate right.";
    IandImm "iand_imm" BinaryImm INT Same [] "Bitwise and with an immediate.";
    IorImm "ior_imm" BinaryImm INT Same [] "Bitwise or with an immediate.";
    IxorImm "ixor_imm" BinaryImm INT Same [] "Bitwise exclusive or with an immediate.";
    ShlImm "shl_imm" BinaryImm INT Same [WRAP] "Shift left by an immediate.";
    LshrImm "lshr_imm" BinaryImm INT Same [EXACT] "Shift right by an immediate, zeros in.";
    AshrImm "ashr_imm" BinaryImm INT Same [EXACT] "Shift right by an immediate, sign in.";
    Clz "clz" Unary INTS Same [] "Leading zeros; of 0, the width.";
    Ctz "ctz" Unary INTS Same [] "Trailing zeros; of 0, the width.";
    Popcnt "popcnt" Unary INTS Same [] "Number of ones.";
    Bswap "bswap" Unary INTS Same [] "Bytes in reverse order.";
    Bitrev "bitrev" Unary INTS Same [] "Bits in reverse order.";

    // Comparison and choice.
    Icmp "icmp" IntCompare INTS_PTRS Bool [] "Compares integers or addresses.";
    IcmpImm "icmp_imm" IntCompareImm INT_PTR Bool [] "Compares with an immediate, sign-extended to the type.";
    Fcmp "fcmp" FloatCompare FLOATS Bool [] "Compares floats.";
    Select "select" Select ANY Same [] "The first value where the condition is not zero, else the second.";

    // Float arithmetic: IEEE 754, round to nearest even.
    Fadd "fadd" Binary FLOATS Same [COMMUTATIVE FAST_MATH] "Sum.";
    Fsub "fsub" Binary FLOATS Same [FAST_MATH] "Difference.";
    Fmul "fmul" Binary FLOATS Same [COMMUTATIVE FAST_MATH] "Product.";
    Fdiv "fdiv" Binary FLOATS Same [FAST_MATH] "Quotient.";
    Frem "frem" Binary FLOATS Same [FAST_MATH] "C's fmod.";
    Fma "fma" Ternary FLOATS Same [FAST_MATH] "a*b+c, rounded once.";
    Fneg "fneg" Unary FLOATS Same [] "Sign flipped, also of NaN and zero.";
    Fabs "fabs" Unary FLOATS Same [] "Sign cleared.";
    Fcopysign "fcopysign" Binary FLOATS Same [] "The first with the sign of the second.";
    Fsqrt "fsqrt" Unary FLOATS Same [FAST_MATH] "Square root.";
    Fmin "fmin" Binary FLOATS Same [COMMUTATIVE] "C's fmin: the other one if one is NaN.";
    Fmax "fmax" Binary FLOATS Same [COMMUTATIVE] "C's fmax: the other one if one is NaN.";
    Fceil "fceil" Unary FLOATS Same [] "Rounded up to an integer.";
    Ffloor "ffloor" Unary FLOATS Same [] "Rounded down to an integer.";
    Ftrunc "ftrunc" Unary FLOATS Same [] "Rounded towards zero to an integer.";
    Fnearest "fnearest" Unary FLOATS Same [] "Rounded to the nearest integer, ties to even.";

    // Conversions: the controlling type is the result's; vectors keep their lane count.
    Zext "zext" Convert INTS Same [] "A narrower integer, zeros above.";
    Sext "sext" Convert INTS Same [] "A narrower integer, sign above.";
    Trunc "trunc" Convert INTS Same [] "The low bits of a wider integer.";
    Bitcast "bitcast" Convert ANY Same [] "The same bits as another type of the same width.";
    PtrToInt "ptr_to_int" Convert INT Same [] "An address as an integer, truncated or zero-extended.";
    IntToPtr "int_to_ptr" Convert PTR Same [] "An integer as an address, truncated or zero-extended.";
    Fpext "fpext" Convert FLOATS Same [] "A narrower float, exactly.";
    Fptrunc "fptrunc" Convert FLOATS Same [] "A wider float, rounded.";
    Sitofp "sitofp" Convert FLOATS Same [] "A signed integer, rounded.";
    Uitofp "uitofp" Convert FLOATS Same [] "An unsigned integer, rounded.";
    Fptosi "fptosi" Convert INTS Same [] "Truncated to a signed integer; fixed but unknown when it does not fit.";
    Fptoui "fptoui" Convert INTS Same [] "Truncated to an unsigned integer; fixed but unknown when it does not fit.";
    FptosiSat "fptosi_sat" Convert INTS Same [] "Truncated to a signed integer, saturating, NaN gives 0.";
    FptouiSat "fptoui_sat" Convert INTS Same [] "Truncated to an unsigned integer, saturating, NaN gives 0.";

    // Addresses.
    PtrAdd "ptr_add" PtrAdd NONE Ptr [IN_BOUNDS] "An address moved by a signed number of bytes.";
    PtrAddImm "ptr_add_imm" PtrAddImm NONE Ptr [IN_BOUNDS] "An address moved by a constant number of bytes.";

    // Memory.
    Load "load" Load ANY Same [READS PARTIAL] "Reads a value.";
    Store "store" Store ANY None [WRITES PARTIAL] "Writes a value.";
    AtomicRmw "atomic_rmw" AtomicRmw INT_PTR Same [READS WRITES PARTIAL EFFECT] "Reads, combines, writes; gives the old value.";
    AtomicCas "atomic_cas" AtomicCas INT_PTR SameAndFlag [READS WRITES PARTIAL EFFECT] "Writes the new value if memory holds the expected one; gives the old value and whether it wrote.";
    Fence "fence" Fence NONE None [EFFECT READS WRITES] "Orders memory operations around it.";
    CompilerFence "compiler_fence" Fence NONE None [EFFECT READS WRITES] "Orders against signal handlers of this thread; no machine code.";
    Memcpy "memcpy" MemoryBlock NONE None [READS WRITES PARTIAL] "Copies bytes between places that do not overlap, or are the same.";
    Memmove "memmove" MemoryBlock NONE None [READS WRITES PARTIAL] "Copies bytes between places that may overlap.";
    Memset "memset" MemoryBlock NONE None [WRITES PARTIAL] "Fills bytes with an i8.";
    Prefetch "prefetch" Prefetch NONE None [EFFECT] "A hint that the address will be used.";

    // Stack.
    StackAlloc "stack_alloc" StackAlloc NONE Ptr [EFFECT] "Reserves memory until the function returns or `stack_restore`.";
    StackSave "stack_save" Nullary NONE Ptr [EFFECT] "The current extent of the stack.";
    StackRestore "stack_restore" Address NONE None [EFFECT] "Back to a saved extent.";
    LifetimeStart "lifetime_start" Slot NONE None [EFFECT] "The slot's content begins to matter; it is undefined.";
    LifetimeEnd "lifetime_end" Slot NONE None [EFFECT] "The slot's content matters no more; using it is undefined.";
    FrameAddress "frame_address" Depth NONE Ptr [EFFECT] "The frame address of a caller (0: this function).";
    ReturnAddress "return_address" Depth NONE Ptr [EFFECT] "The return address of a caller (0: this function).";
    ThreadPointer "thread_pointer" Nullary NONE Ptr [] "The thread pointer of the TLS ABI.";

    // Variable arguments: operands are addresses of a `va_list` object.
    VaStart "va_start" Address NONE None [EFFECT READS WRITES] "Begins at the first variable argument.";
    VaEnd "va_end" Address NONE None [EFFECT] "Ends.";
    VaCopy "va_copy" TwoAddresses NONE None [EFFECT READS WRITES] "Copies the second list to the first.";
    VaArg "va_arg" Load ANY Same [EFFECT READS WRITES] "The next argument, of the controlling type.";
    VaArgAggregate "va_arg_aggregate" VaArgAggregate NONE None [EFFECT READS WRITES] "The next argument, an aggregate, copied to the destination.";

    // Calls.
    Call "call" Call NONE Signature [CALL EFFECT READS WRITES] "Calls a function of the module.";
    CallIndirect "call_indirect" CallIndirect NONE Signature [CALL EFFECT READS WRITES] "Calls an address.";
    CallLib "call_lib" CallLib NONE Signature [CALL EFFECT READS WRITES] "Calls a runtime routine.";

    // Vectors.
    Splat "splat" Convert VECTOR Same [] "All lanes equal to a scalar.";
    ExtractLane "extract_lane" ExtractLane VECTOR Lane [] "One lane.";
    InsertLane "insert_lane" InsertLane VECTOR Same [] "The vector with one lane replaced.";
    ExtractLaneDynamic "extract_lane_dynamic" ExtractLane VECTOR Lane [] "One lane, its number (second operand, i32) taken modulo the lane count.";
    InsertLaneDynamic "insert_lane_dynamic" InsertLane VECTOR Same [] "The vector with one lane replaced, its number (third operand, i32) taken modulo the lane count.";
    Shuffle "shuffle" Shuffle VECTOR Same [] "Lanes picked from both vectors: number n < lanes from the first, else from the second; 255 is undefined.";
    LaneMask "lane_mask" Unary VECTOR Mask [] "The top bit of each lane.";

    // Inline assembly.
    Asm "asm" Asm NONE Asm [EFFECT READS WRITES] "Inline assembly.";

    // Debug information.
    DebugValue "debug_value" DebugValue NONE None [] "From here on the variable has this value.";
    DebugSlot "debug_slot" DebugSlot NONE None [] "The variable lives in this slot.";

    // Conditional trap.
    TrapIf "trap_if" TrapIf NONE None [EFFECT] "Traps if the condition is not zero.";

    // Terminators.
    Jump "jump" Jump NONE None [TERMINATOR] "Goes to a block.";
    Branch "br" Branch NONE None [TERMINATOR] "Goes to the first target if the value is not zero, else to the second.";
    Switch "switch" Switch INT None [TERMINATOR] "Goes to the target of the matching case or to the default.";
    IndirectJump "indirect_jump" IndirectJump NONE None [TERMINATOR] "Goes to a block whose address was taken.";
    Return "return" Return NONE None [TERMINATOR EFFECT] "Returns.";
    TailCall "tail_call" Call NONE None [TERMINATOR CALL EFFECT READS WRITES] "Calls in place of this function and returns its results.";
    TailCallIndirect "tail_call_indirect" CallIndirect NONE None [TERMINATOR CALL EFFECT READS WRITES] "Calls an address in place of this function and returns its results.";
    Invoke "invoke" Invoke NONE Signature [TERMINATOR CALL EFFECT READS WRITES] "Calls; goes on at the first target, or at the second when an exception passes.";
    InvokeIndirect "invoke_indirect" InvokeIndirect NONE Signature [TERMINATOR CALL EFFECT READS WRITES] "Calls an address; goes on at the first target, or at the second when an exception passes.";
    AsmGoto "asm_goto" AsmGoto NONE Asm [TERMINATOR EFFECT READS WRITES] "Inline assembly that may jump.";
    Resume "resume" Resume NONE None [TERMINATOR EFFECT] "Goes on unwinding.";
    Trap "trap" Trap NONE None [TERMINATOR EFFECT] "Stops the program.";
    Unreachable "unreachable" Nullary NONE None [TERMINATOR PARTIAL] "Is never reached: undefined.";

    // Unwinding: first in its block.
    LandingPad "landing_pad" LandingPad NONE Landing [EFFECT] "Where an `invoke` unwinds to: exception address and selector.";
}

impl Opcode {
    /// The row of the table.
    #[inline]
    pub fn info(self) -> &'static OpcodeInfo {
        &OPCODES[self as usize]
    }

    /// The text name.
    pub fn name(self) -> &'static str {
        self.info().name
    }

    /// The operand format.
    #[inline]
    pub fn format(self) -> Format {
        self.info().format
    }

    /// The properties.
    #[inline]
    pub fn flags(self) -> Flags {
        self.info().flags
    }

    /// Whether it ends a block.
    #[inline]
    pub fn is_terminator(self) -> bool {
        self.flags().has(Flags::TERMINATOR)
    }

    /// Whether it is a call.
    #[inline]
    pub fn is_call(self) -> bool {
        self.flags().has(Flags::CALL)
    }

    /// Whether operands may be exchanged.
    pub fn is_commutative(self) -> bool {
        self.flags().has(Flags::COMMUTATIVE)
    }

    /// Whether it has no effect, reads no memory and is defined for all operands: free to remove,
    /// repeat, join and move.
    #[inline]
    pub fn is_pure(self) -> bool {
        let f = self.flags();
        f.0 & (2 | 4 | 8 | 16 | 32 | 64) == 0 && self.info().result != ResultRule::None
    }

    /// The opcode with this text name.
    pub fn from_name(name: &str) -> Option<Opcode> {
        Opcode::ALL.iter().copied().find(|op| op.name() == name)
    }
}

impl fmt::Display for Opcode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Debug for Opcode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
