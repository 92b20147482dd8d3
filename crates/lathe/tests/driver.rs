//! The command as build systems use it: what they ask of gcc, they may ask of `lathe cc`.

mod support;

use support::{TempDir, cc, gcc, run};

fn hello(name: &str) -> TempDir {
    let directory = TempDir::new(name);
    directory.write("hello.c", "#include <stdio.h>\n#include \"own.h\"\nint main(void) { printf(\"hello %d\\n\", OWN); return 0; }\n");
    directory.write("own.h", "#define OWN 42\n");
    directory
}

#[test]
fn questions() {
    need!("gcc");
    let directory = TempDir::new("questions");
    let at = directory.path();
    for question in
        ["-dumpmachine", "-print-file-name=crt1.o", "-print-file-name=libc.so.6", "-print-file-name=none.x"]
    {
        let canonical = |text: String| {
            std::fs::canonicalize(text.trim()).map_or(text.trim().to_owned(), |p| p.display().to_string())
        };
        let ours = canonical(cc(at, &[question]).ok().text());
        assert_eq!(ours, canonical(gcc(at, &[question]).ok().text()), "{question}");
    }
    assert!(cc(at, &["--version"]).ok().text().contains("Free Software Foundation"));
    assert!(cc(at, &["-dumpversion"]).ok().text().trim().parse::<u32>().is_ok_and(|v| v >= 5));
    assert!(cc(at, &["-print-search-dirs"]).ok().text().contains("libraries: ="));
    let verbose = cc(at, &["-v"]).ok();
    assert!(
        verbose.stderr.contains("gcc version") || verbose.stderr.contains("Target:"),
        "{}",
        verbose.stderr
    );
    directory.write("empty.c", "");
    let macros = cc(at, &["-E", "-dM", "empty.c"]).ok().text();
    for name in
        ["__GNUC__", "__x86_64__", "__SIZEOF_POINTER__ 8", "__linux__", "__BYTE_ORDER__", "__CHAR_BIT__ 8"]
    {
        assert!(macros.contains(&format!("#define {name}")), "{name}");
    }
}

#[test]
fn outputs_by_mode() {
    let directory = hello("modes");
    let at = directory.path();
    cc(at, &["-c", "hello.c"]).ok();
    assert!(directory.exists("hello.o"));
    cc(at, &["-S", "hello.c"]).ok();
    assert!(directory.exists("hello.s"));
    cc(at, &["hello.s"]).ok();
    assert_eq!(run(at, 10, &["./a.out"]).ok().text(), "hello 42\n");
    cc(at, &["-E", "hello.c", "-o", "hello.i"]).ok();
    cc(at, &["hello.i", "-o", "from-i"]).ok();
    assert_eq!(run(at, 10, &["./from-i"]).ok().text(), "hello 42\n");
    assert!(cc(at, &["-E", "-P", "hello.c"]).ok().text().contains("printf(\"hello %d\\n\", 42)"));
    directory.write("odd.name", "int main(void) { return 0; }\n");
    cc(at, &["-x", "c", "odd.name", "-o", "odd"]).ok();
    run(at, 10, &["./odd"]).ok();
    let source = std::fs::File::open(at.join("hello.c")).expect("hello.c");
    let binary = support::binary();
    support::run_with_input(at, 20, &[&binary, "cc", "-xc", "-", "-o", "stdin"], source.into()).ok();
    run(at, 10, &["./stdin"]).ok();
    directory.write("words.rsp", "-c \"hello.c\"\n-o 'from rsp.o'\n");
    cc(at, &["@words.rsp"]).ok();
    assert!(directory.exists("from rsp.o"));
    directory.write(
        "up.S",
        "#define NAME up\n.globl NAME\nNAME: movl $7, %eax\n ret\n.section .note.GNU-stack,\"\",@progbits\n",
    );
    directory.write("use.c", "int up(void); int main(void) { return up() - 7; }\n");
    cc(at, &["use.c", "up.S", "-o", "use"]).ok();
    run(at, 10, &["./use"]).ok();
}

