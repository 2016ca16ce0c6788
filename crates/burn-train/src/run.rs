//! A run of Zunder by Burn's own learner.

use std::collections::BTreeMap;
use std::error::Error;
use std::time::Instant;

use burn::train::logger::{EvaluationProgressLogger, TrainingProgressLogger};
use burn::train::metric::MetricDefinition;
use burn::train::renderer::{
    EvaluationName, MetricState, MetricsRenderer, MetricsRendererEvaluation,
    MetricsRendererTraining,
};
use burn::train::{Interrupter, Learner, LearnerSummary};
use zunder::PreparedRun;
use zunder_eval::TestRecord;
use zunder_train::Interrupt;

use crate::{BurnTrainError, ExactMetric, ImageLoader, Learnable, UpdateRates, burn_optimizer};

/// An epoch of [`train_run`].
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct LearnerEpoch {
    /// Epoch, counted from 1.
    pub epoch: usize,
    /// Accuracy on the validation part, 0 to 1.
    pub validation_accuracy: f64,
    /// Log loss on the validation part, in nats.
    pub validation_log_loss: f64,
    /// Training images a second, without validation.
    pub images_per_second: f64,
}

/// What receives the epochs.
trait Report: FnMut(&LearnerEpoch) + Send + Sync + 'static {}

impl<F: FnMut(&LearnerEpoch) + Send + Sync + 'static> Report for F {}

/// Trains a run of Zunder by Burn's own learner on one device, with the same data, split, first
/// weights, dropout masks and test as Zunder's loop, and tests the weights of the last epoch. Each
/// epoch is passed to `report`. Nothing is kept. Returns `None` after an interrupt.
///
/// Optimiser, schedule and loss are those of the configuration. The caller refuses what Burn's
/// learner does not have: early stopping, accumulation and clipping, a moving average of the
/// weights, `on_nan`, and a number of steps for each epoch.
///
/// # Errors
/// Returns [`BurnTrainError::Inexpressible`] for an optimiser or a schedule that Burn does not
/// have, and for a penalty (`lasso`), [`BurnTrainError::Learner`] if the training fails, and
/// [`BurnTrainError::Run`] if the test does.
pub fn train_run(
    run: &PreparedRun,
    interrupt: &Interrupt,
    report: impl FnMut(&LearnerEpoch) + Send + Sync + 'static,
) -> Result<Option<TestRecord>, BurnTrainError> {
    let failed = |error: String| BurnTrainError::Learner(error);
    let (config, device) = (&run.plan().config, run.device());
    if !config.lasso.is_off() {
        let setting = format!("lasso.l1 = {}", config.lasso.l1);
        return Err(BurnTrainError::Inexpressible { setting });
    }
    let model = Learnable::new(run.model()).with_loss(config.loss.clone());
    let optimizer = burn_optimizer(&config.optimizer, &model)?;
    let (rate, updates) = (config.optimizer.lr(), run.training().batches());
    let rates = UpdateRates::new(&config.schedule, rate, updates, config.epochs)?;
    let [train, validation] = [run.training(), run.validation()]
        .map(|loader| ImageLoader::flat(loader.clone(), run.key(), device));
    // Burn writes its metrics into files. This run reports them through `report` instead.
    let folder = tempfile::tempdir().map_err(|error| failed(error.to_string()))?;
    let training = model.supervised(folder.path(), train, validation);
    let epochs = Epochs {
        report,
        interrupter: training.interrupter(),
        interrupt: interrupt.clone(),
        names: BTreeMap::new(),
        values: BTreeMap::new(),
        images: 0,
        seconds: 0.0,
        start: Instant::now(),
    };
    let result = training
        .metrics(ExactMetric::all())
        .renderer(Box::new(epochs))
        .num_epochs(config.epochs)
        .launch(Learner::new(model, optimizer, rates));
    if let Some(error) = result.error {
        return Err(failed(error.to_string()));
    }
    if result.interrupted.is_some() {
        return Ok(None);
    }
    Ok(run.test(result.model.classifier(), interrupt)?)
}

/// Reports each epoch, and passes an interrupt on to Burn.
struct Epochs<F> {
    report: F,
    interrupter: Interrupter,
    interrupt: Interrupt,
    /// Names of the metrics, by their identity as text.
    names: BTreeMap<String, String>,
    /// Last values on the validation part, by name.
    values: BTreeMap<String, f64>,
    images: usize,
    seconds: f64,
    start: Instant,
}

impl<F: Report> MetricsRendererTraining for Epochs<F> {
    fn update_train(&mut self, _state: MetricState) {}

    fn update_valid(&mut self, state: MetricState) {
        if let MetricState::Numeric(entry, Some(value)) = state
            && let Some(name) = self.names.get(&format!("{:?}", entry.metric_id))
        {
            self.values.insert(name.clone(), value.current());
        }
    }

    fn on_train_end(&mut self, _summary: Option<LearnerSummary>) -> Result<(), Box<dyn Error>> {
        Ok(())
    }
}

impl<F: Report> MetricsRendererEvaluation for Epochs<F> {
    fn update_test(&mut self, _name: EvaluationName, _state: MetricState) {}
}

impl<F: Report> TrainingProgressLogger for Epochs<F> {
    fn start(&mut self, _: usize, _: usize, _: Option<usize>, _: Option<&str>) {}

    fn start_split(&mut self, split: &str, total_items: usize) {
        if split == "train" {
            (self.start, self.images) = (Instant::now(), total_items);
        } else {
            self.seconds = self.start.elapsed().as_secs_f64();
        }
    }

    fn update_split(&mut self, _items_processed: usize) {
        if self.interrupt.requested() {
            self.interrupter.stop(Some("interrupted"));
        }
    }

    fn update_epoch(&mut self, epoch: usize) {
        let value = |name| self.values.get(name).copied().unwrap_or(f64::NAN);
        let report = LearnerEpoch {
            epoch,
            validation_accuracy: value("Exact Accuracy"),
            validation_log_loss: value("Exact Log Loss"),
            images_per_second: self.images as f64 / self.seconds,
        };
        (self.report)(&report);
    }

    fn end_split(&mut self) {}
    fn end(&mut self) {}
    fn log_event_training(&mut self, _: String) {}
}

impl<F: Report> EvaluationProgressLogger for Epochs<F> {
    fn start_global_progress(&mut self, _: usize) {}
    fn start_test(&mut self, _: &str, _: usize) {}
    fn update_test_progress(&mut self, _: usize) {}
    fn end_test(&mut self) {}
    fn end_global_progress(&mut self) {}
    fn log_event_evaluation(&mut self, _: String) {}
}

impl<F: Report> MetricsRenderer for Epochs<F> {
    fn manual_close(&mut self) {}

    fn register_metric(&mut self, definition: MetricDefinition) {
        let id = format!("{:?}", definition.metric_id);
        self.names.insert(id, definition.name.to_string());
    }
}
