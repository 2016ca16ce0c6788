//! Detects zeros that a damaged disk or download left in place of data.

use super::Reason;
use super::bits::{Bits, Interval};

/// The length of a run of zero bytes from which it is examined.
const SHORTEST: usize = 32;
/// The number of coefficients other than 0 in such a run that no picture has.
///
/// Zeros are valid codes. A flat part of a picture may consist of zeros, since each block then has
/// the codes "no change" and "no coefficient". A long sequence of coefficients that are all coded
/// by zeros is noise that no encoder writes.
const MOST: usize = 16;

/// The long runs of zero bytes of an interval, and the coefficients that were decoded from them.
pub(super) struct Zeros {
    runs: Vec<[usize; 2]>,
    coefficients: usize,
}

impl Zeros {
    pub(super) fn of(interval: &Interval) -> Self {
        Self { runs: interval.zero_runs(SHORTEST), coefficients: 0 }
    }

    /// Returns whether there are any runs.
    #[inline]
    pub(super) fn any(&self) -> bool {
        !self.runs.is_empty()
    }

    /// Records a coefficient of `size` bits that was read from bit `from` on.
    #[inline]
    pub(super) fn note(&mut self, size: u32, from: usize, bits: &Bits<'_>) {
        if size == 0 || self.runs.is_empty() {
            return;
        }
        let before = self.runs.partition_point(|run| run[0] <= from);
        if before > 0 && bits.taken() <= self.runs[before - 1][1] {
            self.coefficients += 1;
        }
    }

    pub(super) fn check(&self) -> Result<(), Reason> {
        if self.coefficients > MOST {
            return Err("zeros are in place of a part of its data".to_owned());
        }
        Ok(())
    }
}
