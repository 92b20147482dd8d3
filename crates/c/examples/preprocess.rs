//! Preprocesses a file: `preprocess [-I DIR] [-D X] [-U X] [-std=…] [-P] [-dM] [--count] [--tokens] FILE`.
//! `--count` only lexes and counts, for measuring.

use lathe_c::dialect::Dialect;
use lathe_c::pp::output::{macro_definitions, preprocess_to_text};
use lathe_c::pp::{DirectoryKind, MacroOption, Options, Preprocessor};
use lathe_c::token::TokenKind;
use lathe_diag::{ColorChoice, Loc, Renderer, SourceMap};
use lathe_target::Target;
use std::io::Write;

fn main() {
    let mut options = Options::default();
    let mut target = Target::host();
    let (mut file, mut count, mut dump, mut make) = (String::new(), false, false, false);
    let mut args = std::env::args().skip(1);
    let mut repeat = 1;
    while let Some(arg) = args.next() {
        let mut value = |prefix: &str| match &arg[prefix.len()..] {
            "" => args.next().unwrap_or_default(),
            text => text.to_string(),
        };
        match arg.as_str() {
            "--count" => count = true,
            "--repeat" => repeat = value("--repeat").parse().unwrap_or(1),
            "-P" => options.output.no_line_markers = true,
            "-C" => options.output.keep_comments = true,
            "-dM" => dump = true,
            "-dD" => options.output.dump_definitions = true,
            "-M" => make = true,
            "-H" => options.trace_headers = true,
            "-m32" => target = Target::from_triple("i686-linux-gnu").unwrap_or_else(|_| Target::host()),
            "-nostdinc" => options.no_standard_include = true,
            "-undef" => options.undefine_system_macros = true,
            "-fpreprocessed" => options.preprocessed = true,
            "-pedantic" => options.pedantic = true,
            "-Wundef" => options.warn_undef = true,
            "-Wcomment" => options.warn_comment = true,
            "-isystem" => options.directories.push((DirectoryKind::System, value("-isystem"))),
            "-include" => options.include.push(value("-include")),
            "-imacros" => options.include_macros.push(value("-imacros")),
            _ if arg.starts_with("-target=") => {
                target = Target::from_triple(&arg[8..]).unwrap_or_else(|_| Target::host());
            }
            _ if arg.starts_with("-std=") => options.dialect = Dialect::parse(&arg[5..]).unwrap_or_default(),
            _ if arg.starts_with("-O") => options.optimize = arg[2..].parse().unwrap_or(1),
            _ if arg.starts_with("-I") => options.directories.push((DirectoryKind::Include, value("-I"))),
            _ if arg.starts_with("-D") => options.macros.push(MacroOption::Define(value("-D"))),
            _ if arg.starts_with("-U") => options.macros.push(MacroOption::Undefine(value("-U"))),
            _ => file = arg,
        }
    }
    if !options.no_standard_include {
        let multiarch = format!("/usr/include/{}", target.triple.multiarch());
        for path in ["/usr/local/include", &multiarch, "/usr/include"] {
            options.directories.push((DirectoryKind::Standard, path.to_string()));
        }
    }
    let text = match std::fs::read(&file) {
        Ok(text) => text,
        Err(error) => {
            eprintln!("{file}: {error}");
            std::process::exit(1);
        }
    };
    for _ in 0..repeat {
        let sources = SourceMap::new();
        let Ok(main) = sources.add(file.clone(), text.clone(), Loc::NONE) else { return };
        let start = std::time::Instant::now();
        let diagnostics = if count {
            let mut pp = Preprocessor::new(options.clone(), &sources, &target, main);
            let mut tokens = 0usize;
            while pp.next_token().kind != TokenKind::Eof {
                tokens += 1;
            }
            println!("{tokens} tokens, {:?}", start.elapsed());
            std::mem::take(&mut pp.diagnostics)
        } else {
            let run = if dump { macro_definitions } else { preprocess_to_text };
            let result = run(options.clone(), &sources, &target, main);
            let out = if make {
                let target = lathe_c::pp::dependencies::default_target(&file);
                lathe_c::pp::dependencies::make_rules(&[target], &result.dependencies, true, false)
                    .into_bytes()
            } else {
                result.text
            };
            let _ = std::io::stdout().write_all(&out);
            for line in &result.header_trace {
                eprintln!("{line}");
            }
            result.diagnostics
        };
        let mut renderer = Renderer::new(&sources, "preprocess", ColorChoice::Never);
        eprint!("{}", renderer.render_all(diagnostics.iter()));
    }
}
