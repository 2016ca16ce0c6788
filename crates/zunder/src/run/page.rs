//! Writes the report of a finished run.

use zunder_eval::Predictions;
use zunder_report::text::count;
use zunder_report::{ContactSheet, MistakeLimits, Mistakes, RunReport, WeightPictures};
use zunder_train::{Fitted, NamedTensor, read_weights};

use crate::folder::files::{read_json, write_text};
use crate::images::loaded::LoadedData;
use crate::images::pictures::{augmented, picture};
use crate::run::stored::transposed;
use crate::{Model, ModelKind, Plan, Preprocessing, RunError, RunEvaluation, RunFolder};

/// The results of a run.
pub(crate) struct Results<'a> {
    pub fitted: &'a Fitted<Model>,
    pub predictions: &'a Predictions,
    pub evaluation: &'a RunEvaluation,
    /// Mean of the run's loss, without penalty, on the test set.
    pub loss: f64,
}

/// Writes the report as HTML.
pub(crate) fn write(
    plan: &Plan,
    loaded: &LoadedData,
    preprocessing: &Preprocessing,
    folder: &RunFolder,
    results: &Results<'_>,
) -> Result<String, RunError> {
    let title = folder
        .path()
        .file_name()
        .map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let environment = read_json(&folder.environment())?;
    let mistakes = mistakes(plan, loaded, results.predictions);
    let augmented = sheet(plan, loaded, preprocessing)?;
    let first = first_layer(plan, folder)?;
    let schedule = rates(plan, results.fitted);
    // With two classes, the positive one is second here.
    let mut test = results.evaluation.report.record(&results.evaluation.classes)?;
    test.leakage.clone_from(&plan.leakage);
    let report = RunReport {
        summary: summary(plan, results, &schedule),
        epochs: &results.fitted.records,
        best_epoch: results.fitted.best_epoch,
        schedule: &schedule,
        test: Some(&test),
        metrics: Some(&results.evaluation.report),
        intervals: Some(&results.evaluation.intervals),
        mistakes: Some(&mistakes),
        augmented: augmented.as_ref(),
        weights: first.as_ref().map(|tensor| weights(plan, tensor)).into_iter().collect(),
        health: &results.fitted.health,
        config_toml: &plan.config.to_toml()?,
        reproduce: &format!("{} train --config {}", crate::program(), folder.config().display()),
        ..RunReport::new(&title, &environment)
    };
    Ok(zunder_report::html(&report)?)
}

