//! Agreement of true and predicted classes beyond chance: Matthews' correlation and Cohen's kappa.

use crate::ConfusionMatrix;

impl ConfusionMatrix {
    /// Returns Matthews' correlation coefficient of true and predicted classes, in -1..=1. `None`
    /// if one of the two is constant, since the correlation is then undefined.
    ///
    /// With t and p the row and column sums, c the number of correct samples and s the number of
    /// all samples, it is (c s - Σ tᵢ pᵢ) / √((s² - Σ pᵢ²) (s² - Σ tᵢ²)). For two classes that is
    /// (RP RN - FP FN) / √((RP + FP) (RP + FN) (RN + FP) (RN + FN)). Source: Matthews 1975; for
    /// more classes Gorodkin 2004. Equals scikit-learn's `matthews_corrcoef`, which gives 0 for
    /// 0/0.
    pub fn matthews(&self) -> Option<f64> {
        self.margins().matthews()
    }

    /// Returns Cohen's kappa (pₒ - pₑ) / (1 - pₑ), in -1..=1. pₒ = c / s is the observed agreement
    /// and pₑ = Σ tᵢ pᵢ / s² that of independent guesses with the same class frequencies.
    ///
    /// `None` if all true and predicted classes are one and the same class (pₑ = 1). Source: Cohen
    /// 1960. Equals scikit-learn's `cohen_kappa_score`, which gives NaN in that case.
    pub fn cohen_kappa(&self) -> Option<f64> {
        self.margins().cohen_kappa()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn both(truth: &[u32], predicted: &[u32], n_classes: usize) -> (Option<f64>, Option<f64>) {
        let matrix = ConfusionMatrix::from_labels(truth, predicted, n_classes).unwrap();
        (matrix.matthews(), matrix.cohen_kappa())
    }

    #[test]
    fn right_wrong_and_by_chance() {
        assert_eq!(both(&[0, 1, 2], &[0, 1, 2], 3), (Some(1.0), Some(1.0)));
        assert_eq!(both(&[0, 1, 0, 1], &[1, 0, 1, 0], 2), (Some(-1.0), Some(-1.0)));
        assert_eq!(both(&[0, 0, 1, 1], &[0, 1, 0, 1], 2), (Some(0.0), Some(0.0)));
    }

    #[test]
    fn one_class_only_is_undefined() {
        assert_eq!(both(&[1, 1], &[1, 1], 2), (None, None));
        assert_eq!(both(&[0, 1], &[1, 1], 2), (None, Some(0.0)));
    }
}
