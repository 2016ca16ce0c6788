use zunder_random::Key;

use crate::augment::AugmentConfig;
use crate::colour::ColourMap;
use crate::{ImageShape, sample};

/// Turns an image's bytes into a network's input: augmented and standardised. Made by [`AugmentConfig::init`].
///
/// All geometric steps compose to one map from output places to input places, which is sampled once; all colour steps and the standardisation compose to one affine map.
#[derive(Clone, Debug, PartialEq)]
pub struct Pipeline {
    augment: AugmentConfig,
    shape: ImageShape,
    colours: ColourMap,
}

impl Pipeline {
    pub(crate) fn new(augment: AugmentConfig, shape: ImageShape, colours: ColourMap) -> Self {
        Self { augment, shape, colours }
    }

    /// The shape of the images that it takes and of what it makes of them.
    pub fn shape(&self) -> ImageShape {
        self.shape
    }

    /// Writes the augmented, standardised `image` over `out`.
    ///
    /// `key` is that of this image in this epoch: the same key moves the image the same way.
    ///
    /// # Shapes
    ///
    /// `image` and `out`: \[channels, height, width\].
    ///
    /// # Panics
    ///
    /// If `image` or `out` has not [`shape().len()`](ImageShape::len) values.
    ///
    /// ```
    /// use zunder_data::{AugmentConfig, ImageShape, Standardisation};
    /// use zunder_random::Key;
    ///
    /// let shape = ImageShape { channels: 1, height: 1, width: 2 };
    /// let standardisation = Standardisation { mean: vec![0.5], std: vec![0.25] };
    /// let mirror = AugmentConfig { horizontal_flip: 1.0, ..Default::default() }.init(shape, &standardisation)?;
    /// let mut out = [0.0; 2];
    /// mirror.apply(&[0, 255], Key::new(1), &mut out);
    /// assert_eq!(out, [2.0, -2.0]);
    /// # Ok::<(), zunder_data::DataError>(())
    /// ```
    pub fn apply(&self, image: &[u8], key: Key, out: &mut [f32]) {
        assert_eq!((image.len(), out.len()), (self.shape.len(), self.shape.len()), "image and output must have the pipeline's shape");
        let map = self.augment.draw(self.shape, key);
        match map.as_shift() {
            Some(shift) => sample::shift(image, self.shape, shift, &self.colours, out),
            None => sample::bilinear(image, self.shape, &map, &self.colours, out),
        }
    }
}
