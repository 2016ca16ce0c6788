//! The descriptions of all settings, as shown in a configuration file. Defaults are taken from the
//! code.

use std::sync::LazyLock;

/// A setting, identified by its path in a configuration.
pub(crate) struct Setting {
    pub path: &'static str,
    /// Meaning, unit and range.
    pub about: String,
    /// For an optional setting: an example value in TOML, and the default if it is unset.
    pub unset: Option<(&'static str, &'static str)>,
}

/// For each setting its path, for an optional one ` = EXAMPLE | DEFAULT`, and indented lines that
/// describe it.
const TEXT: &str = include_str!("settings.txt");

/// Returns all settings, in the order of a file. A setting that several models, optimizers or
/// schedules share is listed once.
pub(crate) fn settings() -> impl Iterator<Item = &'static Setting> {
    static SETTINGS: LazyLock<Vec<Setting>> = LazyLock::new(|| {
        let mut settings: Vec<Setting> = Vec::new();
        for line in TEXT.lines() {
            if let (Some(about), Some(setting)) = (line.strip_prefix("    "), settings.last_mut()) {
                setting.about += if setting.about.is_empty() { "" } else { " " };
                setting.about += about;
                continue;
            }
            let (path, unset) = match line.split_once(" = ") {
                Some((path, unset)) => (path, unset.split_once(" | ")),
                None => (line, None),
            };
            settings.push(Setting { path, about: String::new(), unset });
        }
        settings
    });
    SETTINGS.iter()
}
