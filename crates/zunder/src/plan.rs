//! What a run is about to do, and its cost.

use zunder_data::ImageShape;
use zunder_eval::Leakage;
use zunder_models::Summary;

use crate::{Adapter, RunConfig};

/// What a run is about to do, and what it will cost: known before its first step.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Plan {
    /// The resolved configuration.
    pub config: RunConfig,
    /// The data set's name.
    pub dataset: String,
    /// The hash of its images and labels, with its [`HashAlgorithm`](zunder_data::HashAlgorithm).
    pub dataset_hash: String,
    /// Whether a program drew it.
    pub synthetic: bool,
    /// What the user should know about the choice of the data set, if anything.
    pub note: Option<String>,
    /// What was decided about the data on the way, a sentence each.
    pub remarks: Vec<String>,
    /// Images to validate or test on that the weights knew before the run begins, if there are
    /// such: each figure of the run then bears a mark.
    pub leakage: Option<Leakage>,
    /// The classes' names.
    pub classes: Vec<String>,
    /// The positive one of two classes.
    pub positive: Option<String>,
    /// The images' shape.
    pub shape: ImageShape,
    /// Images to train on.
    pub train_images: usize,
    /// Images to choose the epoch by.
    pub validation_images: usize,
    /// Images to test on, once.
    pub test_images: usize,
    /// The model's layers.
    pub summary: Summary,
    /// Images in a step: the configured batch, or the whole training part if that is smaller.
    pub batch_size: usize,
    /// Updates in an epoch, each of
    /// [`GradientsConfig::accumulate`](zunder_train::GradientsConfig::accumulate) batches.
    pub steps: usize,
    /// What computes.
    pub adapter: Adapter,
    /// Threads of the matrix products.
    pub threads: usize,
    /// Steps of the chosen augmentation preset that do not suit the data set, and are off.
    pub left_out: Vec<&'static str>,
    /// Epochs that are done already, if the run is resumed.
    pub epochs_done: usize,
    /// How many epochs the run was to have when it was interrupted, if that was another number.
    pub epochs_then: Option<usize>,
}

/// So many updates show the course of a learning rate.
const SHOWN: usize = 2000;

impl Plan {
    /// The learning rate over the training: for at most 2,000 updates, in even steps from the first
    /// to the last, the epochs done before it and its rate. Of a plateau, whose rates follow from
    /// the validation, as if it never fell.
    pub fn learning_rates(&self) -> Vec<(f64, f64)> {
        let config = self.config.fit();
        let rate = config.schedule.learning_rate(config.optimizer.lr(), self.steps, config.epochs);
        let last = self.steps.saturating_mul(config.epochs).saturating_sub(1);
        let points = SHOWN.min(last + 1);
        let update = |i: usize| if points > 1 { i * last / (points - 1) } else { 0 };
        (0..points)
            .map(update)
            .map(|update| (update as f64 / self.steps as f64, rate.at(update)))
            .collect()
    }

    /// Floating-point operations of the matrix products of one batch's training step.
    pub fn step_flops(&self) -> u64 {
        self.summary.training_flops() * self.batch_size as u64
    }

    /// About how much memory training takes, in bytes: the images, ten copies of the parameters
    /// (weights, gradients, two of the optimiser's, the best epoch's, and a checkpoint on its way
    /// to the disk), four more for a moving average and four for rollbacks, ten of a batch's
    /// activations, and the program itself.
    pub fn memory(&self) -> u64 {
        let images =
            (self.train_images + self.validation_images + self.test_images) * self.shape.len();
        let units: usize = self.summary.layers().iter().map(|l| l.outputs).sum::<usize>();
        let activations =
            4 * (10 * units * self.batch_size + 5 * self.shape.len() * self.batch_size);
        let copies = 10
            + 4 * usize::from(self.config.ema > 0.0)
            + 4 * usize::from(self.config.on_nan.most() > 0);
        (images + copies * 4 * self.summary.parameters() + activations + (40 << 20)) as u64
    }
}
