//! The table and the page of a sweep.

use std::fmt::Write as _;
use std::path::Path;

use zunder_eval::{LEAKAGE_MARK, Spread};
use zunder_report::{
    DotRow, Drawing, Figure, Plot, Scale, Series, Study, Table, dots, plot, study,
};
use zunder_train::Monitor;

use super::{Axis, PointEnd, SweepPoint, SweepRecord, suggest};
use crate::RunError;

/// Returns one row per point as CSV, the best first.
pub(super) fn csv(axes: &[Axis], points: &[SweepPoint]) -> String {
    let quoted = |text: &str| {
        if text.contains([',', '"']) {
            format!("\"{}\"", text.replace('"', "\"\""))
        } else {
            text.to_owned()
        }
    };
    let keys: Vec<&str> = axes.iter().map(|axis| axis.key.as_str()).collect();
    // The column is written only if a point has a value for it.
    let column = if points.iter().any(|point| point.leakage.is_some()) { ",leakage" } else { "" };
    let ends = if points.iter().any(|point| point.end.is_some()) { "epochs,end," } else { "" };
    let mut text = format!(
        "{},validation_accuracy,validation_accuracy_deviation,validation_loss,seeds,diverged,\
         {ends}parameters,seconds{column}\n",
        keys.join(",")
    );
    for point in points {
        let figure = |spread: Option<&Spread>, of: fn(&Spread) -> f64| {
            spread.map_or_else(String::new, |spread| of(spread).to_string())
        };
        let values: Vec<String> =
            point.settings.iter().map(|setting| quoted(value(setting))).collect();
        let accuracy = point.accuracy.as_ref();
        let leakage = point.leakage.as_ref().map_or_else(String::new, ToString::to_string);
        let mut figures = vec![
            values.join(","),
            figure(accuracy, |accuracy| accuracy.mean),
            // A single seed has no standard deviation: an empty field.
            accuracy
                .and_then(|accuracy| accuracy.deviation)
                .map_or_else(String::new, |deviation| deviation.to_string()),
            figure(point.loss.as_ref(), |loss| loss.mean),
            point.seeds.to_string(),
            point.diverged.to_string(),
        ];
        if let Some(end) = point.end {
            figures.extend([point.epochs.to_string(), quoted(&end.to_string())]);
        }
        figures.extend([point.parameters.to_string(), point.seconds.to_string()]);
        figures.extend((!column.is_empty()).then(|| quoted(&leakage)));
        let _ = writeln!(text, "{}", figures.join(","));
    }
    text
}

/// Returns the mark of results that are too good because of leakage.
fn mark(point: &SweepPoint) -> String {
    point.leakage.as_ref().map_or_else(String::new, |_| format!(" {LEAKAGE_MARK}"))
}

/// Returns the sentences on all leakages, each once.
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

/// Returns the text after the equals sign.
fn value(setting: &str) -> &str {
    setting.split_once('=').map_or(setting, |(_, value)| value)
}

