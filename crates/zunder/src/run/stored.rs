//! Loads the model of a run's folder with the weights of its best epoch.

use std::path::Path;

use burn::tensor::Device;
use zunder_models::Key;
use zunder_train::{NamedTensor, read_shapes};

use crate::{Model, ModelConfig, Preprocessing, Run, RunConfig, RunError, RunFolder};

/// A model may have this many more numbers than a file before their tensors are compared, because
/// that comparison yields the better message.
const SLACK: usize = 1 << 22;

/// Loads the weights of a finished run's best epoch into a new model.
pub(crate) fn best_model(folder: &RunFolder, fresh: Model) -> Result<Model, RunError> {
    folder.check_usable()?;
    let (model, _) = zunder_train::load_weights(&folder.best(), fresh)?;
    // Checked after the tensors, whose errors are more specific.
    folder.check_file(&folder.best())?;
    Ok(model)
}

/// Loads the model of a finished run or an imported model.
pub(crate) fn stored_model(
    run: &Run,
    preprocessing: &Preprocessing,
    device: &Device,
) -> Result<Model, RunError> {
    let (folder, config) = (run.folder(), run.config());
    let (shape, classes) = (preprocessing.shape, preprocessing.classes.len());
    folder.check_usable()?;
    check_memory(&folder.best(), &config.model, config.features(shape), classes)
        .map_err(|problem| RunError::BadFile { path: folder.best(), problem })?;
    // All weights are read from the file.
    let config = RunConfig { init_window: 1.0, ..config.clone() };
    best_model(folder, config.init_model(shape, classes, Key::new(0), device)?)
}

/// Returns an error if a model would take much more memory than the numbers in its file of weights.
///
/// Without this check, a shape that is too large would be allocated before it is compared.
pub(crate) fn check_memory(
    weights: &Path,
    model: &ModelConfig,
    features: usize,
    classes: usize,
) -> Result<(), String> {
    // The reader of the tensors reports files that cannot be read.
    let Ok(shapes) = read_shapes(weights) else { return Ok(()) };
    let size = |shape: &Vec<usize>| {
        shape.iter().fold(1, |product: usize, size| product.saturating_mul(*size))
    };
    let got =
        shapes.values().filter(|shape| shape.len() > 1).map(size).fold(0, usize::saturating_add);
    let expected = model.weights(features, classes);
    if expected > got.saturating_mul(2).saturating_add(SLACK) {
        return Err(format!(
            "holds {got} weights, expected {expected} for {features} inputs, {classes} classes and \
             the model's layers"
        ));
    }
    Ok(())
}

/// Transposes a matrix; returns any other tensor unchanged.
pub(crate) fn transposed(tensor: NamedTensor) -> NamedTensor {
    let [rows, columns] = tensor.shape[..] else { return tensor };
    let places = (0..columns).flat_map(|column| (0..rows).map(move |row| row * columns + column));
    NamedTensor {
        values: places.map(|place| tensor.values[place]).collect(),
        shape: vec![columns, rows],
        ..tensor
    }
}
