//! Mnemonic to groups, for the assembler: a map built once per syntax.

use crate::rows::ROWS;
use lathe_isa::names::group_starts;
use lathe_isa::{RowId, Syntax};
use rustc_hash::FxHashMap;
use std::sync::OnceLock;

type Map = FxHashMap<String, Vec<RowId>>;

/// Groups with a mnemonic in a syntax, in table order.
///
/// In AT&T syntax a name is found with its size suffix, without it (all sizes, as GNU as
/// accepts `mov %eax, %ebx`), and by its Intel name where that is not taken (`movzx`, `cdqe`).
pub(crate) fn groups(mnemonic: &str, syntax: Syntax) -> &'static [RowId] {
    static GNU: OnceLock<Map> = OnceLock::new();
    static INTEL: OnceLock<Map> = OnceLock::new();
    let map = match syntax {
        Syntax::Gnu => GNU.get_or_init(gnu_map),
        Syntax::Intel => INTEL.get_or_init(intel_map),
    };
    map.get(mnemonic).map_or(&[], Vec::as_slice)
}

/// The Intel name: string instructions carry their size in it.
fn intel_name(info: &lathe_isa::RowInfo) -> String {
    let string = matches!(info.manual_mnemonic, "movs" | "stos" | "lods" | "scas" | "cmps" | "ins" | "outs");
    if string && info.operand_count == 0 {
        let size = if info.suffix == "l" { "d" } else { info.suffix };
        return format!("{}{size}", info.manual_mnemonic);
    }
    info.manual_mnemonic.to_string()
}

fn gnu_map() -> Map {
    let mut map = Map::default();
    for (id, info) in group_starts(&ROWS) {
        map.entry(format!("{}{}", info.mnemonic, info.suffix)).or_default().push(id);
    }
    // Without the suffix, unless a mnemonic has that very name (`movs` + `b` is not `movsb` + nothing).
    let mut bare = Map::default();
    for (id, info) in group_starts(&ROWS).filter(|(_, info)| !info.suffix.is_empty()) {
        bare.entry(info.mnemonic.to_string()).or_default().push(id);
    }
    for (name, ids) in bare {
        map.entry(name).or_default().extend(ids);
    }
    let mut manual = Map::default();
    for (id, info) in group_starts(&ROWS) {
        manual.entry(intel_name(info)).or_default().push(id);
    }
    for (name, ids) in manual {
        map.entry(name).or_insert(ids);
    }
    map
}

fn intel_map() -> Map {
    let mut map = Map::default();
    for (id, info) in group_starts(&ROWS) {
        map.entry(intel_name(info)).or_default().push(id);
        if info.manual_mnemonic == "movsxd" {
            // GNU as takes `movsx rax, ecx` for it.
            map.entry("movsx".to_string()).or_default().push(id);
        }
    }
    map
}
