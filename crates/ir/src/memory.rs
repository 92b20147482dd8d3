//! What a memory operation promises and demands.

use crate::condition::Ordering;
use crate::entity::AliasTagId;
use std::fmt;

/// Alignment, volatility, ordering and alias tag of a memory operation, packed in 32 bits:
/// bits 0-4 log2 of the alignment, 5 volatile, 6-8 ordering, 9-11 failure ordering (compare and
/// swap), 12 invariant, 13 non-temporal, 14 weak (compare and swap), 16-31 alias tag + 1.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct MemFlags(u32);

impl MemFlags {
    /// Byte-aligned, ordinary, no tag.
    pub const NONE: MemFlags = MemFlags(0);

    /// Flags with an alignment in bytes (a power of two).
    pub const fn aligned(align: u32) -> MemFlags {
        debug_assert!(align.is_power_of_two());
        MemFlags(align.trailing_zeros())
    }

    /// From the packed form.
    pub const fn from_bits(bits: u32) -> MemFlags {
        MemFlags(bits)
    }

    /// The packed form.
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// The alignment that the address is promised to have, in bytes.
    pub const fn align(self) -> u32 {
        1 << (self.0 & 31)
    }

    /// With another alignment.
    #[must_use]
    pub const fn with_align(self, align: u32) -> MemFlags {
        MemFlags(self.0 & !31 | align.trailing_zeros())
    }

    /// Whether the access itself is observable: it happens exactly as often as written.
    pub const fn is_volatile(self) -> bool {
        self.0 >> 5 & 1 != 0
    }

    /// As a volatile access.
    #[must_use]
    pub const fn volatile(self) -> MemFlags {
        MemFlags(self.0 | 1 << 5)
    }

    /// The ordering; `None` when the access is not atomic.
    pub fn ordering(self) -> Ordering {
        Ordering::from_u8((self.0 >> 6 & 7) as u8).unwrap_or(Ordering::SeqCst)
    }

    /// As an atomic access.
    #[must_use]
    pub const fn with_ordering(self, ordering: Ordering) -> MemFlags {
        MemFlags(self.0 & !(7 << 6) | (ordering as u32) << 6)
    }

    /// The ordering of a compare-and-swap that fails.
    pub fn failure_ordering(self) -> Ordering {
        Ordering::from_u8((self.0 >> 9 & 7) as u8).unwrap_or(Ordering::SeqCst)
    }

    /// With the ordering of a compare-and-swap that fails.
    #[must_use]
    pub const fn with_failure_ordering(self, ordering: Ordering) -> MemFlags {
        MemFlags(self.0 & !(7 << 9) | (ordering as u32) << 9)
    }

    /// Whether the memory read never changes while the function runs.
    pub const fn is_invariant(self) -> bool {
        self.0 >> 12 & 1 != 0
    }

    /// As a read of memory that never changes.
    #[must_use]
    pub const fn invariant(self) -> MemFlags {
        MemFlags(self.0 | 1 << 12)
    }

    /// Whether the data will not be used again soon.
    pub const fn is_non_temporal(self) -> bool {
        self.0 >> 13 & 1 != 0
    }

    /// As a non-temporal access.
    #[must_use]
    pub const fn non_temporal(self) -> MemFlags {
        MemFlags(self.0 | 1 << 13)
    }

    /// Whether a compare-and-swap may fail for no reason.
    pub const fn is_weak(self) -> bool {
        self.0 >> 14 & 1 != 0
    }

    /// As a weak compare-and-swap.
    #[must_use]
    pub const fn weak(self) -> MemFlags {
        MemFlags(self.0 | 1 << 14)
    }

    /// The alias tag.
    pub const fn tag(self) -> Option<AliasTagId> {
        match self.0 >> 16 {
            0 => None,
            n => Some(AliasTagId(n - 1)),
        }
    }

    /// With an alias tag. Tags past 65,534 are dropped, which is always safe.
    #[must_use]
    pub const fn with_tag(self, tag: AliasTagId) -> MemFlags {
        if tag.0 >= 0xffff { self } else { MemFlags(self.0 & 0xffff | (tag.0 + 1) << 16) }
    }

    /// Whether the access is neither volatile nor atomic: it may be removed, joined, moved.
    pub fn is_plain(self) -> bool {
        self.0 & (1 << 5 | 7 << 6) == 0
    }
}

impl fmt::Debug for MemFlags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MemFlags(align {}, {:#x})", self.align(), self.0)
    }
}

/// Type-based and scope-based alias information of an access. Two accesses with tags may overlap
/// only when one type tag is an ancestor of the other, and neither's `scopes` meets the other's
/// `no_alias` set.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct AliasTag {
    /// Name in the text form, without `!`.
    pub name: String,
    /// The tag of the type that contains or covers this one (`char` is the root).
    pub parent: Option<AliasTagId>,
    /// Scopes that the accessed object belongs to.
    pub scopes: Vec<u32>,
    /// Scopes that the accessed object is known not to belong to.
    pub no_alias: Vec<u32>,
}
