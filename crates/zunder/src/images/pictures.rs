//! Draws training images beside their augmented versions.

use toml::Value;
use zunder_data::{AugmentConfig, ImageShape, Pipeline, Standardisation};
use zunder_report::{ContactSheet, Picture, SheetRow};

use crate::RunError;
use crate::images::loaded::LoadedData;

/// Draws `images` training images, from all classes in turn, beside their versions in the first
/// `draws` epochs of a run.
pub(crate) fn augmented(
    loaded: &LoadedData,
    augment: &AugmentConfig,
    standardisation: &Standardisation,
    (images, draws): (usize, usize),
) -> Result<ContactSheet, RunError> {
    let rows = rows(loaded, augment, standardisation, &loaded.of_each_class(images), draws)?;
    Ok(ContactSheet {
        title: "Augmented training images".to_owned(),
        subtitle: subtitle(augment),
        columns: columns(draws),
        rows,
    })
}

/// Formats the steps with their settings, and the border.
pub(crate) fn subtitle(augment: &AugmentConfig) -> String {
    let border = Value::try_from(augment.border)
        .ok()
        .and_then(|name| Some(format!("border {}", name.as_str()?)));
    let steps = augment.each_alone();
    let steps = steps
        .iter()
        .map(|(step, alone)| format!("{} ({})", step.replace('_', " "), settings(alone, step)));
    steps.chain(border).collect::<Vec<_>>().join(", ")
}

pub(crate) fn columns(draws: usize) -> Vec<String> {
    std::iter::once("original".to_owned())
        .chain((1..=draws).map(|epoch| format!("epoch {epoch}")))
        .collect()
}

/// Returns a row for each image: the original, and its versions in the first epochs.
pub(crate) fn rows(
    loaded: &LoadedData,
    augment: &AugmentConfig,
    standardisation: &Standardisation,
    images: &[u32],
    draws: usize,
) -> Result<Vec<SheetRow>, RunError> {
    let pipeline = augment.init(loaded.shape, standardisation)?;
    let mut rows: Vec<SheetRow> = images
        .iter()
        .map(|&i| {
            let (pixels, label) = loaded.training_image(i);
            let caption = loaded.classes.get(label as usize).cloned().unwrap_or_default();
            SheetRow {
                caption,
                details: String::new(),
                pictures: vec![picture(loaded.shape, pixels.to_vec())],
            }
        })
        .collect();
    for epoch in 1..=draws as u64 {
        let batch = batch(loaded, &pipeline, images, epoch);
        for (row, values) in rows.iter_mut().zip(batch.chunks_exact(loaded.shape.len())) {
            row.pictures.push(picture(loaded.shape, bytes(values, loaded.shape, standardisation)));
        }
    }
    Ok(rows)
}

/// Returns the standardised images of an epoch.
fn batch(loaded: &LoadedData, pipeline: &Pipeline, images: &[u32], epoch: u64) -> Vec<f32> {
    let mut batch = vec![0.0; images.len() * loaded.shape.len()];
    for (&i, out) in images.iter().zip(batch.chunks_exact_mut(loaded.shape.len())) {
        pipeline.apply(
            loaded.training_image(i).0,
            loaded.training_key().named("augment").at(epoch).at(u64::from(i)),
            out,
        );
    }
    let Some(mixing) = pipeline.mixing() else { return batch };
    // As in training, every epoch chooses new pairs of images to mix.
    let key = loaded.training_key().named("preview").at(epoch);
    let mut order: Vec<usize> = (0..images.len()).collect();
    key.rng().shuffle(&mut order);
    let size = loaded.shape.len();
    let mut shuffled: Vec<f32> =
        order.iter().flat_map(|&i| &batch[i * size..][..size]).copied().collect();
    let mut labels: Vec<u32> = order.iter().map(|&i| loaded.training_image(images[i]).1).collect();
    mixing.apply(&mut shuffled, loaded.shape, &mut labels, loaded.classes.len(), key.named("mix"));
    for (&i, values) in order.iter().zip(shuffled.chunks_exact(size)) {
        batch[i * size..][..size].copy_from_slice(values);
    }
    batch
}

/// Converts standardised values back to bytes.
fn bytes(values: &[f32], shape: ImageShape, standardisation: &Standardisation) -> Vec<u8> {
    let scales = standardisation.mean.iter().zip(&standardisation.std);
    let planes = values.chunks_exact(shape.height * shape.width).zip(scales);
    planes
        .flat_map(|(plane, (mean, std))| {
            plane.iter().map(move |v| ((v * std + mean) * 255.0 + 0.5) as u8)
        })
        .collect()
}

pub(crate) fn picture(shape: ImageShape, pixels: Vec<u8>) -> Picture {
    Picture { channels: shape.channels, height: shape.height, width: shape.width, pixels }
}

/// Formats the settings of a step, such as `degrees 15`.
pub(crate) fn settings(alone: &AugmentConfig, step: &str) -> String {
    let value = serde_json::to_value(alone).unwrap_or_default();
    let settings = value.get(step).and_then(|step| step.as_object()).into_iter().flatten();
    let shown =
        settings.filter(|(name, value)| *name != "probability" || value.as_f64() != Some(1.0));
    shown.map(|(name, value)| format!("{name} {}", number(value))).collect::<Vec<_>>().join(", ")
}

/// Formats a number or a range in its shortest notation; JSON prints single precision in full.
fn number(value: &serde_json::Value) -> String {
    match (value.as_array(), value.as_f64()) {
        (Some(range), _) => range.iter().map(number).collect::<Vec<_>>().join(" to "),
        (None, Some(number)) => format!("{}", (number * 1e4).round() / 1e4),
        (None, None) => value.to_string(),
    }
}
