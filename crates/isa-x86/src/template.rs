//! From the one-line row notation to the row table, at compile time.
//!
//! A [`Group`] is one mnemonic; its operand sizes (`"bwlq"`) multiply it into one group per AT&T suffix. A
//! form is two strings in the notation of the Intel SDM's opcode tables:
//!
//! - operands, manual order, separated by spaces; a leading `=` means written, `+` read and written, nothing
//!   read. Names are those of [`crate::kinds`]; `rv rmv uv ov mv av iz vv` stand for the group's size.
//! - encoding: `66 F2 F3` mandatory prefix, `REX.W`, `0F`, `0F 38`, `0F 3A` maps, the opcode byte, `/r`
//!   or `/0`..`/7`, or a second fixed byte; `VEX.128.66.0F.W0`, `EVEX.…`; `9B` first is `fwait`. Marks: `NP` the operand
//!   size makes no prefix, `D64` 64 bits are the default, `I64`/`O64` not in / only in 64-bit mode, `N16`/`Y16` the same for 16-bit, `O16`/`O32`
//!   operand-size prefix of its own, `A32` address-size prefix, `ALIAS` for the assembler only.
//!
//! A wrong table is a compile-time panic.

use crate::kinds::{KINDS, Slot};
use lathe_isa::text::{contains, next_token, same, slice};
use lathe_isa::{Access, Facts, KindId, Mode, OperandSpec, RegSet, Row, RowFlags, RowId, RowInfo};
use lathe_target::FeatureSet;
use lathe_target::features::Feature;

/// 16-bit code.
pub const MODE_16: Mode = Mode(1);
/// 32-bit code.
pub const MODE_32: Mode = Mode(2);
/// 64-bit code.
pub const MODE_64: Mode = Mode(4);
/// All modes.
pub const MODE_ALL: Mode = Mode(7);

/// `ModRM` of a row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ModRm {
    /// No such byte.
    None,
    /// From the operands.
    Operands,
    /// From the operands, the `reg` field fixed.
    Digit(u8),
    /// A fixed second opcode byte.
    Fixed(u8),
}

/// VEX or EVEX, or neither.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Scheme {
    /// Prefix bytes and REX.
    Legacy,
    /// VEX.
    Vex,
    /// EVEX.
    Evex,
}

/// Bits of [`Encoding::marks`].
pub mod mark {
    /// 66 in 32- and 64-bit mode.
    pub const OPERAND_16: u16 = 1;
    /// 66 in 16-bit mode.
    pub const OPERAND_32: u16 = 2;
    /// REX.W, VEX.W.
    pub const W: u16 = 4;
    /// `fwait` in front.
    pub const FWAIT: u16 = 8;
    /// Address-size prefix against the mode's default: 32-bit addresses.
    pub const ADDRESS_32: u16 = 16;
    /// VEX.W is ignored by the processor.
    pub const W_IGNORED: u16 = 64;
    /// Address-size prefix against the mode's default: 16-bit addresses.
    pub const ADDRESS_16: u16 = 128;
}

/// How an x86 row is encoded.
#[derive(Clone, Copy, Debug)]
pub struct Encoding {
    /// Place of each operand.
    pub slots: [Slot; lathe_isa::MAX_OPERANDS],
    /// Opcode byte.
    pub opcode: u8,
    /// 0 one byte, 1 `0F`, 2 `0F 38`, 3 `0F 3A`.
    pub map: u8,
    /// 0, 0x66, 0xF2 or 0xF3.
    pub prefix: u8,
    /// Third byte, if any.
    pub modrm: ModRm,
    /// Legacy, VEX, EVEX.
    pub scheme: Scheme,
    /// VEX.L: 0, 1, 2.
    pub vector_length: u8,
    /// See [`mark`].
    pub marks: u16,
    /// Operand size of immediates in bits, 0 when the row has none.
    pub operand_bits: u8,
}

/// One form of a mnemonic.
#[derive(Clone, Copy)]
pub(crate) struct Form {
    pub sizes: &'static str,
    pub operands: &'static str,
    pub encoding: &'static str,
}

