//! All scores of an evaluation as tables for a terminal.

use zunder_eval::{BinaryReport, ClassificationReport, ScoreInterval, ScoreIntervals, ScoreKind};

use super::{NAME, cut, table};
use crate::ends::Ends;
use crate::format::{count, defined, percent};

/// Returns all scores of a test, each with its 95 % interval if there is one: Wilson's for the
/// accuracy, bootstrap intervals for the others. An undefined score is `–`;
/// [`ClassificationReport::remarks`] states the reason.
///
/// ```
/// use zunder_eval::{ClassificationReport, ReportConfig};
///
/// let report = ClassificationReport::new(
///     &[0.9, 0.1, 0.2, 0.8, 0.6, 0.4],
///     &[0, 1, 1],
///     2,
///     &ReportConfig::default(),
/// )?;
/// let text = zunder_report::text::scores_table(&report, None);
/// assert!(text.contains("\naccuracy                       66.7 %  20.8 % to 93.9 %\n"), "{text}");
/// # Ok::<(), zunder_eval::EvalError>(())
/// ```
pub fn scores_table(report: &ClassificationReport, intervals: Option<&ScoreIntervals>) -> String {
    type Show = fn(f64) -> String;
    let plain: Show = |value| format!("{value:.4}");
    let row = |name: &str, value: Option<f64>, interval: Ends, show: Show| {
        [name.to_owned(), defined(value, show), interval.shown(show, " to ")]
    };
    let of = |which: fn(&ScoreIntervals) -> Option<ScoreInterval>| Ends::of(intervals, which);
    let ranked = &report.one_vs_rest;
    let mut rows =
        vec![row("accuracy", Some(report.accuracy), report.accuracy_interval.into(), percent)];
    rows.extend(report.top_k.iter().map(|top| {
        row(&format!("top-{} accuracy", top.k), Some(top.accuracy), Ends::Unknown, percent)
    }));
    rows.extend([
        row(
            "balanced accuracy",
            Some(report.balanced_accuracy),
            of(|i| i.balanced_accuracy),
            percent,
        ),
        row(
            "precision, macro average",
            report.macro_average.precision,
            of(|i| i.macro_precision),
            plain,
        ),
        row("recall, macro average", report.macro_average.recall, of(|i| i.macro_recall), plain),
        row("F1, macro average", report.macro_average.f1, of(|i| i.macro_f1), plain),
        row("Matthews", report.matthews, of(|i| i.matthews), plain),
        row("Cohen's kappa", report.cohen_kappa, of(|i| i.cohen_kappa), plain),
        row("area under ROC, macro average", ranked.macro_auc, of(|i| i.macro_auc), plain),
        row("average precision, macro", ranked.macro_average_precision, Ends::Unknown, plain),
        row("log loss", report.log_loss, of(|i| i.log_loss), plain),
        row("Brier score", report.brier_score, of(|i| i.brier_score), plain),
        row("expected calibration error", report.expected_calibration_error, Ends::Unknown, plain),
    ]);
    table(["score", "value", "95 % interval"].map(str::to_owned), rows, 1)
}

