//! Legalization against the interpreter: each operation on wide integers gives the same results
//! before and after, for operands from the edges and at random, with halves of 64 and of 32 bits.

use lathe_interp::{Interpreter, Options, Val};
use lathe_ir::{Function, InstData, LibCall, Module, Opcode, ParamType, SignatureParam, Type, Value};
use lathe_mach::legalize::{LegalizeRules, legalize};
use lathe_target::Target;

fn target(wide: &str) -> Target {
    let triple = if wide == "i128" { "x86_64-linux-gnu" } else { "i686-linux-gnu" };
    Target::from_triple(triple).expect("a known triple")
}

/// A function per operation: `a` and `b` come from memory, `c` is a count or small number, the
/// result goes through memory.
fn module_of(wide: &str, cases: &[(String, String)]) -> Module {
    let half = if wide == "i128" { "i64" } else { "i32" };
    let step = if wide == "i128" { 8 } else { 4 };
    let mut text = String::new();
    for (index, (body, result)) in cases.iter().enumerate() {
        text.push_str(&format!(
            "func @op{index}({half}, {half}, {half}, {half}) -> ({half}, {half}) {{\n\
             slot ss0: size 64, align 16\n\
             block0(p0: {half}, p1: {half}, p2: {half}, p3: {half}):\n\
             base = slot_addr ss0\n\
             store.{half} p0, base\nstore.{half} p1, base + {step}\n\
             store.{half} p2, base + 16\nstore.{half} p3, base + {}\n\
             a = load.{wide} base\nb = load.{wide} base + 16\n\
             {body}\n\
             store.{result} r, base + 32\n\
             q0 = load.{half} base + 32\nq1 = load.{half} base + {}\nreturn q0, q1\n}}\n",
            16 + step,
            32 + step,
        ));
    }
    match lathe_ir::text::read_text("cases.ssa", &text, &target(wide)) {
        Ok(module) => module,
        Err(error) => panic!("{error}"),
    }
}

/// Makes calls of routines take and give whole values again, as the interpreter's library does.
fn join_routines(func: &mut Function, wide: Type, half: Type) {
    for block in func.layout.clone() {
        let mut out = Vec::new();
        for inst in std::mem::take(&mut func.blocks[block].insts) {
            let data = *func.inst(inst);
            let is_split = data.opcode() == Opcode::CallLib && {
                let signature = &func.signatures[data.signature()];
                signature.params.iter().chain(&signature.results).any(|p| p.ty == ParamType::Scalar(wide))
            };
            if !is_split {
                out.push(inst);
                continue;
            }
            let loc = func.loc(inst);
            let mut make = |func: &mut Function, data: InstData| {
                let inst = func.create_inst(data, loc);
                out.push(inst);
                inst
            };
            let signature = func.signatures[data.signature()].clone();
            let split: Vec<Value> = func.args(inst).to_vec();
            let mut next = split.into_iter();
            let mut args = Vec::new();
            for param in &signature.params {
                let first = next.next().expect("an argument");
                if param.ty != ParamType::Scalar(wide) {
                    args.push(first);
                    continue;
                }
                let second = next.next().expect("the upper half");
                let low = make(func, InstData::unary(Opcode::Zext, wide, first));
                let high = make(func, InstData::unary(Opcode::Zext, wide, second));
                let (low, high) = (func.result(low).unwrap(), func.result(high).unwrap());
                let count = i64::from(half.lane_bits(64));
                let high = make(func, InstData::binary_imm(Opcode::ShlImm, wide, 0, high, count));
                let high = func.result(high).unwrap();
                let whole = make(func, InstData::binary(Opcode::Ior, wide, 0, low, high));
                args.push(func.result(whole).unwrap());
            }
            let list = func.make_list(&args);
            let routine: LibCall = data.libcall();
            let call = make(func, InstData::call_lib(list, data.signature(), routine));
            let old: Vec<Value> = func.results(inst).collect();
            if let Some(result) = func.result(call) {
                if func.ty(result) == wide {
                    let count = i64::from(half.lane_bits(64));
                    let low = make(func, InstData::unary(Opcode::Trunc, half, result));
                    let high = make(func, InstData::binary_imm(Opcode::LshrImm, wide, 0, result, count));
                    let high = func.result(high).unwrap();
                    let high = make(func, InstData::unary(Opcode::Trunc, half, high));
                    func.replace_value(old[0], func.result(low).unwrap());
                    func.replace_value(old[1], func.result(high).unwrap());
                } else {
                    func.replace_value(old[0], result);
                }
            }
        }
        func.blocks[block].insts = out;
    }
    func.resolve_aliases();
}

