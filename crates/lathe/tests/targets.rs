//! Targets on the command line: how one is chosen, what is linked, what is said when something is unknown or missing.

mod support;

use std::path::Path;
use support::machine::{AARCH64, I686, Machine, RISCV64, X86_64};
use support::{TempDir, cc, have, lathe, run};

const HELLO: &str = "#include <stdio.h>
#include <math.h>
extern int from_library(int) __attribute__((weak));
static _Thread_local int own = 7;
int main(int argc, char **argv) {
    long double third = 1.0L / argc;
    printf(\"%s %d %zu %.3f %.20Lg %d\\n\", argv[argc - 1], own, sizeof(long), sqrt(argc + 1), third,
           from_library ? from_library(20) : 0);
    return 3;
}
";
const LIBRARY: &str = "static _Thread_local int calls; int from_library(int n) { return n + ++calls; }\n";

on_every_target!(kinds_of_programs, without_a_c_library, headers_of_the_compiler);

/// Static, position-independent, fixed, with a shared library: each runs.
fn kinds_of_programs(machine: Machine) {
    if machine.is_missing() {
        return;
    }
    let directory = machine.directory("kinds");
    let at = directory.path();
    directory.write("hello.c", HELLO);
    directory.write("library.c", LIBRARY);
    machine.cc(at, &["-O1", "-fPIC", "-shared", "library.c", "-o", "liblibrary.so"]).ok();
    machine.gcc(at, &["hello.c", "-o", "expected", "-lm"]).ok();
    let expected = machine.run(at, 20, &["./expected", "two"]).text();
    let static_pie: &[&str] = if machine.has_static_pie() { &["-static-pie"] } else { &["-static"] };
    for flags in
        [&["-static"][..], &["-pie", "-fPIE"], &["-no-pie", "-fno-pie"], &["-O1", "-fno-plt"], static_pie]
    {
        let all = [flags, &["hello.c", "-o", "hello", "-lm"]].concat();
        machine.cc(at, &all).ok();
        let ran = machine.run(at, 20, &["./hello", "two"]);
        assert_eq!((ran.status, ran.text()), (3, expected.clone()), "{flags:?}");
    }
    let library = format!("-Wl,-rpath,{}", at.display());
    machine.cc(at, &["hello.c", "-L.", "-llibrary", &library, "-o", "hello", "-lm"]).ok();
    let ran = machine.run(at, 20, &["./hello", "two"]);
    assert_eq!((ran.status, ran.text()), (3, expected.replace(" 0\n", " 21\n")), "with a shared library");
    // In one step.
    let ran = machine.lathe(at, "run", &["-O1", "-static", "-lm", "hello.c", "two"]);
    assert_eq!((ran.status, ran.text()), (3, expected), "{}", ran.stderr);
}

