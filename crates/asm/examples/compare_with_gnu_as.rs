//! `compare_with_gnu_as [--32] FILE.s...`: assembles each file with Lathe and with GNU as and prints what differs.

#[path = "../tests/support/mod.rs"]
mod support;

fn main() {
    let mut bits_64 = true;
    let mut failed = 0;
    for argument in std::env::args().skip(1) {
        if argument == "--32" {
            bits_64 = false;
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
        let ours = support::lathe(&argument, &text, bits_64);
        let time = start.elapsed();
        let theirs = support::gnu(path, bits_64);
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
