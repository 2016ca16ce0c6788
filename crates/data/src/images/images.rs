//! Images of one shape with their labels.

use std::borrow::Cow;
use std::fmt;

use crate::images::pixels::Pixels;
use crate::{DataError, ImageShape};

/// The number of images that are requested at a time when all are processed: enough to keep a disk
/// busy.
pub(crate) const BLOCK: usize = 256;

/// Labelled images of one shape: 8-bit pixels, in one buffer or in mapped files
/// ([`Storage`](crate::Storage)), and one label each.
///
/// Images are equal if their bytes and labels are equal, independent of their storage.
///
/// # Shapes
///
/// Pixels are \[images, channels, height, width\], planar and row by row: the layout of the CIFAR
/// files and of PyTorch batches.
///
/// ```
/// use zunder_data::{ImageShape, Images};
///
/// let shape = ImageShape { channels: 1, height: 1, width: 2 };
/// let images = Images::new(shape, vec![0, 255, 7, 8], vec![1, 0], 2)?;
/// assert_eq!(images.len(), 2);
/// assert_eq!(images.image(1), [7, 8]);
/// assert_eq!(images.label(0), 1);
/// # Ok::<(), zunder_data::DataError>(())
/// ```
#[derive(Clone)]
pub struct Images {
    shape: ImageShape,
    pixels: Pixels,
    labels: Vec<u32>,
    n_classes: usize,
}

impl Images {
    /// Creates images from `pixels` and `labels`, after checking that they match.
    ///
    /// # Errors
    ///
    /// Returns an error if the shape is empty, if there are more images than `u32` can number, if
    /// the buffer does not hold one image per label, or if a label is not below `n_classes`.
    pub fn new(
        shape: ImageShape,
        pixels: Vec<u8>,
        labels: Vec<u32>,
        n_classes: usize,
    ) -> Result<Self, DataError> {
        if labels.len().checked_mul(shape.len()) != Some(pixels.len()) {
            return Err(DataError::PixelCount { got: pixels.len(), images: labels.len(), shape });
        }
        Self::with_pixels(shape, Pixels::Memory(pixels), labels, n_classes)
    }

    /// As [`new`](Self::new), with the pixels of as many images of this shape as there are labels,
    /// in any storage.
    pub(crate) fn with_pixels(
        shape: ImageShape,
        pixels: Pixels,
        labels: Vec<u32>,
        n_classes: usize,
    ) -> Result<Self, DataError> {
        check_shape(shape)?;
        if u32::try_from(labels.len()).is_err() {
            return Err(DataError::setting(
                "the number of images",
                labels.len(),
                format!("at most {}", u32::MAX),
            ));
        }
        check_labels(&labels, n_classes)?;
        Ok(Self { shape, pixels, labels, n_classes })
    }

    /// Keeps the images at `indices` (ascending) and replaces their labels; reuses the buffer.
    pub(crate) fn subset(
        self,
        indices: &[u32],
        labels: Vec<u32>,
        n_classes: usize,
    ) -> Result<Self, DataError> {
        let pixels = self.pixels.subset(indices, self.shape.len());
        Self::with_pixels(self.shape, pixels, labels, n_classes)
    }

    /// Creates two parts from two others: `parts` are the numbers of images of `first` and,
    /// following them, of `second`.
    pub(crate) fn regroup(
        first: &Self,
        second: &Self,
        parts: [&[u32]; 2],
        labels: [Vec<u32>; 2],
    ) -> Result<[Self; 2], DataError> {
        let (shape, n_classes) = (first.shape, first.n_classes);
        let [a, b] = parts.map(|part| {
            Pixels::joined((&first.pixels, first.len()), &second.pixels, part, shape.len())
        });
        let [c, d] = labels;
        Ok([Self::with_pixels(shape, a, c, n_classes)?, Self::with_pixels(shape, b, d, n_classes)?])
    }

    /// Number of images.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Returns whether there is no image.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// Returns the shape of all images.
    pub fn shape(&self) -> ImageShape {
        self.shape
    }

