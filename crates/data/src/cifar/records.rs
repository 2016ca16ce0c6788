//! One file of records: label bytes, then the pixels.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::{Format, SHAPE};
use crate::DataError;
use crate::source::unreadable;

/// Records read at a time.
const BLOCK: usize = 64;

impl Format {
    /// Bytes of a record.
    pub const fn record(&self) -> usize {
        self.labels.len() + SHAPE.len()
    }

    /// Says no unless `path` is a regular file of exactly `records` records, by its metadata.
    pub(super) fn check_file(&self, path: &Path, records: usize) -> Result<(), DataError> {
        let (got, expected) = (self.source.file(path)?.len(), (records * self.record()) as u64);
        if got == expected {
            return Ok(());
        }
        self.source.refuse_other_kinds(path)?;
        let path = path.to_path_buf();
        Err(if got < expected { DataError::Truncated { path, got, expected } } else { DataError::Oversized { path, got, expected } })
    }

    /// Reads as many records as there are `labels`, which come from the label byte at `kept`.
    pub(super) fn read_file(&self, path: &Path, kept: usize, pixels: &mut [u8], labels: &mut [u32]) -> Result<(), DataError> {
        let file = File::open(path).map_err(|reason| unreadable(path, reason))?;
        self.read_records(file, path, kept, pixels, labels)
    }

    /// Like [`read_file`](Self::read_file), from any reader; `path` is for messages.
    pub fn read_records(
        &self,
        mut reader: impl Read,
        path: &Path,
        kept: usize,
        pixels: &mut [u8],
        labels: &mut [u32],
    ) -> Result<(), DataError> {
        let mut block = vec![0; BLOCK * self.record()];
        let blocks = pixels.chunks_mut(BLOCK * SHAPE.len()).zip(labels.chunks_mut(BLOCK));
        for (number, (images, labels)) in blocks.enumerate() {
            let block = &mut block[..labels.len() * self.record()];
            reader.read_exact(block).map_err(|reason| unreadable(path, reason))?;
            let records = block.chunks_exact(self.record()).zip(images.chunks_exact_mut(SHAPE.len())).zip(labels);
            for (i, ((record, image), label)) in records.enumerate() {
                let (label_bytes, values) = record.split_at(self.labels.len());
                self.check_labels(label_bytes, path, number * BLOCK + i)?;
                *label = u32::from(label_bytes[kept]);
                image.copy_from_slice(values);
            }
        }
        Ok(())
    }

    /// Says no if a label byte of a record is that of no class.
    fn check_labels(&self, bytes: &[u8], path: &Path, record: usize) -> Result<(), DataError> {
        match bytes.iter().zip(self.labels).find(|(byte, (_, n_classes))| usize::from(**byte) >= *n_classes) {
            Some((&label, &(kind, n_classes))) => {
                Err(DataError::LabelInFile { path: path.to_path_buf(), record, kind, label: label.into(), n_classes })
            }
            None => Ok(()),
        }
    }
}
