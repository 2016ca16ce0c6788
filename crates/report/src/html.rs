mod tables;

use maud::{DOCTYPE, Markup, PreEscaped, html as markup};
use zunder_eval::{EnvironmentRecord, EpochRecord, TestRecord};

use crate::format::{count, percent};
use crate::{ReportError, learning_curves};

/// What the page of a run shows.
#[derive(Clone, Debug)]
pub struct RunReport<'a> {
    /// The page's title, such as the run's name.
    pub title: &'a str,
    /// What to say about the run in a few words, as keys and values: the model, the optimiser, the time it took.
    pub summary: Vec<(String, String)>,
    /// The epochs in order; without any there are no curves.
    pub epochs: &'a [EpochRecord],
    /// The epoch whose weights the run keeps, counted as in the records.
    pub best_epoch: Option<usize>,
    /// The metrics on the test set, if it was read.
    pub test: Option<&'a TestRecord>,
    /// What the run ran on.
    pub environment: &'a EnvironmentRecord,
    /// The resolved configuration, as TOML.
    pub config_toml: &'a str,
    /// The commands that reproduce the run.
    pub reproduce: &'a str,
}

/// Writes a run's page: one HTML document that needs no other file, no network and no script.
///
/// The result comes first, with its interval; a run on the synthetic set says so above it. Then the curves, the scores of each class, the confusion matrix (with more than 30
/// classes the most frequent confusions instead), how to reproduce the run, its configuration and its environment. Colours follow the reader's light or dark scheme, and all
/// text is escaped.
///
/// # Errors
///
/// Curves that cannot be drawn.
///
/// ```
/// use zunder_eval::EnvironmentRecord;
/// use zunder_report::{RunReport, html};
///
/// let environment = EnvironmentRecord { synthetic: true, ..EnvironmentRecord::default() };
/// let report = RunReport {
///     title: "cats & dogs", summary: vec![], epochs: &[], best_epoch: None, test: None, environment: &environment, config_toml: "", reproduce: "",
/// };
/// let page = html(&report)?;
/// assert!(page.starts_with("<!DOCTYPE html>") && page.contains("cats &amp; dogs"));
/// assert!(page.contains("says nothing about CIFAR-10"));
/// # Ok::<(), zunder_report::ReportError>(())
/// ```
pub fn html(report: &RunReport<'_>) -> Result<String, ReportError> {
    let curves = if report.epochs.is_empty() { None } else { Some(learning_curves(report.epochs, report.best_epoch)?) };
    let page = markup! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (report.title) }
                style { (PreEscaped(include_str!("html/page.css"))) }
            }
            body {
                main {
                    h1 { (report.title) }
                    @if report.environment.synthetic { (synthetic_banner()) }
                    (result(report))
                    @if !report.summary.is_empty() { (pairs(&report.summary)) }
                    @if let Some(svg) = &curves { (curves_section(svg)) }
                    @if let Some(test) = report.test {
                        (tables::per_class(test))
                        (tables::confusion(test))
                    }
                    (code("How to reproduce", report.reproduce))
                    (code("Configuration", report.config_toml))
                    section { h2 { "Environment" } (pairs(&environment(report.environment))) }
                }
            }
        }
    };
    Ok(page.into_string())
}

fn synthetic_banner() -> Markup {
    markup! {
        p .banner role="note" {
            strong { "This run used the synthetic set" }
            ", drawn by a program: its accuracy says nothing about CIFAR-10."
        }
    }
}

fn result(report: &RunReport<'_>) -> Markup {
    markup! {
        section .result {
            @if let Some(test) = report.test {
                p .headline { span .number { (percent(test.accuracy)) } " accuracy on the test set" }
                p {
                    "95 % interval " (percent(test.accuracy_low)) " to " (percent(test.accuracy_high)) ", from " (count(test.n)) " images. "
                    "The interval covers the draw of the test images, not the luck of the seed."
                }
                (pairs(&scores(test)))
            } @else {
                p .headline { "The test set has not been read." }
                @if let Some(best) = report.epochs.iter().find(|epoch| Some(epoch.epoch) == report.best_epoch) {
                    p {
                        "Epoch " (best.epoch) " has " (percent(best.validation_accuracy))
                        " accuracy on the validation set. That is too good to be expected of new images: the epoch was chosen by this set."
                    }
                }
            }
        }
    }
}

fn scores(test: &TestRecord) -> Vec<(String, String)> {
    let mut scores = vec![("log loss".to_owned(), format!("{:.4}", test.loss))];
    scores.extend(test.top5.map(|top5| ("top-5 accuracy".to_owned(), percent(top5))));
    let means = [("macro precision", test.macro_precision), ("macro recall", test.macro_recall), ("macro F1", test.macro_f1)];
    scores.extend(means.map(|(name, mean)| (name.to_owned(), format!("{mean:.3}"))));
    scores
}

fn curves_section(svg: &str) -> Markup {
    markup! {
        section {
            h2 { "Learning curves" }
            figure role="img" aria-label="Loss and accuracy over the epochs, on training and validation set" { (PreEscaped(svg)) }
            p .note {
                "Training values are means over the epoch, in training mode and while the weights change; validation values are taken after it. "
                "So training may look worse than validation."
            }
        }
    }
}

fn environment(record: &EnvironmentRecord) -> Vec<(String, String)> {
    let unknown = || "unknown".to_owned();
    let set = if record.synthetic { format!("{} (synthetic)", record.dataset) } else { record.dataset.clone() };
    [
        ("data set", set),
        ("its SHA-256", record.dataset_sha256.clone()),
        ("training images", count(record.train_images)),
        ("validation images", count(record.validation_images)),
        ("test images", count(record.test_images)),
        ("parameters", count(record.parameters)),
        ("device", record.adapter.as_ref().map_or_else(|| record.device.clone(), |adapter| format!("{}: {adapter}", record.device))),
        ("threads", record.threads.to_string()),
        ("CPU", record.cpu.clone().unwrap_or_else(unknown)),
        ("system", record.os.clone()),
        ("Zunder", record.zunder_version.clone()),
        ("commit", record.commit.clone().unwrap_or_else(unknown)),
    ]
    .map(|(key, value)| (key.to_owned(), value))
    .into()
}

fn pairs(pairs: &[(String, String)]) -> Markup {
    markup! {
        dl {
            @for (key, value) in pairs {
                div { dt { (key) } dd { (value) } }
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
