//! CIFAR-10: 60,000 photographs of ten classes, 32x32 RGB (A. Krizhevsky 2009, "Learning multiple layers of features from tiny images"), in its binary version.
//!
//! Six files of 10,000 records each: one byte for the label, then 1,024 for red, 1,024 for green and 1,024 for blue, row by row.

mod records;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::{DataError, Dataset, ImageShape, Images, LabelInvariance};

/// The names of the classes, by label.
pub const CLASSES: [&str; 10] = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];

/// The official archive of the binary version.
pub const URL: &str = "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz";

/// The folder that the archive unpacks to.
pub const FOLDER: &str = "cifar-10-batches-bin";

const DATASET: &str = "CIFAR-10";
const TRAIN: [&str; 5] = ["data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin"];
const TEST: [&str; 1] = ["test_batch.bin"];
const SHAPE: ImageShape = ImageShape { channels: 3, height: 32, width: 32 };
/// Records in each file.
const RECORDS: usize = 10_000;

/// The folder with the files: `dir`, or `cifar-10-batches-bin` inside it; `None` if neither holds any of them.
///
/// ```
/// assert_eq!(zunder_data::cifar10::find("no/such/folder".as_ref()), None);
/// ```
pub fn find(dir: &Path) -> Option<PathBuf> {
    let holds_any = |folder: &PathBuf| TRAIN.iter().chain(&TEST).any(|name| folder.join(name).exists());
    [dir.to_path_buf(), dir.join(FOLDER)].into_iter().find(holds_any)
}

/// Reads the training part (50,000 images, in the files' order) and the test part (10,000), from `dir` or `cifar-10-batches-bin` inside it.
///
/// Files are read in parallel, straight into place: beyond the data it takes 200 kB a file.
///
/// # Errors
///
/// If the folder or a file is missing or not what its name says, has not exactly 30,730,000 bytes, cannot be read, or has a label above 9.
pub fn load(dir: &Path) -> Result<Dataset, DataError> {
    load_files(dir, RECORDS)
}

/// Like [`load`], with `records` in each file.
fn load_files(dir: &Path, records: usize) -> Result<Dataset, DataError> {
    let folder = locate(dir)?;
    let paths = |names: &[&str]| names.iter().map(|name| folder.join(name)).collect::<Vec<_>>();
    let (train, test) = (paths(&TRAIN), paths(&TEST));
    for path in train.iter().chain(&test) {
        records::check_file(path, records)?;
    }
    Ok(Dataset {
        name: "cifar10".to_owned(),
        classes: CLASSES.map(str::to_owned).to_vec(),
        train: load_part(&train, records)?,
        test: load_part(&test, records)?,
        invariance: LabelInvariance::OBJECTS,
        synthetic: false,
    })
}

fn load_part(paths: &[PathBuf], records: usize) -> Result<Images, DataError> {
    let mut pixels = vec![0; paths.len() * records * SHAPE.len()];
    let mut labels = vec![0; paths.len() * records];
    let parts = pixels.par_chunks_mut(records * SHAPE.len()).zip(labels.par_chunks_mut(records));
    let results: Vec<_> = parts.zip(paths).map(|((pixels, labels), path)| records::read_file(path, pixels, labels)).collect();
    results.into_iter().collect::<Result<(), _>>()?;
    Images::new(SHAPE, pixels, labels, CLASSES.len())
}

/// Like [`find`], with a reason if there is nothing.
fn locate(dir: &Path) -> Result<PathBuf, DataError> {
    if let Some(folder) = find(dir) {
        return Ok(folder);
    }
    let path = dir.to_path_buf();
    match fs::metadata(dir) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(DataError::MissingFolder { dataset: DATASET, url: URL, path }),
        Err(reason) => return Err(DataError::Read { path, reason }),
        Ok(metadata) if !metadata.is_dir() => {
            records::refuse_other_kinds(dir)?;
            return Err(DataError::NotAFolder { dataset: DATASET, path });
        }
        Ok(_) => {}
    }
    // Close misses: the archive as it was downloaded, and the version for Python.
    for name in ["cifar-10-binary.tar.gz", "cifar-10-python.tar.gz", "data_batch_1", "cifar-10-batches-py/data_batch_1"] {
        let path = dir.join(name);
        if path.is_file() {
            records::refuse_other_kinds(&path)?;
        }
    }
    let folder = if dir.file_name().is_some_and(|name| name == FOLDER) { path } else { dir.join(FOLDER) };
    Err(DataError::MissingFile { dataset: DATASET, url: URL, path: folder.join(TRAIN[0]) })
}

#[cfg(test)]
mod tests;
