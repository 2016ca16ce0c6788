//! A plot in plain characters for a terminal.

use crate::axis::Axis;

/// The rows and columns of the plot itself.
const ROWS: usize = 14;
const COLUMNS: usize = 72;

/// Draws a curve over a logarithmic axis in plain characters: `o` for the mean of the points of a
/// column, `|` at the marked value. Points that are not finite are left out, and those above `top`
/// are drawn at the upper end.
///
/// ```
/// let points: Vec<(f64, f64)> = (-6..=0).map(|power| (10_f64.powi(power), 2.3)).collect();
/// let drawn = zunder_report::text::plot(&points, Some(0.01), 3.0);
/// assert!(drawn.contains("o") && drawn.contains("|") && drawn.ends_with("1e-6 to 1e0"));
/// ```
pub fn plot(points: &[(f64, f64)], mark: Option<f64>, top: f64) -> String {
    let points: Vec<(f64, f64)> = points
        .iter()
        .filter(|(x, y)| *x > 0.0 && x.is_finite() && y.is_finite())
        .map(|(x, y)| (x.log10(), y.min(top)))
        .collect();
    let Some(first) = points.first() else { return "nothing to draw".to_owned() };
    let (low, high) =
        points.iter().fold((first.0, first.0), |(low, high), (x, _)| (low.min(*x), high.max(*x)));
    let axis = Axis::of_values(points.iter().map(|(_, y)| *y));
    let column = |x: f64| {
        if high > low {
            ((x - low) / (high - low) * (COLUMNS - 1) as f64).round() as usize
        } else {
            0
        }
    };
    let row = |y: f64| ROWS - 1 - (axis.position(y) * (ROWS - 1) as f64).round() as usize;
    let mut grid = vec![[' '; COLUMNS]; ROWS];
    if let Some(mark) = mark.map(f64::log10).filter(|mark| (low..=high).contains(mark)) {
        for line in &mut grid {
            line[column(mark)] = '|';
        }
    }
    let mut means = [(0.0, 0.0); COLUMNS];
    for (x, y) in &points {
        let (sum, n) = &mut means[column(*x)];
        (*sum, *n) = (*sum + y, *n + 1.0);
    }
    for (c, (sum, n)) in means.into_iter().enumerate().filter(|(_, (_, n))| *n > 0.0) {
        grid[row(sum / n)][c] = 'o';
    }
    let ticks: Vec<(usize, String)> =
        axis.ticks().into_iter().map(|tick| (row(tick), axis.label(tick))).collect();
    let width = ticks.iter().map(|(_, label)| label.len()).max().unwrap_or(0);
    let mut lines: Vec<String> = Vec::new();
    for (r, line) in grid.iter().enumerate() {
        let label = ticks.iter().find(|(row, _)| *row == r).map_or("", |(_, label)| label);
        lines.push(
            format!("{label:>width$} |{}", line.iter().collect::<String>()).trim_end().to_owned(),
        );
    }
    lines.push(format!("{:>width$} +{}", "", "-".repeat(COLUMNS)));
    lines.push(format!("{:>width$}  {low} to {high}", "", low = power(low), high = power(high)));
    lines.join("\n")
}

/// Formats a number given by its logarithm: 1e-6, or 3.2e-4.
fn power(logarithm: f64) -> String {
    let number = format!("{:.1e}", 10_f64.powf(logarithm));
    number.replace(".0e", "e")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_falling_curve_falls() {
        let points: Vec<(f64, f64)> = (0..=60)
            .map(|i| (10_f64.powf(-6.0 + f64::from(i) / 10.0), 3.0 - f64::from(i) / 30.0))
            .collect();
        let drawn = plot(&points, Some(1e-3), 10.0);
        let lines: Vec<&str> = drawn.lines().collect();
        assert_eq!(lines.len(), ROWS + 2, "{drawn}");
        let places: Vec<usize> = lines[..ROWS].iter().filter_map(|line| line.find('o')).collect();
        assert!(places.len() > ROWS - 4, "{drawn}");
        assert!(places.windows(2).all(|pair| pair[0] < pair[1]), "{drawn}");
        assert!(lines.iter().all(|line| line.is_ascii() && line.len() <= 80), "{drawn}");
        assert!(lines[ROWS + 1].ends_with("1e-6 to 1e0"), "{drawn}");
    }

    #[test]
    fn what_cannot_be_drawn_is_left_out() {
        assert_eq!(plot(&[], None, 1.0), "nothing to draw");
        assert_eq!(plot(&[(0.1, f64::NAN)], None, 1.0), "nothing to draw");
        let capped = plot(&[(0.1, 1.0), (1.0, f64::INFINITY), (1.0, 1e30)], Some(100.0), 5.0);
        // One of the three is in "to".
        assert!(!capped.contains("e30") && capped.matches('o').count() == 3, "{capped}");
    }
}
