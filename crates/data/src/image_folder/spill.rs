//! Decodes a part into a file, piece by piece, for sets that are larger than memory.

use std::fs;
use std::io::Write;
use std::path::Path;

use super::decode::Part;
use super::listing::ImageFile;
use super::{Findings, ImageDecoder, OnBroken};
use crate::DataError;
use crate::images::mapped::{Layout, Mapped, Segment};
use crate::images::pixels::Pixels;
use crate::watch::Count;

/// The number of bytes of pixels that are decoded before they are written.
pub(super) const PIECE: usize = 64 << 20;

/// As [`Part::decode`], into a nameless file in `folder` that is removed when its pixels are no
/// longer mapped.
pub(super) fn decode(
    files: &[ImageFile],
    decoder: &ImageDecoder,
    on_broken: OnBroken,
    progress: &Count<'_>,
    folder: &Path,
) -> Result<Part, DataError> {
    let unwritable = |reason| DataError::Write { path: folder.to_path_buf(), reason };
    fs::create_dir_all(folder).map_err(unwritable)?;
    let mut file = tempfile::tempfile_in(folder).map_err(unwritable)?;
    let image = decoder.shape.len();
    let (mut labels, mut broken) = (Vec::with_capacity(files.len()), Vec::new());
    let mut findings = Findings::default();
    let per_piece = (PIECE / image).max(1);
    for (number, files) in files.chunks(per_piece).enumerate() {
        let piece = Part::decode(files, decoder, on_broken, progress)?;
        file.write_all(&piece.pixels).map_err(unwritable)?;
        findings = findings.and(piece.findings);
        labels.extend(piece.labels);
        broken.extend(
            piece.broken.into_iter().map(|(place, reason)| (number * per_piece + place, reason)),
        );
    }
    let layout = Layout { offset: 0, stride: image, image, images: labels.len() };
    let pixels = Pixels::Mapped(Mapped::new(vec![Segment::map(&file, folder, layout)?]));
    Ok(Part { pixels, labels, broken, findings })
}
