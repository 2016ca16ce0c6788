//! Renders a scene to pixels.

use std::ops::RangeInclusive;

use zunder_random::Key;

use super::SIDE;
use super::outline::distance;
use super::scene::{Colour, Gradient, Scene, Shape, Stroke};

const AREA: usize = SIDE * SIDE;

/// Values 0 to 255, \[3, 32, 32\].
type Canvas = [[f32; AREA]; 3];

/// Renders `scene` to `image`, \[3, 32, 32\], with noise from `noise`.
pub(super) fn paint(scene: &Scene, noise: Key, image: &mut [u8]) {
    let mut canvas: Canvas = [[0.0; AREA]; 3];
    paint_gradient(&scene.background, &mut canvas);
    for stroke in &scene.clutter {
        paint_stroke(stroke, &mut canvas);
    }
    paint_shape(&scene.shape, &mut canvas);
    develop(&canvas, scene.noise, noise, image);
}

fn paint_gradient(gradient: &Gradient, canvas: &mut Canvas) {
    let middle = (SIDE as f32 - 1.0) / 2.0;
    for (channel, plane) in canvas.iter_mut().enumerate() {
        let [along_x, along_y] = gradient.change.map(|change| change[channel]);
        for (y, row) in plane.chunks_exact_mut(SIDE).enumerate() {
            let left = gradient.colour[channel] + (y as f32 - middle) * along_y;
            for (x, value) in row.iter_mut().enumerate() {
                *value = left + (x as f32 - middle) * along_x;
            }
        }
    }
}

fn paint_stroke(stroke: &Stroke, canvas: &mut Canvas) {
    let [x0, y0] = stroke.from;
    let (dx, dy) = (stroke.to[0] - x0, stroke.to[1] - y0);
    let squared_length = (dx * dx + dy * dy).max(1e-6);
    let reach = stroke.radius + 1.0;
    let columns = pixels_between(x0.min(stroke.to[0]) - reach, x0.max(stroke.to[0]) + reach);
    let rows = pixels_between(y0.min(stroke.to[1]) - reach, y0.max(stroke.to[1]) + reach);
    fill(canvas, columns, rows, stroke.colour, |x, y| {
        let (x, y) = (x - x0, y - y0);
        let along = ((x * dx + y * dy) / squared_length).clamp(0.0, 1.0);
        let (x, y) = (x - along * dx, y - along * dy);
        libm::sqrtf(x * x + y * y) - stroke.radius
    });
}

fn paint_shape(shape: &Shape, canvas: &mut Canvas) {
    let [centre_x, centre_y] = shape.centre;
    let reach = 1.25 * shape.radius + 1.0;
    let columns = pixels_between(centre_x - reach, centre_x + reach);
    let rows = pixels_between(centre_y - reach, centre_y + reach);
    let mirror = if shape.mirrored { -1.0 } else { 1.0 };
    fill(canvas, columns, rows, shape.colour, |x, y| {
        let (x, y) = ((x - centre_x) / shape.radius, (y - centre_y) / shape.radius);
        let (u, v) = (shape.cos * x + shape.sin * y, shape.cos * y - shape.sin * x);
        shape.radius * distance(shape.label, mirror * u, v)
    });
}

/// Returns the pixels of a row or column whose centres lie between `low` and `high`.
fn pixels_between(low: f32, high: f32) -> RangeInclusive<usize> {
    low.max(0.0) as usize..=(high.max(0.0) as usize).min(SIDE - 1)
}

/// Blends `colour` over each pixel by its share inside the outline, estimated from the distance of
/// its centre.
fn fill(
    canvas: &mut Canvas,
    columns: RangeInclusive<usize>,
    rows: RangeInclusive<usize>,
    colour: Colour,
    distance: impl Fn(f32, f32) -> f32,
) {
    for y in rows {
        for x in columns.clone() {
            let cover = (0.5 - distance(x as f32, y as f32)).clamp(0.0, 1.0);
            for (plane, colour) in canvas.iter_mut().zip(colour) {
                let value = &mut plane[y * SIDE + x];
                *value += cover * (colour - *value);
            }
        }
    }
}

/// Adds noise and rounds to bytes.
///
/// The noise of a value is the sum of two uniform bytes, centred and scaled to standard deviation
/// `noise`: one random word gives four values.
fn develop(canvas: &Canvas, noise: f32, key: Key, image: &mut [u8]) {
    // The sum of two bytes has mean 255 and variance (256^2 - 1) / 6.
    let scale = noise / 104.511_56;
    let values = canvas.as_flattened().chunks_exact(4).zip(image.chunks_exact_mut(4));
    for (counter, (values, bytes)) in values.enumerate() {
        let random = key.word(counter as u64).to_le_bytes();
        for (i, (value, byte)) in values.iter().zip(bytes).enumerate() {
            let sum = i16::from(random[2 * i]) + i16::from(random[2 * i + 1]);
            // The cast saturates at 0 and 255.
            *byte = (value + scale * f32::from(sum - 255) + 0.5) as u8;
        }
    }
}
