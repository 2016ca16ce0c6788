use serde::{Deserialize, Serialize};
use zunder_random::Key;

use crate::colour::ColourMap;
use crate::geometry::Homography;
use crate::{DataError, ImageShape, Pipeline, Standardisation};

/// Which random changes a training image undergoes; none by default.
///
/// ```
/// use zunder_data::AugmentConfig;
///
/// assert_eq!(AugmentConfig::preset("none")?, AugmentConfig::default());
/// let light = AugmentConfig { crop_padding: 4, horizontal_flip: 0.5 };
/// assert_eq!(AugmentConfig::preset("light")?, light);
/// # Ok::<(), zunder_data::DataError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AugmentConfig {
    /// Black pixels put around the image before a window of its old size is cut out anywhere: a shift by up to this many pixels each way. Default: 0.
    pub crop_padding: usize,
    /// Probability of a mirror image, left to right, 0 to 1. Default: 0.
    pub horizontal_flip: f32,
}

impl AugmentConfig {
    /// The names that [`preset`](AugmentConfig::preset) knows, weakest first.
    pub const PRESETS: [&str; 2] = ["none", "light"];

    /// A ready-made configuration: `none`, or `light` (4 pixels of padding, flip with probability 0.5: what is usual on CIFAR-10).
    ///
    /// # Errors
    ///
    /// If there is none of that name.
    pub fn preset(name: &str) -> Result<Self, DataError> {
        match name {
            "none" => Ok(Self::default()),
            "light" => Ok(Self { crop_padding: 4, horizontal_flip: 0.5 }),
            _ => Err(DataError::setting("the augmentation preset", format!("{name:?}"), Self::PRESETS.join(" or "))),
        }
    }

    /// Checks every setting against its range.
    ///
    /// # Errors
    ///
    /// If `horizontal_flip` is not a probability.
    pub fn validate(&self) -> Result<(), DataError> {
        if !(0.0..=1.0).contains(&self.horizontal_flip) {
            return Err(DataError::setting("horizontal_flip", self.horizontal_flip, "a probability, 0 to 1"));
        }
        Ok(())
    }

    /// The pipeline that changes images of `shape` this way and then standardises them.
    ///
    /// # Errors
    ///
    /// Those of [`validate`](AugmentConfig::validate) and [`Standardisation::validate`]; or if `shape` is empty, or its shorter side is not longer than `crop_padding`, so that nothing of an
    /// image may be left.
    pub fn init(&self, shape: ImageShape, standardisation: &Standardisation) -> Result<Pipeline, DataError> {
        self.validate()?;
        standardisation.validate(shape)?;
        if shape.is_empty() {
            return Err(DataError::setting("the image shape", shape, "at least one channel, row and column"));
        }
        let side = shape.height.min(shape.width);
        if self.crop_padding >= side {
            return Err(DataError::setting(
                "crop_padding",
                self.crop_padding,
                format!("less than the {side} pixels of an image's shorter side"),
            ));
        }
        Ok(Pipeline::new(self.clone(), shape, ColourMap::standardise(standardisation)))
    }

    /// Draws one map from output places to input places. Each step has a stream of its own: switching one off moves no other.
    pub(crate) fn draw(&self, shape: ImageShape, key: Key) -> Homography {
        let mut map = Homography::IDENTITY;
        if self.crop_padding > 0 {
            let mut rng = key.named("crop").rng();
            let mut offset = || rng.below(2 * self.crop_padding + 1) as f32 - self.crop_padding as f32;
            map = map.then(Homography::translation(offset(), offset()));
        }
        if key.named("flip").rng().chance(self.horizontal_flip) {
            map = map.then(Homography::mirror(shape.width));
        }
        map
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    const SHAPE: ImageShape = ImageShape { channels: 1, height: 8, width: 6 };

    #[test]
    fn crops_reach_every_offset_evenly_and_flips_half_of_them() {
        let light = AugmentConfig { crop_padding: 1, horizontal_flip: 0.5 };
        let mut counts = HashMap::new();
        for i in 0..18_000 {
            let map = light.draw(SHAPE, Key::new(1).at(i));
            *counts.entry(map.0.map(|row| row.map(|v| v as i32))).or_insert(0_i32) += 1;
        }
        // 3 x 3 offsets, mirrored or not; five standard deviations of a binomial count.
        assert_eq!(counts.len(), 18);
        assert!(counts.values().all(|c| (c - 1000).abs() < 155), "{counts:?}");
    }

    #[test]
    fn steps_draw_independently() {
        let key = Key::new(2).at(3);
        let crop = AugmentConfig { crop_padding: 3, horizontal_flip: 0.0 };
        let both = AugmentConfig { horizontal_flip: 1.0, ..crop.clone() };
        assert_eq!(both.draw(SHAPE, key), crop.draw(SHAPE, key).then(Homography::mirror(6)));
    }

    #[test]
    fn settings_out_of_range_are_refused() {
        let standardisation = Standardisation { mean: vec![0.5], std: vec![0.5] };
        let message = |crop_padding, horizontal_flip| {
            AugmentConfig { crop_padding, horizontal_flip }.init(SHAPE, &standardisation).unwrap_err().to_string()
        };
        assert_eq!(message(0, 1.5), "horizontal_flip is 1.5, expected a probability, 0 to 1");
        assert_eq!(message(0, f32::NAN), "horizontal_flip is NaN, expected a probability, 0 to 1");
        assert_eq!(message(6, 0.5), "crop_padding is 6, expected less than the 6 pixels of an image's shorter side");
        assert_eq!(AugmentConfig::preset("heavy").unwrap_err().to_string(), "the augmentation preset is \"heavy\", expected none or light");
    }

    #[test]
    fn a_configuration_names_what_it_does_not_know() {
        let config: AugmentConfig = serde_json::from_str(r#"{"crop_padding": 2}"#).unwrap();
        assert_eq!(config, AugmentConfig { crop_padding: 2, horizontal_flip: 0.0 });
        assert!(serde_json::from_str::<AugmentConfig>(r#"{"crop": 2}"#).is_err());
    }
}
