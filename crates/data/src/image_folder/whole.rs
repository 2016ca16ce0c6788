//! Checks that a file is complete where its decoder does not, and adds a missing end marker.

use std::borrow::Cow;

use super::jpeg::{self, Whole};

const PNG: &[u8; 8] = b"\x89PNG\r\n\x1a\n";
/// The last chunk of a PNG.
const IEND: [u8; 12] = [0, 0, 0, 0, b'I', b'E', b'N', b'D', 0xAE, 0x42, 0x60, 0x82];

/// Returns the bytes to decode: those of the file, with an end marker if only that is missing.
///
/// The decoders of PNG, GIF, BMP and TIFF refuse truncated data themselves; those of JPEG and WebP
/// do not.
///
/// # Errors
///
/// Returns the problem as the second half of a sentence.
pub(super) fn check(bytes: &[u8]) -> Result<Cow<'_, [u8]>, String> {
    if bytes.starts_with(PNG) {
        return Ok(with_iend(bytes));
    }
    if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        check_webp(bytes)?;
        return Ok(Cow::Borrowed(bytes));
    }
    jpeg::check_tiff(bytes)?;
    Ok(match jpeg::check(bytes)? {
        Whole::WithoutEnd { at } => {
            Cow::Owned([bytes.get(..at).unwrap_or(bytes), &jpeg::END].concat())
        }
        Whole::Ended | Whole::Unknown => Cow::Borrowed(bytes),
    })
}

/// Completes a PNG whose last chunk is missing, as a whole or in part.
fn with_iend(bytes: &[u8]) -> Cow<'_, [u8]> {
    let mut at = PNG.len();
    while let Some([a, b, c, d, ..]) = bytes.get(at..) {
        let length = u32::from_be_bytes([*a, *b, *c, *d]) as usize;
        match at
            .checked_add(length)
            .and_then(|end| end.checked_add(IEND.len()))
            .filter(|end| *end <= bytes.len())
        {
            Some(end) if bytes.get(at + 4..at + 8) != Some(b"IEND") => at = end,
            Some(_) => return Cow::Borrowed(bytes),
            None => break,
        }
    }
    match bytes.get(at..) {
        Some(rest) if IEND.starts_with(rest) && at > PNG.len() => {
            Cow::Owned([&bytes[..at], &IEND].concat())
        }
        _ => Cow::Borrowed(bytes),
    }
}

/// Returns an error if a WebP is shorter than it says, as a whole or in a chunk.
fn check_webp(bytes: &[u8]) -> Result<(), String> {
    let number =
        |at: usize| Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?) as usize);
    let cut = |expected: usize| {
        format!("it is cut short: it has {} bytes, expected {expected}", bytes.len())
    };
    let end = number(4).unwrap_or(0).saturating_add(8);
    let (mut at, mut odd) = (12, 0);
    while at + 8 <= end.min(bytes.len()) {
        let length = number(at + 4).unwrap_or(0);
        let next = at.saturating_add(8).saturating_add(length);
        if next > bytes.len() {
            return Err(cut(next));
        }
        odd = length % 2;
        at = next + odd;
    }
    // The padding byte after an odd number of bytes may be missing.
    if bytes.len() + odd < end {
        return Err(cut(end));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use image::{ImageFormat, Rgb, RgbImage};

    use super::*;

    fn encoded(format: ImageFormat) -> Vec<u8> {
        let image =
            RgbImage::from_fn(23, 17, |x, y| Rgb([x as u8 * 11, y as u8 * 13, (x * y) as u8]));
        let mut bytes = Cursor::new(Vec::new());
        image.write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    #[test]
    fn a_png_without_its_last_chunk_gets_it() {
        let whole = encoded(ImageFormat::Png);
        for missing in 0..=12 {
            assert_eq!(
                check(&whole[..whole.len() - missing]).unwrap(),
                whole,
                "{missing} bytes missing"
            );
        }
        let cut = &whole[..whole.len() - 13];
        assert_eq!(check(cut).unwrap(), cut);
        assert!(image::load_from_memory(cut).is_err());
        let trailing = [&whole[..], &[7; 30]].concat();
        assert_eq!(check(&trailing).unwrap(), trailing);
    }

    #[test]
    fn a_webp_shorter_than_it_says_is_refused() {
        let whole = encoded(ImageFormat::WebP);
        assert!(check(&whole).is_ok() && check(&[&whole[..], b"more"].concat()).is_ok());
        for cut in (16..whole.len() - 1).step_by(7) {
            assert!(check(&whole[..cut]).unwrap_err().starts_with("it is cut short"), "{cut}");
            let missing = [&whole[..cut - 3], &whole[cut..]].concat();
            assert!(check(&missing).is_err(), "{cut}");
        }
    }
}