pub(super) fn html(
    path: &Path,
    record: &SweepRecord,
    points: &[SweepPoint],
) -> Result<String, RunError> {
    let axes = &record.config.axes;
    let shown = if points.iter().any(|point| point.accuracy.is_some()) { &axes[..] } else { &[] };
    let suggested = Some(points).filter(|_| record.config.suggest && !shown.is_empty()).map(tried);
    let axis_figures = shown.iter().enumerate().map(|(i, axis)| figure(i, axis, points));
    let figures: Vec<Figure> = suggested.into_iter().chain(axis_figures).collect();
    let (done, all) = (points.len(), record.config.size());
    let best = points.first().and_then(|best| Some((best, best.accuracy.as_ref()?)));
    let diverged = points.iter().filter(|point| point.diverged > 0).count();
    let mut see: Vec<String> = leakages(points).into_iter().collect();
    see.push(match best {
        Some((best, accuracy)) => {
            let seeds = best.remark().map_or_else(String::new, |remark| format!(" ({remark})"));
            let (settings, accuracy, mark) =
                (best.settings.join(", "), 100.0 * accuracy.mean, mark(best));
            format!(
                "The best point is {settings}: {accuracy:.2} %{mark} of the validation \
                images{seeds}."
            )
        }
        None => "No point has a figure: every trial diverged, so none is better than another. \
            Lower the learning rate."
            .to_owned(),
    });
    if best.is_some() && diverged > 0 {
        see.push(format!(
            "{diverged} of {} points diverged with at least one seed: they come after all others, \
             and means are of the seeds that did not.",
            points.len()
        ));
    }
    see.extend(
        [
            "The best of many is selected partly by chance: its accuracy on new images will be \
         lower. Train it with other seeds and test that run once."
                .to_owned(),
            "The figure of a setting contains the trials of all values of the other settings."
                .to_owned(),
        ]
        .into_iter()
        .filter(|_| best.is_some()),
    );
    if let Some(halving) = &record.config.halving {
        see.push(format!(
            "Successive halving: on each rung the best points, one in {}, go on, and the others \
             are stopped. The accuracy of a stopped point is that of its best epoch until then, so \
             it does not compare with that of a point that trained longer.",
            halving.factor
        ));
    }
    if record.config.suggest {
        see.push(format!(
            "The first {} points are random. Each later one was chosen by the results of those \
             before it, with a tree-structured Parzen estimator.",
            suggest::RANDOM
        ));
    }
    let reproduce = best.map_or_else(String::new, |(best, _)| {
        format!("{} train --config {}", crate::program(), best.config.display())
    });
    let mut setting = vec![
        ("points done".to_owned(), format!("{done} of {all}")),
        ("seeds of each".to_owned(), record.config.seeds.to_string()),
        (
            "ranked by".to_owned(),
            if record.monitor == Monitor::Loss { "validation loss" } else { "validation accuracy" }
                .to_owned(),
        ),
        (
            "seconds of training".to_owned(),
            format!("{:.0}", points.iter().map(|point| point.seconds).sum::<f64>()),
        ),
    ];
    if let Some((all, stops)) = record.rungs.split_last() {
        let stops: Vec<String> = stops.iter().map(ToString::to_string).collect();
        setting.push(("stops after epochs".to_owned(), format!("{} of {all}", stops.join(", "))));
        let seeds = record.config.seeds;
        let trained: usize = points.iter().map(|point| point.trained_epochs).sum();
        let whole = record.points.len() * seeds * all;
        setting.push(("epochs trained".to_owned(), format!("{trained} of {whole}")));
    }
    let title = format!(
        "Sweep {}",
        path.file_name().map_or_else(|| "of settings".into(), |name| name.to_string_lossy())
    );
    Ok(study(&Study {
        title: &title,
        question: "Which settings are best on the validation images?",
        source: "No model saw the test images.",
        see: &see,
        figures: &figures,
        tables: &[table(axes, points)],
        setting,
        reproduce: &reproduce,
        ..Study::default()
    })?)
}

/// Returns a table of all points, the best first.
pub(crate) fn table(axes: &[Axis], points: &[SweepPoint]) -> Table {
    let halved = points.iter().any(|point| point.end.is_some());
    let ends = if halved { &["epochs", "end"][..] } else { &[] };
    let columns = [
        &["validation accuracy", "validation loss"][..],
        ends,
        &["diverged", "parameters", "seconds"],
    ];
    let row = |(i, point): (usize, &SweepPoint)| {
        let undefined = || "–".to_owned();
        let accuracy = point.accuracy.as_ref().map_or_else(undefined, |accuracy| {
            let spread = accuracy
                .deviation
                .map_or_else(String::new, |deviation| format!(" ± {:.2}", 100.0 * deviation));
            format!("{:.2} %{spread}{}", 100.0 * accuracy.mean, mark(point))
        });
        let loss = point.loss.as_ref().map_or_else(undefined, |loss| format!("{:.4}", loss.mean));
        let end = point.end.map(|end| [point.epochs.to_string(), end.to_string()]);
        let figures = [
            format!("{} of {}", point.diverged, point.seeds),
            zunder_report::text::count(point.parameters),
            format!("{:.1}", point.seconds),
        ];
        let rank = if point.accuracy.is_some() { (i + 1).to_string() } else { undefined() };
        std::iter::once(rank)
            .chain(point.settings.iter().map(|setting| value(setting).to_owned()))
            .chain([accuracy, loss])
            .chain(end.into_iter().flatten())
            .chain(figures)
            .collect()
    };
    Table {
        caption: "All points, the best first".to_owned(),
        headings: std::iter::once("rank")
            .chain(axes.iter().map(|axis| axis.key.as_str()))
            .chain(columns.into_iter().flatten().copied())
            .map(str::to_owned)
            .collect(),
        rows: points.iter().enumerate().map(row).collect(),
        ..Table::default()
    }
}

