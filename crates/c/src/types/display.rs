//! Type names as gcc writes them in messages: `'size_t' {aka 'long unsigned int'}`.

use super::kind::*;
use super::record::RecordKind;
use super::table::TypeTable;
use crate::intern::Interner;

/// The name of an integer type, as gcc and its DWARF write it.
pub(crate) fn int_name(kind: IntKind) -> &'static str {
    match kind {
        IntKind::Bool => "_Bool",
        IntKind::Char => "char",
        IntKind::SChar => "signed char",
        IntKind::UChar => "unsigned char",
        IntKind::Short => "short int",
        IntKind::UShort => "short unsigned int",
        IntKind::Int => "int",
        IntKind::UInt => "unsigned int",
        IntKind::Long => "long int",
        IntKind::ULong => "long unsigned int",
        IntKind::LongLong => "long long int",
        IntKind::ULongLong => "long long unsigned int",
        IntKind::Int128 => "__int128",
        IntKind::UInt128 => "__int128 unsigned",
    }
}

/// The name of a floating type, as gcc and its DWARF write it.
pub(crate) fn float_name(kind: FloatKind) -> &'static str {
    match kind {
        FloatKind::Float => "float",
        FloatKind::Double => "double",
        FloatKind::LongDouble => "long double",
        FloatKind::Float32 => "_Float32",
        FloatKind::Float64 => "_Float64",
        FloatKind::Float32x => "_Float32x",
        FloatKind::Float64x => "_Float64x",
        FloatKind::Float128 => "_Float128",
    }
}

impl TypeTable {
    /// The quoted name, with what a typedef stands for.
    pub fn quoted(&self, ty: QualType, names: &Interner) -> String {
        let shown = self.name(ty, names, true);
        let meant = self.name(ty, names, false);
        if shown == meant { format!("'{shown}'") } else { format!("'{shown}' {{aka '{meant}'}}") }
    }

    /// The name, with typedef names or with what they stand for.
    pub fn name(&self, ty: QualType, names: &Interner, sugar: bool) -> String {
        let mut before = String::new();
        let mut after = String::new();
        let base = self.declarator(ty, names, sugar, &mut before, &mut after);
        let space = if before.is_empty() || before.starts_with('[') { "" } else { " " };
        format!("{base}{space}{before}{after}")
    }

    /// Collects the declarator of an abstract type around `before` and `after`; returns the base.
    fn declarator(
        &self,
        ty: QualType,
        names: &Interner,
        sugar: bool,
        before: &mut String,
        after: &mut String,
    ) -> String {
        let mut ty = ty;
        let mut pointer_inside = false;
        loop {
            if sugar && self.typedef_name(ty.id()).is_some() {
                return self.base_name(ty, names, sugar);
            }
            match self.kind(ty) {
                TypeKind::Pointer(to) => {
                    let quals = quals_text(ty.quals());
                    let space = if quals.is_empty() || before.is_empty() { "" } else { " " };
                    let quals = if quals.is_empty() { String::new() } else { format!(" {quals}") };
                    *before = format!("*{quals}{space}{before}");
                    pointer_inside = true;
                    ty = to;
                }
                TypeKind::Array(element, length) => {
                    if std::mem::take(&mut pointer_inside) {
                        *before = format!("({before}");
                        after.push(')');
                    }
                    match length {
                        ArrayLength::Fixed(n) => after.push_str(&format!("[{n}]")),
                        ArrayLength::Unknown => after.push_str("[]"),
                        ArrayLength::Variable(_) => after.push_str("[*]"),
                    }
                    ty = element;
                }
                TypeKind::Function(id) => {
                    if std::mem::take(&mut pointer_inside) {
                        *before = format!("({before}");
                        after.push(')');
                    }
                    let function = self.function_type(id);
                    let mut params: Vec<String> =
                        function.params.iter().map(|param| self.name(*param, names, sugar)).collect();
                    if function.prototype && params.is_empty() && !function.variadic {
                        params.push("void".into());
                    }
                    if function.variadic {
                        params.push("...".into());
                    }
                    after.push_str(&format!("({})", params.join(", ")));
                    ty = function.result;
                }
                _ => return self.base_name(ty, names, sugar),
            }
        }
    }

    fn base_name(&self, ty: QualType, names: &Interner, sugar: bool) -> String {
        let quals = quals_text(ty.quals());
        let base = match (self.typedef_name(ty.id()), self.kind(ty)) {
            (Some((name, _)), _) if sugar => names.text(name).into_owned(),
            (_, TypeKind::Void) => "void".into(),
            (_, TypeKind::Int(kind)) => int_name(kind).into(),
            (_, TypeKind::Float(kind)) => float_name(kind).into(),
            (_, TypeKind::Complex(kind)) => format!("_Complex {}", float_name(kind)),
            (_, TypeKind::ComplexInt(kind)) => format!("_Complex {}", int_name(kind)),
            (_, TypeKind::Vector(element, lanes)) => {
                let element = self.name(QualType::new(element, Quals::NONE), names, sugar);
                format!("__vector({lanes}) {element}")
            }
            (_, TypeKind::Record(id)) => {
                let record = self.record(id);
                let keyword = if record.kind == RecordKind::Union { "union" } else { "struct" };
                match record.tag {
                    Some(tag) => format!("{keyword} {}", names.text(tag)),
                    None => format!("{keyword} <anonymous>"),
                }
            }
            (_, TypeKind::Enum(id)) => match self.enumeration(id).tag {
                Some(tag) => format!("enum {}", names.text(tag)),
                None => "enum <anonymous>".into(),
            },
            _ => "<error>".into(),
        };
        if quals.is_empty() { base } else { format!("{quals} {base}") }
    }
}

fn quals_text(quals: Quals) -> String {
    let all = [
        (Quals::CONST, "const"),
        (Quals::VOLATILE, "volatile"),
        (Quals::RESTRICT, "restrict"),
        (Quals::ATOMIC, "_Atomic"),
    ];
    all.iter().filter(|(q, _)| quals.has(*q)).map(|(_, text)| *text).collect::<Vec<_>>().join(" ")
}
