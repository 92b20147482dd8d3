//! From the row notation of a target to its row table, at compile time.
//!
//! A [`Group`] is one mnemonic with its forms. A [`Form`] is a string of operands and a base word. Operands are
//! separated by spaces; a leading `=` means written, `+` read and written, nothing read. An operand is the name
//! of a kind that has its own slot (`imm12`), or the name of a kind followed by one letter
//! that names the slot (`Xd`, `Xn`, `V4Sm`: kinds `X` and `V4S`, slots `d n m`).
//!
//! A form may stand for several rows, its [`Variant`]s: each has a letter, bits that are added to the base word, and names that
//! it gives a meaning to: with the variants `w` (`R` is `W`, no bits) and `x` (`R` is `X`, bit 31), `fs("wx", "=Rd Rn
//! Rm", 0x0b00_0000)` is two rows. A wrong table is a compile-time panic.

use crate::operand::MAX_OPERANDS;
use crate::registers::{PhysReg, RegClass, RegSet};
use crate::row::{Access, Facts, Kind, KindId, Mode, OperandSpec, Row, RowFlags, RowId, RowInfo};
use crate::text::{contains, next_token, same, slice};
use lathe_target::FeatureSet;
use lathe_target::features::Feature;

/// How a row of bit fields is encoded.
#[derive(Clone, Copy, Debug)]
pub struct Word<S> {
    /// The bits that no operand changes; at least zero where one does.
    pub base: u64,
    /// Which bits of `base` an instruction must have to be this row.
    pub mask: u64,
    /// Place of each operand.
    pub slots: [S; MAX_OPERANDS],
    /// 2, 4 or (two words, one instruction to the programmer) 8.
    pub size_bytes: u8,
}

/// A kind of operand, its slot, and the bits of that slot.
#[derive(Clone, Copy, Debug)]
pub struct KindRow<S> {
    /// The kind.
    pub kind: Kind,
    /// Slot where the notation names none.
    pub slot: S,
    /// Bits of the word that the slot covers.
    pub bits: u64,
}

impl<S: Copy> KindRow<S> {
    /// A kind by name, the facts that it accepts, slot, and bits of that slot.
    pub const fn new(name: &'static str, facts: u64, slot: S, bits: u64) -> KindRow<S> {
        let kind = Kind {
            name,
            facts: Facts(facts),
            class: None,
            view: 0,
            fixed: None,
            memory_bits: 0,
            range: None,
        };
        KindRow { kind, slot, bits }
    }

    /// A register of a class through a view may stand here.
    #[must_use]
    pub const fn reg(mut self, class: RegClass, view: u8) -> KindRow<S> {
        self.kind.class = Some(class);
        self.kind.view = view;
        self
    }

    /// Only this register.
    #[must_use]
    pub const fn only(mut self, reg: PhysReg) -> KindRow<S> {
        self.kind.fixed = Some(reg);
        self
    }

    /// Memory of so many bits.
    #[must_use]
    pub const fn mem(mut self, bits: u16) -> KindRow<S> {
        self.kind.memory_bits = bits;
        self
    }

    /// A number in a range.
    #[must_use]
    pub const fn range(mut self, min: i64, max: i64) -> KindRow<S> {
        self.kind.range = Some((min, max));
        self
    }
}

/// A slot that the notation names by a letter after the kind.
#[derive(Clone, Copy, Debug)]
pub struct Field<S> {
    /// The letter.
    pub letter: u8,
    /// The slot.
    pub slot: S,
    /// Bits of the word that it covers.
    pub bits: u64,
}

/// What a form is multiplied by.
#[derive(Clone, Copy, Debug)]
pub struct Variant {
    /// As in [`Form::variants`].
    pub letter: u8,
    /// Added to the base word.
    pub bits: u64,
    /// Names that it gives a meaning to, and the kinds that they mean.
    pub names: &'static [(&'static str, &'static str)],
}

/// The vocabulary of a target's rows.
#[derive(Clone, Copy, Debug)]
pub struct Notation<S: 'static> {
    /// By [`KindId`].
    pub kinds: &'static [KindRow<S>],
    /// Slots by letter.
    pub fields: &'static [Field<S>],
    /// Variants by letter.
    pub variants: &'static [Variant],
    /// The slot of operands that do not exist.
    pub nothing: S,
    /// Whether base words with other low bits than 3 are of 2 bytes (RISC-V).
    pub compressed: bool,
}

/// One form of a mnemonic.
#[derive(Clone, Copy, Debug)]
pub struct Form {
    /// Letters of the variants; none: one row.
    pub variants: &'static str,
    /// See the module.
    pub operands: &'static str,
    /// Base word. Above 32 bits: two words, the first in the low half.
    pub base: u64,
    /// Properties beyond the group's.
    pub flags: RowFlags,
    /// Bits of operand slots that must nevertheless be as in `base` (register 31, size of a field).
    pub fixed: u64,
    /// Modes in which it exists, if the group does.
    pub modes: Mode,
    /// Whether it is only a mark (a relocation of the next instruction), without bytes of its own.
    pub mark: bool,
}

