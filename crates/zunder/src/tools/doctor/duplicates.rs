//! Finds images of one part that also occur in another part.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hasher};

use rayon::prelude::*;
use zunder_data::Images;
use zunder_report::{ContactSheet, SheetRow};

use super::check::{Check, percent};
use super::signature::{LENGTH, Likeness, likeness, signatures};
use crate::images::pictures::picture;

/// Images of one part that are also in another part.
#[derive(Clone, Debug, PartialEq)]
pub struct Duplicates {
    /// Pairs, the most similar first: at most one for each image of the smaller part.
    pub pairs: Vec<Pair>,
    /// Number of validation and test images that were checked.
    pub images: usize,
}

/// An image of the validation or the test part, and the most similar image of another part.
#[derive(Clone, Debug, PartialEq)]
pub struct Pair {
    /// The image, and the image of the other part.
    pub places: [Place; 2],
    /// Similarity; both values are 1 for identical bytes.
    pub likeness: Likeness,
    /// Whether the images have identical bytes.
    pub exact: bool,
}

/// An image, identified by its part and its index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Part of the image.
    pub part: Part,
    /// Index among the official training or test images.
    pub image: u32,
}

/// A part of a data set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The training part.
    Training,
    /// The validation part, which chooses the epoch.
    Validation,
    /// The test part.
    Test,
}

/// Largest distance between the signatures of near duplicates. This and the next two limits were
/// chosen by inspecting pairs of CIFAR-10.
const DISTANCE: f32 = 0.4;
/// Smallest correlations of their grey values and of their detail.
const WHOLE: f64 = 0.85;
const DETAIL: f64 = 0.4;
/// Number of components of a signature that are compared first, and number of images that are
/// compared side by side.
const HEAD: usize = 8;
const LANES: usize = 16;
/// Share from which the results of validation and test are misleading.
const MANY: f64 = 0.05;

/// The images of a part.
pub(super) struct Group<'a> {
    pub part: Part,
    pub images: &'a Images,
    pub indices: &'a [u32],
}

impl Duplicates {
    /// Searches for validation images among the training images, and for test images among both.
    /// Nothing else uses test images before the test.
    ///
    /// Images are compared by signatures of 63 numbers, and the first 8 rule out most pairs: 60,000
    /// images of 3 kB take some seconds on two processors.
    pub(super) fn find(train: &Group<'_>, validation: &Group<'_>, test: &Group<'_>) -> Self {
        let mut pairs = Self::between(validation, &[train]);
        pairs.extend(Self::between(test, &[train, validation]));
        pairs.sort_by(|a, b| b.likeness.detail.total_cmp(&a.likeness.detail));
        Self { pairs, images: validation.indices.len() + test.indices.len() }
    }

