//! `McNemar`'s test of two classifiers.

use serde::{Deserialize, Serialize};

use crate::{EvalError, check};

/// The result of `McNemar`'s exact test: whether two models differ on the same samples by more than
/// chance.
///
/// Only samples that exactly one of the models predicts correctly carry information. If the models
/// are equally good, each such sample favours either model with probability 1/2.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct McNemar {
    /// The number of samples that only model A predicts correctly, b.
    pub only_a: u64,
    /// The number of samples that only model B predicts correctly, c.
    pub only_b: u64,
    /// The two-sided p-value of "both have the same accuracy", min(1, 2 P(X <= min(b, c))) for X of
    /// the binomial distribution with b + c trials and probability 1/2. 1.0 if b + c = 0.
    pub p_value: f64,
}

/// Compares the predictions of models A and B by `McNemar`'s exact test.
///
/// Source: `McNemar` 1947; the exact form as R's `binom.test(b, b + c)` and `SciPy`'s `binomtest`.
///
/// # Shapes
///
/// `truth`, `a` and `b` have one class number per sample; any numbers are valid.
///
/// # Errors
///
/// Returns an error for no samples, or lengths that differ.
///
/// ```
/// let test = zunder_eval::mcnemar(&[0, 0, 1, 1, 1, 0], &[0, 1, 0, 0, 0, 1], &[0, 0, 1, 1, 1, 0])?;
/// assert_eq!((test.only_a, test.only_b, test.p_value), (0, 5, 2.0 / 32.0));
/// # Ok::<(), zunder_eval::EvalError>(())
/// ```
pub fn mcnemar(truth: &[u32], a: &[u32], b: &[u32]) -> Result<McNemar, EvalError> {
    check::not_empty(truth.len())?;
    check::length("predicted classes of model A", a.len(), truth.len())?;
    check::length("predicted classes of model B", b.len(), truth.len())?;
    let right = || truth.iter().zip(a).zip(b).map(|((t, a), b)| (a == t, b == t));
    let only_a = right().filter(|right| *right == (true, false)).count() as u64;
    let only_b = right().filter(|right| *right == (false, true)).count() as u64;
    Ok(McNemar { only_a, only_b, p_value: two_sided(only_a, only_b) })
}

/// min(1, 2 P(X <= min(b, c))) for X of Binomial(b + c, 1/2).
fn two_sided(b: u64, c: u64) -> f64 {
    let (least, n) = (b.min(c) as f64, (b + c) as f64);
    let ln_binomial =
        libm::lgamma(n + 1.0) - libm::lgamma(least + 1.0) - libm::lgamma(n - least + 1.0);
    let highest = libm::exp(ln_binomial - n * core::f64::consts::LN_2);
    // Term k - 1 is term k times k / (n - k + 1), so at most term k. The sum may stop where terms
    // vanish by rounding.
    let (mut term, mut sum, mut k) = (1.0, 1.0, least);
    while k > 0.0 && term > 1e-18 * sum {
        term *= k / (n - k + 1.0);
        sum += term;
        k -= 1.0;
    }
    (2.0 * highest * sum).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_numbers_are_exact() {
        // 2 (1 + 10 + 45) / 1024, and no difference.
        for (b, c, expected) in [
            (2, 8, 0.109_375),
            (8, 2, 0.109_375),
            (5, 5, 1.0),
            (0, 0, 1.0),
            (0, 1, 1.0),
            (0, 10, 1.0 / 512.0),
        ] {
            assert!((two_sided(b, c) - expected).abs() < 1e-13, "{b}, {c}: {}", two_sided(b, c));
        }
    }

    #[test]
    fn wrong_input_is_named() {
        assert_eq!(
            mcnemar(&[], &[], &[]).unwrap_err().to_string(),
            "got 0 samples, expected at least 1"
        );
        assert_eq!(
            mcnemar(&[0], &[], &[0]).unwrap_err().to_string(),
            "got 0 predicted classes of model A, expected 1"
        );
        assert_eq!(
            mcnemar(&[0], &[0], &[]).unwrap_err().to_string(),
            "got 0 predicted classes of model B, expected 1"
        );
    }
}
