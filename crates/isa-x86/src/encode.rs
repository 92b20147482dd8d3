//! The encoder: row and operands to bytes and fixups.
//!
//! In: a row of the table and concrete operands that fit it. Out: [`Encoded`]. No allocation; one pass
//! gathers the operands by [`Slot`], then prefixes, opcode, `ModRM`, displacement and immediates are written in
//! the order of SDM vol. 2 chapter 2. The order of legacy prefixes is GNU as's: segment, 67, 66, F2/F3, F0, REX.

use crate::fixups as fixup;
use crate::kinds::{KINDS, Slot};
use crate::registers::{RIP, VIEW_8, VIEW_8_HIGH, VIEW_16, VIEW_32, VIEW_64};
use crate::rows::ROWS;
use crate::select::{Prefixes, split_prefixes};
use crate::template::{Encoding, MODE_16, MODE_32, MODE_64, ModRm, Scheme, mark};
use lathe_isa::{
    EncodeError, Encoded, Fixup, FixupKind, Imm, Mem, MemMode, Mode, Operand, PhysReg, Reg, Row, RowId,
    SymbolRef, Unfit,
};

/// First register of the class that a [`PhysReg`] belongs to, so that the difference is its number.
const CLASS_START: [u8; 128] = {
    let mut table = [0; 128];
    let starts: [u8; 9] = [0, 16, 48, 56, 64, 72, 78, 94, 110];
    let mut class = 0;
    while class < 8 {
        let mut reg = starts[class];
        while reg < starts[class + 1] {
            table[reg as usize] = starts[class];
            reg += 1;
        }
        class += 1;
    }
    table
};

pub(crate) fn number(reg: PhysReg) -> u8 {
    reg.0.wrapping_sub(CLASS_START[reg.0 as usize & 127])
}

/// Encodes a row whose operands fit.
pub(crate) fn encode_row(
    mode: Mode,
    id: RowId,
    operands: &[Operand],
    out: &mut Encoded,
) -> Result<(), EncodeError> {
    let (operands, prefixes) = split_prefixes(operands);
    let Some(row) = ROWS.get(id.0 as usize) else {
        return Err(EncodeError { row: id, reason: Unfit::OperandCount });
    };
    out.len = 0;
    out.fixup_count = 0;
    out.row = id;
    let mut writer = Writer { out, row, mode, prefixes, gathered: Gathered::new(), pc_fixup: None };
    let gathered = writer.gathered.gather(row, operands, mode);
    gathered.and_then(|()| writer.write()).map_err(|reason| EncodeError { row: id, reason })
}

