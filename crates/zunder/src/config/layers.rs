//! Builds a configuration from its layers: preset, file, single settings.

mod devices;
mod owners;
mod records;

use std::path::Path;

use toml::{Table, Value};
use zunder_data::AugmentConfig;
use zunder_train::{FileKind, LassoConfig, TrainError};

use crate::config::settings::expected_one_of;
use crate::config::settings::meant;
use crate::{DatasetName, ModelKind, Preset, RunConfig, RunError};
pub(super) use records::ADDED;
use records::completed;

/// Tables in which `name` decides which other settings exist. Another name makes a new table with
/// default settings. A plain string in place of the table is its name.
const NAMED: [&str; 5] = ["loss", "model", "on_nan", "optimizer", "schedule"];

/// No setting is deeper than half of this. Without a limit, nested tables could overflow the stack.
const DEEPEST: usize = 8;

/// Parses a setting `a.b=value` into its path and its value, a TOML value or a plain word.
///
/// # Errors
/// Returns [`RunError::Config`] without an equals sign, with an empty key, or with a key of more
/// than 8 parts.
///
/// ```
/// let (path, value) = zunder::parse_setting("optimizer.lr=0.01")?;
/// assert_eq!((path.join("."), value.as_float()), ("optimizer.lr".to_owned(), Some(0.01)));
/// # Ok::<(), zunder::RunError>(())
/// ```
pub fn parse_setting(text: &str) -> Result<(Vec<String>, Value), RunError> {
    let (key, value) = text.split_once('=').ok_or_else(|| {
        RunError::config("--set", format!("{text:?} has no =, expected KEY=VALUE"))
    })?;
    let path: Vec<String> = key.trim().split('.').map(|part| part.trim().to_owned()).collect();
    if path.iter().any(String::is_empty) {
        return Err(RunError::config(
            "--set",
            format!("{text:?} has an empty key, expected KEY=VALUE such as optimizer.lr=0.01"),
        ));
    }
    if path.len() > DEEPEST {
        return Err(RunError::config(
            "--set",
            format!("a key has {} parts, expected at most {DEEPEST}", path.len()),
        ));
    }
    let value = value.trim();
    let parsed = format!("x = {value}").parse::<Table>().ok();
    // Text of more than one line would set more than one key and is therefore treated as a string.
    let parsed = parsed.filter(|table| table.len() == 1).and_then(|mut table| table.remove("x"));
    Ok((path, parsed.unwrap_or_else(|| Value::String(value.to_owned()))))
}

impl RunConfig {
    /// Builds the configuration from its layers, each overriding the previous ones: the
    /// [preset](Preset) or the default preset of the model, a TOML file, single settings. The file
    /// and the settings choose the preset by `preset = "NAME"`, besides their other settings.
    ///
    /// # Errors
    /// Returns [`RunError::Io`] if the file cannot be read, and [`RunError::Config`] if it is not
    /// TOML, for an unknown key, or for a value of the wrong type.
    pub fn from_layers(
        file: Option<&Path>,
        settings: &[(Vec<String>, Value)],
    ) -> Result<Self, RunError> {
        let file = file.map(read).transpose()?;
        Self::from_tables(file, settings)
    }

    /// Builds the configuration from the content of a file and single settings.
    pub(crate) fn from_tables(
        file: Option<Table>,
        settings: &[(Vec<String>, Value)],
    ) -> Result<Self, RunError> {
        let layers: Vec<Table> = file.into_iter().chain(single(settings)).collect();
        let config = compose(&layers, "configuration")?;
        config.validate()?;
        Ok(config)
    }

    /// Parses a configuration file without checking the ranges of its values.
    pub(crate) fn from_toml(text: &str) -> Result<Self, RunError> {
        let table = text.parse().map_err(|e| RunError::config("configuration", one_line(&e)))?;
        compose(&[table], "configuration")
    }

