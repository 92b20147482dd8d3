//! Real programs, unmodified: SQLite, Lua, zlib and bzip2 built by `lathe cc` alone for every target, at -O0 and -O1,
//! dynamic and static, and with every second object from gcc. Their sources come from `cargo xtask fetch`.
//!
//! For targets that are emulated, what takes long is left out unless `LATHE_FULL=1`.

mod support;

use std::fs::File;
use std::path::Path;
use support::machine::Machine;
use support::{program_sources, run_with_input};

/// How a program is built.
#[derive(Clone, Copy, Debug)]
struct Build {
    level: &'static str,
    /// Every second source by gcc.
    mixed: bool,
    is_static: bool,
}

const BUILDS: &[Build] = &[
    Build { level: "-O0", mixed: false, is_static: false },
    Build { level: "-O1", mixed: false, is_static: true },
    Build { level: "-O1", mixed: false, is_static: false },
    Build { level: "-O1", mixed: true, is_static: false },
    Build { level: "-O0", mixed: false, is_static: true },
];

/// The builds to try: emulated, one of each level.
fn builds(machine: Machine) -> &'static [Build] {
    if machine.is_native() || support::full() { BUILDS } else { &BUILDS[..2] }
}

/// Compiles and links.
fn build(
    machine: Machine,
    at: &Path,
    sources: &Path,
    names: &[&str],
    how: Build,
    flags: &[&str],
    output: &str,
) {
    let include = format!("-I{}", sources.display());
    let mut objects = Vec::new();
    for (i, name) in names.iter().enumerate() {
        let source = sources.join(name).display().to_string();
        let object = format!("{output}-{i}.o");
        let arguments: Vec<&str> =
            ["-w", how.level, include.as_str(), "-c", source.as_str(), "-o", object.as_str()]
                .into_iter()
                .chain(flags.iter().copied())
                .collect();
        if how.mixed && i % 2 == 1 {
            machine.gcc(at, &arguments).ok()
        } else {
            machine.cc(at, &arguments).ok()
        };
        objects.push(object);
    }
    let mut link: Vec<&str> = objects.iter().map(String::as_str).collect();
    link.extend(["-o", output, "-lm", "-lpthread", "-ldl"]);
    if how.is_static {
        link.push("-static");
    }
    machine.cc(at, &link).ok();
}

fn build_with_gcc(machine: Machine, at: &Path, sources: &Path, names: &[&str], flags: &[&str], output: &str) {
    let include = format!("-I{}", sources.display());
    let files: Vec<String> = names.iter().map(|name| sources.join(name).display().to_string()).collect();
    let mut arguments = vec!["-O1", include.as_str(), "-o", output];
    arguments.extend(files.iter().map(String::as_str));
    arguments.extend(flags);
    arguments.extend(["-lm", "-lpthread", "-ldl"]);
    machine.gcc(at, &arguments).ok();
}

on_every_target!(sqlite, lua, zlib, bzip2);

const SQLITE: &[&str] = &["sqlite3.c", "shell.c"];
const SQL: &str = "create table a(id integer primary key, k int, name text, x real);
create table b(k int, label text);
insert into a(k, name, x) with recursive c(n) as (select 1 union all select n+1 from c where n < 30000)
  select (n * 7919) % 1009, printf('name%05d', (n * 104729) % 30011), n * 0.37 from c;
insert into b with recursive c(n) as (select 0 union all select n+1 from c where n < 1008)
  select n, 'label' || (n % 17) from c;
create index a_k on a(k); create index a_name on a(name);
select count(*), sum(k), round(avg(x), 6), min(name), max(name) from a;
select label, count(*), round(sum(x), 3) from a join b using(k) group by label order by label;
select id, name, x from a where name between 'name10000' and 'name10020' order by name desc;
update a set x = x * 2 where k % 3 = 0; delete from a where k % 10 = 7;
select k, count(*), total(x), group_concat(id % 10, '') from a group by k having count(*) > 25 order by 2, 1 limit 40;
select upper(name), hex(substr(name, 1, 3)), x like '%5%' from a order by x desc limit 20;
explain query plan select * from a join b using(k) where name > 'name2';
pragma integrity_check; vacuum; select count(*), max(id) from a;
";

fn sqlite(machine: Machine) {
    if machine.is_missing() {
        return;
    }
    let Some(sources) = program_sources("sqlite") else { return };
    let directory = machine.directory("sqlite");
    let at = directory.path();
    directory.write("script.sql", SQL);
    let runner = machine.runner();
    let ask = |program: &str| {
        let script = File::open(at.join("script.sql")).expect("the script");
        let words = runner.iter().map(String::as_str).chain([program, ":memory:"]).collect::<Vec<_>>();
        run_with_input(at, 120 * machine.patience(), &words, script.into()).ok().text()
    };
    build_with_gcc(machine, at, &sources, SQLITE, &[], "expected");
    let expected = ask("./expected");
    assert!(expected.contains("label16"), "{expected}");
    for how in builds(machine) {
        build(machine, at, &sources, SQLITE, *how, &[], "ours");
        assert_eq!(ask("./ours"), expected, "{how:?}");
    }
}

