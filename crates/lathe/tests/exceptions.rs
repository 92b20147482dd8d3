//! Exceptions of g++ code pass through our frames.

mod support;

use support::{TempDir, cc, run};

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

#[test]
fn through_a_c_frame() {
    need!("g++");
    let directory = TempDir::new("exceptions");
    let at = directory.path();
    directory.write("middle.c", MIDDLE);
    directory.write("outer.cc", OUTER);
    run(at, 60, &["g++", "-c", "outer.cc"]).ok();
    for flags in [["-O0", "-fPIC"], ["-O1", "-fexceptions"]] {
        cc(at, &[&flags[..], &["-c", "middle.c"]].concat()).ok();
        run(at, 60, &["g++", "outer.o", "middle.o", "-o", "by-gcc"]).ok();
        cc(at, &["outer.o", "middle.o", "-o", "by-lathe", "-lstdc++", "-lm"]).ok();
        for program in ["./by-gcc", "./by-lathe"] {
            let text = run(at, 20, &[program]).ok().text();
            assert_eq!(
                text,
                "returned 2\nguard 1\nreturned 5\nguard 2\nguard 3\ncaught thrown\nguard 4\ncaught thrown\n",
                "{program} {flags:?}"
            );
        }
    }
}
