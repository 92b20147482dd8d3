//! The calling convention of every target against its gcc: random functions called from gcc's code and from ours.
//!
//! `LATHE_ABI=2000` tries that many shapes instead of 500; `LATHE_SEED=n` starts elsewhere.

mod shapes;
mod support;

use support::machine::Machine;
use support::{Random, setting};

/// Functions in one program.
const SHAPES_PER_PROGRAM: usize = 50;

/// Objects of caller and callee that go together: names without extension.
const PAIRS: &[(&str, &str)] = &[
    ("caller-gcc", "callee-O0"),
    ("caller-gcc", "callee-O1"),
    ("caller-O0", "callee-gcc"),
    ("caller-O1", "callee-gcc"),
    ("caller-O0", "callee-O1"),
    ("caller-O1", "callee-O0"),
];

on_every_target!(calls_between_gcc_and_lathe);

fn calls_between_gcc_and_lathe(machine: Machine) {
    if machine.is_missing() {
        return;
    }
    let seed = setting("LATHE_SEED", 20_240_901);
    let programs = (setting("LATHE_ABI", 500) as usize).div_ceil(SHAPES_PER_PROGRAM);
    eprintln!("{}: {} call shapes, LATHE_SEED={seed}", machine.name, programs * SHAPES_PER_PROGRAM);
    let mut failures = Vec::new();
    for program in 0..programs {
        let random = &mut Random(seed.wrapping_add(program as u64));
        if let Err(message) = one_program(machine, random) {
            failures.push(format!("program {program} (LATHE_SEED={}): {message}", seed + program as u64));
        }
    }
    assert!(failures.is_empty(), "{} programs differ:\n{}", failures.len(), failures.join("\n"));
}

fn one_program(machine: Machine, random: &mut Random) -> Result<(), String> {
    let batch = shapes::batch(random, SHAPES_PER_PROGRAM, machine.name == "i686");
    let directory = machine.directory("abi");
    directory.write("shapes.h", batch.header);
    directory.write("caller.c", batch.caller);
    directory.write("callee.c", batch.callee);
    let at = directory.path();
    for side in ["caller", "callee"] {
        let source = format!("{side}.c");
        machine.gcc(at, &["-c", &source, "-o", &format!("{side}-gcc.o")]).ok();
        for level in ["-O0", "-O1"] {
            let ran = machine.cc(at, &["-w", level, "-c", &source, "-o", &format!("{side}{level}.o")]);
            if ran.status != 0 {
                return Err(format!("{level} {source}: {}", support::shorten(&ran.stderr)));
            }
        }
    }
    machine.gcc(at, &["-static", "caller-gcc.o", "callee-gcc.o", "-o", "expected"]).ok();
    let expected = machine.run(at, 20, &["./expected"]).ok().text();
    for (caller, callee) in PAIRS {
        let objects = [format!("{caller}.o"), format!("{callee}.o")];
        let linked = machine.cc(at, &["-static", &objects[0], &objects[1], "-o", "mixed"]);
        if linked.status != 0 {
            return Err(format!("linking {caller} and {callee}: {}", linked.stderr));
        }
        let mixed = machine.run(at, 20, &["./mixed"]);
        if mixed.status != 0 || mixed.text() != expected {
            return Err(format!(
                "{caller} with {callee}: status {}, {}",
                mixed.status,
                first_difference(&expected, &mixed.text())
            ));
        }
    }
    Ok(())
}

/// The first line that differs.
fn first_difference(expected: &str, actual: &str) -> String {
    let mut lines = actual.lines();
    for (number, line) in expected.lines().enumerate() {
        let other = lines.next();
        if other != Some(line) {
            return format!("line {}:\n  gcc  {line}\n  ours {}", number + 1, other.unwrap_or("(ends)"));
        }
    }
    "more lines than expected".into()
}
