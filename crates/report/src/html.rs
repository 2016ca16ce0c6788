//! The page of a run.

mod classes;
mod confusion;
mod health;
mod pictures;
mod scores;
pub(crate) mod shell;
mod summary;

use maud::{Markup, html as markup};
use zunder_eval::{
    ClassificationReport, EnvironmentRecord, EpochRecord, HealthRecord, ScoreIntervals, ScoreKind,
    TestRecord,
};

use crate::{
    ContactSheet, Mistakes, ReportError, WeightPictures, diagnose, learning_curves,
    precision_recall_curves, reliability_diagram, roc_curves, schedule,
};
use shell::{closed, figure};
pub(crate) use summary::leakage_banner;

/// The content of a run's page. [`RunReport::new`] has only the title and the environment. Parts
/// that are empty or `None` are left out.
#[derive(Clone, Debug)]
pub struct RunReport<'a> {
    /// The page's title, such as the run's name.
    pub title: &'a str,
    /// A summary of the run as keys and values, such as the model, the optimiser and the training
    /// time.
    pub summary: Vec<(String, String)>,
    /// The epochs in order. Without epochs the page has no learning curves.
    pub epochs: &'a [EpochRecord],
    /// The epoch whose weights the run keeps, counted as in the records.
    pub best_epoch: Option<usize>,
    /// The learning rate of each update, the first one first.
    pub schedule: &'a [f64],
    /// The metrics on the test set, if it has been evaluated. They also provide the class names.
    pub test: Option<&'a TestRecord>,
    /// All metrics of the same test set, with curves.
    pub metrics: Option<&'a ClassificationReport>,
    /// The confidence intervals of `metrics`.
    pub intervals: Option<&'a ScoreIntervals>,
    /// Mistakes on the test set.
    pub mistakes: Option<&'a Mistakes>,
    /// Training images beside augmented versions of them.
    pub augmented: Option<&'a ContactSheet>,
    /// Weights to show as pictures, in one section each.
    pub weights: Vec<WeightPictures<'a>>,
    /// The health statistics of the layers in each epoch.
    pub health: &'a [HealthRecord],
    /// The environment of the run.
    pub environment: &'a EnvironmentRecord,
    /// The resolved configuration, as TOML.
    pub config_toml: &'a str,
    /// The commands that reproduce the run.
    pub reproduce: &'a str,
}

impl<'a> RunReport<'a> {
    /// Creates the report of a run of which nothing else is known.
    pub fn new(title: &'a str, environment: &'a EnvironmentRecord) -> Self {
        Self {
            title,
            summary: Vec::new(),
            epochs: &[],
            best_epoch: None,
            schedule: &[],
            test: None,
            metrics: None,
            intervals: None,
            mistakes: None,
            augmented: None,
            weights: Vec::new(),
            health: &[],
            environment,
            config_toml: "",
            reproduce: "",
        }
    }
}

