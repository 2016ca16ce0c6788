//! Remarks: the reasons why scores are undefined.

use crate::{ClassificationReport, ScoreInterval, ScoreIntervals, ScoreKind};

/// The number of class names that are listed.
const NAMED: usize = 5;

/// Returns the remarks on the numbers of true and predicted samples of each class.
pub(crate) fn of_classes(counts: &[(u64, u64)], classes: &[String]) -> Vec<String> {
    let classes_where = |wanted: fn(&(u64, u64)) -> bool| -> Vec<usize> {
        (0..counts.len()).filter(|class| wanted(&counts[*class])).collect()
    };
    let n = counts.len();
    let of = |missing: &[usize]| {
        format!("{} of {n} classes ({})", missing.len(), names(missing, classes))
    };
    let its =
        |missing: &[usize]| if missing.len() == 1 { ("its", "it") } else { ("their", "them") };
    let mut remarks = Vec::new();
    let (absent, never_predicted) =
        (classes_where(|counts| counts.0 == 0), classes_where(|counts| counts.1 == 0));
    if !absent.is_empty() {
        let (its, it) = its(&absent);
        remarks.push(format!(
            "No test image belongs to {}: {its} recall and {its} areas under the ROC and the \
             precision-recall curve are undefined, and averages leave {it} out.",
            of(&absent)
        ));
    }
    if !never_predicted.is_empty() {
        let (its, it) = its(&never_predicted);
        remarks.push(format!(
            "No test image was predicted as {}: {its} precision is undefined, and averages of it \
             leave {it} out.",
            of(&never_predicted)
        ));
    }
    let (present, seen) =
        (classes_where(|counts| counts.0 > 0), classes_where(|counts| counts.1 > 0));
    if let [only] = present[..] {
        let agreement = if seen == present {
            "and no Matthews' correlation or Cohen's kappa"
        } else {
            "and no Matthews' correlation"
        };
        let name = names(&[only], classes);
        remarks.push(format!(
            "All test images belong to {name}: no area under a ROC curve is defined, {agreement}."
        ));
    } else if let [only] = seen[..] {
        let name = names(&[only], classes);
        remarks.push(format!(
            "All test images were predicted as {name}: Matthews' correlation is undefined."
        ));
    }
    remarks
}

/// Returns the remark on the kind of values. `clipped` samples are counted with the smallest
/// probability.
pub(crate) fn of_values(kind: ScoreKind, clipped: u64) -> Option<String> {
    match (kind, clipped) {
        (ScoreKind::Scores, _) => Some(
            "The scores are not probabilities, because the model was trained with a hinge loss or \
             a squared error: log loss, Brier score and calibration are undefined."
                .to_owned(),
        ),
        (ScoreKind::Probabilities, 0) => None,
        (ScoreKind::Probabilities, n) => Some(format!(
            "{n} test image{} a probability below 0.00000012 for the true class and {} counted \
             with this value, 15.9 nats each. Without this limit the log loss would be higher, \
             or infinite.",
            if n == 1 { " has" } else { "s have" },
            if n == 1 { "is" } else { "are" },
        )),
    }
}

impl ClassificationReport {
    /// Returns one sentence for each reason why scores of this report, or intervals computed with
    /// it, are undefined, and what averages leave out. Empty if everything is defined. `classes`
    /// are the names by class number.
    pub fn remarks(&self, intervals: Option<&ScoreIntervals>, classes: &[String]) -> Vec<String> {
        let counts: Vec<(u64, u64)> =
            self.per_class.iter().map(|class| (class.support, class.predicted)).collect();
        let mut remarks = of_classes(&counts, classes);
        remarks.extend(of_values(self.score_kind, self.clipped));
        remarks.extend(intervals.and_then(|intervals| self.of_intervals(intervals)));
        remarks
    }

