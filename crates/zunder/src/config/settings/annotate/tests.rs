//! Tests of the annotated configuration file.

use super::*;
use crate::parse_setting;

fn config(settings: &[&str]) -> RunConfig {
    let settings: Vec<_> = settings.iter().map(|s| parse_setting(s).unwrap()).collect();
    RunConfig::from_layers(None, &settings).unwrap()
}

fn read(text: &str) -> RunConfig {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    std::io::Write::write_all(&mut file, text.as_bytes()).unwrap();
    RunConfig::from_layers(Some(file.path()), &[]).unwrap()
}

/// Returns a configuration for every choice of names that has its own settings.
fn choices() -> Vec<RunConfig> {
    let mut all: Vec<RunConfig> = Preset::ALL.into_iter().map(RunConfig::preset).collect();
    let names = [
        ("optimizer", &["nesterov", "adagrad", "rmsprop", "adam", "adamw", "lion"][..]),
        (
            "schedule",
            &[
                "constant",
                "step",
                "multi-step",
                "plateau",
                "linear",
                "exponential",
                "cosine-restarts",
                "one-cycle",
            ],
        ),
        ("loss", &["hinge", "squared-hinge", "binary-hinge", "logistic", "squared-error"]),
        ("on_nan", &["rollback"]),
        ("augment", &["none", "standard", "strong"]),
    ];
    for (table, names) in names {
        all.extend(names.iter().map(|name| config(&[&format!("{table}={name}")])));
    }
    all.push(RunConfig { augment: AugmentConfig::every_step(), ..RunConfig::default() });
    all
}

#[test]
fn the_file_of_a_preset_is_the_preset() {
    for preset in Preset::ALL {
        let text = RunConfig::preset(preset).annotated_toml(preset).unwrap();
        assert_eq!(read(&text), RunConfig::preset(preset), "{text}");
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
    }
}

#[test]
fn the_file_of_any_choice_is_that_choice() {
    for config in choices() {
        let preset = Preset::from(config.model.kind());
        assert_eq!(read(&config.annotated_toml(preset).unwrap()), config);
    }
    let more = config(&[
        "batch_size=all",
        "seed=7",
        "data.dataset=folder",
        "data.image_folder.image_size=[8, 9]",
        "data.classes=[\"a\", \"b\"]",
    ]);
    let text = more.annotated_toml(Preset::Mlp).unwrap();
    assert!(
        text.contains("batch_size = \"all\"\n") && text.contains("Default: 1.\nseed = 7\n"),
        "{text}"
    );
    assert_eq!(read(&text), more);
}

/// A commented-out setting can be uncommented and is then a setting of that name: each alone, those
/// of a step together.
#[test]
fn every_line_that_is_commented_out_can_be_used() {
    let is_setting = |line: &str| {
        line.starts_with("# [")
            || line.strip_prefix("# ").is_some_and(|rest| rest.split(' ').nth(1) == Some("="))
    };
    for config in choices() {
        let text = config.annotated_toml(Preset::from(config.model.kind())).unwrap();
        for block in text.split("\n\n") {
            let lines: Vec<&str> = block.lines().filter(|line| is_setting(line)).collect();
            let together = lines.iter().any(|line| line.starts_with("# ["));
            for lines in if together {
                vec![lines]
            } else {
                lines.into_iter().map(|line| vec![line]).collect()
            } {
                let used = lines.iter().fold(block.to_owned(), |block, line| {
                    block.replacen(&format!("\n{line}"), &format!("\n{}", &line[2..]), 1)
                });
                let whole = text.replacen(block, &used, 1).replacen("preset = \"none\"\n", "", 1);
                let mut table: Table = whole.parse().unwrap_or_else(|e| panic!("{lines:?}: {e}"));
                table.remove("preset");
                let read: Result<RunConfig, _> = table.try_into();
                assert!(whole != text && read.is_ok(), "{lines:?}: {read:?}");
            }
        }
    }
}

/// Serde lists all fields of a table in the error about an unknown one: the descriptions must have
/// exactly these settings.
#[test]
fn every_setting_has_a_comment_and_no_comment_is_of_something_else() {
    let mut seen = std::collections::BTreeSet::new();
    for config in choices() {
        let values = Table::try_from(&config).unwrap();
        let mut tables: Vec<String> = vec![String::new(), "data.image_folder".to_owned()];
        tables.extend(
            values.iter().filter(|(_, value)| value.is_table()).map(|(key, _)| key.clone()),
        );
        tables.extend(config.augment.steps().into_iter().map(|step| format!("augment.{step}")));
        for table in tables {
            for field in fields(&values, &table) {
                let path = if table.is_empty() { field } else { format!("{table}.{field}") };
                let known = settings().any(|setting| {
                    setting.path == path || setting.path.starts_with(&format!("{path}."))
                });
                assert!(known, "{path} has no comment");
                seen.insert(path);
            }
        }
    }
    for setting in settings() {
        let tagged = setting.path.rsplit('.').next() == Some("name")
            || setting.path.starts_with("schedule.warmup_");
        assert!(tagged || seen.contains(setting.path), "{} is no setting", setting.path);
    }
}

/// Returns the names of a table's fields, from the error about an unknown one.
fn fields(values: &Table, table: &str) -> Vec<String> {
    let mut values = values.clone();
    let place = table.split('.').filter(|key| !key.is_empty()).fold(&mut values, |place, key| {
        place.entry(key).or_insert_with(|| Value::Table(Table::new())).as_table_mut().unwrap()
    });
    place.insert("nothing".to_owned(), Value::Boolean(true));
    let Err(error) = values.try_into::<RunConfig>() else {
        panic!("{table} takes a field that it does not have")
    };
    let message = error.to_string();
    let (_, expected) = message.split_once("expected ").unwrap_or_default();
    // The last line names the table.
    expected
        .lines()
        .next()
        .unwrap_or_default()
        .split('`')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}

/// Class names may contain any characters; the printed text neither hides nor loses any.
#[test]
fn nothing_hidden_is_printed_and_the_values_stay() {
    let mut config = RunConfig::default();
    config.data.classes = ["turn\u{202e}", "quote\" and \\ and \u{9b}", "line\nbreak", "猫"]
        .map(str::to_owned)
        .to_vec();
    config.data.dir = "photos\u{200b}".into();
    let text = config.annotated_toml(Preset::Mlp).unwrap();
    assert_eq!(zunder_report::text::visible_lines(&text), text);
    let again = read(&text);
    assert_eq!((again.data.classes, again.data.dir), (config.data.classes, config.data.dir));
}
