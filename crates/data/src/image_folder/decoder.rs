//! Decodes an image file to an image of the data set's shape.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::findings::{FULL_DEPTH, Findings, highest};
use super::flatten::{flatten, luma, shows_something};
use super::placement::{Placement, ResizeMode};
use super::resize::resize;
use super::{file, size};
use crate::{DataError, ImageShape};

/// Decodes image files to pixels of one shape, for a data set and for images to be classified
/// later.
///
/// The steps are, in this order: check that the file is complete and decode it, apply its EXIF
/// orientation, scale to 8 bits (rounded), blend transparent pixels with the background (an alpha
/// of zeros everywhere counts as opaque), convert to grey or RGB, resize. Colour profiles and gamma
/// chunks are not applied, as in torchvision.
///
/// ```
/// use zunder_data::ImageShape;
/// use zunder_data::image_folder::{ImageDecoder, ResizeMode};
///
/// let shape = ImageShape { channels: 3, height: 32, width: 32 };
/// let decoder = ImageDecoder { shape, resize: ResizeMode::Crop, background: [255; 3], depth: 16 };
/// assert!(decoder.read("no/such/cat.jpg".as_ref()).is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImageDecoder {
    /// The shape of the pixels: 1 channel (grey) or 3 (RGB), sides of 1 to 4,096.
    pub shape: ImageShape,
    /// The method for images of another aspect ratio.
    pub resize: ResizeMode,
    /// The colour behind transparent pixels and around a padded image: red, green, blue.
    pub background: [u8; 3],
    /// The number of bits used in 16-bit samples, 8 to 16: 2^depth - 1 becomes white, as for
    /// sensors of 10, 12 or 14 bits, and larger samples are clipped. Files of 8 bits are not
    /// affected. Default: 16.
    #[serde(default = "full_depth", skip_serializing_if = "is_full_depth")]
    pub depth: u8,
}

fn full_depth() -> u8 {
    FULL_DEPTH
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
pub(super) fn is_full_depth(depth: &u8) -> bool {
    *depth == FULL_DEPTH
}

impl ImageDecoder {
    /// Checks that the settings are in their ranges.
    ///
    /// # Errors
    ///
    /// Returns [`DataError::Setting`] if the number of channels is neither 1 nor 3, a side is not 1
    /// to 4,096, or the depth is not 8 to 16.
    pub fn validate(&self) -> Result<(), DataError> {
        size::check_depth(self.depth)?;
        size::check_channels(self.shape.channels)?;
        size::check_sides(self.shape.height, self.shape.width)
    }

    /// Reads the pixels of the file at `path`: \[channels, height, width\], planar and row by row.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`validate`](ImageDecoder::validate), and an error if the file cannot
    /// be read or decoded, or is larger than 512 MiB, encoded or decoded, or 16,384 pixels along a
    /// side.
    pub fn read(&self, path: &Path) -> Result<Vec<u8>, DataError> {
        Ok(self.read_with_findings(path)?.0)
    }

    /// As [`read`](ImageDecoder::read), with findings about the file.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`read`](ImageDecoder::read).
    pub fn read_with_findings(&self, path: &Path) -> Result<(Vec<u8>, Findings), DataError> {
        self.validate()?;
        let mut pixels = vec![0; self.shape.len()];
        let findings = self.read_into(path, &mut pixels)?;
        Ok((pixels, findings))
    }

    /// Decodes an image file that is in memory, as [`read`](ImageDecoder::read) decodes a file on
    /// disk. `path` is for messages.
    ///
    /// # Errors
    ///
    /// Those of [`validate`](ImageDecoder::validate); if the bytes cannot be decoded, or are more
    /// than 512 MiB, as they are or decoded, or 16,384 pixels along a side.
    pub fn decode(&self, bytes: &[u8], path: &Path) -> Result<Vec<u8>, DataError> {
        self.validate()?;
        file::check_length(bytes.len() as u64, path)?;
        let mut pixels = vec![0; self.shape.len()];
        self.decode_into(bytes, path, &mut pixels)?;
        Ok(pixels)
    }

    /// Returns the largest 16-bit sample that is not clipped: 2^depth - 1.
    pub fn highest(&self) -> u16 {
        highest(self.depth)
    }

    /// As [`read`](ImageDecoder::read), into `out`, which has the shape's length.
    pub(super) fn read_into(&self, path: &Path, out: &mut [u8]) -> Result<Findings, DataError> {
        self.decode_into(&file::read(path)?, path, out)
    }

    fn decode_into(
        &self,
        bytes: &[u8],
        path: &Path,
        out: &mut [u8],
    ) -> Result<Findings, DataError> {
        let image = file::decode(bytes, path)?;
        let (image, mut findings) =
            flatten(image, self.shape.channels, self.background, self.depth);
        let placement = Placement::new(
            [image.height, image.width],
            [self.shape.height, self.shape.width],
            self.resize,
        );
        if self.resize == ResizeMode::Pad {
            let background =
                if self.shape.channels == 1 { [luma(self.background); 3] } else { self.background };
            for (plane, value) in
                out.chunks_exact_mut(self.shape.height * self.shape.width).zip(background)
            {
                plane.fill(value);
            }
        }
        resize(&image, &placement, out, self.shape.width);
        let is_flat = out
            .chunks_exact(out.len() / self.shape.channels)
            .all(|plane| plane.iter().all(|&level| level == plane[0]));
        if is_flat && self.shape.height * self.shape.width > 1 && shows_something(&image) {
            findings.scaled_away = 1;
        }
        Ok(findings)
    }
}
