//! Resolves a configuration with the data, and plans the run.

use zunder_models::Summary;
use zunder_train::{BatchSource, ClassWeights, Loss};

use crate::config::without_effect::{self, Extent};
use crate::images::batches::TensorBatches;
use crate::images::loaded::LoadedData;
use crate::run::init_from::InitialWeights;
use crate::threads::thread_count;
use crate::{Adapter, Plan, RunConfig, RunError};

/// A configuration in which everything that depends on the data is resolved.
pub(crate) struct Resolved {
    pub config: RunConfig,
    /// Steps of the augmentation preset that are off because they do not suit the data set.
    pub left_out: Vec<&'static str>,
    /// Choices about the data, one sentence each.
    pub remarks: Vec<String>,
}

/// Resolves what depends on the data: the data set's name, the augmentation, the batch size, the
/// class weights, and the hash of the initial weights.
pub(crate) fn resolve(
    config: &RunConfig,
    loaded: &LoadedData,
    start: Option<InitialWeights>,
) -> Result<Resolved, RunError> {
    let mut resolved = config.clone().absolute();
    resolved.data.dataset = loaded.name;
    if let Some(start) = &start {
        resolved.init_sha256 = Some(start.sha256.clone());
    }
    let (augment, left_out) = loaded.suit(&config.augment)?;
    resolved.augment = augment;
    resolved.batch_size = config.batch_size.min(loaded.split.train.len());
    resolved.loss = config.loss.resolve(&loaded.training_counts())?;
    let mut remarks = loaded.remarks.clone();
    remarks.extend(start.map(|start| start.remark));
    remarks.extend(weights_remark(&resolved.loss, &loaded.classes));
    remarks.extend(last_batch_remark(&resolved, loaded.split.train.len()));
    // Fails before anything is written if the configuration cannot be saved.
    resolved.to_toml()?;
    Ok(Resolved { config: resolved, left_out, remarks })
}

/// Returns the plan of a training. `asked` is the configuration before it was resolved.
pub(crate) fn plan(
    asked: &RunConfig,
    resolved: Resolved,
    loaded: &LoadedData,
    training: &TensorBatches<2>,
    summary: Summary,
    (adapter, adapters): (Adapter, Vec<Adapter>),
) -> Plan {
    let Resolved { config, left_out, mut remarks } = resolved;
    let batches = training.batches();
    let steps = config.gradients.updates(batches);
    let extent = Extent { images: loaded.split.train.len(), batches, updates: steps };
    remarks.extend(without_effect::remarks(asked, &extent));
    remarks.extend(device_remarks(&config));
    Plan {
        dataset: loaded.name.name().to_owned(),
        dataset_hash: loaded.hash.clone(),
        synthetic: loaded.synthetic,
        note: loaded.note.clone(),
        remarks,
        leakage: loaded.leakage.clone(),
        classes: loaded.classes.clone(),
        positive: loaded.positive.and_then(|class| loaded.classes.get(class).cloned()),
        shape: loaded.shape,
        train_images: loaded.split.train.len(),
        validation_images: loaded.split.validation.len(),
        test_images: loaded.test_images(),
        summary,
        batch_size: training.batch_size(),
        steps,
        adapter,
        adapters,
        threads: thread_count(asked.threads),
        left_out,
        epochs_done: 0,
        epochs_then: None,
        config,
    }
}

/// Returns remarks on devices that wait for others, or are the same.
fn device_remarks(config: &RunConfig) -> Vec<String> {
    let (names, accumulate) = (config.device_names(), config.gradients.accumulate);
    let n = config.devices.len();
    let mut remarks = Vec::new();
    if n > 0 && !accumulate.is_multiple_of(n) {
        let (most, busy) = (accumulate.div_ceil(n), accumulate % n);
        remarks.push(format!(
            "gradients.accumulate is {accumulate} with {n} devices, no multiple of them: {busy} of \
             them compute {most} batches of an update, and the others wait for the last one"
        ));
    }
    // The backends of the CPU share its cores.
    let hardware = |name: &String| match name.as_str() {
        "flex" | "ndarray" => "the CPU".to_owned(),
        name => name.to_owned(),
    };
    let mut each: Vec<String> = config.devices.iter().map(hardware).collect();
    each.sort();
    each.dedup();
    if each.len() < n {
        remarks.push(format!(
            "devices are {names}, and share the hardware of {}: they are no faster than that",
            if each.len() == 1 { "one".to_owned() } else { each.len().to_string() }
        ));
    }
    remarks
}

/// Returns a remark with the class weights of a loss, if it has any.
fn weights_remark(loss: &Loss, classes: &[String]) -> Option<String> {
    let Some(ClassWeights::Values(weights)) = loss.class_weights() else { return None };
    let each: Vec<String> =
        classes.iter().zip(weights).map(|(class, weight)| format!("{class} {weight:.4}")).collect();
    let (first, last) = (each.iter().take(10), each.len().saturating_sub(10));
    let others = if last > 0 { format!(" and {last} more") } else { String::new() };
    Some(format!(
        "class weights of the loss: {}{others}",
        first.cloned().collect::<Vec<_>>().join(", ")
    ))
}

/// Returns a remark if the last batch would be a single image and the model has batch
/// normalisation.
fn last_batch_remark(config: &RunConfig, images: usize) -> Option<String> {
    let single = !config.data.drop_last
        && config.model.batch_norm().is_some()
        && images % config.batch_size == 1;
    single.then(|| {
        "the last image of each pass is left out: batch normalisation needs two in a batch"
            .to_owned()
    })
}
