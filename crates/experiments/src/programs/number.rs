//! Formatting of numbers in tables and figures.

/// Formats a number with the given count of significant digits, without trailing zeros: 0.33333,
/// 12, 1.5e-9.
pub(super) fn significant(value: f64, digits: usize) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let exponent = value.abs().log10().floor();
    if !(-5.0..7.0).contains(&exponent) {
        return format!("{value:.*e}", digits.saturating_sub(1));
    }
    let decimals = (digits as f64 - 1.0 - exponent).max(0.0) as usize;
    let text = format!("{value:.decimals$}");
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_those_that_count() {
        let written: Vec<String> =
            [0.0, 9.0, -6.0, 1.0 / 3.0, 1234.5678, 2e-9, -3.25e9, 0.1 + 0.2, 100.0]
                .map(|v| significant(v, 5))
                .into();
        assert_eq!(
            written,
            ["0", "9", "-6", "0.33333", "1234.6", "2.0000e-9", "-3.2500e9", "0.3", "100"]
        );
    }
}
