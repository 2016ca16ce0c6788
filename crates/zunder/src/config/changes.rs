//! Which settings of a run may change when it is resumed, and which may not.

use std::collections::BTreeMap;
use std::path::PathBuf;

use toml::{Table, Value};

use crate::config::layers::ADDED;
use crate::{Change, DataConfig, RunConfig, RunError, parse_setting};

/// The devices, the number of threads and the folders of the data: they do not change results on
/// one CPU backend. (The content of a file of groups is part of the data set's hash.)
pub(crate) const PLACE: [&str; 7] = [
    "data.dir",
    "data.groups",
    "data.image_folder.cache",
    "data.storage",
    "device",
    "devices",
    "threads",
];

/// The number of epochs, which a resumed run may change.
pub(crate) const EPOCHS: &str = "epochs";

/// Returns the settings that were changed although a resumed run must not change them, by name.
/// `run` and `asked` are configurations as TOML; `free` names settings that may change besides
/// those of `PLACE`.
///
/// If the `name` of a table has changed, only the name is returned: the other settings of the table
/// belong to it.
pub(crate) fn forbidden(run: &str, asked: &str, free: &[&str]) -> Result<Vec<Change>, RunError> {
    let [run, asked] = [settings(run)?, settings(asked)?];
    let mut names: Vec<&String> = run.keys().chain(asked.keys()).collect();
    names.sort();
    names.dedup();
    names.retain(|name| {
        run.get(*name) != asked.get(*name)
            && !PLACE.contains(&name.as_str())
            && !free.contains(&name.as_str())
    });
    let renamed: Vec<&str> = names.iter().filter_map(|name| name.strip_suffix(".name")).collect();
    let counts = |name: &str| match name.rsplit_once('.') {
        Some((_, "name")) | None => true,
        Some((table, _)) => !renamed.contains(&table),
    };
    let value = |of: &BTreeMap<String, Value>, name: &str| {
        of.get(name).map_or_else(|| "none".to_owned(), Value::to_string)
    };
    let change = |name: &str| Change {
        setting: name.to_owned(),
        run: value(&run, name),
        asked: value(&asked, name),
    };
    Ok(names.into_iter().filter(|name| counts(name)).map(|name| change(name)).collect())
}

/// Returns the configuration without the settings of `PLACE`: a checkpoint stores it to identify
/// its run.
pub(crate) fn identity(config: &RunConfig) -> Result<String, RunError> {
    let nowhere = RunConfig {
        device: String::new(),
        devices: Vec::new(),
        threads: 0,
        data: DataConfig { dir: PathBuf::new(), ..DataConfig::default() },
        ..config.clone()
    };
    let mut config = config.clone();
    config.move_to(&nowhere);
    config.to_toml()
}

/// Returns all settings of a file by their dotted names.
fn settings(toml: &str) -> Result<BTreeMap<String, Value>, RunError> {
    let table: Table = toml
        .parse()
        .map_err(|e: toml::de::Error| RunError::config("configuration", e.message()))?;
    let mut all = BTreeMap::new();
    flatten("", table, &mut all);
    for (name, value) in ADDED {
        let (_, value) = parse_setting(&format!("{name}={value}"))?;
        all.entry(name.to_owned()).or_insert(value);
    }
    Ok(all)
}

fn flatten(prefix: &str, table: Table, all: &mut BTreeMap<String, Value>) {
    for (key, value) in table {
        match value {
            Value::Table(table) => flatten(&format!("{prefix}{key}."), table, all),
            value => {
                all.insert(format!("{prefix}{key}"), value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A checkpoint of a version without pooling has none in its note.
    #[test]
    fn pooling_that_was_not_recorded_is_none() {
        let changed = |asked: &str| forbidden("seed = 1\n", asked, &[]).unwrap();
        assert!(changed("seed = 1\npool = 1\n").is_empty());
        let change = Change { setting: "pool".into(), run: "1".into(), asked: "2".into() };
        assert_eq!(changed("seed = 1\npool = 2\n"), [change]);
    }

    #[test]
    fn only_the_place_and_what_is_free_may_change() {
        let run = "device = \"flex\"\nepochs = 3\nseed = 1\n[data]\ndir = \"a\"\n[optimizer]\nname \
            = \"sgd\"\nlr = 0.1\nmomentum = 0.9\n";
        let asked = |from: &str, to: &str| {
            let changes = forbidden(run, &run.replace(from, to), &[EPOCHS]).unwrap();
            changes
                .into_iter()
                .map(|Change { setting, run, asked }| format!("{setting} {run} {asked}"))
                .collect::<Vec<_>>()
        };
        for (from, to) in [
            ("", ""),
            ("flex", "wgpu"),
            ("epochs", "devices = [\"flex\", \"flex\"]\nepochs"),
            ("\"a\"", "\"b\""),
            ("epochs = 3", "epochs = 5"),
        ] {
            assert!(asked(from, to).is_empty(), "{from}");
        }
        assert_eq!(asked("seed = 1", "seed = 2"), ["seed 1 2"]);
        assert_eq!(
            asked("lr = 0.1\nmomentum = 0.9", "lr = 0.2"),
            ["optimizer.lr 0.1 0.2", "optimizer.momentum 0.9 none"]
        );
        assert_eq!(
            asked("\"sgd\"\nlr = 0.1", "\"adam\"\nlr = 0.2"),
            ["optimizer.name \"sgd\" \"adam\""]
        );
        assert_eq!(
            forbidden(run, &run.replace("epochs = 3", "epochs = 5"), &[]).unwrap()[0].setting,
            "epochs"
        );
    }
}
