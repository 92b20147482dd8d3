//! `-r`: several objects into one.

use crate::driver::Output;
use crate::link::Link;
use crate::{LinkError, LinkFailed};

/// Links into a relocatable object.
pub(crate) fn link(link: &mut Link<'_>) -> Result<Output, LinkFailed> {
    link.messages.error(LinkError::Unsupported { place: "-r".into(), what: "relocatable output".into() });
    Err(LinkFailed)
}
