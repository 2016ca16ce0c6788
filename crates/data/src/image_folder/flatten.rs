//! Converts pixels of any kind to 8-bit grey or RGB without alpha.

use image::DynamicImage;

use super::findings::{FULL_DEPTH, Findings, deep, highest};
use super::resize::Raster;

/// Converts an image to `channels` channels (1 or 3) of 8 bits, blended with `background` where it
/// is transparent, and returns findings about it.
///
/// 16-bit samples are converted by rounding v / (2^depth - 1), with clipping; floating-point
/// samples by clamping to 0..1 and rounding. An alpha channel that is 0 everywhere counts as
/// opaque, since programs without alpha support write it. Colours become grey by [`luma`].
pub(super) fn flatten(
    image: DynamicImage,
    channels: usize,
    background: [u8; 3],
    depth: u8,
) -> (Raster, Findings) {
    let (height, width) = (image.height() as usize, image.width() as usize);
    let of = usize::from(image.color().channel_count());
    let mut findings = Findings { images: 1, ..look(&image, of, depth) };
    let samples = samples(image, depth);
    let has_alpha = of == 2 || of == 4;
    let opaque_alpha =
        has_alpha && samples.iter().skip(of - 1).step_by(of).all(|&alpha| alpha == 0);
    let flat = match (of, channels) {
        (1, 1) | (3, 3) => samples,
        (1, _) => map::<1, 3>(&samples, |[grey]| [grey; 3]),
        (3, _) => map::<3, 1>(&samples, |rgb| [luma(rgb)]),
        (2, 1) if opaque_alpha => map::<2, 1>(&samples, |[grey, _]| [grey]),
        (2, _) if opaque_alpha => map::<2, 3>(&samples, |[grey, _]| [grey; 3]),
        (_, 1) if opaque_alpha => {
            map::<4, 1>(&samples, |[red, green, blue, _]| [luma([red, green, blue])])
        }
        (_, _) if opaque_alpha => map::<4, 3>(&samples, |[red, green, blue, _]| [red, green, blue]),
        (2, 1) => noting::<2, 1>(&samples, &mut findings, |[grey, alpha]| {
            [over(grey, luma(background), alpha)]
        }),
        (2, _) => noting::<2, 3>(&samples, &mut findings, |[grey, alpha]| {
            background.map(|back| over(grey, back, alpha))
        }),
        (_, 1) => noting::<4, 1>(&samples, &mut findings, |rgba| [luma(opaque(rgba, background))]),
        (_, _) => noting::<4, 3>(&samples, &mut findings, |rgba| opaque(rgba, background)),
    };
    (Raster { height, width, channels, samples: flat }, findings)
}

/// Returns the luminance of a colour as in Pillow's mode `L` and ITU-R BT.601: 0.299 R + 0.587 G +
/// 0.114 B, rounded.
pub(super) fn luma([red, green, blue]: [u8; 3]) -> u8 {
    ((u32::from(red) * 19_595 + u32::from(green) * 38_470 + u32::from(blue) * 7_471 + 0x8000) >> 16)
        as u8
}

/// Returns all samples in order, with 8 bits each.
fn samples(image: DynamicImage, depth: u8) -> Vec<u8> {
    let narrow = |samples: &[u16]| narrow(samples, depth);
    match image {
        DynamicImage::ImageLuma16(image) => narrow(&image),
        DynamicImage::ImageLumaA16(image) => narrow(&image),
        DynamicImage::ImageRgb16(image) => narrow(&image),
        DynamicImage::ImageRgba16(image) => narrow(&image),
        DynamicImage::ImageRgb32F(image) => image.iter().copied().map(unit).collect(),
        DynamicImage::ImageRgba32F(image) => image.iter().copied().map(unit).collect(),
        eight_bits => eight_bits.into_bytes(),
    }
}

/// Converts 16-bit samples of which `depth` bits are used to 8 bits, rounded.
fn narrow(samples: &[u16], depth: u8) -> Vec<u8> {
    if depth >= FULL_DEPTH {
        return samples.iter().map(|&sample| ((u32::from(sample) + 128) / 257) as u8).collect();
    }
    let most = u32::from(highest(depth));
    samples
        .iter()
        .map(|&sample| ((u32::from(sample).min(most) * 255 + most / 2) / most) as u8)
        .collect()
}