/// A form of all sizes of its group.
pub(crate) const fn f(operands: &'static str, encoding: &'static str) -> Form {
    Form { sizes: "", operands, encoding }
}

/// A form of some sizes.
pub(crate) const fn fs(sizes: &'static str, operands: &'static str, encoding: &'static str) -> Form {
    Form { sizes, operands, encoding }
}

/// A mnemonic with its forms.
#[derive(Clone, Copy)]
pub(crate) struct Group {
    pub att: &'static str,
    pub manual: &'static str,
    pub sizes: &'static str,
    pub suffix: &'static str,
    pub forms: &'static [Form],
    pub flags: RowFlags,
    pub features: FeatureSet,
    pub reads: RegSet,
    pub writes: RegSet,
    pub modes: Mode,
    pub bits: u8,
}

/// A mnemonic with AT&T size suffixes.
pub(crate) const fn g(name: &'static str, sizes: &'static str, forms: &'static [Form]) -> Group {
    Group {
        att: name,
        manual: name,
        sizes,
        suffix: "",
        forms,
        flags: RowFlags::NONE,
        features: FeatureSet::NONE,
        reads: RegSet::NONE,
        writes: RegSet::NONE,
        modes: MODE_ALL,
        bits: 0,
    }
}

/// A mnemonic without size suffixes.
pub(crate) const fn p(name: &'static str, forms: &'static [Form]) -> Group {
    g(name, "", forms)
}

impl Group {
    /// The name in Intel syntax where it differs.
    pub const fn manual(self, manual: &'static str) -> Group {
        Group { manual, ..self }
    }

    /// A fixed suffix of the AT&T name.
    pub const fn suffix(self, suffix: &'static str) -> Group {
        Group { suffix, ..self }
    }

    /// Registers read beyond the operands.
    pub const fn reads(self, registers: &[lathe_isa::PhysReg]) -> Group {
        Group { reads: crate::registers::set(registers), ..self }
    }

    /// Registers written beyond the operands.
    pub const fn writes(self, registers: &[lathe_isa::PhysReg]) -> Group {
        Group { writes: crate::registers::set(registers), ..self }
    }

    /// Properties.
    pub const fn flags(self, flags: RowFlags) -> Group {
        Group { flags: self.flags.or(flags), ..self }
    }

    /// One more needed feature.
    pub const fn needs(self, feature: Feature) -> Group {
        Group { features: self.features.with(feature), ..self }
    }

    /// Only in these modes.
    pub const fn modes(self, modes: Mode) -> Group {
        Group { modes, ..self }
    }

    /// Operand size of immediates where there is no size suffix.
    pub const fn bits(self, bits: u8) -> Group {
        Group { bits, ..self }
    }
}

const HASH_SIZE: usize = 1024;

const fn hash(token: &[u8]) -> usize {
    let mut value = 0;
    let mut i = 0;
    while i < token.len() {
        value = value * 37 + token[i] as usize;
        i += 1;
    }
    value % HASH_SIZE
}

/// Kind names by hash, open addressing, index plus one: the lookup runs ten thousand times at compile time.
const KIND_HASH: [u8; HASH_SIZE] = {
    let mut table = [0; HASH_SIZE];
    let mut i = 0;
    while i < KINDS.len() {
        let mut at = hash(KINDS[i].kind.name.as_bytes());
        while table[at] != 0 {
            at = (at + 1) % HASH_SIZE;
        }
        table[at] = i as u8 + 1;
        i += 1;
    }
    table
};

const fn kind_named(token: &[u8]) -> usize {
    let mut at = hash(token);
    loop {
        if KIND_HASH[at] == 0 {
            panic!("operand kind unknown");
        }
        let index = KIND_HASH[at] as usize - 1;
        if same(KINDS[index].kind.name.as_bytes(), token) {
            return index;
        }
        at = (at + 1) % HASH_SIZE;
    }
}

