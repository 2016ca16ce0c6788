//! Tests of the tones.

use std::collections::HashMap;

use serde::Deserialize;

use super::*;

#[derive(Deserialize)]
struct Golden {
    shape: [usize; 3],
    images: Vec<Vec<u8>>,
    cases: HashMap<String, Vec<Vec<u8>>>,
}

fn floats(bytes: &[u8]) -> Vec<f32> {
    bytes.iter().map(|&byte| f32::from(byte)).collect()
}

fn applied(tone: Tone, shape: ImageShape, values: &[f32]) -> Vec<f32> {
    let mut out = values.to_vec();
    // The content of the buffer does not matter.
    tone.apply(shape, None, &mut out, &mut vec![f32::NAN; 7]);
    out
}

/// torchvision rounds to bytes, down or to nearest.
#[test]
fn tones_are_torchvisions() {
    let golden: Golden =
        serde_json::from_str(include_str!("../../../tests/goldens/tones.json")).unwrap();
    let [channels, height, width] = golden.shape;
    let shape = ImageShape { channels, height, width };
    let tones = [
        ("posterise 4", Tone::Posterise(4), 0.0),
        ("posterise 1", Tone::Posterise(1), 0.0),
        ("solarise 0.5", Tone::Solarise(127.5), 0.0),
        ("solarise 0", Tone::Solarise(0.0), 0.0),
        ("auto_contrast", Tone::AutoContrast, 1.0),
        ("equalise", Tone::Equalise, 0.0),
        ("sharpness 0.1", Tone::Sharpness(0.1), 1.5),
        ("sharpness 1.9", Tone::Sharpness(1.9), 1.5),
        ("blur 0.7", Tone::Blur(0.7), 0.51),
        ("blur 2.5", Tone::Blur(2.5), 0.51),
        ("contrast 1.5", Tone::Contrast(1.5), 1.5),
    ];
    assert_eq!(golden.cases.len(), tones.len());
    for (name, tone, slack) in tones {
        for (image, expected) in golden.images.iter().zip(&golden.cases[name]) {
            let out = applied(tone, shape, &floats(image));
            for (i, (got, expected)) in out.iter().zip(expected).enumerate() {
                assert!(
                    (got - f32::from(*expected)).abs() <= slack,
                    "{name}: value {i} is {got}, expected {expected}"
                );
            }
        }
        assert_ne!(golden.images[1], golden.cases[name][1], "{name} must do something");
    }
}

const SHAPE: ImageShape = ImageShape { channels: 1, height: 3, width: 4 };

#[test]
fn what_has_no_contrast_stays() {
    let (flat, line) = ([7.0; 12], ImageShape { height: 1, ..SHAPE });
    for tone in [Tone::AutoContrast, Tone::Equalise, Tone::Sharpness(0.0)] {
        assert_eq!(applied(tone, SHAPE, &flat), flat, "{tone:?}");
    }
    // No pixel of a line has neighbours on all sides.
    assert_eq!(applied(Tone::Sharpness(0.0), line, &[1.0, 2.0, 3.0, 4.0]), [1.0, 2.0, 3.0, 4.0]);
}

#[test]
fn a_blur_keeps_the_sum_and_the_symmetry_of_a_point() {
    let shape = ImageShape { channels: 2, height: 15, width: 13 };
    let mut point = vec![0.0; shape.len()];
    point[15 * 13 + 7 * 13 + 6] = 200.0; // the middle of the second channel
    let out = applied(Tone::Blur(1.5), shape, &point);
    assert!((out.iter().sum::<f32>() - 200.0).abs() < 1e-3);
    let (first, second) = out.split_at(15 * 13);
    assert!(first.iter().all(|value| *value == 0.0));
    assert_eq!(second.iter().rev().copied().collect::<Vec<_>>(), second);
    let ratio = second[7 * 13 + 7] / second[7 * 13 + 6];
    assert!((ratio - (-0.5_f32 / 2.25).exp()).abs() < 1e-5, "{ratio}");
}

#[test]
fn a_blur_wider_than_the_image_makes_it_flat() {
    let values: Vec<f32> = (0..12).map(|i| i as f32 * 20.0).collect();
    let out = applied(Tone::Blur(100.0), SHAPE, &values);
    assert!(
        out.iter().all(|value| (value - out[0]).abs() < 2.0 && (*value - 110.0).abs() < 10.0),
        "{out:?}"
    );
    let pixel = ImageShape { channels: 1, height: 1, width: 1 };
    assert!((applied(Tone::Blur(0.1), pixel, &[255.0])[0] - 255.0).abs() < 1e-4);
}
