//! GNU vector operations beyond plain operators.

use super::Val;
use super::function::FunctionLowering;
use crate::ast::{Expr, ExprId, ExprRange};
use crate::types::{QualType, Quals, TypeKind};
use lathe_ir::{InstData, IntCond, Opcode, Type, Value};

impl FunctionLowering<'_> {
    /// `__builtin_shuffle` and `__builtin_shufflevector` with constant lanes.
    pub(super) fn constant_shuffle(&mut self, node: Expr, list: ExprRange) -> Val {
        let body = self.body;
        let list = body.list(list);
        let a = self.scalar(list[0]);
        let b = self.scalar(list[1]);
        let lanes: Vec<Option<u32>> = list[2..]
            .iter()
            .map(|id| body.int_constant(*id, true).and_then(|n| u32::try_from(n).ok()))
            .collect();
        let source = self.func.ty(a);
        let result = self.scalar_type(node.ty).unwrap_or(source);
        if result == source && lanes.len() == source.lanes() as usize {
            let mask: Vec<u8> = lanes.iter().map(|n| n.map_or(255, |n| n as u8)).collect();
            let mask = self.func.constants.push(mask.into());
            return Val::One(self.b().value(InstData::shuffle(result, a, b, mask)));
        }
        // Another lane count: lane by lane.
        let mut out = self.b().undef(result);
        for (index, lane) in lanes.iter().enumerate() {
            let Some(lane) = lane else { continue };
            let (from, lane) = if *lane < source.lanes() { (a, *lane) } else { (b, lane - source.lanes()) };
            let element = self.b().extract_lane(from, lane);
            out = self.b().insert_lane(out, element, index as u32);
        }
        Val::One(out)
    }

    /// `__builtin_shuffle` with a mask that is known only at run time: lane by lane.
    pub(super) fn dynamic_shuffle(&mut self, node: Expr, args: &[ExprId]) -> Val {
        let first = self.scalar(args[0]);
        let second = if args.len() == 3 { Some(self.scalar(args[1])) } else { None };
        let mask = self.scalar(args[args.len() - 1]);
        let ty = self.scalar_type(node.ty).unwrap_or_else(|| self.func.ty(first));
        let lanes = ty.lanes();
        let mut out = self.b().undef(ty);
        for index in 0..lanes {
            let number = self.b().extract_lane(mask, index);
            let number = self.resize(number, Type::I32, false);
            let a = self.lane_at(first, number);
            let element = match second {
                None => a,
                Some(second) => {
                    let b = self.lane_at(second, number);
                    let which = self.b().iand_imm(number, i64::from(lanes));
                    let which = self.b().icmp_imm(IntCond::Ne, which, 0);
                    self.b().select(which, b, a)
                }
            };
            out = self.b().insert_lane(out, element, index);
        }
        Val::One(out)
    }

    fn lane_at(&mut self, vector: Value, number: Value) -> Value {
        let ty = self.func.ty(vector);
        self.b().value(InstData::binary(Opcode::ExtractLaneDynamic, ty, 0, vector, number))
    }

    /// `__builtin_convertvector`.
    pub(super) fn convert_vector(&mut self, node: Expr, operand: ExprId) -> Val {
        let from = self.body.expr(operand).ty;
        let value = self.scalar(operand);
        let (TypeKind::Vector(from, lanes), TypeKind::Vector(to, _)) =
            (self.unit.types.kind(from), self.unit.types.kind(node.ty))
        else {
            return Val::One(value);
        };
        let (from, to) = (QualType::new(from, Quals::NONE), QualType::new(to, Quals::NONE));
        let ty = self.scalar_type(node.ty).expect("vector type");
        if lanes == 1 {
            return Val::One(self.convert_scalar(value, from, to));
        }
        let mut out = self.b().undef(ty);
        for lane in 0..lanes {
            let element = self.b().extract_lane(value, lane);
            let element = self.convert_scalar(element, from, to);
            out = self.b().insert_lane(out, element, lane);
        }
        Val::One(out)
    }

    /// `mask ? a : b` lane by lane.
    pub(super) fn vector_conditional(&mut self, condition: ExprId, then: ExprId, other: ExprId) -> Val {
        let mask = self.scalar(condition);
        let a = self.scalar(then);
        let b = self.scalar(other);
        let zero = self.zero_of(self.func.ty(mask));
        let mask = self.b().icmp(IntCond::Ne, mask, zero);
        Val::One(self.b().select(mask, a, b))
    }
}
