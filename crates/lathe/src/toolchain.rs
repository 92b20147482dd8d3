//! Where the system keeps headers, startup files and libraries.
//!
//! Debian's layout, native and cross, and musl's; `--sysroot` and `-B` come first. Nothing is assumed
//! to exist: what is not found is said with the directories that were searched.

use lathe_target::{Arch, Environment, Target, Triple};
use std::path::{Path, PathBuf};

/// The directories of one target.
#[derive(Clone, Debug)]
pub struct Toolchain {
    /// Startup files and libraries, in search order.
    pub library_dirs: Vec<PathBuf>,
    /// The directory of `crtbegin.o` and `libgcc.a`, if gcc's support files are installed.
    pub gcc_dir: Option<PathBuf>,
    /// System headers, in search order.
    pub include_dirs: Vec<PathBuf>,
    /// The dynamic linker that executables name.
    pub dynamic_linker: &'static str,
    /// The C library.
    pub environment: Environment,
    prefixes: Vec<PathBuf>,
}

/// The GNU triple as Debian spells it in directory names of `gcc`.
fn gcc_triple(triple: Triple) -> &'static str {
    match triple.arch {
        Arch::X86 => "i686-linux-gnu",
        Arch::X86_64 => "x86_64-linux-gnu",
        Arch::AArch64 => "aarch64-linux-gnu",
        Arch::RiscV64 => "riscv64-linux-gnu",
    }
}

/// The path of the dynamic linker, by psABI and C library.
fn dynamic_linker(triple: Triple) -> &'static str {
    match (triple.arch, triple.environment) {
        (Arch::X86_64, Environment::Musl) => "/lib/ld-musl-x86_64.so.1",
        (Arch::X86, Environment::Musl) => "/lib/ld-musl-i386.so.1",
        (Arch::AArch64, Environment::Musl) => "/lib/ld-musl-aarch64.so.1",
        (Arch::RiscV64, Environment::Musl) => "/lib/ld-musl-riscv64.so.1",
        (Arch::X86_64, _) => "/lib64/ld-linux-x86-64.so.2",
        (Arch::X86, _) => "/lib/ld-linux.so.2",
        (Arch::AArch64, _) => "/lib/ld-linux-aarch64.so.1",
        (Arch::RiscV64, _) => "/lib/ld-linux-riscv64-lp64d.so.1",
    }
}

/// The newest version directory below `dir`.
fn newest_version(dir: &Path) -> Option<PathBuf> {
    let mut versions: Vec<(Vec<u32>, PathBuf)> = std::fs::read_dir(dir)
        .ok()?
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let name = entry.file_name().into_string().ok()?;
            let number: Option<Vec<u32>> = name.split('.').map(|part| part.parse().ok()).collect();
            entry.path().join("libgcc.a").exists().then_some((number?, entry.path()))
        })
        .collect();
    versions.sort();
    versions.pop().map(|(_, path)| path)
}

