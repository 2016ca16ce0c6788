//! The configuration of a run.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use zunder_data::AugmentConfig;
use zunder_models::Precision;
use zunder_train::{
    ClassWeights, EarlyStoppingConfig, FitConfig, GradientsConfig, LassoConfig, Loss, OnNan,
    OptimizerConfig, Schedule,
};

use crate::{
    Backend, DataConfig, DatasetName, ModelConfig, Preset, RunError, TestTimeAugmentation,
};

/// All settings that determine a run. Saved as the run's `config.toml`, from which the run can be
/// repeated.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RunConfig {
    /// Seed of all random draws of the run. Default: 1.
    pub seed: u64,
    /// Number of epochs, at least 1. Default: 30; 20 with the preset `linear`, 10 with `quick`, 100
    /// with `best` (fewer in the MNIST family, see [`Preset::config`]).
    pub epochs: usize,
    /// Number of images in a training step, at least 1; at least 2 if the model uses batch
    /// normalisation. Limited to the size of the training part; in a file and on the command line,
    /// `"all"` stands for the whole training part, which is batch gradient descent. Images of a
    /// pass that do not fill a batch are left out, different ones in each pass, unless
    /// [`DataConfig::drop_last`] is false. Default: 256; 128 with the presets `linear` and
    /// `residual-mlp`.
    pub batch_size: usize,
    /// Decay of an exponential moving average of the weights, 0 <= d < 1, such as 0.999. Each epoch
    /// validates the average and the current weights, and keeps the better one. Default: 0, no
    /// average.
    pub ema: f64,
    /// Test-time augmentation: the mean score of several views of an image in test and prediction,
    /// which takes as many times as long; an error for mirror images where these have another
    /// class, as with digits. Each epoch is validated on the images alone. Default: none; `cross-1`
    /// with the preset `quick`, `shifts-2` with `best`; none for data sets in the format of
    /// MNIST.
    pub tta: TestTimeAugmentation,
    /// Average pooling of the images in front of the network: each of its inputs is the mean of a
    /// block of `pool` x `pool` pixels of a channel. A divisor of height and width. The first layer
    /// then has 1 / pool² as many weights; exports have the pooling folded into that layer.
    /// Augmentation and views work on the whole image. Default: 1, no pooling; 2 with the presets
    /// `quick` and `best`, except for data sets in the format of MNIST.
    pub pool: usize,
    /// Side of the window of the image, after pooling, in which the weights of each unit of the
    /// first layer start, as a share of height and width, 0 < share <= 1; the others start at 0
    /// ([`Windows`](zunder_models::Windows)). The places of the windows are random. No effect on
    /// the linear classifier, which has no hidden units, and with [`init_from`](Self::init_from).
    /// Default: 0.25; 1, the whole image, with the presets `linear` and `residual-mlp` and for data
    /// sets in the format of MNIST, except for Fashion-MNIST with `best`.
    pub init_window: f64,
    /// Number of updates of an epoch, 1 to 1000000 (lecture 6a.3, "Stochastischer
    /// Gradientenabstieg": an epoch may be any number of updates). An epoch of fewer updates than a
    /// pass takes the first batches of a newly shuffled pass; a longer one begins further passes.
    /// Default: one pass over the training part.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub steps_per_epoch: Option<usize>,
    /// Folder of a run whose best weights initialise the model instead of random ones. Images and
    /// model must have the same shapes; if the classes differ, the output layer is initialised
    /// randomly. If that run has a larger [`pool`](Self::pool), a multiple of this one, its pooling
    /// is folded into the first layer. Default: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub init_from: Option<PathBuf>,
    /// SHA-256 of those weights, 64 hexadecimal digits. A run stores it in its configuration and
    /// from then on accepts no other weights. Default: any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub init_sha256: Option<String>,
    /// Loss function: a table with its settings or, in a file and on the command line, its name
    /// alone. Default: softmax cross-entropy; with label smoothing 0.1 in the presets `mlp` and
    /// `best`.
    pub loss: Loss,
    /// Device to compute on. Default: the first device in the build.
    pub device: String,
    /// Devices that compute the batches of an update side by side, batch k on device k mod n; empty
    /// for `device` alone. The first one is `device`, which keeps the weights, updates, validates
    /// and tests them. An update has at least as many batches
    /// ([`accumulate`](GradientsConfig::accumulate)) as there are devices. In a file and on the
    /// command line, `devices` sets `device` too, and a later `device` replaces `devices`; one name
    /// is the same as `device`. Default: none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub devices: Vec<String>,
    /// Number of threads of the matrix products; 0 means one per processor. Results do not depend
    /// on it. Default: 0.
    pub threads: usize,
    /// Settings of the images.
    pub data: DataConfig,
    /// Augmentation of the training images. Default: crop and flip (`weak`; `light` with the preset
    /// `residual-mlp`); none for the linear model, and for data sets in the
    /// format of MNIST except with `best`. In a file, `preset = "NAME"` in this table starts from
    /// that preset (`none` for no step) instead of the model's; a step that is `true` gets its
    /// default settings, one that is `false` is off.
    pub augment: AugmentConfig,
    /// Settings of the model.
    pub model: ModelConfig,
    /// Settings of the optimiser.
    pub optimizer: OptimizerConfig,
    /// Processing of gradients before the update: clipping by value and by norm, and `accumulate`,
    /// the number of batches whose mean gradient makes one update. Default: none.
    pub gradients: GradientsConfig,
    /// L1 penalty on the weights of the first layers (beta-LASSO), which sets most of them to 0.
    /// Default: `l1` 1e-4; 4e-5 with the preset `best`; none with `linear` and `residual-mlp` and
    /// for data sets in the format of MNIST, except for Fashion-MNIST with `best`.
    pub lasso: LassoConfig,
    /// Schedule of the learning rate.
    pub schedule: Schedule,
    /// How the best epoch is chosen, and when training stops early.
    pub early_stopping: EarlyStoppingConfig,
    /// What to do if the loss is infinite or NaN: stop, or roll back to the last finished epoch
    /// with half the learning rate, at most `most` times (3). A table or, in a file and on the
    /// command line, its name alone. Default: stop.
    pub on_nan: OnNan,
}

