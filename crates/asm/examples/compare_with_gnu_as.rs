//! `compare_with_gnu_as [--32|--riscv|--aarch64] FILE.s...`: assembles each file with Lathe and with GNU as and prints what differs.

#[path = "../tests/support/mod.rs"]
mod support;

fn main() {
    let mut bits_64 = true;
    let mut riscv = false;
    let mut aarch64 = false;
    let mut failed = 0;
    for argument in std::env::args().skip(1) {
        if argument == "--32" {
            bits_64 = false;
            continue;
        }
        if argument == "--aarch64" {
            aarch64 = true;
            continue;
        }
        if argument == "--riscv" {
            riscv = true;
            continue;
        }
        let path = std::path::Path::new(&argument);
        let text = match std::fs::read(path) {
            Ok(text) => text,
            Err(error) => {
                println!("{argument}: {error}");
                failed += 1;
                continue;
            }
        };
        let start = std::time::Instant::now();
        let ours = match riscv {
            true => support::lathe_for(&lathe_isa_riscv::RISCV64, &argument, &text),
            false if aarch64 => support::lathe_for(&lathe_isa_aarch64::AARCH64, &argument, &text),
            false => support::lathe(&argument, &text, bits_64),
        };
        let time = start.elapsed();
        let theirs = match riscv {
            true => support::gnu_for("riscv64-linux-gnu-as", "-march=rv64gc", path),
            false if aarch64 => support::gnu_for("aarch64-linux-gnu-as", "-march=armv8-a", path),
            false => support::gnu(path, bits_64),
        };
        let lines = match (ours, theirs) {
            (Ok(ours), Ok(theirs)) => support::differences(&ours, &theirs),
            (Ok(_), Err(messages)) => vec![format!("GNU as rejects: {messages}")],
            (Err(messages), theirs) => {
                let mut lines = vec![format!(
                    "{} messages, GNU as {}",
                    messages.len(),
                    if theirs.is_ok() { "accepts" } else { "rejects" }
                )];
                lines.extend(messages.into_iter().take(8));
                lines
            }
        };
        println!("{argument}: {} ({time:?})", if lines.is_empty() { "same" } else { "DIFFERENT" });
        failed += usize::from(!lines.is_empty());
        for line in lines.iter().take(12) {
            println!("    {line}");
        }
    }
    std::process::exit(i32::from(failed > 0));
}
