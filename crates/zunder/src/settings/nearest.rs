/// The name that was probably meant: the one with the fewest letters to add, leave out, change or swap with their neighbour (the optimal string alignment distance), if a third of the longer
/// word suffices. Hyphens and underscores count as the same; of equals the first.
pub(crate) fn nearest<'a>(got: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let plain = |word: &str| word.to_lowercase().replace('-', "_").chars().collect::<Vec<char>>();
    let got = plain(got);
    let near = names.into_iter().filter_map(|name| {
        let letters = plain(name);
        let distance = distance(&got, &letters);
        (3 * distance <= got.len().max(letters.len())).then_some((distance, name))
    });
    near.min_by_key(|(distance, _)| *distance).map(|(_, name)| name)
}

/// `expected one of A, B, C`, and which of them was probably meant.
///
/// ```
/// assert_eq!(zunder::expected_one_of("adm", &["sgd", "adam"]), "expected one of sgd, adam (did you mean adam?)");
/// ```
pub fn expected_one_of(got: &str, names: &[&str]) -> String {
    let meant = nearest(got, names.iter().copied()).map_or_else(String::new, |name| format!(" (did you mean {name}?)"));
    format!("expected one of {}{meant}", names.join(", "))
}

/// Single letters added, left out, changed or swapped, by dynamic programming over three rows.
fn distance(a: &[char], b: &[char]) -> usize {
    let (mut before, mut last) = (Vec::new(), (0..=b.len()).collect::<Vec<usize>>());
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let changed = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = changed.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                let swapped: usize = before[j - 2];
                best = best.min(swapped + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_counted() {
        let of = |a: &str, b: &str| distance(&a.chars().collect::<Vec<_>>(), &b.chars().collect::<Vec<_>>());
        assert_eq!(
            [of("adamw", "adamw"), of("admw", "adamw"), of("adma", "adam"), of("", "abc"), of("kitten", "sitting")],
            [0, 1, 1, 3, 3]
        );
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
        assert_eq!(expected_one_of("mpl", &["linear", "mlp"]), "expected one of linear, mlp (did you mean mlp?)");
        assert_eq!(expected_one_of("cnn", &["linear", "mlp"]), "expected one of linear, mlp");
    }
}
