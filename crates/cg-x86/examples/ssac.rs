//! Compiles a `.ssa` file to an object (`-o FILE`) or assembly text: a debugging aid.
use lathe_ir::Module;
use lathe_mach::options::{Allocator, OptLevel, Options};
use lathe_mach::pipeline::{OutputForm, compile_module};
use lathe_target::{RelocModel, Target};

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let mut target = Target::from_triple("x86_64-linux-gnu").expect("a known triple");
    let mut options = Options { verify_regalloc: true, ..Options::default() };
    let (mut input, mut output) = (None, None);
    let mut args = args.into_iter();
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "-o" => output = args.next(),
            "-O1" => options.level = OptLevel::Basic,
            "-backtracking" => options.allocator = Allocator::Backtracking,
            "-fPIC" => target.reloc_model = RelocModel::Pic,
            "-fno-pic" => target.reloc_model = RelocModel::Static,
            _ if arg.starts_with("--print-after=") => options.print_after.push(arg[14..].to_string()),
            _ => input = Some(arg),
        }
    }
    let input = input.expect("an input file");
    let text = std::fs::read_to_string(&input).expect("a readable file");
    let mut module: Module = match lathe_ir::text::read::read_text(&input, &text, &target) {
        Ok(module) => module,
        Err(error) => {
            eprintln!("{error}");
            std::process::exit(1);
        }
    };
    module.target.reloc_model = target.reloc_model;
    let form = if output.is_some() { OutputForm::Object } else { OutputForm::Text(lathe_isa::Syntax::Gnu) };
    match compile_module(module, &lathe_cg_x86::X86_64, &options, None, Some(&lathe_cg_x86::ASM_64), form) {
        Ok((mut out, report)) => {
            for (title, text) in report.dumps {
                eprintln!("== {title}\n{text}");
            }
            let bytes = out.finish();
            match (output, bytes) {
                (Some(path), Some(bytes)) => std::fs::write(path, bytes).expect("a writable file"),
                (None, Some(bytes)) => print!("{}", String::from_utf8_lossy(&bytes)),
                _ => {
                    eprintln!("no output");
                    std::process::exit(1);
                }
            }
        }
        Err(errors) => {
            for error in errors {
                eprintln!("{error}");
            }
            std::process::exit(1);
        }
    }
}
