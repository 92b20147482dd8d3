//! The finished frame, as the target's prologue and epilogue hooks see it.

use crate::inst::SlotId;
use lathe_isa::PhysReg;

/// A register that the prologue saves.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SavedRegister {
    /// The register.
    pub reg: PhysReg,
    /// Where, from the frame address (negative).
    pub offset: i64,
}

/// A frame.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct FrameLayout {
    /// No prologue and epilogue at all.
    pub naked: bool,
    /// Whether the frame pointer is set up: it points to its own saved value.
    pub keeps_frame_pointer: bool,
    /// Where the frame pointer points, from the frame address.
    pub frame_pointer_offset: i64,
    /// Call-preserved registers to save, without the frame pointer (and the link register beside it) when it is kept.
    /// Adjacent; where registers are pushed from higher to lower addresses, else from lower to higher.
    pub saved: Vec<SavedRegister>,
    /// Bytes to subtract from the stack pointer after the saves; zero when the red zone suffices. Where saves are stores: all of
    /// the frame, saves included, unless it is realigned.
    pub allocate: u64,
    /// Align the stack pointer down to this after the saves, before subtracting (needs the frame pointer).
    pub realign: Option<u32>,
    /// Whether the base pointer is to be set to the stack pointer after that.
    pub base_pointer: bool,
    /// The stack pointer has moved in the body: the epilogue restores it from the frame pointer.
    pub stack_moves: bool,
    /// Distance of the stack pointer from the frame address after the prologue (not with `realign`).
    pub depth: u64,
    /// Touch each page when allocating.
    pub probe: bool,
    /// Write call-frame information.
    pub cfi: bool,
    /// Epilogue and return stand before other code: rules must be put back after them. Set per epilogue.
    pub code_follows: bool,
    /// Bytes that the return pops besides the return address.
    pub callee_pops: u32,
    /// Bytes of outgoing arguments at the bottom.
    pub outgoing: u64,
    /// Per slot: register and offset that address it.
    pub addresses: Vec<(PhysReg, i64)>,
    /// Per slot: offset from the frame address, where that is known (not with `realign`); for debug information.
    pub from_cfa: Vec<Option<i64>>,
}

impl FrameLayout {
    /// Register and offset of a slot.
    pub fn address(&self, slot: SlotId) -> (PhysReg, i64) {
        self.addresses[slot.index()]
    }
}
