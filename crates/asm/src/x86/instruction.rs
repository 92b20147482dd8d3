//! One instruction: prefixes, mnemonic, operands, and the group of rows that they name.
//!
//! The rows decide what exists. Here is only what the two syntaxes add: missing size suffixes, operand
//! order, prefixes, and a few spellings that no row has (`cmpltss`, two-operand `imul $imm, %reg`).

use crate::assembler::Assembler;
use crate::cursor::Cursor;
use lathe_isa::{EncodeError, Imm, MAX_OPERANDS, Mem, Operand, PhysReg, Reg, RowFlags, RowId, Syntax, Unfit};
use lathe_isa_x86::{MODE_16, MODE_32, MODE_64, Prefixes, registers as r};
use smallvec::SmallVec;

/// What was read of a statement.
pub(super) struct Parsed {
    pub prefixes: Prefixes,
    /// `*` was written.
    pub indirect: bool,
    pub mask: Option<Operand>,
    /// Segment override written as a prefix.
    pub segment: PhysReg,
}

/// Prefix words that stand before a mnemonic.
fn prefix_word(word: &[u8]) -> Option<(Prefixes, &'static str)> {
    Some(match word {
        b"lock" => (Prefixes::LOCK, "lock"),
        b"rep" | b"repe" | b"repz" => (Prefixes::REP, "rep"),
        b"repne" | b"repnz" | b"bnd" => (Prefixes::REPNE, "repne"),
        b"xacquire" => (Prefixes::REPNE, "repne"),
        b"xrelease" => (Prefixes::REP, "rep"),
        b"data16" | b"data32" => (Prefixes::DATA, "data16"),
        b"addr32" | b"addr16" => (Prefixes::ADDRESS, "addr32"),
        b"notrack" => (Prefixes::NOTRACK, "notrack"),
        b"rex64" | b"rex.w" | b"rex.W" => (Prefixes::REX_W, "rex64"),
        b"rex" => (Prefixes::REX, "rex"),
        _ => return None,
    })
}

fn segment_word(segment: PhysReg) -> &'static str {
    lathe_isa_x86::TABLE_64.name(Reg::new(segment, 0))
}

fn brace_prefix(word: &[u8]) -> Option<Prefixes> {
    Some(match word {
        b"disp8" => Prefixes::DISP8,
        b"disp32" | b"disp16" => Prefixes::DISP32,
        b"vex3" => Prefixes::VEX3,
        b"vex" | b"vex2" | b"nooptimize" => Prefixes::NONE,
        b"evex" => Prefixes::EVEX,
        b"rex" => Prefixes::REX,
        b"store" => Prefixes::STORE,
        b"load" => Prefixes::LOAD,
        _ => return None,
    })
}

/// The predicate that is part of a comparison's name (`cmpltsd`, `vcmpeqps`, `pclmullqlqdq`).
fn named_predicate(name: &str) -> Option<(String, i64)> {
    const PREDICATES: [&str; 32] = [
        "eq", "lt", "le", "unord", "neq", "nlt", "nle", "ord", "eq_uq", "nge", "ngt", "false", "neq_oq",
        "ge", "gt", "true", "eq_os", "lt_oq", "le_oq", "unord_s", "neq_us", "nlt_uq", "nle_uq", "ord_s",
        "eq_us", "nge_uq", "ngt_uq", "false_os", "neq_os", "ge_oq", "gt_oq", "true_us",
    ];
    const PRODUCTS: [(&str, i64); 4] = [("lqlq", 0), ("hqlq", 1), ("lqhq", 16), ("hqhq", 17)];
    for prefix in ["pclmul", "vpclmul"] {
        if let Some(middle) = name.strip_prefix(prefix).and_then(|rest| rest.strip_suffix("dq")) {
            let product = PRODUCTS.iter().find(|(text, _)| *text == middle)?;
            return Some((format!("{prefix}qdq"), product.1));
        }
    }
    let (head, rest, limit) = match (name.strip_prefix("vcmp"), name.strip_prefix("cmp")) {
        (Some(rest), _) => ("vcmp", rest, 32),
        (_, Some(rest)) => ("cmp", rest, 8),
        _ => return None,
    };
    let (predicate, suffix) = rest.split_at_checked(rest.len().checked_sub(2)?)?;
    if !matches!(suffix, "ss" | "sd" | "ps" | "pd") {
        return None;
    }
    let code = PREDICATES[..limit].iter().position(|p| *p == predicate)?;
    Some((format!("{head}{suffix}"), code as i64))
}

