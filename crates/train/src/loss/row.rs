//! The loss of one sample and its derivatives by the sample's scores, in 64 bits.

use super::cost::Cost;

/// What a sample's scores are compared with.
#[derive(Clone, Copy, Debug)]
pub(super) enum RowTarget<'a> {
    /// A class, and how much it counts.
    Class(usize, f64),
    /// One coefficient for each class: its share of the sample times how much the class counts.
    Coefficients(&'a [f64]),
}

impl Cost {
    /// The loss of one sample, whose derivatives replace what `derivatives` holds: one a score.
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

/// The sum over k of `c_k (ln(sum_j exp(s_j)) - s_k)`. Its derivative by `s_j` is
/// `p_j sum_k c_k - c_j`, p being the softmax of the scores.
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

/// The sum over k of `c_k sum_{j != k} f(s_j - s_k + 1)` over the misses above 0. `f` returns the
/// cost of a miss and its derivative.
fn hinge(
    scores: &[f32],
    target: RowTarget<'_>,
    f: impl Fn(f64) -> (f64, f64),
    derivatives: &mut [f64],
) -> f64 {
    derivatives.fill(0.0);
    // 0, or NaN: a score that is not finite has no distance from itself.
    let itself = |sum: f64, score: &f32| sum + 0.0 * f64::from(*score);
    match target {
        RowTarget::Class(class, weight) => {
            itself(0.0, &scores[class]) + hinge_of_class(scores, class, weight, &f, derivatives)
        }
        RowTarget::Coefficients(coefficients) => {
            let mut cost = scores.iter().fold(0.0, itself);
            // Of many classes few have a share, and each that has one takes a pass over all.
            for (class, coefficient) in coefficients.iter().enumerate().filter(|(_, c)| **c != 0.0)
            {
                cost += hinge_of_class(scores, class, *coefficient, &f, derivatives);
            }
            cost
        }
    }
}

/// The terms of one class k, added to `derivatives`.
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
        // At 0 the derivative is that of the flat side. A NaN is no number of at most 0.
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

/// The sum over k of `(s_k - t_k)^2`, t being one-hot or the coefficients. Its derivative by `s_k`
/// is `2 (s_k - t_k)`.
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
