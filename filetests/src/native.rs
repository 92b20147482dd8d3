//! Mode: machine code of one target. The `lathe` command compiles the file together with a `main` that makes each
//! call and compares the results; the exit status is the number of the first wrong call.
//!
//! The command is `$LATHE`, or the one that Cargo built beside this test. Without one the mode is
//! left out.

use crate::directive::{Directives, Expected, Run};
use crate::machine::Machine;
use crate::value::{self, Literal};
use lathe_ir::*;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;

/// The `lathe` command.
pub fn command() -> Option<PathBuf> {
    let beside = || Some(std::env::current_exe().ok()?.parent()?.parent()?.join("lathe"));
    let path = std::env::var_os("LATHE").map(PathBuf::from).or_else(beside)?;
    path.is_file().then_some(path)
}

/// Whether there is a `lathe` command.
pub fn is_available() -> bool {
    command().is_some()
}

/// Compiles and runs.
///
/// # Errors
/// The compiler's messages, or the first wrong call.
pub fn check(machine: &Machine, module: &Module, directives: &Directives, level: &str) -> Result<(), String> {
    let program = directives.runs.iter().find(|r| matches!(r.expected, Expected::Program { .. }));
    let calls: Vec<Run> =
        directives.runs.iter().filter(|r| matches!(r.expected, Expected::Results(_))).cloned().collect();
    if let Some(run) = program {
        return check_program(machine, module, run, level);
    }
    // The exit status has eight bits.
    for chunk in calls.chunks(250) {
        let mut with_main = module.clone();
        add_main(&mut with_main, chunk)?;
        let output = execute(machine, &with_main, &[], level)?;
        match output.status {
            Some(0) => {}
            Some(n) if n > 0 && n as usize <= chunk.len() => {
                let run = &chunk[n as usize - 1];
                let args = run.args.join(", ");
                return Err(format!("line {}: @{}({args}) gives another result", run.line, run.function));
            }
            other => return Err(format!("the program ended with {other:?}")),
        }
    }
    Ok(())
}

fn check_program(machine: &Machine, module: &Module, run: &Run, level: &str) -> Result<(), String> {
    let Expected::Program { output: expected, status } = &run.expected else { return Ok(()) };
    let args: Vec<String> = run.args.iter().map(|a| a.trim_matches('"').to_string()).collect();
    let found = execute(machine, module, &args, level)?;
    if found.text == *expected && found.status == Some(*status) {
        return Ok(());
    }
    Err(format!("printed {:?} and exited with {:?}", found.text, found.status))
}

struct Outcome {
    text: String,
    status: Option<i32>,
}

fn execute(machine: &Machine, module: &Module, args: &[String], level: &str) -> Result<Outcome, String> {
    let lathe = command().ok_or("there is no lathe command")?;
    let unique = format!("lathe-filetest-{}-{:?}", std::process::id(), std::thread::current().id());
    let directory = std::env::temp_dir().join(unique.replace(['(', ')'], ""));
    std::fs::create_dir_all(&directory).map_err(|e| e.to_string())?;
    let outcome = (|| {
        let (source, program) = (directory.join("test.ssa"), directory.join("test"));
        std::fs::write(&source, module.to_string()).map_err(|e| e.to_string())?;
        let mut build = Command::new(&lathe);
        build.arg("build").args(machine.words()).arg(level).arg(&source).arg("-o").arg(&program).arg("-lm");
        let built = build.output().map_err(|e| e.to_string())?;
        if !built.status.success() {
            return Err(String::from_utf8_lossy(&built.stderr).into_owned());
        }
        let ran = machine.run(&program).args(args).output().map_err(|e| e.to_string())?;
        let text = String::from_utf8_lossy(&ran.stdout).into_owned();
        Ok(Outcome { text, status: ran.status.code() })
    })();
    let _ = std::fs::remove_dir_all(&directory);
    outcome
}

/// Adds `int main(void)` that gives the number of the first wrong call, from 1, or 0.
fn add_main(module: &mut Module, runs: &[Run]) -> Result<(), String> {
    let main = module.symbol("main");
    let mut func = Function::new(main, Signature::new(&[], &[Type::I32]));
    let entry = func.create_entry();
    let mut block = entry;
    for (number, run) in runs.iter().enumerate() {
        block = add_call(module, &mut func, block, run, number as i64 + 1)
            .map_err(|e| format!("line {}: {e}", run.line))?;
    }
    let mut b = FunctionBuilder::at_end(&mut func, block);
    let zero = b.iconst(Type::I32, 0);
    b.ret(&[zero]);
    module.define_function(func);
    Ok(())
}

