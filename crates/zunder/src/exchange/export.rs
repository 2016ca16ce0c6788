//! Exports the model of a finished run for other programs.

use std::path::Path;

use sha2::{Digest, Sha256};
use zunder_train::{NamedTensor, tensors, write_atomically, write_weights};

use crate::exchange::card;
use crate::exchange::description::Description;
use crate::exchange::onnx::{OPSET, OnnxModel};
use crate::exchange::project::Classifier;
use crate::exchange::steps::Steps;
use crate::folder::claim;
use crate::folder::files::{json_text, write_text};
use crate::run::stored::{stored_model, transposed};
use crate::{Model, Run, RunConfig, RunError, device};

/// Prefix of the note in an exported file of weights. `save` of the script writes the same.
pub(crate) const NOTE: &str = "export, model.json ";
/// What comes between the two hashes of the note.
const NOTE_STEPS: &str = ", preprocessing.json ";

/// Reads image files as Zunder does.
const PREPROCESSING: &str = include_str!("preprocessing.py");
/// Loads an export into PyTorch.
const MODEL: &str = include_str!("model.py");
/// Classifies image files by ONNX Runtime.
const PREDICT: &str = include_str!("predict.py");

/// The form of an exported model. Default: PyTorch.
///
/// ```
/// use zunder::ExportFormat;
///
/// assert_eq!(ExportFormat::from_name("onnx"), Some(ExportFormat::Onnx));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExportFormat {
    /// safetensors, JSON and a script for PyTorch, which [`Run::import`] reads back.
    #[default]
    PyTorch,
    /// One ONNX file: 8-bit images in, scores and probabilities out.
    Onnx,
    /// A record of Burn, and a Rust project that classifies images by it.
    Burn,
}

impl ExportFormat {
    /// All forms.
    pub const ALL: [Self; 3] = [Self::PyTorch, Self::Onnx, Self::Burn];

    /// Returns the name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::PyTorch => "pytorch",
            Self::Onnx => "onnx",
            Self::Burn => "burn",
        }
    }

    /// Returns the form with a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }

    /// Returns the name of the folder of an export in the folder of its run, unless another is
    /// chosen.
    pub const fn default_folder(self) -> &'static str {
        match self {
            Self::PyTorch => "export",
            Self::Onnx => "export-onnx",
            Self::Burn => "export-burn",
        }
    }

    /// Returns the files that are written, the most important first.
    pub const fn files(self) -> &'static [&'static str] {
        match self {
            Self::PyTorch => {
                &["model.safetensors", "model.json", "preprocessing.json", "model.py", "README.md"]
            }
            Self::Onnx => &["model.onnx", "preprocessing.json", "predict.py", "README.md"],
            Self::Burn => &[
                "model.bpk",
                "classifier.json",
                "preprocessing.json",
                "Cargo.toml",
                "src/lib.rs",
                "src/main.rs",
                "README.md",
            ],
        }
    }
}

impl Run {
    /// Exports the weights of the best epoch for PyTorch: see [`export_as`](Self::export_as).
    ///
    /// # Errors
    /// Returns the errors of [`export_as`](Self::export_as).
    pub fn export(&self, folder: &Path) -> Result<(), RunError> {
        self.export_as(ExportFormat::PyTorch, folder)
    }

