//! Calls.

use super::Val;
use super::function::{FunctionLowering, align_of};
use super::place::{Base, Place};
use crate::ast::{DeclId, Expr, ExprId, ExprKind, ExprRange};
use crate::types::{FunctionType, QualType};
use lathe_ir::{MemFlags, ParamType, Signature, Symbol, SymbolDefinition, Value};
use std::sync::Arc;

impl FunctionLowering<'_> {
    /// A call. `into` is where a record result may be written directly (an object that nothing else
    /// can see yet).
    pub(super) fn call(&mut self, node: Expr, list: ExprRange, into: Option<Place>) -> Val {
        let (unit, body) = (self.unit, self.body);
        let exprs: &[ExprId] = body.list(list);
        let Some((callee, args)) = exprs.split_first() else { return Val::None };
        let direct = self.direct_callee(*callee);
        if let Some(decl) = direct
            && let Some(value) = self.library_call(node, decl, args)
        {
            return value;
        }
        let function_ty = body.expr(*callee).ty;
        let Some(function) = unit.types.callee(function_ty) else { return Val::None };
        let target = match direct {
            Some(_) => None,
            None => Some(self.scalar(*callee)),
        };
        let values: Vec<Val> = args.iter().map(|arg| self.value(*arg)).collect();
        let arg_types: Vec<QualType> = args.iter().map(|arg| body.expr(*arg).ty).collect();
        let signature = self.call_signature(function, function_ty, &arg_types);
        let mut operands: Vec<Value> = Vec::with_capacity(values.len() + 1);
        let returned = signature.returned_aggregate();
        let mut result_place = None;
        if returned.is_some() {
            let place = into.unwrap_or_else(|| {
                let slot = self.temporary_for(function.result);
                Place::slot(slot, function.result.unqualified(), align_of(unit, function.result))
            });
            operands.push(self.address(&place));
            result_place = Some(place);
        }
        for ((value, ty), param) in values.iter().zip(&arg_types).zip(&signature.params) {
            operands.push(match (param.ty, *value) {
                (ParamType::Scalar(_), Val::One(value)) => value,
                (_, Val::None) => self.b().undef(param.value_type()),
                (_, value) => self.in_memory(value, *ty),
            });
        }
        self.loc = node.loc;
        let noreturn = function.noreturn;
        let result = self.emit_call(direct, target, signature, &operands);
        if noreturn || direct.is_some_and(|decl| unit.decl(decl).attributes().noreturn) {
            self.b().unreachable();
            self.ensure_open();
        }
        match (result_place, result) {
            (Some(place), _) => self.load(&place),
            (None, Some(value)) => Val::One(value),
            (None, None) => Val::None,
        }
    }

    /// The function that a callee expression names.
    fn direct_callee(&self, callee: ExprId) -> Option<DeclId> {
        let mut id = callee;
        loop {
            match self.body.expr(id).kind {
                ExprKind::FunctionDecay(inner) | ExprKind::AddressOf(inner) => id = inner,
                ExprKind::Deref(inner) => id = inner,
                ExprKind::Global(decl) if self.unit.decl(decl).kind == crate::ast::DeclKind::Function => {
                    return Some(decl);
                }
                _ => return None,
            }
        }
    }

    fn call_signature(
        &mut self,
        function: &FunctionType,
        function_ty: QualType,
        args: &[QualType],
    ) -> Arc<Signature> {
        let unit = self.unit;
        if function.prototype && !function.variadic {
            let pointee = unit.types.pointee(function_ty).unwrap_or(function_ty);
            return self.state.signature(unit, self.names, pointee);
        }
        // Variable arguments are named in the call's signature; without a prototype all arguments
        // are passed as if named, and the callee may still be variadic.
        let mut params: Vec<QualType> = args.to_vec();
        for (param, declared) in params.iter_mut().zip(&function.params) {
            *param = *declared;
        }
        let mut signature = self.state.signature_of(unit, self.names, function, &params, true);
        if function.prototype {
            signature.named_params = Some(function.params.len().min(params.len()) as u32);
        }
        Arc::new(signature)
    }

    fn emit_call(
        &mut self,
        direct: Option<DeclId>,
        target: Option<Value>,
        signature: Arc<Signature>,
        operands: &[Value],
    ) -> Option<Value> {
        let sig = self.func.import_signature(signature.clone());
        let inst = match (direct, target) {
            (Some(decl), _) => {
                let symbol = self.state.decl_symbol(self.unit, self.names, decl);
                self.state.refer(symbol);
                self.declare_callee(symbol, &signature);
                let may_unwind = !self.state.module.symbols[symbol].callee.nounwind;
                if let Some(pad) = self.landing_pad_here().filter(|_| may_unwind) {
                    return self.invoke(Ok(symbol), sig, operands, pad);
                }
                self.b().call(symbol, sig, operands)
            }
            (None, Some(target)) => {
                if let Some(pad) = self.landing_pad_here() {
                    return self.invoke(Err(target), sig, operands, pad);
                }
                self.b().call_indirect(target, sig, operands)
            }
            (None, None) => return None,
        };
        self.func.result(inst)
    }

    fn declare_callee(&mut self, symbol: Symbol, signature: &Arc<Signature>) {
        let data = &mut self.state.module.symbols[symbol];
        if data.definition == SymbolDefinition::Undeclared {
            data.definition = SymbolDefinition::DeclaredFunction(signature.clone());
        }
    }

    /// A call whose arguments are values already, of a library function by its C name.
    pub(super) fn call_named(&mut self, name: &str, signature: Signature, args: &[Value]) -> Option<Value> {
        let signature = Arc::new(signature);
        let symbol = self.state.module.declare_function(name, signature.clone());
        self.state.refer(symbol);
        let sig = self.func.import_signature(signature);
        let inst = self.b().call(symbol, sig, args);
        self.func.result(inst)
    }

    /// Flags for a block of memory of unknown alignment.
    pub(super) fn byte_flags() -> MemFlags {
        MemFlags::aligned(1)
    }

    /// Whether a place is a fresh slot that nothing else can see.
    pub(super) fn is_private(place: &Place) -> bool {
        matches!(place.base, Base::Slot(_)) && !place.ty.is_volatile() && !place.ty.is_atomic()
    }
}
