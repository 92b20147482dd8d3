//! The reader of SSA text and the verifier; what both accept is written and read again.
#![no_main]

use lathe_ir::{text, verify};
use lathe_target::Target;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|source: &str| {
    let Ok(target) = Target::from_triple("x86_64-linux-gnu") else { return };
    let Ok(module) = text::read_text("fuzz.ssa", source, &target) else { return };
    if !verify::verify_module(&module).is_empty() {
        return;
    }
    let written = module.to_string();
    match text::read_text("written.ssa", &written, &target) {
        Ok(again) => assert_eq!(again.to_string(), written),
        Err(error) => panic!("what was written cannot be read: {error}\n{written}"),
    }
});
