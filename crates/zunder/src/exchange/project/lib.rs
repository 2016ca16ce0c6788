//! An image classifier trained with Zunder: reads image files as its training did, and computes
//! the probability of each class.
//!
//! ```no_run
//! use burn::tensor::Device;
//! use classifier::Classifier;
//!
//! let classifier = Classifier::load(".".as_ref(), &Device::default())?;
//! let image = classifier.read("cat.jpg".as_ref())?;
//! for (class, probability) in classifier.classes().iter().zip(&classifier.answer(&[image])?[0]) {
//!     println!("{class} {probability}");
//! }
//! # Ok::<(), classifier::Error>(())
//! ```

use std::fs;
use std::path::Path;

use burn::module::Module;
use burn::store::ModuleRecord;
use burn::tensor::{Device, Int, Tensor, TensorData, activation};
use serde::Deserialize;
use serde_json::Value;
use zunder_data::image_folder::{ImageDecoder, ResizeMode};
use zunder_data::{DataError, ImageShape};
use zunder_models::{
    Key, LinearClassifier, LinearClassifierConfig, Mlp, MlpConfig, ResidualMlp, ResidualMlpConfig,
};

/// What is wrong with a file or its content.
pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// The versions of `classifier.json` and `preprocessing.json` that this program reads.
const FORMAT: u32 = 1;

/// The steps of `preprocessing.json` without a setting, each with the value that this program does.
const FIXED: [(&str, &str); 6] = [
    ("/decode/frame", "first"),
    ("/decode/orientation", "exif"),
    ("/decode/colour_profile", "ignored"),
    ("/decode/alpha_of_zeros", "opaque"),
    ("/decode/grey", "bt601"),
    ("/resize/kernel", "triangle"),
];

/// The content of `classifier.json`.
#[derive(Deserialize)]
struct Description {
    format: u32,
    classes: Vec<String>,
    /// Whether the softmax of the scores gives probabilities.
    probabilities: bool,
    network: NetworkConfig,
}

#[derive(Deserialize)]
#[serde(tag = "name", rename_all = "kebab-case")]
enum NetworkConfig {
    Linear(LinearClassifierConfig),
    Mlp(MlpConfig),
    ResidualMlp(ResidualMlpConfig),
}

/// The content of `preprocessing.json`, as far as it has settings.
#[derive(Deserialize)]
struct Steps {
    format: u32,
    decode: Decode,
    resize: Resize,
    standardisation: Standardisation,
    tta: String,
}

#[derive(Deserialize)]
struct Decode {
    depth: u8,
    background: [u8; 3],
    channels: usize,
}

#[derive(Deserialize)]
struct Resize {
    mode: ResizeMode,
    height: usize,
    width: usize,
}

#[derive(Deserialize)]
struct Standardisation {
    divisor: f32,
    mean: Vec<f32>,
    std: Vec<f32>,
}

#[derive(Debug)]
#[allow(clippy::large_enum_variant, reason = "a classifier has one network")]
enum Network {
    Linear(LinearClassifier),
    Mlp(Mlp),
    ResidualMlp(ResidualMlp),
}

/// A trained model with all that it needs to classify images, loaded once. Threads can share it.
#[derive(Debug)]
pub struct Classifier {
    classes: Vec<String>,
    probabilities: bool,
    decoder: ImageDecoder,
    /// What is divided by, subtracted and divided by, in this order.
    standardisation: [Tensor<4>; 3],
    views: Vec<View>,
    network: Network,
    device: Device,
}

