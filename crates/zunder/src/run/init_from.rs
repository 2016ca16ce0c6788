//! Initialises a run with the weights of another run.

use burn::tensor::Device;
use zunder_data::ImageShape;
use zunder_models::Key;
use zunder_train::{load_weights_but, read_weights};

use crate::folder::checksums::hash;
use crate::images::loaded::LoadedData;
use crate::{Model, RunConfig, RunError, RunFolder};

/// The weights that a model starts from.
pub(crate) struct InitialWeights {
    /// SHA-256 of the file of weights, 64 hexadecimal digits.
    pub sha256: String,
    /// Remark for the user on the weights that are used.
    pub remark: String,
}

/// Returns the model of a configuration with its initial weights. If the run already has weights,
/// those of its checkpoint or its best epoch replace them, and `init_from` is not read.
pub(crate) fn initial_model(
    config: &RunConfig,
    loaded: &LoadedData,
    has_weights: bool,
    device: &Device,
) -> Result<(Model, Option<InitialWeights>), RunError> {
    config.tta.check_labels(loaded.invariance())?;
    let key = Key::new(config.seed).named("model");
    let fresh = config.model.init(loaded.shape, loaded.classes.len(), key, device)?;
    let (model, start) = if has_weights {
        (fresh, None)
    } else {
        start(config, fresh, loaded.shape, &loaded.classes)?
    };
    Ok((model.with_tta(config.tta), start))
}

/// Returns the model with the best weights of the run that a configuration starts from, if any. If
/// the classes differ (in number, name or order), the output layer keeps its random weights, since
/// its rows belong to other classes.
fn start(
    config: &RunConfig,
    fresh: Model,
    shape: ImageShape,
    classes: &[String],
) -> Result<(Model, Option<InitialWeights>), RunError> {
    let Some(path) = &config.init_from else { return Ok((fresh, None)) };
    let folder = RunFolder::open(path)?;
    let weights = folder.best();
    if !weights.is_file() {
        return Err(RunError::NotARun { folder: path.clone(), missing: "best/model.safetensors" });
    }
    // Read separately, so that damage is not reported as a different model.
    read_weights(&weights)?;
    folder.check_file(&weights)?;
    let sha256 = hash(&weights)?;
    if let Some(expected) = config.init_sha256.as_ref().filter(|expected| **expected != sha256) {
        return Err(RunError::OtherWeights {
            path: weights,
            got: sha256,
            expected: expected.clone(),
        });
    }
    let then = folder.read_preprocessing()?;
    if then.shape != shape {
        let problem = format!(
            "{}: its images are {}, expected {shape} as in this run",
            path.display(),
            then.shape
        );
        return Err(RunError::config("init_from", problem));
    }
    let same = then.classes == classes;
    let (model, _) =
        load_weights_but(&weights, fresh, &|name| !same && is_output(name)).map_err(|error| {
            let problem = format!(
                "{error}: the model must be that of the run, whose settings are in {}",
                folder.config().display()
            );
            RunError::config("init_from", problem)
        })?;
    let what = if same {
        "all weights".to_owned()
    } else {
        let (before, now) = (then.classes.len(), classes.len());
        let how = if before == now {
            "other classes".to_owned()
        } else {
            format!("{before} classes there and {now} here")
        };
        format!("all weights but those of the output layer, which is initialised randomly ({how}),")
    };
    let origin = if folder.import().is_file() { "the imported model" } else { "the best epoch of" };
    let remark = format!("{what} start from {origin} {}", path.display());
    Ok((model, Some(InitialWeights { sha256, remark })))
}

/// Returns true if a tensor belongs to the output layer.
fn is_output(name: &str) -> bool {
    name.split('.').nth(1) == Some("output")
}
