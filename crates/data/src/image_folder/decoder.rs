//! One image file becomes an image of the data set's shape.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::flatten::{flatten, luma};
use super::placement::{Placement, ResizeMode};
use super::resize::resize;
use super::{file, size};
use crate::{DataError, ImageShape};

/// Turns an image file into pixels of one shape, for a data set and for the images to be classified later alike.
///
/// In this order: decoded, turned upright as its EXIF orientation says, scaled to 8 bits (rounded), laid on the background where it is transparent, made grey or RGB, resized. Colour
/// profiles and gamma chunks are not applied, as in torchvision.
///
/// ```
/// use zunder_data::ImageShape;
/// use zunder_data::image_folder::{ImageDecoder, ResizeMode};
///
/// let shape = ImageShape { channels: 3, height: 32, width: 32 };
/// let decoder = ImageDecoder { shape, resize: ResizeMode::Crop, background: [255; 3] };
/// assert!(decoder.read("no/such/cat.jpg".as_ref()).is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImageDecoder {
    /// The shape of the pixels: 1 channel (grey) or 3 (RGB), sides of 1 to 4,096.
    pub shape: ImageShape,
    /// How an image of other proportions fills the shape.
    pub resize: ResizeMode,
    /// The colour behind transparent pixels, and around a padded image: red, green, blue.
    pub background: [u8; 3],
}

impl ImageDecoder {
    /// Checks that the shape is one of those that can be made.
    ///
    /// # Errors
    ///
    /// If channels are neither 1 nor 3, or a side is not 1 to 4,096.
    pub fn validate(&self) -> Result<(), DataError> {
        size::check_channels(self.shape.channels)?;
        size::check_sides(self.shape.height, self.shape.width)
    }

    /// The pixels of the file at `path`: \[channels, height, width\], planar and row by row.
    ///
    /// # Errors
    ///
    /// Those of [`validate`](ImageDecoder::validate); if the file cannot be read or decoded, or is larger than 512 MiB, as it is or decoded, or 16,384 pixels along a side.
    pub fn read(&self, path: &Path) -> Result<Vec<u8>, DataError> {
        self.validate()?;
        let mut pixels = vec![0; self.shape.len()];
        self.read_into(path, &mut pixels)?;
        Ok(pixels)
    }

    /// Like [`read`](ImageDecoder::read), into `out`, which has the shape's length.
    pub(super) fn read_into(&self, path: &Path, out: &mut [u8]) -> Result<(), DataError> {
        let image = file::decode(&file::read(path)?, path)?;
        let image = flatten(image, self.shape.channels, self.background);
        let placement = Placement::new([image.height, image.width], [self.shape.height, self.shape.width], self.resize);
        if self.resize == ResizeMode::Pad {
            let background = if self.shape.channels == 1 { [luma(self.background); 3] } else { self.background };
            for (plane, value) in out.chunks_exact_mut(self.shape.height * self.shape.width).zip(background) {
                plane.fill(value);
            }
        }
        resize(&image, &placement, out, self.shape.width);
        Ok(())
    }
}
