//! The plot of a learning-rate range test.

use crate::axis::Axis;
use crate::chart::{Chart, Entry, Form, Line, Sign, drawable};
use crate::curves::stacked;
use crate::svg::{FAINT, MARK, Stroke, TRAIN};

/// Draws a learning-rate range test as an SVG document: the loss over the learning rate on a
/// logarithmic axis, raw and smoothed, with a mark at the suggested rate. A point is (rate, loss,
/// smoothed loss). Losses far above the first one are cut off.
///
/// ```
/// let svg = zunder_report::learning_rate_range(
///     &[(1e-3, 2.3, 2.3), (1e-2, 1.9, 2.0), (1e-1, 9.0, 8.0)],
///     Some(1e-2),
/// );
/// assert!(svg.starts_with("<svg") && svg.contains("suggested: 0.01"));
/// ```
pub fn learning_rate_range(points: &[(f64, f64, f64)], suggested: Option<f64>) -> String {
    let points: Vec<(f64, f64, f64)> =
        points.iter().copied().filter(|(rate, ..)| *rate > 0.0).collect();
    let top = points.first().map_or(1.0, |(_, _, first)| 2.0 * first.abs());
    let losses = points
        .iter()
        .flat_map(|(_, loss, mean)| [loss.min(top), mean.min(top)])
        .filter(|loss| drawable(*loss));
    let mut chart = Chart::new(
        (Axis::of_powers(points.iter().map(|(rate, ..)| *rate)), "learning rate"),
        (Axis::of_values(losses), "loss per image"),
    );
    let line = |value: fn(&(f64, f64, f64)) -> f64, stroke| {
        let shown = points.iter().filter(|point| value(point) <= top);
        Line {
            points: shown.map(|point| (point.0, value(point))).collect(),
            stroke,
            form: Form::Line,
        }
    };
    let (each, mean) = (Stroke::solid(FAINT, 1.0), Stroke::solid(TRAIN, 2.0));
    chart.lines = vec![line(|point| point.1, each), line(|point| point.2, mean)];
    chart.mark = suggested;
    let mut entries = vec![
        Entry { sign: Sign::Line(mean), label: "smoothed".to_owned() },
        Entry { sign: Sign::Line(each), label: "each step".to_owned() },
    ];
    entries.extend(suggested.map(|rate| Entry {
        sign: Sign::Line(Stroke::solid(MARK, 1.0)),
        label: format!("suggested: {rate}"),
    }));
    stacked(&entries, &[(chart, 320.0)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn explosions_do_not_flatten_the_rest() {
        let svg = learning_rate_range(
            &[(1e-3, 2.0, 2.0), (1e-2, 1.0, 1.5), (1e-1, 1e9, 1e8), (1.0, f64::NAN, f64::INFINITY)],
            None,
        );
        assert!(
            !svg.contains("NaN")
                && !svg.contains("inf")
                && !svg.contains("e8")
                && !svg.contains("suggested"),
            "{svg}"
        );
        assert!(learning_rate_range(&[], None).starts_with("<svg"));
    }
}
