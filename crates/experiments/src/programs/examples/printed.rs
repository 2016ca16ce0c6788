//! Compares a computed number with a figure that a slide prints.

use super::super::number::significant;

/// How a computed number is related to a printed one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Agreement {
    /// The same number.
    Exact,
    /// The printed number is the computed one, rounded.
    Rounded,
    /// The printed number is the computed one without its further decimals.
    Cut,
    /// Another number.
    Different,
}

/// Allowance for computation in 32 bits, relative to the larger of the number and 1.
const PRECISION: f64 = 1e-6;

impl Agreement {
    /// Compares `computed` with the figure that is printed as `text`.
    pub(super) fn of(computed: f64, text: &str) -> Self {
        let Ok(printed) = text.parse::<f64>() else { return Self::Different };
        let decimals = text.split_once('.').map_or(0, |(_, decimals)| decimals.len());
        let unit = 10_f64.powi(-(decimals as i32));
        let close = |value: f64| (value - printed).abs() <= PRECISION * printed.abs().max(1.0);
        if close(computed) {
            Self::Exact
        } else if close((computed / unit).round() * unit) {
            Self::Rounded
        } else if close((computed / unit).trunc() * unit) {
            Self::Cut
        } else {
            Self::Different
        }
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Exact => "the same",
            Self::Rounded => "rounded",
            Self::Cut => "cut",
            Self::Different => "different",
        }
    }
}

/// Returns cells for a computed number and the figure of a slide: computed, slide, agreement.
pub(super) fn cells(computed: f64, text: &str) -> [String; 3] {
    let agreement = Agreement::of(computed, text);
    [number(computed), text.to_owned(), agreement.name().to_owned()]
}

/// Formats a computed number.
pub(super) fn number(value: f64) -> String {
    let decimals = format!("{value:.4}");
    if value.abs() >= 1e-4 && value.abs() < 1e5 {
        decimals.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        significant(value, 4)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printed_numbers_are_rounded_or_cut() {
        let of = |computed: f64, text: &str| Agreement::of(computed, text);
        assert_eq!(of(3.0, "3.0"), Agreement::Exact);
        assert_eq!(of(f64::from(16.2_f32), "16.2"), Agreement::Exact);
        assert_eq!(of(0.118_77, "0.12"), Agreement::Rounded);
        assert_eq!(of(0.877_56, "0.87"), Agreement::Cut);
        assert_eq!(of(-0.877_56, "-0.87"), Agreement::Cut);
        assert_eq!(of(2.130_5, "2.12"), Agreement::Different);
        assert_eq!(of(1160.4, "-2.5"), Agreement::Different);
        assert_eq!(
            (of(f64::NAN, "1"), of(1.0, "one")),
            (Agreement::Different, Agreement::Different)
        );
        assert_eq!(
            [1160.4, -673.0, 0.0036, 20.085_5].map(number).join(" "),
            "1160.4 -673 0.0036 20.0855"
        );
        assert_eq!([0.0, 2e-7].map(number).join(" "), "0 2.000e-7");
    }
}
