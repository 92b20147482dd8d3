//! The same programs on every target: compiled by the cross gcc, linked here and by GNU ld, run under qemu-user.

use crate::support::{AARCH64, I686, RISCV64, Target, cross_bench};

/// Makes a test of each scenario for each target.
macro_rules! scenarios {
    ($($name:ident),* $(,)?) => {
        mod aarch64 { $(#[test] fn $name() { super::$name(&super::AARCH64); })* }
        mod riscv64 { $(#[test] fn $name() { super::$name(&super::RISCV64); })* }
        mod i686 { $(#[test] fn $name() { super::$name(&super::I686); })* }
    };
}

scenarios!(
    programs_in_every_kind,
    cxx_exceptions_and_statics,
    thread_local_storage_models,
    aligned_thread_local_storage_in_libraries,
    threads_in_static_programs,
    indirect_functions,
    libraries_lookup_copies_and_function_identity,
    symbol_versions_and_dlopen,
    garbage_collection_and_debug_lines,
    relocatable_links_link_again,
    constructors_and_linker_symbols,
    calls_of_libgcc_s,
    other_machines_are_refused,
    the_linkers_own_script_as_a_script,
    relative_relocations_can_be_packed,
);

/// Compiler's and linker's switches.
fn kinds(target: &Target) -> Vec<(&'static str, &'static str)> {
    let mut list = vec![
        ("-fno-pic", "-no-pie"),
        ("-fno-pic", "-static"),
        ("-fPIE", "-pie"),
        ("-fPIC -O2", "-pie -Wl,-z,now"),
        ("-fPIC -fno-plt", "-pie"),
        ("-fPIE -O2", "-no-pie -Wl,--gc-sections"),
        ("-fPIE", "-pie -Wl,-z,max-page-size=4096"),
        ("-fno-pic -O2", "-static -Wl,--no-relax"),
    ];
    if target.name != "riscv64" {
        list.push(("-fPIE", "-static-pie")); // Debian's cross glibc for RISC-V has no rcrt1.o
    }
    list
}

fn programs_in_every_kind(target: &'static Target) {
    let Some(bench) = cross_bench(target, "hello") else { return };
    for (flags, kind) in kinds(target) {
        bench.compile(
            "hello.c",
            flags,
            r#"#include <stdio.h>
               #include <stdlib.h>
               #include <string.h>
               #include <math.h>
               static int compare(const void *a, const void *b) { return *(int *)a - *(int *)b; }
               static const char *const names[] = {"zero", "one", "two"};
               int main(int argc, char **argv) {
                   int v[] = {3, 1, 2};
                   qsort(v, 3, sizeof *v, compare);
                   char *text = malloc(100);
                   strcpy(text, names[argc]);
                   fprintf(stderr, "%d arguments\n", argc);
                   printf("hello %d%d%d %.2f %s %Lf\n", v[0], v[1], v[2], argc + sqrt(argc), text, (long double)argc / 3);
                   switch (argc + v[1]) { case 1: puts("a"); break; case 2: puts("b"); break; case 3: puts("c"); break;
                                          case 4: puts("d"); break; case 5: puts("e"); break; default: puts("f"); }
                   return 0;
               }"#,
        );
        let text = bench.same("gcc", &format!("{kind} hello.o -lm"));
        assert!(text.contains("hello 123 2.00 one 0.333333\nc\n"), "{text}");
    }
}

fn cxx_exceptions_and_statics(target: &'static Target) {
    let Some(bench) = cross_bench(target, "cxx") else { return };
    for (flags, kind) in kinds(target).into_iter().filter(|(flags, _)| !flags.contains("-fno-plt")) {
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
        assert!(text.contains("at 3 2\n21tls"), "{text}");
    }
}

const TLS: &str = r#"#include <stdio.h>
    extern __thread int shared_one; __thread int own = 5; static __thread int hidden = 6, *pointer = 0;
    static __thread char wide[64] __attribute__((aligned(64)));
    __thread long zeroed[8]; extern __thread int missing __attribute__((weak));
    int *address(void);
    int main(void) {
        hidden++; own += hidden; shared_one += own; pointer = &own; wide[3] = 1; zeroed[7] = 9;
        printf("%d %d %d %d %d %d %ld\n", hidden, own, shared_one, *pointer, &shared_one == address(),
               (int)((unsigned long)wide % 64), zeroed[7]);
        return 0;
    }"#;

/// How a target's thread-local variables are found.
fn dialects(target: &Target) -> &'static [&'static str] {
    match target.name {
        "aarch64" => &["-mtls-dialect=desc", "-mtls-dialect=trad"],
        "i686" => &["-mtls-dialect=gnu", "-mtls-dialect=gnu2"],
        _ => &[""],
    }
}

fn thread_local_storage_models(target: &'static Target) {
    let Some(bench) = cross_bench(target, "tls") else { return };
    let library =
        "__thread int pad = 1; __thread int shared_one = 40; int *address(void) { return &shared_one; }";
    for dialect in dialects(target) {
        for (flags, kind) in kinds(target) {
            bench.compile("main.c", &format!("{flags} {dialect}"), TLS);
            bench.compile("other.c", &format!("{flags} {dialect}"), library);
            let text = bench.same("gcc", &format!("{kind} main.o other.o"));
            assert_eq!(text, "7 12 52 12 1 0 9\n", "{flags} {kind} {dialect}");
            for model in ["global-dynamic", "local-dynamic", "initial-exec"] {
                bench.compile("main.c", &format!("-O1 -fPIC -ftls-model={model} {dialect}"), TLS);
                bench.compile("other.c", &format!("-O1 -fPIC -ftls-model={model} {dialect}"), library);
                bench.link("gcc", &format!("{kind} main.o other.o -o ours"));
                assert_eq!(bench.run("ours"), text, "{model} {kind} {dialect}");
            }
        }
        for model in ["global-dynamic", "local-dynamic", "initial-exec"] {
            bench.compile("other.c", &format!("-fPIC -ftls-model={model} {dialect}"), library);
            bench.link("gcc", "-shared other.o -o libother.so");
            for (flags, kind) in [("-fno-pic", "-no-pie"), ("-fPIE", "-pie"), ("-fPIC", "-pie -Wl,-z,now")] {
                bench.compile("main.c", &format!("{flags} {dialect}"), TLS);
                bench.same("gcc", &format!("{kind} main.o libother.so"));
            }
        }
    }
}

fn aligned_thread_local_storage_in_libraries(target: &'static Target) {
    let Some(bench) = cross_bench(target, "tlsalign") else { return };
    let library = r#"
        static __thread char first = 1;
        __thread char wide[8] __attribute__((aligned(256))) = {7};
        static __thread int local __attribute__((aligned(128))) = 3, zeroed __attribute__((aligned(512)));
        int check(void) {
            zeroed += local + first;
            return ((unsigned long)wide % 256 == 0) + 2 * ((unsigned long)&local % 128 == 0)
                + 4 * ((unsigned long)&zeroed % 512 == 0) + 8 * (zeroed == 4) + 16 * (wide[0] == 7);
        }"#;
    let main = r#"
        #include <pthread.h>
        #include <stdio.h>
        extern __thread char wide[8]; int check(void);
        static __thread char odd = 3; static __thread long mine[2] __attribute__((aligned(1024))) = {5, 6};
        static void *run(void *p) {
            mine[0] += odd;
            printf("%d %d %ld %d\n", check(), (int)((unsigned long)mine % 1024), mine[0] + mine[1], wide[0]);
            return p;
        }
        int main(void) {
            pthread_t t;
            run(0);
            return pthread_create(&t, 0, run, 0) || pthread_join(t, 0);
        }"#;
    for dialect in dialects(target) {
        for (flags, kind) in kinds(target) {
            bench.compile("lib.c", &format!("{flags} {dialect}"), library);
            bench.compile("main.c", &format!("{flags} {dialect}"), main);
            bench.link("gcc", &format!("{kind} main.o lib.o -o ours -pthread"));
            assert_eq!(bench.run("ours"), "31 0 14 7\n31 0 14 7\n", "{flags} {kind} {dialect}");
        }
        bench.compile("lib.c", &format!("-fPIC {dialect}"), library);
        bench.link("gcc", "-shared lib.o -o lib.so");
        for (flags, kind) in [("-fno-pic", "-no-pie"), ("-fPIE", "-pie")] {
            bench.compile("main.c", &format!("{flags} {dialect}"), main);
            bench.link("gcc", &format!("{kind} main.o lib.so -o ours -pthread"));
            assert_eq!(bench.run("ours"), "31 0 14 7\n31 0 14 7\n", "{flags} {kind} {dialect}");
        }
    }
}

fn threads_in_static_programs(target: &'static Target) {
    let Some(bench) = cross_bench(target, "threads") else { return };
    bench.compile(
        "t.c",
        "-O1",
        r#"#include <pthread.h>
           #include <stdio.h>
           static __thread int mine = 1; static long total; static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
           static pthread_once_t once = PTHREAD_ONCE_INIT; static pthread_key_t key;
           static void start(void) { pthread_key_create(&key, 0); }
           static void *run(void *p) {
               pthread_once(&once, start);
               for (int i = 0; i < 100; i++) { pthread_mutex_lock(&lock); total += mine; pthread_mutex_unlock(&lock); }
               pthread_setspecific(key, p);
               return pthread_getspecific(key);
           }
           int main(void) {
               pthread_t t[4];
               for (long i = 0; i < 4; i++) if (pthread_create(&t[i], 0, run, (void *)i)) return 1;
               long sum = 0;
               for (int i = 0; i < 4; i++) { void *r; pthread_join(t[i], &r); sum += (long)r; }
               printf("%ld %ld\n", total, sum);
           }"#,
    );
    assert_eq!(bench.same("gcc", "-static t.o -pthread"), "400 6\n");
}

fn indirect_functions(target: &'static Target) {
    let Some(bench) = cross_bench(target, "ifunc") else { return };
    for (flags, kind) in kinds(target) {
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
        bench.link("gcc", &format!("{kind} i.o -o ours"));
        assert_eq!(bench.run("ours"), "42 42 42 42 42 1 1\n", "{kind}");
    }
}

fn libraries_lookup_copies_and_function_identity(target: &'static Target) {
    let Some(bench) = cross_bench(target, "shared") else { return };
    bench.compile("lib.c", "-fPIC", crate::shared::LIBRARY);
    bench.link("gcc", "-shared lib.o -o libtest.so -Wl,-soname,libtest.so");
    let complaints = bench.command("readelf", "-aW libtest.so").output().expect("readelf starts").stderr;
    assert_eq!(String::from_utf8_lossy(&complaints), "");
    for (flags, kind) in [
        ("-fno-pic", "-no-pie"),
        ("-fPIE", "-pie"),
        ("-fPIC", "-pie -Wl,-z,now"),
        ("-fPIE -fno-plt", "-pie"),
        ("-fno-pic -fno-plt", "-no-pie"),
    ] {
        bench.compile("main.c", flags, crate::shared::MAIN);
        bench.link("gcc", &format!("{kind} main.o libtest.so -o ours"));
        assert_eq!(bench.run("ours"), "8 8 1 1 1\n1 2 99 2 4\n", "{flags} {kind}");
    }
}

fn symbol_versions_and_dlopen(target: &'static Target) {
    let Some(bench) = cross_bench(target, "versions") else { return };
    bench.write("v.map", "V1 { global: f; new_*; local: *; };\nV2 { global: g; tls; } V1;\n");
    bench.compile(
        "v.c",
        "-fPIC",
        r#"__asm__(".symver f_old,f@V1"); __asm__(".symver f_new,f@@V2");
           static __thread int t = 6; int tls(void) { return t++; }
           int f_old(void) { return 1; } int f_new(void) { return 2; }
           int g(void) { return 3; } int new_h(void) { return 4; } int internal(void) { return 5; }"#,
    );
    bench.compile(
        "m.c",
        "",
        r#"#include <dlfcn.h>
           #include <stdio.h>
           __asm__(".symver old,f@V1"); int old(void); int f(void), g(void), new_h(void);
           int main(void) {
               printf("%d %d %d %d\n", old(), f(), g(), new_h());
               void *h = dlopen("libv.so", RTLD_NOW);
               int (*tls)(void) = (int (*)(void))dlsym(h, "tls");
               printf("%d ", tls());
               printf("%d %d\n", tls(), dlsym(h, "internal") == 0);
           }"#,
    );
    for style in ["gnu", "sysv", "both"] {
        bench.link(
            "gcc",
            &format!(
                "-shared v.o -o libv.so -Wl,--version-script=v.map,-soname,libv.so,--hash-style={style}"
            ),
        );
        assert_eq!(bench.same("gcc", "m.o libv.so"), "1 2 3 4\n6 7 1\n");
    }
}

fn garbage_collection_and_debug_lines(target: &'static Target) {
    let Some(bench) = cross_bench(target, "gc") else { return };
    bench.compile(
        "g.c",
        "-g -O1 -ffunction-sections -fdata-sections",
        r#"#include <stdio.h>
           int dropped_data = 1; int dropped(void) { return dropped_data; }
           int kept_data = 2; __attribute__((noinline)) int kept(void) { return kept_data; }
           __attribute__((constructor)) static void start(void) { puts("constructed"); }
           int main(void) { printf("%d\n", kept()); }"#,
    );
    bench.compile("z.c", "-g -gz=zlib -O1", "int unused_z(int x) { return x + 1; }");
    for kind in ["-static", "-pie", "-no-pie"] {
        bench.link("gcc", &format!("{kind} g.o z.o -o ours -Wl,--gc-sections,--build-id"));
        assert_eq!(bench.run("ours"), "constructed\n2\n");
        let symbols = bench.tool("nm", "ours");
        assert!(symbols.contains(" T kept") && !symbols.contains("dropped"), "{symbols}");
        let output =
            bench.command("readelf", "--debug-dump=decodedline,info,frames ours").output().expect("readelf");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "");
        // The line table says where `kept` begins.
        let address =
            symbols.lines().find(|line| line.ends_with(" T kept")).and_then(|line| line.split(' ').next());
        let address = u64::from_str_radix(address.expect("kept has an address"), 16).expect("a number");
        let lines = String::from_utf8_lossy(&output.stdout).into_owned();
        let wanted = format!("{address:#x}");
        let row = lines.lines().find(|line| line.starts_with("g.c") && line.contains(&wanted));
        assert!(
            row.is_some_and(|row| row.split_whitespace().nth(1) == Some("3")),
            "{wanted} in {lines:.3000}"
        );
    }
}

fn relocatable_links_link_again(target: &'static Target) {
    let Some(bench) = cross_bench(target, "relocatable") else { return };
    bench.compile(
        "x.cc",
        "-g",
        r#"#include <iostream>
           #include <stdexcept>
           #include <vector>
           int other(int); static thread_local int t = 3; extern std::vector<int> shared;
           int main() {
               try { other(t); } catch (std::exception &e) { std::cout << e.what() << shared.size() << std::endl; }
           }"#,
    );
    bench.compile(
        "y.cc",
        "-g",
        r#"#include <stdexcept>
           #include <string>
           #include <vector>
           std::vector<int> shared = {1, 2, 3};
           int other(int i) { throw std::runtime_error("thrown " + std::to_string(i)); }"#,
    );
    bench.link("gcc", "-r -nostdlib x.o y.o -o both.o");
    let complaints = bench.command("readelf", "-aW both.o").output().expect("readelf starts").stderr;
    assert_eq!(String::from_utf8_lossy(&complaints), "");
    assert_eq!(bench.same("g++", "both.o"), "thrown 33\n");
    assert_eq!(bench.same("g++", "-static both.o"), "thrown 33\n");
}

fn constructors_and_linker_symbols(target: &'static Target) {
    let Some(bench) = cross_bench(target, "constructors") else { return };
    bench.compile(
        "c.c",
        "",
        r#"#include <stdio.h>
           #define C(n, p) __attribute__((constructor p)) static void c##n(void) { printf("%d ", n); }
           #define D(n, p) __attribute__((destructor p)) static void d##n(void) { printf("-%d ", n); }
           C(9,) C(3, (103)) C(1, (101)) C(2, (102)) D(9,) D(3, (103)) D(1, (101))
           extern char _end[], end[], _edata[], __bss_start[], _etext[], __executable_start[];
           __attribute__((section("things"), used)) static int one = 1, two = 2;
           extern int __start_things[], __stop_things[];
           extern int nothing __attribute__((weak)); extern void gone(void) __attribute__((weak));
           int bss[100], data[] = {1};
           int main(void) {
               int sum = 0;
               for (int *p = __start_things; p < __stop_things; p++) sum += *p;
               if (gone) gone();
               printf("%d %d %d %d %d %d %d\n", sum, end == _end, (char *)bss < _end, (char *)data < _edata,
                      (char *)bss >= __bss_start, (char *)main < _etext && __executable_start < (char *)main,
                      &nothing == 0);
           }"#,
    );
    for kind in ["-static", "-pie", "-no-pie", "-pie -Wl,--gc-sections"] {
        bench.same("gcc", &format!("{kind} c.o"));
    }
}

fn calls_of_libgcc_s(target: &'static Target) {
    let Some(bench) = cross_bench(target, "libgcc") else { return };
    bench.compile(
        "u.c",
        "-O1 -fexceptions -funwind-tables",
        r#"#include <stdio.h>
           #include <unwind.h>
           static _Unwind_Reason_Code count(struct _Unwind_Context *c, void *p) { ++*(int *)p; return 0; }
           __attribute__((noinline)) int depth(int n) {
               if (n) return depth(n - 1) + 1;
               int frames = 0; _Unwind_Backtrace(count, &frames); return frames > 5 ? 100 : frames;
           }
           int main(int argc, char **argv) {
               long double x = argc / 7.0L; unsigned long long big = 1ull << (argc + 60);
               printf("%d %.5Lf %llu %llu\n", depth(6), x * x, big / (argc + 2), big % 1000003);
           }"#,
    );
    for kind in ["-static-libgcc", "-shared-libgcc", "-static", "-pie -shared-libgcc"] {
        let text = bench.same("gcc", &format!("{kind} u.o"));
        assert!(text.starts_with("106 0.02041 768614336404564650 "), "{text}");
    }
}

#[test]
fn aarch64_branches_beyond_their_reach_take_thunks() {
    let Some(bench) = cross_bench(&AARCH64, "thunks") else { return };
    bench.compile(
        "a.c",
        "-O1",
        r#"#include <stdio.h>
           int far1(int), far2(int); void gone(void) __attribute__((weak));
           __attribute__((noinline)) int near1(int x) { return x + 1; }
           int main(int argc, char **argv) { if (argc > 9) gone(); printf("%d %d\n", far1(1), far2(2)); return 0; }"#,
    );
    bench.compile(
        "b.c",
        "-O1",
        r#"#include <stdio.h>
           int near1(int);
           __attribute__((section(".far"))) int far1(int x) { puts("far"); return near1(x) + 10; }
           __attribute__((section(".far"))) int far2(int x) { return far1(x) + near1(x) + 10; }"#,
    );
    for kind in ["-static", "-no-pie", "-pie"] {
        bench.link("gcc", &format!("{kind} a.o b.o -Wl,--section-start=.far=0x20000000 -o ours"));
        assert_eq!(bench.run("ours"), "far\nfar\n12 26\n", "{kind}");
    }
    // What is between is longer than a branch reaches, and so is the code before and behind it.
    bench.compile("c.s", "", ".section .text.c,\"ax\"\n.space 0x7000000\n");
    bench.tool("cp", "c.o d.o");
    bench.write(
        "b.c",
        &std::fs::read_to_string(bench.directory.join("b.c")).expect("b.c").replace(".far", ".text.far"),
    );
    bench.tool("aarch64-linux-gnu-gcc", "-c -O1 b.c");
    bench.link("gcc", "-static a.o c.o b.o d.o -o ours");
    assert_eq!(bench.run("ours"), "far\nfar\n12 26\n");
    for name in ["ours", "c.o", "d.o"] {
        std::fs::remove_file(bench.directory.join(name)).expect("the large files go");
    }
    // Data is out of reach beyond 4 GiB, and branches beyond the thunks' reach.
    bench.compile(
        "n.s",
        "",
        ".globl _start\n_start: bl f\nadrp x0,v\n.section .far,\"ax\"\nf: ret\n.section .further,\"aw\"\nv: .word 1\n",
    );
    let near = "-nostdlib -static n.o -o ours -Wl,--section-start=.far=0x60000000";
    bench.link("gcc", near);
    let error = bench.try_link("gcc", &near.replace("0x6", "0x20")).expect_err("too far for a thunk");
    assert!(error.contains("`.far' is too far away even for a thunk"), "{error}");
    assert!(
        error.contains("(.text+0x4): relocation truncated to fit: R_AARCH64_ADR_PREL_PG_HI21"),
        "{error}"
    );
}

#[test]
fn variant_calling_conventions_are_passed_on() {
    for (target, directive, tag) in
        [(&AARCH64, ".variant_pcs", "AARCH64_VARIANT_PCS"), (&RISCV64, ".variant_cc", "RISCV_VARIANT_CC")]
    {
        let Some(bench) = cross_bench(target, "variant") else { continue };
        bench.compile("l.s", "", &format!(".globl v,w\n{directive} v\n.type v,%function\nv: ret\nw: ret\n"));
        bench.link("gcc", "-shared -nostdlib l.o -o libl.so");
        assert!(bench.tool("readelf", "--dyn-syms -W libl.so").contains("[VARIANT"));
        for (name, wanted) in [("v", true), ("w", false)] {
            let text = format!("void {name}(void); int main(void) {{ {name}(); return 0; }}");
            bench.compile("m.c", "", &text);
            bench.link("gcc", "m.o libl.so -o ours");
            assert_eq!(bench.tool("readelf", "-dW ours").contains(tag), wanted, "{name}");
            assert_eq!(bench.run("ours"), "");
        }
    }
}

#[test]
fn i686_libraries_of_ordinary_code_are_relocated_where_they_are_loaded() {
    let Some(bench) = cross_bench(&I686, "textrel") else { return };
    bench.compile(
        "l.c",
        "-fno-pic -O1",
        "extern int e; int own = 4; int callee(int x) { return x + own; }\n\
         int (*p)(int) = callee; int l(int x) { return callee(x) + e + p(1); }",
    );
    bench.compile(
        "m.c",
        "-fno-pic",
        "#include <stdio.h>\nint e = 10, l(int); int main(void) { printf(\"%d\\n\", l(1)); return 0; }",
    );
    bench.link("gcc", "-shared l.o -o libl.so");
    assert!(bench.tool("readelf", "-dW libl.so").contains("TEXTREL"));
    bench.link("gcc", "-no-pie m.o libl.so -o ours");
    assert_eq!(bench.run("ours"), "20\n");
}

#[test]
fn riscv_objects_of_another_float_abi_are_refused() {
    let Some(bench) = cross_bench(&RISCV64, "floatabi") else { return };
    bench.compile("a.c", "", "int main(void) { return 0; }");
    bench.compile("s.c", "-march=rv64imac -mabi=lp64 -ffreestanding", "int f(void) { return 0; }");
    let error = bench.try_link("gcc", "a.o s.o -o ours").expect_err("the ABIs differ");
    assert!(error.contains("s.o: an object with another floating-point ABI"), "{error}");
    // What the objects were compiled for is joined.
    bench.compile("z.c", "-march=rv64gc_zba_zbb -mabi=lp64d", "int f(void) { return 0; }");
    bench.link("gcc", "a.o z.o -o ours");
    let text = bench.tool("readelf", "-AhlW ours");
    bench.tool("gcc", "a.o z.o -o theirs");
    let theirs = bench.tool("readelf", "-A theirs");
    let arch = theirs.lines().find(|line| line.contains("Tag_RISCV_arch")).expect("the architecture");
    assert!(arch.contains("_zba1p0_zbb1p0") && text.contains(arch), "{arch} in {text}");
    assert!(text.contains("RVC, double-float ABI") && text.contains("RISCV_ATTRIBUT"), "{text}");
}

/// gcc for AArch64 has no local-dynamic model; clang has the second form.
#[test]
fn aarch64_local_dynamic_accesses() {
    let Some(bench) = cross_bench(&AARCH64, "localdynamic") else { return };
    let offset =
        "add x0,x0,:dtprel_hi12:b\nadd x0,x0,:dtprel_lo12_nc:b\nldr w0,[x0]\nldp x29,x30,[sp],16\nret\n";
    bench.compile(
        "l.s",
        "",
        &format!(
            ".globl f,g\n.type f,%function\nf: stp x29,x30,[sp,-16]!\nadrp x0,:tlsldm:a\n\
             add x0,x0,:tlsldm_lo12_nc:a\nbl __tls_get_addr\nnop\n{offset}\
             .type g,%function\ng: stp x29,x30,[sp,-16]!\nadrp x0,:tlsdesc:_TLS_MODULE_BASE_\n\
             ldr x1,[x0,:tlsdesc_lo12:_TLS_MODULE_BASE_]\nadd x0,x0,:tlsdesc_lo12:_TLS_MODULE_BASE_\n\
             .tlsdesccall _TLS_MODULE_BASE_\nblr x1\nmrs x1,tpidr_el0\nadd x0,x0,x1\n{offset}\
             .section .tdata,\"awT\",@progbits\na: .word 1\nb: .word 42\n.section .note.GNU-stack\n"
        ),
    );
    bench.compile(
        "m.c",
        "-fPIE",
        r#"#include <stdio.h>
           int f(void), g(void); static __thread int own __attribute__((aligned(128))) = 7;
           int main(void) { printf("%d %d %d\n", f(), g(), own); }"#,
    );
    bench.link("gcc", "-shared l.o -o libl.so");
    for line in
        ["-static m.o l.o", "-no-pie m.o l.o", "-pie m.o l.o", "-static-pie m.o l.o", "-pie m.o libl.so"]
    {
        bench.link("gcc", &format!("{line} -o ours"));
        assert_eq!(bench.run("ours"), "42 42 7\n", "{line}");
    }
}

#[test]
fn cortex_a53_erratum_843419_is_patched() {
    let Some(bench) = cross_bench(&AARCH64, "erratum") else { return };
    // The ADRP is in the last words of a page, the access two or three words behind; the literal only looks like it.
    bench.compile(
        "e.s",
        "",
        ".text\n.globl f\n.balign 4096\n.space 0xff4\nf: mov x5,#0\nadrp x0,v\nstr x5,[sp,#-16]!\n\
         ldr x0,[x0,:lo12:v]\nadd sp,sp,#16\nret\n.globl g\n.balign 4096\n.space 0xff8\n\
         g: mov x5,#0\nadrp x0,v\nldr x6,[sp]\nnop\nldr x0,[x0,:lo12:v]\nret\n\
         .balign 4096\n.space 0xff8\n.word 0x90000000,0xf9000022,0xf9400403\n.section .rodata\n.globl w\nw: .quad 0x90\n\
         .bss\n.space 0x2000000\n.data\n.globl v\nv: .quad 42\n",
    );
    bench.compile(
        "m.c",
        "-O1",
        "#include <stdio.h>\nlong f(void), g(void);\nint main(void) { printf(\"%ld %ld\\n\", f(), g()); }",
    );
    for (kind, moved) in [("-static", 0), ("-static -Wl,--section-start=.data=0x8000000", 2)] {
        bench.link("gcc", &format!("{kind} m.o e.o -o plain -Wl,--no-fix-cortex-a53-843419"));
        bench.link("gcc", &format!("{kind} m.o e.o -o ours -Wl,--fix-cortex-a53-843419"));
        assert_eq!(bench.run("ours"), "42 42\n");
        let code = bench.tool("objdump", "-d ours");
        let after = |name: &str| code.split(&format!("<{name}>:\n")).nth(1).unwrap_or_default().to_string();
        let mut branches = 0;
        for name in ["f", "g"] {
            let body: Vec<String> = after(name).lines().take(6).map(str::to_string).collect();
            let adr = body.iter().any(|line| line.contains("\tadr\t"));
            let branch = body.iter().any(|line| line.contains("\tb\t"));
            assert!(adr != branch, "{kind} {name}: {body:?}");
            branches += usize::from(branch);
        }
        assert_eq!(branches, moved, "{kind}");
        assert!(code.contains("90000000") && code.contains("f9400403"), "data stays");
    }
}

/// GNU ld's text is the oracle for what relaxation takes away.
#[test]
fn riscv_relaxation_makes_code_as_short_as_gnu_ld() {
    let Some(bench) = cross_bench(&RISCV64, "relaxation") else { return };
    bench.compile(
        "r.c",
        "-O2 -g",
        r#"#include <stdio.h>
           #include <string.h>
           int small = 1, array[4] = {1, 2, 3, 4}; long zeroed; static __thread int t1 = 3, t2;
           extern int missing __attribute__((weak));
           __attribute__((noinline, aligned(64))) static int aligned(int x) { t2 += x; return t1 * t2 + small; }
           __attribute__((noinline)) int tail(int x) { zeroed += x; return aligned(x + array[x & 3]); }
           int main(void) {
               int total = 0;
               for (int i = 0; i < 5; i++) total += tail(i) + (int)strlen("abc");
               printf("%d %ld %d\n", total, zeroed, &missing == 0 && (long)aligned % 64 == 0);
           }"#,
    );
    bench.compile(
        "l.s",
        "",
        ".option norelax\n.option relax\n.globl lui_style\nlui_style: lui a5,%hi(small)\nlw a0,%lo(small)(a5)\n\
         lui a4,%hi(zeroed)\nsw a0,%lo(zeroed)(a4)\nlui a3,%hi(text_end)\naddi a3,a3,%lo(text_end)\n.p2align 4\n\
         1: call lui_style\ntail tail\ntext_end:\n",
    );
    let size = |name: &str| {
        let text = bench.tool("readelf", &format!("-SW {name}"));
        let line = text.lines().find(|line| line.contains(" .text ")).expect("there is code").to_string();
        u64::from_str_radix(line.split_whitespace().rev().nth(5).expect("a size"), 16).expect("a number")
    };
    for kind in ["-no-pie -fno-pic", "-static", "-pie"] {
        let objects = if kind == "-pie" { "r.o" } else { "r.o l.o" };
        assert_eq!(bench.same("gcc", &format!("{kind} {objects}")), "173 10 1\n");
        // Where gp points differs a little, and so does what it reaches.
        let (ours, theirs) = (size("ours"), size("theirs"));
        assert!(ours.abs_diff(theirs) <= theirs / 1000 + 4, "{kind}: {ours} bytes, GNU ld {theirs}");
        bench.link("gcc", &format!("{kind} {objects} -Wl,--no-relax -o long"));
        assert_eq!(bench.run("long"), "173 10 1\n");
        assert!(size("long") > ours);
    }
}

fn relative_relocations_can_be_packed(target: &'static Target) {
    let Some(bench) = cross_bench(target, "packed") else { return };
    bench.compile(
        "p.c",
        "-fPIE -O1",
        r#"#include <stdio.h>
           static int values[200]; static int *pointers[100] = {values, values + 1, 0, values + 3, [90] = values + 90};
           struct __attribute__((packed)) { char c; int *p; } odd = {1, values + 7};
           static const char *const names[] = {"a", "b", "c"}; int (*functions[])(const char *) = {puts};
           int main(int argc, char **argv) {
               values[3] = 3; values[90] = 90; values[7] = 7;
               printf("%d %d %d %s\n", *pointers[argc + 2], *pointers[90], *odd.p, names[argc]);
               return functions[0]("end") < 0;
           }"#,
    );
    let mut kinds = vec!["-pie", "-pie -Wl,-z,now"];
    if target.name != "riscv64" {
        kinds.push("-static-pie");
    }
    for kind in kinds {
        bench.link("gcc", &format!("{kind} p.o -o ours -Wl,-z,pack-relative-relocs"));
        assert_eq!(bench.run("ours"), "3 90 7 b\nend\n", "{kind}");
        let text = bench.tool("readelf", "-drVW ours");
        assert!(
            text.contains("RELRSZ") && (kind == "-static-pie" || text.contains("GLIBC_ABI_DT_RELR")),
            "{text}"
        );
    }
}

/// GNU ld's default script, given by name.
fn the_linkers_own_script_as_a_script(target: &'static Target) {
    let Some(bench) = cross_bench(target, "script") else { return };
    let text = bench.tool("ld", "--verbose");
    let mut parts = text.split("==================================================\n");
    bench.write("default.ld", parts.nth(1).expect("the script stands between two lines"));
    bench.compile(
        "s.c",
        "-O1",
        r#"#include <stdio.h>
           static __thread int t1 = 3; __thread int t2; int data[3] = {1, 2, 3}, zeroed[4];
           int main(int argc, char **argv) { t2 = argc; zeroed[1] = data[2]; printf("%d %d %d\n", t1, t2, zeroed[1]); }"#,
    );
    for kind in ["-static", "-no-pie"] {
        bench.link("gcc", &format!("{kind} s.o -Wl,-T,default.ld -o ours"));
        assert_eq!(bench.run("ours"), "3 1 3\n", "{kind}");
    }
}

fn other_machines_are_refused(target: &'static Target) {
    let Some(bench) = cross_bench(target, "machines") else { return };
    let Some(host) = crate::support::bench(&format!("{}-machines-host", target.name)) else { return };
    bench.compile("a.c", "", "int main(void) { return 0; }");
    host.compile("c.c", "", "int f(void) { return 0; }");
    let other = host.directory.join("c.o");
    let error =
        bench.try_link("gcc", &format!("a.o {} -o out", other.display())).expect_err("another machine");
    assert!(error.contains("c.o: i386:x86-64 architecture is incompatible with"), "{error}");
    let error = host.try_link("gcc", &format!("c.o {} -o out", bench.directory.join("a.o").display()));
    let error = error.expect_err("another machine");
    assert!(error.contains("a.o: ") && error.contains("is incompatible with i386:x86-64 output"), "{error}");
}
