//! The hash of a data set, by which a resumed run recognises its data.

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use crate::hash::digest::{first_word, pixel_hashes};
use crate::images::BLOCK;
use crate::split::groups::ranked;
use crate::watch::{Count, Watch, unwatched};
use crate::{DataError, Dataset, Images};

/// The number of images whose hashes are kept at a time: 512 KiB, and work for 64 threads.
const PIECE: usize = 64 * BLOCK;

/// The algorithm of a data set's hash. Both algorithms compute SHA-256 over, for the training part
/// and then the test part: the number of images, channels, height and width as 64-bit words, the
/// images, and the labels as 32-bit words, all little-endian. They differ in the representation of
/// the images.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum HashAlgorithm {
    /// `sha256-list`: the SHA-256 of each image (of which [`pixel_digest`](crate::pixel_digest) is
    /// the beginning), a hash list. It is computed on all threads.
    #[default]
    Sha256List,
    /// `sha256`: the pixels themselves. It is computed on one thread, so it is slow, and used only
    /// for records of earlier versions.
    Sha256,
}

impl HashAlgorithm {
    /// Returns its name, with which a hash begins.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sha256List => "sha256-list",
            Self::Sha256 => "sha256",
        }
    }

    /// Returns the algorithm of a hash such as `sha256-list:9f86...`; `None` if its name is
    /// unknown.
    ///
    /// ```
    /// use zunder_data::HashAlgorithm;
    ///
    /// assert_eq!(HashAlgorithm::of("sha256:9f86"), Some(HashAlgorithm::Sha256));
    /// assert_eq!(HashAlgorithm::of("9f86"), None);
    /// ```
    pub fn of(hash: &str) -> Option<Self> {
        let (name, _) = hash.split_once(':')?;
        [Self::Sha256List, Self::Sha256].into_iter().find(|algorithm| algorithm.name() == name)
    }
}

/// The hash of a data set, and the digest of each image.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DatasetHash {
    /// The name of the algorithm, a colon and 64 hexadecimal digits: see [`HashAlgorithm`].
    pub hash: String,
    /// The [`pixel_digest`](crate::pixel_digest) of each training image.
    pub train: Vec<u64>,
    /// The [`pixel_digest`](crate::pixel_digest) of each test image.
    pub test: Vec<u64>,
}

impl Dataset {
    /// Returns the hash of all images and labels by the default [`HashAlgorithm`]. It is equal for
    /// equal data, independent of files and the number of threads.
    ///
    /// ```
    /// use zunder_data::shapes::ShapesConfig;
    ///
    /// let config = ShapesConfig { train: 20, test: 10, seed: 1 };
    /// let hash = config.generate()?.hash();
    /// assert!(hash.starts_with("sha256-list:"));
    /// assert_eq!(config.generate()?.hash(), hash);
    /// # Ok::<(), zunder_data::DataError>(())
    /// ```
    pub fn hash(&self) -> String {
        // No interrupt is requested.
        self.hash_with(HashAlgorithm::default(), None, &unwatched)
            .map_or_else(|_| String::new(), |hash| hash.hash)
    }

    /// Computes the hash by an algorithm, and the digest of each image, on all threads of the rayon
    /// pool.
    ///
    /// Groups of the training images, if there are any, are hashed after the rest, as 32-bit words.
    /// A group's number is its rank in the order of the groups' first images, so names and the
    /// order of a table do not matter. `watch` receives the number of images done, and returns
    /// whether to go on.
    ///
    /// # Errors
    ///
    /// Returns [`DataError::Interrupted`] if `watch` asks to stop.
    pub fn hash_with(
        &self,
        algorithm: HashAlgorithm,
        groups: Option<&[u32]>,
        watch: &Watch<'_>,
    ) -> Result<DatasetHash, DataError> {
        let mut hasher = Sha256::new();
        let count = Count::new(watch, self.train.len() + self.test.len());
        let train = hash_part(&mut hasher, algorithm, &self.train, &count)?;
        let test = hash_part(&mut hasher, algorithm, &self.test, &count)?;
        if let Some(groups) = groups {
            hasher.update(words(&ranked(groups)));
        }
        let hash = format!("{}:{}", algorithm.name(), hex::encode(hasher.finalize()));
        Ok(DatasetHash { hash, train, test })
    }
}

/// Hashes a part of a data set, and returns the digest of each image.
fn hash_part(
    hasher: &mut Sha256,
    algorithm: HashAlgorithm,
    part: &Images,
    count: &Count<'_>,
) -> Result<Vec<u64>, DataError> {
    let shape = part.shape();
    for size in [part.len(), shape.channels, shape.height, shape.width] {
        hasher.update((size as u64).to_le_bytes());
    }
    let images: Vec<u32> = (0..part.len() as u32).collect();
    let mut digests = Vec::with_capacity(images.len());
    for piece in images.chunks(PIECE) {
        let hashes = match algorithm {
            HashAlgorithm::Sha256List => {
                let hashes = image_hashes(part, piece, count);
                hasher.update(hashes.as_flattened());
                hashes
            }
            HashAlgorithm::Sha256 => {
                let pixels = || {
                    let going = piece.chunks(BLOCK).take_while(|_| count.check().is_ok());
                    going.flatten().for_each(|&i| hasher.update(part.image(i as usize)));
                };
                rayon::join(pixels, || image_hashes(part, piece, count)).1
            }
        };
        count.check()?;
        digests.extend(hashes.iter().map(first_word));
    }
    hasher.update(words(part.labels()));
    Ok(digests)
}