/// Operands by place.
struct Gathered<'o> {
    memory: Option<&'o Mem>,
    moffs: Option<&'o Mem>,
    label: Option<&'o SymbolRef>,
    immediates: [Option<(&'o Imm, Slot)>; 2],
    /// Index of the memory operand.
    memory_at: u8,
    reg: u8,
    rm: u8,
    vvvv: u8,
    opcode_reg: u8,
    is4: Option<u8>,
    mask: u8,
    zeroing: bool,
    rounding: Option<u8>,
    /// A byte register that exists only with REX, and one that exists only without.
    needs_rex: bool,
    high_byte: Option<u8>,
}

impl<'o> Gathered<'o> {
    #[inline]
    fn new() -> Gathered<'o> {
        Gathered {
            memory: None,
            moffs: None,
            label: None,
            immediates: [None; 2],
            memory_at: 0,
            reg: 0,
            rm: 0,
            vvvv: 0,
            opcode_reg: 0,
            is4: None,
            mask: 0,
            zeroing: false,
            rounding: None,
            needs_rex: false,
            high_byte: None,
        }
    }

    #[inline]
    fn gather(&mut self, row: &Row<Encoding>, operands: &'o [Operand], mode: Mode) -> Result<(), Unfit> {
        for (at, (operand, slot)) in operands.iter().zip(&row.encoding.slots).enumerate() {
            let slot = *slot;
            let index = at as u8;
            match operand {
                Operand::Reg(reg) => {
                    let n = self.register(*reg, index, mode)?;
                    match slot {
                        Slot::Rm => self.rm = n,
                        Slot::Reg => self.reg = n,
                        Slot::Vvvv => self.vvvv = n,
                        Slot::Opcode | Slot::Stack => self.opcode_reg = n,
                        Slot::Is4 => self.is4 = Some(n),
                        _ => {}
                    }
                }
                Operand::Mem(mem) if slot == Slot::Moffs => self.moffs = Some(mem),
                Operand::Mem(mem) => {
                    self.memory = Some(mem);
                    self.memory_at = index;
                }
                Operand::Imm(_) if slot == Slot::Implicit => {}
                Operand::Imm(value) => {
                    let second = usize::from(self.immediates[0].is_some());
                    self.immediates[second] = Some((value, slot));
                }
                Operand::Label(target) => self.label = Some(target),
                Operand::Mask(reg, zeroing) => {
                    self.mask = number(reg.phys);
                    self.zeroing = *zeroing;
                }
                Operand::Rounding(code) => self.rounding = Some(*code),
                Operand::None | Operand::Cond(_) | Operand::Shift { .. } | Operand::Prefixes(_) => {}
            }
        }
        Ok(())
    }

    fn register(&mut self, reg: Reg, operand: u8, mode: Mode) -> Result<u8, Unfit> {
        let phys = reg.phys.0;
        if phys < 16 {
            match reg.view {
                VIEW_8_HIGH => {
                    self.high_byte = Some(operand);
                    return Ok(phys + 4);
                }
                VIEW_8 if phys >= 4 => self.needs_rex = true,
                VIEW_64 if mode != MODE_64 => return Err(Unfit::Mode),
                _ => {}
            }
            if mode != MODE_64 && (phys >= 8 || (reg.view == VIEW_8 && phys >= 4)) {
                return Err(Unfit::RegisterConflict { operand });
            }
            return Ok(phys);
        }
        let n = number(reg.phys);
        if n >= 8 && mode != MODE_64 {
            return Err(Unfit::RegisterConflict { operand });
        }
        Ok(n)
    }
}

struct Writer<'a> {
    out: &'a mut Encoded,
    row: &'static Row<Encoding>,
    mode: Mode,
    prefixes: Prefixes,
    gathered: Gathered<'a>,
    /// Index of the fixup whose addend counts from the end of the instruction.
    pc_fixup: Option<u8>,
}

/// Width of addresses.
#[derive(Clone, Copy, PartialEq, Eq)]
enum AddressSize {
    Bits16,
    Bits32,
    Bits64,
}

