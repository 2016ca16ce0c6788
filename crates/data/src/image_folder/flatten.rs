//! Pixels of any kind become 8-bit grey or RGB without alpha.

use image::DynamicImage;

use super::resize::Raster;

/// The image with `channels` channels (1 or 3), 8 bits each, laid on `background` where it is transparent.
///
/// 16 bits become 8 by rounding (v / 257), floats by clamping to 0..1 and rounding. Colours become grey by [`luma`].
pub(super) fn flatten(image: DynamicImage, channels: usize, background: [u8; 3]) -> Raster {
    let (height, width) = (image.height() as usize, image.width() as usize);
    let of = usize::from(image.color().channel_count());
    let samples = samples(image);
    let samples = match (of, channels) {
        (1, 1) | (3, 3) => samples,
        (1, _) => map::<1, 3>(&samples, |[grey]| [grey; 3]),
        (2, 1) => map::<2, 1>(&samples, |[grey, alpha]| [over(grey, luma(background), alpha)]),
        (2, _) => map::<2, 3>(&samples, |[grey, alpha]| background.map(|back| over(grey, back, alpha))),
        (3, _) => map::<3, 1>(&samples, |rgb| [luma(rgb)]),
        (_, 1) => map::<4, 1>(&samples, |rgba| [luma(opaque(rgba, background))]),
        (_, _) => map::<4, 3>(&samples, |rgba| opaque(rgba, background)),
    };
    Raster { height, width, channels, samples }
}

/// The luminance of a colour as Pillow's mode `L` and ITU-R BT.601 have it: 0.299 R + 0.587 G + 0.114 B, rounded.
pub(super) fn luma([red, green, blue]: [u8; 3]) -> u8 {
    ((u32::from(red) * 19_595 + u32::from(green) * 38_470 + u32::from(blue) * 7_471 + 0x8000) >> 16) as u8
}

/// All samples in their order, 8 bits each.
fn samples(image: DynamicImage) -> Vec<u8> {
    match image {
        DynamicImage::ImageLuma16(image) => image.iter().copied().map(narrow).collect(),
        DynamicImage::ImageLumaA16(image) => image.iter().copied().map(narrow).collect(),
        DynamicImage::ImageRgb16(image) => image.iter().copied().map(narrow).collect(),
        DynamicImage::ImageRgba16(image) => image.iter().copied().map(narrow).collect(),
        DynamicImage::ImageRgb32F(image) => image.iter().copied().map(unit).collect(),
        DynamicImage::ImageRgba32F(image) => image.iter().copied().map(unit).collect(),
        eight_bits => eight_bits.into_bytes(),
    }
}

/// 16 bits to 8, rounded to the nearest.
fn narrow(sample: u16) -> u8 {
    ((u32::from(sample) + 128) / 257) as u8
}

/// 0..1 to 8 bits, rounded to the nearest.
fn unit(sample: f32) -> u8 {
    (sample.clamp(0.0, 1.0) * 255.0).round() as u8
}

fn map<const FROM: usize, const TO: usize>(samples: &[u8], pixel: impl Fn([u8; FROM]) -> [u8; TO]) -> Vec<u8> {
    samples.as_chunks::<FROM>().0.iter().flat_map(|&from| pixel(from)).collect()
}

fn opaque([red, green, blue, alpha]: [u8; 4], background: [u8; 3]) -> [u8; 3] {
    [over(red, background[0], alpha), over(green, background[1], alpha), over(blue, background[2], alpha)]
}

/// `front` over `back`: (front * alpha + back * (255 - alpha)) / 255, rounded, as Pillow's `paste` with a mask.
fn over(front: u8, back: u8, alpha: u8) -> u8 {
    let mixed = u32::from(front) * u32::from(alpha) + u32::from(back) * u32::from(255 - alpha) + 128;
    (((mixed >> 8) + mixed) >> 8) as u8
}

#[cfg(test)]
mod tests {
    use image::{ImageBuffer, Luma, LumaA, Rgb, Rgba};

    use super::*;

    #[test]
    fn rounding_is_to_the_nearest() {
        assert_eq!([0, 128, 129, 385, 386, 65_406, 65_407, 65_535].map(narrow), [0, 0, 1, 1, 2, 254, 255, 255]);
        assert_eq!([-1.0, 0.5, 2.0, f32::NAN].map(unit), [0, 128, 255, 0]);
        for (front, back, alpha) in (0..=255).flat_map(|alpha| [(200, 255, alpha), (3, 90, alpha), (255, 0, alpha)]) {
            let exact = (f64::from(front) * f64::from(alpha) + f64::from(back) * (255.0 - f64::from(alpha))) / 255.0;
            assert_eq!(f64::from(over(front, back, alpha)), exact.round(), "{front} over {back} by {alpha}");
        }
    }

    #[test]
    fn every_kind_becomes_grey_or_rgb() {
        let white = [255; 3];
        let check = |image: DynamicImage, grey: [u8; 1], rgb: [u8; 3]| {
            assert_eq!(flatten(image.clone(), 1, white).samples, grey);
            assert_eq!(flatten(image, 3, white).samples, rgb);
        };
        check(DynamicImage::ImageLuma8(ImageBuffer::from_pixel(1, 1, Luma([7]))), [7], [7; 3]);
        check(DynamicImage::ImageLumaA8(ImageBuffer::from_pixel(1, 1, LumaA([0, 51]))), [204], [204; 3]);
        check(DynamicImage::ImageRgb8(ImageBuffer::from_pixel(1, 1, Rgb([255, 0, 0]))), [76], [255, 0, 0]);
        check(DynamicImage::ImageRgba8(ImageBuffer::from_pixel(1, 1, Rgba([0, 0, 0, 51]))), [204], [204; 3]);
        check(DynamicImage::ImageLuma16(ImageBuffer::from_pixel(1, 1, Luma([257 * 7]))), [7], [7; 3]);
        check(DynamicImage::ImageLumaA16(ImageBuffer::from_pixel(1, 1, LumaA([0, 257 * 51]))), [204], [204; 3]);
        check(DynamicImage::ImageRgb16(ImageBuffer::from_pixel(1, 1, Rgb([65_535, 0, 0]))), [76], [255, 0, 0]);
        check(DynamicImage::ImageRgba16(ImageBuffer::from_pixel(1, 1, Rgba([0, 0, 0, 0]))), [255], [255; 3]);
        check(DynamicImage::ImageRgb32F(ImageBuffer::from_pixel(1, 1, Rgb([1.0, 0.0, 0.0]))), [76], [255, 0, 0]);
        check(DynamicImage::ImageRgba32F(ImageBuffer::from_pixel(1, 1, Rgba([0.0, 0.0, 0.0, 0.2]))), [204], [204; 3]);
    }
}
