//! Reads the images of files of records, into memory or mapped.

use std::fs::File;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::Layout;
use crate::error::unreadable;
use crate::images::mapped::{self, Mapped, Segment};
use crate::images::pixels::Pixels;
use crate::watch::{Count, Watch};
use crate::{DataError, Images, Storage};

/// Reads files with the given numbers of records in parallel. The error is that of the first wrong
/// file, in their order. `watch` receives after each file the number of records read so far.
pub(crate) fn read_part(
    layout: &Layout,
    files: &[(PathBuf, usize)],
    storage: Storage,
    watch: &Watch<'_>,
) -> Result<Images, DataError> {
    let records = files.iter().map(|(_, records)| records).sum();
    let count = Count::new(watch, records);
    let told = |of_file: usize| {
        count.add(of_file);
        count.check()
    };
    let mut labels = vec![0; records];
    let labels_of = pieces(&mut labels, files, 1).into_par_iter();
    match storage {
        Storage::Memory => {
            let mut pixels = vec![0; records * layout.shape.len()];
            let parts = pieces(&mut pixels, files, layout.shape.len())
                .into_par_iter()
                .zip(labels_of)
                .zip(files);
            in_order(parts.map(|((pixels, labels), (path, records))| {
                layout.read_into(open(path)?, path, pixels, labels)?;
                told(*records)
            }))?;
            Images::new(layout.shape, pixels, labels, layout.n_classes())
        }
        Storage::Mapped => {
            let segments = in_order(labels_of.zip(files).map(|(labels, (path, records))| {
                let segment = map(layout, path, labels)?;
                told(*records)?;
                Ok(segment)
            }))?;
            Images::with_pixels(
                layout.shape,
                Pixels::Mapped(Mapped::new(segments)),
                labels,
                layout.n_classes(),
            )
        }
    }
}

/// Reads the labels of a file, and maps its pixels.
fn map(layout: &Layout, path: &Path, labels: &mut [u32]) -> Result<Segment, DataError> {
    let file = open(path)?;
    let images = mapped::Layout {
        offset: layout.labels.len() as u64,
        stride: layout.record(),
        image: layout.shape.len(),
        images: labels.len(),
    };
    let segment = Segment::map(&file, path, images)?;
    layout.read_labels(file, path, labels)?;
    Ok(segment)
}

fn open(path: &Path) -> Result<File, DataError> {
    File::open(path).map_err(|reason| unreadable(path, reason))
}

/// Returns the first error in the order of the work, not of time.
fn in_order<T: Send>(
    results: impl IndexedParallelIterator<Item = Result<T, DataError>>,
) -> Result<Vec<T>, DataError> {
    results.collect::<Vec<_>>().into_iter().collect()
}

/// Divides `all` into one piece per file, with `width` values per record.
fn pieces<'a, T>(
    mut all: &'a mut [T],
    files: &[(PathBuf, usize)],
    width: usize,
) -> Vec<&'a mut [T]> {
    let mut cut = |records: usize| {
        let (piece, rest) = std::mem::take(&mut all).split_at_mut(records * width);
        all = rest;
        piece
    };
    files.iter().map(|(_, records)| cut(*records)).collect()
}
