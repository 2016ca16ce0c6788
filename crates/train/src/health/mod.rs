//! Records of the layers in each epoch: norms of gradients and updates, statistics of activations.

mod activations;
mod updates;

use burn::tensor::Device;
use zunder_eval::HealthRecord;

use crate::{BatchSource, Classifier, TrainError};
pub use activations::{ActivationHealth, LayerActivations};
pub(crate) use updates::MeasuredUpdates;

/// Minimum number of images whose activations are measured: enough for shares to one per cent.
const IMAGES: usize = 500;

/// Returns the records of all layers for an epoch. If `shows_layers` is false, the model reports no
/// activations, so none are computed. `model` must be in its [`valid`](burn::module::Module::valid)
/// form.
///
/// The layers with weights come first, in the model's order, with activations if the model reports
/// them. Layers without weights of that name, but with activations, follow.
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

/// Returns the statistics of the hidden layers on the first images of a source.
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
