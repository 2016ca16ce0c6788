//! Predictions of a finished run for new images.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use zunder_data::image_folder::{Findings, ImageDecoder};
use zunder_data::{DataError, Images};
use zunder_eval::ScoreKind;

use crate::run::predictor::{Predictor, decoder};
use crate::{Run, RunConfig, RunError};

/// The prediction for one image.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Prediction {
    /// Name of the class with the highest score.
    pub class: String,
    /// Estimated probability of each class, in the run's order; or the score of each class, if the
    /// run's loss does not give probabilities.
    pub scores: Vec<f32>,
    /// Whether the scores are probabilities.
    pub kind: ScoreKind,
}

/// Receives the prediction for each file, or the reason why it cannot be decoded, and returns
/// whether to continue.
pub type Answers<'a> =
    dyn FnMut(&Path, Result<Prediction, DataError>) -> ControlFlow<()> + Send + 'a;

/// Returns whether the scores of a model are probabilities.
pub(crate) fn score_kind(config: &RunConfig) -> ScoreKind {
    if config.loss.gives_probabilities() { ScoreKind::Probabilities } else { ScoreKind::Scores }
}

impl Run {
    /// Returns the names of the classes, in the order of a prediction's scores.
    ///
    /// # Errors
    /// Returns [`RunError::Io`] or [`RunError::BadFile`].
    pub fn classes(&self) -> Result<Vec<String>, RunError> {
        Ok(self.folder().read_preprocessing()?.classes)
    }

    /// Returns whether the scores of a prediction are probabilities, which depends on the run's
    /// loss.
    pub fn score_kind(&self) -> ScoreKind {
        score_kind(self.config())
    }

    /// Returns the decoder of image files: the one of the training if that used a folder of images,
    /// else one that scales an image to cover the run's shape and crops its centre.
    ///
    /// # Errors
    /// Returns [`RunError::Io`] or [`RunError::BadFile`].
    pub fn decoder(&self) -> Result<ImageDecoder, RunError> {
        Ok(decoder(&self.folder().read_preprocessing()?))
    }

    /// Loads the weights of the best epoch of a finished run, or those of an imported model, for
    /// any number of predictions.
    ///
    /// # Errors
    /// Returns [`RunError::NotFinished`] or [`RunError::Device`], and [`RunError::BadFile`] for
    /// damaged files.
    pub fn predictor(&self) -> Result<Predictor, RunError> {
        Predictor::load(self)
    }

    /// Predicts images of the run's own shape once. For several calls, use
    /// [`predictor`](Self::predictor), which loads the weights only once.
    ///
    /// # Errors
    /// Returns the errors of [`predictor`](Self::predictor) and [`Predictor::predict`].
    pub fn predict(&self, images: Images) -> Result<Vec<Prediction>, RunError> {
        self.predictor()?.predict(images)
    }

    /// Predicts image files of any size and format once: see [`Predictor::predict_files`].
    ///
    /// # Errors
    /// Returns the errors of [`predictor`](Self::predictor) and [`Predictor::predict_files`].
    pub fn predict_files(
        &self,
        files: &[PathBuf],
        tell: &mut Answers<'_>,
    ) -> Result<Findings, RunError> {
        self.predictor()?.predict_files(files, tell)
    }
}
