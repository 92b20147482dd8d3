//! Fetching the real programs that tests and benchmarks build: SQLite, Lua, zlib, bzip2, from Debian's
//! source packages. Nothing of them is kept in the repository.
//!
//! They go to `target/programs/NAME`; a test that does not find one skips with a message.

use crate::root;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Directory name, source package, how to make it ready (a shell line run in the unpacked tree).
const PROGRAMS: &[(&str, &str, &str)] = &[
    (
        "sqlite",
        "sqlite3",
        "./configure --disable-tcl >configure.out 2>&1 && make sqlite3.c shell.c >make.out 2>&1",
    ),
    (
        "lua",
        "lua5.4",
        "if [ -f src/luaconf.h ] && [ ! -f src/lua5.4-deb-multiarch.h ]; then echo '#define DEB_HOST_MULTIARCH \"x86_64-linux-gnu\"' >src/lua5.4-deb-multiarch.h; fi",
    ),
    ("zlib", "zlib", "true"),
    ("bzip2", "bzip2", "true"),
];

/// Fetches what is not there yet.
pub(crate) fn programs() -> Result<(), String> {
    let base = root().join("target/programs");
    let missing: Vec<_> =
        PROGRAMS.iter().filter(|(name, ..)| !base.join(name).join("ready").exists()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    std::fs::create_dir_all(&base).map_err(|error| format!("{}: {error}", base.display()))?;
    let apt = source_lists(&base)?;
    if !quiet(apt_get(&apt).arg("update")) {
        eprintln!("source packages cannot be reached; tests on real programs will skip");
        return Ok(());
    }
    for (name, package, prepare) in missing {
        if let Err(error) = fetch(&base, &apt, name, package, prepare) {
            eprintln!("{name} cannot be fetched ({error}); its tests will skip");
        }
    }
    Ok(())
}

fn quiet(command: &mut Command) -> bool {
    let command = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

fn apt_get(options: &[String]) -> Command {
    let mut command = Command::new("apt-get");
    command.args(options.iter().flat_map(|option| ["-o", option.as_str()]));
    command
}

/// The system's own package sources, as source-package sources in a directory of ours.
fn source_lists(base: &Path) -> Result<Vec<String>, String> {
    let directory = base.join("apt");
    let parts = directory.join("parts");
    for dir in [&parts, &directory.join("lists/partial"), &directory.join("cache/archives/partial")] {
        std::fs::create_dir_all(dir).map_err(|error| format!("{}: {error}", dir.display()))?;
    }
    let mut files: Vec<PathBuf> = vec!["/etc/apt/sources.list".into()];
    if let Ok(entries) = std::fs::read_dir("/etc/apt/sources.list.d") {
        files.extend(entries.filter_map(|entry| Some(entry.ok()?.path())));
    }
    files.sort();
    for file in files {
        let Ok(text) = std::fs::read_to_string(&file) else { continue };
        let name = file.file_name().unwrap_or_default();
        let mut out = String::new();
        for line in text.lines() {
            let line = match (line.strip_prefix("Types:"), line.strip_prefix("deb ")) {
                (Some(_), _) => "Types: deb-src".to_string(),
                (_, Some(rest)) => format!("deb-src {rest}"),
                _ => line.to_string(),
            };
            let _ = writeln!(out, "{line}");
        }
        // Only the distribution's own sources: others may have no source packages.
        let is_distribution = text.contains("Suites:") && text.contains("main") && !text.contains("node_");
        let is_list = file.extension().is_some_and(|e| e == "list") && text.contains(" main");
        if is_distribution || is_list {
            std::fs::write(parts.join(name), out).map_err(|error| error.to_string())?;
        }
    }
    let option = |key: &str, path: &Path| format!("{key}={}", path.display());
    Ok(vec![
        "Dir::Etc::sourcelist=/dev/null".into(),
        option("Dir::Etc::sourceparts", &parts),
        option("Dir::State::lists", &directory.join("lists")),
        option("Dir::Cache", &directory.join("cache")),
        "APT::Get::List-Cleanup=0".into(),
    ])
}

fn fetch(base: &Path, apt: &[String], name: &str, package: &str, prepare: &str) -> Result<(), String> {
    let work = base.join(format!("{name}.unpack"));
    let _ = std::fs::remove_dir_all(&work);
    std::fs::create_dir_all(&work).map_err(|error| error.to_string())?;
    if !quiet(apt_get(apt).args(["source", package]).current_dir(&work)) {
        return Err(format!("apt-get source {package} failed"));
    }
    let tree = std::fs::read_dir(&work)
        .map_err(|error| error.to_string())?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .find(|path| path.is_dir())
        .ok_or("no source tree was unpacked")?;
    if !quiet(Command::new("sh").args(["-c", prepare]).current_dir(&tree)) {
        return Err("it could not be prepared".into());
    }
    let place = base.join(name);
    let _ = std::fs::remove_dir_all(&place);
    std::fs::rename(&tree, &place).map_err(|error| error.to_string())?;
    let _ = std::fs::remove_dir_all(&work);
    std::fs::write(place.join("ready"), "").map_err(|error| error.to_string())
}