    /// Returns the number of classes. Every label is below it.
    pub fn n_classes(&self) -> usize {
        self.n_classes
    }

    /// Returns the pixels of image `i`, \[channels, height, width\], 0 to 255.
    ///
    /// # Panics
    ///
    /// Panics if `i` is not below [`len`](Images::len).
    #[inline]
    pub fn image(&self, i: usize) -> &[u8] {
        self.pixels.image(i, self.shape.len())
    }

    /// Returns the class of image `i`.
    ///
    /// # Panics
    ///
    /// Panics if `i` is not below [`len`](Images::len).
    #[inline]
    pub fn label(&self, i: usize) -> u32 {
        self.labels[i]
    }

    /// Returns the classes of all images, in order.
    pub fn labels(&self) -> &[u32] {
        &self.labels
    }

    /// Returns all pixels, \[images, channels, height, width\]: borrowed if they are in memory,
    /// otherwise copied.
    pub fn pixels(&self) -> Cow<'_, [u8]> {
        self.pixels.all(self.len(), self.shape.len())
    }

    /// Requests that the images at `indices` are read ahead of their use, unless they are in
    /// memory. Returns without waiting.
    #[inline]
    pub(crate) fn will_need(&self, indices: &[u32]) {
        self.pixels.will_need(indices);
    }

    /// Returns an error if an index is out of range.
    pub(crate) fn check_indices(&self, indices: &[u32]) -> Result<(), DataError> {
        match indices.iter().find(|&&i| i as usize >= self.len()) {
            Some(&index) => Err(DataError::Index { index, images: self.len() }),
            None => Ok(()),
        }
    }
}

impl PartialEq for Images {
    fn eq(&self, other: &Self) -> bool {
        (self.shape, self.n_classes, &self.labels) == (other.shape, other.n_classes, &other.labels)
            && (0..self.len()).all(|i| self.image(i) == other.image(i))
    }
}

impl Eq for Images {}

/// Returns an error if images of this shape have no pixel.
pub(crate) fn check_shape(shape: ImageShape) -> Result<(), DataError> {
    if shape.is_empty() {
        return Err(DataError::setting(
            "the image shape",
            shape,
            "at least one channel, row and column",
        ));
    }
    Ok(())
}

/// Returns an error if a label is out of range.
pub(crate) fn check_labels(labels: &[u32], n_classes: usize) -> Result<(), DataError> {
    match labels.iter().position(|&label| label as usize >= n_classes) {
        Some(image) => Err(DataError::Label { image, label: labels[image], n_classes }),
        None => Ok(()),
    }
}

impl fmt::Debug for Images {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Images")
            .field("len", &self.len())
            .field("shape", &self.shape)
            .field("n_classes", &self.n_classes)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHAPE: ImageShape = ImageShape { channels: 1, height: 2, width: 2 };

    #[track_caller]
    fn check_refused(shape: ImageShape, pixels: usize, labels: &[u32], message: &str) {
        let error = Images::new(shape, vec![0; pixels], labels.to_vec(), 3).unwrap_err();
        assert_eq!(error.to_string(), message);
    }

    #[test]
    fn what_does_not_fit_together_is_refused() {
        check_refused(
            SHAPE,
            7,
            &[0, 1],
            "the pixel buffer has 7 bytes, expected 8 for 2 images of 1x2x2",
        );
        check_refused(SHAPE, 8, &[0, 3], "image 1 has label 3, expected 0 to 2");
        let empty = ImageShape { height: 0, ..SHAPE };
        check_refused(
            empty,
            0,
            &[0],
            "the image shape is 1x0x2, expected at least one channel, row and column",
        );
        let huge = ImageShape { channels: usize::MAX, ..SHAPE };
        check_refused(
            huge,
            8,
            &[0, 1],
            &format!(
                "the pixel buffer has 8 bytes, expected {} for 2 images of {huge}",
                usize::MAX
            ),
        );
    }

    #[test]
    fn no_images_are_fine() {
        assert!(Images::new(SHAPE, vec![], vec![], 3).unwrap().is_empty());
    }
}
