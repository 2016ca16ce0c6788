//! Checks that a JPEG is complete, by parsing its entropy-coded data before a decoder, which would
//! ignore errors.
//!
//! Decoders paint missing blocks grey without an error. This check reads every Huffman code of
//! every scan and computes no pixel. It refuses what libjpeg warns of: data that end before the
//! last block or continue after it, codes that are in no table, restart markers out of sequence,
//! scans that do not match earlier ones. In addition, every component and, in a progressive file,
//! every coefficient in full precision must be present, and zeros must not replace codes. Bytes
//! after the end are ignored, and the end marker may be missing. Source: ITU-T T.81, annexes B, F
//! and G.

mod bits;
mod frame;
mod huffman;
mod in_tiff;
mod progressive;
mod scan;
mod standard_tables;
mod tables;
mod zeros;

use frame::{Frame, Scan};
pub(super) use in_tiff::check_tiff;
use tables::Tables;

/// The first bytes of a JPEG.
const START: [u8; 2] = [0xFF, SOI];
/// The last bytes of a JPEG.
pub(super) const END: [u8; 2] = [0xFF, EOI];
const SOF0: u8 = 0xC0;
const SOF2: u8 = 0xC2;
const DHT: u8 = 0xC4;
const RST0: u8 = 0xD0;
const SOI: u8 = 0xD8;
const EOI: u8 = 0xD9;
const SOS: u8 = 0xDA;
const DRI: u8 = 0xDD;
const APP1: u8 = 0xE1;

/// The problem of a file, as the second half of a sentence.
type Reason = String;

/// The kind of a complete file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whole {
    /// Not a JPEG, or one of a kind that no decoder here reads.
    Unknown,
    /// A JPEG with its end marker.
    Ended,
    /// A JPEG with all its pixels up to `at`, without an end marker.
    WithoutEnd {
        /// The number of bytes that belong to it.
        at: usize,
    },
}

/// Returns an error if `bytes` are a JPEG with missing or damaged parts.
pub(super) fn check(bytes: &[u8]) -> Result<Whole, Reason> {
    if !bytes.starts_with(&START) {
        return Ok(Whole::Unknown);
    }
    let mut tables = Tables::default();
    let mut frame: Option<Frame> = None;
    let mut at = START.len();
    loop {
        let Some((marker, after)) = marker(bytes, at)? else {
            return end(frame.as_ref(), Whole::WithoutEnd { at });
        };
        match marker {
            EOI => return end(frame.as_ref(), Whole::Ended),
            // Another picture begins after one without an end marker.
            SOI => return end(frame.as_ref(), Whole::WithoutEnd { at }),
            0x01 | 0xD0..=0xD7 => {
                at = after;
                continue;
            }
            _ => {}
        }
        let segment = segment(bytes, after)?;
        at = after + 2 + segment.len();
        match marker {
            SOF0..=SOF2 if frame.is_some() => {
                return Err("it has a second frame: two files are glued together".to_owned());
            }
            SOF0..=SOF2 => frame = Some(Frame::parse(segment, marker == SOF2)?),
            // Lossless, hierarchical and arithmetic coding.
            0xC3 | 0xC5..=0xC7 | 0xC9..=0xCF => return Ok(Whole::Unknown),
            DHT => tables.huffman(segment)?,
            DRI => tables.restart(segment)?,
            SOS => {
                let frame = frame.as_mut().ok_or("it has a scan before its frame header")?;
                let scan = Scan::parse(segment, frame)?;
                tables.complete(&scan, frame.progressive)?;
                at = scan::walk(bytes, at, frame, &scan, &tables)?;
            }
            _ => {}
        }
    }
}

/// Returns whether `bytes` are a JPEG without EXIF data before its first scan.
pub(super) fn lacks_exif(bytes: &[u8]) -> bool {
    let mut at = START.len();
    while bytes.starts_with(&START)
        && let Ok(Some((marker, after))) = marker(bytes, at)
        && let Ok(segment) = segment(bytes, after)
    {
        match marker {
            APP1 if segment.starts_with(b"Exif") => return false,
            SOS => return true,
            _ => at = after + 2 + segment.len(),
        }
    }
    false
}

/// Returns the next marker and its end; `None` at the end of the bytes.
fn marker(bytes: &[u8], at: usize) -> Result<Option<(u8, usize)>, Reason> {
    let rest = bytes.get(at..).unwrap_or_default();
    match rest {
        [] | [0xFF] => Ok(None),
        [0xFF, ..] => {
            let fill = rest.iter().take_while(|&&byte| byte == 0xFF).count();
            match rest.get(fill) {
                Some(0) => Err("it has data where a marker belongs".to_owned()),
                Some(&marker) => Ok(Some((marker, at + fill + 1))),
                None => Ok(None),
            }
        }
        _ => {
            let stray = rest
                .windows(2)
                .position(|pair| pair[0] == 0xFF && pair[1] != 0)
                .unwrap_or(rest.len());
            Err(format!("it has {stray} bytes of data too many before a marker"))
        }
    }
}

/// Returns the content of the segment whose length is at `at`.
fn segment(bytes: &[u8], at: usize) -> Result<&[u8], Reason> {
    let length = match bytes.get(at..) {
        Some([high, low, ..]) => usize::from(u16::from_be_bytes([*high, *low])),
        _ => 0,
    };
    bytes
        .get(at + 2..at + length.max(2))
        .filter(|_| length >= 2)
        .ok_or_else(|| "it is cut short in its headers".to_owned())
}

/// Returns the kind of a file that ends here.
fn end(frame: Option<&Frame>, whole: Whole) -> Result<Whole, Reason> {
    frame.ok_or("it has no frame: it is cut short in its headers")?.check_complete()?;
    Ok(whole)
}

#[cfg(test)]
mod tests;
