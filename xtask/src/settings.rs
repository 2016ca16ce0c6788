use std::path::{Path, PathBuf};

use clap::{Args, ValueHint};
use toml::Value;
use zunder::{Preset, RunConfig, RunError, parse_setting};

use crate::args::{DataArgs, PlaceArgs};

/// Settings by file and by name.
#[derive(Args)]
#[command(next_help_heading = "Configuration")]
pub struct SettingArgs {
    /// TOML file with settings, such as a run's config.toml
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    config: Option<PathBuf>,
    /// One setting by its name in the file, such as optimizer.momentum=0.8; may be repeated
    #[arg(long = "set", value_name = "KEY=VALUE", id = "settings")]
    settings: Vec<String>,
}

impl SettingArgs {
    /// Reads what was written, to lay flags over it.
    pub fn parse(&self) -> Result<Settings, RunError> {
        let values = self.settings.iter().map(|s| parse_setting(s)).collect::<Result<Vec<_>, _>>()?;
        Ok(Settings { file: self.config.clone(), values })
    }

    /// Whether steps of the augmentation may have been chosen here.
    pub fn names_augmentation(&self) -> bool {
        let how = ["augment.border", "augment.interpolation"];
        let names =
            |setting: &&String| setting.trim_start().starts_with("augment") && !how.iter().any(|how| setting.trim_start().starts_with(how));
        self.config.is_some() || self.settings.iter().any(|setting| names(&setting))
    }
}

/// The layers of a configuration: a file, then single settings, then flags over the model's preset.
pub struct Settings {
    file: Option<PathBuf>,
    values: Vec<(Vec<String>, Value)>,
}

impl Settings {
    /// Lays a flag over the rest, if it was given.
    pub fn set(&mut self, path: &[&str], value: Option<Value>) {
        if let Some(value) = value {
            self.values.push((path.iter().map(|p| (*p).to_owned()).collect(), value));
        }
    }

    /// The same for a word.
    pub fn text(&mut self, path: &[&str], value: Option<&str>) {
        self.set(path, value.map(|text| Value::String(text.to_owned())));
    }

    /// The same for a whole number.
    pub fn integer(&mut self, path: &[&str], value: Option<u64>) {
        self.set(path, value.map(|n| Value::Integer(n.try_into().unwrap_or(i64::MAX))));
    }

    /// The flags that say which images, and what happens to them.
    pub fn data(&mut self, dataset: Option<&str>, place: &PlaceArgs, data: &DataArgs) {
        self.text(&["data", "dataset"], dataset);
        self.text(&["data", "dir"], place.data_dir.as_ref().map(|dir| dir.display().to_string()).as_deref());
        self.set(&["data", "image_folder", "image_size"], data.image_size.as_deref().map(image_size));
        let classes: Vec<Value> = data.classes.iter().map(|class| Value::String(class.trim().to_owned())).collect();
        self.set(&["data", "classes"], Some(Value::Array(classes)).filter(|_| !data.classes.is_empty()));
        self.text(&["data", "image_folder", "on_unread"], data.skip_unread.then_some("skip"));
        self.text(&["data", "storage"], data.storage.as_deref());
        self.integer(&["data", "limit"], data.limit);
        self.text(&["augment", "preset"], data.augment.as_deref());
    }

    /// The file that they lie over.
    pub fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// The single settings and flags, in their order.
    pub fn values(&self) -> &[(Vec<String>, Value)] {
        &self.values
    }

    /// The preset that they lie over.
    pub fn preset(&self) -> Result<Preset, RunError> {
        Preset::from_layers(self.file.as_deref(), &self.values)
    }

    /// The configuration that all layers give.
    pub fn resolve(self) -> Result<RunConfig, RunError> {
        RunConfig::from_layers(self.file.as_deref(), &self.values)
    }
}

/// 64 as a number, 48x64 as two; anything else is left to the configuration to refuse.
fn image_size(text: &str) -> Value {
    let sides: Option<Vec<Value>> = text.split(['x', 'X']).map(|side| side.trim().parse().ok().map(Value::Integer)).collect();
    match sides.as_deref() {
        Some([side]) => side.clone(),
        Some([height, width]) => Value::Array(vec![height.clone(), width.clone()]),
        _ => Value::String(text.to_owned()),
    }
}
