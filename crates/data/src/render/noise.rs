//! Adds normally distributed noise to pixel values.

use std::sync::LazyLock;

use zunder_random::Key;

/// The standard normal distribution as 4,096 equally likely values: the quantiles in the middle of
/// each share, scaled to variance 1.
///
/// A table lookup costs a tenth of an exact draw, and finer steps would be lost in images of 256
/// levels. The largest value is 3.67.
static QUANTILES: LazyLock<Vec<f32>> = LazyLock::new(|| {
    let quantiles: Vec<f64> =
        (0..LEVELS).map(|i| quantile((i as f64 + 0.5) / LEVELS as f64)).collect();
    let deviation = libm::sqrt(quantiles.iter().map(|q| q * q).sum::<f64>() / LEVELS as f64);
    quantiles.into_iter().map(|q| (q / deviation) as f32).collect()
});

const LEVELS: usize = 1 << 12;

/// Adds noise of standard deviation `std` to values of 0 to 255, which are clamped to this range.
pub(crate) fn add_noise(values: &mut [f32], std: f32, key: Key) {
    let quantiles = &QUANTILES[..];
    // Each word gives five draws of 12 bits.
    for (word, values) in (0..).map(|i| key.word(i)).zip(values.chunks_mut(5)) {
        for (i, value) in values.iter_mut().enumerate() {
            let draw = quantiles[(word >> (12 * i)) as usize % LEVELS];
            *value = (*value + std * draw).clamp(0.0, 255.0);
        }
    }
}

/// Returns the x with a share p of the normal distribution below it, by bisection of the
/// distribution function.
fn quantile(p: f64) -> f64 {
    let below = |x: f64| 0.5 * libm::erfc(-x / std::f64::consts::SQRT_2);
    let (mut low, mut high) = (-10.0, 10.0);
    for _ in 0..50 {
        let middle = f64::midpoint(low, high);
        if below(middle) < p { low = middle } else { high = middle }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Quantiles of the normal distribution from printed tables.
    #[test]
    fn quantiles_are_the_normal_distributions() {
        for (p, x) in [(0.5, 0.0), (0.975, 1.959_964), (0.01, -2.326_348)] {
            assert!((quantile(p) - x).abs() < 1e-6);
        }
    }

    #[test]
    fn noise_has_its_deviation_and_no_bias() {
        let mut values = vec![100.0_f32; 100_000];
        add_noise(&mut values, 8.0, Key::new(1));
        let n = values.len() as f32;
        let mean = values.iter().map(|v| v - 100.0).sum::<f32>() / n;
        let std = (values.iter().map(|v| (v - 100.0).powi(2)).sum::<f32>() / n).sqrt();
        let beyond = values.iter().filter(|v| (*v - 100.0).abs() > 16.0).count() as f32 / n;
        assert!(mean.abs() < 0.15 && (std - 8.0).abs() < 0.1, "{mean} {std}");
        assert!((beyond - 0.0455).abs() < 0.004, "{beyond}");
        let neighbours =
            values.windows(2).map(|pair| (pair[0] - 100.0) * (pair[1] - 100.0)).sum::<f32>()
                / n
                / 64.0;
        assert!(neighbours.abs() < 0.02, "{neighbours}");
    }

    #[test]
    fn values_stay_in_their_range() {
        let mut values = [0.0_f32, 255.0].repeat(500);
        add_noise(&mut values, 255.0, Key::new(2));
        assert!(values.iter().all(|v| (0.0..=255.0).contains(v)));
    }
}
