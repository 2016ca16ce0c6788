//! A finished run for other programs.

use std::path::Path;

use serde::Serialize;
use zunder_data::image_folder::ImageDecoder;
use zunder_data::{ImageShape, Standardisation};
use zunder_train::{NamedTensor, read_weights, write_weights};

use crate::folder::{read_json, write_json, write_text};
use crate::{ModelConfig, Preprocessing, Run, RunError, RunFolder};

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
    /// The hidden layers, from the input on.
    hidden: Vec<Hidden>,
}

#[derive(Debug, Serialize)]
struct Hidden {
    units: usize,
    activation: &'static str,
    batch_norm: bool,
    bias: bool,
}

impl Run {
    /// Writes the best epoch's weights for other programs, into a folder that is new or empty.
    ///
    /// | file | content |
    /// |---|---|
    /// | `model.safetensors` | the weights, with PyTorch's names and layouts: `hidden.0.linear.weight` \[out, in\], `hidden.0.norm.running_mean`, `output.bias` ... |
    /// | `model.json` | classes, image shape, standardisation (pixels scaled to 0..1 first), hidden layers, how image files are decoded |
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
            hidden: hidden(&self.config().model),
        };
        write_json(&folder.join("model.json"), &description)
    }
}

fn hidden(model: &ModelConfig) -> Vec<Hidden> {
    match model {
        ModelConfig::Linear(_) => Vec::new(),
        ModelConfig::Mlp(config) => {
            let layer = |&units| Hidden {
                units,
                activation: config.activation.name(),
                batch_norm: config.batch_norm,
                bias: config.hidden_bias.unwrap_or(!config.batch_norm),
            };
            config.hidden.iter().map(layer).collect()
        }
    }
}

/// Without the model's kind ahead; gamma and beta are `weight` and `bias` there, and matrices lie the other way round.
pub(crate) fn for_pytorch(tensor: NamedTensor) -> NamedTensor {
    let name = tensor.name.split_once('.').map_or(tensor.name.as_str(), |(_, name)| name);
    let name = name.replace("norm.gamma", "norm.weight").replace("norm.beta", "norm.bias");
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
    }
}