fn legalized(module: &Module, wide: Type, half: Type, rules: &LegalizeRules) -> Module {
    let mut copy = module.clone();
    for index in 0..copy.functions.len() {
        let id = lathe_ir::FuncId(index as u32);
        let mut func = copy.functions[id].clone();
        legalize(&mut func, module, rules).expect("everything is legal or has an expansion");
        join_routines(&mut func, wide, half);
        // The interpreter takes one value per parameter and result.
        let split = |params: &[SignatureParam]| -> Vec<SignatureParam> {
            let one = |p: &SignatureParam| match p.ty == ParamType::Scalar(wide) {
                true => vec![SignatureParam::new(half); 2],
                false => vec![*p],
            };
            params.iter().flat_map(one).collect()
        };
        func.signature.params = split(&func.signature.params);
        func.signature.results = split(&func.signature.results);
        copy.functions[id] = func;
    }
    copy
}

struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}

fn operands(bits: u32) -> Vec<[u128; 2]> {
    let mask = u128::MAX >> (128 - 2 * bits);
    let top = 1u128 << (2 * bits - 1);
    let half = 1u128 << bits;
    let edges = [
        0,
        1,
        2,
        half - 1,
        half,
        half + 1,
        half >> 1,
        top - 1,
        top,
        top + 1,
        mask,
        mask - 1,
        mask - half,
        mask - half + 1,
        u128::from(bits),
        u128::from(bits) + 5,
        7,
    ];
    let mut list = Vec::new();
    for a in edges {
        for b in edges {
            list.push([a & mask, b & mask]);
        }
    }
    let mut random = Random(0x1234_5678_9abc_def1);
    for _ in 0..60 {
        let mut number = || u128::from(random.next()) << 64 | u128::from(random.next());
        let (a, b) = (number(), number());
        list.push([a & mask, b & mask]);
        list.push([a & mask, b % 200]);
        list.push([a & mask & number(), (a ^ (b >> (2 * bits - 1))) & mask]);
    }
    list
}

fn run(machine: &mut Interpreter<'_>, name: &str, args: &[Val]) -> Result<Vec<Val>, String> {
    machine.call(name, args).map_err(|e| e.to_string())
}

