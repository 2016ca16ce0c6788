use crate::count::ratio;
use crate::{ConfusionMatrix, Count};

impl<T: Count> ConfusionMatrix<T> {
    /// Matthews' correlation coefficient, the correlation of truth and prediction, in -1..=1; 0.0 where one of them is always the same class.
    ///
    /// With t and p the row and column sums, c the right ones and s all, (c s - Σ tᵢ pᵢ) / √((s² - Σ pᵢ²) (s² - Σ tᵢ²)). For two classes that is
    /// (RP RN - FP FN) / √((RP + FP) (RP + FN) (RN + FP) (RN + FN)). Source: Matthews 1975; for more classes Gorodkin 2004. As scikit-learn's `matthews_corrcoef`.
    pub fn matthews(&self) -> f64 {
        let (truth, predicted) = (self.truth_sums(), self.predicted_sums());
        let spread = product_outside(&truth, &truth) * product_outside(&predicted, &predicted);
        ratio(self.beyond_chance(&truth, &predicted), libm::sqrt(spread)).clamp(-1.0, 1.0)
    }

    /// Cohen's kappa (pₒ - pₑ) / (1 - pₑ), in -1..=1: the agreement pₒ = c / s beyond pₑ = Σ tᵢ pᵢ / s², the one of independent guesses with the same frequencies.
    ///
    /// 0.0 where truth and prediction are one and the same class throughout (0/0). Source: Cohen 1960. As scikit-learn's `cohen_kappa_score`, which gives NaN for 0/0.
    pub fn cohen_kappa(&self) -> f64 {
        let (truth, predicted) = (self.truth_sums(), self.predicted_sums());
        ratio(self.beyond_chance(&truth, &predicted), product_outside(&truth, &predicted))
    }

    /// c s - Σ tᵢ pᵢ.
    fn beyond_chance(&self, truth: &[f64], predicted: &[f64]) -> f64 {
        let by_chance: f64 = truth.iter().zip(predicted).map(|(t, p)| t * p).sum();
        self.correct().to_f64() * truth.iter().sum::<f64>() - by_chance
    }
}

/// Σ aᵢ (s - bᵢ) = s² - Σ aᵢ bᵢ with s the sum of b: exactly 0 where all weight is in one and the same class, whatever the rounding of s.
fn product_outside(a: &[f64], b: &[f64]) -> f64 {
    let s: f64 = b.iter().sum();
    a.iter().zip(b).map(|(a, b)| a * (s - b)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn both(truth: &[u32], predicted: &[u32], n_classes: usize) -> (f64, f64) {
        let matrix = ConfusionMatrix::from_labels(truth, predicted, n_classes).unwrap();
        (matrix.matthews(), matrix.cohen_kappa())
    }

    #[test]
    fn right_wrong_and_by_chance() {
        assert_eq!(both(&[0, 1, 2], &[0, 1, 2], 3), (1.0, 1.0));
        assert_eq!(both(&[0, 1, 0, 1], &[1, 0, 1, 0], 2), (-1.0, -1.0));
        assert_eq!(both(&[0, 0, 1, 1], &[0, 1, 0, 1], 2), (0.0, 0.0));
    }

    #[test]
    fn one_class_only_is_0() {
        assert_eq!(both(&[1, 1], &[1, 1], 2), (0.0, 0.0));
        assert_eq!(both(&[0, 1], &[1, 1], 2), (0.0, 0.0));
        let weighted = ConfusionMatrix::from_weighted(&[0, 1, 0], &[1, 1, 1], &[0.1, 0.2, 0.3], 2).unwrap();
        assert_eq!((weighted.matthews(), weighted.cohen_kappa()), (0.0, 0.0));
    }
}
