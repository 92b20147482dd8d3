//! The assembler: any bytes as assembly text, to an object.
#![no_main]

use lathe_diag::{Loc, SourceMap};
use lathe_mc::{ModuleStreamer, ObjectStreamer};
use lathe_target::Arch;
use libfuzzer_sys::fuzz_target;
use std::sync::Arc;

fuzz_target!(|text: &[u8]| {
    let Some(isa) = lathe_isa_x86::isa_of(Arch::X86_64) else { return };
    let sources = SourceMap::new();
    let Ok(file) = sources.add("fuzz.s", text, Loc::NONE) else { return };
    let options = lathe_asm::Options { no_files: true, ..lathe_asm::Options::default() };
    let mut streamer = ObjectStreamer::new(isa, Arc::default());
    if lathe_asm::assemble(&sources, file, &options, &mut streamer).is_ok() {
        streamer.finish();
    }
});
