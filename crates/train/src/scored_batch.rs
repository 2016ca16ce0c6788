//! The scores and the loss of one batch.

use burn::tensor::{Device, Tensor};
use zunder_random::Key;

use crate::loss::one_number;
use crate::{Classifier, LabelledBatch, LossFunction, Targets, TrainError};

/// The scores and the mean loss of a batch, with its labels.
///
/// [`fit`](crate::fit) computes each training batch by [`training`](Self::training). A training
/// loop of one's own that uses it too gets the same bits.
///
/// ```
/// use burn::nn::{Linear, LinearConfig};
/// use burn::module::Module;
/// use burn::tensor::{Device, Tensor};
/// use zunder_train::{Classifier, Key, LabelledBatch, Loss, ScoredBatch};
///
/// #[derive(Module, Debug)]
/// struct Line {
///     scores: Linear,
/// }
///
/// impl Classifier for Line {
///     type Input = Tensor<2>;
///
///     fn scores(&self, input: Tensor<2>) -> Tensor<2> {
///         self.scores.forward(input)
///     }
/// }
///
/// let device = Device::flex();
/// let model = Line { scores: LinearConfig::new(1, 2).init(&device) }.train();
/// let input = Tensor::from_floats([[-1.0], [1.0]], &device.clone().autodiff());
/// let batch = LabelledBatch { input, labels: vec![0, 1], soft_labels: None };
/// let scored = ScoredBatch::training(&model, batch, &Loss::default(), &device, Key::new(1))?;
/// assert_eq!(scored.scores.dims(), [2, 2]);
/// let _gradients = scored.loss.backward();
/// # Ok::<(), zunder_train::TrainError>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ScoredBatch {
    /// Scores of the N samples, `[N, C]`.
    pub scores: Tensor<2>,
    /// Mean loss of the batch, `[1]`.
    pub loss: Tensor<1>,
    /// Labels of the samples.
    pub labels: Vec<u32>,
    /// Soft labels of the samples, N times C, if they are mixed.
    pub soft_labels: Option<Vec<f32>>,
}

impl ScoredBatch {
    /// Computes the scores and the loss of a training batch, for differentiation. The draws of this
    /// step are named by `key`. The input is on `device` with autodiff, and `device` itself is
    /// without: the generator of `device` is [seeded](Classifier::scores_training) from `key`.
    ///
    /// # Errors
    /// Returns [`TrainError::Label`], [`TrainError::SoftLabels`] or [`TrainError::Setting`] if the
    /// labels, the model's number of classes and the loss do not fit each other.
    pub fn training<M: Classifier>(
        model: &M,
        batch: LabelledBatch<M::Input>,
        loss: &dyn LossFunction,
        device: &Device,
        key: Key,
    ) -> Result<Self, TrainError> {
        // Seeds the device's generator for modules that draw from it, such as `burn::nn::Dropout`:
        // a checkpoint does not contain its state.
        device.seed(key.named("device").to_u64());
        let LabelledBatch { input, labels, soft_labels } = batch;
        let scores = model.scores_training(input, key);
        let targets = targets(&scores, &labels, soft_labels.as_deref(), "training")?;
        let loss = one_number(loss.forward(scores.clone(), targets)?)?;
        Ok(Self { scores, loss, labels, soft_labels })
    }

    /// Computes the scores and the [evaluated loss](LossFunction::evaluated) of a batch, of a model
    /// in its [`valid`](burn::module::Module::valid) form.
    ///
    /// # Errors
    /// Returns the errors of [`training`](Self::training).
    pub fn evaluation<M: Classifier>(
        model: &M,
        batch: LabelledBatch<M::Input>,
        loss: &dyn LossFunction,
    ) -> Result<Self, TrainError> {
        let LabelledBatch { input, labels, soft_labels } = batch;
        let scores = model.scores(input);
        let targets = targets(&scores, &labels, soft_labels.as_deref(), "evaluation")?;
        let loss = one_number(loss.evaluated(scores.clone(), targets)?)?;
        Ok(Self { scores, loss, labels, soft_labels })
    }
}

fn targets(
    scores: &Tensor<2>,
    labels: &[u32],
    soft_labels: Option<&[f32]>,
    part: &'static str,
) -> Result<Targets, TrainError> {
    Targets::new(labels, soft_labels, scores.dims()[1], part, &scores.device())
}
