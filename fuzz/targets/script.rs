//! The linker's scripts: any bytes as `-T` script and as version script, without inputs beside them.
#![no_main]

use lathe_link::{Destination, LinkOptions, Messages, link};
use libfuzzer_sys::fuzz_target;
use std::path::PathBuf;
use std::sync::LazyLock;

static FILE: LazyLock<PathBuf> =
    LazyLock::new(|| std::env::temp_dir().join(format!("lathe-fuzz-script.{}", std::process::id())));

fuzz_target!(|bytes: &[u8]| {
    // A script may name files and wait for them; what is fuzzed here is the language.
    if bytes.contains(&b'/') || std::fs::write(&*FILE, bytes).is_err() {
        return;
    }
    let base = LinkOptions {
        output: Destination::Memory,
        threads: 1,
        no_default_directories: true,
        ..LinkOptions::default()
    };
    let script = LinkOptions { scripts: vec![FILE.clone()], ..base.clone() };
    let _ = link(&script, &[], &mut Messages::new());
    let versions = LinkOptions { version_scripts: vec![FILE.clone()], ..base };
    let _ = link(&versions, &[], &mut Messages::new());
});
