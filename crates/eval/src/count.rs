//! Quotients and means. A score whose denominator is 0 is `None`.

/// Returns a / b; `None` if b is 0.
pub(crate) fn ratio(a: f64, b: f64) -> Option<f64> {
    (b != 0.0).then(|| a / b)
}

/// Returns the mean of the defined scores; `None` if there is none.
pub(crate) fn mean(scores: impl IntoIterator<Item = Option<f64>>) -> Option<f64> {
    weighted_mean(scores.into_iter().map(|score| (1.0, score)))
}

/// Returns the weighted mean of the defined scores; `None` if their weights sum to 0.
pub(crate) fn weighted_mean(scores: impl IntoIterator<Item = (f64, Option<f64>)>) -> Option<f64> {
    let (mut sum, mut weights) = (0.0, 0.0);
    for (weight, score) in scores {
        let Some(score) = score else { continue };
        sum += weight * score;
        weights += weight;
    }
    ratio(sum, weights)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn undefined_scores_are_left_out_of_means() {
        assert_eq!((ratio(0.0, 0.0), ratio(1.0, 0.0), ratio(0.0, 2.0)), (None, None, Some(0.0)));
        assert_eq!(mean([Some(0.5), None, Some(1.0)]), Some(0.75));
        assert_eq!((mean([None, None]), mean([])), (None, None));
        assert_eq!(weighted_mean([(3.0, Some(1.0)), (5.0, None), (1.0, Some(0.0))]), Some(0.75));
        assert_eq!(weighted_mean([(0.0, Some(1.0)), (5.0, None)]), None);
    }
}
