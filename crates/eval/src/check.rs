//! Checks of the arguments of metrics.

use crate::EvalError;

/// The largest number of classes.
pub(crate) const MAX_CLASSES: usize = 100_000;

/// Checks that the number of classes is in `1..=MAX_CLASSES`.
pub(crate) fn classes(n_classes: usize) -> Result<(), EvalError> {
    if (1..=MAX_CLASSES).contains(&n_classes) {
        Ok(())
    } else {
        Err(EvalError::Classes { got: n_classes })
    }
}

/// Checks that a slice has the expected length.
pub(crate) fn length(what: &'static str, got: usize, expected: usize) -> Result<(), EvalError> {
    if got == expected { Ok(()) } else { Err(EvalError::Length { what, got, expected }) }
}

/// Checks that all class numbers are below the number of classes.
pub(crate) fn labels(
    what: &'static str,
    labels: &[u32],
    n_classes: usize,
) -> Result<(), EvalError> {
    match labels.iter().position(|&label| label as usize >= n_classes) {
        Some(index) => Err(EvalError::Label { what, index, got: labels[index], n_classes }),
        None => Ok(()),
    }
}

/// Checks that there is one row of `n_classes` values per label, and that all labels are valid.
pub(crate) fn rows(values: &[f32], of_rows: &[u32], n_classes: usize) -> Result<(), EvalError> {
    classes(n_classes)?;
    length("probabilities", values.len(), of_rows.len().saturating_mul(n_classes))?;
    labels("label", of_rows, n_classes)
}

/// Checks that all values are in 0..=1 and not NaN.
pub(crate) fn probabilities(values: &[f32], n_classes: usize) -> Result<(), EvalError> {
    match values.iter().position(|p| !(0.0..=1.0).contains(p)) {
        Some(i) => {
            Err(EvalError::Probability { row: i / n_classes, class: i % n_classes, got: values[i] })
        }
        None => Ok(()),
    }
}

/// Checks that all scores are finite.
pub(crate) fn finite(values: &[f32], n_classes: usize) -> Result<(), EvalError> {
    match values.iter().position(|score| !score.is_finite()) {
        Some(i) => {
            Err(EvalError::Score { row: i / n_classes, class: i % n_classes, got: values[i] })
        }
        None => Ok(()),
    }
}

/// Checks that there is at least one sample.
pub(crate) fn not_empty(n: usize) -> Result<(), EvalError> {
    if n == 0 { Err(EvalError::Empty) } else { Ok(()) }
}

/// Checks that true and predicted classes match in number and are below the number of classes.
pub(crate) fn decisions(
    truth: &[u32],
    predicted: &[u32],
    n_classes: usize,
) -> Result<(), EvalError> {
    classes(n_classes)?;
    not_empty(truth.len())?;
    length("predicted classes", predicted.len(), truth.len())?;
    labels("label", truth, n_classes)?;
    labels("predicted class", predicted, n_classes)
}

/// Checks that there is at least one sample and a finite score for each.
pub(crate) fn scores(scores: &[f32], positive: &[bool]) -> Result<(), EvalError> {
    not_empty(positive.len())?;
    length("scores", scores.len(), positive.len())?;
    match scores.iter().position(|score| !score.is_finite()) {
        Some(index) => Err(EvalError::NotFinite { index, got: scores[index] }),
        None => Ok(()),
    }
}

/// Checks that the threshold is not NaN.
pub(crate) fn threshold(threshold: f32) -> Result<(), EvalError> {
    if threshold.is_nan() { Err(EvalError::Threshold { got: threshold }) } else { Ok(()) }
}

/// Checks that a confidence level lies between 0 and 1.
pub(crate) fn confidence(confidence: f64) -> Result<(), EvalError> {
    if confidence > 0.0 && confidence < 1.0 {
        Ok(())
    } else {
        Err(EvalError::Confidence { got: confidence })
    }
}

/// Checks that `beta` is not negative and not NaN.
pub(crate) fn beta(beta: f64) -> Result<(), EvalError> {
    if beta >= 0.0 { Ok(()) } else { Err(EvalError::Beta { got: beta }) }
}

/// Checks that a setting lies in its range.
pub(crate) fn setting(
    what: &'static str,
    got: usize,
    low: usize,
    high: usize,
) -> Result<(), EvalError> {
    if (low..=high).contains(&got) {
        Ok(())
    } else {
        Err(EvalError::Setting { what, got, low, high })
    }
}
