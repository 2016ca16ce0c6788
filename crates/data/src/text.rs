//! Reads text files: regular files up to a size, in UTF-8, with or without a byte order mark. An
//! error names other encodings.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use crate::DataError;

/// Returns the text of the file at `path`, without a byte order mark.
///
/// ```
/// let dir = tempfile::tempdir()?;
/// let path = dir.path().join("names.csv");
/// std::fs::write(&path, "\u{feff}a,b")?;
/// assert_eq!(zunder_data::text::read(&path, 100)?, "a,b");
///
/// let utf_16: Vec<u8> = "a,b".encode_utf16().flat_map(u16::to_le_bytes).collect();
/// std::fs::write(&path, utf_16)?;
/// assert!(zunder_data::text::read(&path, 100).unwrap_err().to_string().contains("UTF-16"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// Returns [`DataError::Read`] if the file cannot be read, [`DataError::Irregular`] if it is not a
/// regular file, [`DataError::TooLong`] if it has more than `most` bytes, and
/// [`DataError::Encoding`] if it is not in UTF-8.
pub fn read(path: &Path, most: u64) -> Result<String, DataError> {
    let failed = |reason: io::Error| DataError::Read { path: path.to_owned(), reason };
    let metadata = fs::metadata(path).map_err(failed)?;
    // Opening a pipe would block for ever, and a device has no end. A process substitution of the
    // shell, such as `<(...)`, has a writer.
    let handed_over =
        ["/dev/fd", "/dev/stdin", "/proc/self/fd"].iter().any(|place| path.starts_with(place));
    if !metadata.is_file() && !handed_over {
        return Err(DataError::Irregular { path: path.to_owned() });
    }
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(most.saturating_add(1)).read_to_end(&mut bytes))
        .map_err(failed)?;
    if bytes.len() as u64 > most {
        return Err(DataError::TooLong { path: path.to_owned(), most });
    }
    decode(path, bytes)
}

/// Returns the text of a file's bytes, without a byte order mark. `path` is for messages.
///
/// # Errors
///
/// Returns [`DataError::Encoding`] if the bytes are not UTF-8.
pub fn decode(path: &Path, bytes: Vec<u8>) -> Result<String, DataError> {
    utf_8(bytes).map_err(|(found, from)| DataError::Encoding { path: path.to_owned(), found, from })
}

/// Returns the text of UTF-8 bytes, or the encoding that they probably have, with its name for
/// `iconv`.
fn utf_8(bytes: Vec<u8>) -> Result<String, (String, &'static str)> {
    let named = |name: &str, from| Err((format!("in {name}"), from));
    match bytes.as_slice() {
        [0xFF, 0xFE, 0, 0, ..] | [0, 0, 0xFE, 0xFF, ..] => return named("UTF-32", "UTF-32"),
        [0xFF, 0xFE, ..] => return named("UTF-16 (little-endian)", "UTF-16"),
        [0xFE, 0xFF, ..] => return named("UTF-16 (big-endian)", "UTF-16"),
        _ => {}
    }
    if bytes.contains(&0) {
        // In UTF-16, letters of European languages have a zero byte at the side of the byte order.
        let zeros =
            |side: usize| bytes.iter().skip(side).step_by(2).filter(|&&byte| byte == 0).count();
        return match (zeros(0), zeros(1)) {
            (first, second) if bytes.len().is_multiple_of(2) && first > 4 * second => {
                named("UTF-16 (big-endian)", "UTF-16BE")
            }
            (first, second) if bytes.len().is_multiple_of(2) && second > 4 * first => {
                named("UTF-16 (little-endian)", "UTF-16LE")
            }
            _ => Err(("no text: it has zero bytes".to_owned(), "")),
        };
    }
    match String::from_utf8(bytes) {
        Ok(mut text) => {
            if text.starts_with('\u{feff}') {
                text.remove(0);
            }
            Ok(text)
        }
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            let bytes = error.as_bytes();
            let line = 1 + bytes.iter().take(at).filter(|&&byte| byte == b'\n').count();
            let byte = bytes.get(at).copied().unwrap_or_default();
            // Windows-1252 has quotation marks and the euro sign where Latin-1 has control
            // characters.
            let windows = bytes.iter().any(|byte| (0x80..0xA0).contains(byte));
            let (name, from) =
                if windows { ("Windows-1252", "WINDOWS-1252") } else { ("Latin-1", "LATIN1") };
            Err((
                format!("not in UTF-8: it has the byte {byte:02X} in line {line}, as in {name}"),
                from,
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf_16(text: &str, order: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(order).collect()
    }

    #[test]
    fn utf_8_is_read_with_and_without_a_mark() {
        assert_eq!(utf_8("caf\u{e9}".into()).unwrap(), "caf\u{e9}");
        assert_eq!(utf_8("\u{feff}a\r\n".into()).unwrap(), "a\r\n");
        assert_eq!(utf_8(Vec::new()).unwrap(), "");
    }

    #[test]
    fn other_encodings_are_named() {
        let name = |bytes: Vec<u8>| utf_8(bytes).unwrap_err();
        for text in ["image,group\n1,a\n", "\u{feff}image,group\n", "epochs = 3\n"] {
            assert!(name(utf_16(text, u16::to_le_bytes)).0.contains("UTF-16 (little-endian)"));
            assert!(name(utf_16(text, u16::to_be_bytes)).0.contains("UTF-16 (big-endian)"));
        }
        assert_eq!(name(utf_16("a", u16::to_le_bytes)).1, "UTF-16LE");
        assert_eq!(name(b"\xFF\xFE\0\0a\0\0\0".to_vec()).1, "UTF-32");
        assert_eq!(
            name(b"a\ncaf\xE9".to_vec()),
            ("not in UTF-8: it has the byte E9 in line 2, as in Latin-1".to_owned(), "LATIN1")
        );
        assert_eq!(name(b"\x80 5".to_vec()).1, "WINDOWS-1252");
        assert_eq!(name(vec![0, 0, 0, 1]).0, "no text: it has zero bytes");
    }

    #[test]
    fn long_files_and_folders_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("long");
        std::fs::write(&path, "12345").unwrap();
        assert_eq!(read(&path, 5).unwrap(), "12345");
        assert!(
            read(&path, 4)
                .unwrap_err()
                .to_string()
                .ends_with("long has more than 4 bytes, expected a text of at most 4")
        );
        assert!(
            read(dir.path(), 4)
                .unwrap_err()
                .to_string()
                .ends_with("is not a regular file, expected a text file")
        );
    }
}
