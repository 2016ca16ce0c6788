//! Tests of the interpolation.

use proptest::prelude::*;
use serde::Deserialize;

use super::*;
use crate::render::colour::OutputMap;

fn sampled(image: &[u8], shape: ImageShape, map: Homography) -> Vec<f32> {
    by(image, shape, map, Border::Zero, Interpolation::Bilinear)
}

fn by(
    image: &[u8],
    shape: ImageShape,
    map: Homography,
    border: Border,
    interpolation: Interpolation,
) -> Vec<f32> {
    let mut out = vec![f32::NAN; shape.len()];
    general(
        image,
        shape,
        &Lookup { map: &map, displacement: None, border, interpolation },
        &mut Scratch::default(),
        &mut out,
    );
    out
}

#[derive(Deserialize)]
struct Golden {
    shape: [usize; 3],
    image: Vec<u8>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    interpolation: Interpolation,
    border: Border,
    map: [[f64; 3]; 3],
    out: Vec<f32>,
}

#[test]
fn samples_are_pytorchs() {
    let golden: Golden =
        serde_json::from_str(include_str!("../../../tests/goldens/grid_sample.json")).unwrap();
    let [channels, height, width] = golden.shape;
    assert_eq!(golden.cases.len(), 24);
    for case in golden.cases {
        let out = by(
            &golden.image,
            ImageShape { channels, height, width },
            Homography(case.map),
            case.border,
            case.interpolation,
        );
        for (i, (got, expected)) in out.iter().zip(&case.out).enumerate() {
            assert!(
                (got - expected).abs() < 1e-3,
                "{} {:?} {:?}: value {i} is {got}, expected {expected}",
                case.name,
                case.interpolation,
                case.border
            );
        }
    }
}

/// An anticlockwise rotation as by `numpy.rot90`: rows from the right column.
#[test]
fn a_quarter_turn_is_the_transpose_flipped() {
    for side in [1, 4, 5, 8] {
        let shape = ImageShape { channels: 3, height: side, width: side };
        let image: Vec<u8> = (0..shape.len()).map(|i| (i * 11 % 256) as u8).collect();
        let centre = (side as f64 - 1.0) / 2.0;
        for interpolation in [Interpolation::Bilinear, Interpolation::Nearest] {
            let turned = by(
                &image,
                shape,
                Homography::rotation((centre, centre), 90.0),
                Border::Zero,
                interpolation,
            );
            for (i, got) in turned.iter().enumerate() {
                let (c, y, x) = (i / (side * side), i / side % side, i % side);
                assert_eq!(*got, f32::from(image[(c * side + x) * side + (side - 1 - y)]));
            }
        }
    }
}

#[test]
fn a_place_on_the_horizon_is_black() {
    let shape = ImageShape { channels: 1, height: 1, width: 3 };
    let out =
        sampled(&[255; 3], shape, Homography([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [1.0, 0.0, -1.0]]));
    assert!(out[1].abs() < 1e-6, "{out:?}");
}

#[test]
fn lines_fold_as_numpy_reflects_them() {
    // numpy.pad([0, 1, 2, 3], 7, mode="reflect")
    let expected = [1, 2, 3, 2, 1, 0, 1, 2, 3, 2, 1, 0, 1, 2, 3, 2, 1, 0];
    let folded: Vec<usize> = (-5..13).map(|at| fold(at, 4)).collect();
    assert_eq!(folded, expected);
    assert_eq!(fold(-7, 1), 0);
}

#[test]
fn a_displacement_comes_before_the_map() {
    let shape = ImageShape { channels: 1, height: 1, width: 4 };
    // The last pixel is sampled one position further left; then everything is mirrored.
    let lookup = Lookup {
        map: &Homography::mirror_x(4),
        displacement: Some((&[0.0, 0.0, 0.5, -1.0], &[0.0; 4])),
        border: Border::Zero,
        interpolation: Interpolation::Bilinear,
    };
    let mut out = [0.0; 4];
    general(&[10, 20, 30, 40], shape, &lookup, &mut Scratch::default(), &mut out);
    assert_eq!(out, [40.0, 30.0, 15.0, 20.0]);
}

