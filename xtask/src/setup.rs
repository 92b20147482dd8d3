//! Installing what the tests use as oracles: gcc, binutils, gdb, csmith and the like.

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
];

/// Header packages: a file and the package that has it.
const HEADERS: &[(&str, &str)] =
    &[("/usr/include/stdio.h", "libc6-dev"), ("/usr/include/csmith/csmith.h", "libcsmith-dev")];

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
