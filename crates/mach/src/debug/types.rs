//! Debug types as `.debug_info` entries.

use crate::debug::abbreviations::Code;
use crate::debug::unit::UnitWriter;
use lathe_diag::Loc;
use lathe_ir::debug::{DebugMember, DebugTypeData, Qualifier};
use lathe_ir::{DebugType, Entity};

impl UnitWriter<'_> {
    /// All types of the module. Any may refer to any other.
    pub(crate) fn types(&mut self) {
        let module = self.cx.module;
        for (id, data) in module.debug_types.iter() {
            let label = self.type_labels[id.index()];
            self.out.label(label, Loc::NONE);
            self.one_type(data);
        }
    }

    fn one_type(&mut self, data: &DebugTypeData) {
        match data {
            DebugTypeData::Base { name, encoding, size } => {
                self.code(Code::BaseType);
                self.string(name);
                self.out.integer(u128::from(*encoding), 1);
                self.unsigned(*size);
            }
            DebugTypeData::Pointer(target) => {
                self.code(if target.is_some() { Code::Pointer } else { Code::VoidPointer });
                let size = self.cx.module.target.layout.pointer.size;
                self.out.integer(u128::from(size), 1);
                self.optional_type(*target);
            }
            DebugTypeData::Qualified(qualifier, target) => {
                self.code(match (qualifier, target.is_some()) {
                    (Qualifier::Const, true) => Code::Const,
                    (Qualifier::Const, false) => Code::ConstVoid,
                    (Qualifier::Volatile, true) => Code::Volatile,
                    (Qualifier::Volatile, false) => Code::VolatileVoid,
                    (Qualifier::Restrict, true) => Code::Restrict,
                    (Qualifier::Restrict, false) => Code::RestrictVoid,
                    (Qualifier::Atomic, true) => Code::Atomic,
                    (Qualifier::Atomic, false) => Code::AtomicVoid,
                });
                self.optional_type(*target);
            }
            DebugTypeData::Typedef { name, target, loc } => {
                self.code(if target.is_some() { Code::Typedef } else { Code::VoidTypedef });
                self.string(name);
                self.declared(*loc);
                self.optional_type(*target);
            }
            DebugTypeData::Composite { is_union, name, size, members, loc } => {
                self.composite(*is_union, name, *size, members, *loc);
            }
            DebugTypeData::Enumeration { name, size, enumerators, loc } => {
                let named = !name.is_empty();
                self.code(if named { Code::Enumeration } else { Code::AnonymousEnumeration });
                if named {
                    self.string(name);
                }
                self.unsigned(*size);
                self.declared(*loc);
                for (name, value) in enumerators {
                    self.code(Code::Enumerator);
                    self.string(name);
                    self.signed(*value);
                }
                self.code(Code::End);
            }
            DebugTypeData::Array { element, counts } => {
                self.code(Code::Array);
                self.type_reference(*element);
                for count in counts {
                    match count {
                        Some(count) => {
                            self.code(Code::Subrange);
                            self.signed((*count as i64).wrapping_sub(1));
                        }
                        None => self.code(Code::UnknownSubrange),
                    }
                }
                self.code(Code::End);
            }
            DebugTypeData::Subroutine { result, params, variadic } => {
                self.code(if result.is_some() { Code::Subroutine } else { Code::VoidSubroutine });
                self.optional_type(*result);
                for param in params {
                    self.code(Code::UnnamedParameter);
                    self.type_reference(*param);
                }
                if *variadic {
                    self.code(Code::Ellipsis);
                }
                self.code(Code::End);
            }
        }
    }

    fn composite(
        &mut self,
        is_union: bool,
        name: &str,
        size: Option<u64>,
        members: &[DebugMember],
        loc: Loc,
    ) {
        let Some(size) = size else {
            self.code(if is_union { Code::DeclaredUnion } else { Code::DeclaredStructure });
            self.string(name);
            return;
        };
        self.code(match (is_union, name.is_empty()) {
            (false, false) => Code::Structure,
            (false, true) => Code::AnonymousStructure,
            (true, false) => Code::Union,
            (true, true) => Code::AnonymousUnion,
        });
        if !name.is_empty() {
            self.string(name);
        }
        self.unsigned(size);
        self.declared(loc);
        for member in members {
            match member.bits {
                Some((offset, width)) => {
                    self.code(Code::BitField);
                    self.string(&member.name);
                    self.type_reference(member.ty);
                    self.unsigned(u64::from(width));
                    self.unsigned(offset);
                }
                None => {
                    let named = !member.name.is_empty();
                    self.code(if named { Code::Member } else { Code::AnonymousMember });
                    if named {
                        self.string(&member.name);
                    }
                    self.type_reference(member.ty);
                    self.unsigned(member.offset);
                }
            }
        }
        self.code(Code::End);
    }

    fn optional_type(&mut self, ty: Option<DebugType>) {
        if let Some(ty) = ty {
            self.type_reference(ty);
        }
    }
}