impl Default for RunConfig {
    fn default() -> Self {
        Self::preset(Preset::Mlp)
    }
}

impl RunConfig {
    /// Returns the configuration of a preset or of a kind of model, for small colour images.
    pub fn preset(preset: impl Into<Preset>) -> Self {
        preset.into().config(DatasetName::Auto)
    }

    /// Checks every setting against its range.
    ///
    /// # Errors
    /// Returns a [`RunError`] with the name of the setting, its value and its range.
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
        if self.pool == 0 {
            return refuse("pool is 0, expected at least 1 (no pooling)".to_owned());
        }
        let window = self.init_window;
        if !(window > 0.0 && window <= 1.0) {
            return refuse(format!(
                "init_window is {window}, expected a share of the image's side in 0 < share <= 1 \
                 (1 for the whole image)"
            ));
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
        self.validate_devices()?;
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

    /// Checks that all devices compute products of the model's precision. Only training has it, so
    /// a run may be evaluated on other devices.
    ///
    /// # Errors
    /// Returns [`RunError::Config`] for bfloat16 on a device other than `flex`.
    pub(crate) fn check_precision(&self) -> Result<(), RunError> {
        let precision = self.model.precision();
        let mut devices = [&self.device].into_iter().chain(&self.devices);
        let other = devices
            .find(|device| Backend::of(device).is_some_and(|backend| backend != Backend::Flex));
        match other.filter(|_| precision != Precision::F32) {
            None => Ok(()),
            Some(device) => Err(RunError::config(
                "configuration",
                format!(
                    "model.precision is {} and the device {device}, expected f32 or the device \
                     flex: no other computes it",
                    precision.name()
                ),
            )),
        }
    }

    /// Checks that the first device is the one of the weights, and that each gets a batch of an
    /// update.
    fn validate_devices(&self) -> Result<(), RunError> {
        let (n, accumulate) = (self.devices.len(), self.gradients.accumulate);
        let Some(first) = self.devices.first() else { return Ok(()) };
        let refuse = |problem: String| Err(RunError::config("configuration", problem));
        if *first != self.device {
            return refuse(format!(
                "devices begins with {first:?} and device is {:?}, expected the same device, or \
                 one of the two settings",
                self.device
            ));
        }
        if accumulate >= n {
            return Ok(());
        }
        let same = match self.batch_size {
            batch if batch % n == 0 && batch / n > 1 && batch <= 1 << 24 => {
                format!("; batch_size {} then keeps {batch} images an update", batch / n)
            }
            _ => String::new(),
        };
        refuse(format!(
            "gradients.accumulate is {accumulate} with {n} devices, expected {n} or more: each \
             device computes a batch of an update{same}"
        ))
    }

    /// Returns the names of the devices that compute batches, as one text.
    pub fn device_names(&self) -> String {
        if self.devices.is_empty() { self.device.clone() } else { self.devices.join(", ") }
    }

    /// Opens the devices of the configuration, as a training does: see [`device`](crate::device).
    ///
    /// # Errors
    /// Returns the errors of [`device`](crate::device) for the first that cannot be used, and
    /// [`RunError::Config`] for one that does not compute the model's precision.
    pub fn check_devices(&self) -> Result<(), RunError> {
        self.check_precision()?;
        let mut names = [&self.device].into_iter().chain(&self.devices);
        names.try_for_each(|name| crate::device(name).map(drop))
    }

    /// Returns the configuration with absolute paths: a command may be continued in another
    /// working directory.
    pub(crate) fn absolute(self) -> Self {
        self.absolute_in(Path::new(""))
    }

    /// Like [`absolute`](Self::absolute), with paths relative to a folder.
    pub(crate) fn absolute_in(mut self, folder: &Path) -> Self {
        let paths = self.data.paths_mut().chain(&mut self.init_from);
        // An empty path disables the cache.
        for path in paths.filter(|path| !path.as_os_str().is_empty()) {
            if let Ok(absolute) = std::path::absolute(folder.join(&*path)) {
                *path = absolute;
            }
        }
        self
    }

    /// Overrides the settings that may change while a run is interrupted.
    pub(crate) fn compute_on(
        &mut self,
        device: Option<&str>,
        threads: Option<usize>,
        data_dir: Option<&Path>,
    ) -> Result<(), RunError> {
        if let Some(name) = device {
            crate::device(name)?;
            name.clone_into(&mut self.device);
            self.devices.clear();
        }
        self.threads = threads.unwrap_or(self.threads);
        if let Some(folder) = data_dir {
            self.data.dir = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
        }
        self.validate()
    }

    /// Takes the device and the data folders from another configuration.
    pub(crate) fn move_to(&mut self, place: &Self) {
        let (here, there) = (&mut self.data, &place.data);
        self.device.clone_from(&place.device);
        self.devices.clone_from(&place.devices);
        self.threads = place.threads;
        here.dir.clone_from(&there.dir);
        here.storage = there.storage;
        here.groups.clone_from(&there.groups);
        here.image_folder.cache.clone_from(&there.image_folder.cache);
    }

    /// Returns the settings of the training loop.
    pub fn fit(&self) -> FitConfig {
        FitConfig {
            epochs: self.epochs,
            loss: self.loss.clone(),
            optimizer: self.optimizer.clone(),
            gradients: self.gradients.clone(),
            lasso: self.lasso.clone(),
            ema: self.ema,
            schedule: self.schedule.clone(),
            early_stopping: self.early_stopping.clone(),
            on_nan: self.on_nan.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_becomes_absolute() {
        let mut config = RunConfig { init_from: Some("run".into()), ..RunConfig::default() };
        config.data.dir = "images".into();
        config.data.groups = Some("groups.csv".into());
        config.data.image_folder.cache = Some("cache".into());
        let here = std::env::current_dir().unwrap();
        let absolute = config.absolute();
        assert_eq!(absolute.init_from, Some(here.join("run")));
        assert_eq!(absolute.data.dir, here.join("images"));
        assert_eq!(absolute.data.groups, Some(here.join("groups.csv")));
        assert_eq!(absolute.data.image_folder.cache, Some(here.join("cache")));

        // An empty path disables the cache.
        let mut config = absolute;
        config.data.image_folder.cache = Some(PathBuf::new());
        assert_eq!(config.clone().absolute().data.image_folder.cache, Some(PathBuf::new()));

        // Another folder is only for relative paths.
        config.data.groups = Some("groups.csv".into());
        let elsewhere = config.absolute_in(&here.join("elsewhere"));
        assert_eq!(elsewhere.data.groups, Some(here.join("elsewhere/groups.csv")));
        assert_eq!(elsewhere.data.dir, here.join("images"));
        assert_eq!(elsewhere.data.image_folder.cache, Some(PathBuf::new()));
    }
}
