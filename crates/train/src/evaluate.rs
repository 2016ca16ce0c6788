//! The predictions of a model for all samples of a source.

use burn::tensor::{Device, Tensor};

use crate::{BatchSource, Classifier, Interrupt, LossFunction, ScoredBatch, TrainError};

/// The predictions of a model for all samples of a source, in its order.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Evaluation {
    /// True classes of the N samples.
    pub labels: Vec<u32>,
    /// Scores, N times C numbers, row by row.
    pub scores: Vec<f32>,
    /// Number of classes C.
    pub classes: usize,
    /// Mean of the [evaluated loss](LossFunction::evaluated) over all N samples (not a mean of the
    /// batches' means).
    pub loss: f64,
    /// Share of samples whose true class has the highest score; of equal scores the first one
    /// counts.
    pub accuracy: f64,
}

impl Evaluation {
    /// Returns the mean zero-one loss (lecture 6a.1, "Null-Eins-Verlust"): 0 for a sample whose
    /// true class has the highest score, else 1. It is the share of wrong predictions,
    /// `1 - accuracy`.
    pub fn zero_one_loss(&self) -> f64 {
        let right = count_correct(&self.scores, &self.labels, self.classes);
        (self.labels.len() - right) as f64 / self.labels.len().max(1) as f64
    }

    /// Returns the sample, the class and the value of an unusable score, if there is one: the first
    /// score that is not finite, or the largest score if all are finite but the loss is not.
    pub fn overflow(&self) -> Option<(usize, usize, f32)> {
        let at = |place: usize| {
            (place / self.classes.max(1), place % self.classes.max(1), self.scores[place])
        };
        let first = self.scores.iter().position(|score| !score.is_finite());
        let largest = || {
            (0..self.scores.len())
                .max_by(|&a, &b| self.scores[a].abs().total_cmp(&self.scores[b].abs()))
        };
        let place = if self.loss.is_finite() { first } else { first.or_else(largest) };
        place.map(at)
    }

    /// Returns the [`softmax`] of the scores: estimates of probabilities if the loss [gives
    /// probabilities](crate::Loss::gives_probabilities).
    pub fn probabilities(&self) -> Vec<f32> {
        let mut probabilities = self.scores.clone();
        softmax(&mut probabilities, self.classes);
        probabilities
    }

    /// Like [`probabilities`](Self::probabilities), in the memory of the scores.
    pub fn into_probabilities(mut self) -> Vec<f32> {
        softmax(&mut self.scores, self.classes);
        self.scores
    }
}

/// Replaces each row of scores by its softmax, computed in 64 bits.
pub fn softmax(scores: &mut [f32], classes: usize) {
    let mut exps = Vec::with_capacity(classes);
    for row in scores.chunks_exact_mut(classes.max(1)) {
        let highest = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        exps.clear();
        exps.extend(row.iter().map(|s| f64::from(s - highest).exp()));
        let sum: f64 = exps.iter().sum();
        row.iter_mut().zip(&exps).for_each(|(p, e)| *p = (e / sum) as f32);
    }
}

/// Evaluates a model (in its [`valid`](burn::module::Module::valid) form) on a source. Returns
/// `None` if a stop was requested.
///
/// The reported loss is [`LossFunction::evaluated`]: for a [`Loss`](crate::Loss) the
/// [plain](crate::Loss::plain) one, without label smoothing and class weights.
///
/// # Errors
/// Returns [`TrainError::Source`] or [`TrainError::NoBatches`] if the source fails,
/// [`TrainError::Label`] for a label without a score, [`TrainError::SoftLabels`],
/// [`TrainError::Setting`] if the loss does not accept the model's number of classes, and
/// [`TrainError::Device`] if the device fails.
pub fn evaluate<M: Classifier>(
    model: &M,
    source: &impl BatchSource<Input = M::Input>,
    loss: &dyn LossFunction,
    device: &Device,
    interrupt: &Interrupt,
) -> Result<Option<Evaluation>, TrainError> {
    let part = "evaluation";
    let mut all =
        Evaluation { labels: Vec::new(), scores: Vec::new(), classes: 0, loss: 0.0, accuracy: 0.0 };
    let (mut correct, mut weights) = (0, 0.0);
    for batch in source.epoch(1, device) {
        if interrupt.requested() {
            return Ok(None);
        }
        let batch = batch.map_err(|source| TrainError::Source { part, source })?;
        let ScoredBatch { scores, loss: mean, labels, soft_labels } =
            ScoredBatch::evaluation(model, batch, loss)?;
        all.classes = scores.dims()[1];
        let mean = host_mean(mean)?;
        let rows = host_values(scores)?;
        if all.scores.is_empty() {
            // Reserves the memory at once: growing repeatedly could take twice as much.
            all.scores.reserve_exact(source.batches().saturating_mul(rows.len()));
        }
        correct += count_correct(&rows, &labels, all.classes);
        let weight = loss.evaluated_weight(&labels, soft_labels.as_deref());
        all.loss += mean * weight;
        weights += weight;
        all.scores.extend(rows);
        all.labels.extend(labels);
    }
    if all.labels.is_empty() {
        return Err(TrainError::NoBatches { part });
    }
    all.loss /= weights;
    all.accuracy = correct as f64 / all.labels.len() as f64;
    Ok(Some(all))
}

