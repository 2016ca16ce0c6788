//! A data set with its official parts, and its hash.

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use crate::groups::ranked;
use crate::images::BLOCK;
use crate::watch::{Count, Watch, unwatched};
use crate::{DataError, Images, LabelInvariance, pixel_digest};

/// What identifies a data set, and each image of it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DatasetHash {
    /// SHA-256 over all images and labels, in 64 hexadecimal digits: see [`Dataset::sha256`].
    pub sha256: String,
    /// The [`pixel_digest`] of each training image.
    pub train: Vec<u64>,
    /// The [`pixel_digest`] of each test image.
    pub test: Vec<u64>,
}

/// A data set as its makers split it: a part to learn from, and a part to be tested on once.
#[derive(Clone, Debug)]
pub struct Dataset {
    /// What it is called on the command line, such as `cifar10`.
    pub name: String,
    /// The name of each class; a label is a position in this list.
    pub classes: Vec<String>,
    /// The official training part. Validation images are taken from it: see [`Split`](crate::Split).
    pub train: Images,
    /// The official test part.
    pub test: Images,
    /// Which changes of an image leave its label true: what an augmentation may do.
    pub invariance: LabelInvariance,
    /// Whether a program drew the images, so that accuracies say nothing about photographs.
    pub synthetic: bool,
}

impl Dataset {
    /// SHA-256 over all images and labels, in 64 hexadecimal digits: equal for equal data, whatever file it came from.
    ///
    /// For the training part and then the test part: images, channels, height and width as 64-bit words, the pixels, the labels as 32-bit words, all little-endian.
    ///
    /// ```
    /// use zunder_data::shapes::ShapesConfig;
    ///
    /// let config = ShapesConfig { train: 20, test: 10, seed: 1 };
    /// assert_eq!(config.generate()?.sha256(), config.generate()?.sha256());
    /// # Ok::<(), zunder_data::DataError>(())
    /// ```
    pub fn sha256(&self) -> String {
        // No interrupt is requested.
        self.sha256_with(None, &unwatched).unwrap_or_default()
    }

    /// The same, over the groups of the training images as well if there are any, as 32-bit words behind
    /// the rest; a group's number there is its rank among the groups in the order of their first images, so
    /// names and the order of a table do not matter. `watch` hears now and then how many images of all
    /// are done, and says whether to go on.
    ///
    /// # Errors
    ///
    /// [`DataError::Interrupted`] if it says to stop.
    pub fn sha256_with(&self, groups: Option<&[u32]>, watch: &Watch<'_>) -> Result<String, DataError> {
        Ok(self.hash_with(groups, watch)?.sha256)
    }

    /// The same with the digest of each image, computed in the same pass by the other threads of the rayon
    /// pool.
    ///
    /// # Errors
    ///
    /// [`DataError::Interrupted`] if it says to stop.
    pub fn hash_with(&self, groups: Option<&[u32]>, watch: &Watch<'_>) -> Result<DatasetHash, DataError> {
        let mut hasher = Sha256::new();
        let count = Count::new(watch, self.train.len() + self.test.len());
        let mut digests = [Vec::with_capacity(self.train.len()), Vec::with_capacity(self.test.len())];
        for (part, digests) in [&self.train, &self.test].into_iter().zip(&mut digests) {
            let shape = part.shape();
            for count in [part.len(), shape.channels, shape.height, shape.width] {
                hasher.update((count as u64).to_le_bytes());
            }
            let all: Vec<u32> = (0..part.len() as u32).collect();
            let mut ahead = all.chunks(BLOCK);
            ahead.next().into_iter().for_each(|first| part.will_need(first));
            for block in all.chunks(BLOCK) {
                // The disk reads the next block while this one is computed.
                ahead.next().into_iter().for_each(|next| part.will_need(next));
                let image = |&i: &u32| part.image(i as usize);
                let whole = || block.iter().for_each(|i| hasher.update(image(i)));
                let each = || block.par_iter().with_min_len(32).map(|i| pixel_digest(shape, image(i))).collect::<Vec<_>>();
                digests.extend(rayon::join(whole, each).1);
                count.add(block.len());
                count.check()?;
            }
            hasher.update(words(part.labels()));
        }
        if let Some(groups) = groups {
            hasher.update(words(&ranked(groups)));
        }
        let [train, test] = digests;
        Ok(DatasetHash { sha256: hexadecimal(hasher), train, test })
    }

    /// Divides the images into other parts. `train` and `test` name the images of the new parts: first the
    /// training images count, from 0, then the test images.
    ///
    /// # Errors
    ///
    /// [`DataError::Index`] for a number that names no image.
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

fn words(values: &[u32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

fn hexadecimal(hasher: Sha256) -> String {
    hasher.finalize().iter().flat_map(|byte| [byte >> 4, byte & 15]).filter_map(|digit| char::from_digit(digit.into(), 16)).collect()
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;

    use super::*;
    use crate::ImageShape;

    fn tiny(pixel: u8, label: u32) -> Dataset {
        let shape = ImageShape { channels: 1, height: 1, width: 1 };
        let part = |pixel, label| Images::new(shape, vec![pixel], vec![label], 2).unwrap();
        Dataset {
            name: "tiny".into(),
            classes: vec!["a".into(), "b".into()],
            train: part(pixel, label),
            test: part(0, 0),
            invariance: LabelInvariance::OBJECTS,
            synthetic: true,
        }
    }

    /// Against `hashlib.sha256(struct.pack("<4QBI4QBI", 1, 1, 1, 1, 7, 1, 1, 1, 1, 1, 0, 0))`.
    #[test]
    fn the_hash_is_that_of_the_documented_bytes() {
        assert_eq!(tiny(7, 1).sha256(), "afbdd521c77b3764b3d59d47a4c347bb4e16de1708fefde4bc48e8a46e704975");
        assert_ne!(tiny(8, 1).sha256(), tiny(7, 1).sha256());
        assert_ne!(tiny(7, 0).sha256(), tiny(7, 1).sha256());
    }

    /// Against the same bytes with `struct.pack("<I", 0)` behind them.
    #[test]
    fn groups_count_by_who_is_together() {
        let grouped = |groups: &[u32]| {
            tiny(7, 1)
                .sha256_with(Some(groups), &|done, total| {
                    assert!(done <= total && total == 2);
                    ControlFlow::Continue(())
                })
                .unwrap()
        };
        assert_eq!(grouped(&[9]), "eea14b7bec189d7fa4883e84e86ce8ef3f7bf54333da567206ca0aadb21b10d2");
        assert_eq!(grouped(&[9, 4, 9]), grouped(&[0, 3, 0]));
        assert_ne!(grouped(&[9, 4, 9]), grouped(&[0, 0, 3]));
    }
}
