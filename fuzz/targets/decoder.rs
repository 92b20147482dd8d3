//! The instruction decoders: any bytes, one instruction after the other; each takes at most 15 of the bytes that are there.
#![no_main]

use lathe_isa::Isa;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let all: [&'static dyn Isa; 4] = [
        &lathe_isa_x86::X86_64,
        &lathe_isa_x86::I686,
        &lathe_isa_aarch64::AARCH64,
        &lathe_isa_riscv::RISCV64,
    ];
    for isa in all {
        let mut rest = bytes;
        while let Some(decoded) = isa.decode(isa.default_mode(), rest) {
            let len = usize::from(decoded.len);
            assert!((1..=15).contains(&len) && len <= rest.len(), "an instruction of {len} bytes: {rest:x?}");
            rest = &rest[len..];
        }
    }
});
