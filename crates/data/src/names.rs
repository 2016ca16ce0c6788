//! Compares names of classes and settings: which look alike, and which was probably meant.

use unicode_normalization::UnicodeNormalization;

/// Returns the form in which names that look alike are equal: accents composed (Unicode's NFC),
/// lower case, no zero-width characters, one space for any blanks between words and none around
/// them.
///
/// ```
/// use zunder_data::names::look;
///
/// assert_eq!(look("Cafe\u{301}  au lait "), look("caf\u{e9} au\u{a0}lait"));
/// assert_ne!(look("cafe"), look("caf\u{e9}"));
/// ```
pub fn look(name: &str) -> String {
    let small: String = name.nfc().filter(|c| !is_invisible(*c)).collect::<String>().to_lowercase();
    // Lower case may consist of two characters.
    small.nfc().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Characters without width: joiners, marks of direction, soft hyphens, the byte order mark.
fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2069}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
    )
}

/// Returns the position of `wanted` among `names`: of the equal name, or else of the only name that
/// looks like it.
///
/// ```
/// use zunder_data::names::find;
///
/// assert_eq!(find("cat", &["Cat", "dog"]), Some(0));
/// assert_eq!(find("cat", &["Cat", "CAT", "cat"]), Some(2));
/// assert_eq!(find("cat", &["Cat", "CAT"]), None);
/// ```
pub fn find<S: AsRef<str>>(wanted: &str, names: &[S]) -> Option<usize> {
    let exact = names.iter().position(|name| name.as_ref() == wanted);
    exact.or_else(|| {
        let look_of_wanted = look(wanted);
        let mut alike = (0..names.len()).filter(|&i| look(names[i].as_ref()) == look_of_wanted);
        alike.next().filter(|_| alike.next().is_none())
    })
}

/// Returns the groups of names that look alike, in their order.
///
/// ```
/// use zunder_data::names::look_alikes;
///
/// assert_eq!(look_alikes(&["Cat", "cat", "dog"]), [["Cat", "cat"]]);
/// ```
pub fn look_alikes<S: AsRef<str>>(names: &[S]) -> Vec<Vec<&str>> {
    let mut groups: std::collections::BTreeMap<String, Vec<&str>> =
        std::collections::BTreeMap::new();
    for name in names {
        groups.entry(look(name.as_ref())).or_default().push(name.as_ref());
    }
    groups.into_values().filter(|group| group.len() > 1).collect()
}

/// Quotes a name. Characters that cannot be distinguished visually are written as codes, such as
/// `\u{301}`.
pub fn quoted(name: &str) -> String {
    let unclear = |c: char| is_invisible(c) || c.is_control() || (c.is_whitespace() && c != ' ');
    let composed: String = name.nfc().collect();
    let decomposed = composed != name;
    let letter = |c: char| {
        if unclear(c) || (decomposed && !c.is_ascii()) {
            c.escape_unicode().to_string()
        } else {
            c.to_string()
        }
    };
    format!("\"{}\"", name.chars().map(letter).collect::<String>())
}

/// Returns the name that was probably meant: the one with the fewest letters to add, remove, change
/// or swap with their neighbour (the optimal string alignment distance), if that is at most a third
/// of the longer word. Hyphens and underscores are equal; of equal distances the first name is
/// returned.
///
/// ```
/// assert_eq!(zunder_data::names::nearest("admw", ["sgd", "adam", "adamw"]), Some("adamw"));
/// ```
pub fn nearest<'a>(got: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let plain = |word: &str| word.to_lowercase().replace('-', "_");
    let got = plain(got);
    let near = names.into_iter().filter_map(|name| {
        let word = plain(name);
        let (distance, letters) =
            (strsim::osa_distance(&got, &word), got.chars().count().max(word.chars().count()));
        (3 * distance <= letters).then_some((distance, name))
    });
    near.min_by_key(|(distance, _)| *distance).map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_alike_is_found_and_can_be_told_apart_in_a_message() {
        for (a, b) in [
            ("caf\u{e9}", "cafe\u{301}"),
            ("cat", "Cat"),
            ("cat", "cat "),
            ("a  b", "a b"),
            ("a b", "a\u{a0}b"),
        ] {
            assert_eq!(look(a), look(b));
            assert_eq!((find(a, &[b, "x"]), find(a, &[b, a])), (Some(0), Some(1)), "{a} {b}");
            assert_ne!(quoted(a), quoted(b));
        }
        assert_eq!(look("\u{feff}ca\u{200b}t"), "cat");
        assert_eq!(quoted("cafe\u{301}"), "\"cafe\\u{301}\"");
        assert_eq!(quoted("caf\u{e9}"), "\"caf\u{e9}\"");
        assert_eq!(quoted("ca\u{200b}t"), "\"ca\\u{200b}t\"");
        for (a, b) in [("cafe", "caf\u{e9}"), ("o", "0"), ("a_b", "a b"), ("cat", "cats")] {
            assert_ne!(look(a), look(b));
        }
    }

    #[test]
    fn only_a_near_name_is_meant() {
        let names = ["sgd", "nesterov", "adam", "adamw", "residual-mlp"];
        for (got, meant) in [
            ("admw", Some("adamw")),
            ("Adam", Some("adam")),
            ("nestrov", Some("nesterov")),
            ("residual_mlp", Some("residual-mlp")),
            ("sdg", Some("sgd")),
            ("cnn", None),
            ("", None),
        ] {
            assert_eq!(nearest(got, names), meant, "{got}");
        }
    }
}
