//! Parses the entropy-coded data of a scan.

use super::bits::{Bits, Interval};
use super::frame::{Frame, Scan};
use super::huffman::LOOKAHEAD;
use super::progressive::Band;
use super::tables::{Tables, Used};
use super::zeros::Zeros;
use super::{RST0, Reason};

const LAST: u32 = 63;

/// Parses the data at `at` in `bytes`, and returns the position of the next marker.
pub(super) fn walk(
    bytes: &[u8],
    mut at: usize,
    frame: &mut Frame,
    scan: &Scan,
    tables: &Tables,
) -> Result<usize, Reason> {
    let blocks_alone = frame.components[scan.components[0].place].blocks;
    let [columns, rows] = if scan.components.len() == 1 { blocks_alone } else { frame.units };
    let units = columns * rows;
    let used = Used::by(scan, frame.progressive, tables);
    // The tables of each block of a unit.
    let blocks: Vec<usize> = if scan.components.len() == 1 {
        vec![0]
    } else {
        let sampling = |part: usize| frame.components[scan.components[part].place].sampling;
        (0..scan.components.len())
            .flat_map(|part| vec![part; sampling(part)[0] * sampling(part)[1]])
            .collect()
    };
    let mut band = Band::new(frame, scan);
    let mut interval = Interval::default();
    let (mut done, mut restarts) = (0, 0);
    while done < units {
        at = interval.fill(bytes, at);
        let now = if tables.restart == 0 { units } else { tables.restart.min(units - done) };
        let (mut bits, mut zeros) = (interval.bits(), Zeros::of(&interval));
        band.begin();
        for unit in done..done + now {
            let walked = match (frame.progressive, &mut band) {
                (false, _) if zeros.any() => blocks
                    .iter()
                    .try_for_each(|&part| used.block_by_codes(part, &mut bits, &mut zeros)),
                (false, _) => blocks.iter().try_for_each(|&part| used.block(part, &mut bits)),
                (true, band) => blocks
                    .iter()
                    .try_for_each(|&part| band.block(&used, part, unit, &mut bits, &mut zeros)),
            };
            walked.ok_or("its data have a code that is in no Huffman table")?;
            if bits.overrun() {
                return Err(format!("its data end after {unit} of {units} blocks of a scan"));
            }
        }
        zeros.check()?;
        if bits.left() > 0 {
            return Err(format!(
                "it has {} bytes of data too many after the last block of a scan",
                bits.left()
            ));
        }
        done += now;
        if done < units {
            match super::marker(bytes, at)? {
                Some((marker, after)) if marker == RST0 + restarts => at = after,
                _ => return Err(format!("its data end after {done} of {units} blocks of a scan")),
            }
            restarts = (restarts + 1) % 8;
        }
    }
    if let Some(nonzero) = band.nonzero() {
        frame.components[scan.components[0].place].nonzero = nonzero;
    }
    Ok(at)
}

impl Used<'_> {
    /// Skips a block that is not progressive; `None` if a code is in no table.
    #[inline]
    fn block(&self, part: usize, bits: &mut Bits<'_>) -> Option<()> {
        let (dc, ac, packed) = self.sequential(part)?;
        bits.refill();
        let size = dc.value(bits)?;
        bits.skip(u32::from(size));
        let mut k = 1;
        while k <= LAST {
            bits.refill();
            let step = packed.step(bits.peek(LOOKAHEAD));
            let next = k + step.coefficients();
            // Bits after the last coefficient belong to the next block.
            if step.bits() > 0 && next <= LAST {
                bits.skip(step.bits());
                if step.ends() {
                    break;
                }
                k = next;
                continue;
            }
            let Some((run, size)) = coefficient(ac.value(bits)?) else { break };
            bits.skip(size);
            k += run + 1;
        }
        (k <= LAST + 1).then_some(())
    }

    /// As [`block`](Self::block), code by code, to detect damage by zeros.
    fn block_by_codes(&self, part: usize, bits: &mut Bits<'_>, zeros: &mut Zeros) -> Option<()> {
        let (dc, ac, _) = self.sequential(part)?;
        let from = bits.taken();
        bits.refill();
        let size = u32::from(dc.value(bits)?);
        bits.skip(size);
        zeros.note(size, from, bits);
        let mut k = 1;
        while k <= LAST {
            let from = bits.taken();
            bits.refill();
            let Some((run, size)) = coefficient(ac.value(bits)?) else { break };
            bits.skip(size);
            zeros.note(size, from, bits);
            k += run + 1;
        }
        (k <= LAST + 1).then_some(())
    }
}

/// Returns the zeros before a coefficient and its bits; `None` at the end of a block. Sixteen zeros
/// are a coefficient of no bits.
fn coefficient(value: u8) -> Option<(u32, u32)> {
    let (run, size) = (u32::from(value >> 4), u32::from(value & 15));
    (size > 0 || run == 15).then_some((run, size))
}