    /// Builds a configuration from single settings without checking the ranges of their values.
    pub(crate) fn composed(settings: &[(Vec<String>, Value)]) -> Result<Self, RunError> {
        compose(&single(settings), "configuration")
    }

    /// Returns the configuration as a TOML file that reproduces the run.
    ///
    /// # Errors
    /// Returns [`RunError::Config`] if a value has no TOML notation (a seed above 2^63).
    pub fn to_toml(&self) -> Result<String, RunError> {
        let refused = |e| RunError::config("configuration", one_line(&e));
        let mut table = Table::try_from(self).map_err(refused)?;
        if let Some(Value::Table(augment)) = table.get_mut("augment") {
            // All steps are written out, so the steps of the model's preset must not be added when
            // the file is read.
            augment.insert("preset".to_owned(), Value::String("none".to_owned()));
        }
        table.iter_mut().for_each(|(_, value)| shorten(value));
        let text = toml::to_string(&table).map_err(refused)?;
        Ok(text.replacen(
            "preset = \"none\"\n",
            "preset = \"none\" # no step from the model's preset: every step that is on is written \
             out\n",
            1,
        ))
    }
}

/// Returns one layer for each setting. Names come first: another name makes a new table, which must
/// not replace settings that belong to it.
fn single(settings: &[(Vec<String>, Value)]) -> Vec<Table> {
    let makes_table = |path: &[String]| match path {
        [_, key] => key == "name" || key == "preset",
        [table] => table == "augment" || NAMED.contains(&table.as_str()),
        _ => false,
    };
    let (names, others): (Vec<_>, Vec<_>) =
        settings.iter().partition(|(path, _)| makes_table(path));
    names.into_iter().chain(others).map(|(path, value)| nested(path, value.clone())).collect()
}

/// Applies the layers to the preset for the model and the data set that the last of them names.
fn compose(layers: &[Table], origin: &str) -> Result<RunConfig, RunError> {
    let layers: Vec<Table> = layers.iter().cloned().map(spelled_out).collect();
    let preset = preset(&layers, origin)?;
    // An unknown name is reported below, with the known names.
    let dataset = layers
        .iter()
        .rev()
        .find_map(|layer| layer.get("data")?.get("dataset"))
        .and_then(Value::as_str);
    let dataset = DatasetName::ALL
        .into_iter()
        .find(|known| Some(known.name()) == dataset)
        .unwrap_or(DatasetName::Auto);
    let mut recipe = preset.config(dataset);
    if renames_optimizer(&layers, &recipe) {
        // The threshold of the penalty suits the steps of the recipe's optimiser.
        recipe.lasso = LassoConfig::default();
    }
    let mut base = Table::try_from(recipe).map_err(|e| RunError::config(origin, e))?;
    for mut layer in layers {
        layer.remove("preset");
        start_augmentation(&mut base, &mut layer, origin)?;
        merge(&mut base, layer);
    }
    base.clone().try_into().map_err(|e: toml::de::Error| {
        owners::misplaced(&base, origin).unwrap_or_else(|| RunError::config(origin, one_line(&e)))
    })
}

/// Returns true if the layers choose another optimiser than that of a recipe.
fn renames_optimizer(layers: &[Table], recipe: &RunConfig) -> bool {
    let named = |layer: &Table| layer.get("optimizer")?.get("name")?.as_str().map(str::to_owned);
    let name = layers.iter().rev().find_map(named);
    name.is_some_and(|name| name != recipe.optimizer.name() && name != "momentum")
}

impl Preset {
    /// Returns the preset that a configuration from these layers starts from.
    ///
    /// # Errors
    /// Returns the errors of [`RunConfig::from_layers`].
    pub fn from_layers(
        file: Option<&Path>,
        settings: &[(Vec<String>, Value)],
    ) -> Result<Self, RunError> {
        let mut layers: Vec<Table> = file.map(read).transpose()?.into_iter().collect();
        layers.extend(single(settings));
        preset(&layers.into_iter().map(spelled_out).collect::<Vec<_>>(), "configuration")
    }
}

