//! Registers as data: numbers, views, names, classes, sets.
//!
//! A [`PhysReg`] is an index into the target's [`RegisterTable`]; a [`Reg`] is a register as it is
//! written in an instruction, that is with the view (width) named there: `al`, `ax`, `eax` and
//! `rax` are four views of one `PhysReg`. What a view number means is the target's to say.

/// Index into the target's register table (at most 128 registers).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct PhysReg(pub u8);

impl PhysReg {
    /// No register.
    pub const NONE: PhysReg = PhysReg(255);

    /// Whether this is a register.
    pub const fn is_some(self) -> bool {
        self.0 != 255
    }
}

/// A register as written: which, and how much of it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Reg {
    /// The register.
    pub phys: PhysReg,
    /// The view: index into [`RegisterInfo::names`].
    pub view: u8,
}

impl Reg {
    /// No register.
    pub const NONE: Reg = Reg { phys: PhysReg::NONE, view: 0 };

    /// A register seen through a view.
    pub const fn new(phys: PhysReg, view: u8) -> Reg {
        Reg { phys, view }
    }

    /// Whether this is a register.
    pub const fn is_some(self) -> bool {
        self.phys.is_some()
    }
}

/// What a register is for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum RegClass {
    /// Integers and addresses.
    Int,
    /// Floats and vectors (on all four targets one file serves both, or floats only).
    Vector,
    /// x87 stack.
    X87,
    /// MMX.
    Mmx,
    /// AVX-512 or SVE predicate.
    Mask,
    /// x86 segment.
    Segment,
    /// Control, debug, system.
    System,
    /// Condition flags.
    Flags,
    /// Program counter.
    Pc,
}

/// One register.
#[derive(Clone, Copy, Debug)]
pub struct RegisterInfo {
    /// Name per view; empty where the view does not exist. Without `%`.
    pub names: [&'static str; 5],
    /// Class.
    pub class: RegClass,
    /// The number in an instruction's field.
    pub encoding: u8,
    /// DWARF register number, or `None`.
    pub dwarf: Option<u16>,
}

/// All registers of a target.
#[derive(Debug)]
pub struct RegisterTable {
    /// By [`PhysReg`].
    pub registers: &'static [RegisterInfo],
    /// DWARF number of the return address column (`.cfi_return_column`, CIE).
    pub dwarf_return_address: u16,
    /// The stack pointer.
    pub stack_pointer: PhysReg,
}

impl RegisterTable {
    /// One register's row.
    pub fn info(&self, reg: PhysReg) -> &'static RegisterInfo {
        &self.registers[reg.0 as usize]
    }

    /// The name of a register through its view, or `"?"` when there is none.
    pub fn name(&self, reg: Reg) -> &'static str {
        match self.registers.get(reg.phys.0 as usize) {
            Some(info) => info.names.get(reg.view as usize).copied().unwrap_or("?"),
            None => "?",
        }
    }

    /// DWARF number of a register.
    pub fn dwarf(&self, reg: PhysReg) -> Option<u16> {
        self.registers.get(reg.0 as usize)?.dwarf
    }

    /// The register with a name (lower case, no `%`). A linear search: parsers keep their own map.
    pub fn find(&self, name: &str) -> Option<Reg> {
        for (index, info) in self.registers.iter().enumerate() {
            if let Some(view) = info.names.iter().position(|n| !n.is_empty() && *n == name) {
                return Some(Reg::new(PhysReg(index as u8), view as u8));
            }
        }
        None
    }
}

/// A set of registers.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug)]
pub struct RegSet(pub u128);

impl RegSet {
    /// No register.
    pub const NONE: RegSet = RegSet(0);

    /// This set and one more.
    #[must_use]
    pub const fn with(self, reg: PhysReg) -> RegSet {
        RegSet(self.0 | 1 << reg.0)
    }

    /// Both sets.
    #[must_use]
    pub const fn union(self, other: RegSet) -> RegSet {
        RegSet(self.0 | other.0)
    }

    /// Whether a register is in the set.
    pub const fn contains(self, reg: PhysReg) -> bool {
        reg.0 < 128 && self.0 >> reg.0 & 1 != 0
    }

    /// Whether the set is empty.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The members, ascending.
    pub fn iter(self) -> impl Iterator<Item = PhysReg> {
        let mut bits = self.0;
        std::iter::from_fn(move || {
            if bits == 0 {
                return None;
            }
            let index = bits.trailing_zeros() as u8;
            bits &= bits - 1;
            Some(PhysReg(index))
        })
    }
}
