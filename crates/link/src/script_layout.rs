//! Layout by a linker script.
//!
//! In: a [`Script`] and the sections. Out: output sections as the script names them, and a [`Layout`] whose addresses
//! the script's location counter gave. Expressions may look ahead (`SIZEOF` of a later section, a symbol of an object), so
//! the script is walked until nothing moves any more. Source: GNU ld manual, "Linker Scripts".

use crate::LinkError;
use crate::constants as elf;
use crate::expression::{Environment, Value, evaluate, number};
use crate::layout::{
    Layout, Segment, count_segments, finish_segments, number_sections, place_rest, protection, small_segments,
};
use crate::link::Link;
use crate::merge::Merging;
use crate::output::{Content, Kind, OutputSection, Part};
use crate::script_sections::{Assignment, Item, Script, SectionStatement, Sort, Statement};
use crate::symbols::{Definition, NONE, flag};
use rustc_hash::FxHashMap;
use std::borrow::Cow;

/// Defines the symbols that the script assigns.
pub(crate) fn declare<'a>(link: &mut Link<'a>, script: &'a Script) {
    for assignment in script.assignments() {
        let name = assignment.symbol.as_bytes();
        if assignment.provide {
            let wanted = link.symbols.find(name, None).is_some_and(|id| {
                let symbol = &link.symbols[id];
                !symbol.is_defined_here() && symbol.has(flag::IN_OBJECT | flag::STRONG_REFERENCE)
            });
            if !wanted {
                continue;
            }
        }
        let id = link.symbols.intern(name, None);
        let symbol = &mut link.symbols[id];
        symbol.definition = Definition::Address;
        (symbol.value, symbol.size, symbol.version) = (0, 0, None);
        (symbol.binding, symbol.kind) = (elf::STB_GLOBAL, elf::STT_NOTYPE);
        symbol.flags |= flag::IN_OBJECT | if assignment.hidden { flag::FORCED_LOCAL } else { 0 };
    }
}

/// Whether a KEEP pattern takes a section.
pub(crate) fn keeps(script: &Script, file: &str, section: &[u8], writable: bool) -> bool {
    let name = String::from_utf8_lossy(section);
    script.find(file, &name, writable).is_some_and(|(_, _, _, keep)| keep)
}

/// Gives the sections that the script names their output sections; `/DISCARD/` drops them. The rest has none.
pub(crate) fn assign<'a>(link: &mut Link<'a>, script: &'a Script) -> Vec<OutputSection<'a>> {
    let mut list: Vec<OutputSection<'a>> = Vec::new();
    let mut by_statement: FxHashMap<usize, usize> = FxHashMap::default();
    let mut keys: Vec<Vec<(u64, String)>> = Vec::new();
    for file in 0..link.objects.len() {
        for index in 0..link.objects[file].sections.len() {
            let section = &link.objects[file].sections[index];
            if !section.live || section.special || crate::output::is_dropped(link, section) {
                continue;
            }
            let name = String::from_utf8_lossy(section.name).into_owned();
            let writable = section.flags & u64::from(elf::SHF_WRITE) != 0;
            let found = script.find(&link.objects[file].name, &name, writable);
            let Some((statement, item, sort, _)) = found else { continue };
            let Statement::Section(target) = &script.statements[statement] else { continue };
            let reversed = crate::output::is_reversed(link, &link.objects[file].name, section);
            let section = &mut link.objects[file].sections[index];
            if target.name == "/DISCARD/" {
                section.live = false;
                section.discarded = true;
                continue;
            }
            let output = *by_statement.entry(statement).or_insert_with(|| {
                let mut fresh = OutputSection::new(Cow::Borrowed(target.name.as_bytes()), elf::SHT_NOBITS, 0);
                fresh.statement = statement as u32;
                list.push(fresh);
                keys.push(Vec::new());
                list.len() - 1
            });
            crate::output::join(&mut list[output], section);
            let key = match sort {
                Sort::None => String::new(),
                Sort::Name => name,
                Sort::Alignment => format!("{:020}", u64::MAX - section.align),
                Sort::Priority => format!("{:020}", crate::output::priority(section.name)),
            };
            section.output = output as u32;
            let content = Content::Input { file: file as u32, section: index as u32 };
            let constructors = matches!(target.name.as_str(), ".init_array" | ".fini_array");
            section.reversed = constructors && reversed;
            let (size, align) = (section.size, section.align);
            list[output].parts.push(Part {
                content,
                offset: 0,
                size,
                align,
                order: keys[output].len() as u64,
            });
            keys[output].push((item as u64, key));
        }
    }
    for (output, keys) in list.iter_mut().zip(&keys) {
        output.parts.sort_by(|a, b| keys[a.order as usize].cmp(&keys[b.order as usize]));
        output.parts.iter_mut().for_each(|part| part.order = keys[part.order as usize].0);
        if output.flags == 0 && output.kind == elf::SHT_NOBITS {
            output.kind = elf::SHT_PROGBITS;
        }
    }
    // Sections that hold only data or room.
    for (at, statement) in script.statements.iter().enumerate() {
        let Statement::Section(statement) = statement else { continue };
        let data = statement.items.iter().any(|item| matches!(item, Item::Data(..)));
        let room = statement.items.iter().any(|item| match item {
            Item::Assign(assignment) => assignment.symbol == "." && !assignment.expression.contains("ALIGN"),
            _ => false,
        });
        if by_statement.contains_key(&at) || !(data || room) || statement.name == "/DISCARD/" {
            continue;
        }
        let kind = if data { elf::SHT_PROGBITS } else { elf::SHT_NOBITS };
        let flags = u64::from(elf::SHF_ALLOC | elf::SHF_WRITE);
        let mut fresh = OutputSection::new(Cow::Borrowed(statement.name.as_bytes()), kind, flags);
        fresh.statement = at as u32;
        list.push(fresh);
    }
    list
}