/// One row.
pub const fn f(operands: &'static str, base: u64) -> Form {
    Form { variants: "", operands, base, flags: RowFlags::NONE, fixed: 0, modes: Mode(0xff), mark: false }
}

/// One row per variant.
pub const fn fs(variants: &'static str, operands: &'static str, base: u64) -> Form {
    Form { variants, ..f(operands, base) }
}

impl Form {
    /// Not for the decoder.
    #[must_use]
    pub const fn alias(self) -> Form {
        Form { flags: self.flags.or(RowFlags::ALIAS), ..self }
    }

    /// No bytes: only its fixup. Not decoded.
    #[must_use]
    pub const fn mark(self) -> Form {
        Form { mark: true, ..self }.alias()
    }

    /// Only in these modes.
    #[must_use]
    pub const fn modes(self, modes: Mode) -> Form {
        Form { modes, ..self }
    }

    /// More properties.
    #[must_use]
    pub const fn flags(self, flags: RowFlags) -> Form {
        Form { flags: self.flags.or(flags), ..self }
    }

    /// Only decoded when these bits are as in the base word, although operands cover them.
    #[must_use]
    pub const fn fixed(self, bits: u64) -> Form {
        Form { fixed: self.fixed | bits, ..self }
    }
}

/// A mnemonic with its forms.
#[derive(Clone, Copy, Debug)]
pub struct Group {
    /// The mnemonic.
    pub name: &'static str,
    /// In the order in which they are tried.
    pub forms: &'static [Form],
    /// Properties of all forms.
    pub flags: RowFlags,
    /// Features needed.
    pub features: FeatureSet,
    /// Registers read beyond the operands.
    pub reads: RegSet,
    /// Registers written beyond the operands.
    pub writes: RegSet,
    /// Modes in which it exists.
    pub modes: Mode,
}

/// A mnemonic.
pub const fn g(name: &'static str, forms: &'static [Form]) -> Group {
    Group {
        name,
        forms,
        flags: RowFlags::NONE,
        features: FeatureSet::NONE,
        reads: RegSet::NONE,
        writes: RegSet::NONE,
        modes: Mode(0xff),
    }
}

impl Group {
    /// Registers read beyond the operands.
    #[must_use]
    pub const fn reads(self, registers: RegSet) -> Group {
        Group { reads: self.reads.union(registers), ..self }
    }

    /// Registers written beyond the operands.
    #[must_use]
    pub const fn writes(self, registers: RegSet) -> Group {
        Group { writes: self.writes.union(registers), ..self }
    }

    /// Properties.
    #[must_use]
    pub const fn flags(self, flags: RowFlags) -> Group {
        Group { flags: self.flags.or(flags), ..self }
    }

    /// One more needed feature.
    #[must_use]
    pub const fn needs(self, feature: Feature) -> Group {
        Group { features: self.features.with(feature), ..self }
    }

    /// Only in these modes.
    #[must_use]
    pub const fn modes(self, modes: Mode) -> Group {
        Group { modes, ..self }
    }
}

/// Size of [`KindIndex`]: a power of two above twice the number of kinds.
const INDEX_SIZE: usize = 1024;

/// Kinds by hash of their names, open addressing, index plus one.
type KindIndex = [u8; INDEX_SIZE];

const fn hashed(name: &[u8]) -> usize {
    let mut value = 0;
    let mut i = 0;
    while i < name.len() {
        value = (value * 37 + name[i] as usize) % INDEX_SIZE;
        i += 1;
    }
    value
}

const NO_SPEC: OperandSpec = OperandSpec { facts: Facts(0), kind: KindId(0), access: Access::Read };

impl<S: Copy> Notation<S> {
    /// The kinds by hash of their names: they are looked up thousands of times at compile time.
    const fn index(&self) -> KindIndex {
        let mut table = [0; INDEX_SIZE];
        let mut i = 0;
        while i < self.kinds.len() {
            let mut at = hashed(self.kinds[i].kind.name.as_bytes());
            while table[at] != 0 {
                at = (at + 1) % INDEX_SIZE;
            }
            table[at] = i as u8 + 1;
            i += 1;
        }
        table
    }

    const fn kind_named(&self, index: &KindIndex, name: &[u8]) -> Option<usize> {
        let mut at = hashed(name);
        while index[at] != 0 {
            let kind = index[at] as usize - 1;
            if same(self.kinds[kind].kind.name.as_bytes(), name) {
                return Some(kind);
            }
            at = (at + 1) % INDEX_SIZE;
        }
        None
    }

    /// The kind that a name means under a variant.
    const fn kind_under(&self, index: &KindIndex, name: &[u8], variant: Option<&Variant>) -> Option<usize> {
        if let Some(variant) = variant {
            let mut i = 0;
            while i < variant.names.len() {
                if same(variant.names[i].0.as_bytes(), name) {
                    return match self.kind_named(index, variant.names[i].1.as_bytes()) {
                        Some(kind) => Some(kind),
                        None => panic!("a variant names an unknown operand kind"),
                    };
                }
                i += 1;
            }
        }
        self.kind_named(index, name)
    }

