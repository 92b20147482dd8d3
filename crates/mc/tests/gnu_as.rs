//! Objects equal GNU as's objects of the printed text.

mod compare;

use compare::{Random, check, check_32};
use lathe_diag::Loc;
use lathe_isa::{Imm, Mem, Operand, PhysReg, Reg, SymbolRef};
use lathe_isa_x86::fixups::{GOTPCREL, PLT};
use lathe_isa_x86::registers::{RAX, RBP, RCX, RDI, RSP, reg32, reg64};
use lathe_isa_x86::rows::*;
use lathe_isa_x86::{Cond, jcc};
use lathe_mc::{
    Alignment, CfiDirective, Common, DwarfFile, Expression, Fill, ModuleStreamer, PaddingFill,
    SectionDefinition, SectionFlags, SectionId, SectionType, SubsectionMove, SymbolAttribute, SymbolBinding,
    SymbolKind, SymbolVisibility,
};

type S<'a> = &'a mut dyn ModuleStreamer;

fn label(target: SymbolRef) -> Operand {
    Operand::Label(target)
}

fn reg(phys: PhysReg) -> Operand {
    Operand::Reg(reg64(phys))
}

fn rip() -> Reg {
    Reg::new(lathe_isa_x86::registers::RIP, 0)
}

fn global_function(s: S<'_>, name: &str) {
    let symbol = s.symbol(name);
    s.symbol_attribute(symbol, SymbolAttribute::Binding(SymbolBinding::Global), Loc::NONE);
    s.symbol_attribute(symbol, SymbolAttribute::Kind(SymbolKind::Function), Loc::NONE);
    s.label(symbol, Loc::NONE);
}

fn size(s: S<'_>, name: &str) {
    let symbol = s.symbol(name);
    s.symbol_attribute(symbol, SymbolAttribute::Size(Expression::here_minus(symbol)), Loc::NONE);
}

fn op(s: S<'_>, row: lathe_isa::RowId, operands: &[Operand]) {
    s.instruction(row, operands, Loc::NONE);
}

fn section(s: S<'_>, definition: &SectionDefinition) -> SectionId {
    let id = s.section(definition, Loc::NONE);
    s.switch_section(id, 0);
    id
}

#[test]
fn hello() {
    check("hello", &|s| {
        s.file(DwarfFile { number: None, directory: None, name: "hello.c".into(), md5: None }, Loc::NONE);
        section(s, &SectionDefinition::strings(".rodata.str1.1", 1));
        let text = s.here();
        s.bytes(b"hello\n\0");
        s.switch_section(SectionId::TEXT, 0);
        global_function(s, "main");
        op(s, LEAQ, &[reg(RDI), Operand::Mem(Mem::symbol(rip(), SymbolRef::plain(text)))]);
        let puts = s.symbol("puts");
        op(s, CALL, &[label(SymbolRef::through(puts, PLT))]);
        op(s, XORL, &[Operand::Reg(reg32(RAX)), Operand::Reg(reg32(RAX))]);
        op(s, RET, &[]);
        size(s, "main");
        s.ident("Lathe");
        section(s, &SectionDefinition::stack_note(false));
    });
}

