//! The decoder: bytes to row and operands. Serves tests and disassembly, not compilation.
//!
//! Rows are indexed by scheme, map and opcode byte; among the candidates the first whose prefixes, `ModRM` and
//! operands agree is taken. Alias rows are the assembler's only. Source: SDM vol. 2 chapter 2.

use crate::kinds::{KINDS, Slot, operand_facts};
use crate::registers as r;
use crate::rows::ROWS;
use crate::select::Prefixes;
use crate::template::{MODE_16, MODE_32, MODE_64, ModRm, Scheme, mark};
use lathe_isa::{
    Decoded, Imm, MAX_OPERANDS, Mem, MemMode, Mode, Operand, PhysReg, Reg, RegClass, RowFlags, RowId,
};
use rustc_hash::FxHashMap;
use std::sync::OnceLock;

type Index = FxHashMap<(u8, u8, u8), Vec<RowId>>;

fn index() -> &'static Index {
    static INDEX: OnceLock<Index> = OnceLock::new();
    INDEX.get_or_init(|| {
        let mut index = Index::default();
        for (at, row) in ROWS.iter().enumerate() {
            if row.info.flags.has(RowFlags::ALIAS) || row.info.flags.has(RowFlags::PREFIX) {
                continue;
            }
            let encoding = &row.encoding;
            let in_opcode = encoding.slots.contains(&Slot::Opcode);
            for low in 0..if in_opcode { 8 } else { 1 } {
                let key = (encoding.scheme as u8, encoding.map, encoding.opcode + low);
                index.entry(key).or_default().push(RowId(at as u16));
            }
        }
        // A row with a mandatory prefix is the better match.
        for rows in index.values_mut() {
            rows.sort_by_key(|row| ROWS[row.0 as usize].encoding.prefix == 0);
        }
        index
    })
}

/// What stands before the opcode.
#[derive(Clone, Copy, Default)]
struct Head {
    operand_size: bool,
    address_size: bool,
    lock: bool,
    repeat: u8,
    segment: Option<PhysReg>,
    fwait: bool,
    rex: u8,
    has_rex: bool,
    scheme: u8,
    map: u8,
    pp: u8,
    length: u8,
    vvvv: u8,
    reg_high: u8,
    mask: u8,
    zeroing: bool,
    broadcast: bool,
}

struct Reader<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl Reader<'_> {
    fn byte(&mut self) -> Option<u8> {
        let byte = *self.bytes.get(self.at)?;
        self.at += 1;
        Some(byte)
    }

    fn signed(&mut self, bytes: usize) -> Option<i64> {
        let field = self.bytes.get(self.at..self.at + bytes)?;
        self.at += bytes;
        let mut wide = [if field[bytes - 1] >= 0x80 { 0xff } else { 0 }; 8];
        wide[..bytes].copy_from_slice(field);
        Some(i64::from_le_bytes(wide))
    }
}

/// Decodes the instruction at the start of `bytes`.
pub(crate) fn decode(mode: Mode, bytes: &[u8]) -> Option<Decoded> {
    let bytes = &bytes[..bytes.len().min(15)];
    if bytes.first() == Some(&0x9b) {
        let fused = with_prefixes(mode, Reader { bytes, at: 1 }, Head { fwait: true, ..Head::default() });
        if fused.is_some() {
            return fused;
        }
    }
    with_prefixes(mode, Reader { bytes, at: 0 }, Head::default())
}

fn with_prefixes(mode: Mode, mut reader: Reader<'_>, mut head: Head) -> Option<Decoded> {
    let bytes = reader.bytes;
    loop {
        match *bytes.get(reader.at)? {
            0x66 => head.operand_size = true,
            0x67 => head.address_size = true,
            0xf0 => head.lock = true,
            byte @ (0xf2 | 0xf3) => head.repeat = byte,
            byte @ (0x26 | 0x2e | 0x36 | 0x3e) => head.segment = Some(PhysReg(r::ES.0 + (byte >> 3 & 3))),
            byte @ (0x64 | 0x65) => head.segment = Some(PhysReg(r::FS.0 + (byte & 1))),
            _ => break,
        }
        reader.at += 1;
    }
    with_head(mode, reader, head)
}

