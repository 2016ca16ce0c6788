//! Quoting of words in commands that the user copies.

use std::path::Path;

/// Quotes a word, unless it needs no quotes.
pub fn quoted(word: &str) -> String {
    let own = if cfg!(windows) { "=._,-/+:\\" } else { "=._,-/+:" };
    let plain = |letter: char| letter.is_alphanumeric() || own.contains(letter);
    match word {
        word if !word.is_empty() && word.chars().all(plain) => word.to_owned(),
        word if cfg!(windows) => format!("\"{word}\""),
        word => format!("'{}'", word.replace('\'', "'\\''")),
    }
}

/// Quotes a path, unless it needs no quotes, so that it is never taken for a flag.
pub fn path(path: &Path) -> String {
    let word = path.display().to_string();
    if word.starts_with('-') { quoted(&format!("./{word}")) } else { quoted(&word) }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_where_a_shell_would_split_or_change_them() {
        for (word, expected) in [
            ("runs/shapes-mlp-1", "runs/shapes-mlp-1"),
            ("", "''"),
            ("my runs", "'my runs'"),
            ("~/run", "'~/run'"),
            ("a'b", "'a'\\''b'"),
            ("$HOME", "'$HOME'"),
            ("optimizer.lr=0.1,0.2", "optimizer.lr=0.1,0.2"),
        ] {
            assert_eq!(quoted(word), expected);
        }
        assert_eq!(path(Path::new("-run")), "./-run");
    }
}
