//! The C front-end: any bytes as a source file, checked and lowered; what is lowered without an error must be valid IR.
#![no_main]

use lathe_c::{lower, parse, pp, sema};
use lathe_diag::{Loc, SourceMap};
use lathe_target::Target;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &[u8]| {
    let text = text.to_vec();
    // The parser recurses to a fixed depth: it wants the stack that it asks for.
    let worker = std::thread::Builder::new().stack_size(parse::STACK_BYTES).spawn(move || compile(&text));
    if let Ok(worker) = worker
        && worker.join().is_err()
    {
        std::process::abort();
    }
});

fn compile(text: &[u8]) {
    let Ok(target) = Target::from_triple("x86_64-linux-gnu") else { return };
    let sources = SourceMap::new();
    let Ok(file) = sources.add("fuzz.c", text, Loc::NONE) else { return };
    let options = pp::Options { no_files: true, ..pp::Options::default() };
    let mut lowering = lower::Lowering::new("fuzz.c", &target, lower::Options::default());
    let mut preprocessor = pp::Preprocessor::new(options, &sources, &target, file);
    parse::check_unit(&mut preprocessor, &sema::Options::default(), &mut lowering);
    let failed = preprocessor.diagnostics.has_errors();
    let (module, unsupported) = lowering.finish_module();
    if !failed && unsupported.is_empty() {
        let errors = lathe_ir::verify::verify_module(&module);
        assert!(errors.is_empty(), "{errors:?}\n{module}");
    }
}
