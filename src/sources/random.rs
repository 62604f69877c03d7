//! Lots: numbers that follow from a seed, the same on every machine.

/// Numbers without end, all of which follow from a seed and a name.
pub(super) struct Random(u64);

impl Random {
    /// Lots of one table, or of one group of objects.
    pub(super) fn new(seed: u64, name: &str) -> Self {
        let mut state = seed ^ 0xCBF2_9CE4_8422_2325;
        for byte in name.bytes() {
            state = (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3);
        }
        Self(state)
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`, which is not 0; the bias of 128 bits is of no account.
    pub(super) fn below(&mut self, end: u128) -> u128 {
        (u128::from(self.next()) << 64 | u128::from(self.next())) % end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lots_follow_from_seed_and_name() {
        assert_eq!(Random::new(7, "t").next(), Random::new(7, "t").next());
        assert_ne!(Random::new(7, "t").next(), Random::new(8, "t").next());
        assert_ne!(Random::new(7, "t").next(), Random::new(7, "u").next());
    }
}