#[test]
fn symbols_and_relocations() {
    check("symbols", &|s| {
        let [main, local, other, far] = ["main", "local", "other", "far"].map(|name| s.symbol(name));
        section(s, &SectionDefinition::strings(".rodata.str1.1", 1));
        let string = s.symbol(".LC0");
        s.label(string, Loc::NONE);
        s.bytes(b"abc\0");
        s.switch_section(SectionId::TEXT, 0);
        global_function(s, "main");
        for target in [local, far, other, main] {
            op(s, CALL, &[label(SymbolRef::plain(target))]);
            op(s, JMP, &[label(SymbolRef::plain(target))]);
            op(s, jcc(Cond::E), &[label(SymbolRef::plain(target))]);
        }
        op(s, MOVQ, &[reg(RAX), Operand::Mem(Mem::symbol(rip(), SymbolRef::through(other, GOTPCREL)))]);
        op(
            s,
            MOVL,
            &[
                Operand::Reg(reg32(RAX)),
                Operand::Mem(Mem::symbol(rip(), SymbolRef::through(other, GOTPCREL))),
            ],
        );
        op(
            s,
            MOVL,
            &[
                Operand::Mem(Mem::symbol(rip(), SymbolRef::plain(other))),
                Operand::Imm(Imm::Symbol(SymbolRef::plain(far).plus(3))),
            ],
        );
        op(s, MOVQ, &[reg(RAX), Operand::Imm(Imm::Symbol(SymbolRef::plain(local)))]);
        op(s, MOVABSQ, &[reg(RAX), Operand::Imm(Imm::Symbol(SymbolRef::plain(far)))]);
        s.label(local, Loc::NONE);
        op(s, RET, &[]);
        size(s, "main");
        section(s, &SectionDefinition::code(".text.far"));
        s.label(far, Loc::NONE);
        op(s, CALL, &[label(SymbolRef::plain(local))]);
        op(s, CALL, &[label(SymbolRef::through(local, PLT))]);
        op(s, RET, &[]);
        s.switch_section(SectionId::DATA, 0);
        for (target, addend) in [(string, 0), (string, 1), (local, 0), (main, 4), (other, -8), (far, 2)] {
            s.value(Expression::offset(target, addend), 8, Loc::NONE);
            s.value(Expression::offset(target, addend), 4, Loc::NONE);
            s.value(Expression::offset(target, addend).minus(Expression::Here), 4, Loc::NONE);
        }
        s.value(Expression::difference(local, main), 4, Loc::NONE);
        s.leb128(Expression::difference(local, main), false, Loc::NONE);
        let start = s.here();
        s.value(Expression::difference(other, start), 4, Loc::NONE);
    });
}

#[test]
fn attributes() {
    check("attributes", &|s| {
        for (name, visibility) in [
            ("h", SymbolVisibility::Hidden),
            ("p", SymbolVisibility::Protected),
            ("i", SymbolVisibility::Internal),
        ] {
            let symbol = s.symbol(name);
            s.symbol_attribute(symbol, SymbolAttribute::Visibility(visibility), Loc::NONE);
            s.symbol_attribute(symbol, SymbolAttribute::Binding(SymbolBinding::Global), Loc::NONE);
            s.label(symbol, Loc::NONE);
            op(s, CALL, &[label(SymbolRef::plain(symbol))]);
        }
        let weak = s.symbol("weak");
        s.symbol_attribute(weak, SymbolAttribute::Binding(SymbolBinding::Weak), Loc::NONE);
        op(s, JMP, &[label(SymbolRef::plain(weak))]);
        s.label(weak, Loc::NONE);
        op(s, JMP, &[label(SymbolRef::plain(weak))]);
        let alias = s.symbol("alias");
        let value = Expression::offset(weak, 1);
        s.assign(alias, value, false, Loc::NONE);
        let number = s.symbol("number");
        s.symbol_attribute(number, SymbolAttribute::Binding(SymbolBinding::Global), Loc::NONE);
        s.assign(number, Expression::Constant(42), false, Loc::NONE);
        s.value(Expression::symbol(number), 8, Loc::NONE);
        s.value(Expression::symbol(alias), 8, Loc::NONE);
        let reference = s.symbol("reference");
        let target = s.symbol("target");
        s.symbol_attribute(reference, SymbolAttribute::WeakReference(target), Loc::NONE);
        op(s, CALL, &[label(SymbolRef::plain(reference))]);
        for (name, version) in [("v1", "v@ONE"), ("v2", "v@@TWO"), ("v3", "w@@@THREE")] {
            let symbol = s.symbol(name);
            s.symbol_attribute(symbol, SymbolAttribute::Version(version.into()), Loc::NONE);
            s.symbol_attribute(symbol, SymbolAttribute::Binding(SymbolBinding::Global), Loc::NONE);
            s.label(symbol, Loc::NONE);
            op(s, NOP, &[]);
        }
        let undefined = s.symbol("u1");
        s.symbol_attribute(undefined, SymbolAttribute::Version("u@OLD".into()), Loc::NONE);
        op(s, CALL, &[label(SymbolRef::plain(undefined))]);
        let indirect = s.symbol("indirect");
        s.symbol_attribute(indirect, SymbolAttribute::Kind(SymbolKind::IndirectFunction), Loc::NONE);
        s.label(indirect, Loc::NONE);
        op(s, CALL, &[label(SymbolRef::plain(indirect))]);
        for (name, local, size_bytes, align_log2) in [
            ("c1", false, 8, Some(3)),
            ("c2", false, 100, Some(5)),
            ("c3", true, 12, Some(2)),
            ("c4", true, 1, Some(0)),
        ] {
            let symbol = s.symbol(name);
            s.common(symbol, Common { size_bytes, align_log2, local }, Loc::NONE);
            op(s, LEAQ, &[reg(RAX), Operand::Mem(Mem::symbol(rip(), SymbolRef::plain(symbol)))]);
        }
    });
}

