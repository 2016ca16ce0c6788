use proptest::prelude::*;
use serde::Deserialize;

use super::*;
use crate::Standardisation;

/// A colour map that changes nothing, but for rounding.
fn bytes(channels: usize) -> ColourMap {
    ColourMap::standardise(&Standardisation { mean: vec![0.0; channels], std: vec![1.0 / 255.0; channels] })
}

fn sampled(image: &[u8], shape: ImageShape, map: Homography) -> Vec<f32> {
    let mut out = vec![f32::NAN; shape.len()];
    match map.as_shift() {
        Some(whole) => shift(image, shape, whole, &bytes(shape.channels), &mut out),
        None => bilinear(image, shape, &map, &bytes(shape.channels), &mut out),
    }
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
    map: [[f32; 3]; 3],
    out: Vec<f32>,
}

#[test]
fn bilinear_samples_are_pytorchs() {
    let golden: Golden = serde_json::from_str(include_str!("../../tests/goldens/bilinear.json")).unwrap();
    let [channels, height, width] = golden.shape;
    for case in golden.cases {
        let out = sampled(&golden.image, ImageShape { channels, height, width }, Homography(case.map));
        for (i, (got, expected)) in out.iter().zip(&case.out).enumerate() {
            assert!((got - expected).abs() < 1e-3, "{}: value {i} is {got}, expected {expected}", case.name);
        }
    }
}

#[test]
fn a_place_on_the_horizon_is_black() {
    let shape = ImageShape { channels: 1, height: 1, width: 3 };
    let out = sampled(&[255; 3], shape, Homography([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [1.0, 0.0, -1.0]]));
    assert!(out[1].abs() < 1e-6, "{out:?}");
}

fn image() -> impl Strategy<Value = (ImageShape, Vec<u8>)> {
    (1_usize..4, 1_usize..9, 1_usize..9).prop_flat_map(|(channels, height, width)| {
        let shape = ImageShape { channels, height, width };
        (Just(shape), prop::collection::vec(any::<u8>(), shape.len()))
    })
}

proptest! {
    #[test]
    fn a_shift_by_k_moves_by_k((shape, image) in image(), dx in -9_i16..10, dy in -9_i16..10, mirrored in any::<bool>()) {
        let mut map = Homography::translation(f32::from(dx), f32::from(dy));
        if mirrored {
            map = map.then(Homography::mirror(shape.width));
        }
        let out = sampled(&image, shape, map);
        let at = |c: usize, y: isize, x: isize| {
            let inside = (0..shape.height as isize).contains(&y) && (0..shape.width as isize).contains(&x);
            if inside { f32::from(image[(c * shape.height + y as usize) * shape.width + x as usize]) } else { 0.0 }
        };
        for (i, got) in out.iter().enumerate() {
            let (c, y, x) = (i / (shape.height * shape.width), i / shape.width % shape.height, i % shape.width);
            let x = if mirrored { shape.width - 1 - x } else { x };
            let expected = at(c, y as isize + isize::from(dy), x as isize + isize::from(dx));
            prop_assert!((got - expected).abs() < 1e-4, "{} instead of {}", got, expected);
        }
    }

    #[test]
    fn the_fast_path_equals_the_general_one_bit_for_bit(
        (shape, image) in image(), dx in -9_i16..10, dy in -9_i16..10, mirrored in any::<bool>(), mean in 0.0_f32..1.0, std in 0.01_f32..1.0,
    ) {
        let mut map = Homography::translation(f32::from(dx), f32::from(dy));
        if mirrored {
            map = Homography::mirror(shape.width).then(map);
        }
        let colours = ColourMap::standardise(&Standardisation { mean: vec![mean; shape.channels], std: vec![std; shape.channels] });
        let (mut fast, mut general) = (vec![f32::NAN; shape.len()], vec![f32::NAN; shape.len()]);
        shift(&image, shape, map.as_shift().unwrap(), &colours, &mut fast);
        bilinear(&image, shape, &map, &colours, &mut general);
        prop_assert_eq!(fast, general);
    }

    #[test]
    fn flipping_twice_changes_nothing((shape, image) in image()) {
        let flipped = sampled(&image, shape, Homography::mirror(shape.width));
        let flipped: Vec<u8> = flipped.iter().map(|v| (v + 0.5) as u8).collect();
        let again: Vec<u8> = sampled(&flipped, shape, Homography::mirror(shape.width)).iter().map(|v| (v + 0.5) as u8).collect();
        prop_assert_eq!(again, image);
    }

    #[test]
    fn any_map_samples_values_within_the_images_range((shape, image) in image(), map in prop::array::uniform3(prop::array::uniform3(any::<f32>()))) {
        let out = sampled(&image, shape, Homography(map));
        prop_assert!(out.iter().all(|v| (-0.01..255.1).contains(v)), "{:?}", out);
    }
}
