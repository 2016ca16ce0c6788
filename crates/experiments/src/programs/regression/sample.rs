//! Noisy points of a line and of a curve.

use zunder_random::Key;

use crate::means::mean;

/// Number of training points.
pub(crate) const POINTS: usize = 16;
/// Number of new points that estimate the risk.
pub(crate) const FRESH: usize = 1000;
/// Standard deviation of the noise. Its square is the risk of the true function, the smallest
/// possible.
pub(super) const NOISE: f64 = 0.3;

/// A sample of points (x, y).
pub(crate) type Sample = Vec<(f64, f64)>;

/// Returns the key of a seed's random numbers.
pub(crate) fn key(seed: u64) -> Key {
    Key::new(seed).named("regression")
}

/// Returns noisy points of the line.
pub(crate) fn of_line(n: usize, key: Key) -> Sample {
    sample(|x| 0.5 + 1.5 * x, n, key.named("line"))
}

/// Returns noisy points of the curve to train on.
pub(crate) fn of_curve(n: usize, key: Key) -> Sample {
    sample(curve, n, key.named("train"))
}

/// Returns other noisy points of the curve.
pub(crate) fn fresh(key: Key) -> Sample {
    sample(curve, FRESH, key.named("fresh"))
}

/// The curve to learn.
pub(super) fn curve(x: f64) -> f64 {
    (3.0 * x).sin()
}

fn sample(truth: fn(f64) -> f64, n: usize, key: Key) -> Sample {
    let mut rng = key.rng();
    (0..n)
        .map(|_| {
            let x = 2.0 * rng.f64() - 1.0;
            (x, truth(x) + NOISE * rng.normal())
        })
        .collect()
}

/// Returns the mean squared loss of a function on a sample.
pub(crate) fn risk(f: impl Fn(f64) -> f64, sample: &Sample) -> f64 {
    mean(&sample.iter().map(|(x, y)| (f(*x) - y).powi(2)).collect::<Vec<f64>>())
}
