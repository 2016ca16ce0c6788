//! The generator that reads a stream of random words.

use crate::Key;

/// Reads a stream word by word.
///
/// ```
/// let mut rng = zunder_random::Key::new(1).rng();
/// let x = rng.f32();
/// assert!((0.0..1.0).contains(&x));
/// assert!(rng.below(6) < 6);
/// ```
#[derive(Clone, Debug)]
pub struct Rng {
    key: Key,
    counter: u64,
}

impl Rng {
    #[inline]
    pub(crate) const fn new(key: Key, counter: u64) -> Self {
        Self { key, counter }
    }

    /// Returns the next 64 random bits.
    #[inline]
    pub const fn next_u64(&mut self) -> u64 {
        let word = self.key.word(self.counter);
        self.counter += 1;
        word
    }

    /// Returns a number uniform in [0, 1), a multiple of 2^-24.
    #[inline]
    pub fn f32(&mut self) -> f32 {
        (self.next_u64() >> 40) as f32 * (1.0 / 16_777_216.0)
    }

    /// Returns a number uniform in [0, 1), a multiple of 2^-53. Takes one word.
    #[inline]
    pub fn f64(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 * (1.0 / 9_007_199_254_740_992.0)
    }

    /// Returns a number uniform in [`low`, `high`).
    #[inline]
    pub fn range(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * self.f32()
    }

    /// Returns an integer uniform in `0..n`, or 0 if `n` is 0. Unbiased: Lemire 2019, "Fast random
    /// integer generation in an interval".
    #[inline]
    pub fn below(&mut self, n: usize) -> usize {
        let n = n as u64;
        let mut product = u128::from(self.next_u64()) * u128::from(n);
        if (product as u64) < n {
            let threshold = n.wrapping_neg() % n.max(1);
            while (product as u64) < threshold {
                product = u128::from(self.next_u64()) * u128::from(n);
            }
        }
        (product >> 64) as usize
    }

    /// Returns true with probability `p`.
    #[inline]
    pub fn chance(&mut self, p: f32) -> bool {
        self.f32() < p
    }

    /// Returns a number from the standard normal distribution N(0, 1). Takes two words (Box-Muller
    /// transform).
    pub fn normal(&mut self) -> f64 {
        let radius = libm::sqrt(-2.0 * libm::log(1.0 - self.f64()));
        radius * libm::cos(core::f64::consts::TAU * self.f64())
    }

    /// Returns a number between 0 and 1 from the symmetric beta distribution Beta(a, a), for `a`
    /// above 0: G1 / (G1 + G2) for two gamma variates (Marsaglia and Tsang 2000, "A simple method
    /// for generating gamma variables").
    pub fn beta(&mut self, a: f64) -> f64 {
        let (x, y) = (self.ln_gamma_variate(a), self.ln_gamma_variate(a));
        1.0 / (1.0 + libm::exp(y - x))
    }

    /// Returns the logarithm of a gamma variate. For small `a` the variate itself would underflow
    /// to 0.
    fn ln_gamma_variate(&mut self, a: f64) -> f64 {
        if a < 1.0 {
            return self.ln_gamma_variate(a + 1.0) + libm::log(1.0 - self.f64()) / a;
        }
        let d = a - 1.0 / 3.0;
        let c = 1.0 / libm::sqrt(9.0 * d);
        loop {
            let x = self.normal();
            let root = 1.0 + c * x;
            let v = root * root * root;
            if v > 0.0 && libm::log(1.0 - self.f64()) < 0.5 * x * x + d * (1.0 - v + libm::log(v)) {
                return libm::log(d * v);
            }
        }
    }

    /// Shuffles the items; all orders are equally likely (Fisher-Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.below(i + 1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn below_is_uniform_and_in_range() {
        let mut rng = Key::new(3).rng();
        let mut counts = [0_i32; 7];
        for _ in 0..70_000 {
            counts[rng.below(7)] += 1;
        }
        // Five standard deviations of a binomial count.
        assert!(counts.iter().all(|c| (c - 10_000).abs() < 5 * 93), "{counts:?}");
        assert_eq!(rng.below(0), 0);
        assert_eq!(rng.below(1), 0);
    }

    #[test]
    fn normal_has_mean_0_and_variance_1() {
        let mut rng = Key::new(4).rng();
        let n = 100_000;
        let draws: Vec<f64> = (0..n).map(|_| rng.normal()).collect();
        let mean = draws.iter().sum::<f64>() / f64::from(n);
        let variance = draws.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / f64::from(n);
        let beyond_2 = draws.iter().filter(|x| x.abs() > 2.0).count() as f64 / f64::from(n);
        assert!(mean.abs() < 0.02, "{mean}");
        assert!((variance - 1.0).abs() < 0.03, "{variance}");
        assert!((beyond_2 - 0.0455).abs() < 0.004, "{beyond_2}");
    }

    #[test]
    fn uniform_fills_its_interval() {
        let mut rng = Key::new(5).rng();
        let draws: Vec<f32> = (0..100_000).map(|_| rng.range(-2.0, 2.0)).collect();
        assert!(draws.iter().all(|x| (-2.0..2.0).contains(x)));
        assert!(draws.iter().sum::<f32>().abs() / 1e5 < 0.02);
        let hits = (0..10_000).filter(|_| rng.chance(0.3)).count();
        assert!((2_750..3_250).contains(&hits), "{hits}");
    }

    #[test]
    fn beta_has_its_mean_and_variance() {
        for a in [0.01, 0.3, 1.0, 5.0] {
            let mut rng = Key::new(8).rng();
            let n = 40_000;
            let draws: Vec<f64> = (0..n).map(|_| rng.beta(a)).collect();
            assert!(draws.iter().all(|x| (0.0..=1.0).contains(x)));
            let mean = draws.iter().sum::<f64>() / f64::from(n);
            let variance = draws.iter().map(|x| (x - 0.5).powi(2)).sum::<f64>() / f64::from(n);
            assert!((mean - 0.5).abs() < 0.013, "{a}: {mean}");
            // Of Beta(a, a): 1 / (4 (2a + 1)).
            assert!((variance * 4.0 * (2.0 * a + 1.0) - 1.0).abs() < 0.03, "{a}: {variance}");
        }
    }

    #[test]
    fn shuffle_keeps_every_item_and_reaches_every_order() {
        let mut seen = std::collections::HashSet::new();
        for i in 0..200 {
            let mut items = [0, 1, 2];
            Key::new(6).at(i).rng().shuffle(&mut items);
            seen.insert(items);
        }
        assert_eq!(seen.len(), 6);
    }
}