impl Toolchain {
    /// Finds the directories for a target. `sysroot` is put before absolute ones; `prefixes` (`-B`)
    /// are searched first.
    pub fn find(target: &Target, sysroot: Option<&str>, prefixes: &[String]) -> Toolchain {
        let triple = target.triple;
        let root = Path::new(sysroot.unwrap_or("/"));
        let multiarch = triple.multiarch();
        let gnu = gcc_triple(triple);
        let at = |path: String| root.join(path);
        let musl = triple.environment == Environment::Musl;
        let multilib = triple.arch == Arch::X86 && Target::host().triple.arch == Arch::X86_64;
        let mut gcc_dir = ["usr/lib/gcc", "usr/lib/gcc-cross", "usr/lib64/gcc"]
            .iter()
            .flat_map(|base| [at(format!("{base}/{gnu}")), at(format!("{base}/{multiarch}"))])
            .find_map(|dir| newest_version(&dir));
        if multilib && gcc_dir.is_none() {
            // Debian's gcc-multilib keeps the 32-bit files below the 64-bit ones.
            let wide = newest_version(&at("usr/lib/gcc/x86_64-linux-gnu".into()));
            gcc_dir = wide.map(|dir| dir.join("32")).filter(|dir| dir.join("libgcc.a").exists());
        }
        let mut library_dirs: Vec<PathBuf> = Vec::new();
        if musl {
            library_dirs.extend([
                at(format!("usr/lib/{}-linux-musl", triple.arch.name())),
                at("usr/local/musl/lib".into()),
            ]);
        } else {
            library_dirs.extend([
                at(format!("usr/local/lib/{multiarch}")),
                at(format!("usr/local/lib/{gnu}")),
                at(format!("lib/{multiarch}")),
                at(format!("usr/lib/{multiarch}")),
                // Debian's cross packages.
                at(format!("usr/{gnu}/lib")),
            ]);
        }
        if triple.arch == Target::host().triple.arch && !musl {
            library_dirs
                .extend(["lib64", "usr/lib64", "lib", "usr/lib", "usr/local/lib"].map(|d| at(d.into())));
        }
        if multilib && !musl {
            library_dirs.extend([at("usr/lib32".into()), at("lib32".into())]);
        }
        library_dirs.retain(|dir| dir.is_dir());
        let mut include_dirs = if musl {
            vec![
                at(format!("usr/include/{}-linux-musl", triple.arch.name())),
                at("usr/local/musl/include".into()),
            ]
        } else {
            vec![
                at("usr/local/include".into()),
                at(format!("usr/include/{multiarch}")),
                at(format!("usr/{gnu}/include")),
                at("usr/include".into()),
            ]
        };
        include_dirs.retain(|dir| dir.is_dir());
        Toolchain {
            library_dirs,
            gcc_dir,
            include_dirs,
            dynamic_linker: dynamic_linker(triple),
            environment: triple.environment,
            prefixes: prefixes.iter().map(PathBuf::from).collect(),
        }
    }

    /// All directories in which startup files and libraries are looked for.
    pub fn search_dirs(&self) -> impl Iterator<Item = &PathBuf> {
        self.prefixes.iter().chain(&self.gcc_dir).chain(&self.library_dirs)
    }

    /// The path of a startup file or library.
    pub fn find_file(&self, name: &str) -> Option<PathBuf> {
        self.search_dirs().map(|dir| dir.join(name)).find(|path| path.exists())
    }

    /// The library that `-lNAME` means.
    pub fn find_library(&self, name: &str, is_static: bool) -> Option<PathBuf> {
        let shared = if is_static { None } else { self.find_file(&format!("lib{name}.so")) };
        shared.or_else(|| self.find_file(&format!("lib{name}.a")))
    }

    /// The directories of libraries in words.
    pub fn searched(&self) -> String {
        let dirs: Vec<String> = self.search_dirs().map(|dir| dir.display().to_string()).collect();
        if dirs.is_empty() { "no directory".into() } else { dirs.join(", ") }
    }

    /// Whether the C library's headers are there.
    pub fn has_headers(&self) -> bool {
        self.include_dirs.iter().any(|dir| dir.join("stdio.h").exists())
    }
}

/// Libraries that come with gcc.
const GCC_LIBRARIES: &[&str] = &["gcc", "gcc_eh", "gcc_s", "atomic", "quadmath"];
/// Libraries that come with the C library.
const C_LIBRARIES: &[&str] =
    &["c", "m", "pthread", "dl", "rt", "util", "resolv", "anl", "c_nonshared", "BrokenLocale"];

/// The Debian package that has a startup file, a library of gcc or of the C library for a target.
pub fn debian_package(triple: Triple, file: &str) -> Option<String> {
    let library = file.strip_prefix("lib").and_then(|rest| rest.split('.').next()).unwrap_or(file);
    let of_gcc =
        file.starts_with("crtbegin") || file.starts_with("crtend") || GCC_LIBRARIES.contains(&library);
    let of_libc = file.ends_with("crt1.o") || file.starts_with("crt") || C_LIBRARIES.contains(&library);
    let base = match (of_gcc, of_libc || file.ends_with(".h")) {
        (true, _) => "libgcc-12-dev",
        (false, true) => "libc6-dev",
        (false, false) => return None,
    };
    let debian = match triple.arch {
        Arch::X86_64 => "amd64",
        Arch::X86 => "i386",
        Arch::AArch64 => "arm64",
        Arch::RiscV64 => "riscv64",
    };
    let native = triple.arch == Target::host().triple.arch;
    Some(if native { base.into() } else { format!("{base}-{debian}-cross") })
}
