//! The blocks of a progressive scan: one band of coefficients, or one more bit of each.

use super::bits::Bits;
use super::frame::{Frame, Scan};
use super::tables::Used;
use super::zeros::Zeros;

/// The state of a progressive scan between blocks.
pub(super) struct Band {
    first: u32,
    last: u32,
    refines: bool,
    /// The number of blocks without further coefficients in this band.
    run: u32,
    /// The coefficients of each block that are not 0, for a scan of AC coefficients.
    nonzero: Vec<u64>,
}

impl Band {
    pub(super) fn new(frame: &mut Frame, scan: &Scan) -> Self {
        let [first, last] = scan.band.map(u32::from);
        let has_ac = frame.progressive && first > 0;
        let nonzero = if has_ac {
            std::mem::take(&mut frame.components[scan.components[0].place].nonzero)
        } else {
            Vec::new()
        };
        Self { first, last, refines: scan.refines, run: 0, nonzero }
    }

    /// Resets the state after a restart marker.
    pub(super) fn begin(&mut self) {
        self.run = 0;
    }

    /// Returns the coefficients that are not 0 after the scan, if it had AC coefficients.
    pub(super) fn nonzero(self) -> Option<Vec<u64>> {
        (!self.nonzero.is_empty()).then_some(self.nonzero)
    }

    /// Skips the block of a unit; `None` if a code is in no table.
    pub(super) fn block(
        &mut self,
        used: &Used<'_>,
        part: usize,
        unit: usize,
        bits: &mut Bits<'_>,
        zeros: &mut Zeros,
    ) -> Option<()> {
        match (self.first, self.refines) {
            (0, false) => {
                let from = bits.taken();
                bits.refill();
                let size = u32::from(used.dc(part)?.value(bits)?);
                bits.skip(size);
                zeros.note(size, from, bits);
                Some(())
            }
            (0, true) => {
                bits.skip_many(1);
                Some(())
            }
            (_, false) => self.first_bits(used, unit, bits, zeros),
            (_, true) => self.next_bit(used, unit, bits),
        }
    }

    fn first_bits(
        &mut self,
        used: &Used<'_>,
        unit: usize,
        bits: &mut Bits<'_>,
        zeros: &mut Zeros,
    ) -> Option<()> {
        if self.run > 0 {
            self.run -= 1;
            return Some(());
        }
        let (ac, mask) = (used.ac(0)?, self.nonzero.get_mut(unit)?);
        let mut k = self.first;
        while k <= self.last {
            let from = bits.taken();
            bits.refill();
            let value = ac.value(bits)?;
            let (run, size) = (u32::from(value >> 4), u32::from(value & 15));
            if size > 0 {
                bits.skip(size);
                zeros.note(size, from, bits);
                k += run;
                if k > self.last {
                    return None;
                }
                *mask |= 1 << k;
                k += 1;
            } else if run == 15 {
                k += 16;
            } else {
                self.run = run_length(run, bits) - 1;
                break;
            }
        }
        Some(())
    }

    fn next_bit(&mut self, used: &Used<'_>, unit: usize, bits: &mut Bits<'_>) -> Option<()> {
        let (ac, mask) = (used.ac(0)?, self.nonzero.get_mut(unit)?);
        let mut k = self.first;
        while self.run == 0 && k <= self.last {
            bits.refill();
            let value = ac.value(bits)?;
            let (mut run, size) = (u32::from(value >> 4), value & 15);
            match size {
                0 if run < 15 => {
                    self.run = run_length(run, bits);
                    break;
                }
                0 => {}
                // The sign of a coefficient that becomes 1 or -1.
                1 => bits.skip(1),
                _ => return None,
            }
            // Each skipped coefficient that is not 0 has one bit.
            while k <= self.last {
                if *mask & (1 << k) != 0 {
                    bits.skip_many(1);
                } else if run == 0 {
                    break;
                } else {
                    run -= 1;
                }
                k += 1;
            }
            if size > 0 {
                if k > self.last {
                    return None;
                }
                *mask |= 1 << k;
            }
            k += 1;
        }
        if self.run > 0 {
            let band = (u64::MAX >> (63 - self.last)) & !((1 << k.min(63)) - 1);
            if k <= self.last {
                bits.skip_many((*mask & band).count_ones());
            }
            self.run -= 1;
        }
        Some(())
    }
}

/// Returns the number of blocks without further coefficients, including this one: 2^n and n more
/// bits.
fn run_length(n: u32, bits: &mut Bits<'_>) -> u32 {
    if n == 0 {
        return 1;
    }
    bits.refill();
    let more = bits.peek(n) as u32;
    bits.skip(n);
    (1 << n) + more
}