fn cases(wide: &str) -> Vec<(String, String)> {
    let mut cases: Vec<(String, String)> = Vec::new();
    let mut add = |body: String, result: &str| cases.push((body, result.to_string()));
    for op in [
        "iadd", "isub", "imul", "umulhi", "smulhi", "udiv", "sdiv", "urem", "srem", "smin", "smax", "umin",
        "umax", "uadd_sat", "sadd_sat", "usub_sat", "ssub_sat", "iand", "ior", "ixor", "shl", "lshr", "ashr",
        "rotl", "rotr",
    ] {
        add(format!("r = {op}.{wide} a, b"), wide);
    }
    for op in ["ineg", "iabs", "inot", "clz", "ctz", "popcnt", "bswap", "bitrev"] {
        add(format!("r = {op}.{wide} a"), wide);
    }
    for op in ["uadd", "sadd", "usub", "ssub", "umul", "smul"] {
        add(format!("r, f = {op}_overflow.{wide} a, b"), wide);
        add(format!("x, f = {op}_overflow.{wide} a, b\nr = zext.{wide} f"), wide);
    }
    for carry in [0, 1] {
        for op in ["uadd_carry", "usub_borrow"] {
            add(format!("c = iconst.i8 {carry}\nr, f = {op}.{wide} a, b, c"), wide);
            add(format!("c = iconst.i8 {carry}\nx, f = {op}.{wide} a, b, c\nr = zext.{wide} f"), wide);
            add(format!("c = trunc.i8 a\nd = iand_imm.i8 c, 1\nr, f = {op}.{wide} a, b, d"), wide);
        }
    }
    for op in ["iadd", "imul", "iand", "ior", "ixor"] {
        for imm in [0i64, 1, -1, 8, 255, -256, i64::from(i32::MAX), i64::MIN + 3, 0x1_0000_0000] {
            add(format!("r = {op}_imm.{wide} a, {imm}"), wide);
        }
    }
    for op in ["shl", "lshr", "ashr"] {
        for count in [0, 1, 13, 31, 32, 33, 63, 64, 65, 100, 127, 128, 130] {
            add(format!("r = {op}_imm.{wide} a, {count}"), wide);
        }
    }
    for op in ["rotl", "rotr", "shl", "lshr", "ashr"] {
        for count in [0, 1, 31, 32, 33, 63, 64, 65, 100, 127] {
            add(format!("n = iconst.{wide} {count}\nr = {op}.{wide} a, n"), wide);
        }
    }
    for op in ["udiv", "urem", "imul"] {
        for number in [1, 2, 1024, 10] {
            add(format!("n = iconst.{wide} {number}\nr = {op}.{wide} a, n"), wide);
        }
    }
    for cond in ["eq", "ne", "slt", "sge", "sgt", "sle", "ult", "uge", "ugt", "ule"] {
        add(format!("f = icmp.{wide} {cond} a, b\nr = zext.{wide} f"), wide);
        for imm in [0, 1, -1, 5, i64::MIN, 0x1_0000_0000, -0x1_0000_0000] {
            add(format!("f = icmp_imm.{wide} {cond} a, {imm}\nr = sext.{wide} f"), wide);
        }
        add(format!("f = icmp.{wide} {cond} a, b\nr = select.{wide} f, a, b"), wide);
        add(
            format!(
                "f = icmp.{wide} {cond} a, b\nbr f, yes(a, b), no\nyes(x: {wide}, y: {wide}):\n\
                 d = isub.{wide} x, y\njump end(d)\nno:\ne = ixor.{wide} a, b\njump end(e)\n\
                 end(r: {wide}):"
            ),
            wide,
        );
    }
    add("br a, yes, no\nyes:\njump end(a)\nno:\njump end(b)\nend(r: WIDE):".replace("WIDE", wide), wide);
    for narrow in ["i8", "i16", "i32", "i64"].into_iter().filter(|n| *n != wide) {
        add(format!("n = trunc.{narrow} a\nr = zext.{wide} n"), wide);
        add(format!("n = trunc.{narrow} a\nr = sext.{wide} n"), wide);
        add(
            format!(
                "m = trunc.{narrow} a\nn = trunc.{narrow} b\nx = zext.{wide} m\ny = zext.{wide} n\nr = imul.{wide} x, y"
            ),
            wide,
        );
        add(
            format!(
                "m = trunc.{narrow} a\nn = trunc.{narrow} b\nx = sext.{wide} m\ny = sext.{wide} n\nr = imul.{wide} x, y"
            ),
            wide,
        );
        add(
            format!("m = trunc.{narrow} a\nx = sext.{wide} m\ny = iconst.{wide} -7\nr = imul.{wide} x, y"),
            wide,
        );
    }
    add(format!("p = int_to_ptr.ptr a\nr = ptr_to_int.{wide} p"), wide);
    // A loop: the sum of the numbers up to b modulo 16, times a, in block parameters.
    add(
        format!(
            "z = iconst.{wide} 0\nm = iand_imm.{wide} b, 15\njump top(z, m)\n\
             top(s: {wide}, n: {wide}):\nbr n, body, end\n\
             body:\nt = iadd.{wide} s, a\nk = iadd_imm.{wide} n, -1\njump top(t, k)\n\
             end:\nr = iadd_imm.{wide} s, 0"
        ),
        wide,
    );
    cases
}

