//! Compiles `.ssa` text with this crate, links it with C compiled by gcc, runs the program.
#![allow(dead_code)]

use lathe_mach::options::{OptLevel, Options};
use lathe_mach::pipeline::{OutputForm, compile_module};
use lathe_target::{RelocModel, Target};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A directory of this test run that is removed at the end.
pub struct Scratch(pub PathBuf);

impl Scratch {
    pub fn new(name: &str) -> Scratch {
        let path = std::env::temp_dir().join(format!("lathe-cg-x86-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a scratch directory");
        Scratch(path)
    }

    pub fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, text).expect("a writable file");
        path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if std::env::var_os("KEEP_SCRATCH").is_none() {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }
}

/// The object of a module.
pub fn compile(name: &str, text: &str, level: OptLevel, reloc: RelocModel) -> Vec<u8> {
    let target = Target::from_triple("x86_64-linux-gnu").expect("a known triple");
    let mut module = match lathe_ir::text::read_text(name, text, &target) {
        Ok(module) => module,
        Err(error) => panic!("{error}"),
    };
    module.target.reloc_model = reloc;
    let options = Options { level, verify_regalloc: true, ..Options::default() };
    match compile_module(module, &lathe_cg_x86::X86_64, &options, None, None, OutputForm::Object) {
        Ok((mut out, _)) => out.finish().expect("an object"),
        Err(errors) => panic!("{}", errors.iter().map(|e| format!("{e}\n")).collect::<String>()),
    }
}

/// Runs gcc.
pub fn gcc(args: &[&str], files: &[&Path]) {
    let output = Command::new("gcc").args(args).args(files).output().expect("gcc runs");
    assert!(output.status.success(), "gcc: {}", String::from_utf8_lossy(&output.stderr));
}

/// Runs a program for at most a minute; its output if it succeeded.
pub fn run(program: &Path) -> String {
    let output = Command::new("timeout").arg("60").arg(program).output().expect("the program starts");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{}: {}\n{text}", program.display(), output.status);
    text
}

/// Compiles IR and C at both levels, links and runs them; the program reports by its exit status.
pub fn check(name: &str, ssa: &str, c: &str, gcc_args: &[&str]) {
    let scratch = Scratch::new(name);
    let source = scratch.file("main.c", c);
    scratch.file("module.ssa", ssa);
    let main = scratch.0.join("main.o");
    let mut args = vec!["-w", "-c", "-o", main.to_str().expect("a plain path")];
    args.extend_from_slice(gcc_args);
    gcc(&args, &[&source]);
    for (suffix, level) in [("O0", OptLevel::None), ("O1", OptLevel::Basic)] {
        let object = scratch.0.join(format!("module-{suffix}.o"));
        std::fs::write(&object, compile(name, ssa, level, RelocModel::Pie)).expect("a writable object");
        let program = scratch.0.join(format!("program-{suffix}"));
        gcc(&["-o", program.to_str().expect("a plain path")], &[&main, &object, Path::new("-lm")]);
        let text = run(&program);
        assert!(text.contains("0 failures"), "{name} at {suffix}: {text}");
    }
}
