//! Memory made of objects: globals, stack slots, heap blocks, functions, blocks of code.
//!
//! Addresses are plain numbers. Each kind of object has a region of the address space, objects never
//! touch (there is a gap after each), and with 64-bit addresses none is given twice, so that any
//! access outside a live object is noticed and can be named.
//!
//! ```text
//!   code      0x1000_0000           16 bytes per symbol, then 64 KiB per function for its blocks
//!   globals   0x1_0000_0000         sorted by address
//!   heap      0x1000_0000_0000      sorted by address, freed ones remembered for a while
//!   stack     0x6000_0000_0000      live ones only: a stack
//! ```

use crate::error::{ErrorKind, Stop, fault};
use lathe_ir::Symbol;
use std::fmt::Write;

/// The value of memory that nothing was written to.
const FRESH: u8 = 0xcd;
/// Bytes between objects.
const GAP: u64 = 32;
/// Freed heap objects are remembered until there are this many.
const MOST_FREED: usize = 4096;

/// Where regions begin.
#[derive(Clone, Copy, Debug)]
struct Regions {
    code: u64,
    blocks: u64,
    globals: u64,
    heap: u64,
    stack: u64,
    end: u64,
}

const WIDE: Regions = Regions {
    code: 0x1000_0000,
    blocks: 0x4000_0000,
    globals: 0x1_0000_0000,
    heap: 0x1000_0000_0000,
    stack: 0x6000_0000_0000,
    end: 0x7fff_0000_0000,
};

/// For 32-bit addresses; the stack's are given again after a function returns.
const NARROW: Regions = Regions {
    code: 0x0100_0000,
    blocks: 0x0400_0000,
    globals: 0x1000_0000,
    heap: 0x4000_0000,
    stack: 0xc000_0000,
    end: 0xf000_0000,
};

/// What an object is, for messages.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ObjectKind {
    /// Data of the module, or of the host (`stdin`).
    Global(Symbol),
    /// A stack slot, by its name.
    Slot(u32, Option<Box<str>>),
    /// `stack_alloc`, or a by-value aggregate.
    Dynamic,
    /// Allocated by `malloc`.
    Heap,
    /// Belongs to the host (ctype tables, `FILE`).
    Host(&'static str),
}

#[derive(Clone, Debug)]
struct Object {
    base: u64,
    size: u64,
    kind: ObjectKind,
    is_const: bool,
    /// `free`d, or after `lifetime_end`.
    is_dead: bool,
    content: Content,
}

#[derive(Clone, Debug)]
enum Content {
    Own(Box<[u8]>),
    /// A range of the stack's bytes.
    Stack(usize),
}

/// All objects.
#[derive(Debug)]
pub struct Memory {
    regions: Regions,
    reuse_stack: bool,
    globals: Vec<Object>,
    heap: Vec<Object>,
    stack: Vec<Object>,
    stack_bytes: Vec<u8>,
    next_global: u64,
    next_heap: u64,
    next_stack: u64,
    freed: usize,
    /// Bytes in use, and their limit.
    used: u64,
    limit: u64,
    /// Names of symbols, for messages.
    names: Vec<Box<str>>,
}

/// A mark of the stack's extent.
#[derive(Clone, Copy, Debug)]
pub struct StackMark {
    objects: usize,
    next: u64,
}

impl Memory {
    /// Empty memory for addresses of this size; `limit` is the most bytes that may be in use.
    pub fn new(pointer_bytes: u32, limit: u64, names: Vec<Box<str>>) -> Memory {
        let regions = if pointer_bytes == 4 { NARROW } else { WIDE };
        Memory {
            regions,
            reuse_stack: pointer_bytes == 4,
            globals: Vec::new(),
            heap: Vec::new(),
            stack: Vec::new(),
            stack_bytes: Vec::new(),
            next_global: regions.globals,
            next_heap: regions.heap,
            next_stack: regions.stack,
            freed: 0,
            used: 0,
            limit,
            names,
        }
    }

    /// The address of a function.
    pub fn code_address(&self, symbol: Symbol) -> u64 {
        self.regions.code + 16 * u64::from(symbol.0)
    }

