//! The stages of a run: loads the data, resolves the configuration, trains, tests, writes the
//! files.

use burn::tensor::Device;
use zunder_models::Key;
use zunder_train::{Checkpoint, FitContext, Fitted, Interrupt, Outcome, TrainError, fit};

use crate::config::changes::identity;
use crate::device::{Opened, open};
use crate::images::batches::TensorBatches;
use crate::images::lineage::Past;
use crate::images::loaded::LoadedData;
use crate::remote::{busy, guard};
use crate::run::divergence::DivergenceRecord;
use crate::run::init_from::initial_model;
#[cfg(feature = "report")]
use crate::run::page;
use crate::run::recorder::Recorder;
use crate::run::records::finished_epochs;
use crate::run::resolve::{plan, resolve};
use crate::run::resume::StoredRun;
use crate::{Model, Plan, Preprocessing, RunConfig, RunError, RunEvents, RunFolder};

/// A run in memory: its plan, its data and its device.
pub(crate) struct Session {
    pub plan: Plan,
    pub preprocessing: Preprocessing,
    pub loaded: LoadedData,
    /// Batches of the training part, according to the resolved configuration.
    pub training: TensorBatches<2>,
    /// Device of the weights.
    pub device: Device,
    /// Devices of the batches; empty if there is only that of the weights.
    pub devices: Vec<Device>,
}

impl Session {
    /// Loads the data, resolves the configuration, and plans the training of a model with its
    /// initial weights. `stored` is the content of the folder of a run that is resumed. Writes
    /// nothing.
    pub(crate) fn prepare(
        config: &RunConfig,
        stored: Option<StoredRun>,
        listener: &mut dyn RunEvents,
    ) -> Result<(Self, Model), RunError> {
        Self::prepare_with(config, stored, listener, |listener, past| {
            LoadedData::load(config, listener, past)
        })
    }

    /// Like [`prepare`](Self::prepare), with data that `load` returns.
    pub(crate) fn prepare_with(
        config: &RunConfig,
        stored: Option<StoredRun>,
        listener: &mut dyn RunEvents,
        load: impl FnOnce(&mut dyn RunEvents, Past) -> Result<LoadedData, RunError>,
    ) -> Result<(Self, Model), RunError> {
        config.validate()?;
        // A run that is evaluated does not train, and one that goes on is checked there.
        if stored.is_none() {
            config.check_precision()?;
        }
        let Opened { device, adapter } = open(&config.device)?;
        let opened = config.devices.iter().map(|name| open(name));
        let (devices, adapters) = opened
            .map(|opened| opened.map(|Opened { device, adapter }| (device, adapter)))
            .collect::<Result<(Vec<_>, Vec<_>), _>>()?;
        let has_weights = stored.as_ref().is_some_and(|stored| stored.has_weights);
        let (preprocessing, past) = match stored {
            None => (None, Past::of(config)?),
            Some(stored) => {
                let past = stored.past.unwrap_or_else(|| Past::of_earlier_version(config));
                (Some(stored.preprocessing), past)
            }
        };
        let loaded = load(listener, past)?;
        let preprocessing = preprocessing.map_or_else(|| loaded.preprocessing(listener), Ok)?;
        let busy = busy();
        let (model, start) = initial_model(config, &loaded, has_weights, &device)?;
        busy.end();
        let resolved = resolve(config, &loaded, start)?;
        let training = loaded.training(&resolved.config, &preprocessing)?;
        let plan = plan(config, resolved, &loaded, &training, model.summary(), (adapter, adapters));
        Ok((Self { plan, preprocessing, loaded, training, device, devices }, model))
    }

    /// Trains, tests the best epoch once, and writes the files of a finished run. After an
    /// interruption or the loss of a device the folder can be resumed.
    pub(crate) fn train(
        self,
        model: Model,
        folder: &RunFolder,
        resume: Option<Checkpoint>,
        listener: &mut dyn RunEvents,
        interrupt: &Interrupt,
    ) -> Result<Outcome, RunError> {
        let trained = guard(|| self.train_and_test(model, folder, resume, listener, interrupt));
        trained.map_err(|error| match error {
            RunError::DeviceLost { device, problem, .. } => {
                let epochs = finished_epochs(folder);
                let run = Some(folder.path().to_owned());
                RunError::DeviceLost { device, problem, run, epochs }
            }
            error => error,
        })
    }

    fn train_and_test(
        mut self,
        model: Model,
        folder: &RunFolder,
        resume: Option<Checkpoint>,
        listener: &mut dyn RunEvents,
        interrupt: &Interrupt,
    ) -> Result<Outcome, RunError> {
        let note = identity(&self.plan.config)?;
        self.continue_from(resume.as_ref(), folder, &note)?;
        listener.started(folder.path());
        listener.planned(&self.plan);
        #[cfg(feature = "report")]
        page::write_schedule(folder, &self.plan)?;
        let fitted = self.fit(model, folder, resume, &note, listener, interrupt)?;
        if fitted.outcome == Outcome::Interrupted {
            return Ok(Outcome::Interrupted);
        }
        listener.testing();
        let Some(test) = self.predict_test(&fitted.model, interrupt)? else {
            return Ok(Outcome::Interrupted);
        };
        self.write_results(folder, &fitted, &test)?;
        Ok(fitted.outcome)
    }

    /// Returns the key that names the draws of the training steps.
    pub(crate) fn training_key(&self) -> Key {
        Key::new(self.plan.config.seed).named("fit")
    }

    /// Returns the context of a training on the devices, whose draws are named by `key`.
    pub(crate) fn fit_context(&self, key: Key) -> FitContext<'_> {
        FitContext::new(&self.device, key).with_devices(&self.devices)
    }

    /// Trains a model to its last epoch, and records each epoch in the folder. Epochs are validated
    /// on the images alone; the model that is returned has the views of test-time augmentation.
    fn fit(
        &self,
        model: Model,
        folder: &RunFolder,
        resume: Option<Checkpoint>,
        note: &str,
        listener: &mut dyn RunEvents,
        interrupt: &Interrupt,
    ) -> Result<Fitted<Model>, RunError> {
        let mut recorder = Recorder {
            metrics: folder.metrics(),
            records: resume.as_ref().map_or_else(Vec::new, |c| c.records().to_vec()),
            health: folder.health(),
            layers: resume.as_ref().map_or_else(Vec::new, |c| c.health().to_vec()),
            listener,
        };
        recorder.write()?;
        let (checkpoint, best) = (folder.checkpoint(), folder.best());
        let validation = self.loaded.validation(&self.preprocessing)?;
        let config = &self.plan.config;
        let context = self
            .fit_context(self.training_key())
            .with_checkpoint(checkpoint.as_path())
            .with_best(best.as_path())
            .with_note(note)
            .with_events(&mut recorder)
            .with_interrupt(interrupt);
        let busy = busy();
        let fitted = fit(model, &self.training, &validation, &config.fit(), resume, context);
        busy.end();
        if let Err(TrainError::Diverged(divergence)) = &fitted {
            DivergenceRecord::write(folder, divergence, config)?;
        }
        let mut fitted = fitted?;
        recorder.write()?;
        fitted.model = fitted.model.with_tta(config.tta);
        Ok(fitted)
    }
}
