//! What RISC-V's relaxation does at each relocation, and when.
//!
//! In: a section with its marked relocations, and the addresses of a layout. Out: a [`Change`] per relocation. The
//! conditions, with what they leave for alignments that may move code apart again, are GNU ld's, so that both make
//! code of the same size. Used by [`crate::deletion`]. Source: RISC-V ELF psABI 1.0, "Linker Relaxation Types".

use crate::addresses::Addresses;
use crate::arch::riscv64 as arch;
use crate::constants as elf;
use crate::deletion::{Edited, moved};
use crate::elf::Relocation;
use crate::symbols::{Definition, NONE, Symbol, SymbolId};

/// What happens at a relocation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Change {
    None,
    /// The bytes overlap those of another relocation (a damaged object): never again.
    Refused,
    /// AUIPC and JALR become JAL.
    CallToJump,
    /// AUIPC and JALR become C.J.
    CallToShortJump,
    /// LUI, or what else computes an upper part, goes.
    Delete,
    /// AUIPC goes, in the second stage.
    DeleteUpper,
    /// LUI becomes C.LUI.
    ShortUpper,
    /// The base register becomes zero, gp or tp.
    LowFromZero,
    LowFromGlobal,
    LowFromThread,
    /// As above for a lower half that names its upper half.
    PairLowFromZero,
    PairLowFromGlobal,
    /// So many bytes of padding stay.
    Align(u32),
}

const GLOBAL_POINTER: u32 = 3;
const THREAD_POINTER: u32 = 4;

/// An instruction with another base register.
fn with_base(instruction: u32, register: u32) -> u32 {
    instruction & !(31 << 15) | register << 15
}

impl Change {
    /// Bytes after the relocation's place that stay, and how many after these go.
    pub(crate) fn cut(self, relocation: &Relocation, with_upper: bool) -> (u64, u64) {
        match self {
            Change::CallToJump => (4, 4),
            Change::CallToShortJump => (2, 6),
            Change::Delete => (0, 4),
            Change::DeleteUpper if with_upper => (0, 4),
            Change::ShortUpper => (2, 2),
            Change::Align(kept) => {
                (u64::from(kept), (relocation.addend as u64).saturating_sub(u64::from(kept)))
            }
            _ => (0, 0),
        }
    }

    /// The padding of an alignment that stays.
    pub(crate) fn alignment_kept(self, relocation: &Relocation) -> u64 {
        match self {
            Change::Align(kept) => u64::from(kept),
            _ => relocation.addend as u64,
        }
    }

    pub(crate) fn deletes(self) -> bool {
        matches!(self, Change::Delete | Change::DeleteUpper)
    }

    pub(crate) fn is_pair_low(self) -> bool {
        matches!(self, Change::PairLowFromZero | Change::PairLowFromGlobal)
    }

    /// The instruction that takes the place of `old` (and of `next`, for calls), and its length.
    pub(crate) fn instruction(self, old: u32, next: u32) -> Option<(u32, usize)> {
        let link_register = next & 0xf80;
        Some(match self {
            Change::CallToJump => (0x6f | link_register, 4),
            Change::CallToShortJump => (0xa001, 2),
            Change::ShortUpper => (0x6001 | old & 0xf80, 2),
            Change::LowFromZero | Change::PairLowFromZero => (with_base(old, 0), 4),
            Change::LowFromGlobal | Change::PairLowFromGlobal => (with_base(old, GLOBAL_POINTER), 4),
            Change::LowFromThread => (with_base(old, THREAD_POINTER), 4),
            _ => return None,
        })
    }

    /// The relocation type that fills the new instruction.
    pub(crate) fn kind(self, old: u32) -> u32 {
        let is_store = matches!(old, elf::R_RISCV_PCREL_LO12_S | elf::R_RISCV_LO12_S);
        match self {
            Change::CallToJump => elf::R_RISCV_JAL,
            Change::CallToShortJump => elf::R_RISCV_RVC_JUMP,
            Change::ShortUpper => elf::R_RISCV_RVC_LUI,
            Change::PairLowFromZero if is_store => elf::R_RISCV_LO12_S,
            Change::PairLowFromZero => elf::R_RISCV_LO12_I,
            Change::LowFromGlobal | Change::PairLowFromGlobal if is_store => arch::FROM_GLOBAL_STORE,
            Change::LowFromGlobal | Change::PairLowFromGlobal => arch::FROM_GLOBAL,
            _ => old,
        }
    }
}

/// Whether a 12-bit immediate holds a value.
pub(crate) fn immediate(value: i64) -> bool {
    (-0x800..0x800).contains(&value)
}

fn jump(value: i64) -> bool {
    (-(1 << 20)..1 << 20).contains(&value) && value % 2 == 0
}

fn short_jump(value: i64) -> bool {
    (-(1 << 11)..1 << 11).contains(&value) && value % 2 == 0
}

/// The upper part of an address, as LUI takes it.
fn upper(value: i64) -> i64 {
    value.wrapping_add(0x800) & !0xfff
}

