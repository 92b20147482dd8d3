//! The registers that one function may use, in the allocators' numbering.
//!
//! regalloc2 numbers registers per class by their hardware encoding; [`PReg::index`] (class · 64 +
//! encoding, below 128 for the two banks) is what masks in this module tree are indexed by.

use crate::inst::{Bank, MachFunction};
use crate::options::Options;
use crate::target::{TargetCodegen, TargetInfo};
use lathe_isa::{PhysReg, RegSet, RegisterTable};
use regalloc2::{MachineEnv, PReg, PRegSet, RegClass};

/// Registers of a function's target, less those that its frame needs.
#[derive(Debug)]
pub struct RegisterMap {
    to_preg: [PReg; 128],
    from_preg: [PhysReg; 128],
    /// Allocatable registers of each bank, best first.
    pub allocatable: [Vec<PReg>; 2],
    /// The same as a mask over [`PReg::index`].
    pub allocatable_mask: [u128; 2],
    /// Scratch register of each bank; invalid for integers where the target has none.
    pub scratch: [PReg; 2],
    /// The integer registers that operands of one byte may be in; `None`: all.
    pub byte_registers: Option<u8>,
    /// The integer views of one byte, as a mask.
    pub byte_views: u8,
    /// Bytes of a spilled value of each bank in this function.
    pub spill_bytes: [u8; 2],
    /// What a call loses beyond its own clobbers, because the function holds values wider than 8 bytes.
    pub lost_halves: RegSet,
    /// For regalloc2 and its checker.
    pub environment: MachineEnv,
}

/// The class of a bank.
pub const fn class_of(bank: Bank) -> RegClass {
    match bank {
        Bank::Int => RegClass::Int,
        Bank::Vector => RegClass::Float,
    }
}

/// The bank of a class.
pub const fn bank_of(class: RegClass) -> Bank {
    match class {
        RegClass::Int => Bank::Int,
        _ => Bank::Vector,
    }
}

/// Whether a function sets up the frame pointer, and whether it needs a base pointer. Decided before
/// allocation, since both take a register away.
pub fn frame_registers(info: &TargetInfo, func: &MachFunction, options: &Options) -> (bool, bool) {
    let realigned = func.slots.iter().any(|slot| slot.align > info.stack_align)
        || func.vregs.iter().any(|reg| u32::from(reg.size) > info.stack_align);
    let needs = &func.needs;
    let frame_pointer =
        options.keeps_frame_pointer() || needs.frame_pointer || needs.dynamic_alloc || realigned;
    (frame_pointer, realigned && needs.dynamic_alloc)
}

impl RegisterMap {
    /// The registers that a function may use.
    pub fn new(target: &dyn TargetCodegen, func: &MachFunction, options: &Options) -> RegisterMap {
        let info = target.info();
        let table = target.isa().registers();
        let (keeps_frame_pointer, base_pointer) = frame_registers(info, func, options);
        let mut map = RegisterMap {
            to_preg: [PReg::invalid(); 128],
            from_preg: [PhysReg::NONE; 128],
            allocatable: [Vec::new(), Vec::new()],
            allocatable_mask: [0; 2],
            scratch: [PReg::invalid(); 2],
            byte_registers: (info.byte_registers > 0).then_some(info.byte_registers),
            byte_views: byte_views(target),
            spill_bytes: [info.word_bytes, spill_bytes(func)],
            lost_halves: if spill_bytes(func) > 8 { info.half_preserved } else { RegSet::NONE },
            environment: MachineEnv {
                preferred_regs_by_class: [PRegSet::empty(); 3],
                non_preferred_regs_by_class: [PRegSet::empty(); 3],
                scratch_by_class: [None; 3],
                fixed_stack_slots: Vec::new(),
            },
        };
        for (index, register) in table.registers.iter().enumerate() {
            let Some(bank) = Bank::of(register.class) else { continue };
            let number = if target.orders_registers() {
                rank(info, table, PhysReg(index as u8), bank)
            } else {
                register.encoding as usize
            };
            if number < 64 {
                let preg = PReg::new(number, class_of(bank));
                map.to_preg[index] = preg;
                map.from_preg[preg.index()] = PhysReg(index as u8);
            }
        }
        let preserved = target.callee_saved(lathe_ir::CallConv::C);
        for bank in Bank::ALL {
            for phys in info.allocatable[bank.index()] {
                let taken = keeps_frame_pointer && *phys == info.frame_pointer
                    || base_pointer && *phys == info.base_pointer;
                if !taken {
                    map.allow(bank, *phys, preserved);
                }
            }
            if info.scratch[bank.index()] == PhysReg::NONE {
                continue;
            }
            let scratch = map.preg(info.scratch[bank.index()]);
            map.scratch[bank.index()] = scratch;
            map.environment.scratch_by_class[class_of(bank) as usize] = Some(scratch);
        }
        map
    }

