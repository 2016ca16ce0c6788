//! A model's answers over a whole source.

use burn::tensor::{Device, Tensor};

use crate::{BatchSource, Classifier, Interrupt, LossFunction, Targets, TrainError};

/// A model's answers over a whole source, in the source's order.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Evaluation {
    /// The true classes, N of them.
    pub labels: Vec<u32>,
    /// The scores, N times C, row by row.
    pub scores: Vec<f32>,
    /// Classes.
    pub classes: usize,
    /// The mean of the loss that [evaluation reports](LossFunction::evaluated) over all N samples
    /// (not a mean of batch means).
    pub loss: f64,
    /// The share of samples whose own class has the highest score; the first of equals counts.
    pub accuracy: f64,
}

impl Evaluation {
    /// The mean zero-one loss (lecture 6a.1, "Null-Eins-Verlust"): 0 for a sample whose own class
    /// has the highest score, else 1. The share of wrong answers, 1 - accuracy.
    pub fn zero_one_loss(&self) -> f64 {
        let right = count_correct(&self.scores, &self.labels, self.classes);
        (self.labels.len() - right) as f64 / self.labels.len().max(1) as f64
    }

    /// A score with which nothing can be said, if there is one: its sample, its class and its
    /// value. It is the first that is not finite, or the largest of all if the loss is not finite
    /// though they are.
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

    /// [`softmax`] of the scores: estimates of probabilities where the loss
    /// [gives some](crate::Loss::gives_probabilities).
    pub fn probabilities(&self) -> Vec<f32> {
        let mut probabilities = self.scores.clone();
        softmax(&mut probabilities, self.classes);
        probabilities
    }

    /// The same in the memory of the scores.
    pub fn into_probabilities(mut self) -> Vec<f32> {
        softmax(&mut self.scores, self.classes);
        self.scores
    }
}

/// Softmax of rows of scores, in place, computed in 64 bits.
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

/// Runs a model (in its [`valid`](burn::module::Module::valid) form) over a source. Returns none if
/// asked to stop on the way.
///
/// The loss reported is that of [`LossFunction::evaluated`]: of a [`Loss`](crate::Loss) the
/// [plain](crate::Loss::plain) one, since label smoothing and class weights belong to training.
///
/// # Errors
/// [`TrainError::Source`] and [`TrainError::NoBatches`] by the source, [`TrainError::Label`] for a
/// label without a score, [`TrainError::SoftLabels`], [`TrainError::Setting`] for a loss that
/// cannot take the model's number of classes, [`TrainError::Device`] if the device fails.
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
    let mut correct = 0;
    for batch in source.epoch(1, device) {
        if interrupt.requested() {
            return Ok(None);
        }
        let batch = batch.map_err(|source| TrainError::Source { part, source })?;
        let scores = model.scores(batch.input);
        all.classes = scores.dims()[1];
        let targets =
            Targets::new(&batch.labels, batch.soft_labels.as_deref(), all.classes, part, device)?;
        let mean = host_mean(loss.evaluated(scores.clone(), targets)?)?;
        let rows = host_values(scores)?;
        if all.scores.is_empty() {
            // All at once: growing on the way would take twice the memory.
            all.scores.reserve_exact(source.batches().saturating_mul(rows.len()));
        }
        correct += count_correct(&rows, &batch.labels, all.classes);
        all.loss += mean * batch.labels.len() as f64;
        all.scores.extend(rows);
        all.labels.extend(batch.labels);
    }
    if all.labels.is_empty() {
        return Err(TrainError::NoBatches { part });
    }
    let n = all.labels.len() as f64;
    all.loss /= n;
    all.accuracy = correct as f64 / n;
    Ok(Some(all))
}

/// A tensor's numbers, once the device has computed them.
pub(crate) fn host_values<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>, TrainError> {
    tensor.try_into_vec_as().map_err(|e| TrainError::Device(e.to_string()))
}

/// The only number of a tensor.
pub(crate) fn host_mean(mean: Tensor<1>) -> Result<f64, TrainError> {
    host_values(mean)?
        .first()
        .map(|mean| f64::from(*mean))
        .ok_or_else(|| TrainError::Device("the loss has no value".to_owned()))
}

/// How many rows have their highest score at their label.
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

    /// Lecture 6a.3, the example of softmax, and again with scores that are all higher by 1000:
    /// only differences count.
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

    /// Lecture 6a.1: 0 for the right class, else 1, and their mean.
    #[test]
    fn the_zero_one_loss_counts_mistakes() {
        let scores = [3.0, 1.0, 0.0, 2.0, 5.0, -1.0, 0.5, 0.75];
        assert_eq!(of(&scores, &[0, 1, 1, 1]).zero_one_loss(), 0.25);
        assert_eq!(of(&scores, &[1, 0, 1, 0]).zero_one_loss(), 1.0);
    }
}
