//! How the layers do: gradients and updates by the optimiser, activations by what the model shows.

mod activations;
mod updates;

use burn::tensor::Device;
use zunder_eval::HealthRecord;

use crate::{BatchSource, Classifier, TrainError};
pub use activations::{ActivationHealth, LayerActivations};
pub(crate) use updates::MeasuredUpdates;

/// Images whose activations are looked at, at least: enough for shares to a per cent.
const IMAGES: usize = 500;

/// The health of each layer in an epoch. Without `shows_layers` the model is known to show no
/// activations, and nothing is computed in order to see them. `model` in its
/// [`valid`](burn::module::Module::valid) form.
///
/// First the layers with weights, in the model's order, with the activations of those that show
/// them; then what shows activations without having weights of that name.
pub(crate) fn layer_health<M: Classifier>(
    epoch: usize,
    shows_layers: bool,
    model: &M,
    updates: &MeasuredUpdates,
    images: &impl BatchSource<Input = M::Input>,
    device: &Device,
) -> Result<Vec<HealthRecord>, TrainError> {
    let mut records = updates.by_layer(epoch, |parameter| model.layer_name(parameter));
    let shown = if shows_layers { activations(model, images, device)? } else { Vec::new() };
    for layer in shown {
        let i = records.iter().position(|record| record.layer == layer.name).unwrap_or_else(|| {
            records.push(HealthRecord {
                epoch,
                layer: layer.name.clone(),
                ..HealthRecord::default()
            });
            records.len() - 1
        });
        if let Some(record) = records.get_mut(i) {
            record.dead = Some(layer.dead);
            record.activation_mean = Some(layer.mean);
            record.activation_deviation = Some(layer.deviation);
            record.image_deviation = Some(layer.image_deviation);
            record.activation_min = Some(layer.min);
            record.activation_max = Some(layer.max);
        }
    }
    Ok(records)
}

/// What the hidden layers make of the first images of a source.
fn activations<M: Classifier>(
    model: &M,
    images: &impl BatchSource<Input = M::Input>,
    device: &Device,
) -> Result<Vec<LayerActivations>, TrainError> {
    let mut health = ActivationHealth::default();
    let mut seen = 0;
    for batch in images.epoch(1, device) {
        let batch = batch.map_err(|source| TrainError::Source { part: "evaluation", source })?;
        let mut shown = false;
        model.scores_observed(batch.input, &mut |layer, activations| {
            shown = true;
            health.observe(layer, activations);
        });
        seen += batch.labels.len();
        if seen >= IMAGES || !shown {
            break;
        }
    }
    health.layers()
}
