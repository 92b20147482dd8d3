//! A directory per test, compilers, links, runs.

use lathe_link::{Messages, command_line, link};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A machine that programs are linked for.
pub struct Target {
    /// As in names of directories.
    pub name: &'static str,
    /// Before the names of its tools.
    pub prefix: &'static str,
    /// What runs its programs; empty for this machine.
    pub emulator: &'static str,
}

/// This machine.
pub static HOST: Target = Target { name: "host", prefix: "", emulator: "" };
/// AArch64 by the cross compiler.
pub static AARCH64: Target = Target {
    name: "aarch64",
    prefix: "aarch64-linux-gnu-",
    emulator: "qemu-aarch64 -L /usr/aarch64-linux-gnu",
};
/// RISC-V 64 by the cross compiler.
pub static RISCV64: Target = Target {
    name: "riscv64",
    prefix: "riscv64-linux-gnu-",
    emulator: "qemu-riscv64 -L /usr/riscv64-linux-gnu",
};
/// i686 by the cross compiler; the kernel of an x86-64 machine runs its programs.
pub static I686: Target =
    Target { name: "i686", prefix: "i686-linux-gnu-", emulator: "/usr/i686-linux-gnu/lib/ld-linux.so.2" };

/// A test's directory and what is done in it.
pub struct Bench {
    pub directory: PathBuf,
    pub target: &'static Target,
}

/// Whether a program can be started.
fn has(program: &str) -> bool {
    Command::new(program).arg("--version").output().is_ok_and(|output| output.status.success())
}

/// The bench of a test; `None`, with a note, when there is no gcc.
pub fn bench(name: &str) -> Option<Bench> {
    cross_bench(&HOST, name)
}

/// The bench of a test for a target; `None`, with a note, when its compilers or its emulator are missing.
pub fn cross_bench(target: &'static Target, name: &str) -> Option<Bench> {
    let emulator = target.emulator.split(' ').next().unwrap_or_default();
    let programs = [format!("{}gcc", target.prefix), format!("{}g++", target.prefix), emulator.to_string()];
    if let Some(missing) = programs.iter().find(|program| !program.is_empty() && !has(program)) {
        eprintln!("skipped: no {missing}");
        return None;
    }
    let name = if target.prefix.is_empty() { name.to_string() } else { format!("{}-{name}", target.name) };
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&directory);
    std::fs::create_dir_all(&directory).expect("the test directory can be made");
    Some(Bench { directory, target })
}

fn checked(mut command: Command) -> Output {
    let output = command.output().expect("the program starts");
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?} failed: {text}");
    output
}

impl Bench {
    /// A command in the test's directory; compilers and binutils are the target's.
    pub fn command(&self, program: &str, arguments: &str) -> Command {
        let own = ["gcc", "g++", "ar", "nm", "readelf", "objdump", "ld"].contains(&program);
        let mut command =
            Command::new(if own { format!("{}{program}", self.target.prefix) } else { program.into() });
        command.current_dir(&self.directory).args(arguments.split_whitespace()).env("LC_ALL", "C");
        command
    }

