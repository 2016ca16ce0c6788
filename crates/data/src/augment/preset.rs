use super::{
    AugmentConfig, Crop, CutMix, Cutout, Elastic, Erasing, Flip, Gamma, Grayscale, Hue, Jitter, MixUp, Noise, Perspective, ResizedCrop,
    Rotation, Scale, Shear, Shift,
};
use crate::DataError;
use crate::sample::Border;

impl AugmentConfig {
    /// The names that [`preset`](AugmentConfig::preset) knows, weakest first.
    pub const PRESETS: [&str; 4] = ["none", "light", "standard", "strong"];

    /// A ready-made configuration by its name: `none`, or that of [`light`](AugmentConfig::light), [`standard`](AugmentConfig::standard) or [`strong`](AugmentConfig::strong).
    ///
    /// # Errors
    ///
    /// If there is none of that name.
    pub fn preset(name: &str) -> Result<Self, DataError> {
        match name {
            "none" => Ok(Self::default()),
            "light" => Ok(Self::light()),
            "standard" => Ok(Self::standard()),
            "strong" => Ok(Self::strong()),
            _ => Err(DataError::setting("the augmentation preset", format!("{name:?}"), Self::PRESETS.join(", "))),
        }
    }

    /// 4 pixels of padding, and a mirror image in every other image: what is usual on CIFAR-10. What comes into view from outside is the image reflected, as in all presets: a fully
    /// connected network pays for black margins.
    pub fn light() -> Self {
        Self { border: Border::Reflect, crop: Some(Crop::default()), horizontal_flip: Some(Flip::default()), ..Self::default() }
    }

    /// [`light`](AugmentConfig::light), and turned by up to 10 degrees, scaled by up to a tenth, and brightness, contrast and saturation changed by up to a fifth.
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

    /// [`standard`](AugmentConfig::standard) and more of it, slanted, in other hues, and partly covered: more than a network short of capacity can use (the crate's README has the figures).
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

    /// The name of the preset that this is, if it is one.
    pub fn preset_name(&self) -> Option<&'static str> {
        Self::PRESETS.into_iter().find(|name| Self::preset(name).is_ok_and(|preset| preset == *self))
    }

    /// Every step at its default strength, in every image.
    pub fn every_step() -> Self {
        let always = Some(Flip { probability: 1.0 });
        Self {
            crop: Some(Crop::default()),
            resized_crop: Some(ResizedCrop::default()),
            horizontal_flip: always,
            vertical_flip: always,
            scale: Some(Scale::default()),
            shear: Some(Shear::default()),
            rotation: Some(Rotation::default()),
            shift: Some(Shift::default()),
            perspective: Some(Perspective::default()),
            elastic: Some(Elastic::default()),
            brightness: Some(Jitter::default()),
            contrast: Some(Jitter::default()),
            saturation: Some(Jitter::default()),
            hue: Some(Hue::default()),
            grayscale: Some(Grayscale { probability: 1.0 }),
            gamma: Some(Gamma::default()),
            noise: Some(Noise::default()),
            erasing: Some(Erasing { probability: 1.0, ..Erasing::default() }),
            cutout: Some(Cutout::default()),
            mixup: Some(MixUp::default()),
            cutmix: Some(CutMix::default()),
            ..Self::default()
        }
    }

    /// Each step of this configuration alone, by its name: to look at, and to test.
    ///
    /// ```
    /// use zunder_data::AugmentConfig;
    ///
    /// let alone = AugmentConfig::light().each_alone();
    /// assert_eq!(alone.iter().map(|(step, _)| *step).collect::<Vec<_>>(), ["crop", "horizontal_flip"]);
    /// assert_eq!(alone[0].1, AugmentConfig { horizontal_flip: None, ..AugmentConfig::light() });
    /// ```
    pub fn each_alone(&self) -> Vec<(&'static str, Self)> {
        let alone = |step: &str| Self {
            border: self.border,
            interpolation: self.interpolation,
            crop: self.crop.filter(|_| step == "crop"),
            resized_crop: self.resized_crop.filter(|_| step == "resized_crop"),
            horizontal_flip: self.horizontal_flip.filter(|_| step == "horizontal_flip"),
            vertical_flip: self.vertical_flip.filter(|_| step == "vertical_flip"),
            scale: self.scale.filter(|_| step == "scale"),
            shear: self.shear.filter(|_| step == "shear"),
            rotation: self.rotation.filter(|_| step == "rotation"),
            shift: self.shift.filter(|_| step == "shift"),
            perspective: self.perspective.filter(|_| step == "perspective"),
            elastic: self.elastic.filter(|_| step == "elastic"),
            brightness: self.brightness.filter(|_| step == "brightness"),
            contrast: self.contrast.filter(|_| step == "contrast"),
            saturation: self.saturation.filter(|_| step == "saturation"),
            hue: self.hue.filter(|_| step == "hue"),
            grayscale: self.grayscale.filter(|_| step == "grayscale"),
            gamma: self.gamma.filter(|_| step == "gamma"),
            noise: self.noise.filter(|_| step == "noise"),
            erasing: self.erasing.filter(|_| step == "erasing"),
            cutout: self.cutout.filter(|_| step == "cutout"),
            mixup: self.mixup.filter(|_| step == "mixup"),
            cutmix: self.cutmix.filter(|_| step == "cutmix"),
        };
        self.steps().into_iter().map(|step| (step, alone(step))).collect()
    }
}
