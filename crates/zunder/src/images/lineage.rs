//! The images that the weights of a run were trained on, over the whole chain of runs that it
//! starts from.
//!
//! Images are identified by digests of their content ([`zunder_data::pixel_digest`], and for files
//! also [`zunder_data::content_digest`]), independent of data set, folder and name. A run stores
//! the digests of its parts and those of all previous runs in `images.safetensors`; an export and
//! an import copy that file. [`parts`] divides the images of a run that starts from another one.

mod file;
mod parts;
#[cfg(test)]
mod tests;

use std::path::Path;

use zunder_data::distinct_digests;
use zunder_eval::Leakage;

pub(crate) use parts::{Images, Placed, place_test, place_validation};

use crate::{RunConfig, RunError, RunFolder};

/// A run that another run started from, directly or indirectly.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct PastRun {
    /// Folder that the other run started from.
    pub name: String,
    /// Whether its images are known.
    pub known: bool,
}

/// The images that previous runs used. All digests are in ascending order, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Past {
    /// Previous runs, the oldest first.
    pub runs: Vec<PastRun>,
    learnt: Vec<u64>,
    /// Index in `runs` of the first run that was trained on each of these images.
    learnt_by: Vec<u16>,
    validation: Vec<u64>,
    test: Vec<u64>,
}

/// How previous runs used an image; the minimum of several uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Seen {
    /// The run with this index was trained on it.
    Learnt(u16),
    /// A run was validated on it.
    Validated,
    /// A run was tested on it.
    Tested,
}

/// The images of a run: the content of `images.safetensors`. All digests are in ascending order,
/// each once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ImagesRecord {
    pub past: Past,
    training: Vec<u64>,
    validation: Vec<u64>,
    test: Vec<u64>,
}

impl Past {
    /// Returns the previous runs of a configuration: the run that it starts from, and those before.
    pub(crate) fn of(config: &RunConfig) -> Result<Self, RunError> {
        let Some(path) = &config.init_from else { return Ok(Self::default()) };
        let folder = RunFolder::open(path)?;
        let name = path.display().to_string();
        Ok(match folder.read_images()? {
            Some(record) => record.into_past(name)?,
            None => Self::unknown(name),
        })
    }

    /// Returns the past of a run that starts from one whose images are not known.
    pub(crate) fn unknown(name: String) -> Self {
        Self { runs: vec![PastRun { name, known: false }], ..Self::default() }
    }

    /// Returns the past of a run of an earlier version, which has no record of its images.
    pub(crate) fn of_earlier_version(config: &RunConfig) -> Self {
        let from = config.init_from.as_ref().map(|path| path.display().to_string());
        from.map(Self::unknown).unwrap_or_default()
    }

    /// Returns true if no image is known.
    pub(crate) fn is_empty(&self) -> bool {
        self.learnt.is_empty() && self.validation.is_empty() && self.test.is_empty()
    }

    /// Returns how an image with any of these digests was used.
    pub(crate) fn seen(&self, digests: &[u64]) -> Option<Seen> {
        let of = |digest: &u64| {
            let learnt =
                self.learnt.binary_search(digest).ok().map(|at| Seen::Learnt(self.learnt_by[at]));
            let is_in = |list: &[u64], seen| list.binary_search(digest).ok().map(|_| seen);
            learnt
                .or_else(|| is_in(&self.validation, Seen::Validated))
                .or_else(|| is_in(&self.test, Seen::Tested))
        };
        digests.iter().filter_map(of).min()
    }

    /// Formats the names of the runs.
    pub(crate) fn names(&self) -> String {
        self.runs.iter().map(|run| run.name.as_str()).collect::<Vec<_>>().join(", ")
    }

    /// Returns the runs whose images are not known.
    pub(crate) fn unknown_runs(&self) -> Vec<String> {
        self.runs.iter().filter(|run| !run.known).map(|run| run.name.clone()).collect()
    }
}

impl ImagesRecord {
    /// Creates the record of a run with these parts; each image has two digests.
    pub(crate) fn new(past: Past, [training, validation, test]: [Vec<[u64; 2]>; 3]) -> Self {
        let set = |images: Vec<[u64; 2]>| distinct_digests(distinct(images));
        Self { past, training: set(training), validation: set(validation), test: set(test) }
    }

    /// Returns the past of a run that starts from this one, named `name`.
    fn into_past(self, name: String) -> Result<Past, RunError> {
        let Self { past, training, validation, test } = self;
        let by = u16::try_from(past.runs.len());
        let by = by.map_err(|_| {
            RunError::config(
                "init_from",
                format!("{name} has 65536 runs before it, expected fewer"),
            )
        })?;
        let before = past.learnt.into_iter().zip(past.learnt_by);
        let mut learnt: Vec<(u64, u16)> =
            before.chain(training.into_iter().map(|digest| (digest, by))).collect();
        learnt.sort_unstable();
        learnt.dedup_by_key(|(digest, _)| *digest);
        let (learnt, learnt_by) = learnt.into_iter().unzip();
        let mut runs = past.runs;
        runs.push(PastRun { name, known: true });
        let both = |a: Vec<u64>, b: Vec<u64>| distinct_digests([a, b].concat());
        Ok(Past {
            runs,
            learnt,
            learnt_by,
            validation: both(past.validation, validation),
            test: both(past.test, test),
        })
    }

    /// Reads the file of a run, an import or an export; `None` if it does not exist, as in those of
    /// earlier versions.
    ///
    /// # Errors
    /// Returns [`RunError::BadFile`] if the file is damaged, or [`RunError::Io`].
    pub(crate) fn read(path: &Path) -> Result<Option<Self>, RunError> {
        file::read(path)
    }

    /// Writes the file atomically.
    pub(crate) fn write(&self, path: &Path) -> Result<(), RunError> {
        file::write(self, path)
    }
}

/// Returns all digests of some images; an image without a file has the same digest twice.
pub(crate) fn distinct(images: Vec<[u64; 2]>) -> Vec<u64> {
    let mut digests = Vec::with_capacity(images.len());
    for [pixels, file] in images {
        digests.push(pixels);
        if file != pixels {
            digests.push(file);
        }
    }
    digests
}

/// Returns the leakage of a run whose folder has no record of its images: unknown, if it started
/// from another run.
pub(crate) fn leakage_of_old(config: &RunConfig) -> Option<Leakage> {
    let mut leakage = Leakage::default();
    leakage.unknown.push(config.init_from.as_ref()?.display().to_string());
    Some(leakage)
}
