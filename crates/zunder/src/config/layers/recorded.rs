//! Reads the configurations that runs and sweeps have recorded, also those of earlier versions.

use std::path::Path;

use toml::{Table, Value};

use super::{compose, one_line, read, single};
use crate::{RunConfig, RunError};

impl RunConfig {
    /// Reads the configuration that a run or a sweep has recorded, and applies settings to it. A
    /// setting that the version that recorded it did not have is off, whatever the presets of this
    /// version say.
    ///
    /// # Errors
    /// Returns the errors of [`from_layers`](Self::from_layers).
    pub(crate) fn recorded(
        file: &Path,
        settings: &[(Vec<String>, Value)],
    ) -> Result<Self, RunError> {
        let record = [off(), read(file)?];
        // Checks the file alone first, so that an error names the right layer.
        compose(&record, &file.display().to_string())?;
        let config = compose(&[&record[..], &single(settings)].concat(), "configuration")?;
        config.validate()?;
        Ok(config)
    }

    /// Parses a recorded configuration without checking the ranges of its values.
    pub(crate) fn from_toml(text: &str) -> Result<Self, RunError> {
        let table = text.parse().map_err(|e| RunError::config("configuration", one_line(&e)))?;
        compose(&[off(), table], "configuration")
    }

    /// Builds a configuration from single settings without checking the ranges of their values.
    pub(crate) fn composed(settings: &[(Vec<String>, Value)]) -> Result<Self, RunError> {
        compose(&single(settings), "configuration")
    }
}

/// Returns the settings that presets use and that earlier versions did not have, in the state that
/// changes nothing.
fn off() -> Table {
    let one = |key: &str, value: Value| (key.to_owned(), value);
    Table::from_iter([
        one("ema", Value::Float(0.0)),
        one("tta", Value::String("none".to_owned())),
        one("pool", Value::Integer(1)),
    ])
}
