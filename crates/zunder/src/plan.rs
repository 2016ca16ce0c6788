//! The plan of a run: what it does, and its cost.

mod transfer;

use zunder_data::ImageShape;
use zunder_eval::Leakage;
use zunder_models::Summary;

use crate::{Adapter, RunConfig};

pub use transfer::Transfer;

/// What a run does and costs, known before its first step.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Plan {
    /// Resolved configuration.
    pub config: RunConfig,
    /// Name of the data set.
    pub dataset: String,
    /// Hash of its images and labels, with its [`HashAlgorithm`](zunder_data::HashAlgorithm).
    pub dataset_hash: String,
    /// Whether the data set is synthetic.
    pub synthetic: bool,
    /// Note on the choice of the data set, if any.
    pub note: Option<String>,
    /// Remarks on choices about the data, one sentence each.
    pub remarks: Vec<String>,
    /// Images to validate or test on that the initial weights were trained on, if any: all results
    /// of the run are then marked.
    pub leakage: Option<Leakage>,
    /// Class names.
    pub classes: Vec<String>,
    /// Positive class of two.
    pub positive: Option<String>,
    /// Shape of the images.
    pub shape: ImageShape,
    /// Number of training images.
    pub train_images: usize,
    /// Number of validation images, which choose the epoch.
    pub validation_images: usize,
    /// Number of test images, which are used once.
    pub test_images: usize,
    /// Layers of the model.
    pub summary: Summary,
    /// Images in a step: the configured batch size, or the whole training part if that is smaller.
    pub batch_size: usize,
    /// Updates in an epoch, each of
    /// [`GradientsConfig::accumulate`](zunder_train::GradientsConfig::accumulate) batches.
    pub steps: usize,
    /// Hardware that computes.
    pub adapter: Adapter,
    /// Hardware of each of [`RunConfig::devices`]; empty for one device.
    pub adapters: Vec<Adapter>,
    /// Threads of the matrix products.
    pub threads: usize,
    /// Steps of the chosen augmentation preset that are off because they do not suit the data set.
    pub left_out: Vec<&'static str>,
    /// Epochs that are already done, if the run is resumed.
    pub epochs_done: usize,
    /// Number of epochs when the run was interrupted, if it was different.
    pub epochs_then: Option<usize>,
}

/// Number of updates that are enough to plot a schedule.
const SHOWN: usize = 2000;

impl Plan {
    /// Returns the learning rate over the training: for at most 2,000 updates, evenly spaced from
    /// the first to the last, the number of epochs before the update and its rate. For a plateau
    /// schedule, which depends on the validation, the rate is constant.
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

    /// Returns the floating-point operations of the matrix products in one training step.
    pub fn step_flops(&self) -> u64 {
        self.summary.training_flops() * self.batch_size as u64
    }

    /// Returns the floating-point operations of the matrix products in the test, in which each view
    /// of test-time augmentation counts, as a multiple of those in the training of an epoch.
    pub fn test_share(&self) -> f64 {
        let forward = self.summary.forward_flops() * self.config.tta.views() as u64;
        let test = forward as f64 * self.test_images as f64;
        let batches = self.steps * self.config.gradients.accumulate;
        test / (self.step_flops() as f64 * batches as f64)
    }

    /// Returns what an update on several devices moves; `None` for one device.
    pub fn transfer(&self) -> Option<Transfer> {
        let devices = self.config.devices.len();
        (devices > 1).then(|| {
            let accumulate = self.config.gradients.accumulate;
            let numbers = self.shape.len() + self.summary.dropout_units();
            Transfer::of(devices, accumulate, self.batch_size, numbers, &self.summary)
        })
    }

    /// Estimates the memory of the training in bytes: the images, ten copies of the parameters
    /// (weights, gradients, two of the optimiser, the best epoch, and a checkpoint that is being
    /// written), four more for a moving average and four for rollbacks, ten copies of the
    /// activations of a batch, and the program itself. Several devices have twice as many gradients
    /// and batches of activations as there are devices, wherever they lie.
    pub fn memory(&self) -> u64 {
        let images =
            (self.train_images + self.validation_images + self.test_images) * self.shape.len();
        let units: usize = self.summary.layers().iter().map(|l| l.outputs).sum::<usize>();
        let activations =
            4 * (10 * units * self.batch_size + 5 * self.shape.len() * self.batch_size);
        let copies = 10
            + 4 * usize::from(self.config.ema > 0.0)
            + 4 * usize::from(self.config.on_nan.most() > 0);
        let devices = self.config.devices.len();
        let (copies, batches) = (copies + 2 * devices, 1.max(2 * devices));
        (images + copies * 4 * self.summary.parameters() + batches * activations + (40 << 20))
            as u64
    }
}

#[cfg(test)]
mod tests {
    use crate::{DatasetName, ModelKind, Run, RunConfig, RunOptions, TestTimeAugmentation};

    #[test]
    fn each_view_costs_a_test() {
        let mut config = RunConfig::preset(ModelKind::Linear);
        (config.data.dataset, config.data.limit) = (DatasetName::Shapes, Some(200));
        config.batch_size = 40;
        let mut share = |tta: TestTimeAugmentation, ema| {
            (config.tta, config.ema) = (tta, ema);
            let plan = Run::plan(&config, RunOptions::default()).unwrap();
            // A linear classifier computes products for its scores and for its gradient.
            let training = 2 * plan.steps * plan.batch_size;
            plan.test_share() * training as f64 / plan.test_images as f64
        };
        assert_eq!(share(TestTimeAugmentation::None, 0.0), 1.0);
        assert_eq!(share(TestTimeAugmentation::Mirror, 0.0), 2.0);
        let shifts = TestTimeAugmentation::Shifts { pixels: 1, mirror: true };
        // The test has one model, also with a moving average of the weights.
        assert!((share(shifts, 0.9) - 18.0).abs() < 1e-9);
    }
}