    const fn field(&self, letter: u8) -> &Field<S> {
        let mut i = 0;
        while i < self.fields.len() {
            if self.fields[i].letter == letter {
                return &self.fields[i];
            }
            i += 1;
        }
        panic!("slot letter unknown")
    }

    /// Kind, slot and bits of an operand of the notation.
    const fn operand(&self, index: &KindIndex, token: &[u8], variant: Option<&Variant>) -> (usize, S, u64) {
        if let Some(kind) = self.kind_under(index, token, variant) {
            return (kind, self.kinds[kind].slot, self.kinds[kind].bits);
        }
        let (name, letter) = token.split_at(token.len() - 1);
        let field = self.field(letter[0]);
        match self.kind_under(index, name, variant) {
            Some(kind) => (kind, field.slot, field.bits),
            None => panic!("operand kind unknown"),
        }
    }

    const fn variant(&self, letter: u8) -> &Variant {
        let mut i = 0;
        while i < self.variants.len() {
            if self.variants[i].letter == letter {
                return &self.variants[i];
            }
            i += 1;
        }
        panic!("variant unknown")
    }

    const fn row(
        &self,
        index: &KindIndex,
        group: &Group,
        form: &Form,
        variant: Option<&Variant>,
    ) -> Row<Word<S>> {
        let mut operands = [NO_SPEC; MAX_OPERANDS];
        let mut slots = [self.nothing; MAX_OPERANDS];
        let mut covered = 0;
        let mut count = 0;
        let text = form.operands.as_bytes();
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
            let (kind, slot, bits) = self.operand(index, slice(text, name, end), variant);
            operands[count] =
                OperandSpec { facts: self.kinds[kind].kind.facts, kind: KindId(kind as u8), access };
            slots[count] = slot;
            covered |= bits;
            count += 1;
            at = end;
        }
        let base = match variant {
            Some(variant) => form.base | variant.bits,
            None => form.base,
        };
        let size_bytes = if form.mark {
            0
        } else if base >> 32 != 0 {
            8
        } else if self.compressed && base & 3 != 3 {
            2
        } else {
            4
        };
        let whole = if size_bytes == 0 { 0 } else { u64::MAX >> (64 - 8 * size_bytes as u32) };
        Row {
            info: RowInfo {
                mnemonic: group.name,
                suffix: "",
                manual_mnemonic: group.name,
                operands,
                operand_count: count as u8,
                modes: Mode(group.modes.0 & form.modes.0),
                flags: group.flags.or(form.flags),
                features: group.features,
                implicit_reads: group.reads,
                implicit_writes: group.writes,
                group_first: RowId(0),
                group_end: RowId(0),
            },
            encoding: Word { base, mask: whole & (!covered | form.fixed), slots, size_bytes },
        }
    }

    /// All rows of families of groups; `N` is [`count_rows`] of them.
    pub const fn expand<const N: usize>(&self, families: &[&[Group]]) -> [Row<Word<S>>; N] {
        let kinds = self.index();
        let nothing = Group { modes: Mode(0), ..g("", &[]) };
        let mut rows = [self.row(&kinds, &nothing, &f("", 0), None); N];
        let mut next = 0;
        let mut family = 0;
        while family < families.len() {
            let mut index = 0;
            while index < families[family].len() {
                let group = &families[family][index];
                let first = next;
                let mut form = 0;
                while form < group.forms.len() {
                    let written = &group.forms[form];
                    let letters = written.variants.as_bytes();
                    if letters.is_empty() {
                        rows[next] = self.row(&kinds, group, written, None);
                        next += 1;
                    }
                    let mut v = 0;
                    while v < letters.len() {
                        if contains(slice(letters, 0, v), letters[v]) {
                            panic!("variant twice in a form");
                        }
                        rows[next] = self.row(&kinds, group, written, Some(self.variant(letters[v])));
                        next += 1;
                        v += 1;
                    }
                    form += 1;
                }
                let mut row = first;
                while row < next {
                    rows[row].info.group_first = RowId(first as u16);
                    rows[row].info.group_end = RowId(next as u16);
                    row += 1;
                }
                index += 1;
            }
            family += 1;
        }
        rows
    }

    /// The kind table in the form that [`crate::Isa::kinds`] hands out; `N` is its length.
    pub const fn public_kinds<const N: usize>(&self) -> [Kind; N] {
        let mut out = [self.kinds[0].kind; N];
        let mut i = 0;
        while i < N {
            out[i] = self.kinds[i].kind;
            i += 1;
        }
        out
    }
}

/// Number of rows that families of groups expand to.
pub const fn count_rows(families: &[&[Group]]) -> usize {
    let mut total = 0;
    let mut family = 0;
    while family < families.len() {
        let mut index = 0;
        while index < families[family].len() {
            let forms = families[family][index].forms;
            let mut form = 0;
            while form < forms.len() {
                let variants = forms[form].variants.len();
                total += if variants == 0 { 1 } else { variants };
                form += 1;
            }
            index += 1;
        }
        family += 1;
    }
    total
}
