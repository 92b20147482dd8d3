//! Architecture strings: `rv64i2p1_m2p0_…`, `rv64gc`, and the lists of `.option arch`.
//!
//! Source: RISC-V Unprivileged ISA, "ISA Extension Naming Conventions"; what is added to a string follows GNU as 2.40.

use lathe_isa::Mode;
use lathe_isa_riscv::COMPRESSED;

/// Extensions that change what a mnemonic stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Extensions {
    pub zba: bool,
    pub zbb: bool,
}

impl Extensions {
    fn set(&mut self, name: &str, on: bool, mode: &mut Mode) {
        match name {
            "zba" => self.zba = on,
            "zbb" => self.zbb = on,
            "c" | "zca" => mode.0 = if on { mode.0 | COMPRESSED.0 } else { mode.0 & !COMPRESSED.0 },
            _ => {}
        }
    }

    /// `+zba, -c`, or a whole string.
    pub fn change(&mut self, list: &str, mode: &mut Mode) {
        for item in list.split(',').map(str::trim) {
            match (item.strip_prefix('+'), item.strip_prefix('-')) {
                (Some(name), _) => self.set(name_of(name), true, mode),
                (_, Some(name)) => self.set(name_of(name), false, mode),
                _ => {
                    let _ = self.of_architecture(item, mode);
                }
            }
        }
    }

    /// Takes a whole string; returns it as attributes write it, with what the extensions imply.
    pub fn of_architecture(&mut self, text: &str, mode: &mut Mode) -> Option<String> {
        let rest = text.strip_prefix("rv64")?;
        mode.0 &= !COMPRESSED.0;
        let parts: Vec<&str> = rest.split('_').filter(|part| !part.is_empty()).collect();
        for part in &parts {
            let name = name_of(part);
            self.set(name, true, mode);
            // `gc` without versions: letters one by one.
            if parts.first() == Some(part) {
                name.chars().for_each(|letter| self.set(letter.encode_utf8(&mut [0; 4]), true, mode));
            }
        }
        let versioned = parts.first().is_some_and(|first| *first != name_of(first));
        if !versioned {
            return Some(lathe_isa_riscv::object::ARCHITECTURE.to_owned());
        }
        let has = |name: &str| parts.iter().any(|part| name_of(part) == name);
        let mut parts: Vec<&str> = parts.clone();
        if has("m") && !has("zmmul") {
            let at = parts.iter().rposition(|part| name_of(part).len() == 1 || part.starts_with("zi"));
            parts.insert(at.map_or(parts.len(), |at| at + 1), "zmmul1p0");
        }
        Some(format!("rv64{}", parts.join("_")))
    }
}

/// The name without its version (`i2p1`).
fn name_of(part: &str) -> &str {
    let Some((head, minor)) = part.rsplit_once('p') else { return part };
    let name = head.trim_end_matches(|c: char| c.is_ascii_digit());
    let versioned = !minor.is_empty() && minor.bytes().all(|b| b.is_ascii_digit()) && name.len() < head.len();
    if versioned { name } else { part }
}
