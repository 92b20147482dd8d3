//! Executables of every kind.

use crate::support::bench;

const KINDS: &[(&str, &str)] = &[
    ("-fno-pic", "-no-pie"),
    ("-fno-pic", "-static"),
    ("-fPIE", "-pie"),
    ("-fPIE", "-static-pie"),
    ("-fPIC -O2", "-pie -Wl,-z,now"),
    ("-fPIC -fno-plt", "-pie"),
    ("-fPIE -O2", "-no-pie -Wl,--gc-sections -Wl,--hash-style=both"),
    ("-fno-pic -mcmodel=large", "-no-pie"),
];

#[test]
fn hello_in_every_kind() {
    let Some(bench) = bench("hello") else { return };
    for (flags, kind) in KINDS {
        bench.compile(
            "hello.c",
            flags,
            r#"#include <stdio.h>
               #include <stdlib.h>
               static int compare(const void *a, const void *b) { return *(int *)a - *(int *)b; }
               int main(int argc, char **argv) {
                   int v[] = {3, 1, 2};
                   qsort(v, 3, sizeof *v, compare);
                   fprintf(stderr, "%d arguments\n", argc);
                   printf("hello %d%d%d %.2f\n", v[0], v[1], v[2], argc + 0.5);
                   return 0;
               }"#,
        );
        let text = bench.same("gcc", &format!("{kind} hello.o"));
        assert!(text.contains("hello 123 1.50"), "{text}");
    }
}

#[test]
fn cxx_exceptions_statics_and_streams() {
    let Some(bench) = bench("cxx") else { return };
    for (flags, kind) in KINDS.iter().take(4) {
        bench.compile(
            "x.cc",
            &format!("{flags} -g"),
            r#"#include <iostream>
               #include <map>
               #include <stdexcept>
               #include <string>
               struct A { virtual ~A() {} virtual int f() { return 1; } };
               struct B : A { int f() override { return 2; } };
               static std::map<std::string, int> table = {{"a", 1}, {"b", 2}};
               thread_local std::string local = "tls";
               int thrower(int i) { if (i > 2) throw std::runtime_error("at " + std::to_string(i)); return i; }
               int main() {
                   try { for (int i = 0;; i++) thrower(i); }
                   catch (std::exception &e) { std::cout << e.what() << " " << table["b"] << "\n"; }
                   A *a = new B;
                   std::cout << a->f() << (dynamic_cast<B *>(a) != nullptr) << local << std::endl;
                   delete a;
               }"#,
        );
        bench.compile("y.cc", flags, "#include <string>\nstd::string unused() { return std::to_string(1); }");
        let text = bench.same("g++", &format!("{kind} x.o y.o"));
        assert!(text.contains("at 3 2"), "{text}");
    }
}

const TLS: &str = r#"#include <stdio.h>
    extern __thread int shared_one; __thread int own = 5; static __thread int hidden = 6, *pointer = 0;
    static __thread char wide[64] __attribute__((aligned(64)));
    __thread long zeroed[8];
    int *address(void);
    int main(void) {
        hidden++; own += hidden; shared_one += own; pointer = &own; wide[3] = 1; zeroed[7] = 9;
        printf("%d %d %d %d %d %d %ld\n", hidden, own, shared_one, *pointer, &shared_one == address(),
               (int)((unsigned long)wide % 64), zeroed[7]);
        return 0;
    }"#;

#[test]
fn thread_local_storage_models() {
    let Some(bench) = bench("tls") else { return };
    let library =
        "__thread int pad = 1; __thread int shared_one = 40; int *address(void) { return &shared_one; }";
    for dialect in ["", "-mtls-dialect=gnu2"] {
        for (flags, kind) in KINDS.iter().take(6) {
            bench.compile("main.c", &format!("{flags} {dialect}"), TLS);
            bench.compile("other.c", &format!("{flags} {dialect}"), library);
            let text = bench.same("gcc", &format!("{kind} main.o other.o"));
            assert_eq!(text, "7 12 52 12 1 0 9\n");
        }
        bench.compile("other.c", &format!("-fPIC {dialect}"), library);
        bench.link("gcc", "-shared other.o -o libother.so");
        for (flags, kind) in [("-fno-pic", "-no-pie"), ("-fPIE", "-pie"), ("-fPIC", "-pie -Wl,-z,now")] {
            bench.compile("main.c", &format!("{flags} {dialect}"), TLS);
            bench.same("gcc", &format!("{kind} main.o libother.so"));
        }
    }
}

