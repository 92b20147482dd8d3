//! `decode_words < WORDS`: decodes hexadecimal words, one per line, and prints them as assembly; `?` where no row matches.

use lathe_isa::{Encoded, Isa, Mode, Operand, SymbolId, SymbolNames, Syntax};
use lathe_isa_aarch64::AARCH64;

struct NoNames;

impl SymbolNames for NoNames {
    fn write_symbol(&self, _: SymbolId, out: &mut String) {
        out.push('?');
    }
}

fn decoded(word: u32) -> Option<String> {
    let bytes = word.to_le_bytes();
    let decoded = AARCH64.decode(Mode(1), &bytes)?;
    let count = decoded.operands.iter().position(|operand| *operand == Operand::None);
    let operands = &decoded.operands[..count.unwrap_or(decoded.operands.len())];
    let mut out = Encoded::new();
    AARCH64.encode_row(Mode(1), decoded.row, operands, &mut out).ok()?;
    let mut text = String::new();
    AARCH64.print(Mode(1), decoded.row, operands, Syntax::Gnu, &NoNames, &mut text);
    if out.bytes() != bytes {
        text.push_str("\t// encodes differently");
    }
    Some(text)
}

fn main() {
    for line in std::io::stdin().lines().map_while(Result::ok) {
        match u32::from_str_radix(line.trim(), 16).ok().and_then(decoded) {
            Some(text) => println!("{text}"),
            None => println!("?"),
        }
    }
}
