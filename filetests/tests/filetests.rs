//! Runs the test files; see the library's documentation.

fn main() {
    let arguments = libtest_mimic::Arguments::from_args();
    libtest_mimic::run(&arguments, lathe_filetests::discover::trials()).exit();
}