/// The kind of a token, where `rv` and its like take the group's size.
const fn kind_index(token: &[u8], size: u8) -> usize {
    let step = match size {
        b'w' => 1,
        b'l' => 2,
        b'q' => 3,
        _ => 0,
    };
    let first: &[u8] = match token {
        b"rv" => b"r8",
        b"rmv" => b"rm8",
        b"uv" => b"u8",
        b"ov" => b"o8",
        b"mv" => b"m8",
        b"av" => b"al",
        b"iz" => b"ib",
        b"vv" => b"v8",
        _ => return kind_named(token),
    };
    kind_named(first) + step
}

const fn hex_digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

const fn hex(token: &[u8]) -> Option<u8> {
    if token.len() != 2 {
        return None;
    }
    match (hex_digit(token[0]), hex_digit(token[1])) {
        (Some(high), Some(low)) => Some(high << 4 | low),
        _ => None,
    }
}

struct Parsed {
    encoding: Encoding,
    opcode_seen: bool,
    no_size_prefix: bool,
    default_64: bool,
    modes: Mode,
    flags: RowFlags,
}

/// `VEX.128.66.0F38.W0`, after the scheme's name.
const fn vex_fields(parsed: &mut Parsed, token: &[u8]) {
    let mut at = 0;
    while at < token.len() {
        let mut end = at;
        while end < token.len() && token[end] != b'.' {
            end += 1;
        }
        let part = slice(token, at, end);
        let encoding = &mut parsed.encoding;
        if same(part, b"128") || same(part, b"LIG") || same(part, b"L0") {
            encoding.vector_length = 0;
        } else if same(part, b"256") || same(part, b"L1") {
            encoding.vector_length = 1;
        } else if same(part, b"512") {
            encoding.vector_length = 2;
        } else if same(part, b"66") {
            encoding.prefix = 0x66;
        } else if same(part, b"F2") {
            encoding.prefix = 0xf2;
        } else if same(part, b"F3") {
            encoding.prefix = 0xf3;
        } else if same(part, b"0F") {
            encoding.map = 1;
        } else if same(part, b"0F38") {
            encoding.map = 2;
        } else if same(part, b"0F3A") {
            encoding.map = 3;
        } else if same(part, b"W1") {
            encoding.marks |= mark::W;
        } else if same(part, b"WIG") {
            encoding.marks |= mark::W_IGNORED;
        } else if same(part, b"W0") || same(part, b"NP") {
        } else {
            panic!("VEX field unknown");
        }
        at = end + 1;
    }
}

const fn encoding_token(parsed: &mut Parsed, token: &[u8]) {
    if let Some(byte) = hex(token) {
        encoding_byte(parsed, byte);
        return;
    }
    let encoding = &mut parsed.encoding;
    if same(token, b"REX.W") {
        encoding.marks |= mark::W;
    } else if same(token, b"/r") {
        encoding.modrm = ModRm::Operands;
    } else if token.len() == 2 && token[0] == b'/' {
        encoding.modrm = ModRm::Digit(token[1] - b'0');
    } else if token.len() > 4 && same(slice(token, 0, 4), b"VEX.") {
        encoding.scheme = Scheme::Vex;
        vex_fields(parsed, slice(token, 4, token.len()));
    } else if token.len() > 5 && same(slice(token, 0, 5), b"EVEX.") {
        encoding.scheme = Scheme::Evex;
        vex_fields(parsed, slice(token, 5, token.len()));
    } else if same(token, b"NP") {
        parsed.no_size_prefix = true;
    } else if same(token, b"D64") {
        parsed.default_64 = true;
    } else if same(token, b"I64") {
        parsed.modes = Mode(parsed.modes.0 & 3);
    } else if same(token, b"O64") {
        parsed.modes = Mode(parsed.modes.0 & 4);
    } else if same(token, b"Y16") {
        parsed.modes = Mode(parsed.modes.0 & 1);
    } else if same(token, b"N16") {
        parsed.modes = Mode(parsed.modes.0 & 6);
    } else if same(token, b"O16") {
        encoding.marks |= mark::OPERAND_16;
    } else if same(token, b"O32") {
        encoding.marks |= mark::OPERAND_32;
    } else if same(token, b"A32") {
        encoding.marks |= mark::ADDRESS_32;
    } else if same(token, b"A16") {
        encoding.marks |= mark::ADDRESS_16;
    } else if same(token, b"ALIAS") {
        parsed.flags = parsed.flags.or(RowFlags::ALIAS);
    } else {
        panic!("encoding token unknown");
    }
}