/// Returns the SHA-256 of each image of `piece`; fewer if the progress callback asks to stop.
fn image_hashes(part: &Images, piece: &[u32], count: &Count<'_>) -> Vec<[u8; 32]> {
    let blocks = piece.par_chunks(BLOCK).enumerate().map(|(number, block)| {
        if count.check().is_err() {
            return Vec::new();
        }
        // This block, unless another thread has requested it, and the next one.
        part.will_need(&piece[number * BLOCK..piece.len().min((number + 2) * BLOCK)]);
        let images: Vec<&[u8]> = block.iter().map(|&i| part.image(i as usize)).collect();
        let hashes = pixel_hashes(part.shape(), &images);
        count.add(block.len());
        hashes
    });
    blocks.collect::<Vec<Vec<[u8; 32]>>>().concat()
}

fn words(values: &[u32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;

    use super::*;
    use crate::hash::digest::pixel_hash;
    use crate::{ImageShape, LabelInvariance, pixel_digest};

    const SHAPE: ImageShape = ImageShape { channels: 1, height: 1, width: 1 };

    fn dataset(train: &[u8], label: u32) -> Dataset {
        let part = |pixels: &[u8], label| {
            Images::new(SHAPE, pixels.to_vec(), vec![label; pixels.len()], 2).unwrap()
        };
        Dataset {
            name: "tiny".into(),
            classes: vec!["a".into(), "b".into()],
            train: part(train, label),
            test: part(&[0], 0),
            invariance: LabelInvariance::OBJECTS,
            synthetic: true,
        }
    }

    fn hash(dataset: &Dataset, algorithm: HashAlgorithm, groups: Option<&[u32]>) -> String {
        let watch = |done, total| {
            assert!(done <= total && total == 2);
            ControlFlow::Continue(())
        };
        dataset.hash_with(algorithm, groups, &watch).unwrap().hash
    }

    /// Compared with `hashlib.sha256(struct.pack("<4QBI4QBI", 1, 1, 1, 1, 7, 1, 1, 1, 1, 1, 0,
    /// 0))`; for the list with `hashlib.sha256(struct.pack("<3QB", 1, 1, 1, 7)).digest()` in place
    /// of the 7 and similarly for the 0; with groups, `struct.pack("<I", 0)` follows. Runs store
    /// these hashes, so they must never change.
    #[test]
    fn hashes_are_those_of_the_documented_bytes() {
        let tiny = dataset(&[7], 1);
        for (algorithm, plain, grouped) in [
            (
                HashAlgorithm::Sha256,
                "sha256:afbdd521c77b3764b3d59d47a4c347bb4e16de1708fefde4bc48e8a46e704975",
                "sha256:eea14b7bec189d7fa4883e84e86ce8ef3f7bf54333da567206ca0aadb21b10d2",
            ),
            (
                HashAlgorithm::Sha256List,
                "sha256-list:fa8bd7a3f664923b72e4bb4ba4b9bea7c556ddf17a63d9b5dbff52870046adb0",
                "sha256-list:baeb0ca7e216456d81fb2187db98c223aadc39f3a88ffd118e1ab4c9ace21016",
            ),
        ] {
            assert_eq!(hash(&tiny, algorithm, None), plain);
            assert_eq!(HashAlgorithm::of(plain), Some(algorithm));
            assert_ne!(hash(&dataset(&[8], 1), algorithm, None), plain);
            assert_ne!(hash(&dataset(&[7], 0), algorithm, None), plain);
            assert_eq!(hash(&tiny, algorithm, Some(&[9])), grouped);
            let ranks = |groups: &[u32]| hash(&tiny, algorithm, Some(groups));
            assert_eq!(ranks(&[9, 4, 9]), ranks(&[0, 3, 0]));
            assert_ne!(ranks(&[9, 4, 9]), ranks(&[0, 0, 3]));
        }
    }

    /// More images than a block and than a piece, which threads may finish in any order.
    #[test]
    fn neither_threads_nor_pieces_change_a_hash() {
        let pixels: Vec<u8> = (0..PIECE + 3 * BLOCK + 5).map(|i| ((i * i) >> 7) as u8).collect();
        let data = dataset(&pixels, 1);
        let with = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            [HashAlgorithm::Sha256List, HashAlgorithm::Sha256].map(|algorithm| {
                pool.install(|| data.hash_with(algorithm, None, &unwatched).unwrap())
            })
        };
        let [list, whole] = with(1);
        assert_eq!([list.clone(), whole.clone()], with(3));
        assert_eq!((&list.train, &list.test), (&whole.train, &whole.test));
        assert!(
            list.train
                .iter()
                .zip(&pixels)
                .all(|(digest, &pixel)| *digest == pixel_digest(SHAPE, &[pixel]))
        );
        let mut images = Sha256::new();
        let sizes = |hasher: &mut Sha256, n: usize| {
            for n in [n, 1, 1, 1] {
                hasher.update((n as u64).to_le_bytes());
            }
        };
        sizes(&mut images, pixels.len());
        for &pixel in &pixels {
            images.update(pixel_hash(SHAPE, &[pixel]));
        }
        images.update(words(data.train.labels()));
        sizes(&mut images, 1);
        images.update(pixel_hash(SHAPE, &[0]));
        images.update(words(&[0]));
        assert_eq!(list.hash, format!("sha256-list:{}", hex::encode(images.finalize())));
    }

    #[test]
    fn hashing_stops_when_asked() {
        let data = dataset(&[1; 3 * BLOCK], 0);
        for algorithm in [HashAlgorithm::Sha256List, HashAlgorithm::Sha256] {
            let stopped = data.hash_with(algorithm, None, &|_, _| ControlFlow::Break(()));
            assert!(matches!(stopped, Err(DataError::Interrupted)));
        }
    }
}
