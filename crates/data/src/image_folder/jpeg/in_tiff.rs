//! Checks the JPEG strips or tiles of a TIFF, whose decoder also ignores missing parts.

use super::{END, Reason, START, check};

/// The value of the tag `COMPRESSION` for JPEG.
const JPEG: u32 = 7;
const COMPRESSION: u16 = 259;
const TABLES: u16 = 347;
/// The tags of offsets and of byte counts, of strips and of tiles.
const PLACES: [(u16, u16); 2] = [(273, 279), (324, 325)];

/// Returns an error if `bytes` are a TIFF whose first picture is coded by JPEG and incomplete.
///
/// An invalid directory is left to the decoder.
pub(in super::super) fn check_tiff(bytes: &[u8]) -> Result<(), Reason> {
    let Some(tiff) = Tiff::of(bytes) else { return Ok(()) };
    if tiff.numbers(COMPRESSION).as_deref() != Some(&[JPEG]) {
        return Ok(());
    }
    let tables =
        tiff.bytes_of(TABLES).and_then(|tables| tables.strip_suffix(&END)).unwrap_or(&START);
    for (offsets, counts) in PLACES {
        let (Some(offsets), Some(counts)) = (tiff.numbers(offsets), tiff.numbers(counts)) else {
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

/// The first directory of a file.
struct Tiff<'a> {
    bytes: &'a [u8],
    big_endian: bool,
    entries: &'a [[u8; 12]],
}

impl<'a> Tiff<'a> {
    fn of(bytes: &'a [u8]) -> Option<Self> {
        let big_endian = match bytes.get(..4)? {
            b"II*\0" => false,
            b"MM\0*" => true,
            _ => return None,
        };
        let empty = Self { bytes, big_endian, entries: &[] };
        let at = empty.number(bytes.get(4..8)?) as usize;
        let n = empty.number(bytes.get(at..at.checked_add(2)?)?) as usize;
        let entries = bytes.get(at + 2..at.checked_add(2 + 12 * n)?)?.as_chunks().0;
        Some(Self { entries, ..empty })
    }

    /// Parses a number of up to four bytes.
    fn number(&self, bytes: &[u8]) -> u32 {
        let digit = |sum: u32, byte: &u8| (sum << 8) | u32::from(*byte);
        if self.big_endian {
            bytes.iter().fold(0, digit)
        } else {
            bytes.iter().rev().fold(0, digit)
        }
    }

    /// Returns the type and the bytes of a tag's values.
    fn value(&self, tag: u16) -> Option<(u32, &'a [u8])> {
        let entry = self.entries.iter().find(|entry| self.number(&entry[..2]) == u32::from(tag))?;
        let kind = self.number(&entry[2..4]);
        let size = match kind {
            1 | 7 => 1,
            3 => 2,
            4 => 4,
            _ => return None,
        };
        let length = (self.number(&entry[4..8]) as usize).checked_mul(size)?;
        if length <= 4 {
            return Some((kind, &entry[8..8 + length]));
        }
        let at = self.number(&entry[8..]) as usize;
        Some((kind, self.bytes.get(at..at.checked_add(length)?)?))
    }

    fn bytes_of(&self, tag: u16) -> Option<&'a [u8]> {
        Some(self.value(tag)?.1)
    }

    fn numbers(&self, tag: u16) -> Option<Vec<u32>> {
        let (kind, bytes) = self.value(tag)?;
        let size = match kind {
            3 => 2,
            4 => 4,
            _ => 1,
        };
        Some(bytes.chunks_exact(size).map(|number| self.number(number)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file with two strips, written by Pillow in `tests/goldens/jpeg.py`.
    const FILE: &[u8] = include_bytes!("../../../tests/goldens/jpeg/strips.tif");

    #[test]
    fn a_strip_that_is_not_whole_is_named() {
        assert_eq!(check_tiff(FILE), Ok(()));
        let tiff = Tiff::of(FILE).unwrap();
        let (offsets, counts) = (tiff.numbers(273).unwrap(), tiff.numbers(279).unwrap());
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
