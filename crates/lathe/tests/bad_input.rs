//! Bad input: a message that names the place or the file, exit status 1, no output, and never a panic.

mod support;

use support::{Ran, Random, TempDir, cc, lathe, setting};

/// The faults of a C source: text, and what the messages must contain.
const C_ERRORS: &[(&str, &[&str])] = &[
    ("int main(void) { return x; }\n", &["bad.c:1:25: error: ", "undeclared", "^"]),
    (
        "int f(void) { int a = ; return }\nint g(void) { return q; }\n",
        &["bad.c:1:", "error: ", "bad.c:2:22: error: "],
    ),
    (
        "struct s { int a; };\nint f(struct s *p) { return p->b + (*p).c; }\n",
        &["no member named 'b'", "no member named 'c'"],
    ),
    ("int f(void) { return 1 +\n", &["error: ", "end of input"]),
    ("#include <no/such/header.h>\n", &["bad.c:1:10: fatal error: no/such/header.h", "No such file"]),
    ("#if 1\nint x;\n", &["bad.c:1", "unterminated"]),
    ("char *s = \"abc;\n", &["bad.c:1:", "missing terminating"]),
    ("int a; long a;\n", &["conflicting types for 'a'"]),
    ("void f(void) { break; }\n", &["break"]),
    ("_Static_assert(0, \"told you\");\n", &["told you"]),
    ("#error stop here\n", &["stop here"]),
    (
        "int f(int a) { switch (a) { case 1: case 1: return 2; } return f(); }\n",
        &["duplicate case value", "too few arguments"],
    ),
    (
        "int f(int a) { __asm__(\"nop\" : \"=r\"(a) : \"7\"(a)); return a; }\n",
        &["bad.c:1:", "matching constraint references invalid operand number"],
    ),
];

#[track_caller]
fn refused(ran: &Ran) {
    assert!(!ran.broke(), "{} broke: status {}\n{}", ran.command, ran.status, support::shorten(&ran.stderr));
    assert!(ran.status == 1, "{}: status {}\n{}", ran.command, ran.status, support::shorten(&ran.stderr));
    assert!(!ran.stderr.is_empty(), "{} says nothing", ran.command);
}

#[test]
fn c_sources() {
    let directory = TempDir::new("bad-c");
    let at = directory.path();
    for (text, messages) in C_ERRORS {
        directory.write("bad.c", text);
        for arguments in
            [&["-c", "bad.c", "-o", "out"][..], &["-S", "bad.c", "-o", "out"], &["bad.c", "-o", "out"]]
        {
            let ran = cc(at, arguments);
            refused(&ran);
            for message in *messages {
                let said = ran.stderr.replace(['‘', '’'], "'");
                assert!(said.contains(message), "no {message:?} for {text:?} in\n{said}");
            }
            assert!(!directory.exists("out"), "{arguments:?} left an output for {text:?}");
        }
    }
}

#[test]
fn ssa_text() {
    let directory = TempDir::new("bad-ssa");
    let at = directory.path();
    let cases = [
        "nonsense",
        "module",
        "func @f(",
        "target \"x86_64-linux-gnu\"\n\nfunc @f() -> i32 {\n  ret\n}\n",
        "\u{0}\u{1}",
        "func @f() { block0: v1 = add v0, v0 ret v1 }",
    ];
    for text in cases {
        directory.write("bad.ssa", text);
        let ran = lathe(at, "build", &["bad.ssa", "-o", "out"]);
        refused(&ran);
        assert!(ran.stderr.contains("bad.ssa:"), "no place for {text:?}:\n{}", ran.stderr);
        assert!(!directory.exists("out"));
        refused(&lathe(at, "opt", &["bad.ssa"]));
    }
}

