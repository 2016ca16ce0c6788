//! The error type of the connection to Burn's training.

use std::path::PathBuf;

use thiserror::Error;
use zunder_train::TrainError;

/// Why a training cannot start or continue.
///
/// Burn's traits return no error of this type. [`Learnable`](crate::Learnable) and
/// [`FitStrategy`](crate::FitStrategy) pass it to Burn's
/// [`Interrupter::fail`](burn::train::Interrupter::fail), so
/// [`LearningResult::error`](burn::train::LearningResult::error) has its message.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum BurnTrainError {
    /// A setting of Burn's training that the strategy cannot follow.
    #[error("{setting} is set, but Zunder's strategy cannot follow it: {instead}")]
    Unsupported {
        /// Name of the setting.
        setting: &'static str,
        /// What to do instead.
        instead: &'static str,
    },
    /// A setting of Zunder's configuration that Burn's learner does not have.
    #[error("Burn's learner cannot express {setting}")]
    Inexpressible {
        /// Name of the setting, with its value if it has other values that are expressed.
        setting: String,
    },
    /// A batch has fewer images than devices that divide it.
    #[error(
        "batch {batch} has {images} images, too few for each of the devices to get at least one"
    )]
    TooFewRows {
        /// Batch in the epoch, counted from 1.
        batch: usize,
        /// Number of its images.
        images: usize,
    },
    /// A Burn data loader cannot repeat an epoch.
    #[error("epoch {epoch} is asked for, but the data loader has already begun epoch {begun}")]
    Rewind {
        /// Epoch asked for, counted from 1.
        epoch: usize,
        /// Last epoch that has begun.
        begun: usize,
    },
    /// An epoch has another number of batches than announced.
    #[error("the data loader gave {got} batches, expected {expected} of {batch_size} samples")]
    Batches {
        /// Number of batches; if there are more than expected, the first too many.
        got: usize,
        /// The number expected of [`FitStrategy`](crate::FitStrategy).
        expected: usize,
        /// The batch size given to the strategy.
        batch_size: usize,
    },
    /// The checkpoint is of another epoch than the one to resume from.
    #[error("{path}: has {got} epochs, expected the {expected} of SupervisedTraining::checkpoint",
        path = path.display())]
    Epochs {
        /// Path of the checkpoint.
        path: PathBuf,
        /// Epochs in the file.
        got: usize,
        /// Epochs asked for.
        expected: usize,
    },
    /// A new training would replace a checkpoint.
    #[error("{path}: holds {epochs} epochs of another training, expected no such file",
        path = path.display())]
    Exists {
        /// Path of the checkpoint.
        path: PathBuf,
        /// Epochs in the file.
        epochs: usize,
    },
    /// No folder is set to resume from.
    #[error("SupervisedTraining::checkpoint({epoch}) is set, but the strategy has no folder")]
    NoFolder {
        /// Epoch asked for.
        epoch: usize,
    },
    /// Burn's learner failed.
    #[error("Burn's learner failed: {0}")]
    Learner(String),
    /// A run of Zunder cannot be tested.
    #[cfg(feature = "run")]
    #[error("{0}")]
    Run(#[from] zunder::RunError),
    /// Zunder's training failed.
    #[error("{0}")]
    Train(#[from] TrainError),
}

impl BurnTrainError {
    /// Returns a hint that says what to do about the error, if anything helps.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Unsupported { instead, .. } => Some(instead),
            Self::Inexpressible { .. } => Some("use Zunder's loop, or change the setting"),
            Self::TooFewRows { .. } => Some("use a larger batch size or fewer devices"),
            Self::Rewind { .. } => Some("set FitConfig::on_nan to stop"),
            Self::Batches { .. } => Some("give the strategy the batch size of the training loader"),
            Self::Epochs { .. } => Some("pass the number of epochs that the checkpoint has"),
            Self::Exists { .. } => {
                Some("resume with SupervisedTraining::checkpoint, or choose another folder")
            }
            Self::NoFolder { .. } => Some("use FitStrategy::with_folder"),
            Self::Learner(_) => None,
            #[cfg(feature = "run")]
            Self::Run(_) => None,
            Self::Train(error) => error.hint(),
        }
    }
}
