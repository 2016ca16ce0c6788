//! Folds for cross-validation.

use zunder_random::Key;

use crate::images::check_labels;
use crate::split::shares::{check_groups, deal};
use crate::{DataError, Split};

/// The training images in k folds for cross-validation. Each fold is the validation part of one
/// [`Split`] and all others its training part, so every image is validated once.
///
/// ```
/// use zunder_data::Folds;
/// use zunder_random::Key;
///
/// let labels = [0, 0, 0, 0, 0, 0, 1, 1, 1];
/// let folds = Folds::stratified(&labels, 2, 3, Key::new(1))?;
/// let split = folds.split(0);
/// assert_eq!((split.train.len(), split.validation.len()), (6, 3));
/// # Ok::<(), zunder_data::DataError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folds {
    k: usize,
    fold_of: Vec<u32>,
}

impl Folds {
    /// Distributes the images at random, each class by itself: the sizes of the folds differ by at
    /// most one image, and so do their numbers of images of each class.
    ///
    /// # Errors
    ///
    /// Returns an error if a label is not below `n_classes`, or if `k` is below 2 or above the
    /// number of images.
    pub fn stratified(
        labels: &[u32],
        n_classes: usize,
        k: usize,
        key: Key,
    ) -> Result<Self, DataError> {
        check_labels(labels, n_classes)?;
        check_k(k, labels.len(), "images")?;
        let mut classes = vec![Vec::new(); n_classes];
        for (i, &label) in labels.iter().enumerate() {
            classes[label as usize].push(i);
        }
        let mut fold_of = vec![0; labels.len()];
        let mut next = 0;
        for (class, mut members) in classes.into_iter().enumerate() {
            key.at(class as u64).rng().shuffle(&mut members);
            // A class begins where the last one ended, so that the remainders are distributed over
            // all folds.
            for i in members {
                fold_of[i] = (next % k) as u32;
                next += 1;
            }
        }
        Ok(Self { k, fold_of })
    }

    /// As [`stratified`](Self::stratified) with whole groups: `groups[i]` is the group of image i,
    /// and all images of a group are in one fold. Sizes and classes are as even as the groups
    /// allow.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`stratified`](Self::stratified), and an error if the numbers of
    /// groups and labels differ, or if there are fewer than `k` groups.
    pub fn grouped(
        labels: &[u32],
        groups: &[u32],
        n_classes: usize,
        k: usize,
        key: Key,
    ) -> Result<Self, DataError> {
        check_labels(labels, n_classes)?;
        check_groups(labels, groups)?;
        let distinct: std::collections::HashSet<u32> = groups.iter().copied().collect();
        check_k(k, distinct.len(), "groups")?;
        Ok(Self { k, fold_of: deal(labels, groups, n_classes, &vec![1.0 / k as f64; k], key) })
    }

    /// Returns the same folds for images in another order: `order[i]` is the position of image i.
    pub(crate) fn reordered(&self, order: &[u32]) -> Self {
        let mut fold_of = vec![0; order.len()];
        order.iter().zip(&self.fold_of).for_each(|(&to, &fold)| fold_of[to as usize] = fold);
        Self { k: self.k, fold_of }
    }

    /// Returns the number of folds.
    pub fn k(&self) -> usize {
        self.k
    }

    /// Returns the split whose validation part is fold `fold`, from 0. For a fold that does not
    /// exist, all images are for training.
    pub fn split(&self, fold: usize) -> Split {
        let (validation, train) = (0..self.fold_of.len() as u32)
            .partition(|&i| self.fold_of[i as usize] as usize == fold);
        Split { train, validation }
    }
}

fn check_k(k: usize, most: usize, what: &str) -> Result<(), DataError> {
    if (2..=most).contains(&k) {
        Ok(())
    } else {
        Err(DataError::setting("folds", k, format!("2 to the {most} {what} there are")))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_cannot_be_folded_is_refused() {
        let message = |k| Folds::stratified(&[0, 1, 0], 2, k, Key::new(1)).unwrap_err().to_string();
        assert_eq!(message(1), "folds is 1, expected 2 to the 3 images there are");
        assert_eq!(message(4), "folds is 4, expected 2 to the 3 images there are");
        let message = |groups: &[u32]| {
            Folds::grouped(&[0, 1, 0], groups, 2, 3, Key::new(1)).unwrap_err().to_string()
        };
        assert_eq!(message(&[7, 7, 9]), "folds is 3, expected 2 to the 2 groups there are");
        assert_eq!(
            message(&[7]),
            "the number of groups' entries is 1, expected one for each of the 3 images"
        );
    }

    proptest! {
        #[test]
        fn every_image_is_validated_once_and_folds_are_even(
            labels in prop::collection::vec(0_u32..4, 6..200),
            k in 2_usize..6,
            seed in any::<u64>(),
        ) {
            let folds = Folds::stratified(&labels, 4, k, Key::new(seed)).unwrap();
            let splits: Vec<Split> = (0..k).map(|fold| folds.split(fold)).collect();
            let mut validated: Vec<u32> =
                splits.iter().flat_map(|split| split.validation.clone()).collect();
            validated.sort_unstable();
            prop_assert_eq!(validated, (0..labels.len() as u32).collect::<Vec<_>>());
            for split in &splits {
                prop_assert_eq!(split.train.len() + split.validation.len(), labels.len());
                prop_assert!(
                    (split.validation.len() as f64 - labels.len() as f64 / k as f64).abs() < 1.0
                );
                for class in 0..4 {
                    let of = |images: &[u32]| {
                        images.iter().filter(|&&i| labels[i as usize] == class).count() as f64
                    };
                    let all = of(&split.train) + of(&split.validation);
                    prop_assert!((of(&split.validation) - all / k as f64).abs() < 1.0);
                }
            }
        }
    }
}
