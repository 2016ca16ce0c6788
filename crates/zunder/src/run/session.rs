//! A run in memory: from loaded data to the files of a finished training.

use burn::tensor::Device;
use toml::Table;
use zunder_eval::Predictions;
use zunder_models::Key;
use zunder_train::{
    Checkpoint, ClassWeights, FitContext, Fitted, Interrupt, Loss, Outcome, TrainError, evaluate,
    fit,
};

use crate::config::changes::{EPOCHS, forbidden, identity};
use crate::config::without_effect::{self, Extent};
use crate::device::{Opened, open};
use crate::folder::checksums::Checksums;
use crate::folder::files::{json_text, write_json, write_text};
use crate::images::batches::Batches;
use crate::images::lineage::Past;
use crate::images::loaded::Loaded;
use crate::run::divergence::DivergenceRecord;
use crate::run::evaluation::Task;
use crate::run::recorder::Recorder;
use crate::run::{environment, init_from, page};
use crate::threads::thread_count;
use crate::{Model, Plan, Preprocessing, RunConfig, RunError, RunEvents, RunFolder};

/// What a run that was there before brings.
pub(crate) struct Kept {
    pub preprocessing: Preprocessing,
    /// Its images' past; none of a run of earlier versions.
    pub past: Option<Past>,
    /// Whether it has no weights yet, for it was stopped before its first checkpoint.
    pub begins: bool,
}

/// A run in memory: plan and data.
pub(crate) struct Session {
    pub plan: Plan,
    pub preprocessing: Preprocessing,
    pub loaded: Loaded,
    pub device: Device,
}

impl Session {
    /// Loads the data and builds the model; a run that was there before brings the preprocessing
    /// that it keeps. Writes nothing.
    pub(crate) fn prepare(
        config: &RunConfig,
        kept: Option<Kept>,
        listener: &mut dyn RunEvents,
    ) -> Result<(Self, Model), RunError> {
        Self::prepare_with(config, kept, listener, |listener, past| {
            Loaded::load(config, listener, past)
        })
    }

    /// The same of data that come from elsewhere.
    pub(crate) fn prepare_with(
        config: &RunConfig,
        kept: Option<Kept>,
        listener: &mut dyn RunEvents,
        load: impl FnOnce(&mut dyn RunEvents, Past) -> Result<Loaded, RunError>,
    ) -> Result<(Self, Model), RunError> {
        config.validate()?;
        let Opened { device, adapter } = open(&config.device)?;
        // A run that was there before has its weights in its folder, unless it was stopped too
        // early.
        let is_new = kept.as_ref().is_none_or(|kept| kept.begins);
        let (preprocessing, past) = match kept {
            None => (None, Past::of(config)?),
            Some(Kept { preprocessing, past: Some(past), .. }) => (Some(preprocessing), past),
            Some(Kept { preprocessing, past: None, .. }) => {
                let from = config.init_from.as_ref().map(|path| path.display().to_string());
                (Some(preprocessing), from.map(Past::unknown).unwrap_or_default())
            }
        };
        let loaded = load(listener, past)?;
        let preprocessing = preprocessing.map_or_else(|| loaded.preprocessing(listener), Ok)?;
        config.tta.check_labels(loaded.invariance())?;
        let mut model = config.model.init(
            loaded.shape,
            loaded.classes.len(),
            Key::new(config.seed).named("model"),
            &device,
        )?;
        let mut start = None;
        if is_new {
            (model, start) = init_from::start(config, model, loaded.shape, &loaded.classes)?;
        }
        let model = model.with_tta(config.tta);
        let mut resolved = config.clone();
        resolved.data = resolved.data.absolute();
        resolved.data.dataset = loaded.name;
        if let Some(start) = &start {
            resolved.init_from = config
                .init_from
                .as_ref()
                .and_then(|path| std::path::absolute(path).ok())
                .or(resolved.init_from);
            resolved.init_sha256 = Some(start.sha256.clone());
        }
        let (augment, left_out) = loaded.suit(&config.augment)?;
        resolved.augment = augment;
        resolved.batch_size = config.batch_size.min(loaded.split.train.len());
        resolved.loss = config.loss.resolve(&loaded.training_counts())?;
        let mut remarks = loaded.remarks.clone();
        remarks.extend(start.map(|start| start.remark));
        remarks.extend(weights_remark(&resolved.loss, &loaded.classes));
        resolved.to_toml()?; // what cannot be saved is refused before anything is written
        let training = loaded.training(&resolved, &preprocessing)?;
        remarks.extend(last_batch_remark(&resolved, loaded.split.train.len()));
        let batches = zunder_train::BatchSource::batches(&training);
        let steps = resolved.gradients.updates(batches);
        let extent = Extent { images: loaded.split.train.len(), batches, updates: steps };
        remarks.extend(without_effect::remarks(config, &extent));
        let plan = Plan {
            dataset: loaded.name.name().to_owned(),
            dataset_hash: loaded.hash.clone(),
            synthetic: loaded.synthetic,
            note: loaded.note.clone(),
            remarks,
            leakage: loaded.leakage.clone(),
            classes: loaded.classes.clone(),
            positive: loaded.positive.and_then(|class| loaded.classes.get(class).cloned()),
            shape: loaded.shape,
            train_images: loaded.split.train.len(),
            validation_images: loaded.split.validation.len(),
            test_images: loaded.test_images(),
            summary: model.summary(),
            batch_size: training.batch_size(),
            steps,
            adapter,
            threads: thread_count(config.threads),
            left_out,
            epochs_done: 0,
            epochs_then: None,
            config: resolved,
        };
        Ok((Self { plan, preprocessing, loaded, device }, model))
    }