impl Assembler<'_> {
    /// Reads and emits the instruction at the cursor.
    pub(crate) fn instruction(&mut self, cursor: &mut Cursor<'_>) {
        let mut parsed =
            Parsed { prefixes: Prefixes::NONE, indirect: false, mask: None, segment: PhysReg::NONE };
        let mut buffer = [0u8; 32];
        let mut last_prefix = "";
        loop {
            cursor.skip_space();
            let start = cursor.at;
            if cursor.peek() == Some(b'{') {
                if !self.pseudo_prefix(cursor, &mut parsed) {
                    return;
                }
                continue;
            }
            let name = cursor.name();
            let Some(lower) = buffer.get_mut(..name.len()) else {
                self.no_such(cursor, start);
                return;
            };
            lower.copy_from_slice(name);
            lower.make_ascii_lowercase();
            let lower = &buffer[..name.len()];
            if lower.is_empty() {
                if last_prefix.is_empty() {
                    self.expect_end(cursor);
                } else {
                    self.lone_prefix(last_prefix, cursor);
                }
                return;
            }
            if let Some((prefix, row)) = prefix_word(lower) {
                parsed.prefixes = parsed.prefixes.or(prefix);
                last_prefix = row;
                continue;
            }
            if matches!(lower, b"cs" | b"ds" | b"es" | b"fs" | b"gs" | b"ss") {
                parsed.segment = super::registers::names().get(lower).map_or(PhysReg::NONE, |reg| reg.phys);
                last_prefix = segment_word(parsed.segment);
                continue;
            }
            let Ok(text) = std::str::from_utf8(lower) else { return self.no_such(cursor, start) };
            self.with_mnemonic(text, start, cursor, parsed);
            return;
        }
    }

    fn pseudo_prefix(&mut self, cursor: &mut Cursor<'_>, parsed: &mut Parsed) -> bool {
        let start = cursor.at;
        cursor.at += 1;
        let word = cursor.word().to_ascii_lowercase();
        match brace_prefix(&word) {
            Some(prefix) if cursor.eat(b'}') => {
                parsed.prefixes = parsed.prefixes.or(prefix);
                true
            }
            _ => {
                self.error(cursor.span_from(start), "unknown pseudo prefix");
                false
            }
        }
    }

    fn no_such(&mut self, cursor: &Cursor<'_>, start: usize) {
        let rest = String::from_utf8_lossy(&cursor.text[start..]);
        let whole = rest.trim_end().replace('\t', " ");
        self.error(cursor.span_from(start), format!("no such instruction: `{whole}'"));
    }

    fn lone_prefix(&mut self, name: &str, cursor: &Cursor<'_>) {
        let groups = self.isa.groups(name, Syntax::Gnu);
        if let Some(row) = groups.first() {
            let loc = cursor.loc();
            self.streamer.instruction(*row, &[], loc);
        }
    }

    fn with_mnemonic(&mut self, mnemonic: &str, start: usize, cursor: &mut Cursor<'_>, mut parsed: Parsed) {
        let isa = self.isa;
        let mut groups = isa.groups(mnemonic, self.syntax);
        let mut predicate = None;
        if groups.is_empty() {
            if let Some((base, code)) = named_predicate(mnemonic) {
                groups = isa.groups(&base, self.syntax);
                predicate = Some(code);
            }
            if groups.is_empty() && self.syntax == Syntax::Intel {
                groups = isa.groups(mnemonic, Syntax::Gnu);
            }
            if groups.is_empty() {
                self.no_such(cursor, start);
                return;
            }
        }
        // `jne,pt`
        let mut ahead = *cursor;
        if ahead.peek() == Some(b',') && matches!(&ahead.text[ahead.at..], [b',', b'p', b't' | b'n', ..]) {
            ahead.at += 3;
            *cursor = ahead;
        }
        let mut operands: SmallVec<[Operand; 8]> = SmallVec::new();
        if !self.operands(cursor, &mut parsed, &mut operands) {
            return;
        }
        if !self.expect_end(cursor) {
            return;
        }
        if let Some(code) = predicate {
            let at = if self.syntax == Syntax::Gnu { 0 } else { operands.len() };
            operands.insert(at, Operand::int(code));
        }
        let flags = isa.row(groups[0]).flags;
        self.arrange(mnemonic, flags, &mut operands, &mut parsed);
        if operands.len() > MAX_OPERANDS {
            self.error(cursor.loc_at(start), format!("too many operands for `{mnemonic}'"));
            return;
        }
        let loc = cursor.loc_at(start);
        match self.choose(mnemonic, groups, &operands, loc) {
            Ok(row) => {
                if parsed.prefixes != Prefixes::NONE && operands.len() < MAX_OPERANDS {
                    operands.push(Operand::Prefixes(parsed.prefixes.0));
                }
                self.streamer.instruction(row, &operands, loc);
            }
            Err(error) => {
                let text = self.describe(mnemonic, &error);
                let span = lathe_diag::Span::new(loc, mnemonic.len() as u32);
                self.error(span, text);
            }
        }
    }

    fn operands(
        &mut self,
        cursor: &mut Cursor<'_>,
        parsed: &mut Parsed,
        operands: &mut SmallVec<[Operand; 8]>,
    ) -> bool {
        if cursor.at_end() {
            return true;
        }
        loop {
            let start = cursor.at;
            let operand = match self.syntax {
                Syntax::Gnu if self.naked_registers => self.naked_att_operand(cursor, parsed),
                Syntax::Gnu => self.att_operand(cursor, parsed),
                Syntax::Intel => self.intel_operand(cursor, parsed),
            };
            match operand {
                Some(operand) => operands.push(operand),
                None => {
                    if cursor.at == start && cursor.at >= cursor.text.len() {
                        self.error(cursor.loc(), "expecting operand after ','; got nothing");
                    }
                    return false;
                }
            }
            if operands.len() > 7 {
                self.error(cursor.loc(), "too many operands");
                return false;
            }
            if !cursor.eat_comma() {
                return true;
            }
        }
    }

    fn naked_att_operand(&mut self, cursor: &mut Cursor<'_>, parsed: &mut Parsed) -> Option<Operand> {
        cursor.skip_space();
        let mut ahead = *cursor;
        if let Some(reg) = self.register_name(&mut ahead) {
            ahead.skip_space();
            if ahead.peek() != Some(b':') {
                *cursor = ahead;
                return self.decorations(cursor, Operand::Reg(reg), parsed);
            }
        }
        self.att_operand(cursor, parsed)
    }

    /// From source order to the manual's, labels for branches, masks, and the spellings without rows.
    fn arrange(
        &mut self,
        mnemonic: &str,
        flags: RowFlags,
        operands: &mut SmallVec<[Operand; 8]>,
        parsed: &mut Parsed,
    ) {
        let att = self.syntax == Syntax::Gnu;
        let immediates = operands.iter().filter(|o| matches!(o, Operand::Imm(_))).count();
        let rounding = operands.iter().position(|o| matches!(o, Operand::Rounding(_)));
        let rounding = rounding.map(|at| operands.remove(at));
        if att && immediates < 2 {
            operands.reverse();
        }
        let transfers = flags.has(RowFlags::BRANCH) || flags.has(RowFlags::CALL);
        if transfers
            && let [operand] = &mut operands[..]
            && !parsed.indirect
        {
            self.branch_target(operand);
        }
        if parsed.segment.is_some() {
            match operands.iter_mut().find_map(|o| match o {
                Operand::Mem(mem) => Some(mem),
                _ => None,
            }) {
                Some(mem) if !mem.segment.is_some() => mem.segment = parsed.segment,
                _ => {}
            }
        }
        if let Some(mask) = parsed.mask {
            operands.insert(1.min(operands.len()), mask);
        }
        operands.extend(rounding);
        self.spellings(mnemonic, operands, parsed);
    }

    fn branch_target(&mut self, operand: &mut Operand) {
        let target = match operand {
            Operand::Mem(Mem { displacement, base, index, .. }) if !base.is_some() && !index.is_some() => {
                *displacement
            }
            Operand::Imm(value) => *value,
            _ => return,
        };
        if let Operand::Mem(mem) = operand
            && (mem.segment.is_some() || mem.size != 0)
        {
            return;
        }
        *operand = match target {
            Imm::Symbol(symbol) => Operand::Label(symbol),
            Imm::Int(number) => {
                let symbol = self.streamer.expression(lathe_mc::Expression::Constant(number));
                Operand::Label(lathe_isa::SymbolRef::plain(symbol))
            }
        };
    }

    fn spellings(&mut self, mnemonic: &str, operands: &mut SmallVec<[Operand; 8]>, parsed: &mut Parsed) {
        match (mnemonic, &operands[..]) {
            // `imul $3, %eax` is `imul $3, %eax, %eax`.
            ("imul" | "imulw" | "imull" | "imulq", [Operand::Reg(reg), Operand::Imm(_)]) => {
                let reg = *reg;
                operands.insert(1, Operand::Reg(reg));
            }
            ("in" | "inb" | "inw" | "inl", [_, Operand::Mem(mem)]) if mem.base.phys == r::RDX => {
                operands[1] = Operand::Reg(r::reg16(r::RDX));
            }
            ("out" | "outb" | "outw" | "outl", [Operand::Mem(mem), _]) if mem.base.phys == r::RDX => {
                operands[0] = Operand::Reg(r::reg16(r::RDX));
            }
            ("inb" | "inw" | "inl", [port]) => {
                let port = *port;
                operands.clear();
                operands.extend([accumulator(mnemonic), port]);
            }
            ("outb" | "outw" | "outl", [_]) => operands.push(accumulator(mnemonic)),
            _ if is_string(mnemonic) && !operands.is_empty() => string_operands(operands, parsed),
            _ => {}
        }
    }

    /// The group to use: the first that fits; where the size is open, the default of the mode.
    fn choose(
        &mut self,
        mnemonic: &str,
        groups: &[RowId],
        operands: &[Operand],
        loc: lathe_diag::Loc,
    ) -> Result<RowId, EncodeError> {
        let isa = self.isa;
        let mut found: SmallVec<[RowId; 8]> = SmallVec::new();
        let mut first_error = None;
        for group in groups {
            match isa.select(self.mode, *group, operands) {
                Ok(_) => found.push(*group),
                Err(error) => {
                    let better = first_error.is_none_or(|old: EncodeError| rank(&error) > rank(&old));
                    if better {
                        first_error = Some(error);
                    }
                }
            }
            let info = isa.row(*group);
            if found.len() == 1 && (info.suffix.is_empty() || has_suffix(mnemonic, info.mnemonic)) {
                return Ok(found[0]);
            }
        }
        match found.len() {
            0 => Err(first_error.unwrap_or(EncodeError { row: groups[0], reason: Unfit::OperandCount })),
            1 => Ok(found[0]),
            _ => Ok(self.default_size(mnemonic, &found, operands, loc)),
        }
    }

    fn default_size(
        &mut self,
        mnemonic: &str,
        found: &[RowId],
        operands: &[Operand],
        loc: lathe_diag::Loc,
    ) -> RowId {
        let isa = self.isa;
        let with = |suffix: &str| found.iter().copied().find(|row| isa.row(*row).suffix == suffix);
        let native = match self.mode {
            MODE_64 => "q",
            MODE_16 => "w",
            _ => "l",
        };
        let stack = matches!(
            mnemonic,
            "push" | "pop" | "call" | "jmp" | "ret" | "leave" | "enter" | "pushf" | "popf" | "sysret"
        );
        // A register of the operands settles it (`shl %cl, %eax` fits one group only and never comes here).
        if stack && let Some(row) = with(native) {
            return row;
        }
        if mnemonic.starts_with('f') {
            return with("s").or_else(|| with("l")).unwrap_or(found[0]);
        }
        let registers = operands.iter().any(|o| matches!(o, Operand::Reg(_)));
        let default = with(if self.mode == MODE_16 { "w" } else { "l" }).unwrap_or(found[0]);
        if !registers && !operands.is_empty() && !mnemonic.starts_with("nop") {
            let text = format!(
                "no instruction mnemonic suffix given and no register operands; using default for `{mnemonic}'"
            );
            match self.syntax {
                Syntax::Gnu => self.warning(loc, text),
                Syntax::Intel => self.error(loc, format!("ambiguous operand size for `{mnemonic}'")),
            }
        }
        default
    }

    fn describe(&self, mnemonic: &str, error: &EncodeError) -> String {
        match error.reason {
            Unfit::OperandCount => format!("number of operands mismatch for `{mnemonic}'"),
            Unfit::OperandKind { .. } => format!("operand type mismatch for `{mnemonic}'"),
            Unfit::Range { value, .. } => format!("value {value} is out of range for `{mnemonic}'"),
            Unfit::Address { .. } => format!("invalid base/index expression for `{mnemonic}'"),
            Unfit::Mode if self.mode == MODE_64 => format!("`{mnemonic}' is not supported in 64-bit mode"),
            Unfit::Mode if self.mode == MODE_32 => format!("`{mnemonic}' is only supported in 64-bit mode"),
            Unfit::Mode => format!("`{mnemonic}' is not supported in this mode"),
            Unfit::RegisterConflict { .. } => {
                format!("can't encode register in an instruction requiring REX prefix: `{mnemonic}'")
            }
        }
    }
}