#[test]
fn groups_and_section_kinds() {
    check("groups", &|s| {
        for (name, group) in [("f", "f"), ("g", "g"), ("h", "unmentioned")] {
            let code = SectionDefinition::code(format!(".text.{name}")).in_comdat(group);
            section(s, &code);
            let symbol = s.symbol(name);
            s.symbol_attribute(symbol, SymbolAttribute::Binding(SymbolBinding::Weak), Loc::NONE);
            s.label(symbol, Loc::NONE);
            let outside = s.symbol("outside");
            op(s, CALL, &[label(SymbolRef::plain(outside))]);
            let data = SectionDefinition::data(format!(".data.{name}")).in_comdat(group);
            section(s, &data);
            s.value(Expression::symbol(symbol), 8, Loc::NONE);
        }
        section(s, &SectionDefinition::zeros(".bss.big"));
        s.align(Alignment::log2(6));
        s.fill(Fill { count: Expression::Constant(1 << 33), value: 0, size_bytes: 1 }, Loc::NONE);
        let tls = SectionFlags::ALLOC.or(SectionFlags::WRITE).or(SectionFlags::TLS);
        section(s, &SectionDefinition::new(".tdata", SectionType::PROGBITS, tls));
        let variable = s.symbol("variable");
        s.label(variable, Loc::NONE);
        s.integer(7, 4);
        section(s, &SectionDefinition::new(".tbss", SectionType::NOBITS, tls));
        s.align(Alignment::log2(4));
        let zero = s.symbol("zero");
        s.label(zero, Loc::NONE);
        s.fill(Fill { count: Expression::Constant(8), value: 0, size_bytes: 1 }, Loc::NONE);
        section(
            s,
            &SectionDefinition::new(
                ".init_array",
                SectionType::INIT_ARRAY,
                SectionFlags::ALLOC.or(SectionFlags::WRITE),
            ),
        );
        s.align(Alignment::log2(3));
        let f = s.symbol("f");
        s.value(Expression::symbol(f), 8, Loc::NONE);
        section(s, &SectionDefinition::mergeable(".rodata.cst8", 8));
        s.align(Alignment::log2(3));
        let constant = s.here();
        s.integer(0x3ff0_0000_0000_0000, 8);
        s.switch_section(SectionId::TEXT, 0);
        op(
            s,
            MOVSD,
            &[
                Operand::Reg(lathe_isa_x86::registers::reg_xmm(lathe_isa_x86::registers::XMM0)),
                Operand::Mem(Mem::symbol(rip(), SymbolRef::plain(constant))),
            ],
        );
        s.move_section(SubsectionMove::Subsection(2), Loc::NONE);
        let late = s.here();
        op(s, RET, &[]);
        s.move_section(SubsectionMove::Subsection(1), Loc::NONE);
        op(s, JMP, &[label(SymbolRef::plain(late))]);
        s.move_section(SubsectionMove::Subsection(0), Loc::NONE);
        op(s, JMP, &[label(SymbolRef::plain(late))]);
        s.value(Expression::symbol(late), 8, Loc::NONE);
    });
}

