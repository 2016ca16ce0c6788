//! The descriptions of all settings, as shown in a configuration file. Defaults are taken from the
//! code.

mod augment;
mod model;
mod run;
mod training;

/// A setting, identified by its path in a configuration.
pub(crate) struct Setting {
    pub path: &'static str,
    /// Meaning, unit and range.
    pub about: &'static str,
    /// For an optional setting: an example value in TOML, and the default if it is unset.
    pub unset: Option<(&'static str, &'static str)>,
}

const fn always(path: &'static str, about: &'static str) -> Setting {
    Setting { path, about, unset: None }
}

const fn maybe(
    path: &'static str,
    about: &'static str,
    example: &'static str,
    default: &'static str,
) -> Setting {
    Setting { path, about, unset: Some((example, default)) }
}

/// Returns all settings, in the order of a file. A setting that several models, optimizers or
/// schedules share is listed once.
pub(crate) fn settings() -> impl Iterator<Item = &'static Setting> {
    [run::RUN, augment::AUGMENT, model::MODEL, training::TRAINING].into_iter().flatten()
}
