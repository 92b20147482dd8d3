//! Rows that are not instructions of any target. Their ids are above every target's.
//!
//! Operands are listed as `select` writes them. Those marked "expanded" are turned into
//! instructions by hooks of [`crate::target::TargetCodegen`]; the others emit nothing.

use lathe_isa::RowId;

/// First pseudo row.
pub const FIRST: u16 = 0xff00;

/// `Tied{to, from}`: a copy; the allocator coalesces it or inserts a move.
pub const COPY: RowId = RowId(0xff00);
/// `Def`: a value that is fixed but unknown; no code.
pub const UNDEF: RowId = RowId(0xff01);
/// `FixedDef…`: the registers that hold something on entry (arguments). First in the entry block.
pub const ENTRY: RowId = RowId(0xff02);
/// `FixedUse…`: keeps values alive to here; no code.
pub const KEEP_ALIVE: RowId = RowId(0xff03);
/// `Def, Use` or `Def, UseAny`: a copy that the allocator does not coalesce; with `Use`, the definition may be a slot. Becomes a
/// move, spill or reload, or nothing.
pub const MOVE: RowId = RowId(0xff08);
/// `Block(target)`: goes to a block. Expanded; nothing when the target follows.
pub const JUMP: RowId = RowId(0xff04);
/// `Cond(code), Block(then), Block(otherwise), uses…`: goes to one of two blocks. Expanded by
/// `conditional_jump`. On targets with flags, the instruction that sets them stands just before (moves,
/// spills and reloads between the two leave flags alone).
pub const BRANCH: RowId = RowId(0xff05);
/// `FixedUse…` of the results: leaves the function. The epilogue goes before it; expanded by `ret`.
pub const RETURN: RowId = RowId(0xff06);
/// `Imm(label)`: a [`crate::inst::LabelId`] stands here. Only in expansions, where nothing comes between it and what follows.
pub const LABEL: RowId = RowId(0xff07);
/// Operands in the order of the statement's [`crate::inst::AsmPlacement`]. Expanded by the emitter.
pub const INLINE_ASM: RowId = RowId(0xff09);
/// `Imm(kind), Imm(register), Imm(offset)`: call-frame information, see [`crate::frame::CfiOp`].
pub const CFI: RowId = RowId(0xff0a);
/// `Imm(variable), Imm(0 or 1), Mem(slot)` or `Use`: where a variable is from here on.
pub const DEBUG_VALUE: RowId = RowId(0xff0b);
/// Nothing; left behind where an instruction was removed.
pub const REMOVED: RowId = RowId(0xff0c);
/// Never reached; ends a block, no code.
pub const UNREACHABLE: RowId = RowId(0xff0d);
/// First row that belongs to a target's own pseudo instructions (`expand` is called after frame layout).
pub const TARGET: u16 = 0xff40;

/// Whether a row is a pseudo row.
#[inline]
pub const fn is_pseudo(row: RowId) -> bool {
    row.0 >= FIRST
}

/// Name for dumps.
pub fn name(row: RowId) -> &'static str {
    match row {
        COPY => "copy",
        MOVE => "move",
        UNDEF => "undef",
        ENTRY => "entry",
        KEEP_ALIVE => "keep_alive",
        JUMP => "jump",
        BRANCH => "branch",
        RETURN => "return",
        LABEL => "label",
        INLINE_ASM => "inline_asm",
        CFI => "cfi",
        DEBUG_VALUE => "debug_value",
        REMOVED => "removed",
        UNREACHABLE => "unreachable",
        _ => "target_pseudo",
    }
}
