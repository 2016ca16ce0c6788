//! Chooses the training images that are held out for validation.

use zunder_data::{DataError, Dataset, Folds, Split};
use zunder_random::Key;

use super::coverage;
use crate::{DataConfig, RunError};

/// The constraints on the split of a training part.
pub(crate) struct Candidates<'a> {
    pub dataset: &'a Dataset,
    /// Group of each training image, if there are groups.
    pub groups: Option<&'a [u32]>,
    /// Units that stay together, if parts are made by content: see [`Split::by_content`].
    pub units: Option<&'a [u64]>,
}

/// Returns the split of a configuration: a share or a fold, stratified or by content, with whole
/// groups if there are any. Adds remarks for the user to `remarks`.
pub(crate) fn split(
    config: &DataConfig,
    candidates: &Candidates<'_>,
    key: Key,
    remarks: &mut Vec<String>,
) -> Result<Split, RunError> {
    let Candidates { dataset, groups, units } = *candidates;
    let (labels, classes) = (dataset.train.labels(), dataset.classes.len());
    match (config.folds, config.fold) {
        (Some(k), Some(fold)) => {
            remarks.push(format!("cross-validation: fold {fold} of {k} is the validation part"));
            let key = key.named("folds");
            let folds = match (units, groups) {
                (Some(units), _) => Folds::by_content(labels, units, classes, k, key),
                (None, None) => Folds::stratified(labels, classes, k, key),
                (None, Some(groups)) => Folds::grouped(labels, groups, classes, k, key),
            };
            Ok(folds?.split(fold - 1))
        }
        (Some(k), None) => {
            let problem = format!(
                "data.folds is {k} without data.fold, expected both for one run: CrossValidation \
                 makes a run of each fold"
            );
            Err(RunError::config("configuration", problem))
        }
        _ => share(config, candidates, key.named("split")),
    }
}

/// Limits the training part, and checks that it keeps every class.
pub(crate) fn limit(
    config: &DataConfig,
    candidates: &Candidates<'_>,
    split: Split,
    key: Key,
    remarks: &mut Vec<String>,
) -> Result<Split, RunError> {
    let (labels, key, whole) =
        (candidates.dataset.train.labels(), key.named("limit"), split.clone());
    let split = match (config.limit, candidates.units) {
        (None, _) => split,
        (Some(limit), None) => split.limit(limit, labels, key)?,
        (Some(limit), Some(units)) => split.limit_by_content(limit, labels, units, key)?,
    };
    coverage::check(config, candidates, &whole, &split, remarks)?;
    Ok(split)
}

fn share(config: &DataConfig, candidates: &Candidates<'_>, key: Key) -> Result<Split, RunError> {
    let Candidates { dataset, groups, units } = *candidates;
    let (labels, classes) = (dataset.train.labels(), dataset.classes.len());
    let n = labels.len();
    let validation = (n as f64 * config.validation).round() as usize;
    if (validation == 0 && units.is_none()) || validation + 2 > n {
        let problem = format!(
            "data.validation is {}: {validation} of {n} images, expected at least 1 and 2 left to \
             train on",
            config.validation
        );
        return Err(RunError::config("configuration", problem));
    }
    if let Some(units) = units {
        match Split::by_content(labels, units, classes, config.validation, key) {
            // If all images of each class are copies of one image, they cannot stay together.
            Err(DataError::Setting { .. }) if groups.is_none() && validation > 0 => {}
            split => return Ok(split?),
        }
    }
    Ok(match groups {
        None => Split::stratified(labels, classes, validation, key)?,
        Some(groups) => Split::grouped(labels, groups, classes, validation, key)?,
    })
}