    /// The function at an address.
    pub fn function_at(&self, address: u64) -> Option<Symbol> {
        let offset = address.checked_sub(self.regions.code).filter(|_| address < self.regions.blocks)?;
        let index = (offset / 16) as usize;
        (offset.is_multiple_of(16) && index < self.names.len()).then_some(Symbol(index as u32))
    }

    /// The address of a block of a function.
    pub fn block_address(&self, function: u32, block: u32) -> u64 {
        self.regions.blocks + (u64::from(function) << 16) + u64::from(block)
    }

    fn reserve(next: &mut u64, end: u64, size: u64, align: u64) -> Result<u64, Stop> {
        let align = align.max(1);
        let base = next.checked_next_multiple_of(align);
        let after = base.and_then(|b| b.checked_add(size)).and_then(|a| a.checked_add(GAP));
        match (base, after) {
            (Some(base), Some(after)) if after <= end => {
                *next = after;
                Ok(base)
            }
            _ => fault(ErrorKind::Memory, "out of address space"),
        }
    }

    fn charge(&mut self, size: u64) -> Result<(), Stop> {
        self.used = self.used.saturating_add(size);
        if self.used > self.limit {
            return fault(ErrorKind::Memory, format!("more than {} bytes of memory in use", self.limit));
        }
        Ok(())
    }

    /// A new global.
    pub fn add_global(
        &mut self,
        symbol: Symbol,
        bytes: Vec<u8>,
        align: u64,
        is_const: bool,
    ) -> Result<u64, Stop> {
        self.add_fixed(ObjectKind::Global(symbol), bytes, align, is_const)
    }

    /// A new object of the host.
    pub fn add_host(&mut self, name: &'static str, bytes: Vec<u8>) -> Result<u64, Stop> {
        self.add_fixed(ObjectKind::Host(name), bytes, 16, false)
    }

    fn add_fixed(
        &mut self,
        kind: ObjectKind,
        bytes: Vec<u8>,
        align: u64,
        is_const: bool,
    ) -> Result<u64, Stop> {
        let size = bytes.len() as u64;
        self.charge(size)?;
        let base = Memory::reserve(&mut self.next_global, self.regions.heap, size, align)?;
        let content = Content::Own(bytes.into());
        self.globals.push(Object { base, size, kind, is_const, is_dead: false, content });
        Ok(base)
    }

    /// A heap block; `None` when memory is used up.
    pub fn allocate(&mut self, size: u64, align: u64, zeroed: bool) -> Option<u64> {
        if self.used.checked_add(size)? > self.limit {
            return None;
        }
        self.used += size;
        let base = Memory::reserve(&mut self.next_heap, self.regions.stack, size, align).ok()?;
        let content = Content::Own(vec![if zeroed { 0 } else { FRESH }; size as usize].into());
        let kind = ObjectKind::Heap;
        self.heap.push(Object { base, size, kind, is_const: false, is_dead: false, content });
        Some(base)
    }

    /// Frees a heap block.
    pub fn free(&mut self, address: u64) -> Result<(), Stop> {
        let found = self.heap.binary_search_by_key(&address, |o| o.base);
        let Ok(index) = found else {
            let what = self.describe(address);
            return fault(ErrorKind::Memory, format!("free of {what}, which malloc did not give"));
        };
        let object = &mut self.heap[index];
        if object.is_dead {
            return fault(ErrorKind::Memory, "free of a heap block that was freed before");
        }
        object.is_dead = true;
        object.content = Content::Own(Box::default());
        self.used -= object.size;
        self.freed += 1;
        if self.freed > MOST_FREED && self.freed > self.heap.len() / 2 {
            self.heap.retain(|o| !o.is_dead);
            self.freed = 0;
        }
        Ok(())
    }

    /// The size of a live heap block that begins at the address.
    pub fn heap_size(&self, address: u64) -> Option<u64> {
        let index = self.heap.binary_search_by_key(&address, |o| o.base).ok()?;
        (!self.heap[index].is_dead).then_some(self.heap[index].size)
    }

    /// The current extent of the stack.
    pub fn stack_mark(&self) -> StackMark {
        StackMark { objects: self.stack.len(), next: self.next_stack }
    }

    /// The extent of the stack as an address.
    pub fn stack_address(&self) -> u64 {
        self.next_stack
    }