/// A program of its own start: nothing of the system is read.
fn without_a_c_library(machine: Machine) {
    let body = match machine.name {
        "x86_64" => "asm volatile(\"syscall\" : : \"a\"(231), \"D\"(status) : \"rcx\", \"r11\", \"memory\");",
        "i686" => "asm volatile(\"int $0x80\" : : \"a\"(252), \"b\"(status) : \"memory\");",
        "aarch64" => {
            "register long x8 asm(\"x8\") = 94; register long x0 asm(\"x0\") = status;
             asm volatile(\"svc #0\" : : \"r\"(x8), \"r\"(x0) : \"memory\");"
        }
        _ => {
            "register long a7 asm(\"a7\") = 94; register long a0 asm(\"a0\") = status;
             asm volatile(\"ecall\" : : \"r\"(a7), \"r\"(a0) : \"memory\");"
        }
    };
    let directory = machine.directory("nostdlib");
    let at = directory.path();
    let text = format!(
        "#include <stdint.h>\nstatic void leave(int status) {{ {body} __builtin_unreachable(); }}\n\
         volatile int32_t six = 6;\nvoid _start(void) {{ leave(six * 7); }}\n"
    );
    directory.write("start.c", text);
    let target = format!("--target={}", machine.triple);
    for kind in ["-static", "-static-pie"] {
        for level in ["-O0", "-O1"] {
            let words = [
                &target,
                "--sysroot=/nonexistent",
                "-nostdlib",
                "-ffreestanding",
                kind,
                level,
                "start.c",
                "-o",
                "own",
            ];
            let relocation = if kind == "-static" { "-fno-pie" } else { "-fPIE" };
            cc(at, &[&words[..], &[relocation]].concat()).ok();
            if !machine.is_missing() {
                assert_eq!(machine.run(at, 10, &["./own"]).status, 42, "{kind} {level}");
            }
        }
    }
}

/// The headers that belong to a compiler need no C library.
fn headers_of_the_compiler(machine: Machine) {
    let directory = machine.directory("headers");
    let at = directory.path();
    let headers = [
        "stddef",
        "stdarg",
        "stdint",
        "stdbool",
        "stdalign",
        "stdnoreturn",
        "limits",
        "float",
        "iso646",
        "stdatomic",
    ];
    let mut text: String = headers.iter().map(|name| format!("#include <{name}.h>\n")).collect();
    text.push_str(
        "_Static_assert(sizeof(size_t) == sizeof(void *) && sizeof(int64_t) == 8 && LONG_MAX == INTPTR_MAX, \"\");
         _Static_assert(CHAR_MIN == ((char)-1 < 0 ? -128 : 0) && WCHAR_MAX > 0 && DBL_DIG == 15 && LDBL_DIG >= 18, \"\");
         int sum(int n, ...) { va_list list; va_start(list, n); atomic_int all = 0;
             while (n--) all += va_arg(list, int); va_end(list); return all; }\n",
    );
    directory.write("headers.c", text);
    let target = format!("--target={}", machine.triple);
    cc(at, &[&target, "--sysroot=/nonexistent", "-ffreestanding", "-Wall", "-Werror", "-c", "headers.c"])
        .ok();
}

#[test]
fn a_link_with_the_target_in_its_name() {
    let directory = TempDir::new("names");
    let at = directory.path();
    directory.write("empty.s", "\t.data\n\t.byte 1\n");
    for machine in [X86_64, I686, AARCH64, RISCV64] {
        for name in ["gcc", "cc", "lathe-cc"] {
            let link = format!("{}-{name}", machine.triple);
            let _ = std::os::unix::fs::symlink(support::binary(), at.join(&link));
            let answer = run(at, 10, &[&format!("./{link}"), "-dumpmachine"]).ok().text();
            assert_eq!(answer.trim(), machine.triple);
        }
        let link = format!("./{}-as", machine.triple);
        let _ = std::os::unix::fs::symlink(support::binary(), at.join(&link));
        run(at, 10, &[link.as_str(), "empty.s", "-o", "empty.o"]).ok();
        let wanted: u8 = match machine.name {
            "x86_64" => 62,
            "i686" => 3,
            "aarch64" => 183,
            _ => 243,
        };
        assert_eq!(directory.read("empty.o")[18], wanted, "{}", machine.name);
    }
}

#[test]
fn unknown_names_list_the_known() {
    let directory = TempDir::new("unknown");
    let at = directory.path();
    directory.write("a.c", "int a;\n");
    for (words, wanted) in [
        (&["--target=sparc64-linux-gnu"][..], "known are x86_64-linux-gnu, i686-linux-gnu"),
        (&["-march=pentium17"], "known are x86-64, "),
        (&["-march=native9"], "'-march='"),
        (&["--target=aarch64-linux-gnu", "-mcpu=z80"], "cortex-a53"),
        (&["--target=aarch64-linux-gnu", "-march=armv8-a+wings"], "lse"),
        (&["--target=riscv64-linux-gnu", "-march=rv64gc_zfoo"], "_zba"),
        (&["--target=riscv64-linux-gnu", "-mabi=ilp32"], "lp64d"),
        (&["--target=riscv64-linux-gnu", "-mcmodel=huge"], "medlow, medany"),
        (&["--target=aarch64-linux-gnu", "-mbranch-protection=foo"], "pac-ret"),
        (&["-mregparm=2"], "32-bit x86"),
    ] {
        let ran = cc(at, &[words, &["-c", "a.c"]].concat());
        assert!(ran.status == 1 && ran.stderr.contains(wanted), "{words:?}: {}", ran.stderr);
        assert!(!directory.exists("a.o"), "{words:?}");
    }
    // The order does not matter: what a machine has is looked up for the target that was chosen.
    cc(at, &["-march=rv64gc_zba", "--target=riscv64-linux-gnu", "-c", "a.c"]).ok();
}

#[test]
fn objects_of_another_machine_are_refused_by_name() {
    let directory = TempDir::new("machines");
    let at = directory.path();
    directory.write("a.c", "int a(void) { return 1; }\n");
    directory.write("main.c", "int a(void); int main(void) { return a(); }\n");
    cc(at, &["--target=riscv64-linux-gnu", "-c", "a.c", "-o", "foreign.o"]).ok();
    let ran = cc(at, &["main.c", "foreign.o", "-o", "program"]);
    assert!(ran.status == 1 && ran.stderr.contains("foreign.o: riscv"), "{}", ran.stderr);
    assert!(!directory.exists("program"));
    let ran = lathe(at, "ld", &["-m", "aarch64linux", "foreign.o", "-o", "program"]);
    assert!(ran.status == 1 && ran.stderr.contains("foreign.o: riscv"), "{}", ran.stderr);
}

#[test]
fn what_is_missing_is_said_with_its_package() {
    let directory = TempDir::new("missing");
    let at = directory.path();
    directory.write("a.c", "int main(void) { return 0; }\n");
    directory.write("b.c", "#include <stdio.h>\nint main(void) { return puts(\"b\"); }\n");
    let away = "--sysroot=/nonexistent";
    let cases: &[(&[&str], &[&str])] = &[
        (&["--target=aarch64-linux-gnu", away, "a.c"], &["Scrt1.o", "libc6-dev-arm64-cross"]),
        (&["--target=riscv64-linux-gnu", away, "-nostartfiles", "a.c"], &["libc", "libc6-dev-riscv64-cross"]),
        (&["--target=i686-linux-gnu", away, "b.c"], &["stdio.h", "libc6-dev-i386-cross"]),
    ];
    for (words, wanted) in cases {
        let ran = cc(at, words);
        assert_eq!(ran.status, 1, "{words:?}");
        for want in *wanted {
            assert!(ran.stderr.contains(want), "{words:?} does not say {want}:\n{}", ran.stderr);
        }
    }
    if AARCH64.is_missing() {
        return;
    }
    let binary = support::binary();
    let words = ["env", "PATH=/nonexistent", &binary, "run", "--target=aarch64-linux-gnu", "-static", "a.c"];
    let ran = run(at, 20, &words);
    assert!(
        ran.status == 1 && ran.stderr.contains("qemu-aarch64 is not on the path (Debian package qemu-user)"),
        "{}",
        ran.stderr
    );
}

/// What `-march=` and the like change is in the text of -S too, and GNU as understands it.
#[test]
fn machine_options_reach_text_and_object() {
    let directory = TempDir::new("machine-options");
    let at = directory.path();
    let text = "unsigned long f(unsigned long a, unsigned long b) { return (a << 1) + b; }
        int g(unsigned long x) { return __builtin_popcountl(x) + __builtin_ctzl(x); }
        int h(int *p) { return __atomic_fetch_add(p, 1, 5); } int k(void) { return g(3); }\n";
    directory.write("a.c", text);
    let cases: &[(Machine, &[&str], &str, bool)] = &[
        (RISCV64, &["-march=rv64g"], " c.", false),
        (RISCV64, &["-march=rv64gc_zba_zbb"], "sh1add", true),
        (RISCV64, &["-march=rv64gc"], "sh1add", false),
        (RISCV64, &["-mno-relax"], "R_RISCV_RELAX", false),
        (RISCV64, &["-mrelax"], "R_RISCV_RELAX", true),
        (AARCH64, &["-march=armv8.1-a"], "ldaddal", true),
        (AARCH64, &["-march=armv8-a"], "ldaddal", false),
        (X86_64, &["-march=x86-64-v2"], "popcnt", true),
    ];
    for (machine, flags, word, is_there) in cases {
        let objdump = format!("{}-objdump", machine.triple);
        if machine.is_missing() || !have(&objdump) {
            continue;
        }
        machine.cc(at, &[flags, &["-O1", "-S", "a.c", "-o", "a.s"][..]].concat()).ok();
        machine.cc(at, &[flags, &["-c", "a.s", "-o", "text.o"][..]].concat()).ok();
        machine.cc(at, &[flags, &["-O1", "-c", "a.c", "-o", "direct.o"][..]].concat()).ok();
        assert!(directory.read("text.o") == directory.read("direct.o"), "{flags:?}: text and object differ");
        machine.gcc(at, &[flags, &["-c", "a.s", "-o", "gnu.o"][..]].concat()).ok();
        let shown = |object: &str| {
            let words = [objdump.as_str(), "-dr", "-M", "no-aliases", object];
            let plain = [objdump.as_str(), "-dr", object];
            let ran = run(at, 20, if *machine.name == *"riscv64" { &words[..] } else { &plain });
            ran.ok().text().lines().skip(3).collect::<Vec<_>>().join("\n")
        };
        let ours = shown("direct.o");
        assert_eq!(ours, shown("gnu.o"), "{flags:?}");
        let compressed = word == &" c.";
        let found = if compressed { ours.contains("\tc.") } else { ours.contains(word) };
        assert_eq!(found, *is_there, "{flags:?}: {word}\n{ours}");
    }
}

/// `-mregparm` against gcc's, in both directions.
#[test]
fn register_parameters_of_i686() {
    if I686.is_missing() || !Path::new("/usr/i686-linux-gnu/lib").exists() {
        return;
    }
    let directory = TempDir::new("regparm");
    let at = directory.path();
    directory.write(
        "callee.c",
        "int f(int a, char b, long long c, int d) { return a - b * 2 + (int)c * 3 + d * 5; }\n",
    );
    directory.write("caller.c", "int f(int, char, long long, int); int printf(const char *, ...) __attribute__((regparm(0)));\nint main(void) { return f(1, 2, 3, 4) == 26; }\n");
    for count in ["-mregparm=0", "-mregparm=1", "-mregparm=3"] {
        for name in ["caller", "callee"] {
            I686.gcc(at, &[count, "-c", &format!("{name}.c"), "-o", &format!("{name}-gcc.o")]).ok();
            I686.cc(at, &[count, "-O1", "-c", &format!("{name}.c"), "-o", &format!("{name}-own.o")]).ok();
        }
        for pair in [["caller-gcc.o", "callee-own.o"], ["caller-own.o", "callee-gcc.o"]] {
            I686.cc(at, &["-static", pair[0], pair[1], "-o", "program"]).ok();
            assert_eq!(I686.run(at, 10, &["./program"]).status, 1, "{count} {pair:?}");
        }
    }
}
