//! The mean and the deviation of a metric over runs.

use serde::{Deserialize, Serialize};

use crate::EvalError;
use crate::count::ratio;

/// The values of one metric in several runs, with their mean and deviation.
///
/// ```
/// let spread = zunder_eval::Spread::of(vec![0.5, 0.7, 0.6])?;
/// assert!(
///     (spread.mean - 0.6).abs() < 1e-12
///         && spread.deviation.is_some_and(|s| (s - 0.1).abs() < 1e-12)
/// );
/// # Ok::<(), zunder_eval::EvalError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Spread {
    /// `m = sum_i v_i / n`.
    pub mean: f64,
    /// The sample standard deviation, `sqrt(sum_i (v_i - m)^2 / (n - 1))`; `None` for a single run.
    pub deviation: Option<f64>,
    /// The value of each run, in their order.
    pub values: Vec<f64>,
}

impl Spread {
    /// Computes mean and deviation of values.
    ///
    /// # Errors
    ///
    /// Returns [`EvalError::Empty`] if there are no values.
    pub fn of(values: Vec<f64>) -> Result<Self, EvalError> {
        if values.is_empty() {
            return Err(EvalError::Empty);
        }
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
        let deviation = ratio(squares, n - 1.0).map(f64::sqrt);
        Ok(Self { mean, deviation, values })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Compared with Python's `statistics.mean` and `statistics.stdev`.
    #[test]
    fn as_pythons_statistics() {
        let spread = Spread::of(vec![0.3, 0.9, 0.45, 0.6]).unwrap();
        assert!(
            (spread.mean - 0.5625).abs() < 1e-15
                && (spread.deviation.unwrap() - 0.256_173_769_148_99).abs() < 1e-15,
            "{spread:?}"
        );
        assert_eq!(Spread::of(vec![0.3]).unwrap().deviation, None);
        assert!(Spread::of(vec![]).is_err());
    }
}
