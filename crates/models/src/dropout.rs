use burn::tensor::{Tensor, TensorData};
use zunder_random::Key;

/// Sets each element to 0 with probability `p` and divides the others by the probability to keep, 1 - p. Srivastava et al. 2014, in the inverted form.
///
/// The lecture (6a.3) leaves the training values as they are and scales at test time; dividing in training instead gives the same expectation and leaves nothing to do at test time.
/// (The slide's factor "p" there is the probability to keep; here, as in every library, `p` is the probability to drop.)
///
/// The mask is a function of `key` alone: equal on every backend and at any thread count, and a checkpoint needs no generator state. Element i is dropped when half-word i of the
/// stream, a uniform 32-bit integer, lies below p * 2^32.
///
/// # Shapes
/// `[N, F]` to `[N, F]`.
pub fn dropout(input: Tensor<2>, p: f64, key: Key) -> Tensor<2> {
    if p <= 0.0 {
        return input;
    }
    let [rows, columns] = input.dims();
    let mask = TensorData::new(mask(rows * columns, p, key), [rows, columns]);
    let mask = Tensor::from_data(mask, &input.device());
    input * mask
}

/// A mask of n entries: 0 with probability p, else 1 / (1 - p).
fn mask(n: usize, p: f64, key: Key) -> Vec<f32> {
    let threshold = (p * 4_294_967_296.0) as u64;
    let keep = (1.0 / (1.0 - p)) as f32;
    let value = |half: u64| if half < threshold { 0.0 } else { keep };
    let mut mask = vec![0.0; n];
    for (pair, counter) in mask.chunks_mut(2).zip(0..) {
        let word = key.word(counter);
        pair[0] = value(word & 0xFFFF_FFFF);
        if let Some(second) = pair.get_mut(1) {
            *second = value(word >> 32);
        }
    }
    mask
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;

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
    }

    /// The lecture scales by the probability to keep at test time. Averaged over many masks, training with division does the same to the next layer's input.
    #[test]
    fn equals_the_scaling_at_test_time_in_expectation() {
        let device = Device::flex();
        let (p, masks) = (0.4, 4000);
        let x = Tensor::<2>::from_floats([[1.0, -2.0, 0.5]], &device);
        let sum = (0..masks).fold(Tensor::<2>::zeros([1, 3], &device), |sum, i| sum + dropout(x.clone(), p, Key::new(5).at(i)));
        // Undivided masks (the lecture's training) have the mean keep * x; ours, times keep, must agree.
        let ours = sum.mul_scalar((1.0 - p) / masks as f64).try_into_vec_as::<f32>().unwrap();
        for (got, x) in ours.iter().zip([1.0, -2.0, 0.5_f32]) {
            assert!((got - 0.6 * x).abs() < 0.05, "{ours:?}");
        }
    }
}
