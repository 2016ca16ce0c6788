//! The top-k accuracy: whether the true class is among the k best ones.

use crate::{EvalError, Scored, check};

/// Returns the share of samples whose true class is among the `k` classes with the highest scores,
/// in 0..=1.
///
/// Of equal scores the higher class number ranks first, as in scikit-learn's
/// `top_k_accuracy_score`. [`argmax`] returns the lower one, so with ties the top-1 accuracy may
/// differ from the accuracy. With `k` at or above the number of classes the result is 1.
///
/// # Shapes
///
/// `probabilities` is `[N*C]`, row by row; any scores that are not NaN are valid. `labels` has N
/// class numbers in `0..n_classes`.
///
/// # Errors
///
/// Returns an error for no samples, `k` = 0, lengths that do not fit, a label out of range, or a
/// NaN.
///
/// ```
/// use zunder_eval::top_k_accuracy;
///
/// let probabilities = [0.5, 0.3, 0.2, 0.1, 0.2, 0.7];
/// assert_eq!(top_k_accuracy(&probabilities, &[1, 0], 3, 1)?, 0.0);
/// assert_eq!(top_k_accuracy(&probabilities, &[1, 0], 3, 2)?, 0.5);
/// # Ok::<(), zunder_eval::EvalError>(())
/// ```
pub fn top_k_accuracy(
    probabilities: &[f32],
    labels: &[u32],
    n_classes: usize,
    k: usize,
) -> Result<f64, EvalError> {
    check::not_empty(labels.len())?;
    check::rows(probabilities, labels, n_classes)?;
    if let Some(i) = probabilities.iter().position(|p| p.is_nan()) {
        return Err(EvalError::Score {
            row: i / n_classes,
            class: i % n_classes,
            got: probabilities[i],
        });
    }
    Scored::of_checked(probabilities, labels, n_classes).top_k_accuracy(k)
}

impl Scored<'_> {
    /// Returns the [`top_k_accuracy`] of these samples.
    ///
    /// # Errors
    ///
    /// Returns an error for `k` = 0.
    pub fn top_k_accuracy(&self, k: usize) -> Result<f64, EvalError> {
        if k == 0 {
            return Err(EvalError::K);
        }
        Ok(self.mean(|row, label| f64::from(u8::from(rank(row, label) < k))))
    }
}

/// Returns the position of the largest value, the first if several are equal. NaN is ignored;
/// without any number the result is 0.
///
/// ```
/// assert_eq!(zunder_eval::argmax(&[0.1, 0.7, 0.7]), 1);
/// assert_eq!(zunder_eval::argmax(&[f32::NAN, -1.0]), 1);
/// ```
pub fn argmax(row: &[f32]) -> usize {
    let numbers = row.iter().enumerate().filter(|(_, value)| !value.is_nan());
    numbers.reduce(|best, next| if next.1 > best.1 { next } else { best }).map_or(0, |(i, _)| i)
}

/// Returns the number of classes that rank before `class`: those with a higher score, and those
/// with an equal score and a higher number.
fn rank(row: &[f32], class: usize) -> usize {
    let own = row[class];
    row.iter()
        .enumerate()
        .filter(|&(i, &score)| if i > class { score >= own } else { score > own })
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let top = |p: &[f32], k| top_k_accuracy(p, &[0], 2, k).unwrap_err();
        assert_eq!(top(&[0.5, 0.5], 0).to_string(), "k is 0, expected at least 1");
        assert_eq!(
            top(&[0.5, f32::NAN], 1).to_string(),
            "the score of class 1 in row 0 is NaN, expected a finite number"
        );
        assert!(top(&[0.5, f32::NAN], 1).hint().is_some());
    }
}
