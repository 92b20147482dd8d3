//! Wrong input: messages with GNU as's words and the right line, many per run, and no panic or endless run.

mod support;

/// Messages as `line: text`.
fn messages(text: &str) -> Vec<String> {
    match support::lathe("f.s", text.as_bytes(), true) {
        Ok(_) => Vec::new(),
        Err(messages) => messages.iter().map(|m| m.trim_start_matches("f.s:").to_string()).collect(),
    }
}

fn expect(text: &str, wanted: &[&str]) {
    let found = messages(text);
    for want in wanted {
        assert!(found.iter().any(|m| m.contains(want)), "{text}\nwants {want}\ngot {found:#?}");
    }
    assert_eq!(found.len(), wanted.len(), "{text}\n{found:#?}");
}

#[test]
fn every_fault_is_reported_with_its_line() {
    expect(
        "\tfrobnicate %eax\n\tmovl %rax, %ebx\n\n\tmovl $1\n\t.unknown 5\n\tjmp 7b\n\tmovl %foo, %eax\n",
        &[
            "1: Error: no such instruction: `frobnicate %eax'",
            "2: Error: operand type mismatch for `movl'",
            "4: Error: number of operands mismatch for `movl'",
            "5: Error: unknown pseudo-op: `.unknown'",
            "6: Error: backward ref to unknown label \"7:\"",
            "7: Error: bad register name `%foo'",
        ],
    );
}

#[test]
fn lines_count_through_macros_comments_and_markers() {
    expect("/* a\nb */ nop\n\tbad1\n", &["3: Error: no such instruction: `bad1'"]);
    expect("# 40 \"x.c\"\n\tbad2\n", &["40: Error: no such instruction: `bad2'"]);
    expect(".macro m\n bad3\n.endm\n\tnop\n\tm\n", &["5: Error: no such instruction: `bad3'"]);
}

#[test]
fn modes_and_registers() {
    expect("\tpushl %eax\n", &["`pushl' is not supported in 64-bit mode"]);
    expect("\tmovb %ah, %r8b\n", &["1: Error: "]);
    expect("\tmovl (%rax,%rsp,2), %eax\n", &["1: Error: "]);
    expect("\tmovl 4(%eax,%rbx), %ecx\n", &["1: Error: "]);
    expect("\tmovl (%rax,%rbx,3), %ecx\n", &["expecting scale factor of 1, 2, 4, or 8: got `3'"]);
}

#[test]
fn limits_are_errors_not_endless_runs() {
    let start = std::time::Instant::now();
    expect("\t.rept 100000000\n\t.skip 100000\n\t.endr\n", &["expand to more than 1 GiB"]);
    expect("\t.macro a\n\ta\n\t.endm\n\ta\n", &["nested too deeply"]);
    // A second call must not start over at every level on the way back: that would be 2^depth calls.
    expect("\t.macro a\n\ta\n\ta\n\t.endm\n\ta\n", &["nested too deeply"]);
    expect("\t.macro a n\n\ta \\n+1\n\ta \\n+2\n\ta \\n\n\t.endm\n\ta 1\n", &["nested too deeply"]);
    expect("\t.fill 5000000000000\n", &["too large"]);
    expect("\t.=3333333333-3332\n", &["section `.text' is too large"]);
    // Sizes that never settle, many of them.
    let unstable = "\t.rept 20000\n1:\t.org 1b-8*((2f-1b)!=8)\n2:\n\t.endr\n";
    assert!(messages(unstable).iter().any(|m| m.contains("Infinite loop encountered")));
    let chain = "-b".repeat(200);
    expect(&format!("\tcall a{chain}\n"), &["too complex"]);
    expect("\t.p2align 77\n\t.balign 3\n", &["alignment out of range", "alignment not a power of 2"]);
    let deep = format!("\t.long {}1{}\n", "(".repeat(5000), ")".repeat(5000));
    expect(&deep, &["nested too deeply"]);
    assert_eq!(messages("\t.skip -5\n\tnop\n"), Vec::<String>::new());
    assert!(start.elapsed().as_secs() < 20);
}

#[test]
fn structure() {
    expect("\t.if 1\n\tnop\n", &["end of file inside conditional"]);
    expect("\t.endif\n", &["\".endif\" without \".if\""]);
    expect("\t.macro a\n\tnop\n", &["end of file without `.endm'"]);
    expect("\t.endr\n", &["without preceding .rept"]);
    expect("\t.error \"stop here\"\n", &["1: Error: stop here"]);
    expect("\t.long 1 2\n", &["junk at end of line, first unrecognized character is `2'"]);
    expect("\tmovl foo@BAR, %eax\n", &["unknown relocation operator '@BAR'"]);
    expect("\t.section .x,\"q\"\n", &["unrecognized .section attribute: 'q'"]);
}

