//! The parts of a run for a training loop other than Zunder's.

use std::fmt;

use burn::tensor::Device;
use zunder_data::Loader;
use zunder_eval::TestRecord;
use zunder_random::Key;
use zunder_train::Interrupt;

use crate::events::listening::{Listening, unless_interrupted};
use crate::images::batches::TensorBatches;
use crate::run::session::Session;
use crate::threads::in_pool;
use crate::{Model, Plan, RunConfig, RunError, RunOptions};

/// The parts of a run for a training loop other than Zunder's: the data, split and model of
/// [`Run::train`](crate::Run::train) with the same configuration, and the same test. There is no
/// folder.
pub struct PreparedRun {
    session: Session,
    model: Model,
    validation: TensorBatches<2>,
}

impl PreparedRun {
    /// Loads the data, resolves the configuration, and calls `train` in a pool of the configured
    /// number of threads. Returns `None` if an interrupt was requested while the data were read.
    ///
    /// # Errors
    /// Returns the [`RunError`] of [`Run::train`](crate::Run::train) for an invalid input.
    pub fn with<T: Send>(
        config: &RunConfig,
        options: RunOptions<'_>,
        train: impl FnOnce(&Self) -> T + Send,
    ) -> Result<Option<T>, RunError> {
        config.validate()?;
        unless_interrupted(in_pool(config.threads, || {
            let (session, model) = Session::prepare(config, None, &mut Listening::new(options))?;
            let validation = session.loaded.validation(&session.preprocessing)?;
            Ok(Some(train(&Self { session, model, validation })))
        }))
    }

    /// Returns what is trained; [`Plan::config`] is the resolved configuration.
    pub fn plan(&self) -> &Plan {
        &self.session.plan
    }

    /// Returns the device, without autodiff.
    pub fn device(&self) -> &Device {
        &self.session.device
    }

    /// Returns the key that names the draws of the training steps.
    pub fn key(&self) -> Key {
        self.session.training_key()
    }

    /// Returns the model with its initial weights, without views of test-time augmentation.
    pub fn model(&self) -> Model {
        self.model.clone()
    }

    /// Returns the loader of the training images.
    pub fn training(&self) -> &Loader {
        self.session.training.loader()
    }

    /// Returns the loader of the validation images.
    pub fn validation(&self) -> &Loader {
        self.validation.loader()
    }

    /// Tests a trained model, without autodiff, on the test set, with the views of test-time
    /// augmentation. Returns `None` if an interrupt was requested.
    ///
    /// # Errors
    /// Returns [`RunError::Overflow`] if the model gives no numbers, and the errors of reading the
    /// images.
    pub fn test(
        &self,
        model: &Model,
        interrupt: &Interrupt,
    ) -> Result<Option<TestRecord>, RunError> {
        let model = model.clone().with_tta(self.session.plan.config.tta);
        let Some((predictions, _)) = self.session.predict_test(&model, interrupt)? else {
            return Ok(None);
        };
        let mut record = predictions.evaluate(&self.session.plan.classes)?;
        record.leakage.clone_from(&self.session.plan.leakage);
        Ok(Some(record))
    }
}

impl fmt::Debug for PreparedRun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PreparedRun").field("plan", &self.session.plan).finish_non_exhaustive()
    }
}