fn rank(error: &EncodeError) -> u8 {
    match error.reason {
        Unfit::OperandCount => 0,
        Unfit::Mode => 1,
        Unfit::OperandKind { operand } => 2 + operand,
        Unfit::Address { .. } | Unfit::RegisterConflict { .. } => 8,
        Unfit::Range { .. } => 9,
    }
}

/// Whether the size suffix is part of the written name.
fn has_suffix(written: &str, base: &str) -> bool {
    written.len() != base.len()
}

fn accumulator(mnemonic: &str) -> Operand {
    let view = match mnemonic.as_bytes().last() {
        Some(b'b') => r::VIEW_8,
        Some(b'w') => r::VIEW_16,
        _ => r::VIEW_32,
    };
    Operand::Reg(Reg::new(r::RAX, view))
}

fn is_string(mnemonic: &str) -> bool {
    let base = mnemonic.strip_suffix(['b', 'w', 'l', 'q', 'd']).unwrap_or(mnemonic);
    matches!(base, "movs" | "stos" | "lods" | "scas" | "cmps" | "ins" | "outs")
}

/// `movsb %fs:(%rsi), (%rdi)`: the operands are fixed; only a segment override says something.
fn string_operands(operands: &mut SmallVec<[Operand; 8]>, parsed: &mut Parsed) {
    let plain = operands.iter().all(|o| match o {
        Operand::Mem(mem) => {
            let standard = matches!(mem.base.phys, r::RSI | r::RDI | r::RDX) || !mem.base.is_some();
            standard && !mem.index.is_some() && mem.displacement == Imm::ZERO
        }
        Operand::Reg(reg) => matches!(reg.phys, r::RAX | r::RDX) && reg.view != r::VIEW_8_HIGH,
        _ => false,
    });
    let memory = operands.iter().any(|o| matches!(o, Operand::Mem(_)));
    if !plain || !memory {
        return;
    }
    let segment = operands.iter().find_map(|o| match o {
        Operand::Mem(mem) if mem.segment.is_some() && mem.segment != r::ES => Some(mem.segment),
        _ => None,
    });
    if let Some(segment) = segment {
        parsed.segment = segment;
    }
    operands.clear();
}
