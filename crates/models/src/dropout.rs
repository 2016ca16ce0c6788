//! Dropout with masks that are determined by a key.

use burn::tensor::{Device, Tensor, TensorData};
use rayon::prelude::*;
use zunder_random::Key;

#[cfg(feature = "flex")]
use crate::function::Function;

/// The number of elements that one task draws.
const CHUNK: usize = 1 << 14;

/// Sets each element to 0 with probability `p` and divides the others by the probability 1 - p of
/// keeping them. Srivastava et al. 2014, in the inverted form.
///
/// The lecture (6a.3) leaves the values unscaled in training and scales them at test time. Dividing
/// in training gives the same expectation and requires no scaling at test time. (In the lecture's
/// slide "p" is the probability to keep an element; here, as in common libraries, `p` is the
/// probability to drop it.)
///
/// The mask depends only on `key`: it is the same on every backend and for any number of threads,
/// and a checkpoint needs no generator state. Element i is dropped if half-word i of the stream, a
/// uniform 32-bit integer, is below p * 2^32.
///
/// # Shapes
/// `[N, F]` to `[N, F]`.
pub fn dropout(input: Tensor<2>, p: f64, key: Key) -> Tensor<2> {
    let Some(mask) = Mask::new(p, key) else { return input };
    #[cfg(feature = "flex")]
    let input = match crate::activation_flex::activated(input, Function::Identity, Some(mask)) {
        Ok(output) => return output,
        Err(input) => input,
    };
    mask.apply(input)
}

/// The factors of the elements of a matrix, row by row: 0 with probability p, else 1 / (1 - p).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mask {
    key: Key,
    threshold: u32,
    /// 1 / (1 - p).
    keep: f32,
}

impl Mask {
    /// Creates the mask; `None` if nothing is dropped.
    pub(crate) fn new(p: f64, key: Key) -> Option<Self> {
        (p > 0.0).then(|| Self {
            key,
            threshold: (p * 4_294_967_296.0) as u32,
            keep: (1.0 / (1.0 - p)) as f32,
        })
    }

    /// Returns the factor of elements that are kept.
    #[cfg(feature = "flex")]
    pub(crate) fn keep(&self) -> f32 {
        self.keep
    }

    /// Multiplies each element by its factor, with Burn's operations.
    pub(crate) fn apply<const D: usize>(&self, input: Tensor<D>) -> Tensor<D> {
        let mask = self.tensor(input.dims(), &input.device());
        input * mask
    }

    /// Returns the factors of a whole tensor.
    pub(crate) fn tensor<const D: usize>(&self, shape: [usize; D], device: &Device) -> Tensor<D> {
        Tensor::from_data(TensorData::new(self.entries(shape.iter().product()), shape), device)
    }

    /// Writes the factors of the elements from number `start` on.
    pub(crate) fn fill(&self, start: usize, entries: &mut [f32]) {
        let counter = start as u64 / 2;
        let (half, entries) = entries.split_at_mut(start % 2 * entries.len().min(1));
        if let [entry] = half {
            *entry = self.entry((self.key.word(counter) >> 32) as u32);
        }
        let counter = counter + half.len() as u64;
        let (pairs, last) = entries.as_chunks_mut::<2>();
        fill_pairs(*self, counter, pairs);
        if let [entry] = last {
            *entry = self.entry(self.key.word(counter + pairs.len() as u64) as u32);
        }
    }

    #[inline]
    fn entry(self, half: u32) -> f32 {
        if half < self.threshold { 0.0 } else { self.keep }
    }

    fn entries(&self, n: usize) -> Vec<f32> {
        let mut entries = vec![0.0; n];
        entries
            .par_chunks_mut(CHUNK)
            .enumerate()
            .for_each(|(i, chunk)| self.fill(i * CHUNK, chunk));
        entries
    }
}

/// Each word gives two factors, its lower half first.
#[multiversion::multiversion(targets("x86_64+avx512f+avx512dq", "x86_64+avx+avx2"))]
fn fill_pairs(mask: Mask, counter: u64, pairs: &mut [[f32; 2]]) {
    for (i, pair) in pairs.iter_mut().enumerate() {
        let word = mask.key.word(counter + i as u64);
        *pair = [mask.entry(word as u32), mask.entry((word >> 32) as u32)];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mask(n: usize, p: f64, key: Key) -> Vec<f32> {
        Mask::new(p, key).unwrap().entries(n)
    }

    #[test]
    fn drops_the_stated_share_and_keeps_the_mean() {
        for p in [0.1, 0.2, 0.5, 0.9] {
            let m = mask(200_001, p, Key::new(9));
            let n = m.len() as f64;
            let dropped = m.iter().filter(|v| **v == 0.0).count() as f64 / n;
            assert!((dropped - p).abs() < 5.0 * (p * (1.0 - p) / n).sqrt(), "{p}: {dropped}");
            assert!(m.iter().all(|v| *v == 0.0 || (f64::from(*v) * (1.0 - p) - 1.0).abs() < 1e-6));
        }
    }

    #[test]
    fn the_key_decides() {
        assert_eq!(mask(999, 0.3, Key::new(1)), mask(999, 0.3, Key::new(1)));
        assert_ne!(mask(999, 0.3, Key::new(1)), mask(999, 0.3, Key::new(2)));
        assert!(Mask::new(0.0, Key::new(1)).is_none());
    }

    /// Element i depends on half-word i, wherever a chunk begins and ends.
    #[test]
    fn pieces_are_those_of_the_whole() {
        let key = Key::new(3);
        let sizes = [0, 1, 2, 100, CHUNK - 1, CHUNK, CHUNK + 1];
        let longest = mask(5 * CHUNK + 3, 0.4, key);
        for n in sizes {
            assert_eq!(mask(n, 0.4, key), longest[..n], "{n} entries");
        }
        for (i, entry) in longest.iter().enumerate() {
            let half = (key.word(i as u64 / 2) >> (32 * (i % 2))) as u32;
            assert_eq!(*entry == 0.0, f64::from(half) < 0.4 * 4_294_967_296.0, "{i}");
        }
        let whole = &longest[..100];
        for (start, end) in [(0, 1), (1, 2), (1, 1), (0, 7), (3, 8), (3, 9), (4, 99), (5, 100)] {
            let mut piece = vec![-1.0; end - start];
            Mask::new(0.4, key).unwrap().fill(start, &mut piece);
            assert_eq!(piece, whole[start..end], "{start} to {end}");
        }
    }

    /// The lecture scales by the probability to keep at test time. Averaged over many masks,
    /// dividing in training gives the same input to the next layer.
    #[test]
    fn equals_the_scaling_at_test_time_in_expectation() {
        let device = Device::flex();
        let (p, masks) = (0.4, 4000);
        let x = Tensor::<2>::from_floats([[1.0, -2.0, 0.5]], &device);
        let sum = (0..masks).fold(Tensor::<2>::zeros([1, 3], &device), |sum, i| {
            sum + dropout(x.clone(), p, Key::new(5).at(i))
        });
        // Masks without division (as the lecture trains) have the mean keep * x; those with
        // division, times keep, must agree.
        let ours = sum.mul_scalar((1.0 - p) / masks as f64).try_into_vec_as::<f32>().unwrap();
        for (got, x) in ours.iter().zip([1.0, -2.0, 0.5_f32]) {
            assert!((got - 0.6 * x).abs() < 0.05, "{ours:?}");
        }
    }
}
