//! Instructions for downloading files without this crate.

use std::path::Path;

use crate::{DatasetSource, RemoteFile};

/// Returns shell commands that download `files`, with the hashes to compare.
pub fn by_hand(source: &DatasetSource, files: &[&RemoteFile], dir: &Path) -> String {
    let commands = files.iter().map(|file| {
        let (path, url) =
            (quoted(&source.path_of(file, dir)), file.urls.first().map_or("", String::as_str));
        format!(
            "\n  curl -L --create-dirs -o {path} {url}\n    ({} bytes, SHA-256 {})",
            file.size, file.sha256
        )
    });
    format!(
        "download it by hand and run the same command again, which checks it:{}",
        commands.collect::<String>()
    )
}

/// Quotes a path for a shell.
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
