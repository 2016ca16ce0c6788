//! The content of an export's `preprocessing.json`: every step from an image file to the scores
//! that is not part of the network.

use serde::{Deserialize, Serialize};
use zunder_data::image_folder::{ImageDecoder, ResizeMode};
use zunder_data::{ImageShape, Standardisation};

use crate::{Preprocessing, TestTimeAugmentation};

/// Version of this format.
const FORMAT: u32 = 1;

/// The preprocessing, in the order in which it is applied.
///
/// Steps without a setting have a name, so that a reader that knows no other way can refuse a file
/// of a later version.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Steps {
    format: u32,
    decode: Decode,
    resize: Resize,
    standardisation: Standardise,
    /// Views of an image whose mean score is the prediction.
    tta: TestTimeAugmentation,
}

/// From the bytes of a file to 8-bit samples, grey or RGB.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Decode {
    formats: Vec<Format>,
    /// Frame of an animation or page of a document.
    frame: Frame,
    orientation: Orientation,
    colour_profile: ColourProfile,
    /// Used bits of 16-bit samples, 8 to 16: 2^depth - 1 becomes 255.
    depth: u8,
    /// Colour behind transparent pixels and around a padded image.
    background: [u8; 3],
    /// What an alpha channel of zeros everywhere means.
    alpha_of_zeros: Alpha,
    /// 1 for grey, 3 for RGB.
    channels: usize,
    /// Weights of red, green and blue in grey.
    grey: Grey,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Resize {
    mode: ResizeMode,
    kernel: Kernel,
    height: usize,
    width: usize,
}

/// y = (x / divisor - mean) / std, for each channel.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Standardise {
    divisor: Divisor,
    mean: Vec<f32>,
    std: Vec<f32>,
}

/// Declares an enum of names in JSON.
macro_rules! names {
    ($($(#[$doc:meta])* $name:ident { $($value:ident = $text:literal),* })*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
            enum $name { $(#[serde(rename = $text)] $value),* }
        )*
    };
}

names! {
    /// Formats that are read, by content.
    Format {
        Bmp = "bmp", Gif = "gif", Jpeg = "jpeg", Png = "png", Tiff = "tiff", WebP = "webp"
    }
    /// Only the first one.
    Frame { First = "first" }
    /// The tag 274 of EXIF is applied.
    Orientation { Exif = "exif" }
    /// Colour profiles and gamma are not applied.
    ColourProfile { Ignored = "ignored" }
    /// Counts as opaque.
    Alpha { Opaque = "opaque" }
    /// (19595 R + 38470 G + 7471 B + 32768) >> 16, as in ITU-R BT.601.
    Grey { Bt601 = "bt601" }
    /// Pillow's `Image.resize(.., BILINEAR)`: a triangle of twice the width of an output pixel, at
    /// least two pixels wide, columns first, rounded to 8 bits after each direction.
    Kernel { Triangle = "triangle" }
}

/// The number 255.
#[derive(Debug, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
#[derive(Clone, Copy)]
struct Divisor;

const DIVISOR: u32 = 255;

impl From<Divisor> for u32 {
    fn from(_: Divisor) -> Self {
        DIVISOR
    }
}

impl TryFrom<u32> for Divisor {
    type Error = String;

    fn try_from(got: u32) -> Result<Self, String> {
        if got == DIVISOR { Ok(Self) } else { Err(format!("divisor is {got}, expected {DIVISOR}")) }
    }
}

impl Steps {
    pub(crate) fn new(
        standardisation: &Standardisation,
        decoder: ImageDecoder,
        tta: TestTimeAugmentation,
    ) -> Self {
        let ImageDecoder { shape: ImageShape { channels, height, width }, .. } = decoder;
        let ImageDecoder { resize: mode, background, depth, .. } = decoder;
        let Standardisation { mean, std } = standardisation.clone();
        Self {
            format: FORMAT,
            decode: Decode {
                formats: [
                    Format::Bmp,
                    Format::Gif,
                    Format::Jpeg,
                    Format::Png,
                    Format::Tiff,
                    Format::WebP,
                ]
                .to_vec(),
                frame: Frame::First,
                orientation: Orientation::Exif,
                colour_profile: ColourProfile::Ignored,
                depth,
                background,
                alpha_of_zeros: Alpha::Opaque,
                channels,
                grey: Grey::Bt601,
            },
            resize: Resize { mode, kernel: Kernel::Triangle, height, width },
            standardisation: Standardise { divisor: Divisor, mean, std },
            tta,
        }
    }

    /// Parses the file. A message says what is wrong.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let steps: Self = serde_json::from_str(text)
            .map_err(|e| format!("is not the preprocessing of an export: {e}"))?;
        if steps.format != FORMAT {
            return Err(format!("format is {}, expected {FORMAT}", steps.format));
        }
        Ok(steps)
    }

    pub(crate) fn with_classes(
        self,
        classes: Vec<String>,
    ) -> (Preprocessing, TestTimeAugmentation) {
        let Self { decode, resize, standardisation: Standardise { mean, std, .. }, tta, .. } = self;
        let Decode { channels, background, depth, .. } = decode;
        let Resize { mode, height, width, .. } = resize;
        let shape = ImageShape { channels, height, width };
        let decoder = Some(ImageDecoder { shape, resize: mode, background, depth });
        let standardisation = Standardisation { mean, std };
        (Preprocessing { shape, classes, standardisation, decoder }, tta)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn steps() -> (Preprocessing, Value) {
        let shape = ImageShape { channels: 3, height: 5, width: 7 };
        let decoder =
            ImageDecoder { shape, resize: ResizeMode::Pad, background: [1, 2, 3], depth: 10 };
        let standardisation = Standardisation { mean: vec![0.1; 3], std: vec![0.2; 3] };
        let steps = Steps::new(&standardisation, decoder, TestTimeAugmentation::Mirror);
        let classes = vec!["a".to_owned(), "b".to_owned()];
        let value = serde_json::to_value(&steps).unwrap();
        (Preprocessing { shape, classes, standardisation, decoder: Some(decoder) }, value)
    }

    #[test]
    fn the_file_has_all_that_a_run_has() {
        let (preprocessing, value) = steps();
        let back = Steps::parse(&value.to_string()).unwrap();
        let classes = preprocessing.classes.clone();
        assert_eq!(back.with_classes(classes), (preprocessing, TestTimeAugmentation::Mirror));
    }

    #[test]
    fn what_this_version_does_not_do_is_refused() {
        for (path, value, message) in [
            ("/format", json!(2), "format is 2, expected 1"),
            ("/decode/orientation", json!("none"), "unknown variant `none`, expected `exif`"),
            ("/decode/frame", json!("last"), "unknown variant `last`"),
            ("/decode/formats/0", json!("heic"), "unknown variant `heic`"),
            ("/resize/kernel", json!("lanczos"), "unknown variant `lanczos`, expected `triangle`"),
            ("/standardisation/divisor", json!(1), "divisor is 1, expected 255"),
        ] {
            let (_, mut steps) = steps();
            *steps.pointer_mut(path).unwrap() = value;
            let error = Steps::parse(&steps.to_string()).unwrap_err();
            assert!(error.contains(message), "{path}: {error}");
        }
    }
}
