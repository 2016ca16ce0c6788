//! Initialises a run with the weights of another run.

use std::path::Path;

use burn::tensor::Device;
use zunder_models::Key;
use zunder_train::{LassoConfig, NamedTensor, load_weights_but, named_tensors, read_weights};

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

/// Returns the model of a configuration with its initial weights, without views of test-time
/// augmentation. If the run already has weights, those of its checkpoint or its best epoch replace
/// them, and `init_from` is not read.
pub(crate) fn initial_model(
    config: &RunConfig,
    loaded: &LoadedData,
    has_weights: bool,
    device: &Device,
) -> Result<(Model, Option<InitialWeights>), RunError> {
    config.tta.check_labels(loaded.invariance())?;
    let key = Key::new(config.seed).named("model");
    let fresh = |pool| {
        RunConfig { pool, ..config.clone() }.init_model(
            loaded.shape,
            loaded.classes.len(),
            key,
            device,
        )
    };
    match &config.init_from {
        Some(path) if !has_weights => {
            let (model, start) = start(config, path, &fresh, loaded)?;
            Ok((model, Some(start)))
        }
        _ => Ok((fresh(config.pool)?, None)),
    }
}

/// Returns the model with the best weights of the run at `path`. `fresh` initialises it with a
/// pooling. If the classes differ (in number, name or order), the output layer keeps its random
/// weights, since its rows belong to other classes. If that run pools larger blocks, the rest of
/// its pooling is folded into the first layer.
fn start(
    config: &RunConfig,
    path: &Path,
    fresh: &dyn Fn(usize) -> Result<Model, RunError>,
    loaded: &LoadedData,
) -> Result<(Model, InitialWeights), RunError> {
    let (shape, classes) = (loaded.shape, &loaded.classes);
    let folder = RunFolder::open(path)?;
    let weights = folder.best();
    if !weights.is_file() {
        return Err(RunError::NotARun {
            folder: path.to_owned(),
            missing: "best/model.safetensors",
        });
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
    let pool = RunConfig::from_layers(Some(&folder.config()), &[])?.pool;
    if !pool.is_multiple_of(config.pool) {
        let problem = format!(
            "{}: its pool is {pool}, expected a multiple of {}, the pool of this run",
            path.display(),
            config.pool
        );
        return Err(RunError::config("init_from", problem));
    }
    let same = then.classes == *classes;
    let (model, _) = load_weights_but(&weights, fresh(pool)?, &|name| !same && is_output(name))
        .map_err(|error| {
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
    let model = model.refined(config.pool)?;
    // Reading the weights back takes time, so not without a penalty.
    let tensors = if config.lasso.is_off() { Vec::new() } else { named_tensors(&model)? };
    let lost = lost(&tensors, &config.lasso).unwrap_or_default();
    let remark = format!("{what} start from {origin} {}{lost}", path.display());
    Ok((model, InitialWeights { sha256, remark }))
}

/// Returns the part of the first layer's weights that the first update sets to 0, as the end of a
/// sentence, if it is at least a hundredth of those that are not 0.
fn lost(tensors: &[NamedTensor], lasso: &LassoConfig) -> Option<String> {
    let first = tensors.iter().find(|tensor| tensor.shape.len() == 2)?;
    let sizes: Vec<f64> =
        first.values.iter().map(|w| f64::from(w.abs())).filter(|size| *size > 0.0).collect();
    let threshold = lasso.threshold();
    let small = sizes.iter().filter(|size| **size <= threshold).count();
    let percent = 100.0 * small as f64 / sizes.len().max(1) as f64;
    (percent >= 1.0).then(|| {
        format!(
            "; lasso.l1 {:e} sets {percent:.0} % of the first layer's weights, those up to \
             {threshold:e}, to 0 at once (--l1 0 keeps them)",
            lasso.l1
        )
    })
}

/// Returns true if a tensor belongs to the output layer.
fn is_output(name: &str) -> bool {
    name.split('.').nth(1) == Some("output")
}
