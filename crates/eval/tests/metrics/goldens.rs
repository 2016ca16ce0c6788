//! Compares the metrics with scikit-learn, and Wilson's interval with `SciPy`. `goldens/make.py`
//! computes the expected numbers.

use serde::Deserialize;
use zunder_eval::{ConfusionMatrix, Predictions, log_loss, top_k_accuracy, wilson};

#[derive(Deserialize)]
struct Goldens {
    cases: Vec<Case>,
    wilson: Vec<(u64, u64, f64, f64, f64)>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    n_classes: usize,
    truth: Vec<u32>,
    probabilities: Vec<f32>,
    accuracy: f64,
    confusion: Vec<Vec<u64>>,
    precision: Vec<Option<f64>>,
    recall: Vec<Option<f64>>,
    f1: Vec<Option<f64>>,
    support: Vec<u64>,
    r#macro: (Option<f64>, Option<f64>, Option<f64>),
    log_loss: f64,
    top_k: Vec<(usize, f64)>,
}

fn goldens() -> serde_json::Result<Goldens> {
    serde_json::from_str(include_str!("../goldens/goldens.json"))
}

fn close(got: f64, expected: f64, what: &str) {
    assert!((got - expected).abs() < 1e-9, "{what}: got {got}, expected {expected}");
}

/// Asserts that both are defined and close, or that neither is defined.
fn both(got: Option<f64>, expected: Option<f64>, what: &str) {
    assert_eq!(got.is_some(), expected.is_some(), "{what}: got {got:?}, expected {expected:?}");
    got.zip(expected).into_iter().for_each(|(got, expected)| close(got, expected, what));
}

#[test]
fn confusion_matrices_agree_with_scikit_learn() {
    for case in goldens().unwrap().cases {
        let indices = (0..case.truth.len() as u32).collect();
        let predictions =
            Predictions::new(indices, case.truth, case.probabilities, case.n_classes).unwrap();
        let matrix = ConfusionMatrix::from_labels(
            predictions.labels(),
            &predictions.predicted(),
            case.n_classes,
        )
        .unwrap();
        assert_eq!(matrix.rows(), case.confusion, "{}", case.name);
        close(matrix.accuracy(), case.accuracy, &case.name);
        for (class, scores) in matrix.per_class().iter().enumerate() {
            both(scores.precision, case.precision[class], &case.name);
            both(scores.recall, case.recall[class], &case.name);
            both(scores.f1, case.f1[class], &case.name);
            assert_eq!(scores.support, case.support[class], "{}", case.name);
            assert_eq!(
                scores.predicted,
                case.confusion.iter().map(|row| row[class]).sum::<u64>(),
                "{}",
                case.name
            );
        }
        let average = matrix.macro_average();
        both(average.precision, case.r#macro.0, &case.name);
        both(average.recall, case.r#macro.1, &case.name);
        both(average.f1, case.r#macro.2, &case.name);
    }
}

#[test]
fn measures_of_probabilities_agree_with_scikit_learn() {
    for case in goldens().unwrap().cases {
        close(
            log_loss(&case.probabilities, &case.truth, case.n_classes).unwrap(),
            case.log_loss,
            &case.name,
        );
        for (k, expected) in case.top_k {
            let got = top_k_accuracy(&case.probabilities, &case.truth, case.n_classes, k).unwrap();
            close(got, expected, &format!("{}, k = {k}", case.name));
        }
    }
}

#[test]
fn wilson_agrees_with_scipy() {
    for (successes, n, confidence, low, high) in goldens().unwrap().wilson {
        let interval = wilson(successes, n, confidence).unwrap();
        let what = format!("{successes} of {n} at {confidence}");
        close(interval.low, low, &what);
        close(interval.high, high, &what);
    }
}