fn with_head(mode: Mode, mut reader: Reader<'_>, mut head: Head) -> Option<Decoded> {
    let first = reader.byte()?;
    let next = reader.bytes.get(reader.at).copied().unwrap_or(0);
    let prefix_form = mode == MODE_64 || next >= 0xc0;
    match first {
        0x40..=0x4f if mode == MODE_64 => {
            head.rex = first & 15;
            head.has_rex = true;
            let opcode = reader.byte()?;
            let opcode = escape(&mut reader, &mut head, opcode)?;
            body(mode, reader, head, opcode)
        }
        0xc5 if prefix_form => {
            let byte = reader.byte()?;
            head.scheme = Scheme::Vex as u8;
            head.map = 1;
            head.rex = (!byte >> 7 & 1) << 2;
            vex_low(&mut head, byte);
            let opcode = reader.byte()?;
            body(mode, reader, head, opcode)
        }
        0xc4 if prefix_form => {
            let (second, third) = (reader.byte()?, reader.byte()?);
            head.scheme = Scheme::Vex as u8;
            head.map = second & 31;
            head.rex = !second >> 5 & 7 | (third >> 7) << 3;
            vex_low(&mut head, third);
            let opcode = reader.byte()?;
            body(mode, reader, head, opcode)
        }
        0x62 if prefix_form => {
            let (first, second, third) = (reader.byte()?, reader.byte()?, reader.byte()?);
            head.scheme = Scheme::Evex as u8;
            head.map = first & 7;
            head.rex = !first >> 5 & 7 | (second >> 7) << 3;
            head.reg_high = !first >> 4 & 1;
            head.vvvv = !second >> 3 & 15 | (!third >> 3 & 1) << 4;
            head.pp = second & 3;
            head.length = third >> 5 & 3;
            head.mask = third & 7;
            head.zeroing = third & 0x80 != 0;
            head.broadcast = third & 0x10 != 0;
            let opcode = reader.byte()?;
            body(mode, reader, head, opcode)
        }
        _ => {
            let opcode = escape(&mut reader, &mut head, first)?;
            body(mode, reader, head, opcode)
        }
    }
}

fn escape(reader: &mut Reader<'_>, head: &mut Head, first: u8) -> Option<u8> {
    if first != 0x0f {
        return Some(first);
    }
    let second = reader.byte()?;
    match second {
        0x38 | 0x3a => {
            head.map = if second == 0x38 { 2 } else { 3 };
            reader.byte()
        }
        _ => {
            head.map = 1;
            Some(second)
        }
    }
}

fn vex_low(head: &mut Head, byte: u8) {
    head.vvvv = !byte >> 3 & 15;
    head.length = byte >> 2 & 1;
    head.pp = byte & 3;
}

fn body(mode: Mode, reader: Reader<'_>, head: Head, opcode: u8) -> Option<Decoded> {
    let rows = index().get(&(head.scheme, head.map, opcode))?;
    rows.iter().find_map(|row| {
        let at = Reader { bytes: reader.bytes, at: reader.at };
        Candidate { mode, reader: at, head, opcode, row: *row, modrm: 0 }.try_row()
    })
}

struct Candidate<'b> {
    mode: Mode,
    reader: Reader<'b>,
    head: Head,
    opcode: u8,
    row: RowId,
    modrm: u8,
}

