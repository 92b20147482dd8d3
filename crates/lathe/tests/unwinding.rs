//! Unwind tables of functions whose prologue stands behind early exits: gdb steps through one and finds the same
//! caller, with the same call-preserved registers, at every instruction.

mod support;

use support::{TempDir, cc, run};

const PROGRAM: &str = "#include <stdio.h>
struct item { int key; struct item *next; int *p; };
__attribute__((noinline)) int leaf(int *p) { return *p; }
__attribute__((noinline)) int middle(struct item *p, int k)
{
    if (!p) return -1;
    if (p->key == k) return 0;
    int x = leaf(p->p) * 10;
    while (p) { x += leaf(p->p) + k; p = p->next; }
    return x;
}
int main(void)
{
    int one = 1, two = 2;
    struct item b = {7, 0, &two}, a = {5, &b, &one};
    return middle(&a, 3) + middle(&b, 7) + middle(0, 0) + middle(&b, 6) != 53;
}
";

const SCRIPT: &str = "import gdb
gdb.execute('set pagination off')
gdb.execute('break *middle')
gdb.execute('run')
wrong = steps = 0
names = ('rbx', 'rbp', 'r12', 'r13', 'r14', 'r15')
value = lambda frame, name: int(frame.read_register(name)) & (1 << 64) - 1
while gdb.selected_inferior().pid:
    here = gdb.newest_frame()
    caller = here.older().pc()
    before = {name: value(here, name) for name in names}
    while gdb.newest_frame().pc() != caller:
        here = gdb.newest_frame()
        if here.name() != 'middle':
            gdb.execute('finish', to_string=True)
            continue
        older = here.older()
        steps += 1
        if older.pc() != caller or any(value(older, name) != before[name] for name in names):
            wrong += 1
            print('wrong at', hex(here.pc()))
        gdb.execute('stepi', to_string=True)
    gdb.execute('continue', to_string=True)
print('steps', steps, 'wrong', wrong)
gdb.execute('quit')
";

#[test]
fn every_instruction_of_an_early_exit_unwinds() {
    need!("gdb");
    let directory = TempDir::new("unwinding");
    let at = directory.path();
    directory.write("program.c", PROGRAM);
    directory.write("script.py", SCRIPT);
    for level in ["-O0", "-O1", "-O2"] {
        cc(at, &[level, "program.c", "-o", "program"]).ok();
        let gdb = run(at, 60, &["gdb", "-nx", "-batch", "-x", "script.py", "./program"]);
        let text = gdb.text();
        if gdb.stderr.contains("ptrace") || text.contains("ptrace") || gdb.stderr.contains("not supported") {
            eprintln!("skipped: gdb may not trace here, or has no Python");
            return;
        }
        assert!(text.contains("wrong 0\n"), "{level}\n{text}{}", gdb.stderr);
        assert!(!text.contains("steps 0 "), "{level}\n{text}{}", gdb.stderr);
    }
}
