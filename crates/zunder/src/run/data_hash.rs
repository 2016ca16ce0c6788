//! Hashes of runs' data sets, for which earlier versions used another algorithm.

use std::collections::HashMap;

use zunder_data::HashAlgorithm;
use zunder_eval::EnvironmentRecord;

use crate::images::loaded::LoadedData;
use crate::threads::in_pool;
use crate::{Run, RunError, RunFolder};

/// Returns the algorithm of the hash in a run's `environment.json`.
///
/// # Errors
/// Returns [`RunError::BadFile`] if it is unknown.
pub(crate) fn algorithm(folder: &RunFolder, hash: &str) -> Result<HashAlgorithm, RunError> {
    HashAlgorithm::of(hash).ok_or_else(|| RunError::BadFile {
        path: folder.environment(),
        problem: format!(
            "has the data set's hash {hash:?}, expected one that begins with \
            sha256-list: or sha256:"
        ),
    })
}

/// Returns the hashes of the data sets of `runs`, with the same algorithm for all runs on a data
/// set, and a note for each run whose data set could not be hashed again.
///
/// Reads no data set if the records use the same algorithm.
pub(crate) fn by_one_algorithm(runs: &[(&Run, &EnvironmentRecord)]) -> (Vec<String>, Vec<String>) {
    let (mut anew, mut notes) = (HashMap::new(), Vec::new());
    let is_old = |record: &EnvironmentRecord| {
        HashAlgorithm::of(&record.dataset_hash) == Some(HashAlgorithm::Sha256)
    };
    let hash = |(run, record): &(&Run, &EnvironmentRecord)| {
        let old = runs.iter().any(|(_, other)| other.dataset == record.dataset && is_old(other));
        if !old || is_old(record) {
            return record.dataset_hash.clone();
        }
        let known = anew.entry(record.dataset_hash.clone()).or_insert_with(|| {
            rehash(run, &record.dataset_hash, HashAlgorithm::Sha256).unwrap_or_else(|error| {
                notes.push(format!(
                    "{}: its data set is treated as another one than that of runs of earlier \
                     versions, since it could not be hashed as theirs: {error}",
                    run.path().display()
                ));
                record.dataset_hash.clone()
            })
        });
        known.clone()
    };
    (runs.iter().map(hash).collect(), notes)
}

/// Returns the hash of a run's data set by another algorithm, after checking that the data are
/// unchanged.
fn rehash(run: &Run, recorded: &str, wanted: HashAlgorithm) -> Result<String, RunError> {
    in_pool(run.config().threads, || {
        let got = hash(run, algorithm(run.folder(), recorded)?)?;
        if got != recorded {
            let name = run.config().data.dataset.name().to_owned();
            return Err(RunError::OtherData { name, got, expected: recorded.to_owned() });
        }
        hash(run, wanted)
    })
}

/// Returns the hash of a run's data set by an algorithm.
fn hash(run: &Run, algorithm: HashAlgorithm) -> Result<String, RunError> {
    let images = run.folder().read_images()?;
    let mut config = run.config().clone();
    (config.data.by_position, config.data.hash) = (images.is_none(), algorithm);
    let past = images.map(|record| record.past).unwrap_or_default();
    Ok(LoadedData::load(&config, &mut (), past)?.hash)
}
