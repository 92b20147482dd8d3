//! The abbreviation table: one fixed set for all units (DWARF 5, 7.5.3; numbers from 7.5.4-7.5.6).
//!
//! Columns: number used in `.debug_info`, tag, whether there are children, attributes with forms.

use lathe_mc::{Expression, Streamer};

/// An entry of the table.
#[derive(Clone, Copy, Debug)]
pub struct Abbreviation {
    tag: u16,
    children: bool,
    attributes: &'static [(u16, u16)],
}

// Attributes.
const LOCATION: u16 = 0x02;
const NAME: u16 = 0x03;
const BYTE_SIZE: u16 = 0x0b;
const STMT_LIST: u16 = 0x10;
const LOW_PC: u16 = 0x11;
const HIGH_PC: u16 = 0x12;
const LANGUAGE: u16 = 0x13;
const COMP_DIR: u16 = 0x1b;
const CONST_VALUE: u16 = 0x1c;
const PRODUCER: u16 = 0x25;
const PROTOTYPED: u16 = 0x27;
const UPPER_BOUND: u16 = 0x2f;
const DATA_MEMBER_LOCATION: u16 = 0x38;
const DECL_FILE: u16 = 0x3a;
const DECL_LINE: u16 = 0x3b;
const DECLARATION: u16 = 0x3c;
const ENCODING: u16 = 0x3e;
const EXTERNAL: u16 = 0x3f;
const FRAME_BASE: u16 = 0x40;
const TYPE: u16 = 0x49;
const RANGES: u16 = 0x55;
const BIT_SIZE: u16 = 0x0d;
const DATA_BIT_OFFSET: u16 = 0x6b;

// Forms.
const ADDR: u16 = 0x01;
const DATA2: u16 = 0x05;
const DATA8: u16 = 0x07;
const STRING: u16 = 0x08;
const DATA1: u16 = 0x0b;
const SDATA: u16 = 0x0d;
const UDATA: u16 = 0x0f;
const REF4: u16 = 0x13;
const SEC_OFFSET: u16 = 0x17;
const EXPRLOC: u16 = 0x18;
const FLAG_PRESENT: u16 = 0x19;

macro_rules! table {
    ($($name:ident $tag:literal $children:ident [$(($at:ident $form:ident))*];)*) => {
        /// Numbers of the entries.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[repr(u8)]
        #[allow(missing_docs)]
        pub enum Code { End, $($name),* }

        /// The table; entry `n` has number `n + 1`.
        pub static TABLE: &[Abbreviation] = &[$(Abbreviation {
            tag: $tag,
            children: $children,
            attributes: &[$(($at, $form)),*],
        }),*];
    };
}

const YES: bool = true;
const NO: bool = false;

