//! Which training images are held out for validation.

use zunder_data::{Dataset, Folds, Split};
use zunder_random::Key;

use crate::{DataConfig, RunError};

/// The split that a configuration asks for: a share, or a fold; stratified, and in whole groups if there are any. What the user should know of it goes into `remarks`.
pub(crate) fn split(
    config: &DataConfig,
    dataset: &Dataset,
    groups: Option<&[u32]>,
    key: Key,
    remarks: &mut Vec<String>,
) -> Result<Split, RunError> {
    let (labels, classes) = (dataset.train.labels(), dataset.classes.len());
    let mut split = match (config.folds, config.fold) {
        (Some(k), Some(fold)) => {
            remarks.push(format!("cross-validation: fold {fold} of {k} is the validation part"));
            let key = key.named("folds");
            let folds = match groups {
                None => Folds::stratified(labels, classes, k, key),
                Some(groups) => Folds::grouped(labels, groups, classes, k, key),
            };
            folds?.split(fold - 1)
        }
        (Some(k), None) => {
            let problem =
                format!("data.folds is {k} without data.fold, expected both for one run: CrossValidation makes a run of each fold");
            return Err(RunError::config("configuration", problem));
        }
        _ => share(config, labels, groups, classes, key.named("split"))?,
    };
    check_classes(&split, dataset, remarks)?;
    if let Some(limit) = config.limit {
        split = split.limit(limit, labels, key.named("limit"))?;
    }
    Ok(split)
}

fn share(config: &DataConfig, labels: &[u32], groups: Option<&[u32]>, classes: usize, key: Key) -> Result<Split, RunError> {
    let n = labels.len();
    let validation = (n as f64 * config.validation).round() as usize;
    if validation == 0 || validation + 2 > n {
        let problem =
            format!("data.validation is {}: {validation} of {n} images, expected at least 1 and 2 left to train on", config.validation);
        return Err(RunError::config("configuration", problem));
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