/// What a walk over the script knows.
struct Walk<'w, 'a> {
    link: &'w Link<'a>,
    script: &'w Script,
    sections: &'w mut Vec<OutputSection<'a>>,
    /// Values of assigned symbols, of this walk or the one before.
    symbols: &'w mut FxHashMap<String, Value>,
    dot: u64,
    headers: u64,
    uses_headers: bool,
    /// Next free address of each region.
    regions: Vec<u64>,
    /// Section, offset, width, value.
    data: Vec<(usize, u64, u8, u64)>,
    load_addresses: Vec<Option<u64>>,
    errors: Vec<String>,
    page: u64,
    /// Evaluations inside evaluations: a region's origin may name a region.
    depth: u32,
}

impl Environment for Walk<'_, '_> {
    fn symbol(&mut self, name: &str) -> Result<Value, String> {
        if name == "." {
            return Ok(Value { value: self.dot, relative: true });
        }
        if name == "SIZEOF_HEADERS" {
            self.uses_headers = true;
            return Ok(Value { value: self.headers, relative: false });
        }
        if let Some(value) = self.symbols.get(name) {
            return Ok(*value);
        }
        let undefined = || Err(format!("undefined symbol `{name}' referenced in expression"));
        let Some(id) = self.link.symbols.find(name.as_bytes(), None) else { return undefined() };
        let symbol = &self.link.symbols[id];
        match symbol.definition {
            Definition::Section { file, section } => {
                let input = &self.link.objects[file as usize].sections[section as usize];
                let base = self.sections.get(input.output as usize).map_or(0, |output| output.address);
                let value = base.wrapping_add(input.offset).wrapping_add(symbol.value);
                Ok(Value { value, relative: true })
            }
            Definition::Absolute => Ok(Value { value: symbol.value, relative: false }),
            // Assigned further down: known in the next walk.
            Definition::Address => Ok(Value { value: 0, relative: true }),
            _ => undefined(),
        }
    }

