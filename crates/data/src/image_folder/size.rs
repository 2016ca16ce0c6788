//! The common size of all images.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::DataError;

/// The largest side that is chosen by default: 12,288 values per RGB image, as many as a fully
/// connected network handles well.
const LARGEST_DEFAULT: usize = 64;
/// The largest side allowed.
const LARGEST: usize = 4096;

/// The rows and columns of the images of a data set, written as one number for a square, or as
/// `[height, width]`.
///
/// ```
/// use zunder_data::image_folder::ImageSize;
///
/// let size: ImageSize = "48x64".parse()?;
/// assert_eq!(size, ImageSize { height: 48, width: 64 });
/// assert_eq!("32".parse::<ImageSize>()?, ImageSize { height: 32, width: 32 });
/// # Ok::<(), zunder_data::DataError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Written", into = "Written")]
pub struct ImageSize {
    /// Rows, 1 to 4,096.
    pub height: usize,
    /// Columns, 1 to 4,096.
    pub width: usize,
}

impl ImageSize {
    /// Returns the size for images of these heights and widths: the median height and the median
    /// width (the lower of two), both scaled down by the same factor if one is above 64. Images of
    /// one size up to 64x64 therefore keep it, and the aspect ratio is the usual one.
    pub(super) fn usual(mut heights: Vec<usize>, mut widths: Vec<usize>) -> Self {
        let (height, width) = (median(&mut heights), median(&mut widths));
        let longer = height.max(width);
        if longer <= LARGEST_DEFAULT {
            return Self { height, width };
        }
        let scaled = |side: usize| ((side * LARGEST_DEFAULT + longer / 2) / longer).max(1);
        Self { height: scaled(height), width: scaled(width) }
    }
}

fn median(values: &mut [usize]) -> usize {
    values.sort_unstable();
    values.get(values.len().saturating_sub(1) / 2).copied().unwrap_or(1)
}

pub(super) fn check_sides(height: usize, width: usize) -> Result<(), DataError> {
    if (1..=LARGEST).contains(&height) && (1..=LARGEST).contains(&width) {
        return Ok(());
    }
    Err(DataError::setting(
        "image_size",
        ImageSize { height, width },
        format!("sides of 1 to {LARGEST} pixels"),
    ))
}

pub(super) fn check_channels(channels: usize) -> Result<(), DataError> {
    match channels {
        1 | 3 => Ok(()),
        _ => Err(DataError::setting("channels", channels, "1 (grey) or 3 (RGB)")),
    }
}

pub(super) fn check_depth(depth: u8) -> Result<(), DataError> {
    match depth {
        8..=16 => Ok(()),
        _ => Err(DataError::setting("depth", depth, "8 to 16 bits")),
    }
}

impl fmt::Display for ImageSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}", self.height, self.width)
    }
}

impl FromStr for ImageSize {
    type Err = DataError;

    fn from_str(text: &str) -> Result<Self, DataError> {
        let (height, width) = text.split_once('x').unwrap_or((text, text));
        match (height.parse(), width.parse()) {
            (Ok(height), Ok(width)) => Ok(Self { height, width }),
            _ => Err(DataError::setting(
                "image_size",
                text,
                "one number for a square, such as 32, or height x width, such as 48x64",
            )),
        }
    }
}

/// The two notations in a configuration.
#[derive(Serialize, Deserialize)]
#[serde(
    untagged,
    expecting = "expected one number for a square, such as 32, or [height, width], such as [48, 64]"
)]
enum Written {
    Square(usize),
    Rectangle([usize; 2]),
}

impl From<Written> for ImageSize {
    fn from(written: Written) -> Self {
        let [height, width] = match written {
            Written::Square(side) => [side; 2],
            Written::Rectangle(sides) => sides,
        };
        Self { height, width }
    }
}

impl From<ImageSize> for Written {
    fn from(size: ImageSize) -> Self {
        if size.height == size.width {
            Self::Square(size.height)
        } else {
            Self::Rectangle([size.height, size.width])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_size_is_the_median_and_at_most_64() {
        let usual = |sides: &[[usize; 2]]| {
            let (heights, widths) = sides.iter().map(|&[height, width]| (height, width)).unzip();
            ImageSize::usual(heights, widths).to_string()
        };
        assert_eq!(usual(&[[28, 28]]), "28x28");
        assert_eq!(usual(&[[48, 64], [48, 64], [500, 1]]), "48x64");
        assert_eq!(usual(&[[480, 640], [480, 640], [640, 480]]), "48x64");
        assert_eq!(usual(&[[10, 30], [20, 40]]), "10x30");
        assert_eq!(usual(&[[1, 10_000]]), "1x64");
    }

    #[test]
    fn sizes_are_written_in_two_ways() {
        let read = |text| serde_json::from_str::<ImageSize>(text);
        for (text, size) in [("32", [32, 32]), ("[48,64]", [48, 64])] {
            let got = read(text).unwrap();
            assert_eq!([got.height, got.width], size);
            assert_eq!(serde_json::to_string(&got).unwrap(), text);
        }
        assert!(
            read("\"big\"")
                .unwrap_err()
                .to_string()
                .starts_with("expected one number for a square")
        );
        let message = "image_size is 3x, expected one number for a square, such as 32, or height x \
            width, such as 48x64";
        assert_eq!("3x".parse::<ImageSize>().unwrap_err().to_string(), message);
    }
}
