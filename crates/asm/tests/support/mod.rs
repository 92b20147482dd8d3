//! Assembles a text with Lathe and with GNU as and compares the objects: sections, relocations, symbols.
#![allow(dead_code)]

use lathe_diag::{Loc, SourceMap};
use lathe_isa_x86::{I686, X86_64};
use lathe_mc::{ModuleStreamer, ObjectStreamer, Streamer, SymbolNames};
use object::{Object, ObjectSection, ObjectSymbol, RelocationFlags, RelocationTarget};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

/// Assembles with Lathe; `Err` holds the messages.
pub fn lathe(name: &str, text: &[u8], bits_64: bool) -> Result<Vec<u8>, Vec<String>> {
    lathe_for(if bits_64 { &X86_64 } else { &I686 }, name, text)
}

/// Assembles with Lathe for any target.
pub fn lathe_for(isa: &'static dyn lathe_isa::Isa, name: &str, text: &[u8]) -> Result<Vec<u8>, Vec<String>> {
    let sources = SourceMap::new();
    let file = sources.add(name, text, Loc::NONE).expect("source space");
    let mut streamer = ObjectStreamer::new(isa, Arc::new(SymbolNames::new()));
    let options = lathe_asm::Options::default();
    lathe_asm::assemble(&sources, file, &options, &mut streamer).expect("a target with an assembler");
    let output = streamer.finish();
    let messages: Vec<String> = streamer
        .diagnostics()
        .iter()
        .map(|d| {
            let line = sources.place(d.span.lo).map_or(0, |p| p.line_col.line);
            format!("{name}:{line}: {:?}: {}", d.severity, d.message)
        })
        .collect();
    match output {
        Some(bytes) if !messages.iter().any(|m| m.contains(": Error: ")) => Ok(bytes),
        _ => Err(messages),
    }
}

/// Assembles with GNU as.
pub fn gnu(source: &Path, bits_64: bool) -> Result<Vec<u8>, String> {
    gnu_for("as", if bits_64 { "--64" } else { "--32" }, source)
}

/// Assembles with a cross GNU as.
pub fn gnu_for(program: &str, flag: &str, source: &Path) -> Result<Vec<u8>, String> {
    let object = std::env::temp_dir().join(format!(
        "lathe-asm-{}-{:?}.o",
        std::process::id(),
        std::thread::current().id()
    ));
    let run = Command::new(program).args([flag, "-o"]).arg(&object).arg(source).output().expect("as runs");
    let bytes = std::fs::read(&object);
    let _ = std::fs::remove_file(&object);
    if !run.status.success() {
        return Err(String::from_utf8_lossy(&run.stderr).into_owned());
    }
    bytes.map_err(|e| e.to_string())
}

type Relocations = Vec<(u64, u32, String, i64)>;

struct Contents {
    sections: BTreeMap<String, (Vec<u8>, String, Relocations)>,
    symbols: Vec<String>,
}

fn contents(bytes: &[u8]) -> Contents {
    let file = object::File::parse(bytes).expect("an ELF object");
    let mut sections = BTreeMap::new();
    let section_name = |index: object::SectionIndex| {
        file.section_by_index(index).ok().and_then(|s| s.name().ok().map(str::to_string)).unwrap_or_default()
    };
    for section in file.sections() {
        let name = section.name().unwrap_or("?").to_string();
        if matches!(name.as_str(), ".symtab" | ".strtab" | ".shstrtab" | "") || name.starts_with(".rel") {
            continue;
        }
        let mut relocations = Relocations::new();
        for (offset, relocation) in section.relocations() {
            let number = match relocation.flags() {
                RelocationFlags::Elf { r_type } => r_type.0,
                _ => u32::MAX,
            };
            let target = match relocation.target() {
                RelocationTarget::Symbol(index) => {
                    let symbol = file.symbol_by_index(index).expect("symbol");
                    let name = symbol.name().unwrap_or("?");
                    match symbol.section_index() {
                        Some(at) if name.is_empty() => section_name(at),
                        _ => name.to_string(),
                    }
                }
                other => format!("{other:?}"),
            };
            relocations.push((offset, number, target, relocation.addend()));
        }
        let flags = format!(
            "{:?} align {} size {} kind {:?}",
            section.flags(),
            section.align(),
            section.size(),
            section.kind()
        );
        let mut key = name.clone();
        let mut n = 1;
        while sections.contains_key(&key) {
            n += 1;
            key = format!("{name}#{n}");
        }
        sections.insert(key, (section.data().unwrap_or(&[]).to_vec(), flags, relocations));
    }
    let mut symbols = Vec::new();
    for symbol in file.symbols() {
        let section = symbol.section_index().map(section_name);
        symbols.push(format!(
            "{} value {:#x} size {} section {:?}/{section:?} {:?}",
            symbol.name().unwrap_or("?"),
            symbol.address(),
            symbol.size(),
            symbol.section().index().is_some(),
            symbol.flags()
        ));
    }
    Contents { sections, symbols }
}

