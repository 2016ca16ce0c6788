//! Plots of any lines and points, for experiments.

use crate::axis::Axis;
use crate::chart::{Band, Chart, Entry, Form, Line, Rectangle, Sign, drawable};
use crate::curves::stacked;
use crate::svg::{LINES, Stroke};

/// A plot of lines and points over two axes.
#[derive(Clone, Debug, Default)]
pub struct Plot {
    /// The name of the horizontal axis, with its unit.
    pub x_name: String,
    /// The horizontal axis.
    pub x: Scale,
    /// The name of the vertical axis, with its unit.
    pub y_name: String,
    /// The vertical axis.
    pub y: Scale,
    /// The series; later ones are drawn over earlier ones.
    pub series: Vec<Series>,
    /// A value of the horizontal axis to mark with a vertical line.
    pub mark: Option<f64>,
    /// Rectangles behind the series, such as the cells of a decision region.
    pub areas: Vec<Area>,
}

/// A lightly filled rectangle.
#[derive(Clone, Debug, Default)]
pub struct Area {
    /// The name of the series whose colour it has. Without such a series it is grey.
    pub name: String,
    /// The ends on the horizontal axis.
    pub x: (f64, f64),
    /// The ends on the vertical axis.
    pub y: (f64, f64),
}

/// The range and the kind of an axis.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum Scale {
    /// From the smallest to the largest value.
    #[default]
    Values,
    /// From 0 to the largest value.
    FromZero,
    /// Logarithmic; values of 0 or less are left out.
    Powers,
    /// From 0 to 1.
    Shares,
    /// From one value to another; values outside are left out.
    Between(f64, f64),
    /// Logarithmic, between two values above 0; values outside are left out.
    PowersBetween(f64, f64),
}

/// A line or a set of points.
#[derive(Clone, Debug, Default)]
pub struct Series {
    /// The name in the legend. Series with the same name have the same colour, in all plots of a
    /// picture. Series without a name are faint and have no entry.
    pub name: String,
    /// The points.
    pub points: Vec<(f64, f64)>,
    /// The deviation of the values at each point, drawn as a band; empty for none.
    pub spread: Vec<f64>,
    /// How the points are drawn.
    pub form: Form,
}

impl Series {
    /// Returns a line through points.
    pub fn line(name: impl Into<String>, points: Vec<(f64, f64)>) -> Self {
        Self { name: name.into(), points, ..Self::default() }
    }

    /// Points that are not connected.
    pub fn points(name: impl Into<String>, points: Vec<(f64, f64)>) -> Self {
        Self { form: Form::Points, ..Self::line(name, points) }
    }

    /// Adds a band around the line, which reaches as far above and below each point as `spread`
    /// says.
    #[must_use]
    pub fn with_spread(self, spread: Vec<f64>) -> Self {
        Self { spread, ..self }
    }

    fn band(&self) -> impl Iterator<Item = (f64, f64, f64)> {
        self.points.iter().zip(&self.spread).map(|(&(x, y), spread)| (x, y - spread, y + spread))
    }
}

/// Draws plots one above the other, below a common legend, as an SVG document 480 pixels wide. NaN,
/// infinite values and those beyond ±10¹² are left out.
///
/// ```
/// use zunder_report::{Plot, Scale, Series, plot};
///
/// let series = vec![
///     Series::line("square", vec![(1.0, 1.0), (2.0, 4.0), (3.0, 9.0)])
///         .with_spread(vec![0.1, 0.2, 0.3]),
/// ];
/// let svg = plot(&[Plot {
///     x_name: "x".into(),
///     y_name: "x²".into(),
///     y: Scale::FromZero,
///     series,
///     ..Plot::default()
/// }]);
/// assert!(svg.starts_with("<svg") && svg.contains(">square</text>") && svg.contains("<polygon"));
/// ```
pub fn plot(plots: &[Plot]) -> String {
    let mut names: Vec<(&str, Form)> = Vec::new();
    for series in
        plots.iter().flat_map(|plot| &plot.series).filter(|series| !series.name.is_empty())
    {
        if !names.iter().any(|(name, _)| *name == series.name) {
            names.push((&series.name, series.form));
        }
    }
    let entries: Vec<Entry> = names
        .iter()
        .enumerate()
        .map(|(i, (name, form))| {
            let sign = if *form == Form::Points {
                Sign::Dot(LINES[i % LINES.len()])
            } else {
                Sign::Line(Stroke::number(i))
            };
            Entry { sign, label: (*name).to_owned() }
        })
        .collect();
    let height = if plots.len() > 1 { 250.0 } else { 320.0 };
    let charts: Vec<(Chart<'_>, f64)> =
        plots.iter().map(|plot| (plot.chart(&names), height)).collect();
    stacked(&entries, &charts)
}

impl Plot {
    fn chart(&self, names: &[(&str, Form)]) -> Chart<'_> {
        let banded = || self.series.iter().flat_map(Series::band);
        let x = self.x.axis(self.series.iter().flat_map(|series| &series.points).map(|(x, _)| *x));
        let lines = self.series.iter().flat_map(|series| &series.points).map(|(_, y)| *y);
        let y = self.y.axis(lines.chain(banded().flat_map(|(_, low, high)| [low, high])));
        let mut chart = Chart::new((x, &self.x_name), (y, &self.y_name));
        chart.mark = self.mark.filter(|mark| chart.x.contains(*mark));
        let colour = |name: &str| {
            names
                .iter()
                .position(|(known, _)| *known == name)
                .map_or(crate::svg::FAINT, |i| Stroke::number(i).colour)
        };
        let (x, y) = (chart.x.clone(), chart.y.clone());
        let inside = |at: (f64, f64)| x.contains(at.0) && y.contains(at.1);
        let areas = self.areas.iter().map(|area| Rectangle {
            from: (area.x.0, area.y.0),
            to: (area.x.1, area.y.1),
            colour: colour(&area.name),
        });
        chart.areas = areas.filter(|area| inside(area.from) && inside(area.to)).collect();
        for series in &self.series {
            let number = names.iter().position(|(name, _)| *name == series.name);
            let stroke = number.map_or(Stroke::solid(crate::svg::FAINT, 1.0), Stroke::number);
            let band = series
                .band()
                .filter(|(x, ..)| chart.x.contains(*x))
                .map(|(x, low, high)| (x, chart.y.nearest(low), chart.y.nearest(high)));
            if !series.spread.is_empty() {
                chart.bands.push(Band { points: band.collect(), colour: stroke.colour });
            }
            // A line ends where it leaves the plot: the remaining parts must not be connected.
            let runs = series
                .points
                .chunk_by(|a, b| inside(*a) == inside(*b))
                .filter(|run| inside(run[0]));
            match series.form {
                Form::Points => chart.lines.push(Line {
                    points: runs.flatten().copied().collect(),
                    stroke,
                    form: series.form,
                }),
                form => {
                    chart.lines.extend(runs.map(|run| Line { points: run.to_vec(), stroke, form }));
                }
            }
        }
        chart
    }
}