/// Returns the findings about the range of an image with `of` channels.
fn look(image: &DynamicImage, of: usize, depth: u8) -> Findings {
    let colours = if of.is_multiple_of(2) { of - 1 } else { of };
    let deeply = |samples: &[u16]| {
        let top = samples
            .chunks_exact(of)
            .flat_map(|pixel| &pixel[..colours])
            .copied()
            .max()
            .unwrap_or(0);
        Findings {
            deep: deep(top),
            cut_off: u64::from(top > highest(depth)),
            ..Findings::default()
        }
    };
    let floats = |samples: &[f32]| {
        let over = samples
            .chunks_exact(of)
            .flat_map(|pixel| &pixel[..colours])
            .any(|&sample| sample > 1.0);
        Findings { cut_off: u64::from(over), ..Findings::default() }
    };
    match image {
        DynamicImage::ImageLuma16(image) => deeply(image),
        DynamicImage::ImageLumaA16(image) => deeply(image),
        DynamicImage::ImageRgb16(image) => deeply(image),
        DynamicImage::ImageRgba16(image) => deeply(image),
        DynamicImage::ImageRgb32F(image) => floats(image),
        DynamicImage::ImageRgba32F(image) => floats(image),
        _ => Findings::default(),
    }
}

/// Blends the pixels with the background by `pixel`, and counts the image if its drawing becomes
/// invisible.
fn noting<const FROM: usize, const TO: usize>(
    samples: &[u8],
    findings: &mut Findings,
    pixel: impl Fn([u8; FROM]) -> [u8; TO],
) -> Vec<u8> {
    let flat = map::<FROM, TO>(samples, pixel);
    let pixels = samples.as_chunks::<FROM>().0;
    let of_alpha = changes(pixels.iter().map(|pixel| [pixel[FROM - 1]]));
    // If alpha is constant, the colours are the drawing; if it varies, alpha is.
    let drawn = if of_alpha > 0 { of_alpha } else { changes(pixels.iter().copied()) };
    let left = changes(flat.as_chunks::<TO>().0.iter().copied());
    if drawn > pixels.len() / SMALL && left < drawn / 10 {
        findings.vanished = 1;
    }
    flat
}

/// A drawing covers more than this share of an image: 1 / 50.
const SMALL: usize = 50;
/// The smallest visible difference of levels, of 255.
const SEEN: u8 = 8;

/// Returns the number of pixels that differ visibly from the first one.
fn changes<const N: usize>(mut pixels: impl Iterator<Item = [u8; N]>) -> usize {
    let Some(first) = pixels.next() else { return 0 };
    pixels
        .filter(|pixel| pixel.iter().zip(first).any(|(level, first)| level.abs_diff(first) > SEEN))
        .count()
}

/// Returns whether any pixel differs visibly from the first one.
pub(super) fn shows_something(image: &Raster) -> bool {
    let mut pixels = image.samples.chunks_exact(image.channels);
    let Some(first) = pixels.next() else { return false };
    pixels.any(|pixel| pixel.iter().zip(first).any(|(level, first)| level.abs_diff(*first) > SEEN))
}

/// Converts 0..1 to 8 bits, rounded.
fn unit(sample: f32) -> u8 {
    (sample.clamp(0.0, 1.0) * 255.0).round() as u8
}

fn map<const FROM: usize, const TO: usize>(
    samples: &[u8],
    pixel: impl Fn([u8; FROM]) -> [u8; TO],
) -> Vec<u8> {
    samples.as_chunks::<FROM>().0.iter().flat_map(|&from| pixel(from)).collect()
}

fn opaque([red, green, blue, alpha]: [u8; 4], background: [u8; 3]) -> [u8; 3] {
    [
        over(red, background[0], alpha),
        over(green, background[1], alpha),
        over(blue, background[2], alpha),
    ]
}

/// Blends `front` over `back`: (front * alpha + back * (255 - alpha)) / 255, rounded, as Pillow's
/// `paste` with a mask.
fn over(front: u8, back: u8, alpha: u8) -> u8 {
    let mixed =
        u32::from(front) * u32::from(alpha) + u32::from(back) * u32::from(255 - alpha) + 128;
    (((mixed >> 8) + mixed) >> 8) as u8
}

#[cfg(test)]
mod tests {
    use image::{ImageBuffer, Luma, LumaA, Rgb, Rgba};

    use super::*;

    #[test]
    fn rounding_is_to_the_nearest() {
        assert_eq!(
            narrow(&[0, 128, 129, 385, 386, 65_406, 65_407, 65_535], 16),
            [0, 0, 1, 1, 2, 254, 255, 255]
        );
        for depth in 8..=16 {
            let most = f64::from(highest(depth));
            let all: Vec<u16> = (0..=u16::MAX).collect();
            for (sample, got) in all.iter().zip(narrow(&all, depth)) {
                let exact = (f64::from(*sample).min(most) / most * 255.0).round();
                assert_eq!(f64::from(got), exact, "{sample} of {depth} bits");
            }
        }
        assert_eq!([-1.0, 0.5, 2.0, f32::NAN].map(unit), [0, 128, 255, 0]);
        for (front, back, alpha) in
            (0..=255).flat_map(|alpha| [(200, 255, alpha), (3, 90, alpha), (255, 0, alpha)])
        {
            let exact = (f64::from(front) * f64::from(alpha)
                + f64::from(back) * (255.0 - f64::from(alpha)))
                / 255.0;
            assert_eq!(
                f64::from(over(front, back, alpha)),
                exact.round(),
                "{front} over {back} by {alpha}"
            );
        }
    }