    /// Returns the remark on intervals whose score is undefined for some resamples.
    fn of_intervals(&self, intervals: &ScoreIntervals) -> Option<String> {
        let scores: [(&str, Option<f64>, Option<ScoreInterval>); 6] = [
            ("precision", self.macro_average.precision, intervals.macro_precision),
            ("recall", self.macro_average.recall, intervals.macro_recall),
            ("F1", self.macro_average.f1, intervals.macro_f1),
            ("Matthews' correlation", self.matthews, intervals.matthews),
            ("Cohen's kappa", self.cohen_kappa, intervals.cohen_kappa),
            ("the area under the ROC curve", self.one_vs_rest.macro_auc, intervals.macro_auc),
        ];
        let undefined = scores.iter().filter_map(|(name, score, interval)| {
            score.as_ref()?;
            match interval {
                None => Some(format!("{name} (in most: no interval)")),
                Some(interval) if interval.left_out > 0 => {
                    Some(format!("{name} (in {})", interval.left_out))
                }
                Some(_) => None,
            }
        });
        let undefined: Vec<String> = undefined.collect();
        let list = undefined.join(", ");
        (!undefined.is_empty()).then(|| {
            format!(
                "Resamples for which a score is undefined are left out of its interval: {list}."
            )
        })
    }
}

/// Returns the first names, and the number of further ones.
fn names(numbers: &[usize], classes: &[String]) -> String {
    let name =
        |number: &usize| classes.get(*number).map_or_else(|| number.to_string(), Clone::clone);
    let mut names: Vec<String> = numbers.iter().take(NAMED).map(name).collect();
    if numbers.len() > NAMED {
        names.push(format!("{} more", numbers.len() - NAMED));
    }
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{BootstrapConfig, Key, ReportConfig, Scored};

    fn said(probabilities: &[f32], labels: &[u32], n_classes: usize) -> Vec<String> {
        let classes: Vec<String> =
            ["cat", "dog", "bird"][..n_classes].iter().map(ToString::to_string).collect();
        let scored = Scored::new(probabilities, labels, n_classes).unwrap();
        let report = scored.report(&ReportConfig::default()).unwrap();
        let intervals = ScoreIntervals::new(
            &scored,
            &scored.predicted(),
            &BootstrapConfig::default(),
            Key::new(1),
        )
        .unwrap();
        report.remarks(Some(&intervals), &classes)
    }

    #[test]
    fn a_missing_class_has_remarks() {
        let remarks = said(&[0.9, 0.1, 0.8, 0.2], &[0, 0], 2);
        assert_eq!(
            remarks,
            [
                "No test image belongs to 1 of 2 classes (dog): its recall and its areas under the \
                 ROC and the precision-recall curve are undefined, and averages leave it out.",
                "No test image was predicted as 1 of 2 classes (dog): its precision is undefined, \
                 and averages of it leave it out.",
                "All test images belong to cat: no area under a ROC curve is defined, and no \
                 Matthews' correlation or Cohen's kappa.",
            ]
        );
    }

    #[test]
    fn without_undefined_scores_there_are_no_remarks() {
        let p: Vec<f32> =
            (0..60).flat_map(|i| if i % 2 == 0 { [0.7, 0.3] } else { [0.4, 0.6] }).collect();
        assert!(said(&p, &(0..60).map(|i| i % 2).collect::<Vec<u32>>(), 2).is_empty());
    }

    #[test]
    fn resamples_and_clipped_probabilities_have_remarks() {
        let p = [1.0, 0.0, 0.9, 0.1, 0.8, 0.2, 0.1, 0.9, 0.7, 0.3];
        let remarks = said(&p, &[1, 0, 0, 1, 0], 2);
        assert!(
            remarks[0].starts_with("1 test image has a probability below") && remarks.len() == 2,
            "{remarks:?}"
        );
        assert!(
            remarks[1].contains("Matthews' correlation (in ")
                && remarks[1].contains("ROC curve (in "),
            "{remarks:?}"
        );
    }
}
