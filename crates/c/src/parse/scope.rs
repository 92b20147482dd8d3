//! Scopes: what each name means where.
//!
//! One stack of bindings; a name's innermost binding is found by index in `ordinary` (or `tags`),
//! and each binding remembers the one that it hides. Leaving a scope pops its bindings.

use crate::ast::{DeclId, LocalId};
use crate::intern::Name;
use crate::types::QualType;
use lathe_diag::Loc;

/// What an ordinary identifier means.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Symbol {
    /// An automatic object or parameter.
    Local(LocalId),
    /// A function or static object.
    Global(DeclId),
    /// A type name.
    Typedef(QualType),
    /// An enumeration constant.
    Enumerator(i128, QualType),
}

/// A binding of the stack.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Binding {
    pub name: Name,
    pub symbol: Symbol,
    pub loc: Loc,
    /// Depth of its scope; 0 is the file.
    pub depth: u32,
    /// Index + 1 of the hidden binding.
    hidden: u32,
    is_tag: bool,
    pub used: bool,
}

/// All scopes.
#[derive(Default, Debug)]
pub(crate) struct Scopes {
    ordinary: Vec<u32>,
    tags: Vec<u32>,
    bindings: Vec<Binding>,
    /// Start of each open scope in `bindings`, except the file's.
    starts: Vec<u32>,
}

impl Scopes {
    /// 0 at file scope.
    pub fn depth(&self) -> u32 {
        self.starts.len() as u32
    }

    pub fn push(&mut self) {
        self.starts.push(self.bindings.len() as u32);
    }

    /// The bindings of the innermost scope, oldest first.
    pub fn innermost(&self) -> &[Binding] {
        let start = self.starts.last().copied().unwrap_or(0);
        &self.bindings[start as usize..]
    }

    pub fn pop(&mut self) {
        let start = self.starts.pop().unwrap_or(0) as usize;
        while self.bindings.len() > start {
            let Some(binding) = self.bindings.pop() else { break };
            let table = if binding.is_tag { &mut self.tags } else { &mut self.ordinary };
            table[binding.name.index()] = binding.hidden;
        }
    }

    fn bind(&mut self, name: Name, symbol: Symbol, loc: Loc, is_tag: bool) {
        let index = name.index();
        let depth = self.depth();
        let table = if is_tag { &mut self.tags } else { &mut self.ordinary };
        if table.len() <= index {
            table.resize(index + 256, 0);
        }
        let hidden = table[index];
        self.bindings.push(Binding { name, symbol, loc, depth, hidden, is_tag, used: false });
        table[index] = self.bindings.len() as u32;
    }

    /// Binds an ordinary identifier in the innermost scope.
    pub fn declare(&mut self, name: Name, symbol: Symbol, loc: Loc) {
        self.bind(name, symbol, loc, false);
    }

    /// Binds a tag in the innermost scope.
    pub fn declare_tag(&mut self, name: Name, ty: QualType, loc: Loc) {
        self.bind(name, Symbol::Typedef(ty), loc, true);
    }

    #[inline]
    pub fn lookup(&self, name: Name) -> Option<&Binding> {
        let index = self.ordinary.get(name.index()).copied().unwrap_or(0);
        index.checked_sub(1).map(|index| &self.bindings[index as usize])
    }

    pub fn lookup_mut(&mut self, name: Name) -> Option<&mut Binding> {
        let index = self.ordinary.get(name.index()).copied().unwrap_or(0);
        index.checked_sub(1).map(|index| &mut self.bindings[index as usize])
    }

    /// Only in the innermost scope.
    pub fn lookup_here(&self, name: Name) -> Option<&Binding> {
        self.lookup(name).filter(|binding| binding.depth == self.depth())
    }

    pub fn lookup_tag(&self, name: Name) -> Option<&Binding> {
        let index = self.tags.get(name.index()).copied().unwrap_or(0);
        index.checked_sub(1).map(|index| &self.bindings[index as usize])
    }

    #[inline]
    pub fn is_typedef(&self, name: Name) -> bool {
        matches!(self.lookup(name), Some(Binding { symbol: Symbol::Typedef(_), .. }))
    }
}
