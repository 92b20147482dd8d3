//! The C preprocessor: any bytes as a source file, to text.
#![no_main]

use lathe_c::pp;
use lathe_diag::{Loc, SourceMap};
use lathe_target::Target;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &[u8]| {
    let Ok(target) = Target::from_triple("x86_64-linux-gnu") else { return };
    let sources = SourceMap::new();
    let Ok(file) = sources.add("fuzz.c", text, Loc::NONE) else { return };
    let options = pp::Options { no_files: true, ..pp::Options::default() };
    pp::output::preprocess_to_text(options, &sources, &target, file);
});
