//! Means over seeds.

/// The arithmetic mean; NaN of nothing.
pub(crate) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// The geometric mean of values above 0: what is in the middle where some are many times others.
pub(crate) fn geometric_mean(values: &[f64]) -> f64 {
    mean(&values.iter().map(|value| value.ln()).collect::<Vec<f64>>()).exp()
}

/// From a list a seed to a list a place, with the figure of each seed at that place.
pub(crate) fn across(lists: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let places = lists.first().map_or(0, Vec::len);
    (0..places)
        .map(|place| lists.iter().filter_map(|list| list.get(place).copied()).collect())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_are_of_what_is_there() {
        assert_eq!(
            (mean(&[1.0, 2.0, 6.0]), across(&[vec![1.0, 2.0], vec![3.0, 4.0]])),
            (3.0, vec![vec![1.0, 3.0], vec![2.0, 4.0]])
        );
        assert!(
            (geometric_mean(&[1.0, 100.0]) - 10.0).abs() < 1e-12
                && mean(&[]).is_nan()
                && across(&[]).is_empty()
        );
    }
}