    fn of_names(&mut self, function: &str, argument: &str) -> Option<Result<Value, String>> {
        let absolute = |value: u64| Some(Ok(Value { value, relative: false }));
        let section = self.sections.iter().position(|section| *section.name == *argument.as_bytes());
        match function {
            "SIZEOF" => absolute(section.map_or(0, |at| self.sections[at].size)),
            "ALIGNOF" => absolute(section.map_or(0, |at| self.sections[at].align)),
            "ADDR" => {
                Some(Ok(Value { value: section.map_or(0, |at| self.sections[at].address), relative: true }))
            }
            "LOADADDR" => {
                let address = section.map(|at| self.load_addresses[at].unwrap_or(self.sections[at].address));
                absolute(address.unwrap_or(0))
            }
            "DEFINED" => {
                let found = self.link.symbols.find(argument.as_bytes(), None);
                let defined = found.is_some_and(|id| self.link.symbols[id].is_defined_here());
                absolute(u64::from(defined || self.symbols.contains_key(argument)))
            }
            "ORIGIN" | "LENGTH" => {
                let region = self.script.regions.iter().find(|region| region.name == argument)?;
                let text = if function == "ORIGIN" { &region.origin } else { &region.length };
                self.depth += 1;
                if self.depth > 8 {
                    return Some(Err("regions refer to each other".into()));
                }
                let result = evaluate(text, self);
                self.depth -= 1;
                Some(result)
            }
            "CONSTANT" => match argument {
                "MAXPAGESIZE" => absolute(self.page),
                "COMMONPAGESIZE" => absolute(self.page.min(4096)),
                _ => Some(Err(format!("unknown constant `{argument}'"))),
            },
            _ => None,
        }
    }

    fn of_values(&mut self, function: &str, arguments: &[Value]) -> Result<Value, String> {
        let value =
            |at: usize| arguments.get(at).copied().ok_or_else(|| format!("{function} needs more arguments"));
        let relative = |value: u64| Ok(Value { value, relative: true });
        let aligned = |value: u64, align: u64| {
            if align <= 1 { value } else { value.checked_next_multiple_of(align).unwrap_or(value) }
        };
        match function {
            "ALIGN" | "BLOCK" if arguments.len() == 1 => relative(aligned(self.dot, value(0)?.value)),
            "ALIGN" => relative(aligned(value(0)?.value, value(1)?.value)),
            "NEXT" => relative(aligned(self.dot.wrapping_add(1), value(0)?.value)),
            "MAX" => Ok(if value(0)?.value >= value(1)?.value { value(0)? } else { value(1)? }),
            "MIN" => Ok(if value(0)?.value <= value(1)?.value { value(0)? } else { value(1)? }),
            "ABSOLUTE" => Ok(Value { relative: false, ..value(0)? }),
            "LOG2CEIL" => {
                let wanted = value(0)?.value;
                let log = wanted.checked_next_power_of_two().map_or(64, u64::trailing_zeros);
                Ok(Value { value: u64::from(log), relative: false })
            }
            "SEGMENT_START" | "DATA_SEGMENT_END" => value(0),
            "DATA_SEGMENT_ALIGN" => {
                let page = value(0)?.value.max(1);
                relative(aligned(self.dot, page).wrapping_add(self.dot % page))
            }
            "DATA_SEGMENT_RELRO_END" => value(1),
            _ => Err(format!("unknown function `{function}'")),
        }
    }
}

impl Walk<'_, '_> {
    fn value(&mut self, text: &str) -> Value {
        match evaluate(text, self) {
            Ok(value) => value,
            Err(what) => {
                self.errors.push(what);
                Value { value: 0, relative: false }
            }
        }
    }

    fn run(&mut self) {
        for at in 0..self.script.statements.len() {
            let script = self.script;
            match &script.statements[at] {
                Statement::Assign(assignment) => self.assign(assignment, None),
                Statement::Assert(condition, message) => self.assert(condition, message),
                Statement::Section(statement) => self.section(statement, at as u32),
            }
            // What the script does not name follows what it is most like.
            for orphan in 0..self.sections.len() {
                if self.sections[orphan].statement == NONE && self.sections[orphan].rank == at as u32 + 1 {
                    self.orphan(orphan);
                }
            }
        }
    }

    fn assert(&mut self, condition: &str, message: &str) {
        if self.value(condition).value == 0 {
            self.errors.push(message.to_string());
        }
    }

