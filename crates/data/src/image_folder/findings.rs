//! Findings about decoded images that the user should know: lost brightness, drawings that become
//! invisible.

use serde::{Deserialize, Serialize};

use super::ImageDecoder;

/// The bit depths of common sensors; 16 bits use the full range of a sample.
const DEPTHS: [u8; 5] = [8, 10, 12, 14, FULL_DEPTH];
/// The depth of samples that use all of their 16 bits.
pub(super) const FULL_DEPTH: u8 = 16;

/// Counts of decoded files by finding.
///
/// ```
/// use zunder_data::image_folder::Findings;
///
/// assert_eq!(Findings::default().images, 0);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Findings {
    /// The number of files that were decoded.
    pub images: u64,
    /// Files with 16-bit samples, by the number of bits of their highest sample: at most 8, 10, 12,
    /// 14, 16.
    pub deep: [u64; 5],
    /// Files with samples above the largest one that is not clipped (by [`ImageDecoder::depth`], or
    /// 1 for floating-point numbers).
    pub cut_off: u64,
    /// Files with a transparent background whose drawing has the colour of the new background and
    /// becomes invisible.
    pub vanished: u64,
    /// Files with content of which scaling and cropping leave a single colour.
    pub scaled_away: u64,
}

impl Findings {
    /// Adds the counts of other files.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            images: self.images + other.images,
            deep: std::array::from_fn(|i| self.deep[i] + other.deep[i]),
            cut_off: self.cut_off + other.cut_off,
            vanished: self.vanished + other.vanished,
            scaled_away: self.scaled_away + other.scaled_away,
        }
    }

    /// Returns one sentence for each effect of `decoder` on these files that may be a mistake, with
    /// the setting to change.
    pub fn remarks(&self, decoder: &ImageDecoder) -> Vec<String> {
        let mut remarks = Vec::new();
        remarks.extend(self.dark(decoder.depth));
        if self.cut_off > 0 {
            let (bits, most) = (decoder.depth, decoder.highest());
            remarks.push(format!(
                "{} of {} image files have samples above {most}, the most of {bits} bits (of \
                 floating-point numbers: \
                 above 1): they are cut off; choose more bits with data.image_folder.depth",
                self.cut_off, self.images
            ));
        }
        if self.vanished > 0 {
            let light =
                decoder.background.iter().map(|&level| u32::from(level)).sum::<u32>() > 3 * 127;
            let (now, other) =
                (decoder.background, if light { "[0,0,0]" } else { "[255,255,255]" });
            remarks.push(format!(
                "{} of {} image files are drawn in the colour of the background {now:?} on a \
                 transparent ground, and vanish; \
                 lay them on another with --set 'data.image_folder.background={other}'",
                self.vanished, self.images
            ));
        }
        if self.scaled_away > 0 {
            let (height, width) = (decoder.shape.height, decoder.shape.width);
            remarks.push(format!(
                "{} of {} image files become one colour when they are scaled and cut to \
                 {height}x{width} pixels; \
                 choose another --image-size, or data.image_folder.resize=\"pad\"",
                self.scaled_away, self.images
            ));
        }
        remarks
    }

    /// Returns the remark if most 16-bit files use a small part of the range.
    fn dark(&self, depth: u8) -> Option<String> {
        let files: u64 = self.deep.iter().sum();
        let below: u64 = self
            .deep
            .iter()
            .zip(DEPTHS)
            .filter(|&(_, bits)| bits + 2 <= depth)
            .map(|(n, _)| n)
            .sum();
        if below == 0 || 2 * below <= files {
            return None;
        }
        let needed = |counts: &[u64]| {
            counts.iter().zip(DEPTHS).rev().find(|(n, _)| **n > 0).map(|(_, bits)| bits)
        };
        let fits = DEPTHS.iter().filter(|&&bits| bits + 2 <= depth).count();
        let bits = needed(&self.deep[..fits])?;
        let others = if below < files {
            format!(
                "; {} use more of them and would be cut off, so keep the two kinds apart",
                files - below
            )
        } else {
            String::new()
        };
        Some(format!(
            "{below} of {files} image files of 16 bits have no sample above {}, as a sensor of \
             {bits} bits gives them, \
             and {depth} bits are read: they become dark, or black; stretch them with \
             --set data.image_folder.depth={bits}{others}",
            highest(bits)
        ))
    }
}

/// Returns the largest sample of `depth` bits.
pub(super) fn highest(depth: u8) -> u16 {
    u16::MAX >> (FULL_DEPTH - depth.min(FULL_DEPTH))
}

/// Returns the counts of one file whose highest 16-bit sample is `top`.
pub(super) fn deep(top: u16) -> [u64; 5] {
    let class = DEPTHS.iter().position(|&bits| top <= highest(bits)).unwrap_or(DEPTHS.len() - 1);
    std::array::from_fn(|i| u64::from(i == class))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ImageShape;
    use crate::image_folder::ResizeMode;

    fn decoder(depth: u8) -> ImageDecoder {
        let shape = ImageShape { channels: 3, height: 8, width: 9 };
        ImageDecoder { shape, resize: ResizeMode::Crop, background: [255; 3], depth }
    }

    fn remarks(depth: u8, tops: &[u16]) -> Vec<String> {
        let one = |top: &u16| Findings {
            images: 1,
            deep: deep(*top),
            cut_off: u64::from(*top > highest(depth)),
            ..Findings::default()
        };
        tops.iter().map(one).fold(Findings::default(), Findings::and).remarks(&decoder(depth))
    }

    #[test]
    fn a_part_of_the_range_is_told_with_the_bits_that_fill_it() {
        for (top, bits) in [(200, 8), (255, 8), (256, 10), (1023, 10), (4095, 12), (16_383, 14)] {
            let told = remarks(16, &[top, 90]);
            assert!(
                told[0].contains(&format!("data.image_folder.depth={bits}")),
                "{top}: {told:?}"
            );
            assert_eq!(remarks(bits, &[top, 90]), [""; 0], "{top}");
        }
        assert_eq!(remarks(16, &[40_000, 65_535]), [""; 0]);
        // One dark image does not show the depth of the sensor; several of another sensor do.
        assert_eq!(remarks(16, &[40_000, 65_535, 900]), [""; 0]);
        let mixed = remarks(16, &[900, 901, 65_535]).remove(0);
        assert!(
            mixed.starts_with("2 of 3 image files of 16 bits") && mixed.contains("1 use more"),
            "{mixed}"
        );
    }

    #[test]
    fn samples_beyond_the_chosen_bits_are_told() {
        let told = remarks(10, &[1023, 1024]);
        assert!(
            told.len() == 1 && told[0].starts_with("1 of 2 image files have samples above 1023"),
            "{told:?}"
        );
    }
}
