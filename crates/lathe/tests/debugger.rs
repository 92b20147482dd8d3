//! gdb on a `-g -O0` build: it stops at a line and names the functions of a backtrace.

mod support;

use support::{TempDir, cc, run};

const PROGRAM: &str = "#include <stdio.h>
static int third(int a)
{
    int square = a * a;
    printf(\"%d\\n\", square);
    return square;
}
static int second(int b)
{
    return third(b + 1) + 1;
}
int first(int c)
{
    return second(c * 2) * 2;
}
int main(void)
{
    return first(3) != 100;
}
";

#[test]
fn breakpoint_and_backtrace() {
    need!("gdb");
    let directory = TempDir::new("gdb");
    let at = directory.path();
    directory.write("program.c", PROGRAM);
    for link in [&["-no-pie"][..], &["-pie"]] {
        cc(at, &[&["-g", "-O0", "program.c", "-o", "program"], link].concat()).ok();
        let words = ["gdb", "-nx", "-batch", "-ex", "set debuginfod enabled off", "-ex", "break program.c:5"];
        let more = ["-ex", "run", "-ex", "backtrace", "-ex", "finish", "./program"];
        let gdb = run(at, 60, &[&words[..], &more].concat());
        let text = gdb.text();
        if gdb.stderr.contains("ptrace") || text.contains("ptrace: Operation not permitted") {
            eprintln!("skipped: gdb may not trace here");
            return;
        }
        assert!(text.contains("Breakpoint 1, "), "{text}{}", gdb.stderr);
        for frame in
            ["program.c:5", "second", "program.c:10", "first", "program.c:14", "main", "program.c:18"]
        {
            assert!(text.contains(frame), "{link:?}: no {frame} in\n{text}{}", gdb.stderr);
        }
    }
}
