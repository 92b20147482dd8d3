//! Frame slots: memory of a function's activation, without offsets until the frame is laid out.

use lathe_ir::StackSlot;
use std::fmt;

/// A frame slot. The first three always exist.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SlotId(pub u32);

impl SlotId {
    /// The caller's memory from the canonical frame address up: incoming stack arguments. The
    /// displacement is the distance from the frame address.
    pub const INCOMING: SlotId = SlotId(0);
    /// The bottom of the frame at calls: outgoing stack arguments. Grow it with
    /// [`crate::MachFunction::reserve_outgoing`].
    pub const OUTGOING: SlotId = SlotId(1);
    /// Just above the outgoing arguments: where memory of `stack_alloc` begins. Displacements count from the
    /// stack pointer as it is when the address is used.
    pub const DYNAMIC: SlotId = SlotId(2);

    /// The index.
    #[inline]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

impl fmt::Debug for SlotId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            SlotId::INCOMING => f.write_str("in"),
            SlotId::OUTGOING => f.write_str("out"),
            SlotId::DYNAMIC => f.write_str("dynamic"),
            SlotId(n) => write!(f, "slot{n}"),
        }
    }
}

/// What a slot is for; decides its tier.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum SlotKind {
    /// [`SlotId::INCOMING`].
    Incoming,
    /// [`SlotId::OUTGOING`].
    Outgoing,
    /// [`SlotId::DYNAMIC`].
    Dynamic,
    /// A variable of the source; shared only if its address does not escape.
    Variable(StackSlot),
    /// A spilled virtual register.
    Spill,
    /// Scratch memory of selection (an f80 value, a conversion): used only in the blocks that
    /// mention it, address never escapes.
    Temporary,
    /// As `Temporary`, but its address may escape to a call: it lives for the whole function.
    Permanent,
    /// The register save area of a variadic function.
    SaveArea,
}

/// A frame slot.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SlotData {
    /// What it is for.
    pub kind: SlotKind,
    /// Bytes.
    pub size: u64,
    /// Alignment in bytes, a power of two.
    pub align: u32,
}
