//! Shared libraries: symbol lookup, copies, versions, visibility.

use crate::support::bench;

pub const LIBRARY: &str = r#"
    int value = 7; int *pointer = &value; int array[4] = {1, 2, 3, 4};
    extern int alias_of_value __attribute__((alias("value")));
    static int called; __attribute__((constructor)) static void start(void) { called = 1; }
    int f(void) { return value; }
    int (*get_f(void))(void) { return f; }
    int *get_value(void) { return &value; }
    int read_alias(void) { return alias_of_value; }
    int was_called(void) { return called; }
    __attribute__((visibility("hidden"))) int hidden(void) { return 1; }
    __attribute__((visibility("protected"))) int protected_one(void) { return hidden() + 1; }
    int callback(void); int call_back(void) { return callback(); }
    int weak_one(void) __attribute__((weak)); int weak_one(void) { return 1; }
    int use_weak(void) { return weak_one(); }
"#;

pub const MAIN: &str = r#"
    #include <stdio.h>
    extern int value, array[4]; int f(void); int (*get_f(void))(void); int *get_value(void); int read_alias(void);
    int was_called(void), protected_one(void), call_back(void), use_weak(void);
    int callback(void) { return 99; }
    int weak_one(void) { return 2; }
    int (*table[])(void) = {f, protected_one};
    int main(void) {
        value = 8;
        int (*volatile local)(void) = f;
        printf("%d %d %d %d %d\n", f(), read_alias(), &value == get_value(), local == get_f(), table[0] == f);
        printf("%d %d %d %d %d\n", was_called(), table[1](), call_back(), use_weak(), array[3]);
        return 0;
    }
"#;

#[test]
fn lookup_copies_and_function_identity() {
    let Some(bench) = bench("shared") else { return };
    bench.compile("lib.c", "-fPIC", LIBRARY);
    bench.link("gcc", "-shared lib.o -o libtest.so -Wl,-soname,libtest.so");
    let complaints = bench.command("readelf", "-aW libtest.so").output().expect("readelf starts").stderr;
    assert_eq!(String::from_utf8_lossy(&complaints), "");
    for (flags, kind) in
        [("-fno-pic", "-no-pie"), ("-fPIE", "-pie"), ("-fPIC", "-pie -Wl,-z,now"), ("-fPIE -fno-plt", "-pie")]
    {
        bench.compile("main.c", flags, MAIN);
        // GNU ld leaves strong aliases of a copied variable behind (it prints 7 for the second).
        bench.link("gcc", &format!("{kind} main.o libtest.so -o ours"));
        assert_eq!(bench.run("ours"), "8 8 1 1 1\n1 2 99 2 4\n", "{kind}");
    }
}

#[test]
fn dlopen_finds_symbols_by_either_hash() {
    let Some(bench) = bench("dlopen") else { return };
    bench.compile(
        "p.c",
        "-fPIC",
        "int answer(void) { return 42; } int other = 1; __thread int t = 2; int tls(void) { return t; }",
    );
    bench.compile(
        "m.c",
        "",
        r#"#include <dlfcn.h>
           #include <stdio.h>
           int main(void) {
               void *h = dlopen("./libp.so", RTLD_NOW);
               if (!h) { puts(dlerror()); return 1; }
               int (*a)(void) = (int (*)(void))dlsym(h, "answer"), (*t)(void) = (int (*)(void))dlsym(h, "tls");
               printf("%d %d %d %d\n", a(), t(), *(int *)dlsym(h, "other"), dlsym(h, "missing") == 0);
               return dlclose(h);
           }"#,
    );
    for style in ["gnu", "sysv", "both"] {
        bench.link("gcc", &format!("-shared p.o -o libp.so -Wl,--hash-style={style}"));
        assert_eq!(bench.same("gcc", "m.o"), "42 2 1 1\n");
    }
}