impl Classifier {
    /// Loads `classifier.json`, `preprocessing.json` and `model.bpk` of a folder.
    ///
    /// # Errors
    /// Returns an error if a file is missing, or has something that this program does not do.
    pub fn load(folder: &Path, device: &Device) -> Result<Self, Error> {
        let description: Description = read(&folder.join("classifier.json"))?;
        let steps: Value = read(&folder.join("preprocessing.json"))?;
        for (pointer, expected) in FIXED {
            if steps.pointer(pointer).and_then(Value::as_str) != Some(expected) {
                let name = pointer[1..].replace('/', ".");
                return Err(format!("preprocessing.json: {name} is not {expected:?}").into());
            }
        }
        let steps: Steps = serde_json::from_value(steps)?;
        for (file, got) in
            [("classifier.json", description.format), ("preprocessing.json", steps.format)]
        {
            if got != FORMAT {
                return Err(format!("{file}: format is {got}, expected {FORMAT}").into());
            }
        }
        let Steps { decode, resize, standardisation, tta, .. } = steps;
        let Resize { mode: resize, height, width } = resize;
        let Decode { depth, background, channels } = decode;
        let shape = ImageShape { channels, height, width };
        let decoder = ImageDecoder { shape, resize, background, depth };
        decoder.validate()?;
        let Standardisation { divisor, mean, std } = standardisation;
        if [mean.len(), std.len()] != [channels; 2] {
            let lengths = format!("{} and {}", mean.len(), std.len());
            return Err(format!("mean and std have {lengths} numbers, expected {channels}").into());
        }
        let row = |values: Vec<f32>| {
            Tensor::<1>::from_floats(values.as_slice(), device).reshape([1, values.len(), 1, 1])
        };
        let standardisation = [row(vec![divisor]), row(mean), row(std)];
        let record = ModuleRecord::load(folder.join("model.bpk"))?;
        let (features, n) = (shape.len(), description.classes.len());
        let key = Key::new(0);
        let network = match description.network {
            NetworkConfig::Linear(config) => {
                Network::Linear(config.init(features, n, key, device)?.try_load_record(record)?)
            }
            NetworkConfig::Mlp(config) => {
                Network::Mlp(config.init(features, n, key, device)?.try_load_record(record)?)
            }
            NetworkConfig::ResidualMlp(config) => Network::ResidualMlp(
                config.init(features, n, key, device)?.try_load_record(record)?,
            ),
        };
        let views = views(&tta)?;
        let Description { classes, probabilities, .. } = description;
        let device = device.clone();
        Ok(Self { classes, probabilities, decoder, standardisation, views, network, device })
    }

    /// The names of the classes, in the order of the answers.
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// Whether the answers are probabilities. After a loss of margins or distances they are scores.
    pub fn gives_probabilities(&self) -> bool {
        self.probabilities
    }

    /// Reads the pixels of an image file, in the shape of the training images: 8 bits, channel by
    /// channel, row by row.
    ///
    /// # Errors
    /// Returns an error if the file cannot be read or decoded.
    pub fn read(&self, file: &Path) -> Result<Vec<u8>, DataError> {
        self.decoder.read(file)
    }

    /// As [`read`](Self::read), for a file in memory.
    ///
    /// # Errors
    /// Returns an error if the bytes cannot be decoded.
    pub fn decode(&self, bytes: &[u8]) -> Result<Vec<u8>, DataError> {
        self.decoder.decode(bytes, "image".as_ref())
    }

    /// Computes the probability, or else the score, of each class for each image.
    ///
    /// # Errors
    /// Returns an error if an image has not the pixels that [`read`](Self::read) returns.
    pub fn answer(&self, images: &[Vec<u8>]) -> Result<Vec<Vec<f32>>, Error> {
        let ImageShape { channels, height, width } = self.decoder.shape;
        let features = self.decoder.shape.len();
        if let Some(image) = images.iter().find(|image| image.len() != features) {
            return Err(format!("an image has {} bytes, expected {features}", image.len()).into());
        }
        if images.is_empty() {
            return Ok(Vec::new());
        }
        let pixels: Vec<f32> = images.iter().flatten().map(|&value| f32::from(value)).collect();
        let data = TensorData::new(pixels, [images.len(), channels, height, width]);
        let [divisor, mean, std] = self.standardisation.clone();
        let input = (Tensor::<4>::from_data(data, &self.device) / divisor - mean) / std;
        let view = |view: &View| self.network.scores(view.of(input.clone()).flatten(1, 3));
        let sum = self.views.iter().map(view).reduce(|sum, scores| sum + scores);
        let scores = sum.ok_or("there is no view")?.div_scalar(self.views.len() as f32);
        let answers = if self.probabilities { activation::softmax(scores, 1) } else { scores };
        let values: Vec<f32> = answers.try_into_vec_as()?;
        Ok(values.chunks(self.classes.len()).map(<[f32]>::to_vec).collect())
    }
}

