//! The parts of a run that starts from another one: where the past put an image, there it stays.

use std::collections::{HashMap, HashSet};

use zunder_data::Split;

use super::{Past, Seen};

/// What decides about the images of a part.
#[derive(Clone, Debug, Default)]
pub(crate) struct Images {
    /// The digests of each image: of its pixels and, if it has one, of its file; else the first
    /// twice.
    pub digests: Vec<[u64; 2]>,
    /// What stays together: images of one content or one group.
    pub units: Vec<u64>,
    pub labels: Vec<u32>,
}

/// Where an image is placed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Placed<T> {
    /// As without a past.
    AsUsual(T),
    /// In other parts.
    Moved(T),
}

impl<T> Placed<T> {
    pub(crate) fn into_inner(self) -> T {
        let (Self::AsUsual(parts) | Self::Moved(parts)) = self;
        parts
    }
}

impl Images {
    /// Those of `self`, then those of `other`.
    fn with(&self, other: &Self) -> Self {
        Self {
            digests: [&self.digests[..], &other.digests].concat(),
            units: [&self.units[..], &other.units].concat(),
            labels: [&self.labels[..], &other.labels].concat(),
        }
    }

    /// The images at `indices` alone.
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

    /// New parts of two old ones: numbers first count the images of `train`, then those of `test`.
    pub(crate) fn regroup(train: &Self, test: &Self, parts: &[Vec<u32>; 2]) -> [Self; 2] {
        let all = train.with(test);
        [all.pick(&parts[0]), all.pick(&parts[1])]
    }

    /// What the past did with each unit: the least of its images.
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

    /// Which images are held out, where `usual` says so for those without a past and `wanted` for
    /// those with one. What was learnt from is never held out; what was validated or tested on goes
    /// to training after all if its class had no image there otherwise and `usual` has it there.
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

/// The parts of a data set whose test part Zunder made: an image that was learnt from or validated
/// on goes to the training part, one that was tested on to the test part, all others stay. Numbers
/// first count the images of `train`, then those of `test`.
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

/// The split of a training part: an image that was learnt from goes to training, one that was
/// validated on to validation, all others as `usual` has them.
pub(crate) fn place_validation(past: &Past, images: &Images, usual: &Split) -> Placed<Split> {
    let mut held = vec![false; images.units.len()];
    usual.validation.iter().for_each(|&i| held[i as usize] = true);
    let held = images.place(past, &held, |seen| (seen == Seen::Validated).then_some(true));
    let (validation, train) = (0..held.len() as u32).partition(|&i| held[i as usize]);
    moved(usual, Split { train, validation })
}
