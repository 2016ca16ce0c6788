//! Classifiers as models for Burn's learner.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use burn::data::dataloader::DataLoader;
use burn::data::dataset::DatasetError;
use burn::module::{Devices, Module, ModuleMapper, ModuleVisitor};
use burn::optim::GradientsParams;
use burn::tensor::{Device, Int, Tensor, TensorData};
use burn::train::{
    ClassificationOutput, InferenceStep, Interrupter, SupervisedTraining, TrainOutput, TrainStep,
};
use zunder_random::Key;
use zunder_train::{Classifier, Loss, LossFunction, ScoredBatch, TrainError};

use crate::tape::Tape;
use crate::{BurnTrainError, LearnerBatch};

/// A [`Classifier`] as a model for Burn's [`Learner`](burn::train::Learner): it implements
/// [`TrainStep`] and [`InferenceStep`] with [`LearnerBatch`] as input, and Burn's
/// [`ClassificationOutput`] as output, which Burn's metrics take.
///
/// A step computes what a step of [`fit`](zunder_train::fit) computes, bit for bit: it seeds the
/// device's generator from the batch's key, so that Burn's dropout draws the same masks in a
/// repeated step. With several devices of one process on a backend that has one generator for all
/// (`flex`, `ndarray`), the masks of Burn's dropout depend on the order of the threads; dropout
/// that uses the key, as that of `zunder_models`, does not.
///
/// Parameters have the paths and records of the classifier itself, so records saved from one can be
/// loaded by the other.
///
/// [`TrainStep::step`] cannot return an error. If labels and model do not fit, the step gives no
/// gradients and a loss that is not a number, and passes the error to the
/// [`interrupter`](Self::interrupter), which ends the training:
/// [`supervised`](Self::supervised) connects it.
#[derive(Clone)]
pub struct Learnable<M> {
    model: M,
    loss: Arc<dyn LossFunction + Send + Sync>,
    interrupter: Interrupter,
    tape: Option<Tape>,
}

impl<M: Classifier> Learnable<M> {
    /// Creates a model that minimises the softmax cross-entropy.
    pub fn new(model: M) -> Self {
        let (loss, interrupter) = (Arc::new(Loss::default()), Interrupter::new());
        Self { model, loss, interrupter, tape: None }
    }

    /// Sets the loss to minimise. Default: softmax cross-entropy.
    #[must_use]
    pub fn with_loss(self, loss: impl LossFunction + Send + Sync + 'static) -> Self {
        Self { loss: Arc::new(loss), ..self }
    }

    /// Returns the classifier.
    pub fn classifier(&self) -> &M {
        &self.model
    }

    /// Returns the classifier.
    pub fn into_classifier(self) -> M {
        self.model
    }

    /// Returns the handle that ends the training if a step fails. Pass it to
    /// [`SupervisedTraining::with_interrupter`].
    pub fn interrupter(&self) -> Interrupter {
        self.interrupter.clone()
    }

    pub(crate) fn loss(&self) -> Arc<dyn LossFunction + Send + Sync> {
        Arc::clone(&self.loss)
    }

    pub(crate) fn with_tape(self, tape: impl Into<Option<Tape>>) -> Self {
        Self { tape: tape.into(), ..self }
    }

    fn map_model(self, change: impl FnOnce(M) -> M) -> Self {
        let Self { model, loss, interrupter, tape } = self;
        Self { model: change(model), loss, interrupter, tape }
    }

    /// Fails the training, and returns an output of `samples` that are not predicted.
    fn fail(&self, error: TrainError, samples: usize) -> ClassificationOutput {
        self.interrupter.fail(DatasetError::new(BurnTrainError::from(error)));
        let device = self.model.devices().first().cloned().unwrap_or_default();
        let device = if device.is_autodiff() { device.inner() } else { device };
        ClassificationOutput::new(
            Tensor::from_floats([f32::NAN], &device),
            Tensor::full([samples, 1], f32::NAN, &device),
            Tensor::zeros([samples], &device),
        )
    }
}

impl<M> Learnable<M>
where
    M: Classifier + fmt::Display + 'static,
    M::Input: Send + 'static,
{
    /// Creates Burn's training of this model, with its [interrupter](Self::interrupter) and without
    /// Burn's logger, which is global to the process (see
    /// [`SupervisedTraining::with_application_logger`]).
    pub fn supervised(
        &self,
        directory: impl AsRef<Path>,
        train: impl DataLoader<LearnerBatch<M::Input>> + 'static,
        validation: impl DataLoader<LearnerBatch<M::Input>> + 'static,
    ) -> SupervisedTraining<Self> {
        SupervisedTraining::new(directory, Arc::new(train), Arc::new(validation))
            .with_interrupter(self.interrupter())
            .with_application_logger(None)
    }
}