#[test]
fn scratch_memory_keeps_nothing_of_the_last_image() {
    let mut scratch = Scratch::default();
    let lookup = Lookup {
        map: &Homography::translation(0.5, 0.25),
        displacement: None,
        border: Border::Zero,
        interpolation: Interpolation::Bilinear,
    };
    for (channels, height, width) in
        [(3, 9, 9), (3, 4, 30), (1, 9, 9), (5, 3, 7), (4, 2, 2), (3, 9, 9)]
    {
        let shape = ImageShape { channels, height, width };
        let image: Vec<u8> = (0..shape.len()).map(|i| (i * 7 % 256) as u8).collect();
        let (mut used, mut fresh) = (vec![f32::NAN; shape.len()], vec![f32::NAN; shape.len()]);
        general(&image, shape, &lookup, &mut scratch, &mut used);
        general(&image, shape, &lookup, &mut Scratch::default(), &mut fresh);
        assert_eq!(used, fresh, "{shape}");
    }
}

fn image() -> impl Strategy<Value = (ImageShape, Vec<u8>)> {
    (1_usize..6, 1_usize..9, 1_usize..9).prop_flat_map(|(channels, height, width)| {
        let shape = ImageShape { channels, height, width };
        (Just(shape), prop::collection::vec(any::<u8>(), shape.len()))
    })
}

/// Returns a position on a line of n pixels, as its border continues it.
fn bounded(border: Border, at: f64, n: usize) -> f64 {
    let last = n as f64 - 1.0;
    match border {
        Border::Zero => at.clamp(-1.0, last + 1.0),
        Border::Edge => at.clamp(0.0, last),
        Border::Reflect if n == 1 => 0.0,
        Border::Reflect => last - (at.rem_euclid(2.0 * last) - last).abs(),
    }
}

/// Bilinear interpolation at (x, y), from the definition in 64 bits.
fn between(plane: &[u8], shape: ImageShape, border: Border, x: f64, y: f64) -> f64 {
    let (x, y) = (bounded(border, x, shape.width), bounded(border, y, shape.height));
    let (left, top) = (x.floor(), y.floor());
    let pixel = |x: f64, y: f64| {
        let inside =
            (0.0..shape.width as f64).contains(&x) && (0.0..shape.height as f64).contains(&y);
        if inside { f64::from(plane[y as usize * shape.width + x as usize]) } else { 0.0 }
    };
    let row = |y: f64| pixel(left, y) + (x - left) * (pixel(left + 1.0, y) - pixel(left, y));
    row(top) + (y - top) * (row(top + 1.0) - row(top))
}

/// Positions in single precision have an error proportional to the image's longer side, and values
/// 255 times that.
#[track_caller]
fn assert_between(shape: ImageShape, map: Homography, border: Border) {
    let image: Vec<u8> = (0..shape.len()).map(|i| (i * 37 + i / 11) as u8).collect();
    let out = by(&image, shape, map, border, Interpolation::Bilinear);
    let area = shape.height * shape.width;
    let (reach, m) = (shape.height.max(shape.width) as f64, map.0);
    let slack = 255.0 * 32.0 * (reach + 1.0) * 2_f64.powi(-24);
    for (i, got) in out.iter().enumerate() {
        let (x, y) = ((i % shape.width) as f64, (i % area / shape.width) as f64);
        let [u, v] = [0, 1].map(|row| m[row][0] * x + m[row][1] * y + m[row][2]);
        let expected = between(&image[i / area * area..][..area], shape, border, u, v);
        assert!(
            (f64::from(*got) - expected).abs() <= slack,
            "{shape} {border:?} value {i}: {got}, expected {expected}"
        );
    }
}

/// Returns a scaling, a shift, and a rotation about the centre.
fn turn(shape: ImageShape, degrees: f64, scale: f64, [dx, dy]: [f64; 2]) -> Homography {
    let centre = ((shape.width as f64 - 1.0) / 2.0, (shape.height as f64 - 1.0) / 2.0);
    let scaled = Homography([[scale, 0.0, dx], [0.0, scale, dy], [0.0, 0.0, 1.0]]);
    Homography::rotation(centre, degrees).then(scaled)
}