impl Writer<'_> {
    #[inline]
    fn byte(&mut self, byte: u8) {
        // Encodings are at most 15 bytes; `write` reports longer ones, which only prefixes from source make.
        if let Some(place) = self.out.bytes.get_mut(self.out.len as usize) {
            *place = byte;
        }
        self.out.len += 1;
    }

    fn word(&mut self, value: i64, bytes: usize) {
        for byte in &value.to_le_bytes()[..bytes] {
            self.byte(*byte);
        }
    }

    fn fixup(&mut self, kind: FixupKind, mut target: SymbolRef, bytes: usize) {
        let offset = u32::from(self.out.len);
        if target.modifier == fixup::GOTPC && self.pc_fixup.is_none() {
            // `_GLOBAL_OFFSET_TABLE_` counts from the instruction, the relocation from the field.
            target = target.plus(i64::from(offset));
        }
        let index = self.out.fixup_count as usize & 1;
        self.out.fixups[index] = Fixup { target, offset, kind };
        self.out.fixup_count += 1;
        self.word(0, bytes);
    }

    fn write(&mut self) -> Result<(), Unfit> {
        match self.row.encoding.scheme {
            Scheme::Legacy => self.legacy()?,
            Scheme::Vex => self.vex()?,
            Scheme::Evex => self.evex()?,
        }
        self.modrm_and_after()?;
        if self.out.len > 15 {
            return Err(Unfit::OperandCount);
        }
        if let Some(index) = self.pc_fixup {
            let fixup = &mut self.out.fixups[index as usize];
            let distance = i64::from(self.out.len) - i64::from(fixup.offset);
            fixup.target.addend = fixup.target.addend.wrapping_sub(distance);
        }
        Ok(())
    }

    /// Address size of the memory operand; an error when its registers cannot make an address.
    fn address_size(&self) -> Result<AddressSize, Unfit> {
        let default = match self.mode {
            MODE_64 => AddressSize::Bits64,
            MODE_16 => AddressSize::Bits16,
            _ => AddressSize::Bits32,
        };
        let Some(mem) = self.gathered.memory else { return Ok(default) };
        let operand = self.gathered.memory_at;
        let bad = Unfit::Address { operand };
        let size_of = |reg: Reg| -> Result<Option<AddressSize>, Unfit> {
            if !reg.is_some() || reg.phys.0 >= 16 && reg.phys != RIP {
                return Ok(None);
            }
            match (reg.phys == RIP, reg.view) {
                (true, 0) | (false, VIEW_64) if self.mode == MODE_64 => Ok(Some(AddressSize::Bits64)),
                (true, 1) if self.mode == MODE_64 => Ok(Some(AddressSize::Bits32)),
                (false, VIEW_32) => Ok(Some(AddressSize::Bits32)),
                (false, VIEW_16) if self.mode != MODE_64 => Ok(Some(AddressSize::Bits16)),
                _ => Err(bad),
            }
        };
        let (base, index) = (size_of(mem.base)?, size_of(mem.index)?);
        if mem.base.is_some() && base.is_none() {
            return Err(bad);
        }
        match (base, index) {
            (Some(a), Some(b)) if a != b => Err(bad),
            (Some(size), _) | (None, Some(size)) => Ok(size),
            (None, None) => match self.prefixes.has(Prefixes::ADDRESS) {
                true if default == AddressSize::Bits32 => Ok(AddressSize::Bits16),
                true => Ok(AddressSize::Bits32),
                false => Ok(default),
            },
        }
    }

    /// Segment and address-size prefixes, common to all schemes.
    fn address_prefixes(&mut self) -> Result<(), Unfit> {
        let segment = match self.gathered.memory.or(self.gathered.moffs) {
            Some(mem) => mem.segment,
            None => PhysReg::NONE,
        };
        if segment.is_some() {
            const OVERRIDES: [u8; 6] = [0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65];
            if let Some(byte) = OVERRIDES.get(number(segment) as usize) {
                self.byte(*byte);
            }
        }
        if self.prefixes.has(Prefixes::NOTRACK) {
            self.byte(0x3e);
        }
        let size = self.address_size()?;
        let default = match self.mode {
            MODE_64 => AddressSize::Bits64,
            MODE_16 => AddressSize::Bits16,
            _ => AddressSize::Bits32,
        };
        let marks = self.row.encoding.marks;
        let marked = marks & mark::ADDRESS_32 != 0 && self.mode != MODE_32
            || marks & mark::ADDRESS_16 != 0 && self.mode != MODE_16;
        let asked = self.prefixes.has(Prefixes::ADDRESS) && self.gathered.memory.is_none();
        if size != default || marked || asked {
            self.byte(0x67);
        }
        Ok(())
    }

    fn rex_bits(&self) -> u8 {
        let g = &self.gathered;
        let mut rex = (g.reg >> 3 & 1) << 2;
        match g.memory {
            Some(mem) => {
                if mem.index.is_some() {
                    rex |= (number(mem.index.phys) >> 3 & 1) << 1;
                }
                if mem.base.is_some() && mem.base.phys != RIP {
                    rex |= number(mem.base.phys) >> 3 & 1;
                }
            }
            None => rex |= (g.rm | g.opcode_reg) >> 3 & 1,
        }
        rex
    }

    fn legacy(&mut self) -> Result<(), Unfit> {
        let encoding = &self.row.encoding;
        let marks = encoding.marks;
        let plain = self.gathered.memory.is_none() && self.prefixes == Prefixes::NONE;
        if marks & mark::FWAIT != 0 {
            self.byte(0x9b);
        }
        let simple_mode = self.mode != MODE_16 && marks & (mark::ADDRESS_32 | mark::ADDRESS_16) == 0;
        if !(plain && simple_mode && self.gathered.moffs.is_none()) {
            self.address_prefixes()?;
        }
        let operand_size =
            if self.mode == MODE_16 { marks & mark::OPERAND_32 } else { marks & mark::OPERAND_16 };
        let data = operand_size != 0 || self.prefixes.has(Prefixes::DATA);
        if data || encoding.prefix == 0x66 {
            self.byte(0x66);
        }
        if encoding.prefix > 0x66 {
            self.byte(encoding.prefix);
        } else if self.prefixes.has(Prefixes::REP) {
            self.byte(0xf3);
        } else if self.prefixes.has(Prefixes::REPNE) {
            self.byte(0xf2);
        }
        if self.prefixes.has(Prefixes::LOCK) {
            self.byte(0xf0);
        }
        let mut rex = self.rex_bits();
        if marks & mark::W != 0 || self.prefixes.has(Prefixes::REX_W) {
            rex |= 8;
        }
        let needed = rex != 0 || self.gathered.needs_rex || self.prefixes.has(Prefixes::REX);
        if needed {
            if let Some(operand) = self.gathered.high_byte {
                return Err(Unfit::RegisterConflict { operand });
            }
            if self.mode != MODE_64 {
                return Err(Unfit::Mode);
            }
            self.byte(0x40 | rex);
        }
        match encoding.map {
            0 => {}
            1 => self.byte(0x0f),
            2 => {
                self.byte(0x0f);
                self.byte(0x38);
            }
            _ => {
                self.byte(0x0f);
                self.byte(0x3a);
            }
        }
        let in_opcode =
            if matches!(encoding.modrm, ModRm::Fixed(_)) { 0 } else { self.gathered.opcode_reg & 7 };
        self.byte(encoding.opcode | in_opcode);
        Ok(())
    }

    fn pp(&self) -> u8 {
        match self.row.encoding.prefix {
            0x66 => 1,
            0xf3 => 2,
            0xf2 => 3,
            _ => 0,
        }
    }

    fn vex(&mut self) -> Result<(), Unfit> {
        self.address_prefixes()?;
        let encoding = &self.row.encoding;
        let rex = self.rex_bits();
        let w = encoding.marks & mark::W != 0;
        let low = (!self.gathered.vvvv & 15) << 3 | encoding.vector_length << 2 | self.pp();
        let short = rex & 3 == 0 && !w && encoding.map == 1 && !self.prefixes.has(Prefixes::VEX3);
        if short {
            self.byte(0xc5);
            self.byte((!rex & 4) << 5 | low);
        } else {
            self.byte(0xc4);
            self.byte((!rex & 7) << 5 | encoding.map);
            self.byte(u8::from(w) << 7 | low);
        }
        self.byte(encoding.opcode);
        Ok(())
    }

    fn evex(&mut self) -> Result<(), Unfit> {
        self.address_prefixes()?;
        let encoding = &self.row.encoding;
        let g = &self.gathered;
        let mut inverted = self.rex_bits();
        // Bit 4 of a register in ModRM.rm is X; of a vector index it is V'.
        let mut v_high = g.vvvv >> 4;
        match g.memory {
            Some(mem) if mem.index.is_some() && mem.index.phys.0 >= 16 => {
                v_high = number(mem.index.phys) >> 4;
            }
            Some(_) => {}
            None => inverted |= (g.rm >> 4 & 1) << 1,
        }
        let broadcast = matches!(g.memory, Some(mem) if mem.mode == MemMode::Broadcast);
        let (length, b) = match g.rounding {
            // 4 is `{sae}`; the others carry the rounding mode in L'L.
            Some(4) => (encoding.vector_length, true),
            Some(mode) => (mode & 3, true),
            None => (encoding.vector_length, broadcast),
        };
        let first = (!inverted & 7) << 5 | (!g.reg >> 4 & 1) << 4 | encoding.map;
        let w = u8::from(encoding.marks & mark::W != 0);
        let second = w << 7 | (!g.vvvv & 15) << 3 | 4 | self.pp();
        let third = u8::from(g.zeroing) << 7 | length << 5 | u8::from(b) << 4 | (!v_high & 1) << 3 | g.mask;
        for byte in [0x62, first, second, third, encoding.opcode] {
            self.byte(byte);
        }
        Ok(())
    }

    fn modrm_and_after(&mut self) -> Result<(), Unfit> {
        let reg = match self.row.encoding.modrm {
            ModRm::None => None,
            ModRm::Operands => Some(self.gathered.reg & 7),
            ModRm::Digit(digit) => Some(digit),
            ModRm::Fixed(byte) => {
                self.byte(byte | self.gathered.opcode_reg & 7);
                None
            }
        };
        if let Some(reg) = reg {
            match self.gathered.memory {
                Some(Mem { displacement: Imm::Symbol(target), .. }) if target.modifier == fixup::TLSCALL => {
                    self.descriptor_call(reg, *target)?;
                }
                Some(mem) => self.memory(mem, reg, self.gathered.memory_at)?,
                None => self.byte(0xc0 | reg << 3 | self.gathered.rm & 7),
            }
        }
        if let Some(mem) = self.gathered.moffs {
            let (bytes, kind) = match self.mode {
                MODE_64 => (8, fixup::ABS64),
                MODE_16 => (2, fixup::ABS16),
                _ => (4, fixup::ABS32),
            };
            match mem.displacement {
                Imm::Int(value) => self.word(value, bytes),
                Imm::Symbol(target) => self.fixup(kind, target, bytes),
            }
        }
        // Far pointers are stored offset first.
        let far = matches!(self.row.encoding.opcode, 0x9a | 0xea) && self.row.encoding.map == 0;
        let flip = usize::from(far && self.gathered.immediates[1].is_some());
        for at in 0..2 {
            if let Some((value, slot)) = self.gathered.immediates[at ^ flip] {
                self.immediate(*value, slot);
            }
        }
        if let Some(n) = self.gathered.is4 {
            self.byte(n << 4);
        }
        if let Some(target) = self.gathered.label {
            let (kind, bytes) = match self.row.encoding.slots[0] {
                Slot::Rel8 => (fixup::BRANCH8, 1),
                Slot::Rel16 => (fixup::BRANCH16, 2),
                _ => (fixup::BRANCH32, 4),
            };
            self.pc_fixup = Some(self.out.fixup_count & 1);
            self.fixup(kind, *target, bytes);
        }
        Ok(())
    }

    /// `call *x@TLSCALL(%rax)`: no displacement, and a mark on the instruction.
    fn descriptor_call(&mut self, reg: u8, target: SymbolRef) -> Result<(), Unfit> {
        let operand = self.gathered.memory_at;
        let Some(mem) = self.gathered.memory else { return Err(Unfit::Address { operand }) };
        self.out.fixups[0] = Fixup { target, offset: 0, kind: fixup::MARK };
        self.out.fixup_count = 1;
        self.memory(&Mem { displacement: Imm::ZERO, ..*mem }, reg, operand)
    }

    fn immediate(&mut self, value: Imm, slot: Slot) {
        let (bytes, kind) = match slot {
            Slot::Imm8 | Slot::Imm8Signed => (1, fixup::ABS8),
            Slot::Imm16 => (2, fixup::ABS16),
            Slot::Imm32Signed => (4, fixup::ABS32S),
            Slot::Imm64 => (8, fixup::ABS64),
            _ => (4, fixup::ABS32),
        };
        match value {
            Imm::Int(value) => self.word(value, bytes),
            Imm::Symbol(target) => self.fixup(kind, target, bytes),
        }
    }

    fn memory(&mut self, mem: &Mem, reg: u8, operand: u8) -> Result<(), Unfit> {
        let size = self.address_size()?;
        if size == AddressSize::Bits16 {
            return self.memory_16(mem, reg, operand);
        }
        let bad = Unfit::Address { operand };
        let reg = reg << 3;
        let has_index = mem.index.is_some();
        if has_index && mem.index.phys.0 == 4 || mem.scale_log2 > 3 {
            return Err(bad);
        }
        if mem.base.phys == RIP {
            if has_index {
                return Err(bad);
            }
            self.byte(reg | 5);
            return self.displacement_32(mem, size, true, false, operand);
        }
        let index = if has_index { number(mem.index.phys) & 7 } else { 4 };
        let sib = mem.scale_log2 << 6 | index << 3;
        if !mem.base.is_some() {
            if !has_index && self.mode != MODE_64 {
                self.byte(reg | 5);
            } else {
                self.byte(reg | 4);
                self.byte(sib | 5);
            }
            return self.displacement_32(mem, size, false, !has_index, operand);
        }
        let base = number(mem.base.phys) & 7;
        let form = self.displacement_form(mem, base, operand, size)?;
        if has_index || base == 4 {
            self.byte(form.mode << 6 | reg | 4);
            self.byte(sib | base);
        } else {
            self.byte(form.mode << 6 | reg | base);
        }
        match form.mode {
            0 => Ok(()),
            1 => {
                self.byte(form.byte);
                Ok(())
            }
            _ => self.displacement_32(mem, size, false, !has_index, operand),
        }
    }

    /// `mod` and, where it is 1, the byte.
    fn displacement_form(&self, mem: &Mem, base: u8, operand: u8, size: AddressSize) -> Result<Form, Unfit> {
        let Imm::Int(mut value) = mem.displacement else { return Ok(Form { mode: 2, byte: 0 }) };
        if size == AddressSize::Bits32 && (0..1 << 32).contains(&value) {
            value = i64::from(value as i32);
        }
        if self.prefixes.has(Prefixes::DISP32) {
            return Ok(Form { mode: 2, byte: 0 });
        }
        if value == 0 && base != 5 && !self.prefixes.has(Prefixes::DISP8) {
            return Ok(Form { mode: 0, byte: 0 });
        }
        let unit = if self.row.encoding.scheme == Scheme::Evex { self.disp8_unit(mem, operand) } else { 1 };
        let scaled = value / unit;
        if value % unit == 0 && scaled == i64::from(scaled as i8) {
            return Ok(Form { mode: 1, byte: scaled as u8 });
        }
        Ok(Form { mode: 2, byte: 0 })
    }

    /// EVEX's factor of 8-bit displacements: the size of what is accessed.
    fn disp8_unit(&self, mem: &Mem, operand: u8) -> i64 {
        if mem.mode == MemMode::Broadcast {
            return if self.row.encoding.marks & mark::W != 0 { 8 } else { 4 };
        }
        let kind = self.row.info.operands[operand as usize].kind;
        i64::from(KINDS[kind.0 as usize].kind.memory_bits / 8).max(1)
    }

    fn displacement_32(
        &mut self,
        mem: &Mem,
        size: AddressSize,
        rip: bool,
        lone: bool,
        operand: u8,
    ) -> Result<(), Unfit> {
        match mem.displacement {
            Imm::Int(value) => {
                let narrow = size == AddressSize::Bits32 || self.mode != MODE_64;
                let fits = value == i64::from(value as i32) || narrow && (0..1 << 32).contains(&value);
                if !fits {
                    return Err(Unfit::Range { operand, value });
                }
                self.word(value, 4);
            }
            Imm::Symbol(target) => {
                let kind = self.displacement_kind(size, rip, lone);
                if rip {
                    self.pc_fixup = Some(self.out.fixup_count & 1);
                }
                self.fixup(kind, target, 4);
            }
        }
        Ok(())
    }

    /// Whether this is one of the instructions whose GOT load the linker may rewrite (x86-64 psABI 4.4.1, B.2).
    fn displacement_kind(&self, size: AddressSize, rip: bool, no_index: bool) -> FixupKind {
        let encoding = &self.row.encoding;
        let data16 = self.mode != MODE_16 && encoding.marks & mark::OPERAND_16 != 0;
        let transfer = encoding.opcode == 0xff && matches!(encoding.modrm, ModRm::Digit(2 | 4));
        let binary = matches!(encoding.opcode, 0x8b | 0x85) || encoding.opcode & !0x38 == 0x03;
        let candidate = encoding.scheme == Scheme::Legacy
            && encoding.map == 0
            && encoding.prefix == 0
            && !data16
            && (transfer || binary && encoding.modrm == ModRm::Operands);
        if rip {
            let has_rex = self.out.bytes[..self.out.len as usize].iter().any(|b| b & 0xf0 == 0x40)
                && (self.rex_bits() != 0 || encoding.marks & mark::W != 0);
            return match (candidate, has_rex) {
                (false, _) => fixup::RIP32,
                (true, false) => fixup::RIP32_RELAX,
                (true, true) => fixup::RIP32_REX_RELAX,
            };
        }
        match (self.mode, size) {
            (MODE_64, AddressSize::Bits64) => fixup::ABS32S,
            (MODE_64, _) => fixup::ABS32,
            _ if candidate && no_index => fixup::ABS32_RELAX,
            _ => fixup::ADDRESS32,
        }
    }

    fn memory_16(&mut self, mem: &Mem, reg: u8, operand: u8) -> Result<(), Unfit> {
        let bad = Unfit::Address { operand };
        let reg = reg << 3;
        let of = |reg: Reg| if reg.is_some() { i32::from(reg.phys.0) } else { -1 };
        // rm codes: bx+si bx+di bp+si bp+di si di bp bx (SDM vol. 2 table 2-1).
        let (mut base, mut index) = (of(mem.base), of(mem.index));
        if mem.scale_log2 != 0 {
            return Err(bad);
        }
        if matches!(base, 6 | 7) && matches!(index, 3 | 5) {
            std::mem::swap(&mut base, &mut index);
        }
        let rm = match (base, index) {
            (3, 6) => 0,
            (3, 7) => 1,
            (5, 6) => 2,
            (5, 7) => 3,
            (6, -1) | (-1, 6) => 4,
            (7, -1) | (-1, 7) => 5,
            (5, -1) | (-1, -1) => 6,
            (3, -1) => 7,
            _ => return Err(bad),
        };
        let alone = base < 0 && index < 0;
        match mem.displacement {
            Imm::Symbol(target) => {
                self.byte(if alone { 0 } else { 0x80 } | reg | rm);
                self.fixup(fixup::ABS16, target, 2);
            }
            Imm::Int(value) if !(-32768..65536).contains(&value) => {
                return Err(Unfit::Range { operand, value });
            }
            Imm::Int(value) if alone => {
                self.byte(reg | rm);
                self.word(value, 2);
            }
            Imm::Int(0) if rm != 6 => self.byte(reg | rm),
            Imm::Int(value) if i64::from(value as i16) == i64::from(value as i8) => {
                self.byte(0x40 | reg | rm);
                self.byte(value as u8);
            }
            Imm::Int(value) => {
                self.byte(0x80 | reg | rm);
                self.word(value, 2);
            }
        }
        Ok(())
    }
}

struct Form {
    mode: u8,
    byte: u8,
}
