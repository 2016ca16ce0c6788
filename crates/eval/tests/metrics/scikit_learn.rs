//! Compares metrics, curves and calibration with scikit-learn. `goldens/make.py` computes the
//! expected numbers.

use std::collections::BTreeMap;

use serde::Deserialize;
use zunder_eval::{
    Average, AverageScores, Binning, CalibrationCurve, ConfusionMatrix, Scored, mcnemar,
    top_k_accuracy,
};

#[derive(Deserialize)]
struct Goldens {
    cases: Vec<Case>,
    mcnemar: Vec<(u64, u64, f64)>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    n_classes: usize,
    truth: Vec<u32>,
    probabilities: Vec<f32>,
    measures: Measures,
    curves: Option<Vec<Curves>>,
    calibration: Option<[[Calibration; 2]; 2]>,
}

#[derive(Deserialize)]
struct Measures {
    confusion: Vec<Vec<u64>>,
    by_truth: Vec<Vec<Option<f64>>>,
    by_prediction: Vec<Vec<Option<f64>>>,
    accuracy: f64,
    zero_one: f64,
    balanced: f64,
    matthews: Option<f64>,
    kappa: Option<f64>,
    f_beta: Vec<(f64, Vec<Option<f64>>)>,
    averages: BTreeMap<String, [Option<f64>; 4]>,
    top_k: Vec<(usize, f64)>,
    log_loss: f64,
    brier: f64,
    rankings: Rankings,
}

#[derive(Deserialize)]
struct Rankings {
    classes: Vec<Option<(Option<f64>, f64)>>,
    macro_scores: (Option<f64>, Option<f64>),
    weighted_scores: (Option<f64>, Option<f64>),
    micro_scores: (f64, f64),
    macro_roc: Vec<f64>,
}

/// Thresholds without the first one, FPR, TPR, precision, recall.
#[derive(Deserialize)]
struct Curves(Vec<f32>, Vec<f64>, Vec<f64>, Vec<f64>, Vec<f64>);

#[derive(Deserialize)]
struct Calibration {
    points: (Vec<u64>, Vec<f64>, Vec<f64>),
    errors: (f64, f64),
}

impl Case {
    #[allow(clippy::unwrap_used, reason = "a test's helper")]
    fn scored(&self) -> Scored<'_> {
        Scored::new(&self.probabilities, &self.truth, self.n_classes).unwrap()
    }
}

fn goldens() -> serde_json::Result<Goldens> {
    serde_json::from_str(include_str!("../goldens/goldens.json"))
}

fn close(got: f64, expected: f64, what: &str) {
    assert!((got - expected).abs() < 1e-9, "{what}: got {got}, expected {expected}");
}

fn all_close(got: &[f64], expected: &[f64], what: &str) {
    assert_eq!(got.len(), expected.len(), "{what}");
    got.iter().zip(expected).for_each(|(&got, &expected)| close(got, expected, what));
}

/// Asserts of each value that it is defined and close in both, or defined in neither.
fn all_both(got: &[Option<f64>], expected: &[Option<f64>], what: &str) {
    let defined = |scores: &[Option<f64>]| scores.iter().map(Option::is_some).collect::<Vec<_>>();
    assert_eq!(defined(got), defined(expected), "{what}: got {got:?}, expected {expected:?}");
    let numbers = |scores: &[Option<f64>]| scores.iter().flatten().copied().collect::<Vec<_>>();
    all_close(&numbers(got), &numbers(expected), what);
}

#[allow(clippy::unwrap_used, reason = "a test's helper")]
fn check_matrix(matrix: &ConfusionMatrix, expected: &Measures, name: &str) {
    assert_eq!(matrix.rows(), expected.confusion, "{name}");
    all_both(&matrix.rates_by_truth().concat(), &expected.by_truth.concat(), name);
    all_both(&matrix.rates_by_prediction().concat(), &expected.by_prediction.concat(), name);
    close(matrix.accuracy(), expected.accuracy, name);
    close(matrix.zero_one_risk(), expected.zero_one, name);
    close(matrix.balanced_accuracy(), expected.balanced, name);
    all_both(
        &[matrix.matthews(), matrix.cohen_kappa()],
        &[expected.matthews, expected.kappa],
        name,
    );
    for (beta, scores) in &expected.f_beta {
        let got: Vec<Option<f64>> =
            matrix.one_vs_rest().iter().map(|counts| counts.f_beta(*beta).unwrap()).collect();
        all_both(&got, scores, name);
    }
    for (average, by) in
        [("macro", Average::Macro), ("micro", Average::Micro), ("weighted", Average::Weighted)]
    {
        let AverageScores { precision, recall, f1 } = matrix.average(by);
        let got = [precision, recall, f1, matrix.average_f_beta(by, 2.0).unwrap()];
        all_both(&got, &expected.averages[average], &format!("{name}, {average}"));
    }
}

#[test]
fn scores_of_confusion_matrices() {
    for case in goldens().unwrap().cases {
        check_matrix(&case.scored().confusion_matrix(), &case.measures, &case.name);
    }
}

