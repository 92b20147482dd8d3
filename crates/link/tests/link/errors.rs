//! What is wrong is said in GNU ld's words, and no file appears.

use crate::support::{Bench, bench};

fn fails(bench: &Bench, arguments: &str, wanted: &[&str]) {
    let error = bench.try_link("gcc", &format!("{arguments} -o out")).expect_err(arguments);
    for wanted in wanted {
        assert!(error.contains(wanted), "{wanted} in {error}");
    }
    assert!(!bench.directory.join("out").exists(), "{arguments} left a file");
}

#[test]
fn errors_name_files_and_places() {
    let Some(bench) = bench("errors") else { return };
    bench.compile(
        "a.c",
        "",
        "int g(void), h(void); int f(void) { return g() + g(); } int main(void) { return f(); }",
    );
    bench.compile("b.c", "", "int f(void) { return 1; }");
    fails(
        &bench,
        "a.o",
        &[
            "ld: a.o: in function `f': a.c:(.text+0xa): undefined reference to `g'\n",
            "(.text+0x11): undefined reference to `g'",
        ],
    );
    fails(
        &bench,
        "a.o b.o",
        &["multiple definition of `f'; a.o: in function `f': a.c:(.text+0x0): first defined here"],
    );
    fails(&bench, "b.o missing.o", &["cannot find missing.o: No such file or directory"]);
    fails(&bench, "b.o -lmissing", &["cannot find -lmissing: No such file or directory"]);
    bench.write("text.o", "not an object");
    fails(&bench, "b.o text.o", &["text.o: file format not recognized"]);
    bench.write("script.ld", "SECTIONS { .text : { *(.text) } } INSERT AFTER .data;");
    fails(&bench, "b.o script.ld", &["script.ld: the linker script command INSERT is not supported yet"]);
    bench.write("script.ld", "SECTIONS {\n .text : { *(.text }\n}");
    fails(&bench, "b.o script.ld", &["script.ld:2: syntax error in an input section"]);
    bench.compile("lto.c", "-flto -fno-fat-lto-objects", "int main(void) { return 0; }");
    fails(&bench, "-fno-use-linker-plugin lto.o", &["lto.o: LTO object"]);
    bench.compile("abs.c", "-fno-pie", "int v; int main(void) { return (long)&v > 1; }");
    fails(&bench, "-pie abs.o", &["R_X86_64_32", "can not be used when making a PIE object"]);
}

#[test]
fn other_machines_and_unwritable_outputs() {
    let Some(bench) = bench("machines") else { return };
    bench.compile("a.c", "", "int main(void) { return 0; }");
    bench.compile("c.c", "-c -m32 -ffreestanding", "int f(void) { return 0; }");
    fails(&bench, "a.o c.o", &["c.o: i386 architecture is incompatible with i386:x86-64 output"]);
    let error = bench.try_link("gcc", "a.o -o /nonexistent/out").expect_err("the directory does not exist");
    assert!(error.contains("cannot open output file /nonexistent/out"), "{error}");
    let error = bench.try_link("gcc", "a.o -o out -Wl,-melf_vax").expect_err("no such machine");
    assert!(error.contains("elf_vax; supported: elf_x86_64 aarch64linux elf_i386 elf64lriscv"), "{error}");
    let line = ["--frobnicate".into()].to_vec();
    let error = bench.link_arguments(line).expect_err("no such option");
    assert_eq!(error, "unrecognized option '--frobnicate'");
}

#[test]
fn undefined_symbols_in_libraries() {
    let Some(bench) = bench("undefined") else { return };
    bench.compile("l.c", "-fPIC", "int nobody(void); int l(void) { return nobody(); }");
    bench.compile("m.c", "", "int l(void); int main(void) { return l(); }");
    bench.link("gcc", "-shared l.o -o libl.so");
    fails(&bench, "m.o libl.so", &["libl.so: undefined reference to `nobody'"]);
    bench.link("gcc", "m.o libl.so -o lenient -Wl,--allow-shlib-undefined");
    fails(&bench, "-shared l.o -Wl,-z,defs", &["undefined reference to `nobody'"]);
}
