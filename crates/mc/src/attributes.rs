//! The section of build attributes: what the object says about itself to the linker.
//!
//! Format: RISC-V ELF psABI 1.0, "Attributes" (that of the Arm Architecture): version `A`, then per vendor its length, name
//! and, for the whole file, tags with values, ULEB128 numbers or NUL-terminated strings, by ascending tag.

use crate::directive::BuildAttribute;
use crate::leb;
use crate::object::ObjectStreamer;
use crate::section::{SectionDefinition, SectionFlags, SectionType};
use crate::streamer::Streamer;
use lathe_diag::Loc;
use std::collections::BTreeMap;

/// A value.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Value {
    Number(u64),
    Text(Box<str>),
}

/// What `.attribute` said.
#[derive(Clone, Debug, Default)]
pub(crate) struct Attributes {
    architecture: Option<Box<str>>,
    values: BTreeMap<u32, Value>,
}

impl Attributes {
    pub fn set(&mut self, attribute: BuildAttribute) {
        match attribute {
            BuildAttribute::Architecture(text) => self.architecture = Some(text),
            BuildAttribute::Number { tag, value } => {
                self.values.insert(tag, Value::Number(value));
            }
            BuildAttribute::Text { tag, value } => {
                self.values.insert(tag, Value::Text(value));
            }
        }
    }
}

impl ObjectStreamer {
    /// The instruction set's string.
    pub(crate) fn architecture_text(&self) -> &str {
        match (&self.attributes.architecture, self.rules.attributes) {
            (Some(text), _) => text,
            (None, Some(rules)) => rules.architecture.1,
            (None, None) => "",
        }
    }

    /// Makes the section, if the target has one.
    pub(crate) fn write_attributes(&mut self) {
        let Some(rules) = self.rules.attributes else { return };
        let mut values = self.attributes.values.clone();
        values.insert(rules.architecture.0, Value::Text(self.architecture_text().into()));
        let mut file = Vec::new();
        // A number of zero is what is assumed anyway.
        for (tag, value) in values.iter().filter(|(_, value)| **value != Value::Number(0)) {
            leb::push_unsigned(&mut file, u64::from(*tag));
            match value {
                Value::Number(number) => leb::push_unsigned(&mut file, *number),
                Value::Text(text) => {
                    file.extend_from_slice(text.as_bytes());
                    file.push(0);
                }
            }
        }
        let file_length = file.len() as u32 + 5;
        let vendor_length = 4 + rules.vendor.len() as u32 + 1 + file_length;
        let mut bytes = vec![b'A'];
        bytes.extend_from_slice(&vendor_length.to_le_bytes());
        bytes.extend_from_slice(rules.vendor.as_bytes());
        bytes.extend_from_slice(&[0, 1]);
        bytes.extend_from_slice(&file_length.to_le_bytes());
        bytes.extend_from_slice(&file);
        let definition = SectionDefinition::new(rules.name, SectionType(rules.kind), SectionFlags::NONE);
        let section = self.section(&definition, Loc::NONE);
        let body = self.body_of(section, 0);
        self.mention_generated_section(section);
        self.bodies[body as usize].bytes = bytes;
    }
}
