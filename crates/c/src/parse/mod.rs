//! The parser: tokens in, typed tree out, in one pass.
//!
//! Recursive descent with precedence climbing. C cannot be parsed without scopes (a name is a type
//! or not), so declarations are entered as they are read, and every expression is typed and
//! converted as it is built, by the checks in [`crate::sema`].
//!
//! ```text
//!   tokens (pp) ─► declaration ─► specifiers, declarator, record, attribute
//!                      │              └─► sema::declare (scopes, merging)
//!                      ├─► initializer ─► sema::static_data
//!                      └─► statement ─► expression ─► sema::{build, operators, convert, call, …}
//!                              └─► Consumer::function, body arena reused
//! ```
//!
//! Deep nesting: each level of recursion passes [`Parser::enter`], which stops with "nesting too
//! deep" at [`MAX_DEPTH`]. Run the parser on a thread with [`STACK_BYTES`] of stack.
//!
//! Read [`check_unit`], then `declaration`, `expression`, `statement`.

mod asm;
pub(crate) mod attribute;
mod declaration;
mod declarator;
mod designator;
mod expression;
mod function;
mod initializer;
mod postfix;
mod primary;
mod record;
mod scope;
mod specifiers;
mod statement;
mod tokens;
mod type_operator;

pub(crate) use attribute::AttributeSet;
pub(crate) use declarator::{Declarator, new_local};
pub(crate) use initializer::Builder;
pub(crate) use scope::{Scopes, Symbol};
pub(crate) use specifiers::{Specifiers, StorageClass};
pub(crate) use tokens::TooDeep;

use crate::ast::builtins::BUILTINS;
use crate::ast::{Body, Consumer, DeclId, ExprId, StmtId, Unit};
use crate::intern::Name;
use crate::pp::Preprocessor;
use crate::sema::options::{Options, Warnings};
use crate::token::{Token, TokenKind};
use crate::types::{QualType, TypeTable};
use lathe_diag::Loc;
use rustc_hash::FxHashMap;

/// How deep statements, expressions, declarators and initializers may nest.
pub const MAX_DEPTH: u32 = 2000;

/// Stack that the parser needs at most (unoptimized builds included).
pub const STACK_BYTES: usize = 64 << 20;

/// Parses and checks a whole translation unit. Messages go to `pp.diagnostics`. The consumer gets
/// each function that is free of errors, then `finish`; the unit is returned for further questions.
pub fn check_unit(pp: &mut Preprocessor<'_>, options: &Options, consumer: &mut dyn Consumer) -> Unit {
    let mut parser = Parser::new(pp, options.clone());
    parser.translation_unit(consumer);
    consumer.finish(&parser.unit, &parser.pp.interner);
    parser.unit
}

/// What a `break` or `continue` inside would leave.
#[derive(Clone, Debug, Default)]
pub(crate) struct Breakable {
    pub is_loop: bool,
    pub has_break: bool,
    /// Of a switch: index of its case list, its promoted type, and whether the controlling
    /// expression was an error.
    pub switch: Option<(u32, QualType)>,
}

/// State of the function being parsed.
#[derive(Debug, Default)]
pub(crate) struct FunctionState {
    pub decl: Option<DeclId>,
    pub name: Option<Name>,
    pub name_text: String,
    pub result: Option<QualType>,
    pub noreturn: bool,
    pub variadic: bool,
    pub last_param: Option<crate::ast::LocalId>,
    pub breakables: Vec<Breakable>,
    /// Function-wide labels.
    pub labels: FxHashMap<Name, crate::ast::LabelId>,
    /// `__label__` scopes: (scope number, name) shadow the function-wide ones.
    pub local_labels: Vec<(u32, Name, crate::ast::LabelId)>,
    pub undeclared: Vec<Name>,
    pub reported_undeclared: bool,
    pub errors_at_start: usize,
    pub reachable: bool,
    /// The last statement was `[[fallthrough]]`.
    pub fallthrough: bool,
    pub scope: u32,
    pub returns_value: bool,
}

