//! General-purpose instructions (Intel SDM vol. 2), forms in the order in which GNU as tries them.

use crate::registers::{FLAGS, RAX, RBP, RBX, RCX, RDI, RDX, RSI, RSP};
use crate::template::{Group, MODE_64, f, fs, g, p};
use lathe_isa::RowFlags as Is;
use lathe_target::features::Feature as Has;

/// Two-operand arithmetic: opcode of the `rm, r` form for bytes, of the others, digit of the immediate forms.
macro_rules! arithmetic {
    ($name:literal, $access:literal, $b0:literal $b1:literal $b2:literal $b3:literal $b4:literal $b5:literal, $digit:literal) => {
        g(
            $name,
            "bwlq",
            &[
                fs("b", concat!($access, "rm8 r8"), concat!($b0, " /r")),
                fs("wlq", concat!($access, "rmv rv"), concat!($b1, " /r")),
                fs("b", concat!($access, "r8 m8"), concat!($b2, " /r")),
                fs("wlq", concat!($access, "rv mv"), concat!($b3, " /r")),
                fs("wlq", concat!($access, "rmv ibs"), concat!("83 ", $digit)),
                fs("b", concat!($access, "al ib"), $b4),
                fs("wlq", concat!($access, "av iz"), $b5),
                fs("b", concat!($access, "rm8 ib"), concat!("80 ", $digit)),
                fs("wlq", concat!($access, "rmv iz"), concat!("81 ", $digit)),
                // What disassemblers must know: the other direction of the register form.
                fs("b", concat!($access, "r8 u8"), concat!($b2, " /r ALIAS")),
                fs("wlq", concat!($access, "rv uv"), concat!($b3, " /r ALIAS")),
            ],
        )
        .writes(&[FLAGS])
    };
}

macro_rules! shift {
    ($name:literal, $digit:literal) => {
        g(
            $name,
            "bwlq",
            &[
                fs("b", "+rm8 one", concat!("D0 ", $digit)),
                fs("wlq", "+rmv one", concat!("D1 ", $digit)),
                fs("b", "+rm8 ib", concat!("C0 ", $digit)),
                fs("wlq", "+rmv ib", concat!("C1 ", $digit)),
                fs("b", "+rm8 cl", concat!("D2 ", $digit)),
                fs("wlq", "+rmv cl", concat!("D3 ", $digit)),
                fs("b", "+rm8", concat!("D0 ", $digit, " ALIAS")),
                fs("wlq", "+rmv", concat!("D1 ", $digit, " ALIAS")),
            ],
        )
        .writes(&[FLAGS])
    };
}

macro_rules! unary {
    ($name:literal, $operand:literal, $b:literal $v:literal $digit:literal) => {
        g(
            $name,
            "bwlq",
            &[
                fs("b", concat!($operand, "8"), concat!($b, " ", $digit)),
                fs("wlq", concat!($operand, "v"), concat!($v, " ", $digit)),
            ],
        )
    };
}

macro_rules! bit_test {
    ($name:literal, $access:literal, $code:literal, $digit:literal) => {
        g(
            $name,
            "wlq",
            &[
                f(concat!($access, "rmv rv"), concat!("0F ", $code, " /r")),
                f(concat!($access, "rmv ib"), concat!("0F BA ", $digit)),
            ],
        )
        .writes(&[FLAGS])
    };
}

macro_rules! string {
    ($att:literal, $manual:literal, $b:literal $v:literal, $reads:expr, $writes:expr, $flags:expr) => {
        g($att, "bwlq", &[fs("b", "", $b), fs("wlq", "", $v)])
            .manual($manual)
            .reads($reads)
            .writes($writes)
            .flags($flags)
    };
}

