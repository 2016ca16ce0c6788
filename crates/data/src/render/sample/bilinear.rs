//! Bilinear interpolation between four pixels.
//!
//! First vertically, at the left and at the right of the position, then between the two. At a whole
//! position this gives the pixel exactly. Both versions do the same arithmetic in the same order.

use crate::render::sample::places::Places;

/// Writes the values at `places` to `planes`, one slice per channel with one value per position.
/// `stride` is the number of packed pixels per row.
pub(super) fn bilinear(
    pixels: &[[f32; 4]],
    stride: usize,
    places: &Places,
    planes: &mut [&mut [f32]],
) {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        #[expect(
            unsafe_code,
            reason = "a function compiled for AVX2 may only run where there is AVX2, which was \
                asked just before"
        )]
        // SAFETY: the processor has the one feature that the function is compiled for.
        let done = unsafe { avx2::whole_registers(pixels, stride, places, planes) };
        return one_by_one(Rows::new(pixels, stride), places, done, planes);
    }
    one_by_one(Rows::new(pixels, stride), places, 0, planes);
}

/// Processes the positions from `start` on.
fn one_by_one(rows: Rows<'_>, places: &Places, start: usize, planes: &mut [&mut [f32]]) {
    for i in start..places.at.len() {
        let [above, below] = rows.at(places.at[i]).map(bytemuck::cast::<_, [f32; 8]>);
        let sides: [f32; 8] =
            std::array::from_fn(|k| above[k] + places.down[i] * (below[k] - above[k]));
        for (channel, plane) in planes.iter_mut().enumerate() {
            plane[i] = sides[channel] + places.right[i] * (sides[channel + 4] - sides[channel]);
        }
    }
}

/// Packed pixels, and those one row below each of them.
#[derive(Clone, Copy)]
struct Rows<'a> {
    above: &'a [[f32; 4]],
    below: &'a [[f32; 4]],
}

impl<'a> Rows<'a> {
    #[inline]
    fn new(pixels: &'a [[f32; 4]], stride: usize) -> Self {
        let below = &pixels[stride..];
        Self { above: &pixels[..below.len()], below }
    }

    /// Returns the two pixels above a position, and the two below it.
    #[inline]
    fn at(self, at: u32) -> [[[f32; 4]; 2]; 2] {
        let pair = at as usize..at as usize + 2;
        let (above, below) = (&self.above[pair.clone()], &self.below[pair]);
        [[above[0], above[1]], [below[0], below[1]]]
    }
}

/// Written by hand, because the compiler does not find the transposition from one register per
/// pixel to one per channel.
#[cfg(target_arch = "x86_64")]
mod avx2 {
    use std::arch::x86_64::{
        __m256, _mm256_add_ps, _mm256_mul_ps, _mm256_permute2f128_ps, _mm256_set1_ps,
        _mm256_setzero_ps, _mm256_shuffle_ps, _mm256_sub_ps, _mm256_unpackhi_ps,
        _mm256_unpacklo_ps,
    };

    use bytemuck::cast;

    use super::{Places, Rows};

    /// Processes eight positions at a time, as long as there are eight, and returns their number.
    #[target_feature(enable = "avx2")]
    pub(super) fn whole_registers(
        pixels: &[[f32; 4]],
        stride: usize,
        places: &Places,
        planes: &mut [&mut [f32]],
    ) -> usize {
        let rows = Rows::new(pixels, stride);
        let (at, right, down) = (
            places.at.as_chunks::<8>().0,
            places.right.as_chunks::<8>().0,
            places.down.as_chunks::<8>().0,
        );
        for (i, ((at, right), down)) in at.iter().zip(right).zip(down).enumerate() {
            // One register per pixel: four channels at its left, then four at its right.
            let mut sides = [_mm256_setzero_ps(); 8];
            for k in 0..8 {
                let [above, below] = rows.at(at[k]).map(cast);
                sides[k] = between(above, below, _mm256_set1_ps(down[k]));
            }
            // One register per channel.
            let lefts = transposed([
                _mm256_permute2f128_ps::<0x20>(sides[0], sides[4]),
                _mm256_permute2f128_ps::<0x20>(sides[1], sides[5]),
                _mm256_permute2f128_ps::<0x20>(sides[2], sides[6]),
                _mm256_permute2f128_ps::<0x20>(sides[3], sides[7]),
            ]);
            let rights = transposed([
                _mm256_permute2f128_ps::<0x31>(sides[0], sides[4]),
                _mm256_permute2f128_ps::<0x31>(sides[1], sides[5]),
                _mm256_permute2f128_ps::<0x31>(sides[2], sides[6]),
                _mm256_permute2f128_ps::<0x31>(sides[3], sides[7]),
            ]);
            let share = cast(*right);
            for ((plane, left), right) in planes.iter_mut().zip(lefts).zip(rights) {
                plane.as_chunks_mut::<8>().0[i] = cast(between(left, right, share));
            }
        }
        8 * at.len()
    }

    #[target_feature(enable = "avx2")]
    #[inline]
    fn between(from: __m256, to: __m256, share: __m256) -> __m256 {
        _mm256_add_ps(from, _mm256_mul_ps(share, _mm256_sub_ps(to, from)))
    }

    /// Each half of four registers is a 4 x 4 matrix, which is transposed.
    #[target_feature(enable = "avx2")]
    #[inline]
    fn transposed([a, b, c, d]: [__m256; 4]) -> [__m256; 4] {
        let (ab, cd) = (_mm256_unpacklo_ps(a, b), _mm256_unpacklo_ps(c, d));
        let (ab_high, cd_high) = (_mm256_unpackhi_ps(a, b), _mm256_unpackhi_ps(c, d));
        [
            _mm256_shuffle_ps::<0x44>(ab, cd),
            _mm256_shuffle_ps::<0xEE>(ab, cd),
            _mm256_shuffle_ps::<0x44>(ab_high, cd_high),
            _mm256_shuffle_ps::<0xEE>(ab_high, cd_high),
        ]
    }
}

#[cfg(test)]
mod tests {
    use zunder_random::Key;

    use super::*;

    /// On a processor without AVX2 both are the same code.
    #[test]
    fn both_versions_give_the_same_bits() {
        let mut rng = Key::new(1).rng();
        let (stride, rows, n) = (7, 6, 29);
        let pixels: Vec<[f32; 4]> =
            (0..stride * rows).map(|_| [0; 4].map(|_: i32| rng.range(0.0, 255.0))).collect();
        let places = Places {
            at: (0..n).map(|_| rng.below(stride * (rows - 1) - 1) as u32).collect(),
            right: (0..n).map(|_| rng.f32()).collect(),
            down: (0..n).map(|_| rng.f32()).collect(),
        };
        for channels in 1..=4 {
            let mut fast = vec![vec![f32::NAN; n]; channels];
            let mut slow = fast.clone();
            bilinear(
                &pixels,
                stride,
                &places,
                &mut fast.iter_mut().map(Vec::as_mut_slice).collect::<Vec<_>>(),
            );
            one_by_one(
                Rows::new(&pixels, stride),
                &places,
                0,
                &mut slow.iter_mut().map(Vec::as_mut_slice).collect::<Vec<_>>(),
            );
            assert_eq!(fast, slow);
            assert!(fast.iter().flatten().all(|value| (0.0..=255.0).contains(value)));
        }
    }
}
