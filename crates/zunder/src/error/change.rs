//! A setting that differs between two configurations.

/// A setting that differs between two configurations, with its values in TOML notation, or `none`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Change {
    /// Name of the setting, such as `optimizer.lr`.
    pub setting: String,
    /// Value in the run.
    pub run: String,
    /// Value that was requested.
    pub asked: String,
}
