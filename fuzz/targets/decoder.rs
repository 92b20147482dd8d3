//! The instruction decoder: any bytes, one instruction after the other; each takes 1 to 15 of the bytes that are there.
#![no_main]

use lathe_target::Arch;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    for arch in [Arch::X86_64, Arch::X86] {
        let Some(isa) = lathe_isa_x86::isa_of(arch) else { continue };
        let mut rest = bytes;
        while let Some(decoded) = isa.decode(isa.default_mode(), rest) {
            let len = usize::from(decoded.len);
            assert!((1..=15).contains(&len) && len <= rest.len(), "an instruction of {len} bytes: {rest:x?}");
            rest = &rest[len..];
        }
    }
});