    /// Returns for each image of a group the most similar one of others, if it is similar enough.
    fn between(group: &Group<'_>, others: &[&Group<'_>]) -> Vec<Pair> {
        let looks = signatures(group.images, group.indices);
        let mut best: Vec<Option<Pair>> = vec![None; looks.len()];
        for other in others {
            let exact = by_bytes(other);
            let near = Signatures::of(signatures(other.images, other.indices));
            best.par_iter_mut().enumerate().for_each(|(i, best)| {
                let image = group.images.image(group.indices[i] as usize);
                let pair = |index: u32, likeness, exact| {
                    let places = [
                        Place { part: group.part, image: group.indices[i] },
                        Place { part: other.part, image: index },
                    ];
                    Pair { places, likeness, exact }
                };
                let same = exact
                    .get(&hash(image))
                    .into_iter()
                    .flatten()
                    .find(|&&j| other.images.image(j as usize) == image);
                let found = same
                    .map(|&j| pair(j, Likeness { whole: 1.0, detail: 1.0 }, true))
                    .or_else(|| {
                        let candidates = near.around(looks[i].as_ref()?);
                        let found = candidates.into_iter().map(|j| {
                            let index = other.indices[j];
                            pair(
                                index,
                                likeness(
                                    image,
                                    other.images.image(index as usize),
                                    other.images.shape(),
                                ),
                                false,
                            )
                        });
                        found
                            .filter(|pair| {
                                pair.likeness.whole >= WHOLE && pair.likeness.detail >= DETAIL
                            })
                            .max_by(|a, b| a.likeness.detail.total_cmp(&b.likeness.detail))
                    });
                if let Some(found) = found
                    && best.as_ref().is_none_or(|best| best.likeness.detail < found.likeness.detail)
                {
                    *best = Some(found);
                }
            });
        }
        best.into_iter().flatten().collect()
    }

    pub(super) fn check(&self) -> Check {
        let exact = self.pairs.iter().filter(|pair| pair.exact).count();
        let of = |part| self.pairs.iter().filter(|pair| pair.places[0].part == part).count();
        let share = self.pairs.len() as f64 / self.images.max(1) as f64;
        let check = Check::good(
            "duplicates",
            format!(
                "{exact} exact, {} near: {} test, {} validation images ({})",
                self.pairs.len() - exact,
                of(Part::Test),
                of(Part::Validation),
                percent(share)
            ),
        );
        if share > MANY {
            check.fault(
                "so many images are in several parts that validation and test say little: \
                remove duplicates, or keep them together with --groups",
            )
        } else if self.pairs.is_empty() {
            check
        } else {
            check.warn(
                "validation and test are a little too good: look at the pairs with --out, \
                and keep them together with --groups or remove them",
            )
        }
    }

    /// Draws at most `most` pairs side by side, evenly spaced from the most to the least similar.
    pub(super) fn sheet(&self, groups: [&Group<'_>; 3], most: usize) -> Option<ContactSheet> {
        const ACROSS: usize = 4;
        let n = self.pairs.len().min(most);
        let shown: Vec<&Pair> = (0..n).map(|i| &self.pairs[i * self.pairs.len() / n]).collect();
        let picture = |place: &Place| {
            let group = groups.iter().find(|group| group.part == place.part)?;
            Some(picture(group.images.shape(), group.images.image(place.image as usize).to_vec()))
        };
        let rows: Vec<SheetRow> = shown
            .chunks(ACROSS)
            .map(|pairs| SheetRow {
                caption: pairs
                    .iter()
                    .map(|pair| format!("{:.2}", pair.likeness.detail))
                    .collect::<Vec<_>>()
                    .join(" "),
                details: pairs
                    .iter()
                    .map(|pair| format!("{}-{}", name(pair.places[0]), name(pair.places[1])))
                    .collect::<Vec<_>>()
                    .join(" "),
                pictures: pairs
                    .iter()
                    .flat_map(|pair| pair.places.iter().filter_map(picture))
                    .collect(),
            })
            .collect();
        let sheet = ContactSheet {
            title: format!("{} of {} pairs of images in two parts", n, self.pairs.len()),
            subtitle: "side by side, with the correlation of their detail; r training, v \
                validation, t test"
                .to_owned(),
            columns: Vec::new(),
            rows,
        };
        (n > 0).then_some(sheet)
    }
}

fn name(place: Place) -> String {
    let part = match place.part {
        Part::Training => 'r',
        Part::Validation => 'v',
        Part::Test => 't',
    };
    format!("{part}{}", place.image)
}

/// Groups the images of a part by a hash of their bytes.
fn by_bytes(group: &Group<'_>) -> HashMap<u64, Vec<u32>> {
    let hashes: Vec<u64> =
        group.indices.par_iter().map(|&i| hash(group.images.image(i as usize))).collect();
    let mut map: HashMap<u64, Vec<u32>> = HashMap::with_capacity(hashes.len());
    hashes
        .into_iter()
        .zip(group.indices)
        .for_each(|(hash, &i)| map.entry(hash).or_default().push(i));
    map
}

fn hash(image: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(image);
    hasher.finish()
}

/// Signatures with their first components stored separately, side by side for several images: a
/// processor compares them with one instruction.
struct Signatures {
    heads: Vec<[[f32; LANES]; HEAD]>,
    all: Vec<[f32; LENGTH]>,
    /// Index of each image.
    numbers: Vec<usize>,
}

impl Signatures {
    fn of(signatures: Vec<Option<[f32; LENGTH]>>) -> Self {
        let (numbers, all): (Vec<usize>, Vec<[f32; LENGTH]>) =
            signatures.into_iter().enumerate().filter_map(|(i, s)| Some((i, s?))).unzip();
        // Unused lanes are filled with values that are far from everything.
        let head = |block: &[[f32; LENGTH]]| {
            std::array::from_fn(|k| {
                std::array::from_fn(|lane| block.get(lane).map_or(1e9, |s| s[k]))
            })
        };
        let heads = all.chunks(LANES).map(head).collect();
        Self { heads, all, numbers }
    }

