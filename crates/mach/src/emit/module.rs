//! What a module holds besides functions: data, aliases, constructors, notes.

use crate::emit::attributes;
use crate::emit::context::ModuleContext;
use crate::error::{CodegenError, ErrorKind};
use lathe_diag::Loc;
use lathe_ir::function::PadClause;
use lathe_ir::module::InitEntry;
use lathe_ir::{Function, Linkage, Symbol, SymbolDefinition};
use lathe_mc::{
    Alignment, DwarfFile, Expression, SectionDefinition, SectionFlags, SectionType, Streamer, SymbolKind,
};

/// What comes before the definitions: file name, and file numbers for `-g`.
pub fn begin(cx: &ModuleContext<'_>, out: &mut dyn Streamer) {
    cx.target.begin(cx.module, out);
    let name = DwarfFile { number: None, directory: None, name: cx.module.name.as_str().into(), md5: None };
    if !cx.module.name.is_empty() {
        out.file(name, Loc::NONE);
    }
    if !cx.files.is_empty() {
        let directory = &cx.options.compilation_directory;
        let directory = (!directory.is_empty()).then(|| directory.as_str().into());
        let primary =
            DwarfFile { number: Some(0), directory, name: cx.module.name.as_str().into(), md5: None };
        out.file(primary, Loc::NONE);
    }
    for (index, name) in cx.files.iter().enumerate() {
        let file =
            DwarfFile { number: Some(index as u32 + 1), directory: None, name: (&**name).into(), md5: None };
        out.file(file, Loc::NONE);
    }
}

/// Top-level assembly.
///
/// # Errors
/// For text that is wrong.
pub fn top_level_asm(
    cx: &ModuleContext<'_>,
    text: &str,
    loc: Loc,
    out: &mut dyn Streamer,
) -> Result<(), CodegenError> {
    let Some(asm) = cx.asm else {
        return Err(CodegenError::unsupported("top-level assembly without an assembler").at(loc));
    };
    let text_section = out.section(&SectionDefinition::code(".text"), loc);
    out.switch_section(text_section, 0);
    asm.top_level(text, loc, out).map_err(|diagnostics| {
        let text = diagnostics.first().map_or_else(String::new, |d| d.message.clone());
        CodegenError::new(ErrorKind::Assembly(text)).at(loc)
    })
}

/// What comes after the definitions.
pub fn end(cx: &ModuleContext<'_>, out: &mut dyn Streamer) {
    crate::emit::thunks::write(cx, out);
    aliases(cx, out);
    let layout = &cx.module.target.layout;
    let size = layout.pointer.size as u8;
    array(cx, &cx.module.constructors, ".init_array", SectionType::INIT_ARRAY, size, out);
    array(cx, &cx.module.destructors, ".fini_array", SectionType::FINI_ARRAY, size, out);
    for (symbol, data) in cx.module.symbols.iter() {
        let defined_here = !matches!(
            data.definition,
            SymbolDefinition::Undeclared
                | SymbolDefinition::DeclaredFunction(_)
                | SymbolDefinition::DeclaredData
        );
        if !defined_here || data.linkage == Linkage::AvailableExternally {
            attributes::declare(cx, symbol, out);
        }
    }
    if let Some(ident) = &cx.module.ident {
        out.ident(ident);
    }
    let note = out.section(&SectionDefinition::stack_note(false), Loc::NONE);
    out.switch_section(note, 0);
}

/// The symbol at the end of a chain of aliases.
fn final_target(cx: &ModuleContext<'_>, mut symbol: Symbol) -> Symbol {
    for _ in 0..64 {
        match cx.module.symbols[symbol].definition {
            SymbolDefinition::Alias(target, _) => symbol = target,
            _ => break,
        }
    }
    symbol
}

fn aliases(cx: &ModuleContext<'_>, out: &mut dyn Streamer) {
    for (symbol, data) in cx.module.symbols.iter() {
        match data.definition {
            SymbolDefinition::Alias(target, offset) => {
                let last = &cx.module.symbols[final_target(cx, target)];
                let kind = match last.definition {
                    SymbolDefinition::Function(_) => SymbolKind::Function,
                    SymbolDefinition::Ifunc(_) => SymbolKind::IndirectFunction,
                    _ if last.tls.is_some() => SymbolKind::ThreadLocal,
                    _ => SymbolKind::Object,
                };
                attributes::define(cx, symbol, kind, out);
                let value = Expression::offset(cx.symbol(target), offset);
                out.assign(cx.symbol(symbol), value, false, data.loc);
            }
            SymbolDefinition::Ifunc(resolver) => {
                attributes::define(cx, symbol, SymbolKind::IndirectFunction, out);
                out.assign(cx.symbol(symbol), Expression::symbol(cx.symbol(resolver)), false, data.loc);
            }
            _ => {}
        }
    }
}

/// `.init_array` and `.fini_array`: entries without priority last, in source order.
fn array(
    cx: &ModuleContext<'_>,
    entries: &[InitEntry],
    name: &'static str,
    kind: SectionType,
    pointer_size: u8,
    out: &mut dyn Streamer,
) {
    for entry in entries {
        let flags = SectionFlags::ALLOC.or(SectionFlags::WRITE);
        let definition = if entry.priority == 65535 {
            SectionDefinition::new(name, kind, flags)
        } else {
            SectionDefinition::new(format!("{name}.{:05}", entry.priority), kind, flags)
        };
        let section = out.section(&definition, Loc::NONE);
        out.switch_section(section, 0);
        out.align(Alignment::log2(pointer_size.trailing_zeros() as u8));
        out.value(Expression::symbol(cx.symbol(entry.function)), pointer_size, Loc::NONE);
    }
}

/// Symbols that unwind tables of a function refer to.
pub fn unwind_symbols(function: &Function, symbols: &mut Vec<Symbol>) {
    if function.pads.is_empty() {
        return;
    }
    symbols.extend(function.attributes.personality);
    for pad in function.pads.values() {
        for clause in &pad.clauses {
            match clause {
                PadClause::Catch(symbol) => symbols.extend(*symbol),
                PadClause::Filter(list) => symbols.extend(list.iter().copied()),
            }
        }
    }
}
