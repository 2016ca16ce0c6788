//! The position of a scaled image in the common shape.

use serde::{Deserialize, Serialize};

/// The method for fitting an image of another aspect ratio into the common shape.
///
/// ```
/// use zunder_data::image_folder::ResizeMode;
///
/// assert_eq!(ResizeMode::default(), ResizeMode::Crop);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResizeMode {
    /// Scales the image until it covers the shape, then crops the centre: torchvision's `Resize(n)`
    /// and `CenterCrop(n)`. The default: it preserves the aspect ratio and needs no border, and the
    /// subject of a photograph is rarely at its border.
    #[default]
    Crop,
    /// Scales the image until it fits into the shape, centres it and fills the rest with the
    /// background (also called letterbox): Pillow's `ImageOps.pad`. Nothing is lost.
    Pad,
    /// Scales each direction separately, which changes the aspect ratio (also called squish):
    /// torchvision's `Resize((height, width))`. Nothing is lost and nothing added.
    Stretch,
}

/// A window of a scaled image, and its position in the output. All pairs are rows, columns.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Placement {
    /// The size of the whole scaled image.
    pub scaled: [usize; 2],
    /// The start of the window in the scaled image.
    pub from: [usize; 2],
    /// The size of the window.
    pub size: [usize; 2],
    /// The start of the window in the output.
    pub at: [usize; 2],
}

impl Placement {
    /// Computes the placement of an image of size `image` in an output of size `output`. No side
    /// may be 0.
    pub(super) fn new(image: [usize; 2], output: [usize; 2], mode: ResizeMode) -> Self {
        let ([rows, columns], [height, width]) = (image, output);
        let wider = columns * height > rows * width;
        let whole = Self { scaled: output, from: [0; 2], size: output, at: [0; 2] };
        match mode {
            ResizeMode::Stretch => whole,
            ResizeMode::Crop => {
                let scaled = if wider {
                    [height, columns * height / rows]
                } else {
                    [rows * width / columns, width]
                };
                Self {
                    scaled,
                    from: [middle(scaled[0] - height), middle(scaled[1] - width)],
                    ..whole
                }
            }
            ResizeMode::Pad => {
                let scaled = if wider {
                    [ratio(rows * width, columns), width]
                } else {
                    [height, ratio(columns * height, rows)]
                };
                Self {
                    scaled,
                    size: scaled,
                    at: [middle(height - scaled[0]), middle(width - scaled[1])],
                    ..whole
                }
            }
        }
    }
}

/// Returns `a / b`, rounded, at least 1.
fn ratio(a: usize, b: usize) -> usize {
    ((a + b / 2) / b).max(1)
}

/// Returns half of `space`, rounded to even like Python's `round`, which torchvision and Pillow
/// use.
fn middle(space: usize) -> usize {
    let half = space / 2;
    half + (space % 2) * (half % 2)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn crop_is_torchvisions() {
        // Resize(32) makes 32x42 of 48x64; CenterCrop starts at column int(round(10 / 2)).
        let placement = Placement::new([48, 64], [32, 32], ResizeMode::Crop);
        assert_eq!(
            placement,
            Placement { scaled: [32, 42], from: [0, 5], size: [32, 32], at: [0, 0] }
        );
        assert_eq!([1, 3, 5, 7].map(middle), [0, 2, 2, 4]);
    }

    #[test]
    fn pad_keeps_everything_and_at_least_a_pixel() {
        let placement = Placement::new([48, 64], [32, 32], ResizeMode::Pad);
        assert_eq!(
            placement,
            Placement { scaled: [24, 32], from: [0, 0], size: [24, 32], at: [4, 0] }
        );
        assert_eq!(Placement::new([1, 1000], [32, 32], ResizeMode::Pad).scaled, [1, 32]);
    }

    proptest! {
        #[test]
        fn windows_lie_inside_the_scaled_image_and_the_output(
            image in prop::array::uniform2(1_usize..3000),
            output in prop::array::uniform2(1_usize..200),
        ) {
            for mode in [ResizeMode::Crop, ResizeMode::Pad, ResizeMode::Stretch] {
                let placement = Placement::new(image, output, mode);
                for (axis, &side) in output.iter().enumerate() {
                    prop_assert!(placement.size[axis] >= 1);
                    prop_assert!(
                        placement.from[axis] + placement.size[axis] <= placement.scaled[axis]
                    );
                    prop_assert!(placement.at[axis] + placement.size[axis] <= side);
                }
            }
        }
    }
}
