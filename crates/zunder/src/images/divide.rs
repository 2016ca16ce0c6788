//! Divides a data set into training, validation and test images, and reports how previous runs used
//! them.

use sha2::{Digest, Sha256};
use zunder_data::{Split, distinct_digests};
use zunder_eval::Leakage;
use zunder_random::Key;

use crate::images::holdout::{self, Candidates};
use crate::images::lineage::{
    Images, ImagesRecord, Past, Placed, Seen, distinct, place_test, place_validation,
};
use crate::images::loaded::UnsplitData;
use crate::images::read::Source;
use crate::{RunConfig, RunError};

/// A data set in its parts.
pub(crate) struct DividedData {
    pub source: Source,
    /// Hash of the data set; another one if images were moved to another official part.
    pub hash: String,
    pub split: Split,
    pub remarks: Vec<String>,
    pub leakage: Option<Leakage>,
    pub record: ImagesRecord,
}

/// Divides a data set by the configuration and the previous runs.
pub(crate) fn divide(
    whole: UnsplitData,
    config: &RunConfig,
    past: Past,
) -> Result<DividedData, RunError> {
    let UnsplitData { mut source, mut hash, pixels } = whole;
    let mut remarks = std::mem::take(&mut source.remarks);
    let mut images = source.identities(&pixels);
    if source.made_test && !past.is_empty() {
        let placed = place_test(&past, &images[0], &images[1]);
        match placed {
            Placed::Moved(parts) if !parts[1].is_empty() => {
                hash = moved_hash(&hash, &parts);
                images = Images::regroup(&images[0], &images[1], &parts);
                source = source.regroup(&parts)?;
            }
            // Invalid values are reported below.
            _ => {}
        }
    }
    let [train, test] = &images;
    let by_content = source.is_by_content() && !config.data.by_position;
    let candidates = Candidates {
        dataset: &source.dataset,
        groups: source.groups.as_deref(),
        units: by_content.then_some(&train.units[..]),
    };
    let key = Key::new(config.seed);
    let mut split = holdout::split(&config.data, &candidates, key, &mut remarks)?;
    if config.data.folds.is_none() && !past.is_empty() {
        let placed = place_validation(&past, train, &split).into_inner();
        if !placed.validation.is_empty() && !placed.train.is_empty() {
            split = placed;
        }
    }
    let overlap = Overlap::of(&past, train, test, &split);
    let leakage = overlap.leakage(&past, config)?;
    remarks.extend(overlap.remark());
    remarks.extend(contradictions(train, test));
    if config.data.folds.is_none() {
        remarks.extend(past_remark(&past, train, test));
    }
    let split = holdout::limit(&config.data, &candidates, split, key, &mut remarks)?;
    let digests = |indices: &[u32]| train.pick(indices).digests;
    let record = ImagesRecord::new(
        past,
        [digests(&split.train), digests(&split.validation), test.digests.clone()],
    );
    Ok(DividedData { source, hash, split, remarks, leakage, record })
}

/// Images with the same content on both sides of a split.
struct Overlap {
    /// Numbers of validation and test images.
    images: [usize; 2],
    /// How many of them previous runs were trained on, without those in this run's training part.
    learnt: [usize; 2],
    /// How many of both each previous run was trained on.
    by: Vec<usize>,
    /// How many of them are exact copies of images in this run's training part.
    copies: [usize; 2],
}

impl Overlap {
    fn of(past: &Past, train: &Images, test: &Images, split: &Split) -> Self {
        let own = distinct_digests(distinct(train.pick(&split.train).digests));
        let validation = train.pick(&split.validation);
        let mut overlap = Self {
            images: [validation.digests.len(), test.digests.len()],
            learnt: [0; 2],
            by: vec![0; past.runs.len()],
            copies: [0; 2],
        };
        for (part, images) in [&validation, test].into_iter().enumerate() {
            for digests in &images.digests {
                if digests.iter().any(|digest| own.binary_search(digest).is_ok()) {
                    // A fault of the data set, with or without previous runs.
                    overlap.copies[part] += 1;
                } else if let Some(Seen::Learnt(by)) = past.seen(digests) {
                    overlap.learnt[part] += 1;
                    overlap.by[usize::from(by)] += 1;
                }
            }
        }
        overlap
    }

