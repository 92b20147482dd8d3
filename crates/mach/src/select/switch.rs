//! `switch` into a balanced tree of clusters: single values, ranges, bit tests, jump tables.
//!
//! In: a `switch` terminator of any integer type up to 64 bits. Out: compare-and-branch blocks, and
//! dense `switch` terminators of the word type (cases 0 to n-1, in range) that become table jumps.
//!
//! A table needs at least [`MIN_TABLE_CASES`] cases, a density of 40 % and a range of at most
//! [`MAX_TABLE_RANGE`].

use crate::options::Options;
use lathe_diag::Loc;
use lathe_ir::function::SwitchData;
use lathe_ir::{Block, BlockCall, Function, Inst, InstData, IntCond, Likelihood, Opcode, Type, Value};
use std::cmp::Ordering;

/// Fewest cases of a jump table.
pub const MIN_TABLE_CASES: usize = 4;
/// Largest range of a jump table.
pub const MAX_TABLE_RANGE: i128 = 4096;
/// Least density of a jump table, in percent.
pub const MIN_TABLE_DENSITY: i128 = 40;

/// Consecutive cases that are decided together.
#[derive(Clone, Debug)]
struct Cluster {
    low: i128,
    high: i128,
    kind: ClusterKind,
}

#[derive(Clone, Debug)]
enum ClusterKind {
    /// All values go to one target.
    Range(BlockCall),
    /// A table over these cases (indices into the sorted cases).
    Table(std::ops::Range<usize>),
    /// At most as many values in range as a word has bits, few targets: tests of a bit mask.
    Bits(std::ops::Range<usize>),
}

struct Lowering<'f> {
    func: &'f mut Function,
    /// The integer type as wide as an address, which tables are indexed by.
    word: Type,
    ty: Type,
    value: Value,
    default: BlockCall,
    cases: Vec<(i128, BlockCall)>,
    loc: Loc,
    new_blocks: Vec<Block>,
}

/// Replaces the `switch` that ends `block`.
pub fn lower_switch(func: &mut Function, block: Block, inst: Inst, word: Type, options: &Options) {
    let data = *func.inst(inst);
    let Some(table) = data.switch_table() else { return };
    let SwitchData { mut cases, targets } = func.switches[table].clone();
    let Some(default) = targets.first().copied() else { return };
    cases.sort_by_key(|(value, _)| *value);
    cases.dedup_by_key(|(value, _)| *value);
    if data.ty() == word && is_dense(func, &cases, default) {
        return;
    }
    let default_is_plain = |call: &BlockCall| func.block_calls[*call] == func.block_calls[default];
    cases.retain(|(_, call)| !default_is_plain(call));
    func.blocks[block].insts.pop();
    let mut lowering = Lowering {
        value: data.inline_args()[0],
        word,
        ty: data.ty(),
        default,
        cases,
        loc: func.loc(inst),
        new_blocks: Vec::new(),
        func,
    };
    let clusters = lowering.clusters(options);
    lowering.tree(block, &clusters, None, None);
    let new_blocks = lowering.new_blocks;
    if let Some(position) = func.layout.iter().position(|b| *b == block) {
        func.layout.splice(position + 1..position + 1, new_blocks);
    }
}

/// Whether expansion has been here before.
fn is_dense(func: &Function, cases: &[(i128, BlockCall)], default: BlockCall) -> bool {
    !cases.is_empty()
        && cases.iter().enumerate().all(|(i, (value, _))| *value == i as i128)
        && func.terminator(func.block_calls[default].block).is_some_and(|inst| {
            func.inst(inst).opcode() == Opcode::Unreachable && func.block_calls[default].args.is_empty()
        })
        && cases.len() >= MIN_TABLE_CASES
}