#[test]
fn damaged_objects_and_archives() {
    need!("gcc", "ar");
    let directory = TempDir::new("bad-object");
    let at = directory.path();
    directory.write("main.c", "int f(int); int main(void) { return f(1); }\n");
    directory.write(
        "f.c",
        "#include <stdio.h>\nint f(int a) { static int n; n += a; printf(\"%d\\n\", n); return 0; }\n",
    );
    cc(at, &["-c", "main.c"]).ok();
    cc(at, &["-g", "-c", "f.c"]).ok();
    support::run(at, 20, &["ar", "rcs", "good.a", "f.o"]).ok();
    for (good, bad) in [("f.o", "cut.o"), ("good.a", "cut.a")] {
        let bytes = directory.read(good);
        for tenth in 1..10 {
            directory.write(bad, &bytes[..bytes.len() * tenth / 10]);
            let ran = cc(at, &["main.o", bad, "-o", "out"]);
            refused(&ran);
            assert!(ran.stderr.contains(bad), "the message does not name {bad}:\n{}", ran.stderr);
            assert!(!directory.exists("out"));
        }
        let random = &mut Random(setting("LATHE_SEED", 7));
        for round in 0..60 {
            let mut damaged = bytes.clone();
            for _ in 0..1 + random.below(6) {
                let place = random.below(damaged.len());
                damaged[place] = random.next() as u8;
            }
            directory.write(bad, &damaged);
            let ran = cc(at, &["main.o", bad, "-o", "out"]);
            let _ = std::fs::remove_file(at.join("out"));
            assert!(!ran.broke(), "{bad}, round {round}: status {}\n{}", ran.status, ran.stderr);
        }
    }
}

