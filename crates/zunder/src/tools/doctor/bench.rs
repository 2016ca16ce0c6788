//! The environment of the doctor's checks: some of the run's images, new models, and short
//! trainings without a folder.

use std::sync::Arc;

use burn::tensor::{Device, Tensor};
use zunder_data::{AugmentConfig, Images, Loader, LoaderConfig};
use zunder_eval::EpochRecord;
use zunder_models::Key;
use zunder_train::{
    BatchSource, EarlyStoppingConfig, Events, FitConfig, FitContext, Interrupt, OnNan, Outcome,
    Schedule, ScheduleKind, StepReport, TrainError, fit,
};

use crate::images::batches::TensorBatches;
use crate::images::loaded::spread;
use crate::run::session::Session;
use crate::{Model, ModelConfig, RunConfig, RunError};

/// Number of images of the training part and of the validation part that the checks use: enough for
/// statistics, few enough for a check to take seconds.
const TRAINING: usize = 5000;
const VALIDATION: usize = 2000;

pub(crate) struct Bench<'a> {
    session: &'a Session,
    train: Arc<Images>,
    validation: Arc<Images>,
    interrupt: &'a Interrupt,
}

/// The end of a short training.
pub(crate) enum ShortTraining {
    Done(ShortFit),
    /// The loss was infinite or NaN, with the message of the training.
    Diverged(String),
    /// A stop was requested.
    Stopped,
}

/// The result of a finished short training.
pub(crate) struct ShortFit {
    pub records: Vec<EpochRecord>,
    /// Loss of the first batch, before its update; `last_loss` is that of the last batch.
    pub first_loss: f64,
    pub last_loss: f64,
}

impl<'a> Bench<'a> {
    pub(crate) fn new(session: &'a Session, interrupt: &'a Interrupt) -> Result<Self, RunError> {
        let loaded = &session.loaded;
        let part = |indices: &[u32], most| some(&loaded.train, &spread(indices, most));
        let (train, validation) =
            (part(&loaded.split.train, TRAINING)?, part(&loaded.split.validation, VALIDATION)?);
        Ok(Self { session, train: Arc::new(train), validation: Arc::new(validation), interrupt })
    }

    pub(crate) fn session(&self) -> &Session {
        self.session
    }

    pub(crate) fn config(&self) -> &RunConfig {
        &self.session.plan.config
    }

    pub(crate) fn device(&self) -> &Device {
        &self.session.device
    }

    pub(crate) fn classes(&self) -> usize {
        self.session.plan.classes.len()
    }

    pub(crate) fn train_images(&self) -> &Arc<Images> {
        &self.train
    }

    pub(crate) fn validation_images(&self) -> &Arc<Images> {
        &self.validation
    }

    /// Returns the number of images in a step: at most all training images.
    pub(crate) fn batch_size(&self) -> usize {
        self.config().batch_size.min(512).min(self.train.len())
    }

    /// Returns an untrained model.
    pub(crate) fn fresh(&self, model: &ModelConfig) -> Result<Model, RunError> {
        let key = Key::new(self.config().seed).named("doctor");
        let config = RunConfig { model: model.clone(), ..self.config().clone() };
        config.init_model(self.session.loaded.shape, self.classes(), key, self.device())
    }

    /// Returns full batches of images, shuffled and augmented with `augment`.
    pub(crate) fn source(
        &self,
        images: &Arc<Images>,
        augment: &AugmentConfig,
        batch_size: usize,
        steps: Option<usize>,
    ) -> Result<TensorBatches<2>, RunError> {
        let pipeline = augment.init(images.shape(), &self.session.preprocessing.standardisation)?;
        let config = LoaderConfig {
            batch_size: batch_size.min(images.len()),
            drop_last: true,
            ..LoaderConfig::default()
        };
        let key = Key::new(self.config().seed).named("doctor batches");
        let loader = Loader::new(
            Arc::clone(images),
            (0..images.len() as u32).collect(),
            pipeline,
            config,
            key,
        )?;
        Ok(TensorBatches::flat(loader).with_steps(steps))
    }

