//! Where a module's symbols are in memory: functions, data, section limits, a thread's own data.
//!
//! In: the module. Out: the address of each symbol ([`Interpreter::addresses`]) and the data's bytes. Data in a
//! section whose limits the program asks for (`__start_NAME`, `__stop_NAME`, as linkers define them for names that
//! are C identifiers) is one object in the order of the module.

use crate::error::{ErrorKind, Stop, fault};
use crate::host;
use crate::machine::Interpreter;
use lathe_ir::module::Label;
use lathe_ir::*;
use rustc_hash::FxHashMap;

impl Interpreter<'_> {
    pub(crate) fn place_symbols(&mut self) -> Result<(), Stop> {
        let module = self.module;
        let placed = self.place_limited_sections()?;
        for (symbol, data) in module.symbols.iter() {
            if let Some(address) = placed.get(&symbol) {
                self.addresses[symbol.index()] = *address;
                continue;
            }
            self.addresses[symbol.index()] = match &data.definition {
                SymbolDefinition::Data(id) => self.place_data(symbol, &module.data[*id])?,
                SymbolDefinition::DeclaredData | SymbolDefinition::Undeclared => {
                    match host::declare_data(self, &data.name)? {
                        Some(address) => address,
                        None if data.weak_reference => 0,
                        None => self.memory.add_global(symbol, Vec::new(), 16, true)?,
                    }
                }
                SymbolDefinition::DeclaredFunction(_) => {
                    let is_missing = data.weak_reference && self.host_functions[symbol.index()].is_none();
                    if is_missing { 0 } else { self.memory.code_address(symbol) }
                }
                _ => self.memory.code_address(symbol),
            };
        }
        self.place_aliases();
        for data in module.data.values() {
            self.initialize(data)?;
        }
        for data in module.data.values().filter(|data| data.is_const) {
            self.memory.set_const(self.addresses[data.symbol.index()]);
        }
        Ok(())
    }

    fn place_data(&mut self, symbol: Symbol, data: &Data) -> Result<u64, Stop> {
        let size = data.size();
        self.check_room(symbol, size)?;
        self.memory.add_global(symbol, vec![0; size as usize], data.align.into(), false)
    }

    fn check_room(&self, symbol: Symbol, size: u64) -> Result<(), Stop> {
        if size <= self.memory.left() {
            return Ok(());
        }
        let name = &self.module.symbols[symbol].name;
        fault(ErrorKind::Memory, format!("@{name} does not fit in memory"))
    }

    /// Places the sections whose limits are declared; gives the addresses of their data and of the limits.
    fn place_limited_sections(&mut self) -> Result<FxHashMap<Symbol, u64>, Stop> {
        let module = self.module;
        let mut placed = FxHashMap::default();
        for (section, data) in module.sections.iter() {
            let limits = ["__start_", "__stop_"].map(|prefix| {
                let symbol = module.find_symbol(&format!("{prefix}{}", data.name))?;
                let is_free = matches!(
                    module.symbols[symbol].definition,
                    SymbolDefinition::DeclaredData | SymbolDefinition::Undeclared
                );
                is_free.then_some(symbol)
            });
            if limits == [None, None] {
                continue;
            }
            let (mut size, mut align) = (0u64, 1u64);
            let mut members = Vec::new();
            for item in module.data.values().filter(|d| module.symbols[d.symbol].section == Some(section)) {
                self.check_room(item.symbol, size.saturating_add(item.size()))?;
                size = size.next_multiple_of(item.align.into());
                members.push((item.symbol, size));
                size += item.size();
                align = align.max(item.align.into());
            }
            let Some((first, _)) = members.first() else { continue };
            let base = self.memory.add_global(*first, vec![0; size as usize], align, false)?;
            placed.extend(members.iter().map(|(symbol, offset)| (*symbol, base + offset)));
            let ends = [base, base + size];
            placed.extend(limits.into_iter().zip(ends).filter_map(|(symbol, end)| Some((symbol?, end))));
        }
        Ok(placed)
    }

    fn place_aliases(&mut self) {
        for (symbol, _) in self.module.symbols.iter() {
            self.addresses[symbol.index()] = self.alias_address(symbol);
        }
    }

    fn initialize(&mut self, data: &Data) -> Result<(), Stop> {
        let bytes = self.data_bytes(data)?;
        let address = self.addresses[data.symbol.index()];
        self.memory.bytes_mut(address, bytes.len() as u64)?.copy_from_slice(&bytes);
        Ok(())
    }

    /// Gives thread-local data fresh storage for a new thread; the addresses of the old thread are returned.
    pub(crate) fn enter_thread(&mut self) -> Result<Vec<u64>, Stop> {
        let (module, old) = (self.module, self.addresses.clone());
        let own: Vec<&Data> =
            module.data.values().filter(|data| module.symbols[data.symbol].tls.is_some()).collect();
        for data in &own {
            self.addresses[data.symbol.index()] = self.place_data(data.symbol, data)?;
        }
        self.place_aliases();
        for data in own {
            self.initialize(data)?;
        }
        Ok(old)
    }

    /// Follows aliases to an address; the verifier excludes circles.
    fn alias_address(&self, symbol: Symbol) -> u64 {
        let (mut at, mut offset) = (symbol, 0u64);
        for _ in 0..=self.module.symbols.len() {
            match self.module.symbols[at].definition {
                SymbolDefinition::Alias(target, addend) => {
                    at = target;
                    offset = offset.wrapping_add(addend as u64);
                }
                _ => break,
            }
        }
        self.addresses[at.index()].wrapping_add(offset)
    }

    fn data_bytes(&self, data: &Data) -> Result<Vec<u8>, Stop> {
        let mut out = Vec::with_capacity(data.size() as usize);
        for item in &data.items {
            match item {
                DataItem::Bytes(bytes) => out.extend_from_slice(bytes),
                DataItem::Zeros(n) => out.resize(out.len() + *n as usize, 0),
                DataItem::Address { symbol, addend, size } => {
                    let address = self.addresses[symbol.index()].wrapping_add(*addend as u64);
                    out.extend_from_slice(&address.to_le_bytes()[..usize::from(*size)]);
                }
                DataItem::BlockAddress { function, block, addend, size } => {
                    let address = self.memory.block_address(function.0, block.0).wrapping_add(*addend as u64);
                    out.extend_from_slice(&address.to_le_bytes()[..usize::from(*size)]);
                }
                DataItem::Difference { plus, minus, addend, size } => {
                    let difference = self.label_address(*plus).wrapping_sub(self.label_address(*minus));
                    let value = difference.wrapping_add(*addend as u64);
                    out.extend_from_slice(&value.to_le_bytes()[..usize::from(*size)]);
                }
            }
        }
        Ok(out)
    }

    fn label_address(&self, label: Label) -> u64 {
        match label {
            Label::Symbol(symbol) => self.addresses[symbol.index()],
            Label::Block(function, block) => self.memory.block_address(function.0, block.0),
        }
    }
}
