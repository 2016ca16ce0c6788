//! The limits of a stratified choice that keeps a training image of each class.

use super::split::largest_remainder;
use crate::Split;

impl Split {
    /// Returns the smallest limit at which [`limit`](Split::limit) keeps an image of each class of
    /// the training part.
    ///
    /// `labels` are those of the images of the split's indices; others count as class 0.
    ///
    /// ```
    /// use zunder_data::Split;
    ///
    /// let labels = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1];
    /// let split = Split { train: (0..10).collect(), validation: Vec::new() };
    /// assert_eq!(split.smallest_limit(&labels), 3); // of two, both are of class 0
    /// ```
    pub fn smallest_limit(&self, labels: &[u32]) -> usize {
        let sizes = sizes(self.train.iter().map(|&i| labels.get(i as usize).copied().unwrap_or(0)));
        let loses = |n: usize| largest_remainder(&sizes, n).contains(&0);
        bisect(0, self.train.len(), loses)
    }

    /// Returns the largest number of validation images with which [`stratified`](Split::stratified)
    /// leaves a training image of each class; 0 if there is none.
    ///
    /// ```
    /// use zunder_data::Split;
    ///
    /// assert_eq!(Split::largest_validation(&[0, 0, 0, 0, 0, 1]), 3);
    /// ```
    pub fn largest_validation(labels: &[u32]) -> usize {
        let sizes = sizes(labels.iter().copied());
        let loses = |n: usize| {
            largest_remainder(&sizes, n).iter().zip(&sizes).any(|(taken, size)| taken == size)
        };
        // Counted from the other end: the number of images left for training.
        let left = bisect(0, labels.len(), |left| loses(labels.len() - left));
        labels.len() - left
    }
}

/// Returns the number of images of each class that has any.
fn sizes(labels: impl Iterator<Item = u32>) -> Vec<usize> {
    let mut sizes = std::collections::BTreeMap::new();
    labels.for_each(|label| *sizes.entry(label).or_insert(0) += 1);
    sizes.into_values().collect()
}

/// Returns the smallest number above `bad` that is not bad, where `good` is known to be good.
fn bisect(mut bad: usize, mut good: usize, is_bad: impl Fn(usize) -> bool) -> usize {
    while good - bad > 1 {
        let middle = bad + (good - bad) / 2;
        if is_bad(middle) { bad = middle } else { good = middle }
    }
    good
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use zunder_random::Key;

    use super::*;

    /// Returns the number of classes of some images.
    fn classes(indices: &[u32], labels: &[u32]) -> usize {
        sizes(indices.iter().map(|&i| labels[i as usize])).len()
    }

    proptest! {
        #[test]
        fn the_smallest_limit_keeps_all_classes_and_one_less_does_not(
            counts in prop::collection::vec(1_u32..40, 1..12), seed in any::<u64>(),
        ) {
            let labels: Vec<u32> =
                counts.iter().zip(0..).flat_map(|(&n, class)| vec![class; n as usize]).collect();
            let split = Split { train: (0..labels.len() as u32).collect(), validation: Vec::new() };
            let least = split.smallest_limit(&labels);
            let kept = |n: usize| {
                classes(&split.clone().limit(n, &labels, Key::new(seed)).unwrap().train, &labels)
            };
            prop_assert_eq!(kept(least), counts.len());
            prop_assert!(least == 1 || kept(least - 1) < counts.len(), "{}", least);
        }

        #[test]
        fn the_largest_validation_part_leaves_each_class_an_image(
            counts in prop::collection::vec(1_u32..40, 1..12), seed in any::<u64>(),
        ) {
            let labels: Vec<u32> =
                counts.iter().zip(0..).flat_map(|(&n, class)| vec![class; n as usize]).collect();
            let most = Split::largest_validation(&labels);
            let kept = |n: usize| {
                let split = Split::stratified(&labels, counts.len(), n, Key::new(seed)).unwrap();
                classes(&split.train, &labels)
            };
            prop_assert_eq!(kept(most), counts.len());
            prop_assert!(most + 1 >= labels.len() || kept(most + 1) < counts.len(), "{}", most);
        }
    }
}