fn halves(bits: u32, values: [u128; 2]) -> Vec<Val> {
    let mask = u128::MAX >> (128 - bits);
    values.iter().flat_map(|v| [Val::int(v & mask), Val::int(v >> bits)]).collect()
}

fn check(wide_name: &str, wide: Type, half: Type, rules: &LegalizeRules, cases: &[(String, String)]) {
    let bits = half.lane_bits(64);
    let module = module_of(wide_name, cases);
    let legal = legalized(&module, wide, half, rules);
    let mut failures = Vec::new();
    let mut original = Interpreter::new(&module, Options::default());
    let mut split = Interpreter::new(&legal, Options::default());
    for (index, (body, _)) in cases.iter().enumerate() {
        let name = format!("op{index}");
        let mut compared = 0;
        for values in operands(bits) {
            let args = halves(bits, values);
            // Operands for which the operation is undefined are no test.
            let Ok(before) = run(&mut original, &name, &args) else { continue };
            compared += 1;
            let after = run(&mut split, &name, &args);
            if after.as_ref() != Ok(&before) {
                failures.push(format!("{body}\n  {values:x?}: {before:?} became {after:?}"));
                break;
            }
        }
        if compared == 0 {
            failures.push(format!(
                "{body}\n  no operands are defined: {:?}",
                run(&mut original, &name, &halves(bits, [9, 5]))
            ));
        }
    }
    assert!(failures.is_empty(), "{} of {}:\n{}", failures.len(), cases.len(), failures.join("\n"));
}

#[test]
fn operations_on_128_bits_in_halves_of_64() {
    check("i128", Type::I128, Type::I64, &LegalizeRules::X86_64, &cases("i128"));
}

#[test]
fn operations_on_64_bits_in_halves_of_32() {
    check("i64", Type::I64, Type::I32, &LegalizeRules::I686, &cases("i64"));
}

#[test]
fn conversions_from_and_to_floats() {
    let mut cases = Vec::new();
    for float in ["f32", "f64", "f80", "f128"] {
        for (to, from) in [("sitofp", "fptosi"), ("uitofp", "fptoui")] {
            for number in ["a", "b"] {
                cases.push((format!("x = {to}.{float} {number}\nr = {from}_sat.i128 x"), "i128".to_string()));
            }
            // In range: the upper bits are cut off first.
            let body = format!("n = ashr_imm.i128 a, 40\nx = {to}.{float} n\nr = {from}.i128 x");
            cases.push((body, "i128".to_string()));
            for scale in ["0x1p100", "-0x1p60", "0x1.8p-70", "nan", "inf", "-inf"] {
                let kind = if float == "f32" { "f32" } else { "f64" };
                let widen =
                    if float == kind { "iadd.i8 e, e".to_string() } else { format!("fpext.{float} k") };
                let (w, k) = if float == kind { ("z", "k") } else { ("w", "w") };
                let body = format!(
                    "e = iconst.i8 0\nk = fconst.{kind} {scale}\n{w} = {widen}\nx = sitofp.{float} a\n\
                     y = fmul.{float} x, {k}\nr = {from}_sat.i128 y"
                );
                cases.push((body, "i128".to_string()));
            }
        }
    }
    check("i128", Type::I128, Type::I64, &LegalizeRules::X86_64, &cases);
}

