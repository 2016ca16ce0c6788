//! Charts with lines, bars and areas, drawn as SVG.

use std::fmt::Write as _;

use crate::axis::Axis;
use crate::svg::{self, BACKGROUND, Colour, FONT, GRID, MARK, Stroke};

/// The largest number of points that are also drawn as dots. A single point draws no line.
const DOTTED: usize = 40;
/// The largest number of points of a line. Longer lines are thinned, since more points enlarge the
/// page without a visible difference.
const MOST_POINTS: usize = 1000;
/// The largest absolute value that is drawn. Larger ones, NaN and infinities are skipped, since
/// nothing else would be visible beside them.
const LARGEST: f64 = 1e12;
/// The margins around the plot, for the labels and names of the axes.
const LEFT: f64 = 92.0;
const RIGHT: f64 = 30.0;
const TOP: f64 = 10.0;
const BOTTOM: f64 = 48.0;

/// A chart of lines and bars over two axes.
pub(crate) struct Chart<'a> {
    pub(crate) x: Axis,
    pub(crate) y: Axis,
    /// The names of the axes, with their units.
    pub(crate) x_name: &'a str,
    pub(crate) y_name: &'a str,
    /// Bars that start at 0.
    pub(crate) bars: Vec<Bar>,
    /// A value of the horizontal axis to mark with a vertical line.
    pub(crate) mark: Option<f64>,
    /// Whether to draw the line from (0, 0) to (1, 1).
    pub(crate) diagonal: bool,
    /// Rectangles in the background.
    pub(crate) areas: Vec<Rectangle>,
    /// Bands behind the lines.
    pub(crate) bands: Vec<Band>,
    /// The lines; later ones are drawn over earlier ones.
    pub(crate) lines: Vec<Line>,
    /// Points to mark with rings.
    pub(crate) rings: Vec<((f64, f64), Colour)>,
}

/// A line through points.
pub(crate) struct Line {
    pub(crate) points: Vec<(f64, f64)>,
    pub(crate) stroke: Stroke,
    pub(crate) form: Form,
}

/// How the points of a line are drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// Connected, and as dots if there are few.
    #[default]
    Dotted,
    /// Connected.
    Line,
    /// As dots only.
    Points,
}

/// An area between two lines, behind the lines.
pub(crate) struct Band {
    /// Values of the horizontal axis with the lower and the upper end of the band.
    pub(crate) points: Vec<(f64, f64, f64)>,
    pub(crate) colour: Colour,
}

/// A rectangle between two opposite corners.
pub(crate) struct Rectangle {
    pub(crate) from: (f64, f64),
    pub(crate) to: (f64, f64),
    pub(crate) colour: Colour,
}

/// A bar from 0 to `height`.
pub(crate) struct Bar {
    /// The ends on the horizontal axis.
    pub(crate) x: (f64, f64),
    pub(crate) height: f64,
    pub(crate) colour: Colour,
}

/// A part of the document, in pixels.
#[derive(Clone, Copy)]
pub(crate) struct Frame {
    pub(crate) left: f64,
    pub(crate) top: f64,
    pub(crate) width: f64,
    pub(crate) height: f64,
}

/// Returns whether a value can be drawn.
pub(crate) fn drawable(value: f64) -> bool {
    value.abs() <= LARGEST
}

impl<'a> Chart<'a> {
    /// Creates an empty chart.
    pub(crate) fn new((x, x_name): (Axis, &'a str), (y, y_name): (Axis, &'a str)) -> Self {
        Self {
            x,
            y,
            x_name,
            y_name,
            bars: Vec::new(),
            mark: None,
            diagonal: false,
            areas: Vec::new(),
            bands: Vec::new(),
            lines: Vec::new(),
            rings: Vec::new(),
        }
    }