fn summary(plan: &Plan, results: &Results<'_>, schedule: &[f64]) -> Vec<(String, String)> {
    let Results { fitted, loss, .. } = *results;
    let seconds: f64 =
        fitted.records.iter().map(|r| r.seconds).fold(0.0, |sum, seconds| sum + seconds);
    let images: f64 = fitted.records.iter().map(|r| r.seconds * r.images_per_second).sum();
    let mut best = format!("{} of {}", fitted.best_epoch.unwrap_or_default(), fitted.records.len());
    if fitted.averaged {
        best.push_str(", the moving average of the weights");
    }
    let mut summary = vec![
        ("Data", plan.dataset.clone()),
        (
            "Images",
            format!(
                "{} training, {} validation, {} test",
                count(plan.train_images),
                count(plan.validation_images),
                count(plan.test_images)
            ),
        ),
        (
            "Model",
            format!(
                "{}, {} parameters",
                plan.config.model.kind().name(),
                count(plan.summary.parameters())
            ),
        ),
        ("Loss", format!("{}: {loss:.4} on the test set", plan.config.loss.name())),
        ("Best epoch", best),
        (
            "Training time",
            format!("{seconds:.1} s, {} images/s", count((images / seconds) as usize)),
        ),
    ];
    if fitted.rollbacks == 0 && schedule.is_empty() {
        let changed = "the number of epochs was changed on the way: config.toml says when, and \
            does not repeat this run";
        summary.push(("Schedule", changed.to_owned()));
    }
    if fitted.rollbacks > 0 {
        let times = fitted.rollbacks;
        summary.push((
            "Rollbacks",
            format!(
                "{times}: the loss was infinite or NaN, and the learning rate was halved each time"
            ),
        ));
    }
    summary.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

fn mistakes(plan: &Plan, loaded: &LoadedData, predictions: &Predictions) -> Mistakes {
    let image = |number| {
        loaded.test_image(number).map(|(name, pixels)| (name, picture(plan.shape, pixels.to_vec())))
    };
    Mistakes::select(
        predictions,
        &predictions.predicted(),
        &plan.classes,
        &MistakeLimits::default(),
        image,
    )
}

/// Draws augmented versions of some training images; `None` without augmentation.
fn sheet(
    plan: &Plan,
    loaded: &LoadedData,
    preprocessing: &Preprocessing,
) -> Result<Option<ContactSheet>, RunError> {
    let augment = &plan.config.augment;
    if augment.steps().is_empty() {
        return Ok(None);
    }
    augmented(loaded, augment, &preprocessing.standardisation, (6, 5)).map(Some)
}

/// Returns the weights of the best epoch in the first layer, \[units, channels * height * width\].
fn first_layer(plan: &Plan, folder: &RunFolder) -> Result<Option<NamedTensor>, RunError> {
    let tensors = read_weights(&folder.best())?;
    let inputs = plan.config.features(plan.shape);
    Ok(tensors.into_iter().map(transposed).find(|tensor| {
        let layer = tensor.name.split('.').nth(1).unwrap_or_default();
        ["embedding", "hidden", "output"].contains(&layer)
            && tensor.shape.len() == 2
            && tensor.shape[1] == inputs
    }))
}

fn weights<'a>(plan: &'a Plan, tensor: &'a NamedTensor) -> WeightPictures<'a> {
    let linear = plan.config.model.kind() == ModelKind::Linear;
    WeightPictures {
        title: if linear { "The template of each class" } else { "The first layer's units" },
        names: if linear { &plan.classes } else { &[] },
        channels: plan.shape.channels,
        height: plan.shape.height / plan.config.pool,
        width: plan.shape.width / plan.config.pool,
        weights: &tensor.values,
    }
}

/// Returns the learning rate of each update of the trained epochs; empty if the records contain
/// other rates, after a rollback or a change of the number of epochs.
fn rates(plan: &Plan, fitted: &Fitted<Model>) -> Vec<f64> {
    let (config, records, updates) = (plan.config.fit(), &fitted.records, plan.steps);
    let mut rate = config.schedule.learning_rate(config.optimizer.lr(), updates, config.epochs);
    let mut rates = Vec::with_capacity(records.len() * updates);
    for (epoch, record) in records.iter().enumerate() {
        rates.extend((0..updates).map(|update| rate.at(epoch * updates + update)));
        if rates.last() != Some(&record.learning_rate) {
            return Vec::new();
        }
        rate.observe(record);
    }
    rates
}

/// Writes a figure of the planned learning rates, before the first step.
pub(crate) fn write_schedule(folder: &RunFolder, plan: &Plan) -> Result<(), RunError> {
    write_picture(folder, "schedule", &zunder_report::planned_schedule(&plan.learning_rates()))
}

/// Writes each plot of the report as SVG, and as PNG for programs without SVG.
pub(crate) fn write_pictures(
    folder: &RunFolder,
    fitted: &Fitted<Model>,
    evaluation: &RunEvaluation,
) -> Result<(), RunError> {
    let RunEvaluation { classes, report, .. } = evaluation;
    for (name, svg) in [
        ("curves", zunder_report::learning_curves(&fitted.records, fitted.best_epoch)?),
        ("roc", zunder_report::roc_curves(report, classes)),
        ("precision_recall", zunder_report::precision_recall_curves(report, classes)),
    ] {
        write_picture(folder, name, &svg)?;
    }
    // There is no calibration if scores are not probabilities.
    let calibration = report.calibration.as_ref().map(zunder_report::reliability_diagram);
    calibration.map_or(Ok(()), |svg| write_picture(folder, "calibration", &svg))
}

fn write_picture(folder: &RunFolder, name: &str, svg: &str) -> Result<(), RunError> {
    write_text(&folder.picture(name, "svg"), svg)?;
    Ok(zunder_train::write_atomically(&folder.picture(name, "png"), &zunder_report::png(svg)?)?)
}
