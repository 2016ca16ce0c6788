//! Huffman tables that give the number of bits to skip.

use super::Reason;
use super::bits::Bits;

/// The longest code in bits that one table lookup decodes.
pub(super) const LOOKAHEAD: u32 = 10;
const SIZE: usize = 1 << LOOKAHEAD;
const BAD_TABLE: &str = "its Huffman tables are damaged";

/// The lengths and values of a table of the file.
#[derive(Clone)]
pub(super) struct Huffman {
    /// For codes of 1 to 16 bits: the first code after those of this length, aligned to the top of
    /// 16 bits.
    limits: [u32; 17],
    /// The offset from a code of a length to the position of its value.
    offsets: [i32; 17],
    values: Vec<u8>,
    /// For the next [`LOOKAHEAD`] bits: the length of the code, 0 if it is longer, and its value.
    first: Box<[(u8, u8); SIZE]>,
}

/// Codes of AC coefficients, several at a time: one step per value of the next [`LOOKAHEAD`] bits.
pub(super) struct Packed(Box<[Step; SIZE]>);

/// The result of several codes, packed into one word, since these lookups take most of the time.
#[derive(Clone, Copy, Default)]
pub(super) struct Step(u16);

impl Step {
    const ENDS: u16 = 1 << 7;

    fn new(bits: u32, coefficients: u32, ends: bool) -> Self {
        Self(bits as u16 | (u16::from(ends) * Self::ENDS) | ((coefficients as u16) << 8))
    }

    /// Returns the number of bits of the codes and their coefficients; 0 if the first code is too
    /// long.
    #[inline]
    pub(super) fn bits(self) -> u32 {
        u32::from(self.0 & 0x7F)
    }

    /// Returns the number of coefficients that they advance.
    #[inline]
    pub(super) fn coefficients(self) -> u32 {
        u32::from(self.0 >> 8)
    }

    /// Returns whether the last code ends the block.
    #[inline]
    pub(super) fn ends(self) -> bool {
        self.0 & Self::ENDS != 0
    }
}

impl Huffman {
    /// Creates a table from the numbers of codes of 1 to 16 bits, and their values.
    pub(super) fn new(counts: &[u8; 16], values: &[u8]) -> Result<Self, Reason> {
        let mut first = Box::new([(0, 0); SIZE]);
        let (mut limits, mut offsets) = ([0; 17], [0; 17]);
        let (mut code, mut place) = (0_u32, 0_usize);
        for length in 1..=16_u32 {
            let count = u32::from(counts[length as usize - 1]);
            offsets[length as usize] = place as i32 - code as i32;
            for value in values.get(place..place + count as usize).ok_or(BAD_TABLE)? {
                if code >= 1 << length {
                    return Err(BAD_TABLE.to_owned());
                }
                if length <= LOOKAHEAD {
                    let start = (code << (LOOKAHEAD - length)) as usize;
                    first[start..start + (1 << (LOOKAHEAD - length))].fill((length as u8, *value));
                }
                code += 1;
            }
            place += count as usize;
            limits[length as usize] = code << (16 - length);
            code <<= 1;
        }
        Ok(Self { limits, offsets, values: values[..place].to_vec(), first })
    }

    /// Returns the next value; `None` if no code matches. At least 16 bits must be available.
    #[inline]
    pub(super) fn value(&self, bits: &mut Bits<'_>) -> Option<u8> {
        let (length, value) = self.first[bits.peek(LOOKAHEAD)];
        if length > 0 {
            bits.skip(u32::from(length));
            return Some(value);
        }
        self.long(bits)
    }

    #[cold]
    fn long(&self, bits: &mut Bits<'_>) -> Option<u8> {
        let next = bits.peek(16) as u32;
        let length = (1..=16).find(|&length| next < self.limits[length])?;
        let place = (next >> (16 - length)) as i32 + self.offsets[length];
        let value = *usize::try_from(place).ok().and_then(|place| self.values.get(place))?;
        bits.skip(length as u32);
        Some(value)
    }
}

impl Packed {
    pub(super) fn new(huffman: &Huffman) -> Self {
        let mut steps = Box::new([Step::default(); SIZE]);
        for (next, step) in steps.iter_mut().enumerate() {
            // The bits known, the number of them used, and their meaning.
            let (mut known, mut used, mut coefficients, mut ends) = (next, 0, 0, false);
            while used < LOOKAHEAD && !ends {
                let (length, value) = huffman.first[known];
                if length == 0 || used + u32::from(length) > LOOKAHEAD {
                    break;
                }
                let (run, size) = (u32::from(value >> 4), u32::from(value & 15));
                let bits = u32::from(length) + size;
                used += bits;
                ends = size == 0 && run < 15;
                coefficients += if ends { 0 } else { run + 1 };
                known = (known << bits) & (SIZE - 1);
            }
            *step = Step::new(used, coefficients, ends);
        }
        Self(steps)
    }

    #[inline]
    pub(super) fn step(&self, next: usize) -> Step {
        self.0[next]
    }
}
