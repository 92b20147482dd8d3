//! Symbol resolution: archives, commons, weak symbols, comdat groups, `--wrap`, `--defsym`.

use crate::support::bench;

#[test]
fn archives_load_members_in_order_and_in_groups() {
    let Some(bench) = bench("archives") else { return };
    bench.compile("m.c", "", "#include <stdio.h>\nint a(void); int main(void) { printf(\"%d\\n\", a()); }");
    bench.compile("a.c", "", "int b(void); int a(void) { return b() + 1; }");
    bench.compile("b.c", "", "int c(void); int b(void) { return c() + 1; }");
    bench.compile("c.c", "", "int c(void) { return 1; } int b_used(void) { return 0; }");
    bench.compile("unused.c", "", "int missing(void); int unused(void) { return missing(); }");
    bench.tool("ar", "rcs liba.a a.o c.o unused.o");
    bench.tool("ar", "rcs libb.a b.o");
    bench.tool("ar", "rcsT thin.a a.o b.o c.o");
    bench.tool("ar", "rcS bare.a a.o b.o c.o");
    assert_eq!(bench.same("gcc", "m.o -Wl,--start-group liba.a libb.a -Wl,--end-group"), "3\n");
    assert_eq!(bench.same("gcc", "m.o -L. -la -lb -la"), "3\n");
    assert_eq!(bench.same("gcc", "m.o thin.a"), "3\n");
    bench.link("gcc", "m.o bare.a -o bare");
    assert_eq!(bench.run("bare"), "3\n");
    let error = bench.try_link("gcc", "m.o liba.a libb.a -o no").expect_err("c.o is looked for too late");
    assert!(
        error.contains("libb.a(b.o): in function `b': b.c:(.text+0x5): undefined reference to `c'"),
        "{error}"
    );
    let error = bench.try_link("gcc", "m.o -Wl,--whole-archive liba.a -Wl,--no-whole-archive libb.a -o no");
    assert!(error.expect_err("unused.o is loaded").contains("undefined reference to `missing'"));
}

#[test]
fn commons_weak_symbols_and_comdat_groups() {
    let Some(bench) = bench("common") else { return };
    bench.compile(
        "a.c",
        "-fcommon",
        r#"#include <stdio.h>
           int small; char big[10]; int defined; int (*get(void))[4]; extern int array[4];
           __attribute__((weak)) int w(void) { return 1; }
           __attribute__((weak)) int only_weak(void) { return 3; }
           int array_size(void);
           int main(void) { array[3] = 5; printf("%d %d %d %d %d\n", small, defined, w(), only_weak(), (*get())[3]); }"#,
    );
    bench.compile(
        "b.c",
        "-fcommon",
        r#"int small; char big[100]; int defined = 4; int array[4]; int (*get(void))[4] { return &array; }
           int w(void) { return 2; }"#,
    );
    assert_eq!(bench.same("gcc", "a.o b.o"), "0 4 2 3 5\n");
    assert_eq!(bench.same("gcc", "b.o a.o"), "0 4 2 3 5\n");
    let sizes = bench.tool("nm", "-S ours");
    assert!(sizes.lines().any(|line| line.contains("0000000000000064 B big")), "{sizes}");
    bench.compile(
        "x.cc",
        "",
        "template <class T> T *slot() { static T t; return &t; } int *x() { return slot<int>(); }",
    );
    bench.compile(
        "y.cc",
        "",
        "#include <cstdio>\ntemplate <class T> T *slot() { static T t; return &t; } int *x();\n\
         int main() { std::printf(\"%d\\n\", x() == slot<int>()); }",
    );
    assert_eq!(bench.same("g++", "x.o y.o"), "1\n");
}

#[test]
fn wrap_and_defsym() {
    let Some(bench) = bench("wrap") else { return };
    bench.compile(
        "m.c",
        "-fno-pie",
        r#"#include <stdio.h>
           #include <stdlib.h>
           void *__real_malloc(size_t n); static int calls;
           void *__wrap_malloc(size_t n) { calls++; return __real_malloc(n); }
           int twice(int); int real_twice(int x) { return 2 * x; } extern char constant[];
           int main(void) { free(malloc(3)); printf("%d %d %lx\n", calls, twice(4), (long)constant); }"#,
    );
    let arguments =
        "m.o -no-pie -Wl,--wrap=malloc -Wl,--defsym=twice=real_twice -Wl,--defsym,constant=(0x10+2)*4";
    // The parentheses reach the linker as they are: no shell takes part.
    assert_eq!(bench.same("gcc", arguments), "1 8 48\n");
}

#[test]
fn strings_and_constants_are_merged() {
    let Some(bench) = bench("merge") else { return };
    bench.compile(
        "a.c",
        "-O1",
        "const char *a(void) { return \"the same string\"; } double x(void) { return 1.25; }",
    );
    bench.compile(
        "b.c",
        "-O1",
        "#include <stdio.h>\nconst char *a(void); double x(void); const char *b = \"the same string\";\n\
         int main(void) { printf(\"%d %.2f\\n\", a() == b, x() + 1.25); }",
    );
    assert_eq!(bench.same("gcc", "a.o b.o"), "1 2.50\n");
}