/// A band has 256 pixels, a register 8 positions, and four channels are side by side.
#[test]
fn values_are_those_of_64_bits_at_every_constant() {
    for border in [Border::Zero, Border::Edge, Border::Reflect] {
        for side in [1, 2, 7, 8, 9, packed::BAND - 1, packed::BAND, packed::BAND + 1] {
            for (channels, other) in [(1, 1), (3, 2), (4, 3), (5, 9)] {
                for (height, width) in [(side, other), (other, side)] {
                    let shape = ImageShape { channels, height, width };
                    assert_between(shape, turn(shape, 20.0, 0.8, [0.3, -0.6]), border);
                }
            }
        }
        for (height, width) in [(1, 20_000), (20_000, 1), (300, 301)] {
            let shape = ImageShape { channels: 1, height, width };
            assert_between(shape, turn(shape, 0.0, 1.0, [0.5, -0.25]), border);
            assert_between(shape, turn(shape, 180.0, 1.0, [0.0, 0.0]), border);
        }
    }
}

fn border() -> impl Strategy<Value = Border> {
    prop::sample::select(vec![Border::Zero, Border::Edge, Border::Reflect])
}

proptest! {
    #[test]
    fn a_shift_by_k_moves_by_k(
        (shape, image) in image(),
        dx in -9_i16..10,
        dy in -9_i16..10,
        mirrored in any::<bool>(),
    ) {
        let mut map = Homography::translation(f64::from(dx), f64::from(dy));
        if mirrored {
            map = map.then(Homography::mirror_x(shape.width));
        }
        let out = sampled(&image, shape, map);
        let at = |c: usize, y: isize, x: isize| {
            let inside =
                (0..shape.height as isize).contains(&y) && (0..shape.width as isize).contains(&x);
            if inside {
                f32::from(image[(c * shape.height + y as usize) * shape.width + x as usize])
            } else {
                0.0
            }
        };
        for (i, got) in out.iter().enumerate() {
            let (c, y, x) =
                (i / (shape.height * shape.width), i / shape.width % shape.height, i % shape.width);
            let x = if mirrored { shape.width - 1 - x } else { x };
            let expected = at(c, y as isize + isize::from(dy), x as isize + isize::from(dx));
            prop_assert!((got - expected).abs() < 1e-4, "{} instead of {}", got, expected);
        }
    }

    #[test]
    fn the_fast_path_equals_the_general_one_bit_for_bit(
        (shape, image) in image(),
        dx in -20_i16..20,
        dy in -20_i16..20,
        flips in any::<[bool; 2]>(),
        border in border(),
        nearest in any::<bool>(),
    ) {
        let mut map = Homography::translation(f64::from(dx), f64::from(dy));
        if flips[0] {
            map = Homography::mirror_x(shape.width).then(map);
        }
        if flips[1] {
            map = map.then(Homography::mirror_y(shape.height));
        }
        let mut fast = vec![f32::NAN; shape.len()];
        shift(
            &image,
            shape,
            map.as_shift().unwrap(),
            border,
            &OutputMap::bytes(shape.channels),
            &mut fast,
        );
        let interpolation = if nearest { Interpolation::Nearest } else { Interpolation::Bilinear };
        prop_assert_eq!(fast, by(&image, shape, map, border, interpolation));
    }

    #[test]
    fn values_are_those_of_64_bits_for_every_shape(
        channels in 1_usize..6, height in 1_usize..40, width in 1_usize..300, border in border(),
        degrees in -180.0..180.0_f64,
        scale in 0.3..3.0_f64,
        way in prop::array::uniform2(-50.0..50.0_f64),
    ) {
        let shape = ImageShape { channels, height, width };
        assert_between(shape, turn(shape, degrees, scale, way), border);
    }

    #[test]
    fn flipping_twice_changes_nothing((shape, image) in image(), upside_down in any::<bool>()) {
        let map = if upside_down {
            Homography::mirror_y(shape.height)
        } else {
            Homography::mirror_x(shape.width)
        };
        let flipped: Vec<u8> =
            sampled(&image, shape, map).iter().map(|v| (v + 0.5) as u8).collect();
        let again: Vec<u8> =
            sampled(&flipped, shape, map).iter().map(|v| (v + 0.5) as u8).collect();
        prop_assert_eq!(again, image);
    }

    #[test]
    fn any_map_samples_values_within_the_images_range(
        (shape, image) in image(),
        map in prop::array::uniform3(prop::array::uniform3(any::<f64>())),
        border in border(),
        nearest in any::<bool>(),
    ) {
        let interpolation = if nearest { Interpolation::Nearest } else { Interpolation::Bilinear };
        let out = by(&image, shape, Homography(map), border, interpolation);
        prop_assert!(out.iter().all(|v| (-0.01..255.1).contains(v)), "{:?}", out);
    }
}
