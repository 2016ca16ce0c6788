//! What a finished run says of images that it has never seen.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use zunder_data::image_folder::{Findings, ImageDecoder};
use zunder_data::{DataError, Images};
use zunder_eval::ScoreKind;

use crate::run::predictor::{Predictor, decoder};
use crate::{Run, RunError};

/// What a network says of one image.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Prediction {
    /// The name of the class with the highest score.
    pub class: String,
    /// The estimated probability of each class, in the run's order; or its score, if the run's loss
    /// gives no probabilities.
    pub scores: Vec<f32>,
    /// Whether the scores are probabilities.
    pub kind: ScoreKind,
}

/// Hears each file's prediction, or why it cannot be decoded, and says whether to go on.
pub type Answers<'a> =
    dyn FnMut(&Path, Result<Prediction, DataError>) -> ControlFlow<()> + Send + 'a;

impl Run {
    /// The names of the classes, in the order of a prediction's scores.
    ///
    /// # Errors
    /// [`RunError::Io`] and [`RunError::BadFile`].
    pub fn classes(&self) -> Result<Vec<String>, RunError> {
        Ok(self.folder().read_preprocessing()?.classes)
    }

    /// Whether the scores of a prediction are probabilities: the run's loss decides.
    pub fn score_kind(&self) -> ScoreKind {
        if self.config().loss.gives_probabilities() {
            ScoreKind::Probabilities
        } else {
            ScoreKind::Scores
        }
    }

    /// How the run turns an image file into its input: as in training, if that was on a folder of
    /// images, else scaled to cover the run's shape and cut in the middle.
    ///
    /// # Errors
    /// [`RunError::Io`] and [`RunError::BadFile`].
    pub fn decoder(&self) -> Result<ImageDecoder, RunError> {
        Ok(decoder(&self.folder().read_preprocessing()?))
    }

    /// Loads the best epoch's weights of a finished run, or those of an imported model, to predict
    /// with them any number of times.
    ///
    /// # Errors
    /// Returns [`RunError::NotFinished`] or [`RunError::Device`], and [`RunError::BadFile`] for
    /// damaged files.
    pub fn predictor(&self) -> Result<Predictor, RunError> {
        Predictor::load(self)
    }

    /// Predicts images of the run's own shape, once: [`predictor`](Self::predictor) loads the
    /// weights for any number of calls.
    ///
    /// # Errors
    /// Those of [`predictor`](Self::predictor) and [`Predictor::predict`].
    pub fn predict(&self, images: Images) -> Result<Vec<Prediction>, RunError> {
        self.predictor()?.predict(images)
    }

    /// Predicts image files of any size and format, once: see [`Predictor::predict_files`].
    ///
    /// # Errors
    /// Those of [`predictor`](Self::predictor) and [`Predictor::predict_files`].
    pub fn predict_files(
        &self,
        files: &[PathBuf],
        tell: &mut Answers<'_>,
    ) -> Result<Findings, RunError> {
        self.predictor()?.predict_files(files, tell)
    }
}