impl Scale {
    fn axis(self, values: impl Iterator<Item = f64>) -> Axis {
        let values = values.filter(|value| drawable(*value));
        match self {
            Self::Values => Axis::of_values(values),
            Self::FromZero => Axis::from_zero(values),
            Self::Powers => Axis::of_powers(values.filter(|value| *value > 0.0)),
            Self::Shares => Axis::of_shares(),
            Self::Between(low, high) => Axis::between(low, high),
            Self::PowersBetween(low, high) => {
                Axis::of_powers_between(low.max(f64::MIN_POSITIVE), high)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(y: Scale, points: Vec<(f64, f64)>) -> String {
        let series = vec![
            Series::line("a", points),
            Series::points("b", vec![(1.0, 2.0)]),
            Series::line("", vec![(0.0, 1.0), (1.0, 1.0)]),
        ];
        plot(&[Plot { y, series, mark: Some(0.5), ..Plot::default() }])
    }

    #[test]
    fn values_outside_of_the_axes_are_left_out() {
        let points = vec![(0.0, 1.0), (0.5, f64::NAN), (1.0, 1e9), (1.5, -3.0)];
        for scale in [
            Scale::Values,
            Scale::FromZero,
            Scale::Powers,
            Scale::Shares,
            Scale::Between(0.0, 3.0),
            Scale::PowersBetween(0.1, 9.0),
        ] {
            let svg = shown(scale, points.clone());
            assert!(!svg.contains("NaN") && !svg.contains("inf"), "{scale:?}: {svg}");
        }
        assert!(plot(&[Plot::default()]).starts_with("<svg") && plot(&[]).starts_with("<svg"));
    }

    #[test]
    fn areas_have_the_colour_of_their_series() {
        let area =
            |name: &str, to: f64| Area { name: name.to_owned(), x: (0.0, to), y: (0.0, 1.0) };
        let areas = vec![area("b", 1.0), area("nobody", 1.0), area("b", f64::NAN)];
        let series =
            vec![Series::line("a", vec![(0.0, 0.0)]), Series::points("b", vec![(1.0, 1.0)])];
        let svg = plot(&[Plot {
            x: Scale::Between(0.0, 1.0),
            y: Scale::Between(0.0, 1.0),
            series,
            areas,
            ..Plot::default()
        }]);
        let filled =
            |colour: &str| svg.matches(&format!("fill=\"{colour}\" fill-opacity=\"0.25\"")).count();
        assert_eq!((filled(LINES[1]), filled(crate::svg::FAINT)), (1, 1), "{svg}");
    }

    #[test]
    fn a_line_breaks_off_where_it_leaves_the_plot() {
        let lines = |form: Form| {
            let series = vec![Series {
                form,
                ..Series::line(
                    "a",
                    vec![(0.0, 0.5), (1.0, 9.0), (2.0, 0.5), (3.0, 0.6), (4.0, f64::NAN)],
                )
            }];
            let svg = plot(&[Plot { y: Scale::Between(0.0, 1.0), series, ..Plot::default() }]);
            (svg.matches("<polyline").count(), svg.matches("<circle").count())
        };
        assert_eq!((lines(Form::Dotted), lines(Form::Line)), ((2, 3), (2, 0)));
        assert_eq!(lines(Form::Points), (0, 3 + 1), "including that of the legend");
    }

    #[test]
    fn one_name_has_one_colour_and_one_entry() {
        let of = |name: &str| Series::line(name, vec![(0.0, 1.0), (1.0, 2.0)]);
        let plots = [vec![of("a"), of("b")], vec![of("b")]]
            .map(|series| Plot { series, ..Plot::default() });
        let svg = plot(&plots);
        assert_eq!(
            (svg.matches(">b</text>").count(), svg.matches(LINES[1]).count()),
            (1, 1 + 2 * 3 + 2),
            "{svg}"
        );
    }
}
