//! The split into training and validation images.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use zunder_random::Key;

use crate::DataError;
use crate::images::check_labels;
use crate::split::shares::{check_groups, deal};

/// The training and the validation images, as indices into one training part: disjoint, each in
/// ascending order.
///
/// ```
/// use zunder_data::Split;
/// use zunder_random::Key;
///
/// let labels = [0, 0, 0, 0, 0, 0, 1, 1, 1];
/// let split = Split::stratified(&labels, 2, 3, Key::new(1))?;
/// let of_class_0 = split.validation.iter().filter(|&&i| labels[i as usize] == 0).count();
/// assert_eq!((split.train.len(), split.validation.len(), of_class_0), (6, 3, 2));
/// # Ok::<(), zunder_data::DataError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Split {
    /// The images that the weights are fitted to.
    pub train: Vec<u32>,
    /// The images by which everything else is chosen: the epoch, the threshold, the
    /// hyper-parameters.
    pub validation: Vec<u32>,
}

impl Split {
    /// Holds out exactly `validation` images for validation, from each class in proportion to its
    /// size, and at random within it.
    ///
    /// Class c with `n_c` of n images gives `validation * n_c / n`, rounded down. The remaining
    /// images come from the classes with the largest remainders (on a tie, from the lower label).
    ///
    /// # Errors
    ///
    /// Returns an error if a label is not below `n_classes`, or if no image would be left for
    /// training.
    pub fn stratified(
        labels: &[u32],
        n_classes: usize,
        validation: usize,
        key: Key,
    ) -> Result<Self, DataError> {
        check_labels(labels, n_classes)?;
        if validation >= labels.len() {
            return Err(DataError::setting(
                "validation",
                validation,
                format!("fewer than the {} images there are", labels.len()),
            ));
        }
        let all: Vec<u32> = (0..labels.len() as u32).collect();
        let (validation, train) = choose(&all, labels, validation, key);
        Ok(Self { train, validation })
    }

    /// Holds out about `validation` images for validation, in whole groups: `groups[i]` is the
    /// group of image i, and all images of a group are on one side. Each class has about its share,
    /// as far as the groups allow.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`stratified`](Self::stratified), and an error if the numbers of
    /// groups and labels differ, if one side would be empty, or if no image of a class would be
    /// left for training.
    pub fn grouped(
        labels: &[u32],
        groups: &[u32],
        n_classes: usize,
        validation: usize,
        key: Key,
    ) -> Result<Self, DataError> {
        check_labels(labels, n_classes)?;
        check_groups(labels, groups)?;
        let share = validation as f64 / labels.len().max(1) as f64;
        let parts = deal(labels, groups, n_classes, &[1.0 - share, share], key);
        let (train, validation): (Vec<u32>, Vec<u32>) =
            (0..labels.len() as u32).partition(|&i| parts[i as usize] == 0);
        if train.is_empty() || validation.is_empty() {
            let (got, side) =
                (validation.len(), if train.is_empty() { "training" } else { "validation" });
            let expected = format!(
                "some images on each side of the split; these groups leave none for {side}"
            );
            return Err(DataError::setting("validation", got, expected));
        }
        let mut trained = vec![false; n_classes];
        for &i in &train {
            trained[labels[i as usize] as usize] = true;
        }
        if let Some(&class) = labels.iter().find(|&&label| !trained[label as usize]) {
            let expected = format!(
                "some images of each class left to train on; these groups leave none of class \
                 {class}"
            );
            return Err(DataError::setting("validation", validation.len(), expected));
        }
        Ok(Self { train, validation })
    }

    /// Keeps `images` of the training images, stratified and at random as in
    /// [`stratified`](Split::stratified). Validation images stay the same.
    ///
    /// # Errors
    ///
    /// Returns an error if `images` is 0 or above the number of training images, or if a training
    /// index has no label.
    pub fn limit(self, images: usize, labels: &[u32], key: Key) -> Result<Self, DataError> {
        if images == 0 || images > self.train.len() {
            return Err(DataError::setting(
                "limit",
                images,
                format!("1 to the {} training images there are", self.train.len()),
            ));
        }
        if let Some(&index) = self.train.iter().find(|&&i| i as usize >= labels.len()) {
            return Err(DataError::Index { index, images: labels.len() });
        }
        let (train, _) = choose(&self.train, labels, images, key);
        Ok(Self { train, ..self })
    }
}

/// Chooses `n` of `indices`, stratified. Returns the chosen ones and the rest, each ascending.
fn choose(indices: &[u32], labels: &[u32], n: usize, key: Key) -> (Vec<u32>, Vec<u32>) {
    let mut classes: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for &i in indices {
        classes.entry(labels[i as usize]).or_default().push(i);
    }
    let sizes: Vec<usize> = classes.values().map(Vec::len).collect();
    let (mut chosen, mut rest) = (Vec::with_capacity(n), Vec::with_capacity(indices.len() - n));
    for ((label, mut members), quota) in classes.into_iter().zip(largest_remainder(&sizes, n)) {
        key.at(u64::from(label)).rng().shuffle(&mut members);
        chosen.extend_from_slice(&members[..quota]);
        rest.extend_from_slice(&members[quota..]);
    }
    chosen.sort_unstable();
    rest.sort_unstable();
    (chosen, rest)
}

