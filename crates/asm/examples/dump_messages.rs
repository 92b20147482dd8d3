//! `dump_messages FILE.s...`: the messages of each file, as `lathe as` prints them.

#[path = "../tests/support/mod.rs"]
mod support;

fn main() {
    for argument in std::env::args().skip(1) {
        let text = std::fs::read(&argument).unwrap_or_default();
        match support::lathe(&argument, &text, true) {
            Ok(bytes) => println!("{argument}: {} bytes", bytes.len()),
            Err(messages) => println!("{}", messages.join("\n")),
        }
    }
    // The comparison half of the module is for the tests.
    let _ = (support::gnu, support::differences);
}
