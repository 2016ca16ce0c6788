//! The token that a server of devices asks for.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use crate::RunError;

/// The variable that holds the token.
const TOKEN: &str = "ZUNDER_DEVICE_TOKEN";
/// The variable that names a file with the token.
const TOKEN_FILE: &str = "ZUNDER_DEVICE_TOKEN_FILE";
/// Length in bytes: enough that a token cannot be guessed.
const LENGTH: std::ops::RangeInclusive<usize> = 16..=1024;

/// Returns the token of a server of devices: the first line of `file`, or else the content of the
/// environment variable `ZUNDER_DEVICE_TOKEN`, or else the first line of the file that
/// `ZUNDER_DEVICE_TOKEN_FILE` names. Returns `None` if there is none of them.
///
/// # Errors
/// Returns [`RunError::Config`] if the token has fewer than 16 or more than 1024 bytes or is no
/// text, and [`RunError::Io`] if the file cannot be read.
pub fn device_token(file: Option<&Path>) -> Result<Option<String>, RunError> {
    if let Some(file) = file {
        return read(file).map(Some);
    }
    match std::env::var_os(TOKEN) {
        Some(token) => {
            let token = token.into_string().unwrap_or_default();
            check(TOKEN.to_owned(), token.trim().to_owned()).map(Some)
        }
        None => std::env::var_os(TOKEN_FILE).map(|file| read(&PathBuf::from(file))).transpose(),
    }
}

fn read(path: &Path) -> Result<String, RunError> {
    let mut bytes = Vec::new();
    let most = *LENGTH.end() as u64 + 2;
    File::open(path)
        .and_then(|file| file.take(most).read_to_end(&mut bytes))
        .map_err(RunError::io("read the token", path))?;
    let text = String::from_utf8(bytes).unwrap_or_default();
    check(path.display().to_string(), text.lines().next().unwrap_or("").trim().to_owned())
}

/// Returns the token if its length is in range. The message does not contain it.
fn check(origin: String, token: String) -> Result<String, RunError> {
    if LENGTH.contains(&token.len()) {
        return Ok(token);
    }
    let problem = format!(
        "the token has {} bytes, expected one line of {} to {} bytes of text",
        token.len(),
        LENGTH.start(),
        LENGTH.end()
    );
    Err(RunError::Config { origin, problem })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_the_first_line_of_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        std::fs::write(&path, "0123456789abcdef\nmore\n").unwrap();
        assert_eq!(device_token(Some(&path)).unwrap().as_deref(), Some("0123456789abcdef"));
        for bytes in [&b"short"[..], b"", b"\n0123456789abcdef", &[0xff; 20], &[b'a'; 2000]] {
            std::fs::write(&path, bytes).unwrap();
            let error = device_token(Some(&path)).unwrap_err();
            assert!(matches!(error, RunError::Config { .. }), "{error}");
            assert!(!error.to_string().contains("short"), "{error}");
        }
        assert!(device_token(Some(&folder.path().join("none"))).is_err());
    }
}
