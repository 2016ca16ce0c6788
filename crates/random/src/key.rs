//! Keys that name streams of random numbers.

use crate::Rng;

/// 2^64 divided by the golden ratio, made odd: the increment of SplitMix64.
const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

/// Names a stream of random words.
///
/// Derive a key for each purpose with [`named`](Key::named), and for each epoch, step or sample
/// with [`at`](Key::at).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key(u64);

impl Key {
    /// Returns the root key of a seed.
    pub const fn new(seed: u64) -> Self {
        Self(mix(seed ^ 0x5A75_6E64_6572_2121))
    }

    /// Returns the sub-stream with a name, such as `"shuffle"`. The name's FNV-1a hash is mixed
    /// into the key.
    #[must_use]
    #[inline]
    pub const fn named(self, name: &str) -> Self {
        let bytes = name.as_bytes();
        let mut hash = 0xCBF2_9CE4_8422_2325_u64;
        let mut i = 0;
        while i < bytes.len() {
            hash = (hash ^ bytes[i] as u64).wrapping_mul(0x0000_0100_0000_01B3);
            i += 1;
        }
        Self(mix(self.0.rotate_left(32) ^ mix(hash)))
    }

    /// Returns the sub-stream with a number, such as an epoch or the index of a sample.
    #[must_use]
    #[inline]
    pub const fn at(self, index: u64) -> Self {
        Self(mix(self.0 ^ mix(index.wrapping_mul(GOLDEN).wrapping_add(GOLDEN))))
    }

    /// Returns word `counter` of the stream, uniform over all 64-bit integers: SplitMix64 at that
    /// position.
    #[inline]
    pub const fn word(self, counter: u64) -> u64 {
        mix(self.0.wrapping_add(counter.wrapping_add(1).wrapping_mul(GOLDEN)))
    }

    /// Returns a generator that starts at the first word of this stream.
    #[inline]
    pub const fn rng(self) -> Rng {
        Rng::new(self, 0)
    }

    /// Returns a generator that starts at word `counter` of this stream, so that several threads
    /// can share it.
    ///
    /// ```
    /// use zunder_random::Key;
    ///
    /// let key = Key::new(1);
    /// let mut whole = key.rng();
    /// whole.normal(); // two words
    /// assert_eq!(key.rng_at(2).normal(), whole.normal());
    /// ```
    #[inline]
    pub const fn rng_at(self, counter: u64) -> Rng {
        Rng::new(self, counter)
    }

    /// Returns the key as a number, for interfaces that do not have the type [`Key`].
    pub const fn to_u64(self) -> u64 {
        self.0
    }

    /// Returns the key with the number `word`: the inverse of [`to_u64`](Key::to_u64).
    pub const fn from_u64(word: u64) -> Self {
        Self(word)
    }
}

/// Applies the finaliser of SplitMix64 (Stafford's variant 13): a bijection in which each input bit
/// flips each output bit with a chance near one half.
#[inline]
const fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first outputs of the reference implementation for state 0 and for state 1234567.
    #[test]
    fn words_are_splitmix64() {
        let zero = Key::from_u64(0);
        assert_eq!(zero.word(0), 0xE220_A839_7B1D_CDAF);
        assert_eq!(zero.word(1), 0x6E78_9E6A_A1B9_65F4);
        let other = Key::from_u64(1_234_567);
        assert_eq!(other.word(0), 6_457_827_717_110_365_317);
        assert_eq!(other.word(1), 3_203_168_211_198_807_973);
    }

    #[test]
    fn derived_keys_differ() {
        let root = Key::new(1);
        let keys = [
            root,
            root.named("a"),
            root.named("b"),
            root.at(0),
            root.at(1),
            root.named("a").at(0),
            Key::new(2),
            root.at(0).named("a"),
        ];
        for (i, a) in keys.iter().enumerate() {
            for b in &keys[..i] {
                assert_ne!(a, b);
            }
        }
    }

    /// Runs must be reproducible for years: these values must never change.
    #[test]
    fn streams_are_pinned() {
        let key = Key::new(7).named("golden").at(3);
        assert_eq!(key.word(0), 2_113_196_460_089_028_956);
    }
}
