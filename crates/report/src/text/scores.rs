//! A whole evaluation as tables for a terminal.

use zunder_eval::{BinaryReport, ClassificationReport, Interval, ScoreIntervals};

use super::{NAME, cut, table};
use crate::format::{count, percent};

/// All scores of a test, each with its 95 % interval where it has one: Wilson's of the accuracy, bootstrap of the others.
///
/// ```
/// use zunder_eval::{ClassificationReport, ReportConfig};
///
/// let report = ClassificationReport::new(&[0.9, 0.1, 0.2, 0.8, 0.6, 0.4], &[0, 1, 1], 2, &ReportConfig::default())?;
/// let text = zunder_report::text::scores_table(&report, None);
/// assert!(text.contains("\naccuracy                       66.7 %  20.8 % to 93.9 %\n"), "{text}");
/// # Ok::<(), zunder_eval::EvalError>(())
/// ```
pub fn scores_table(report: &ClassificationReport, intervals: Option<&ScoreIntervals>) -> String {
    let share = |name: &str, value: f64, interval: Option<Interval>| {
        let interval = interval.map_or_else(String::new, |i| format!("{} to {}", percent(i.low), percent(i.high)));
        [name.to_owned(), percent(value), interval]
    };
    let number = |name: &str, value: f64, interval: Option<Interval>| {
        let interval = interval.map_or_else(String::new, |i| format!("{:.4} to {:.4}", i.low, i.high));
        [name.to_owned(), format!("{value:.4}"), interval]
    };
    let of = |interval: fn(&ScoreIntervals) -> Interval| intervals.map(interval);
    let ranked = &report.one_vs_rest;
    let mut rows = vec![share("accuracy", report.accuracy, Some(report.accuracy_interval))];
    rows.extend(report.top_k.iter().map(|top| share(&format!("top-{} accuracy", top.k), top.accuracy, None)));
    rows.extend([
        share("balanced accuracy", report.balanced_accuracy, of(|i| i.balanced_accuracy)),
        number("precision, macro average", report.macro_average.precision, of(|i| i.macro_precision)),
        number("recall, macro average", report.macro_average.recall, of(|i| i.macro_recall)),
        number("F1, macro average", report.macro_average.f1, of(|i| i.macro_f1)),
        number("Matthews", report.matthews, of(|i| i.matthews)),
        number("Cohen's kappa", report.cohen_kappa, of(|i| i.cohen_kappa)),
        number("area under ROC, macro average", ranked.macro_auc, intervals.and_then(|i| i.macro_auc)),
        number("average precision, macro", ranked.macro_average_precision, None),
        number("log loss", report.log_loss, of(|i| i.log_loss)),
        number("Brier score", report.brier_score, of(|i| i.brier_score)),
        number("expected calibration error", report.expected_calibration_error, None),
    ]);
    table(["score", "value", "95 % interval"].map(str::to_owned), rows, 1)
}

/// The four cases and the rates of a binary problem, in the lecture's terms; `classes` are the negative and the positive one.
///
/// ```
/// use zunder_eval::{ClassificationReport, ReportConfig};
///
/// let report = ClassificationReport::new(&[0.9, 0.1, 0.2, 0.8, 0.6, 0.4], &[0, 1, 1], 2, &ReportConfig::default())?;
/// let text = zunder_report::text::binary_table(&report.binary.unwrap(), ["healthy", "ill"]);
/// assert!(text.starts_with("positive: ill, taken where it is the more probable class\n"), "{text}");
/// # Ok::<(), zunder_eval::EvalError>(())
/// ```
pub fn binary_table(binary: &BinaryReport, classes: [&str; 2]) -> String {
    let [negative, positive] = classes.map(|name| cut(name, 2 * NAME));
    let rule = binary.threshold.map_or_else(
        || "taken where it is the more probable class".to_owned(),
        |threshold| format!("taken where its probability is at least {threshold}"),
    );
    let counts = binary.counts;
    let cells = |name: &str, [first, second]: [(u64, &str); 2]| {
        [format!("is {name}"), format!("{} {}", count(first.0 as usize), first.1), format!("{} {}", count(second.0 as usize), second.1)]
    };
    let cases = table(
        [String::new(), format!("taken for {positive}"), format!("taken for {negative}")],
        [
            cells(&positive, [(counts.true_positives, "true positives"), (counts.false_negatives, "false negatives")]),
            cells(&negative, [(counts.false_positives, "false positives"), (counts.true_negatives, "true negatives")]),
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
    let rates = table([], rates.map(|(name, rate)| [name.to_owned(), format!("{rate:.4}")]), 1);
    format!("positive: {positive}, {rule}\n{cases}\n\n{rates}")
}

#[cfg(test)]
mod tests {
    use zunder_eval::ReportConfig;

    use super::*;

    #[test]
    fn cases_stand_where_their_names_say() {
        let probabilities = [0.9, 0.1, 0.2, 0.8, 0.6, 0.4, 0.7, 0.3, 0.45, 0.55];
        let config = ReportConfig { threshold: Some(0.5), ..ReportConfig::default() };
        let report = ClassificationReport::new(&probabilities, &[0, 1, 1, 1, 0], 2, &config).unwrap();
        let text = binary_table(&report.binary.unwrap(), ["healthy", "ill"]);
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines[0], "positive: ill, taken where its probability is at least 0.5");
        assert!(
            lines[2].starts_with("is ill ") && lines[2].contains("1 true positives") && lines[2].ends_with("2 false negatives"),
            "{text}"
        );
        assert!(lines[3].contains("1 false positives") && lines[3].ends_with("1 true negatives"), "{text}");
        assert!(text.contains("true positive rate  0.3333"), "{text}");
    }
}
