//! Function definitions. C11 6.9.1, K&R definitions included.

use super::declarator::{Form, Parameter, Parameters, new_local};
use super::tokens::TooDeep;
use super::{Declarator, FunctionState, Parser, Specifiers, StorageClass, Symbol};
use crate::ast::{Consumer, DeclId, ExprKind, Local, LocalId, StmtId};
use crate::sema::options::Warning;
use crate::token::TokenKind;
use crate::types::{FunctionType, QualType, TypeKind};
use lathe_diag::Loc;

impl Parser<'_, '_> {
    /// From behind the declarator to behind the `}`.
    pub(super) fn function_definition(
        &mut self,
        specifiers: Specifiers,
        declarator: Declarator,
        consumer: &mut dyn Consumer,
    ) -> Result<(), TooDeep> {
        let mut declarator = declarator;
        if declarator.name.is_none() {
            return Ok(());
        }
        let mut parameters = declarator.parameters.take().unwrap_or_default();
        if specifiers.implicit_int {
            self.pedantic_warn(Warning::ImplicitInt, declarator.loc, "return type defaults to 'int'");
        }
        if specifiers.storage == Some(StorageClass::Typedef) {
            self.error(declarator.loc, "function definition declared 'typedef'");
        }
        if !parameters.identifiers.is_empty() {
            self.old_style_parameters(&mut parameters)?;
        }
        let is_old_style = !parameters.prototype;
        if is_old_style {
            self.warn(Warning::OldStyleDefinition, declarator.loc, "old-style function definition");
            self.old_style_type(&mut declarator, &parameters);
        }
        declarator.ty = self.apply_type_attributes(declarator.ty, &declarator.attributes);
        declarator.ty = self.apply_type_attributes(declarator.ty, &specifiers.attributes);
        let decl = self.declare_function_definition(&specifiers, &declarator);
        self.check_parameters(&parameters);
        self.start_function(decl, &parameters);
        let body = self.function_body(&parameters);
        self.finish_function(decl, body, consumer)
    }

    /// The declarations between `f(a, b)` and `{`.
    fn old_style_parameters(&mut self, parameters: &mut Parameters) -> Result<(), TooDeep> {
        let mut declared: Vec<Parameter> = Vec::new();
        self.scopes.push();
        while !matches!(self.token.kind, TokenKind::LeftBrace | TokenKind::Eof) {
            if !self.starts_declaration() {
                self.syntax_error("expected declaration specifiers");
                self.skip_until(TokenKind::Semicolon);
                break;
            }
            let specifiers = self.specifiers()?;
            let base = specifiers.ty.unwrap_or(QualType::ERROR);
            loop {
                if self.at(TokenKind::Semicolon) {
                    break;
                }
                let mut declarator = self.declarator(base, Form::Named)?;
                self.gnu_attributes(&mut declarator.attributes)?;
                let ty = self.adjust_parameter(declarator.ty);
                if let Some(name) = declarator.name {
                    if parameters.identifiers.iter().any(|(n, _)| *n == name) {
                        let register = specifiers.storage == Some(StorageClass::Register);
                        let local = self.declare_parameter(name, ty, declarator.loc, register);
                        let (loc, local) = (declarator.loc, Some(local));
                        declared.push(Parameter { name: Some(name), ty, loc, local });
                    } else {
                        let text = self.text(name);
                        self.error(
                            declarator.loc,
                            format!("declaration for parameter '{text}' but no such parameter"),
                        );
                    }
                }
                if !self.eat(TokenKind::Comma) {
                    break;
                }
            }
            if !self.expect(TokenKind::Semicolon) {
                self.skip_until(TokenKind::Semicolon);
                self.eat(TokenKind::Semicolon);
            }
        }
        for (name, loc) in parameters.identifiers.clone() {
            match declared.iter().find(|p| p.name == Some(name)) {
                Some(parameter) => parameters.list.push(parameter.clone()),
                None => {
                    let text = self.text(name);
                    let message = format!("type of '{text}' defaults to 'int'");
                    self.warn(Warning::MissingParameterType, loc, message);
                    let local = Some(self.declare_parameter(name, QualType::INT, loc, false));
                    let ty = QualType::INT;
                    parameters.list.push(Parameter { name: Some(name), ty, loc, local });
                }
            }
        }
        self.scopes.pop();
        parameters.vlas.append(&mut self.pending_vla);
        Ok(())
    }

    /// An old-style definition's type has no prototype; with an empty list it takes none.
    fn old_style_type(&mut self, declarator: &mut Declarator, _parameters: &Parameters) {
        if let TypeKind::Function(id) = self.unit.types.kind(declarator.ty) {
            let result = self.unit.types.function_type(id).result;
            declarator.ty = self.unit.types.function(FunctionType {
                result,
                params: Vec::new(),
                variadic: false,
                prototype: false,
                noreturn: false,
                convention: Default::default(),
            });
        }
    }

