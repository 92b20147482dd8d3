//! RISC-V: objects equal those that the cross GNU as makes of the printed text, emitted directly or through buffers, although
//! the linker changes code: marks, pairs, padding, branches that do not reach, unwind and line tables.

mod compare;

use compare::{Random, assemble_by, assert_same, object_of, text_of};
use lathe_diag::Loc;
use lathe_isa::{Imm, Mem, Operand, PhysReg, Reg, SymbolRef};
use lathe_isa_riscv::fixups::{TPREL_ADD, TPREL_HI, TPREL_LO};
use lathe_isa_riscv::registers::{A0, A1, FA0, RA, S0, SP, T0, TP, ZERO, reg_d, reg_x};
use lathe_isa_riscv::rows::*;
use lathe_isa_riscv::{RISCV64, load_constant};
use lathe_mc::{
    Alignment, CfiDirective, CodeBuffer, DwarfFile, Expression, Fill, LineRow, ModuleStreamer,
    SectionDefinition, SectionFlags, SectionId, SectionType, Streamer, SymbolAttribute, SymbolBinding,
    SymbolKind, SymbolNames,
};
use std::sync::Arc;

fn x(reg: PhysReg) -> Operand {
    Operand::Reg(reg_x(reg))
}

fn mem(base: PhysReg, displacement: i64) -> Operand {
    Operand::Mem(Mem::base(reg_x(base), displacement))
}

fn op(s: &mut dyn Streamer, row: lathe_isa::RowId, operands: &[Operand]) {
    s.instruction(row, operands, Loc::NONE);
}

/// A function with all kinds of references, branches and directives, of `length` pieces.
fn function(s: &mut dyn Streamer, at: u64, length: u64) {
    let mut random = Random(at);
    let section = match at % 5 {
        3 => s.section(&SectionDefinition::code(format!(".text.f{at}")), Loc::NONE),
        _ => SectionId::TEXT,
    };
    s.switch_section(section, 0);
    s.align(Alignment::log2((at % 5) as u8));
    let symbol = s.symbol(&format!("f{at}"));
    if !at.is_multiple_of(3) {
        s.symbol_attribute(symbol, SymbolAttribute::Binding(SymbolBinding::Global), Loc::NONE);
    }
    s.symbol_attribute(symbol, SymbolAttribute::Kind(SymbolKind::Function), Loc::NONE);
    s.label(symbol, Loc::NONE);
    s.cfi(CfiDirective::StartProcedure { simple: false }, Loc::NONE);
    s.line(LineRow::statement(1, 10 * at as u32 + 1, 2), Loc::NONE);
    op(s, ADDI, &[x(SP), x(SP), Operand::int(-32)]);
    s.cfi(CfiDirective::DefineCfaOffset(32), Loc::NONE);
    op(s, SD, &[x(RA), mem(SP, 24)]);
    op(s, SD, &[x(S0), mem(SP, 16)]);
    s.cfi(CfiDirective::Offset { register: 1, offset: -8 }, Loc::NONE);
    s.cfi(CfiDirective::Offset { register: 8, offset: -16 }, Loc::NONE);
    let labels: Vec<_> = (0..12).map(|_| s.new_label()).collect();
    for label in &labels {
        s.label(*label, Loc::NONE);
        for _ in 0..random.below(length) {
            piece(s, &mut random, &labels, at);
        }
    }
    s.cfi(CfiDirective::RememberState, Loc::NONE);
    op(s, LD, &[x(RA), mem(SP, 24)]);
    s.cfi(CfiDirective::Restore(1), Loc::NONE);
    op(s, ADDI, &[x(SP), x(SP), Operand::int(32)]);
    s.cfi(CfiDirective::DefineCfaOffset(0), Loc::NONE);
    op(s, RET, &[]);
    s.cfi(CfiDirective::RestoreState, Loc::NONE);
    op(s, J, &[Operand::Label(SymbolRef::plain(labels[3]))]);
    s.cfi(CfiDirective::EndProcedure, Loc::NONE);
    s.symbol_attribute(symbol, SymbolAttribute::Size(Expression::here_minus(symbol)), Loc::NONE);
    let constants = s.section(&SectionDefinition::constants(".rodata"), Loc::NONE);
    s.switch_section(constants, 0);
    s.align(Alignment::log2(2));
    let table = s.here();
    for label in &labels {
        s.value(Expression::difference(*label, table), 4, Loc::NONE);
    }
    s.value(Expression::difference(labels[5], labels[2]), 4, Loc::NONE);
    s.value(Expression::offset(symbol, 4), 8, Loc::NONE);
}

