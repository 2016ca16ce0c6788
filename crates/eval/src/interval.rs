//! Confidence intervals of a proportion.

use core::f64::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI};

use serde::{Deserialize, Serialize};

use crate::{EvalError, check};

/// A confidence interval of a metric, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The upper end, at or above `low`.
    pub high: f64,
}

/// Returns the Wilson score interval of a proportion, such as the accuracy with `successes` correct
/// predictions among `n`.
///
/// With p = successes / n and z the quantile of the standard normal distribution at (1 +
/// confidence) / 2, the ends are
///
/// (p + z²/2n ± z sqrt(p (1 - p) / n + z²/4n²)) / (1 + z²/n).
///
/// The interval contains p and lies within 0..=1. It keeps its level also for small `n` and for p
/// near 0 or 1, where p ± z sqrt(p (1 - p) / n) fails. It covers only the random draw of the test
/// samples, not the variation between seeds. Source: Wilson 1927, "Probable inference, the law of
/// succession, and statistical inference".
///
/// # Errors
///
/// Returns an error if `n` is 0, if `successes` is above `n`, or if `confidence` is not between 0
/// and 1.
///
/// ```
/// let interval = zunder_eval::wilson(5_430, 10_000, 0.95)?;
/// assert!((interval.low - 0.5332).abs() < 1e-4 && (interval.high - 0.5527).abs() < 1e-4);
/// # Ok::<(), zunder_eval::EvalError>(())
/// ```
pub fn wilson(successes: u64, n: u64, confidence: f64) -> Result<Interval, EvalError> {
    if n == 0 {
        return Err(EvalError::Empty);
    }
    if successes > n {
        return Err(EvalError::Successes { successes, n });
    }
    check::confidence(confidence)?;
    let trials = n as f64;
    let p = successes as f64 / trials;
    let z = two_sided_quantile(confidence);
    let shrink = 1.0 / (1.0 + z * z / trials);
    let centre = shrink * (p + z * z / (2.0 * trials));
    let half = shrink * z * libm::sqrt(p * (1.0 - p) / trials + z * z / (4.0 * trials * trials));
    // Rounding may put an end on the wrong side of p.
    Ok(Interval { low: (centre - half).clamp(0.0, p), high: (centre + half).clamp(p, 1.0) })
}

/// Returns the z with P(|Z| <= z) = `confidence` for a standard normal Z and a `confidence` between
/// 0 and 1.
///
/// Solves ln erfc(z / √2) = ln(1 - confidence) by Newton's method. The left side is concave and
/// decreasing, so from a start above the root the steps approach the root from above. √(-2 ln(1 -
/// confidence)) is such a start, since erfc(z / √2) <= exp(-z²/2).
fn two_sided_quantile(confidence: f64) -> f64 {
    let tail = 1.0 - confidence;
    let mut z = libm::sqrt(-2.0 * libm::log(tail));
    for _ in 0..64 {
        let outside = libm::erfc(z * FRAC_1_SQRT_2);
        let density = FRAC_2_SQRT_PI * FRAC_1_SQRT_2 * libm::exp(-0.5 * z * z);
        let step = outside / density * libm::log(outside / tail);
        z += step;
        if step.abs() < 1e-14 {
            break;
        }
    }
    z
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_exact() {
        // R: qnorm((1 + c) / 2).
        for (confidence, z) in [
            (0.5, 0.674_489_750_196_081_7),
            (0.9, 1.644_853_626_951_472_2),
            (0.95, 1.959_963_984_540_054),
            (0.99, 2.575_829_303_548_901),
            (0.999_999, 4.891_638_475_698_7),
        ] {
            assert!(
                (two_sided_quantile(confidence) - z).abs() < 1e-9,
                "{confidence}: {}",
                two_sided_quantile(confidence)
            );
        }
        assert!((two_sided_quantile(0.95) - 1.959_963_984_540_054).abs() < 1e-14);
        assert!((two_sided_quantile(1.0 - f64::EPSILON / 2.0) - 8.292).abs() < 1e-3);
        assert!(two_sided_quantile(f64::MIN_POSITIVE).abs() < 1e-12);
    }

    #[test]
    fn nothing_and_everything_right() {
        // With p = 0 the upper end is z² / (n + z²).
        let z2 = 1.959_963_984_540_054_f64.powi(2);
        let none = wilson(0, 10, 0.95).unwrap();
        assert_eq!(none.low.to_bits(), 0.0_f64.to_bits());
        assert!((none.high - z2 / (10.0 + z2)).abs() < 1e-15);
        let all = wilson(10, 10, 0.95).unwrap();
        assert_eq!(all.high.to_bits(), 1.0_f64.to_bits());
        assert!((all.low - 10.0 / (10.0 + z2)).abs() < 1e-15);
    }

    #[test]
    fn wrong_input_is_named() {
        assert_eq!(
            wilson(0, 0, 0.95).unwrap_err().to_string(),
            "got 0 samples, expected at least 1"
        );
        assert_eq!(
            wilson(3, 2, 0.95).unwrap_err().to_string(),
            "got 3 successes in 2 trials, expected at most 2"
        );
        for confidence in [0.0, 1.0, 95.0, -0.5, f64::NAN, f64::INFINITY] {
            let error = wilson(1, 2, confidence).unwrap_err();
            assert!(
                error.to_string().starts_with(&format!("the confidence level is {confidence}")),
                "{error}"
            );
            assert_eq!(error.hint(), Some("write 95 % as 0.95"));
        }
    }
}