    fn check_parameters(&mut self, parameters: &Parameters) {
        let c23 = self.pp.options.dialect.at_least(crate::dialect::Standard::C23);
        for (index, parameter) in parameters.list.iter().enumerate() {
            if parameter.name.is_none() && !c23 {
                self.pedantic_warn(
                    Warning::Pedantic,
                    parameter.loc,
                    "ISO C does not support omitting parameter names in function definitions before C2X",
                );
            }
            if !self.unit.types.is_complete(parameter.ty) && !self.unit.types.is_error(parameter.ty) {
                let text = parameter.name.map(|n| self.text(n)).unwrap_or_default();
                let message = format!("parameter {} ('{text}') has incomplete type", index + 1);
                self.error(parameter.loc, message);
            }
        }
    }

    /// Parameters become the first locals, in order; expressions of their bounds follow.
    fn start_function(&mut self, decl: DeclId, parameters: &Parameters) {
        let old = std::mem::take(&mut self.body.locals);
        let mut map = vec![u32::MAX; old.len()];
        for (index, parameter) in parameters.list.iter().enumerate() {
            let align = self.unit.types.align_of(parameter.ty);
            let mut local: Local = match parameter.local {
                Some(id) => {
                    map[id.0 as usize] = index as u32;
                    old[id.0 as usize].clone()
                }
                None => new_local(None, parameter.ty, parameter.loc, align),
            };
            local.param = Some(index as u32);
            self.body.locals.push(local);
        }
        for (index, local) in old.into_iter().enumerate() {
            if map[index] == u32::MAX {
                map[index] = self.body.locals.len() as u32;
                self.body.locals.push(local);
            }
        }
        for expr in &mut self.body.exprs {
            if let ExprKind::Local(id) = &mut expr.kind {
                *id = LocalId(map[id.0 as usize]);
            }
        }
        self.body.param_count = parameters.list.len() as u32;
        self.body.param_vlas.extend_from_slice(&parameters.vlas);
        let data = self.unit.decl(decl);
        let function = self.unit.types.callee(data.ty).cloned();
        let name = data.name;
        let mut labels = std::mem::take(&mut self.function.labels);
        labels.clear();
        self.function = FunctionState {
            decl: Some(decl),
            name: Some(name),
            name_text: self.text(name),
            result: function.as_ref().map(|f| f.result),
            noreturn: function.as_ref().is_some_and(|f| f.noreturn),
            variadic: function.as_ref().is_some_and(|f| f.variadic),
            last_param: parameters.list.len().checked_sub(1).map(|index| LocalId(index as u32)),
            labels,
            reachable: true,
            ..FunctionState::default()
        };
    }

    fn function_body(&mut self, parameters: &Parameters) -> Result<StmtId, TooDeep> {
        if !self.at(TokenKind::LeftBrace) {
            self.syntax_error("expected '{'");
        }
        let scope = self.open_scope(self.token.loc);
        for (index, parameter) in parameters.list.iter().enumerate() {
            if let Some(name) = parameter.name {
                self.scopes.declare(name, Symbol::Local(LocalId(index as u32)), parameter.loc);
            }
        }
        let body = self.block_items(scope);
        self.body.end = self.previous.loc;
        self.check_labels();
        self.close_scope();
        body
    }

    fn finish_function(
        &mut self,
        decl: DeclId,
        body: Result<StmtId, TooDeep>,
        consumer: &mut dyn Consumer,
    ) -> Result<(), TooDeep> {
        let root = body?;
        self.body.root = Some(root);
        self.check_return(decl);
        if self.pp.diagnostics.error_count() == 0 && self.function.errors_at_start != usize::MAX {
            self.unit.decls[decl.0 as usize].defined = true;
            consumer.function(&self.unit, &self.pp.interner, decl, &self.body);
        }
        self.function.name = None;
        self.function.decl = None;
        self.function.result = None;
        Ok(())
    }

    fn check_labels(&mut self) {
        for index in 0..self.body.labels.len() {
            let (name, loc, defined, used) = {
                let label = &self.body.labels[index];
                (label.name, label.loc, label.defined, label.used)
            };
            if !defined {
                let text = self.text(name);
                self.error(loc, format!("label '{text}' used but not defined"));
            } else if !used && self.warns(Warning::UnusedLabel) {
                let text = self.text(name);
                self.warn(Warning::UnusedLabel, loc, format!("label '{text}' defined but not used"));
            }
        }
    }

    fn check_return(&mut self, decl: DeclId) {
        if !self.function.reachable {
            return;
        }
        let end: Loc = self.body.end;
        let result = self.function.result.unwrap_or(QualType::VOID);
        if self.function.noreturn {
            self.warn_always(end, "'noreturn' function does return");
            return;
        }
        let name = self.unit.decl(decl).name;
        let is_main = name == crate::intern::well_known::MAIN
            && self.pp.options.dialect.at_least(crate::dialect::Standard::C99);
        if !self.unit.types.is_void(result) && !is_main && !self.unit.decl(decl).attributes().naked {
            let message = "control reaches end of non-void function";
            self.warn(Warning::ReturnType, end, message);
        }
    }
}
