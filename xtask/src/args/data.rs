//! The flags of the data: which images, their split and their augmentation.

use std::path::PathBuf;

use clap::{Args, ValueHint};
use toml::Value;

use crate::settings::Settings;

/// The location of the data.
#[derive(Args)]
#[command(next_help_heading = "Data")]
pub struct PlaceArgs {
    /// Folder of the data sets or images [default: datasets]
    ///
    /// The folder of a data set, or the folder that contains it. For --dataset folder or records,
    /// the folder of the images.
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub data_dir: Option<PathBuf>,
}

/// The data set and its location.
#[derive(Args)]
#[command(next_help_heading = "Data")]
pub struct SourceArgs {
    /// auto, cifar10, mnist, folder, ... [default: auto]
    ///
    /// The data set: auto (CIFAR-10, which a training downloads if necessary, else the synthetic
    /// set), cifar10, cifar100, cifar100-coarse, mnist, fashion-mnist, kmnist, folder (images of
    /// your own), records (files in the layout of CIFAR-10) or shapes (the synthetic set). The
    /// default is that of --config, or auto.
    #[arg(long, value_name = "NAME")]
    dataset: Option<String>,
    #[command(flatten)]
    place: PlaceArgs,
}

impl SourceArgs {
    /// Adds the data set's name and location to the settings.
    pub fn lay(&self, settings: &mut Settings) {
        settings.text("--dataset", "data.dataset", self.dataset.as_deref());
        settings.path("--data-dir", "data.dir", self.place.data_dir.as_deref());
    }
}

/// The images and their augmentation.
#[derive(Args)]
#[command(next_help_heading = "Data")]
pub struct DataArgs {
    /// none, weak, light, ... [default: the recipe's]
    ///
    /// The random changes of training images: none, weak, light, standard or strong; weak and light
    /// are crop and flip. Single steps are set by --set augment.STEP.SETTING=VALUE; `preview` shows
    /// them. The default is none for --model linear, and for sets in the format of MNIST except
    /// with --preset best.
    #[arg(long, value_name = "PRESET")]
    pub augment: Option<String>,
    /// Blend image pairs [default: the recipe's]
    ///
    /// MixUp by Beta(A, A), in addition to --augment: at most 100, and 0 for none; below 1 one of
    /// the two images usually dominates. The default is 0.2 for --preset best on Fashion-MNIST,
    /// otherwise 0.
    #[arg(long, value_name = "A", allow_negative_numbers = true)]
    pub mixup: Option<f64>,
    /// Size of the images of --dataset folder
    ///
    /// A number for a square, or height and width such as 48x64 [default: the median, at most 64].
    #[arg(long, value_name = "SIZE", hide_short_help = true)]
    pub image_size: Option<String>,
    /// Use only these classes, in this order
    ///
    /// Two classes make a binary task. A name with a comma must be set by data.classes in --config.
    #[arg(long, value_name = "A,B,...", value_delimiter = ',')]
    pub classes: Vec<String>,
    /// Continue although more images of --dataset folder are left out than used
    ///
    /// Left out are HEIC, camera raw, video, and images outside of class folders. They are counted
    /// in any case.
    #[arg(long, hide_short_help = true)]
    pub skip_unread: bool,
    /// Where pixels are kept: memory, or mapped (in their files) [default: memory]
    ///
    /// For a set larger than memory. The files must not change during the run.
    #[arg(long, value_name = "PLACE", hide_short_help = true)]
    pub storage: Option<String>,
    /// Use only N training images, evenly of each class
    #[arg(long, value_name = "N")]
    pub limit: Option<u64>,
}

impl DataArgs {
    /// Adds the flags to the settings.
    pub fn lay(&self, settings: &mut Settings) {
        let size = self.image_size.as_deref().map(image_size);
        settings.set("--image-size", "data.image_folder.image_size", size);
        let name = |class: &String| Value::String(class.trim().to_owned());
        let classes: Vec<Value> = self.classes.iter().map(name).collect();
        let classes = Some(Value::Array(classes)).filter(|_| !self.classes.is_empty());
        settings.set("--classes", "data.classes", classes);
        let skip = self.skip_unread.then_some("skip");
        settings.text("--skip-unread", "data.image_folder.on_unread", skip);
        settings.text("--storage", "data.storage", self.storage.as_deref());
        settings.integer("--limit", "data.limit", self.limit);
        settings.text("--augment", "augment.preset", self.augment.as_deref());
        match self.mixup {
            Some(0.0) => settings.set("--mixup", "augment.mixup", Some(Value::Boolean(false))),
            alpha => settings.number("--mixup", "augment.mixup.alpha", alpha),
        }
    }

    /// Returns whether the flags choose steps of the augmentation.
    pub fn names_augmentation(&self) -> bool {
        self.augment.is_some() || self.mixup.is_some()
    }
}

/// The split and the order of the images.
#[derive(Args)]
#[command(next_help_heading = "Data")]
pub struct SplitArgs {
    /// Which of two classes is the positive one [default: the second]
    #[arg(long, value_name = "NAME", hide_short_help = true)]
    positive: Option<String>,
    /// CSV file with the columns image and group
    ///
    /// All images of one group, such as those of one patient, stay in the same part of every split.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, hide_short_help = true)]
    groups: Option<PathBuf>,
    /// Cross-validation in K runs
    ///
    /// Each run holds out a different K-th of the training images for validation. Mean and
    /// deviation are printed at the end.
    #[arg(long, value_name = "K")]
    folds: Option<u64>,
    /// With --from: validate and test on images that the weights were trained on
    ///
    /// All figures of the run are then marked.
    #[arg(long, hide_short_help = true)]
    allow_leakage: bool,
    /// Order of the training images in an epoch [default: shuffled]
    ///
    /// shuffled (each once), replacement, balanced (all classes equally often),
    /// balanced-replacement or sequential.
    #[arg(long, value_name = "NAME", hide_short_help = true)]
    sampling: Option<String>,
}

impl SplitArgs {
    /// Adds the flags to the settings.
    pub fn lay(&self, settings: &mut Settings) {
        settings.text("--positive", "data.positive", self.positive.as_deref());
        settings.path("--groups", "data.groups", self.groups.as_deref());
        settings.integer("--folds", "data.folds", self.folds);
        let leakage = self.allow_leakage.then_some(Value::Boolean(true));
        settings.set("--allow-leakage", "data.allow_leakage", leakage);
        settings.text("--sampling", "data.sampling", self.sampling.as_deref());
    }
}

/// Parses 64 as a number and 48x64 as two. Anything else is left to the check of the configuration.
fn image_size(text: &str) -> Value {
    let number = |side: &str| side.trim().parse().ok().map(Value::Integer);
    let sides: Option<Vec<Value>> = text.split(['x', 'X']).map(number).collect();
    match sides.as_deref() {
        Some([side]) => side.clone(),
        Some([height, width]) => Value::Array(vec![height.clone(), width.clone()]),
        _ => Value::String(text.to_owned()),
    }
}
