//! The user's faults are diagnostics in GNU as's words.

mod compare;

use compare::messages_of;
use lathe_diag::Loc;
use lathe_isa::{Operand, SymbolRef};
use lathe_isa_x86::rows::*;
use lathe_mc::{
    Alignment, CfiDirective, Expression, Fill, ModuleStreamer, PaddingFill, SectionDefinition, SectionId,
};

fn expect(program: &dyn Fn(&mut dyn ModuleStreamer), message: &str) {
    let messages = messages_of(program);
    assert!(messages.iter().any(|found| found.contains(message)), "{message:?} not in {messages:?}");
}

#[test]
fn symbols() {
    expect(
        &|s| {
            let twice = s.symbol("twice");
            s.label(twice, Loc::NONE);
            s.label(twice, Loc(7));
        },
        "symbol `twice' is already defined",
    );
    expect(
        &|s| {
            let [a, b] = ["a", "b"].map(|name| s.symbol(name));
            s.assign(a, Expression::offset(b, 1), false, Loc::NONE);
            s.assign(b, Expression::offset(a, 1), false, Loc::NONE);
            s.value(Expression::symbol(a), 8, Loc::NONE);
        },
        "symbol definition loop encountered at `a'",
    );
    expect(
        &|s| {
            for at in 0..60 {
                let symbol = s.symbol(&format!("s{at}"));
                let next = s.symbol(&format!("s{}", at + 1));
                let twice = Expression::symbol(next).plus(Expression::symbol(next));
                s.assign(symbol, twice, false, Loc::NONE);
            }
            let last = s.symbol("s60");
            s.label(last, Loc::NONE);
            let first = s.symbol("s0");
            s.value(Expression::symbol(first), 8, Loc::NONE);
        },
        "s0",
    );
    expect(
        &|s| {
            let label = s.new_label();
            s.value(Expression::symbol(label), 8, Loc::NONE);
        },
        "undefined local label",
    );
}

#[test]
fn values() {
    expect(
        &|s| {
            let [a, b] = ["a", "b"].map(|name| s.symbol(name));
            s.value(Expression::difference(a, b), 4, Loc::NONE);
        },
        "can't resolve `a' {*UND* section} - `b' {*UND* section}",
    );
    expect(
        &|s| {
            let start = s.here();
            s.fill(Fill { count: Expression::Constant(300), value: 0x90, size_bytes: 1 }, Loc::NONE);
            s.value(Expression::Here.minus(Expression::symbol(start)), 1, Loc::NONE);
        },
        "value of 300",
    );
    expect(
        &|s| {
            let far = s.new_label();
            s.instruction(JRCXZ, &[Operand::Label(SymbolRef::plain(far))], Loc::NONE);
            s.align(Alignment::log2(9));
            s.label(far, Loc::NONE);
        },
        "out of range",
    );
    expect(
        &|s| {
            let symbol = s.symbol("x");
            s.leb128(Expression::symbol(symbol), false, Loc::NONE);
        },
        "uleb128",
    );
    expect(
        &|s| {
            s.bytes(&[1, 2, 3]);
            s.origin(Expression::Constant(1), PaddingFill::Default, Loc::NONE);
        },
        "attempt to move .org backwards",
    );
    expect(
        &|s| {
            s.switch_section(SectionId::BSS, 0);
            s.integer(1, 4);
        },
        "attempt to store non-zero value in section `.bss'",
    );
    expect(
        &|s| s.fill(Fill { count: Expression::Constant(-1), value: 0, size_bytes: 1 }, Loc::NONE),
        "negative",
    );
    expect(
        &|s| s.fill(Fill { count: Expression::Constant(1 << 40), value: 0, size_bytes: 1 }, Loc::NONE),
        "too large",
    );
}

#[test]
fn unwind() {
    expect(
        &|s| s.cfi(CfiDirective::DefineCfaOffset(16), Loc::NONE),
        "CFI instruction used without previous .cfi_startproc",
    );
    expect(
        &|s| s.cfi(CfiDirective::StartProcedure { simple: false }, Loc::NONE),
        "open CFI at the end of file; missing .cfi_endproc directive",
    );
    expect(
        &|s| s.cfi(CfiDirective::EndProcedure, Loc::NONE),
        ".cfi_endproc without corresponding .cfi_startproc",
    );
}

#[test]
fn sections_that_change() {
    let mut streamer = lathe_mc::ObjectStreamer::new(
        &lathe_isa_x86::X86_64,
        std::sync::Arc::new(lathe_mc::SymbolNames::new()),
    );
    let s: &mut dyn ModuleStreamer = &mut streamer;
    s.section(&SectionDefinition::code(".odd"), Loc::NONE);
    s.section(&SectionDefinition::data(".odd"), Loc::NONE);
    let messages: Vec<_> = s.diagnostics().iter().map(|d| d.message.clone()).collect();
    assert_eq!(messages, ["ignoring changed section attributes for .odd"]);
}

/// Sizes that never settle end in an error, not in a hang.
#[test]
fn sizes_that_never_settle() {
    let messages = {
        let mut streamer = lathe_mc::ObjectStreamer::new(
            &lathe_isa_x86::X86_64,
            std::sync::Arc::new(lathe_mc::SymbolNames::new()),
        );
        let s: &mut dyn ModuleStreamer = &mut streamer;
        let (start, end) = (s.new_label(), s.new_label());
        s.label(start, Loc::NONE);
        s.fill(
            Fill {
                count: Expression::difference(end, start).plus(Expression::Constant(1)),
                value: 0,
                size_bytes: 1,
            },
            Loc::NONE,
        );
        s.label(end, Loc::NONE);
        assert!(s.finish().is_none());
        let messages: Vec<_> = s.diagnostics().iter().map(|d| d.message.clone()).collect();
        messages
    };
    assert!(messages[0].contains("Infinite loop encountered"), "{messages:?}");
}