    /// `symbol = expression`; inside a section, plain numbers given to `.` count from its start.
    fn assign(&mut self, assignment: &Assignment, start: Option<u64>) {
        let name = assignment.symbol.as_str();
        if assignment.provide {
            let provided = self.link.symbols.find(name.as_bytes(), None);
            let ours = provided.is_some_and(|id| self.link.symbols[id].definition == Definition::Address);
            if !ours {
                return;
            }
        }
        let mut value = self.value(&assignment.expression);
        if !assignment.operator.is_empty() {
            let text = format!("{name}{}({:#x})", assignment.operator, value.value);
            value = self.value(&text);
        }
        if name != "." {
            self.symbols.insert(name.to_string(), value);
            return;
        }
        let wanted = match start {
            Some(start) if !value.relative => start.wrapping_add(value.value),
            _ => value.value,
        };
        if start.is_some() && wanted < self.dot {
            self.errors.push(format!(
                "cannot move location counter backwards (from {:#x} to {wanted:#x})",
                self.dot
            ));
            return;
        }
        self.dot = wanted;
    }

    fn section(&mut self, statement: &SectionStatement, at: u32) {
        if statement.name == "/DISCARD/" {
            return;
        }
        let output = self.sections.iter().position(|section| section.statement == at);
        let region = statement
            .region
            .as_ref()
            .and_then(|name| self.script.regions.iter().position(|region| region.name == *name));
        let outside = self.dot;
        if let Some(region) = region {
            self.dot = self.regions[region];
        }
        if let Some(address) = &statement.address {
            self.dot = self.value(address).value;
        }
        let mut align = output.map_or(1, |output| {
            let parts = self.sections[output].parts.iter().map(|part| part.align).max().unwrap_or(1);
            if self.sections[output].synthetic.is_some() { self.sections[output].align } else { parts }
        });
        if let Some(wanted) = &statement.align {
            align = align.max(self.value(wanted).value);
        }
        if !align.is_power_of_two() {
            self.errors.push(format!("{}: the alignment is not a power of two", statement.name));
            align = 1;
        }
        if statement.address.is_none() || output.is_some() {
            self.dot = self.dot.checked_next_multiple_of(align).unwrap_or(self.dot);
        }
        let start = self.dot;
        self.items(statement, output, start);
        let mut end = self.dot;
        if let Some(output) = output {
            let target = &mut self.sections[output];
            if target.synthetic.is_none() {
                target.size = end.wrapping_sub(start);
            }
            (target.address, target.align) = (start, align);
            if statement.no_load {
                target.kind = elf::SHT_NOBITS;
            }
            if target.is_tls_space() || !target.is_alloc() {
                end = start;
            }
            let mut load = statement.load_address.as_ref().map(|text| self.value(text).value);
            let load_region = statement
                .load_region
                .as_ref()
                .and_then(|name| self.script.regions.iter().position(|region| region.name == *name));
            if let Some(region) = load_region.filter(|_| load.is_none()) {
                let at = self.regions[region].checked_next_multiple_of(align).unwrap_or(0);
                load = Some(at);
                self.regions[region] = at.saturating_add(self.sections[output].size);
            }
            self.load_addresses[output] = load;
            if !self.sections[output].is_alloc() {
                self.dot = outside;
                return;
            }
        }
        self.dot = end;
        if let Some(region) = region {
            self.regions[region] = end;
            let length = self.script.regions[region].length.clone();
            let origin = self.script.regions[region].origin.clone();
            let limit = self.value(&origin).value.saturating_add(self.value(&length).value);
            if end > limit {
                let name = &self.script.regions[region].name;
                let what = format!("section `{}' will not fit in region `{name}'", statement.name);
                self.errors.push(format!("{what}; region `{name}' overflowed by {} bytes", end - limit));
            }
        }
    }

