//! Decodes all files of a part, on all threads, into one buffer.

use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;

use super::listing::ImageFile;
use super::{Findings, ImageDecoder, OnBroken};
use crate::DataError;
use crate::images::pixels::Pixels;
use crate::watch::Count;

/// The pixels and labels of one part, and the files that were left out: their position among the
/// part's files, and the error.
#[derive(Debug)]
pub(super) struct Part<P = Pixels> {
    pub pixels: P,
    pub labels: Vec<u32>,
    pub broken: Vec<(usize, String)>,
    pub findings: Findings,
}

impl Part<Vec<u8>> {
    /// Decodes `files` in parallel. The error is that of the first broken file, in their order, or
    /// all broken files are left out.
    pub(super) fn decode(
        files: &[ImageFile],
        decoder: &ImageDecoder,
        on_broken: OnBroken,
        progress: &Count<'_>,
    ) -> Result<Self, DataError> {
        let n = decoder.shape.len();
        let mut pixels = vec![0; files.len() * n];
        let first_broken = AtomicUsize::new(usize::MAX);
        let work = pixels.par_chunks_exact_mut(n).zip(files).enumerate();
        let results = work.map(|(i, (out, file))| {
            // Images after a broken file need not be decoded.
            if on_broken == OnBroken::Refuse && i > first_broken.load(Ordering::Relaxed) {
                return None;
            }
            if progress.check().is_err() {
                return None;
            }
            let result = decoder.read_into(&file.path, out);
            if result.is_err() {
                first_broken.fetch_min(i, Ordering::Relaxed);
            }
            progress.add(1);
            Some(result)
        });
        let results: Vec<Option<Result<Findings, DataError>>> = results.collect();
        progress.check()?;
        let (labels, findings) = (Vec::with_capacity(files.len()), Findings::default());
        let mut part = Self { pixels, labels, broken: Vec::new(), findings };
        for (i, (result, file)) in results.into_iter().zip(files).enumerate() {
            match result {
                None => {}
                Some(Err(error)) if on_broken == OnBroken::Refuse => return Err(error),
                Some(Err(error)) => part.broken.push((i, error.to_string())),
                Some(Ok(findings)) => {
                    part.findings = part.findings.and(findings);
                    part.pixels.copy_within(i * n..(i + 1) * n, part.labels.len() * n);
                    part.labels.push(file.label);
                }
            }
        }
        part.pixels.truncate(part.labels.len() * n);
        Ok(part)
    }

    /// Returns the same part with other pixels.
    pub(super) fn with_pixels<P>(self, pixels: impl FnOnce(Vec<u8>) -> P) -> Part<P> {
        Part {
            pixels: pixels(self.pixels),
            labels: self.labels,
            broken: self.broken,
            findings: self.findings,
        }
    }
}
