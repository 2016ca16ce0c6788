//! The learning-rate schedule as a curve in one line.

use zunder::Plan;
use zunder::train::{Monitor, ScheduleKind};

/// The largest width of the line.
const WIDTH: usize = 80;
/// The width of the label, as in all lines of the plan.
const LABEL: usize = 8;
/// The largest width of the curve.
const LONGEST: usize = 40;

/// Prints the learning rate over the whole training, before the first step: a curve in one line,
/// and its values.
pub fn print(plan: &Plan) {
    let rates: Vec<f64> = plan.learning_rates().into_iter().map(|(_, rate)| rate).collect();
    let ScheduleKind::Plateau(plateau) = &plan.config.schedule.kind else {
        say!("rate    {}", line(&rates, true));
        return;
    };
    say!("rate    {}", line(&rates, false));
    let (figure, epochs) =
        (if plateau.monitor == Monitor::Loss { "loss" } else { "accuracy" }, plateau.patience);
    let wait = if epochs == 1 { "an epoch".to_owned() } else { format!("{epochs} epochs") };
    say!(
        "        multiplied by {} after {wait} without a better validation {figure}",
        short(plateau.factor)
    );
}

/// Formats a curve with its first, highest and last value. `ends` says whether the last value is
/// known.
fn line(rates: &[f64], ends: bool) -> String {
    let [Some(first), Some(last)] = [rates.first(), rates.last()] else { return String::new() };
    let highest = rates.iter().copied().fold(0.0, f64::max);
    let last = if ends { format!(", last {}", short(*last)) } else { String::new() };
    let figures = format!("first {}, highest {}{last}", short(*first), short(highest));
    let cells = (WIDTH - LABEL - 1).saturating_sub(figures.len()).min(LONGEST);
    format!("{} {figures}", curve(rates, highest, cells))
}

/// Draws the values as blocks of eight heights, in `cells` columns with the same number of values
/// each. A column shows its largest value.
fn curve(values: &[f64], highest: f64, cells: usize) -> String {
    const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let column = |cell: usize| {
        let start = cell * values.len() / cells;
        let end = ((cell + 1) * values.len() / cells).max(start + 1);
        values.get(start..end).unwrap_or_default().iter().copied().fold(0.0, f64::max)
    };
    let block = |value: f64| {
        if highest > 0.0 {
            BLOCKS[((value / highest * 7.0).round() as usize).min(7)]
        } else {
            BLOCKS[0]
        }
    };
    (0..cells).map(|cell| block(column(cell))).collect()
}

/// Formats a rate with at most three digits: 0.1, 0.0333, 4e-7.
fn short(rate: f64) -> String {
    let rounded: f64 = format!("{rate:.2e}").parse().unwrap_or(rate);
    if rounded == 0.0 || (1e-4..1e4).contains(&rounded) {
        rounded.to_string()
    } else {
        format!("{rounded:e}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_have_three_digits() {
        assert_eq!(
            [0.1, 0.0, 1.0 / 30.0, 4e-7, 1e-4, 99_999.0, 123.456].map(short),
            ["0.1", "0", "0.0333", "4e-7", "0.0001", "1e5", "123"]
        );
    }

    #[test]
    fn a_curve_in_one_line_of_80_columns() {
        let ramp: Vec<f64> = (0..2000).map(|i| f64::from(i) / 1999.0).collect();
        assert_eq!(curve(&ramp, 1.0, 8), "▂▃▄▄▅▆▇█");
        assert_eq!(curve(&[1.0, 0.5], 1.0, 4), "██▅▅");
        assert_eq!(curve(&[0.0; 3], 0.0, 2), "▁▁");
        assert_eq!(
            line(&[0.1, 0.2, 0.001], true),
            format!(
                "{}{}{} first 0.1, highest 0.2, last 0.001",
                "▅".repeat(13),
                "█".repeat(12),
                "▁".repeat(12)
            )
        );
        for rates in
            [&ramp[..], &[1.234e-5, 1.234e-7][..], &[0.000_123, 0.000_456, 0.000_123], &[0.1]]
        {
            let line = line(rates, true);
            assert!(line.chars().count() + LABEL <= WIDTH, "{line}");
            assert!(line.starts_with(['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█']), "{line}");
        }
        assert!(!line(&ramp, false).contains("last"));
    }
}
