//! The trait of metrics, which a caller can implement.

use crate::Evaluation;

/// A metric by which the epochs of a training are compared, for
/// [`FitContext::with_metric`](crate::FitContext::with_metric).
///
/// ```
/// use zunder_train::{Evaluation, Metric};
///
/// /// The recall of the class that is recognised worst.
/// struct WorstRecall;
///
/// impl Metric for WorstRecall {
///     fn value(&self, of: &Evaluation) -> f64 {
///         let mut counts = vec![[0.0, 0.0]; of.classes];
///         for (scores, label) in of.scores.chunks(of.classes).zip(&of.labels) {
///             let count = &mut counts[*label as usize];
///             let best = (0..of.classes).max_by(|&a, &b| scores[a].total_cmp(&scores[b]));
///             count[usize::from(best != Some(*label as usize))] += 1.0;
///         }
///         counts.iter().map(|[right, wrong]| right / (right + wrong)).fold(1.0, f64::min)
///     }
/// }
/// ```
pub trait Metric {
    /// Returns the metric of a model's predictions on the whole validation set. Higher is better:
    /// for an error, return its negative. An epoch with a value that is not finite is never the
    /// best one.
    fn value(&self, evaluation: &Evaluation) -> f64;
}
