//! What a training image may undergo: the steps, their settings, and ready-made choices of them.

mod affine;
mod check;
mod crop;
mod draw;
mod elastic;
mod erasing;
mod flip;
mod jitter;
mod mixing;
mod noise;
mod perspective;
mod preset;
mod suitability;
mod tone;
mod uniform;

use serde::{Deserialize, Serialize};

pub use affine::{Rotation, Scale, Shear, Shift};
pub use crop::{Crop, ResizedCrop};
pub use elastic::Elastic;
pub use erasing::{Cutout, Erasing};
pub use flip::Flip;
pub use jitter::{Gamma, Grayscale, Hue, Jitter};
pub use mixing::{CutMix, MixUp, Mixing};
pub use noise::Noise;
pub use perspective::Perspective;
pub use suitability::LabelInvariance;

pub(crate) use draw::{Draw, Drawing};
pub(crate) use elastic::Displacement;
pub(crate) use noise::add_noise;
pub(crate) use tone::ToneCurves;

use crate::sample::{Border, Interpolation};
use crate::{DataError, ImageShape, Pipeline, Standardisation};

/// Which random changes a training image undergoes; none by default.
///
/// Every step is a field: set to `Some` it is on, each with a probability of its own. Steps always happen in the order of the fields: geometry, then colour, then what covers and mixes. In a
/// configuration file each is a table, such as `rotation = { degrees = 10 }`; what is left out of it has its default.
///
/// ```
/// use zunder_data::{AugmentConfig, Crop, Flip, Rotation};
///
/// let mine = AugmentConfig {
///     crop: Some(Crop { padding: 2, ..Crop::default() }),
///     rotation: Some(Rotation { degrees: 10.0, probability: 0.5 }),
///     ..AugmentConfig::preset("none")?
/// };
/// mine.validate()?;
/// assert_eq!(AugmentConfig::preset("light")?.horizontal_flip, Some(Flip { probability: 0.5 }));
/// # Ok::<(), zunder_data::DataError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AugmentConfig {
    /// What lies outside the image: `zero` (black), `edge` or `reflect`. Default: `zero`.
    pub border: Border,
    /// How places between pixels get their values: `bilinear` or `nearest`. Default: `bilinear`.
    pub interpolation: Interpolation,
    /// A window of the old size out of the image with padding around it: a shift by whole pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub crop: Option<Crop>,
    /// A part of the image, enlarged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resized_crop: Option<ResizedCrop>,
    /// Left to right.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub horizontal_flip: Option<Flip>,
    /// Top to bottom.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vertical_flip: Option<Flip>,
    /// Larger or smaller.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scale: Option<Scale>,
    /// Slanted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shear: Option<Shear>,
    /// Turned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rotation: Option<Rotation>,
    /// Moved, between pixels too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shift: Option<Shift>,
    /// Seen from the side.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub perspective: Option<Perspective>,
    /// Bent smoothly.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub elastic: Option<Elastic>,
    /// All values times a factor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub brightness: Option<Jitter>,
    /// The distance of all values from the image's mean luminance, times a factor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contrast: Option<Jitter>,
    /// The distance of each colour from its own luminance, times a factor. Three channels only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub saturation: Option<Jitter>,
    /// Other colours of the same mean and saturation. Three channels only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hue: Option<Hue>,
    /// No colour. Three channels only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grayscale: Option<Grayscale>,
    /// Lighter or darker shadows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gamma: Option<Gamma>,
    /// Normally distributed noise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub noise: Option<Noise>,
    /// A covered rectangle.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub erasing: Option<Erasing>,
    /// A covered square.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cutout: Option<Cutout>,
    /// Two images blended, and their labels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mixup: Option<MixUp>,
    /// A rectangle of another image, and its share of the label.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cutmix: Option<CutMix>,
}

/// Places in longer images would not be exact in single precision.
const LONGEST_SIDE: usize = 1 << 20;

