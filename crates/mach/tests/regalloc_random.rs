//! Random machine functions through both allocators and both checkers.
//!
//! The generator makes structured control flow (sequences, branches, loops) over values that are in
//! scope, with every kind of operand: free, tied, fixed, early, late, memory bases, clobbers.

mod fake_target;

use fake_target::FakeTarget;
use lathe_isa::{PhysReg, RegSet, RowId};
use lathe_mach::inst::function::InstFlags;
use lathe_mach::inst::{Bank, Builder, MachFunction, MachMem, MachOperand, VReg, pseudo};
use lathe_mach::regalloc::registers::RegisterMap;
use lathe_mach::regalloc::{View, ViewData, backtracking, checker, linear::LinearScan};
use lathe_mach::{MachBlock, Options};

/// A small deterministic generator (xorshift).
struct Random(u64);

impl Random {
    fn next(&mut self, below: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % below.max(1)
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.next(100) < percent
    }
}

/// An instruction to be.
struct Op {
    operands: Vec<MachOperand>,
    clobbers: RegSet,
}

/// A block to be: parameters, instructions, successors with arguments.
#[derive(Default)]
struct Sketch {
    params: Vec<VReg>,
    ops: Vec<Op>,
    edges: Vec<(usize, Vec<VReg>)>,
}

struct Generator {
    random: Random,
    vregs: Vec<(Bank, u8)>,
    blocks: Vec<Sketch>,
    /// Values in scope.
    scope: Vec<VReg>,
    budget: i64,
}

impl Generator {
    fn vreg(&mut self) -> VReg {
        let bank = if self.random.chance(30) { Bank::Vector } else { Bank::Int };
        self.vregs.push((bank, if bank == Bank::Int { 8 } else { 16 }));
        VReg(self.vregs.len() as u32 - 1)
    }

    fn int(&mut self) -> VReg {
        self.vregs.push((Bank::Int, 8));
        VReg(self.vregs.len() as u32 - 1)
    }

    fn pick(&mut self, bank: Bank) -> Option<VReg> {
        for _ in 0..8 {
            let index = self.random.next(self.scope.len() as u64) as usize;
            // Values defined lately are used more often.
            let index =
                if self.random.chance(60) { self.scope.len().saturating_sub(1 + index % 6) } else { index };
            let value = *self.scope.get(index)?;
            if self.vregs[value.index()].0 == bank {
                return Some(value);
            }
        }
        None
    }