#[test]
fn unwind() {
    check("unwind", &|s| {
        let personality = s.symbol("DW.ref.personality");
        let lsda = s.new_label();
        for kind in 0..5 {
            let name = format!("f{kind}");
            if kind == 3 {
                section(s, &SectionDefinition::code(".text.cold"));
            }
            global_function(s, &name);
            s.cfi(CfiDirective::StartProcedure { simple: kind == 4 }, Loc::NONE);
            if kind == 2 {
                s.cfi(CfiDirective::Personality { encoding: 0x9b, symbol: Some(personality) }, Loc::NONE);
                s.cfi(CfiDirective::Lsda { encoding: 0x1b, symbol: Some(lsda) }, Loc::NONE);
            }
            op(s, PUSHQ, &[reg(RBP)]);
            s.cfi(CfiDirective::DefineCfaOffset(16), Loc::NONE);
            s.cfi(CfiDirective::Offset { register: 6, offset: -16 }, Loc::NONE);
            op(s, MOVQ, &[reg(RBP), reg(RSP)]);
            s.cfi(CfiDirective::DefineCfaRegister(6), Loc::NONE);
            let end = s.new_label();
            op(s, JMP, &[label(SymbolRef::plain(end))]);
            s.fill(
                Fill { count: Expression::Constant(kind * kind * 40), value: 0x90, size_bytes: 1 },
                Loc::NONE,
            );
            s.align(Alignment::log2(4));
            s.label(end, Loc::NONE);
            s.cfi(CfiDirective::RememberState, Loc::NONE);
            op(s, POPQ, &[reg(RBP)]);
            s.cfi(CfiDirective::DefineCfa { register: 7, offset: 8 }, Loc::NONE);
            op(s, RET, &[]);
            s.cfi(CfiDirective::RestoreState, Loc::NONE);
            s.cfi(CfiDirective::AdjustCfaOffset(8), Loc::NONE);
            s.cfi(CfiDirective::RelativeOffset { register: 3, offset: 0 }, Loc::NONE);
            s.cfi(CfiDirective::Escape(Box::new([0x2e, 0x10])), Loc::NONE);
            s.cfi(CfiDirective::ValueOffset { register: 12, offset: -16 }, Loc::NONE);
            s.cfi(CfiDirective::Register { register: 3, saved_in: 4 }, Loc::NONE);
            s.cfi(CfiDirective::Undefined(70), Loc::NONE);
            s.cfi(CfiDirective::SameValue(5), Loc::NONE);
            s.cfi(CfiDirective::Restore(3), Loc::NONE);
            if kind == 1 {
                s.cfi(CfiDirective::SignalFrame, Loc::NONE);
            }
            op(s, UD2, &[]);
            s.cfi(CfiDirective::EndProcedure, Loc::NONE);
            size(s, &name);
        }
        section(s, &SectionDefinition::constants(".gcc_except_table"));
        s.label(lsda, Loc::NONE);
        s.bytes(&[0xff, 0xff, 1, 0]);
    });
}

/// Random mixtures of jumps, alignments, fills and LEB128 numbers.
fn random_code(s: S<'_>, seed: u64, jumps: u64) {
    let mut random = Random(seed);
    let labels: Vec<_> = (0..jumps / 2 + 2).map(|_| s.new_label()).collect();
    let mut next = 0;
    for _ in 0..jumps {
        match random.below(12) {
            0 | 1 if next < labels.len() => {
                s.label(labels[next], Loc::NONE);
                next += 1;
            }
            2 => s.align(Alignment::log2(random.below(6) as u8)),
            3 => s.align(Alignment {
                align_log2: 4,
                fill: PaddingFill::Default,
                max_skip_bytes: random.below(16) as u32,
            }),
            4 => {
                let count = Expression::Constant(random.below(60) as i64);
                s.fill(Fill { count, value: 0x90, size_bytes: 1 }, Loc::NONE);
            }
            5 => op(s, CALL, &[label(SymbolRef::plain(labels[random.below(labels.len() as u64) as usize]))]),
            6 => op(s, MOVL, &[Operand::Reg(reg32(RCX)), Operand::int(random.below(1000) as i64)]),
            kind => {
                let near = (next as u64).saturating_sub(3) + random.below(8);
                let target = labels[near.min(labels.len() as u64 - 1) as usize];
                let row = if kind % 2 == 0 { JMP } else { jcc(Cond::ALL[random.below(16) as usize]) };
                op(s, row, &[label(SymbolRef::plain(target))]);
            }
        }
    }
    while next < labels.len() {
        s.label(labels[next], Loc::NONE);
        op(s, NOP, &[]);
        next += 1;
    }
    s.switch_section(SectionId::DATA, 0);
    for pair in labels.windows(2).take(40) {
        s.leb128(Expression::difference(pair[1], pair[0]), false, Loc::NONE);
        s.leb128(Expression::difference(pair[0], pair[1]), true, Loc::NONE);
        s.value(Expression::symbol(pair[0]), 8, Loc::NONE);
    }
}

