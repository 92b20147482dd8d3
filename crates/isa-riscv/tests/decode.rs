//! What decodes at all encodes to the same bits again, whatever they were; nothing panics.

use lathe_isa::{Encoded, Isa, RowId};
use lathe_isa_riscv::{COMPRESSED, PIC, RISCV64, RV64};

fn check(word: u32, failures: &mut Vec<String>) -> bool {
    let isa: &dyn Isa = &RISCV64;
    let mode = lathe_isa::Mode(RV64.0 | COMPRESSED.0 | PIC.0);
    let bytes = word.to_le_bytes();
    let Some(decoded) = isa.decode(mode, &bytes) else { return false };
    let length = usize::from(decoded.len);
    assert_eq!(length, if word & 3 == 3 { 4 } else { 2 }, "{word:#x}");
    let count = usize::from(isa.row(decoded.row).operand_count);
    let mut out = Encoded::new();
    let again = isa.encode_row(mode, decoded.row, &decoded.operands[..count], &mut out);
    if again.is_err() || out.bytes() != &bytes[..length] {
        let name = isa.row(decoded.row).mnemonic;
        failures.push(format!(
            "{word:#010x} {name} {:?} gives {:02x?}",
            &decoded.operands[..count],
            out.bytes()
        ));
    }
    true
}

#[test]
fn every_short_word() {
    let mut failures = Vec::new();
    let decoded =
        (0..=0xffffu32).filter(|word| word & 3 != 3).filter(|word| check(*word, &mut failures)).count();
    assert!(failures.is_empty(), "{} failures: {:#?}", failures.len(), &failures[..failures.len().min(10)]);
    assert!(decoded > 40_000, "{decoded} of 49152 decode");
}

#[test]
fn many_long_words() {
    let mut failures = Vec::new();
    let mut state = 7u64;
    let mut decoded = 0;
    for _ in 0..400_000 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        decoded += u32::from(check((state >> 32) as u32 | 3, &mut failures));
    }
    assert!(failures.is_empty(), "{} failures: {:#?}", failures.len(), &failures[..failures.len().min(10)]);
    assert!(decoded > 50_000, "{decoded} decode");
}

#[test]
fn pieces_do_not_decode() {
    for bytes in [&[][..], &[0x13], &[0x13, 0], &[0x13, 0, 0], &[0x01]] {
        let decoded = RISCV64.decode(RISCV64.default_mode(), bytes);
        assert!(decoded.is_none_or(|decoded| usize::from(decoded.len) <= bytes.len()), "{bytes:?}");
    }
    assert!(RISCV64.row_count() > usize::from(RowId(400).0));
}
