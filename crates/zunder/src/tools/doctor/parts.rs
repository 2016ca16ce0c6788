//! Checks that the parts of the data set are disjoint.

use std::collections::HashSet;

use zunder_data::Split;

use super::check::Check;

/// The sizes of the parts, and the images that occur more than once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parts {
    /// Number of training, validation and test images.
    pub images: [usize; 3],
    /// Number of images in both the training and the validation part.
    pub shared: usize,
    /// Number of images that a part contains twice.
    pub repeated: usize,
}

impl Parts {
    /// Computes them from the indices of a split.
    pub(super) fn of(split: &Split, test: usize) -> Self {
        let distinct = |indices: &[u32]| indices.iter().copied().collect::<HashSet<u32>>();
        let (train, validation) = (distinct(&split.train), distinct(&split.validation));
        Self {
            images: [split.train.len(), split.validation.len(), test],
            shared: train.intersection(&validation).count(),
            repeated: split.train.len() - train.len() + split.validation.len() - validation.len(),
        }
    }

    pub(super) fn check(&self) -> Check {
        let [train, validation, test] = self.images;
        let check = Check::good(
            "split",
            format!(
                "{train} training, {validation} validation, {test} test images, {} shared",
                self.shared
            ),
        );
        if self.shared + self.repeated > 0 {
            let advice = format!(
                "{} images are trained and validated on, {} come twice: the split is broken, \
                 please report it",
                self.shared, self.repeated
            );
            return check.fault(advice);
        }
        check
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tools::doctor::Verdict;

    #[test]
    fn an_image_in_two_parts_is_told() {
        let check = |train: &[u32], validation: &[u32]| {
            Parts::of(&Split { train: train.to_vec(), validation: validation.to_vec() }, 5).check()
        };
        assert_eq!(check(&[1, 2, 3], &[4, 5]).verdict, Verdict::Good);
        let shared = check(&[1, 2, 3], &[3, 4]);
        assert!(
            shared.verdict == Verdict::Fault
                && shared.advice.starts_with("1 images are trained and validated on"),
            "{shared:?}"
        );
        assert_eq!(check(&[1, 1, 3], &[4]).verdict, Verdict::Fault);
    }
}
