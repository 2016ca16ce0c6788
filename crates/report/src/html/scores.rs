//! All scores of a test set on the page.

use maud::{Markup, html};
use zunder_eval::{BinaryReport, ClassificationReport, ScoreInterval, ScoreIntervals, ScoreKind};

use crate::ends::Ends;
use crate::format::{count, defined, percent};
use crate::html::shell::{headings, scroll};

/// A score and its meaning.
struct Score {
    name: String,
    meaning: &'static str,
    value: Option<f64>,
    interval: Ends,
    /// Whether the score is shown as a percentage.
    share: bool,
}

impl Score {
    fn shown(&self, value: f64) -> String {
        if self.share { percent(value) } else { format!("{value:.4}") }
    }
}

/// Returns the section with all scores of the test set.
pub(super) fn overall(
    metrics: &ClassificationReport,
    intervals: Option<&ScoreIntervals>,
    classes: &[String],
) -> Markup {
    let scores = scores(metrics, intervals);
    let remarks = metrics.remarks(intervals, classes);
    html! {
        section {
            h2 { "Scores" }
            (scroll(&html! {
                table .scores {
                    (headings(&["score", "value", "interval"]))
                    tbody {
                        @for score in &scores {
                            tr {
                                th scope="row" { (score.name) small { (score.meaning) } }
                                td { (defined(score.value, |value| score.shown(value))) }
                                td { (score.interval.shown(|end| score.shown(end), " – ")) }
                            }
                        }
                    }
                }
            }))
            p .note {
                "Interval of the accuracy: Wilson's, at 95 %."
                @if intervals.is_some() { " The others: bootstrap over the test images." }
            }
            @if !remarks.is_empty() {
                ul .remarks { @for remark in &remarks { li { (remark) } } }
            }
        }
    }
}

fn scores(metrics: &ClassificationReport, intervals: Option<&ScoreIntervals>) -> Vec<Score> {
    let m = metrics;
    let score = |name: &str, meaning, value, interval, share| Score {
        name: name.to_owned(),
        meaning,
        value,
        interval,
        share,
    };
    let share = |name: &str, meaning, value, interval| score(name, meaning, value, interval, true);
    let number =
        |name: &str, meaning, value, interval| score(name, meaning, value, interval, false);
    let of = |which: fn(&ScoreIntervals) -> Option<ScoreInterval>| Ends::of(intervals, which);
    let mut scores = vec![
        share(
            "accuracy",
            "share of correct predictions",
            Some(m.accuracy),
            m.accuracy_interval.into(),
        ),
        share(
            "balanced accuracy",
            "mean recall of the classes",
            Some(m.balanced_accuracy),
            of(|i| i.balanced_accuracy),
        ),
    ];
    let top = |top: &zunder_eval::TopK| {
        share(
            &format!("top-{} accuracy", top.k),
            "share of images whose true class is among the most probable",
            Some(top.accuracy),
            Ends::Unknown,
        )
    };
    scores.extend(m.top_k.iter().map(top));
    scores.extend([
        number(
            "macro precision",
            "mean over the classes",
            m.macro_average.precision,
            of(|i| i.macro_precision),
        ),
        number(
            "macro recall",
            "mean over the classes",
            m.macro_average.recall,
            of(|i| i.macro_recall),
        ),
        number("macro F1", "mean over the classes", m.macro_average.f1, of(|i| i.macro_f1)),
        number(
            "weighted F1",
            "mean, weighted by the classes' sizes",
            m.weighted_average.f1,
            Ends::Unknown,
        ),
        number("Matthews correlation", "-1 to 1, 0 by chance", m.matthews, of(|i| i.matthews)),
        number(
            "Cohen's kappa",
            "agreement beyond chance, at most 1",
            m.cohen_kappa,
            of(|i| i.cohen_kappa),
        ),
        number(
            "macro AUC",
            "mean area under the ROC curves",
            m.one_vs_rest.macro_auc,
            of(|i| i.macro_auc),
        ),
        number(
            "macro average precision",
            "mean over the classes",
            m.one_vs_rest.macro_average_precision,
            Ends::Unknown,
        ),
        number("log loss", "in nats, lower is better", m.log_loss, of(|i| i.log_loss)),
        number(
            "Brier score",
            "squared error of the probabilities, lower is better",
            m.brier_score,
            of(|i| i.brier_score),
        ),
        share(
            "expected calibration error",
            "mean difference of confidence and accuracy",
            m.expected_calibration_error,
            Ends::Unknown,
        ),
        share(
            "maximum calibration error",
            "largest difference of a bin",
            m.maximum_calibration_error,
            Ends::Unknown,
        ),
    ]);
    scores
}

/// Returns the section with the outcomes and the rates of two classes.
pub(super) fn binary(binary: &BinaryReport, kind: ScoreKind, classes: &[String]) -> Markup {
    let name =
        |class: usize| classes.get(class).map_or_else(|| format!("class {class}"), Clone::clone);
    let c = &binary.counts;
    let rates = [
        ("true positive rate (recall, sensitivity)", "TP / (TP + FN)", binary.true_positive_rate),
        ("false positive rate", "FP / (FP + TN)", binary.false_positive_rate),
        ("specificity", "TN / (FP + TN)", binary.specificity),
        ("precision", "TP / (TP + FP)", binary.precision),
        ("F1", "2 TP / (2 TP + FP + FN)", binary.f1),
    ];
    html! {
        section {
            h2 { "Outcomes and rates" }
            p {
                "Positive is " strong { (name(1)) } ", negative is " (name(0)) ". An image is \
                    predicted positive if "
                @match (kind, binary.threshold) {
                    (ScoreKind::Probabilities, Some(threshold)) => { "the probability of the \
                        positive class is at least the threshold " (threshold) "." }
                    (ScoreKind::Probabilities, None) => { "the probability of the positive \
                        class is above that of the other one." }
                    (ScoreKind::Scores, Some(threshold)) => { "the score of the positive class \
                        exceeds that of the negative one by at least the threshold "
                        (threshold) "." }
                    (ScoreKind::Scores, None) => { "the score of the positive class is \
                        above that of the negative one." }
                }
            }
            (scroll(&html! {
                table .cases {
                    (headings(&["", "predicted positive", "predicted negative"]))
                    tbody {
                        tr {
                            th scope="row" { "is positive" }
                            td .right { (count(c.true_positives as usize)) small { "true positives \
                                (TP)" } }
                            td .wrong { (count(c.false_negatives as usize)) small { "false \
                                negatives (FN)" } }
                        }
                        tr {
                            th scope="row" { "is negative" }
                            td .wrong { (count(c.false_positives as usize)) small { "false \
                                positives (FP)" } }
                            td .right { (count(c.true_negatives as usize)) small { "true negatives \
                                (TN)" } }
                        }
                    }
                }
            }))
            (scroll(&html! {
                table .scores {
                    (headings(&["rate", "value"]))
                    tbody {
                        @for (name, formula, value) in rates {
                            tr {
                                th scope="row" { (name) small { (formula) } }
                                td { (defined(value, |value| format!("{value:.4}"))) }
                            }
                        }
                    }
                }
            }))
        }
    }
}