#[test]
fn dependencies() {
    need!("gcc");
    let directory = hello("dependencies");
    let at = directory.path();
    let words = |text: Vec<u8>| -> Vec<String> {
        String::from_utf8_lossy(&text).replace("\\\n", " ").split_whitespace().map(str::to_owned).collect()
    };
    for flags in [
        &["-MMD", "-MF", "out.d", "-MP"][..],
        &["-MMD", "-MF", "out.d", "-MT", "x.o y.o"],
        &["-MMD", "-MF", "out.d", "-MQ", "a$b"],
    ] {
        cc(at, &[flags, &["-c", "hello.c", "-o", "hello.o"]].concat()).ok();
        let ours = words(directory.read("out.d"));
        gcc(at, &[flags, &["-c", "hello.c", "-o", "hello.o"]].concat()).ok();
        assert_eq!(ours, words(directory.read("out.d")), "{flags:?}");
    }
    let ours = words(cc(at, &["-MM", "hello.c"]).ok().stdout);
    assert_eq!(ours, words(gcc(at, &["-MM", "hello.c"]).ok().stdout));
}

#[test]
fn kinds_of_output() {
    let directory = hello("kinds");
    let at = directory.path();
    for flags in [
        &["-static"][..],
        &["-static-pie", "-fPIE"],
        &["-no-pie", "-fno-pie"],
        &["-pie", "-fPIE"],
        &["-fPIC"],
        &["-pthread", "-O2"],
        &["-s"],
        &["-Wl,--gc-sections", "-ffunction-sections"],
        &["-Wl,-z,now", "-Wl,--as-needed"],
    ] {
        cc(at, &[flags, &["hello.c", "-o", "hello"]].concat()).ok();
        assert_eq!(run(at, 10, &["./hello"]).ok().text(), "hello 42\n", "{flags:?}");
    }
    cc(at, &["hello.c", "-o", "h1", "-g"]).ok();
}

#[test]
fn shared_library_and_dlopen() {
    let directory = TempDir::new("shared");
    let at = directory.path();
    directory.write("lib.c", "#include <stdio.h>\nint counter = 1; static __thread int mine = 5;\n__attribute__((constructor)) static void begin(void) { counter += 10; }\nint bump(void) { mine++; return counter++ * 100 + mine; }\n");
    directory.write("use.c", "#include <stdio.h>\nextern int counter; int bump(void);\nint main(void) { printf(\"%d \", bump()); printf(\"%d\\n\", counter); return 0; }\n");
    directory.write("open.c", "#include <stdio.h>\n#include <dlfcn.h>\nint main(void) { void *h = dlopen(\"./libown.so\", RTLD_NOW); if (!h) { puts(dlerror()); return 1; }\n int (*f)(void) = (int (*)(void))dlsym(h, \"bump\"); printf(\"%d\\n\", f()); return 0; }\n");
    cc(at, &["-fPIC", "-shared", "lib.c", "-o", "libown.so", "-Wl,-soname,libown.so"]).ok();
    cc(at, &["use.c", "-L.", "-lown", "-Wl,-rpath,$ORIGIN", "-o", "use"]).ok();
    assert_eq!(run(at, 10, &["./use"]).ok().text(), "1106 12\n");
    cc(at, &["open.c", "-o", "open", "-ldl"]).ok();
    assert_eq!(run(at, 10, &["./open"]).ok().text(), "1106\n");
}

#[test]
fn order_of_libraries() {
    need!("ar");
    let directory = TempDir::new("order");
    let at = directory.path();
    directory.write("one.c", "int two(void); int one(void) { return two() + 1; }\n");
    directory.write("two.c", "int two(void) { return 2; }\n");
    directory.write("main.c", "int one(void); int main(void) { return one() - 3; }\n");
    cc(at, &["-c", "one.c", "two.c", "main.c"]).ok();
    run(at, 10, &["ar", "rcs", "libone.a", "one.o"]).ok();
    run(at, 10, &["ar", "rcs", "libtwo.a", "two.o"]).ok();
    cc(at, &["main.o", "-L.", "-lone", "-ltwo", "-o", "right"]).ok();
    run(at, 10, &["./right"]).ok();
    let wrong = cc(at, &["-L.", "-ltwo", "-lone", "main.o", "-o", "wrong"]);
    assert!(wrong.status == 1 && wrong.stderr.contains("one"), "{}", wrong.stderr);
    cc(at, &["main.o", "-L.", "-Wl,--start-group", "-ltwo", "-lone", "-Wl,--end-group", "-o", "group"]).ok();
}