    fn op(&mut self, block: usize) {
        let mut operands = Vec::new();
        let mut clobbers = RegSet::NONE;
        let mut defined = Vec::new();
        let mut taken: Vec<PhysReg> = Vec::new();
        let mut memory = false;
        let fixed_regs = [0u8, 1, 2, 6, 7];
        match self.random.next(10) {
            0 | 1 => {
                // A call: arguments fixed, all call-clobbered registers gone, a result in rax.
                for reg in [7u8, 6, 2] {
                    if let Some(value) = self.pick(Bank::Int).filter(|_| true) {
                        operands.push(MachOperand::FixedUse(value.into(), PhysReg(reg)));
                    }
                }
                for reg in 0..32u8 {
                    if !matches!(reg, 3 | 4 | 5 | 12 | 13 | 14 | 15) {
                        clobbers = clobbers.with(PhysReg(reg));
                    }
                }
                let result = self.int();
                operands.push(MachOperand::FixedDef(result.into(), PhysReg(0)));
                defined.push(result);
            }
            2 => {
                // A division: tied to rax and rdx, another operand free.
                if let (Some(a), Some(b)) = (self.pick(Bank::Int), self.pick(Bank::Int)) {
                    operands.push(MachOperand::UseAny(b.into(), 4));
                    operands.push(MachOperand::FixedUse(a.into(), PhysReg(0)));
                    operands.push(MachOperand::FixedUse(a.into(), PhysReg(2)));
                    let (q, r) = (self.int(), self.int());
                    operands.push(MachOperand::FixedDef(q.into(), PhysReg(0)));
                    operands.push(MachOperand::FixedDef(r.into(), PhysReg(2)));
                    defined.extend([q, r]);
                }
            }
            3 | 4 => {
                for _ in 0..1 + self.random.next(2) {
                    let bank = if self.random.chance(30) { Bank::Vector } else { Bank::Int };
                    if let Some(from) = self.pick(bank) {
                        self.vregs.push((bank, 8));
                        let to = VReg(self.vregs.len() as u32 - 1);
                        operands.push(MachOperand::Tied { to: to.into(), from: from.into(), view: 4 });
                        defined.push(to);
                    }
                }
            }
            5 => {
                let def = self.vreg();
                operands.push(MachOperand::EarlyDef(def.into(), 4));
                defined.push(def);
            }
            6 => {
                let reg = PhysReg(fixed_regs[self.random.next(5) as usize]);
                if let Some(value) = self.pick(Bank::Int) {
                    operands.push(MachOperand::FixedUse(value.into(), reg));
                    taken.push(reg);
                    if self.random.chance(50) {
                        clobbers = clobbers.with(reg);
                    }
                }
                let def = self.vreg();
                operands.push(MachOperand::Def(def.into(), 4));
                defined.push(def);
            }
            _ => {
                let def = self.vreg();
                operands.push(MachOperand::Def(def.into(), 4));
                defined.push(def);
            }
        }
        for _ in 0..self.random.next(4) {
            let bank = if self.random.chance(30) { Bank::Vector } else { Bank::Int };
            let Some(value) = self.pick(bank) else { continue };
            let operand = match self.random.next(8) {
                0 => MachOperand::UseAny(value.into(), 4),
                1 if clobbers == RegSet::NONE => MachOperand::LateUse(value.into(), 4),
                2 if bank == Bank::Int && !memory => {
                    memory = true;
                    // Replaced by a real address when the block is written.
                    MachOperand::Imm(i64::from(value.0))
                }
                _ => MachOperand::Use(value.into(), 4),
            };
            operands.insert(0, operand);
        }
        self.blocks[block].ops.push(Op { operands, clobbers });
        self.scope.extend(defined);
    }

    fn ops(&mut self, block: usize) {
        for _ in 0..1 + self.random.next(7) {
            self.budget -= 1;
            self.op(block);
        }
    }

    fn block(&mut self) -> usize {
        self.blocks.push(Sketch::default());
        self.blocks.len() - 1
    }

    /// Adds parameters to a block and arguments to edges into it.
    fn parameters(&mut self, to: usize, mut edges: Vec<(usize, Vec<VReg>)>) {
        for _ in 0..self.random.next(5) {
            let bank = if self.random.chance(30) { Bank::Vector } else { Bank::Int };
            let args: Option<Vec<VReg>> = edges
                .iter()
                .map(|(_, scope)| {
                    let found: Vec<VReg> =
                        scope.iter().copied().filter(|v| self.vregs[v.index()].0 == bank).collect();
                    (!found.is_empty()).then(|| found[self.random.next(found.len() as u64) as usize])
                })
                .collect();
            let Some(args) = args else { continue };
            self.vregs.push((bank, 8));
            let param = VReg(self.vregs.len() as u32 - 1);
            self.blocks[to].params.push(param);
            self.scope.push(param);
            for ((from, _), arg) in edges.iter_mut().zip(args) {
                let edge = self.blocks[*from].edges.iter_mut().find(|(target, _)| *target == to);
                edge.expect("the edge was made").1.push(arg);
            }
        }
    }

    /// Code from `block` on; the block where it ends.
    fn region(&mut self, mut block: usize, depth: u32) -> usize {
        loop {
            self.ops(block);
            if self.budget <= 0 || self.random.chance(20) {
                return block;
            }
            if depth > 4 || self.random.chance(30) {
                continue;
            }
            block =
                if self.random.chance(50) { self.branch(block, depth) } else { self.repeat(block, depth) };
        }
    }

