//! Links small programs and compares with GNU ld's output.
//!
//! gcc compiles and says how it would link (`gcc -###`); that line is linked in this process. Without gcc the tests
//! print that they were skipped.

mod corrupt;
mod errors;
mod executables;
mod relocatable;
mod scripts;
mod shared;
mod support;
mod symbols;
mod targets;
