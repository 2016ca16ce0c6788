//! The starts of the experiment `descent`, and what theory says of its descents.

use zunder_random::Key;

use super::super::valley::Valley;

/// Returns the start of a seed: a random place at a distance of 1.
pub(super) fn start(seed: u64) -> [f64; 2] {
    let angle = std::f64::consts::TAU * Key::new(seed).named("start").rng().f64();
    [angle.cos(), angle.sin()]
}

/// Returns the rate above which plain descent diverges in the steeper direction, `2 / h`.
pub(super) fn limit(valley: Valley) -> f64 {
    2.0 / valley.curvatures.into_iter().fold(0.0, f64::max)
}

/// Returns the factor of the slowest direction.
pub(super) fn slowest(valley: Valley, rate: f64, momentum: f64) -> f64 {
    let left = valley.curvatures.map(|h| left_by_a_step(rate, momentum, h));
    left.into_iter().fold(0.0, f64::max)
}

/// Returns the factor by which each step reduces the distance in a direction of curvature h,
/// asymptotically: the larger absolute value of the roots of `z² - (1 + mu - lr h) z + mu` (Polyak
/// 1964, "Some methods of speeding up the convergence of iteration methods").
pub(super) fn left_by_a_step(rate: f64, momentum: f64, h: f64) -> f64 {
    let half = f64::midpoint(1.0 + momentum, -rate * h);
    let under = half * half - momentum;
    if under < 0.0 { momentum.sqrt() } else { half.abs() + under.sqrt() }
}