    /// A map that knows nothing but the integer scratch register.
    #[cfg(test)]
    pub(crate) fn for_tests(scratch: PReg) -> RegisterMap {
        RegisterMap {
            to_preg: [PReg::invalid(); 128],
            from_preg: [PhysReg::NONE; 128],
            allocatable: [Vec::new(), Vec::new()],
            allocatable_mask: [0; 2],
            scratch: [scratch; 2],
            byte_registers: None,
            byte_views: 0,
            spill_bytes: [8; 2],
            lost_halves: RegSet::NONE,
            environment: MachineEnv {
                preferred_regs_by_class: [PRegSet::empty(); 3],
                non_preferred_regs_by_class: [PRegSet::empty(); 3],
                scratch_by_class: [None; 3],
                fixed_stack_slots: Vec::new(),
            },
        }
    }

    fn allow(&mut self, bank: Bank, phys: PhysReg, preserved: RegSet) {
        let preg = self.preg(phys);
        let class = class_of(bank) as usize;
        self.allocatable[bank.index()].push(preg);
        self.allocatable_mask[bank.index()] |= 1 << preg.index();
        if preserved.contains(phys) {
            self.environment.non_preferred_regs_by_class[class].add(preg);
        } else {
            self.environment.preferred_regs_by_class[class].add(preg);
        }
    }

    /// A physical register in the allocators' numbering.
    #[inline]
    pub fn preg(&self, reg: PhysReg) -> PReg {
        self.to_preg[reg.0 as usize]
    }

    /// Back from the allocators' numbering.
    #[inline]
    pub fn phys(&self, reg: PReg) -> PhysReg {
        self.from_preg[reg.index()]
    }

    /// Whether a bank has a scratch register.
    #[inline]
    pub fn has_scratch(&self, class: RegClass) -> bool {
        self.scratch[class as usize] != PReg::invalid()
    }

    /// The registers that an operand's constraint forbids, as a mask over [`PReg::index`].
    #[inline]
    pub fn forbidden(&self, constraint: regalloc2::OperandConstraint) -> u128 {
        match constraint {
            regalloc2::OperandConstraint::Limit(count) => self.allocatable_mask[0] & !((1u128 << count) - 1),
            _ => 0,
        }
    }

    /// Whether values may be put there.
    #[inline]
    pub fn is_allocatable(&self, reg: PReg) -> bool {
        (self.allocatable_mask[0] | self.allocatable_mask[1]) >> reg.index() & 1 != 0
    }

    /// The allocatable members of a set.
    pub fn pregs(&self, set: RegSet) -> PRegSet {
        let mut result = PRegSet::empty();
        for phys in set.iter() {
            let preg = self.preg(phys);
            if preg != PReg::invalid() && self.is_allocatable(preg) {
                result.add(preg);
            }
        }
        result
    }

    /// The allocatable members of a set, as a mask over [`PReg::index`].
    pub fn mask(&self, set: RegSet) -> u128 {
        let mut mask = 0;
        for phys in set.iter() {
            let preg = self.preg(phys);
            if preg != PReg::invalid() && self.is_allocatable(preg) {
                mask |= 1 << preg.index();
            }
        }
        mask
    }
}

/// The integer views of one byte.
fn byte_views(target: &dyn TargetCodegen) -> u8 {
    (0..8).filter(|view| target.view_bytes(Bank::Int, *view) == 1).fold(0, |mask, view| mask | 1 << view)
}

/// The number of a register where the order of preference counts: regalloc2 mostly tries low numbers first. Registers
/// that are not allocated come after the others of their bank.
fn rank(info: &TargetInfo, table: &RegisterTable, reg: PhysReg, bank: Bank) -> usize {
    let preferred = info.allocatable[bank.index()];
    if let Some(rank) = preferred.iter().position(|other| *other == reg) {
        return rank;
    }
    let before = table.registers[..usize::from(reg.0)].iter().enumerate().filter(|(index, register)| {
        Bank::of(register.class) == Some(bank) && !preferred.contains(&PhysReg(*index as u8))
    });
    preferred.len() + before.count()
}

/// Bytes of a spilled vector register: what the widest one of the function has.
fn spill_bytes(func: &MachFunction) -> u8 {
    let widest = func.vregs.iter().filter(|r| r.bank == Bank::Vector).map(|r| r.size).max().unwrap_or(8);
    widest.max(8)
}
