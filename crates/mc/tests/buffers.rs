//! Functions recorded in private buffers, on any thread, give the object and the text of direct emission.

mod compare;

use compare::{Random, assemble, assert_same, object_of};
use lathe_diag::Loc;
use lathe_isa::{Mem, Operand, Reg, SymbolRef, Syntax};
use lathe_isa_x86::registers::{RAX, RBP, RIP, XMM0, reg_xmm, reg64};
use lathe_isa_x86::rows::*;
use lathe_isa_x86::{Cond, X86_64, jcc};
use lathe_mc::{
    Alignment, CfiDirective, CodeBuffer, DwarfFile, Expression, LineRow, ModuleStreamer, ObjectStreamer,
    SectionDefinition, SectionId, Streamer, SymbolAttribute, SymbolBinding, SymbolKind, SymbolNames,
    TextStreamer,
};
use std::sync::Arc;

const FUNCTIONS: u64 = 40;

fn names() -> Arc<SymbolNames> {
    let mut names = SymbolNames::new();
    for at in 0..FUNCTIONS {
        names.intern(&format!("f{at}"));
        names.intern(&format!(".LS{at}"));
    }
    names.intern("variable");
    Arc::new(names)
}

/// One function with a jump table, a constant, a library call and unwind information.
fn function(s: &mut dyn Streamer, at: u64) {
    let mut random = Random(at);
    let own_section = at % 5 == 3;
    let code = match own_section {
        true => {
            s.section(&SectionDefinition::code(format!(".text.f{at}")).in_comdat(format!("f{at}")), Loc::NONE)
        }
        false => SectionId::TEXT,
    };
    s.switch_section(code, 0);
    s.align(Alignment::log2(4));
    let symbol = s.symbol(&format!("f{at}"));
    if !at.is_multiple_of(3) {
        s.symbol_attribute(symbol, SymbolAttribute::Binding(SymbolBinding::Global), Loc::NONE);
    }
    s.symbol_attribute(symbol, SymbolAttribute::Kind(SymbolKind::Function), Loc::NONE);
    s.label(symbol, Loc::NONE);
    s.cfi(CfiDirective::StartProcedure { simple: false }, Loc::NONE);
    s.line(LineRow::statement(1, 10 * at as u32 + 1, 2), Loc::NONE);
    s.instruction(PUSHQ, &[Operand::Reg(reg64(RBP))], Loc::NONE);
    s.cfi(CfiDirective::DefineCfaOffset(16), Loc::NONE);
    let labels: Vec<_> = (0..10).map(|_| s.new_label()).collect();
    for label in &labels {
        s.label(*label, Loc::NONE);
        for _ in 0..random.below(30) {
            s.line(LineRow::statement(1, 10 * at as u32 + random.below(9) as u32, 3), Loc::NONE);
            let target = SymbolRef::plain(labels[random.below(10) as usize]);
            match random.below(8) {
                0 => s.instruction(JMP, &[Operand::Label(target)], Loc::NONE),
                1 | 2 => s.instruction(jcc(Cond::Ne), &[Operand::Label(target)], Loc::NONE),
                3 => {
                    let callee = s.symbol(&format!("f{}", random.below(FUNCTIONS)));
                    s.instruction(CALL, &[Operand::Label(SymbolRef::plain(callee))], Loc::NONE);
                }
                4 => {
                    let library = s.symbol(["memcpy", "memset", "__udivti3"][random.below(3) as usize]);
                    s.instruction(CALL, &[Operand::Label(SymbolRef::plain(library))], Loc::NONE);
                }
                5 => {
                    let string = s.symbol(&format!(".LS{}", random.below(FUNCTIONS)));
                    let address = Mem::symbol(Reg::new(RIP, 0), SymbolRef::plain(string));
                    s.instruction(LEAQ, &[Operand::Reg(reg64(RAX)), Operand::Mem(address)], Loc::NONE);
                }
                6 => s.align(Alignment { max_skip_bytes: 7, ..Alignment::log2(4) }),
                _ => s.instruction(MOVQ, &[Operand::Reg(reg64(RAX)), Operand::Reg(reg64(RBP))], Loc::NONE),
            }
        }
    }
    let constants = s.section(&SectionDefinition::mergeable(".rodata.cst8", 8), Loc::NONE);
    s.switch_section(constants, 0);
    s.align(Alignment::log2(3));
    let constant = s.here();
    s.integer(u128::from(at), 8);
    s.switch_section(code, 0);
    let address = Mem::symbol(Reg::new(RIP, 0), SymbolRef::plain(constant));
    s.instruction(MOVSD, &[Operand::Reg(reg_xmm(XMM0)), Operand::Mem(address)], Loc::NONE);
    let table_section = s.section(&SectionDefinition::constants(".rodata"), Loc::NONE);
    s.switch_section(table_section, 0);
    s.align(Alignment::log2(2));
    let table = s.here();
    for label in &labels {
        s.value(Expression::difference(*label, table), 4, Loc::NONE);
    }
    s.switch_section(code, 0);
    s.instruction(POPQ, &[Operand::Reg(reg64(RBP))], Loc::NONE);
    s.cfi(CfiDirective::DefineCfaOffset(8), Loc::NONE);
    s.instruction(RET, &[], Loc::NONE);
    s.cfi(CfiDirective::EndProcedure, Loc::NONE);
    s.symbol_attribute(symbol, SymbolAttribute::Size(Expression::here_minus(symbol)), Loc::NONE);
}

