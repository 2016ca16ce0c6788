//! Writes a configuration as an annotated TOML file.

use std::fmt::Write as _;

use toml::{Table, Value};
use zunder_data::AugmentConfig;
use zunder_report::text::visible;

use super::table::{Setting, settings};
use crate::config::layers::{one_line, shorten};
use crate::{Preset, RunConfig, RunError};

/// Width of a comment line in columns.
const WIDTH: usize = 118;

impl RunConfig {
    /// Returns the configuration as an annotated TOML file: each setting has a comment with its
    /// meaning, its range and its default in `preset`. Settings without a value are included as
    /// comments with an example. Reading the file returns the same configuration; a setting that is
    /// deleted from it gets its default.
    ///
    /// ```
    /// use zunder::{Preset, RunConfig};
    /// let text = RunConfig::preset(Preset::Linear).annotated_toml(Preset::Linear)?;
    /// let epochs = "# Passes over the training images, 1 to 1000000. Default: 20.\nepochs = 20\n";
    /// assert!(text.contains(epochs));
    /// # Ok::<(), zunder::RunError>(())
    /// ```
    ///
    /// # Errors
    /// Returns [`RunError::Config`] if a value has no TOML notation (a seed above 2^63).
    pub fn annotated_toml(&self, preset: Preset) -> Result<String, RunError> {
        let (values, defaults) = (plain(self)?, plain(&self.defaults(preset)?)?);
        let program = crate::program();
        let mut text = format!(
            "# Every setting of a run, from the preset {name}. `{program} train --config FILE` \
             trains with it.\n\
             # A line that is deleted or commented out has its default. Another model, optimizer, \
             loss, schedule or on_nan has\n\
             # settings of its own: `{program} config --set optimizer=adam` prints those of \
             adam.\n\n\
             # The recipe below all that stands here: {names}.\n\
             preset = \"{name}\"\n",
            name = preset.name(),
            names = Preset::ALL.map(Preset::name).join(", "),
        );
        let mut table = "";
        for setting in settings() {
            let (parent, key) = setting.path.rsplit_once('.').unwrap_or(("", setting.path));
            let is_step = parent == "augment" && AugmentConfig::STEPS.contains(&key);
            let off = is_off(&values, if is_step { setting.path } else { parent });
            if parent != table && !is_step {
                if !parent.starts_with("augment.") {
                    let _ = write!(text, "\n[{parent}]\n{}", about_table(parent));
                }
                table = parent;
            }
            if is_step {
                let _ = write!(
                    text,
                    "\n{}{}[{}]\n",
                    comment(&setting.about),
                    if off { "# " } else { "" },
                    setting.path
                );
            } else if let Some(line) = line(setting, &values, &defaults, off) {
                text.push_str(&line);
            }
        }
        Ok(text)
    }

    /// Returns the configuration of a file that contains only the names of the same choices.
    fn defaults(&self, preset: Preset) -> Result<Self, RunError> {
        let named = [
            ("data.dataset", self.data.dataset.name()),
            ("loss.name", self.loss.name()),
            ("model.name", self.model.kind().name()),
            ("on_nan.name", self.on_nan.name()),
            ("optimizer.name", self.optimizer.name()),
            ("schedule.name", self.schedule.name()),
            ("preset", preset.name()),
        ];
        let settings = named.map(|(path, name)| {
            (path.split('.').map(str::to_owned).collect(), Value::String(name.to_owned()))
        });
        // No step of the augmentation is on; a step that is turned on gets its default settings.
        let steps = AugmentConfig::STEPS.map(|step| (step.to_owned(), Value::Table(Table::new())));
        let augment = Table::from_iter(steps)
            .try_into()
            .map_err(|e: toml::de::Error| RunError::config("augment", one_line(&e)))?;
        Ok(Self { augment, ..Self::composed(&settings)? })
    }
}

/// Returns all settings of a configuration that have a value, with numbers in their shortest
/// notation.
fn plain(config: &RunConfig) -> Result<Table, RunError> {
    let mut table =
        Table::try_from(config).map_err(|e| RunError::config("configuration", one_line(&e)))?;
    table.iter_mut().for_each(|(_, value)| shorten(value));
    Ok(table)
}

