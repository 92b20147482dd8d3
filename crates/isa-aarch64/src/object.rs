//! What AArch64 objects hold beyond code and data: mapping symbols (AAELF64 section 5.5.4), symbols of all sections.

use crate::fixups;
use lathe_isa::{MappingSymbols, ObjectRules};

/// The conventions; which of the possible ones follows GNU as 2.40.
pub(crate) static RULES: ObjectRules = ObjectRules {
    keeps_section_symbols: true,
    mapping: Some(MappingSymbols {
        code: "$x",
        data: "$d",
        shows_architecture: false,
        code_sections_only: false,
    }),
    line_unit: 4,
    address_modifiers: fixups::ADDRESS_MODIFIERS,
    ..ObjectRules::DEFAULT
};