/// Damaged samples: any outcome but a panic or a run without end.
#[test]
fn damaged_text_never_panics() {
    let samples = [include_str!("samples/att.s"), include_str!("samples/intel.s")];
    let mut state = 12345u64;
    let mut random = |below: usize| {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 33) as usize % below
    };
    for round in 0..400 {
        let mut text = samples[round % 2].as_bytes().to_vec();
        for _ in 0..1 + random(12) {
            let at = random(text.len());
            match random(5) {
                0 => text[at] = random(256) as u8,
                1 => {
                    text.remove(at);
                }
                2 => text.insert(at, b"(){}$%,.@\"'\n\\*-"[random(15)]),
                3 => {
                    let to = (at + random(40)).min(text.len());
                    text.drain(at..to);
                }
                _ => {
                    let from = random(text.len());
                    let piece: Vec<u8> = text[from..(from + 20).min(text.len())].to_vec();
                    text.splice(at..at, piece);
                }
            }
        }
        shorten_numbers(&mut text);
        let _ = support::lathe("damaged.s", &text, true);
    }
    let _ = (support::gnu, support::differences);
}

/// Cuts runs of digits to five, so that no fill becomes long by chance.
fn shorten_numbers(text: &mut Vec<u8>) {
    let mut run = 0;
    text.retain(|byte| {
        run = if byte.is_ascii_hexdigit() { run + 1 } else { 0 };
        run <= 5
    });
}

fn messages_aarch64(text: &str) -> Vec<String> {
    match support::lathe_for(&lathe_isa_aarch64::AARCH64, "f.s", text.as_bytes()) {
        Ok(_) => Vec::new(),
        Err(messages) => messages.iter().map(|m| m.trim_start_matches("f.s:").to_string()).collect(),
    }
}

/// The messages are those of GNU as 2.40.
#[test]
fn faults_of_aarch64_text() {
    let text = "\tfrobnicate x0\n\tadd x0, w1, x2\n\tadd x0, x1, #5001\n\tldr x0, [x1, #32768]\n\
        \tldp x0, x1, [x2, #1000]\n\tlsl x0, x1, #64\n\tmovz x0, #65536\n\tand x0, x1, #5\n\
        \tldr x0, [x1, w2]\n\tadd x0, x0, :nonsense:y\n\tfmov d0, #0.1\n\tldr x0, [x1, x2, lsl #2]\n";
    let wanted = [
        "1: Error: unknown mnemonic `frobnicate' -- `frobnicate x0'",
        "2: Error: operand mismatch -- `add x0,w1,x2'",
        "3: Error: immediate out of range at operand 3 -- `add x0,x1,#5001'",
        "4: Error: immediate offset out of range 0 to 32760 at operand 2 -- `ldr x0,[x1,#32768]'",
        "5: Error: immediate offset out of range -512 to 504 at operand 3 -- `ldp x0,x1,[x2,#1000]'",
        "6: Error: immediate value out of range 0 to 63 at operand 3 -- `lsl x0,x1,#64'",
        "7: Error: immediate value out of range 0 to 65535 at operand 2 -- `movz x0,#65536'",
        "8: Error: immediate out of range at operand 3 -- `and x0,x1,#5'",
        "9: Error: ",
        "10: Error: unknown relocation modifier",
        "11: Error: invalid floating-point constant",
        "12: Error: ",
    ];
    let found = messages_aarch64(text);
    assert_eq!(found.len(), wanted.len(), "{found:#?}");
    for (found, wanted) in found.iter().zip(wanted) {
        assert!(found.starts_with(wanted), "{found}\nwants {wanted}");
    }
}

/// Every byte of the sample missing, doubled or changed once: no panic.
#[test]
fn damaged_aarch64_text_never_panics() {
    let sample = include_bytes!("samples/aarch64.s");
    let mut state = 1u64;
    for _ in 0..400 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let mut text = sample.to_vec();
        for round in 0..8 {
            let at = ((state >> (16 + round)) as usize * 31 + round * 977) % text.len();
            match (state >> (8 * round)) & 3 {
                0 => {
                    text.remove(at);
                }
                1 => text.insert(at, b"{}[],#:.vxw"[(state >> 33) as usize % 11]),
                2 => text[at] = (state >> 40) as u8,
                _ => text[at] = b"0919lsd"[(state >> 21) as usize % 7],
            }
        }
        let _ = support::lathe_for(&lathe_isa_aarch64::AARCH64, "f.s", &text);
    }
}
