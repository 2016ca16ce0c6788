//! Copies a factor of a product to tiles of bfloat16.

use crate::bf16::round;
use crate::matrix::Matrix;

/// The lines of a tile: rows of the left factor, or columns of the right one.
pub(super) const LINES: usize = 16;
/// The entries of each line that a tile holds.
pub(super) const DEPTH: usize = 32;
/// The words of each line of a tile.
pub(super) const PAIRS: usize = DEPTH / 2;

/// The words of a tile. Each holds two neighbouring entries of a line, the first in the lower half.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
pub(super) struct Tile([u32; LINES * PAIRS]);

impl Tile {
    pub(super) const ZERO: Self = Self([0; LINES * PAIRS]);

    pub(super) const fn words(&self) -> &[u32; LINES * PAIRS] {
        &self.0
    }
}

/// The order of the words of a tile.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// Line by line, as for the left factor.
    Lines,
    /// The first pair of all lines, then the second, as for the right factor.
    Entries,
}

/// A factor as lines whose entries are multiplied with those of the other factor and added.
pub(super) struct Lines<'a> {
    values: &'a [f32],
    count: usize,
    entries: usize,
    line_stride: usize,
    entry_stride: usize,
}

impl<'a> Lines<'a> {
    /// Returns the rows of the left factor.
    pub(super) fn rows_of(left: &Matrix<'a>) -> Self {
        let ([count, entries], [line_stride, entry_stride]) = (left.dims(), left.strides());
        Self { values: left.values(), count, entries, line_stride, entry_stride }
    }

    /// Returns the columns of the right factor.
    pub(super) fn columns_of(right: &Matrix<'a>) -> Self {
        let ([entries, count], [entry_stride, line_stride]) = (right.dims(), right.strides());
        Self { values: right.values(), count, entries, line_stride, entry_stride }
    }
}

/// Rounds and copies the lines from `first` on to tiles, `DEPTH` entries to each. What is beyond
/// the last line or entry is 0.
#[multiversion::multiversion(targets = "simd")]
pub(super) fn pack(source: &Lines<'_>, first: usize, order: Order, tiles: &mut [Tile]) {
    let Lines { values, line_stride, entry_stride, .. } = *source;
    let lines = source.count.saturating_sub(first).min(LINES);
    for (i, Tile(words)) in tiles.iter_mut().enumerate() {
        let entry = i * DEPTH;
        let entries = source.entries.saturating_sub(entry).min(DEPTH);
        let start = first * line_stride + entry * entry_stride;
        let is_whole = lines == LINES && entries == DEPTH;
        if is_whole && entry_stride == 1 {
            for (line, words) in words.chunks_exact_mut(PAIRS).enumerate() {
                let line = &values[start + line * line_stride..][..DEPTH];
                for (word, pair) in words.iter_mut().zip(line.chunks_exact(2)) {
                    *word = joined(pair[0], pair[1]);
                }
            }
            if order == Order::Entries {
                transpose(words);
            }
        } else if is_whole && line_stride == 1 {
            for (pair, words) in words.chunks_exact_mut(LINES).enumerate() {
                let start = start + 2 * pair * entry_stride;
                let (even, odd) = (&values[start..][..LINES], &values[start + entry_stride..]);
                for ((word, even), odd) in words.iter_mut().zip(even).zip(odd) {
                    *word = joined(*even, *odd);
                }
            }
            if order == Order::Lines {
                transpose(words);
            }
        } else {
            let at = |line: usize, entry: usize| {
                let inside = line < lines && entry < entries;
                if inside { values[start + line * line_stride + entry * entry_stride] } else { 0.0 }
            };
            for line in 0..LINES {
                for pair in 0..PAIRS {
                    let place = match order {
                        Order::Lines => line * PAIRS + pair,
                        Order::Entries => pair * LINES + line,
                    };
                    words[place] = joined(at(line, 2 * pair), at(line, 2 * pair + 1));
                }
            }
        }
    }
}

#[allow(clippy::inline_always, reason = "takes the instructions of the caller")]
#[inline(always)]
fn joined(even: f32, odd: f32) -> u32 {
    round(even) | round(odd) << 16
}

/// Transposes a square of `LINES` x `PAIRS` words.
#[allow(clippy::inline_always, reason = "takes the instructions of the caller")]
#[inline(always)]
fn transpose(words: &mut [u32; LINES * PAIRS]) {
    let before = *words;
    for i in 0..LINES {
        for j in 0..PAIRS {
            words[i * PAIRS + j] = before[j * LINES + i];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each entry of each line is at its place, rounded, whatever the layout of the source; what is
    /// beyond is 0.
    #[test]
    fn tiles_hold_the_lines() {
        for (lines, entries) in [(1, 1), (15, 31), (16, 32), (17, 33), (40, 70), (32, 64)] {
            let values: Vec<f32> = (0..lines * entries).map(|i| i as f32 + 1.0).collect();
            for [line_stride, entry_stride] in [[entries, 1], [1, lines]] {
                let source =
                    Lines { values: &values, count: lines, entries, line_stride, entry_stride };
                for order in [Order::Lines, Order::Entries] {
                    for first in (0..=lines.div_ceil(LINES)).map(|group| group * LINES) {
                        let mut tiles = vec![Tile([7; LINES * PAIRS]); entries.div_ceil(DEPTH)];
                        pack(&source, first, order, &mut tiles);
                        for (i, tile) in tiles.iter().enumerate() {
                            check(&source, [first, i * DEPTH], order, tile);
                        }
                    }
                }
            }
        }
    }

    #[track_caller]
    fn check(source: &Lines<'_>, [first, start]: [usize; 2], order: Order, Tile(words): &Tile) {
        for line in 0..LINES {
            for pair in 0..PAIRS {
                let at = |entry: usize| {
                    let [line, entry] = [first + line, start + entry];
                    if line < source.count && entry < source.entries {
                        let place = line * source.line_stride + entry * source.entry_stride;
                        round(source.values[place])
                    } else {
                        0
                    }
                };
                let place = match order {
                    Order::Lines => line * PAIRS + pair,
                    Order::Entries => pair * LINES + line,
                };
                let expected = at(2 * pair) | at(2 * pair + 1) << 16;
                assert_eq!(words[place], expected, "line {first} + {line}, {start} + {pair} pairs");
            }
        }
    }
}
