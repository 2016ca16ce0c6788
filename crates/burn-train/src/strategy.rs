//! Zunder's training as a strategy of Burn's training.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use burn::data::dataset::DatasetError;
use burn::module::Module;
use burn::optim::SgdConfig;
use burn::optim::lr_scheduler::constant::ConstantLr;
use burn::tensor::Device;
use burn::train::metric::store::{Aggregate, Split};
use burn::train::{
    Learner, SupervisedLearningStrategy, SupervisedTrainingEventProcessor, TrainLoader,
    TrainingComponents, TrainingStrategy, ValidLoader,
};
use zunder_random::Key;
use zunder_train::{
    BurnOptimizer, Checkpoint, Classifier, EpochRecord, FitConfig, FitContext, Fitted,
    HealthRecord, Interrupt, Metric, Outcome, fit,
};

use crate::progress::Forward;
use crate::source::LoaderSource;
use crate::tape::Tape;
use crate::{BurnTrainError, Learnable};

/// A training strategy for [`SupervisedTraining`](burn::train::SupervisedTraining) that runs
/// Zunder's loop, [`fit`]. Burn's dashboard, metrics, loggers and
/// [`Interrupter`](burn::train::Interrupter) work as before. In addition:
///
/// - With a [folder](Self::with_folder), each epoch ends with a whole checkpoint. A training that
///   resumes by [`SupervisedTraining::checkpoint`] ends with the same bits on a CPU backend as one
///   without interruption.
/// - The result has the weights of the best validation epoch, not those of the last.
/// - Early stopping, accumulation, clipping, the moving average of the weights and the schedule are
///   those of [`FitConfig`].
///
/// # What replaces Burn's settings
///
/// - The optimiser and the scheduler of the [`Learner`] are **ignored**, since Burn hides them from
///   strategies. [`FitConfig::optimizer`] or [`with_optimizer`](Self::with_optimizer), and
///   [`FitConfig::schedule`], take their place. [`learner`](Self::learner) creates a learner
///   without naming any.
/// - [`SupervisedTraining::num_epochs`] counts, and [`FitConfig::epochs`] is ignored.
/// - The loss of [`Learnable`] counts, and [`FitConfig::loss`] is ignored.
/// - [`SupervisedTraining::checkpoint`] counts: the number of epochs of the checkpoint in the
///   folder.
/// - [`grads_accumulation`], checkpointers and [`early_stopping`] of Burn are refused.
/// - [`gradient_checkpointing`] is ignored, since Burn hides it.
/// - With a moving average of the weights, Burn's metrics show the weights, and the result may be
///   the average.
///
/// A loss that is not finite ends the training: [`FitConfig::on_nan`] must be to stop, since a Burn
/// data loader cannot repeat an epoch. If the training fails,
/// [`LearningResult::error`](burn::train::LearningResult::error) has the message,
/// [`summary`](Self::summary) the error, and the returned model its initial weights; the last whole
/// epoch is in the folder.
///
/// [`SupervisedTraining::num_epochs`]: burn::train::SupervisedTraining::num_epochs
/// [`SupervisedTraining::checkpoint`]: burn::train::SupervisedTraining::checkpoint
/// [`grads_accumulation`]: burn::train::SupervisedTraining::grads_accumulation
/// [`gradient_checkpointing`]: burn::train::SupervisedTraining::gradient_checkpointing
/// [`early_stopping`]: burn::train::SupervisedTraining::early_stopping
pub struct FitStrategy {
    config: FitConfig,
    batch_size: usize,
    device: Device,
    key: Key,
    folder: Option<PathBuf>,
    optimizer: Option<BurnOptimizer>,
    metric: Option<Box<dyn Metric + Send + Sync>>,
    ended: Mutex<Option<Result<FitSummary, Arc<BurnTrainError>>>>,
}

/// The result of a training by [`FitStrategy`], besides the model.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct FitSummary {
    /// Best validation epoch, counted from 1.
    pub best_epoch: Option<usize>,
    /// Whether the weights are the moving average after that epoch.
    pub averaged: bool,
    /// Records of the finished epochs.
    pub records: Vec<EpochRecord>,
    /// Records of the layers: one for each layer and finished epoch.
    pub health: Vec<HealthRecord>,
    /// Reason why the training ended.
    pub outcome: Outcome,
}