#[test]
fn indirect_functions() {
    let Some(bench) = bench("ifunc") else { return };
    for (flags, kind) in KINDS.iter().take(7) {
        bench.compile(
            "i.c",
            flags,
            r#"#include <stdio.h>
               static int implementation(void) { return 42; }
               static void *resolve(void) { return implementation; }
               int global(void) __attribute__((ifunc("resolve")));
               static int local(void) __attribute__((ifunc("resolve")));
               int (*p)(void) = global, (*q)(void) = local, (*const r)(void) = global;
               int main(void) {
                   int (*volatile s)(void) = global;
                   printf("%d %d %d %d %d %d %d\n", global(), local(), p(), q(), r(), p == s, q == local);
               }"#,
        );
        // GNU ld's PIEs print 0 0 at the end: there the address taken in data is not the one taken in code.
        bench.link("gcc", &format!("{kind} i.o -o ours"));
        assert_eq!(bench.run("ours"), "42 42 42 42 42 1 1\n", "{kind}");
    }
}

#[test]
fn constructors_run_by_priority() {
    let Some(bench) = bench("constructors") else { return };
    bench.compile(
        "c.c",
        "",
        r#"#include <stdio.h>
           #define C(n, p) __attribute__((constructor p)) static void c##n(void) { printf("%d ", n); }
           #define D(n, p) __attribute__((destructor p)) static void d##n(void) { printf("-%d ", n); }
           C(9,) C(3, (103)) C(1, (101)) C(2, (102)) D(9,) D(3, (103)) D(1, (101))
           int main(void) { return 0; }"#,
    );
    // Words of .ctors run from the last to the first, lower numbers later in the section.
    bench.compile(
        "old.s",
        "",
        ".globl printed\n.section .ctors,\"aw\"\n.quad first, second\n.section .ctors.65000,\"aw\"\n.quad early\n\
         .text\nfirst: lea a(%rip),%rdi\njmp puts@PLT\nsecond: lea b(%rip),%rdi\njmp puts@PLT\n\
         early: lea c(%rip),%rdi\njmp puts@PLT\n.section .rodata\na: .string \"first\"\nb: .string \"second\"\n\
         c: .string \"early\"\n.section .note.GNU-stack\n",
    );
    for kind in ["-static", "-pie", "-no-pie"] {
        bench.same("gcc", &format!("{kind} c.o"));
        bench.same("gcc", &format!("{kind} old.o c.o"));
    }
}

#[test]
fn linker_defined_symbols_and_start_stop() {
    let Some(bench) = bench("defined") else { return };
    bench.compile(
        "d.c",
        "",
        r#"#include <stdio.h>
           extern char _end[], end[], _edata[], __bss_start[], _etext[], __executable_start[];
           __attribute__((section("things"), used)) static int one = 1, two = 2;
           extern int __start_things[], __stop_things[];
           extern int nothing __attribute__((weak)), __start_none[] __attribute__((weak));
           extern void gone(void) __attribute__((weak));
           int bss[100], data[] = {1};
           int main(void) {
               int sum = 0;
               for (int *p = __start_things; p < __stop_things; p++) sum += *p;
               if (gone) gone();
               printf("%d %d %d %d %d %d %d\n", sum, end == _end, (char *)bss < _end, (char *)data < _edata,
                      (char *)bss >= __bss_start, (char *)main < _etext && __executable_start < (char *)main,
                      &nothing == 0 && __start_none == 0);
           }"#,
    );
    for kind in ["-static", "-pie", "-no-pie", "-static-pie", "-pie -Wl,--gc-sections"] {
        assert_eq!(bench.same("gcc", &format!("{kind} d.o")), "3 1 1 1 1 1 1\n");
    }
}

