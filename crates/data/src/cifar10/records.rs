//! One file of records: a label byte, then the pixels.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use super::{CLASSES, DATASET, SHAPE, URL};
use crate::DataError;

/// Bytes of a record.
pub(super) const RECORD: usize = 1 + SHAPE.len();
/// Records read at a time.
const BLOCK: usize = 64;

/// Says no unless `path` is a regular file of exactly `records` records, by its metadata.
pub(super) fn check_file(path: &Path, records: usize) -> Result<(), DataError> {
    let metadata = fs::metadata(path).map_err(|reason| match reason.kind() {
        io::ErrorKind::NotFound => DataError::MissingFile { dataset: DATASET, url: URL, path: path.to_path_buf() },
        _ => unreadable(path, reason),
    })?;
    if !metadata.is_file() {
        return Err(DataError::NotAFile { dataset: DATASET, path: path.to_path_buf() });
    }
    let (got, expected) = (metadata.len(), (records * RECORD) as u64);
    if got == expected {
        return Ok(());
    }
    refuse_other_kinds(path)?;
    let path = path.to_path_buf();
    Err(if got < expected { DataError::Truncated { path, got, expected } } else { DataError::Oversized { path, got, expected } })
}

/// Says no if the first bytes of `path` are those of a well-known kind of file that people have in this place.
pub(super) fn refuse_other_kinds(path: &Path) -> Result<(), DataError> {
    let mut start = Vec::new();
    File::open(path).and_then(|file| file.take(8).read_to_end(&mut start)).map_err(|reason| unreadable(path, reason))?;
    let (found, hint) = match start.as_slice() {
        [0x1F, 0x8B, ..] => ("a gzip archive", "unpack it with `tar -xzf`, and name the folder that this makes"),
        [b'P', b'K', 3, 4, ..] => ("a zip archive", "unpack it, and name the folder that this makes"),
        [0x80, 2..=5, ..] => ("a Python pickle", "this is the version for Python: get cifar-10-binary.tar.gz instead"),
        [b'<', b'!' | b'h' | b'H', ..] => ("a web page", "the download went wrong: fetch the archive again and check its SHA-256"),
        _ => return Ok(()),
    };
    Err(DataError::WrongKind { path: path.to_path_buf(), found, expected: "a file of the binary version of CIFAR-10", hint })
}

/// Reads as many records as there are `labels`.
pub(super) fn read_file(path: &Path, pixels: &mut [u8], labels: &mut [u32]) -> Result<(), DataError> {
    let file = File::open(path).map_err(|reason| unreadable(path, reason))?;
    read_records(file, path, pixels, labels)
}

/// Like [`read_file`], from any source; `path` is for messages.
pub(super) fn read_records(mut source: impl Read, path: &Path, pixels: &mut [u8], labels: &mut [u32]) -> Result<(), DataError> {
    let mut block = vec![0; BLOCK * RECORD];
    let blocks = pixels.chunks_mut(BLOCK * SHAPE.len()).zip(labels.chunks_mut(BLOCK));
    for (number, (images, labels)) in blocks.enumerate() {
        let block = &mut block[..labels.len() * RECORD];
        source.read_exact(block).map_err(|reason| unreadable(path, reason))?;
        let records = block.chunks_exact(RECORD).zip(images.chunks_exact_mut(SHAPE.len())).zip(labels);
        for (i, ((record, image), label)) in records.enumerate() {
            *label = u32::from(record[0]);
            if *label as usize >= CLASSES.len() {
                let (path, record) = (path.to_path_buf(), number * BLOCK + i);
                return Err(DataError::LabelInFile { path, record, label: *label, n_classes: CLASSES.len() });
            }
            image.copy_from_slice(&record[1..]);
        }
    }
    Ok(())
}

fn unreadable(path: &Path, reason: io::Error) -> DataError {
    DataError::Read { path: path.to_path_buf(), reason }
}