    fn branch(&mut self, block: usize, depth: u32) -> usize {
        let mark = self.scope.len();
        let mut ends = Vec::new();
        let mut sides = Vec::new();
        for _ in 0..2 {
            let side = self.block();
            self.blocks[block].edges.push((side, Vec::new()));
            sides.push(side);
            // Sometimes a block with one predecessor has parameters.
            if self.random.chance(20) {
                let scope = self.scope.clone();
                self.parameters(side, vec![(block, scope)]);
            }
            let end = self.region(side, depth + 1);
            ends.push((end, self.scope.clone()));
            self.scope.truncate(mark);
        }
        let join = self.block();
        for (end, _) in &ends {
            self.blocks[*end].edges.push((join, Vec::new()));
        }
        self.parameters(join, ends);
        join
    }

    fn repeat(&mut self, block: usize, depth: u32) -> usize {
        let header = self.block();
        self.blocks[block].edges.push((header, Vec::new()));
        let before = self.scope.clone();
        // The arguments of the back edge come when its scope is known: here the same values.
        let mark = self.scope.len();
        self.parameters(header, vec![(block, before)]);
        let params = self.scope.len() - mark;
        self.ops(header);
        let (body, exit) = (self.block(), 0);
        let _ = exit;
        self.blocks[header].edges.push((body, Vec::new()));
        let inside = self.scope.len();
        let end = self.region(body, depth + 1);
        let mut args = Vec::new();
        for index in 0..params {
            let bank = self.vregs[self.scope[mark + index].index()].0;
            let value = self.pick(bank).unwrap_or(self.scope[mark + index]);
            args.push(value);
        }
        self.blocks[end].edges.push((header, args));
        self.scope.truncate(inside);
        let exit = self.block();
        self.blocks[header].edges.push((exit, Vec::new()));
        exit
    }

    /// Writes the sketch into a function.
    fn write(self, func: &mut MachFunction) {
        let layout: Vec<lathe_ir::Block> = (0..self.blocks.len() as u32).map(lathe_ir::Block).collect();
        let mut builder = Builder::begin_function(func, lathe_ir::FuncId(0), &layout, layout.len());
        for (bank, size) in &self.vregs {
            builder.vreg(*bank, *size);
        }
        for (index, block) in self.blocks.iter().enumerate().rev() {
            builder.begin_block(MachBlock(index as u32));
            for (to, args) in &block.edges {
                builder.add_edge(MachBlock(*to as u32), args);
            }
            match block.edges.as_slice() {
                [] => builder.op(pseudo::RETURN, &[]),
                [(to, _)] => builder.op(pseudo::JUMP, &[MachOperand::Block(MachBlock(*to as u32))]),
                _ => builder.op(pseudo::BRANCH, &[]),
            }
            builder.end_group();
            for op in block.ops.iter().rev() {
                let operands: Vec<MachOperand> = op
                    .operands
                    .iter()
                    .map(|operand| match operand {
                        MachOperand::Imm(value) => builder.mem(MachMem::base(VReg(*value as u32), 0)),
                        other => *other,
                    })
                    .collect();
                builder.op_with(RowId(0), &operands, op.clobbers, InstFlags::NONE);
                builder.end_group();
            }
            builder.set_params(&block.params);
            builder.end_block();
        }
        builder.finish();
    }
}

fn random_function(seed: u64, size: i64, func: &mut MachFunction) {
    let random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let mut generator =
        Generator { random, vregs: Vec::new(), blocks: Vec::new(), scope: Vec::new(), budget: size };
    let entry = generator.block();
    for _ in 0..6 {
        generator.op(entry);
    }
    generator.region(entry, 0);
    generator.write(func);
}

