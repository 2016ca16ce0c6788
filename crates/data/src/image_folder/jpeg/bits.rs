//! The bits between two markers.

/// The number of zero bytes after the data, so that eight bytes can be read at any position.
const PADDING: usize = 16;

/// The entropy-coded bytes of one interval, without the zeros that are stuffed after 0xFF.
#[derive(Default)]
pub(super) struct Interval {
    bytes: Vec<u8>,
    /// The number of bytes without the padding.
    length: usize,
}

impl Interval {
    /// Takes the bytes from `at` to the next marker, and returns its position.
    pub(super) fn fill(&mut self, bytes: &[u8], mut at: usize) -> usize {
        self.bytes.clear();
        while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
            let run = find_ff(rest);
            self.bytes.extend_from_slice(&rest[..run]);
            at += run;
            match rest.get(run..) {
                Some([0xFF, 0, ..]) => {
                    self.bytes.push(0xFF);
                    at += 2;
                }
                _ => break,
            }
        }
        self.length = self.bytes.len();
        self.bytes.extend_from_slice(&[0; PADDING]);
        at
    }

    pub(super) fn bits(&self) -> Bits<'_> {
        Bits { bytes: &self.bytes, at: 0, buffer: 0, count: 0, end: 8 * self.length }
    }

    /// Returns runs of at least `shortest` zero bytes, as first and last bit.
    pub(super) fn zero_runs(&self, shortest: usize) -> Vec<[usize; 2]> {
        let bytes = &self.bytes[..self.length];
        // Every run of 23 bytes contains two words of zeros. Most files have none, and are finished
        // here.
        let words = |i: usize| bytes.as_chunks::<8>().0[i] == [0; 8];
        let n = bytes.len() / 8;
        if !(1..n).any(|i| words(i) && words(i - 1)) {
            return Vec::new();
        }
        let (mut runs, mut start) = (Vec::new(), 0);
        for (i, &byte) in bytes.iter().chain(&[1]).enumerate() {
            if byte != 0 {
                if i - start >= shortest {
                    runs.push([8 * start, 8 * i]);
                }
                start = i + 1;
            }
        }
        runs
    }
}

/// Returns the position of the first 0xFF, or the length.
fn find_ff(bytes: &[u8]) -> usize {
    let (words, _) = bytes.as_chunks::<16>();
    let clean = words
        .iter()
        .take_while(|word| word.iter().fold(0, |any, &byte| any | u8::from(byte == 0xFF)) == 0)
        .count();
    let from = 16 * clean;
    from + bytes[from..].iter().position(|&byte| byte == 0xFF).unwrap_or(bytes.len() - from)
}

/// A reader of bits, the highest of a byte first. Beyond the end it returns zeros, and counts the
/// bits read.
pub(super) struct Bits<'a> {
    bytes: &'a [u8],
    /// The position of the next byte.
    at: usize,
    /// The next bits, from the top. Bits below `count` are read again.
    buffer: u64,
    count: u32,
    end: usize,
}

impl Bits<'_> {
    /// Makes at least 56 bits available.
    #[inline]
    pub(super) fn refill(&mut self) {
        if let Some(next) =
            self.bytes.get(self.at..self.at + 8).and_then(|next| next.try_into().ok())
        {
            self.buffer |= u64::from_be_bytes(next) >> self.count;
            let taken = (63 - self.count) / 8;
            self.at += taken as usize;
            self.count += 8 * taken;
        } else {
            self.refill_beyond();
        }
    }

    #[cold]
    fn refill_beyond(&mut self) {
        while self.count < 56 {
            let byte = self.bytes.get(self.at).copied().unwrap_or(0);
            self.buffer |= u64::from(byte) << (56 - self.count);
            self.at += 1;
            self.count += 8;
        }
    }

    /// Returns the next `n` available bits, 1 to 32.
    #[inline]
    pub(super) fn peek(&self, n: u32) -> usize {
        (self.buffer >> (64 - n)) as usize
    }

    /// Skips `n` available bits, fewer than 64.
    #[inline]
    pub(super) fn skip(&mut self, n: u32) {
        self.buffer <<= n;
        self.count -= n;
    }

    /// Skips any number of bits.
    pub(super) fn skip_many(&mut self, mut n: u32) {
        while n > 0 {
            self.refill();
            let now = n.min(48);
            self.skip(now);
            n -= now;
        }
    }

    /// Returns the number of bits read since the beginning.
    #[inline]
    pub(super) fn taken(&self) -> usize {
        8 * self.at - self.count as usize
    }

    /// Returns whether more bits were read than exist.
    #[inline]
    pub(super) fn overrun(&self) -> bool {
        self.taken() > self.end
    }

    /// Returns the number of whole bytes that were not read.
    pub(super) fn left(&self) -> usize {
        self.end.saturating_sub(self.taken()) / 8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stuffed_zeros_are_left_out_and_markers_end() {
        let mut interval = Interval::default();
        let mut bytes: Vec<u8> = (0..40).collect();
        bytes.extend([0xFF, 0, 7, 0xFF, 0xFF, 0xD9]);
        assert_eq!(interval.fill(&bytes, 1), 43);
        let mut expected: Vec<u8> = (1..40).collect();
        expected.extend([0xFF, 7]);
        let mut bits = interval.bits();
        for byte in &expected {
            assert!(!bits.overrun() && bits.left() > 0);
            bits.refill();
            assert_eq!(bits.peek(8), usize::from(*byte));
            bits.skip(8);
        }
        assert_eq!((bits.left(), bits.overrun()), (0, false));
        bits.skip_many(1);
        assert!(bits.overrun());
        bits.skip_many(10_000);
        assert_eq!(bits.taken(), 8 * expected.len() + 10_001);
    }

    #[test]
    fn runs_of_zeros_are_found() {
        let mut interval = Interval::default();
        let mut bytes = vec![1; 100];
        bytes[5..40].fill(0);
        bytes[60..91].fill(0);
        interval.fill(&bytes, 0);
        assert_eq!(interval.zero_runs(32), [[40, 320]]);
        assert_eq!(interval.zero_runs(30), [[40, 320], [480, 728]]);
    }
}
