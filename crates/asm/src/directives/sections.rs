//! `.section` and its kin (GNU as manual 7.98, ELF version).

use crate::assembler::Assembler;
use crate::cursor::Cursor;
use lathe_diag::Loc;
use lathe_mc::{SectionDefinition, SectionFlags, SectionGroup, SectionType, SubsectionMove};

/// Type and flags that a name implies when the directive does not say (gas/config/obj-elf.h, special sections).
fn implied(name: &str) -> (SectionType, SectionFlags) {
    const A: SectionFlags = SectionFlags::ALLOC;
    let aw = A.or(SectionFlags::WRITE);
    let ax = A.or(SectionFlags::EXECUTE);
    let tls = aw.or(SectionFlags::TLS);
    let under =
        |prefix: &str| name.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
    if under(".text") || under(".gnu.linkonce.t") || matches!(name, ".init" | ".fini" | ".plt") {
        (SectionType::PROGBITS, ax)
    } else if under(".bss") || under(".sbss") || under(".gnu.linkonce.b") {
        (SectionType::NOBITS, aw)
    } else if under(".tbss") || under(".gnu.linkonce.tb") {
        (SectionType::NOBITS, tls)
    } else if under(".tdata") || under(".gnu.linkonce.td") {
        (SectionType::PROGBITS, tls)
    } else if under(".rodata") || name == ".rodata1" || under(".gnu.linkonce.r") {
        (SectionType::PROGBITS, A)
    } else if under(".data") || name == ".data1" || under(".gnu.linkonce.d") {
        (SectionType::PROGBITS, aw)
    } else if under(".init_array") {
        (SectionType::INIT_ARRAY, aw)
    } else if under(".fini_array") {
        (SectionType::FINI_ARRAY, aw)
    } else if under(".preinit_array") {
        (SectionType::PREINIT_ARRAY, aw)
    } else if name.starts_with(".note") && name != ".note.GNU-stack" {
        (SectionType::NOTE, SectionFlags::NONE)
    } else if under(".ldata") {
        (SectionType::PROGBITS, aw.or(SectionFlags::LARGE))
    } else if under(".lbss") {
        (SectionType::NOBITS, aw.or(SectionFlags::LARGE))
    } else if under(".lrodata") {
        (SectionType::PROGBITS, A.or(SectionFlags::LARGE))
    } else if name == ".eh_frame" {
        (SectionType::PROGBITS, A)
    } else {
        (SectionType::PROGBITS, SectionFlags::NONE)
    }
}

