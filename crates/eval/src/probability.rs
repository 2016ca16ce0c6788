use crate::{EvalError, check};

/// The mean negative logarithm of the probability that was given to the true class (cross entropy), in nats.
///
/// L = -1/N Σ ln max(p\[i, label i\], ε), with ε = `f32::EPSILON` ≈ 1.19e-7 as in scikit-learn's `log_loss` for `float32`, so that one confident mistake costs at most 15.9 and not
/// infinity. In 0..=15.9; C equal probabilities give ln C.
///
/// # Shapes
///
/// `probabilities` is `[N*C]`, row by row and in 0..=1; `labels` has N class numbers in `0..n_classes`.
///
/// # Errors
///
/// No samples, lengths that do not fit, a label out of range, or a probability outside of 0..=1 or NaN.
///
/// ```
/// let loss = zunder_eval::log_loss(&[0.5, 0.5, 0.75, 0.25], &[0, 0], 2)?;
/// assert!((loss + (0.5_f64.ln() + 0.75_f64.ln()) / 2.0).abs() < 1e-12);
/// # Ok::<(), zunder_eval::EvalError>(())
/// ```
pub fn log_loss(probabilities: &[f32], labels: &[u32], n_classes: usize) -> Result<f64, EvalError> {
    check::not_empty(labels.len())?;
    check::rows(probabilities, labels, n_classes)?;
    check::probabilities(probabilities, n_classes)?;
    let of_truth = probabilities.chunks_exact(n_classes).zip(labels).map(|(row, &label)| row[label as usize]);
    let sum: f64 = of_truth.map(|p| -libm::log(f64::from(p.max(f32::EPSILON)))).sum();
    Ok(sum / labels.len() as f64)
}

/// The share of samples whose true class is among the `k` classes with the highest scores, in 0..=1.
///
/// Among equal scores the higher class number ranks first, as in scikit-learn's `top_k_accuracy_score`; [`argmax`] takes the lower one, so with ties top-1 and accuracy may differ.
/// With `k` at or above the number of classes it is 1.
///
/// # Shapes
///
/// `probabilities` is `[N*C]`, row by row; any scores that are not NaN will do. `labels` has N class numbers in `0..n_classes`.
///
/// # Errors
///
/// No samples, `k` = 0, lengths that do not fit, a label out of range, or a NaN.
///
/// ```
/// use zunder_eval::top_k_accuracy;
///
/// let probabilities = [0.5, 0.3, 0.2, 0.1, 0.2, 0.7];
/// assert_eq!(top_k_accuracy(&probabilities, &[1, 0], 3, 1)?, 0.0);
/// assert_eq!(top_k_accuracy(&probabilities, &[1, 0], 3, 2)?, 0.5);
/// # Ok::<(), zunder_eval::EvalError>(())
/// ```
pub fn top_k_accuracy(probabilities: &[f32], labels: &[u32], n_classes: usize, k: usize) -> Result<f64, EvalError> {
    check::not_empty(labels.len())?;
    check::rows(probabilities, labels, n_classes)?;
    if k == 0 {
        return Err(EvalError::K);
    }
    if let Some(i) = probabilities.iter().position(|p| p.is_nan()) {
        return Err(EvalError::Score { row: i / n_classes, class: i % n_classes });
    }
    let hits = probabilities.chunks_exact(n_classes).zip(labels).filter(|&(row, &label)| rank(row, label as usize) < k).count();
    Ok(hits as f64 / labels.len() as f64)
}

/// The position of the largest value, the first of equals; NaN never wins, and without any number it is 0.
///
/// ```
/// assert_eq!(zunder_eval::argmax(&[0.1, 0.7, 0.7]), 1);
/// assert_eq!(zunder_eval::argmax(&[f32::NAN, -1.0]), 1);
/// ```
pub fn argmax(row: &[f32]) -> usize {
    let numbers = row.iter().enumerate().filter(|(_, value)| !value.is_nan());
    numbers.reduce(|best, next| if next.1 > best.1 { next } else { best }).map_or(0, |(i, _)| i)
}

/// How many classes rank before `class`: those with a higher score, and those with the same score and a higher number.
fn rank(row: &[f32], class: usize) -> usize {
    let own = row[class];
    row.iter().enumerate().filter(|&(i, &score)| if i > class { score >= own } else { score > own }).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_confident_mistake_costs_no_more_than_the_clip() {
        let loss = log_loss(&[1.0, 0.0], &[1], 2).unwrap();
        assert!((loss - 15.942_385).abs() < 1e-6, "{loss}");
        assert!(log_loss(&[1.0, 0.0], &[0], 2).unwrap().abs() < 1e-15);
    }

    #[test]
    fn ties_go_to_the_higher_class_in_top_k_and_to_the_lower_in_argmax() {
        let tied = [0.4, 0.4, 0.2];
        let top = |label, k| top_k_accuracy(&tied, &[label], 3, k).unwrap() > 0.5;
        assert!(top(1, 1) && !top(0, 1) && top(0, 2) && !top(2, 2));
        assert!(top(2, 3) && top(2, 99));
        assert_eq!(argmax(&tied), 0);
        assert_eq!(argmax(&[]), 0);
        assert_eq!(argmax(&[f32::NAN; 2]), 0);
        assert_eq!(argmax(&[f32::NEG_INFINITY, f32::NAN, f32::INFINITY]), 2);
    }

    #[test]
    fn wrong_input_is_named() {
        let loss = |p: &[f32], l: &[u32], c| log_loss(p, l, c).unwrap_err().to_string();
        assert_eq!(loss(&[], &[], 2), "got 0 samples, expected at least 1");
        assert_eq!(loss(&[0.5], &[0], 2), "got 1 probabilities, expected 2");
        assert_eq!(loss(&[0.5, 0.5], &[2], 2), "label 0 is class 2, expected 0 to 1");
        assert_eq!(loss(&[0.5, 0.5], &[0], 0), "got 0 classes, expected 1 to 4096");
        assert_eq!(loss(&[1.0, 0.0, f32::NAN, 1.0], &[0, 0], 2), "the probability of class 0 in row 1 is NaN, expected a number in 0..=1");
        assert_eq!(loss(&[1.5, -0.5], &[0], 2), "the probability of class 0 in row 0 is 1.5, expected a number in 0..=1");
        let top = |p: &[f32], k| top_k_accuracy(p, &[0], 2, k).unwrap_err();
        assert_eq!(top(&[0.5, 0.5], 0).to_string(), "k is 0, expected at least 1");
        assert_eq!(top(&[0.5, f32::NAN], 1).to_string(), "the score of class 1 in row 0 is NaN, expected a number");
        assert!(top(&[0.5, f32::NAN], 1).hint().is_some());
    }
}
