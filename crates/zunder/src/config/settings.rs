//! A configuration as a file for people: every setting with what it is, its range and its default.

mod annotate;
mod table;

use table::SETTINGS;
use zunder_data::names::nearest;

/// What a misspelt or misplaced key of a configuration was probably meant to be: a setting of that
/// name in another table, by its path, else the nearest of the names that were expected.
pub(crate) fn meant<'a>(key: &str, expected: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let elsewhere = || {
        SETTINGS
            .iter()
            .find(|setting| setting.path.rsplit('.').next() == Some(key))
            .map(|setting| setting.path.to_owned())
    };
    nearest(key, expected).map(str::to_owned).or_else(elsewhere)
}

/// `expected one of A, B, C`, and which of them was probably meant.
///
/// ```
/// assert_eq!(zunder::expected_one_of("adm", &["sgd", "adam"]), "expected one of sgd, adam (did you mean adam?)");
/// ```
pub fn expected_one_of(got: &str, names: &[&str]) -> String {
    let meant = nearest(got, names.iter().copied())
        .map_or_else(String::new, |name| format!(" (did you mean {name}?)"));
    format!("expected one of {}{meant}", names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::expected_one_of;

    #[test]
    fn what_was_probably_meant_is_named() {
        assert_eq!(
            expected_one_of("mpl", &["linear", "mlp"]),
            "expected one of linear, mlp (did you mean mlp?)"
        );
        assert_eq!(expected_one_of("cnn", &["linear", "mlp"]), "expected one of linear, mlp");
    }
}
