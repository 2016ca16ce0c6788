//! The augmentation steps that suit a data set.

use crate::{AugmentConfig, DataError, ImageShape, LabelInvariance, TrivialAugment};

impl AugmentConfig {
    /// Checks that no step makes a label wrong.
    ///
    /// # Errors
    ///
    /// Returns [`DataError::LabelChanged`] with the first step that makes a label wrong.
    pub fn check_labels(&self, labels: LabelInvariance) -> Result<(), DataError> {
        match self.label_changes(labels).into_iter().flatten().next() {
            Some((step, problem)) => Err(DataError::LabelChanged { step, problem }),
            None => Ok(()),
        }
    }

    /// Returns this configuration without the steps that do not suit images of this shape with
    /// these labels, and the names of the removed steps.
    #[must_use]
    pub fn suited(self, labels: LabelInvariance, shape: ImageShape) -> (Self, Vec<&'static str>) {
        let unsuited: Vec<&str> =
            self.label_changes(labels).into_iter().flatten().map(|(step, _)| step).collect();
        let colourless = if shape.channels == 3 { [None; 3] } else { self.colour_steps() };
        let too_wide = self.crop.filter(|crop| crop.fits(shape).is_err()).map(|_| "crop");
        let dropped: Vec<&str> =
            unsuited.into_iter().chain(colourless.into_iter().flatten()).chain(too_wide).collect();
        (self.filtered(|step, _| !dropped.contains(&step)), dropped)
    }

    /// Returns this configuration without the steps of probability 0.
    #[must_use]
    pub fn active(&self) -> Self {
        self.filtered(|_, probability| probability > 0.0)
    }

    /// Returns the active steps that make a label wrong, with the reason.
    fn label_changes(&self, labels: LabelInvariance) -> [Option<(&'static str, &'static str)>; 5] {
        let mirrored = "a mirror image means another class, or none";
        let turned = "so large an angle means another class, or none";
        let allowed = f64::from(labels.rotation);
        [
            self.horizontal_flip
                .filter(|_| !labels.horizontal_flip)
                .map(|_| ("horizontal_flip", mirrored)),
            self.vertical_flip
                .filter(|_| !labels.vertical_flip)
                .map(|_| ("vertical_flip", mirrored)),
            self.rotation
                .filter(|step| step.degrees > labels.rotation)
                .map(|_| ("rotation", turned)),
            self.rand_augment
                .filter(|step| step.degrees() > allowed)
                .map(|_| ("rand_augment", turned)),
            self.trivial_augment
                .filter(|_| TrivialAugment::DEGREES > allowed)
                .map(|_| ("trivial_augment", turned)),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Rotation;

    fn shape(channels: usize) -> ImageShape {
        ImageShape { channels, height: 28, width: 28 }
    }

    #[test]
    fn a_shift_that_is_wider_than_the_image_is_left_out() {
        let light = AugmentConfig::preset("light").unwrap();
        let padding = light.crop.unwrap().padding;
        for (side, dropped) in [(1, &["crop"][..]), (padding, &["crop"]), (padding + 1, &[])] {
            let narrow = ImageShape { channels: 3, height: 300, width: side };
            assert_eq!(
                light.clone().suited(LabelInvariance::OBJECTS, narrow).1,
                dropped,
                "{side} columns"
            );
        }
    }

    #[test]
    fn presets_are_suited_to_digits_and_to_grey_images() {
        let (digits, dropped) =
            AugmentConfig::preset("strong").unwrap().suited(LabelInvariance::CHARACTERS, shape(1));
        assert_eq!(dropped, ["horizontal_flip", "saturation", "hue"]);
        assert!(digits.check_labels(LabelInvariance::CHARACTERS).is_ok());
        assert!(
            digits.crop.is_some()
                && digits.rotation.is_some()
                && digits.brightness.is_some()
                && digits.shear.is_some()
        );
        let (same, dropped) =
            AugmentConfig::preset("strong").unwrap().suited(LabelInvariance::OBJECTS, shape(3));
        assert!(dropped.is_empty() && same == AugmentConfig::preset("strong").unwrap());
    }

    #[test]
    fn upright_things_may_be_mirrored_but_not_upside_down() {
        let (clothes, dropped) =
            AugmentConfig::preset("strong").unwrap().suited(LabelInvariance::UPRIGHT, shape(1));
        assert_eq!((dropped, clothes.horizontal_flip.is_some()), (vec!["saturation", "hue"], true));
        let upside_down = AugmentConfig {
            vertical_flip: Some(crate::Flip { probability: 0.5 }),
            ..AugmentConfig::default()
        };
        let message = upside_down.check_labels(LabelInvariance::UPRIGHT).unwrap_err().to_string();
        assert_eq!(
            message,
            "vertical_flip does not suit the data set: a mirror image means another class, or none"
        );
    }

    #[test]
    fn steps_that_never_happen_are_off() {
        let never = AugmentConfig {
            horizontal_flip: Some(crate::Flip { probability: 0.0 }),
            ..AugmentConfig::light()
        }
        .active();
        assert_eq!(never.steps(), ["crop"]);
        assert!(never.check_labels(LabelInvariance::CHARACTERS).is_ok());
        assert_eq!(AugmentConfig::every_step().active(), AugmentConfig::every_step());
    }

    #[test]
    fn digits_may_turn_a_little() {
        let turned = |degrees| AugmentConfig {
            rotation: Some(Rotation { degrees, probability: 1.0 }),
            ..AugmentConfig::default()
        };
        assert!(turned(30.0).check_labels(LabelInvariance::CHARACTERS).is_ok());
        let rand = |magnitude| AugmentConfig {
            rand_augment: Some(crate::RandAugment { magnitude, ..Default::default() }),
            ..turned(1.0)
        };
        assert!(rand(30).check_labels(LabelInvariance::CHARACTERS).is_ok());
        assert!(
            rand(30)
                .check_labels(LabelInvariance { rotation: 10.0, ..LabelInvariance::OBJECTS })
                .is_err()
        );
        let trivial = AugmentConfig {
            trivial_augment: Some(TrivialAugment::default()),
            ..AugmentConfig::default()
        };
        assert!(trivial.check_labels(LabelInvariance::OBJECTS).is_ok());
        assert_eq!(trivial.suited(LabelInvariance::CHARACTERS, shape(1)).1, ["trivial_augment"]);
        let message =
            turned(90.0).check_labels(LabelInvariance::CHARACTERS).unwrap_err().to_string();
        assert_eq!(
            message,
            "rotation does not suit the data set: so large an angle means another class, or none"
        );
    }
}
