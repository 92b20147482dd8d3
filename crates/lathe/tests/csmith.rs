//! Random programs from csmith on every target: what ours prints at -O0 and -O1 is what gcc -O0's prints.
//!
//! `LATHE_CSMITH=300` runs that many programs per target instead of a few, from seed `LATHE_SEED` on.

mod support;

use support::machine::Machine;
use support::{run, setting, shorten};

const HEADERS: &str = "-I/usr/include/csmith";

on_every_target!(random_programs);

fn random_programs(machine: Machine) {
    need!("csmith");
    if machine.is_missing() {
        return;
    }
    if !std::path::Path::new("/usr/include/csmith/csmith.h").exists() {
        eprintln!("skipped: libcsmith-dev is not installed (cargo xtask setup installs it)");
        return;
    }
    let first = setting("LATHE_SEED", 5000);
    let count = setting("LATHE_CSMITH", if machine.is_native() { 20 } else { 8 });
    let (mut compared, mut too_long, mut failures) = (Vec::new(), Vec::new(), Vec::new());
    for seed in first..first + count {
        match one_program(machine, seed) {
            Ok(true) => compared.push(seed),
            Ok(false) => too_long.push(seed),
            Err(message) => failures.push(format!("seed {seed}: {message}")),
        }
    }
    let name = machine.name;
    eprintln!("{name}: csmith seeds {first}..{}: {} compared {compared:?}", first + count, compared.len());
    eprintln!("{name}: not finished by gcc's build in time: {too_long:?}");
    assert!(failures.is_empty(), "{} programs differ:\n{}", failures.len(), failures.join("\n"));
}

/// `false` if the program runs too long to say anything.
fn one_program(machine: Machine, seed: u64) -> Result<bool, String> {
    let directory = machine.directory("csmith");
    let at = directory.path();
    let source = run(at, 60, &["csmith", "--seed", &seed.to_string()]);
    directory.write("program.c", &source.stdout);
    machine.gcc(at, &["-O0", "-static", HEADERS, "program.c", "-o", "expected"]).ok();
    // Emulation is slower than the time that is granted for it here: long programs are left out.
    let expected = run(at, 5, &runnable(machine, "./expected"));
    if expected.status == 124 {
        return Ok(false);
    }
    for level in ["-O0", "-O1"] {
        let compiled = machine.cc(at, &["-w", level, "-static", HEADERS, "program.c", "-o", "ours"]);
        if compiled.status != 0 {
            return Err(format!("{level}: {}", shorten(&compiled.stderr)));
        }
        let ours = run(at, 30, &runnable(machine, "./ours"));
        if ours.status != expected.status || ours.stdout != expected.stdout {
            return Err(format!(
                "{level}: status {} for {}, {:?} for {:?}",
                ours.status,
                expected.status,
                shorten(&ours.text()),
                shorten(&expected.text())
            ));
        }
    }
    Ok(true)
}

fn runnable(machine: Machine, program: &str) -> Vec<String> {
    machine.runner().into_iter().chain([program.to_owned()]).collect()
}