#[test]
fn version_scripts_make_and_hide_versions() {
    let Some(bench) = bench("versions") else { return };
    bench.write("v.map", "V1 { global: f; new_*; local: *; };\nV2 { global: g; } V1;\n");
    bench.compile(
        "v.c",
        "-fPIC",
        r#"__asm__(".symver f_old,f@V1"); __asm__(".symver f_new,f@@V2");
           int f_old(void) { return 1; } int f_new(void) { return 2; }
           int g(void) { return 3; } int new_h(void) { return 4; } int internal(void) { return 5; }"#,
    );
    bench.compile(
        "m.c",
        "",
        r#"#include <stdio.h>
           __asm__(".symver old,f@V1"); int old(void); int f(void), g(void), new_h(void);
           int main(void) { printf("%d %d %d %d\n", old(), f(), g(), new_h()); }"#,
    );
    bench.link("gcc", "-shared v.o -o libv.so -Wl,--version-script=v.map -Wl,-soname,libv.so");
    assert_eq!(bench.same("gcc", "m.o libv.so"), "1 2 3 4\n");
    let symbols = bench.tool("readelf", "--dyn-syms -W libv.so");
    for wanted in ["f@V1", "f@@V2", "g@@V2", "new_h@@V1"] {
        assert!(symbols.contains(wanted), "{wanted} in {symbols}");
    }
    assert!(!symbols.contains("internal"), "{symbols}");
    let needs = bench.tool("readelf", "-VW ours");
    assert!(needs.contains("Name: V1") && needs.contains("Name: V2") && needs.contains("libv.so"), "{needs}");
}

#[test]
fn as_needed_symbolic_and_exports() {
    let Some(bench) = bench("needed") else { return };
    bench.compile("a.c", "-fPIC", "int a(void) { return 1; } int twice(void) { return a() * 2; }");
    bench.compile("b.c", "-fPIC", "int b(void) { return 1; }");
    bench.link("gcc", "-shared a.o -o liba.so -Wl,-soname,liba.so,-Bsymbolic");
    bench.link("gcc", "-shared b.o -o libb.so -Wl,-soname,libb.so");
    bench.compile(
        "m.c",
        "",
        "#include <stdio.h>\nint a(void) { return 5; } int twice(void); int main(void) { printf(\"%d\\n\", twice()); }",
    );
    assert_eq!(bench.same("gcc", "m.o -Wl,--as-needed liba.so libb.so"), "2\n");
    let dynamic = bench.tool("readelf", "-dW ours");
    assert!(dynamic.contains("liba.so") && !dynamic.contains("libb.so"), "{dynamic}");
    bench.link("gcc", "m.o -o all -rdynamic -Wl,--no-as-needed liba.so libb.so -Wl,-rpath,/nowhere");
    let dynamic = bench.tool("readelf", "-dW all");
    assert!(dynamic.contains("libb.so") && dynamic.contains("/nowhere"), "{dynamic}");
    assert!(bench.tool("readelf", "--dyn-syms -W all").contains(" main"));
}

#[test]
fn exports_can_be_chosen() {
    let Some(bench) = bench("exports") else { return };
    bench.compile("inner.c", "-fPIC", "int inner(void) { return 1; }");
    bench.tool("ar", "rcs libinner.a inner.o");
    bench.compile(
        "outer.c",
        "-fPIC",
        "int inner(void); int outer(void) { return inner(); } int chosen(void) { return 2; }",
    );
    bench.link("gcc", "-shared outer.o libinner.a -o all.so");
    assert!(bench.tool("nm", "-D all.so").contains(" T inner"));
    bench.link("gcc", "-shared outer.o libinner.a -o some.so -Wl,--exclude-libs,ALL");
    let symbols = bench.tool("nm", "-D some.so");
    assert!(!symbols.contains("inner") && symbols.contains(" T outer"), "{symbols}");
    bench.write("list", "{ chosen; };");
    bench.compile(
        "m.c",
        "",
        "int chosen(void) { return 3; } int other(void) { return 4; } int main(void) { return 0; }",
    );
    bench.link("gcc", "m.o -o ours -Wl,--dynamic-list=list");
    let symbols = bench.tool("nm", "-D ours");
    assert!(symbols.contains(" T chosen") && !symbols.contains("other"), "{symbols}");
}

#[test]
fn notes_flags_and_segments() {
    let Some(bench) = bench("flags") else { return };
    bench.compile("m.c", "-fcf-protection", "int main(void) { return 0; }");
    bench.link(
        "gcc",
        "m.o -o ours -Wl,-z,now,-z,nodelete,-z,origin,--build-id=0x0123abcd,-z,stack-size=65536,--disable-new-dtags,-rpath,/r",
    );
    assert_eq!(bench.run("ours"), "");
    let text = bench.tool("readelf", "-dnlW ours");
    for wanted in [
        "ORIGIN BIND_NOW",
        "NOW NODELETE ORIGIN PIE",
        "0123abcd",
        "GNU_RELRO",
        "Library rpath: [/r]",
        "0x010000 RW",
    ] {
        assert!(text.contains(wanted), "{wanted} in {text}");
    }
    bench.link("gcc", "m.o -o other -Wl,-z,execstack,-z,norelro");
    let text = bench.tool("readelf", "-lW other");
    assert!(text.contains("RWE") && !text.contains("GNU_RELRO"), "{text}");
}
