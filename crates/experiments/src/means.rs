//! Means over seeds, and how a cell of a table shows them.

use zunder_eval::Spread;

use crate::claim::Unit;

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

/// Mean and standard deviation in a cell, of the values that are finite numbers; how many there are
/// is shown where some are not.
pub(crate) fn mean_and_spread(unit: Unit, values: Vec<f64>) -> String {
    let all = values.len();
    let known: Vec<f64> = values.into_iter().filter(|value| value.is_finite()).collect();
    let of = if known.len() < all { format!(" ({} of {all})", known.len()) } else { String::new() };
    let Ok(spread) = Spread::of(known) else { return "–".to_owned() };
    // Of one seed there is no deviation.
    let deviation = spread
        .deviation
        .map_or_else(String::new, |deviation| format!(" ± {}", unit.format(deviation)));
    format!("{}{deviation}{of}", unit.format(spread.mean))
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

    #[test]
    fn what_is_no_number_is_counted() {
        let cell = |values: &[f64]| mean_and_spread(Unit::Plain(1), values.to_vec());
        assert_eq!(cell(&[1.0, 3.0]), "2.0 ± 1.4");
        assert_eq!(cell(&[1.0, f64::NAN, 3.0, f64::INFINITY]), "2.0 ± 1.4 (2 of 4)");
        assert_eq!((cell(&[f64::NAN]), cell(&[])), ("–".to_owned(), "–".to_owned()));
    }
}