#[test]
fn missing_and_unwritable_files() {
    let directory = TempDir::new("bad-files");
    let at = directory.path();
    directory.write("ok.c", "int main(void) { return 0; }\n");
    directory.write("dir/file", "");
    let cases: &[(&[&str], &str)] = &[
        (&["none.c"], "none.c"),
        (&["none.o"], "none.o"),
        (&["ok.c", "-lnosuchlibrary"], "nosuchlibrary"),
        (&["ok.c", "-o", "no/such/dir/out"], "no/such/dir/out"),
        (&["-c", "ok.c", "-o", "dir"], "dir"),
        (&["ok.c", "-o", "dir"], "dir"),
        (&["-c", "dir", "-x", "c", "dir"], "dir"),
        (&["ok.c", "--nonsense"], "nonsense"),
        (&["-c", "ok.c", "ok.c", "-o", "x.o"], "-o"),
        (&["@none.rsp"], "none.rsp"),
        (&[], "no input files"),
        (&["ok.c", "-o"], "-o"),
        (&["ok.c", "-T", "none.ld"], "none.ld"),
        (&["ok.c", "-MF", "no/dir/x.d", "-MMD"], "no/dir/x.d"),
    ];
    let mut failures = Vec::new();
    for (arguments, message) in cases {
        let ran = cc(at, arguments);
        if ran.broke() || ran.status != 1 || !ran.stderr.contains(message) {
            failures.push(format!("{arguments:?}: status {}\n{}", ran.status, ran.stderr));
        }
    }
    // Build systems probe for flags of other compilers: such a one is a warning.
    let ran = cc(at, &["-c", "ok.c", "-fno-such-thing-at-all"]);
    assert!(ran.status == 0 && ran.stderr.contains("no-such-thing-at-all"), "{}", ran.stderr);
    for command in ["as", "ld", "run", "build", "interp", "opt"] {
        let ran = lathe(at, command, &["none.file"]);
        if ran.broke() || ran.status == 0 || !ran.stderr.contains("none.file") {
            failures.push(format!("{command} none.file: status {}\n{}", ran.status, ran.stderr));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn undefined_and_duplicate_symbols() {
    let directory = TempDir::new("bad-symbols");
    let at = directory.path();
    directory.write(
        "a.c",
        "int nowhere(void); int twice(void) { return 1; } int main(void) { return nowhere(); }\n",
    );
    directory.write("b.c", "int twice(void) { return 2; }\n");
    cc(at, &["-c", "a.c", "b.c"]).ok();
    let ran = cc(at, &["a.o", "-o", "out"]);
    refused(&ran);
    assert!(ran.stderr.contains("nowhere") && ran.stderr.contains("a.o"), "{}", ran.stderr);
    let ran = cc(at, &["a.o", "b.o", "-o", "out"]);
    refused(&ran);
    assert!(["twice", "a.o", "b.o"].iter().all(|word| ran.stderr.contains(word)), "{}", ran.stderr);
    assert!(!directory.exists("out"));
}

/// A full device: an error, not a panic.
#[test]
fn full_device() {
    if !std::path::Path::new("/dev/full").exists() {
        eprintln!("skipped: no /dev/full");
        return;
    }
    let directory = TempDir::new("bad-full");
    directory.write("ok.c", "int main(void) { return 0; }\n");
    for mode in ["-E", "-S", "-c"] {
        let ran = cc(directory.path(), &[mode, "ok.c", "-o", "/dev/full"]);
        refused(&ran);
        assert!(ran.stderr.contains("/dev/full"), "{}", ran.stderr);
    }
}

const WORDS: &[&str] = &[
    "(",
    ")",
    "{",
    "}",
    "[",
    "]",
    ";",
    ",",
    "*",
    "&",
    "...",
    "#",
    "##",
    "\"",
    "'",
    "struct",
    "int",
    "static",
    "_Generic",
    "sizeof",
    "0x",
    "1e",
    "typedef",
    "goto",
    "case",
    "__attribute__((",
    "/*",
    "\\\n",
    "#if",
    "#define F(x) x#",
    "-1",
    "18446744073709551616",
    "_Alignas(",
    "asm(",
    "%",
    "$",
    ".",
    ":",
    "?",
    "register",
    "_Complex",
    "[-1]",
    "[1<<62]",
];

fn mutate(text: &[u8], random: &mut Random) -> Vec<u8> {
    let mut text = text.to_vec();
    for _ in 0..1 + random.below(5) {
        let place = random.below(text.len().max(1)).min(text.len());
        match random.below(5) {
            0 => drop(text.splice(place..place, random.pick(WORDS).bytes())),
            1 => drop(text.drain(place..(place + 1 + random.below(20)).min(text.len()))),
            2 if place < text.len() => text[place] = random.next() as u8,
            3 => {
                let end = (place + 1 + random.below(60)).min(text.len());
                let piece = text[place..end].to_vec();
                let other = random.below(text.len().max(1)).min(text.len());
                text.splice(other..other, piece);
            }
            _ => drop(text.splice(place..place, random.pick(WORDS).bytes())),
        }
    }
    text
}

const C_SEED: &str = "#define MAX(a, b) ((a) > (b) ? (a) : (b))\ntypedef struct node { struct node *next; int v : 5; union { double d; char c[8]; }; } node;\nstatic const int table[] = { [3] = 1, 2, [0] = 7 };\nenum e { A, B = 10, C };\nint sum(node *n, int k, ...) {\n  int s = 0;\n  for (; n; n = n->next) { switch (n->v) { case 1 ... 3: s += table[n->v & 3]; break; default: s += MAX(k, (int)sizeof(node)); } }\n  int v[k]; v[0] = ({ int t = s; t * 2; });\n  if (s > 100) goto out;\n  __asm__ volatile(\"addl $1, %0\" : \"+r\"(s));\n  s += _Generic(s, int: 1, default: 2) + (int)(float)1.5f;\nout:\n  return s + v[0];\n}\nint (*pointer)(node *, int, ...) = sum;\n_Thread_local char text[] = \"ab\" \"c\\n\";\n";
const ASM_SEED: &str = "\t.text\n\t.globl f\n\t.type f, @function\nf:\n\t.cfi_startproc\n\tpushq %rbp\n\t.cfi_def_cfa_offset 16\n\tmovq %rsp, %rbp\n\tmovl $5, %eax\n\tleaq .L1(%rip), %rdi\n\tcall puts@PLT\n\tjne .L2\n\taddsd 8(%rax,%rcx,4), %xmm1\n.L2:\n\tpopq %rbp\n\tret\n\t.cfi_endproc\n\t.size f, .-f\n\t.section .rodata.str1.1,\"aMS\",@progbits,1\n.L1:\n\t.string \"x\\n\"\n\t.p2align 4\n\t.quad .L1, f-.L1\n\t.macro m a, b=2\n\t.byte \\a, \\b\n\t.endm\n\tm 1\n\t.rept 3\n\t.uleb128 300\n\t.endr\n";

#[test]
fn random_damage_to_sources() {
    let directory = TempDir::new("bad-random");
    let at = directory.path();
    let random = &mut Random(setting("LATHE_SEED", 11));
    let rounds = setting("LATHE_MUTATIONS", 150);
    let mut failures = Vec::new();
    for round in 0..rounds {
        let (name, seed) = if round % 2 == 0 { ("in.c", C_SEED) } else { ("in.s", ASM_SEED) };
        let text = mutate(seed.as_bytes(), random);
        directory.write(name, &text);
        let level = if round % 4 < 2 { "-O0" } else { "-O1" };
        let _ = std::fs::remove_file(at.join("out.o"));
        let ran = support::run(at, 10, &[&support::binary(), "cc", "-w", level, "-c", name, "-o", "out.o"]);
        if ran.broke() || (ran.status != 0 && directory.exists("out.o")) {
            failures.push(format!(
                "{level}: status {}\n{}\n{}",
                ran.status,
                ran.stderr,
                String::from_utf8_lossy(&text)
            ));
        }
    }
    assert!(failures.is_empty(), "{} of {rounds}:\n{}", failures.len(), failures.join("\n====\n"));
}
