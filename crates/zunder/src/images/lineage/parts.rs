//! Splits for a run that starts from another one: images that the other run used stay in their
//! part.

use std::collections::{HashMap, HashSet};

use zunder_data::Split;

use super::{Past, Seen};

/// The images of a part, with what determines their placement.
#[derive(Clone, Debug, Default)]
pub(crate) struct Images {
    /// Digests of each image: of its pixels and, if it has one, of its file; otherwise the first
    /// one twice.
    pub digests: Vec<[u64; 2]>,
    /// Units that stay together: images of the same content or the same group.
    pub units: Vec<u64>,
    pub labels: Vec<u32>,
}

/// A placement of images.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Placed<T> {
    /// The same as without previous runs.
    AsUsual(T),
    /// Different because of previous runs.
    Moved(T),
}

impl<T> Placed<T> {
    pub(crate) fn into_inner(self) -> T {
        let (Self::AsUsual(parts) | Self::Moved(parts)) = self;
        parts
    }
}

impl Images {
    /// Returns the images of `self`, followed by those of `other`.
    fn with(&self, other: &Self) -> Self {
        Self {
            digests: [&self.digests[..], &other.digests].concat(),
            units: [&self.units[..], &other.units].concat(),
            labels: [&self.labels[..], &other.labels].concat(),
        }
    }

    /// Returns the images at `indices`.
    pub(crate) fn pick(&self, indices: &[u32]) -> Self {
        fn at<T: Copy>(all: &[T], indices: &[u32]) -> Vec<T> {
            indices.iter().map(|&i| all[i as usize]).collect()
        }
        Self {
            digests: at(&self.digests, indices),
            units: at(&self.units, indices),
            labels: at(&self.labels, indices),
        }
    }

    /// Makes new parts of two old ones: indices count the images of `train` first, then those of
    /// `test`.
    pub(crate) fn regroup(train: &Self, test: &Self, parts: &[Vec<u32>; 2]) -> [Self; 2] {
        let all = train.with(test);
        [all.pick(&parts[0]), all.pick(&parts[1])]
    }

    /// Returns for each unit how previous runs used it: the minimum over its images.
    fn seen(&self, past: &Past) -> HashMap<u64, Seen> {
        let mut seen = HashMap::new();
        for (digests, &unit) in self.digests.iter().zip(&self.units) {
            if let Some(now) = past.seen(digests) {
                seen.entry(unit)
                    .and_modify(|before: &mut Seen| *before = now.min(*before))
                    .or_insert(now);
            }
        }
        seen
    }

    /// Chooses the images to hold out. Images without a previous use follow `usual`, others follow
    /// `wanted`. Images that were trained on are never held out; images that were validated or
    /// tested on go to the training part if `usual` puts them there and their class would have no
    /// training image otherwise.
    fn place(
        &self,
        past: &Past,
        usual: &[bool],
        wanted: impl Fn(Seen) -> Option<bool>,
    ) -> Vec<bool> {
        let seen = self.seen(past);
        let place = |free: &HashSet<u64>| {
            let each = self.units.iter().zip(usual).map(|(unit, &usual)| match seen.get(unit) {
                Some(Seen::Learnt(_)) => false,
                Some(&seen) if !free.contains(unit) => wanted(seen).unwrap_or(usual),
                _ => usual,
            });
            each.collect::<Vec<bool>>()
        };
        let held = place(&HashSet::new());
        let mut trained = HashSet::new();
        self.labels.iter().zip(&held).filter(|(_, held)| !**held).for_each(|(label, _)| {
            trained.insert(*label);
        });
        let lost =
            self.labels.iter().zip(&self.units).filter(|(label, _)| !trained.contains(*label));
        let free: HashSet<u64> = lost.map(|(_, &unit)| unit).collect();
        if free.is_empty() { held } else { place(&free) }
    }
}

fn moved<T: PartialEq>(usual: &T, now: T) -> Placed<T> {
    if *usual == now { Placed::AsUsual(now) } else { Placed::Moved(now) }
}

/// Returns the parts of a data set whose test part Zunder made: images that were trained or
/// validated on go to the training part, images that were tested on go to the test part, and all
/// others stay. Indices count the images of `train` first, then those of `test`.
pub(crate) fn place_test(past: &Past, train: &Images, test: &Images) -> Placed<[Vec<u32>; 2]> {
    let usual: Vec<bool> =
        (0..train.units.len() + test.units.len()).map(|i| i >= train.units.len()).collect();
    let held = train.with(test).place(past, &usual, |seen| Some(seen == Seen::Tested));
    let parts = |held: &[bool]| {
        let (test, train): (Vec<u32>, Vec<u32>) =
            (0..held.len() as u32).partition(|&i| held[i as usize]);
        [train, test]
    };
    moved(&parts(&usual), parts(&held))
}

/// Splits a training part: images that were trained on go to the training part, images that were
/// validated on go to the validation part, and all others follow `usual`.
pub(crate) fn place_validation(past: &Past, images: &Images, usual: &Split) -> Placed<Split> {
    let mut held = vec![false; images.units.len()];
    usual.validation.iter().for_each(|&i| held[i as usize] = true);
    let held = images.place(past, &held, |seen| (seen == Seen::Validated).then_some(true));
    let (validation, train) = (0..held.len() as u32).partition(|&i| held[i as usize]);
    moved(usual, Split { train, validation })
}