const fn encoding_byte(parsed: &mut Parsed, byte: u8) {
    let encoding = &mut parsed.encoding;
    if parsed.opcode_seen {
        encoding.modrm = ModRm::Fixed(byte);
        return;
    }
    let legacy = matches!(encoding.scheme, Scheme::Legacy);
    match byte {
        0x66 | 0xf2 | 0xf3 if legacy && encoding.map == 0 => encoding.prefix = byte,
        0x9b if legacy && encoding.map == 0 => encoding.marks |= mark::FWAIT,
        0x0f if legacy && encoding.map == 0 => encoding.map = 1,
        0x38 if legacy && encoding.map == 1 => encoding.map = 2,
        0x3a if legacy && encoding.map == 1 => encoding.map = 3,
        _ => {
            encoding.opcode = byte;
            parsed.opcode_seen = true;
        }
    }
}

const fn size_bits(size: u8) -> u8 {
    match size {
        b'b' => 8,
        b'w' => 16,
        b'l' => 32,
        b'q' => 64,
        _ => 0,
    }
}

const fn suffix_of(size: u8) -> &'static str {
    match size {
        b'b' => "b",
        b'w' => "w",
        b'l' => "l",
        b'q' => "q",
        _ => "",
    }
}

const fn parse_operands(
    operands: &'static str,
    size: u8,
) -> ([OperandSpec; lathe_isa::MAX_OPERANDS], [Slot; lathe_isa::MAX_OPERANDS], u8, bool) {
    let none = OperandSpec { facts: Facts(0), kind: KindId(0), access: Access::Read };
    let mut specs = [none; lathe_isa::MAX_OPERANDS];
    let mut slots = [Slot::Implicit; lathe_isa::MAX_OPERANDS];
    let mut count = 0;
    let mut has_64 = false;
    let text = operands.as_bytes();
    let mut at = 0;
    loop {
        let (start, end) = next_token(text, at);
        if start == end {
            break;
        }
        let (access, name) = match text[start] {
            b'=' => (Access::Write, start + 1),
            b'+' => (Access::ReadWrite, start + 1),
            _ => (Access::Read, start),
        };
        let index = kind_index(slice(text, name, end), size);
        let row = KINDS[index];
        specs[count] = OperandSpec { facts: row.kind.facts, kind: KindId(index as u8), access };
        slots[count] = row.slot;
        has_64 = has_64
            || (matches!(row.kind.class, Some(lathe_isa::RegClass::Int))
                && row.kind.view == crate::registers::VIEW_64);
        count += 1;
        at = end;
    }
    (specs, slots, count as u8, has_64)
}

const fn build_row(group: &Group, form: &Form, size: u8) -> Row<Encoding> {
    let (operands, slots, operand_count, has_64) = parse_operands(form.operands, size);
    let bits = if group.bits != 0 { group.bits } else { size_bits(size) };
    let mut parsed = Parsed {
        encoding: Encoding {
            slots,
            opcode: 0,
            map: 0,
            prefix: 0,
            modrm: ModRm::None,
            scheme: Scheme::Legacy,
            vector_length: 0,
            marks: 0,
            operand_bits: bits,
        },
        opcode_seen: false,
        no_size_prefix: false,
        default_64: false,
        modes: group.modes,
        flags: group.flags,
    };
    let text = form.encoding.as_bytes();
    let mut at = 0;
    loop {
        let (start, end) = next_token(text, at);
        if start == end {
            break;
        }
        encoding_token(&mut parsed, slice(text, start, end));
        at = end;
    }
    let encoding = &mut parsed.encoding;
    if !parsed.opcode_seen {
        // The row of a prefix itself (`rep`, `data16`, `fwait`).
        encoding.opcode = if encoding.marks & mark::FWAIT != 0 { 0x9b } else { encoding.prefix };
        encoding.marks &= !mark::FWAIT;
        encoding.prefix = 0;
        if encoding.opcode == 0 {
            panic!("row without opcode");
        }
    }
    match size {
        b'w' if !parsed.no_size_prefix => encoding.marks |= mark::OPERAND_16,
        b'l' if !parsed.no_size_prefix => encoding.marks |= mark::OPERAND_32,
        b'q' if !parsed.default_64 => encoding.marks |= mark::W,
        _ => {}
    }
    let wide = matches!(encoding.scheme, Scheme::Legacy) && encoding.marks & mark::W != 0;
    if wide || has_64 || size == b'q' {
        parsed.modes = Mode(parsed.modes.0 & 4);
    }
    Row {
        info: RowInfo {
            mnemonic: group.att,
            suffix: if group.suffix.is_empty() { suffix_of(size) } else { group.suffix },
            manual_mnemonic: group.manual,
            operands,
            operand_count,
            modes: parsed.modes,
            flags: parsed.flags,
            features: group.features,
            implicit_reads: group.reads,
            implicit_writes: group.writes,
            group_first: RowId(0),
            group_end: RowId(0),
        },
        encoding: parsed.encoding,
    }
}