    /// Returns one pass over images without augmentation.
    pub(crate) fn plain(
        &self,
        images: &Arc<Images>,
        batch_size: usize,
    ) -> Result<TensorBatches<2>, RunError> {
        self.source(images, &AugmentConfig::default(), batch_size, None)
    }

    /// Returns the run's settings for a short training: one epoch at a constant learning rate.
    pub(crate) fn fit_config(&self) -> FitConfig {
        let schedule = Schedule::from(ScheduleKind::Constant {});
        FitConfig {
            epochs: 1,
            ema: 0.0,
            schedule,
            early_stopping: EarlyStoppingConfig::default(),
            on_nan: OnNan::default(),
            ..self.config().fit()
        }
    }

    /// Runs a short training of a model.
    pub(crate) fn trial(
        &self,
        model: Model,
        train: &impl BatchSource<Input = Tensor<2>>,
        validation: &impl BatchSource<Input = Tensor<2>>,
        config: &FitConfig,
    ) -> Result<ShortTraining, RunError> {
        let mut losses = Losses::default();
        let context =
            FitContext::new(self.device(), Key::new(self.config().seed).named("doctor fit"))
                .with_events(&mut losses)
                .with_interrupt(self.interrupt);
        match fit(model, train, validation, config, None, context) {
            Ok(fitted) if fitted.outcome == Outcome::Interrupted => Ok(ShortTraining::Stopped),
            Ok(fitted) => Ok(ShortTraining::Done(ShortFit {
                records: fitted.records,
                first_loss: losses.first.unwrap_or(f64::NAN),
                last_loss: losses.last,
            })),
            Err(TrainError::Diverged(divergence)) => {
                Ok(ShortTraining::Diverged(divergence.to_string()))
            }
            Err(error) => Err(error.into()),
        }
    }
}

#[derive(Default)]
struct Losses {
    first: Option<f64>,
    last: f64,
}

impl Events for Losses {
    fn step_finished(&mut self, step: &StepReport) {
        self.first.get_or_insert(step.batch_loss);
        self.last = step.batch_loss;
    }
}

/// Returns a copy of some images.
pub(crate) fn some(images: &Images, indices: &[u32]) -> Result<Images, RunError> {
    let pixels: Vec<u8> = indices.iter().flat_map(|&i| images.image(i as usize)).copied().collect();
    let labels = indices.iter().map(|&i| images.label(i as usize)).collect();
    Ok(Images::new(images.shape(), pixels, labels, images.n_classes())?)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::{DatasetName, ModelKind};
    use zunder_models::MlpConfig;

    /// A session that the tests of the checks use.
    pub(crate) struct PreparedBench(pub Session, Interrupt);

    impl PreparedBench {
        pub(crate) fn bench(&self) -> Bench<'_> {
            Bench::new(&self.0, &self.1).unwrap()
        }
    }

    pub(crate) fn made(config: &RunConfig) -> PreparedBench {
        PreparedBench(Session::prepare(config, None, &mut ()).unwrap().0, Interrupt::new())
    }

    pub(crate) fn small() -> RunConfig {
        let mut config = RunConfig::preset(ModelKind::Mlp);
        config.model = ModelConfig::Mlp(MlpConfig { hidden: vec![32], ..MlpConfig::default() });
        config.data.dataset = DatasetName::Shapes;
        config.data.limit = Some(1500);
        (config.batch_size, config.threads) = (64, 1);
        config
    }

    /// Returns a session without faults.
    pub(crate) fn bench() -> PreparedBench {
        made(&small())
    }

    /// Returns a session whose images are divided by a hundredth of their deviation, with a model
    /// without normalisation.
    pub(crate) fn blown_up() -> PreparedBench {
        let mut made =
            made(&RunConfig { model: RunConfig::preset(ModelKind::Linear).model, ..small() });
        made.0.preprocessing.standardisation.std.iter_mut().for_each(|std| *std /= 100.0);
        made
    }

    #[test]
    fn indices_are_spread_evenly() {
        assert_eq!(spread(&[5, 6, 7, 8, 9, 10], 3), [5, 7, 9]);
        assert_eq!(spread(&[5, 6], 3), [5, 6]);
        assert!(spread(&[], 3).is_empty());
    }
}
