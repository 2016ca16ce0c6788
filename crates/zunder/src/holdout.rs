//! Which training images are held out for validation.

use zunder_data::{DataError, Dataset, Folds, Split};
use zunder_random::Key;

use crate::{DataConfig, RunError};

/// How the images of a training part may be held out.
pub(crate) struct Candidates<'a> {
    pub dataset: &'a Dataset,
    /// The group of each training image, if there are groups.
    pub groups: Option<&'a [u32]>,
    /// What stays together, if parts are made by content: see [`Split::by_content`].
    pub units: Option<&'a [u64]>,
}

/// The split that a configuration asks for: a share, or a fold; stratified or by content, and in whole groups
/// if there are any. What the user should know of it goes into `remarks`.
pub(crate) fn split(config: &DataConfig, candidates: &Candidates<'_>, key: Key, remarks: &mut Vec<String>) -> Result<Split, RunError> {
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
            let problem =
                format!("data.folds is {k} without data.fold, expected both for one run: CrossValidation makes a run of each fold");
            Err(RunError::config("configuration", problem))
        }
        _ => share(config, candidates, key.named("split")),
    }
}

/// Checks the parts, and cuts the training part to its limit.
pub(crate) fn limit(
    config: &DataConfig,
    candidates: &Candidates<'_>,
    split: Split,
    key: Key,
    remarks: &mut Vec<String>,
) -> Result<Split, RunError> {
    check_classes(&split, candidates.dataset, remarks)?;
    let (labels, key) = (candidates.dataset.train.labels(), key.named("limit"));
    Ok(match (config.limit, candidates.units) {
        (None, _) => split,
        (Some(limit), None) => split.limit(limit, labels, key)?,
        (Some(limit), Some(units)) => split.limit_by_content(limit, labels, units, key)?,
    })
}

fn share(config: &DataConfig, candidates: &Candidates<'_>, key: Key) -> Result<Split, RunError> {
    let Candidates { dataset, groups, units } = *candidates;
    let (labels, classes) = (dataset.train.labels(), dataset.classes.len());
    let n = labels.len();
    let validation = (n as f64 * config.validation).round() as usize;
    if (validation == 0 && units.is_none()) || validation + 2 > n {
        let problem =
            format!("data.validation is {}: {validation} of {n} images, expected at least 1 and 2 left to train on", config.validation);
        return Err(RunError::config("configuration", problem));
    }
    if let Some(units) = units {
        match Split::by_content(labels, units, classes, config.validation, key) {
            // All images of each class are copies of one: they cannot stay together.
            Err(DataError::Setting { .. }) if groups.is_none() && validation > 0 => {}
            split => return Ok(split?),
        }
    }
    Ok(match groups {
        None => Split::stratified(labels, classes, validation, key)?,
        Some(groups) => Split::grouped(labels, groups, classes, validation, key)?,
    })
}

/// A class that loses all its training images to the split cannot be learnt: refused. One that is never validated is worth a remark.
fn check_classes(split: &Split, dataset: &Dataset, remarks: &mut Vec<String>) -> Result<(), RunError> {
    let present = |indices: &mut dyn Iterator<Item = u32>| {
        let mut seen = vec![false; dataset.classes.len()];
        indices.for_each(|i| seen[dataset.train.label(i as usize) as usize] = true);
        seen
    };
    let all = present(&mut (0..dataset.train.len() as u32));
    let missing = |indices: &[u32]| {
        let seen = present(&mut indices.iter().copied());
        let lost = dataset.classes.iter().zip(all.iter().zip(seen)).filter(|(_, (there, seen))| **there && !seen);
        lost.map(|(class, _)| class.as_str()).collect::<Vec<_>>().join(", ")
    };
    let untrained = missing(&split.train);
    if !untrained.is_empty() {
        let problem = format!("the split leaves no training image of {untrained}, expected some of each class");
        return Err(RunError::config("configuration", problem));
    }
    let unvalidated = missing(&split.validation);
    if !unvalidated.is_empty() {
        remarks.push(format!("without a validation image: {unvalidated}"));
    }
    Ok(())
}
