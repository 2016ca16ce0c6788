//! Signatures of images, to find near duplicates.

use zunder_data::{ImageShape, Images};

/// Side of the reduced image in pixels.
const SIDE: usize = 8;
/// Number of components of a signature: all frequencies of the reduced image except the mean.
pub(super) const LENGTH: usize = SIDE * SIDE - 1;
/// An image whose reduced image deviates less from its mean, in grey levels, has only one colour:
/// its signature would be noise.
const FLAT: f32 = 4.0;

/// Returns the signature of an image: its grey values reduced to 8 x 8 means, minus their mean,
/// scaled to length 1, as a discrete cosine transform with the lowest frequencies first. The
/// distance of two signatures is that of the reduced images. Most of it is in the first components,
/// so a few of them are enough to tell different images apart. Brightness and contrast have no
/// effect.
///
/// Returns `None` for an image of only one colour.
pub(super) fn signature(image: &[u8], shape: ImageShape) -> Option<[f32; LENGTH]> {
    let grey = grey(image, shape);
    let mut small = [0.0; SIDE * SIDE];
    for (i, value) in small.iter_mut().enumerate() {
        let bounds = |part: usize, length: usize| {
            let start = part * length / SIDE;
            (start.min(length - 1), ((part + 1) * length / SIDE).max(start + 1).min(length))
        };
        let ((top, bottom), (left, right)) =
            (bounds(i / SIDE, shape.height), bounds(i % SIDE, shape.width));
        let rows = (top..bottom.max(top + 1))
            .flat_map(|y| &grey[y * shape.width + left..y * shape.width + right.max(left + 1)]);
        let (sum, n) = rows.fold((0.0, 0.0), |(sum, n), v| (sum + v, n + 1.0));
        *value = sum / n;
    }
    let frequencies = cosine_transform(&small);
    let mut order: Vec<usize> = (1..SIDE * SIDE).collect();
    order.sort_by_key(|i| (i / SIDE + i % SIDE, *i));
    let mut signature = [0.0; LENGTH];
    signature.iter_mut().zip(order).for_each(|(out, i)| *out = frequencies[i]);
    let length = signature.iter().map(|v| v * v).sum::<f32>().sqrt();
    if length < FLAT * SIDE as f32 {
        return None;
    }
    Some(signature.map(|v| v / length))
}

/// The similarity of two images, pixel by pixel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Likeness {
    /// Correlation of the grey values, -1 to 1.
    pub whole: f64,
    /// Correlation of the differences between each grey value and the mean of the 3 x 3 around it,
    /// which differs between similar scenes.
    pub detail: f64,
}

pub(super) fn likeness(a: &[u8], b: &[u8], shape: ImageShape) -> Likeness {
    let (a, b) = (grey(a, shape), grey(b, shape));
    Likeness {
        whole: correlation(&a, &b),
        detail: correlation(&detail(&a, shape), &detail(&b, shape)),
    }
}

fn correlation(a: &[f32], b: &[f32]) -> f64 {
    let centred = |values: &[f32]| {
        let mean = values.iter().sum::<f32>() / values.len().max(1) as f32;
        values.iter().map(|v| f64::from(v - mean)).collect::<Vec<f64>>()
    };
    let (a, b) = (centred(a), centred(b));
    let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    product(&a, &b) / (product(&a, &a) * product(&b, &b)).sqrt().max(f64::MIN_POSITIVE)
}

/// Returns the difference of each value and the mean of the 3 x 3 around it, fewer at the border.
fn detail(grey: &[f32], shape: ImageShape) -> Vec<f32> {
    let near = |i: usize, length: usize| i.saturating_sub(1)..(i + 2).min(length);
    let mean = |y: usize, x: usize| {
        let around = near(y, shape.height)
            .flat_map(|v| near(x, shape.width).map(move |u| grey[v * shape.width + u]));
        let (sum, n) = around.fold((0.0, 0.0), |(sum, n), v| (sum + v, n + 1.0));
        sum / n
    };
    (0..grey.len()).map(|i| grey[i] - mean(i / shape.width, i % shape.width)).collect()
}

/// Returns the signatures of some images.
pub(super) fn signatures(images: &Images, indices: &[u32]) -> Vec<Option<[f32; LENGTH]>> {
    use rayon::prelude::*;
    indices.par_iter().map(|&i| signature(images.image(i as usize), images.shape())).collect()
}