/// Returns the labels as a tensor.
pub(crate) fn label_tensor(labels: &[u32], device: &Device) -> Tensor<1, Int> {
    let values: Vec<i32> = labels.iter().map(|&label| label as i32).collect();
    Tensor::from_data(TensorData::new(values, [labels.len()]), device)
}

impl<M: Classifier> TrainStep for Learnable<M>
where
    M::Input: Send + 'static,
{
    type Input = LearnerBatch<M::Input>;
    type Output = ClassificationOutput;

    fn step(&self, batch: Self::Input) -> TrainOutput<ClassificationOutput> {
        let (share, samples) = (batch.share(&*self.loss), batch.labels.len());
        let device = self.model.devices().first().cloned().unwrap_or_default();
        let (batch, key) = batch.labelled();
        let device = if device.is_autodiff() { device.inner() } else { device };
        match ScoredBatch::training(&self.model, batch, &*self.loss, &device, key) {
            Ok(ScoredBatch { scores, loss, labels, .. }) => {
                let minimised =
                    if share == 1.0 { loss.clone() } else { loss.clone().mul_scalar(share) };
                let gradients = GradientsParams::from_grads(minimised.backward(), &self.model);
                let (scores, loss) = (scores.inner(), loss.inner());
                let targets = label_tensor(&labels, &scores.device());
                let item = ClassificationOutput::new(loss, scores, targets);
                TrainOutput { grads: gradients, item }
            }
            Err(error) => {
                TrainOutput { grads: GradientsParams::new(), item: self.fail(error, samples) }
            }
        }
    }
}

impl<M: Classifier> InferenceStep for Learnable<M>
where
    M::Input: Send + 'static,
{
    type Input = LearnerBatch<M::Input>;
    type Output = ClassificationOutput;

    fn step(&self, batch: Self::Input) -> ClassificationOutput {
        let samples = batch.labels.len();
        let (batch, _) = batch.labelled();
        match ScoredBatch::evaluation(&self.model, batch, &*self.loss) {
            Ok(ScoredBatch { scores, loss, labels, .. }) => {
                let targets = label_tensor(&labels, &scores.device());
                ClassificationOutput::new(loss, scores, targets)
            }
            Err(error) => self.fail(error, samples),
        }
    }
}

/// Delegates to the classifier.
impl<M: Classifier> Classifier for Learnable<M> {
    type Input = M::Input;

    fn scores(&self, input: M::Input) -> Tensor<2> {
        self.model.scores(input)
    }

    fn scores_training(&self, input: M::Input, key: Key) -> Tensor<2> {
        let scores = self.model.scores_training(input, key);
        if let Some(tape) = &self.tape {
            tape.push_scores(scores.clone().inner());
        }
        scores
    }

    fn scores_observed(
        &self,
        input: M::Input,
        observer: &mut dyn FnMut(&str, &Tensor<2>),
    ) -> Tensor<2> {
        self.model.scores_observed(input, observer)
    }

    fn layer_name(&self, parameter: &str) -> String {
        self.model.layer_name(parameter)
    }
}

/// Delegates to the classifier, so that the paths of parameters are its own.
impl<M: Classifier> Module for Learnable<M> {
    fn collect_devices(&self, devices: Devices) -> Devices {
        self.model.collect_devices(devices)
    }

    /// Burn's strategies fork the model to a device with autodiff. A model that was created on a
    /// device without is first made [trainable](Module::train), which `fork` alone does not do.
    fn fork(self, device: &Device) -> Self {
        let plain = self.model.devices().iter().any(|device| !device.is_autodiff());
        let trainable = device.is_autodiff() && plain;
        self.map_model(
            |model| if trainable { model.train().fork(device) } else { model.fork(device) },
        )
    }

    fn to_device(self, device: &Device) -> Self {
        self.map_model(|model| model.to_device(device))
    }

    fn train(self) -> Self {
        self.map_model(Module::train)
    }

    fn valid(&self) -> Self {
        let Self { model, loss, interrupter, tape } = self;
        Self {
            model: model.valid(),
            loss: Arc::clone(loss),
            interrupter: interrupter.clone(),
            tape: tape.clone(),
        }
    }

    fn materialize(self) -> Self {
        self.map_model(Module::materialize)
    }

    fn visit<Visitor: ModuleVisitor>(&self, visitor: &mut Visitor) {
        self.model.visit(visitor);
    }

    fn map<Mapper: ModuleMapper>(self, mapper: &mut Mapper) -> Self {
        self.map_model(|model| model.map(mapper))
    }
}

impl<M: fmt::Debug> fmt::Debug for Learnable<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Learnable").field("model", &self.model).finish_non_exhaustive()
    }
}

impl<M: fmt::Display> fmt::Display for Learnable<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.model.fmt(f)
    }
}
