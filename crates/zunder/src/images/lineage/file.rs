//! The file `images.safetensors`: digests of images, verified when they are read.

use std::collections::HashMap;
use std::io::ErrorKind;
use std::path::Path;

use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use zunder_train::write_atomically;

use super::{ImagesRecord, Past, PastRun};
use crate::RunError;

/// Metadata key whose value describes the tensors.
const METADATA: &str = "zunder images";
const VERSION: u32 = 1;
/// Limit on the size of the file: the digests of 100 million images.
const MOST: u64 = 4 << 30;

/// Names of the lists of digests, in the order in which they are hashed.
const LISTS: [&str; 6] =
    ["past.learnt", "past.test", "past.validation", "test", "training", "validation"];
const LEARNT_BY: &str = "past.learnt_by";

#[derive(Serialize, Deserialize)]
struct Header {
    version: u32,
    /// Previous runs, the oldest first.
    runs: Vec<PastRun>,
    /// SHA-256 of the runs and the tensors, 64 hexadecimal digits.
    sha256: String,
}

pub(super) fn write(record: &ImagesRecord, path: &Path) -> Result<(), RunError> {
    let ImagesRecord { past, training, validation, test } = record;
    let lists = [&past.learnt, &past.test, &past.validation, test, training, validation];
    let lists =
        lists.map(|list| list.iter().flat_map(|digest| digest.to_le_bytes()).collect::<Vec<u8>>());
    let learnt_by: Vec<u8> = past.learnt_by.iter().flat_map(|by| by.to_le_bytes()).collect();
    let bad = |problem: String| RunError::BadFile { path: path.to_owned(), problem };
    let sha256 = hash(&past.runs, &lists, &learnt_by);
    let header = Header { version: VERSION, runs: past.runs.clone(), sha256 };
    let header = serde_json::to_string(&header).map_err(|e| bad(e.to_string()))?;
    let mut views = Vec::new();
    for (name, bytes) in LISTS.iter().zip(&lists) {
        views.push((
            *name,
            TensorView::new(Dtype::U64, vec![bytes.len() / 8], bytes)
                .map_err(|e| bad(e.to_string()))?,
        ));
    }
    let by = TensorView::new(Dtype::U16, vec![learnt_by.len() / 2], &learnt_by)
        .map_err(|e| bad(e.to_string()))?;
    views.push((LEARNT_BY, by));
    let metadata = HashMap::from([(METADATA.to_owned(), header)]);
    let data = safetensors::serialize(views, Some(metadata)).map_err(|e| bad(e.to_string()))?;
    Ok(write_atomically(path, &data)?)
}

pub(super) fn read(path: &Path) -> Result<Option<ImagesRecord>, RunError> {
    let bad = |problem: String| RunError::BadFile { path: path.to_owned(), problem };
    let metadata = match std::fs::metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        metadata => metadata.map_err(RunError::io("read", path))?,
    };
    if !metadata.is_file() || metadata.len() > MOST {
        return Err(bad(format!("is not a regular file of at most {MOST} bytes")));
    }
    let data = std::fs::read(path).map_err(RunError::io("read", path))?;
    parse(&data).map(Some).map_err(bad)
}

/// Parses the content of a file, or returns a message that says what is wrong.
pub(super) fn parse(data: &[u8]) -> Result<ImagesRecord, String> {
    let not_ours = |problem: &dyn std::fmt::Display| {
        format!("is not a valid record of the images of a run: {problem}")
    };
    let (_, found) = SafeTensors::read_metadata(data).map_err(|e| not_ours(&e))?;
    let header = found
        .metadata()
        .as_ref()
        .and_then(|all| all.get(METADATA))
        .ok_or_else(|| not_ours(&"its header is missing"))?;
    let header: Header = serde_json::from_str(header).map_err(|e| not_ours(&e))?;
    if header.version != VERSION {
        return Err(format!(
            "has version {}, expected {VERSION}: a newer Zunder wrote it",
            header.version
        ));
    }
    let file = SafeTensors::deserialize(data).map_err(|e| not_ours(&e))?;
    let tensor = |name: &str, dtype: Dtype| {
        let view = file.tensor(name).map_err(|e| not_ours(&e))?;
        if view.dtype() != dtype || view.shape().len() != 1 {
            return Err(format!(
                "holds {name} as {:?} of shape {:?}, expected a list of {dtype:?}",
                view.dtype(),
                view.shape()
            ));
        }
        Ok(view.data().to_vec())
    };
    if file.len() != LISTS.len() + 1 {
        return Err(format!("holds {} tensors, expected {}", file.len(), LISTS.len() + 1));
    }
    let mut bytes = LISTS.map(|_| Vec::new());
    for (name, bytes) in LISTS.iter().zip(&mut bytes) {
        *bytes = tensor(name, Dtype::U64)?;
    }
    let by = tensor(LEARNT_BY, Dtype::U16)?;
    let sha256 = hash(&header.runs, &bytes, &by);
    if sha256 != header.sha256 {
        return Err(format!(
            "is damaged: its content has SHA-256 {sha256}, expected {}",
            header.sha256
        ));
    }
    let lists = bytes.map(|bytes| {
        bytes.as_chunks().0.iter().map(|word| u64::from_le_bytes(*word)).collect::<Vec<u64>>()
    });
    for (name, list) in LISTS.iter().zip(&lists) {
        if !list.is_sorted_by(|a, b| a < b) {
            return Err(format!(
                "holds {name} out of order, expected ascending digests, each once"
            ));
        }
    }
    let learnt_by: Vec<u16> =
        by.as_chunks().0.iter().map(|word| u16::from_le_bytes(*word)).collect();
    let [learnt, past_test, past_validation, test, training, validation] = lists;
    let runs = header.runs;
    if learnt_by.len() != learnt.len() || learnt_by.iter().any(|&by| usize::from(by) >= runs.len())
    {
        return Err(format!(
            "does not say for each of {} images which of {} runs learnt from it",
            learnt.len(),
            runs.len()
        ));
    }
    let past = Past { runs, learnt, learnt_by, validation: past_validation, test: past_test };
    Ok(ImagesRecord { past, training, validation, test })
}

fn hash(runs: &[PastRun], lists: &[Vec<u8>; 6], learnt_by: &[u8]) -> String {
    let mut hasher = Sha256::new();
    let mut piece = |bytes: &[u8]| {
        hasher.update((bytes.len() as u64).to_le_bytes());
        hasher.update(bytes);
    };
    for run in runs {
        piece(run.name.as_bytes());
        piece(&[u8::from(run.known)]);
    }
    for list in lists {
        piece(list);
    }
    piece(learnt_by);
    hex::encode(hasher.finalize())
}