/// Writes a run's page: one HTML document that needs no other file, no network and no scripts.
///
/// The result comes first, with its confidence interval; for a run on the synthetic set a warning
/// precedes it. Then follow the learning curves with their [`diagnose`], all scores, the scores of
/// each class, the confusion matrix (with more than 30 classes a picture of it and the most
/// frequent confusions), ROC and precision-recall curves, calibration, mistakes, augmented images,
/// weights, the health of the layers, the commands to reproduce the run, its configuration and its
/// environment. Colours follow the reader's light or dark scheme, and all text is escaped.
///
/// # Errors
///
/// Returns an error if the curves cannot be drawn, or if the number of values of a picture does not
/// match its shape.
///
/// ```
/// use zunder_eval::EnvironmentRecord;
/// use zunder_report::{RunReport, html};
///
/// let environment = EnvironmentRecord { synthetic: true, ..EnvironmentRecord::default() };
/// let report = RunReport {
///     summary: vec![("model".into(), "linear".into())],
///     ..RunReport::new("cats & dogs", &environment)
/// };
/// let page = html(&report)?;
/// assert!(page.starts_with("<!DOCTYPE html>") && page.contains("cats &amp; dogs"));
/// assert!(page.contains("says nothing about CIFAR-10"));
/// # Ok::<(), zunder_report::ReportError>(())
/// ```
pub fn html(report: &RunReport<'_>) -> Result<String, ReportError> {
    let classes: Vec<String> = report
        .test
        .iter()
        .flat_map(|test| &test.per_class)
        .map(|class| class.class.clone())
        .collect();
    let body = markup! {
        (summary::top(report))
        @if !report.epochs.is_empty() || !report.schedule.is_empty() { (curves(report)?) }
        @if let Some(metrics) = report.metrics {
            (scores::overall(metrics, report.intervals, &classes))
        @if let Some(binary) = &metrics.binary {
            (scores::binary(binary, metrics.score_kind, &classes))
        }
        }
        @if let Some(test) = report.test {
            (classes::section(test, report.metrics))
            (confusion::section(test)?)
        }
        @if let Some(metrics) = report.metrics {
            (rankings(metrics, &classes))
            (calibration(metrics))
        }
        @if let Some(mistakes) = report.mistakes { (pictures::mistakes(mistakes)?) }
        @if let Some(sheet) = report.augmented { (pictures::augmented(sheet)?) }
        @for weights in &report.weights { (pictures::weights(weights)?) }
        @if !report.health.is_empty() { (health::section(report.health, report.best_epoch)) }
        (code("How to reproduce", report.reproduce))
        (code("Configuration", report.config_toml))
        (summary::environment(report.environment))
    };
    Ok(shell::page(report.title, &body))
}

fn curves(report: &RunReport<'_>) -> Result<Markup, ReportError> {
    Ok(markup! {
        section {
            h2 { "Learning curves" }
            @if !report.epochs.is_empty() {
                p .diagnosis { (diagnose(report.epochs)) }
                (figure(
                    &learning_curves(report.epochs, report.best_epoch)?,
                    "Loss, accuracy and learning rate over the epochs; loss and accuracy on \
                     training and validation set",
                ))
                p .note {
                    "Training values are means over the epoch, in training mode and while the \
                     weights change; validation values are taken after it. "
                    "So training may look worse than validation."
                }
            }
            @if !report.schedule.is_empty() {
                (closed("The learning rate of every \
                    update", &figure(&schedule(report.schedule), "Learning rate over the updates")))
            }
        }
    })
}

fn rankings(metrics: &ClassificationReport, classes: &[String]) -> Markup {
    markup! {
        section {
            h2 { "ROC and precision-recall curves" }
            div .two {
                (figure(&roc_curves(metrics, classes), "True positive rate over false positive \
                    rate"))
                (figure(&precision_recall_curves(metrics, classes), "Precision over recall"))
            }
            p .note {
                @if metrics.binary.is_none() { "Each class against all others. " }
                @match metrics.score_kind {
                    ScoreKind::Probabilities => "AUC: the chance that an image of the class has a \
                        higher probability for it than another image. ",
                    ScoreKind::Scores => {
                        "Images are ranked by the lead of the class's score over the best other \
                         one. "
                        "AUC: the chance that an image of the class has a larger lead than another \
                         image. "
                    }
                }
                "AP: average precision over the recall. On the dashed diagonal lie random scores."
            }
        }
    }
}

fn calibration(metrics: &ClassificationReport) -> Markup {
    let gap = metrics.expected_calibration_error;
    markup! {
        @if let Some(calibration) = &metrics.calibration {
            section {
                h2 { "Calibration" }
                (figure(&reliability_diagram(calibration), "Share of right answers over \
                    confidence, and the number of images"))
                p .note {
                    "Confidence: the probability of the most probable class. Above the diagonal \
                     the model is too modest, below it too sure of itself. "
                    @if let Some(gap) = gap { "On average over the images the gap \
                        is " (format!("{:.1}", 100.0 * gap)) " points." }
                }
            }
        }
    }
}

fn code(title: &str, text: &str) -> Markup {
    markup! {
        @if !text.trim().is_empty() {
            section { h2 { (title) } pre tabindex="0" { code { (text.trim_end()) } } }
        }
    }
}
