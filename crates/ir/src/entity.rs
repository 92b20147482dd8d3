//! Dense entity ids and the maps indexed by them.

use std::fmt;
use std::marker::PhantomData;
use std::ops::{Index, IndexMut};

/// An id that is an index: `0..n`.
pub trait Entity: Copy + Eq {
    /// The id with this index.
    fn from_index(index: usize) -> Self;
    /// The index of this id.
    fn index(self) -> usize;
}

macro_rules! entities {
    ($($(#[$doc:meta])* $name:ident $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(transparent)]
        pub struct $name(pub u32);

        impl $name {
            /// A value that no real entity has, for "none" in packed tables.
            pub const RESERVED: $name = $name(u32::MAX);

            /// Whether this is a real entity, not `RESERVED`.
            #[inline]
            pub fn is_some(self) -> bool {
                self.0 != u32::MAX
            }
        }

        impl Entity for $name {
            #[inline]
            fn from_index(index: usize) -> $name {
                debug_assert!(index < u32::MAX as usize);
                $name(index as u32)
            }
            #[inline]
            fn index(self) -> usize {
                self.0 as usize
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "{}"), self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
    )*};
}

entities! {
    /// An SSA value of a function.
    Value "v";
    /// An instruction of a function.
    Inst "inst";
    /// A basic block of a function.
    Block "block";
    /// A stack slot of a function.
    StackSlot "ss";
    /// A list of values in a function's list pool.
    ValueList "list";
    /// A branch target with its arguments, in a function's table.
    BlockCall "bc";
    /// A signature used by a function's calls.
    SigRef "sig";
    /// A constant of more than 64 bits in a function's table.
    Constant "const";
    /// A switch table of a function.
    Switch "switch";
    /// A landing pad's clauses, in a function's table.
    LandingPad "pad";
    /// An inline-assembly statement of a function.
    AsmRef "asm";
    /// A symbol of a module.
    Symbol "sym";
    /// A function body of a module.
    FuncId "fn";
    /// A data object of a module.
    DataId "data";
    /// A named aggregate type of a module.
    Aggregate "agg";
    /// A section name of a module.
    Section "section";
    /// A comdat group of a module.
    Comdat "comdat";
    /// An alias tag of a module.
    AliasTagId "tag";
    /// A debug type of a module.
    DebugType "dtype";
    /// A debug scope of a module.
    DebugScope "dscope";
    /// A debug variable of a module.
    DebugVariable "dvar";
}

/// A vector indexed by an entity id.
#[derive(Clone, PartialEq, Eq)]
pub struct EntityMap<K, V> {
    items: Vec<V>,
    key: PhantomData<K>,
}

impl<K: Entity, V> EntityMap<K, V> {
    /// An empty map.
    pub fn new() -> Self {
        EntityMap { items: Vec::new(), key: PhantomData }
    }

    /// A map of `n` copies.
    pub fn filled(value: V, n: usize) -> Self
    where
        V: Clone,
    {
        EntityMap { items: vec![value; n], key: PhantomData }
    }

    /// Adds an item and returns its id.
    pub fn push(&mut self, value: V) -> K {
        let key = K::from_index(self.items.len());
        self.items.push(value);
        key
    }

    /// The id that the next `push` returns.
    pub fn next_key(&self) -> K {
        K::from_index(self.items.len())
    }

    /// The item, or `None` when the id is out of range.
    pub fn get(&self, key: K) -> Option<&V> {
        self.items.get(key.index())
    }

    /// The item, or `None` when the id is out of range.
    pub fn get_mut(&mut self, key: K) -> Option<&mut V> {
        self.items.get_mut(key.index())
    }

    /// Number of items.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Removes all items, keeping the allocation.
    pub fn clear(&mut self) {
        self.items.clear();
    }

    /// Grows or shrinks to `n` items.
    pub fn resize(&mut self, n: usize, value: V)
    where
        V: Clone,
    {
        self.items.resize(n, value);
    }

    /// All ids.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = K> + ExactSizeIterator + use<K, V> {
        (0..self.items.len()).map(K::from_index)
    }

    /// All ids with their items.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (K, &V)> {
        self.items.iter().enumerate().map(|(i, v)| (K::from_index(i), v))
    }

    /// All ids with their items, mutable.
    pub fn iter_mut(&mut self) -> impl DoubleEndedIterator<Item = (K, &mut V)> {
        self.items.iter_mut().enumerate().map(|(i, v)| (K::from_index(i), v))
    }

    /// The items in order.
    pub fn values(&self) -> std::slice::Iter<'_, V> {
        self.items.iter()
    }

    /// The items in order, mutable.
    pub fn values_mut(&mut self) -> std::slice::IterMut<'_, V> {
        self.items.iter_mut()
    }

    /// The items as a slice.
    pub fn as_slice(&self) -> &[V] {
        &self.items
    }
}

impl<K: Entity, V> Default for EntityMap<K, V> {
    fn default() -> Self {
        EntityMap::new()
    }
}

impl<K: Entity, V> Index<K> for EntityMap<K, V> {
    type Output = V;
    #[inline]
    fn index(&self, key: K) -> &V {
        &self.items[key.index()]
    }
}

impl<K: Entity, V> IndexMut<K> for EntityMap<K, V> {
    #[inline]
    fn index_mut(&mut self, key: K) -> &mut V {
        &mut self.items[key.index()]
    }
}

impl<K: Entity, V: fmt::Debug> fmt::Debug for EntityMap<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.items).finish()
    }
}
