//! Every step of the augmentation at sizes that a kernel treats separately, and far beyond them.
#![expect(clippy::unwrap_used, reason = "the helpers of a test fail it by panicking")]

use zunder_data::{AugmentConfig, ImageShape, LabelInvariance, Standardisation};
use zunder_random::Key;

fn image(shape: ImageShape) -> Vec<u8> {
    (0..shape.len()).map(|i| (i * 7 + i / 13) as u8).collect()
}

/// Registers hold 8 positions or 32 sums; sampling processes 256 pixels at a time with four
/// channels side by side; sums of bytes have 8,192 terms at a time.
#[test]
fn every_step_takes_every_size() {
    let sides = [1, 2, 3, 7, 8, 9, 31, 32, 33, 255, 256, 257];
    let small =
        sides.into_iter().flat_map(|side| [(1, side), (side, 1), (3, side), (side, side.min(40))]);
    for (height, width) in small.chain([(1, 8_193), (2, 70_001), (70_001, 2)]) {
        let few = height * width > 1_000;
        for channels in if few { 1..=1 } else { 1..=5 } {
            every_step(ImageShape { channels, height, width });
        }
    }
    every_step(ImageShape { channels: 3, height: 300, width: 301 });
}

fn every_step(shape: ImageShape) {
    let pixels = image(shape);
    let standardisation =
        Standardisation { mean: vec![0.4; shape.channels], std: vec![0.2; shape.channels] };
    for (name, config) in AugmentConfig::every_step().each_alone() {
        let (config, _) = config.suited(LabelInvariance::OBJECTS, shape);
        let mut out = vec![f32::NAN; shape.len()];
        let pipeline = config.init(shape, &standardisation).unwrap();
        pipeline.apply(&pixels, Key::new(1), &mut out);
        assert!(out.iter().all(|v| (-2.001..3.001).contains(v)), "{name} of {shape}");
        let mut bytes = vec![0; shape.len()];
        pipeline.apply_u8(&pixels, Key::new(1), &mut bytes);
        for n in [0, 1, 2, 3] {
            let (mut values, mut labels) = (out.repeat(n), vec![0; n]);
            if let Some(mixing) = pipeline.mixing() {
                let soft = mixing.apply(&mut values, shape, &mut labels, 1, Key::new(1));
                assert!(
                    soft.iter().all(|share| (share - 1.0).abs() < 1e-6) && soft.len() == n,
                    "{name} of {shape}"
                );
            }
        }
    }
}

#[test]
fn images_too_large_for_the_places_numbers_are_refused() {
    let message = |height, width| {
        let shape = ImageShape { channels: 1, height, width };
        AugmentConfig::default()
            .init(shape, &Standardisation::none(1))
            .err()
            .map(|error| error.to_string())
    };
    let (side, half) = (1 << 20, 1 << 11);
    assert_eq!((message(1, side), message(half, side)), (None, None));
    let longer =
        format!("the image shape is 1x1x{}, expected at most 1048576 pixels a side", side + 1);
    assert_eq!(message(1, side + 1), Some(longer));
    let larger =
        format!("the image shape is 1x{}x{side}, expected at most 2147483648 pixels", half + 1);
    assert_eq!(message(half + 1, side), Some(larger));
}
