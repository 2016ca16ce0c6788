//! A setting that differs between two configurations.

/// A setting in which two configurations differ, with its values in TOML's notation, or `none`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Change {
    /// Its name, such as `optimizer.lr`.
    pub setting: String,
    /// Its value in the run.
    pub run: String,
    /// The value asked for.
    pub asked: String,
}
