//! The derived test that instruction sets share: for every row, random operands, printed and given to GNU
//! as; the bytes must be the encoder's, and decode to operands that encode to the same bytes.
//!
//! The test of a target includes this file by path and says how an operand of a kind is made up.

use lathe_isa::{Encoded, Isa, Kind, Mode, Operand, RowId, SymbolId, SymbolNames, Syntax};
use std::fmt::Write as _;
use std::process::Command;

struct NoNames;

impl SymbolNames for NoNames {
    fn write_symbol(&self, _: SymbolId, out: &mut String) {
        out.push_str("symbol");
    }
}

/// SplitMix64.
pub struct Random(pub u64);

impl Random {
    /// A number below a bound.
    pub fn next(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ z >> 31) % below
    }

    /// One of some.
    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.next(from.len() as u64) as usize]
    }
}

/// What a target's test says.
pub struct Target {
    pub isa: &'static dyn Isa,
    pub mode: Mode,
    /// Program and arguments that assemble `FILE` with `-o OBJECT`.
    pub assembler: &'static [&'static str],
    pub objcopy: &'static str,
    /// Directives before the instructions, on one line.
    pub prologue: &'static str,
}

/// Makes up an operand of a kind; `None`: the row is not tried.
pub type MakeOperand = fn(&mut Random, &'static Kind) -> Option<Operand>;

/// An instruction, printed and encoded.
pub struct Case {
    pub row: RowId,
    pub text: String,
    pub bytes: Vec<u8>,
    /// Whether the decoder must know it: not, where a fixup was left out or several instructions stand for one.
    pub decodable: bool,
}

/// Prints an operand list for a row.
pub fn printed(isa: &dyn Isa, mode: Mode, row: RowId, operands: &[Operand]) -> String {
    let mut text = String::new();
    isa.print(mode, row, operands, Syntax::Gnu, &NoNames, &mut text);
    text
}

/// Some cases of every row. Rows of several groups of one name are taken by the first that fits, as assemblers do.
#[allow(dead_code)]
pub fn cases(target: &Target, per_row: usize, operand: MakeOperand) -> Vec<Case> {
    let (isa, mode) = (target.isa, target.mode);
    let mut random = Random(1);
    let mut cases = Vec::new();
    let mut seen = std::collections::HashSet::new();
    let mut untried = Vec::new();
    for index in 0..isa.row_count() {
        let row = RowId(index as u16);
        let info = isa.row(row);
        let mut tried = !info.modes.meets(mode);
        for _ in 0..20 * per_row {
            let made_up =
                |spec: &lathe_isa::OperandSpec| operand(&mut random, &isa.kinds()[spec.kind.0 as usize]);
            let operands: Option<Vec<Operand>> = info.specs().iter().map(made_up).collect();
            let Some(operands) = operands else { break };
            let mut out = Encoded::new();
            if isa.encode_row(mode, row, &operands, &mut out).is_err() {
                continue;
            }
            // The assembler takes the first row of the first group of the name that fits.
            let groups = isa.groups(info.mnemonic, Syntax::Gnu);
            let Some(chosen) = groups.iter().find_map(|group| isa.select(mode, *group, &operands).ok())
            else {
                continue;
            };
            tried = true;
            isa.encode_row(mode, chosen, &operands, &mut out).expect("a selected row fits");
            let text = printed(isa, mode, chosen, &operands);
            if seen.insert(text.clone()) {
                let decodable = out.len != 0;
                cases.push(Case { row: chosen, text, bytes: out.bytes().to_vec(), decodable });
            }
            if seen.len() % per_row == per_row - 1 {
                break;
            }
        }
        if !tried {
            untried.push(format!("{index} {}", info.mnemonic));
        }
    }
    println!("never tried: {}", untried.join(", "));
    cases
}

const PAD: u8 = 0xf1;

/// Assembles the cases 16 bytes apart; lines that GNU as rejects come back as `None`.
fn gnu_as(target: &Target, cases: &[Case], name: &str) -> Vec<Option<Vec<u8>>> {
    let directory = std::env::temp_dir().join(format!("lathe-rows-{}-{name}", std::process::id()));
    std::fs::create_dir_all(&directory).expect("temporary directory");
    let (source, object, binary) = (directory.join("t.s"), directory.join("t.o"), directory.join("t.bin"));
    let mut rejected = vec![false; cases.len()];
    for _ in 0..4 {
        let mut text = format!(".text; {}\n", target.prologue);
        for (case, rejected) in cases.iter().zip(&rejected) {
            let line = if *rejected { "nop" } else { &case.text };
            let _ = writeln!(text, "{line}; .balign 16,{PAD}");
        }
        std::fs::write(&source, text).expect("write source");
        let mut command = Command::new(target.assembler[0]);
        let run = command.args(&target.assembler[1..]).arg("-o").arg(&object).arg(&source).output();
        let run = run.expect("the cross assembler runs");
        if run.status.success() {
            break;
        }
        for line in String::from_utf8_lossy(&run.stderr).lines() {
            let number = line.split(':').nth(1).and_then(|n| n.parse::<usize>().ok());
            if let (Some(number), true) = (number, line.contains("Error")) {
                rejected[number - 2] = true;
                println!("rejected: {} : {line}", cases[number - 2].text);
            }
        }
    }
    let status =
        Command::new(target.objcopy).args(["-O", "binary", "-j", ".text"]).arg(&object).arg(&binary).status();
    assert!(status.expect("objcopy runs").success());
    let bytes = std::fs::read(&binary).expect("read bytes");
    let _ = std::fs::remove_dir_all(&directory);
    let place = |(i, rejected): (usize, &bool)| (!rejected).then(|| bytes[i * 16..i * 16 + 16].to_vec());
    rejected.iter().enumerate().map(place).collect()
}

/// Whether the bytes decode to a row and operands that encode to the same bytes.
fn decodes(target: &Target, case: &Case) -> bool {
    let decoded = target.isa.decode(target.mode, &case.bytes);
    let again = decoded.and_then(|d| {
        let count = usize::from(target.isa.row(d.row).operand_count);
        let mut out = Encoded::new();
        target.isa.encode_row(target.mode, d.row, &d.operands[..count], &mut out).ok()?;
        (d.len as usize == case.bytes.len()).then(|| out.bytes().to_vec())
    });
    if again.as_deref() != Some(&case.bytes) {
        let shown = decoded.map(|d| (target.isa.row(d.row).mnemonic, d.row, d.operands));
        println!("decode {:4} {:40} {:02x?} gives {shown:?}", case.row.0, case.text, case.bytes);
        return false;
    }
    true
}

/// Compares all cases.
pub fn check(target: &Target, name: &str, cases: &[Case]) {
    let wanted = gnu_as(target, cases, name);
    let mut wrong = 0;
    let mut refused = 0;
    for (case, wanted) in cases.iter().zip(wanted) {
        let Some(wanted) = wanted else {
            refused += 1;
            continue;
        };
        let same = wanted.starts_with(&case.bytes) && wanted[case.bytes.len()..].iter().all(|b| *b == PAD);
        if !same {
            wrong += 1;
            println!("row {:4} {:40} ours {:02x?} as {:02x?}", case.row.0, case.text, case.bytes, wanted);
        }
    }
    let undecoded = cases.iter().filter(|case| case.decodable && !decodes(target, case)).count();
    println!("{} cases, {wrong} wrong, {refused} refused, {undecoded} not decoded", cases.len());
    assert_eq!((wrong, refused, undecoded), (0, 0, 0));
}