    fn items(&mut self, statement: &SectionStatement, output: Option<usize>, start: u64) {
        let part_align = statement.part_align.as_ref().map(|text| self.value(text).value);
        // A section of the linker's own lies where a pattern names it, else at the end.
        let own = output.map(|output| &self.sections[output]).filter(|section| section.synthetic.is_some());
        let mut own_size = own.map_or(0, |section| section.size);
        let own_name = match own {
            Some(own) if own.synthetic == Some(Kind::PltRelocations) && !self.link.is_dynamic() => {
                String::from_utf8_lossy(&own.name).replace("plt", "iplt")
            }
            Some(own) => String::from_utf8_lossy(&own.name).into_owned(),
            None => String::new(),
        };
        for (index, item) in statement.items.iter().enumerate() {
            match item {
                Item::Assign(assignment) => self.assign(assignment, Some(start)),
                Item::Assert(condition, message) => self.assert(condition, message),
                Item::Data(width, expression) => {
                    let value = self.value(expression).value;
                    if let Some(output) = output {
                        self.data.push((output, self.dot.wrapping_sub(start), *width, value));
                    }
                    self.dot = self.dot.saturating_add(u64::from(*width));
                }
                Item::Input(pattern) => {
                    let Some(output) = output else { continue };
                    let mut dot = self.dot;
                    if own_size != 0 && pattern.matches("", &own_name).is_some() {
                        dot = dot.saturating_add(std::mem::take(&mut own_size));
                    }
                    for part in self.sections[output].parts.iter_mut().filter(|p| p.order == index as u64) {
                        let align = part_align.unwrap_or(part.align).max(1);
                        dot = dot.checked_next_multiple_of(align).unwrap_or(dot);
                        part.offset = dot.wrapping_sub(start);
                        dot = dot.saturating_add(part.size);
                    }
                    self.dot = dot;
                }
            }
        }
        self.dot = self.dot.saturating_add(own_size);
    }

    fn orphan(&mut self, at: usize) {
        let section = &mut self.sections[at];
        if !section.is_alloc() {
            return;
        }
        self.dot = self.dot.checked_next_multiple_of(section.align).unwrap_or(self.dot);
        section.address = self.dot;
        if !section.is_tls_space() {
            self.dot = self.dot.saturating_add(section.size);
        }
    }
}

/// For every orphan the statement (plus one, in `rank`) after which it goes; the final order of all.
fn order(script: &Script, sections: &mut Vec<OutputSection<'_>>) {
    // A section of the linker's own takes the place that the script gives its name.
    for (at, statement) in script.statements.iter().enumerate() {
        let Statement::Section(statement) = statement else { continue };
        if sections.iter().any(|section| section.statement == at as u32) {
            continue;
        }
        let own = sections
            .iter_mut()
            .find(|section| section.statement == NONE && *section.name == *statement.name.as_bytes());
        if let Some(own) = own {
            own.statement = at as u32;
        }
    }
    let class = |section: &OutputSection<'_>| {
        (section.is_alloc(), section.is_writable(), section.is_code(), section.has_no_bits())
    };
    let placed: Vec<((bool, bool, bool, bool), u32)> = sections
        .iter()
        .filter(|section| section.statement != NONE)
        .map(|section| (class(section), section.statement))
        .collect();
    let last_statement = script.statements.len() as u32;
    for section in sections.iter_mut() {
        if section.statement != NONE {
            section.rank = section.statement + 1;
            continue;
        }
        let wanted = class(section);
        let same = placed.iter().filter(|(class, _)| *class == wanted).map(|(_, at)| *at).max();
        let close =
            || placed.iter().filter(|(class, _)| class.0 && class.1 == wanted.1).map(|(_, at)| *at).max();
        let any = || placed.iter().filter(|(class, _)| class.0).map(|(_, at)| *at).max();
        let after = same.or_else(close).or_else(any).unwrap_or(last_statement.saturating_sub(1));
        section.rank = after + 1;
    }
    sections.sort_by_key(|section| (!section.is_alloc(), section.rank, section.statement == NONE));
}

/// Walks allowed before the script is said not to settle.
const WALKS: u32 = 16;

