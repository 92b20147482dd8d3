//! `cargo run --example check -- [-I dir] [-isystem dir] [-D macro] [-W…] [-std=…] [-time] file.c`: preprocesses, parses and checks
//! a file, prints the messages and exits like a compiler under `-fsyntax-only`.

use lathe_c::ast::CheckOnly;
use lathe_c::dialect::Dialect;
use lathe_c::pp::{self, DirectoryKind, MacroOption, Preprocessor};
use lathe_c::{parse, sema};
use lathe_diag::{ColorChoice, Loc, Renderer, SourceMap};
use lathe_target::Target;
use std::process::ExitCode;

fn main() -> ExitCode {
    let run = std::thread::Builder::new().stack_size(parse::STACK_BYTES).spawn(check);
    match run.map(|thread| thread.join()) {
        Ok(Ok(code)) => code,
        _ => ExitCode::from(4),
    }
}

fn check() -> ExitCode {
    let mut options = pp::Options::default();
    let mut sema = sema::Options::default();
    let mut file = None;
    let mut timed = false;
    let mut target = Target::host();
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = |prefix: &str| match &argument[prefix.len()..] {
            "" => arguments.next().unwrap_or_default(),
            rest => rest.to_string(),
        };
        if argument.starts_with("-I") {
            options.directories.push((DirectoryKind::Include, value("-I")));
        } else if argument.starts_with("-isystem") {
            options.directories.push((DirectoryKind::System, value("-isystem")));
        } else if argument.starts_with("-D") {
            options.macros.push(MacroOption::Define(value("-D")));
        } else if let Some(triple) = argument.strip_prefix("--target=") {
            target = match Target::from_triple(triple) {
                Ok(target) => target,
                Err(error) => {
                    eprintln!("{error}");
                    return ExitCode::from(2);
                }
            };
        } else if let Some(standard) = argument.strip_prefix("-std=") {
            options.dialect = Dialect::parse(standard).unwrap_or_default();
        } else if argument == "-time" {
            timed = true;
        } else if argument == "-w" {
            sema.warnings.none = true;
        } else if argument == "-pedantic" || argument == "-pedantic-errors" {
            let _ = sema.warnings.apply(&argument[1..]);
        } else if let Some(warning) = argument.strip_prefix("-W") {
            if sema.warnings.apply(warning).is_err() {
                eprintln!("unrecognized command-line option '{argument}'");
            }
        } else {
            file = Some(argument);
        }
    }
    let Some(file) = file else { return ExitCode::from(2) };
    let Ok(text) = std::fs::read(&file) else {
        eprintln!("{file}: cannot read");
        return ExitCode::from(2);
    };
    for directory in ["/usr/local/include", "/usr/include/x86_64-linux-gnu", "/usr/include"] {
        options.directories.push((DirectoryKind::Standard, directory.to_string()));
    }
    let sources = SourceMap::default();
    let Ok(main) = sources.add(file, text, Loc::NONE) else { return ExitCode::from(2) };
    let start = std::time::Instant::now();
    let mut pp = Preprocessor::new(options, &sources, &target, main);
    let unit = parse::check_unit(&mut pp, &sema, &mut CheckOnly);
    if timed {
        let elapsed = start.elapsed();
        eprintln!("{elapsed:?}, {} declarations, {} strings", unit.decls.len(), unit.strings.len());
    }
    let mut renderer = Renderer::new(&sources, "check", ColorChoice::Never);
    eprint!("{}", renderer.render_all(pp.diagnostics.iter()));
    ExitCode::from(u8::from(pp.diagnostics.has_errors()))
}
