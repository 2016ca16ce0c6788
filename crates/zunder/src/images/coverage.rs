//! Checks that every class of a run has a training image.

use zunder_data::{Dataset, Split};

use crate::images::holdout::Candidates;
use crate::{DataConfig, RunError};

/// Checks the training images after all selections: every class with images in the data set must
/// have some. `whole` is the split before `data.limit`. Adds a remark for each class without a
/// validation image, or without a training image in the data set.
///
/// # Errors
/// Returns [`RunError::LostClasses`] with the setting that caused it, and the nearest value that
/// keeps all classes.
pub(crate) fn check(
    config: &DataConfig,
    candidates: &Candidates<'_>,
    whole: &Split,
    split: &Split,
    remarks: &mut Vec<String>,
) -> Result<(), RunError> {
    let dataset = candidates.dataset;
    let labels = dataset.train.labels();
    let all: Vec<u32> = (0..labels.len() as u32).collect();
    let there = present(dataset, &all);
    let missing = |indices: &[u32]| {
        let seen = present(dataset, indices);
        let lost = dataset
            .classes
            .iter()
            .zip(there.iter().zip(seen))
            .filter(|(_, (there, seen))| **there && !seen);
        lost.map(|(class, _)| class.clone()).collect::<Vec<_>>()
    };
    let lost = missing(&split.train);
    if !lost.is_empty() {
        let by_limit = missing(&whole.train).is_empty();
        let (cause, hint) = if by_limit {
            limit(config, whole, labels)
        } else {
            held_out(config, labels, candidates)
        };
        return Err(RunError::LostClasses { cause, lost, classes: dataset.classes.len(), hint });
    }
    let unvalidated = missing(&split.validation);
    if !unvalidated.is_empty() {
        remarks.push(format!("without a validation image: {}", unvalidated.join(", ")));
    }
    let absent: Vec<&str> = dataset
        .classes
        .iter()
        .zip(&there)
        .filter(|(_, there)| !**there)
        .map(|(class, _)| class.as_str())
        .collect();
    if !absent.is_empty() {
        remarks
            .push(format!("without a training image in the whole data set: {}", absent.join(", ")));
    }
    Ok(())
}

/// Returns for each class whether it occurs among some training images.
fn present(dataset: &Dataset, indices: &[u32]) -> Vec<bool> {
    let mut seen = vec![false; dataset.classes.len()];
    for &i in indices {
        seen[dataset.train.label(i as usize) as usize] = true;
    }
    seen
}

/// Returns the error about a `data.limit` that is too small, with the smallest value that is not.
fn limit(config: &DataConfig, whole: &Split, labels: &[u32]) -> (String, String) {
    let limit = config.limit.unwrap_or_default();
    let least = whole.smallest_limit(labels);
    (
        format!("data.limit is {limit}, which"),
        format!("pass --limit {least} or more, or fewer classes by --classes"),
    )
}

/// Returns the error about a validation part that takes all images of a class, with a value that
/// does not.
fn held_out(config: &DataConfig, labels: &[u32], candidates: &Candidates<'_>) -> (String, String) {
    const OTHERS: &str = "or leave the class out: --classes names those to take";
    if candidates.groups.is_some() {
        let cause = match (config.folds, config.fold) {
            (Some(k), Some(fold)) => format!("fold {fold} of {k}, made of whole groups,"),
            _ => format!(
                "data.validation is {} of the images in whole groups, which",
                config.validation
            ),
        };
        return (cause, format!("put the images of each class into two groups at least, {OTHERS}"));
    }
    if let (Some(k), Some(fold)) = (config.folds, config.fold) {
        return (
            format!("fold {fold} of {k}"),
            format!("add images, two of each class at least, {OTHERS}"),
        );
    }
    let cause = format!("data.validation is {}, which", config.validation);
    let hint = match Split::largest_validation(labels) {
        // For parts by content there is no exact value.
        _ if candidates.units.is_some() => {
            format!("lower data.validation, add images of the class, {OTHERS}")
        }
        0 => format!("add images, two of each class at least, {OTHERS}"),
        most => {
            format!("pass --set data.validation={} or less, {OTHERS}", share(most, labels.len()))
        }
    };
    (cause, hint)
}