impl Assembler<'_> {
    /// A section or symbol name, quoted or not; section names may hold `-` and more.
    fn section_name(&mut self, cursor: &mut Cursor<'_>) -> Option<String> {
        cursor.skip_space();
        let mut name = Vec::new();
        if cursor.peek() == Some(b'"') {
            if !cursor.string(&mut name) {
                self.error(cursor.loc(), "unterminated string");
                return None;
            }
        } else {
            while cursor.peek().is_some_and(|b| !matches!(b, b',' | b' ' | b'\t')) {
                name.extend(cursor.peek());
                cursor.at += 1;
            }
        }
        if name.is_empty() {
            self.error(cursor.loc(), "missing name");
            return None;
        }
        Some(String::from_utf8_lossy(&name).into_owned())
    }

    pub(super) fn well_known_section(&mut self, name: &'static str, cursor: &mut Cursor<'_>, loc: Loc) {
        let subsection = if cursor.at_end() { 0 } else { self.absolute(cursor).unwrap_or(0) };
        let definition = match name {
            ".text" => SectionDefinition::code(name),
            ".bss" => SectionDefinition::zeros(name),
            _ => SectionDefinition::data(name),
        };
        let section = self.streamer.section(&definition, loc);
        self.streamer.switch_section(section, subsection as i32);
    }

    pub(super) fn subsection(&mut self, cursor: &mut Cursor<'_>, loc: Loc) {
        if let Some(number) = self.absolute(cursor) {
            self.streamer.move_section(SubsectionMove::Subsection(number as i32), loc);
        }
    }

    pub(super) fn section(&mut self, cursor: &mut Cursor<'_>, push: bool, loc: Loc) {
        let Some(name) = self.section_name(cursor) else { return };
        let mut definition = match self.sections.get(&name) {
            Some(known) => known.clone(),
            None => {
                let (kind, flags) = implied(&name);
                SectionDefinition::new(name.clone(), kind, flags)
            }
        };
        let mut subsection = 0;
        let mut more = cursor.eat_comma();
        let attributes_next = {
            cursor.skip_space();
            cursor.peek() == Some(b'"')
        };
        if more && push && !attributes_next {
            subsection = self.absolute(cursor).unwrap_or(0);
            more = cursor.eat_comma();
        }
        if more {
            let (kind, flags) = implied(&name);
            let mut given = SectionDefinition::new(name.clone(), kind, flags);
            if !self.section_attributes(cursor, &mut given) {
                return;
            }
            definition = given;
        }
        // A later `.section` without attributes means this one again.
        self.sections.insert(name, definition.clone());
        if push {
            self.streamer.move_section(SubsectionMove::Push, loc);
        }
        let section = self.streamer.section(&definition, loc);
        self.streamer.switch_section(section, subsection as i32);
    }

    /// `"flags", @type, entsize, group, comdat, unique, N`
    fn section_attributes(&mut self, cursor: &mut Cursor<'_>, definition: &mut SectionDefinition) -> bool {
        let mut flags = Vec::new();
        cursor.skip_space();
        if cursor.peek() == Some(b'#') {
            return true;
        }
        if !cursor.string(&mut flags) {
            self.error(cursor.loc(), "expected section flags in quotes");
            return false;
        }
        let Some(parsed) = self.section_flags(&flags, cursor) else { return false };
        definition.flags = parsed;
        if cursor.eat_comma() {
            cursor.skip_space();
            if matches!(cursor.peek(), Some(b'@' | b'%' | b'"')) {
                if let Some(kind) = self.section_type(cursor) {
                    definition.kind = kind;
                }
                if !cursor.eat_comma() {
                    return self.missing_attributes(definition, cursor);
                }
            }
        } else {
            return self.missing_attributes(definition, cursor);
        }
        self.section_tail(cursor, definition)
    }

    fn missing_attributes(&mut self, definition: &mut SectionDefinition, cursor: &Cursor<'_>) -> bool {
        if definition.flags.has(SectionFlags::MERGE) {
            self.warning(cursor.loc(), "entity size for SHF_MERGE not specified");
            definition.flags =
                SectionFlags(definition.flags.0 & !SectionFlags::MERGE.0 & !SectionFlags::STRINGS.0);
        }
        if definition.flags.has(SectionFlags::GROUP) {
            self.error(cursor.loc(), "group name for SHF_GROUP not specified");
            return false;
        }
        true
    }

    fn section_tail(&mut self, cursor: &mut Cursor<'_>, definition: &mut SectionDefinition) -> bool {
        let mut more = true;
        if definition.flags.has(SectionFlags::MERGE) && more {
            match self.absolute(cursor) {
                Some(size) if size > 0 => definition.entry_size = size as u64,
                _ => {
                    self.error(cursor.loc(), "bad entity size");
                    return false;
                }
            }
            more = cursor.eat_comma();
        }
        if definition.flags.has(SectionFlags::LINK_ORDER) && more {
            definition.link_order = self.section_name(cursor).map(Into::into);
            more = cursor.eat_comma();
        }
        if definition.flags.has(SectionFlags::GROUP) && more {
            let Some(signature) = self.section_name(cursor) else { return false };
            more = cursor.eat_comma();
            let mut comdat = false;
            if more {
                let mut ahead = *cursor;
                if ahead.name() == b"comdat" {
                    *cursor = ahead;
                    comdat = true;
                    more = cursor.eat_comma();
                }
            }
            definition.group = Some(SectionGroup { signature: signature.into(), comdat });
        }
        if more {
            if cursor.name() != b"unique" || !cursor.eat_comma() {
                self.error(cursor.loc(), "unexpected section attribute");
                return false;
            }
            definition.unique = self.absolute(cursor).and_then(|n| u32::try_from(n).ok());
        }
        true
    }

    fn section_flags(&mut self, text: &[u8], cursor: &Cursor<'_>) -> Option<SectionFlags> {
        let mut flags = SectionFlags::NONE;
        if text.first().is_some_and(u8::is_ascii_digit) {
            let text = std::str::from_utf8(text).unwrap_or("");
            let number = match text.strip_prefix("0x") {
                Some(hex) => u64::from_str_radix(hex, 16),
                None => text.parse(),
            };
            return number.ok().map(SectionFlags);
        }
        for byte in text {
            flags = flags.or(match byte {
                b'a' => SectionFlags::ALLOC,
                b'w' => SectionFlags::WRITE,
                b'x' => SectionFlags::EXECUTE,
                b'M' => SectionFlags::MERGE,
                b'S' => SectionFlags::STRINGS,
                b'G' => SectionFlags::GROUP,
                b'T' => SectionFlags::TLS,
                b'o' => SectionFlags::LINK_ORDER,
                b'l' => SectionFlags::LARGE,
                b'e' => SectionFlags::EXCLUDE,
                b'R' => SectionFlags::RETAIN,
                b'd' => SectionFlags::NONE,
                b'?' => SectionFlags::NONE,
                other => {
                    let shown = *other as char;
                    self.error(cursor.loc(), format!("unrecognized .section attribute: '{shown}'"));
                    return None;
                }
            });
        }
        Some(flags)
    }

    fn section_type(&mut self, cursor: &mut Cursor<'_>) -> Option<SectionType> {
        let mut quoted = Vec::new();
        let start = cursor.at;
        let name: &[u8] = if cursor.peek() == Some(b'"') {
            cursor.string(&mut quoted);
            &quoted
        } else {
            cursor.at += 1;
            let from = cursor.at;
            while cursor.peek().is_some_and(|b| b.is_ascii_alphanumeric() || b == b'_') {
                cursor.at += 1;
            }
            &cursor.text[from..cursor.at]
        };
        Some(match name {
            b"progbits" => SectionType::PROGBITS,
            b"nobits" => SectionType::NOBITS,
            b"note" => SectionType::NOTE,
            b"init_array" => SectionType::INIT_ARRAY,
            b"fini_array" => SectionType::FINI_ARRAY,
            b"preinit_array" => SectionType::PREINIT_ARRAY,
            b"unwind" => SectionType::X86_64_UNWIND,
            other => {
                let text = std::str::from_utf8(other).unwrap_or("");
                let number = match text.strip_prefix("0x") {
                    Some(hex) => u32::from_str_radix(hex, 16),
                    None => text.parse(),
                };
                if let Ok(number) = number {
                    return Some(SectionType(number));
                }
                let text = format!("unrecognized section type: '{text}'");
                self.error(cursor.span_from(start), text);
                return None;
            }
        })
    }
}