#[test]
fn links_what_gcc_compiled() {
    need!("gcc");
    let directory = hello("gcc-objects");
    let at = directory.path();
    for flags in
        [&["-O2"][..], &["-O2", "-g", "-ffunction-sections", "-fdata-sections"], &["-fno-pie", "-no-pie"]]
    {
        gcc(at, &[flags, &["-c", "hello.c", "-o", "hello.o"]].concat()).ok();
        cc(at, &[flags, &["hello.o", "-o", "hello"]].concat()).ok();
        assert_eq!(run(at, 10, &["./hello"]).ok().text(), "hello 42\n", "{flags:?}");
    }
}

#[test]
fn makefile_and_configure() {
    need!("make", "sh");
    let directory = hello("make");
    let at = directory.path();
    directory.write("Makefile", "OBJ = hello.o\nCFLAGS = -O1 -g -Wall -MMD\nhello: $(OBJ)\n\t$(CC) $(LDFLAGS) -o $@ $(OBJ) -lm\n-include *.d\n");
    let compiler = format!("CC={} cc", support::binary());
    run(at, 60, &["make", "-s", &compiler]).ok();
    assert_eq!(run(at, 10, &["./hello"]).ok().text(), "hello 42\n");
    run(at, 10, &["touch", "-d", "+5 seconds", "own.h"]).ok();
    assert_eq!(run(at, 10, &["make", "-q", &compiler]).status, 1, "the header is a dependency");
    directory.write("configure", r##"set -e
echo 'int main(void){return 0;}' > conftest.c
$CC -o conftest conftest.c && ./conftest && echo works
$CC -c conftest.c && test -f conftest.o && echo object suffix o
echo 'int main(void){
#ifndef __GNUC__
choke me
#endif
return 0;}' > conftest.c; $CC -c conftest.c && echo GNU C
for f in strlcpy_no_such memcpy getpid; do
  printf 'char %s(void);\nint main(void){return %s();}\n' $f $f > conftest.c
  if $CC -o conftest conftest.c 2>/dev/null; then echo has $f; else echo no $f; fi
done
for h in stdint.h unistd.h no_such.h; do
  echo "#include <$h>" > conftest.c; if $CC -E conftest.c >/dev/null 2>&1; then echo has $h; else echo no $h; fi
done
echo 'int test[1 - 2 * !(sizeof(long) == 8)];' > conftest.c; $CC -c conftest.c && echo long 8
echo 'int test[1 - 2 * !(sizeof(long) == 4)];' > conftest.c; $CC -c conftest.c 2>/dev/null || echo not 4
"##);
    let output =
        run(at, 60, &["sh", "-c", &format!("{} sh ./configure", compiler.replacen("CC=", "CC='", 1) + "'")])
            .ok();
    assert_eq!(
        output.text(),
        "works\nobject suffix o\nGNU C\nno strlcpy_no_such\nhas memcpy\nhas getpid\nhas stdint.h\nhas unistd.h\nno no_such.h\nlong 8\nnot 4\n"
    );
}

#[test]
fn cmake() {
    need!("cmake", "make");
    let directory = hello("cmake");
    let at = directory.path();
    directory.write("lib.c", "int lib(void) { return 3; }\n");
    directory.write("CMakeLists.txt", "cmake_minimum_required(VERSION 3.10)\nproject(own C)\nadd_library(own SHARED lib.c)\nadd_executable(hello hello.c)\ntarget_link_libraries(hello own m)\n");
    directory.write("lathe-cc", format!("#!/bin/sh\nexec {} cc \"$@\"\n", support::binary()));
    run(at, 5, &["chmod", "+x", "lathe-cc"]).ok();
    let compiler = format!("-DCMAKE_C_COMPILER={}/lathe-cc", at.display());
    run(at, 120, &["cmake", "-S", ".", "-B", "build", &compiler]).ok();
    run(at, 120, &["cmake", "--build", "build"]).ok();
    assert_eq!(run(at, 10, &["build/hello"]).ok().text(), "hello 42\n");
}
