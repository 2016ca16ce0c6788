//! Tests of test-time augmentation against means that are computed pixel by pixel.

use burn::tensor::{Device, Tensor};
use zunder_data::{ImageShape, LabelInvariance};

use super::*;

const SHAPE: ImageShape = ImageShape { channels: 2, height: 3, width: 4 };

/// Two images with different pixels everywhere.
fn images() -> Vec<f32> {
    (0..2 * SHAPE.len()).map(|i| (i * i % 29) as f32).collect()
}

/// The mean over the views of scores that are not linear in the pixels.
fn mean(tta: TestTimeAugmentation) -> Vec<f32> {
    let device = Device::flex();
    let input = Tensor::<1>::from_floats(&images()[..], &device).reshape([2, SHAPE.len()]);
    let scores = mean_over(&tta.columns(SHAPE, 1).unwrap(), input, |view| view.clone() * view);
    scores.try_into_vec_as().unwrap()
}

/// The same by a loop over shifts, mirror images and pixels.
fn naive(shifts: &[[isize; 2]], mirror: bool) -> Vec<f32> {
    let ImageShape { channels, height, width } = SHAPE;
    let inside = |position: isize, side: usize| {
        let last = side as isize - 1;
        let position = if position < 0 { -position } else { position };
        if position > last { 2 * last - position } else { position }
    };
    let images = images();
    let mut means = Vec::new();
    for image in images.chunks(SHAPE.len()) {
        for channel in 0..channels {
            for y in 0..height as isize {
                for x in 0..width as isize {
                    let mut values = Vec::new();
                    for [down, right] in shifts {
                        let (row, column) = (inside(y + down, height), inside(x + right, width));
                        let pixel = |column: isize| {
                            image[(channel * height + row as usize) * width + column as usize]
                        };
                        values.push(pixel(column).powi(2));
                        if mirror {
                            values.push(pixel(width as isize - 1 - column).powi(2));
                        }
                    }
                    means.push(values.iter().sum::<f32>() / values.len() as f32);
                }
            }
        }
    }
    means
}

#[test]
fn scores_are_the_mean_over_the_views() {
    let dense = |k: isize| {
        (-k..=k).flat_map(|down| (-k..=k).map(move |right| [down, right])).collect::<Vec<_>>()
    };
    let cross = |k: isize| vec![[0, 0], [k, 0], [-k, 0], [0, k], [0, -k]];
    let shifts = |pixels, mirror| TestTimeAugmentation::Shifts { pixels, mirror };
    let crossed = |pixels, mirror| TestTimeAugmentation::Cross { pixels, mirror };
    for (tta, shifts, mirror, views) in [
        (TestTimeAugmentation::None, dense(0), false, 1),
        (TestTimeAugmentation::Mirror, dense(0), true, 2),
        (shifts(1, true), dense(1), true, 18),
        (shifts(2, true), dense(2), true, 50),
        (shifts(2, false), dense(2), false, 25),
        (crossed(1, true), cross(1), true, 10),
        (crossed(2, false), cross(2), false, 5),
    ] {
        assert_eq!(tta.views(), views, "{tta}");
        let (got, expected) = (mean(tta), naive(&shifts, mirror));
        assert_eq!(got.len(), expected.len());
        for (got, expected) in got.iter().zip(&expected) {
            assert!((got - expected).abs() < 1e-3, "{tta}: {got}, expected {expected}");
        }
    }
}

/// Each pixel of a pooled view is the mean of a block of the view.
#[test]
fn views_are_pooled_by_blocks() {
    let shape = ImageShape { channels: 2, height: 4, width: 6 };
    let device = Device::flex();
    let pixels = Tensor::<1>::from_floats(&images()[..], &device).reshape([1, shape.len()]);
    let tta = TestTimeAugmentation::Shifts { pixels: 1, mirror: true };
    let of = |pool| tta.columns(shape, pool).unwrap();
    for (view, pooled) in of(1).iter().zip(of(2)) {
        let [view, pooled] = [view, &pooled]
            .map(|map| map.forward(pixels.clone()).try_into_vec_as::<f32>().unwrap());
        assert_eq!(pooled.len(), view.len() / 4);
        for (i, got) in pooled.iter().enumerate() {
            let (channel, y, x) = (i / 6, i % 6 / 3, i % 3);
            let block = [[0, 0], [0, 1], [1, 0], [1, 1]]
                .map(|[below, beside]| view[(channel * 4 + 2 * y + below) * 6 + 2 * x + beside]);
            assert_eq!(*got, block.iter().sum::<f32>() / 4.0, "{i}");
        }
    }
}

#[test]
fn positions_outside_are_reflected() {
    let of = |side: usize| (-4..=6).map(|i| reflected(i, side)).collect::<Vec<_>>();
    assert_eq!(of(3), [0, 1, 2, 1, 0, 1, 2, 1, 0, 1, 2]);
    assert_eq!(of(2), [0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0]);
    assert_eq!(of(1), [0; 11]);
}

#[test]
fn digits_are_not_mirrored() {
    let mirrored = [
        TestTimeAugmentation::Mirror,
        TestTimeAugmentation::Shifts { pixels: 2, mirror: true },
        TestTimeAugmentation::Cross { pixels: 1, mirror: true },
    ];
    for (tta, instead) in
        mirrored.into_iter().zip(["none", "shifts-2-no-mirror", "cross-1-no-mirror"])
    {
        assert!(tta.check_labels(LabelInvariance::UPRIGHT).is_ok());
        let error = tta.check_labels(LabelInvariance::CHARACTERS).unwrap_err().to_string();
        assert!(error.contains(&format!("tta {tta} does not suit the data set")), "{error}");
        assert!(error.contains(&format!("expected {instead}")), "{error}");
        let instead: TestTimeAugmentation = instead.parse().unwrap();
        assert!(instead.check_labels(LabelInvariance::CHARACTERS).is_ok());
    }
}
