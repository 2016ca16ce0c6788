//! Values by layer, from the health records.

use zunder_eval::{HealthRecord, Spread};
use zunder_report::{Drawing, Figure, Plot, Scale, Series, plot};

use super::{Results, VariantTrials};
use zunder::Trial;

/// A value of a layer.
pub(super) type OfLayer = fn(&HealthRecord) -> Option<f64>;

/// Returns a value of each layer in an epoch (counted from 1), in the model's order, where it is
/// known.
pub(super) fn by_layer(trial: &Trial, epoch: usize, figure: OfLayer) -> Vec<f64> {
    trial.health.iter().filter(|record| record.epoch == epoch).filter_map(figure).collect()
}

/// Plots a value of the layers in an epoch with one line per variant: the mean over the seeds, on a
/// logarithmic axis.
pub(super) fn plot_by_layer(
    results: &Results,
    name: &str,
    caption: &str,
    axis: &str,
    epoch: usize,
    figure: OfLayer,
) -> Figure {
    let series = results.variants.iter().map(|variant| line(variant, epoch, figure)).collect();
    let chart = Plot {
        x_name: "layer, from the input on".to_owned(),
        y_name: axis.to_owned(),
        y: Scale::Powers,
        series,
        ..Plot::default()
    };
    Figure {
        name: name.to_owned(),
        caption: caption.to_owned(),
        drawing: Drawing::Svg(plot(&[chart])),
    }
}

fn line(variant: &VariantTrials, epoch: usize, figure: OfLayer) -> Series {
    let trials: Vec<Vec<f64>> =
        variant.trials.iter().map(|trial| by_layer(trial, epoch, figure)).collect();
    let layers = trials.iter().map(Vec::len).max().unwrap_or(0);
    let at = |layer: usize| {
        Spread::of(trials.iter().filter_map(|values| values.get(layer).copied()).collect()).ok()
    };
    let points = (0..layers)
        .filter_map(|layer| at(layer).map(|spread| ((layer + 1) as f64, spread.mean)))
        .collect();
    Series::line(&variant.name, points)
}
