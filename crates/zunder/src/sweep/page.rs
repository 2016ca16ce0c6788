//! The table and the page of a sweep.

use std::fmt::Write as _;
use std::path::Path;

use zunder_eval::LEAKAGE_MARK;
use zunder_report::{DotRow, Drawing, Figure, Plot, Scale, Series, Study, Table, dots, plot, study};

use super::{Axis, SweepPoint, SweepRecord};
use crate::RunError;

/// A row a point, the best first.
pub(super) fn csv(axes: &[Axis], points: &[SweepPoint]) -> String {
    let quoted = |text: &str| if text.contains([',', '"']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() };
    let keys: Vec<&str> = axes.iter().map(|axis| axis.key.as_str()).collect();
    // A column that is there only if there is something to tell.
    let column = if points.iter().any(|point| point.leakage.is_some()) { ",leakage" } else { "" };
    let mut text = format!(
        "{},validation_accuracy,validation_accuracy_deviation,validation_loss,seeds,diverged,parameters,seconds{column}\n",
        keys.join(",")
    );
    for point in points {
        let loss = point.loss.as_ref().map_or_else(String::new, |loss| loss.mean.to_string());
        let values: Vec<String> = point.settings.iter().map(|setting| quoted(value(setting))).collect();
        let (accuracy, n) = (&point.accuracy, point.accuracy.values.len());
        let leakage = point.leakage.as_ref().map_or_else(String::new, ToString::to_string);
        let told = if column.is_empty() { String::new() } else { format!(",{}", quoted(&leakage)) };
        let (diverged, parameters, seconds) = (point.diverged, point.parameters, point.seconds);
        let _ = writeln!(
            text,
            "{},{},{},{loss},{n},{diverged},{parameters},{seconds}{told}",
            values.join(","),
            accuracy.mean,
            accuracy.deviation
        );
    }
    text
}

/// What stands beside figures that a leakage makes better than they are.
fn mark(point: &SweepPoint) -> String {
    point.leakage.as_ref().map_or_else(String::new, |_| format!(" {LEAKAGE_MARK}"))
}

/// The sentences of all leakages, each once.
pub(super) fn leakages(points: &[SweepPoint]) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for leakage in points.iter().filter_map(|point| point.leakage.as_ref()) {
        let sentence = format!("{LEAKAGE_MARK} {leakage}");
        if !all.contains(&sentence) {
            all.push(sentence);
        }
    }
    all
}

/// What stands after the equals sign.
fn value(setting: &str) -> &str {
    setting.split_once('=').map_or(setting, |(_, value)| value)
}

pub(super) fn html(path: &Path, record: &SweepRecord, points: &[SweepPoint]) -> Result<String, RunError> {
    let axes = &record.config.axes;
    let figures: Vec<Figure> = axes.iter().enumerate().map(|(i, axis)| figure(i, axis, points)).collect();
    let best = points.first().map(|best| {
        format!(
            "The best point is {}: {:.2} %{} of the validation images.",
            best.settings.join(", "),
            100.0 * best.accuracy.mean,
            mark(best)
        )
    });
    let see: Vec<String> = leakages(points).into_iter().chain(best).chain([
        "The best of many is a little lucky: its accuracy on new images will be lower. Train it with other seeds and test that run once.".to_owned(),
        "A picture shows one setting, with all values of the others.".to_owned(),
    ]).collect();
    let reproduce =
        points.first().map_or_else(String::new, |best| format!("{} train --config {}", crate::program(), best.config.display()));
    let (done, all) = (points.len(), record.points.len());
    let setting = vec![
        ("points done".to_owned(), format!("{done} of {all}")),
        ("seeds of each".to_owned(), record.config.seeds.to_string()),
        ("seconds of training".to_owned(), format!("{:.0}", points.iter().map(|point| point.seconds).sum::<f64>())),
    ];
    let title = format!("Sweep {}", path.file_name().map_or_else(|| "of settings".into(), |name| name.to_string_lossy()));
    Ok(study(&Study {
        title: &title,
        question: "Which settings are best on the validation images?",
        source: "The test images were not read.",
        see: &see,
        figures: &figures,
        tables: &[table(axes, points)],
        setting,
        reproduce: &reproduce,
        ..Study::default()
    })?)
}

/// All points, the best first.
pub(crate) fn table(axes: &[Axis], points: &[SweepPoint]) -> Table {
    let columns = ["validation accuracy", "validation loss", "diverged", "parameters", "seconds"];
    let row = |(i, point): (usize, &SweepPoint)| {
        let accuracy = &point.accuracy;
        let spread = if accuracy.values.len() > 1 { format!(" ± {:.2}", 100.0 * accuracy.deviation) } else { String::new() };
        let loss = point.loss.as_ref().map_or_else(|| "–".to_owned(), |loss| format!("{:.4}", loss.mean));
        let figures = [
            format!("{:.2} %{spread}{}", 100.0 * accuracy.mean, mark(point)),
            loss,
            point.diverged.to_string(),
            zunder_report::text::count(point.parameters),
            format!("{:.1}", point.seconds),
        ];
        std::iter::once((i + 1).to_string()).chain(point.settings.iter().map(|setting| value(setting).to_owned())).chain(figures).collect()
    };
    Table {
        caption: "All points, the best first".to_owned(),
        headings: std::iter::once("rank").chain(axes.iter().map(|axis| axis.key.as_str())).chain(columns).map(str::to_owned).collect(),
        rows: points.iter().enumerate().map(row).collect(),
        words: false,
    }
}

/// The name of the figures' axis.
const ACCURACY: &str = "validation accuracy in %";

/// The accuracy over one setting: over numbers as points, over words as dots in rows.
fn figure(i: usize, axis: &Axis, points: &[SweepPoint]) -> Figure {
    let of = |point: &SweepPoint| point.settings.get(i).map_or("", |setting| value(setting)).to_owned();
    let each: Vec<(String, f64)> =
        points.iter().flat_map(|point| point.accuracy.values.iter().map(|accuracy| (of(point), 100.0 * accuracy))).collect();
    let numbers: Option<Vec<(f64, f64)>> = each.iter().map(|(value, accuracy)| Some((value.parse().ok()?, *accuracy))).collect();
    let svg = numbers.map_or_else(|| over_words(each), |numbers| over_numbers(&axis.key, numbers));
    Figure { name: format!("axis-{}", i + 1), caption: format!("{}, a dot a trial.", axis.key), drawing: Drawing::Svg(svg) }
}

fn over_numbers(key: &str, numbers: Vec<(f64, f64)>) -> String {
    let low = numbers.iter().map(|(x, _)| *x).fold(f64::INFINITY, f64::min);
    let high = numbers.iter().map(|(x, _)| *x).fold(0.0, f64::max);
    let x = if low > 0.0 && high > 5.0 * low { Scale::Powers } else { Scale::Values };
    let series = vec![Series::points("a trial", numbers)];
    plot(&[Plot { x_name: key.to_owned(), x, y_name: ACCURACY.to_owned(), series, ..Plot::default() }])
}

fn over_words(each: Vec<(String, f64)>) -> String {
    let mut rows: Vec<DotRow> = Vec::new();
    for (name, accuracy) in each {
        if let Some(row) = rows.iter_mut().find(|row| row.name == name) {
            row.values.push(accuracy);
        } else {
            rows.push(DotRow { name, values: vec![accuracy] });
        }
    }
    rows.sort_by(|a, b| a.name.cmp(&b.name));
    dots(ACCURACY, &rows, None)
}
