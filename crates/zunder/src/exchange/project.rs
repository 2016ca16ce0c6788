//! Writes a model as a record of Burn with a Rust project that classifies images by it.

use std::path::Path;

use serde::Serialize;
use toml::Value;
use zunder_train::write_atomically;

use crate::folder::files::{json_text, write_text};
use crate::{Model, ModelConfig, RunError};

const LIB: &str = include_str!("project/lib.rs");
const MAIN: &str = include_str!("project/main.rs");
const MANIFEST: &str = include_str!("project/Cargo.toml.in");

/// Version of `classifier.json`.
const FORMAT: u32 = 1;

/// The content of `classifier.json`, which `project/lib.rs` reads.
#[derive(Debug, Serialize)]
pub(crate) struct Classifier<'a> {
    format: u32,
    /// Names in the order of the scores.
    classes: &'a [String],
    /// Whether the softmax of the scores gives probabilities.
    probabilities: bool,
    network: &'a ModelConfig,
}

impl<'a> Classifier<'a> {
    pub(crate) fn new(
        classes: &'a [String],
        network: &'a ModelConfig,
        probabilities: bool,
    ) -> Self {
        Self { format: FORMAT, classes, probabilities, network }
    }

    /// Writes all files of the project that are not in every export. `Cargo.toml` is the last one.
    pub(crate) fn write(&self, folder: &Path, model: Model) -> Result<(), RunError> {
        let record = folder.join("model.bpk");
        let bytes = model
            .into_network_record()
            .into_bytes()
            .map_err(|error| RunError::io("write", &record)(std::io::Error::other(error)))?;
        write_atomically(&record, &bytes)?;
        let description = folder.join("classifier.json");
        write_text(&description, &json_text(&description, self)?)?;
        let src = folder.join("src");
        std::fs::create_dir_all(&src).map_err(RunError::io("make the folder", &src))?;
        write_text(&src.join("lib.rs"), LIB)?;
        write_text(&src.join("main.rs"), MAIN)?;
        write_text(&folder.join("Cargo.toml"), &manifest())
    }
}

/// Returns the manifest of the project. It names the crates of Zunder by the folder of the sources
/// that this program was built from, since they are in no registry.
fn manifest() -> String {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new(".."));
    let path =
        |name: &str| Value::String(crates.join(name).to_string_lossy().into_owned()).to_string();
    MANIFEST
        .replace("@VERSION@", env!("CARGO_PKG_VERSION"))
        .replace("@DATA@", &path("data"))
        .replace("@MODELS@", &path("models"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manifest_names_the_crates_of_this_clone() {
        let table: toml::Table = manifest().parse().unwrap();
        for (name, file) in [("zunder-data", "data"), ("zunder-models", "models")] {
            let path = Path::new(table["dependencies"][name]["path"].as_str().unwrap());
            assert!(path.ends_with(file), "{}", path.display());
            let text = std::fs::read_to_string(path.join("Cargo.toml")).unwrap();
            assert!(text.contains(&format!("name = \"{name}\"")), "{text}");
        }
        assert!(!manifest().contains('@'), "{}", manifest());
    }
}