#[test]
fn garbage_collection_keeps_what_is_reached() {
    let Some(bench) = bench("gc") else { return };
    bench.compile(
        "g.c",
        "-ffunction-sections -fdata-sections",
        r#"#include <stdio.h>
           int dropped_data = 1; int dropped(void) { return dropped_data; }
           int kept_data = 2; int kept(void) { return kept_data; }
           __attribute__((constructor)) static void start(void) { puts("constructed"); }
           int main(void) { printf("%d\n", kept()); }"#,
    );
    let linked = bench.link("gcc", "g.o -o ours -Wl,--gc-sections,--print-gc-sections");
    assert_eq!(bench.run("ours"), "constructed\n2\n");
    assert!(linked.text.contains("'.text.dropped' in file 'g.o'"), "{}", linked.text);
    let symbols = bench.tool("nm", "ours");
    assert!(symbols.contains(" T kept") && !symbols.contains("dropped"), "{symbols}");
}

#[test]
fn the_same_link_gives_the_same_bytes_on_any_number_of_threads() {
    let Some(bench) = bench("repeat") else { return };
    bench.compile("h.cc", "-g", "#include <iostream>\nint main() { std::cout << 1 << std::endl; }");
    let mut first: Option<Vec<u8>> = None;
    for threads in ["1", "2", "5"] {
        bench.link("g++", &format!("-static -Wl,--build-id,--threads={threads} h.o -o same"));
        let bytes = std::fs::read(bench.directory.join("same")).expect("the output is there");
        assert!(*first.get_or_insert_with(|| bytes.clone()) == bytes, "{threads} threads differ");
    }
    assert!(bench.tool("readelf", "-nW same").contains("Build ID: "));
    assert_eq!(bench.run("same"), "1\n");
}

#[test]
fn debug_sections_are_readable_also_compressed() {
    let Some(bench) = bench("debug") else { return };
    bench.compile("a.c", "-g -gz=zlib", "int f(int x) { return x + 1; }");
    bench.compile("b.c", "-g", "int f(int); int main(void) { return f(-1); }");
    bench.link("gcc", "a.o b.o -o program");
    assert_eq!(bench.run("program"), "");
    let lines = bench.tool("readelf", "--debug-dump=decodedline program");
    assert!(lines.contains("a.c") && lines.contains("b.c"), "{lines}");
    let info = bench.command("readelf", "--debug-dump=info,frames program").output().expect("readelf starts");
    assert_eq!(String::from_utf8_lossy(&info.stderr), "");
    bench.link("gcc", "a.o b.o -o stripped -Wl,-S");
    assert!(!bench.tool("readelf", "-SW stripped").contains(".debug_info"));
    bench.link("gcc", "a.o b.o -o bare -s");
    assert!(!bench.tool("readelf", "-SW bare").contains(".symtab"));
    assert_eq!(bench.run("bare"), "");
}

#[test]
fn addresses_can_be_chosen() {
    let Some(bench) = bench("chosen") else { return };
    bench.compile("s.s", "", ".globl _start\n_start: mov $60,%eax\nxor %edi,%edi\nsyscall\n.data\n.quad 1\n");
    let line = "-o fixed s.o -Ttext=0x500000 -Tdata 0x700000 -z max-page-size=0x1000";
    bench.link_arguments(line.split(' ').map(Into::into).collect()).expect("it links");
    let sections = bench.tool("readelf", "-SW fixed");
    assert!(sections.contains("0000000000500000") && sections.contains("0000000000700000"), "{sections}");
    assert_eq!(bench.run("fixed"), "");
}

#[test]
fn large_alignments_hold() {
    let Some(bench) = bench("alignment") else { return };
    bench.compile(
        "a.c",
        "-fPIC",
        r#"#include <stdio.h>
           char data[3] __attribute__((aligned(65536))) = {1}; char bss[10] __attribute__((aligned(16384)));
           const char constant[4] __attribute__((aligned(32768))) = {2};
           __thread int local __attribute__((aligned(4096))) = 3;
           int main(void) {
               printf("%d %d %d %d %d\n", (int)((long)data % 65536), (int)((long)constant % 32768),
                      (int)((long)bss % 16384), (int)((long)&local % 4096), data[0] + constant[0] + local);
           }"#,
    );
    for kind in
        ["-static", "-pie", "-no-pie", "-pie -Wl,-z,max-page-size=2097152", "-pie -Wl,-z,norelro,-z,now"]
    {
        bench.link("gcc", &format!("{kind} a.o -o ours"));
        assert_eq!(bench.run("ours"), "0 0 0 0 6\n", "{kind}");
    }
}
