//! Predictions that metrics collect over a whole set.

use burn::tensor::{Int, Tensor, TensorReadError};
use burn::train::ClassificationOutput;
use burn::train::metric::Adaptor;
use zunder_eval::{EvalError, Scored};
use zunder_train::softmax;

/// The input of the metrics of this crate: the outputs of a model for a batch, and the labels.
///
/// Burn's [`ClassificationOutput`] gives it. For an output type of your own, implement
/// [`Adaptor<PredictionsInput>`](Adaptor).
#[derive(Clone, Debug)]
pub struct PredictionsInput {
    outputs: Tensor<2>,
    labels: Tensor<1, Int>,
}

impl PredictionsInput {
    /// Creates the input of the metrics.
    ///
    /// # Shapes
    /// Outputs `[N, C]` and labels `[N]`, from 0 to C - 1.
    pub fn new(outputs: Tensor<2>, labels: Tensor<1, Int>) -> Self {
        Self { outputs, labels }
    }
}

impl Adaptor<PredictionsInput> for ClassificationOutput {
    fn adapt(&self) -> PredictionsInput {
        PredictionsInput::new(self.output.clone(), self.targets.clone())
    }
}

/// What the outputs of a model are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Outputs {
    /// Scores before the softmax (logits), as [`Learnable`](crate::Learnable) gives them. The
    /// metrics use their softmax.
    #[default]
    Logits,
    /// Probabilities: each 0 to 1, with the sum 1 in each row.
    Probabilities,
}

/// The predictions since the start of an epoch.
#[derive(Clone, Debug, Default)]
pub(crate) struct Predictions {
    pub outputs: Outputs,
    probabilities: Vec<f32>,
    labels: Vec<u32>,
    classes: usize,
}

impl Predictions {
    pub(crate) fn push(&mut self, input: &PredictionsInput) -> Result<(), TensorReadError> {
        let mut rows = input.outputs.clone().try_into_vec_as::<f32>()?;
        let labels = input.labels.clone().try_into_vec_as::<i64>()?;
        self.classes = input.outputs.dims()[1];
        if self.outputs == Outputs::Logits {
            softmax(&mut rows, self.classes);
        }
        self.probabilities.extend(rows);
        // A label that is no class becomes one that zunder_eval refuses.
        self.labels.extend(labels.iter().map(|&label| u32::try_from(label).unwrap_or(u32::MAX)));
        Ok(())
    }

    pub(crate) fn scored(&self) -> Result<Scored<'_>, EvalError> {
        Scored::new(&self.probabilities, &self.labels, self.classes)
    }

    pub(crate) fn clear(&mut self) {
        self.probabilities.clear();
        self.labels.clear();
    }
}