/// Lays everything out as the script says; also the values of the symbols that it assigns.
pub(crate) fn lay_out<'a>(
    link: &mut Link<'a>,
    merging: &mut Merging,
    mut sections: Vec<OutputSection<'a>>,
    script: &Script,
) -> Result<(Layout<'a>, Vec<(String, Value)>), LinkError> {
    for section in &mut sections {
        if section.synthetic.is_none() && section.statement == NONE {
            crate::layout::place_parts(section).ok_or_else(too_big)?;
        }
    }
    order(script, &mut sections);
    let page = link.options.max_page_size.filter(|p| p.is_power_of_two()).unwrap_or(link.arch.max_page_size);
    let count = count_segments(link, &sections);
    let headers = link.arch.class.file_header() + count * link.arch.class.program_header();
    let mut symbols: FxHashMap<String, Value> = FxHashMap::default();
    let mut before = Vec::new();
    let mut load_addresses = vec![None; sections.len()];
    for _ in 0..WALKS {
        number_sections(link, merging, &mut sections)?;
        let known = symbols.clone();
        let loaded_before = load_addresses.clone();
        let mut walk = Walk {
            link,
            script,
            sections: &mut sections,
            symbols: &mut symbols,
            dot: 0,
            headers,
            uses_headers: false,
            regions: Vec::new(),
            data: Vec::new(),
            load_addresses: std::mem::take(&mut load_addresses),
            errors: Vec::new(),
            page,
            depth: 0,
        };
        walk.regions = script.regions.iter().map(|region| walk.value(&region.origin).value).collect();
        walk.run();
        let walk_load_addresses = std::mem::take(&mut walk.load_addresses);
        let Walk { data, errors, uses_headers, .. } = walk;
        load_addresses = walk_load_addresses;
        let now: Vec<(u64, u64)> = sections.iter().map(|section| (section.address, section.size)).collect();
        if now != before || known != symbols || loaded_before != load_addresses {
            before = now;
            continue;
        }
        if let Some(what) = errors.into_iter().next() {
            return Err(LinkError::General { what });
        }
        let fits = |section: &OutputSection<'_>| {
            section.address.checked_add(section.size).is_some_and(|end| end < u64::MAX / 2)
        };
        if !sections.iter().filter(|section| section.is_alloc()).all(fits) {
            return Err(too_big());
        }
        number_sections(link, merging, &mut sections)?;
        let mut layout = Layout { sections, ..Layout::default() };
        segments(link, &mut layout, script, &load_addresses, (headers, count, page), uses_headers)?;
        for (at, offset, width, value) in
            data.into_iter().filter(|data| !layout.sections[data.0].has_no_bits())
        {
            layout.patches.push((layout.sections[at].file_offset + offset, width, value));
        }
        let mut values: Vec<(String, Value)> = symbols.into_iter().collect();
        values.sort_by(|a, b| a.0.cmp(&b.0));
        return Ok((layout, values));
    }
    Err(LinkError::General { what: "the linker script does not settle".into() })
}

fn too_big() -> LinkError {
    LinkError::General { what: "the output is too big".into() }
}

use crate::layout::LARGEST;

