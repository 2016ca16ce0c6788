//! A configuration as a file for people: every setting with what it is, its range and its default.

mod annotate;
pub(crate) mod nearest;
mod table;

pub use nearest::expected_one_of;
use table::SETTINGS;

/// What a misspelt or misplaced key of a configuration was probably meant to be: a setting of that name in another table, by its path, else the nearest of the names that were expected.
pub(crate) fn meant<'a>(key: &str, expected: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let elsewhere = || SETTINGS.iter().find(|setting| setting.path.rsplit('.').next() == Some(key)).map(|setting| setting.path.to_owned());
    nearest::nearest(key, expected).map(str::to_owned).or_else(elsewhere)
}