    /// Exports the weights of the best epoch for other programs. The folder must be new, empty, or
    /// left by an interrupted export.
    ///
    /// Each form has these files:
    ///
    /// - `preprocessing.json`: each step from an image file to the input of the model, and
    ///   test-time augmentation
    /// - `README.md`: what the model is, what it was trained on, how accurate it is, how to run it
    ///
    /// For PyTorch there are also:
    ///
    /// - `preprocessing.py`: does these steps, with the packages numpy and pillow
    /// - `model.safetensors`: the weights, with PyTorch's names and layouts:
    ///   `hidden.0.linear.weight` \[out, in\], `hidden.0.norm.running_mean`, `output.bias` ...
    /// - `model.json`: classes, hidden layers or residual blocks, the loss if scores are not
    ///   probabilities
    /// - `images.safetensors`: digests of the images that the weights were trained on, if known
    /// - `model.py`: loads both into a `torch.nn.Module`, classifies image files, and saves a
    ///   changed model
    ///
    /// [`import`](Self::import) is the inverse. For ONNX there are:
    ///
    /// - `model.onnx`: input `images` \[N, channels, height, width\] of 8 bits, outputs `scores`
    ///   and `probabilities` \[N, classes\], the latter unless the loss gives none; standardisation
    ///   and test-time augmentation are part of it. The metadata has `classes` as a JSON array and
    ///   `preprocessing` with the content of that file
    /// - `predict.py`: classifies image files by ONNX Runtime
    /// - `preprocessing.py`, as for PyTorch
    ///
    /// For Burn there are:
    ///
    /// - `model.bpk`: the record of a `LinearClassifier`, an `Mlp` or a `ResidualMlp` of
    ///   `zunder-models`
    /// - `classifier.json`: the classes and the configuration of the network
    /// - `Cargo.toml`, `src/lib.rs`, `src/main.rs`: a project that classifies image files. It
    ///   depends on Burn, `zunder-models` and `zunder-data`, which decodes the files, and names
    ///   the two by the path of the sources that this program was built from
    ///
    /// # Errors
    /// Returns [`RunError::NotFinished`], [`RunError::FolderExists`] or [`RunError::Io`].
    pub fn export_as(&self, format: ExportFormat, folder: &Path) -> Result<(), RunError> {
        let preprocessing = self.folder().read_preprocessing()?;
        // Loads the weights into the model, so that inconsistent files are not exported; on the
        // first device of the build, since that of the run may be missing.
        let model = stored_model(self, &preprocessing, &device(&RunConfig::default().device)?)?;
        let model = model.refined(1)?;
        let of_pytorch = |model: &Model| -> Result<Vec<NamedTensor>, RunError> {
            Ok(tensors(model)?.into_iter().map(for_pytorch).collect())
        };
        let images = self.folder().read_images()?;
        let config = self.config();
        let steps = Steps::new(&preprocessing.standardisation, self.decoder()?, config.tta);
        let steps = json_text(&folder.join("preprocessing.json"), &steps)?;
        let card = card::card(self, format, &preprocessing, model.summary().parameters())?;
        let claim = match format {
            ExportFormat::PyTorch => claim::EXPORT,
            ExportFormat::Onnx => claim::ONNX,
            ExportFormat::Burn => claim::PROJECT,
        };
        let lock = claim.claim(folder)?;
        let write = |name: &str, text: &str| write_text(&folder.join(name), text);
        write("preprocessing.json", &steps)?;
        write("README.md", &card)?;
        // The last file shows that the export is complete.
        match format {
            ExportFormat::PyTorch => {
                write("preprocessing.py", PREPROCESSING)?;
                let tensors = of_pytorch(&model)?;
                let description = Description::new(config, preprocessing.classes);
                let description = json_text(&folder.join("model.json"), &description)?;
                let weights = folder.join("model.safetensors");
                write_weights(&weights, &tensors, &note(&description, Some(&steps)))?;
                if let Some(images) = images {
                    images.write(&folder.join("images.safetensors"))?;
                }
                write("model.py", MODEL)?;
                write("model.json", &description)?;
            }
            ExportFormat::Onnx => {
                write("preprocessing.py", PREPROCESSING)?;
                write("predict.py", PREDICT)?;
                let tensors = of_pytorch(&model)?;
                let file = folder.join("model.onnx");
                let classes = json_text(&file, &preprocessing.classes)?;
                let metadata = [
                    ("classes", classes),
                    ("preprocessing", steps),
                    ("model", config.model.kind().name().to_owned()),
                    ("loss", config.loss.name().to_owned()),
                    ("opset", OPSET.to_string()),
                ];
                let model = OnnxModel {
                    name: config.model.kind().name(),
                    config: &config.model,
                    preprocessing: &preprocessing,
                    tta: config.tta,
                    probabilities: config.loss.gives_probabilities(),
                    tensors: &tensors,
                    metadata: &metadata,
                };
                write_atomically(&file, &model.encode())?;
            }
            ExportFormat::Burn => {
                let probabilities = config.loss.gives_probabilities();
                Classifier::new(&preprocessing.classes, &config.model, probabilities)
                    .write(folder, model)?;
            }
        }
        claim::release(folder, lock);
        Ok(())
    }
}

/// Returns the note in the file of weights: the hashes of the `model.json` and of the
/// `preprocessing.json` beside it, of which an export of format 1 has none.
pub(crate) fn note(description: &str, steps: Option<&str>) -> String {
    let sha256 = |text: &str| hex::encode(Sha256::digest(text));
    let steps = steps.map(|steps| format!("{NOTE_STEPS}{}", sha256(steps))).unwrap_or_default();
    format!("{NOTE}{}{steps}", sha256(description))
}

/// Renames a tensor as PyTorch does: without the prefix of the model and of the norm; gamma and a
/// learnt slope are `weight`, beta is `bias`. Matrices are transposed.
pub(crate) fn for_pytorch(tensor: NamedTensor) -> NamedTensor {
    let name = tensor.name.split_once('.').map_or(tensor.name.as_str(), |(_, name)| name);
    let mut name = name.replace("norm.Layer.", "norm.").replace("norm.Batch.", "norm.");
    for (ours, theirs) in [
        ("norm.gamma", "norm.weight"),
        ("norm.beta", "norm.bias"),
        ("activation.slope", "activation.weight"),
    ] {
        name = name.replace(ours, theirs);
    }
    NamedTensor { name, ..transposed(tensor) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matrices_are_transposed_and_norms_renamed() {
        let tensor = |name: &str, shape: &[usize]| NamedTensor {
            name: name.to_owned(),
            shape: shape.to_vec(),
            values: vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0],
        };
        let weight = for_pytorch(tensor("mlp.hidden.0.linear.weight", &[2, 3]));
        assert_eq!(
            (weight.name.as_str(), &weight.shape[..], &weight.values[..]),
            ("hidden.0.linear.weight", &[3, 2][..], &[1.0, 4.0, 2.0, 5.0, 3.0, 6.0][..])
        );
        assert_eq!(
            for_pytorch(tensor("mlp.hidden.1.norm.gamma", &[6])),
            NamedTensor { name: "hidden.1.norm.weight".into(), ..tensor("", &[6]) }
        );
        for (ours, theirs) in [
            ("residual.norm.Layer.beta", "norm.bias"),
            ("residual.blocks.0.norm.Batch.running_var", "blocks.0.norm.running_var"),
            ("residual.blocks.1.activation.slope", "blocks.1.activation.weight"),
        ] {
            assert_eq!(for_pytorch(tensor(ours, &[6])).name, theirs);
        }
    }
}
