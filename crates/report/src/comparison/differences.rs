//! The settings in which runs differ.

use std::collections::BTreeMap;

use toml::{Table, Value};

use crate::{ComparedRun, ReportError};

/// A setting that is not the same in all runs.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Difference {
    /// The path of the setting, such as `optimizer.lr` or `model.layers[2].units`.
    pub key: String,
    /// The value in each run as TOML; `None` if a run does not have the setting.
    pub values: Vec<Option<String>>,
}

/// Returns the settings that are not the same in all runs, in the order of their paths.
pub(super) fn differences(runs: &[ComparedRun]) -> Result<Vec<Difference>, ReportError> {
    let settings = |run: &ComparedRun| {
        let table: Table = run.config_toml.parse().map_err(|e: toml::de::Error| {
            ReportError::Config { run: run.name.to_owned(), message: e.to_string() }
        })?;
        let mut settings = BTreeMap::new();
        flatten(String::new(), &Value::Table(table), &mut settings);
        Ok(settings)
    };
    let all = runs
        .iter()
        .map(settings)
        .collect::<Result<Vec<BTreeMap<String, String>>, ReportError>>()?;
    let mut keys: Vec<&String> = all.iter().flat_map(BTreeMap::keys).collect();
    keys.sort_unstable();
    keys.dedup();
    let difference = |key: &String| Difference {
        key: key.clone(),
        values: all.iter().map(|run| run.get(key).cloned()).collect(),
    };
    Ok(keys
        .into_iter()
        .map(difference)
        .filter(|d| d.values.iter().any(|value| *value != d.values[0]))
        .collect())
}

/// Flattens tables and arrays of tables into their values. Everything else is a value.
fn flatten(path: String, value: &Value, to: &mut BTreeMap<String, String>) {
    match value {
        Value::Table(table) => {
            for (key, value) in table {
                flatten(
                    if path.is_empty() { key.clone() } else { format!("{path}.{key}") },
                    value,
                    to,
                );
            }
        }
        Value::Array(values) if values.iter().any(Value::is_table) => {
            for (i, value) in values.iter().enumerate() {
                flatten(format!("{path}[{i}]"), value, to);
            }
        }
        value => {
            to.insert(path, value.to_string());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(configs: &[&str]) -> Result<Vec<Difference>, ReportError> {
        let run = |&config_toml: &&'static str| ComparedRun {
            name: "r",
            epochs: &[],
            best_epoch: None,
            test: None,
            decisions: None,
            dataset_hash: None,
            config_toml,
        };
        let configs: Vec<&'static str> =
            configs.iter().map(|c| &*Box::leak(c.to_string().into_boxed_str())).collect();
        differences(&configs.iter().map(run).collect::<Vec<_>>())
    }

    #[test]
    fn settings_are_compared_one_by_one() {
        let a = "seed = 1\n[optimizer]\nkind = 'sgd'\nlr = 0.1\n[[layer]]\nunits = 3\n";
        let b = "[optimizer]\nlr = 0.2\nkind = 'sgd'\n[[layer]]\nunits = 4\n[[layer]]\nunits = 5\n";
        let found = of(&[a, b]).unwrap();
        let shown: Vec<String> = found
            .iter()
            .map(|d| format!("{} {:?} {:?}", d.key, d.values[0], d.values[1]))
            .collect();
        assert_eq!(
            shown,
            [
                "layer[0].units Some(\"3\") Some(\"4\")",
                "layer[1].units None Some(\"5\")",
                "optimizer.lr Some(\"0.1\") Some(\"0.2\")",
                "seed Some(\"1\") None"
            ]
        );
        assert!(of(&[a, a]).unwrap().is_empty());
        assert_eq!(of(&["hidden = [1, 2]", "hidden = [1]"]).unwrap()[0].key, "hidden");
    }

    #[test]
    fn other_text_is_named() {
        let message = of(&["a = 1", "a = "]).unwrap_err().to_string();
        assert!(
            message.starts_with("the configuration of run \"r\" is not valid TOML: "),
            "{message}"
        );
    }
}