/// Reads a file of settings, and checks that they make a configuration by themselves.
pub(crate) fn read(path: &Path) -> Result<Table, RunError> {
    let bytes = FileKind::Settings.read_named(path).map_err(|error| match error {
        TrainError::Io { source, .. } => RunError::io("read the configuration", path)(source),
        other => other.into(),
    })?;
    let text = zunder_data::text::decode(path, bytes)?;
    let origin = path.display().to_string();
    let table: Table = text.parse().map_err(|e| RunError::config(origin.clone(), one_line(&e)))?;
    // An error below names the file, not all layers.
    compose(std::slice::from_ref(&table), &origin)?;
    Ok(table)
}

/// Returns the preset that the last of the layers names, or the default preset of the model that
/// they name.
fn preset(layers: &[Table], origin: &str) -> Result<Preset, RunError> {
    let last = |path: &[&str]| {
        let find = |layer: &Table| {
            path[1..]
                .iter()
                .try_fold(layer.get(path[0])?.clone(), |value, key| value.get(key).cloned())
        };
        layers.iter().rev().find_map(find)
    };
    let model = match last(&["model", "name"]) {
        None => None,
        Some(name) => Some(name.as_str().and_then(ModelKind::from_name).ok_or_else(|| {
            let expected = expected_one_of(
                name.as_str().unwrap_or_default(),
                &ModelKind::ALL.map(ModelKind::name),
            );
            RunError::config(origin, format!("model.name is {name}, {expected}"))
        })?),
    };
    let Some(name) = last(&["preset"]) else { return Ok(model.map_or(Preset::Mlp, Preset::from)) };
    let preset = name.as_str().and_then(Preset::from_name).ok_or_else(|| {
        let expected =
            expected_one_of(name.as_str().unwrap_or_default(), &Preset::ALL.map(Preset::name));
        RunError::config(origin, format!("preset is {name}, {expected}"))
    })?;
    match model {
        Some(model) if model != preset.model() => {
            let (preset, made_for) = (preset.name(), preset.model().name());
            let problem = format!(
                "preset {preset} is for the model {made_for}, and model.name is {}",
                model.name()
            );
            Err(RunError::config(origin, problem))
        }
        _ => Ok(preset),
    }
}

/// Expands `loss = "hinge"` to a table with that name, and a batch size of `"all"` to the largest
/// number; lets `device` and `devices` replace each other.
fn spelled_out(mut layer: Table) -> Table {
    if layer.get("batch_size").and_then(Value::as_str) == Some("all") {
        layer.insert("batch_size".to_owned(), Value::Integer(i64::MAX));
    }
    devices::choose(&mut layer);
    layer = completed(layer);
    for key in NAMED {
        if let Some(value) = layer.get_mut(key)
            && value.is_str()
        {
            *value = Value::Table(Table::from_iter([("name".to_owned(), value.clone())]));
        }
    }
    layer
}

