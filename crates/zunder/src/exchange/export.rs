//! Exports the model of a finished run for other programs.

use std::path::Path;

use sha2::{Digest, Sha256};
use zunder_train::{NamedTensor, tensors, write_weights};

use crate::exchange::description::Description;
use crate::folder::claim;
use crate::folder::files::{json_text, write_text};
use crate::run::stored::{stored_model, transposed};
use crate::{Run, RunConfig, RunError, device};

/// Prefix of the note in an exported file of weights. `save` of the script writes the same.
pub(crate) const NOTE: &str = "export, model.json ";

/// Loads an export into PyTorch.
const SCRIPT: &str = include_str!("model.py");

impl Run {
    /// Exports the weights of the best epoch for other programs. The folder must be new, empty, or
    /// left by an interrupted export.
    ///
    /// - `model.safetensors`: the weights, with PyTorch's names and layouts:
    ///   `hidden.0.linear.weight` \[out, in\], `hidden.0.norm.running_mean`, `output.bias` ...
    /// - `model.json`: classes, image shape, standardisation (pixels scaled to 0..1 first), hidden
    ///   layers or residual blocks, test-time augmentation, the loss if scores are not
    ///   probabilities, and how image files are decoded
    /// - `images.safetensors`: digests of the images that the weights were trained on, if known
    /// - `model.py`: loads both into a `torch.nn.Module`, classifies image files, and saves a
    ///   changed model
    ///
    /// [`import`](Self::import) is the inverse.
    ///
    /// # Errors
    /// Returns [`RunError::NotFinished`], [`RunError::FolderExists`] or [`RunError::Io`].
    pub fn export(&self, folder: &Path) -> Result<(), RunError> {
        let preprocessing = self.folder().read_preprocessing()?;
        // Loads the weights into the model, so that inconsistent files are not exported; on the
        // first device of the build, since that of the run may be missing.
        let model = stored_model(self, &preprocessing, &device(&RunConfig::default().device)?)?;
        let tensors: Vec<NamedTensor> = tensors(&model)?.into_iter().map(for_pytorch).collect();
        let images = self.folder().read_images()?;
        let description = Description::new(self.config(), preprocessing, self.decoder()?);
        let description = json_text(&folder.join("model.json"), &description)?;
        let lock = claim::EXPORT.claim(folder)?;
        write_weights(&folder.join("model.safetensors"), &tensors, &note(&description))?;
        if let Some(images) = images {
            images.write(&folder.join("images.safetensors"))?;
        }
        write_text(&folder.join("model.py"), SCRIPT)?;
        // Written last: it shows that the export is complete.
        write_text(&folder.join("model.json"), &description)?;
        claim::release(folder, lock);
        Ok(())
    }
}

/// Returns the note in the file of weights: the hash of the `model.json` beside it.
pub(crate) fn note(description: &str) -> String {
    format!("{NOTE}{}", hex::encode(Sha256::digest(description)))
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