impl Lowering<'_> {
    /// Tables first, greedily the longest from each start; then bit tests and ranges of what is left.
    fn clusters(&self, options: &Options) -> Vec<Cluster> {
        let mut clusters = Vec::new();
        let mut start = 0;
        while start < self.cases.len() {
            let end = if options.jump_tables { self.table_end(start) } else { start };
            if let Some(end_bits) = self.bits_end(start)
                && end_bits >= end
            {
                clusters.push(self.span(start..end_bits, ClusterKind::Bits(start..end_bits)));
                start = end_bits;
            } else if end > start {
                clusters.push(self.span(start..end, ClusterKind::Table(start..end)));
                start = end;
            } else {
                let end = self.range_end(start);
                clusters.push(self.span(start..end, ClusterKind::Range(self.cases[start].1)));
                start = end;
            }
        }
        clusters
    }

    fn span(&self, range: std::ops::Range<usize>, kind: ClusterKind) -> Cluster {
        Cluster { low: self.cases[range.start].0, high: self.cases[range.end - 1].0, kind }
    }

    fn same_target(&self, a: BlockCall, b: BlockCall) -> bool {
        self.func.block_calls[a] == self.func.block_calls[b]
    }

    /// One past the last case that goes on the run of consecutive values with one target.
    fn range_end(&self, start: usize) -> usize {
        let mut end = start + 1;
        while end < self.cases.len()
            && self.cases[end].0.checked_sub(1) == Some(self.cases[end - 1].0)
            && self.same_target(self.cases[end].1, self.cases[start].1)
        {
            end += 1;
        }
        end
    }

    /// One past the last case of the longest dense table from `start`; `start` when there is none.
    fn table_end(&self, start: usize) -> usize {
        let low = self.cases[start].0;
        let mut best = start;
        for end in start + 1..=self.cases.len() {
            let range = self.cases[end - 1].0.saturating_sub(low).saturating_add(1);
            if range > MAX_TABLE_RANGE {
                break;
            }
            let count = (end - start) as i128;
            if end - start >= MIN_TABLE_CASES && count * 100 >= range * MIN_TABLE_DENSITY {
                best = end;
            }
        }
        // A table that only tells one range from the rest is a comparison.
        if best > start && self.range_end(start) == best { start } else { best }
    }

    /// One past the last case of a bit test from `start`: at least five values that form at least
    /// three runs within a word's bits, going to at most two targets.
    fn bits_end(&self, start: usize) -> Option<usize> {
        let (low, width) = (self.cases[start].0, i128::from(self.word.lane_bits(64)));
        let mut targets: Vec<BlockCall> = Vec::new();
        let mut end = start;
        while end < self.cases.len() && self.cases[end].0.saturating_sub(low) < width {
            let call = self.cases[end].1;
            if !targets.iter().any(|t| self.same_target(*t, call)) {
                if targets.len() == 2 {
                    return None;
                }
                targets.push(call);
            }
            end += 1;
        }
        let mut runs = 0;
        let mut at = start;
        while at < end {
            at = self.range_end(at);
            runs += 1;
        }
        (end - start >= 3 + targets.len() && runs >= 3 && runs > targets.len()).then_some(end)
    }

    // ----- code -----

    fn block(&mut self) -> Block {
        let block = self.func.create_block();
        self.new_blocks.push(block);
        block
    }

    fn push(&mut self, block: Block, data: InstData) -> Value {
        let inst = self.func.append_inst(block, data, self.loc);
        self.func.result(inst).expect("the instruction has a result")
    }

    fn copy_call(&mut self, call: BlockCall) -> BlockCall {
        let data = self.func.block_calls[call].clone();
        self.func.block_calls.push(data)
    }

    fn branch(&mut self, block: Block, cond: Value, then: BlockCall, other: BlockCall) {
        let data = InstData::branch(cond, Likelihood::Unknown, then, other);
        self.func.append_inst(block, data, self.loc);
    }

    /// Decides among clusters, knowing that the value is at least `low` and at most `high`.
    fn tree(&mut self, block: Block, clusters: &[Cluster], low: Option<i128>, high: Option<i128>) {
        match clusters {
            [] => {
                let default = self.copy_call(self.default);
                self.func.append_inst(block, InstData::jump(default), self.loc);
            }
            [one] => self.leaf(block, &one.clone(), low, high),
            _ if clusters.len() <= 3 => {
                // Few: one after the other.
                let rest = self.block();
                self.cluster(block, &clusters[0].clone(), rest);
                let next_low =
                    Some(clusters[0].high.saturating_add(1)).filter(|_| low == Some(clusters[0].low));
                self.tree(rest, &clusters[1..], next_low.or(low), high);
            }
            _ => {
                let middle = clusters.len() / 2;
                let pivot = clusters[middle].low;
                let (below, above) = (self.block(), self.block());
                let cond = self.compare(block, IntCond::Slt, pivot);
                let (then, other) =
                    (self.func.make_block_call(below, &[]), self.func.make_block_call(above, &[]));
                self.branch(block, cond, then, other);
                self.tree(below, &clusters[..middle], low, Some(pivot - 1));
                self.tree(above, &clusters[middle..], Some(pivot), high);
            }
        }
    }

    fn leaf(&mut self, block: Block, cluster: &Cluster, low: Option<i128>, high: Option<i128>) {
        if let ClusterKind::Range(target) = cluster.kind
            && low == Some(cluster.low)
            && high == Some(cluster.high)
        {
            let target = self.copy_call(target);
            self.func.append_inst(block, InstData::jump(target), self.loc);
            return;
        }
        let default = self.default;
        self.cluster_or(block, cluster, default);
    }

    fn cluster(&mut self, block: Block, cluster: &Cluster, rest: Block) {
        let rest = self.func.make_block_call(rest, &[]);
        self.cluster_or(block, cluster, rest);
    }

    /// Goes to the cluster's targets, or to `rest`.
    fn cluster_or(&mut self, block: Block, cluster: &Cluster, rest: BlockCall) {
        match &cluster.kind {
            ClusterKind::Range(target) => {
                let cond = if cluster.low == cluster.high {
                    self.compare(block, IntCond::Eq, cluster.low)
                } else {
                    self.in_range(block, cluster).1
                };
                let (then, rest) = (self.copy_call(*target), self.copy_call(rest));
                self.branch(block, cond, then, rest);
            }
            ClusterKind::Table(cases) => self.table(block, cluster, cases.clone(), rest),
            ClusterKind::Bits(cases) => self.bits(block, cluster, cases.clone(), rest),
        }
    }

    /// The value less the cluster's low end, and whether that is within the cluster.
    fn in_range(&mut self, block: Block, cluster: &Cluster) -> (Value, Value) {
        let offset = if cluster.low == 0 {
            self.value
        } else {
            match self.pool_constant(block, cluster.low) {
                Some(low) => self.push(block, InstData::binary(Opcode::Isub, self.ty, 0, self.value, low)),
                None => {
                    let low = (cluster.low as i64).wrapping_neg();
                    self.push(block, InstData::binary_imm(Opcode::IaddImm, self.ty, 0, self.value, low))
                }
            }
        };
        let span = cluster.high.wrapping_sub(cluster.low);
        let cond = match self.pool_constant(block, span) {
            Some(span) => self.push(block, InstData::icmp(self.ty, IntCond::Ule, offset, span)),
            None => self.push(block, InstData::icmp_imm(self.ty, IntCond::Ule, offset, span as i64)),
        };
        (offset, cond)
    }

    fn widened(&mut self, block: Block, offset: Value) -> Value {
        let (from, to) = (self.ty.lane_bits(64), self.word.lane_bits(64));
        match from.cmp(&to) {
            Ordering::Equal => offset,
            Ordering::Greater => self.push(block, InstData::unary(Opcode::Trunc, self.word, offset)),
            Ordering::Less => self.push(block, InstData::unary(Opcode::Zext, self.word, offset)),
        }
    }

    /// A number that is too large for an immediate, as a constant (`i128` only).
    fn pool_constant(&mut self, block: Block, number: i128) -> Option<Value> {
        // The least number has no negative as an immediate.
        if self.ty != Type::I128 || i64::try_from(number).is_ok_and(|n| n != i64::MIN) {
            return None;
        }
        let constant = self.func.constants.push(number.to_le_bytes().into());
        Some(self.push(block, InstData::pool_const(Type::I128, constant)))
    }

    fn compare(&mut self, block: Block, cond: IntCond, number: i128) -> Value {
        match self.pool_constant(block, number) {
            Some(constant) => self.push(block, InstData::icmp(self.ty, cond, self.value, constant)),
            None => self.push(block, InstData::icmp_imm(self.ty, cond, self.value, number as i64)),
        }
    }

    fn table(&mut self, block: Block, cluster: &Cluster, cases: std::ops::Range<usize>, rest: BlockCall) {
        let (offset, cond) = self.in_range(block, cluster);
        let jump = self.block();
        let (then, rest) = (self.func.make_block_call(jump, &[]), self.copy_call(rest));
        self.branch(block, cond, then, rest);
        let index = self.widened(jump, offset);
        let mut entries = Vec::new();
        let mut next = cluster.low;
        for index in cases {
            let (value, target) = self.cases[index];
            while next < value {
                let default = self.copy_call(self.default);
                entries.push(((next - cluster.low), default));
                next += 1;
            }
            let target = self.copy_call(target);
            entries.push((value - cluster.low, target));
            next = value + 1;
        }
        // The default of a dense switch is never taken: any of its targets will do.
        let table = SwitchData { targets: Vec::new(), cases: entries };
        let table = self.func.switches.push(table);
        self.func.append_inst(jump, InstData::switch(self.word, index, table), self.loc);
    }

    fn bits(&mut self, block: Block, cluster: &Cluster, cases: std::ops::Range<usize>, rest: BlockCall) {
        let mut targets: Vec<(BlockCall, u64)> = Vec::new();
        for index in cases {
            let (value, call) = self.cases[index];
            let bit = 1u64 << (value - cluster.low);
            match targets.iter().position(|(t, _)| self.same_target(*t, call)) {
                Some(index) => targets[index].1 |= bit,
                None => targets.push((call, bit)),
            }
        }
        let (offset, cond) = self.in_range(block, cluster);
        let mut current = self.block();
        let (then, to_rest) = (self.func.make_block_call(current, &[]), self.copy_call(rest));
        self.branch(block, cond, then, to_rest);
        let index = self.widened(current, offset);
        let one = self.push(current, InstData::iconst(self.word, 1));
        let bit = self.push(current, InstData::binary(Opcode::Shl, self.word, 0, one, index));
        let count = targets.len();
        let bits = self.word.lane_bits(64);
        for (i, (target, mask)) in targets.into_iter().enumerate() {
            let mask = (mask << (64 - bits)) as i64 >> (64 - bits);
            let hit = self.push(current, InstData::binary_imm(Opcode::IandImm, self.word, 0, bit, mask));
            let cond = self.push(current, InstData::icmp_imm(self.word, IntCond::Ne, hit, 0));
            let then = self.copy_call(target);
            let (other, next) = if i + 1 == count {
                (self.copy_call(rest), None)
            } else {
                let next = self.block();
                (self.func.make_block_call(next, &[]), Some(next))
            };
            self.branch(current, cond, then, other);
            if let Some(next) = next {
                current = next;
            }
        }
    }
}
