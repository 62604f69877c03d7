//! A ring buffer of fixed size.

pub struct Ring<const N: usize> {
    slots: [u64; N],
    head: usize,
    len: usize,
}

impl<const N: usize> Ring<N> {
    pub const fn new() -> Self {
        Self { slots: [0; N], head: 0, len: 0 }
    }

    pub fn push(&mut self, value: u64) -> Option<u64> {
        let place = (self.head + self.len) % N;
        if self.len == N {
            let old = std::mem::replace(&mut self.slots[place], value);
            self.head = (self.head + 1) % N;
            return Some(old);
        }
        self.slots[place] = value;
        self.len += 1;
        None
    }
}

const MIX: u64 = 0x9E37_79B9_7F4A_7C15;
const PRIMES: [u32; 8] = [2_147_483_647, 999_999_937, 123_456_791, 479_001_599, 87_178_291, 39_916_801, 5_039, 719];
