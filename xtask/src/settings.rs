//! The settings of a configuration as the user gives them: a file, `--set`, and flags.

use std::path::{Path, PathBuf};

use clap::{Args, ValueHint};
use toml::Value;
use zunder::{Preset, RunConfig, RunError, parse_setting};

/// Settings by file and by name.
#[derive(Args)]
#[command(next_help_heading = "Configuration")]
pub struct SettingArgs {
    /// TOML file with settings, such as a run's config.toml
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    config: Option<PathBuf>,
    /// A setting by its name, as `config` prints it
    ///
    /// Such as `optimizer.beta_1=0.8`; may be repeated. Flags override it.
    #[arg(long = "set", value_name = "KEY=VALUE", id = "settings")]
    settings: Vec<String>,
}

impl SettingArgs {
    /// Reads the file and the single settings, to which flags are then added.
    pub fn parse(&self) -> Result<Settings, RunError> {
        let values =
            self.settings.iter().map(|s| parse_setting(s)).collect::<Result<Vec<_>, _>>()?;
        Ok(Settings { file: self.config.clone(), values, flags: Vec::new() })
    }

    /// Returns whether these settings may choose steps of the augmentation.
    pub fn names_augmentation(&self) -> bool {
        let how = ["augment.border", "augment.interpolation"];
        let names = |setting: &&String| {
            let setting = setting.trim_start();
            setting.starts_with("augment") && !how.iter().any(|how| setting.starts_with(how))
        };
        self.config.is_some() || self.settings.iter().any(|setting| names(&setting))
    }
}

/// The layers of a configuration: a file, single settings and flags, over the model's preset.
pub struct Settings {
    file: Option<PathBuf>,
    values: Vec<(Vec<String>, Value)>,
    /// The settings that flags have set, each with its flag.
    flags: Vec<(&'static str, &'static str)>,
}

impl Settings {
    /// Sets a setting by a flag, if it was given. `setting` is the dotted name.
    pub fn set(&mut self, flag: &'static str, setting: &'static str, value: Option<Value>) {
        if let Some(value) = value {
            self.values.push((setting.split('.').map(str::to_owned).collect(), value));
            self.flags.push((setting, flag));
        }
    }

    /// [`set`](Self::set) for a word.
    pub fn text(&mut self, flag: &'static str, setting: &'static str, value: Option<&str>) {
        self.set(flag, setting, value.map(|text| Value::String(text.to_owned())));
    }

    /// [`set`](Self::set) for a path.
    pub fn path(&mut self, flag: &'static str, setting: &'static str, value: Option<&Path>) {
        self.text(flag, setting, value.map(|path| path.display().to_string()).as_deref());
    }

    /// [`set`](Self::set) for a whole number.
    pub fn integer(&mut self, flag: &'static str, setting: &'static str, value: Option<u64>) {
        self.set(flag, setting, value.map(whole));
    }

    /// [`set`](Self::set) for a number.
    pub fn number(&mut self, flag: &'static str, setting: &'static str, value: Option<f64>) {
        self.set(flag, setting, value.map(Value::Float));
    }

    /// Returns the configuration file, if one was given.
    pub fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// Returns the single settings and flags, in order.
    pub fn values(&self) -> &[(Vec<String>, Value)] {
        &self.values
    }

    /// Returns the preset that they override.
    pub fn preset(&self) -> Result<Preset, RunError> {
        Preset::from_layers(self.file.as_deref(), &self.values)
    }

    /// Returns the configuration of all layers.
    pub fn resolve(&self) -> Result<RunConfig, RunError> {
        RunConfig::from_layers(self.file.as_deref(), &self.values)
            .map_err(|error| self.blame_flag(error))
    }

    /// Names the flag as the origin of an error, if a flag gave a setting that the chosen model,
    /// loss, optimizer or schedule does not have.
    pub fn blame_flag(&self, error: RunError) -> RunError {
        match error {
            RunError::NoSetting { origin, setting, choice, name, owners } => {
                let flag = self.flags.iter().rev().find(|(given, _)| *given == setting);
                let origin = flag.map_or(origin, |(_, flag)| (*flag).to_owned());
                RunError::NoSetting { origin, setting, choice, name, owners }
            }
            other => other,
        }
    }
}

/// Returns a whole number in TOML, of which the largest is 2^63 - 1.
pub fn whole(n: u64) -> Value {
    Value::Integer(n.try_into().unwrap_or(i64::MAX))
}
