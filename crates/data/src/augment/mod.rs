//! Augmentation: the steps that may change a training image, their settings, and presets.

mod affine;
mod check;
mod crop;
mod draw;
mod elastic;
mod erasing;
mod filters;
mod flip;
mod jitter;
mod levels;
mod mixing;
mod noise;
mod operations;
mod perspective;
mod preset;
mod steps;
mod suitability;
mod uniform;

use serde::{Deserialize, Serialize};

pub use affine::{Rotation, Scale, Shear, Shift};
pub use crop::{Crop, ResizedCrop};
pub use elastic::Elastic;
pub use erasing::{Cutout, Erasing};
pub use filters::Blur;
pub use flip::Flip;
pub use jitter::{Gamma, Grayscale, Hue, Jitter};
pub use levels::{AutoContrast, Equalise, Posterise, Solarise};
pub use mixing::{CutMix, MixUp, Mixing};
pub use noise::Noise;
pub use operations::{RandAugment, TrivialAugment};
pub use perspective::Perspective;

pub(crate) use draw::{Draw, Drawing};

use steps::steps;

use crate::DataError;
use crate::render::sample::{Border, Interpolation};

steps! {
    /// Cuts a window of the original size out of the padded image: a shift by whole pixels.
    crop: Crop,
    /// Cuts out a part of the image and enlarges it.
    resized_crop: ResizedCrop,
    /// Mirrors left and right.
    horizontal_flip: Flip,
    /// Mirrors top and bottom.
    vertical_flip: Flip,
    /// Scales the image.
    scale: Scale,
    /// Shears the image.
    shear: Shear,
    /// Rotates the image.
    rotation: Rotation,
    /// Shifts the image, including fractions of pixels.
    shift: Shift,
    /// Changes the perspective.
    perspective: Perspective,
    /// Deforms the image smoothly.
    elastic: Elastic,
    /// Multiplies all values by a factor.
    brightness: Jitter,
    /// Multiplies the distance of all values from the image's mean luminance by a factor.
    contrast: Jitter,
    /// Multiplies the distance of each colour from its own luminance by a factor. Three channels
    /// only.
    saturation: Jitter,
    /// Rotates the hue. Three channels only.
    hue: Hue,
    /// Removes the colours. Three channels only.
    grayscale: Grayscale,
    /// Stretches each channel to the full range.
    auto_contrast: AutoContrast,
    /// Equalises the histogram of each channel.
    equalise: Equalise,
    /// Brightens or darkens shadows.
    gamma: Gamma,
    /// Reduces the number of levels.
    posterise: Posterise,
    /// Inverts bright values.
    solarise: Solarise,
    /// Blurs the image.
    blur: Blur,
    /// Multiplies the distance of each value from the mean of its neighbourhood by a factor.
    sharpness: Jitter,
    /// Applies several of fourteen operations, at one strength.
    rand_augment: RandAugment,
    /// Applies one of fourteen operations, at a random strength.
    trivial_augment: TrivialAugment,
    /// Adds normally distributed noise.
    noise: Noise,
    /// Covers a rectangle.
    erasing: Erasing,
    /// Covers a square.
    cutout: Cutout,
    /// Blends two images and their labels.
    mixup: MixUp,
    /// Exchanges a rectangle with another image, and the share of the label.
    cutmix: CutMix,
}

impl AugmentConfig {
    /// Returns the mixing of batches, if any.
    pub fn mixing(&self) -> Option<Mixing> {
        (self.mixup.is_some() || self.cutmix.is_some())
            .then_some(Mixing { mixup: self.mixup, cutmix: self.cutmix })
    }

    /// Returns the active steps that need red, green and blue.
    pub(crate) fn colour_steps(&self) -> [Option<&'static str>; 3] {
        [
            self.saturation.map(|_| "saturation"),
            self.hue.map(|_| "hue"),
            self.grayscale.map(|_| "grayscale"),
        ]
    }
}

#[cfg(test)]
mod tests;
