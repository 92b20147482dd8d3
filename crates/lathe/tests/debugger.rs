//! gdb on a `-g -O0` build: it stops at a line, names the functions of a backtrace, prints variables.

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

const VALUES: &str = "#include <stdio.h>
struct point { int x; double y; struct { unsigned low : 3; unsigned high : 5; } bits; char name[8]; };
enum colour { RED, GREEN = 5 };
typedef struct point place;
static int counter = 17;
long double wide = 2.5L;
static double measure(struct point *p, int scale, place by_value, enum colour colour)
{
    int local = scale * 3;
    double numbers[3] = { 0.5, 1.5, 2.5 };
    const char *text = \"words\";
    {
        char local = 'q';
        unsigned long inner = 1ul << 40;
        counter += local + (int)inner;
        printf(\"%d %s\\n\", local, text); /* stop */
    }
    return p->x * p->y + numbers[1] + local + colour + by_value.x;
}
int main(void)
{
    struct point p = { 3, 1.25, { 5, 17 }, \"origin\" };
    return measure(&p, 7, p, GREEN) < 0;
}
";

/// What gdb is asked at the line `stop`, and what its answer ends with.
const QUESTIONS: &[(&str, &str)] = &[
    ("scale", "= 7"),
    ("local", "= 113 'q'"),
    ("inner", "= 1099511627776"),
    ("colour", "= GREEN"),
    ("p->x", "= 3"),
    ("p->y", "= 1.25"),
    ("p->bits", "= {low = 5, high = 17}"),
    ("p->name", "= \"origin\\000\""),
    ("by_value.y", "= 1.25"),
    ("numbers", "= {0.5, 1.5, 2.5}"),
    ("text", "\"words\""),
    ("counter", "= 130"),
    ("wide", "= 2.5"),
    ("sizeof(place)", "= 32"),
];

#[test]
fn values_of_variables() {
    need!("gdb");
    let directory = TempDir::new("gdb-values");
    let at = directory.path();
    directory.write("values.c", VALUES);
    cc(at, &["-g", "-O0", "values.c", "-o", "values"]).ok();
    let line = VALUES.lines().position(|line| line.contains("stop")).expect("the line") + 1;
    let mut words: Vec<String> =
        ["gdb", "-nx", "-batch", "-ex", "set debuginfod enabled off"].map(str::to_owned).into();
    words.extend(["-ex".into(), format!("break values.c:{line}"), "-ex".into(), "run".into()]);
    for (question, _) in QUESTIONS {
        words.extend(["-ex".into(), format!("print {question}")]);
    }
    // The outer variable of the same name is that of the function's scope.
    words.extend(["-ex", "up", "-ex", "print p", "-ex", "info locals", "./values"].map(str::to_owned));
    let gdb = run(at, 60, &words.iter().map(String::as_str).collect::<Vec<_>>());
    let text = gdb.text();
    if gdb.stderr.contains("ptrace") || text.contains("ptrace: Operation not permitted") {
        eprintln!("skipped: gdb may not trace here");
        return;
    }
    let answers: Vec<&str> = text.lines().filter(|line| line.starts_with('$')).collect();
    for ((question, wanted), answer) in QUESTIONS.iter().zip(&answers) {
        assert!(answer.ends_with(wanted), "print {question}: {answer}, not {wanted}\n{text}{}", gdb.stderr);
    }
    assert!(answers.len() > QUESTIONS.len(), "{text}{}", gdb.stderr);
    assert!(text.contains("p = {x = 3, y = 1.25, bits = {low = 5, high = 17}, name = "), "{text}");
}
