//! Learning curves and learning-rate schedules over the epochs.

use zunder_eval::EpochRecord;

use crate::ReportError;
use crate::axis::Axis;
use crate::chart::{Chart, Entry, Form, Frame, Line, Sign, drawable, legend};
use crate::svg::{Stroke, TEXT, TRAIN, VALIDATION, document};

/// The width of a plot in pixels. The page scales it.
pub(crate) const WIDTH: f64 = 480.0;
/// The heights of the charts of a plot.
const HEIGHT: f64 = 266.0;
const LOW: f64 = 190.0;

/// Draws loss, accuracy and learning rate over the epochs, as an SVG document.
///
/// The document has three charts, one above the other, and is 480 pixels wide. Loss and accuracy
/// are those of the training and the validation set. The colours follow the reader's light or dark
/// scheme. Epoch `best_epoch`, counted as in the records, is marked if it is among them. The
/// training values are means over the epoch in training mode, and labelled so. NaN, infinite values
/// and those beyond ±10¹² are skipped. The learning rate is that of each epoch's last step;
/// [`schedule`](crate::schedule) shows every step.
///
/// # Errors
///
/// Returns [`ReportError::NoEpochs`] without records.
///
/// ```
/// use zunder_eval::EpochRecord;
///
/// let epoch = |epoch, loss| EpochRecord {
///     epoch,
///     train_loss: loss,
///     validation_loss: loss + 0.1,
///     ..EpochRecord::default()
/// };
/// let svg = zunder_report::learning_curves(&[epoch(1, 2.0), epoch(2, 1.5)], Some(2))?;
/// assert!(svg.starts_with("<svg") && svg.contains("best epoch 2"));
/// # Ok::<(), zunder_report::ReportError>(())
/// ```
pub fn learning_curves(
    records: &[EpochRecord],
    best_epoch: Option<usize>,
) -> Result<String, ReportError> {
    let epochs = epoch_axis(records).ok_or(ReportError::NoEpochs)?;
    let best = best_epoch.and_then(|best| records.iter().find(|record| record.epoch == best));
    let chart = |name, train: fn(&EpochRecord) -> f64, validation: fn(&EpochRecord) -> f64| {
        let values =
            records.iter().flat_map(|r| [train(r), validation(r)]).filter(|value| drawable(*value));
        let mut chart = Chart::new((epochs.clone(), "epoch"), (Axis::of_values(values), name));
        for (value, colour) in [(train, TRAIN), (validation, VALIDATION)] {
            chart.lines.push(over_epochs(records, value, Stroke::solid(colour, 2.0)));
        }
        chart.mark = best.map(|best| best.epoch as f64);
        chart.rings.extend(best.map(|best| ((best.epoch as f64, validation(best)), VALIDATION)));
        chart
    };
    let mut rate = Chart::new(
        (epochs.clone(), "epoch"),
        (
            Axis::from_zero(records.iter().map(|r| r.learning_rate).filter(|rate| drawable(*rate))),
            "learning rate",
        ),
    );
    rate.lines.push(over_epochs(records, |r| r.learning_rate, Stroke::solid(TEXT, 2.0)));
    rate.mark = best.map(|best| best.epoch as f64);
    let mut entries: Vec<Entry> = [("training (epoch mean)", TRAIN), ("validation", VALIDATION)]
        .map(|(label, colour)| Entry {
            sign: Sign::Line(Stroke::solid(colour, 2.0)),
            label: label.to_owned(),
        })
        .into();
    entries.extend(best.map(|best| Entry {
        sign: Sign::Ring(VALIDATION),
        label: format!("best epoch {}", best.epoch),
    }));
    let charts = [
        (chart("loss per image", |r| r.train_loss, |r| r.validation_loss), HEIGHT),
        (
            chart("accuracy in %", |r| 100.0 * r.train_accuracy, |r| 100.0 * r.validation_accuracy),
            HEIGHT,
        ),
        (rate, LOW),
    ];
    Ok(stacked(&entries, &charts))
}

/// Draws the learning rate of each update, numbered from 1, as an SVG document; empty without
/// updates.
pub fn schedule(learning_rates: &[f64]) -> String {
    let values = || learning_rates.iter().copied().filter(|rate| drawable(*rate));
    let mut chart = Chart::new(
        (Axis::of_numbers(1.0, learning_rates.len().max(1) as f64), "update"),
        (Axis::from_zero(values()), "learning rate"),
    );
    let points =
        learning_rates.iter().enumerate().map(|(i, &rate)| ((i + 1) as f64, rate)).collect();
    chart.lines.push(Line { points, stroke: Stroke::solid(TEXT, 2.0), form: Form::Dotted });
    stacked(&[], &[(chart, 220.0)])
}

/// Draws the planned learning rates of a training as an SVG document: pairs of the epochs done and
/// the rate at that time, in order; empty without pairs.
pub fn planned_schedule(rates: &[(f64, f64)]) -> String {
    let of =
        |value: fn(&(f64, f64)) -> f64| rates.iter().map(value).filter(|value| drawable(*value));
    let mut chart = Chart::new(
        (Axis::from_zero(of(|pair| pair.0)), "epochs done"),
        (Axis::from_zero(of(|pair| pair.1)), "learning rate"),
    );
    chart.lines.push(Line {
        points: rates.to_vec(),
        stroke: Stroke::solid(TEXT, 2.0),
        form: Form::Dotted,
    });
    stacked(&[], &[(chart, 220.0)])
}

/// Draws charts of the given heights one above the other, below a legend.
pub(crate) fn stacked(entries: &[Entry], charts: &[(Chart, f64)]) -> String {
    let mut drawn = String::new();
    let mut top = legend(entries, (0.0, WIDTH), &mut drawn);
    for (chart, height) in charts {
        chart.draw(Frame { left: 0.0, top, width: WIDTH, height: *height }, &mut drawn);
        top += height;
    }
    document(&drawn, WIDTH, top)
}

/// Draws a chart above its legend, so that charts side by side are aligned.
pub(crate) fn above_legend(chart: &Chart, height: f64, entries: &[Entry]) -> String {
    let mut drawn = String::new();
    chart.draw(Frame { left: 0.0, top: 0.0, width: WIDTH, height }, &mut drawn);
    let below = legend(entries, (height, WIDTH), &mut drawn);
    document(&drawn, WIDTH, height + below)
}

/// Returns an axis from the first to the last epoch; `None` without epochs.
pub(crate) fn epoch_axis<'a>(records: impl IntoIterator<Item = &'a EpochRecord>) -> Option<Axis> {
    let epochs = records.into_iter().map(|record| record.epoch as f64);
    let ends = epochs.fold(None, |ends: Option<(f64, f64)>, e| {
        Some(ends.map_or((e, e), |(low, high)| (low.min(e), high.max(e))))
    });
    ends.map(|(first, last)| Axis::of_numbers(first, last))
}

/// Returns the values of one quantity over the epochs.
pub(crate) fn over_epochs(
    records: &[EpochRecord],
    value: fn(&EpochRecord) -> f64,
    stroke: Stroke,
) -> Line {
    Line {
        points: records.iter().map(|record| (record.epoch as f64, value(record))).collect(),
        stroke,
        form: Form::Dotted,
    }
}
