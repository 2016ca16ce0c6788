//! Finds the choices of a table with a `name` that have a setting, for errors about misplaced
//! settings.

use toml::{Table, Value};

use super::NAMED;
use crate::{RunConfig, RunError};

/// Returns the error about a setting that the chosen model, loss, optimizer, schedule or `on_nan`
/// does not have but another choice has; `None` if there is no such setting.
pub(super) fn misplaced(config: &Table, origin: &str) -> Option<RunError> {
    NAMED.into_iter().find_map(|choice| {
        let table = config.get(choice)?.as_table()?;
        let name = table.get("name")?.as_str()?;
        let names = names(choice);
        if !names.iter().any(|known| known == name) {
            return None;
        }
        let of = |name: &str, key: &str| has(choice, name, key);
        let strange = table.keys().filter(|key| *key != "name" && !of(name, key));
        strange.into_iter().find_map(|key| {
            let owns = |other: &&String| of(other, key) && is_own(choice, other);
            let owners: Vec<String> = names.iter().filter(owns).cloned().collect();
            (!owners.is_empty()).then(|| RunError::NoSetting {
                origin: origin.to_owned(),
                setting: format!("{choice}.{key}"),
                choice,
                name: name.to_owned(),
                owners,
            })
        })
    })
}

/// Returns the names that a table accepts: those that serde expects in place of an unknown one.
fn names(choice: &str) -> Vec<String> {
    let refused = refusal(choice, [("name", Value::String("?".to_owned()))]);
    let expected = refused.as_deref().and_then(|text| text.split_once(", expected "));
    let quoted = expected.map_or("", |(_, names)| names.split('\n').next().unwrap_or_default());
    quoted.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// Returns true if a name is the table's own and not an alias: `momentum` is an alias of `sgd`.
fn is_own(choice: &str, name: &str) -> bool {
    let config = alone(choice, [("name", Value::String(name.to_owned()))]).try_into::<RunConfig>();
    let written = config.ok().and_then(|config| Table::try_from(config).ok());
    let own = written.as_ref().and_then(|written| written.get(choice)?.get("name")?.as_str());
    own == Some(name)
}

/// Returns true if the table with this name has the setting, whatever its value.
fn has(choice: &str, name: &str, key: &str) -> bool {
    let table = [("name", Value::String(name.to_owned())), (key, Value::Boolean(true))];
    refusal(choice, table).is_none_or(|text| !text.contains("unknown field"))
}

/// Returns the reason why a configuration with only this table is invalid, if it is.
fn refusal<const N: usize>(choice: &str, entries: [(&str, Value); N]) -> Option<String> {
    alone(choice, entries).try_into::<RunConfig>().err().map(|error| error.to_string())
}

/// Parses a configuration with only this table.
fn alone<const N: usize>(choice: &str, entries: [(&str, Value); N]) -> Table {
    let table = Table::from_iter(entries.map(|(key, value)| (key.to_owned(), value)));
    Table::from_iter([(choice.to_owned(), Value::Table(table))])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misplaced_setting_is_answered_with_the_choices_that_have_it() {
        for (toml, message) in [
            (
                "[model]\nname = \"linear\"\ndropout = 0.1",
                "x: model.dropout is set, and model.name is linear, which does not have it, \
                 expected mlp or residual-mlp",
            ),
            (
                "[model]\nname = \"residual-mlp\"\nbatch_norm = true",
                "x: model.batch_norm is set, and model.name is residual-mlp, which does not have \
                 it, expected mlp",
            ),
            (
                "[optimizer]\nname = \"adam\"\nlr = 0.1\nmomentum = \"much\"",
                "x: optimizer.momentum is set, and optimizer.name is adam, which does not have it, \
                 expected sgd or nesterov",
            ),
            (
                "[loss]\nname = \"hinge\"\nlabel_smoothing = 0.1",
                "x: loss.label_smoothing is set, and loss.name is hinge, which does not have it, \
                 expected cross-entropy",
            ),
            (
                "[schedule]\nname = \"cosine\"\nevery = 3",
                "x: schedule.every is set, and schedule.name is cosine, which does not have it, \
                 expected step",
            ),
            (
                "[on_nan]\nname = \"stop\"\nmost = 3",
                "x: on_nan.most is set, and on_nan.name is stop, which does not have it, expected \
                 rollback",
            ),
        ] {
            let error = misplaced(&toml.parse().unwrap(), "x").unwrap();
            assert_eq!(error.to_string(), message);
            assert!(error.is_input());
        }
        for toml in [
            "[model]\nname = \"mlp\"\nspin = 1",
            "[model]\nname = \"cnn\"\nhidden = [3]",
            "seed = 1",
        ] {
            assert!(misplaced(&toml.parse().unwrap(), "x").is_none(), "{toml}");
        }
    }
}
