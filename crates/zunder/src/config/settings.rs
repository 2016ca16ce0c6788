//! A configuration as an annotated file: each setting with its meaning, range and default.

#[cfg(feature = "report")]
mod annotate;
mod table;

use table::settings;
use zunder_data::names::nearest;

/// Returns what a misspelt or misplaced key of a configuration was probably meant to be: the path
/// of a setting with that name in another table, or else the most similar of the expected names.
pub(crate) fn meant<'a>(key: &str, expected: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let elsewhere = || {
        settings()
            .find(|setting| setting.path.rsplit('.').next() == Some(key))
            .map(|setting| setting.path.to_owned())
    };
    nearest(key, expected).map(str::to_owned).or_else(elsewhere)
}

/// Formats `expected one of A, B, C` with the name that was probably meant.
///
/// ```
/// let expected = zunder::expected_one_of("adm", &["sgd", "adam"]);
/// assert_eq!(expected, "expected one of sgd, adam (did you mean adam?)");
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
