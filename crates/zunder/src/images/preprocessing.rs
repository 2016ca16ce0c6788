//! The preprocessing of images for the network, and its files in a run's folder.

use serde::{Deserialize, Serialize};
use zunder_data::image_folder::ImageDecoder;
use zunder_data::{ImageShape, Standardisation};

use crate::images::lineage::ImagesRecord;
use crate::{RunError, RunFolder};

/// The preprocessing of images for the network, stored with its weights.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Preprocessing {
    /// Shape of the images.
    pub shape: ImageShape,
    /// Class names, by label.
    pub classes: Vec<String>,
    /// Mean and standard deviation of each channel of the training part.
    pub standardisation: Standardisation,
    /// How image files were decoded, if the data set was a folder of them. Other files are decoded
    /// the same way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decoder: Option<ImageDecoder>,
}

impl Preprocessing {
    /// Returns an error message if a value is invalid.
    pub(crate) fn check(&self) -> Result<(), String> {
        let Self { shape, classes, standardisation, decoder } = self;
        let doubled = classes
            .iter()
            .enumerate()
            .find(|(i, class)| class.is_empty() || classes[..*i].contains(class));
        if let Some((i, class)) = doubled {
            return Err(format!(
                "class {} is {class:?}, expected names that are all different",
                i + 1
            ));
        }
        if classes.len() < 2 {
            return Err(format!("classes has {} name, expected at least 2", classes.len()));
        }
        if shape.is_empty() {
            return Err(format!("shape is {shape}, expected sizes of at least 1"));
        }
        if let Some(decoder) = decoder {
            decoder.validate().map_err(|e| format!("decoder: {e}"))?;
            if decoder.shape != *shape {
                return Err(format!(
                    "decoder.shape is {}, expected {shape} as in shape",
                    decoder.shape
                ));
            }
        }
        let Standardisation { mean, std } = standardisation;
        standardisation.validate(*shape).map_err(|_| {
            let channels = shape.channels;
            format!(
                "standardisation has mean {mean:?} and std {std:?}, expected {channels} finite \
                numbers each, those of std above 0"
            )
        })
    }
}

impl RunFolder {
    /// Reads `preprocessing.json`.
    pub(crate) fn read_preprocessing(&self) -> Result<Preprocessing, RunError> {
        let path = self.preprocessing();
        let preprocessing: Preprocessing = self.read_json(&path)?;
        preprocessing.check().map_err(|problem| RunError::BadFile { path, problem })?;
        Ok(preprocessing)
    }

    /// Reads `images.safetensors`; `None` for a run of an earlier version.
    pub(crate) fn read_images(&self) -> Result<Option<ImagesRecord>, RunError> {
        self.check_file(&self.images())?;
        ImagesRecord::read(&self.images())
    }
}
