//! Splitting a wide integer type into two halves, everywhere in a function.
//!
//! Blocks are visited in reverse post-order, so that a value's halves are known before its uses;
//! block parameters are split first. Each instruction on wide values is replaced by instructions on
//! the halves; the rest stays as it is. Results that become equal to another value (`trunc`) are
//! aliases until the end, when all uses are resolved.
//!
//! | File | Instructions |
//! |---|---|
//! | [`super::builder`] | making instructions on halves, folding constants |
//! | [`super::arithmetic`] | sums, products, quotients, minimum, overflow, saturation |
//! | [`super::bits`] | logic, shifts, rotations, counts |
//! | [`super::compare`] | `icmp`, `select`, `br`, `switch` |
//! | [`super::convert`] | widths, bit casts, floats |
//! | [`super::memory`], [`super::atomics`] | loads, stores, atomics |
//! | [`super::calls`], [`super::statement`] | calls, returns, inline assembly |

use crate::error::CodegenError;
use lathe_diag::Loc;
use lathe_ir::analysis::ControlFlowGraph;
use lathe_ir::{Block, BlockCall, DebugScope, Entity, Function, Inst, InstData, Module, Opcode, Type, Value};
use rustc_hash::FxHashMap;
use smallvec::SmallVec;

/// The halves of a wide value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Pair {
    /// The low half.
    pub lo: Value,
    /// The high half.
    pub hi: Value,
}

const UNKNOWN: Pair = Pair { lo: Value::RESERVED, hi: Value::RESERVED };

/// Splits one wide type of a function.
pub(super) struct Splitter<'f> {
    pub(super) func: &'f mut Function,
    pub(super) module: &'f Module,
    /// The type to split.
    pub(super) wide: Type,
    /// The type of the halves.
    pub(super) half: Type,
    /// Width of a half in bits.
    pub(super) bits: u32,
    /// Halves by value number.
    pairs: Vec<Pair>,
    /// The new instructions of the block being rewritten.
    pub(super) out: Vec<Inst>,
    /// Source position of the instruction being replaced.
    pub(super) loc: Loc,
}