    /// A new object on the stack.
    pub fn push_stack(&mut self, kind: ObjectKind, size: u64, align: u64) -> Result<u64, Stop> {
        self.charge(size)?;
        let base = Memory::reserve(&mut self.next_stack, self.regions.end, size, align)?;
        let start = self.stack_bytes.len();
        self.stack_bytes.resize(start + size as usize, FRESH);
        let content = Content::Stack(start);
        self.stack.push(Object { base, size, kind, is_const: false, is_dead: false, content });
        Ok(base)
    }

    /// Removes all stack objects since the mark.
    pub fn pop_stack(&mut self, mark: StackMark) {
        self.truncate_stack(mark.objects);
        if self.reuse_stack {
            self.next_stack = mark.next;
        }
    }

    /// Removes all stack objects at or above an address, but none below the mark.
    pub fn restore_stack(&mut self, address: u64, mark: StackMark) {
        let keep = self.stack.partition_point(|o| o.base < address).max(mark.objects);
        self.truncate_stack(keep);
    }

    fn truncate_stack(&mut self, keep: usize) {
        if let Some(Object { content: Content::Stack(start), .. }) = self.stack.get(keep) {
            let start = *start;
            self.used -= (self.stack_bytes.len() - start) as u64;
            self.stack_bytes.truncate(start);
        }
        self.stack.truncate(keep);
    }

    /// Begins or ends the life of a slot.
    pub fn set_slot_alive(&mut self, address: u64, is_alive: bool) {
        if let Ok(index) = self.stack.binary_search_by_key(&address, |o| o.base) {
            let object = &mut self.stack[index];
            object.is_dead = !is_alive;
            if let (true, Content::Stack(start)) = (is_alive, &object.content) {
                self.stack_bytes[*start..*start + object.size as usize].fill(FRESH);
            }
        }
    }

    fn region(&self, address: u64) -> &[Object] {
        if address >= self.regions.stack {
            &self.stack
        } else if address >= self.regions.heap {
            &self.heap
        } else {
            &self.globals
        }
    }

    fn find(&self, address: u64) -> Option<&Object> {
        let region = self.region(address);
        // The last object is the most used one on the stack.
        let last = region.last()?;
        if address >= last.base {
            return Some(last);
        }
        let index = region.partition_point(|o| o.base <= address).checked_sub(1)?;
        region.get(index)
    }

    /// The object that an access of `size` bytes stays within, and the offset in it.
    fn checked(&self, what: &str, address: u64, size: u64) -> Result<(&Object, usize), Stop> {
        if let Some(object) = self.find(address) {
            let offset = address - object.base;
            if !object.is_dead && offset <= object.size && size <= object.size - offset {
                return Ok((object, offset as usize));
            }
        }
        let place = self.describe(address);
        fault(ErrorKind::Memory, format!("{what} of {size} bytes at {place}"))
    }

    /// The bytes of a readable range.
    pub fn bytes(&self, address: u64, size: u64) -> Result<&[u8], Stop> {
        let (object, offset) = self.checked("load", address, size)?;
        let end = offset + size as usize;
        Ok(match &object.content {
            Content::Own(bytes) => &bytes[offset..end],
            Content::Stack(start) => &self.stack_bytes[start + offset..start + end],
        })
    }

    /// The bytes of a writable range.
    pub fn bytes_mut(&mut self, address: u64, size: u64) -> Result<&mut [u8], Stop> {
        let (object, offset) = self.checked("store", address, size)?;
        if object.is_const && size > 0 {
            let place = self.describe(address);
            return fault(ErrorKind::Memory, format!("store of {size} bytes to constant data: {place}"));
        }
        let end = offset + size as usize;
        if let Content::Stack(start) = object.content {
            return Ok(&mut self.stack_bytes[start + offset..start + end]);
        }
        let region = if address >= self.regions.heap { &mut self.heap } else { &mut self.globals };
        let index = region.partition_point(|o| o.base <= address) - 1;
        match &mut region[index].content {
            Content::Own(bytes) => Ok(&mut bytes[offset..end]),
            Content::Stack(_) => fault(ErrorKind::Memory, "a stack object outside the stack"),
        }
    }