#[rustfmt::skip]
pub(crate) const GROUPS: &[Group] = &[
    g("mov", "bwlq", &[
        fs("b", "=al moffs8", "A0 I64"), fs("wl", "=av moffs32", "A1 I64"),
        fs("b", "=moffs8 al", "A2 I64"), fs("wl", "=moffs32 av", "A3 I64"),
        fs("b", "=rm8 r8", "88 /r"), fs("wlq", "=rmv rv", "89 /r"),
        fs("b", "=r8 m8", "8A /r"), fs("wlq", "=rv mv", "8B /r"),
        fs("b", "=o8 ib", "B0"), fs("wl", "=ov iz", "B8"),
        fs("b", "=rm8 ib", "C6 /0"), fs("wlq", "=rmv iz", "C7 /0"), fs("q", "=o64 iq", "B8"),
        fs("wl", "=uv sr", "8C /r"), fs("q", "=uv sr", "8C /r D64"), fs("w", "=m16 sr", "8C /r NP"), fs("l", "=m16 sr", "8C /r NP ALIAS"),
        fs("w", "=sr u16", "8E /r NP"), fs("w", "=sr m16", "8E /r NP"), fs("l", "=sr u32", "8E /r NP"), fs("q", "=sr u64", "8E /r NP ALIAS"),
        fs("l", "=u32 cr", "0F 20 /r I64"), fs("q", "=u64 cr", "0F 20 /r D64"),
        fs("l", "=cr u32", "0F 22 /r I64"), fs("q", "=cr u64", "0F 22 /r D64"),
        fs("l", "=u32 dr", "0F 21 /r I64"), fs("q", "=u64 dr", "0F 21 /r D64"),
        fs("l", "=dr u32", "0F 23 /r I64"), fs("q", "=dr u64", "0F 23 /r D64"),
        fs("b", "=r8 u8", "8A /r ALIAS"), fs("wlq", "=rv uv", "8B /r ALIAS"),
    ]),
    g("movabs", "bwlq", &[
        fs("b", "=al moffs8", "A0 O64"), fs("wlq", "=av moffs64", "A1 O64"),
        fs("b", "=moffs8 al", "A2 O64"), fs("wlq", "=moffs64 av", "A3 O64"),
        fs("q", "=o64 iq", "B8"),
    ]),
    g("movzb", "wlq", &[f("=rv rm8", "0F B6 /r")]).manual("movzx"),
    g("movzw", "lq", &[f("=rv rm16", "0F B7 /r")]).manual("movzx"),
    g("movsb", "wlq", &[f("=rv rm8", "0F BE /r")]).manual("movsx"),
    g("movsw", "lq", &[f("=rv rm16", "0F BF /r")]).manual("movsx"),
    g("movsl", "q", &[f("=r64 rm32", "63 /r")]).manual("movsxd"),
    arithmetic!("add", "+", "00" "01" "02" "03" "04" "05", "/0"),
    arithmetic!("or", "+", "08" "09" "0A" "0B" "0C" "0D", "/1"),
    arithmetic!("adc", "+", "10" "11" "12" "13" "14" "15", "/2").reads(&[FLAGS]),
    arithmetic!("sbb", "+", "18" "19" "1A" "1B" "1C" "1D", "/3").reads(&[FLAGS]),
    arithmetic!("and", "+", "20" "21" "22" "23" "24" "25", "/4"),
    arithmetic!("sub", "+", "28" "29" "2A" "2B" "2C" "2D", "/5"),
    arithmetic!("xor", "+", "30" "31" "32" "33" "34" "35", "/6"),
    arithmetic!("cmp", "", "38" "39" "3A" "3B" "3C" "3D", "/7"),
    g("test", "bwlq", &[
        fs("b", "rm8 r8", "84 /r"), fs("wlq", "rmv rv", "85 /r"),
        fs("b", "r8 m8", "84 /r ALIAS"), fs("wlq", "rv mv", "85 /r ALIAS"),
        fs("b", "al ib", "A8"), fs("wlq", "av iz", "A9"),
        fs("b", "rm8 ib", "F6 /0"), fs("wlq", "rmv iz", "F7 /0"),
    ]).writes(&[FLAGS]),
    shift!("rol", "/0"), shift!("ror", "/1"), shift!("rcl", "/2").reads(&[FLAGS]), shift!("rcr", "/3").reads(&[FLAGS]),
    shift!("shl", "/4"), shift!("shr", "/5"), shift!("sal", "/4"), shift!("sar", "/7"),
    g("shld", "wlq", &[f("+rmv rv ib", "0F A4 /r"), f("+rmv rv cl", "0F A5 /r"), f("+rmv rv", "0F A5 /r ALIAS")]).writes(&[FLAGS]),
    g("shrd", "wlq", &[f("+rmv rv ib", "0F AC /r"), f("+rmv rv cl", "0F AD /r"), f("+rmv rv", "0F AD /r ALIAS")]).writes(&[FLAGS]),
    g("inc", "bwlq", &[fs("wl", "+ov", "40 I64"), fs("b", "+rm8", "FE /0"), fs("wlq", "+rmv", "FF /0")]).writes(&[FLAGS]),
    g("dec", "bwlq", &[fs("wl", "+ov", "48 I64"), fs("b", "+rm8", "FE /1"), fs("wlq", "+rmv", "FF /1")]).writes(&[FLAGS]),
    unary!("not", "+rm", "F6" "F7" "/2"),
    unary!("neg", "+rm", "F6" "F7" "/3").writes(&[FLAGS]),
    g("mul", "b", &[f("rm8", "F6 /4")]).reads(&[RAX]).writes(&[RAX, FLAGS]),
    g("mul", "wlq", &[f("rmv", "F7 /4")]).reads(&[RAX]).writes(&[RAX, RDX, FLAGS]),
    g("imul", "b", &[f("rm8", "F6 /5")]).reads(&[RAX]).writes(&[RAX, FLAGS]),
    g("imul", "wlq", &[f("rmv", "F7 /5")]).reads(&[RAX]).writes(&[RAX, RDX, FLAGS]),
    g("imul", "wlq", &[f("+rv rmv", "0F AF /r"), f("=rv rmv ibs", "6B /r"), f("=rv rmv iz", "69 /r")]).writes(&[FLAGS]),
    g("div", "b", &[f("rm8", "F6 /6"), f("al rm8", "F6 /6 ALIAS")]).reads(&[RAX]).writes(&[RAX, FLAGS]),
    g("div", "wlq", &[f("rmv", "F7 /6"), f("av rmv", "F7 /6 ALIAS")]).reads(&[RAX, RDX]).writes(&[RAX, RDX, FLAGS]),
    g("idiv", "b", &[f("rm8", "F6 /7"), f("al rm8", "F6 /7 ALIAS")]).reads(&[RAX]).writes(&[RAX, FLAGS]),
    g("idiv", "wlq", &[f("rmv", "F7 /7"), f("av rmv", "F7 /7 ALIAS")]).reads(&[RAX, RDX]).writes(&[RAX, RDX, FLAGS]),
    g("lea", "wlq", &[f("=rv m", "8D /r")]).flags(Is::ADDRESS_ONLY),
    p("cbtw", &[f("", "O16 98")]).manual("cbw").reads(&[RAX]).writes(&[RAX]),
    p("cwtl", &[f("", "O32 98")]).manual("cwde").reads(&[RAX]).writes(&[RAX]),
    p("cltq", &[f("", "REX.W 98")]).manual("cdqe").reads(&[RAX]).writes(&[RAX]),
    p("cwtd", &[f("", "O16 99")]).manual("cwd").reads(&[RAX]).writes(&[RDX]),
    p("cltd", &[f("", "O32 99")]).manual("cdq").reads(&[RAX]).writes(&[RDX]),
    p("cqto", &[f("", "REX.W 99")]).manual("cqo").reads(&[RAX]).writes(&[RDX]),

    g("push", "wlq", &[
        fs("w", "o16", "50"), fs("l", "o32", "50 I64"), fs("q", "o64", "50 D64"),
        fs("w", "rm16", "FF /6"), fs("l", "rm32", "FF /6 I64"), fs("q", "rm64", "FF /6 D64"),
        fs("w", "ibs", "6A"), fs("l", "ibs", "6A I64"), fs("q", "ibs", "6A D64"),
        fs("w", "iw", "68"), fs("l", "id", "68 I64"), fs("q", "ids", "68 D64"),
        fs("wl", "es", "06 I64"), fs("wl", "cs", "0E I64"), fs("wl", "ss", "16 I64"), fs("wl", "ds", "1E I64"),
        fs("w", "fs", "0F A0"), fs("w", "gs", "0F A8"), fs("l", "fs", "0F A0 I64"), fs("l", "gs", "0F A8 I64"),
        fs("q", "fs", "0F A0 D64"), fs("q", "gs", "0F A8 D64"),
    ]).reads(&[RSP]).writes(&[RSP]).flags(Is::MAY_STORE),
    g("pop", "wlq", &[
        fs("w", "=o16", "58"), fs("l", "=o32", "58 I64"), fs("q", "=o64", "58 D64"),
        fs("w", "=rm16", "8F /0"), fs("l", "=rm32", "8F /0 I64"), fs("q", "=rm64", "8F /0 D64"),
        fs("wl", "=es", "07 I64"), fs("wl", "=ss", "17 I64"), fs("wl", "=ds", "1F I64"),
        fs("w", "=fs", "0F A1"), fs("w", "=gs", "0F A9"), fs("l", "=fs", "0F A1 I64"), fs("l", "=gs", "0F A9 I64"),
        fs("q", "=fs", "0F A1 D64"), fs("q", "=gs", "0F A9 D64"),
    ]).reads(&[RSP]).writes(&[RSP]).flags(Is::MAY_LOAD),
    g("pushf", "wlq", &[fs("w", "", "9C"), fs("l", "", "9C I64"), fs("q", "", "9C D64")]).reads(&[RSP, FLAGS]).writes(&[RSP]).flags(Is::MAY_STORE),
    g("popf", "wlq", &[fs("w", "", "9D"), fs("l", "", "9D I64"), fs("q", "", "9D D64")]).reads(&[RSP]).writes(&[RSP, FLAGS]).flags(Is::MAY_LOAD),
    p("pusha", &[f("", "O32 60 I64 ALIAS")]).manual("pushad"), p("pushaw", &[f("", "O16 60 I64")]).manual("pusha"), p("pushal", &[f("", "O32 60 I64")]).manual("pushad"),
    p("popa", &[f("", "O32 61 I64 ALIAS")]).manual("popad"), p("popaw", &[f("", "O16 61 I64")]).manual("popa"), p("popal", &[f("", "O32 61 I64")]).manual("popad"),

    g("xchg", "bwlq", &[
        // `90` alone would not clear the upper half of rax.
        fs("l", "+eax +eax", "87 /r O64 ALIAS"), fs("q", "+rax +rax", "90 D64 ALIAS"), fs("wlq", "+ov +av", "90"), fs("wlq", "+av +ov", "90 ALIAS"),
        fs("b", "+rm8 +r8", "86 /r"), fs("wlq", "+rmv +rv", "87 /r"), fs("b", "+r8 +m8", "86 /r ALIAS"), fs("wlq", "+rv +mv", "87 /r ALIAS"),
    ]),
    g("xadd", "bwlq", &[fs("b", "+rm8 +r8", "0F C0 /r"), fs("wlq", "+rmv +rv", "0F C1 /r")]).writes(&[FLAGS]),
    g("cmpxchg", "bwlq", &[fs("b", "+rm8 r8", "0F B0 /r"), fs("wlq", "+rmv rv", "0F B1 /r")]).reads(&[RAX]).writes(&[RAX, FLAGS]),
    p("cmpxchg8b", &[f("+m64", "0F C7 /1")]).reads(&[RAX, RBX, RCX, RDX]).writes(&[RAX, RDX, FLAGS]),
    p("cmpxchg16b", &[f("+m128", "REX.W 0F C7 /1")]).reads(&[RAX, RBX, RCX, RDX]).writes(&[RAX, RDX, FLAGS]).needs(Has::Cx16),
    bit_test!("bt", "", "A3", "/4"), bit_test!("bts", "+", "AB", "/5"), bit_test!("btr", "+", "B3", "/6"), bit_test!("btc", "+", "BB", "/7"),
    g("bsf", "wlq", &[f("+rv rmv", "0F BC /r")]).writes(&[FLAGS]),
    g("bsr", "wlq", &[f("+rv rmv", "0F BD /r")]).writes(&[FLAGS]),
    g("tzcnt", "wlq", &[f("=rv rmv", "F3 0F BC /r")]).writes(&[FLAGS]).needs(Has::Bmi1),
    g("lzcnt", "wlq", &[f("=rv rmv", "F3 0F BD /r")]).writes(&[FLAGS]).needs(Has::Lzcnt),
    g("popcnt", "wlq", &[f("=rv rmv", "F3 0F B8 /r")]).writes(&[FLAGS]).needs(Has::Popcnt),
    g("bswap", "lq", &[f("+ov", "0F C8")]),
    g("movbe", "wlq", &[f("=rv mv", "0F 38 F0 /r"), f("=mv rv", "0F 38 F1 /r")]).needs(Has::Movbe),
    g("movnti", "lq", &[f("=mv rv", "0F C3 /r NP")]),
    g("crc32", "bwlq", &[fs("b", "+r32 rm8", "F2 0F 38 F0 /r"), fs("wl", "+r32 rmv", "F2 0F 38 F1 /r"), fs("q", "+r64 rm64", "F2 0F 38 F1 /r"), fs("b", "+r64 rm8", "F2 REX.W 0F 38 F0 /r")]).needs(Has::Sse42),
    g("adcx", "lq", &[f("+rv rmv", "66 0F 38 F6 /r NP")]).reads(&[FLAGS]).writes(&[FLAGS]),
    g("adox", "lq", &[f("+rv rmv", "F3 0F 38 F6 /r NP")]).reads(&[FLAGS]).writes(&[FLAGS]),
    p("rdrand", &[f("=u16", "O16 0F C7 /6"), f("=u32", "O32 0F C7 /6"), f("=u64", "REX.W 0F C7 /6")]).writes(&[FLAGS]), p("rdseed", &[f("=u16", "O16 0F C7 /7"), f("=u32", "O32 0F C7 /7"), f("=u64", "REX.W 0F C7 /7")]).writes(&[FLAGS]),
    p("rdfsbase", &[f("=u32", "F3 0F AE /0 O64"), f("=u64", "F3 REX.W 0F AE /0")]), p("rdgsbase", &[f("=u32", "F3 0F AE /1 O64"), f("=u64", "F3 REX.W 0F AE /1")]),
    p("wrfsbase", &[f("u32", "F3 0F AE /2 O64"), f("u64", "F3 REX.W 0F AE /2")]).flags(Is::SIDE_EFFECT), p("wrgsbase", &[f("u32", "F3 0F AE /3 O64"), f("u64", "F3 REX.W 0F AE /3")]).flags(Is::SIDE_EFFECT),

    // Strings.
    string!("movs", "movs", "A4" "A5", &[RSI, RDI, RCX, FLAGS], &[RSI, RDI, RCX], Is::MAY_LOAD.or(Is::MAY_STORE)),
    string!("stos", "stos", "AA" "AB", &[RAX, RDI, RCX, FLAGS], &[RDI, RCX], Is::MAY_STORE),
    string!("lods", "lods", "AC" "AD", &[RSI, RCX, FLAGS], &[RAX, RSI, RCX], Is::MAY_LOAD),
    string!("scas", "scas", "AE" "AF", &[RAX, RDI, RCX, FLAGS], &[RDI, RCX, FLAGS], Is::MAY_LOAD),
    string!("cmps", "cmps", "A6" "A7", &[RSI, RDI, RCX, FLAGS], &[RSI, RDI, RCX, FLAGS], Is::MAY_LOAD),
    g("ins", "bwl", &[fs("b", "", "6C"), fs("wl", "", "6D")]).flags(Is::SIDE_EFFECT),
    g("outs", "bwl", &[fs("b", "", "6E"), fs("wl", "", "6F")]).flags(Is::SIDE_EFFECT),

    // Prefixes as rows of their own.
    p("lock", &[f("", "F0")]).flags(Is::PREFIX), p("rep", &[f("", "F3")]).flags(Is::PREFIX), p("repe", &[f("", "F3 ALIAS")]).flags(Is::PREFIX), p("repz", &[f("", "F3 ALIAS")]).flags(Is::PREFIX),
    p("repne", &[f("", "F2")]).flags(Is::PREFIX), p("repnz", &[f("", "F2 ALIAS")]).flags(Is::PREFIX), p("bnd", &[f("", "F2 ALIAS")]).flags(Is::PREFIX),
    p("data16", &[f("", "66")]).flags(Is::PREFIX), p("rex64", &[f("", "48 ALIAS")]).flags(Is::PREFIX), p("addr32", &[f("", "67")]).flags(Is::PREFIX), p("rex64", &[f("", "48 O64")]).flags(Is::PREFIX), p("rex", &[f("", "40 O64")]).flags(Is::PREFIX),
    p("notrack", &[f("", "3E")]).flags(Is::PREFIX), p("es", &[f("", "26")]).flags(Is::PREFIX), p("cs", &[f("", "2E")]).flags(Is::PREFIX), p("ss", &[f("", "36")]).flags(Is::PREFIX), p("ds", &[f("", "3E")]).flags(Is::PREFIX), p("fs", &[f("", "64")]).flags(Is::PREFIX), p("gs", &[f("", "65")]).flags(Is::PREFIX),

    // Machine.
    p("nop", &[f("", "90")]), g("nop", "wlq", &[f("rmv", "0F 1F /0")]).flags(Is::ADDRESS_ONLY),
    p("pause", &[f("", "F3 90")]).flags(Is::SIDE_EFFECT), p("hlt", &[f("", "F4")]).flags(Is::SIDE_EFFECT), p("cmc", &[f("", "F5")]).reads(&[FLAGS]).writes(&[FLAGS]),
    p("clc", &[f("", "F8")]).writes(&[FLAGS]), p("stc", &[f("", "F9")]).writes(&[FLAGS]), p("cli", &[f("", "FA")]).flags(Is::SIDE_EFFECT), p("sti", &[f("", "FB")]).flags(Is::SIDE_EFFECT),
    p("cld", &[f("", "FC")]).flags(Is::SIDE_EFFECT), p("std", &[f("", "FD")]).flags(Is::SIDE_EFFECT), p("lahf", &[f("", "9F")]).reads(&[FLAGS]).writes(&[RAX]), p("sahf", &[f("", "9E")]).reads(&[RAX]).writes(&[FLAGS]),
    p("cpuid", &[f("", "0F A2")]).reads(&[RAX, RCX]).writes(&[RAX, RBX, RCX, RDX]).flags(Is::SIDE_EFFECT),
    p("rdtsc", &[f("", "0F 31")]).writes(&[RAX, RDX]).flags(Is::SIDE_EFFECT), p("rdtscp", &[f("", "0F 01 F9")]).writes(&[RAX, RDX, RCX]).flags(Is::SIDE_EFFECT),
    p("rdpmc", &[f("", "0F 33")]).reads(&[RCX]).writes(&[RAX, RDX]).flags(Is::SIDE_EFFECT),
    p("rdmsr", &[f("", "0F 32")]).reads(&[RCX]).writes(&[RAX, RDX]).flags(Is::SIDE_EFFECT), p("wrmsr", &[f("", "0F 30")]).reads(&[RAX, RCX, RDX]).flags(Is::SIDE_EFFECT),
    p("xgetbv", &[f("", "0F 01 D0")]).reads(&[RCX]).writes(&[RAX, RDX]).flags(Is::SIDE_EFFECT), p("xsetbv", &[f("", "0F 01 D1")]).reads(&[RAX, RCX, RDX]).flags(Is::SIDE_EFFECT),
    p("xbegin", &[f("rel32", "C7 F8 N16")]).writes(&[RAX]).flags(Is::SIDE_EFFECT.or(Is::BRANCH)), p("xend", &[f("", "0F 01 D5")]).flags(Is::SIDE_EFFECT), p("xtest", &[f("", "0F 01 D6")]).writes(&[FLAGS]).flags(Is::SIDE_EFFECT), p("xabort", &[f("ib", "C6 F8")]).flags(Is::SIDE_EFFECT),
    p("mfence", &[f("", "0F AE F0")]).flags(Is::SIDE_EFFECT), p("lfence", &[f("", "0F AE E8")]).flags(Is::SIDE_EFFECT), p("sfence", &[f("", "0F AE F8")]).flags(Is::SIDE_EFFECT),
    p("clflush", &[f("m8", "0F AE /7")]).flags(Is::SIDE_EFFECT.or(Is::ADDRESS_ONLY)), p("clflushopt", &[f("m8", "66 0F AE /7")]).flags(Is::SIDE_EFFECT.or(Is::ADDRESS_ONLY)), p("clwb", &[f("m8", "66 0F AE /6")]).flags(Is::SIDE_EFFECT.or(Is::ADDRESS_ONLY)),
    p("prefetchnta", &[f("m8", "0F 18 /0")]).flags(Is::ADDRESS_ONLY), p("prefetcht0", &[f("m8", "0F 18 /1")]).flags(Is::ADDRESS_ONLY), p("prefetcht1", &[f("m8", "0F 18 /2")]).flags(Is::ADDRESS_ONLY), p("prefetcht2", &[f("m8", "0F 18 /3")]).flags(Is::ADDRESS_ONLY),
    p("prefetch", &[f("m8", "0F 0D /0")]).flags(Is::ADDRESS_ONLY), p("prefetchw", &[f("m8", "0F 0D /1")]).flags(Is::ADDRESS_ONLY),
    p("endbr64", &[f("", "F3 0F 1E FA")]).flags(Is::SIDE_EFFECT), p("endbr32", &[f("", "F3 0F 1E FB")]).flags(Is::SIDE_EFFECT),
    p("int3", &[f("", "CC")]).flags(Is::SIDE_EFFECT), p("int", &[f("three", "CC ALIAS"), f("ib", "CD")]).bits(8).flags(Is::SIDE_EFFECT), p("into", &[f("", "CE I64")]).flags(Is::SIDE_EFFECT), p("int1", &[f("", "F1")]).flags(Is::SIDE_EFFECT),
    p("syscall", &[f("", "0F 05")]).reads(&[RAX]).writes(&[RAX, RCX, crate::registers::R11]).flags(Is::SIDE_EFFECT), p("sysenter", &[f("", "0F 34")]).flags(Is::SIDE_EFFECT), p("sysexit", &[f("", "0F 35")]).flags(Is::SIDE_EFFECT), g("sysret", "lq", &[f("", "0F 07 NP")]).flags(Is::SIDE_EFFECT), p("sysexitq", &[f("", "REX.W 0F 35")]).flags(Is::SIDE_EFFECT),
    p("swapgs", &[f("", "0F 01 F8 O64")]).flags(Is::SIDE_EFFECT), p("invlpg", &[f("m8", "0F 01 /7")]).flags(Is::SIDE_EFFECT.or(Is::ADDRESS_ONLY)), p("invd", &[f("", "0F 08")]).flags(Is::SIDE_EFFECT), p("wbinvd", &[f("", "0F 09")]).flags(Is::SIDE_EFFECT), p("clts", &[f("", "0F 06")]).flags(Is::SIDE_EFFECT),
    p("lgdt", &[f("m", "0F 01 /2")]).flags(Is::SIDE_EFFECT), p("lidt", &[f("m", "0F 01 /3")]).flags(Is::SIDE_EFFECT), p("sgdt", &[f("=m", "0F 01 /0")]).flags(Is::SIDE_EFFECT), p("sidt", &[f("=m", "0F 01 /1")]).flags(Is::SIDE_EFFECT),
    p("lldt", &[f("rm16", "0F 00 /2")]).flags(Is::SIDE_EFFECT), p("ltr", &[f("rm16", "0F 00 /3")]).flags(Is::SIDE_EFFECT), p("verr", &[f("rm16", "0F 00 /4")]).flags(Is::SIDE_EFFECT), p("verw", &[f("rm16", "0F 00 /5")]).flags(Is::SIDE_EFFECT), g("lmsw", "w", &[f("rm16", "0F 01 /6 NP")]).flags(Is::SIDE_EFFECT),
    g("str", "wlq", &[fs("wl", "=uv", "0F 00 /1"), fs("q", "=uv", "0F 00 /1 D64"), fs("w", "=m16", "0F 00 /1 NP")]), g("sldt", "wlq", &[fs("wl", "=uv", "0F 00 /0"), fs("q", "=uv", "0F 00 /0 D64"), fs("w", "=m16", "0F 00 /0 NP")]), g("smsw", "wlq", &[f("=uv", "0F 01 /4"), fs("w", "=m16", "0F 01 /4 NP")]),
    g("lar", "wlq", &[f("=rv rmv", "0F 02 /r")]).writes(&[FLAGS]), g("lsl", "wlq", &[f("=rv rmv", "0F 03 /r")]).writes(&[FLAGS]),
    g("in", "bwl", &[fs("b", "=al ib", "E4"), fs("wl", "=av ib", "E5"), fs("b", "=al dx", "EC"), fs("wl", "=av dx", "ED")]).flags(Is::SIDE_EFFECT),
    g("out", "bwl", &[fs("b", "ib al", "E6"), fs("wl", "ib av", "E7"), fs("b", "dx al", "EE"), fs("wl", "dx av", "EF")]).flags(Is::SIDE_EFFECT),
    p("xlat", &[f("", "D7")]).manual("xlatb").reads(&[RAX, RBX]).writes(&[RAX]), p("monitor", &[f("", "0F 01 C8")]).flags(Is::SIDE_EFFECT), p("mwait", &[f("", "0F 01 C9")]).flags(Is::SIDE_EFFECT), p("clac", &[f("", "0F 01 CA")]).flags(Is::SIDE_EFFECT), p("stac", &[f("", "0F 01 CB")]).flags(Is::SIDE_EFFECT), p("vmcall", &[f("", "0F 01 C1")]).flags(Is::SIDE_EFFECT),
    p("daa", &[f("", "27 I64")]), p("das", &[f("", "2F I64")]), p("aaa", &[f("", "37 I64")]), p("aas", &[f("", "3F I64")]),
    p("fxsave", &[f("=m", "0F AE /0")]).flags(Is::SIDE_EFFECT), p("fxrstor", &[f("m", "0F AE /1")]).flags(Is::SIDE_EFFECT), p("fxsave64", &[f("=m", "REX.W 0F AE /0")]).flags(Is::SIDE_EFFECT), p("fxrstor64", &[f("m", "REX.W 0F AE /1")]).flags(Is::SIDE_EFFECT),
    p("xsave", &[f("=m", "0F AE /4")]).flags(Is::SIDE_EFFECT), p("xrstor", &[f("m", "0F AE /5")]).flags(Is::SIDE_EFFECT), p("xsave64", &[f("=m", "REX.W 0F AE /4")]).flags(Is::SIDE_EFFECT), p("xrstor64", &[f("m", "REX.W 0F AE /5")]).flags(Is::SIDE_EFFECT), p("xsaveopt", &[f("=m", "0F AE /6")]).flags(Is::SIDE_EFFECT), p("xsaveopt64", &[f("=m", "REX.W 0F AE /6")]).flags(Is::SIDE_EFFECT),
    p("xsavec", &[f("=m", "0F C7 /4")]).flags(Is::SIDE_EFFECT), p("xsavec64", &[f("=m", "REX.W 0F C7 /4")]).flags(Is::SIDE_EFFECT), p("xsaves", &[f("=m", "0F C7 /5")]).flags(Is::SIDE_EFFECT), p("xsaves64", &[f("=m", "REX.W 0F C7 /5")]).flags(Is::SIDE_EFFECT), p("xrstors", &[f("m", "0F C7 /3")]).flags(Is::SIDE_EFFECT), p("xrstors64", &[f("m", "REX.W 0F C7 /3")]).flags(Is::SIDE_EFFECT),
    p("rdsspd", &[f("+u32", "F3 0F 1E /1")]), g("rdssp", "q", &[f("+u64", "F3 0F 1E /1")]), g("incssp", "q", &[f("u64", "F3 0F AE /5")]).flags(Is::SIDE_EFFECT), p("incsspd", &[f("u32", "F3 0F AE /5")]).flags(Is::SIDE_EFFECT),
    g("enter", "q", &[f("iw ib", "C8 D64")]).bits(16).reads(&[RSP, RBP]).writes(&[RSP, RBP]), g("enter", "l", &[f("iw ib", "C8 I64")]).bits(16).reads(&[RSP, RBP]).writes(&[RSP, RBP]),
    g("leave", "q", &[f("", "C9 D64")]).reads(&[RBP]).writes(&[RSP, RBP]).flags(Is::MAY_LOAD), g("leave", "l", &[f("", "C9 I64")]).reads(&[RBP]).writes(&[RSP, RBP]).flags(Is::MAY_LOAD),
    p("invpcid", &[f("r64 m128", "66 0F 38 82 /r")]).modes(MODE_64).flags(Is::SIDE_EFFECT), p("wrpkru", &[f("", "0F 01 EF")]).flags(Is::SIDE_EFFECT), p("rdpkru", &[f("", "0F 01 EE")]).flags(Is::SIDE_EFFECT), p("serialize", &[f("", "0F 01 E8")]).flags(Is::SIDE_EFFECT),
];