#[test]
fn measures_of_probabilities() {
    for case in goldens().unwrap().cases {
        let (scored, expected) = (case.scored(), &case.measures);
        close(scored.log_loss().unwrap(), expected.log_loss, &case.name);
        close(scored.brier_score().unwrap(), expected.brier, &case.name);
        for &(k, share) in &expected.top_k {
            close(scored.top_k_accuracy(k).unwrap(), share, &case.name);
            close(
                top_k_accuracy(&case.probabilities, &case.truth, case.n_classes, k).unwrap(),
                share,
                &case.name,
            );
        }
    }
}

#[test]
fn areas_and_average_precisions() {
    for case in goldens().unwrap().cases {
        let (scored, expected, name) = (case.scored(), &case.measures.rankings, &case.name);
        let got = scored.one_vs_rest(11).unwrap();
        for (class, scores) in expected.classes.iter().enumerate() {
            let ranking = scored.ranking(class).ok();
            let of_class = got.per_class[class].as_ref();
            assert_eq!(of_class.is_some(), scores.is_some(), "{name}");
            assert_eq!(
                of_class.and_then(|s| s.auc),
                ranking.as_ref().map(zunder_eval::Ranking::auc),
                "{name}"
            );
            if let (Some(got), Some((auc, average_precision))) = (of_class, scores) {
                all_both(
                    &[got.auc, Some(got.average_precision)],
                    &[*auc, Some(*average_precision)],
                    name,
                );
            }
        }
        let micro = got.micro.unwrap();
        all_both(
            &[got.macro_auc, got.macro_average_precision],
            &[expected.macro_scores.0, expected.macro_scores.1],
            name,
        );
        all_both(
            &[got.weighted_auc, got.weighted_average_precision],
            &[expected.weighted_scores.0, expected.weighted_scores.1],
            name,
        );
        all_close(
            &[micro.auc.unwrap(), micro.average_precision],
            &[expected.micro_scores.0, expected.micro_scores.1],
            name,
        );
        all_close(&got.macro_roc.true_positive_rate, &expected.macro_roc, name);
    }
}

#[test]
fn curves_with_all_thresholds() {
    let cases: Vec<Case> =
        goldens().unwrap().cases.into_iter().filter(|case| case.curves.is_some()).collect();
    assert_eq!(cases.len(), 2);
    for case in &cases {
        let (scored, name) = (case.scored(), &case.name);
        for (class, Curves(thresholds, fpr, tpr, precision, recall)) in
            case.curves.as_ref().unwrap().iter().enumerate()
        {
            let ranking = scored.ranking(class).unwrap();
            let (roc, pr) = (ranking.roc_curve(), ranking.precision_recall_curve());
            assert_eq!(roc.thresholds[1..], thresholds[..], "{name}");
            all_close(&roc.false_positive_rate, fpr, name);
            all_close(&roc.true_positive_rate, tpr, name);
            all_close(&pr.precision, precision, name);
            all_close(&pr.recall, recall, name);
        }
    }
}

fn check_calibration(curve: &CalibrationCurve, expected: &Calibration, name: &str) {
    let (n, predicted, observed) = &expected.points;
    assert_eq!(curve.bins.iter().map(|bin| bin.n).collect::<Vec<_>>(), *n, "{name}");
    all_close(&curve.bins.iter().map(|bin| bin.predicted).collect::<Vec<_>>(), predicted, name);
    all_close(&curve.bins.iter().map(|bin| bin.observed).collect::<Vec<_>>(), observed, name);
    close(curve.expected_error().unwrap(), expected.errors.0, name);
    close(curve.maximum_error().unwrap(), expected.errors.1, name);
}

#[test]
fn calibration_curves() {
    for case in goldens().unwrap().cases {
        let Some(expected) = &case.calibration else { continue };
        let scored = case.scored();
        let happened: Vec<bool> = case.truth.iter().map(|&label| label == 1).collect();
        let p: Vec<f32> =
            case.probabilities.chunks_exact(case.n_classes).map(|row| row[1]).collect();
        for (binning, [of_class, of_confidence]) in
            [Binning::Uniform, Binning::Quantile].into_iter().zip(expected)
        {
            check_calibration(
                &CalibrationCurve::new(&p, &happened, 7, binning).unwrap(),
                of_class,
                &case.name,
            );
            check_calibration(
                &scored.calibration_curve(10, binning).unwrap(),
                of_confidence,
                &case.name,
            );
        }
    }
}

#[test]
fn mcnemars_test_agrees_with_scipys_binomial_one() {
    for (only_a, only_b, p_value) in goldens().unwrap().mcnemar {
        // One more sample that both models predict correctly.
        let truth = vec![0; (only_a + only_b + 1) as usize];
        let right = |from: u64, to: u64| {
            (0..=only_a + only_b)
                .map(|i| u32::from(i < only_a + only_b && !(from..to).contains(&i)))
                .collect::<Vec<_>>()
        };
        let test = mcnemar(&truth, &right(0, only_a), &right(only_a, only_a + only_b)).unwrap();
        assert_eq!((test.only_a, test.only_b), (only_a, only_b));
        assert!(
            (test.p_value / p_value - 1.0).abs() < 1e-9,
            "{only_a}, {only_b}: got {}, expected {p_value}",
            test.p_value
        );
    }
}