    /// Draws the chart with its axes into the frame.
    pub(crate) fn draw(&self, frame: Frame, svg: &mut String) {
        let plot = Frame {
            left: frame.left + LEFT,
            top: frame.top + TOP,
            width: frame.width - LEFT - RIGHT,
            height: frame.height - TOP - BOTTOM,
        };
        self.axes(plot, svg);
        for area in &self.areas {
            self.area(plot, area, svg);
        }
        for bar in self.bars.iter().filter(|bar| drawable(bar.height)) {
            let ((left, top), (right, bottom)) =
                (self.at(plot, (bar.x.0, bar.height)), self.at(plot, (bar.x.1, 0.0)));
            let (width, height) = ((right - left - 2.0).max(1.0), (bottom - top).max(0.0));
            let _ = writeln!(
                svg,
                "<rect x=\"{:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" \
                 fill=\"{}\"/>",
                left + 1.0,
                bar.colour
            );
        }
        if self.diagonal {
            svg::line(
                svg,
                self.at(plot, (0.0, 0.0)),
                self.at(plot, (1.0, 1.0)),
                &Stroke { colour: MARK, width: 1.0, dash: "4 4" },
            );
        }
        if let Some(mark) = self.mark {
            let (x, _) = self.at(plot, (mark, 0.0));
            svg::line(svg, (x, plot.top), (x, plot.top + plot.height), &Stroke::solid(MARK, 1.0));
        }
        for band in &self.bands {
            self.band(plot, band, svg);
        }
        for line in &self.lines {
            self.line(plot, line, svg);
        }
        for &(point, colour) in self.rings.iter().filter(|((x, y), _)| drawable(*x) && drawable(*y))
        {
            svg::ring(svg, self.at(plot, point), colour);
        }
    }

    fn at(&self, plot: Frame, (x, y): (f64, f64)) -> (f64, f64) {
        (
            plot.left + self.x.position(x) * plot.width,
            plot.top + (1.0 - self.y.position(y)) * plot.height,
        )
    }

    fn line(&self, plot: Frame, line: &Line, svg: &mut String) {
        let points: Vec<(f64, f64)> = line
            .points
            .iter()
            .filter(|(x, y)| drawable(*x) && drawable(*y))
            .map(|&point| self.at(plot, point))
            .collect();
        if line.form == Form::Points {
            for (x, y) in points {
                let _ = writeln!(
                    svg,
                    "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\" fill=\"{}\" \
                     fill-opacity=\"0.7\"/>",
                    line.stroke.colour
                );
            }
            return;
        }
        let points = thinned(points, plot);
        svg.push_str("<polyline points=\"");
        for (x, y) in &points {
            let _ = write!(svg, "{x:.1},{y:.1} ");
        }
        let _ = writeln!(
            svg,
            "\" fill=\"none\" stroke-linejoin=\"round\"{}/>",
            line.stroke.attributes()
        );
        if line.form == Form::Dotted && points.len() <= DOTTED {
            for (x, y) in points {
                let _ = writeln!(
                    svg,
                    "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"2.5\" fill=\"{}\"/>",
                    line.stroke.colour
                );
            }
        }
    }

    fn area(&self, plot: Frame, &Rectangle { from, to, colour }: &Rectangle, svg: &mut String) {
        let ((x1, y1), (x2, y2)) = (self.at(plot, from), self.at(plot, to));
        let (left, top, width, height) = (x1.min(x2), y1.min(y2), (x2 - x1).abs(), (y2 - y1).abs());
        // Without antialiasing, which would leave seams between neighbours.
        let _ = writeln!(
            svg,
            "<rect x=\"{left:.2}\" y=\"{top:.2}\" width=\"{width:.2}\" height=\"{height:.2}\" \
             fill=\"{colour}\" fill-opacity=\"0.25\" shape-rendering=\"crispEdges\"/>"
        );
    }

    fn band(&self, plot: Frame, band: &Band, svg: &mut String) {
        let points = || {
            band.points
                .iter()
                .filter(|(x, low, high)| [x, low, high].into_iter().all(|value| drawable(*value)))
        };
        svg.push_str("<polygon points=\"");
        let below = points().rev().map(|&(x, low, _)| (x, low));
        for (x, y) in
            points().map(|&(x, _, high)| (x, high)).chain(below).map(|point| self.at(plot, point))
        {
            let _ = write!(svg, "{x:.1},{y:.1} ");
        }
        let _ = writeln!(svg, "\" fill=\"{}\" fill-opacity=\"0.18\"/>", band.colour);
    }

    fn axes(&self, plot: Frame, svg: &mut String) {
        let (right, bottom) = (plot.left + plot.width, plot.top + plot.height);
        for tick in self.x.ticks() {
            let (x, _) = self.at(plot, (tick, 0.0));
            svg::line(svg, (x, plot.top), (x, bottom), &Stroke::solid(GRID, 1.0));
            svg::text(svg, (x, bottom + 18.0), "middle", "", &self.x.label(tick));
        }
        for tick in self.y.ticks() {
            let (_, y) = self.at(plot, (0.0, tick));
            svg::line(svg, (plot.left, y), (right, y), &Stroke::solid(GRID, 1.0));
            svg::text(svg, (plot.left - 6.0, y + 0.35 * FONT), "end", "", &self.y.label(tick));
        }
        svg::line(svg, (plot.left, bottom), (right, bottom), &Stroke::solid(MARK, 1.0));
        svg::line(svg, (plot.left, plot.top), (plot.left, bottom), &Stroke::solid(MARK, 1.0));
        svg::text(svg, (plot.left + plot.width / 2.0, bottom + 38.0), "middle", "", self.x_name);
        let (x, y) = (plot.left - LEFT + 14.0, plot.top + plot.height / 2.0);
        svg::text(
            svg,
            (x, y),
            "middle",
            &format!(" transform=\"rotate(-90 {x:.1} {y:.1})\""),
            self.y_name,
        );
    }
}

