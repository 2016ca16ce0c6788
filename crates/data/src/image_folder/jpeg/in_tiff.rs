//! Checks the JPEG strips or tiles of a TIFF, whose decoder also ignores missing parts.

use std::io::Cursor;

use tiff::decoder::Decoder;
use tiff::tags::{CompressionMethod, Tag};

use super::{END, Reason, START, check};

/// The tags of offsets and of byte counts, of strips and of tiles.
const PLACES: [(Tag, Tag); 2] =
    [(Tag::StripOffsets, Tag::StripByteCounts), (Tag::TileOffsets, Tag::TileByteCounts)];

/// Returns an error if `bytes` are a TIFF whose first picture is coded by JPEG and incomplete.
///
/// An invalid directory is left to the decoder.
pub(in super::super) fn check_tiff(bytes: &[u8]) -> Result<(), Reason> {
    let Ok(mut tiff) = Decoder::new(Cursor::new(bytes)) else { return Ok(()) };
    let compression: Option<u16> = tiff.find_tag_unsigned(Tag::Compression).ok().flatten();
    if compression != Some(CompressionMethod::ModernJPEG.to_u16()) {
        return Ok(());
    }
    let tables = tiff.get_tag_u8_vec(Tag::JPEGTables).unwrap_or_default();
    let tables = tables.strip_suffix(&END).unwrap_or(&START);
    for (offsets, counts) in PLACES {
        let (Some(offsets), Some(counts)) =
            (numbers(&mut tiff, offsets), numbers(&mut tiff, counts))
        else {
            continue;
        };
        for (number, (&offset, &count)) in offsets.iter().zip(&counts).enumerate() {
            let (from, to) = (offset as usize, (offset as usize).saturating_add(count as usize));
            let strip = bytes.get(from..to).and_then(|strip| strip.strip_prefix(&START));
            let whole = strip.ok_or_else(|| "it is missing or cut short".to_owned());
            let checked = whole.and_then(|strip| check(&[tables, strip].concat()));
            checked
                .map_err(|reason| format!("part {} of {}: {reason}", number + 1, offsets.len()))?;
        }
    }
    Ok(())
}

/// Returns the numbers of a tag of the first directory.
fn numbers(tiff: &mut Decoder<Cursor<&[u8]>>, tag: Tag) -> Option<Vec<u32>> {
    tiff.find_tag_unsigned_vec(tag).ok().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file with two strips, written by Pillow in `tests/goldens/jpeg.py`.
    const FILE: &[u8] = include_bytes!("../../../tests/goldens/jpeg/strips.tif");

    #[test]
    fn a_strip_that_is_not_whole_is_named() {
        assert_eq!(check_tiff(FILE), Ok(()));
        let mut tiff = Decoder::new(Cursor::new(FILE)).unwrap();
        let [offsets, counts] =
            [PLACES[0].0, PLACES[0].1].map(|tag| numbers(&mut tiff, tag).unwrap());
        assert_eq!(offsets.len(), 2);
        let mut zeroed = FILE.to_vec();
        let middle = (offsets[1] + counts[1] / 2) as usize;
        zeroed[middle..(offsets[1] + counts[1]) as usize].fill(0);
        assert!(check_tiff(&zeroed).unwrap_err().starts_with("part 2 of 2: "));
        let mut ended = FILE.to_vec();
        let middle = (offsets[0] + counts[0] / 2) as usize;
        ended[middle..middle + 2].copy_from_slice(&END);
        assert!(check_tiff(&ended).unwrap_err().starts_with("part 1 of 2: its data end"));
    }

    #[test]
    fn any_directory_ends_in_an_answer() {
        for at in 0..FILE.len().min(400) {
            for value in [0, 1, 0x7F, 0xFF] {
                let mut bytes = FILE.to_vec();
                bytes[at] = value;
                let _ = check_tiff(&bytes);
                let _ = check_tiff(&bytes[..at]);
            }
        }
    }
}
