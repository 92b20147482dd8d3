//! Expansions that need new blocks or values, done on the IR before selection: `va_arg`, `switch`
//! into compare trees and tables, conditional traps, compare-and-swap loops.