    /// Returns the images whose signatures are near.
    fn around(&self, signature: &[f32; LENGTH]) -> Vec<usize> {
        let limit = DISTANCE * DISTANCE;
        let mut near = Vec::new();
        for (heads, block) in self.heads.iter().zip(0..) {
            let mut sums = [0.0; LANES];
            for (values, own) in heads.iter().zip(signature) {
                for (sum, value) in sums.iter_mut().zip(values) {
                    *sum += (value - own) * (value - own);
                }
            }
            if sums.iter().fold(f32::INFINITY, |least, sum| least.min(*sum)) > limit {
                continue;
            }
            let close =
                |(lane, sum): (usize, &f32)| (*sum <= limit).then_some(block * LANES + lane);
            near.extend(
                sums.iter()
                    .enumerate()
                    .filter_map(close)
                    .filter(|&i| distance(&self.all[i], signature) <= limit),
            );
        }
        near.into_iter().map(|i| self.numbers[i]).collect()
    }
}

/// Returns the squared distance of two signatures.
fn distance(a: &[f32; LENGTH], b: &[f32; LENGTH]) -> f32 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tools::doctor::Verdict;
    use zunder_data::ImageShape;
    use zunder_models::Key;

    const SHAPE: ImageShape = ImageShape { channels: 1, height: 16, width: 16 };

    /// Draws blobs at random positions.
    fn image(seed: u64) -> Vec<u8> {
        let mut rng = Key::new(seed).rng();
        let blobs: Vec<[f64; 3]> =
            (0..40).map(|_| [16.0 * rng.f64(), 16.0 * rng.f64(), 2.0 * rng.f64() - 1.0]).collect();
        let value = |y: f64, x: f64| {
            blobs
                .iter()
                .map(|[v, u, a]| a * (-((y - v).powi(2) + (x - u).powi(2)) / 4.0).exp())
                .sum::<f64>()
        };
        (0..256)
            .map(|i| {
                (128.0 + 60.0 * value(f64::from(i / 16), f64::from(i % 16))).clamp(0.0, 255.0) as u8
            })
            .collect()
    }

    fn images(all: &[Vec<u8>]) -> Images {
        Images::new(SHAPE, all.concat(), vec![0; all.len()], 2).unwrap()
    }

    fn find(train: &[Vec<u8>], validation: &[Vec<u8>], test: &[Vec<u8>]) -> Duplicates {
        let official = images(&[train, validation].concat());
        let test = images(test);
        let all: Vec<u32> = (0..official.len() as u32).collect();
        let (train, validation) = all.split_at(train.len());
        let group = |part, images, indices| Group { part, images, indices };
        let numbers: Vec<u32> = (0..test.len() as u32).collect();
        let groups = [
            group(Part::Training, &official, train),
            group(Part::Validation, &official, validation),
            group(Part::Test, &test, &numbers),
        ];
        let found = Duplicates::find(&groups[0], &groups[1], &groups[2]);
        let sheet = found.sheet([&groups[0], &groups[1], &groups[2]], 100);
        assert_eq!(
            sheet.map_or(0, |sheet| sheet.rows.iter().map(|row| row.pictures.len()).sum::<usize>()),
            2 * found.pairs.len()
        );
        found
    }

    fn all(seeds: std::ops::Range<u64>) -> Vec<Vec<u8>> {
        seeds.map(image).collect()
    }

    #[test]
    fn images_of_their_own_are_no_duplicates() {
        let healthy = find(&all(0..200), &all(200..240), &all(240..300));
        assert!(
            healthy.pairs.is_empty() && healthy.check().verdict == Verdict::Good,
            "{healthy:?}"
        );
    }

    #[test]
    fn the_same_bytes_and_almost_the_same_are_found() {
        let (train, validation, mut test) = (all(0..200), all(200..240), all(240..400));
        test[3] = train[17].clone();
        test[5] = validation[4].iter().map(|v| v / 2 + 60).collect();
        let found = find(&train, &validation, &test);
        let places: Vec<_> = found
            .pairs
            .iter()
            .map(|pair| (pair.exact, pair.places.map(|place| (place.part, place.image))))
            .collect();
        assert_eq!(
            places,
            [
                (true, [(Part::Test, 3), (Part::Training, 17)]),
                (false, [(Part::Test, 5), (Part::Validation, 204)]),
            ]
        );
        let check = found.check();
        assert!(
            check.verdict == Verdict::Warning
                && check.value.starts_with("1 exact, 1 near: 2 test, 0 validation"),
            "{check:?}"
        );
        let copied = find(&train, &train[..40], &test);
        assert!(
            copied.check().verdict == Verdict::Fault && copied.pairs.len() == 41,
            "{:?}",
            copied.check()
        );
    }
}