/// Returns the luminance after BT.601, or the mean of the channels for images that are not RGB.
fn grey(image: &[u8], shape: ImageShape) -> Vec<f32> {
    let pixels = shape.height * shape.width;
    let weights = if shape.channels == 3 {
        vec![0.299, 0.587, 0.114]
    } else {
        vec![1.0 / shape.channels as f32; shape.channels]
    };
    let mut grey = vec![0.0; pixels];
    for (plane, weight) in image.chunks_exact(pixels).zip(weights) {
        grey.iter_mut().zip(plane).for_each(|(sum, v)| *sum += weight * f32::from(*v));
    }
    grey
}

/// Returns the orthonormal DCT-II over both axes, which preserves distances.
fn cosine_transform(picture: &[f32; SIDE * SIDE]) -> [f32; SIDE * SIDE] {
    let n = SIDE as f32;
    let basis = |k: usize, x: usize| {
        let scale = if k == 0 { (1.0 / n).sqrt() } else { (2.0 / n).sqrt() };
        scale * (std::f32::consts::PI * (x as f32 + 0.5) * k as f32 / n).cos()
    };
    let mut table = [[0.0; SIDE]; SIDE];
    (0..SIDE).for_each(|k| (0..SIDE).for_each(|x| table[k][x] = basis(k, x)));
    let (mut rows, mut all) = ([0.0; SIDE * SIDE], [0.0; SIDE * SIDE]);
    for y in 0..SIDE {
        for k in 0..SIDE {
            rows[y * SIDE + k] = (0..SIDE).map(|x| table[k][x] * picture[y * SIDE + x]).sum();
        }
    }
    for l in 0..SIDE {
        for k in 0..SIDE {
            all[l * SIDE + k] = (0..SIDE).map(|y| table[l][y] * rows[y * SIDE + k]).sum();
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(shape: ImageShape, value: impl Fn(usize, usize) -> f32) -> Vec<u8> {
        let one: Vec<u8> = (0..shape.height * shape.width)
            .map(|i| value(i / shape.width, i % shape.width) as u8)
            .collect();
        one.repeat(shape.channels)
    }

    fn distance(a: &[f32; LENGTH], b: &[f32; LENGTH]) -> f32 {
        a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f32>().sqrt()
    }

    #[test]
    fn brightness_and_contrast_do_not_matter_and_content_does() {
        for shape in [(3, 32, 32), (1, 28, 28), (3, 5, 9)]
            .map(|(channels, height, width)| ImageShape { channels, height, width })
        {
            let wave = |y: usize, x: usize| ((y as f32) * 0.4).sin() * ((x as f32) * 0.3).cos();
            let a = picture(shape, |y, x| 128.0 + 100.0 * wave(y, x));
            let darker = picture(shape, |y, x| 80.0 + 60.0 * wave(y, x));
            let other = picture(shape, |y, x| 128.0 + 100.0 * wave(x, y + 4));
            let [a, darker, other] =
                [&a, &darker, &other].map(|image| signature(image, shape).unwrap());
            assert!((a.iter().map(|v| v * v).sum::<f32>() - 1.0).abs() < 1e-5);
            assert!(distance(&a, &darker) < 0.05, "{}", distance(&a, &darker));
            assert!(distance(&a, &other) > 0.3, "{}", distance(&a, &other));
            assert!(signature(&picture(shape, |_, _| 77.0), shape).is_none());
        }
    }

    #[test]
    fn correlations_are_those_of_the_grey_values() {
        let shape = ImageShape { channels: 1, height: 1, width: 4 };
        let of = |b: &[u8]| likeness(&[0, 10, 20, 30], b, shape).whole;
        assert!(
            (of(&[5, 25, 45, 65]) - 1.0).abs() < 1e-9 && (of(&[30, 20, 10, 0]) + 1.0).abs() < 1e-9
        );
        assert_eq!(of(&[7, 7, 7, 7]), 0.0);
        let shape = ImageShape { channels: 1, height: 16, width: 16 };
        let sea = |waves: usize| {
            picture(shape, |y, x| 10.0 * y as f32 + 4.0 * ((waves * x + y * y) as f32).sin())
        };
        let (a, b) = (sea(3), sea(7));
        let (same, other) = (likeness(&a, &a, shape), likeness(&a, &b, shape));
        assert!(same.detail > 0.999 && other.whole > 0.98 && other.detail < 0.35, "{other:?}");
    }
}
