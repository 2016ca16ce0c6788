//! What settings with a range are drawn from.

use zunder_random::Rng;

/// Uniform between two bounds.
pub(super) fn uniform(rng: &mut Rng, [low, high]: [f32; 2]) -> f64 {
    f64::from(low) + (f64::from(high) - f64::from(low)) * f64::from(rng.f32())
}

/// Uniform within `most` either way.
pub(super) fn symmetric(rng: &mut Rng, most: f32) -> f64 {
    uniform(rng, [-most, most])
}

/// Between two positive bounds, its logarithm uniform: twice as large is as likely as half as
/// large.
pub(super) fn log_uniform(rng: &mut Rng, range: [f32; 2]) -> f64 {
    let [low, high] = range.map(|bound| libm::log(f64::from(bound)));
    libm::exp(low + (high - low) * f64::from(rng.f32()))
}
