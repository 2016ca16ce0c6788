use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use zunder_data::AugmentConfig;
use zunder_train::{
    ClassWeights, EarlyStoppingConfig, FitConfig, GradientsConfig, Loss, OnNan, OptimizerConfig,
    Schedule,
};

use crate::{DataConfig, DatasetName, ModelConfig, Preset, RunError, TestTimeAugmentation};

/// Everything that decides a run. It is saved as the run's `config.toml`, which reruns it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RunConfig {
    /// Names all random draws of the run. Default: 1.
    pub seed: u64,
    /// Passes over the training part, at least 1. Default: 30; the linear preset 20.
    pub epochs: usize,
    /// Images in a training step, at least 1; at least 2 where the model normalises over the batch.
    /// Cut to the training part if that is smaller; in a file and on the command line `"all"` is
    /// the whole of it, which is plain gradient descent. Those images of a pass that do not fill a
    /// batch are left out, others in each pass, unless [`DataConfig::drop_last`] is false. Default:
    /// 128.
    pub batch_size: usize,
    /// The decay of an exponential moving average of the weights, in 0 <= d < 1, such as 0.999.
    /// Each epoch validates it beside the weights; the better one of the two counts and is kept.
    /// Default: 0, no average.
    pub ema: f64,
    /// Test-time augmentation: `mirror` answers with the mean score of an image and its mirror
    /// image, in validation, test and use, for twice their time; refused where a mirror image means
    /// another class, as of digits. Default: none.
    pub tta: TestTimeAugmentation,
    /// Updates of an epoch, 1 to 1000000 (lecture 6a.3, "Stochastischer Gradientenabstieg": an
    /// epoch may be any number of updates). Epochs of fewer updates than a pass are the start of a
    /// pass in an order of their own; longer ones begin further passes. Default: one pass over the
    /// training part.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub steps_per_epoch: Option<usize>,
    /// A run's folder whose best epoch's weights are the first ones, in place of random ones.
    /// Images and model must be of the same shapes; where the classes are others, the output layer
    /// is drawn at random all the same. Default: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub init_from: Option<PathBuf>,
    /// SHA-256 of those weights, 64 hexadecimal digits: a run writes it into its configuration, and
    /// others are refused from then on. Default: any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub init_sha256: Option<String>,
    /// What is minimised: a table with its settings, or in a file and on the command line its bare
    /// name. Default: softmax cross-entropy.
    pub loss: Loss,
    /// Where to compute. Default: the first device in the build.
    pub device: String,
    /// Threads of the matrix products; 0 takes one a processor. Results do not depend on it.
    /// Default: 0.
    pub threads: usize,
    /// Which images.
    pub data: DataConfig,
    /// How training images are changed at random. Default: crop and flip; nothing for the linear
    /// model and for the sets in the form of MNIST. In a file, `preset = "NAME"` in this table
    /// starts from that preset (`none` for nothing) instead of the model's recipe; a step that is
    /// `true` has its defaults, one that is `false` is off.
    pub augment: AugmentConfig,
    /// Which model.
    pub model: ModelConfig,
    /// How weights follow gradients.
    pub optimizer: OptimizerConfig,
    /// What happens to gradients before that: clipping by value and by norm, and `accumulate`, the
    /// batches whose mean makes one update. Default: nothing.
    pub gradients: GradientsConfig,
    /// How the learning rate changes.
    pub schedule: Schedule,
    /// By what the best epoch is found, and when to stop waiting for a better one.
    pub early_stopping: EarlyStoppingConfig,
    /// What to do when the loss is infinite or not a number: stop, or rollback, which goes back to
    /// the last finished epoch with half the learning rate, `most` times (3). A table, or in a file
    /// and on the command line its bare name. Default: stop.
    pub on_nan: OnNan,
}

impl Default for RunConfig {
    fn default() -> Self {
        Self::preset(Preset::Mlp)
    }
}

impl RunConfig {
    /// A preset's configuration, or that of a kind of model, for small colour images.
    pub fn preset(preset: impl Into<Preset>) -> Self {
        preset.into().config(DatasetName::Auto)
    }

    /// Checks every setting against its range.
    ///
    /// # Errors
    /// [`RunError`] with the setting's name, its value and its range.
    pub fn validate(&self) -> Result<(), RunError> {
        let refuse = |problem: String| Err(RunError::config("configuration", problem));
        if i64::try_from(self.seed).is_err() {
            return refuse(format!(
                "seed is {}, expected at most {} (the largest number of a TOML file)",
                self.seed,
                i64::MAX
            ));
        }
        match (self.batch_size, self.model.batch_norm()) {
            (0, _) => return refuse("batch_size is 0, expected at least 1".to_owned()),
            (1, Some(setting)) => {
                return refuse(format!(
                    "batch_size is 1, expected at least 2 with {setting}: batch normalisation \
                     compares the images of a batch"
                ));
            }
            _ => {}
        }
        if let Some(steps) = self.steps_per_epoch
            && !(1..=1_000_000).contains(&steps)
        {
            return refuse(format!("steps_per_epoch is {steps}, expected 1 to 1000000"));
        }
        if let (None, Some(hash)) = (&self.init_from, &self.init_sha256) {
            return refuse(format!("init_sha256 is {hash} without init_from, expected both"));
        }
        if self.threads > 256 {
            return refuse(format!(
                "threads is {}, expected 0 (one a processor) to 256",
                self.threads
            ));
        }
        self.data.validate()?;
        if self.data.sampling.is_balanced()
            && self.loss.class_weights() == Some(&ClassWeights::Balanced)
        {
            let sampling = self.data.sampling.name();
            return refuse(format!(
                "loss.class_weights is balanced beside data.sampling {sampling}, expected one of \
                 them: both would count rare classes twice"
            ));
        }
        self.augment
            .validate()
            .map_err(|e| RunError::config("configuration", format!("augment.{e}")))?;
        self.model.validate()?;
        Ok(self.fit().validate()?)
    }

    /// Sets what may change on the way of a run.
    pub(crate) fn compute_on(
        &mut self,
        device: Option<&str>,
        threads: Option<usize>,
        data_dir: Option<&Path>,
    ) -> Result<(), RunError> {
        if let Some(name) = device {
            crate::device(name)?;
            name.clone_into(&mut self.device);
        }
        self.threads = threads.unwrap_or(self.threads);
        if let Some(folder) = data_dir {
            folder.clone_into(&mut self.data.dir);
        }
        self.validate()
    }

    /// Computes where another configuration says, and finds its data there.
    pub(crate) fn move_to(&mut self, place: &Self) {
        let (here, there) = (&mut self.data, &place.data);
        self.device.clone_from(&place.device);
        self.threads = place.threads;
        here.dir.clone_from(&there.dir);
        here.storage = there.storage;
        here.groups.clone_from(&there.groups);
        here.image_folder.cache.clone_from(&there.image_folder.cache);
    }

    /// The part that the training loop takes.
    pub fn fit(&self) -> FitConfig {
        FitConfig {
            epochs: self.epochs,
            loss: self.loss.clone(),
            optimizer: self.optimizer.clone(),
            gradients: self.gradients.clone(),
            ema: self.ema,
            schedule: self.schedule.clone(),
            early_stopping: self.early_stopping.clone(),
            on_nan: self.on_nan.clone(),
        }
    }
}
