//! The pipeline from an image's bytes to a network's input: augmentation and standardisation.

use std::cell::RefCell;

use rayon::prelude::*;
use zunder_random::Key;

use crate::augment::{Draw, Drawing};
use crate::render::colour::{ColourMatrix, OutputMap};
use crate::render::displacement::Displacement;
use crate::render::finish::Finish;
use crate::render::level::level;
use crate::render::sample::{self, Lookup, Scratch};
use crate::{AugmentConfig, DataError, ImageShape, Mixing, Standardisation};

/// Converts an image's bytes to a network's input: augmented and standardised. Made by
/// [`AugmentConfig::init`].
///
/// All geometric steps are composed to one map from output positions to input positions, which is
/// sampled once. All linear colour steps and the standardisation are composed to one matrix, whose
/// result is clamped once, to the images of 0 and 255. (torchvision clamps and rounds after each
/// step: values that leave the range in one step and return in a later one are cut off there, but
/// not here.)
///
/// The same key changes an image in the same way, to the same bits, for any number of threads and
/// on any processor.
#[derive(Clone, Debug, PartialEq)]
pub struct Pipeline {
    drawing: Drawing,
    mixing: Option<Mixing>,
    shape: ImageShape,
    standardised: OutputMap,
    bytes: OutputMap,
    /// The mean colour, in bytes, with which rectangles are covered. Standardised it is 0.
    mean: Vec<f32>,
}

/// The buffers for processing an image.
#[derive(Default)]
struct Workspace {
    scratch: Scratch,
    displacement: Displacement,
    values: Vec<f32>,
    buffer: Vec<f32>,
}

thread_local! {
    static WORKSPACE: RefCell<Workspace> = RefCell::default();
}

/// Positions in longer images would not be exact in single precision.
const LONGEST_SIDE: usize = 1 << 20;
/// Positions are numbered in 32 bits, including those of the margin of an image.
const MOST_PIXELS: usize = 1 << 31;

impl AugmentConfig {
    /// Creates the pipeline that augments images of `shape` and then standardises them.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`validate`](Self::validate) and [`Standardisation::validate`], and an
    /// error if `shape` is empty, longer than 1,048,576 pixels or larger than 2,147,483,648, if its
    /// shorter side is not longer than `crop.padding`, so that a window could miss the image, or if
    /// a step needs colours that images of that shape do not have.
    pub fn init(
        &self,
        shape: ImageShape,
        standardisation: &Standardisation,
    ) -> Result<Pipeline, DataError> {
        self.validate()?;
        if shape.is_empty() {
            return Err(DataError::setting(
                "the image shape",
                shape,
                "at least one channel, row and column",
            ));
        }
        if shape.height.max(shape.width) > LONGEST_SIDE {
            return Err(DataError::setting(
                "the image shape",
                shape,
                format!("at most {LONGEST_SIDE} pixels a side"),
            ));
        }
        if shape.height * shape.width > MOST_PIXELS {
            return Err(DataError::setting(
                "the image shape",
                shape,
                format!("at most {MOST_PIXELS} pixels"),
            ));
        }
        standardisation.validate(shape)?;
        let active = self.active();
        active.crop.map_or(Ok(()), |step| step.fits(shape))?;
        if let Some(step) = active.colour_steps().into_iter().flatten().next()
            && shape.channels != 3
        {
            return Err(DataError::NoColour { step, channels: shape.channels });
        }
        Ok(Pipeline::new(Drawing::new(&active, shape), active.mixing(), shape, standardisation))
    }
}

impl Pipeline {
    pub(crate) fn new(
        drawing: Drawing,
        mixing: Option<Mixing>,
        shape: ImageShape,
        standardisation: &Standardisation,
    ) -> Self {
        Self {
            drawing,
            mixing,
            shape,
            standardised: OutputMap::standardise(standardisation),
            bytes: OutputMap::bytes(shape.channels),
            mean: standardisation.mean.iter().map(|mean| 255.0 * mean).collect(),
        }
    }