impl<'f> Splitter<'f> {
    pub(super) fn new(func: &'f mut Function, module: &'f Module, wide: Type, half: Type) -> Splitter<'f> {
        let pairs = vec![UNKNOWN; func.value_count()];
        let bits = half.lane_bits(64);
        Splitter { func, module, wide, half, bits, pairs, out: Vec::new(), loc: Loc::NONE }
    }

    /// Splits the whole function.
    pub(super) fn run(mut self) -> Result<(), CodegenError> {
        let order = self.order();
        for block in &order {
            self.split_params(*block);
        }
        let scopes: FxHashMap<Inst, DebugScope> = self.func.scope_marks().iter().copied().collect();
        for block in order {
            let old = std::mem::take(&mut self.func.blocks[block].insts);
            self.out = Vec::with_capacity(old.len() + 16);
            for inst in old {
                let start = self.out.len();
                self.instruction(inst)?;
                if let Some(scope) = scopes.get(&inst)
                    && let Some(first) = self.out.get(start)
                    && *first != inst
                {
                    self.func.set_scope(*first, *scope);
                }
            }
            self.func.blocks[block].insts = std::mem::take(&mut self.out);
        }
        self.func.resolve_aliases();
        Ok(())
    }

    /// Reachable blocks in reverse post-order, then the others of the layout.
    fn order(&self) -> Vec<Block> {
        let graph = ControlFlowGraph::with_function(self.func);
        let mut order = graph.reverse_postorder().to_vec();
        order.extend(self.func.layout.iter().copied().filter(|block| !graph.is_reachable(*block)));
        order
    }

    fn split_params(&mut self, block: Block) {
        let params = self.func.blocks[block].params.clone();
        if !params.iter().any(|param| self.is_wide(*param)) {
            return;
        }
        for index in (0..params.len()).rev() {
            self.func.remove_param(block, index);
        }
        for param in params {
            let ty = self.func.ty(param);
            if ty == self.wide {
                let lo = self.func.append_param(block, self.half);
                let hi = self.func.append_param(block, self.half);
                self.set_pair(param, Pair { lo, hi });
            } else {
                self.func.append_param_as(block, ty, param);
            }
        }
    }

    /// Whether a value is to be split.
    #[inline]
    pub(super) fn is_wide(&self, value: Value) -> bool {
        self.func.ty(value) == self.wide
    }

    /// The halves of a wide value. In unreachable code a value may be used before it is defined;
    /// then it is undefined.
    pub(super) fn pair(&mut self, value: Value) -> Pair {
        let value = self.func.resolve(value);
        let known = self.pairs.get(value.index()).copied().unwrap_or(UNKNOWN);
        if known != UNKNOWN {
            return known;
        }
        let undefined = InstData::nullary(Opcode::Undef, self.half);
        Pair { lo: self.value(undefined), hi: self.value(undefined) }
    }

    /// Says what the halves of a value are.
    pub(super) fn set_pair(&mut self, value: Value, pair: Pair) {
        if let Some(place) = self.pairs.get_mut(value.index()) {
            *place = pair;
        }
    }

    /// Gives the only result of an instruction, a wide one, its halves.
    pub(super) fn define(&mut self, inst: Inst, pair: Pair) {
        if let Some(result) = self.func.result(inst) {
            self.set_pair(result, pair);
        }
    }

    /// Replaces a result that is not wide by a value of its type.
    pub(super) fn replace(&mut self, result: Value, new: Value) {
        self.func.replace_value(result, new);
    }

    /// Replaces the only result of an instruction.
    pub(super) fn replace_result(&mut self, inst: Inst, new: Value) {
        if let Some(result) = self.func.result(inst) {
            self.replace(result, new);
        }
    }

    /// A value list in which wide values have become their halves; `None` when there are none.
    pub(super) fn expanded(&mut self, values: &[Value]) -> Option<SmallVec<[Value; 8]>> {
        if !values.iter().any(|value| self.is_wide(*value)) {
            return None;
        }
        let mut list = SmallVec::new();
        for value in values {
            if self.is_wide(*value) {
                let pair = self.pair(*value);
                list.extend([pair.lo, pair.hi]);
            } else {
                list.push(*value);
            }
        }
        Some(list)
    }

    /// An error about the instruction.
    pub(super) fn unsupported(&self, inst: Inst, what: &str) -> CodegenError {
        let opcode = self.func.inst(inst).opcode();
        CodegenError::unsupported(format!("{opcode} of {}: {what}", self.wide)).at(self.func.loc(inst))
    }

    fn instruction(&mut self, inst: Inst) -> Result<(), CodegenError> {
        let opcode = self.func.inst(inst).opcode();
        self.loc = self.func.loc(inst);
        let uses_wide = self.func.args(inst).iter().any(|arg| self.is_wide(*arg));
        let gives_wide = self.func.results(inst).any(|result| self.is_wide(result));
        if opcode.is_terminator() {
            for call in self.func.block_calls_of(inst) {
                self.branch_arguments(call);
            }
        }
        if !uses_wide && !gives_wide {
            self.out.push(inst);
            return Ok(());
        }
        self.wide_instruction(inst, opcode)
    }

    fn branch_arguments(&mut self, call: BlockCall) {
        let args = std::mem::take(&mut self.func.block_calls[call].args);
        self.func.block_calls[call].args = match self.expanded(&args) {
            Some(list) => list.into_iter().collect(),
            None => args,
        };
    }

    fn wide_instruction(&mut self, inst: Inst, opcode: Opcode) -> Result<(), CodegenError> {
        use Opcode::*;
        match opcode {
            Iconst | Const | Undef => self.constant(inst),
            Iadd | IaddImm | Isub | Imul | ImulImm | Umulhi | Smulhi | Udiv | Sdiv | Urem | Srem | Ineg
            | Iabs | Smin | Smax | Umin | Umax | UaddSat | SaddSat | UsubSat | SsubSat | UaddOverflow
            | SaddOverflow | UsubOverflow | SsubOverflow | UmulOverflow | SmulOverflow | UaddCarry
            | UsubBorrow => self.arithmetic(inst),
            Iand | Ior | Ixor | Inot | IandImm | IorImm | IxorImm | Shl | Lshr | Ashr | Rotl | Rotr
            | ShlImm | LshrImm | AshrImm | Clz | Ctz | Popcnt | Bswap | Bitrev => self.bit_operation(inst),
            Icmp | IcmpImm | Select | Branch | Switch | TrapIf => self.comparison(inst),
            Zext | Sext | Trunc | Bitcast | PtrToInt | IntToPtr | Sitofp | Uitofp | Fptosi | Fptoui
            | FptosiSat | FptouiSat => self.conversion(inst),
            Load | Store | AtomicRmw | AtomicCas | ExtractLane | InsertLane | Splat | ExtractLaneDynamic
            | InsertLaneDynamic => self.memory_operation(inst),
            Call | CallIndirect | CallLib | Invoke | InvokeIndirect | TailCall | TailCallIndirect
            | Return | Asm | AsmGoto => self.call(inst),
            // The halves have no common place that a debugger could be told.
            DebugValue => Ok(()),
            _ => Err(self.unsupported(inst, "no expansion")),
        }
    }
}
