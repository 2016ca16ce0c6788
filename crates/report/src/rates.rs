//! ROC and precision-recall curves of a test set.

use zunder_eval::{ClassificationReport, RankingSummary};

use crate::axis::Axis;
use crate::chart::{Chart, Entry, Form, Line, Sign};
use crate::curves::above_legend;
use crate::format::cut;
use crate::svg::{FAINT, Stroke, TEXT};

/// So many of the best and of the worst classes have a curve with a name.
const FEW: usize = 3;
/// With more classes than that, the others are left out: they would be a grey area.
const OTHERS: usize = 30;
/// A name longer than this is cut in the legend.
const NAME: usize = 32;
/// The height that makes the plot about a square.
const HEIGHT: f64 = 430.0;

/// The curves of one kind.
struct Kind {
    /// The axes' names.
    names: (&'static str, &'static str),
    /// What the area under a curve is called.
    area_name: &'static str,
    area: fn(&RankingSummary) -> f64,
    points: fn(&RankingSummary) -> Vec<(f64, f64)>,
    /// Whether the diagonal is what random scores make.
    diagonal: bool,
}

/// Draws the ROC curves of a test set, as an SVG document: what share of a class is found at the cost of what share of the others, at every threshold of its probability.
///
/// For two classes the curve of the second, positive one, with a ring at the threshold in use. Up to 6 classes all of them; with more the 3 best and the 3 worst by their area, and up
/// to 30 the others as faint lines. The macro average (mean of the classes' curves) and the micro average (all decisions as one problem) are black.
///
/// `classes` are the names by class number; a class without one is called by its number.
pub fn roc_curves(report: &ClassificationReport, classes: &[String]) -> String {
    let kind = Kind {
        names: ("false positive rate", "true positive rate (recall)"),
        area_name: "AUC",
        area: |ranking| ranking.auc,
        points: |ranking| zipped(&ranking.roc.false_positive_rate, &ranking.roc.true_positive_rate),
        diagonal: true,
    };
    let all = &report.one_vs_rest;
    let mean = (zipped(&all.macro_roc.false_positive_rate, &all.macro_roc.true_positive_rate), all.macro_auc);
    let ring = report.binary.map(|binary| (binary.false_positive_rate, binary.true_positive_rate));
    kind.draw(report, classes, Some(mean), ring)
}

/// Draws the precision-recall curves of a test set, as an SVG document: how many of those taken for a class belong to it, the more of it is found.
///
/// Which classes are shown is as in [`roc_curves`], by their average precision (AP); of the averages there is the micro average only.
pub fn precision_recall_curves(report: &ClassificationReport, classes: &[String]) -> String {
    let kind = Kind {
        names: ("recall", "precision"),
        area_name: "AP",
        area: |ranking| ranking.average_precision,
        points: |ranking| zipped(&ranking.precision_recall.recall, &ranking.precision_recall.precision),
        diagonal: false,
    };
    kind.draw(report, classes, None, report.binary.map(|binary| (binary.true_positive_rate, binary.precision)))
}

/// A class and its curves.
type Ranked<'a> = (usize, &'a RankingSummary);

impl Kind {
    fn draw(
        &self,
        report: &ClassificationReport,
        classes: &[String],
        mean: Option<(Vec<(f64, f64)>, f64)>,
        ring: Option<(f64, f64)>,
    ) -> String {
        let mut chart = Chart::new((Axis::of_shares(), self.names.0), (Axis::of_shares(), self.names.1));
        chart.diagonal = self.diagonal;
        let mut entries = Vec::new();
        let mut add = |points, area: f64, name: &str, stroke| {
            entries.push(Entry { sign: Sign::Line(stroke), label: format!("{name}: {} {area:.3}", self.area_name) });
            Line { points, stroke, form: Form::Line }
        };
        let (shown, faint) = self.choose(report);
        let mut lines: Vec<Line> = faint
            .iter()
            .map(|(_, ranking)| Line { points: (self.points)(ranking), stroke: Stroke::solid(FAINT, 1.0), form: Form::Line })
            .collect();
        for (i, (class, ranking)) in shown.iter().enumerate() {
            let name = named(classes, *class);
            lines.push(add((self.points)(ranking), (self.area)(ranking), &name, Stroke::number(i)));
        }
        // For two classes, the averages say nothing that the one curve does not.
        if report.binary.is_none() {
            if let Some((points, area)) = mean {
                lines.push(add(points, area, "macro average", Stroke::solid(TEXT, 2.5)));
            }
            if let Some(micro) = &report.one_vs_rest.micro {
                let stroke = Stroke { colour: TEXT, width: 2.0, dash: "6 3" };
                lines.push(add((self.points)(micro), (self.area)(micro), "micro average", stroke));
            }
        }
        if !faint.is_empty() {
            entries.push(Entry { sign: Sign::Line(Stroke::solid(FAINT, 1.0)), label: "the other classes".to_owned() });
        }
        if let Some(ring) = ring {
            chart.rings.push((ring, Stroke::number(0).colour));
            entries.push(Entry { sign: Sign::Ring(Stroke::number(0).colour), label: "the decision in use".to_owned() });
        }
        chart.lines = lines;
        above_legend(&chart, HEIGHT, &entries)
    }

    /// The classes to name, the best first, and those to show faintly.
    fn choose<'a>(&self, report: &'a ClassificationReport) -> (Vec<Ranked<'a>>, Vec<Ranked<'a>>) {
        let ranked = report.one_vs_rest.per_class.iter().enumerate();
        let mut ranked: Vec<_> = ranked.filter_map(|(class, ranking)| Some((class, ranking.as_ref()?))).collect();
        if report.binary.is_some() {
            ranked.retain(|(class, _)| *class == 1);
        }
        ranked.sort_by(|a, b| (self.area)(b.1).total_cmp(&(self.area)(a.1)));
        let n = ranked.len();
        if n <= 2 * FEW {
            return (ranked, Vec::new());
        }
        let faint = if n <= OTHERS { ranked[FEW..n - FEW].to_vec() } else { Vec::new() };
        ranked.drain(FEW..n - FEW);
        (ranked, faint)
    }
}

/// A class's name for the legend; a cut one has its number too, as several may begin alike.
fn named(classes: &[String], class: usize) -> String {
    match classes.get(class) {
        None => format!("class {class}"),
        Some(name) if name.chars().count() > NAME => format!("{} (no. {class})", cut(name, NAME - 8)),
        Some(name) => cut(name, NAME),
    }
}

fn zipped(x: &[f64], y: &[f64]) -> Vec<(f64, f64)> {
    x.iter().copied().zip(y.iter().copied()).collect()
}
