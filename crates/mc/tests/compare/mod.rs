//! Makes one program with both streamers, lets GNU as assemble the text, and compares the objects byte for byte.
#![allow(dead_code)]

use lathe_isa::Syntax;
use lathe_isa_x86::{I686, X86_64};
use lathe_mc::{ModuleStreamer, ObjectStreamer, Streamer, SymbolNames, TextStreamer};
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;

/// A directory for one test's files.
pub fn directory(name: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("lathe-mc-{}-{name}", std::process::id()));
    std::fs::create_dir_all(&path).expect("temporary directory");
    path
}

/// A recipe for a module.
pub type Program<'a> = &'a dyn Fn(&mut dyn ModuleStreamer);

/// The object of direct emission.
pub fn object_of(isa: &'static dyn lathe_isa::Isa, program: Program<'_>) -> Vec<u8> {
    let mut streamer = ObjectStreamer::new(isa, Arc::new(SymbolNames::new()));
    program(&mut streamer);
    let object = streamer.finish();
    let messages: Vec<String> = streamer.diagnostics().iter().map(|d| d.message.clone()).collect();
    object.unwrap_or_else(|| panic!("errors: {messages:#?}"))
}

/// The messages of a module that has errors.
pub fn messages_of(program: Program<'_>) -> Vec<String> {
    let mut streamer = ObjectStreamer::new(&X86_64, Arc::new(SymbolNames::new()));
    program(&mut streamer);
    let object = streamer.finish();
    let messages: Vec<String> = streamer.diagnostics().iter().map(|d| d.message.clone()).collect();
    assert!(object.is_none(), "an object in spite of {messages:?}");
    messages
}

/// The text of a module.
pub fn text_of(isa: &'static dyn lathe_isa::Isa, program: Program<'_>) -> String {
    let mut streamer = TextStreamer::new(isa, Arc::new(SymbolNames::new()), Syntax::Gnu);
    program(&mut streamer);
    String::from_utf8(streamer.finish().expect("no errors in text")).expect("UTF-8")
}

/// GNU as's object of a text.
pub fn assemble(name: &str, text: &str, flags: &[&str]) -> Vec<u8> {
    assemble_by("as", name, text, flags)
}

/// A cross GNU as's object of a text.
pub fn assemble_by(program: &str, name: &str, text: &str, flags: &[&str]) -> Vec<u8> {
    let directory = directory(name);
    let (source, object) = (directory.join("gnu.s"), directory.join("gnu.o"));
    std::fs::write(&source, text).expect("write source");
    let output = Command::new(program).args(flags).arg("-o").arg(&object).arg(&source).output().expect("as");
    assert!(output.status.success(), "as: {}\n{text}", String::from_utf8_lossy(&output.stderr));
    std::fs::read(&object).expect("read object")
}

/// What `readelf` and `objdump` say about an object, for a readable difference.
fn described(path: &std::path::Path) -> String {
    let run = |program: &str, flags: &[&str]| {
        let output = Command::new(program)
            .args(flags)
            .arg(path.file_name().expect("name"))
            .current_dir(path.parent().expect("directory"))
            .output()
            .expect("binutils");
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    run("readelf", &["-hSsrgW"]) + &run("objdump", &["-sd"])
}

/// Fails with a difference unless the two objects are equal.
pub fn assert_same(name: &str, ours: &[u8], gnu: &[u8], text: &str) {
    if ours == gnu {
        return;
    }
    let directory = directory(name);
    std::fs::create_dir_all(directory.join("a")).expect("directory");
    std::fs::create_dir_all(directory.join("b")).expect("directory");
    std::fs::write(directory.join("a/x.o"), ours).expect("write");
    std::fs::write(directory.join("b/x.o"), gnu).expect("write");
    std::fs::write(directory.join("x.s"), text).expect("write");
    for side in ["a", "b"] {
        let description = described(&directory.join(side).join("x.o"));
        std::fs::write(directory.join(format!("{side}.txt")), description).expect("write");
    }
    let output = Command::new("diff").args(["-U2", "a.txt", "b.txt"]).current_dir(&directory).output();
    let difference = String::from_utf8_lossy(&output.expect("diff").stdout).into_owned();
    panic!("{name}: ours (-) and GNU as's (+) differ, see {}\n{difference}", directory.display());
}

/// Checks one program on x86-64.
pub fn check(name: &str, program: Program<'_>) {
    let text = text_of(&X86_64, program);
    assert_same(name, &object_of(&X86_64, program), &assemble(name, &text, &["--64"]), &text);
}

/// Checks one program on i686.
pub fn check_32(name: &str, program: Program<'_>) {
    let text = text_of(&I686, program);
    assert_same(name, &object_of(&I686, program), &assemble(name, &text, &["--32"]), &text);
}

/// A small generator of random numbers (SplitMix64).
pub struct Random(pub u64);

impl Random {
    /// A number below `bound`.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound
    }
}