/// Returns at most [`MOST_POINTS`] points that keep the shape of the line.
fn thinned(points: Vec<(f64, f64)>, plot: Frame) -> Vec<(f64, f64)> {
    if points.len() <= MOST_POINTS {
        return points;
    }
    let (x, y): (Vec<f64>, Vec<f64>) = points
        .iter()
        .map(|(x, y)| ((x - plot.left) / plot.width, (y - plot.top) / plot.height))
        .unzip();
    zunder_eval::thin(&x, &y, MOST_POINTS).into_iter().map(|i| points[i]).collect()
}

/// An entry of a [`legend`].
pub(crate) struct Entry {
    pub(crate) sign: Sign,
    pub(crate) label: String,
}

/// The sign before an entry's label.
pub(crate) enum Sign {
    Line(Stroke),
    Dot(Colour),
    Bar(Colour),
    Ring(Colour),
}

/// Draws the entries from `top` on, from left to right, in as many lines as necessary, and returns
/// their height.
pub(crate) fn legend(entries: &[Entry], (top, width): (f64, f64), svg: &mut String) -> f64 {
    const ROW: f64 = 24.0;
    let (mut x, mut y) = (16.0, top + 18.0);
    for Entry { sign, label } in entries {
        let entry = 40.0 + svg::text_width(label);
        // Letters may be wider than estimated.
        if x > 16.0 && x + entry > width - 10.0 {
            (x, y) = (16.0, y + ROW);
        }
        match sign {
            Sign::Line(stroke) => svg::line(svg, (x, y), (x + 30.0, y), stroke),
            Sign::Dot(colour) => {
                let _ = writeln!(
                    svg,
                    "<circle cx=\"{:.1}\" cy=\"{y:.1}\" r=\"4\" fill=\"{colour}\"/>",
                    x + 15.0
                );
            }
            Sign::Bar(colour) => {
                let _ = writeln!(
                    svg,
                    "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"20\" height=\"12\" fill=\"{colour}\"/>",
                    x + 5.0,
                    y - 6.0
                );
            }
            Sign::Ring(colour) => {
                svg::line(
                    svg,
                    (x + 15.0, y - 11.0),
                    (x + 15.0, y + 11.0),
                    &Stroke::solid(BACKGROUND, 1.0),
                );
                svg::ring(svg, (x + 15.0, y), colour);
            }
        }
        svg::text(svg, (x + 36.0, y + 0.35 * FONT), "start", "", label);
        x += entry + 14.0;
    }
    if entries.is_empty() { 0.0 } else { y + ROW / 2.0 - top }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_are_thinned_and_invalid_values_skipped() {
        let frame = Frame { left: 0.0, top: 0.0, width: 500.0, height: 300.0 };
        let mut chart =
            Chart::new((Axis::of_numbers(0.0, 1e5), "update"), (Axis::of_shares(), "share"));
        let points = (0..100_000)
            .map(|i| (f64::from(i), if i == 7 { f64::NAN } else { f64::from(i % 1000) / 1000.0 }))
            .collect();
        chart.lines.push(Line { points, stroke: Stroke::number(0), form: Form::Dotted });
        chart.bars.push(Bar { x: (0.0, 1.0), height: f64::INFINITY, colour: GRID });
        let mut svg = String::new();
        chart.draw(frame, &mut svg);
        assert!(
            !svg.contains("NaN")
                && !svg.contains("inf")
                && !svg.contains("<circle")
                && !svg.contains("<rect")
        );
        assert!(svg.len() < 20_000, "{}", svg.len());
    }

    #[test]
    fn legends_wrap() {
        let entry = |label: &str| Entry { sign: Sign::Bar(GRID), label: label.to_owned() };
        let mut svg = String::new();
        let one = legend(&[entry("a"), entry("b")], (0.0, 500.0), &mut svg);
        let two = legend(&[entry(&"a".repeat(40)), entry(&"b".repeat(40))], (0.0, 500.0), &mut svg);
        assert!(two > one && legend(&[], (0.0, 500.0), &mut svg) == 0.0);
    }
}
