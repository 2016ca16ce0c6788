//! JSON documents whose last field is the SHA-256 of their own text.

use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use zunder_train::FileKind;

use crate::RunError;
use crate::folder::files::{json_text, write_text};

/// Text before the digits.
const SEAL: &str = ",\n  \"sha256\": \"";

/// Writes an object with at least one field, and the hash of its text.
pub(crate) fn write_sealed(path: &Path, value: &impl Serialize) -> Result<(), RunError> {
    let text = json_text(path, value)?;
    let content = text.trim_end().strip_suffix("\n}").ok_or_else(|| RunError::BadFile {
        path: path.to_owned(),
        problem: "must be an object with at least one field".to_owned(),
    })?;
    write_text(path, &format!("{content}{SEAL}{}\"\n}}\n", hex::encode(Sha256::digest(content))))
}

/// Reads such a document; one without a hash (of an earlier version) is not checked.
pub(crate) fn read_sealed<T: DeserializeOwned>(path: &Path) -> Result<T, RunError> {
    let text = FileKind::Records.read_text(path)?;
    let bad = |problem: String| RunError::BadFile { path: path.to_owned(), problem };
    if let Some((content, seal)) = text.rsplit_once(SEAL) {
        let got = hex::encode(Sha256::digest(content));
        let expected = seal.split('"').next().unwrap_or_default();
        if got != expected {
            // What is no hash is not quoted: it may be the rest of the file.
            let hash = expected.len() == 64 && expected.bytes().all(|b| b.is_ascii_hexdigit());
            let expected = if hash { expected } else { "the 64 hexadecimal digits" };
            return Err(bad(format!(
                "its content has SHA-256 {got}, expected {expected} of its field sha256"
            )));
        }
    }
    serde_json::from_str(&text).map_err(|e| bad(format!("is not a valid file of a run: {e}")))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn every_changed_byte_is_seen_or_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.json");
        let value: BTreeMap<String, Vec<f64>> =
            [("numbers".to_owned(), vec![0.1, 2.5]), ("none".to_owned(), vec![])].into();
        write_sealed(&path, &value).unwrap();
        let read = || {
            let mut read: BTreeMap<String, serde_json::Value> = read_sealed(&path)?;
            read.retain(|key, _| value.contains_key(key));
            Ok::<_, RunError>(serde_json::to_string(&read).unwrap())
        };
        let whole = std::fs::read(&path).unwrap();
        let expected = read().unwrap();
        for place in 0..whole.len() {
            for bit in 0..8 {
                let mut bytes = whole.clone();
                bytes[place] ^= 1 << bit;
                std::fs::write(&path, &bytes).unwrap();
                let one_line = |error: &RunError| !error.to_string().contains(char::is_control);
                assert!(
                    read().map_or_else(
                        |error| error.is_input() && one_line(&error),
                        |got| got == expected
                    ),
                    "byte {place}, bit {bit}"
                );
            }
        }
        std::fs::write(&path, "{ \"numbers\": [3] }").unwrap();
        assert_eq!(read().unwrap(), "{\"numbers\":[3]}");
    }
}