/// File offsets and program headers.
fn segments(
    link: &Link<'_>,
    layout: &mut Layout<'_>,
    script: &Script,
    load_addresses: &[Option<u64>],
    (headers, count, page): (u64, u64, u64),
    uses_headers: bool,
) -> Result<(), LinkError> {
    let class = link.arch.class;
    let mut loads: Vec<Segment> = Vec::new();
    let mut offset = headers;
    let mut base = 0;
    let mut previous = 0;
    let mut tls: Option<Segment> = None;
    let mut difference = 0u64;
    for (at, section) in layout.sections.iter_mut().enumerate().filter(|(_, section)| section.is_alloc()) {
        let flags = protection(section);
        if !section.is_tls_space() {
            let fits = loads.last().is_some_and(|load| {
                let gap = section.address.wrapping_sub(load.address.wrapping_add(load.size));
                let zeroed_before = load.size != load.file_size && !section.has_no_bits();
                // What shares a page is mapped by one segment: a second one would take the page from the first.
                let end = load.address + load.size;
                let shares_page = load.size != 0 && (end - 1) / page == section.address / page;
                (load.flags == flags || shares_page)
                    && section.address >= load.address + load.size
                    && gap < page
                    && !zeroed_before
            });
            if !fits || load_addresses[at].is_some() {
                let room = section.address & (page - 1);
                let mapped =
                    loads.is_empty() && (room >= headers || uses_headers) && section.address >= headers;
                let (start, from) = if mapped {
                    base = section.address - section.address.min(room.max(headers));
                    offset = section.address - base;
                    (base, 0)
                } else {
                    let down = offset & !(page - 1);
                    offset = if down + room >= offset { down + room } else { down + page + room };
                    (section.address, offset)
                };
                if let Some(load_address) = load_addresses[at] {
                    difference = load_address.wrapping_sub(section.address);
                }
                let physical = start.wrapping_add(difference);
                let (file_size, size) = (offset - from, section.address - start);
                loads.push(Segment {
                    kind: elf::PT_LOAD,
                    flags,
                    offset: from,
                    address: start,
                    physical: Some(physical),
                    file_size,
                    size,
                    align: page,
                });
            }
            let Some(load) = loads.last_mut() else { continue };
            load.flags |= flags;
            section.file_offset = load.offset + (section.address - load.address);
            load.size = section.address.checked_add(section.size).ok_or_else(too_big)? - load.address;
            if !section.has_no_bits() {
                load.file_size = load.size;
                offset = load.offset + load.file_size;
            }
        } else {
            section.file_offset = offset;
        }
        if section.is_tls() {
            let end = section.address + section.size;
            let block = tls.get_or_insert(Segment {
                kind: elf::PT_TLS,
                flags: elf::PF_R,
                offset: section.file_offset,
                address: section.address,
                align: 1,
                ..Segment::default()
            });
            block.align = block.align.max(section.align);
            block.size = end - block.address;
            if !section.has_no_bits() {
                block.file_size = block.size;
            }
        }
        if section.address < previous || offset > LARGEST {
            let what = format!(
                "section {} lies before the one in front of it",
                String::from_utf8_lossy(&section.name)
            );
            return Err(LinkError::Unsupported { place: "linker script".into(), what });
        }
        previous = section.address;
    }
    layout.image_base = base;
    layout.tls = tls.map_or((0, 0, 1), |tls| (tls.address, tls.size, tls.align));
    layout.segments.extend(tls);
    if script.headers.is_empty() {
        small_segments(link, layout);
        finish_segments(link, layout, loads, count, base);
    } else {
        listed_segments(layout, script, load_addresses, headers, page);
    }
    place_rest(layout, offset, class).ok_or_else(too_big)
}

/// The program headers that PHDRS lists.
fn listed_segments(
    layout: &mut Layout<'_>,
    script: &Script,
    load_addresses: &[Option<u64>],
    headers: u64,
    page: u64,
) {
    layout.segments.clear();
    let mut current: Vec<String> = Vec::new();
    let mut members: Vec<Vec<usize>> = vec![Vec::new(); script.headers.len()];
    for (at, section) in layout.sections.iter().enumerate().filter(|(_, section)| section.is_alloc()) {
        if let Some(Statement::Section(statement)) = script.statements.get(section.statement as usize)
            && !statement.headers.is_empty()
        {
            current.clone_from(&statement.headers);
        }
        for (header, list) in script.headers.iter().zip(&mut members) {
            if current.contains(&header.name) {
                list.push(at);
            }
        }
    }
    for (header, members) in script.headers.iter().zip(members) {
        let mut segment = Segment { kind: header.kind, align: 1, ..Segment::default() };
        let sections = || members.iter().map(|&at| &layout.sections[at]);
        if let (Some(first), Some(last)) = (sections().next(), sections().next_back()) {
            (segment.address, segment.offset) = (first.address, first.file_offset);
            if (header.file_header || header.program_headers)
                && first.file_offset >= headers
                && first.address >= first.file_offset
            {
                segment.address -= first.file_offset;
                segment.offset = 0;
            }
            segment.size = (last.address + last.size).saturating_sub(segment.address);
            let file_end = sections().filter(|s| !s.has_no_bits()).map(|s| s.file_offset + s.size).max();
            segment.file_size = file_end.map_or(0, |end| end.saturating_sub(segment.offset));
            let load = load_addresses[members[0]].unwrap_or(first.address);
            segment.physical = Some(load.wrapping_sub(first.address.wrapping_sub(segment.address)));
        }
        segment.flags = sections().map(protection).fold(0, |all, flags| all | flags);
        if let Some(flags) = header.flags.as_deref().and_then(number) {
            segment.flags = flags as u32;
        }
        segment.align = match header.kind {
            elf::PT_LOAD => page,
            _ => sections().map(|section| section.align).max().unwrap_or(1),
        };
        layout.segments.push(segment);
    }
}
