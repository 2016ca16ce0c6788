//! The validation curves of several runs.

use crate::ComparedRun;
use crate::axis::Axis;
use crate::chart::{Chart, Entry, Sign, drawable};
use crate::curves::{epoch_axis, over_epochs, stacked};
use crate::format::cut_apart;
use crate::svg::Stroke;

/// The largest length of a name in the legend; longer ones are cut.
const NAME: usize = 44;

/// Draws validation accuracy and loss of all runs over the epochs as an SVG document; `None`
/// without epochs.
pub(super) fn validation_curves(runs: &[ComparedRun]) -> Option<String> {
    let records = || runs.iter().flat_map(|run| run.epochs);
    let epochs = epoch_axis(records())?;
    let chart = |name, value: fn(&zunder_eval::EpochRecord) -> f64| {
        let mut chart = Chart::new(
            (epochs.clone(), "epoch"),
            (Axis::of_values(records().map(value).filter(|v| drawable(*v))), name),
        );
        for (i, run) in runs.iter().enumerate() {
            let stroke = Stroke::number(i);
            chart.lines.push(over_epochs(run.epochs, value, stroke));
            let best = run.epochs.iter().find(|record| Some(record.epoch) == run.best_epoch);
            chart.rings.extend(best.map(|best| ((best.epoch as f64, value(best)), stroke.colour)));
        }
        chart
    };
    let charts = [
        (chart("validation accuracy in %", |r| 100.0 * r.validation_accuracy), 300.0),
        (chart("validation loss per image", |r| r.validation_loss), 300.0),
    ];
    let names: Vec<&str> = runs.iter().map(|run| run.name).collect();
    let entries: Vec<Entry> = cut_apart(&names, NAME)
        .into_iter()
        .enumerate()
        .map(|(i, label)| Entry { sign: Sign::Line(Stroke::number(i)), label })
        .collect();
    Some(stacked(&entries, &charts))
}
