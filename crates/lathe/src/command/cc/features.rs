//! `-f` options, and the target.

use super::options::Options;
use super::table::{Opt, TUNING_FEATURES};
use crate::command::arguments::UsageError;
use lathe_ir::{TlsModel, Visibility};
use lathe_target::{Arch, RelocModel, Target, Triple};

/// A `-f` option; `argument` is what follows `-f`.
pub(super) fn apply_feature(o: &mut Options, word: &str, argument: &str) -> Result<(), UsageError> {
    let (on, name) = match argument.strip_prefix("no-") {
        Some(name) => (false, name),
        None => (true, argument),
    };
    let f = &mut o.features;
    match name {
        "PIC" | "pic" => f.reloc = Some(if on { RelocModel::Pic } else { RelocModel::Static }),
        "PIE" | "pie" => f.reloc = Some(if on { RelocModel::Pie } else { RelocModel::Static }),
        "wrapv" | "wrapv-pointer" => f.wrapv = on,
        "common" => f.common = on,
        "short-enums" => f.short_enums = on,
        "signed-char" => f.char_is_signed = Some(on),
        "unsigned-char" => f.char_is_signed = Some(!on),
        "signed-bitfields" => f.unsigned_bit_fields = !on,
        "unsigned-bitfields" => f.unsigned_bit_fields = on,
        "builtin" => f.builtin = on,
        "freestanding" => f.freestanding = on,
        "hosted" => f.freestanding = !on,
        "gnu89-inline" => f.gnu89_inline = on,
        "ms-extensions" | "plan9-extensions" => f.ms_extensions = on,
        "fast-math" => f.fast_math = on,
        "function-sections" => f.function_sections = on,
        "data-sections" => f.data_sections = on,
        "asynchronous-unwind-tables" | "unwind-tables" => f.unwind_tables = on,
        "exceptions" => {
            f.exceptions = on;
            f.unwind_tables |= on;
        }
        "omit-frame-pointer" => f.frame_pointer = Some(!on),
        "plt" => f.plt = on,
        "stack-protector" => f.stack_protector = u8::from(on),
        "stack-protector-strong" => f.stack_protector = if on { 2 } else { 0 },
        "stack-protector-all" => f.stack_protector = if on { 3 } else { 0 },
        "stack-clash-protection" => f.stack_probes = on,
        "jump-tables" => f.jump_tables = on,
        "ident" => f.ident = on,
        "preprocessed" | "directives-only" | "working-directory" | "lto" if !on => {}
        _ => return feature_with_value(o, word, on, name),
    }
    Ok(())
}

fn feature_with_value(o: &mut Options, word: &str, on: bool, name: &str) -> Result<(), UsageError> {
    let (key, value) = name.split_once('=').unwrap_or((name, ""));
    let f = &mut o.features;
    match (key, value) {
        ("visibility", value) => {
            f.visibility = match value {
                "default" => Visibility::Default,
                "hidden" => Visibility::Hidden,
                "protected" => Visibility::Protected,
                "internal" => Visibility::Internal,
                _ => return Err(UsageError::bad_argument("-fvisibility=", value)),
            }
        }
        ("tls-model", value) => {
            f.tls_model = Some(match value {
                "global-dynamic" => TlsModel::GeneralDynamic,
                "local-dynamic" => TlsModel::LocalDynamic,
                "initial-exec" => TlsModel::InitialExec,
                "local-exec" => TlsModel::LocalExec,
                _ => return Err(UsageError::bad_argument("-ftls-model=", value)),
            });
        }
        ("patchable-function-entry", value) => {
            let (all, before) = value.split_once(',').unwrap_or((value, "0"));
            let parse = |text: &str| text.parse::<u16>().ok();
            match (parse(all), parse(before)) {
                (Some(all), Some(before)) if before <= all => f.patchable_entry = (all, before),
                _ => return Err(UsageError::bad_argument("-fpatchable-function-entry=", value)),
            }
        }
        ("file-prefix-map" | "macro-prefix-map" | "debug-prefix-map", value) => {
            let Some((old, new)) = value.split_once('=') else {
                return Err(UsageError::bad_argument(&format!("-f{key}="), value));
            };
            f.prefix_map.push((old.into(), new.into()));
        }
        ("cf-protection", "none") => {}
        ("cf-protection", _) if !on => {}
        ("excess-precision", "standard" | "fast") | ("fp-contract", "off" | "on" | "fast") => {}
        _ if !on && name.starts_with("builtin-") => f.no_builtins.push(name["builtin-".len()..].into()),
        _ if !on
            && (name == "sanitize" || key == "sanitize" || key == "profile-generate" || key == "lto") => {}
        _ if TUNING_FEATURES.contains(&key) => {}
        ("sanitize", _)
        | ("lto", _)
        | ("instrument-functions", _)
        | ("profile-arcs", _)
        | ("test-coverage", _)
        | ("openmp", _)
        | ("cf-protection", _)
        | ("split-stack", _)
        | ("non-call-exceptions", _) => {
            if on {
                return Err(UsageError::new(format!("option '{word}' is not supported")));
            }
        }
        _ => o.unknown.push(word.into()),
    }
    Ok(())
}

/// `--target=`, `-m32`, `-m64`.
pub(super) fn set_target(o: &mut Options, opt: Opt, argument: &str) -> Result<(), UsageError> {
    let triple: Triple = match opt {
        Opt::Word32 => Triple { arch: Arch::X86, ..o.target.triple },
        Opt::Word64 if o.target.triple.arch == Arch::X86 => Triple { arch: Arch::X86_64, ..o.target.triple },
        Opt::Word64 => return Ok(()),
        _ => argument.parse().map_err(|e: lathe_target::UnknownTarget| UsageError::new(e.to_string()))?,
    };
    o.target = Target::new(triple);
    Ok(())
}
