//! Exceptions of g++ code pass through our frames.

mod support;

use std::path::Path;
use support::have;
use support::machine::Machine;

const MIDDLE: &str = "void thrower(int);
int middle(int n) {
    volatile char pad[200];
    pad[n] = (char)n;
    long double kept = n * 1.5L;
    thrower(n);
    return pad[n] + (int)kept;
}
";
const OUTER: &str = "#include <cstdio>
#include <string>
extern \"C\" int middle(int);
extern \"C\" void thrower(int n) { if (n > 2) throw std::string(\"thrown\"); }
struct Guard { int n; ~Guard() { std::printf(\"guard %d\\n\", n); } };
int main() {
    for (int n = 1; n < 5; n++) {
        try { Guard g{n}; std::printf(\"returned %d\\n\", middle(n)); }
        catch (const std::string &s) { std::printf(\"caught %s\\n\", s.c_str()); }
    }
}
";

/// A frame with something to do when an exception passes.
const CLEANUP: &str = "int puts(const char *);
void thrower(int);
static void leave(int *n) { puts(*n > 9 ? \"outer left\" : \"inner left\"); }
int middle(int n) {
    __attribute__((cleanup(leave))) int outer = n + 10;
    {
        __attribute__((cleanup(leave))) int inner = n;
        thrower(n);
        outer += inner;
    }
    thrower(n - 10);
    return outer;
}
";

on_every_target!(through_a_c_frame, cleanups_run);

fn is_missing(machine: Machine) -> bool {
    if machine.is_missing() {
        return true;
    }
    if !have(machine.gxx) {
        eprintln!("skipped: {} is not installed (cargo xtask setup installs it)", machine.gxx);
        return true;
    }
    false
}

/// What the program prints, built with the C++ part by g++ and linked by g++ or by us.
fn outputs(machine: Machine, at: &Path) -> Vec<String> {
    machine.gxx(at, &["outer.o", "middle.o", "-o", "by-gcc"]).ok();
    machine.cc(at, &["outer.o", "middle.o", "-o", "by-lathe", "-lstdc++", "-lm"]).ok();
    let both = ["./by-gcc", "./by-lathe"];
    both.iter().map(|program| machine.run(at, 20, &[program]).ok().text()).collect()
}

fn through_a_c_frame(machine: Machine) {
    if is_missing(machine) {
        return;
    }
    let directory = machine.directory("exceptions");
    let at = directory.path();
    directory.write("middle.c", MIDDLE);
    directory.write("outer.cc", OUTER);
    machine.gxx(at, &["-c", "outer.cc"]).ok();
    for flags in [["-O0", "-fPIC"], ["-O1", "-fexceptions"]] {
        machine.cc(at, &[&flags[..], &["-c", "middle.c"]].concat()).ok();
        for text in outputs(machine, at) {
            assert_eq!(
                text,
                "returned 2\nguard 1\nreturned 5\nguard 2\nguard 3\ncaught thrown\nguard 4\ncaught thrown\n",
                "{flags:?}"
            );
        }
    }
}

/// The `cleanup` attribute with -fexceptions: what gcc's frame does while an exception passes, ours does.
fn cleanups_run(machine: Machine) {
    if is_missing(machine) {
        return;
    }
    let directory = machine.directory("cleanups");
    let at = directory.path();
    directory.write("middle.c", CLEANUP);
    directory.write("outer.cc", OUTER);
    machine.gxx(at, &["-c", "outer.cc"]).ok();
    machine.gcc(at, &["-fexceptions", "-c", "middle.c"]).ok();
    machine.gxx(at, &["outer.o", "middle.o", "-o", "expected"]).ok();
    let expected = machine.run(at, 20, &["./expected"]).ok().text();
    assert!(expected.contains("inner left\nouter left\nguard 3"), "{expected}");
    for level in ["-O0", "-O1"] {
        machine.cc(at, &[level, "-fexceptions", "-c", "middle.c"]).ok();
        for text in outputs(machine, at) {
            assert_eq!(text, expected, "{level}");
        }
    }
}