/// The differences between two objects, at most a few per section.
pub fn differences(ours: &[u8], theirs: &[u8]) -> Vec<String> {
    let (a, b) = (contents(ours), contents(theirs));
    let mut out = Vec::new();
    for name in b.sections.keys() {
        if !a.sections.contains_key(name) {
            out.push(format!("missing section {name}"));
        }
    }
    for (name, (bytes, flags, relocations)) in &a.sections {
        let Some((their_bytes, their_flags, their_relocations)) = b.sections.get(name) else {
            out.push(format!("extra section {name}"));
            continue;
        };
        if flags != their_flags {
            out.push(format!("{name}: ours {flags}, as {their_flags}"));
        }
        if bytes != their_bytes {
            let at = bytes
                .iter()
                .zip(their_bytes)
                .position(|(x, y)| x != y)
                .unwrap_or(bytes.len().min(their_bytes.len()));
            let from = at.saturating_sub(4);
            let show = |b: &[u8]| format!("{:02x?}", &b[from.min(b.len())..(at + 12).min(b.len())]);
            out.push(format!(
                "{name}+{at:#x}: ours ({}) {} as ({}) {}",
                bytes.len(),
                show(bytes),
                their_bytes.len(),
                show(their_bytes)
            ));
        }
        if relocations != their_relocations {
            let at = relocations
                .iter()
                .zip(their_relocations)
                .position(|(x, y)| x != y)
                .unwrap_or(relocations.len().min(their_relocations.len()));
            out.push(format!(
                "{name} relocation {at} of {}/{}: ours {:x?} as {:x?}",
                relocations.len(),
                their_relocations.len(),
                relocations.get(at),
                their_relocations.get(at)
            ));
        }
    }
    if a.symbols != b.symbols {
        let at = a
            .symbols
            .iter()
            .zip(&b.symbols)
            .position(|(x, y)| x != y)
            .unwrap_or(a.symbols.len().min(b.symbols.len()));
        out.push(format!(
            "symbol {at} of {}/{}: ours {:?} as {:?}",
            a.symbols.len(),
            b.symbols.len(),
            a.symbols.get(at),
            b.symbols.get(at)
        ));
    }
    out
}

/// The sources of the programs that `cargo xtask fetch` has brought, each with the `-I` option that it needs.
#[allow(dead_code)]
pub fn programs() -> Vec<(std::path::PathBuf, String)> {
    let programs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/programs");
    let mut all = Vec::new();
    for directory in ["lua/src", "zlib", "bzip2", "sqlite"] {
        let Ok(entries) = std::fs::read_dir(programs.join(directory)) else { continue };
        let include = format!("-I{}", programs.join(directory).display());
        let paths = entries.filter_map(|entry| entry.ok().map(|entry| entry.path()));
        let sources = paths.filter(|path| path.extension().is_some_and(|extension| extension == "c"));
        all.extend(sources.map(|source| (source, include.clone())));
    }
    all.sort();
    all
}
