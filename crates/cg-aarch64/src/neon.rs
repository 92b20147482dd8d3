//! Rows that the instruction table will have.
#![allow(missing_docs)]
use lathe_isa::RowId;
use lathe_isa_aarch64::rows::UDF;
pub const CNT: RowId = UDF;
pub const ADDV: RowId = UDF;
pub const DUP: RowId = UDF;
pub const BSL: RowId = UDF;
pub const MOVI: RowId = UDF;
pub const INS: RowId = UDF;
pub const BIT: RowId = UDF;
pub const TLSDESCCALL: RowId = UDF;