    /// Trains, then tests once and writes what is left to write. After an interruption it leaves
    /// the folder as it is, for a resume.
    pub(crate) fn train(
        mut self,
        model: Model,
        folder: &RunFolder,
        resume: Option<Checkpoint>,
        listener: &mut dyn RunEvents,
        interrupt: &Interrupt,
    ) -> Result<Outcome, RunError> {
        let records = resume.as_ref().map_or_else(Vec::new, |c| c.records().to_vec());
        let layers = resume.as_ref().map_or_else(Vec::new, |c| c.health().to_vec());
        let note = identity(&self.plan.config)?;
        if let Some(checkpoint) = &resume {
            self.go_on(folder, checkpoint, &note)?;
        }
        folder.keep_epochs(self.plan.config.epochs, records.len())?;
        if resume.is_some() {
            self.write_checksums(folder)?;
        }
        listener.started(folder.path());
        listener.planned(&self.plan);
        page::write_schedule(folder, &self.plan)?;
        let mut recorder = Recorder {
            metrics: folder.metrics(),
            records,
            health: folder.health(),
            layers,
            listener,
        };
        recorder.write()?;
        let (checkpoint, best) = (folder.checkpoint(), folder.best());
        let train = self.loaded.training(&self.plan.config, &self.preprocessing)?;
        let validation = self.loaded.validation(&self.preprocessing)?;
        let context = FitContext {
            device: &self.device,
            key: Key::new(self.plan.config.seed).named("fit"),
            checkpoint: Some(&checkpoint),
            best: Some(&best),
            note: &note,
            events: &mut recorder,
            interrupt,
        };
        let fitted = match fit(model, &train, &validation, &self.plan.config.fit(), resume, context)
        {
            Err(TrainError::Diverged(divergence)) => {
                DivergenceRecord::write(folder, &divergence, &self.plan.config)?;
                return Err(TrainError::Diverged(divergence).into());
            }
            fitted => fitted?,
        };
        recorder.write()?;
        if fitted.outcome == Outcome::Interrupted {
            return Ok(Outcome::Interrupted);
        }
        listener.testing();
        let Some((predictions, loss)) = self.predict_test(&fitted.model, interrupt)? else {
            return Ok(Outcome::Interrupted);
        };
        self.finish(folder, &fitted, &predictions, loss)?;
        Ok(fitted.outcome)
    }

    /// Checks that a checkpoint is of this run, and that its epochs are not over; says in the plan
    /// where the run stands.
    fn go_on(
        &mut self,
        folder: &RunFolder,
        checkpoint: &Checkpoint,
        note: &str,
    ) -> Result<(), RunError> {
        let changes = forbidden(checkpoint.note(), note, &[EPOCHS])?;
        if !changes.is_empty() {
            return Err(RunError::OtherConfig { file: folder.config(), changes });
        }
        let (epochs, done) = (self.plan.config.epochs, checkpoint.records().len());
        if epochs < done {
            return Err(RunError::EpochsDone { run: folder.path().to_owned(), epochs, done });
        }
        let then =
            checkpoint.note().parse::<Table>().ok().and_then(|note| note.get(EPOCHS)?.as_integer());
        self.plan.epochs_then =
            then.and_then(|then| usize::try_from(then).ok()).filter(|then| *then != epochs);
        self.plan.epochs_done = done;
        Ok(())
    }

    /// The answers of a model on the test set, and the mean of the run's plain loss.
    pub(crate) fn predict_test(
        &self,
        model: &Model,
        interrupt: &Interrupt,
    ) -> Result<Option<(Predictions, f64)>, RunError> {
        let images = self.loaded.test(&self.preprocessing)?;
        let name =
            |number| self.loaded.test_image(number).map_or_else(String::new, |(name, _)| name);
        let tested = self.predict(model, &images, &self.loaded.test_numbers, &name, interrupt)?;
        let Some((predictions, loss)) = tested else { return Ok(None) };
        let predictions = match self.loaded.test_names() {
            Some(files) => predictions.with_files(files)?,
            None => predictions,
        };
        Ok(Some((predictions, loss)))
    }

    /// The same on the validation images.
    pub(crate) fn predict_validation(
        &self,
        model: &Model,
        interrupt: &Interrupt,
    ) -> Result<Option<(Predictions, f64)>, RunError> {
        let name = |number| format!("validation image {number}");
        self.predict(
            model,
            &self.loaded.validation(&self.preprocessing)?,
            &self.loaded.split.validation,
            &name,
            interrupt,
        )
    }

