//! The distributions of settings with a range.

use zunder_random::Rng;

/// Draws uniformly between two bounds.
pub(super) fn uniform(rng: &mut Rng, [low, high]: [f32; 2]) -> f64 {
    f64::from(low) + (f64::from(high) - f64::from(low)) * f64::from(rng.f32())
}

/// Draws uniformly between -`most` and `most`.
pub(super) fn symmetric(rng: &mut Rng, most: f32) -> f64 {
    uniform(rng, [-most, most])
}

/// Draws between two positive bounds, uniformly on a logarithmic scale.
pub(super) fn log_uniform(rng: &mut Rng, range: [f32; 2]) -> f64 {
    let [low, high] = range.map(|bound| libm::log(f64::from(bound)));
    libm::exp(low + (high - low) * f64::from(rng.f32()))
}
