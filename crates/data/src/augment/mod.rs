//! What a training image may undergo: the steps, their settings, and ready-made choices of them.

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
    /// A window of the old size out of the image with padding around it: a shift by whole pixels.
    crop: Crop,
    /// A part of the image, enlarged.
    resized_crop: ResizedCrop,
    /// Left to right.
    horizontal_flip: Flip,
    /// Top to bottom.
    vertical_flip: Flip,
    /// Larger or smaller.
    scale: Scale,
    /// Slanted.
    shear: Shear,
    /// Turned.
    rotation: Rotation,
    /// Moved, between pixels too.
    shift: Shift,
    /// Seen from the side.
    perspective: Perspective,
    /// Bent smoothly.
    elastic: Elastic,
    /// All values times a factor.
    brightness: Jitter,
    /// The distance of all values from the image's mean luminance, times a factor.
    contrast: Jitter,
    /// The distance of each colour from its own luminance, times a factor. Three channels only.
    saturation: Jitter,
    /// Other colours of the same mean and saturation. Three channels only.
    hue: Hue,
    /// No colour. Three channels only.
    grayscale: Grayscale,
    /// Each channel stretched to the full range.
    auto_contrast: AutoContrast,
    /// Each channel's levels about as frequent as each other.
    equalise: Equalise,
    /// Lighter or darker shadows.
    gamma: Gamma,
    /// Fewer levels.
    posterise: Posterise,
    /// Bright values inverted.
    solarise: Solarise,
    /// Out of focus.
    blur: Blur,
    /// The distance of each value from its neighbourhood's mean, times a factor.
    sharpness: Jitter,
    /// Some operations of fourteen, at one strength.
    rand_augment: RandAugment,
    /// One operation of fourteen, at any strength.
    trivial_augment: TrivialAugment,
    /// Normally distributed noise.
    noise: Noise,
    /// A covered rectangle.
    erasing: Erasing,
    /// A covered square.
    cutout: Cutout,
    /// Two images blended, and their labels.
    mixup: MixUp,
    /// A rectangle of another image, and its share of the label.
    cutmix: CutMix,
}

impl AugmentConfig {
    /// How batches are mixed.
    pub fn mixing(&self) -> Option<Mixing> {
        (self.mixup.is_some() || self.cutmix.is_some())
            .then_some(Mixing { mixup: self.mixup, cutmix: self.cutmix })
    }

    /// The steps that are on and need red, green and blue.
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
