//! Dot plots: a metric of several runs for several variants.

use std::fmt::Write as _;

use crate::axis::Axis;
use crate::chart::drawable;
use crate::curves::WIDTH;
use crate::format::cut_apart;
use crate::svg::{GRID, LINES, MARK, Stroke, document, line, text, text_width};

/// A row of [`dots`].
#[derive(Clone, Debug, Default)]
pub struct DotRow {
    /// The name of the variant, such as `dropout 0.2`.
    pub name: String,
    /// The value of each run.
    pub values: Vec<f64>,
}

/// The height of a row and the margins, in pixels.
const ROW: f64 = 30.0;
const TOP: f64 = 12.0;
/// The height of a mark's name above the rows.
const MARK_NAME: f64 = 16.0;
const BOTTOM: f64 = 52.0;
const RIGHT: f64 = 24.0;
/// The largest length of a name; longer ones are cut.
const NAME: usize = 24;

/// Draws rows of dots over one axis, with one dot per run and a bar at their mean, as an SVG
/// document. `mark` is a value for comparison, such as chance, drawn as a dashed line with its
/// name.
///
/// ```
/// use zunder_report::{DotRow, dots};
///
/// let row = |name: &str, values: &[f64]| DotRow { name: name.into(), values: values.to_vec() };
/// let svg = dots(
///     "accuracy in %",
///     &[row("zero", &[10.0, 10.0]), row("He", &[81.0, 83.5])],
///     Some((10.0, "chance")),
/// );
/// assert!(svg.contains(">He</text>") && svg.contains(">chance</text>"));
/// ```
pub fn dots(x_name: &str, rows: &[DotRow], mark: Option<(f64, &str)>) -> String {
    let values =
        || rows.iter().flat_map(|row| &row.values).copied().filter(|value| drawable(*value));
    let axis = Axis::of_values(values().chain(mark.map(|(value, _)| value)));
    let names = cut_apart(&rows.iter().map(|row| row.name.as_str()).collect::<Vec<_>>(), NAME);
    let left = names.iter().map(|name| text_width(name)).fold(60.0, f64::max) + 20.0;
    let top = TOP + if mark.is_some() { MARK_NAME } else { 0.0 };
    let (right, bottom) = (WIDTH - RIGHT, top + ROW * rows.len() as f64);
    let at = |value: f64| left + axis.position(value) * (right - left);
    let mut svg = String::new();
    for tick in axis.ticks() {
        line(&mut svg, (at(tick), top), (at(tick), bottom), &Stroke::solid(GRID, 1.0));
        text(&mut svg, (at(tick), bottom + 18.0), "middle", "", &axis.label(tick));
    }
    line(&mut svg, (left, bottom), (right, bottom), &Stroke::solid(MARK, 1.0));
    if let Some((value, name)) = mark {
        line(
            &mut svg,
            (at(value), top),
            (at(value), bottom),
            &Stroke { colour: MARK, width: 1.5, dash: "4 4" },
        );
        let (anchor, aside) =
            if axis.position(value) > 0.7 { ("end", 4.0) } else { ("start", -4.0) };
        text(&mut svg, (at(value) + aside, top - 5.0), anchor, " font-size=\"12\"", name);
    }
    for (i, (row, name)) in rows.iter().zip(&names).enumerate() {
        let y = top + ROW * (i as f64 + 0.5);
        text(&mut svg, (left - 12.0, y + 5.0), "end", "", name);
        let shown: Vec<f64> = row.values.iter().copied().filter(|value| drawable(*value)).collect();
        for value in &shown {
            let _ = writeln!(
                svg,
                "<circle cx=\"{:.1}\" cy=\"{y:.1}\" r=\"4.5\" fill=\"{}\" fill-opacity=\"0.55\"/>",
                at(*value),
                LINES[0]
            );
        }
        if !shown.is_empty() {
            let mean = at(shown.iter().sum::<f64>() / shown.len() as f64);
            line(&mut svg, (mean, y - 10.0), (mean, y + 10.0), &Stroke::solid(LINES[1], 3.0));
        }
    }
    text(&mut svg, (f64::midpoint(left, right), bottom + 40.0), "middle", "", x_name);
    document(&svg, WIDTH, bottom + BOTTOM)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_that_failed_leave_no_dot() {
        let rows = [
            DotRow { name: "a".to_owned(), values: vec![0.5, f64::NAN, 0.7] },
            DotRow { name: "<b>".to_owned(), values: vec![f64::INFINITY] },
        ];
        let svg = dots("loss", &rows, None);
        assert!(
            svg.matches("<circle").count() == 2
                && !svg.contains("NaN")
                && !svg.contains("inf")
                && svg.contains("&lt;b&gt;"),
            "{svg}"
        );
        assert!(dots("loss", &[], Some((1.0, "chance"))).starts_with("<svg"));
    }
}
