//! The formatting of numbers, times and shares.

use std::time::Duration;

use zunder::eval::{LEAKAGE_MARK, Leakage};

/// Formats 1234567 as 1,234,567.
pub fn thousands(n: u64) -> String {
    zunder::report::text::count(usize::try_from(n).unwrap_or(usize::MAX))
}

/// Formats a time as 42 s, 3:07 min or 1:02:03 h.
pub fn duration(time: Duration) -> String {
    let s = time.as_secs();
    match s {
        0..60 => format!("{s} s"),
        60..3600 => format!("{}:{:02} min", s / 60, s % 60),
        _ => format!("{}:{:02}:{:02} h", s / 3600, s / 60 % 60, s % 60),
    }
}

/// Formats a share as 12.34 %.
pub fn percent(share: f64) -> String {
    format!("{:.2} %", 100.0 * share)
}

/// Returns the mark for figures that a leakage affects; empty without leakage.
pub fn mark(leakage: Option<&Leakage>) -> &'static str {
    if leakage.is_some() { LEAKAGE_MARK } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!([0, 999, 1000, 3_678_218].map(thousands), ["0", "999", "1,000", "3,678,218"]);
        assert_eq!(
            [5, 187, 3723].map(|s| duration(Duration::from_secs(s))),
            ["5 s", "3:07 min", "1:02:03 h"]
        );
        assert_eq!(percent(0.59234), "59.23 %");
    }
}
