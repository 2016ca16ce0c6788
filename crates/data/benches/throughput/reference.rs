//! A slow reference: for each pixel the map, four neighbours, the colour matrix and the
//! standardisation, in 64 bits.

use zunder_data::{AugmentConfig, Border, Images, Pipeline, Standardisation};
use zunder_random::Key;

/// Compares a pipeline with the reference on several images. Steps that are neither a map nor a
/// linear colour change (deformations, tones, noise, covering) are left to the crate's tests.
pub fn check(
    name: &str,
    config: &AugmentConfig,
    images: &Images,
    standardisation: &Standardisation,
    pipeline: &Pipeline,
) {
    const PLAIN: [&str; 15] = [
        "crop",
        "resized_crop",
        "horizontal_flip",
        "vertical_flip",
        "scale",
        "shear",
        "rotation",
        "shift",
        "perspective",
        "brightness",
        "contrast",
        "saturation",
        "hue",
        "mixup",
        "cutmix",
    ];
    if !config.steps().iter().all(|step| PLAIN.contains(step)) {
        return;
    }
    let mut out = vec![0.0; images.shape().len()];
    for i in 0..20 {
        let key = Key::new(2).at(i);
        let image = images.image(i as usize);
        pipeline.apply(image, key, &mut out);
        let worst = reference(image, config.border, images, standardisation, pipeline, key)
            .iter()
            .zip(&out)
            .map(|(a, b)| (a - f64::from(*b)).abs())
            .fold(0.0, f64::max);
        assert!(worst < 2e-3, "{name}: a value is off by {worst}");
    }
}

fn reference(
    image: &[u8],
    border: Border,
    images: &Images,
    standardisation: &Standardisation,
    pipeline: &Pipeline,
    key: Key,
) -> Vec<f64> {
    let shape = images.shape();
    let (map, (matrix, offset)) = (pipeline.source_map(key), pipeline.colour_map(image, key));
    let mut out = vec![0.0; shape.len()];
    for y in 0..shape.height {
        for x in 0..shape.width {
            let [u, v, w] = map.map(|row| row[0] * x as f64 + row[1] * y as f64 + row[2]);
            let colour = [0, 1, 2].map(|channel| {
                bilinear(
                    border,
                    &image[channel * shape.height * shape.width..],
                    shape.height,
                    shape.width,
                    u / w,
                    v / w,
                )
            });
            for (channel, row) in matrix.iter().enumerate() {
                let value = (row[0] * colour[0] + row[1] * colour[1] + row[2] * colour[2] + offset)
                    .clamp(0.0, 255.0);
                let (mean, std) = (
                    f64::from(standardisation.mean[channel]),
                    f64::from(standardisation.std[channel]),
                );
                out[(channel * shape.height + y) * shape.width + x] = (value / 255.0 - mean) / std;
            }
        }
    }
    out
}

fn bilinear(border: Border, plane: &[u8], height: usize, width: usize, u: f64, v: f64) -> f64 {
    let mut sum = 0.0;
    for (dy, dx) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
        let (x, y) = (u.floor() + f64::from(dx), v.floor() + f64::from(dy));
        let weight = (1.0 - (u - x).abs()) * (1.0 - (v - y).abs());
        if let (Some(x), Some(y)) =
            (inside(border, x as i64, width as i64), inside(border, y as i64, height as i64))
        {
            sum += weight * f64::from(plane[y * width + x]);
        }
    }
    sum
}

/// Returns the row or column that is visible at `at`, if any.
fn inside(border: Border, mut at: i64, n: i64) -> Option<usize> {
    while border == Border::Reflect && !(0..n).contains(&at) {
        at = if at < 0 { -at } else { 2 * (n - 1) - at };
    }
    if border == Border::Edge {
        at = at.clamp(0, n - 1);
    }
    (0..n).contains(&at).then_some(at as usize)
}