impl FitStrategy {
    /// Creates a strategy for `device`, without autodiff. Random draws are named by `key`.
    ///
    /// `batch_size` is that of the loader of the training part, which does not tell it; it is
    /// checked at the end of each epoch.
    pub fn new(config: FitConfig, batch_size: usize, device: &Device, key: Key) -> Self {
        Self {
            config,
            batch_size,
            device: device.clone(),
            key,
            folder: None,
            optimizer: None,
            metric: None,
            ended: Mutex::new(None),
        }
    }

    /// Sets the folder of the checkpoint (`checkpoint.safetensors`) and the best weights
    /// (`best.safetensors`). It must exist. Default: none, and no files.
    #[must_use]
    pub fn with_folder(self, folder: impl AsRef<Path>) -> Self {
        Self { folder: Some(folder.as_ref().to_path_buf()), ..self }
    }

    /// Sets an optimiser of Burn, in place of [`FitConfig::optimizer`].
    #[must_use]
    pub fn with_optimizer(self, optimizer: BurnOptimizer) -> Self {
        Self { optimizer: Some(optimizer), ..self }
    }

    /// Sets the metric by which epochs are compared, in place of
    /// [`EarlyStoppingConfig::monitor`](zunder_train::EarlyStoppingConfig::monitor).
    #[must_use]
    pub fn with_metric(self, metric: impl Metric + Send + Sync + 'static) -> Self {
        Self { metric: Some(Box::new(metric)), ..self }
    }

    /// Returns the strategy for
    /// [`with_training_strategy`](burn::train::SupervisedTraining::with_training_strategy). Keep a
    /// clone of the `Arc` to read the [`summary`](Self::summary) afterwards.
    pub fn training_strategy<M>(self: &Arc<Self>) -> TrainingStrategy<Learnable<M>>
    where
        M: Classifier + fmt::Display + 'static,
        M::Input: Send + 'static,
    {
        TrainingStrategy::Custom(Arc::clone(self) as _)
    }

    /// Creates a learner for this strategy, which needs no optimiser and no scheduler of Burn:
    /// those of the learner are never used.
    pub fn learner<M>(model: Learnable<M>) -> Learner<Learnable<M>>
    where
        M: Classifier + fmt::Display + 'static,
        M::Input: Send + 'static,
    {
        Learner::new(model, SgdConfig::new().init(), ConstantLr::new(0.0))
    }

    /// Returns the result of the last training, or its error. `None` before one has ended.
    ///
    /// # Errors
    /// Returns the error that ended the training.
    pub fn summary(&self) -> Option<Result<FitSummary, Arc<BurnTrainError>>> {
        self.ended.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns an error for settings that cannot be followed.
    fn check<M>(&self, components: &TrainingComponents<Learnable<M>>) -> Result<(), BurnTrainError>
    where
        M: Classifier + fmt::Display + 'static,
        M::Input: Send + 'static,
    {
        let refused = [
            (
                components.grad_accumulation.is_some(),
                "SupervisedTraining::grads_accumulation",
                "set FitConfig::gradients",
            ),
            (
                components.checkpointer.is_some(),
                "a checkpointer of SupervisedTraining",
                "set FitStrategy::with_folder",
            ),
            (
                components.early_stopping.is_some(),
                "SupervisedTraining::early_stopping",
                "set FitConfig::early_stopping",
            ),
            (
                self.config.on_nan.most() > 0,
                "FitConfig::on_nan",
                "set it to OnNan::Stop, since a Burn data loader cannot repeat an epoch",
            ),
        ];
        for (is_set, setting, instead) in refused {
            if is_set {
                return Err(BurnTrainError::Unsupported { setting, instead });
            }
        }
        Ok(())
    }

    /// Runs `fit`, given the model on this strategy's device.
    fn run<M>(
        &self,
        model: Learnable<M>,
        components: &mut TrainingComponents<Learnable<M>>,
        train: &TrainLoader<Learnable<M>>,
        validation: &ValidLoader<Learnable<M>>,
    ) -> Result<Fitted<Learnable<M>>, BurnTrainError>
    where
        M: Classifier + fmt::Display + 'static,
        M::Input: Send + 'static,
    {
        self.check(components)?;
        let file = |name| self.folder.as_ref().map(|folder| folder.join(name));
        let (checkpoint, best) = (file("checkpoint.safetensors"), file("best.safetensors"));
        let resume = resume(checkpoint.as_deref(), components.checkpoint)?;
        let (device, tape, interrupt) = (&self.device, Tape::default(), Interrupt::new());
        let autodiff = device.clone().autodiff();
        let train = LoaderSource::training(train, self.batch_size, &autodiff, tape.clone());
        let validation = LoaderSource::validation(validation, self.batch_size, device);
        let config = FitConfig { epochs: components.num_epochs, ..self.config.clone() };
        let loss = model.loss();
        let mut events: Forward<'_, M> = Forward {
            processor: &mut components.event_processor,
            interrupter: components.interrupter.clone(),
            interrupt: interrupt.clone(),
            tape: tape.clone(),
            device: device.clone(),
            items: (train.items(), validation.items()),
            epoch: 0,
        };
        let mut context = FitContext::new(device, self.key)
            .with_checkpoint(checkpoint.as_deref())
            .with_best(best.as_deref())
            .with_events(&mut events)
            .with_interrupt(&interrupt)
            .with_loss(&*loss)
            .with_optimizer(self.optimizer.clone());
        if let Some(metric) = &self.metric {
            context = context.with_metric(&**metric);
        }
        Ok(fit(model.with_tape(tape), &train, &validation, &config, resume, context)?)
    }
}