/// If a layer names a preset of the augmentation, that preset replaces the settings of the layers
/// below. A step that is `true` gets its default settings; one that is `false` is off.
fn start_augmentation(base: &mut Table, layer: &mut Table, origin: &str) -> Result<(), RunError> {
    if let Some(Value::String(name)) = layer.get("augment") {
        layer.insert(
            "augment".to_owned(),
            Value::Table(Table::from_iter([("preset".to_owned(), Value::String(name.clone()))])),
        );
    }
    let Some(Value::Table(augment)) = layer.get_mut("augment") else { return Ok(()) };
    if let Some(name) = augment.remove("preset") {
        let preset =
            name.as_str().and_then(|name| AugmentConfig::preset(name).ok()).ok_or_else(|| {
                let expected =
                    expected_one_of(name.as_str().unwrap_or_default(), &AugmentConfig::PRESETS);
                RunError::config(origin, format!("augment.preset is {name}, {expected}"))
            })?;
        base.insert(
            "augment".to_owned(),
            Value::try_from(preset).map_err(|e| RunError::config(origin, one_line(&e)))?,
        );
    }
    for step in AugmentConfig::STEPS {
        match augment.get(step) {
            Some(Value::Boolean(true)) => {
                augment.insert(step.to_owned(), Value::Table(Table::new()));
            }
            Some(Value::Boolean(false)) => {
                augment.remove(step);
                base.get_mut("augment")
                    .and_then(Value::as_table_mut)
                    .and_then(|below| below.remove(step));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Rounds single-precision numbers to the shortest notation that is read back as the same number:
/// 0.1, not `0.10000000149011612`.
pub(crate) fn shorten(value: &mut Value) {
    match value {
        Value::Float(number) if f64::from(*number as f32) == *number => {
            *number = (*number as f32).to_string().parse().unwrap_or(*number);
        }
        Value::Array(values) => values.iter_mut().for_each(shorten),
        Value::Table(table) => table.iter_mut().for_each(|(_, value)| shorten(value)),
        _ => {}
    }
}

/// Returns a value nested in the tables of its path.
fn nested(path: &[String], value: Value) -> Table {
    match path {
        [] => Table::new(),
        [key] => Table::from_iter([(key.clone(), value)]),
        [key, rest @ ..] => Table::from_iter([(key.clone(), Value::Table(nested(rest, value)))]),
    }
}

/// Merges a table into another, key by key.
fn merge(base: &mut Table, layer: Table) {
    for (key, value) in layer {
        match (base.get_mut(&key), value) {
            (Some(Value::Table(below)), Value::Table(above)) => {
                let renamed = NAMED.contains(&key.as_str())
                    && above.get("name").is_some_and(|name| below.get("name") != Some(name));
                if renamed {
                    below.clear();
                }
                merge(below, above);
            }
            (_, value) => {
                base.insert(key, value);
            }
        }
    }
}

/// Shortens a TOML error to one sentence; the original spans several lines and shows the position.
pub(crate) fn one_line(error: &impl ToString) -> String {
    let text = plain(&error.to_string());
    let lines: Vec<&str> = text
        .lines()
        .filter(|l| !l.trim_start().starts_with(['|', '^']) && !l.contains(" | "))
        .map(str::trim)
        .collect();
    let line = lines.into_iter().filter(|l| !l.is_empty()).collect::<Vec<_>>().join(", ");
    let meant = guess(&line).map_or_else(String::new, |name| format!(" (did you mean {name}?)"));
    line + &meant
}

/// Returns the most similar known name for the name in a message of serde such as "unknown field
/// `lrr`, expected one of `lr`, `momentum`".
fn guess(message: &str) -> Option<String> {
    let (_, refused) = message.split_once("unknown ")?;
    let refused = refused.split(", in `").next()?; // followed by the table
    let key = refused.starts_with("field ");
    let mut names = refused.split('`').skip(1).step_by(2);
    let got = names.next()?;
    if key { meant(got, names) } else { zunder_data::names::nearest(got, names).map(str::to_owned) }
}

/// Replaces the names of Rust types by those of a configuration.
fn plain(text: &str) -> String {
    let mut text = text.to_owned();
    for (rust, word) in [
        ("expected f32", "expected a number"),
        ("expected f64", "expected a number"),
        ("expected usize", "expected a whole number of 0 or more"),
        ("expected u64", "expected a whole number of 0 or more"),
        ("expected variant identifier", "expected a name"),
        ("expected a sequence", "expected a list, such as [1, 2]"),
        ("expected struct ", "expected a table of settings: "),
        ("expected internally tagged enum ", "expected a table with a name: "),
        ("expected an array of length 2", "expected two numbers, such as [0.5, 1.0]"),
    ] {
        text = text.replace(rust, word);
    }
    text
}

#[cfg(test)]
mod tests;
