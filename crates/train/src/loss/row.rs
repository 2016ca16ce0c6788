//! The loss of one sample and its derivatives with respect to the sample's scores, in 64 bits.

use super::cost::Cost;

/// The target of a sample.
#[derive(Clone, Copy, Debug)]
pub(super) enum RowTarget<'a> {
    /// A class and its weight.
    Class(usize, f64),
    /// One coefficient for each class: its share of the sample times its weight.
    Coefficients(&'a [f64]),
}

impl Cost {
    /// Returns the loss of one sample, and stores its derivatives in `derivatives`, one per score.
    ///
    /// The formulas are those of [`of_classes`](Self::of_classes) and of
    /// [`of_shares`](Self::of_shares), also for scores that are not finite.
    pub(super) fn of_row(
        self,
        scores: &[f32],
        target: RowTarget<'_>,
        derivatives: &mut [f64],
    ) -> f64 {
        match self {
            Self::CrossEntropy => cross_entropy(scores, target, derivatives),
            Self::Hinge => hinge(scores, target, |miss| (miss, 1.0), derivatives),
            Self::SquaredHinge => {
                hinge(scores, target, |miss| (miss * miss, 2.0 * miss), derivatives)
            }
            Self::SquaredError => squared_error(scores, target, derivatives),
        }
    }
}

/// Returns the sum over k of `c_k (ln(sum_j exp(s_j)) - s_k)`. Its derivative with respect to `s_j`
/// is `p_j sum_k c_k - c_j`, where p is the softmax of the scores.
fn cross_entropy(scores: &[f32], target: RowTarget<'_>, derivatives: &mut [f64]) -> f64 {
    let highest = f64::from(scores.iter().copied().fold(f32::NEG_INFINITY, f32::max));
    let mut sum = 0.0;
    for (exp, score) in derivatives.iter_mut().zip(scores) {
        *exp = (f64::from(*score) - highest).exp();
        sum += *exp;
    }
    let log_sum = highest + sum.ln();
    let total = match target {
        RowTarget::Class(_, weight) => weight,
        RowTarget::Coefficients(coefficients) => coefficients.iter().sum(),
    };
    let scale = total / sum;
    for exp in derivatives.iter_mut() {
        *exp *= scale;
    }
    match target {
        RowTarget::Class(class, weight) => {
            derivatives[class] -= weight;
            weight * (log_sum - f64::from(scores[class]))
        }
        RowTarget::Coefficients(coefficients) => {
            let mut cost = 0.0;
            for ((derivative, score), coefficient) in
                derivatives.iter_mut().zip(scores).zip(coefficients)
            {
                *derivative -= coefficient;
                cost += coefficient * (log_sum - f64::from(*score));
            }
            cost
        }
    }
}

/// Returns the sum over k of `c_k sum_{j != k} f(s_j - s_k + 1)` over the positive arguments. `f`
/// returns the cost and its derivative.
fn hinge(
    scores: &[f32],
    target: RowTarget<'_>,
    f: impl Fn(f64) -> (f64, f64),
    derivatives: &mut [f64],
) -> f64 {
    derivatives.fill(0.0);
    // Adds 0, or NaN for a score that is not finite.
    let itself = |sum: f64, score: &f32| sum + 0.0 * f64::from(*score);
    match target {
        RowTarget::Class(class, weight) => {
            itself(0.0, &scores[class]) + hinge_of_class(scores, class, weight, &f, derivatives)
        }
        RowTarget::Coefficients(coefficients) => {
            let mut cost = scores.iter().fold(0.0, itself);
            // Few classes have a share, and each of them needs a pass over all classes.
            for (class, coefficient) in coefficients.iter().enumerate().filter(|(_, c)| **c != 0.0)
            {
                cost += hinge_of_class(scores, class, *coefficient, &f, derivatives);
            }
            cost
        }
    }
}

/// Computes the terms of one class k, and adds their derivatives to `derivatives`.
fn hinge_of_class(
    scores: &[f32],
    class: usize,
    coefficient: f64,
    f: &impl Fn(f64) -> (f64, f64),
    derivatives: &mut [f64],
) -> f64 {
    let own = f64::from(scores[class]);
    let (mut cost, mut slopes) = (0.0, 0.0);
    for (j, (score, derivative)) in scores.iter().zip(derivatives.iter_mut()).enumerate() {
        let miss = f64::from(*score) - own + 1.0;
        // At 0 the derivative is that of the constant side. The condition is false for NaN.
        if j == class || miss <= 0.0 {
            continue;
        }
        let (term, slope) = f(miss);
        cost += term;
        slopes += slope;
        *derivative += coefficient * slope;
    }
    derivatives[class] -= coefficient * slopes;
    coefficient * cost
}

/// Returns the sum over k of `(s_k - t_k)^2`, where t is one-hot or the coefficients. Its
/// derivative with respect to `s_k` is `2 (s_k - t_k)`.
fn squared_error(scores: &[f32], target: RowTarget<'_>, derivatives: &mut [f64]) -> f64 {
    let mut cost = 0.0;
    for (k, (score, derivative)) in scores.iter().zip(derivatives).enumerate() {
        let wanted = match target {
            RowTarget::Class(class, _) => f64::from(u8::from(k == class)),
            RowTarget::Coefficients(coefficients) => coefficients[k],
        };
        let difference = f64::from(*score) - wanted;
        *derivative = 2.0 * difference;
        cost += difference * difference;
    }
    cost
}
