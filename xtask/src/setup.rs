//! Installing what the tests use as oracles: gcc, binutils, gdb, csmith and the like; for the other targets their gcc,
//! their C library, and qemu to run their programs.

use std::process::{Command, Stdio};

/// A program that must be on the path, and the Debian package that has it.
const NEEDED: &[(&str, &str)] = &[
    ("gcc", "gcc"),
    ("g++", "g++"),
    ("as", "binutils"),
    ("readelf", "binutils"),
    ("make", "make"),
    ("gdb", "gdb"),
    ("csmith", "csmith"),
    ("tcc", "tcc"),
    ("dpkg-source", "dpkg-dev"),
    ("tclsh", "tcl"),
    ("qemu-aarch64", "qemu-user"),
    ("qemu-riscv64", "qemu-user"),
    ("i686-linux-gnu-gcc", "gcc-i686-linux-gnu"),
    ("i686-linux-gnu-g++", "g++-i686-linux-gnu"),
    ("aarch64-linux-gnu-gcc", "gcc-aarch64-linux-gnu"),
    ("aarch64-linux-gnu-g++", "g++-aarch64-linux-gnu"),
    ("riscv64-linux-gnu-gcc", "gcc-riscv64-linux-gnu"),
    ("riscv64-linux-gnu-g++", "g++-riscv64-linux-gnu"),
];

/// Header packages: a file and the package that has it.
const HEADERS: &[(&str, &str)] = &[
    ("/usr/include/stdio.h", "libc6-dev"),
    ("/usr/include/csmith/csmith.h", "libcsmith-dev"),
    ("/usr/i686-linux-gnu/include/stdio.h", "libc6-dev-i386-cross"),
    ("/usr/aarch64-linux-gnu/include/stdio.h", "libc6-dev-arm64-cross"),
    ("/usr/riscv64-linux-gnu/include/stdio.h", "libc6-dev-riscv64-cross"),
];

/// Installs what is missing. Without root or apt-get, says what is missing: the tests that need it skip.
pub(crate) fn install() -> Result<(), String> {
    let on_path = |program: &str| {
        let paths = std::env::var_os("PATH").unwrap_or_default();
        std::env::split_paths(&paths).any(|dir| dir.join(program).is_file())
    };
    let mut packages: Vec<&str> =
        NEEDED.iter().filter(|(program, _)| !on_path(program)).map(|(_, package)| *package).collect();
    packages.extend(
        HEADERS.iter().filter(|(file, _)| !std::path::Path::new(file).exists()).map(|(_, package)| *package),
    );
    packages.sort_unstable();
    packages.dedup();
    if packages.is_empty() {
        return Ok(());
    }
    eprintln!("installing {}", packages.join(" "));
    let apt = |arguments: &[&str]| {
        Command::new("apt-get")
            .args(arguments)
            .env("DEBIAN_FRONTEND", "noninteractive")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    };
    let mut install = vec!["install", "-y", "-qq", "--no-install-recommends"];
    install.extend(&packages);
    if !(apt(&["update", "-qq"]) && apt(&install)) {
        eprintln!("could not install {}; the tests that need them will skip", packages.join(" "));
    }
    Ok(())
}