impl Candidate<'_> {
    fn prefixes_agree(&self) -> bool {
        let row = &ROWS[self.row.0 as usize];
        let (encoding, head) = (&row.encoding, &self.head);
        let w = encoding.marks & mark::W != 0;
        if encoding.marks & mark::FWAIT != 0 && !head.fwait || head.fwait && encoding.marks & mark::FWAIT == 0
        {
            return false;
        }
        if encoding.scheme != Scheme::Legacy {
            let pp = [0, 0x66, 0xf3, 0xf2][head.pp as usize & 3];
            let w_agrees = encoding.marks & mark::W_IGNORED != 0 || w == (head.rex & 8 != 0);
            let rounded = head.scheme == Scheme::Evex as u8 && encoding.slots.contains(&Slot::Rounding);
            let masked = encoding.slots.contains(&Slot::Mask);
            let register = self.reader.bytes.get(self.reader.at).is_some_and(|modrm| *modrm >= 0xc0);
            if masked != (head.mask != 0) || !rounded && head.broadcast && register {
                return false;
            }
            return pp == encoding.prefix && w_agrees && (rounded || head.length == encoding.vector_length);
        }
        let sized = if self.mode == MODE_16 { mark::OPERAND_32 } else { mark::OPERAND_16 };
        let wants_66 = encoding.marks & sized != 0 || encoding.prefix == 0x66;
        let repeat_agrees = match encoding.prefix {
            0xf2 | 0xf3 => head.repeat == encoding.prefix,
            _ => true,
        };
        repeat_agrees && wants_66 == head.operand_size && w == (head.rex & 8 != 0)
    }

    fn try_row(mut self) -> Option<Decoded> {
        let row = &ROWS[self.row.0 as usize];
        if !row.info.modes.meets(self.mode) || !self.prefixes_agree() {
            return None;
        }
        match row.encoding.modrm {
            ModRm::None => {}
            ModRm::Fixed(byte) => {
                self.modrm = self.reader.byte()?;
                let stack = row.encoding.slots.contains(&Slot::Stack);
                if self.modrm & if stack { 0xf8 } else { 0xff } != byte {
                    return None;
                }
            }
            ModRm::Operands => self.modrm = self.reader.byte()?,
            ModRm::Digit(digit) => {
                self.modrm = self.reader.byte()?;
                if self.modrm >> 3 & 7 != digit {
                    return None;
                }
            }
        }
        let mut operands = [Operand::None; MAX_OPERANDS];
        let count = row.info.operand_count as usize;
        // Memory comes before immediates in the bytes, whatever the order of operands.
        let has_modrm = matches!(row.encoding.modrm, ModRm::Operands | ModRm::Digit(_));
        let rm_at = (0..count).find(|at| row.encoding.slots[*at] == Slot::Rm);
        if has_modrm && self.modrm < 0xc0 {
            let at = rm_at?;
            operands[at] = Operand::Mem(self.memory(at)?);
        }
        let far = matches!(self.opcode, 0x9a | 0xea) && row.encoding.map == 0;
        let order: [usize; MAX_OPERANDS] = if far { [1, 0, 2, 3, 4] } else { [0, 1, 2, 3, 4] };
        for at in order.into_iter().filter(|at| *at < count) {
            if operands[at] == Operand::None {
                operands[at] = self.operand(at)?;
            }
            let facts = operand_facts(&operands[at], row.encoding.operand_bits);
            let is_branch = matches!(row.encoding.slots[at], Slot::Rel8 | Slot::Rel16 | Slot::Rel32);
            if !is_branch && facts & row.info.operands[at].facts.0 == 0 {
                return None;
            }
        }
        let mut prefixes = Prefixes::NONE;
        if self.head.lock {
            prefixes = prefixes.or(Prefixes::LOCK);
        }
        if row.encoding.scheme == Scheme::Legacy && row.encoding.prefix != self.head.repeat {
            prefixes = match self.head.repeat {
                0xf3 => prefixes.or(Prefixes::REP),
                0xf2 => prefixes.or(Prefixes::REPNE),
                _ => prefixes,
            };
        }
        if prefixes != Prefixes::NONE && count < MAX_OPERANDS {
            operands[count] = Operand::Prefixes(prefixes.0);
        }
        Some(Decoded { row: self.row, operands, len: self.reader.at as u8 })
    }

    fn operand(&mut self, at: usize) -> Option<Operand> {
        let row = &ROWS[self.row.0 as usize];
        let kind = &KINDS[row.info.operands[at].kind.0 as usize].kind;
        let rex = self.head.rex;
        let high = self.head.reg_high << 4;
        Some(match row.encoding.slots[at] {
            Slot::Implicit => match (kind.fixed, kind.class) {
                (Some(reg), Some(_)) => Operand::Reg(Reg::new(reg, kind.view)),
                _ => Operand::int(1),
            },
            Slot::Rm => {
                let extra = if self.head.scheme == Scheme::Evex as u8 { (rex >> 1 & 1) << 4 } else { 0 };
                self.register(kind.class?, kind.view, self.modrm & 7 | (rex & 1) << 3 | extra)
            }
            Slot::Reg => {
                self.register(kind.class?, kind.view, self.modrm >> 3 & 7 | (rex >> 2 & 1) << 3 | high)
            }
            Slot::Vvvv => self.register(kind.class?, kind.view, self.head.vvvv),
            Slot::Opcode => self.register(kind.class?, kind.view, self.opcode & 7 | (rex & 1) << 3),
            Slot::Stack => self.register(kind.class?, kind.view, self.modrm & 7),
            Slot::Is4 => {
                let n = self.reader.byte()? >> 4;
                self.register(kind.class?, kind.view, n)
            }
            Slot::Imm8 => {
                let value = self.reader.signed(1)?;
                // Shuffle controls and shift counts read as unsigned.
                Operand::int(if row.encoding.operand_bits == 8 { value } else { value & 0xff })
            }
            Slot::Imm8Signed => Operand::int(self.reader.signed(1)?),
            Slot::Imm16 => Operand::int(self.reader.signed(2)?),
            Slot::Imm32 | Slot::Imm32Signed => Operand::int(self.reader.signed(4)?),
            Slot::Imm64 => Operand::int(self.reader.signed(8)?),
            Slot::Rel8 => Operand::int(self.reader.signed(1)?),
            Slot::Rel16 => Operand::int(self.reader.signed(2)?),
            Slot::Rel32 => Operand::int(self.reader.signed(4)?),
            Slot::Moffs => {
                let bytes = match self.mode {
                    MODE_64 => 8,
                    MODE_16 => 2,
                    _ => 4,
                };
                let displacement = Imm::Int(self.reader.signed(bytes)?);
                let segment = self.head.segment.unwrap_or(PhysReg::NONE);
                Operand::Mem(Mem { displacement, segment, ..Mem::NONE })
            }
            Slot::Mask => {
                if self.head.mask == 0 {
                    return None;
                }
                Operand::Mask(Reg::new(PhysReg(r::K0.0 + self.head.mask), 0), self.head.zeroing)
            }
            Slot::Rounding => {
                if !self.head.broadcast || self.modrm < 0xc0 {
                    return None;
                }
                Operand::Rounding(self.head.length)
            }
        })
    }

    fn register(&self, class: RegClass, view: u8, number: u8) -> Operand {
        let start = match class {
            RegClass::Int => 0,
            RegClass::Vector => r::XMM0.0,
            RegClass::X87 => r::ST0.0,
            RegClass::Mmx => r::MM0.0,
            RegClass::Mask => r::K0.0,
            RegClass::Segment => r::ES.0,
            RegClass::System if self.opcode & 1 == 0 => r::CR0.0,
            RegClass::System => r::DR0.0,
            RegClass::Flags | RegClass::Pc => r::RIP.0,
        };
        if class == RegClass::Int && view == r::VIEW_8 && !self.head.has_rex && (4..8).contains(&number) {
            return Operand::Reg(Reg::new(PhysReg(number - 4), r::VIEW_8_HIGH));
        }
        let limit = match class {
            RegClass::Mask | RegClass::Mmx => 7,
            _ => 31,
        };
        Operand::Reg(Reg::new(PhysReg(start + (number & limit)), view))
    }

    fn memory(&mut self, at: usize) -> Option<Mem> {
        let mut mem = Mem { segment: self.head.segment.unwrap_or(PhysReg::NONE), ..Mem::NONE };
        let wide = match (self.mode, self.head.address_size) {
            (MODE_64, false) => r::VIEW_64,
            (MODE_64, true) | (MODE_32, false) | (MODE_16, true) => r::VIEW_32,
            _ => return self.memory_16(mem),
        };
        let (mode, rm, rex) = (self.modrm >> 6, self.modrm & 7, self.head.rex);
        let mut base = Some(rm | (rex & 1) << 3);
        if rm == 4 {
            let sib = self.reader.byte()?;
            base = Some(sib & 7 | (rex & 1) << 3);
            if sib & 7 == 5 && mode == 0 {
                base = None;
            }
            self.sib_index(&mut mem, sib, wide, at);
        } else if rm == 5 && mode == 0 {
            base = None;
            if self.mode == MODE_64 {
                mem.base = Reg::new(r::RIP, u8::from(wide != r::VIEW_64));
            }
        }
        let displacement = match (mode, base) {
            (1, _) => self.reader.signed(1)? * self.disp8_unit(at),
            (2, _) | (0, None) => self.reader.signed(4)?,
            _ => 0,
        };
        if let Some(base) = base {
            mem.base = Reg::new(PhysReg(base), wide);
        }
        mem.displacement = Imm::Int(displacement);
        if self.head.scheme == Scheme::Evex as u8 && self.head.broadcast {
            mem.mode = MemMode::Broadcast;
        }
        Some(mem)
    }

    fn sib_index(&self, mem: &mut Mem, sib: u8, wide: u8, at: usize) {
        let number = sib >> 3 & 7 | (self.head.rex >> 1 & 1) << 3;
        mem.scale_log2 = sib >> 6;
        let name = KINDS[ROWS[self.row.0 as usize].info.operands[at].kind.0 as usize].kind.name;
        let vector = match name.as_bytes() {
            [b'v', b'm', b'x', ..] => Some(0),
            [b'v', b'm', b'y', ..] => Some(1),
            [b'v', b'm', b'z', ..] => Some(2),
            _ => None,
        };
        match vector {
            Some(view) => {
                let high = if self.head.scheme == Scheme::Evex as u8 { self.head.vvvv & 16 } else { 0 };
                mem.index = Reg::new(PhysReg(r::XMM0.0 + (number | high)), view);
            }
            None if number == 4 => mem.scale_log2 = 0,
            None => mem.index = Reg::new(PhysReg(number), wide),
        }
    }

    fn disp8_unit(&self, at: usize) -> i64 {
        if self.head.scheme != Scheme::Evex as u8 {
            return 1;
        }
        let row = &ROWS[self.row.0 as usize];
        if self.head.broadcast {
            return if row.encoding.marks & mark::W != 0 { 8 } else { 4 };
        }
        i64::from(KINDS[row.info.operands[at].kind.0 as usize].kind.memory_bits / 8).max(1)
    }

    fn memory_16(&mut self, mut mem: Mem) -> Option<Mem> {
        const PAIRS: [(u8, u8); 8] = [(3, 6), (3, 7), (5, 6), (5, 7), (6, 255), (7, 255), (5, 255), (3, 255)];
        let (mode, rm) = (self.modrm >> 6, self.modrm & 7);
        let reg = |n: u8| if n == 255 { Reg::NONE } else { Reg::new(PhysReg(n), r::VIEW_16) };
        let (base, index) = PAIRS[rm as usize];
        if mode == 0 && rm == 6 {
            mem.displacement = Imm::Int(self.reader.signed(2)?);
            return Some(mem);
        }
        mem.base = reg(base);
        mem.index = reg(index);
        mem.displacement = Imm::Int(match mode {
            1 => self.reader.signed(1)?,
            2 => self.reader.signed(2)?,
            _ => 0,
        });
        Some(mem)
    }
}
