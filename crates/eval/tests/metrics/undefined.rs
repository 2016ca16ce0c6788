//! Undefined scores: a score is `None` exactly if its denominator is 0, and no score is NaN or
//! infinite.

use proptest::prelude::*;
use zunder_eval::{
    Average, BootstrapConfig, ClassificationReport, ConfusionMatrix, Predictions, ReportConfig,
    ScoreIntervals,
};
use zunder_random::Key;

const CLASSES: usize = 4;

/// Labels and predictions that often lack classes: both are drawn from a subset of the classes.
fn decisions() -> impl Strategy<Value = Vec<(u32, u32)>> {
    (1..=CLASSES as u32, 1..=CLASSES as u32)
        .prop_flat_map(|(truths, taken)| prop::collection::vec((0..truths, 0..taken), 1..25))
}

/// Rows of probabilities whose highest value is at the predicted class.
fn predictions(decisions: &[(u32, u32)], kind: u8) -> Predictions {
    let row = |&(_, taken): &(u32, u32)| {
        (0..CLASSES as u32).map(move |class| if class == taken { 0.7 } else { 0.1 })
    };
    let rows: Vec<f32> = decisions.iter().flat_map(row).collect();
    let (indices, labels) =
        ((0..decisions.len() as u32).collect(), decisions.iter().map(|d| d.0).collect());
    let made = if kind == 0 { Predictions::new } else { Predictions::of_scores };
    made(indices, labels, rows, CLASSES).unwrap()
}

/// Returns all scores of a report, each with whether it must be defined.
fn expected(
    report: &ClassificationReport,
    decisions: &[(u32, u32)],
) -> Vec<(&'static str, Option<f64>, bool)> {
    let truths = |class: u32| decisions.iter().filter(|d| d.0 == class).count();
    let taken = |class: u32| decisions.iter().filter(|d| d.1 == class).count();
    let n = decisions.len();
    let classes = || 0..CLASSES as u32;
    let two_truths = classes().filter(|class| truths(*class) > 0).count() > 1;
    let two_taken = classes().filter(|class| taken(*class) > 0).count() > 1;
    let probabilities = report.score_kind == zunder_eval::ScoreKind::Probabilities;
    let all_alike = decisions.iter().all(|d| d.0 == d.1) && !two_truths;
    let with_precision: usize = classes().filter(|class| taken(*class) > 0).map(truths).sum();
    let mut all = vec![
        ("Matthews", report.matthews, two_truths && two_taken),
        ("kappa", report.cohen_kappa, !all_alike),
        ("macro AUC", report.one_vs_rest.macro_auc, two_truths),
        ("weighted AUC", report.one_vs_rest.weighted_auc, two_truths),
        ("macro AP", report.one_vs_rest.macro_average_precision, true),
        ("log loss", report.log_loss, probabilities),
        ("Brier", report.brier_score, probabilities),
        ("expected calibration error", report.expected_calibration_error, probabilities),
        ("maximum calibration error", report.maximum_calibration_error, probabilities),
        ("macro precision", report.macro_average.precision, true),
        ("macro recall", report.macro_average.recall, true),
        ("macro F1", report.macro_average.f1, true),
        ("weighted precision", report.weighted_average.precision, with_precision > 0),
        ("weighted recall", report.weighted_average.recall, true),
        ("micro F1", report.micro_average.f1, true),
    ];
    for (class, scores) in classes().zip(&report.per_class) {
        all.push(("precision", scores.precision, taken(class) > 0));
        all.push(("recall", scores.recall, truths(class) > 0));
        all.push(("F1", scores.f1, taken(class) + truths(class) > 0));
        all.push(("AUC", scores.auc, truths(class) > 0 && truths(class) < n));
        all.push(("AP", scores.average_precision, truths(class) > 0));
    }
    all
}

proptest! {
    #[test]
    fn a_score_is_missing_exactly_where_its_denominator_is_0(
        decisions in decisions(),
        kind in 0_u8..2,
    ) {
        let report = predictions(&decisions, kind).report(&ReportConfig::default()).unwrap();
        for (name, score, defined) in expected(&report, &decisions) {
            prop_assert_eq!(score.is_some(), defined, "{}: {:?}", name, score);
            prop_assert!(score.is_none_or(f64::is_finite), "{}: {:?}", name, score);
        }
    }

    #[test]
    fn remarks_say_what_is_missing_and_nothing_else(decisions in decisions(), kind in 0_u8..2) {
        let classes: Vec<String> = (0..CLASSES).map(|class| format!("class {class}")).collect();
        let predictions = predictions(&decisions, kind);
        let report = predictions.report(&ReportConfig::default()).unwrap();
        let missing = expected(&report, &decisions).iter().any(|(_, _, defined)| !defined);
        prop_assert_eq!(report.remarks(None, &classes).is_empty(), !missing);
        prop_assert_eq!(
            predictions.evaluate(&classes).unwrap().remarks,
            report.remarks(None, &classes)
        );
    }

    #[test]
    fn an_interval_holds_numbers_and_only_of_scores_that_are_there(
        decisions in decisions(),
        kind in 0_u8..2,
        seed in any::<u64>(),
    ) {
        let predictions = predictions(&decisions, kind);
        let (report, scored) =
            (predictions.report(&ReportConfig::default()).unwrap(), predictions.scored().unwrap());
        let config = BootstrapConfig { resamples: 30, confidence: 0.9 };
        let intervals =
            ScoreIntervals::new(&scored, &scored.predicted(), &config, Key::new(seed)).unwrap();
        for (score, interval) in [
            (report.matthews, intervals.matthews),
            (report.cohen_kappa, intervals.cohen_kappa),
            (report.one_vs_rest.macro_auc, intervals.macro_auc),
            (report.log_loss, intervals.log_loss),
            (report.brier_score, intervals.brier_score),
            (report.macro_average.f1, intervals.macro_f1),
        ] {
            prop_assert!(score.is_some() || interval.is_none());
            if let Some(interval) = interval {
                prop_assert!(
                    interval.low.is_finite()
                        && interval.low <= interval.high
                        && interval.high.is_finite()
                );
                prop_assert!(interval.left_out <= 15);
            }
        }
    }

    #[test]
    fn an_average_is_that_of_the_classes_with_a_score(decisions in decisions()) {
        let (truth, predicted): (Vec<u32>, Vec<u32>) = decisions.into_iter().unzip();
        let matrix = ConfusionMatrix::from_labels(&truth, &predicted, CLASSES).unwrap();
        let precisions: Vec<f64> =
            matrix.per_class().iter().filter_map(|class| class.precision).collect();
        let expected = precisions.iter().sum::<f64>() / precisions.len() as f64;
        prop_assert!((matrix.average(Average::Macro).precision.unwrap() - expected).abs() < 1e-12);
        let recalls: Vec<f64> =
            matrix.per_class().iter().filter_map(|class| class.recall).collect();
        let expected = recalls.iter().sum::<f64>() / recalls.len() as f64;
        prop_assert!((matrix.macro_average().recall.unwrap() - expected).abs() < 1e-12);
        prop_assert!((matrix.balanced_accuracy() - expected).abs() < 1e-12);
    }
}
