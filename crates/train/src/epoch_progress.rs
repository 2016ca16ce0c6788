//! The losses and scores of an epoch's steps: kept on the device, read back and reported when due.

use std::time::{Duration, Instant};

use burn::module::Module;
use burn::tensor::{Device, Tensor};

use crate::evaluate::{count_correct, host_values};
use crate::host_memory::in_host_memory;
use crate::{Events, Interrupt, StepReport, TrainError};

/// Maximum number of steps between two reads from a device that computes asynchronously.
const MOST_STEPS: usize = 16;
/// Maximum size in bytes of the gradients that are kept for the message about a divergence.
const MOST_BYTES: usize = 256 << 20;
/// After this time a read is due: its cost is small in comparison.
const LONG: Duration = Duration::from_millis(250);

/// Returns the number of steps after which their losses are read: 1 if the tensors are in the
/// memory of this process. Elsewhere a read waits until the device has finished all its work.
pub(crate) fn report_interval<M: Module>(device: &Device, model: &M) -> usize {
    if in_host_memory(device) {
        return 1;
    }
    let bytes = size_of::<f32>() * model.num_params().max(1);
    (MOST_BYTES / bytes).clamp(1, MOST_STEPS)
}

/// A finished step, without the results on the device.
pub(crate) struct FinishedStep {
    /// The step within the epoch, from 1.
    pub step: usize,
    pub labels: Vec<u32>,
    /// The weight of the batch in the mean loss.
    pub weight: f64,
    pub learning_rate: f64,
    /// The number of updates before this step.
    pub updates_before: u64,
}

/// The mean loss of a batch.
#[expect(clippy::large_enum_variant, reason = "a handful of them")]
pub(crate) enum BatchLoss {
    Known(f64),
    OnDevice(Tensor<1>),
}

/// A step whose loss is infinite or NaN.
pub(crate) struct NonFiniteStep {
    pub loss: f64,
    pub step: usize,
    pub learning_rate: f64,
    pub updates_before: u64,
}

/// The sums over the steps of an epoch that have been read.
pub(crate) struct EpochProgress {
    epoch: usize,
    steps: usize,
    interval: usize,
    /// The steps since the last read; `losses` and `scores` belong to them.
    unread: Vec<FinishedStep>,
    losses: Vec<BatchLoss>,
    scores: Vec<Tensor<2>>,
    read_at: Instant,
    loss_sum: f64,
    weight: f64,
    correct: usize,
    pub images: usize,
}

impl EpochProgress {
    /// Creates the state before the first step of an epoch of `steps`.
    pub(crate) fn new(epoch: usize, steps: usize, interval: usize) -> Self {
        Self {
            epoch,
            steps,
            interval,
            unread: Vec::with_capacity(interval),
            losses: Vec::with_capacity(interval),
            scores: Vec::with_capacity(interval),
            read_at: Instant::now(),
            loss_sum: 0.0,
            weight: 0.0,
            correct: 0,
            images: 0,
        }
    }

    /// Adds a step with the mean loss of its batch and its scores, `[N, classes]`.
    pub(crate) fn push(&mut self, step: FinishedStep, loss: BatchLoss, scores: Tensor<2>) {
        self.unread.push(step);
        self.losses.push(loss);
        self.scores.push(scores);
    }

    /// Returns whether the steps since the last read should be read now.
    pub(crate) fn is_due(&self) -> bool {
        self.unread.len() >= self.interval || self.read_at.elapsed() >= LONG
    }

    /// Returns the mean loss over the samples read so far.
    pub(crate) fn loss(&self) -> f64 {
        self.loss_sum / self.weight
    }

    /// Returns the accuracy over the samples read so far.
    pub(crate) fn accuracy(&self) -> f64 {
        self.correct as f64 / self.images as f64
    }

    /// Reads the steps since the last read and reports them in their order. Stops at the first loss
    /// that is infinite or NaN, and returns it; or after a report whose listener requests a stop.
    ///
    /// # Errors
    /// Returns [`TrainError::Device`] if a tensor cannot be read from the device.
    pub(crate) fn read(
        &mut self,
        events: &mut dyn Events,
        interrupt: &Interrupt,
    ) -> Result<Option<NonFiniteStep>, TrainError> {
        let Some(classes) = self.scores.first().map(|scores| scores.dims()[1]) else {
            return Ok(None);
        };
        let losses = read_losses(std::mem::take(&mut self.losses))?;
        let scores = host_values(joined(std::mem::take(&mut self.scores)))?;
        let mut scores = scores.as_slice();
        for (finished, loss) in std::mem::take(&mut self.unread).into_iter().zip(losses) {
            let FinishedStep { step, labels, weight, learning_rate, updates_before } = finished;
            if !loss.is_finite() {
                return Ok(Some(NonFiniteStep { loss, step, learning_rate, updates_before }));
            }
            let rows;
            (rows, scores) = scores.split_at(labels.len() * classes);
            self.loss_sum += loss * weight;
            self.weight += weight;
            self.correct += count_correct(rows, &labels, classes);
            self.images += labels.len();
            events.step_finished(&StepReport {
                epoch: self.epoch,
                step,
                steps: self.steps,
                images: self.images,
                loss: self.loss(),
                batch_loss: loss,
                accuracy: self.accuracy(),
                learning_rate,
            });
            if interrupt.requested() {
                break;
            }
        }
        self.read_at = Instant::now();
        Ok(None)
    }
}

/// Returns the values of losses that are all known or all on the device, with one copy.
fn read_losses(losses: Vec<BatchLoss>) -> Result<Vec<f64>, TrainError> {
    let (mut known, mut tensors) = (Vec::new(), Vec::new());
    for loss in losses {
        match loss {
            BatchLoss::Known(loss) => known.push(loss),
            BatchLoss::OnDevice(loss) => tensors.push(loss),
        }
    }
    if !tensors.is_empty() {
        known.extend(host_values(joined(tensors))?.into_iter().map(f64::from));
    }
    Ok(known)
}

/// Joins tensors, at least one, along the first axis.
fn joined<const D: usize>(mut tensors: Vec<Tensor<D>>) -> Tensor<D> {
    match tensors.pop() {
        Some(only) if tensors.is_empty() => only,
        last => Tensor::cat(tensors.into_iter().chain(last).collect(), 0),
    }
}