/// Returns the shortest decimal number that rounds to `part` of `whole`.
fn share(part: usize, whole: usize) -> String {
    let exact = part as f64 / whole as f64;
    let rounds = |text: &String| {
        text.parse::<f64>().is_ok_and(|share| (whole as f64 * share).round() as usize == part)
    };
    (1..=9)
        .map(|digits| format!("{exact:.digits$}"))
        .find(rounds)
        .unwrap_or_else(|| exact.to_string())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use zunder_data::{ImageShape, Images, LabelInvariance, Sampling};
    use zunder_random::Key;

    use super::*;
    use crate::images::holdout;

    fn dataset(counts: &[usize]) -> Dataset {
        let shape = ImageShape { channels: 1, height: 1, width: 1 };
        let part = |labels: Vec<u32>| {
            Images::new(shape, vec![0; labels.len()], labels, counts.len()).unwrap()
        };
        Dataset {
            name: "made".to_owned(),
            classes: (0..counts.len()).map(|class| format!("class {class}")).collect(),
            train: part(counts.iter().zip(0..).flat_map(|(&n, class)| vec![class; n]).collect()),
            test: part(vec![0]),
            invariance: LabelInvariance::OBJECTS,
            synthetic: true,
        }
    }

    fn split(
        config: &DataConfig,
        dataset: &Dataset,
        groups: Option<&[u32]>,
    ) -> Result<Split, RunError> {
        split_of(config, &Candidates { dataset, groups, units: None })
    }

    fn split_of(config: &DataConfig, candidates: &Candidates<'_>) -> Result<Split, RunError> {
        let (key, mut remarks) = (Key::new(1), Vec::new());
        let split = holdout::split(config, candidates, key, &mut remarks)?;
        holdout::limit(config, candidates, split, key, &mut remarks)
    }

    #[test]
    fn a_limit_that_loses_classes_is_refused_with_the_smallest_that_does_not() {
        let dataset = dataset(&[30; 12]);
        let config = |limit| DataConfig { limit: Some(limit), ..DataConfig::default() };
        let error = split(&config(5), &dataset, None).unwrap_err();
        let message = "configuration: data.limit is 5, which leaves 7 of 12 classes without a \
            training image \
                       (class 5, class 6, class 7, class 8, class 9, ...), expected some of each \
                       class";
        assert_eq!(error.to_string(), message);
        assert!(
            error.hint().starts_with("pass --limit 12 or more") && error.is_input(),
            "{}",
            error.hint()
        );
        assert!(split(&config(11), &dataset, None).is_err());
        assert_eq!(split(&config(12), &dataset, None).unwrap().train.len(), 12);
    }

    #[test]
    fn a_share_that_loses_a_class_is_refused_with_one_that_does_not() {
        let dataset = dataset(&[1, 9]);
        let config = |validation| DataConfig { validation, ..DataConfig::default() };
        let error = split(&config(0.6), &dataset, None).unwrap_err();
        assert!(
            error.to_string().contains("data.validation is 0.6, which leaves 1 of 2 classes"),
            "{error}"
        );
        let hint = error.hint();
        let share: f64 = hint.split(['=', ' ']).find_map(|word| word.parse().ok()).unwrap();
        assert!(split(&config(share), &dataset, None).is_ok(), "{hint}");
    }

    proptest! {
        /// Any selection either keeps a training image of every class or is an error.
        #[test]
        fn no_choice_loses_a_class_without_a_word(
            counts in prop::collection::vec(0_usize..12, 2..8),
            limit in prop::option::of(2_usize..40),
            folds in prop::option::of(2_usize..6),
            validation in 0.01..0.9,
            grouped in any::<bool>(),
            by_content in any::<bool>(),
            group_size in 1_u32..9,
            balanced in any::<bool>(),
        ) {
            let dataset = dataset(&counts);
            let images = 0..dataset.train.len() as u32;
            let groups: Vec<u32> = images.map(|i| i / group_size).collect();
            let unit = |(&group, i): (&u32, u64)| if grouped { u64::from(group) } else { i };
            let units: Vec<u64> = groups.iter().zip(0..).map(unit).collect();
            let groups = grouped.then_some(groups.as_slice());
            let units = by_content.then_some(units.as_slice());
            let candidates = Candidates { dataset: &dataset, groups, units };
            for fold in 1..=folds.unwrap_or(1) {
                let config = DataConfig {
                    limit, folds, fold: folds.map(|_| fold), validation,
                    sampling: if balanced { Sampling::Balanced } else { Sampling::Shuffled },
                    ..DataConfig::default()
                };
                match split_of(&config, &candidates) {
                    Ok(split) => {
                        let seen = present(&dataset, &split.train);
                        prop_assert!(counts.iter().zip(seen).all(|(&n, seen)| seen == (n > 0)));
                    }
                    Err(error) => {
                        prop_assert!(error.is_input() && !error.hint().is_empty());
                        if let RunError::LostClasses { hint, .. } = &error
                            && let Some(least) = hint.strip_prefix("pass --limit ")
                        {
                            let least = least.split(' ').next().unwrap().parse().unwrap();
                            let enough = DataConfig { limit: Some(least), ..config.clone() };
                            prop_assert!(split_of(&enough, &candidates).is_ok());
                            let fewer = DataConfig { limit: Some(least - 1), ..config };
                            prop_assert!(split_of(&fewer, &candidates).is_err());
                        }
                    }
                }
            }
        }
    }
}
