//! Union of register masks over a range of events: a segment tree, built at once.

/// The tree.
#[derive(Debug, Default)]
pub(super) struct RangeUnion {
    nodes: Vec<u128>,
    count: usize,
}

impl RangeUnion {
    /// Builds the tree over masks.
    pub(super) fn build(&mut self, masks: impl ExactSizeIterator<Item = u128>) {
        self.count = masks.len();
        self.nodes.clear();
        self.nodes.resize(self.count, 0);
        self.nodes.extend(masks);
        for node in (1..self.count).rev() {
            self.nodes[node] = self.nodes[2 * node] | self.nodes[2 * node + 1];
        }
    }

    /// Union of the masks `first..end`.
    pub(super) fn union(&self, first: usize, end: usize) -> u128 {
        let (mut low, mut high) = (first + self.count, end + self.count);
        let mut mask = 0;
        while low < high {
            if low & 1 != 0 {
                mask |= self.nodes[low];
                low += 1;
            }
            if high & 1 != 0 {
                high -= 1;
                mask |= self.nodes[high];
            }
            low /= 2;
            high /= 2;
        }
        mask
    }
}
