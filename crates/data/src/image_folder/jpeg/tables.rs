//! The current Huffman tables, and those of a scan.

use super::frame::Scan;
use super::huffman::{Huffman, Packed};
use super::{Reason, standard_tables};

const BAD: &str = "its Huffman tables are damaged";
/// The largest number of bits of a DC coefficient.
const MOST_DC_BITS: u8 = 15;

/// The current tables, and the number of units between two restart markers (0: none).
#[derive(Default)]
pub(super) struct Tables {
    dc: [Option<Huffman>; 4],
    ac: [Option<Huffman>; 4],
    pub restart: usize,
}

impl Tables {
    /// Stores the tables of a DHT segment.
    pub(super) fn huffman(&mut self, mut segment: &[u8]) -> Result<(), Reason> {
        while let Some((&kind, rest)) = segment.split_first() {
            let (counts, rest) = rest.split_first_chunk::<16>().ok_or(BAD)?;
            let n: usize = counts.iter().map(|&count| usize::from(count)).sum();
            let values = rest.get(..n).filter(|_| n <= 256).ok_or(BAD)?;
            let (is_ac, place) = (kind >> 4, usize::from(kind & 15));
            let dc_fits = is_ac == 1 || values.iter().all(|&bits| bits <= MOST_DC_BITS);
            let tables = if is_ac == 0 { &mut self.dc } else { &mut self.ac };
            let table = tables.get_mut(place).filter(|_| is_ac <= 1 && dc_fits).ok_or(BAD)?;
            *table = Some(Huffman::new(counts, values)?);
            segment = &rest[n..];
        }
        Ok(())
    }

    /// Stores the number of units of a DRI segment.
    pub(super) fn restart(&mut self, segment: &[u8]) -> Result<(), Reason> {
        let [high, low] = *segment else {
            return Err("its restart interval is damaged".to_owned());
        };
        self.restart = usize::from(u16::from_be_bytes([high, low]));
        Ok(())
    }

    /// Completes the tables of a scan by those of motion JPEG, whose frames have none.
    pub(super) fn complete(&mut self, scan: &Scan, progressive: bool) -> Result<(), Reason> {
        let (needs_dc, needs_ac) = needs(scan, progressive);
        for part in &scan.components {
            for (needed, tables, standard, place) in [
                (needs_dc, &mut self.dc, standard_tables::DC, part.dc),
                (needs_ac, &mut self.ac, standard_tables::AC, part.ac),
            ] {
                if needed && tables[place].is_none() {
                    let (counts, values) =
                        standard.get(place).ok_or("a Huffman table of its data is missing")?;
                    tables[place] = Some(Huffman::new(counts, values)?);
                }
            }
        }
        Ok(())
    }
}

/// Whether a scan has codes of DC and of AC coefficients.
fn needs(scan: &Scan, progressive: bool) -> (bool, bool) {
    (scan.band[0] == 0 && !scan.refines, !progressive || scan.band[0] > 0)
}

/// The tables of each component of a scan.
pub(super) struct Used<'a> {
    parts: Vec<(Option<&'a Huffman>, Option<&'a Huffman>, usize)>,
    packed: Vec<(usize, Packed)>,
}

impl<'a> Used<'a> {
    pub(super) fn by(scan: &Scan, progressive: bool, tables: &'a Tables) -> Self {
        let mut used = Self { parts: Vec::new(), packed: Vec::new() };
        for part in &scan.components {
            let (dc, ac) = (tables.dc[part.dc].as_ref(), tables.ac[part.ac].as_ref());
            let known = used.packed.iter().position(|(number, _)| *number == part.ac);
            let place = known.unwrap_or(used.packed.len());
            if let (None, Some(ac), false) = (known, ac, progressive) {
                used.packed.push((part.ac, Packed::new(ac)));
            }
            used.parts.push((dc, ac, place));
        }
        used
    }

    /// Returns the tables of a component in a scan that is not progressive.
    #[inline]
    pub(super) fn sequential(&self, part: usize) -> Option<(&Huffman, &Huffman, &Packed)> {
        let (dc, ac, packed) = self.parts[part];
        Some((dc?, ac?, &self.packed.get(packed)?.1))
    }

    #[inline]
    pub(super) fn dc(&self, part: usize) -> Option<&Huffman> {
        self.parts[part].0
    }

    #[inline]
    pub(super) fn ac(&self, part: usize) -> Option<&Huffman> {
        self.parts[part].1
    }
}