/// Formats a setting with its comment; `None` if it does not belong to the choices, such as a
/// setting of another optimiser.
fn line(setting: &Setting, values: &Table, defaults: &Table, off: bool) -> Option<String> {
    let (path, key) = (setting.path, setting.path.rsplit('.').next().unwrap_or(setting.path));
    let default = find(defaults, path);
    let (shown, set) = match (find(values, path), setting.unset, off) {
        (Some(value), ..) => (notation(path, value), true),
        (None, _, true) => (default.map(|value| notation(path, value)).unwrap_or_default(), false),
        (None, Some((example, _)), _) if belongs(values, path, example) => {
            (example.to_owned(), false)
        }
        _ => return None,
    };
    let default = match (default, setting.unset) {
        (Some(default), _) => notation(path, default).trim_matches('"').to_owned(),
        (None, Some((_, words))) => words.to_owned(),
        (None, None) => shown.clone(),
    };
    let comment = comment(&format!("{} Default: {default}.", setting.about));
    Some(format!("{comment}{}{key} = {shown}\n", if set { "" } else { "# " }))
}

/// Returns true if a step of the augmentation is off.
fn is_off(values: &Table, table: &str) -> bool {
    table.starts_with("augment.") && find(values, table).is_none()
}

/// Returns true if a configuration with these choices has the setting.
fn belongs(values: &Table, path: &str, example: &str) -> bool {
    let mut table = values.clone();
    let keys: Vec<&str> = path.split('.').collect();
    let Some(value) =
        format!("x = {example}").parse::<Table>().ok().and_then(|mut parsed| parsed.remove("x"))
    else {
        return false;
    };
    if let [tables @ .., key] = &keys[..] {
        let place = tables.iter().try_fold(&mut table, |table, name| {
            table.entry(*name).or_insert_with(|| Value::Table(Table::new())).as_table_mut()
        });
        if let Some(place) = place {
            place.insert((*key).to_owned(), value);
        }
    }
    table.try_into::<RunConfig>().is_ok()
}

fn find<'a>(table: &'a Table, path: &str) -> Option<&'a Value> {
    let mut keys = path.split('.');
    let first = table.get(keys.next()?)?;
    keys.try_fold(first, |value, key| value.get(key))
}

/// Formats a value; the largest batch size is written as `"all"`.
fn notation(path: &str, value: &Value) -> String {
    if path == "batch_size" && value.as_integer() == Some(i64::MAX) {
        "\"all\"".to_owned()
    } else {
        visible_toml(value)
    }
}

/// Formats a value without characters that a terminal interprets or hides: they are escaped in
/// TOML, so that reading the file returns the same value.
fn visible_toml(value: &Value) -> String {
    let plain = value.to_string();
    match value {
        _ if visible(&plain) == plain => plain,
        Value::String(text) => {
            let escape = |c: char| match c {
                '"' | '\\' => format!("\\{c}"),
                c if visible(c.encode_utf8(&mut [0; 4])).len() > c.len_utf8() => {
                    format!("\\U{:08X}", u32::from(c))
                }
                c => c.to_string(),
            };
            format!("\"{}\"", text.chars().map(escape).collect::<String>())
        }
        Value::Array(values) => {
            format!("[{}]", values.iter().map(visible_toml).collect::<Vec<_>>().join(", "))
        }
        _ => plain,
    }
}

/// Returns the comment above a table of the file.
fn about_table(table: &str) -> &'static str {
    match table {
        "data.image_folder" => "# Only for data.dataset = \"folder\"; an error with any other.\n",
        "augment" => {
            "# Augmentation of the training images. Start from another preset: none, weak, light, \
             standard or strong.\n\
             # With \"none\", the only steps that are on are those below without a # before their \
             table.\n\
             preset = \"none\"\n"
        }
        _ => "",
    }
}

/// Formats lines of comment.
fn comment(text: &str) -> String {
    let mut lines = vec![String::from("#")];
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= WIDTH => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(format!("# {word}")),
        }
    }
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests;