/// Adds one call with its comparison; gives the block to go on in.
fn add_call(
    module: &mut Module,
    func: &mut Function,
    block: Block,
    run: &Run,
    number: i64,
) -> Result<Block, String> {
    let callee = module.find_symbol(&run.function).ok_or("there is no such function")?;
    let signature = module.signature_of(callee).ok_or("it is no function")?.clone();
    let Expected::Results(expected) = &run.expected else { return Ok(block) };
    let mut args = Vec::new();
    for (param, text) in signature.params.iter().zip(&run.args) {
        let ty = param.value_type();
        let literal = value::parse(ty, text)?;
        let data = match &literal {
            Literal::Bytes(bytes) => Some(add_bytes(module, bytes)),
            Literal::Lanes(_) => None,
        };
        let mut b = FunctionBuilder::at_end(func, block);
        args.push(match (literal, data) {
            (_, Some(symbol)) => b.addr(symbol, 0),
            (Literal::Lanes(lanes), None) => constant(&mut b, ty, &lanes),
            (Literal::Bytes(_), None) => return Err("no data for text".to_string()),
        });
    }
    let types: Vec<Type> = signature.result_types().collect();
    let imported = func.import_signature(Arc::new(signature));
    let mut b = FunctionBuilder::at_end(func, block);
    let call = b.call(callee, imported, &args);
    let results: Vec<Value> = b.func.results(call).collect();
    let mut all = b.iconst(Type::I8, 1);
    for ((ty, text), found) in types.iter().zip(expected).zip(results) {
        let Literal::Lanes(lanes) = value::parse(*ty, text)? else {
            return Err("a result is no text".into());
        };
        let equal = compare(module, &mut b, *ty, found, &lanes);
        all = b.iand(all, equal);
    }
    let (next, wrong) = (b.create_block(), b.create_block());
    b.branch(all, next, &[], wrong, &[]);
    b.switch_to(wrong);
    let status = b.iconst(Type::I32, number);
    b.ret(&[status]);
    Ok(next)
}

fn add_bytes(module: &mut Module, bytes: &[u8]) -> Symbol {
    let symbol = module.symbol(&format!(".filetest.{}", module.symbols.len()));
    module.symbols[symbol].linkage = Linkage::Internal;
    let items = vec![DataItem::Bytes(bytes.into())];
    module.define_data(Data { symbol, items, align: 16, is_const: false, mergeable: false, string_unit: 0 });
    symbol
}

/// Little-endian bytes of a value in memory without padding.
fn lane_bytes(ty: Type, lanes: &[u128]) -> Vec<u8> {
    let size = (ty.lane_bits(64) / 8) as usize;
    lanes.iter().flat_map(|l| l.to_le_bytes()[..size].to_vec()).collect()
}

fn constant(b: &mut FunctionBuilder<'_>, ty: Type, lanes: &[Option<u128>]) -> Value {
    let lanes = value::argument_lanes(ty, lanes);
    let bits = lanes.first().copied().unwrap_or(0);
    match ty {
        Type::F32 | Type::F64 => b.value(InstData::fconst(ty, bits as u64)),
        _ if ty.is_int_or_ptr() && ty != Type::I128 => b.iconst(ty, bits as u64 as i64),
        _ => b.constant(ty, &lane_bytes(ty, &lanes)),
    }
}

/// 1 when a value has these bits (any NaN for `None`): through memory, byte by word.
fn compare(
    module: &Module,
    b: &mut FunctionBuilder<'_>,
    ty: Type,
    found: Value,
    lanes: &[Option<u128>],
) -> Value {
    if !ty.is_vector() && ty.is_float() && lanes[0].is_none() {
        return b.fcmp(FloatCond::Uno, found, found);
    }
    let layout = ty.layout(&module.target.layout);
    let data = function::StackSlotData { size: layout.size.into(), align: layout.align, name: None };
    let slot = b.func.slots.push(data);
    let address = b.slot_addr(slot, 0);
    b.store(found, address, 0, MemFlags::aligned(layout.align));
    let stride = ty.lane().layout(&module.target.layout).size;
    let size = ty.lane_bits(64) / 8;
    let mut all = b.iconst(Type::I8, 1);
    for (i, lane) in lanes.iter().enumerate() {
        let Some(bits) = lane else { continue };
        let base = i as u32 * stride;
        let mut at = 0;
        while at < size {
            let piece = [8, 4, 2, 1].into_iter().find(|p| at + p <= size).unwrap_or(1);
            let piece_type = Type::int(8 * piece).unwrap_or(Type::I8);
            let word = b.load(piece_type, address, (base + at) as i32, MemFlags::NONE);
            let expected = (bits >> (8 * at)) as u64 as i64;
            let shift = 64 - 8 * piece;
            let equal = b.icmp_imm(IntCond::Eq, word, expected << shift >> shift);
            all = b.iand(all, equal);
            at += piece;
        }
    }
    all
}