    /// Returns the shape of the input and the output images.
    pub fn shape(&self) -> ImageShape {
        self.shape
    }

    /// Returns the mixing of batches, after their images were made one by one.
    pub fn mixing(&self) -> Option<Mixing> {
        self.mixing
    }

    /// Writes the augmented, standardised `image` to `out`.
    ///
    /// `key` is that of this image in this epoch. The same key changes the image in the same way.
    ///
    /// # Shapes
    ///
    /// `image` and `out`: \[channels, height, width\].
    ///
    /// # Panics
    ///
    /// Panics if `image` or `out` does not have [`shape().len()`](ImageShape::len) values.
    ///
    /// ```
    /// use zunder_data::{AugmentConfig, Flip, ImageShape, Standardisation};
    /// use zunder_random::Key;
    ///
    /// let shape = ImageShape { channels: 1, height: 1, width: 2 };
    /// let standardisation = Standardisation { mean: vec![0.5], std: vec![0.25] };
    /// let mirror = AugmentConfig {
    ///     horizontal_flip: Some(Flip { probability: 1.0 }),
    ///     ..Default::default()
    /// }
    /// .init(shape, &standardisation)?;
    /// let mut out = [0.0; 2];
    /// mirror.apply(&[0, 255], Key::new(1), &mut out);
    /// assert_eq!(out, [2.0, -2.0]);
    /// # Ok::<(), zunder_data::DataError>(())
    /// ```
    pub fn apply(&self, image: &[u8], key: Key, out: &mut [f32]) {
        self.check(image.len(), out.len(), 1);
        WORKSPACE.with_borrow_mut(|workspace| {
            self.render(image, key, &self.standardised, &|_| 0.0, workspace, out);
        });
    }

    /// Writes the augmented `image` to `out` as bytes, not standardised, for display or for other
    /// programs.
    ///
    /// # Shapes
    ///
    /// `image` and `out`: \[channels, height, width\].
    ///
    /// # Panics
    ///
    /// Panics if `image` or `out` does not have [`shape().len()`](ImageShape::len) values.
    ///
    /// ```
    /// use zunder_data::{AugmentConfig, ImageShape, Rotation, Standardisation};
    /// use zunder_random::Key;
    ///
    /// let shape = ImageShape { channels: 3, height: 24, width: 16 };
    /// let turned = AugmentConfig { rotation: Some(Rotation::default()), ..Default::default() }
    ///     .init(shape, &Standardisation::none(3))?;
    /// let mut out = vec![0; shape.len()];
    /// turned.apply_u8(&vec![128; shape.len()], Key::new(1), &mut out);
    /// assert_eq!(out[12 * 16 + 8], 128); // the middle; corners are black
    /// # Ok::<(), zunder_data::DataError>(())
    /// ```
    pub fn apply_u8(&self, image: &[u8], key: Key, out: &mut [u8]) {
        self.check(image.len(), out.len(), 1);
        WORKSPACE.with_borrow_mut(|workspace| {
            let mut values = std::mem::take(&mut workspace.values);
            values.resize(out.len(), 0.0);
            self.render(
                image,
                key,
                &self.bytes,
                &|channel| self.mean[channel],
                workspace,
                &mut values,
            );
            out.iter_mut().zip(&values).for_each(|(out, value)| *out = level(*value));
            workspace.values = values;
        });
    }

    /// [`apply`](Self::apply) for many images, on all threads of the current rayon pool: image i of
    /// `images` with `key.at(i)`.
    ///
    /// # Shapes
    ///
    /// `images` and `out`: \[images, channels, height, width\].
    ///
    /// # Panics
    ///
    /// Panics if `images` and `out` do not have the same whole number of images.
    pub fn apply_all(&self, images: &[u8], key: Key, out: &mut [f32]) {
        self.check(images.len(), out.len(), images.len() / self.shape.len());
        let pairs = images
            .par_chunks_exact(self.shape.len())
            .zip(out.par_chunks_exact_mut(self.shape.len()));
        pairs.enumerate().for_each(|(i, (image, out))| self.apply(image, key.at(i as u64), out));
    }

