//! The formatting of numbers and names.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::visible::visible;

/// Formats a share as a percentage with one decimal: 0.5432 is `54.3 %`.
pub(crate) fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

/// Formats a score with `show`, or as `–` if it is undefined.
pub(crate) fn defined(score: Option<f64>, show: impl Fn(f64) -> String) -> String {
    score.map_or_else(|| "–".to_owned(), show)
}

/// Formats a count with a comma every three digits.
///
/// ```
/// assert_eq!(zunder_report::text::count(3_805_450), "3,805,450");
/// ```
pub fn count(n: usize) -> String {
    let digits = n.to_string();
    let mut grouped = String::with_capacity(digits.len() * 4 / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// Formats a p-value with at most four decimals.
pub(crate) fn p_value(p: f64) -> String {
    if p < 0.0001 { "< 0.0001".to_owned() } else { format!("{p:.4}") }
}

/// Formats a time in seconds, minutes and seconds, or hours and minutes.
pub(crate) fn duration(seconds: f64) -> String {
    let whole = seconds.max(0.0).round() as u64;
    match whole {
        0..60 => format!("{seconds:.1} s"),
        60..3600 => format!("{} min {} s", whole / 60, whole % 60),
        _ => format!("{} h {} min", whole / 3600, whole % 3600 / 60),
    }
}

/// Cuts a text to at most `width` columns, with `…` in the last one if it was cut. The text must
/// have no control or invisible characters.
///
/// ```
/// assert_eq!(zunder_report::text::cut("automobile", 6), "autom…");
/// ```
pub fn cut(name: &str, width: usize) -> String {
    let name = visible(name);
    if columns(&name) <= width {
        return name.into_owned();
    }
    let mut left = width.saturating_sub(1);
    let fits = |c: &char| {
        let width = UnicodeWidthChar::width(*c).unwrap_or(0);
        let fits = width <= left;
        left = left.saturating_sub(width);
        fits
    };
    name.chars().take_while(fits).chain(['…']).collect()
}

/// Returns the number of terminal columns of a text. Most East Asian characters take two.
///
/// ```
/// assert_eq!(zunder_report::text::columns("猫 cat"), 6);
/// ```
pub fn columns(text: &str) -> usize {
    UnicodeWidthStr::width(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_cut_by_columns() {
        assert_eq!(cut("automobile", 6), "autom…");
        assert_eq!(
            ["猫猫", "猫猫猫", "猫猫猫猫"].map(|name| cut(name, 6)),
            ["猫猫", "猫猫猫", "猫猫…"]
        );
        assert_eq!(cut("a\nb", 9), "a\\nb");
    }

    #[test]
    fn numbers_are_readable() {
        assert_eq!(percent(0.5432), "54.3 %");
        assert_eq!([Some(0.0), None].map(|score| defined(score, percent)), ["0.0 %", "–"]);
        assert_eq!([3.25, 252.0, 7260.0].map(duration), ["3.2 s", "4 min 12 s", "2 h 1 min"]);
        assert_eq!([0.05, 1e-9].map(p_value), ["0.0500", "< 0.0001"]);
        assert_eq!([0, 999, 1_000, 3_805_450].map(count), ["0", "999", "1,000", "3,805,450"]);
    }
}