/// Distributes `n` in proportion to `sizes`, in whole numbers that sum to `n`: Hamilton's method.
pub(crate) fn largest_remainder(sizes: &[usize], n: usize) -> Vec<usize> {
    let total = sizes.iter().sum::<usize>().max(1) as u128;
    let product = |i: usize| sizes[i] as u128 * n as u128;
    let mut quotas: Vec<usize> = (0..sizes.len()).map(|i| (product(i) / total) as usize).collect();
    let missing = n - quotas.iter().sum::<usize>();
    let mut by_remainder: Vec<usize> = (0..sizes.len()).collect();
    by_remainder.sort_by_key(|&i| std::cmp::Reverse(product(i) % total));
    for &i in &by_remainder[..missing] {
        quotas[i] += 1;
    }
    quotas
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn quotas_are_hamiltons() {
        assert_eq!(largest_remainder(&[1500, 1500, 900, 500, 500, 200], 25), [7, 7, 4, 3, 3, 1]);
        assert_eq!(largest_remainder(&[1, 1, 1], 2), [1, 1, 0]);
        assert_eq!(largest_remainder(&[], 0), [0_usize; 0]);
    }

    #[test]
    fn the_key_decides_which_images() {
        let labels: Vec<u32> = (0..100).map(|i| i % 4).collect();
        let split = |seed| Split::stratified(&labels, 4, 20, Key::new(seed)).unwrap();
        assert_eq!(split(1), split(1));
        assert_ne!(split(1), split(2));
    }

    #[test]
    fn what_cannot_be_split_is_refused() {
        let message = |labels: &[u32], n| {
            Split::stratified(labels, 2, n, Key::new(1)).unwrap_err().to_string()
        };
        assert_eq!(
            message(&[0, 1], 2),
            "validation is 2, expected fewer than the 2 images there are"
        );
        assert_eq!(message(&[], 0), "validation is 0, expected fewer than the 0 images there are");
        assert_eq!(message(&[0, 2], 1), "image 1 has label 2, expected 0 to 1");
        let split = Split { train: vec![0, 5], validation: vec![] };
        let message = |n| split.clone().limit(n, &[0, 1], Key::new(1)).unwrap_err().to_string();
        assert_eq!(message(0), "limit is 0, expected 1 to the 2 training images there are");
        assert_eq!(message(3), "limit is 3, expected 1 to the 2 training images there are");
        assert_eq!(message(1), "index 5 names no image, expected one below 2");
    }

    #[test]
    fn groups_stay_whole() {
        // 20 patients with 5 images each, of one class.
        let labels: Vec<u32> = (0..100).map(|i| i / 5 % 2).collect();
        let groups: Vec<u32> = (0..100).map(|i| 1000 - i / 5).collect();
        let split = Split::grouped(&labels, &groups, 2, 20, Key::new(1)).unwrap();
        assert_eq!(
            (split.train.len(), split.validation.len(), count(&split.validation, &labels, 0)),
            (80, 20, 10)
        );
        let group = |i: &u32| groups[*i as usize];
        assert!(split.validation.iter().all(|i| !split.train.iter().any(|j| group(i) == group(j))));
        assert_ne!(split, Split::grouped(&labels, &groups, 2, 20, Key::new(2)).unwrap());
        let message =
            |n| Split::grouped(&[0, 1, 1], &[5, 5, 5], 2, n, Key::new(1)).unwrap_err().to_string();
        assert_eq!(
            message(1),
            "validation is 0, expected some images on each side of the split; these groups leave \
             none for validation"
        );
    }

    fn count(indices: &[u32], labels: &[u32], class: u32) -> usize {
        indices.iter().filter(|&&i| labels[i as usize] == class).count()
    }

    proptest! {
        #[test]
        fn splits_are_disjoint_complete_sorted_and_stratified(
            labels in prop::collection::vec(0_u32..5, 2..300),
            share in 0.0_f64..1.0,
            seed in any::<u64>(),
        ) {
            let n = (share * labels.len() as f64) as usize;
            let split = Split::stratified(&labels, 5, n, Key::new(seed)).unwrap();
            prop_assert_eq!(split.validation.len(), n);
            prop_assert!(split.train.is_sorted() && split.validation.is_sorted());
            let mut all = [split.train.clone(), split.validation.clone()].concat();
            all.sort_unstable();
            prop_assert_eq!(all, (0..labels.len() as u32).collect::<Vec<_>>());
            let limit = split.train.len().div_ceil(2);
            let limited = split.clone().limit(limit, &labels, Key::new(seed)).unwrap();
            prop_assert_eq!(limited.train.len(), limit);
            prop_assert!(limited.train.iter().all(|i| split.train.binary_search(i).is_ok()));
            for class in 0..5 {
                let of_class = labels.iter().filter(|&&label| label == class).count() as f64;
                let fair = of_class * n as f64 / labels.len() as f64;
                prop_assert!((count(&split.validation, &labels, class) as f64 - fair).abs() < 1.0);
            }
        }
    }
}
