use std::path::Path;

use crate::{DatasetSource, RemoteFile};

/// How to get `files` without this crate: commands for a shell, with the hashes to check.
pub fn by_hand(source: &DatasetSource, files: &[&RemoteFile], dir: &Path) -> String {
    let commands = files.iter().map(|file| {
        let (path, url) =
            (quoted(&source.path_of(file, dir)), file.places.first().map_or("", String::as_str));
        format!(
            "\n  curl -L --create-dirs -o {path} {url}\n    ({} bytes, SHA-256 {})",
            file.size, file.sha256
        )
    });
    format!(
        "get it by hand and run the same command again, which checks it:{}",
        commands.collect::<String>()
    )
}

/// A path as a word for a shell.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/.-_:\\".contains(&byte));
    if plain { text } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_words_of_a_shell() {
        assert_eq!(quoted("data/x.gz".as_ref()), "data/x.gz");
        assert_eq!(quoted("my data/it's".as_ref()), r"'my data/it'\''s'");
    }
}
