//! Means over seeds, and how a table cell shows them.

use zunder_eval::Spread;

use crate::claim::Unit;

/// Returns the arithmetic mean; NaN for an empty slice.
pub(crate) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Returns the geometric mean of positive values, which large outliers influence less than the
/// arithmetic mean.
pub(crate) fn geometric_mean(values: &[f64]) -> f64 {
    mean(&values.iter().map(|value| value.ln()).collect::<Vec<f64>>()).exp()
}

/// Transposes one list per seed into one list per position.
pub(crate) fn across(lists: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let places = lists.first().map_or(0, Vec::len);
    (0..places)
        .map(|place| lists.iter().filter_map(|list| list.get(place).copied()).collect())
        .collect()
}

/// Formats mean and standard deviation of the finite values as a table cell. If some values are not
/// finite, the cell also shows how many are.
pub(crate) fn mean_and_spread(unit: Unit, values: Vec<f64>) -> String {
    let all = values.len();
    let known: Vec<f64> = values.into_iter().filter(|value| value.is_finite()).collect();
    let of = if known.len() < all { format!(" ({} of {all})", known.len()) } else { String::new() };
    let Ok(spread) = Spread::of(known) else { return "–".to_owned() };
    // A single value has no standard deviation.
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
