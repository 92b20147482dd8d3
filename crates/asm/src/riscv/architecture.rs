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
            return Some(with_versions(&parts));
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

/// `gc_zba` with the versions of the ratified extensions, and with what the letters stand for.
fn with_versions(parts: &[&str]) -> String {
    const LETTERS: [(char, &str); 6] =
        [('i', "i2p1"), ('m', "m2p0"), ('a', "a2p1"), ('f', "f2p2"), ('d', "d2p2"), ('c', "c2p0")];
    let letters = parts.first().copied().unwrap_or("");
    let has =
        |letter: char| letters.contains(letter) || letters.contains('g') && letter != 'c' || letter == 'i';
    let mut out: Vec<String> =
        LETTERS.iter().filter(|(letter, _)| has(*letter)).map(|(_, text)| (*text).to_owned()).collect();
    let named = |name: &str| parts.contains(&name);
    for (name, implied) in [("zicsr", has('f')), ("zifencei", letters.contains('g')), ("zmmul", has('m'))] {
        if implied || named(name) {
            out.push(if name == "zmmul" { "zmmul1p0".to_owned() } else { format!("{name}2p0") });
        }
    }
    let others = parts.iter().skip(1).filter(|part| !matches!(**part, "zicsr" | "zifencei" | "zmmul"));
    let mut others: Vec<String> = others.map(|part| format!("{part}1p0")).collect();
    others.sort();
    out.extend(others);
    format!("rv64{}", out.join("_"))
}

/// The name without its version (`i2p1`).
fn name_of(part: &str) -> &str {
    let Some((head, minor)) = part.rsplit_once('p') else { return part };
    let name = head.trim_end_matches(|c: char| c.is_ascii_digit());
    let versioned = !minor.is_empty() && minor.bytes().all(|b| b.is_ascii_digit()) && name.len() < head.len();
    if versioned { name } else { part }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_completed() {
        let mut mode = Mode(1);
        let mut extensions = Extensions::default();
        let whole = extensions.of_architecture("rv64gc", &mut mode);
        assert_eq!(whole.as_deref(), Some(lathe_isa_riscv::object::ARCHITECTURE));
        assert!(mode.meets(COMPRESSED));
        let whole = extensions.of_architecture("rv64imafd_zicsr_zba", &mut mode);
        assert_eq!(whole.as_deref(), Some("rv64i2p1_m2p0_a2p1_f2p2_d2p2_zicsr2p0_zmmul1p0_zba1p0"));
        assert!(!mode.meets(COMPRESSED) && extensions.zba && !extensions.zbb);
        assert_eq!(extensions.of_architecture("rv32i", &mut mode), None);
        extensions.change("+c, -zba, +zbb", &mut mode);
        assert!(mode.meets(COMPRESSED) && !extensions.zba && extensions.zbb);
    }
}