table! {
    CompileUnit 0x11 YES [(PRODUCER STRING) (LANGUAGE DATA2) (NAME STRING) (COMP_DIR STRING)
        (LOW_PC ADDR) (RANGES SEC_OFFSET) (STMT_LIST SEC_OFFSET)];
    // A function with and without result; `External` when other units see it.
    ExternalFunction 0x2e YES [(EXTERNAL FLAG_PRESENT) (NAME STRING) (DECL_FILE UDATA) (DECL_LINE UDATA)
        (PROTOTYPED FLAG_PRESENT) (TYPE REF4) (LOW_PC ADDR) (HIGH_PC DATA8) (FRAME_BASE EXPRLOC)];
    ExternalProcedure 0x2e YES [(EXTERNAL FLAG_PRESENT) (NAME STRING) (DECL_FILE UDATA) (DECL_LINE UDATA)
        (PROTOTYPED FLAG_PRESENT) (LOW_PC ADDR) (HIGH_PC DATA8) (FRAME_BASE EXPRLOC)];
    LocalFunction 0x2e YES [(NAME STRING) (DECL_FILE UDATA) (DECL_LINE UDATA)
        (PROTOTYPED FLAG_PRESENT) (TYPE REF4) (LOW_PC ADDR) (HIGH_PC DATA8) (FRAME_BASE EXPRLOC)];
    LocalProcedure 0x2e YES [(NAME STRING) (DECL_FILE UDATA) (DECL_LINE UDATA)
        (PROTOTYPED FLAG_PRESENT) (LOW_PC ADDR) (HIGH_PC DATA8) (FRAME_BASE EXPRLOC)];
    Parameter 0x05 NO [(NAME STRING) (DECL_FILE UDATA) (DECL_LINE UDATA) (TYPE REF4) (LOCATION EXPRLOC)];
    Variable 0x34 NO [(NAME STRING) (DECL_FILE UDATA) (DECL_LINE UDATA) (TYPE REF4) (LOCATION EXPRLOC)];
    ExternalVariable 0x34 NO [(EXTERNAL FLAG_PRESENT) (NAME STRING) (DECL_FILE UDATA) (DECL_LINE UDATA)
        (TYPE REF4) (LOCATION EXPRLOC)];
    // Without a place: optimized away.
    LostParameter 0x05 NO [(NAME STRING) (DECL_FILE UDATA) (DECL_LINE UDATA) (TYPE REF4)];
    LostVariable 0x34 NO [(NAME STRING) (DECL_FILE UDATA) (DECL_LINE UDATA) (TYPE REF4)];
    // A block whose code is in one piece, and one with a list of ranges.
    Block 0x0b YES [(LOW_PC ADDR) (HIGH_PC DATA8)];
    ScatteredBlock 0x0b YES [(RANGES SEC_OFFSET)];
    BaseType 0x24 NO [(NAME STRING) (ENCODING DATA1) (BYTE_SIZE UDATA)];
    Pointer 0x0f NO [(BYTE_SIZE DATA1) (TYPE REF4)];
    VoidPointer 0x0f NO [(BYTE_SIZE DATA1)];
    Const 0x26 NO [(TYPE REF4)];
    ConstVoid 0x26 NO [];
    Volatile 0x35 NO [(TYPE REF4)];
    VolatileVoid 0x35 NO [];
    Restrict 0x37 NO [(TYPE REF4)];
    RestrictVoid 0x37 NO [];
    Atomic 0x47 NO [(TYPE REF4)];
    AtomicVoid 0x47 NO [];
    Typedef 0x16 NO [(NAME STRING) (DECL_FILE UDATA) (DECL_LINE UDATA) (TYPE REF4)];
    VoidTypedef 0x16 NO [(NAME STRING) (DECL_FILE UDATA) (DECL_LINE UDATA)];
    Structure 0x13 YES [(NAME STRING) (BYTE_SIZE UDATA) (DECL_FILE UDATA) (DECL_LINE UDATA)];
    AnonymousStructure 0x13 YES [(BYTE_SIZE UDATA) (DECL_FILE UDATA) (DECL_LINE UDATA)];
    DeclaredStructure 0x13 NO [(NAME STRING) (DECLARATION FLAG_PRESENT)];
    Union 0x17 YES [(NAME STRING) (BYTE_SIZE UDATA) (DECL_FILE UDATA) (DECL_LINE UDATA)];
    AnonymousUnion 0x17 YES [(BYTE_SIZE UDATA) (DECL_FILE UDATA) (DECL_LINE UDATA)];
    DeclaredUnion 0x17 NO [(NAME STRING) (DECLARATION FLAG_PRESENT)];
    Member 0x0d NO [(NAME STRING) (TYPE REF4) (DATA_MEMBER_LOCATION UDATA)];
    AnonymousMember 0x0d NO [(TYPE REF4) (DATA_MEMBER_LOCATION UDATA)];
    BitField 0x0d NO [(NAME STRING) (TYPE REF4) (BIT_SIZE UDATA) (DATA_BIT_OFFSET UDATA)];
    Enumeration 0x04 YES [(NAME STRING) (BYTE_SIZE UDATA) (DECL_FILE UDATA) (DECL_LINE UDATA)];
    AnonymousEnumeration 0x04 YES [(BYTE_SIZE UDATA) (DECL_FILE UDATA) (DECL_LINE UDATA)];
    Enumerator 0x28 NO [(NAME STRING) (CONST_VALUE SDATA)];
    Array 0x01 YES [(TYPE REF4)];
    Subrange 0x21 NO [(UPPER_BOUND SDATA)];
    UnknownSubrange 0x21 NO [];
    Subroutine 0x15 YES [(PROTOTYPED FLAG_PRESENT) (TYPE REF4)];
    VoidSubroutine 0x15 YES [(PROTOTYPED FLAG_PRESENT)];
    UnnamedParameter 0x05 NO [(TYPE REF4)];
    Ellipsis 0x18 NO [];
}

/// Writes the table into the section in force.
pub fn write(out: &mut dyn Streamer) {
    let number = |value: u16, out: &mut dyn Streamer| {
        out.leb128(Expression::Constant(i64::from(value)), false, lathe_diag::Loc::NONE);
    };
    for (index, entry) in TABLE.iter().enumerate() {
        number(index as u16 + 1, out);
        number(entry.tag, out);
        out.integer(u128::from(entry.children), 1);
        for (attribute, form) in entry.attributes {
            number(*attribute, out);
            number(*form, out);
        }
        out.integer(0, 2);
    }
    out.integer(0, 1);
}