fn before(s: &mut dyn ModuleStreamer) {
    let file = DwarfFile { number: None, directory: None, name: "module.c".into(), md5: None };
    s.file(file, Loc::NONE);
    let file = DwarfFile { number: Some(1), directory: None, name: "module.c".into(), md5: None };
    s.file(file, Loc::NONE);
    let definition =
        SectionDefinition::new(".debug_info", lathe_mc::SectionType::PROGBITS, lathe_mc::SectionFlags::NONE);
    let section = s.section(&definition, Loc::NONE);
    s.switch_section(section, 0);
    s.integer(0, 4);
}

fn after(s: &mut dyn ModuleStreamer) {
    let strings = s.section(&SectionDefinition::strings(".rodata.str1.1", 1), Loc::NONE);
    s.switch_section(strings, 0);
    for at in 0..FUNCTIONS {
        let string = s.symbol(&format!(".LS{at}"));
        s.label(string, Loc::NONE);
        s.bytes(format!("string {at}\0").as_bytes());
    }
    let note = s.section(&SectionDefinition::stack_note(false), Loc::NONE);
    s.switch_section(note, 0);
}

fn direct(s: &mut dyn ModuleStreamer) {
    before(s);
    (0..FUNCTIONS).for_each(|at| function(s, at));
    after(s);
}

/// Fills buffers on several threads and appends them in order.
fn buffered(s: &mut dyn ModuleStreamer, threads: usize) {
    before(s);
    let mut buffers: Vec<CodeBuffer> = (0..FUNCTIONS).map(|_| s.new_buffer()).collect();
    let share = buffers.len().div_ceil(threads);
    std::thread::scope(|scope| {
        for (part, chunk) in buffers.chunks_mut(share).enumerate() {
            scope.spawn(move || {
                for (at, buffer) in chunk.iter_mut().enumerate().rev() {
                    function(buffer, (part * share + at) as u64);
                }
            });
        }
    });
    for buffer in &mut buffers {
        s.append(buffer);
    }
    after(s);
}

/// One buffer, used again and again.
fn reused(s: &mut dyn ModuleStreamer) {
    before(s);
    let mut buffer = s.new_buffer();
    for at in 0..FUNCTIONS {
        function(&mut buffer, at);
        s.append(&mut buffer);
    }
    after(s);
}

fn object(program: &dyn Fn(&mut dyn ModuleStreamer)) -> Vec<u8> {
    let mut streamer = ObjectStreamer::new(&X86_64, names());
    program(&mut streamer);
    streamer.finish().expect("an object")
}

fn text(program: &dyn Fn(&mut dyn ModuleStreamer)) -> String {
    let mut streamer = TextStreamer::new(&X86_64, names(), Syntax::Gnu);
    program(&mut streamer);
    String::from_utf8(streamer.finish().expect("text")).expect("UTF-8")
}

#[test]
fn same_object_on_any_number_of_threads() {
    let expected = object(&direct);
    for threads in [1, 2, 3, 8] {
        let found = object(&|s| buffered(s, threads));
        assert_same("buffered", &found, &expected, "");
    }
    assert_same("reused", &object(&reused), &expected, "");
}

#[test]
fn same_text_on_any_number_of_threads() {
    let expected = text(&direct);
    assert_eq!(text(&|s| buffered(s, 3)), expected);
    assert_eq!(text(&reused), expected);
}

#[test]
fn buffered_object_equals_gnu_as() {
    let text = text(&|s| buffered(s, 2));
    assert_same("buffered-gnu", &object(&|s| buffered(s, 2)), &assemble("buffered-gnu", &text, &[]), &text);
    let _ = object_of;
}

/// Prints what an instruction costs: `cargo test --release -p lathe-mc --test buffers -- --ignored --nocapture speed`.
#[test]
#[ignore = "a measurement"]
fn speed() {
    let start = std::time::Instant::now();
    let mut streamer = ObjectStreamer::new(&X86_64, names());
    let mut buffer = streamer.new_buffer();
    let (mut instructions, mut jumps) = (0u64, 0u64);
    let mut in_functions = std::time::Duration::ZERO;
    for at in 0..2500u64 {
        let begin = std::time::Instant::now();
        let s: &mut dyn Streamer = &mut buffer;
        s.switch_section(SectionId::TEXT, 0);
        let symbol = s.symbol(&format!("g{at}"));
        s.label(symbol, Loc::NONE);
        let mut random = Random(at);
        let labels: Vec<_> = (0..120).map(|_| s.new_label()).collect();
        for label in &labels {
            s.label(*label, Loc::NONE);
            let target = SymbolRef::plain(labels[random.below(120) as usize]);
            s.instruction(jcc(Cond::Ne), &[Operand::Label(target)], Loc::NONE);
            jumps += 1;
            for _ in 0..4 {
                s.instruction(
                    MOVQ,
                    &[Operand::Reg(reg64(RAX)), Operand::Mem(Mem::base(reg64(RBP), -80))],
                    Loc::NONE,
                );
            }
            instructions += 5;
        }
        in_functions += begin.elapsed();
        streamer.append(&mut buffer);
    }
    let recorded = start.elapsed();
    let object = streamer.finish().expect("an object");
    let finished = start.elapsed() - recorded;
    let each = in_functions.as_nanos() as f64 / instructions as f64;
    println!(
        "{instructions} instructions, {jumps} jumps: {each:.1} ns each, recorded {recorded:?}, finished {finished:?}, {} bytes",
        object.len()
    );
}