/// Returns the outcomes and the rates of a binary problem. `classes` are the negative and the
/// positive one.
///
/// ```
/// use zunder_eval::{ClassificationReport, ReportConfig};
///
/// let report = ClassificationReport::new(
///     &[0.9, 0.1, 0.2, 0.8, 0.6, 0.4],
///     &[0, 1, 1],
///     2,
///     &ReportConfig::default(),
/// )?;
/// let text = zunder_report::text::binary_table(
///     &report.binary.unwrap(),
///     report.score_kind,
///     ["healthy", "ill"],
/// );
/// assert!(
///     text.starts_with("positive: ill, predicted where it is the more probable class\n"),
///     "{text}"
/// );
/// # Ok::<(), zunder_eval::EvalError>(())
/// ```
pub fn binary_table(binary: &BinaryReport, kind: ScoreKind, classes: [&str; 2]) -> String {
    let [negative, positive] = classes.map(|name| cut(name, 2 * NAME));
    let rule = match (kind, binary.threshold) {
        (ScoreKind::Probabilities, None) => {
            "predicted where it is the more probable class".to_owned()
        }
        (ScoreKind::Probabilities, Some(threshold)) => {
            format!("predicted where its probability is at least {threshold}")
        }
        (ScoreKind::Scores, None) => "predicted where its score is the higher one".to_owned(),
        (ScoreKind::Scores, Some(threshold)) => {
            format!("predicted where its score exceeds the other by at least {threshold}")
        }
    };
    let counts = binary.counts;
    let cells = |name: &str, [first, second]: [(u64, &str); 2]| {
        [
            format!("is {name}"),
            format!("{} {}", count(first.0 as usize), first.1),
            format!("{} {}", count(second.0 as usize), second.1),
        ]
    };
    let cases = table(
        [String::new(), format!("predicted {positive}"), format!("predicted {negative}")],
        [
            cells(
                &positive,
                [
                    (counts.true_positives, "true positives"),
                    (counts.false_negatives, "false negatives"),
                ],
            ),
            cells(
                &negative,
                [
                    (counts.false_positives, "false positives"),
                    (counts.true_negatives, "true negatives"),
                ],
            ),
        ],
        3,
    );
    let rates = [
        ("sensitivity, recall, true positive rate", binary.true_positive_rate),
        ("false positive rate", binary.false_positive_rate),
        ("specificity", binary.specificity),
        ("precision", binary.precision),
        ("F1", binary.f1),
    ];
    let rates = table(
        [],
        rates.map(|(name, rate)| [name.to_owned(), defined(rate, |rate| format!("{rate:.4}"))]),
        1,
    );
    format!("positive: {positive}, {rule}\n{cases}\n\n{rates}")
}

#[cfg(test)]
mod tests {
    use zunder_eval::ReportConfig;

    use super::*;

    #[test]
    fn outcomes_are_in_their_cells() {
        let probabilities = [0.9, 0.1, 0.2, 0.8, 0.6, 0.4, 0.7, 0.3, 0.45, 0.55];
        let config = ReportConfig { threshold: Some(0.5), ..ReportConfig::default() };
        let report =
            ClassificationReport::new(&probabilities, &[0, 1, 1, 1, 0], 2, &config).unwrap();
        let text = binary_table(&report.binary.unwrap(), report.score_kind, ["healthy", "ill"]);
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines[0], "positive: ill, predicted where its probability is at least 0.5");
        assert!(
            lines[2].starts_with("is ill ")
                && lines[2].contains("1 true positives")
                && lines[2].ends_with("2 false negatives"),
            "{text}"
        );
        assert!(
            lines[3].contains("1 false positives") && lines[3].ends_with("1 true negatives"),
            "{text}"
        );
        assert!(text.contains("true positive rate  0.3333"), "{text}");
    }

    #[test]
    fn undefined_scores_are_a_dash() {
        let probabilities = [0.9, 0.1, 0.8, 0.2, 0.7, 0.3];
        let report =
            ClassificationReport::new(&probabilities, &[0, 0, 0], 2, &ReportConfig::default())
                .unwrap();
        let text = scores_table(&report, None);
        let shown = |text: &str, name: &str| -> String {
            let line = text.lines().find(|line| line.starts_with(name)).unwrap_or_default();
            line.split_whitespace().last().unwrap_or_default().to_owned()
        };
        let names =
            ["area under ROC", "Matthews", "Cohen's kappa", "recall, macro", "average precision"];
        assert_eq!(
            names.map(|name| shown(&text, name)),
            ["–", "–", "–", "1.0000", "1.0000"],
            "{text}"
        );
        let text = binary_table(&report.binary.unwrap(), ScoreKind::Scores, ["healthy", "ill"]);
        assert!(
            text.starts_with("positive: ill, predicted where its score is the higher one\n"),
            "{text}"
        );
        let names = ["sensitivity", "precision", "F1", "specificity"];
        assert_eq!(names.map(|name| shown(&text, name)), ["–", "–", "–", "1.0000"], "{text}");
    }
}
