//! The mean difference of paired values, with Student's interval.

use serde::{Deserialize, Serialize};

use crate::{EvalError, Spread, check};

/// The mean difference of paired values, such as those of two variants trained with the same seeds.
///
/// ```
/// let paired = zunder_eval::PairedDifference::of(&[0.8, 0.82, 0.81], &[0.7, 0.71, 0.72], 0.95)?;
/// assert!((paired.mean - 0.1).abs() < 1e-12 && paired.low > 0.08);
/// # Ok::<(), zunder_eval::EvalError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PairedDifference {
    /// The number of pairs.
    pub n: usize,
    /// The mean m of the differences d, first minus second.
    pub mean: f64,
    /// The sample standard deviation s of the differences.
    pub deviation: f64,
    /// The lower end of the one-sided interval of the mean, `m - t s / sqrt(n)`, with t the
    /// quantile of Student's distribution with n - 1 degrees of freedom at the confidence. If the
    /// differences are about normal, the mean difference is above it with that confidence.
    pub low: f64,
}

impl PairedDifference {
    /// Computes the differences `first[i] - second[i]` and their mean.
    ///
    /// # Errors
    ///
    /// Returns an error for fewer than two pairs, for slices of different lengths, for a value that
    /// is not finite, or for a `confidence` that is not between 0 and 1.
    pub fn of(first: &[f64], second: &[f64], confidence: f64) -> Result<Self, EvalError> {
        check::confidence(confidence)?;
        let n = first.len();
        check::length("second figures", second.len(), n)?;
        if n < 2 {
            return Err(EvalError::Setting {
                what: "the number of pairs",
                got: n,
                low: 2,
                high: usize::MAX,
            });
        }
        let differences: Vec<f64> = first.iter().zip(second).map(|(a, b)| a - b).collect();
        if let Some(index) = differences.iter().position(|difference| !difference.is_finite()) {
            return Err(EvalError::Difference { index, got: differences[index] });
        }
        let Spread { mean, deviation, .. } = Spread::of(differences)?;
        let deviation = deviation.unwrap_or_default(); // of two pairs or more there is one
        let low = mean - student_quantile(n - 1, confidence) * deviation / (n as f64).sqrt();
        Ok(Self { n, mean, deviation, low })
    }
}

/// Returns the t with P(T <= t) = `confidence` for Student's T with `degrees` >= 1, by bisection.
fn student_quantile(degrees: usize, confidence: f64) -> f64 {
    if confidence < 0.5 {
        return -student_quantile(degrees, 1.0 - confidence);
    }
    let (mut low, mut high) = (0.0, 1.0);
    while student(degrees, high) < confidence && high < 1e300 {
        high *= 2.0;
    }
    for _ in 0..200 {
        let middle = f64::midpoint(low, high);
        if student(degrees, middle) < confidence { low = middle } else { high = middle }
    }
    f64::midpoint(low, high)
}

/// Returns P(T <= t) for t >= 0: `(1 + A) / 2` with the sums A of Abramowitz and Stegun 26.7.3 and
/// 26.7.4.
fn student(degrees: usize, t: f64) -> f64 {
    let theta = libm::atan(t / (degrees as f64).sqrt());
    let (sine, cosine) = (libm::sin(theta), libm::cos(theta));
    let odd = degrees % 2 == 1;
    // Each term is the previous one times cos² and the next fraction.
    let (mut term, mut sum) =
        if odd { (cosine, if degrees > 1 { cosine } else { 0.0 }) } else { (1.0, 1.0) };
    let first = if odd { 3 } else { 2 };
    for k in (first..degrees.saturating_sub(1)).step_by(2) {
        term *= (k - 1) as f64 / k as f64 * cosine * cosine;
        sum += term;
    }
    let area = if odd { core::f64::consts::FRAC_2_PI * (theta + sine * sum) } else { sine * sum };
    f64::midpoint(1.0, area)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Compared with `scipy.stats.t.ppf`.
    #[test]
    fn quantiles_are_those_of_scipy() {
        for (degrees, confidence, t) in [
            (1, 0.95, 6.313_751_514_675_043),
            (2, 0.95, 2.919_985_580_353_725_6),
            (3, 0.975, 3.182_446_305_284_263),
            (5, 0.95, 2.015_048_372_669_157),
            (9, 0.9, 1.383_028_738_396_763_4),
            (30, 0.95, 1.697_260_886_593_614),
            (4, 0.05, -2.131_846_786_326_649_6),
        ] {
            let got = student_quantile(degrees, confidence);
            assert!((got - t).abs() < 1e-9, "{degrees} {confidence}: {got}");
        }
    }

    #[test]
    fn invalid_pairs_are_refused() {
        let of = |a: &[f64], b: &[f64], confidence| PairedDifference::of(a, b, confidence);
        assert!(of(&[1.0], &[1.0], 0.95).is_err() && of(&[1.0, 2.0], &[1.0], 0.95).is_err());
        assert!(
            of(&[1.0, f64::NAN], &[1.0, 2.0], 0.95).is_err()
                && of(&[1.0, 2.0], &[1.0, 2.0], 1.0).is_err()
        );
        assert_eq!(of(&[1.0, 2.0], &[0.0, 1.0], 0.95).unwrap().low, 1.0);
    }
}
