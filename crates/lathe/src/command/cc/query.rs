//! Questions that build systems ask: `-dumpmachine`, `--version`, `-print-file-name=` …
//!
//! The forms are gcc's, since autoconf, CMake, Meson and libtool read them.

use super::options::{Options, Query};
use super::table::{OPTIONS, Shape};
use crate::toolchain::Toolchain;
use std::process::ExitCode;

pub(super) fn answer(query: &Query, options: &Options, toolchain: &Toolchain) -> ExitCode {
    match query {
        Query::Help => print!("{}", help()),
        Query::Version => print!("{}", version_text()),
        Query::DumpMachine => println!("{}", options.target.triple.multiarch().replace("i386", "i686")),
        Query::DumpVersion => println!("{}", crate::GCC_VERSION.split('.').next().unwrap_or_default()),
        Query::DumpFullVersion => println!("{}", crate::GCC_VERSION),
        Query::DumpSpecs | Query::Sysroot => println!(),
        Query::SearchDirs => {
            let dirs: Vec<String> = toolchain.search_dirs().map(|d| format!("{}/", d.display())).collect();
            println!(
                "install: {}",
                toolchain.gcc_dir.as_ref().map_or(String::new(), |d| format!("{}/", d.display()))
            );
            println!("programs: =/usr/bin/");
            println!("libraries: ={}", dirs.join(":"));
        }
        Query::FileName(name) => match toolchain.find_file(name) {
            Some(path) => println!("{}", path.display()),
            None => println!("{name}"),
        },
        Query::ProgName(name) => println!("{}", program(name)),
        Query::LibgccFileName => match toolchain.find_file("libgcc.a") {
            Some(path) => println!("{}", path.display()),
            None => println!("libgcc.a"),
        },
        Query::MultiOsDirectory => println!("../lib"),
        Query::MultiLib => println!(".;"),
        Query::MultiDirectory => println!("."),
        Query::Multiarch => println!("{}", options.target.triple.multiarch()),
    }
    ExitCode::SUCCESS
}

fn program(name: &str) -> String {
    let found = std::env::var_os("PATH")
        .and_then(|path| std::env::split_paths(&path).map(|dir| dir.join(name)).find(|p| p.is_file()));
    found.map_or_else(|| name.to_string(), |path| path.display().to_string())
}

/// The first line is the name; the second says what build systems look for, truthfully.
fn version_text() -> String {
    format!(
        "lathe-cc (Lathe {}) {}\nCompatible with GCC; not made by, nor affiliated with, the Free Software Foundation, Inc.\n\
         This is free software (MIT or Apache-2.0); there is NO warranty.\n",
        crate::VERSION,
        crate::GCC_VERSION
    )
}

pub(super) fn print_verbose_header(options: &Options, toolchain: &Toolchain) {
    eprintln!("Using built-in specs.");
    eprintln!("Target: {}", options.target.triple.multiarch());
    eprintln!("Thread model: posix");
    eprintln!("gcc version {} (Lathe {})", crate::GCC_VERSION, crate::VERSION);
    eprintln!("#include \"...\" search starts here:");
    for (_, dir) in options.directories.iter().filter(|(k, _)| *k == lathe_c::pp::DirectoryKind::Quote) {
        eprintln!(" {dir}");
    }
    eprintln!("#include <...> search starts here:");
    for (_, dir) in options.directories.iter().filter(|(k, _)| *k == lathe_c::pp::DirectoryKind::Include) {
        eprintln!(" {dir}");
    }
    for dir in &toolchain.include_dirs {
        eprintln!(" {}", dir.display());
    }
    eprintln!("End of search list.");
    let dirs: Vec<String> = toolchain.search_dirs().map(|d| format!("{}/", d.display())).collect();
    eprintln!("LIBRARY_PATH={}", dirs.join(":"));
}

fn help() -> String {
    let mut out = String::from(
        "usage: lathe cc [OPTIONS] FILES\n\n\
         Compiles C (.c, .i), SSA text (.ssa) and assembly (.s, .S), and links them with objects,\n\
         archives and shared libraries, as gcc does.\n\noptions:\n",
    );
    for row in OPTIONS.iter().filter(|row| !row.help.is_empty()) {
        let argument = match row.shape {
            Shape::Flag => "",
            Shape::Joined if row.name.ends_with('=') || row.name.ends_with(',') => "ARG",
            Shape::Joined => "[ARG]",
            Shape::Separate | Shape::Either => " ARG",
        };
        let name = format!("{}{argument}", row.name);
        out.push_str(&format!("  {name:<24} {}\n", row.help));
    }
    out.push_str("\nExamples:\n  lathe cc -O1 -o hello hello.c\n  lathe cc -c -fPIC -o lib.o lib.c && lathe cc -shared -o lib.so lib.o\n");
    out
}
