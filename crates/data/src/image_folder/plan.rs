//! The files that become a data set, and the images decoded from them.

use std::fs::File;
use std::path::Path;

use super::decode::Part;
use super::listing::ImageFile;
use crate::error::unreadable;
use crate::images::mapped::{Layout, Mapped, Segment};
use crate::images::pixels::Pixels;
use crate::{DataError, ImageShape};

/// The decoded images, as a cache file stores them.
#[derive(Debug)]
pub(super) struct Decoded {
    pub shape: ImageShape,
    pub train: Part,
    pub test: Part,
}

impl Decoded {
    /// Replaces the pixels of both parts by those of a cache file, starting at `offset`.
    pub(super) fn map(&mut self, path: &Path, mut offset: u64) -> Result<(), DataError> {
        let file = File::open(path).map_err(|reason| unreadable(path, reason))?;
        let image = self.shape.len();
        for part in [&mut self.train, &mut self.test] {
            let layout = Layout { offset, stride: image, image, images: part.labels.len() };
            part.pixels = Pixels::Mapped(Mapped::new(vec![Segment::map(&file, path, layout)?]));
            offset += (image * part.labels.len()) as u64;
        }
        Ok(())
    }
}

/// The files of both parts and the meaning of their labels.
pub(super) struct Plan {
    pub classes: Vec<String>,
    pub train: Vec<ImageFile>,
    pub test: Vec<ImageFile>,
}
