//! ROC and precision-recall curves of a test set.

use zunder_eval::{ClassificationReport, RankingSummary};

use crate::axis::Axis;
use crate::chart::{Chart, Entry, Form, Line, Sign};
use crate::curves::above_legend;
use crate::format::cut;
use crate::svg::{FAINT, Stroke, TEXT};

/// The number of the best and of the worst classes that have a named curve.
const FEW: usize = 3;
/// The largest number of classes whose other curves are drawn. More would only give a grey area.
const OTHERS: usize = 30;
/// The largest length of a name in the legend; longer ones are cut.
const NAME: usize = 32;
/// The height for which the plot is about a square.
const HEIGHT: f64 = 430.0;

/// The points of a curve; `None` if it is undefined.
type Points = Option<Vec<(f64, f64)>>;

/// The names and the data of one kind of curve.
struct Kind {
    /// The names of the axes.
    names: (&'static str, &'static str),
    /// The name of the area under a curve.
    area_name: &'static str,
    area: fn(&RankingSummary) -> Option<f64>,
    points: fn(&RankingSummary) -> Points,
    /// Whether random scores give the diagonal.
    diagonal: bool,
}

/// Draws the ROC curves of a test set, as an SVG document: the true positive rate of a class over
/// its false positive rate, at every threshold of its probability.
///
/// For two classes it has the curve of the second, positive class, with a ring at the current
/// threshold. For up to 6 classes all curves are drawn; for more the 3 best and the 3 worst by area
/// and, for up to 30, the others as faint lines. The macro average (mean of the classes' curves)
/// and the micro average (all decisions as one problem) are black. A class without images, or with
/// all of them, has no curve; if no class has one, the picture says so.
///
/// `classes` are the names by class number; a class without one is called by its number.
pub fn roc_curves(report: &ClassificationReport, classes: &[String]) -> String {
    let kind = Kind {
        names: ("false positive rate", "true positive rate (recall)"),
        area_name: "AUC",
        area: |ranking| ranking.auc,
        points: |ranking| {
            ranking
                .roc
                .as_ref()
                .map(|roc| zipped(&roc.false_positive_rate, &roc.true_positive_rate))
        },
        diagonal: true,
    };
    let all = &report.one_vs_rest;
    let mean = zipped(&all.macro_roc.false_positive_rate, &all.macro_roc.true_positive_rate);
    let ring =
        report.binary.and_then(|binary| binary.false_positive_rate.zip(binary.true_positive_rate));
    kind.draw(report, classes, all.macro_auc.map(|area| (mean, area)), ring)
}

/// Draws the precision-recall curves of a test set, as an SVG document: the precision of a class
/// over its recall.
///
/// The classes are chosen as in [`roc_curves`], by their average precision (AP). Of the averages
/// only the micro average is drawn.
pub fn precision_recall_curves(report: &ClassificationReport, classes: &[String]) -> String {
    let kind = Kind {
        names: ("recall", "precision"),
        area_name: "AP",
        area: |ranking| Some(ranking.average_precision),
        points: |ranking| {
            ranking.precision_recall.as_ref().map(|curve| zipped(&curve.recall, &curve.precision))
        },
        diagonal: false,
    };
    kind.draw(
        report,
        classes,
        None,
        report.binary.and_then(|binary| binary.true_positive_rate.zip(binary.precision)),
    )
}

/// A class, its area and its curve. With many classes only the extreme ones have curves.
struct Ranked {
    class: usize,
    area: f64,
    points: Option<Vec<(f64, f64)>>,
}

impl Kind {
    fn draw(
        &self,
        report: &ClassificationReport,
        classes: &[String],
        mean: Option<(Vec<(f64, f64)>, f64)>,
        ring: Option<(f64, f64)>,
    ) -> String {
        let mut chart =
            Chart::new((Axis::of_shares(), self.names.0), (Axis::of_shares(), self.names.1));
        chart.diagonal = self.diagonal;
        let mut entries = Vec::new();
        let mut add = |points, area: f64, name: &str, stroke| {
            entries.push(Entry {
                sign: Sign::Line(stroke),
                label: format!("{name}: {} {area:.3}", self.area_name),
            });
            Line { points, stroke, form: Form::Line }
        };
        let (shown, faint) = self.choose(report);
        let has_faint = !faint.is_empty();
        let faint = faint.into_iter().filter_map(|ranked| ranked.points);
        let mut lines: Vec<Line> = faint
            .map(|points| Line { points, stroke: Stroke::solid(FAINT, 1.0), form: Form::Line })
            .collect();
        for (i, ranked) in shown.into_iter().enumerate() {
            let name = named(classes, ranked.class);
            lines.extend(
                ranked.points.map(|points| add(points, ranked.area, &name, Stroke::number(i))),
            );
        }
        // For two classes the averages add no information to the one curve.
        if report.binary.is_none() {
            if let Some((points, area)) = mean {
                lines.push(add(points, area, "macro average", Stroke::solid(TEXT, 2.5)));
            }
            let micro = report.one_vs_rest.micro.as_ref();
            if let Some((points, area)) =
                micro.and_then(|micro| Some(((self.points)(micro)?, (self.area)(micro)?)))
            {
                let stroke = Stroke { colour: TEXT, width: 2.0, dash: "6 3" };
                lines.push(add(points, area, "micro average", stroke));
            }
        }
        if lines.is_empty() {
            let label = "no curve: all images are positive, or all negative".to_owned();
            entries.push(Entry { sign: Sign::Line(Stroke::solid(FAINT, 1.0)), label });
        }
        if has_faint {
            entries.push(Entry {
                sign: Sign::Line(Stroke::solid(FAINT, 1.0)),
                label: "the other classes".to_owned(),
            });
        }
        if let Some(ring) = ring {
            chart.rings.push((ring, Stroke::number(0).colour));
            entries.push(Entry {
                sign: Sign::Ring(Stroke::number(0).colour),
                label: "the current threshold".to_owned(),
            });
        }
        chart.lines = lines;
        above_legend(&chart, HEIGHT, &entries)
    }

    /// Returns the classes to name, the best first, and those to draw faintly.
    fn choose(&self, report: &ClassificationReport) -> (Vec<Ranked>, Vec<Ranked>) {
        let of = |(class, ranking): (usize, &Option<RankingSummary>)| {
            let ranking = ranking.as_ref().filter(|_| report.binary.is_none() || class == 1)?;
            Some(Ranked { class, area: (self.area)(ranking)?, points: (self.points)(ranking) })
        };
        let mut ranked: Vec<Ranked> =
            report.one_vs_rest.per_class.iter().enumerate().filter_map(of).collect();
        ranked.sort_by(|a, b| b.area.total_cmp(&a.area));
        let n = ranked.len();
        if n <= 2 * FEW {
            return (ranked, Vec::new());
        }
        let between: Vec<Ranked> = ranked.drain(FEW..n - FEW).collect();
        (ranked, if n <= OTHERS { between } else { Vec::new() })
    }
}

/// Returns a class's name for the legend. A name that is cut has the class number too, since
/// several may begin alike.
fn named(classes: &[String], class: usize) -> String {
    match classes.get(class) {
        None => format!("class {class}"),
        Some(name) if name.chars().count() > NAME => {
            format!("{} (no. {class})", cut(name, NAME - 8))
        }
        Some(name) => cut(name, NAME),
    }
}

fn zipped(x: &[f64], y: &[f64]) -> Vec<(f64, f64)> {
    x.iter().copied().zip(y.iter().copied()).collect()
}