/// Returns the numbers of a tensor after the device has computed them.
pub(crate) fn host_values<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>, TrainError> {
    tensor.try_into_vec_as().map_err(|e| TrainError::Device(e.to_string()))
}

/// Returns the only number of a tensor.
pub(crate) fn host_mean(mean: Tensor<1>) -> Result<f64, TrainError> {
    host_values(mean)?
        .first()
        .map(|mean| f64::from(*mean))
        .ok_or_else(|| TrainError::Device("the loss has no value".to_owned()))
}

/// Returns the number of rows whose highest score is at their label.
pub(crate) fn count_correct(scores: &[f32], labels: &[u32], classes: usize) -> usize {
    scores
        .chunks_exact(classes.max(1))
        .zip(labels)
        .filter(|(row, label)| zunder_eval::argmax(row) == **label as usize)
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(scores: &[f32], labels: &[u32]) -> Evaluation {
        Evaluation {
            labels: labels.to_vec(),
            scores: scores.to_vec(),
            classes: scores.len() / labels.len(),
            loss: 0.0,
            accuracy: 0.0,
        }
    }

    /// The lecture's example of softmax (6a.3), and again with all scores higher by 1000: only
    /// differences matter.
    #[test]
    fn softmax_makes_probabilities() {
        let scores = [3.0, 1.0, -2.5, 1003.0, 1001.0, 997.5];
        let exps = [3.0, 1.0, -2.5].map(f64::exp);
        let rows = of(&scores, &[1, 1]).probabilities();
        for row in rows.chunks(3) {
            assert!(
                row.iter()
                    .zip(exps)
                    .all(|(p, e)| (f64::from(*p) - e / exps.iter().sum::<f64>()).abs() < 1e-7),
                "{row:?}"
            );
            assert!((row.iter().sum::<f32>() - 1.0).abs() < 1e-6);
        }
        assert_eq!(of(&scores, &[1, 1]).into_probabilities(), rows);
    }

    #[test]
    fn an_overflow_is_found_by_its_place() {
        let good = of(&[3.0, 1.0, 2.0, -5.0], &[0, 0]);
        assert_eq!(good.overflow(), None);
        assert_eq!(Evaluation { loss: f64::INFINITY, ..good }.overflow(), Some((1, 1, -5.0)));
        let (sample, class, value) = of(&[3.0, 1.0, 2.0, f32::NAN], &[0, 0]).overflow().unwrap();
        assert_eq!((sample, class, value.is_nan()), (1, 1, true));
        assert_eq!(of(&[f32::NEG_INFINITY, 1.0], &[0]).overflow(), Some((0, 0, f32::NEG_INFINITY)));
    }

    /// Lecture 6a.1: 0 for the true class, else 1, and their mean.
    #[test]
    fn the_zero_one_loss_counts_mistakes() {
        let scores = [3.0, 1.0, 0.0, 2.0, 5.0, -1.0, 0.5, 0.75];
        assert_eq!(of(&scores, &[0, 1, 1, 1]).zero_one_loss(), 0.25);
        assert_eq!(of(&scores, &[1, 0, 1, 0]).zero_one_loss(), 1.0);
    }
}
