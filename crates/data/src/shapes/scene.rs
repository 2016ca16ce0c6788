//! The content of an image, drawn from a key: a background, clutter, and one shape.

use zunder_random::{Key, Rng};

use super::SIDE;

/// Red, green, blue; 0 to 255.
pub(super) type Colour = [f32; 3];

/// The largest distance of the shape's centre from the image's, in pixels, along each axis.
const PLACE: f32 = 3.5;
/// The radius of the shape in pixels.
const RADIUS: (f32, f32) = (6.5, 12.0);
/// The largest rotation of a shape, in radians.
const TURN: f32 = 0.4;
/// The probability that the shape is lighter than its background.
const LIGHTER: f32 = 0.9;
/// The difference of lightness between shape and background, of 255.
const CONTRAST: (f32, f32) = (30.0, 90.0);
/// The standard deviation of the noise, of 255.
const NOISE: (f32, f32) = (10.0, 35.0);

/// The content of an image except the noise itself.
pub(super) struct Scene {
    pub(super) background: Gradient,
    /// Strokes painted in order, before the shape.
    pub(super) clutter: Vec<Stroke>,
    pub(super) shape: Shape,
    /// The standard deviation of the noise, of 255.
    pub(super) noise: f32,
}

/// A colour that changes linearly along a direction.
pub(super) struct Gradient {
    /// The colour at the image's centre.
    pub(super) colour: Colour,
    /// The change of the colour per pixel, along x and along y.
    pub(super) change: [Colour; 2],
}

/// A short line with round ends, or a dot.
pub(super) struct Stroke {
    pub(super) from: [f32; 2],
    pub(super) to: [f32; 2],
    pub(super) radius: f32,
    pub(super) colour: Colour,
}

/// The shape of a class with its position.
pub(super) struct Shape {
    pub(super) label: u32,
    pub(super) centre: [f32; 2],
    pub(super) radius: f32,
    pub(super) sin: f32,
    pub(super) cos: f32,
    /// Whether it is mirrored left and right.
    pub(super) mirrored: bool,
    pub(super) colour: Colour,
}

impl Scene {
    pub(super) fn draw(label: u32, key: Key) -> Self {
        let rng = &mut key.rng();
        let base = [(); 3].map(|()| rng.range(60.0, 195.0));
        let slope = |rng: &mut Rng| [(); 3].map(|()| rng.range(-2.0, 2.0));
        Self {
            background: Gradient { colour: base, change: [slope(rng), slope(rng)] },
            clutter: (0..4 + rng.below(5)).map(|_| Stroke::draw(base, rng)).collect(),
            shape: Shape::draw(label, base, rng),
            noise: rng.range(NOISE.0, NOISE.1),
        }
    }
}

impl Stroke {
    fn draw(background: Colour, rng: &mut Rng) -> Self {
        let side = SIDE as f32;
        let from = [rng.range(0.0, side), rng.range(0.0, side)];
        let to = from.map(|v| v + rng.range(-8.0, 8.0));
        Self {
            from,
            to,
            radius: rng.range(0.6, 1.8),
            colour: background.map(|v| v + rng.range(-60.0, 60.0)),
        }
    }
}

impl Shape {
    fn draw(label: u32, background: Colour, rng: &mut Rng) -> Self {
        let middle = (SIDE as f32 - 1.0) / 2.0;
        let centre = [(); 2].map(|()| middle + rng.range(-PLACE, PLACE));
        let (sin, cos) = libm::sincosf(rng.range(-TURN, TURN));
        let sign = if rng.chance(LIGHTER) { 1.0 } else { -1.0 };
        let contrast = sign * rng.range(CONTRAST.0, CONTRAST.1);
        Self {
            label,
            centre,
            radius: rng.range(RADIUS.0, RADIUS.1),
            sin,
            cos,
            mirrored: rng.chance(0.5),
            colour: background.map(|v| v + contrast * rng.range(0.5, 1.3)),
        }
    }
}
