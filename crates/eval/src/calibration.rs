//! Calibration: whether predicted probabilities match observed frequencies.

use serde::{Deserialize, Serialize};

use crate::bootstrap::quantile;
use crate::count::weighted_mean;
use crate::{EvalError, Scored, argmax, check};

/// How the edges of the bins are chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Binning {
    /// Bins of the same width.
    #[default]
    Uniform,
    /// Bins of about the same number of samples: the edges are quantiles of the probabilities.
    Quantile,
}

/// A bin of a [`CalibrationCurve`]. It has at least one sample.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CalibrationBin {
    /// The lower edge; it belongs to the bin only for the first bin.
    pub low: f64,
    /// The upper edge; it belongs to the bin.
    pub high: f64,
    /// The number of samples in the bin, at least 1.
    pub n: u64,
    /// The mean predicted probability of these samples.
    pub predicted: f64,
    /// The share of these samples for which the event happened.
    pub observed: f64,
}

/// Compares predicted probabilities with observed frequencies (reliability diagram). A perfect
/// curve is the diagonal.
///
/// Source: Guo et al. 2017, "On calibration of modern neural networks". The points equal those of
/// scikit-learn's `calibration_curve`, which also leaves out bins without samples.
///
/// ```
/// use zunder_eval::{Binning, CalibrationCurve};
///
/// let curve = CalibrationCurve::new(
///     &[0.25, 0.25, 0.75, 0.75],
///     &[false, false, true, false],
///     2,
///     Binning::Uniform,
/// )?;
/// assert_eq!((curve.bins[1].predicted, curve.bins[1].observed), (0.75, 0.5));
/// assert_eq!(curve.expected_error(), Some(0.25));
/// # Ok::<(), zunder_eval::EvalError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CalibrationCurve {
    /// The bins that have samples, in ascending order.
    pub bins: Vec<CalibrationBin>,
}

impl CalibrationCurve {
    /// Puts predicted probabilities of an event into `n_bins` bins and compares them with the
    /// observed frequency of the event.
    ///
    /// # Shapes
    ///
    /// `probabilities` (in 0..=1) and `happened` have one value per sample.
    ///
    /// # Errors
    ///
    /// Returns an error for no samples, lengths that differ, a probability outside of 0..=1 or NaN,
    /// or a number of bins outside of 1 to 1,000,000.
    pub fn new(
        probabilities: &[f32],
        happened: &[bool],
        n_bins: usize,
        binning: Binning,
    ) -> Result<Self, EvalError> {
        check::not_empty(happened.len())?;
        check::length("probabilities", probabilities.len(), happened.len())?;
        check::probabilities(probabilities, 1)?;
        check::setting("the number of bins", n_bins, 1, 1_000_000)?;
        let edges = match binning {
            Binning::Uniform => (0..=n_bins).map(|i| i as f64 / n_bins as f64).collect(),
            Binning::Quantile => quantile_edges(probabilities, n_bins),
        };
        Ok(Self::of_edges(probabilities, happened, &edges))
    }

    /// Returns the expected calibration error Σ n / N |observed - predicted| over the bins, in
    /// 0..=1: the mean difference of probability and frequency. `None` without bins.
    pub fn expected_error(&self) -> Option<f64> {
        weighted_mean(self.bins.iter().map(|bin| (bin.n as f64, Some(bin.error()))))
    }

    /// Returns the maximum calibration error max |observed - predicted| over the bins, in 0..=1.
    /// `None` without bins.
    pub fn maximum_error(&self) -> Option<f64> {
        self.bins.iter().map(CalibrationBin::error).reduce(f64::max)
    }

    fn of_edges(probabilities: &[f32], happened: &[bool], edges: &[f64]) -> Self {
        let inner = &edges[1..edges.len() - 1];
        let mut sums = vec![(0_u64, 0.0, 0_u64); edges.len() - 1];
        for (&p, &happened) in probabilities.iter().zip(happened) {
            let p = f64::from(p);
            let (n, predicted, observed) = &mut sums[inner.partition_point(|edge| *edge < p)];
            *n += 1;
            *predicted += p;
            *observed += u64::from(happened);
        }
        let bin = |((n, predicted, observed), edges): ((u64, f64, u64), &[f64])| {
            let (predicted, observed) = (predicted / n as f64, observed as f64 / n as f64);
            CalibrationBin { low: edges[0], high: edges[1], n, predicted, observed }
        };
        Self {
            bins: sums
                .into_iter()
                .zip(edges.windows(2))
                .filter(|((n, ..), _)| *n > 0)
                .map(bin)
                .collect(),
        }
    }
}

impl CalibrationBin {
    fn error(&self) -> f64 {
        (self.observed - self.predicted).abs()
    }
}

impl Scored<'_> {
    /// Returns the calibration curve of the confidence: whether the most probable class is the true
    /// one as often as its probability says.
    ///
    /// # Errors
    ///
    /// Returns an error for a number of bins outside of 1 to 1,000,000, or for scores outside of
    /// 0..=1, which are not probabilities.
    pub fn calibration_curve(
        &self,
        n_bins: usize,
        binning: Binning,
    ) -> Result<CalibrationCurve, EvalError> {
        let confidence_and_right = self.labelled_rows().map(|(row, label)| {
            let predicted = argmax(row);
            (row[predicted], predicted == label)
        });
        let (confidence, right): (Vec<f32>, Vec<bool>) = confidence_and_right.unzip();
        CalibrationCurve::new(&confidence, &right, n_bins, binning)
    }
}

fn quantile_edges(probabilities: &[f32], n_bins: usize) -> Vec<f64> {
    let mut sorted: Vec<f64> = probabilities.iter().map(|&p| f64::from(p)).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    (0..=n_bins).map(|i| quantile(&sorted, i as f64 / n_bins as f64)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn upper_edges_belong_to_a_bin() {
        let p = [0.0, 0.25, 0.250_001, 0.5, 0.75, 1.0];
        let curve =
            CalibrationCurve::new(&p, &[false, true, true, true, false, true], 4, Binning::Uniform)
                .unwrap();
        assert_eq!(curve.bins.iter().map(|bin| bin.n).collect::<Vec<_>>(), [2, 2, 1, 1]);
        assert_eq!(curve.bins[0].observed, 0.5);
        assert_eq!(curve.maximum_error(), Some(0.75));
        let none = CalibrationCurve { bins: Vec::new() };
        assert_eq!((none.expected_error(), none.maximum_error()), (None, None));
    }

    #[test]
    fn quantiles_share_out_the_samples() {
        let p: Vec<f32> = (0..100_u8).map(|i| (f32::from(i) / 100.0).powi(3)).collect();
        let curve = CalibrationCurve::new(&p, &[true; 100], 5, Binning::Quantile).unwrap();
        assert_eq!(curve.bins.iter().map(|bin| bin.n).collect::<Vec<_>>(), [20; 5]);
        let tied = CalibrationCurve::new(&[0.5; 3], &[true; 3], 5, Binning::Quantile).unwrap();
        assert_eq!((tied.bins.len(), tied.bins[0].n), (1, 3));
    }

    #[test]
    fn wrong_input_is_named() {
        let error = |p: &[f32], n| {
            CalibrationCurve::new(p, &[true], n, Binning::Uniform).unwrap_err().to_string()
        };
        assert_eq!(error(&[0.5], 0), "the number of bins is 0, expected 1 to 1000000");
        assert_eq!(
            error(&[1.5], 3),
            "the probability of class 0 in row 0 is 1.5, expected a number in 0..=1"
        );
        assert_eq!(error(&[], 3), "got 0 probabilities, expected 1");
    }
}
