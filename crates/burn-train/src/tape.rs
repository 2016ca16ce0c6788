//! What the training loop computed, for the metrics of Burn.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use burn::tensor::Tensor;

/// The scores and labels of the steps that were done and not reported yet, in their order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tape(Arc<Mutex<Steps>>);

#[derive(Debug, Default)]
struct Steps {
    scores: VecDeque<Tensor<2>>,
    labels: VecDeque<Vec<u32>>,
}

impl Tape {
    fn with<T>(&self, change: impl FnOnce(&mut Steps) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn push_labels(&self, labels: Vec<u32>) {
        self.with(|steps| steps.labels.push_back(labels));
    }

    pub(crate) fn push_scores(&self, scores: Tensor<2>) {
        self.with(|steps| steps.scores.push_back(scores));
    }

    /// Removes the oldest step. `None` if there is none.
    pub(crate) fn pop(&self) -> Option<(Tensor<2>, Vec<u32>)> {
        self.with(|steps| steps.scores.pop_front().zip(steps.labels.pop_front()))
    }

    /// Forgets all steps, at the end of an epoch.
    pub(crate) fn clear(&self) {
        self.with(|steps| *steps = Steps::default());
    }
}