    /// Little-endian bytes as a number.
    pub fn load(&self, address: u64, size: u32) -> Result<u128, Stop> {
        let bytes = self.bytes(address, size.into())?;
        let mut buffer = [0; 16];
        buffer[..bytes.len()].copy_from_slice(bytes);
        Ok(u128::from_le_bytes(buffer))
    }

    /// A number as little-endian bytes.
    pub fn store(&mut self, address: u64, size: u32, value: u128) -> Result<(), Stop> {
        let bytes = self.bytes_mut(address, size.into())?;
        bytes.copy_from_slice(&value.to_le_bytes()[..size as usize]);
        Ok(())
    }

    /// Copies between places that may overlap.
    pub fn copy(&mut self, to: u64, from: u64, size: u64) -> Result<(), Stop> {
        if size > 0 {
            let bytes = self.bytes(from, size)?.to_vec();
            self.bytes_mut(to, size)?.copy_from_slice(&bytes);
        }
        Ok(())
    }

    /// The bytes of a zero-terminated string, without the zero.
    pub fn string(&self, address: u64) -> Result<&[u8], Stop> {
        let rest = self.rest(address);
        match rest.iter().position(|b| *b == 0) {
            Some(length) => Ok(&rest[..length]),
            None => {
                let place = self.describe(address);
                fault(ErrorKind::Memory, format!("no end of the string that begins at {place}"))
            }
        }
    }

    /// All bytes from an address to the end of its object; none where there is no object.
    pub fn rest(&self, address: u64) -> &[u8] {
        let Some(object) = self.find(address) else { return &[] };
        let size = (object.base + object.size).saturating_sub(address);
        self.bytes(address, size).unwrap_or(&[])
    }

    /// Whether both addresses are in, or just past, the same object.
    pub fn same_object(&self, a: u64, b: u64) -> bool {
        let Some(object) = self.find(a) else { return false };
        let range = object.base..=object.base + object.size;
        range.contains(&a) && range.contains(&b)
    }

    /// An address in words: `8 bytes past the end of slot ss0 'x' (4 bytes)`.
    pub fn describe(&self, address: u64) -> String {
        if address < 4096 {
            return match address {
                0 => "the null address".to_string(),
                _ => format!("address {address:#x}, close to null"),
            };
        }
        if let Some(symbol) = self.function_at(address) {
            return format!("function @{}", self.names[symbol.0 as usize]);
        }
        let after = self.find(address).map(|o| (o, address - o.base));
        // Closer to the end of the object below than a few gaps: it was probably meant.
        let Some((object, offset)) = after.filter(|(o, offset)| *offset <= o.size + 64 * GAP) else {
            return match address {
                a if a >= self.regions.stack && a < self.next_stack => {
                    format!("address {address:#x}, a slot of a function that has returned")
                }
                _ => format!("address {address:#x}, where no object is"),
            };
        };
        let mut text = match () {
            () if offset >= object.size && object.size > 0 || offset > object.size => {
                format!("{} bytes past the end of ", offset - object.size)
            }
            () => format!("offset {offset} of "),
        };
        let _ = match &object.kind {
            ObjectKind::Global(symbol) => write!(text, "@{}", self.names[symbol.0 as usize]),
            ObjectKind::Slot(number, Some(name)) => write!(text, "slot ss{number} '{name}'"),
            ObjectKind::Slot(number, None) => write!(text, "slot ss{number}"),
            ObjectKind::Dynamic => write!(text, "a dynamic stack object"),
            ObjectKind::Heap => write!(text, "a heap block"),
            ObjectKind::Host(name) => write!(text, "{name}"),
        };
        let dead = match (&object.kind, object.is_dead) {
            (ObjectKind::Heap, true) => ", which was freed",
            (_, true) => ", whose lifetime has ended",
            _ => "",
        };
        let _ = write!(text, " ({} bytes{dead})", object.size);
        text
    }
}

impl Memory {
    /// Makes a global constant.
    pub fn set_const(&mut self, address: u64) {
        if let Ok(index) = self.globals.binary_search_by_key(&address, |o| o.base) {
            self.globals[index].is_const = true;
        }
    }

    /// Bytes that may still be allocated.
    pub fn left(&self) -> u64 {
        self.limit.saturating_sub(self.used)
    }
}