    #[test]
    fn every_kind_becomes_grey_or_rgb() {
        let white = [255; 3];
        let check = |image: DynamicImage, grey: [u8; 1], rgb: [u8; 3]| {
            assert_eq!(flatten(image.clone(), 1, white, 16).0.samples, grey);
            assert_eq!(flatten(image, 3, white, 16).0.samples, rgb);
        };
        check(DynamicImage::ImageLuma8(ImageBuffer::from_pixel(1, 1, Luma([7]))), [7], [7; 3]);
        check(
            DynamicImage::ImageLumaA8(ImageBuffer::from_pixel(1, 1, LumaA([0, 51]))),
            [204],
            [204; 3],
        );
        check(
            DynamicImage::ImageRgb8(ImageBuffer::from_pixel(1, 1, Rgb([255, 0, 0]))),
            [76],
            [255, 0, 0],
        );
        check(
            DynamicImage::ImageRgba8(ImageBuffer::from_pixel(1, 1, Rgba([0, 0, 0, 51]))),
            [204],
            [204; 3],
        );
        check(
            DynamicImage::ImageLuma16(ImageBuffer::from_pixel(1, 1, Luma([257 * 7]))),
            [7],
            [7; 3],
        );
        check(
            DynamicImage::ImageLumaA16(ImageBuffer::from_pixel(1, 1, LumaA([0, 257 * 51]))),
            [204],
            [204; 3],
        );
        check(
            DynamicImage::ImageRgb16(ImageBuffer::from_pixel(1, 1, Rgb([65_535, 0, 0]))),
            [76],
            [255, 0, 0],
        );
        check(
            DynamicImage::ImageRgba16(ImageBuffer::from_pixel(1, 1, Rgba([0, 0, 0, 257]))),
            [254],
            [254; 3],
        );
        check(
            DynamicImage::ImageRgb32F(ImageBuffer::from_pixel(1, 1, Rgb([1.0, 0.0, 0.0]))),
            [76],
            [255, 0, 0],
        );
        check(
            DynamicImage::ImageRgba32F(ImageBuffer::from_pixel(1, 1, Rgba([0.0, 0.0, 0.0, 0.2]))),
            [204],
            [204; 3],
        );
    }

    #[test]
    fn an_alpha_of_zeros_is_opaque() {
        let flat = |image: DynamicImage, channels| flatten(image, channels, [255; 3], 16).0.samples;
        let grey =
            DynamicImage::ImageLumaA8(ImageBuffer::from_fn(2, 1, |x, _| LumaA([x as u8 * 9, 0])));
        assert_eq!((flat(grey.clone(), 1), flat(grey, 3)), (vec![0, 9], vec![0, 0, 0, 9, 9, 9]));
        let colours = DynamicImage::ImageRgba8(ImageBuffer::from_fn(2, 1, |x, _| {
            Rgba([x as u8 * 9, 1, 2, 0])
        }));
        assert_eq!(
            (flat(colours.clone(), 1), flat(colours, 3)),
            (vec![1, 4], vec![0, 1, 2, 9, 1, 2])
        );
        let deep = DynamicImage::ImageRgba16(ImageBuffer::from_fn(2, 1, |x, _| {
            Rgba([x as u16 * 257, 257, 0, 0])
        }));
        assert_eq!(flat(deep, 3), [0, 1, 0, 1, 1, 0]);
        // One opaque pixel; the others are transparent.
        let one =
            DynamicImage::ImageLumaA8(ImageBuffer::from_fn(2, 1, |x, _| LumaA([7, x as u8 * 255])));
        assert_eq!(flat(one, 1), [255, 7]);
    }

    #[test]
    fn a_drawing_that_vanishes_is_noted() {
        let vanished = |pixel: fn(u32) -> [u8; 4], background| {
            let image =
                DynamicImage::ImageRgba8(ImageBuffer::from_fn(10, 10, |x, _| Rgba(pixel(x))));
            let grey = flatten(image.clone(), 1, background, 16).1.vanished;
            assert_eq!(grey, flatten(image, 3, background, 16).1.vanished);
            grey == 1
        };
        let (white, black) = ([255; 3], [0; 3]);
        let white_drawing = |x| if x < 3 { [255, 255, 255, 255] } else { [0, 0, 0, 0] };
        assert!(vanished(white_drawing, white) && !vanished(white_drawing, black));
        let black_drawing = |x| if x < 3 { [0, 0, 0, 255] } else { [255, 255, 255, 0] };
        assert!(vanished(black_drawing, black) && !vanished(black_drawing, white));
        let hardly_there = |x| [x as u8 * 20, 0, 0, 1];
        assert!(vanished(hardly_there, white));
        let opaque_picture = |x| [x as u8 * 20, 0, 0, 255];
        assert!(!vanished(opaque_picture, white));
        let blank = |_| [255, 255, 255, 255];
        assert!(!vanished(blank, white));
    }
}
