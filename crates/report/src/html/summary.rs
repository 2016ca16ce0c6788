//! The head of a run's page: warnings, the result and what the run ran on.

use maud::{Markup, html};
use zunder_eval::{EnvironmentRecord, LEAKAGE_MARK, Leakage, TestRecord};

use crate::RunReport;
use crate::format::{count, defined, percent};
use crate::html::shell::pairs;

/// What a reader should know first.
pub(super) fn top(report: &RunReport<'_>) -> Markup {
    html! {
        @if report.environment.synthetic { (synthetic_banner()) }
        @if let Some(leakage) = leakage(report) { (leakage_banner(&leakage.to_string())) }
        (result(report))
        @if !report.summary.is_empty() { (pairs(&report.summary)) }
    }
}

/// What makes the figures too good, by the test or, before it, by the environment.
fn leakage<'a>(report: &RunReport<'a>) -> Option<&'a Leakage> {
    report.test.and_then(|test| test.leakage.as_ref()).or(report.environment.leakage.as_ref())
}

/// A sentence about a leakage that no reader can miss.
pub(crate) fn leakage_banner(sentence: &str) -> Markup {
    html! {
        p .banner role="note" {
            strong { (LEAKAGE_MARK) " Do not trust these figures" }
            ": " (sentence) ". They say nothing certain about new images."
        }
    }
}

fn synthetic_banner() -> Markup {
    html! {
        p .banner role="note" {
            strong { "This run used the synthetic set" }
            ", drawn by a program: its accuracy says nothing about CIFAR-10."
        }
    }
}

fn result(report: &RunReport<'_>) -> Markup {
    let mark = if leakage(report).is_some() { " †" } else { "" };
    html! {
        section .result {
            @if let Some(test) = report.test {
                p .headline { span .number { (percent(test.accuracy)) (mark) } " accuracy on the \
                    test set" }
                p {
                    "95 % \
                     interval " (percent(test.accuracy_low)) " to " (percent(test.accuracy_high)) (mark) ", from " (count(test.n)) " images. "
                    "The interval covers the draw of the test images, not the luck of the seed."
                }
                @if report.metrics.is_none() {
                    (pairs(&scores(test)))
                    @for remark in &test.remarks { p .note { (remark) } }
                }
            } @else {
                p .headline { "The test set has not been read." }
                @if let Some(best) = report.epochs.iter().find(|epoch| Some(epoch.epoch) == report.best_epoch) {
                    p {
                        "Epoch " (best.epoch) " has " (percent(best.validation_accuracy)) (mark)
                        " accuracy on the validation set. That is too good to be expected of new \
                         images: the epoch was chosen by this set."
                    }
                }
            }
        }
    }
}

fn scores(test: &TestRecord) -> Vec<(String, String)> {
    let mut scores = vec![("log loss".to_owned(), defined(test.loss, |loss| format!("{loss:.4}")))];
    scores.extend(test.top5.map(|top5| ("top-5 accuracy".to_owned(), percent(top5))));
    let means = [
        ("macro precision", test.macro_precision),
        ("macro recall", test.macro_recall),
        ("macro F1", test.macro_f1),
    ];
    scores.extend(
        means.map(|(name, mean)| (name.to_owned(), defined(mean, |mean| format!("{mean:.3}")))),
    );
    scores
}

/// What the run ran on.
pub(super) fn environment(record: &EnvironmentRecord) -> Markup {
    let unknown = || "unknown".to_owned();
    let set = if record.synthetic {
        format!("{} (synthetic)", record.dataset)
    } else {
        record.dataset.clone()
    };
    let values = [
        ("data set", set),
        ("its hash", record.dataset_hash.clone()),
        ("training images", count(record.train_images)),
        ("validation images", count(record.validation_images)),
        ("test images", count(record.test_images)),
        ("parameters", count(record.parameters)),
        (
            "device",
            record.adapter.as_ref().map_or_else(
                || record.device.clone(),
                |adapter| format!("{}: {adapter}", record.device),
            ),
        ),
        ("threads", record.threads.to_string()),
        ("CPU", record.cpu.clone().unwrap_or_else(unknown)),
        ("system", record.os.clone()),
        ("Zunder", record.zunder_version.clone()),
        ("commit", record.commit.clone().unwrap_or_else(unknown)),
    ];
    html! { section { h2 { "Environment" } (pairs(&values.map(|(key, value)| (key.to_owned(), value)))) } }
}