impl Network {
    /// `[N, features]` to `[N, classes]`.
    fn scores(&self, images: Tensor<2>) -> Tensor<2> {
        match self {
            Self::Linear(network) => network.forward(images),
            Self::Mlp(network) => network.forward(images),
            Self::ResidualMlp(network) => network.forward(images),
        }
    }
}

/// A view of an image: its pixel (x, y) is that at (x + right, y + down) of the image or of its
/// mirror image. Test-time augmentation answers with the mean score of several views.
#[derive(Clone, Copy, Debug)]
struct View {
    down: isize,
    right: isize,
    mirrored: bool,
}

impl View {
    /// `[N, channels, height, width]` to the same shape.
    fn of(self, images: Tensor<4>) -> Tensor<4> {
        let images = if self.mirrored { images.flip([3]) } else { images };
        shifted(shifted(images, 2, self.down), 3, self.right)
    }
}

/// Shifts images along a side. Positions outside are reflected at the centre of the first or the
/// last pixel.
fn shifted(images: Tensor<4>, dim: usize, shift: isize) -> Tensor<4> {
    if shift == 0 {
        return images;
    }
    let side = images.dims()[dim] as isize;
    let period = (2 * (side - 1)).max(1);
    let place = |i: isize| {
        let place = (i + shift).rem_euclid(period);
        place.min(period - place).min(side - 1) as i32
    };
    let places: Vec<i32> = (0..side).map(place).collect();
    let device = images.device();
    images.select(dim, Tensor::<1, Int>::from_ints(&places[..], &device))
}

/// The views of test-time augmentation by its name: `none`, `mirror`, `shifts-K` or `cross-K`, the
/// last two also with `-no-mirror` behind them.
fn views(tta: &str) -> Result<Vec<View>, Error> {
    let unknown = || format!("preprocessing.json: tta is {tta:?}, expected none, mirror, ...");
    let (shifts, mirrors) = match (tta, tta.strip_suffix("-no-mirror")) {
        ("none", _) => ("shifts-0", false),
        ("mirror", _) => ("shifts-0", true),
        (_, Some(shifts)) => (shifts, false),
        (shifts, None) => (shifts, true),
    };
    let (name, most) = shifts.split_once('-').ok_or_else(unknown)?;
    let most: isize = most.parse().map_err(|_| unknown())?;
    if !["shifts", "cross"].contains(&name) || !(0..=8).contains(&most) {
        return Err(unknown().into());
    }
    let in_cross = |down: isize, right: isize| {
        down * right == 0 && [0, most].contains(&(down.abs() + right.abs()))
    };
    let both = if mirrors { &[false, true][..] } else { &[false] };
    let mut views = Vec::new();
    for down in -most..=most {
        for right in (-most..=most).filter(|&right| name == "shifts" || in_cross(down, right)) {
            views.extend(both.iter().map(|&mirrored| View { down, right, mirrored }));
        }
    }
    Ok(views)
}

fn read<T: for<'a> Deserialize<'a>>(path: &Path) -> Result<T, Error> {
    let bad = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    let text = fs::read_to_string(path).map_err(|error| bad(&error))?;
    Ok(serde_json::from_str(&text).map_err(|error| bad(&error))?)
}