fn piece(s: &mut dyn Streamer, random: &mut Random, labels: &[lathe_isa::SymbolId], at: u64) {
    s.line(LineRow::statement(1, 10 * at as u32 + random.below(9) as u32, 3), Loc::NONE);
    let target = Operand::Label(SymbolRef::plain(labels[random.below(12) as usize]));
    let variable = s.symbol("variable");
    match random.below(16) {
        0 => op(s, J, &[target]),
        1 => op(s, BEQ, &[x(A0), x(ZERO), target]),
        2 => op(s, BNE, &[x(A0), x(A1), target]),
        3 => op(s, BLTU, &[x(T0), x(A1), target]),
        4 => {
            let callee = s.symbol(&format!("f{}", random.below(8)));
            op(s, CALL, &[Operand::Label(SymbolRef::plain(callee))]);
        }
        5 => op(s, LLA, &[x(A0), Operand::Label(SymbolRef::plain(variable).plus(8))]),
        6 => op(s, LA, &[x(A0), Operand::Label(SymbolRef::plain(variable))]),
        7 => op(s, LW, &[x(A0), Operand::Mem(Mem::symbol(Reg::NONE, SymbolRef::plain(variable)))]),
        8 => {
            let place = Operand::Mem(Mem::symbol(Reg::NONE, SymbolRef::plain(variable)));
            op(s, FSD, &[Operand::Reg(reg_d(FA0)), place, x(T0)]);
        }
        9 => {
            let tls = s.symbol("thread_variable");
            op(s, LUI, &[x(A0), Operand::Imm(Imm::Symbol(SymbolRef::through(tls, TPREL_HI)))]);
            let mark = Operand::Imm(Imm::Symbol(SymbolRef::through(tls, TPREL_ADD)));
            op(s, ADD, &[x(A0), x(A0), x(TP), mark]);
            let low = Mem::symbol(reg_x(A0), SymbolRef::through(tls, TPREL_LO));
            op(s, LW, &[x(A0), Operand::Mem(low)]);
        }
        10 => {
            let value = (random.below(u64::MAX) as i64) >> random.below(60);
            load_constant(A0, value, true, &mut |row, operands| s.instruction(row, operands, Loc::NONE));
        }
        11 => s.align(Alignment::log2(random.below(4) as u8)),
        12 => {
            let count = Expression::Constant(2 * (1 + random.below(60)) as i64);
            s.fill(Fill { count, value: 0x0001, size_bytes: 2 }, Loc::NONE);
            op(s, NOP, &[]);
        }
        13 => {
            s.cfi(CfiDirective::DefineCfaOffset(16 * random.below(6) as i64), Loc::NONE);
            op(s, MV, &[x(A0), x(A1)]);
        }
        _ => op(s, ADDW, &[x(A0), x(A0), x(A1)]),
    }
}

fn start(s: &mut dyn ModuleStreamer) {
    s.file(DwarfFile { number: None, directory: None, name: "module.c".into(), md5: None }, Loc::NONE);
    // GNU as makes a .debug_info of its own if there is none.
    let info = SectionDefinition::new(".debug_info", SectionType::PROGBITS, SectionFlags::NONE);
    let info = s.section(&info, Loc::NONE);
    s.switch_section(info, 0);
    s.integer(0, 4);
    let file = DwarfFile { number: Some(1), directory: None, name: "module.c".into(), md5: None };
    s.file(file, Loc::NONE);
    s.switch_section(SectionId::DATA, 0);
    let variable = s.symbol("variable");
    s.label(variable, Loc::NONE);
    s.integer(7, 8);
}

fn check(name: &str, program: compare::Program<'_>) {
    let text = text_of(&RISCV64, program);
    let wanted = assemble_by("riscv64-linux-gnu-as", name, &text, &["-march=rv64gc"]);
    assert_same(name, &object_of(&RISCV64, program), &wanted, &text);
}

#[test]
fn functions() {
    for (seed, length) in [(1, 6), (2, 20), (3, 60), (4, 150)] {
        check(&format!("riscv{seed}"), &|s| {
            start(s);
            for at in 0..8 {
                function(s, at * seed, length);
            }
        });
    }
}

#[test]
fn functions_in_buffers() {
    for (seed, length) in [(5, 10), (6, 40), (7, 120)] {
        check(&format!("riscv-buffers{seed}"), &|s| {
            start(s);
            let mut buffer = s.new_buffer();
            for at in 0..8 {
                function(&mut buffer, at * seed, length);
                s.append(&mut buffer);
            }
        });
    }
    let _ = CodeBuffer::object(&RISCV64, Arc::new(SymbolNames::new()));
}
