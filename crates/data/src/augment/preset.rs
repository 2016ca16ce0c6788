//! The presets of the augmentation.

use super::{AugmentConfig, Crop, Erasing, Flip, Hue, Jitter, Rotation, Scale, Shear};
use crate::DataError;
use crate::render::sample::Border;

impl AugmentConfig {
    /// The names of the presets, weakest first.
    pub const PRESETS: [&str; 5] = ["none", "weak", "light", "standard", "strong"];

    /// Returns a preset by its name: `none`, or that of [`weak`](AugmentConfig::weak),
    /// [`light`](AugmentConfig::light), [`standard`](AugmentConfig::standard) or
    /// [`strong`](AugmentConfig::strong).
    ///
    /// # Errors
    ///
    /// Returns [`DataError::Setting`] if there is no preset of that name.
    pub fn preset(name: &str) -> Result<Self, DataError> {
        match name {
            "none" => Ok(Self::default()),
            "weak" => Ok(Self::weak()),
            "light" => Ok(Self::light()),
            "standard" => Ok(Self::standard()),
            "strong" => Ok(Self::strong()),
            _ => Err(DataError::setting(
                "the augmentation preset",
                format!("{name:?}"),
                Self::PRESETS.join(", "),
            )),
        }
    }

    /// Crop with 2 pixels of padding and mirroring of every other image: what a fully connected
    /// network gains most from in tens of epochs (docs/guide/accuracy.md). As in all presets the
    /// border is reflected, since black margins harm such a network.
    pub fn weak() -> Self {
        Self {
            border: Border::Reflect,
            crop: Some(Crop { padding: 2, ..Crop::default() }),
            horizontal_flip: Some(Flip::default()),
            ..Self::default()
        }
    }

    /// [`weak`](AugmentConfig::weak) with a crop of 4 pixels of padding, as is usual on CIFAR-10.
    pub fn light() -> Self {
        Self { crop: Some(Crop::default()), ..Self::weak() }
    }

    /// [`light`](AugmentConfig::light), with rotation by up to 10 degrees, scaling by up to a
    /// tenth, and brightness, contrast and saturation changed by up to a fifth.
    pub fn standard() -> Self {
        Self {
            rotation: Some(Rotation { degrees: 10.0, probability: 1.0 }),
            scale: Some(Scale { factor: [0.9, 1.1], probability: 1.0 }),
            brightness: Some(Jitter::default()),
            contrast: Some(Jitter::default()),
            saturation: Some(Jitter::default()),
            ..Self::light()
        }
    }

    /// [`standard`](AugmentConfig::standard) at larger strengths, with shear, hue changes and
    /// erasing: more than a network of low capacity can use (docs/guide/accuracy.md has
    /// measurements).
    pub fn strong() -> Self {
        let jitter = Some(Jitter { strength: 0.3, probability: 1.0 });
        Self {
            rotation: Some(Rotation { degrees: 15.0, probability: 1.0 }),
            scale: Some(Scale { factor: [0.85, 1.18], probability: 1.0 }),
            shear: Some(Shear { degrees: 5.0, probability: 1.0 }),
            brightness: jitter,
            contrast: jitter,
            saturation: jitter,
            hue: Some(Hue { turns: 0.02, probability: 1.0 }),
            erasing: Some(Erasing { area: [0.02, 0.1], ..Erasing::default() }),
            ..Self::light()
        }
    }

    /// Returns the name of the preset that equals this configuration, if any.
    pub fn preset_name(&self) -> Option<&'static str> {
        Self::PRESETS
            .into_iter()
            .find(|name| Self::preset(name).is_ok_and(|preset| preset == *self))
    }

    /// Returns each step of this configuration alone, with its name, for previews and tests.
    ///
    /// ```
    /// use zunder_data::AugmentConfig;
    ///
    /// let alone = AugmentConfig::light().each_alone();
    /// assert_eq!(
    ///     alone.iter().map(|(step, _)| *step).collect::<Vec<_>>(),
    ///     ["crop", "horizontal_flip"]
    /// );
    /// assert_eq!(alone[0].1, AugmentConfig { horizontal_flip: None, ..AugmentConfig::light() });
    /// ```
    pub fn each_alone(&self) -> Vec<(&'static str, Self)> {
        self.steps().into_iter().map(|step| (step, self.filtered(|name, _| name == step))).collect()
    }
}
