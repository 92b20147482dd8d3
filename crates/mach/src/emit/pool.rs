//! Constant pools and jump tables.

use crate::emit::function::FunctionEmitter;
use crate::inst::MachBlock;
use lathe_diag::Loc;
use lathe_ir::Linkage;
use lathe_mc::{Alignment, Expression, SectionDefinition};
use std::borrow::Cow;

/// The mergeable section of constants of a size, as gcc names it.
fn constant_section(size: usize) -> SectionDefinition {
    let name: Cow<'static, str> = match size {
        4 => ".rodata.cst4".into(),
        8 => ".rodata.cst8".into(),
        16 => ".rodata.cst16".into(),
        32 => ".rodata.cst32".into(),
        _ => return SectionDefinition::constants(".rodata"),
    };
    SectionDefinition::mergeable(name, size as u64)
}

/// The constants that the code mentions.
pub(crate) fn constants(emitter: &mut FunctionEmitter<'_>) {
    for index in 0..emitter.func.constants.len() {
        let Some(label) = emitter.constant_labels()[index] else { continue };
        let constant = &emitter.func.constants[index];
        let section = emitter.out.section(&constant_section(constant.bytes.len()), Loc::NONE);
        emitter.out.switch_section(section, 0);
        let align = constant.align.max(1);
        emitter.out.align(Alignment::log2(align.trailing_zeros() as u8));
        emitter.out.label(label, Loc::NONE);
        emitter.out.bytes(&constant.bytes);
    }
}

/// The jump tables that the code mentions: 4-byte distances from the table.
pub(crate) fn jump_tables(emitter: &mut FunctionEmitter<'_>) {
    for index in 0..emitter.func.jump_tables.len() {
        let Some(label) = emitter.table_labels()[index] else { continue };
        let data = &emitter.cx.module.symbols[emitter.ir.symbol];
        // A table of a function that may be dropped is dropped with it.
        let shared = data.comdat.is_some() || data.linkage == Linkage::LinkOnce;
        let section = if shared || emitter.cx.options.function_sections {
            let section = SectionDefinition::constants(format!(".rodata.{}", data.name));
            crate::emit::attributes::finish_section(emitter.cx, data, section)
        } else {
            SectionDefinition::constants(".rodata")
        };
        let section = emitter.out.section(&section, Loc::NONE);
        emitter.out.switch_section(section, 0);
        emitter.out.align(Alignment::log2(2));
        emitter.out.label(label, Loc::NONE);
        let blocks: Vec<MachBlock> = emitter.func.jump_tables[index].blocks.clone();
        for block in blocks {
            let target = emitter.block_label(block);
            emitter.out.value(Expression::difference(target, label), 4, Loc::NONE);
        }
    }
}