fn short_upper(value: i64) -> bool {
    value != 0 && (-0x2_0000..0x2_0000).contains(&value)
}

/// Where a relocation's symbol is.
#[derive(Clone, Copy)]
struct Target {
    address: i64,
    /// Output section, or [`NONE`].
    output: u32,
    /// Nothing defines it: its address is 0.
    undefined: bool,
    /// Bytes of the object from the address on.
    reserve: i64,
    /// In code, or in a section of merged constants.
    shifting: bool,
}

/// Takes the decisions of one round.
pub(crate) struct Decider<'d, 'x, 'a> {
    addresses: &'d Addresses<'x, 'a>,
    global_pointer: Option<i64>,
    /// The output section that the global pointer points into.
    global_section: u32,
    largest_align: i64,
    position_independent: bool,
}

impl<'d, 'x, 'a> Decider<'d, 'x, 'a> {
    pub(crate) fn new(addresses: &'d Addresses<'x, 'a>, global_pointer: Option<u64>) -> Decider<'d, 'x, 'a> {
        let sections = &addresses.layout.sections;
        let largest_align = sections.iter().map(|section| section.align).max().unwrap_or(1) as i64;
        let holds = |gp: u64| {
            sections.iter().position(|s| s.is_alloc() && s.address <= gp && gp < s.address + s.size)
        };
        Decider {
            addresses,
            global_pointer: global_pointer.map(|gp| gp as i64),
            global_section: global_pointer.and_then(holds).map_or(NONE, |index| index as u32),
            largest_align,
            position_independent: addresses.link.is_position_independent(),
        }
    }

    /// Decides on everything marked; whether anything new was decided that moves code.
    pub(crate) fn shorten(&self, section: &mut Edited) -> bool {
        let link = self.addresses.link;
        let object = &link.objects[section.file as usize];
        let output = object.sections[section.section as usize].output;
        let start = self.addresses.in_section(section.file, section.section, 0);
        let compressed = object.flags & elf::EF_RISCV_RVC != 0;
        let mut again = false;
        for index in 0..section.relocations.len() {
            if section.changes[index] != Change::None {
                continue;
            }
            let relocation = section.relocations[index];
            let length =
                if matches!(relocation.kind, elf::R_RISCV_CALL | elf::R_RISCV_CALL_PLT) { 8 } else { 4 };
            if !section.is_marked(index, length) {
                continue;
            }
            let word = |skip: usize| {
                let data = &object.sections[section.section as usize].data;
                crate::elf::u32_at(data, relocation.offset as usize + skip).unwrap_or(0)
            };
            let Some(&id) = object.symbol_ids.get(relocation.symbol as usize) else { continue };
            let change = match relocation.kind {
                elf::R_RISCV_CALL | elf::R_RISCV_CALL_PLT => {
                    let place = start.wrapping_add(moved(&section.cuts, relocation.offset));
                    self.call(id, &relocation, place as i64, output, compressed && word(4) & 0xf80 == 0)
                }
                elf::R_RISCV_HI20 | elf::R_RISCV_LO12_I | elf::R_RISCV_LO12_S => {
                    self.absolute(id, &relocation, compressed && !matches!(word(0) >> 7 & 31, 0 | 2))
                }
                elf::R_RISCV_TPREL_HI20
                | elf::R_RISCV_TPREL_ADD
                | elf::R_RISCV_TPREL_LO12_I
                | elf::R_RISCV_TPREL_LO12_S => self.thread(id, &relocation),
                elf::R_RISCV_PCREL_HI20 if section.partner[index] == NONE => self.pair_upper(id, &relocation),
                elf::R_RISCV_PCREL_LO12_I | elf::R_RISCV_PCREL_LO12_S => {
                    let upper = section.partner[index];
                    let deleted = section.changes.get(upper as usize) == Some(&Change::DeleteUpper);
                    if deleted { self.pair_low(section, upper as usize, &relocation) } else { Change::None }
                }
                _ => Change::None,
            };
            section.changes[index] = change;
            again |= change.cut(&relocation, false).1 != 0;
        }
        again
    }

    /// Cuts the padding of alignments to what is needed at the addresses of this layout.
    pub(crate) fn align(&self, section: &mut Edited) {
        let start = self.addresses.in_section(section.file, section.section, 0);
        // What is cut by the alignments before in this walk, beside the other cuts.
        let mut shift = 0u64;
        for index in 0..section.relocations.len() {
            let relocation = section.relocations[index];
            if relocation.kind != elf::R_RISCV_ALIGN {
                continue;
            }
            let present = relocation.addend as u64;
            let unit = (present + 1).next_power_of_two();
            let without = |change: Change| present - change.alignment_kept(&relocation);
            let old = without(section.changes[index]);
            let place = start.wrapping_add(moved(&section.cuts, relocation.offset)).wrapping_sub(shift);
            let needed = place.wrapping_neg() & (unit - 1);
            let kept = needed.min(present);
            section.changes[index] = Change::Align(kept as u32);
            shift = shift.wrapping_add((present - kept).wrapping_sub(old));
        }
    }

    /// The target of a reference that does not go through the PLT; `None` when it cannot be known.
    fn target(&self, id: SymbolId, relocation: &Relocation) -> Option<Target> {
        let link = self.addresses.link;
        let symbol = &link.symbols[id];
        if symbol.is_indirect_function() {
            return None;
        }
        let rest = (symbol.size as i64).wrapping_sub(relocation.addend);
        let mut target = Target {
            address: self.addresses.symbol(id, relocation.addend) as i64,
            output: NONE,
            undefined: false,
            reserve: if (rest as u64) > symbol.size { 0 } else { rest },
            shifting: false,
        };
        match symbol.definition {
            Definition::Section { file, section } => {
                let input = &link.objects[file as usize].sections[section as usize];
                target.output = input.output;
                let flags = u64::from(elf::SHF_MERGE | elf::SHF_EXECINSTR);
                target.shifting = input.flags & flags != 0;
            }
            Definition::Undefined => (target.undefined, target.address) = (true, 0),
            Definition::Absolute | Definition::Address => {}
            Definition::Shared { .. } | Definition::Common { .. } => return None,
        }
        Some(target)
    }

    fn call(&self, id: SymbolId, relocation: &Relocation, place: i64, output: u32, short: bool) -> Change {
        let link = self.addresses.link;
        let symbol: &Symbol<'_> = &link.symbols[id];
        let entry = self.addresses.slots(symbol).plt;
        let (address, target_output) = if entry != NONE && !symbol.is_indirect_function() {
            (self.addresses.callee(id, relocation.addend) as i64, NONE)
        } else {
            match self.target(id, relocation) {
                Some(target) if !target.undefined => (target.address, target.output),
                _ => return Change::None,
            }
        };
        let mut distance = address.wrapping_sub(place);
        if jump(distance) {
            let same = target_output == output;
            let align = if same {
                self.addresses.layout.sections[output as usize].align as i64
            } else {
                self.largest_align
            };
            distance += if distance < 0 { -align } else { align };
        }
        if !jump(distance) {
            Change::None
        } else if short && short_jump(distance) {
            Change::CallToShortJump
        } else {
            Change::CallToJump
        }
    }

    /// Whether an address is, and stays, in reach of zero or of gp.
    fn near(&self, target: &Target) -> bool {
        if target.undefined || immediate(target.address) {
            return true;
        }
        let Some(gp) = self.global_pointer else { return false };
        let same = self.global_section == target.output && target.output != NONE;
        let align = if same {
            self.addresses.layout.sections[target.output as usize].align as i64
        } else {
            self.largest_align
        };
        let distance = target.address.wrapping_sub(gp);
        let margin = align.wrapping_add(target.reserve);
        immediate(if distance >= 0 { distance.wrapping_add(margin) } else { distance.wrapping_sub(margin) })
    }

    fn absolute(&self, id: SymbolId, relocation: &Relocation, may_shorten: bool) -> Change {
        const PAGE: i64 = 0x1000;
        let Some(target) = self.target(id, relocation) else { return Change::None };
        let is_upper = relocation.kind == elf::R_RISCV_HI20;
        if self.near(&target) {
            return match (is_upper, target.undefined || immediate(target.address)) {
                (true, _) => Change::Delete,
                (false, true) => Change::LowFromZero,
                (false, false) => Change::LowFromGlobal,
            };
        }
        let value = upper(target.address);
        let relro = if self.addresses.link.options.relro { 2 * PAGE } else { PAGE };
        if is_upper && may_shorten && short_upper(value) && short_upper(value + relro) {
            return Change::ShortUpper;
        }
        Change::None
    }

    fn thread(&self, id: SymbolId, relocation: &Relocation) -> Change {
        if upper(self.addresses.tls_offset(id, relocation.addend)) != 0 {
            return Change::None;
        }
        match relocation.kind {
            elf::R_RISCV_TPREL_LO12_I | elf::R_RISCV_TPREL_LO12_S => Change::LowFromThread,
            _ => Change::Delete,
        }
    }

    fn pair_upper(&self, id: SymbolId, relocation: &Relocation) -> Change {
        if self.position_independent {
            return Change::None;
        }
        match self.target(id, relocation) {
            Some(target) if (target.undefined || !target.shifting) && self.near(&target) => {
                Change::DeleteUpper
            }
            _ => Change::None,
        }
    }

    fn pair_low(&self, section: &Edited, upper: usize, _: &Relocation) -> Change {
        let relocation = section.relocations[upper];
        let object = &self.addresses.link.objects[section.file as usize];
        let target =
            object.symbol_ids.get(relocation.symbol as usize).and_then(|&id| self.target(id, &relocation));
        match target {
            Some(target) if target.undefined || immediate(target.address) => Change::PairLowFromZero,
            _ => Change::PairLowFromGlobal,
        }
    }
}