#[test]
fn binary128_by_routines() {
    let mut cases = Vec::new();
    let start = "x0 = trunc.i64 a\ny0 = trunc.i64 b\nx = sitofp.f128 x0\ny = sitofp.f128 y0\n";
    for op in ["fadd", "fsub", "fmul", "fdiv"] {
        cases.push((format!("{start}r = {op}.f128 x, y"), "f128".to_string()));
    }
    for cond in
        ["oeq", "une", "olt", "ole", "ogt", "oge", "one", "ueq", "ult", "ule", "ugt", "uge", "ord", "uno"]
    {
        // Bit patterns as they are: NaN among them.
        cases.push((
            format!("x = bitcast.f128 a\ny = bitcast.f128 b\nf = fcmp.f128 {cond} x, y\nr = zext.i128 f"),
            "i128".to_string(),
        ));
        let body = format!(
            "{start}z = fsub.f128 x, x\nn = fdiv.f128 z, z\nf = fcmp.f128 {cond} n, y\nr = zext.i128 f"
        );
        cases.push((body, "i128".to_string()));
    }
    for float in ["f32", "f64", "f80"] {
        cases.push((
            format!("{start}z = fdiv.f128 x, y\nw = fptrunc.{float} z\nr = fpext.f128 w"),
            "f128".to_string(),
        ));
    }
    for int in ["i8", "i16", "i32", "i64"] {
        for (to, from) in [("sitofp", "fptosi"), ("uitofp", "fptoui")] {
            cases.push((
                format!("n = trunc.{int} a\nx = {to}.f128 n\nm = {from}.{int} x\nr = zext.i128 m"),
                "i128".to_string(),
            ));
            let body = format!("n = sitofp.f80 a\nm = {from}_sat.{int} n\nr = sext.i128 m");
            cases.push((body, "i128".to_string()));
            cases.push((
                format!("{start}z = fmul.f128 x, y\nm = {from}_sat.{int} z\nr = sext.i128 m"),
                "i128".to_string(),
            ));
        }
    }
    check("i128", Type::I128, Type::I64, &LegalizeRules::X86_64, &cases);
}

#[test]
fn vectors_of_lanes_without_registers() {
    let mut cases = Vec::new();
    for body in [
        "v = splat.i128x2 a\nw = insert_lane.i128x2 v, b, 1\nr = extract_lane.i128x2 w, 1",
        "v = splat.i128x4 a\nw = insert_lane.i128x4 v, b, 2\nn = trunc.i32 a\nr = extract_lane_dynamic.i128x4 w, n",
        "v = splat.i128x4 a\nn = trunc.i32 b\nw = insert_lane_dynamic.i128x4 v, b, n\nr = extract_lane.i128x4 w, 3",
        "v = const.i128x2 [0x00000000000000010000000000000002, 0x00000000000000030000000000000004]\n\
         w = splat.i128x2 b\nx = shuffle.i128x2 v, w, [1, 3]\ny = extract_lane.i128x2 x, 0\n\
         z = extract_lane.i128x2 x, 1\nr = iadd.i128 y, z",
        "v = splat.i128x2 a\nw = splat.i128x2 b\nc = icmp.i128 slt a, b\nx = select.i128x2 c, v, w\n\
         jump on(x)\non(y: i128x2):\nr = extract_lane.i128x2 y, 1",
        "x = bitcast.f128 a\nv = splat.f128x2 x\ny = bitcast.f128 b\nw = insert_lane.f128x2 v, y, 0\n\
         z = extract_lane.f128x2 w, 0\nr = bitcast.i128 z",
        "x = sitofp.f80 a\nv = splat.f80x2 x\ny = extract_lane.f80x2 v, 1\nr = fptosi_sat.i128 y",
    ] {
        cases.push((body.to_string(), "i128".to_string()));
    }
    check("i128", Type::I128, Type::I64, &LegalizeRules::X86_64, &cases);
}

#[test]
fn atomics_by_libatomic() {
    let mut cases = Vec::new();
    for body in [
        "r = load.i128 base, align 16, seq_cst",
        "store.i128 b, base, align 16, release\nr = load.i128 base, align 16, acquire",
        "x = atomic_rmw.i128 xchg base, b, align 16, seq_cst\ny = load.i128 base\nr = isub.i128 x, y",
        "x, f = atomic_cas.i128 base, a, b, align 16, seq_cst, failure relaxed\ny = load.i128 base\n\
         z = zext.i128 f\nw = iadd.i128 x, y\nr = iadd.i128 w, z",
        "x, f = atomic_cas.i128 base, b, b, align 16, seq_cst, failure acquire\ny = load.i128 base\n\
         z = zext.i128 f\nw = iadd.i128 x, y\nr = iadd.i128 w, z",
    ] {
        cases.push((body.to_string(), "i128".to_string()));
    }
    check("i128", Type::I128, Type::I64, &LegalizeRules::X86_64, &cases);
}
