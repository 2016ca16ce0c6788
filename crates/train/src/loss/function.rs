//! The trait of loss functions, which a caller can implement.

use burn::tensor::Tensor;

use super::Loss;
use crate::{Targets, TrainError};

/// A function that training minimises: a [`Loss`], or a type of the caller, passed to
/// [`FitContext::with_loss`](crate::FitContext::with_loss).
///
/// ```
/// use burn::tensor::activation::log_softmax;
/// use burn::tensor::{Device, Int, Tensor};
/// use zunder_train::{LossFunction, Targets, TrainError};
///
/// /// The focal loss (Lin 2017): `-(1 - p)^2 ln p`, p being the probability of the sample's class.
/// struct Focal;
///
/// impl LossFunction for Focal {
///     fn forward(&self, scores: Tensor<2>, targets: Targets) -> Result<Tensor<1>, TrainError> {
///         let shares = targets.shares(scores.dims()[1]);
///         let log = log_softmax(scores, 1);
///         let hardness = (-log.clone().exp() + 1.0).square();
///         Ok(-(hardness * log * shares).sum_dim(1).mean())
///     }
/// }
///
/// let device = Device::flex();
/// let scores = Tensor::from_floats([[0.0, 0.0]], &device);
/// let classes = Targets::Classes(Tensor::<1, Int>::from_ints([1], &device));
/// let loss: f32 = Focal.forward(scores, classes)?.into_scalar();
/// assert!((loss - 0.25 * 2_f32.ln()).abs() < 1e-6);
/// # Ok::<(), TrainError>(())
/// ```
pub trait LossFunction: Sync {
    /// Returns the mean loss of a batch, for differentiation.
    ///
    /// # Shapes
    /// Scores `[N, C]` and targets of N samples to `[1]`.
    ///
    /// # Errors
    /// Returns [`TrainError`] for scores or targets that the loss does not accept.
    fn forward(&self, scores: Tensor<2>, targets: Targets) -> Result<Tensor<1>, TrainError>;

    /// Returns the mean loss of a batch that validation reports. Default:
    /// [`forward`](Self::forward).
    ///
    /// # Shapes
    /// Those of [`forward`](Self::forward).
    ///
    /// # Errors
    /// Returns the errors of [`forward`](Self::forward).
    fn evaluated(&self, scores: Tensor<2>, targets: Targets) -> Result<Tensor<1>, TrainError> {
        self.forward(scores, targets)
    }

    /// Returns the weight of a batch in the mean over several batches. `labels` are the classes of
    /// the samples; `soft_labels` are the shares of the classes in mixed samples (`[N, C]`, row by
    /// row). Default: the number of samples.
    fn weight(&self, labels: &[u32], soft_labels: Option<&[f32]>) -> f64 {
        let _ = soft_labels;
        labels.len() as f64
    }

    /// Returns the weight of a batch in the mean of [`evaluated`](Self::evaluated) over several
    /// batches. Default: [`weight`](Self::weight).
    fn evaluated_weight(&self, labels: &[u32], soft_labels: Option<&[f32]>) -> f64 {
        self.weight(labels, soft_labels)
    }
}

/// Returns a loss function's result if it is one number.
///
/// # Errors
/// Returns [`TrainError::Setting`] for any other shape, such as one loss per sample.
pub(crate) fn one_number(loss: Tensor<1>) -> Result<Tensor<1>, TrainError> {
    let [numbers] = loss.dims();
    if numbers == 1 {
        return Ok(loss);
    }
    let expected = "one number, the mean over the batch (`.mean()`)";
    Err(TrainError::Setting {
        key: "the loss function's result",
        got: format!("{numbers} numbers"),
        expected,
    })
}

impl LossFunction for Loss {
    fn forward(&self, scores: Tensor<2>, targets: Targets) -> Result<Tensor<1>, TrainError> {
        Self::forward(self, scores, targets)
    }

    /// Returns the [plain](Self::plain) loss, without label smoothing and class weights.
    fn evaluated(&self, scores: Tensor<2>, targets: Targets) -> Result<Tensor<1>, TrainError> {
        Self::forward(&self.plain(), scores, targets)
    }

    /// Returns the divisor of the weighted mean: N without class weights.
    fn weight(&self, labels: &[u32], soft_labels: Option<&[f32]>) -> f64 {
        self.batch_weight(labels, soft_labels)
    }

    fn evaluated_weight(&self, labels: &[u32], _: Option<&[f32]>) -> f64 {
        labels.len() as f64
    }
}
