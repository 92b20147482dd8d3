//! The linker's readers: any bytes as an object, archive, shared library or stub script, into three kinds of output.
#![no_main]

use lathe_link::{BuildId, Destination, Input, LinkOptions, Messages, Modifiers, OutputKind, link};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    for kind in [OutputKind::Executable, OutputKind::Shared, OutputKind::Relocatable] {
        let options = LinkOptions {
            kind,
            output: Destination::Memory,
            gc_sections: kind == OutputKind::Executable,
            build_id: BuildId::None,
            eh_frame_header: true,
            threads: 1,
            no_default_directories: true,
            ..LinkOptions::default()
        };
        let input = Input::Memory { name: "fuzz".into(), bytes: bytes.into(), modifiers: Modifiers::default() };
        let _ = link(&options, &[input], &mut Messages::new());
    }
});