impl AugmentConfig {
    /// The names of all steps, in their order.
    pub const STEPS: [&str; 21] = [
        "crop",
        "resized_crop",
        "horizontal_flip",
        "vertical_flip",
        "scale",
        "shear",
        "rotation",
        "shift",
        "perspective",
        "elastic",
        "brightness",
        "contrast",
        "saturation",
        "hue",
        "grayscale",
        "gamma",
        "noise",
        "erasing",
        "cutout",
        "mixup",
        "cutmix",
    ];

    /// Checks every setting against its range.
    ///
    /// # Errors
    ///
    /// [`DataError::Setting`] with the setting's key, its value and its range.
    pub fn validate(&self) -> Result<(), DataError> {
        let checks = [
            self.crop.map(Crop::validate),
            self.resized_crop.map(ResizedCrop::validate),
            self.horizontal_flip.map(|step| step.validate("horizontal_flip.probability")),
            self.vertical_flip.map(|step| step.validate("vertical_flip.probability")),
            self.scale.map(Scale::validate),
            self.shear.map(Shear::validate),
            self.rotation.map(Rotation::validate),
            self.shift.map(Shift::validate),
            self.perspective.map(Perspective::validate),
            self.elastic.map(Elastic::validate),
            self.brightness.map(|step| step.validate(["brightness.strength", "brightness.probability"])),
            self.contrast.map(|step| step.validate(["contrast.strength", "contrast.probability"])),
            self.saturation.map(|step| step.validate(["saturation.strength", "saturation.probability"])),
            self.hue.map(Hue::validate),
            self.grayscale.map(Grayscale::validate),
            self.gamma.map(Gamma::validate),
            self.noise.map(Noise::validate),
            self.erasing.map(Erasing::validate),
            self.cutout.map(Cutout::validate),
            self.mixup.map(MixUp::validate),
            self.cutmix.map(CutMix::validate),
        ];
        checks.into_iter().flatten().collect()
    }

    /// The pipeline that changes images of `shape` this way and then standardises them.
    ///
    /// # Errors
    ///
    /// Those of [`validate`](AugmentConfig::validate) and [`Standardisation::validate`]; or if `shape` is empty or longer than 1,048,576 pixels, its shorter side is not longer than `crop.padding`, so that nothing of an
    /// image may be left, or a step needs colours that images of that shape do not have.
    pub fn init(&self, shape: ImageShape, standardisation: &Standardisation) -> Result<Pipeline, DataError> {
        self.validate()?;
        if shape.is_empty() {
            return Err(DataError::setting("the image shape", shape, "at least one channel, row and column"));
        }
        if shape.height.max(shape.width) > LONGEST_SIDE {
            return Err(DataError::setting("the image shape", shape, format!("at most {LONGEST_SIDE} pixels a side")));
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

    /// The names of the steps that are on, in their order.
    pub fn steps(&self) -> Vec<&'static str> {
        let on = [
            self.crop.is_some(),
            self.resized_crop.is_some(),
            self.horizontal_flip.is_some(),
            self.vertical_flip.is_some(),
            self.scale.is_some(),
            self.shear.is_some(),
            self.rotation.is_some(),
            self.shift.is_some(),
            self.perspective.is_some(),
            self.elastic.is_some(),
            self.brightness.is_some(),
            self.contrast.is_some(),
            self.saturation.is_some(),
            self.hue.is_some(),
            self.grayscale.is_some(),
            self.gamma.is_some(),
            self.noise.is_some(),
            self.erasing.is_some(),
            self.cutout.is_some(),
            self.mixup.is_some(),
            self.cutmix.is_some(),
        ];
        Self::STEPS.into_iter().zip(on).filter(|(_, on)| *on).map(|(name, _)| name).collect()
    }

    /// How batches are mixed.
    pub fn mixing(&self) -> Option<Mixing> {
        (self.mixup.is_some() || self.cutmix.is_some()).then_some(Mixing { mixup: self.mixup, cutmix: self.cutmix })
    }

    /// The steps that are on and need red, green and blue.
    fn colour_steps(&self) -> [Option<&'static str>; 3] {
        [self.saturation.map(|_| "saturation"), self.hue.map(|_| "hue"), self.grayscale.map(|_| "grayscale")]
    }
}

#[cfg(test)]
mod tests;
