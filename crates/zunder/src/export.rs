//! A finished run for other programs.

use std::path::Path;

use serde::Serialize;
use zunder_data::image_folder::ImageDecoder;
use zunder_data::{ImageShape, Standardisation};
use zunder_models::Norm;
use zunder_train::{NamedTensor, read_weights, write_weights};

use crate::folder::{read_json, write_json, write_text};
use crate::{ModelConfig, Preprocessing, Run, RunError, RunFolder, TestTimeAugmentation};

/// Loads an export into PyTorch.
const SCRIPT: &str = include_str!("export/model.py");

/// What `model.json` says beside the weights.
#[derive(Debug, Serialize)]
struct Description<'a> {
    /// The version of this format.
    format: u32,
    classes: &'a [String],
    shape: ImageShape,
    standardisation: &'a Standardisation,
    decoder: ImageDecoder,
    /// The views of an image whose mean score is the answer.
    tta: TestTimeAugmentation,
    /// The hidden layers, from the input on.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    hidden: Vec<Hidden>,
    /// The residual blocks, with what comes before and after them.
    #[serde(skip_serializing_if = "Option::is_none")]
    residual: Option<Residual>,
}

#[derive(Debug, Serialize)]
struct Hidden {
    units: usize,
    activation: &'static str,
    batch_norm: bool,
    bias: bool,
}

#[derive(Debug, Serialize)]
struct Residual {
    width: usize,
    depth: usize,
    /// Hidden units of each block.
    hidden: usize,
    activation: &'static str,
    norm: Norm,
    /// Whether the embedding and each block's projection have a bias.
    bias: bool,
}

impl Run {
    /// Writes the best epoch's weights for other programs, into a folder that is new or empty.
    ///
    /// | file | content |
    /// |---|---|
    /// | `model.safetensors` | the weights, with PyTorch's names and layouts: `hidden.0.linear.weight` \[out, in\], `hidden.0.norm.running_mean`, `output.bias` ... |
    /// | `model.json` | classes, image shape, standardisation (pixels scaled to 0..1 first), hidden layers or residual blocks, test-time augmentation, how image files are decoded |
    /// | `model.py` | loads both into a `torch.nn.Module`, and classifies image files |
    ///
    /// # Errors
    /// [`RunError::NotFinished`], [`RunError::FolderExists`], and [`RunError::Io`].
    pub fn export(&self, folder: &Path) -> Result<(), RunError> {
        if !self.folder().test().is_file() {
            return Err(RunError::NotFinished(self.path().to_owned()));
        }
        let preprocessing: Preprocessing = read_json(&self.folder().preprocessing())?;
        let tensors: Vec<NamedTensor> = read_weights(&self.folder().best())?.into_iter().map(for_pytorch).collect();
        RunFolder::check_free(folder)?;
        std::fs::create_dir_all(folder).map_err(RunError::io("make the folder for the export", folder))?;
        write_weights(&folder.join("model.safetensors"), &tensors, "export")?;
        write_text(&folder.join("model.py"), SCRIPT)?;
        let description = Description {
            format: 1,
            classes: &preprocessing.classes,
            shape: preprocessing.shape,
            standardisation: &preprocessing.standardisation,
            decoder: self.decoder()?,
            tta: self.config().tta,
            hidden: hidden(&self.config().model),
            residual: residual(&self.config().model),
        };
        write_json(&folder.join("model.json"), &description)
    }
}

fn hidden(model: &ModelConfig) -> Vec<Hidden> {
    match model {
        ModelConfig::Linear(_) | ModelConfig::ResidualMlp(_) => Vec::new(),
        ModelConfig::Mlp(config) => {
            let layer = |&units| Hidden {
                units,
                activation: config.activation.name(),
                batch_norm: config.batch_norm,
                bias: config.has_hidden_bias(),
            };
            config.hidden.iter().map(layer).collect()
        }
    }
}

fn residual(model: &ModelConfig) -> Option<Residual> {
    let ModelConfig::ResidualMlp(config) = model else { return None };
    Some(Residual {
        width: config.width,
        depth: config.depth,
        hidden: config.hidden(),
        activation: config.activation.name(),
        norm: config.norm,
        bias: config.stream_bias(),
    })
}

/// Without the model's kind and the norm's ahead; gamma and a learnt slope are `weight` there, beta is `bias`, and matrices lie the other way round.
pub(crate) fn for_pytorch(tensor: NamedTensor) -> NamedTensor {
    let name = tensor.name.split_once('.').map_or(tensor.name.as_str(), |(_, name)| name);
    let mut name = name.replace("norm.Layer.", "norm.").replace("norm.Batch.", "norm.");
    for (ours, theirs) in [("norm.gamma", "norm.weight"), ("norm.beta", "norm.bias"), ("activation.slope", "activation.weight")] {
        name = name.replace(ours, theirs);
    }
    let [rows, columns] = tensor.shape[..] else { return NamedTensor { name, ..tensor } };
    let values =
        (0..columns).flat_map(|column| (0..rows).map(move |row| (row, column))).map(|(row, column)| tensor.values[row * columns + column]);
    NamedTensor { name, shape: vec![columns, rows], values: values.collect() }
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