    /// Returns the leakage with which the results are marked; an error unless it is allowed.
    fn leakage(&self, past: &Past, config: &RunConfig) -> Result<Option<Leakage>, RunError> {
        let by: Vec<(&str, usize)> = past
            .runs
            .iter()
            .zip(&self.by)
            .filter(|(_, n)| **n > 0)
            .map(|(run, n)| (run.name.as_str(), *n))
            .collect();
        if !by.is_empty() && !config.data.allow_leakage {
            let ([validation, test], [of_validation, of_test]) = (self.learnt, self.images);
            let runs: Vec<String> = by.iter().map(|(name, n)| format!("{name}: {n}")).collect();
            let problem = format!(
                "{validation} of {of_validation} validation images and {test} of {of_test} test \
                 images were learnt from by the \
                 runs that this one starts from ({}), expected none",
                runs.join(", ")
            );
            let hint = if config.data.folds.is_some() {
                "leave out --folds, which keeps the parts of the first run; or start from a \
                 cross-validation with the same folds \
                 and seed; or pass --allow-leakage, which marks every figure of the run"
            } else {
                "add images that the weights were not trained on, or start from other weights; or \
                 pass --allow-leakage, which \
                 marks every figure of the run"
            };
            return Err(RunError::Leakage { problem, hint });
        }
        let mut leakage = Leakage::default();
        [leakage.validation, leakage.test] = self.learnt;
        [leakage.validation_images, leakage.test_images] = self.images;
        leakage.learnt_by = by.iter().map(|(name, _)| (*name).to_owned()).collect();
        leakage.unknown = past.unknown_runs();
        Ok(Some(leakage).filter(|leakage| !leakage.is_none()))
    }

    fn remark(&self) -> Option<String> {
        let [validation, test] = self.copies;
        (validation + test > 0).then(|| {
            format!(
                "exact copies of training images: {validation} of the validation images, {test} of \
                 the test images; `doctor` shows them"
            )
        })
    }
}

/// Reports contents that occur in several classes: one of their labels is wrong.
fn contradictions(train: &Images, test: &Images) -> Option<String> {
    let labelled = |part: &Images| {
        part.digests
            .iter()
            .zip(&part.labels)
            .map(|(digests, &label)| (digests[0], label))
            .collect::<Vec<_>>()
    };
    let torn = zunder_data::contradictory_labels([labelled(train), labelled(test)].concat());
    (torn > 0).then(|| {
        format!("{torn} images are in more than one class: all but one of their labels are wrong")
    })
}

/// Describes how the images that previous runs used are divided.
fn past_remark(past: &Past, train: &Images, test: &Images) -> Option<String> {
    if past.is_empty() {
        return None;
    }
    let all = train.digests.len() + test.digests.len();
    let known = train
        .digests
        .iter()
        .chain(&test.digests)
        .filter(|digests| past.seen(&digests[..]).is_some())
        .count();
    let (names, new) = (past.names(), all - known);
    Some(match known {
        0 => format!("the parts are made as usual: {names} used none of these images"),
        _ if new == 0 => format!("the parts are those of {names}"),
        _ => format!(
            "the parts are those of {names} for {known} images; {new} images are new and divided \
             as usual"
        ),
    })
}

/// Returns the hash of a data set whose images were moved to other parts, so that runs on different
/// parts are not compared by tests. It is the SHA-256 of the digits of the data set's hash and, for
/// each part, of its number of images as a 64-bit word and their indices as 32-bit words,
/// little-endian.
fn moved_hash(hash: &str, parts: &[Vec<u32>; 2]) -> String {
    let (algorithm, digits) = hash.split_once(':').unwrap_or_default();
    let mut hasher = Sha256::new();
    hasher.update(digits);
    for part in parts {
        hasher.update((part.len() as u64).to_le_bytes());
        for i in part {
            hasher.update(i.to_le_bytes());
        }
    }
    format!("{algorithm}:{}", hex::encode(hasher.finalize()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Compares with `hashlib.sha256(b"00ff" + struct.pack("<Q2IQI", 2, 0, 2, 1, 1))`, since runs
    /// store the hash.
    #[test]
    fn the_hash_of_moved_images_is_that_of_the_documented_bytes() {
        let digits = "6ff324c276ad0d1454d1099c688538330c869c37763d03b9f3d70dde3f357b72";
        for algorithm in ["sha256", "sha256-list"] {
            let moved = moved_hash(&format!("{algorithm}:00ff"), &[vec![0, 2], vec![1]]);
            assert_eq!(moved, format!("{algorithm}:{digits}"));
        }
    }
}
