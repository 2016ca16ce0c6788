//! The layout of a file of records: label bytes, then pixels.

use std::io::Read;
use std::path::Path;

use crate::error::unreadable;
use crate::{DataError, ImageShape};

/// The number of records read at a time.
const BLOCK: usize = 64;

/// The layout of a record.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Layout<'a> {
    /// The label bytes at its beginning: the name of each and its number of classes.
    pub labels: &'a [(&'static str, usize)],
    /// The position of the label to read.
    pub kept: usize,
    /// The shape of the pixels that follow.
    pub shape: ImageShape,
}

impl Layout<'_> {
    /// Returns the number of bytes of a record, capped at the largest `usize`.
    pub const fn record(&self) -> usize {
        self.shape.len().saturating_add(self.labels.len())
    }

    /// Returns the number of classes.
    pub const fn n_classes(&self) -> usize {
        self.labels[self.kept].1
    }

    /// Reads as many records as there are `labels`, with their pixels. `path` is for messages.
    pub fn read_into(
        &self,
        reader: impl Read,
        path: &Path,
        pixels: &mut [u8],
        labels: &mut [u32],
    ) -> Result<(), DataError> {
        let len = self.shape.len();
        self.read_records(reader, path, labels, |i, values| {
            pixels[i * len..(i + 1) * len].copy_from_slice(values);
        })
    }

    /// Reads the labels of as many records as there are `labels`.
    pub fn read_labels(
        &self,
        reader: impl Read,
        path: &Path,
        labels: &mut [u32],
    ) -> Result<(), DataError> {
        self.read_records(reader, path, labels, |_, _| ())
    }

    /// Reads as many records as there are `labels`. `take` receives the position and the pixels of
    /// each.
    fn read_records(
        &self,
        mut reader: impl Read,
        path: &Path,
        labels: &mut [u32],
        mut take: impl FnMut(usize, &[u8]),
    ) -> Result<(), DataError> {
        let mut block = vec![0; BLOCK.min(labels.len()) * self.record()];
        for (number, labels) in labels.chunks_mut(BLOCK).enumerate() {
            let block = &mut block[..labels.len() * self.record()];
            reader.read_exact(block).map_err(|reason| unreadable(path, reason))?;
            for (i, (record, label)) in block.chunks_exact(self.record()).zip(labels).enumerate() {
                let (label_bytes, values) = record.split_at(self.labels.len());
                self.check_labels(label_bytes, path, number * BLOCK + i)?;
                *label = u32::from(label_bytes[self.kept]);
                take(number * BLOCK + i, values);
            }
        }
        Ok(())
    }

    /// Returns an error if a label byte of a record is out of range.
    fn check_labels(&self, bytes: &[u8], path: &Path, record: usize) -> Result<(), DataError> {
        match bytes
            .iter()
            .zip(self.labels)
            .find(|(byte, (_, n_classes))| usize::from(**byte) >= *n_classes)
        {
            Some((&label, &(kind, n_classes))) => Err(DataError::LabelInFile {
                path: path.to_path_buf(),
                record,
                kind,
                label: label.into(),
                n_classes,
            }),
            None => Ok(()),
        }
    }
}
