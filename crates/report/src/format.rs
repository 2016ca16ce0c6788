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

/// Cuts texts to at most `width` columns each, so that different texts stay different: at the end,
/// otherwise at the start, otherwise around the place where they differ.
///
/// Long paths of runs, for example, often differ only in their last part.
pub(crate) fn cut_apart(texts: &[&str], width: usize) -> Vec<String> {
    let start = |text: &&str| cut(text, width);
    let end = |text: &&str| tail(&visible(text), width);
    let difference = |text: &&str| {
        let text = visible(text);
        let shared = texts.iter().filter_map(|other| shared_chars(&text, &visible(other))).max();
        // Two characters before the difference are kept.
        let skipped = shared.unwrap_or(0).saturating_sub(2);
        let rest: String = text.chars().skip(skipped).collect();
        if skipped == 0 { cut(&rest, width) } else { cut(&format!("…{rest}"), width) }
    };
    let cuts: [&dyn Fn(&&str) -> String; 2] = [&start, &end];
    let apart = |cut: &Vec<String>| {
        let pairs = texts.iter().zip(cut);
        pairs.clone().all(|(text, cut)| pairs.clone().all(|(t, c)| (text == t) == (cut == c)))
    };
    let shown = cuts.iter().map(|cut| texts.iter().map(cut).collect()).find(apart);
    shown.unwrap_or_else(|| texts.iter().map(difference).collect())
}

/// Returns a text in at most `width` columns, with `…` instead of its start if it was cut.
fn tail(text: &str, width: usize) -> String {
    let mut start = text.len();
    if columns(text) <= width {
        return text.to_owned();
    }
    while let Some(c) = text[..start].chars().next_back() {
        if columns(&text[start - c.len_utf8()..]) >= width {
            break;
        }
        start -= c.len_utf8();
    }
    format!("…{}", &text[start..])
}

/// Returns the number of characters at the start that two texts share; `None` if the texts are
/// equal.
fn shared_chars(a: &str, b: &str) -> Option<usize> {
    (a != b).then(|| a.chars().zip(b.chars()).take_while(|(a, b)| a == b).count())
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
    fn different_texts_stay_different_when_they_are_cut() {
        assert_eq!(cut_apart(&["a", "b"], 6), ["a", "b"]);
        assert_eq!(cut_apart(&["long/run-1", "long/run-2"], 7), ["…/run-1", "…/run-2"]);
        assert_eq!(cut_apart(&["other/run", "long/run-2"], 7), ["other/…", "long/r…"]);
        assert_eq!(
            cut_apart(&["same-start-1-same-end", "same-start-2-same-end"], 8),
            ["…t-1-sa…", "…t-2-sa…"]
        );
        // Equal texts stay equal, and the width counts columns.
        assert_eq!(cut_apart(&["猫猫猫猫猫1", "猫猫猫猫猫1"], 6), ["猫猫…", "猫猫…"]);
        assert_eq!(cut_apart(&["猫猫猫猫猫1", "猫猫猫猫猫2"], 6), ["…猫猫1", "…猫猫2"]);
    }

    proptest::proptest! {
        #[test]
        fn cut_texts_fit_and_stay_different(
            start in "[ab/猫]{0,40}", middles in ["[a-c猫]{1,3}", "[a-c猫]{1,3}"],
            end in "[ab/]{0,40}", width in 12_usize..30,
        ) {
            let [a, b] = middles.map(|middle| format!("{start}{middle}{end}"));
            let cut = cut_apart(&[&a, &b], width);
            proptest::prop_assert!(cut.iter().all(|text| columns(text) <= width), "{:?}", cut);
            proptest::prop_assert_eq!(a == b, cut[0] == cut[1], "{:?}", cut);
        }
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
