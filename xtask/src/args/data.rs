//! Which images, and what happens to them.

use std::path::PathBuf;

use clap::{Args, ValueHint};
use toml::Value;

use crate::settings::Settings;

/// Where the data lie.
#[derive(Args)]
#[command(next_help_heading = "Data")]
pub struct PlaceArgs {
    /// Where data sets or images lie [default: datasets]
    ///
    /// A data set's own folder, or the one above it; for --dataset folder or records, the folder of
    /// images.
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub data_dir: Option<PathBuf>,
}

impl PlaceArgs {
    /// Lays the data set's name and place over settings.
    pub fn lay(&self, dataset: Option<&str>, settings: &mut Settings) {
        settings.text("--dataset", "data.dataset", dataset);
        settings.path("--data-dir", "data.dir", self.data_dir.as_deref());
    }
}

/// Which images, and how they are changed at random.
#[derive(Args)]
#[command(next_help_heading = "Data")]
pub struct DataArgs {
    /// none, light, standard or strong [default: light]
    ///
    /// How training images are changed at random; light is crop and flip. Single steps by --set
    /// augment.STEP.SETTING=VALUE; `preview` shows them. The default is none for --model linear and
    /// for the sets in the form of MNIST.
    #[arg(long, value_name = "PRESET")]
    pub augment: Option<String>,
    /// Blend image pairs, by Beta(A, A) [default: 0, off]
    ///
    /// MixUp, beside the steps of --augment: above 0 and at most 100; below 1 one of the two images
    /// prevails. The default is 0.2 for --preset best.
    #[arg(long, value_name = "A", allow_negative_numbers = true)]
    pub mixup: Option<f64>,
    /// Size of the images of --dataset folder
    ///
    /// One number for a square, or such as 48x64 (height, width) [default: the median, at most 64].
    #[arg(long, value_name = "SIZE", hide_short_help = true)]
    pub image_size: Option<String>,
    /// Only these classes, in this order
    ///
    /// Two make a binary task. A name with a comma in it goes into data.classes of --config.
    #[arg(long, value_name = "A,B,...", value_delimiter = ',')]
    pub classes: Vec<String>,
    /// Go on with --dataset folder though more images are left out than taken
    ///
    /// HEIC, camera raw, video, images in no class. They are counted either way.
    #[arg(long, hide_short_help = true)]
    pub skip_unread: bool,
    /// Where pixels stay: memory, or mapped (in their files) [default: memory]
    ///
    /// For a set larger than memory; the files must not change meanwhile.
    #[arg(long, value_name = "PLACE", hide_short_help = true)]
    pub storage: Option<String>,
    /// Use only N training images, spread over the classes
    #[arg(long, value_name = "N")]
    pub limit: Option<u64>,
}

impl DataArgs {
    /// Lays the flags over settings.
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

    /// Whether steps of the augmentation were chosen here.
    pub fn names_augmentation(&self) -> bool {
        self.augment.is_some() || self.mixup.is_some()
    }
}

/// How images are divided and taken.
#[derive(Args)]
#[command(next_help_heading = "Data")]
pub struct SplitArgs {
    /// Which of two classes is the positive one [default: the second]
    #[arg(long, value_name = "NAME", hide_short_help = true)]
    positive: Option<String>,
    /// CSV file with the columns image and group
    ///
    /// All images of one group, such as one patient's, stay on one side of every split.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, hide_short_help = true)]
    groups: Option<PathBuf>,
    /// Cross-validation in K runs
    ///
    /// Each run holds another K-th of the training images out for validation; mean and spread at
    /// the end.
    #[arg(long, value_name = "K")]
    folds: Option<u64>,
    /// With --from: validate and test on images even if its weights learnt from them
    ///
    /// Every figure is then marked.
    #[arg(long, hide_short_help = true)]
    allow_leakage: bool,
    /// Which training images an epoch takes [default: shuffled]
    ///
    /// shuffled (each once), replacement, balanced (classes equally often), balanced-replacement or
    /// sequential.
    #[arg(long, value_name = "NAME", hide_short_help = true)]
    sampling: Option<String>,
}

impl SplitArgs {
    /// Lays the flags over settings.
    pub fn lay(&self, settings: &mut Settings) {
        settings.text("--positive", "data.positive", self.positive.as_deref());
        settings.path("--groups", "data.groups", self.groups.as_deref());
        settings.integer("--folds", "data.folds", self.folds);
        let leakage = self.allow_leakage.then_some(Value::Boolean(true));
        settings.set("--allow-leakage", "data.allow_leakage", leakage);
        settings.text("--sampling", "data.sampling", self.sampling.as_deref());
    }
}

/// 64 as a number, 48x64 as two; anything else is left to the configuration to refuse.
fn image_size(text: &str) -> Value {
    let number = |side: &str| side.trim().parse().ok().map(Value::Integer);
    let sides: Option<Vec<Value>> = text.split(['x', 'X']).map(number).collect();
    match sides.as_deref() {
        Some([side]) => side.clone(),
        Some([height, width]) => Value::Array(vec![height.clone(), width.clone()]),
        _ => Value::String(text.to_owned()),
    }
}
