//! `-r`.

use crate::support::bench;

#[test]
fn a_relocatable_link_links_again() {
    let Some(bench) = bench("relocatable") else { return };
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
    let line = "-r x.o y.o -o both.o";
    bench.link_arguments(line.split(' ').map(Into::into).collect()).expect("it links");
    let complaints = bench.command("readelf", "-aW both.o").output().expect("readelf starts").stderr;
    assert_eq!(String::from_utf8_lossy(&complaints), "");
    // GNU ld and this linker both take it.
    assert_eq!(bench.same("g++", "both.o"), "thrown 33\n");
    assert_eq!(bench.same("g++", "-static both.o"), "thrown 33\n");
}
