//! What the end-to-end tests share: running programs under a time limit, temporary directories,
//! skipping when an oracle is missing, and a small seeded random generator.
//!
//! Every program is started through `timeout`, so that a hang in the compiler or in what it
//! compiled fails the test with status 124.
#![allow(dead_code)] // each test binary uses its part

pub mod machine;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

/// The command under test: this build's, or the one that `LATHE_BINARY` names.
pub fn binary() -> String {
    std::env::var("LATHE_BINARY").unwrap_or_else(|_| env!("CARGO_BIN_EXE_lathe").to_owned())
}

/// What a program did.
#[derive(Debug)]
pub struct Ran {
    /// Exit status; 128 + the number of the signal that ended it; 124 if it ran too long.
    pub status: i32,
    /// Standard output.
    pub stdout: Vec<u8>,
    /// Standard error.
    pub stderr: String,
    /// The command line, for messages.
    pub command: String,
}

impl Ran {
    /// Standard output as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    /// Fails the test unless the program succeeded.
    #[track_caller]
    pub fn ok(self) -> Ran {
        assert!(
            self.status == 0,
            "status {} of {}\n{}{}",
            self.status,
            self.command,
            shorten(&self.stderr),
            shorten(&self.text())
        );
        self
    }

    /// Whether the compiler broke: a panic, a signal or a time-out.
    pub fn broke(&self) -> bool {
        self.status == 101
            || self.status == 4
            || self.status == 124
            || self.status >= 128
            || self.stderr.contains("panicked")
    }
}

/// The beginning of a long text.
pub fn shorten(text: &str) -> String {
    match text.char_indices().nth(3000) {
        Some((end, _)) => format!("{}…\n", &text[..end]),
        None => text.to_owned(),
    }
}

/// Runs a program in a directory, for at most `seconds`, with nothing on standard input.
#[track_caller]
pub fn run<S: AsRef<str>>(directory: &Path, seconds: u32, words: &[S]) -> Ran {
    run_with_input(directory, seconds, words, Stdio::null())
}

/// Runs a program whose standard input is a file or pipe.
#[track_caller]
pub fn run_with_input<S: AsRef<str>>(directory: &Path, seconds: u32, words: &[S], input: Stdio) -> Ran {
    let words: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
    let output = Command::new("timeout")
        .args(["-k", "2", &seconds.to_string()])
        .args(&words)
        .current_dir(directory)
        .env("LC_ALL", "C")
        .env_remove("MAKEFLAGS")
        .stdin(input)
        .output()
        .expect("`timeout` of coreutils runs");
    use std::os::unix::process::ExitStatusExt;
    let status =
        output.status.code().unwrap_or_else(|| 128 + output.status.signal().expect("code or signal"));
    Ran {
        status,
        stdout: output.stdout,
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        command: words.join(" "),
    }
}

/// `lathe cc` with arguments.
#[track_caller]
pub fn cc(directory: &Path, arguments: &[&str]) -> Ran {
    lathe(directory, "cc", arguments)
}

/// A `lathe` command with arguments.
#[track_caller]
pub fn lathe(directory: &Path, command: &str, arguments: &[&str]) -> Ran {
    let binary = binary();
    let words: Vec<&str> = [binary.as_str(), command].into_iter().chain(arguments.iter().copied()).collect();
    run(directory, 240, &words)
}

/// `gcc` with arguments, without warnings.
#[track_caller]
pub fn gcc(directory: &Path, arguments: &[&str]) -> Ran {
    let words: Vec<&str> = ["gcc", "-w"].into_iter().chain(arguments.iter().copied()).collect();
    run(directory, 240, &words)
}

/// Whether a program is on the path.
pub fn have(program: &str) -> bool {
    let paths = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&paths).any(|directory| directory.join(program).is_file())
}

/// Ends the test with a visible message unless the programs are on the path.
#[macro_export]
macro_rules! need {
    ($($program:expr),+) => {
        $(if !$crate::support::have($program) {
            eprintln!("skipped: {} is not installed (cargo xtask setup installs it)", $program);
            return;
        })+
    };
}

/// A directory that goes away with its owner; `LATHE_KEEP=1` leaves it for inspection.
pub struct TempDir(PathBuf);

impl TempDir {
    /// A fresh directory.
    pub fn new(name: &str) -> TempDir {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("lathe-test-{name}-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&path).expect("create a temporary directory");
        TempDir(path)
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Writes a file.
    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        let path = self.0.join(name);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("create a directory");
        std::fs::write(path, text).expect("write a file");
    }

    /// Reads a file.
    #[track_caller]
    pub fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.0.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Whether a file exists.
    pub fn exists(&self, name: &str) -> bool {
        self.0.join(name).exists()
    }
}

impl Drop for TempDir {
    fn drop(&mut self) {
        if std::env::var_os("LATHE_KEEP").is_some() {
            eprintln!("kept {}", self.0.display());
        } else {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }
}

/// The root of the workspace.
pub fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("crates/lathe").to_owned()
}

/// The sources of a real program, if they were fetched; a message if not.
pub fn program_sources(name: &str) -> Option<PathBuf> {
    let path = workspace().join("target/programs").join(name);
    if path.join("ready").exists() {
        return Some(path);
    }
    eprintln!("skipped: no sources of {name} in {} (cargo xtask fetch gets them)", path.display());
    None
}

/// A number from the environment.
pub fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// Whether everything is to be tried (`LATHE_FULL=1`), which takes hours.
pub fn full() -> bool {
    std::env::var_os("LATHE_FULL").is_some_and(|value| value != "0")
}

/// Pseudo-random numbers (SplitMix64): the same for the same seed, everywhere.
pub struct Random(pub u64);

impl Random {
    /// The next number.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    /// True once in `n` times.
    pub fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    /// One of several.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}
