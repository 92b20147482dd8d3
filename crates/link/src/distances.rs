//! Layouts of machines whose code depends on distances: again and again, until nothing changes.
//!
//! In: sized output sections. Out: the layout that stands, with RISC-V's deletions made, AArch64's thunks and patches
//! in place. Called by `driver` once; on other machines it is a single layout.

use crate::LinkError;
use crate::addresses::Addresses;
use crate::arch::{Adjustment, ThunkRow};
use crate::deletion::Deletion;
use crate::expression::Value;
use crate::layout::Layout;
use crate::link::Link;
use crate::merge::Merging;
use crate::output::{Content, OutputSection};
use crate::symbols::{Definition, SymbolId};
use crate::synthesize::Tables;
use crate::thunks::{self, Thunks};
use crate::{defined, erratum, layout, script_layout};

/// A layout, and the values that a script assigned.
type LaidOut<'a> = (Layout<'a>, Vec<(String, Value)>);

fn lay_out_once<'a>(
    link: &mut Link<'a>,
    merging: &mut Merging,
    sections: Vec<OutputSection<'a>>,
) -> Result<LaidOut<'a>, LinkError> {
    match link.script {
        Some(script) => script_layout::lay_out(link, merging, sections, script),
        None => layout::lay_out(link, merging, sections).map(|layout| (layout, Vec::new())),
    }
}

/// Lays out, on machines that adjust code to distances again and again.
pub(crate) fn lay_out<'a>(
    link: &mut Link<'a>,
    merging: &mut Merging,
    tables: &Tables,
    mut sections: Vec<OutputSection<'a>>,
) -> Result<LaidOut<'a>, LinkError> {
    match link.arch.adjustment {
        Adjustment::None => return lay_out_once(link, merging, sections),
        Adjustment::Thunks(row) if link.patches_erratum() => {
            return lay_out_with_patches(link, merging, tables, sections, row);
        }
        Adjustment::Thunks(row) => return lay_out_with_thunks(link, merging, tables, sections, row),
        Adjustment::Deletion => {}
    }
    let mut deletion = Deletion::new(link);
    loop {
        let (layout, assigned) = lay_out_once(link, merging, sections.clone())?;
        // Errors in expressions are reported once, when the layout stands.
        let messages = std::mem::take(&mut link.messages);
        linker_symbols(link, &layout, &assigned, (tables, merging));
        link.messages = messages;
        let global_pointer = global_pointer(link, &layout, &assigned);
        let addresses = Addresses::new(link, &layout, tables, merging);
        let round = deletion.round(&addresses, global_pointer);
        deletion.apply(link, &round);
        if !round.again {
            deletion.finish(link);
            return Ok((layout, assigned));
        }
        for part in sections.iter_mut().flat_map(|section| &mut section.parts) {
            if let Content::Input { file, section } = part.content {
                part.size = link.objects[file as usize].sections[section as usize].size;
            }
        }
    }
}

/// Sets the symbols that the linker, its options and its script define.
pub(crate) fn linker_symbols(
    link: &mut Link<'_>,
    layout: &Layout<'_>,
    assigned: &[(String, Value)],
    (tables, merging): (&Tables, &Merging),
) {
    let own = |link: &Link<'_>, id: SymbolId| Addresses::new(link, layout, tables, merging).symbol(id, 0);
    defined::assigned(link, assigned);
    defined::finish(link, layout, own);
    defined::assigned(link, assigned);
}

/// Rounds of making room for patches, which moves the code behind them and may bring up others.
const PATCH_ROUNDS: u32 = 8;

fn lay_out_with_patches<'a>(
    link: &mut Link<'a>,
    merging: &mut Merging,
    tables: &Tables,
    mut sections: Vec<OutputSection<'a>>,
    row: &ThunkRow,
) -> Result<LaidOut<'a>, LinkError> {
    for (index, section) in sections.iter_mut().enumerate() {
        section.name_index = index as u32;
    }
    erratum::prepare(&mut sections);
    for _ in 0..PATCH_ROUNDS {
        let laid_out = lay_out_with_thunks(link, merging, tables, sections.clone(), row)?;
        if !erratum::reserve(link, &laid_out.0, &mut sections) {
            return Ok(laid_out);
        }
    }
    Err(LinkError::General { what: "patches of erratum 843419 move each other for ever".into() })
}

/// Rounds of adding thunks; each adds some, and only because others moved code after the second.
const THUNK_ROUNDS: u32 = 16;

fn lay_out_with_thunks<'a>(
    link: &mut Link<'a>,
    merging: &mut Merging,
    tables: &Tables,
    mut sections: Vec<OutputSection<'a>>,
    row: &ThunkRow,
) -> Result<LaidOut<'a>, LinkError> {
    let code: u64 =
        sections.iter().filter(|section| section.is_code()).flat_map(|s| &s.parts).map(|p| p.size).sum();
    let moved = link.script.is_some() || !link.options.section_starts.is_empty();
    if code < row.reach / 2 && !moved {
        return lay_out_once(link, merging, sections);
    }
    let laid_out = lay_out_once(link, merging, sections.clone())?;
    if thunks::are_needless(&laid_out.0.sections, row) {
        return Ok(laid_out);
    }
    let mut thunks = Thunks::prepare(&mut sections, row);
    for round in 0.. {
        let (layout, assigned) = lay_out_once(link, merging, sections.clone())?;
        let messages = std::mem::take(&mut link.messages);
        linker_symbols(link, &layout, &assigned, (tables, merging));
        link.messages = messages;
        thunks.place(&layout.sections);
        let added = thunks.add(&Addresses::new(link, &layout, tables, merging), row);
        if !added || round == THUNK_ROUNDS {
            link.thunks = thunks;
            return Ok((layout, assigned));
        }
        for part in sections.iter_mut().flat_map(|section| &mut section.parts) {
            if let Content::Thunks(group) = part.content {
                part.size = thunks.size(group, row);
            }
        }
    }
    Err(LinkError::General { what: "thunks move each other for ever".into() })
}

/// Where RISC-V's gp points, if any object sets it up.
fn global_pointer(link: &Link<'_>, layout: &Layout<'_>, assigned: &[(String, Value)]) -> Option<u64> {
    let id = link.symbols.find(defined::GLOBAL_POINTER.as_bytes(), None)?;
    if let Some((_, value)) = assigned.iter().find(|(name, _)| name == defined::GLOBAL_POINTER) {
        return Some(value.value);
    }
    let own = link.symbols[id].definition == Definition::Address;
    own.then(|| defined::global_pointer(layout))
}