    /// Writes a file.
    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.directory.join(name), text).expect("the file can be written");
    }

    /// Compiles `name` (a .c, .cc or .s file, written here) with flags; the object has its stem.
    pub fn compile(&self, name: &str, flags: &str, text: &str) -> &Self {
        self.write(name, text);
        let program = if name.ends_with(".cc") { "g++" } else { "gcc" };
        let object = format!("{}.o", name.split('.').next().unwrap_or(name));
        checked(self.command(program, &format!("-c {name} -o {object} {flags}")));
        self
    }

    /// Runs a tool that must succeed; its standard output.
    pub fn tool(&self, program: &str, arguments: &str) -> String {
        String::from_utf8_lossy(&checked(self.command(program, arguments)).stdout).into_owned()
    }

    /// The linker's arguments for a compiler driver's.
    fn link_line(&self, driver: &str, arguments: &str) -> Vec<OsString> {
        let output = checked(self.command(driver, &format!("-### {arguments}")));
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        let line = text.lines().rfind(|line| line.contains("collect2")).expect("gcc -### shows a link");
        let mut words = Vec::new();
        let (mut word, mut quoted) = (String::new(), false);
        for c in line.trim().chars().chain([' ']) {
            match c {
                '"' => quoted = !quoted,
                ' ' if !quoted => {
                    if !word.is_empty() {
                        words.push(std::mem::take(&mut word));
                    }
                }
                c => word.push(c),
            }
        }
        words.into_iter().skip(1).map(OsString::from).collect()
    }

    /// Links as `driver arguments` would, in this process; paths are relative to the test's directory.
    pub fn try_link(&self, driver: &str, arguments: &str) -> Result<Linked, String> {
        let line = self.link_line(driver, arguments);
        self.link_arguments(line)
    }

    /// Links with GNU ld's arguments.
    pub fn link_arguments(&self, line: Vec<OsString>) -> Result<Linked, String> {
        // The test process's directory is shared by all tests, so relative names are made absolute.
        let absolute = |text: &OsString| -> OsString {
            let name = text.to_string_lossy();
            let file = self.directory.join(&*name);
            let is_output = line.iter().zip(line.iter().skip(1)).any(|(o, file)| o == "-o" && file == text);
            if !name.starts_with('-') && !name.starts_with('/') && (file.exists() || is_output) {
                return file.into_os_string();
            }
            for prefix in ["--version-script=", "--dynamic-list=", "-L", "@", "-Map="] {
                if let Some(rest) = name.strip_prefix(prefix)
                    && !rest.starts_with('/')
                {
                    return format!("{prefix}{}", self.directory.join(rest).display()).into();
                }
            }
            text.clone()
        };
        let line: Vec<OsString> = line.iter().map(absolute).collect();
        let mut messages = Messages::new();
        let parsed = command_line::parse(&line).map_err(|error| error.to_string())?;
        let result = link(&parsed.options, &parsed.inputs, &mut messages);
        let directory = format!("{}/", self.directory.display());
        let text = messages.render("ld").replace(&directory, "");
        match result {
            Ok(output) => {
                // Nothing here should warn.
                assert_eq!(text, "");
                Ok(Linked { text: output.text.replace(&directory, "") })
            }
            Err(_) => Err(text),
        }
    }

    /// Links and expects success.
    pub fn link(&self, driver: &str, arguments: &str) -> Linked {
        match self.try_link(driver, arguments) {
            Ok(linked) => linked,
            Err(text) => panic!("linking {arguments} failed:\n{text}"),
        }
    }

    /// Runs a program made here; exit status and output in one text.
    pub fn run(&self, name: &str) -> String {
        let emulator = self.target.emulator;
        let path = format!("LD_LIBRARY_PATH={}", self.directory.display());
        let interpreted = || {
            let bytes = std::fs::read(self.directory.join(name)).unwrap_or_default();
            bytes.windows(12).any(|window| window == b"/ld-linux.so")
        };
        let mut command = if emulator.ends_with("ld-linux.so.2") && interpreted() {
            let directory = self.directory.display();
            let path = format!("--library-path {directory}:/usr/i686-linux-gnu/lib");
            self.command("timeout", &format!("20 {emulator} {path} ./{name}"))
        } else if !emulator.starts_with("qemu") {
            self.command("timeout", &format!("20 env {path} ./{name}"))
        } else {
            self.command("timeout", &format!("60 {emulator} -E {path} ./{name}"))
        };
        let output = command.output().expect("the program starts");
        let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
        text.push_str(&String::from_utf8_lossy(&output.stderr));
        if !output.status.success() {
            text.push_str(&format!("[{}]\n", output.status));
        }
        text
    }

    /// Links with GNU ld and with this linker, and compares what the programs print.
    pub fn same(&self, driver: &str, arguments: &str) -> String {
        checked(self.command(driver, &format!("{arguments} -o theirs")));
        self.link(driver, &format!("{arguments} -o ours"));
        let ours = self.run("ours");
        assert_eq!(ours, self.run("theirs"), "{driver} {arguments}");
        checked(self.command("readelf", "-aW ours"));
        let complaints = self.command("readelf", "-aW ours").output().expect("readelf starts").stderr;
        assert_eq!(String::from_utf8_lossy(&complaints), "", "readelf complains about {arguments}");
        ours
    }
}

/// What a link said.
#[derive(Debug)]
pub struct Linked {
    /// Standard output.
    pub text: String,
}