    fn predict(
        &self,
        model: &Model,
        images: &Batches,
        numbers: &[u32],
        name: &dyn Fn(u32) -> String,
        interrupt: &Interrupt,
    ) -> Result<Option<(Predictions, f64)>, RunError> {
        let Some(answers) =
            evaluate(model, images, &self.plan.config.loss, &self.device, interrupt)?
        else {
            return Ok(None);
        };
        if let Some((sample, class, value)) = answers.overflow() {
            let class = self.plan.classes.get(class).cloned().unwrap_or_default();
            return Err(RunError::Overflow { image: name(numbers[sample]), class, value });
        }
        let (numbers, labels, classes, mean) =
            (numbers.to_vec(), answers.labels.clone(), answers.classes, answers.loss);
        let predictions = if self.plan.config.loss.gives_probabilities() {
            Predictions::new(numbers, labels, answers.into_probabilities(), classes)?
        } else {
            Predictions::of_scores(numbers, labels, answers.scores, classes)?
        };
        Ok(Some((predictions, mean)))
    }

    /// What is to be weighed.
    pub(crate) fn task(&self) -> Task<'_> {
        let positive = self
            .plan
            .positive
            .as_ref()
            .and_then(|name| self.plan.classes.iter().position(|class| class == name));
        Task {
            classes: &self.plan.classes,
            positive,
            seed: self.plan.config.seed,
            leakage: self.plan.leakage.as_ref(),
        }
    }

    /// The files of a finished run. `test.json` comes last: its presence says that the run is
    /// finished.
    fn finish(
        &self,
        folder: &RunFolder,
        fitted: &Fitted<Model>,
        predictions: &Predictions,
        loss: f64,
    ) -> Result<(), RunError> {
        let mut test = predictions.evaluate(&self.plan.classes)?;
        test.leakage.clone_from(&self.plan.leakage);
        let mut csv = Vec::new();
        predictions.write_csv(&self.plan.classes, &mut csv)?;
        zunder_train::write_atomically(&folder.predictions(), &csv)?;
        let evaluation = self
            .task()
            .evaluate(predictions, None, || Err(RunError::NotFinished(folder.path().to_owned())))?;
        write_json(&folder.evaluation(), &evaluation)?;
        page::write_pictures(folder, fitted, &evaluation)?;
        let page = page::write(
            &self.plan,
            &self.loaded,
            &self.preprocessing,
            folder,
            &page::Results { fitted, predictions, evaluation: &evaluation, loss },
        )?;
        write_text(&folder.report(), &page)?;
        let test = json_text(&folder.test(), &test)?;
        // Before the last file, so that a finished run has both.
        Checksums::of(folder.path(), &self.plan.config)?
            .and("test.json", test.as_bytes())
            .write(folder.path())?;
        write_text(&folder.test(), &test)
    }

    /// The files that a run has from its start.
    pub(crate) fn write_start(&self, folder: &RunFolder) -> Result<(), RunError> {
        write_json(&folder.environment(), &environment::environment(&self.plan))?;
        write_json(&folder.preprocessing(), &self.preprocessing)?;
        self.loaded.record.write(&folder.images())?;
        self.write_checksums(folder)?;
        write_text(&folder.config(), &self.plan.config.to_toml()?)
    }

    /// Lists the files that do not change while the run is trained.
    fn write_checksums(&self, folder: &RunFolder) -> Result<(), RunError> {
        Checksums::of_start(folder.path(), &self.plan.config)?.write(folder.path())
    }
}

/// What the class weights of a loss come to, if it has any.
fn weights_remark(loss: &Loss, classes: &[String]) -> Option<String> {
    let Some(ClassWeights::Values(weights)) = loss.class_weights() else { return None };
    let each: Vec<String> =
        classes.iter().zip(weights).map(|(class, weight)| format!("{class} {weight:.4}")).collect();
    let (first, last) = (each.iter().take(10), each.len().saturating_sub(10));
    let others = if last > 0 { format!(" and {last} more") } else { String::new() };
    Some(format!(
        "class weights of the loss: {}{others}",
        first.cloned().collect::<Vec<_>>().join(", ")
    ))
}

/// What becomes of a last batch of one image where the model normalises over the batch.
fn last_batch_remark(config: &RunConfig, images: usize) -> Option<String> {
    let single = !config.data.drop_last
        && config.model.batch_norm().is_some()
        && images % config.batch_size == 1;
    single.then(|| {
        "the last image of each pass is left out: batch normalisation needs two in a batch"
            .to_owned()
    })
}

/// The checkpoint of a run that was interrupted after its first epoch.
pub(crate) fn checkpoint(folder: &RunFolder) -> Result<Option<Checkpoint>, TrainError> {
    let file = folder.checkpoint();
    if file.exists() { Checkpoint::load(&file).map(Some) } else { Ok(None) }
}
