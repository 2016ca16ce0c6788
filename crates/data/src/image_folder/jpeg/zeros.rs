//! Zeros that a damaged disk or download left in place of data.

use super::Reason;
use super::bits::{Bits, Interval};

/// Zero bytes in a row that are looked at more closely.
const SHORTEST: usize = 32;
/// Coefficients other than 0 in such a run that no picture has.
///
/// Zeros are codes too. A flat part of a picture may well be zeros, as each of its blocks says "no
/// change" and "no coefficient"; coefficients that are all coded by zeros, one after the other, are
/// noise that no encoder wrote.
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

    /// Whether there are any.
    #[inline]
    pub(super) fn any(&self) -> bool {
        !self.runs.is_empty()
    }

    /// Notes a coefficient of `size` bits that was read from bit `from` on.
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
            return Err("zeros stand in place of a part of its data".to_owned());
        }
        Ok(())
    }
}
