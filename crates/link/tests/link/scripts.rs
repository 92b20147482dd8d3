//! Full linker scripts.

use crate::support::bench;

const SOURCE: &str = r#"
.section .boot,"ax"
.globl start
start: lea stack_top(%rip),%rsp
mov $60,%eax
mov $data_size,%edi
syscall
.section .mydata.b,"aw"
.long 2
.section .mydata.a,"aw"
.long 1
.bss
.skip 100
"#;

const SCRIPT: &str = r#"
/* As for a small machine. */
OUTPUT_FORMAT(elf64-x86-64)
ENTRY(start)
MEMORY { rom (rx) : ORIGIN = 0x100000, LENGTH = 64K
         ram (rwx) : ORIGIN = 0x200000, LENGTH = 1M }
PHDRS { text PT_LOAD FLAGS(5); data PT_LOAD; }
SECTIONS {
    .text : { KEEP(*(.boot)) *(.text .text.*) . = ALIGN(16); BYTE(0x90) LONG(0x12345678) } > rom :text
    data_load = LOADADDR(.data);
    .data : { data_start = .; *(.data) *(SORT(.mydata*)) QUAD(data_load) data_end = .; } > ram AT> rom :data
    data_size = data_end - data_start;
    .bss (NOLOAD) : ALIGN(64) { __bss_start = .; *(.bss) *(COMMON) . += 0x1000; stack_top = .; } > ram
    _end = .;
    PROVIDE(unused = 1);
    ASSERT(_end < 0x300000, "too big")
    /DISCARD/ : { *(.comment) *(.note*) }
}
"#;

#[test]
fn a_small_machines_script() {
    let Some(bench) = bench("script") else { return };
    bench.compile("k.s", "", SOURCE);
    bench.write("k.ld", SCRIPT);
    let line = |output: &str| -> Vec<std::ffi::OsString> {
        ["-T", "k.ld", "k.o", "-o", output].iter().map(Into::into).collect()
    };
    bench.link_arguments(line("ours")).expect("it links");
    bench.tool("ld", "-T k.ld k.o -o theirs");
    assert_eq!(bench.run("ours"), bench.run("theirs"));
    let symbols = |name: &str| bench.tool("nm", name).replace(" d ", " D ").replace(" b ", " B ");
    assert_eq!(symbols("ours"), symbols("theirs"));
    // GNU ld fills the gap in .text with instructions, so only .data is compared.
    let dump = |name: &str| {
        let text = bench.tool("objdump", &format!("-s -j .data {name}"));
        text.lines().skip(3).map(String::from).collect::<Vec<_>>()
    };
    assert_eq!(dump("ours"), dump("theirs"));
    bench.write("k.ld", &SCRIPT.replace("_end < 0x300000", "_end < 0x1000"));
    let error = bench.link_arguments(line("no")).expect_err("the assertion fails");
    assert_eq!(error, "ld: too big\n");
    bench.write("k.ld", &SCRIPT.replace("LENGTH = 1M", "LENGTH = 1K"));
    let error = bench.link_arguments(line("no")).expect_err("the region is too small");
    assert!(error.contains("section `.bss' will not fit in region `ram'"), "{error}");
}

#[test]
fn gnu_lds_own_scripts() {
    let Some(bench) = bench("default_scripts") else { return };
    let script = |option: &str, name: &str| {
        let text = bench.tool("ld", &format!("{option} --verbose"));
        let body = text.split("==================================================").nth(1);
        bench.write(name, body.expect("ld shows its script"));
    };
    script("-static", "static.ld");
    script("-pie", "pie.ld");
    bench.compile(
        "x.cc",
        "",
        r#"#include <iostream>
           #include <stdexcept>
           thread_local int t = 4;
           int main() { try { throw std::runtime_error("caught"); } catch (std::exception &e) { std::cout << e.what() << t << "\n"; } }"#,
    );
    for (kind, script) in [("-static", "static.ld"), ("-no-pie", "static.ld"), ("-pie", "pie.ld")] {
        let path = bench.directory.join(script);
        bench.link("g++", &format!("{kind} x.o -o ours -Wl,-T,{}", path.display()));
        assert_eq!(bench.run("ours"), "caught4\n", "{kind}");
    }
}
