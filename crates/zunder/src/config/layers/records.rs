//! Records of runs by earlier versions, which lack settings that did not exist.

use toml::Table;

use super::{merge, nested, parse_setting};

/// Tables and settings that every record of a run has.
const RECORDED: [&str; 7] =
    ["augment", "data", "model", "optimizer", "schedule", "seed", "threads"];

/// Settings that records of earlier versions lack, and their values in those versions.
pub(in crate::config) const ADDED: [(&str, &str); 5] = [
    ("pool", "1"),
    ("init_window", "1.0"),
    ("lasso.l1", "0.0"),
    ("lasso.beta", "50.0"),
    ("lasso.layers", "1"),
];

/// Adds the settings that earlier versions did not write to the record of a run, with the values
/// that do what those versions did. A record has all settings of its version, so it has each of
/// `RECORDED`; a file that lacks one of them is not a record, and the preset decides.
pub(super) fn completed(mut layer: Table) -> Table {
    if RECORDED.iter().all(|key| layer.contains_key(*key)) {
        for (name, value) in ADDED {
            // Each name is a valid path of a setting.
            if let Ok((path, value)) = parse_setting(&format!("{name}={value}")) {
                let mut whole = nested(&path, value);
                merge(&mut whole, layer);
                layer = whole;
            }
        }
    }
    layer
}

#[cfg(test)]
mod tests {
    use zunder_train::LassoConfig;

    use crate::{ModelKind, RunConfig, TestTimeAugmentation};

    /// A run of a version without averages and views recorded none of them, and is read over the
    /// preset of its model.
    #[test]
    fn what_an_old_record_does_not_have_is_off() {
        for kind in ModelKind::ALL {
            let config = RunConfig::preset(kind);
            let none = TestTimeAugmentation::None;
            assert_eq!((config.ema, config.tta), (0.0, none));
        }
    }

    /// The penalty of a recipe suits the steps of its optimiser.
    #[test]
    fn another_optimizer_has_no_penalty_unless_it_is_set() {
        let l1 = |text: &str| RunConfig::from_toml(text).unwrap().lasso.l1;
        assert!(l1("") > 0.0 && l1("[optimizer]\nname = \"sgd\"") > 0.0);
        assert!(l1("[optimizer]\nname = \"momentum\"\nlr = 0.1") > 0.0);
        assert_eq!(l1("optimizer = \"adam\""), 0.0);
        assert_eq!(l1("[optimizer]\nname = \"lion\"\n[lasso]\nl1 = 1e-6"), 1e-6);
    }

    /// Settings that a version did not have are off in its records, but come from the preset in a
    /// file that is not a record.
    #[test]
    fn what_a_record_does_not_have_is_off() {
        let whole = RunConfig::preset(ModelKind::Mlp).to_toml().unwrap();
        let mut table: toml::Table = whole.parse().unwrap();
        let lasso = table.remove("lasso").unwrap();
        // The first versions had no processing of gradients, moving averages and views either.
        let [window, ..] = ["init_window", "pool", "gradients", "ema", "tta"]
            .map(|key| table.remove(key).unwrap());
        let read = |table: &toml::Table| RunConfig::from_toml(&table.to_string()).unwrap();
        let old = read(&table);
        assert_eq!((old.lasso, old.init_window, old.pool), (LassoConfig::default(), 1.0, 1));
        table.remove("threads");
        let new = read(&table);
        assert_eq!(toml::Value::try_from(&new.lasso).unwrap(), lasso);
        assert_eq!(Some(new.init_window), window.as_float());
        assert!(new.init_window < 1.0 && !new.lasso.is_off());
    }
}
