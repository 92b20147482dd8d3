//! Atomic operations on 8 bytes for i386: loads and stores through a vector register, compare-and-swap by
//! `cmpxchg8b`; as gcc has them, so that all code of a program agrees.
//!
//! In: a function after [`lathe_mach::select::expand`] (which has made loops of compare-and-swaps of all other
//! read-modify-writes). Out: the same without atomic operations on `i64`. Called before legalization, which then
//! splits what is left.
//!
//! A load or store of 8 aligned bytes through a vector register is one access (Intel SDM vol. 3, 9.1.1).

use lathe_diag::Loc;
use lathe_ir::inline_asm::{AsmData, AsmOperand};
use lathe_ir::{Function, Inst, InstData, Opcode, Ordering, Type, Value};

/// Replaces all of a function's. Returns whether there were any.
pub(crate) fn expand(func: &mut Function) -> bool {
    let is_wide = |func: &Function, inst: Inst| {
        let data = func.inst(inst);
        match data.opcode() {
            Opcode::AtomicCas => data.ty() == Type::I64,
            Opcode::Load | Opcode::Store => {
                data.ty() == Type::I64 && data.mem_flags().ordering() != Ordering::None
            }
            _ => false,
        }
    };
    let mut changed = false;
    for index in 0..func.layout.len() {
        let block = func.layout[index];
        if !func.blocks[block].insts.iter().any(|inst| is_wide(func, *inst)) {
            continue;
        }
        changed = true;
        let old = std::mem::take(&mut func.blocks[block].insts);
        let mut out = Vec::with_capacity(old.len() + 8);
        for inst in old {
            if is_wide(func, inst) {
                let loc = func.loc(inst);
                Expansion { func, out: &mut out, loc }.instruction(inst);
            } else {
                out.push(inst);
            }
        }
        func.blocks[block].insts = out;
    }
    if changed {
        func.resolve_aliases();
    }
    changed
}

struct Expansion<'a> {
    func: &'a mut Function,
    out: &'a mut Vec<Inst>,
    loc: Loc,
}

impl Expansion<'_> {
    fn append(&mut self, data: InstData) -> Inst {
        let inst = self.func.create_inst(data, self.loc);
        self.out.push(inst);
        inst
    }

    fn value(&mut self, data: InstData) -> Value {
        let inst = self.append(data);
        self.func.result(inst).expect("the instruction has a result")
    }

    fn instruction(&mut self, inst: Inst) {
        let data = *self.func.inst(inst);
        let args = data.inline_args();
        match data.opcode() {
            Opcode::Load => {
                let load = InstData::load(Opcode::Load, Type::F64, args[0], data.offset(), data.mem_flags());
                let bits = self.value(load);
                let whole = self.value(InstData::unary(Opcode::Bitcast, Type::I64, bits));
                if let Some(result) = self.func.result(inst) {
                    self.func.replace_value(result, whole);
                }
            }
            Opcode::Store => {
                let bits = self.value(InstData::unary(Opcode::Bitcast, Type::F64, args[0]));
                let store = InstData::store(Type::F64, bits, args[1], data.offset(), data.mem_flags());
                self.append(store);
            }
            _ => self.compare_and_swap(inst, [args[0], args[1], args[2]]),
        }
    }

    /// `edx:eax` is compared and receives the old value, `ecx:ebx` is the new one.
    fn compare_and_swap(&mut self, inst: Inst, [address, expected, new]: [Value; 3]) {
        let low = self.value(InstData::unary(Opcode::Trunc, Type::I32, new));
        let upper = self.value(InstData::binary_imm(Opcode::LshrImm, Type::I64, 0, new, 32));
        let high = self.value(InstData::unary(Opcode::Trunc, Type::I32, upper));
        let statement = statement();
        let statement = self.func.asms.push(statement);
        let args = self.func.make_list(&[address, expected, low, high]);
        let types = [Type::I64, Type::I8];
        let asm = InstData::asm(args, statement);
        let asm = self.func.create_inst_with_types(asm, self.loc, &types);
        self.out.push(asm);
        let news: Vec<Value> = self.func.results(asm).collect();
        let olds: Vec<Value> = self.func.results(inst).collect();
        for (old, new) in olds.into_iter().zip(news) {
            self.func.replace_value(old, new);
        }
    }
}

fn operand(constraint: &str, ty: Type) -> AsmOperand {
    AsmOperand {
        constraint: constraint.to_owned(),
        name: None,
        ty,
        is_memory: false,
        memory_bytes: 0,
        register: None,
    }
}

fn statement() -> AsmData {
    let place = AsmOperand { is_memory: true, memory_bytes: 8, ..operand("=m", Type::PTR) };
    AsmData {
        template: "lock cmpxchg8b %2".to_owned(),
        outputs: vec![operand("=A", Type::I64), operand("=@ccz", Type::I8), place],
        inputs: vec![operand("0", Type::I64), operand("b", Type::I32), operand("c", Type::I32)],
        clobbers: vec!["memory".to_owned()],
        is_volatile: true,
        ..AsmData::default()
    }
}
