//! Sorted tags with two ways in front of them: a filter that turns away nearly everything absent with one cache line,
//! and a directory that leads to the eight or so neighbours of a tag.
//!
//! Both are made from the tags when an index is read, in the order of memory, so a file holds nothing that could
//! contradict its tags.

/// Bits of the filter for each tag: one in two hundred absent tags passes.
const FILTER_BITS_PER_TAG: usize = 12;

/// The odd multipliers of the split block Bloom filter of the Parquet format.
const SALTS: [u32; 8] =
    [0x47b6_137b, 0x4497_4d91, 0x8824_ad5b, 0xa2b7_289d, 0x7054_95c7, 0x2df1_424b, 0x9efc_4947, 0x5c6b_fb31];

/// Half a cache line: one bit of each word belongs to a tag.
#[repr(align(32))]
#[derive(Clone, Copy, Default)]
struct Block([u32; 8]);

/// A split block Bloom filter over tags.
#[derive(Default)]
pub(super) struct Filter {
    blocks: Vec<Block>,
}

impl Filter {
    /// Empty, and large enough for so many tags.
    pub(super) fn with_capacity(tags: usize) -> Self {
        Self { blocks: vec![Block::default(); (tags * FILTER_BITS_PER_TAG).div_ceil(256)] }
    }

    fn place(&self, tag: u64) -> usize {
        (((tag >> 32) * self.blocks.len() as u64) >> 32) as usize
    }

    /// Adds a tag; a filter of no capacity stays empty.
    pub(super) fn insert(&mut self, tag: u64) {
        let place = self.place(tag);
        if let Some(Block(words)) = self.blocks.get_mut(place) {
            for (word, salt) in words.iter_mut().zip(SALTS) {
                *word |= 1 << ((tag as u32).wrapping_mul(salt) >> 27);
            }
        }
    }

    /// `false` only for tags that were not added.
    #[inline]
    pub(super) fn may_contain(&self, tag: u64) -> bool {
        let Some(Block(words)) = self.blocks.get(self.place(tag)) else { return false };
        let mut missing = 0;
        for (word, salt) in words.iter().zip(SALTS) {
            missing |= !word & (1 << ((tag as u32).wrapping_mul(salt) >> 27));
        }
        missing == 0
    }

    /// Memory that it takes.
    pub(super) fn bytes(&self) -> usize {
        self.blocks.len() * size_of::<Block>()
    }
}

/// The tags of one column, strictly ascending.
pub(super) struct Tags {
    tags: Vec<u64>,
    /// Where the tags with the same leading bits begin.
    directory: Vec<u32>,
    shift: u32,
}

impl Tags {
    /// `None` where the tags are not strictly ascending, or too many.
    pub(super) fn new(tags: Vec<u64>) -> Option<Self> {
        u32::try_from(tags.len()).ok()?;
        let bits = (tags.len() / 8).max(1).ilog2();
        // A shift by the width of the word is none, so one bucket is looked up by a shift of 63 and its two halves.
        let bits = bits.max(1);
        let shift = 64 - bits;
        let mut directory = vec![0u32; (1 << bits) + 1];
        let mut before = None;
        for tag in &tags {
            if before.is_some_and(|before| before >= *tag) {
                return None;
            }
            before = Some(*tag);
            directory[(tag >> shift) as usize + 1] += 1;
        }
        let mut sum = 0;
        for start in &mut directory {
            sum += *start;
            *start = sum;
        }
        Some(Self { tags, directory, shift })
    }

    /// Whether the tag is one of them.
    #[inline]
    pub(super) fn contains(&self, tag: u64) -> bool {
        let bucket = (tag >> self.shift) as usize;
        let (start, end) = (self.directory[bucket] as usize, self.directory[bucket + 1] as usize);
        self.tags[start..end].contains(&tag)
    }

    /// All of them, ascending.
    pub(super) fn as_slice(&self) -> &[u64] {
        &self.tags
    }

    /// Memory that they take.
    pub(super) fn bytes(&self) -> usize {
        self.tags.len() * 8 + self.directory.len() * 4
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SplitMix64: tags as spread as real ones.
    fn spread(index: u64) -> u64 {
        let mut z = index.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    #[test]
    fn what_was_added_is_found_and_little_else_passes_the_filter() {
        for count in [0u64, 1, 2, 7, 8, 9, 100, 50_000] {
            let mut all: Vec<u64> = (0..count).map(spread).collect();
            all.extend([0, u64::MAX]);
            all.sort_unstable();
            let mut filter = Filter::with_capacity(all.len());
            all.iter().for_each(|tag| filter.insert(*tag));
            let tags = Tags::new(all.clone()).unwrap();
            assert!(all.iter().all(|tag| filter.may_contain(*tag) && tags.contains(*tag)), "{count}");
            let absent: Vec<u64> = (1_000_000..1_020_000).map(spread).collect();
            assert!(absent.iter().all(|tag| !tags.contains(*tag)));
            if count == 50_000 {
                let passed = absent.iter().filter(|tag| filter.may_contain(**tag)).count();
                assert!(passed < 200, "{passed} of 20000 pass");
            }
        }
        let none = Filter::with_capacity(0);
        assert!(!none.may_contain(5));
        assert!(!Tags::new(Vec::new()).unwrap().contains(5));
    }

    #[test]
    fn tags_out_of_order_are_refused() {
        assert!(Tags::new(vec![2, 1]).is_none());
        assert!(Tags::new(vec![1, 1]).is_none());
    }
}