const LUA_SCRIPT: &str = r##"
local function fib(n) if n < 2 then return n end return fib(n-1) + fib(n-2) end
print(fib(24))
local t = {} for i = 1, 20000 do t[i] = (i * 7919) % 10007 end
table.sort(t) local s = 0 for i, v in ipairs(t) do s = s + i * v end print(s)
print(string.format("%q %5.2f %x %g", "a\n\"b\"", 3.14159, 255, 1e100))
print(("hello world"):gsub("o", "0"), ("key=value"):match("(%w+)=(%w+)"))
local co = coroutine.wrap(function(a) for i = 1, 3 do a = coroutine.yield(a * i) end return "done" end)
print(co(2), co(3), co(4), co(5))
print(pcall(error, {code = 1}), select("#", pcall(error, "x")))
local mt = setmetatable({}, {__index = function(_, k) return k .. "!" end, __add = function(a, b) return 42 end})
print(mt.abc, mt + 1, 7 // 2, -7 // 2, 7 % -3, 2^0.5, 1 << 62, math.maxinteger + 1 == math.mininteger)
local words = {} for w in ("the quick brown fox jumps over the lazy dog"):gmatch("%a+") do words[#words + 1] = w end
print(table.concat(words, ","), #words, os.time{year=2020, month=1, day=1, hour=12} > 0)
local function nbody(n) local x, v = 1.0, 0.0 for i = 1, n do local a = -x v = v + a * 0.01 x = x + v * 0.01 end return x end
print(string.format("%.12f", nbody(50000))) goto done
print("never") ::done:: print(utf8.char(228, 8364), #utf8.char(8364), tostring(nil), 10 // 0.0, -(0/0) ~= 0)
"##;

fn lua(machine: Machine) {
    if machine.is_missing() {
        return;
    }
    let Some(sources) = program_sources("lua") else { return };
    let sources = sources.join("src");
    let mut names: Vec<String> = std::fs::read_dir(&sources)
        .expect("lua's sources")
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.ends_with(".c") && name != "luac.c" && name != "ltests.c" && name != "onelua.c")
        .collect();
    names.sort();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let directory = machine.directory("lua");
    let at = directory.path();
    directory.write("script.lua", LUA_SCRIPT);
    let flags = ["-DLUA_USE_LINUX"];
    build_with_gcc(machine, at, &sources, &names, &[flags[0], "-Wl,-E"], "expected");
    let ask = |program: &str| machine.run(at, 60, &[program, "script.lua"]).ok().text();
    let expected = ask("./expected");
    for how in builds(machine) {
        build(machine, at, &sources, &names, *how, &flags, "ours");
        assert_eq!(ask("./ours"), expected, "{how:?}");
    }
}

const ZLIB: &[&str] = &[
    "adler32.c",
    "compress.c",
    "crc32.c",
    "deflate.c",
    "gzclose.c",
    "gzlib.c",
    "gzread.c",
    "gzwrite.c",
    "infback.c",
    "inffast.c",
    "inflate.c",
    "inftrees.c",
    "trees.c",
    "uncompr.c",
    "zutil.c",
];

/// A shell command in which `./NAME` runs the target's program.
fn shell(machine: Machine, at: &Path, seconds: u32, line: &str) {
    let runner = machine.runner().join(" ");
    let line = if runner.is_empty() { line.to_owned() } else { line.replace("./", &format!("{runner} ./")) };
    support::run(at, seconds * machine.patience(), &["sh", "-c", &line]).ok();
}

fn zlib(machine: Machine) {
    if machine.is_missing() {
        return;
    }
    let Some(sources) = program_sources("zlib") else { return };
    let directory = machine.directory("zlib");
    let at = directory.path();
    let flags = ["-DHAVE_UNISTD_H", "-D_LARGEFILE64_SOURCE=1"];
    let text = std::fs::read(sources.join("deflate.c")).expect("deflate.c");
    directory.write("sample", &text);
    let with = |last: &'static str| [ZLIB, &[last]].concat();
    build_with_gcc(machine, at, &sources, &with("test/example.c"), &flags, "expected");
    let expected = machine.run(at, 30, &["./expected"]).ok().text();
    build_with_gcc(machine, at, &sources, &with("test/minigzip.c"), &flags, "minigzip");
    shell(machine, at, 30, "./minigzip < sample > expected.gz");
    for how in builds(machine) {
        build(machine, at, &sources, &with("test/example.c"), *how, &flags, "example");
        assert_eq!(machine.run(at, 30, &["./example"]).ok().text(), expected, "{how:?}");
        build(machine, at, &sources, &with("test/minigzip.c"), *how, &flags, "ours");
        shell(machine, at, 30, "./ours < sample > ours.gz && ./ours -d < ours.gz | cmp - sample");
        assert!(directory.read("ours.gz") == directory.read("expected.gz"), "{how:?}");
    }
}

const BZIP2: &[&str] = &[
    "blocksort.c",
    "huffman.c",
    "crctable.c",
    "randtable.c",
    "compress.c",
    "decompress.c",
    "bzlib.c",
    "bzip2.c",
];

fn bzip2(machine: Machine) {
    if machine.is_missing() {
        return;
    }
    let Some(sources) = program_sources("bzip2") else { return };
    let directory = machine.directory("bzip2");
    let at = directory.path();
    let flags = ["-D_FILE_OFFSET_BITS=64"];
    let mut samples = 0;
    for how in builds(machine) {
        build(machine, at, &sources, BZIP2, *how, &flags, "ours");
        for (sample, option) in [("sample1", "-1"), ("sample2", "-2"), ("sample3", "-3")] {
            let packed = sources.join(format!("{sample}.bz2"));
            let plain = sources.join(format!("{sample}.ref"));
            if !plain.exists() || !packed.exists() {
                continue;
            }
            samples += 1;
            directory.write("packed", std::fs::read(packed).expect("the sample"));
            directory.write("plain", std::fs::read(plain).expect("the sample"));
            let line = format!("./ours {option} < plain | cmp - packed && ./ours -d < packed | cmp - plain");
            shell(machine, at, 60, &line);
        }
        directory.write("manual", std::fs::read(sources.join("manual.ps")).expect("the manual"));
        shell(machine, at, 60, "./ours -k < manual | ./ours -d | cmp - manual");
    }
    eprintln!("{samples} of bzip2's samples compared");
}