/// Reads the checkpoint to resume from, if one is asked for.
fn resume(path: Option<&Path>, epoch: Option<usize>) -> Result<Option<Checkpoint>, BurnTrainError> {
    match (path, epoch) {
        (None, None) => Ok(None),
        (None, Some(epoch)) => Err(BurnTrainError::NoFolder { epoch }),
        (Some(path), None) => {
            if path.exists() {
                let epochs = Checkpoint::read_records(path)?.len();
                return Err(BurnTrainError::Exists { path: path.to_path_buf(), epochs });
            }
            Ok(None)
        }
        (Some(path), Some(expected)) => {
            let checkpoint = Checkpoint::load(path)?;
            let (got, path) = (checkpoint.records().len(), path.to_path_buf());
            if got != expected {
                return Err(BurnTrainError::Epochs { path, got, expected });
            }
            Ok(Some(checkpoint))
        }
    }
}

impl<M> SupervisedLearningStrategy<Learnable<M>> for FitStrategy
where
    M: Classifier + fmt::Display + 'static,
    M::Input: Send + 'static,
{
    fn fit(
        &self,
        mut components: TrainingComponents<Learnable<M>>,
        learner: Learner<Learnable<M>>,
        train: TrainLoader<Learnable<M>>,
        validation: ValidLoader<Learnable<M>>,
        _starting_epoch: usize,
    ) -> (Learnable<M>, SupervisedTrainingEventProcessor<Learnable<M>>) {
        let initial = learner.model().materialize();
        drop(learner);
        let is_autodiff = initial.devices().iter().any(Device::is_autodiff);
        let plain = if is_autodiff { initial.valid() } else { initial.clone() };
        let plain = plain.fork(&self.device);
        let result = self.run(plain, &mut components, &train, &validation);
        let (model, ended) = match result {
            Ok(Fitted { model, best_epoch, averaged, records, health, outcome, .. }) => (
                model.with_tape(None),
                Ok(FitSummary { best_epoch, averaged, records, health, outcome }),
            ),
            Err(error) => {
                let error = Arc::new(error);
                components.interrupter.fail(DatasetError::new(Arc::clone(&error)));
                let initial = if is_autodiff { initial.valid() } else { initial };
                (initial.fork(&self.device), Err(error))
            }
        };
        if components.summary.is_some() {
            // Burn reads the summary from the files of the metrics, which two threads write. The
            // answer to a question comes after all events before it are written.
            let (mean, split) = (Aggregate::Mean, Split::Valid);
            let _ = components.event_store.find_metric("Loss", 1, mean, &split);
        }
        *self.ended.lock().unwrap_or_else(PoisonError::into_inner) = Some(ended);
        // Burn returns its form without autodiff.
        (model.train(), components.event_processor)
    }
}