#[test]
fn random_jumps() {
    for seed in 0..60 {
        check(&format!("jumps{seed}"), &|s| random_code(s, seed, 30 + seed * 20));
    }
}

#[test]
fn objects_for_i686() {
    for seed in 0..10 {
        check_32(&format!("jumps32-{seed}"), &|s| {
            s.switch_section(SectionId::TEXT, 0);
            let mut random = Random(seed);
            let labels: Vec<_> = (0..40).map(|_| s.new_label()).collect();
            let outside = s.symbol("outside");
            for at in &labels {
                s.label(*at, Loc::NONE);
                let target = labels[random.below(40) as usize];
                op(s, jcc(Cond::Ne), &[label(SymbolRef::plain(target))]);
                op(s, CALL, &[label(SymbolRef::plain(outside))]);
                op(
                    s,
                    MOVL,
                    &[Operand::Reg(reg32(RAX)), Operand::Imm(Imm::Symbol(SymbolRef::plain(target).plus(2)))],
                );
            }
            s.switch_section(SectionId::DATA, 0);
            s.value(Expression::symbol(labels[3]), 4, Loc::NONE);
            s.value(Expression::symbol(outside).minus(Expression::Here), 4, Loc::NONE);
        });
    }
}

#[test]
fn line_tables() {
    for (version, seed) in [(5, 1), (3, 2), (5, 3), (5, 4)] {
        check(&format!("lines{seed}"), &|s| {
            // GNU as makes a .debug_info of its own if there is none.
            section(s, &SectionDefinition::new(".debug_info", SectionType::PROGBITS, SectionFlags::NONE));
            s.integer(0, 4);
            if version == 5 {
                let directory = Some("/tmp/project".into());
                s.file(DwarfFile { number: Some(0), directory, name: "main.c".into(), md5: None }, Loc::NONE);
            }
            for (number, name) in [(1, "main.c"), (2, "/usr/include/stdio.h"), (3, "sub/x.h"), (4, "sub/y.h")]
            {
                let file = DwarfFile { number: Some(number), directory: None, name: name.into(), md5: None };
                s.file(file, Loc::NONE);
            }
            let mut random = Random(seed);
            let mut views = Vec::new();
            for part in 0..3 {
                let name = format!(".text.{}", part % 2);
                section(s, &SectionDefinition::code(name));
                let end = s.new_label();
                let mut line = 10;
                for at in 0..100 {
                    line = (line + random.below(20) as u32).saturating_sub(7).max(1);
                    let file = 1 + random.below(4) as u32 / 3;
                    let mut row = lathe_mc::LineRow::statement(file, line, random.below(20) as u32);
                    row.discriminator = random.below(12) as u32 / 10;
                    if random.below(4) == 0 {
                        row.flags = lathe_mc::LineFlags::NONE;
                    }
                    if random.below(20) == 0 {
                        row.flags = row.flags.or(lathe_mc::LineFlags::PROLOGUE_END);
                    }
                    if seed >= 3 {
                        row.view = if at == 0 {
                            lathe_mc::LineView::ForceZero
                        } else {
                            let view = s.new_label();
                            views.push(view);
                            lathe_mc::LineView::Name(view)
                        };
                    }
                    s.line(row, Loc::NONE);
                    match random.below(8) {
                        0 => {}
                        1 => op(s, jcc(Cond::E), &[label(SymbolRef::plain(end))]),
                        2 => {
                            s.align(Alignment::log2(4));
                            op(s, NOP, &[]);
                        }
                        3 => {
                            op(s, NOP, &[]);
                            let count = Expression::Constant(random.below(400) as i64);
                            s.fill(Fill { count, value: 0x90, size_bytes: 1 }, Loc::NONE);
                        }
                        _ => op(s, MOVQ, &[reg(RAX), reg(RBP)]),
                    }
                }
                s.label(end, Loc::NONE);
                op(s, RET, &[]);
            }
            section(s, &SectionDefinition::new(".debug_loclists", SectionType::PROGBITS, SectionFlags::NONE));
            for view in &views {
                s.leb128(Expression::symbol(*view), false, Loc::NONE);
            }
        });
    }
}
