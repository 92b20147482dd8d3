//! Objects link with gcc and run; text printed in Intel syntax gives the same object.

mod compare;

use compare::{assemble, assert_same, directory, object_of};
use lathe_diag::Loc;
use lathe_isa::{Mem, Operand, Reg, SymbolRef, Syntax};
use lathe_isa_x86::X86_64;
use lathe_isa_x86::fixups::PLT;
use lathe_isa_x86::registers::{RAX, RBP, RDI, RIP, RSP, reg32, reg64};
use lathe_isa_x86::rows::*;
use lathe_mc::{
    CfiDirective, ModuleStreamer, SectionDefinition, SectionId, SymbolAttribute, SymbolBinding, SymbolKind,
    SymbolNames, TextStreamer,
};
use std::process::Command;
use std::sync::Arc;

fn hello(s: &mut dyn ModuleStreamer) {
    let strings = s.section(&SectionDefinition::strings(".rodata.str1.1", 1), Loc::NONE);
    s.switch_section(strings, 0);
    let text = s.here();
    s.bytes(b"hello\0");
    s.switch_section(SectionId::TEXT, 0);
    let main = s.symbol("main");
    s.symbol_attribute(main, SymbolAttribute::Binding(SymbolBinding::Global), Loc::NONE);
    s.symbol_attribute(main, SymbolAttribute::Kind(SymbolKind::Function), Loc::NONE);
    s.label(main, Loc::NONE);
    s.cfi(CfiDirective::StartProcedure { simple: false }, Loc::NONE);
    s.instruction(PUSHQ, &[Operand::Reg(reg64(RBP))], Loc::NONE);
    s.cfi(CfiDirective::DefineCfaOffset(16), Loc::NONE);
    s.instruction(MOVQ, &[Operand::Reg(reg64(RBP)), Operand::Reg(reg64(RSP))], Loc::NONE);
    let address = Mem::symbol(Reg::new(RIP, 0), SymbolRef::plain(text));
    s.instruction(LEAQ, &[Operand::Reg(reg64(RDI)), Operand::Mem(address)], Loc::NONE);
    let puts = s.symbol("puts");
    s.instruction(CALL, &[Operand::Label(SymbolRef::through(puts, PLT))], Loc::NONE);
    s.instruction(XORL, &[Operand::Reg(reg32(RAX)), Operand::Reg(reg32(RAX))], Loc::NONE);
    s.instruction(POPQ, &[Operand::Reg(reg64(RBP))], Loc::NONE);
    s.instruction(RET, &[], Loc::NONE);
    s.cfi(CfiDirective::EndProcedure, Loc::NONE);
    let note = s.section(&SectionDefinition::stack_note(false), Loc::NONE);
    s.switch_section(note, 0);
}

#[test]
fn hello_runs() {
    let directory = directory("run");
    std::fs::write(directory.join("hello.o"), object_of(&X86_64, &hello)).expect("write object");
    let status = Command::new("gcc").current_dir(&directory).args(["hello.o", "-o", "hello"]).status();
    assert!(status.expect("gcc").success());
    let output = Command::new(directory.join("hello")).output().expect("run");
    assert_eq!(output.stdout, b"hello\n");
    assert!(output.status.success());
}

#[test]
fn intel_syntax() {
    let mut streamer = TextStreamer::new(&X86_64, Arc::new(SymbolNames::new()), Syntax::Intel);
    hello(&mut streamer);
    let text = String::from_utf8(streamer.finish().expect("text")).expect("UTF-8");
    assert_same("intel", &object_of(&X86_64, &hello), &assemble("intel", &text, &[]), &text);
}
