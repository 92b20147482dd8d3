//! Random programs from csmith: what ours prints at -O0 and -O1 is what gcc -O0's prints.
//!
//! `LATHE_CSMITH=300` runs that many programs instead of 20, from seed `LATHE_SEED` on.

mod support;

use support::{TempDir, cc, gcc, run, setting, shorten};

const HEADERS: &str = "-I/usr/include/csmith";

#[test]
fn random_programs() {
    need!("gcc", "csmith");
    if !std::path::Path::new("/usr/include/csmith/csmith.h").exists() {
        eprintln!("skipped: libcsmith-dev is not installed (cargo xtask setup installs it)");
        return;
    }
    let first = setting("LATHE_SEED", 5000);
    let count = setting("LATHE_CSMITH", 20);
    let (mut compared, mut too_long, mut failures) = (Vec::new(), Vec::new(), Vec::new());
    for seed in first..first + count {
        match one_program(seed) {
            Ok(true) => compared.push(seed),
            Ok(false) => too_long.push(seed),
            Err(message) => failures.push(format!("seed {seed}: {message}")),
        }
    }
    eprintln!("csmith seeds {first}..{}: {} compared {compared:?}", first + count, compared.len());
    eprintln!("not finished by gcc's build in time: {too_long:?}");
    assert!(failures.is_empty(), "{} programs differ:\n{}", failures.len(), failures.join("\n"));
}

/// `false` if the program runs too long to say anything.
fn one_program(seed: u64) -> Result<bool, String> {
    let directory = TempDir::new("csmith");
    let at = directory.path();
    let source = run(at, 60, &["csmith", "--seed", &seed.to_string()]);
    directory.write("program.c", &source.stdout);
    gcc(at, &["-O0", HEADERS, "program.c", "-o", "expected"]).ok();
    let expected = run(at, 5, &["./expected"]);
    if expected.status == 124 {
        return Ok(false);
    }
    for level in ["-O0", "-O1"] {
        let compiled = cc(at, &["-w", level, HEADERS, "program.c", "-o", "ours"]);
        if compiled.status != 0 {
            return Err(format!("{level}: {}", shorten(&compiled.stderr)));
        }
        let ours = run(at, 30, &["./ours"]);
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