const fn form_has_size(form: &Form, size: u8) -> bool {
    form.sizes.is_empty() || contains(form.sizes.as_bytes(), size)
}

/// Number of rows that families of groups expand to.
pub(crate) const fn count_rows(families: &[&[Group]]) -> usize {
    let mut total = 0;
    let mut family = 0;
    while family < families.len() {
        let mut index = 0;
        while index < families[family].len() {
            let group = &families[family][index];
            let sizes = if group.sizes.is_empty() { b"-" } else { group.sizes.as_bytes() };
            let mut s = 0;
            while s < sizes.len() {
                let mut form = 0;
                while form < group.forms.len() {
                    if form_has_size(&group.forms[form], sizes[s]) {
                        total += 1;
                    }
                    form += 1;
                }
                s += 1;
            }
            index += 1;
        }
        family += 1;
    }
    total
}

const NO_ENCODING: Encoding = Encoding {
    slots: [Slot::Implicit; lathe_isa::MAX_OPERANDS],
    opcode: 0,
    map: 0,
    prefix: 0,
    modrm: ModRm::None,
    scheme: Scheme::Legacy,
    vector_length: 0,
    marks: 0,
    operand_bits: 0,
};

const NO_ROW: RowInfo = RowInfo {
    mnemonic: "",
    suffix: "",
    manual_mnemonic: "",
    operands: [OperandSpec { facts: Facts(0), kind: KindId(0), access: Access::Read };
        lathe_isa::MAX_OPERANDS],
    operand_count: 0,
    modes: Mode(0),
    flags: RowFlags::NONE,
    features: FeatureSet::NONE,
    implicit_reads: RegSet::NONE,
    implicit_writes: RegSet::NONE,
    group_first: RowId(0),
    group_end: RowId(0),
};

/// All rows of families of groups.
pub(crate) const fn expand<const N: usize>(families: &[&[Group]]) -> [Row<Encoding>; N] {
    let mut rows = [Row { info: NO_ROW, encoding: NO_ENCODING }; N];
    let mut next = 0;
    let mut family = 0;
    while family < families.len() {
        let mut index = 0;
        while index < families[family].len() {
            let group = &families[family][index];
            let sizes = if group.sizes.is_empty() { b"-" } else { group.sizes.as_bytes() };
            let mut s = 0;
            while s < sizes.len() {
                let first = next;
                let mut form = 0;
                while form < group.forms.len() {
                    if form_has_size(&group.forms[form], sizes[s]) {
                        rows[next] = build_row(group, &group.forms[form], sizes[s]);
                        next += 1;
                    }
                    form += 1;
                }
                let end = next;
                let mut row = first;
                while row < end {
                    rows[row].info.group_first = RowId(first as u16);
                    rows[row].info.group_end = RowId(end as u16);
                    row += 1;
                }
                s += 1;
            }
            index += 1;
        }
        family += 1;
    }
    rows
}
