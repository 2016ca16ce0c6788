//! Creates sweeps and their points.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use toml::{Table, Value};

use super::ranking::common_monitor;
use super::{FILE, Sweep, SweepConfig, SweepRecord, axis};
use crate::config::changes::identity;
use crate::config::layers::{one_line, read};
use crate::folder::claim::{self, Held};
use crate::folder::files::{numbered_in, write_text};
use crate::folder::sealed::write_sealed;
use crate::{RunConfig, RunError};

/// The configuration that the points of a sweep change.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Base {
    /// The configuration file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    /// Single settings: the path, and the TOML of a table `x = VALUE`.
    settings: Vec<(Vec<String>, String)>,
    /// Folder of relative paths.
    folder: PathBuf,
}

impl Base {
    fn new(file: Option<&Path>, settings: &[(Vec<String>, Value)]) -> Result<Self, RunError> {
        let file = file.map(read).transpose()?.map(|table| table.to_string());
        let folder = std::path::absolute(".").map_err(RunError::io("find", Path::new(".")))?;
        let setting = |(path, value): &(Vec<String>, Value)| {
            let table = Table::from_iter([("x".to_owned(), value.clone())]);
            (path.clone(), table.to_string())
        };
        Ok(Self { file, settings: settings.iter().map(setting).collect(), folder })
    }

    /// Returns the configuration of each seed of a point.
    pub(super) fn trials(
        &self,
        config: &SweepConfig,
        point: &[Value],
    ) -> Result<Vec<RunConfig>, RunError> {
        let resolved = self.resolve(config, point)?;
        resolved.check_devices()?;
        let of = |seed: u64| RunConfig { seed: resolved.seed + seed, ..resolved.clone() };
        Ok((0..config.seeds as u64).map(of).collect())
    }

    fn resolve(&self, config: &SweepConfig, point: &[Value]) -> Result<RunConfig, RunError> {
        let table = |text: &String| {
            text.parse::<Table>().map_err(|e| RunError::config("sweep", one_line(&e)))
        };
        let mut settings = Vec::new();
        for (path, text) in &self.settings {
            settings.extend(table(text)?.remove("x").map(|value| (path.clone(), value)));
        }
        let varied = config.axes.iter().zip(point).map(|(axis, value)| axis.setting(value.clone()));
        settings.extend(varied);
        let file = self.file.as_ref().map(table).transpose()?;
        Ok(RunConfig::from_tables(file, &settings)?.absolute_in(&self.folder))
    }

    /// Returns the seed of the sweep's draws.
    pub(super) fn seed(&self, config: &SweepConfig) -> Result<u64, RunError> {
        Ok(self.resolve(config, &[])?.seed)
    }
}

impl Sweep {
    /// Creates a sweep in a new or empty folder, by default one under `sweeps/`. `file` and
    /// `settings` are the layers of the base configuration, as for [`RunConfig::from_layers`].
    /// Checks every point before anything is written; of a sweep that
    /// [suggests](SweepConfig::suggest) points, the random ones.
    ///
    /// # Errors
    /// Returns the errors of [`SweepConfig::validate`] and of a configuration, and
    /// [`RunError::FolderExists`].
    pub fn create(
        path: Option<&Path>,
        file: Option<&Path>,
        settings: &[(Vec<String>, Value)],
        config: &SweepConfig,
    ) -> Result<Self, RunError> {
        config.validate()?;
        let base = Base::new(file, settings)?;
        let values = config.points(base.seed(config)?);
        let configs = values.iter().map(|point| base.trials(config, point));
        let configs: Vec<_> = configs.collect::<Result<Vec<_>, _>>()?.concat();
        let points: Vec<Vec<String>> =
            values.iter().map(|point| axis::named(&config.axes, point)).collect();
        let rungs = match &config.halving {
            Some(halving) => halving.rungs(&by_name(&points, &configs, config.seeds))?,
            None => Vec::new(),
        };
        let path = match path {
            Some(path) => path.to_owned(),
            None => numbered_in(Path::new("sweeps"), "sweep")?,
        };
        let held = Held::of(claim::SWEEP.claim(&path)?);
        let record = SweepRecord {
            config: config.clone(),
            points,
            monitor: common_monitor(&configs),
            settings_sha256: configs.iter().map(settings_hash).collect::<Result<_, _>>()?,
            rungs,
            base: Some(base).filter(|_| config.suggest),
        };
        let sweep = Self { path, held, record };
        sweep.write_trials(1, &configs)?;
        // Written last: it shows that the other files are complete.
        write_sealed(&sweep.path.join(FILE), &sweep.record)?;
        Ok(sweep)
    }

    /// Writes the configurations of consecutive trials.
    pub(super) fn write_trials(&self, first: usize, configs: &[RunConfig]) -> Result<(), RunError> {
        for (number, config) in (first..).zip(configs) {
            let folder = self.folder(number);
            fs::create_dir_all(&folder).map_err(RunError::io("make the folder", &folder))?;
            write_text(&folder.join("config.toml"), &config.to_toml()?)?;
        }
        Ok(())
    }
}

/// Returns the configuration of each point's first seed, by the point's settings.
fn by_name<'a>(
    points: &[Vec<String>],
    configs: &'a [RunConfig],
    seeds: usize,
) -> Vec<(String, &'a RunConfig)> {
    points.iter().map(|point| point.join(" ")).zip(configs.iter().step_by(seeds)).collect()
}

/// Returns the hash of a trial's configuration without the device and the folders.
pub(super) fn settings_hash(config: &RunConfig) -> Result<String, RunError> {
    Ok(hex::encode(Sha256::digest(identity(config)?)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Axis, parse_setting};

    #[test]
    fn a_base_that_was_stored_makes_the_same_points_in_another_folder() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("base.toml");
        let text = "epochs = 7\noptimizer = \"adam\"\n[data]\ndir = \"images\"\n\
                    [gradients]\nclip_norm = inf\n";
        fs::write(&file, text).unwrap();
        let settings: Vec<_> = ["seed=3", "optimizer.lr=0.002", "gradients.clip_value=inf"]
            .map(|setting| parse_setting(setting).unwrap())
            .into();
        let axes = vec![Axis::parse("optimizer.beta_1=0.5..0.9").unwrap()];
        let config = SweepConfig { axes, seeds: 2, ..SweepConfig::default() };
        let mut base = Base::new(Some(&file), &settings).unwrap();
        let point = [Value::Float(0.75)];
        let trials = base.trials(&config, &point).unwrap();
        let mut expected = settings.clone();
        expected.push(parse_setting("optimizer.beta_1=0.75").unwrap());
        let alone = RunConfig::from_layers(Some(&file), &expected).unwrap().absolute();
        assert_eq!(trials, [alone.clone(), RunConfig { seed: 4, ..alone.clone() }]);
        assert_eq!(base.seed(&config).unwrap(), 3);

        // The file may be gone.
        drop(folder);
        base.folder = std::path::absolute("elsewhere").unwrap();
        let stored = serde_json::to_string(&base).unwrap();
        let read: Base = serde_json::from_str(&stored).unwrap();
        let mut moved = read.trials(&config, &point).unwrap().remove(0);
        assert_eq!(moved.data.dir, base.folder.join("images"));
        moved.data.dir.clone_from(&alone.data.dir);
        assert_eq!(moved, alone);
    }
}