/// Runs both allocators on a function; the fault found, if one is.
fn check_function(
    target: &FakeTarget,
    seed: u64,
    size: i64,
    func: &mut MachFunction,
    linear: &mut LinearScan,
) -> Option<String> {
    random_function(seed, size, func);
    if has_no_scratch(target) {
        narrow_views(seed, func);
    }
    let options = Options::default();
    let registers = RegisterMap::new(target, func, &options);
    let mut data = ViewData::default();
    data.build(func, &registers);
    let view = View { func, data: &data };
    let mut output = regalloc2::Output::default();
    for backtracks in [false, true] {
        if backtracks {
            // Random crowds of byte operands may have no solution, about which regalloc2 is loud.
            if has_no_scratch(target) {
                continue;
            }
            if !backtracking::is_possible(&view) {
                continue;
            }
            let mut context = regalloc2::Ctx::default();
            if !backtracking::run(&view, &registers, &mut context, &mut output) {
                continue;
            }
        } else if !linear.run(&view, &registers, &mut output) {
            continue;
        }
        if let Err(fault) = checker::check(&view, &registers, &output) {
            if let Ok(range) = std::env::var("LATHE_SHOW") {
                let (first, end) = range.split_once('-').expect("FIRST-END");
                for index in first.parse().expect("number")..end.parse().expect("number") {
                    let inst = regalloc2::Inst::new(index);
                    println!("@{index}: {:?} {:?}", view.operands(index), output.inst_allocs(inst));
                    for (point, edit) in output.edits.iter().filter(|(p, _)| p.inst() == inst) {
                        println!("@   {point:?} {edit:?}");
                    }
                }
            }
            return Some(format!("seed {seed}, backtracking {backtracks}: {fault}"));
        }
        if has_no_scratch(target) {
            // Theirs knows no moves between slots.
            continue;
        }
        let mut theirs = regalloc2::checker::Checker::new(&view, &registers.environment);
        theirs.prepare(&output);
        if let Err(errors) = theirs.run() {
            return Some(format!("seed {seed}, backtracking {backtracks}: {errors:?}"));
        }
    }
    None
}

fn has_no_scratch(target: &FakeTarget) -> bool {
    !lathe_mach::TargetCodegen::info(target).scratch[0].is_some()
}

/// Every fourth operand means the low byte.
fn narrow_views(seed: u64, func: &mut MachFunction) {
    let mut random = Random(seed | 1);
    for operand in &mut func.tables.operands {
        let narrow = random.chance(25);
        match operand {
            MachOperand::Use(_, view) | MachOperand::Def(_, view) | MachOperand::Tied { view, .. }
                if narrow =>
            {
                *view = 0;
            }
            _ => {}
        }
    }
}

#[test]
fn linear_scan_does_without_a_scratch_register() {
    let (mut func, mut linear) = (MachFunction::default(), LinearScan::default());
    for seed in 1..=400 {
        let size = 5 + (seed % 40) as i64 * 6;
        if let Some(fault) = check_function(&FakeTarget::narrow(), seed, size, &mut func, &mut linear) {
            panic!("{fault}");
        }
    }
}

#[test]
fn both_allocators_satisfy_both_checkers() {
    let mut func = MachFunction::default();
    let mut linear = LinearScan::default();
    let count = std::env::var("LATHE_REGALLOC_SEEDS").ok().and_then(|n| n.parse().ok()).unwrap_or(400);
    for seed in 1..=count {
        let size = 5 + (seed % 40) as i64 * 6;
        if let Some(fault) = check_function(&FakeTarget::default(), seed, size, &mut func, &mut linear) {
            let target = FakeTarget::default();
            let printer = lathe_mach::inst::printer::Printer {
                isa: lathe_mach::TargetCodegen::isa(&target),
                module: None,
            };
            random_function(seed, size, &mut func);
            panic!("{fault}\n{}", printer.function(&func));
        }
    }
}

#[test]
fn checker_sees_lost_moves() {
    // Dropping any move that matters must be noticed in at least half of the functions that have moves.
    let mut func = MachFunction::default();
    let mut linear = LinearScan::default();
    let (mut broken, mut noticed) = (0, 0);
    for seed in 1..=60 {
        random_function(seed, 120, &mut func);
        let (options, target) = (Options::default(), FakeTarget::default());
        let registers = RegisterMap::new(&target, &func, &options);
        let mut data = ViewData::default();
        data.build(&func, &registers);
        let view = View { func: &func, data: &data };
        let mut output = regalloc2::Output::default();
        linear.run(&view, &registers, &mut output);
        if output.edits.is_empty() {
            continue;
        }
        broken += 1;
        output.edits.remove(output.edits.len() / 2);
        noticed += u32::from(checker::check(&view, &registers, &output).is_err());
    }
    assert!(broken > 30 && noticed * 10 >= broken * 8, "{noticed} of {broken} lost moves were noticed");
}