    /// Returns the map from output to input pixels, without the elastic displacement: the position
    /// (x, y) is taken from (u / w, v / w) of the image, with (u, v, w) = M (x, y, 1). Pixel
    /// centres have whole coordinates, (0, 0) at the top left.
    ///
    /// Its inverse moves annotations, such as points and boxes, with the image of the same `key`.
    ///
    /// ```
    /// use zunder_data::{AugmentConfig, Flip, ImageShape, Standardisation};
    /// use zunder_random::Key;
    ///
    /// let shape = ImageShape { channels: 3, height: 24, width: 16 };
    /// let mirror = AugmentConfig {
    ///     horizontal_flip: Some(Flip { probability: 1.0 }),
    ///     ..Default::default()
    /// }
    /// .init(shape, &Standardisation::none(3))?;
    /// assert_eq!(mirror.source_map(Key::new(1))[0], [-1.0, 0.0, 15.0]); // x comes from 15 - x
    /// # Ok::<(), zunder_data::DataError>(())
    /// ```
    pub fn source_map(&self, key: Key) -> [[f64; 3]; 3] {
        self.drawing.map(key).0
    }

    /// Returns the effect of all linear colour steps on `image` with `key`, before clamping: a
    /// colour c of values 0 to 255 becomes M c + offset.
    pub fn colour_map(&self, image: &[u8], key: Key) -> ([[f64; 3]; 3], f64) {
        let colour = self.drawing.colour(image, key).unwrap_or(ColourMatrix::IDENTITY);
        (colour.matrix, colour.offset)
    }

    fn check(&self, input: usize, output: usize, images: usize) {
        let expected = self.shape.len() * images;
        assert_eq!(
            (input, output),
            (expected, expected),
            "image and output must have the pipeline's shape, {}",
            self.shape
        );
    }

    fn render(
        &self,
        image: &[u8],
        key: Key,
        map: &OutputMap,
        cover: &dyn Fn(usize) -> f32,
        workspace: &mut Workspace,
        out: &mut [f32],
    ) {
        let draw = self.drawing.draw(image, key);
        let finish = Finish {
            colour: draw.colour,
            tones: &draw.tones,
            curves: self.drawing.curves.as_ref(),
            noise: draw.noise,
            output: map,
        };
        let area = self.shape.height * self.shape.width;
        let border = self.drawing.config.border;
        match draw.map.as_shift().filter(|_| draw.elastic.is_none()) {
            Some(shift) if finish.is_plain() => {
                sample::shift(image, self.shape, shift, border, map, out);
            }
            Some(shift) => {
                sample::shift(image, self.shape, shift, border, &self.bytes, out);
                finish.apply(self.shape, out, &mut workspace.buffer);
            }
            None => {
                self.sample(image, &draw, workspace, out);
                finish.apply(self.shape, out, &mut workspace.buffer);
            }
        }
        for covered in draw.covered.iter().flatten() {
            for (channel, plane) in out.chunks_exact_mut(area).enumerate() {
                let rows = plane
                    .chunks_exact_mut(self.shape.width)
                    .skip(covered.rows.start)
                    .take(covered.rows.len());
                rows.for_each(|row| row[covered.columns.clone()].fill(cover(channel)));
            }
        }
    }

    fn sample(&self, image: &[u8], draw: &Draw, workspace: &mut Workspace, out: &mut [f32]) {
        let Workspace { scratch, displacement, .. } = workspace;
        let displacement =
            self.drawing.smoothing.as_ref().zip(draw.elastic).map(|(smoothing, key)| {
                smoothing.draw(self.shape, key, displacement);
                (&displacement.x[..], &displacement.y[..])
            });
        let config = &self.drawing.config;
        let lookup = Lookup {
            map: &draw.map,
            displacement,
            border: config.border,
            interpolation: config.interpolation,
        };
        sample::general(image, self.shape, &lookup, scratch, out);
    }
}
