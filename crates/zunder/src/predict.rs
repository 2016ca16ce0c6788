//! What a finished run says of images that it has never seen.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use burn::tensor::Device;
use rayon::prelude::*;
use zunder_data::image_folder::{ImageDecoder, ResizeMode};
use zunder_data::{DataError, ImageShape, Images};
use zunder_eval::argmax;
use zunder_models::Key;
use zunder_train::{Interrupt, Loss, evaluate};

use crate::folder::read_json;
use crate::loaded::in_order;
use crate::run::in_pool;
use crate::session::best_model;
use crate::{Model, Preprocessing, Run, RunError, device};

/// Image files in memory at a time: enough to keep all threads decoding.
const FILES: usize = 1024;

/// What a network says of one image.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Prediction {
    /// The name of the likeliest class.
    pub class: String,
    /// The estimated probability of each class, in the run's order.
    pub probabilities: Vec<f32>,
}

impl Run {
    /// The names of the classes, in the order of a prediction's probabilities.
    ///
    /// # Errors
    /// [`RunError::Io`] and [`RunError::BadFile`].
    pub fn classes(&self) -> Result<Vec<String>, RunError> {
        Ok(read_json::<Preprocessing>(&self.folder().preprocessing())?.classes)
    }

    /// How the run turns an image file into its input: as in training, if that was on a folder of images, else scaled to cover the run's shape and cut in the middle.
    ///
    /// # Errors
    /// [`RunError::Io`] and [`RunError::BadFile`].
    pub fn decoder(&self) -> Result<ImageDecoder, RunError> {
        Ok(decoder(&read_json(&self.folder().preprocessing())?))
    }

    /// What the best epoch's weights of a finished run say of images of the run's own shape.
    ///
    /// # Errors
    /// [`RunError::OtherShape`], [`RunError::NotFinished`].
    pub fn predict(&self, images: Images) -> Result<Vec<Prediction>, RunError> {
        in_pool(self.config().threads, || Predictor::of(self)?.predict(images))
    }

    /// The same of image files of any size and format: `tell` gets each file's prediction, or why it cannot be decoded, in the files' order. A thousand images are in memory at a time, however many
    /// files there are.
    ///
    /// # Errors
    /// [`RunError::NotFinished`]; a file that cannot be decoded is no error.
    pub fn predict_files(
        &self,
        files: &[PathBuf],
        tell: &mut (dyn FnMut(&Path, Result<Prediction, DataError>) + Send),
    ) -> Result<(), RunError> {
        in_pool(self.config().threads, || {
            let predictor = Predictor::of(self)?;
            let decoder = decoder(&predictor.preprocessing);
            for files in files.chunks(FILES) {
                let decoded: Vec<Result<Vec<u8>, DataError>> = files.par_iter().map(|file| decoder.read(file)).collect();
                let good: Vec<&[u8]> = decoded.iter().flatten().map(Vec::as_slice).collect();
                let images = Images::new(predictor.preprocessing.shape, good.concat(), vec![0; good.len()], predictor.classes())?;
                let mut predictions = predictor.predict(images)?.into_iter();
                for (file, result) in files.iter().zip(decoded) {
                    match result {
                        Ok(_) => predictions.next().into_iter().for_each(|prediction| tell(file, Ok(prediction))),
                        Err(error) => tell(file, Err(error)),
                    }
                }
            }
            Ok(())
        })
    }
}

fn decoder(preprocessing: &Preprocessing) -> ImageDecoder {
    let by_shape = |shape: ImageShape| ImageDecoder { shape, resize: ResizeMode::Crop, background: [255; 3] };
    preprocessing.decoder.unwrap_or_else(|| by_shape(preprocessing.shape))
}

/// A run's best weights and what they need, in memory.
struct Predictor {
    model: Model,
    preprocessing: Preprocessing,
    device: Device,
}

impl Predictor {
    fn of(run: &Run) -> Result<Self, RunError> {
        let preprocessing: Preprocessing = read_json(&run.folder().preprocessing())?;
        let device = device(&run.config().device)?;
        let fresh = run.config().model.init(preprocessing.shape, preprocessing.classes.len(), Key::new(0), &device)?;
        let fresh = fresh.with_tta(run.config().tta);
        Ok(Self { model: best_model(run.folder(), fresh)?, preprocessing, device })
    }

    fn classes(&self) -> usize {
        self.preprocessing.classes.len()
    }

    fn predict(&self, images: Images) -> Result<Vec<Prediction>, RunError> {
        let expected = self.preprocessing.shape;
        if images.shape() != expected {
            return Err(RunError::OtherShape { got: images.shape().to_string(), expected: expected.to_string() });
        }
        if images.is_empty() {
            return Ok(Vec::new());
        }
        let indices = (0..images.len() as u32).collect();
        let batches = in_order(Arc::new(images), indices, &self.preprocessing)?;
        let answers = evaluate(&self.model, &batches, &Loss::default(), &self.device, &Interrupt::new())?;
        let rows = answers.map(|a| a.probabilities()).unwrap_or_default();
        let prediction = |row: &[f32]| Prediction {
            class: self.preprocessing.classes.get(argmax(row)).cloned().unwrap_or_default(),
            probabilities: row.to_vec(),
        };
        Ok(rows.chunks_exact(self.classes().max(1)).map(prediction).collect())
    }
}
