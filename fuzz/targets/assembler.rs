//! The assembler: any bytes as assembly text, to an object. The first byte may name another machine than x86-64.
#![no_main]

use lathe_diag::{Loc, SourceMap};
use lathe_isa::Isa;
use lathe_mc::{ModuleStreamer, ObjectStreamer};
use libfuzzer_sys::fuzz_target;
use std::sync::Arc;

fuzz_target!(|bytes: &[u8]| {
    let (isa, text): (&'static dyn Isa, &[u8]) = match bytes {
        [1, text @ ..] => (&lathe_isa_x86::I686, text),
        [2, text @ ..] => (&lathe_isa_aarch64::AARCH64, text),
        [3, text @ ..] => (&lathe_isa_riscv::RISCV64, text),
        text => (&lathe_isa_x86::X86_64, text),
    };
    let sources = SourceMap::new();
    let Ok(file) = sources.add("fuzz.s", text, Loc::NONE) else { return };
    let options = lathe_asm::Options { no_files: true, ..lathe_asm::Options::default() };
    let mut streamer = ObjectStreamer::new(isa, Arc::default());
    if lathe_asm::assemble(&sources, file, &options, &mut streamer).is_ok() {
        streamer.finish();
    }
});