pub(crate) struct Parser<'p, 'a> {
    pub pp: &'p mut Preprocessor<'a>,
    pub options: Options,
    pub token: Token,
    pub previous: Token,
    pub lookahead: Option<Token>,
    pub unit: Unit,
    pub body: Body,
    pub scopes: Scopes,
    pub function: FunctionState,
    pub depth: u32,
    /// A syntax error was reported and parsing has not resumed.
    pub recovering: bool,
    /// Inside `sizeof`, `typeof` and the like.
    pub unevaluated: u32,
    /// The last expression that stood in parentheses.
    pub parenthesized: ExprId,
    pub statement_stack: Vec<StmtId>,
    pub expression_stack: Vec<ExprId>,
    pub pack: u32,
    pub pack_stack: Vec<(Option<Name>, u32)>,
    pub visibility_stack: Vec<crate::ast::Visibility>,
    pub warning_stack: Vec<Warnings>,
    /// Names of builtins: index into [`BUILTINS`].
    pub builtin_names: FxHashMap<Name, u16>,
    /// Declarations with linkage, by name.
    pub linked: FxHashMap<Name, DeclId>,
    pub extnames: FxHashMap<Name, Name>,
    pub weak_pragmas: Vec<(Name, Option<Name>)>,
    pub number_cache: FxHashMap<u32, primary::CachedNumber>,
    pub va_list: Option<QualType>,
    pub attribute_names: FxHashMap<Name, u16>,
    pub stopped: bool,
    pub extension: u32,
    /// Loads that only feed a store do not count as uses.
    pub pending_vla: Vec<crate::types::VlaId>,
    pub fold_only: u32,
}

impl<'p, 'a> Parser<'p, 'a> {
    fn new(pp: &'p mut Preprocessor<'a>, options: Options) -> Parser<'p, 'a> {
        let mut target = pp.target.clone();
        if let Some(signed) = options.char_is_signed.or(pp.options.char_is_signed) {
            target.layout.char_is_signed = signed;
        }
        let unit = Unit {
            types: TypeTable::new(&target),
            decls: Vec::new(),
            strings: Vec::new(),
            string_ids: FxHashMap::default(),
            data: Vec::new(),
            weak_names: Vec::new(),
        };
        let mut builtin_names = FxHashMap::default();
        for (index, row) in BUILTINS.iter().enumerate() {
            builtin_names.insert(pp.interner.intern(row.name.as_bytes()), index as u16);
        }
        let attribute_names = attribute::intern_names(&mut pp.interner);
        let none = Token::new(TokenKind::Eof, Loc::NONE);
        Parser {
            pp,
            options,
            token: none,
            previous: none,
            lookahead: None,
            unit,
            body: Body::default(),
            scopes: Scopes::default(),
            function: FunctionState::default(),
            depth: 0,
            recovering: false,
            unevaluated: 0,
            parenthesized: ExprId::NONE,
            statement_stack: Vec::new(),
            expression_stack: Vec::new(),
            pack: 0,
            pack_stack: Vec::new(),
            visibility_stack: Vec::new(),
            warning_stack: Vec::new(),
            builtin_names,
            linked: FxHashMap::default(),
            extnames: FxHashMap::default(),
            weak_pragmas: Vec::new(),
            number_cache: FxHashMap::default(),
            va_list: None,
            attribute_names,
            stopped: false,
            extension: 0,
            pending_vla: Vec::new(),
            fold_only: 0,
        }
    }

    fn translation_unit(&mut self, consumer: &mut dyn Consumer) {
        self.advance();
        while self.token.kind != TokenKind::Eof && !self.stopped {
            self.body.clear();
            self.body.vla_base = self.unit.types.vla_count();
            self.external_declaration(consumer);
        }
        self.finish_unit();
    }
}
