//! A data set with its official parts.

use crate::{DataError, Images, LabelInvariance};

/// A data set with its official parts: one for training, and one to be tested on once.
#[derive(Clone, Debug)]
pub struct Dataset {
    /// The name on the command line, such as `cifar10`.
    pub name: String,
    /// The name of each class; a label is a position in this list.
    pub classes: Vec<String>,
    /// The official training part. Validation images are taken from it: see
    /// [`Split`](crate::Split).
    pub train: Images,
    /// The official test part.
    pub test: Images,
    /// The changes of an image that preserve its label, which limit the augmentation.
    pub invariance: LabelInvariance,
    /// Whether the images are synthetic, so that accuracies say nothing about photographs.
    pub synthetic: bool,
}

impl Dataset {
    /// Divides the images into other parts. `train` and `test` are the numbers of the images of the
    /// new parts: first the training images are counted, from 0, then the test images.
    ///
    /// # Errors
    ///
    /// Returns [`DataError::Index`] for a number out of range.
    pub fn regroup(self, train: &[u32], test: &[u32]) -> Result<Self, DataError> {
        let (trained, images) = (self.train.len(), self.train.len() + self.test.len());
        if let Some(&index) = train.iter().chain(test).find(|&&i| i as usize >= images) {
            return Err(DataError::Index { index, images });
        }
        let label = |&i: &u32| {
            let i = i as usize;
            if i < trained { self.train.label(i) } else { self.test.label(i - trained) }
        };
        let labels = [train, test].map(|part| part.iter().map(label).collect::<Vec<u32>>());
        let [train, test] = Images::regroup(&self.train, &self.test, [train, test], labels)?;
        Ok(Self { train, test, ..self })
    }
}