/// Returns the accuracies of the trials that did not diverge.
fn values(point: &SweepPoint) -> &[f64] {
    point.accuracy.as_ref().map_or(&[], |accuracy| &accuracy.values)
}

/// Label of the axis of accuracies.
const ACCURACY: &str = "validation accuracy in %";

/// Plots the accuracy over one setting: numbers as points, words as dots in rows.
fn figure(i: usize, axis: &Axis, points: &[SweepPoint]) -> Figure {
    let of =
        |point: &SweepPoint| point.settings.get(i).map_or("", |setting| value(setting)).to_owned();
    // Trials that were stopped are drawn apart, since others trained longer.
    let stopped = |point: &&SweepPoint| matches!(point.end, Some(PointEnd::Halved { .. }));
    let each = |points: &mut dyn Iterator<Item = &SweepPoint>| -> Vec<(String, f64)> {
        points
            .flat_map(|point| values(point).iter().map(|value| (of(point), 100.0 * value)))
            .collect()
    };
    let numbers = |points: &mut dyn Iterator<Item = &SweepPoint>| -> Option<Vec<(f64, f64)>> {
        let number = |(value, accuracy): (String, f64)| Some((value.parse().ok()?, accuracy));
        each(points).into_iter().map(number).collect()
    };
    let svg = match (
        numbers(&mut points.iter().filter(|point| !stopped(point))),
        numbers(&mut points.iter().filter(stopped)),
    ) {
        (Some(whole), Some(stopped)) => over_numbers(&axis.key, whole, stopped),
        _ => over_words(each(&mut points.iter())),
    };
    let diverged: usize = points.iter().map(|point| point.diverged).sum();
    let without = if diverged > 0 {
        format!(" Without the {diverged} that diverged.")
    } else {
        String::new()
    };
    let until = if points.iter().any(|point| stopped(&point)) {
        " Of a trial that was stopped, the accuracy until then."
    } else {
        ""
    };
    Figure {
        name: format!("axis-{}", i + 1),
        caption: format!("{}, one dot per trial.{without}{until}", axis.key),
        drawing: Drawing::Svg(svg),
    }
}

/// Plots the accuracy of each trial over the order in which points were tried.
fn tried(points: &[SweepPoint]) -> Figure {
    let of = |suggested: bool| {
        let of = move |point: &&SweepPoint| (point.number > suggest::RANDOM) == suggested;
        let each = |point: &SweepPoint| {
            let number = point.number as f64;
            values(point).iter().map(|value| (number, 100.0 * value)).collect::<Vec<_>>()
        };
        points.iter().filter(of).flat_map(each).collect::<Vec<_>>()
    };
    let series = [("random", of(false)), ("suggested", of(true))];
    let series = series.into_iter().filter(|(_, dots)| !dots.is_empty());
    let svg = plot(&[Plot {
        x_name: "point, in the order of the search".to_owned(),
        x: Scale::Values,
        y_name: ACCURACY.to_owned(),
        series: series.map(|(name, dots)| Series::points(name, dots)).collect(),
        ..Plot::default()
    }]);
    let caption = "The points in the order of the search, one dot per trial.".to_owned();
    Figure { name: "search".to_owned(), caption, drawing: Drawing::Svg(svg) }
}

fn over_numbers(key: &str, whole: Vec<(f64, f64)>, stopped: Vec<(f64, f64)>) -> String {
    let values = || whole.iter().chain(&stopped).map(|(x, _)| *x);
    let (low, high) = (values().fold(f64::INFINITY, f64::min), values().fold(0.0, f64::max));
    let x = if low > 0.0 && high > 5.0 * low { Scale::Powers } else { Scale::Values };
    let mut series = vec![Series::points("a trial", whole)];
    if !stopped.is_empty() {
        series.push(Series::points("a trial that was stopped", stopped));
    }
    plot(&[Plot {
        x_name: key.to_owned(),
        x,
        y_name: ACCURACY.to_owned(),
        series,
        ..Plot::default()
    }])
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
