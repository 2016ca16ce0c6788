//! Checks whether images differ at all. If not, the files were probably read wrongly or lost their
//! content.

use rayon::prelude::*;

use crate::Images;

/// The largest difference of levels, of 255, within a channel of an image of one colour.
const LEVELS: u8 = 2;

/// The variation between and within images.
///
/// Counting stops at the first pixel that differs, so that most of an ordinary image is not read.
///
/// ```
/// use zunder_data::{ImageShape, Images, Variation};
///
/// let shape = ImageShape { channels: 1, height: 1, width: 2 };
/// let images = Images::new(shape, vec![7, 7, 9, 200], vec![0, 1], 2)?;
/// let variation = Variation::of(&images, &[0, 1]);
/// assert_eq!((variation.images, variation.flat, variation.same), (2, 1, false));
/// # Ok::<(), zunder_data::DataError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Variation {
    /// The number of images.
    pub images: usize,
    /// Images of one colour: no channel varies by more than 2 levels of 255 within the image.
    pub flat: usize,
    /// Channels of several that vary by at most 2 levels over all images, numbered from 0.
    pub constant: Vec<usize>,
    /// Whether all images are equal, if there are at least two.
    pub same: bool,
    channels: usize,
}

impl Variation {
    /// Measures the images at `indices`.
    ///
    /// # Panics
    ///
    /// Panics if an index is not below the number of images.
    pub fn of(images: &Images, indices: &[u32]) -> Self {
        let shape = images.shape();
        let plane = shape.height * shape.width;
        let image = |i: &u32| images.image(*i as usize);
        let is_flat =
            |image: &[u8]| image.chunks_exact(plane).all(|values| Range::default().holds(values));
        let flat = indices.par_iter().filter(|i| is_flat(image(i))).count();
        let is_constant = |channel: usize| {
            let mut range = Range::default();
            indices.iter().all(|i| range.holds(&image(i)[channel * plane..(channel + 1) * plane]))
        };
        let constant = (0..shape.channels)
            .filter(|&channel| shape.channels > 1 && is_constant(channel))
            .collect();
        let same = indices.len() > 1 && indices.iter().all(|i| image(i) == image(&indices[0]));
        Self { images: indices.len(), flat, constant, same, channels: shape.channels }
    }

    /// Returns whether most images are of one colour.
    pub fn mostly_flat(&self) -> bool {
        2 * self.flat > self.images
    }

    /// Returns one sentence for each problem of these training images, with the likely cause.
    pub fn remarks(&self) -> Vec<String> {
        let mut remarks = Vec::new();
        let n = self.images;
        if self.same {
            remarks.push(format!(
                "all {n} training images are equal, so there is nothing to tell classes apart by: \
                 check how the files were \
                 made, and look at them with preview"
            ));
        } else if self.mostly_flat() {
            remarks.push(format!(
                "{} of {n} training images are of one colour each. Likely causes: samples that use \
                 a few bits of their range \
                 (of folders data.image_folder.depth stretches them), drawings on a transparent \
                 ground in the background's \
                 colour (data.image_folder.background), masks, or files written wrongly; look at \
                 them with preview",
                self.flat
            ));
        }
        if !self.same && self.flat < n && !self.constant.is_empty() {
            let numbers: Vec<String> =
                self.constant.iter().map(|channel| (channel + 1).to_string()).collect();
            remarks.push(format!(
                "channel {} of {} is the same in every training image and tells a network nothing: \
                 the images have too many \
                 channels, or lost one when they were written (of folders \
                 data.image_folder.channels=1 makes them grey)",
                numbers.join(" and "),
                self.channels
            ));
        }
        remarks
    }
}

/// The lowest and the highest value so far.
#[derive(Default)]
struct Range(Option<(u8, u8)>);

impl Range {
    /// Adds values until they are too far apart. Returns whether they never were.
    fn holds(&mut self, values: &[u8]) -> bool {
        // Ordinary images end within the first piece, and flat ones are processed fast.
        values.chunks(64).all(|piece| {
            let (low, high) = self.0.unwrap_or((u8::MAX, 0));
            let low = piece.iter().fold(low, |low, &value| low.min(value));
            let high = piece.iter().fold(high, |high, &value| high.max(value));
            self.0 = Some((low, high));
            high - low <= LEVELS
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ImageShape;

    fn variation(channels: usize, width: usize, pixels: Vec<u8>) -> Variation {
        let shape = ImageShape { channels, height: 1, width };
        let n = pixels.len() / shape.len();
        let images = Images::new(shape, pixels, vec![0; n], 1).unwrap();
        Variation::of(&images, &(0..n as u32).collect::<Vec<_>>())
    }

    #[test]
    fn images_of_one_colour_are_counted() {
        let good = variation(1, 3, vec![0, 5, 9, 3, 3, 3, 7, 0, 1]);
        assert_eq!((good.flat, good.same, good.remarks()), (1, false, Vec::new()));
        // Two levels are not a picture: a mask, or the lowest bits of 16.
        let most = variation(1, 3, vec![0, 1, 2, 3, 3, 3, 7, 0, 1]);
        assert_eq!(most.flat, 2);
        assert!(
            most.remarks()[0].starts_with("2 of 3 training images are of one colour each."),
            "{:?}",
            most.remarks()
        );
        // Images of one colour each can differ in that colour; the remark is made for them too.
        let own = variation(3, 2, vec![9, 9, 8, 8, 0, 0, 200, 200, 8, 8, 0, 0]);
        assert_eq!((own.flat, own.same, own.remarks().len()), (2, false, 1));
    }

    #[test]
    fn channels_that_never_change_are_named() {
        let blue = variation(3, 2, vec![9, 90, 8, 80, 0, 1, 20, 200, 8, 90, 0, 0]);
        assert_eq!(blue.constant, [2]);
        assert!(
            blue.remarks()[0].starts_with("channel 3 of 3 is the same in every training image"),
            "{:?}",
            blue.remarks()
        );
        let both = variation(3, 2, vec![9, 90, 8, 8, 0, 1, 20, 200, 8, 9, 0, 0]);
        assert!(both.remarks()[0].starts_with("channel 2 and 3 of 3"), "{:?}", both.remarks());
    }

    #[test]
    fn equal_images_are_told() {
        let same = variation(1, 2, vec![4, 40, 4, 40]);
        assert!(
            same.same
                && same.remarks().len() == 1
                && same.remarks()[0].starts_with("all 2 training images are equal")
        );
        assert!(!variation(1, 2, vec![4, 40]).same);
        assert_eq!(variation(1, 2, Vec::new()).remarks(), [""; 0]);
    }
}
