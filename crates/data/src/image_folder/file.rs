//! One image file: its bytes, its header, its pixels. Whatever the bytes are, these functions end in an error at worst.

use std::fs::{self, File};
use std::io::{self, Cursor, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use image::{DynamicImage, ImageDecoder as _, ImageReader, ImageResult, Limits, metadata::Orientation};

use crate::DataError;

/// Most pixels along a side.
const MOST_SIDE: u32 = 16_384;
/// Most bytes of a file, and of its decoded pixels.
const MOST_BYTES: u64 = 512 << 20;

/// What the first bytes of a file say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    /// Rows, upright.
    pub height: usize,
    /// Columns, upright.
    pub width: usize,
    /// Whether there are colours.
    pub colour: bool,
    /// Whether pixels can be transparent.
    pub alpha: bool,
    /// Bytes of the decoded pixels.
    pub bytes: u64,
}

/// The content of a file.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, DataError> {
    let unreadable = |reason| DataError::Read { path: path.to_path_buf(), reason };
    let metadata = fs::metadata(path).map_err(unreadable)?;
    // A pipe would keep the reader waiting for ever.
    if !metadata.is_file() {
        return Err(broken(path, "it is not a regular file"));
    }
    let mut bytes = Vec::new();
    if metadata.len() <= MOST_BYTES {
        bytes.try_reserve_exact(metadata.len() as usize).map_err(|_| unreadable(io::ErrorKind::OutOfMemory.into()))?;
        File::open(path).and_then(|file| file.take(MOST_BYTES + 1).read_to_end(&mut bytes)).map_err(unreadable)?;
    }
    if metadata.len().max(bytes.len() as u64) > MOST_BYTES {
        return Err(broken(path, format!("the file has {} bytes, expected at most {MOST_BYTES}", metadata.len().max(bytes.len() as u64))));
    }
    Ok(bytes)
}

/// What the header in `bytes` says; `path` is for messages.
pub(super) fn header(bytes: &[u8], path: &Path) -> Result<Header, DataError> {
    guarded(path, || {
        let (decoder, orientation) = open(bytes)?;
        let (width, height) = decoder.dimensions();
        let (height, width) = if turned(orientation) { (width, height) } else { (height, width) };
        let colour = decoder.color_type();
        Ok(Header {
            height: height as usize,
            width: width as usize,
            colour: colour.has_color(),
            alpha: colour.has_alpha(),
            bytes: decoder.total_bytes(),
        })
    })
}

/// The pixels in `bytes`, upright (its EXIF orientation is applied); `path` is for messages.
pub(super) fn decode(bytes: &[u8], path: &Path) -> Result<DynamicImage, DataError> {
    // The JPEG decoder fills what is missing with grey; one would train on it without knowing.
    if jpeg_cut_short(bytes) {
        return Err(broken(path, "it is cut short: a JPEG without its end marker"));
    }
    guarded(path, || {
        let (decoder, orientation) = open(bytes)?;
        let mut image = DynamicImage::from_decoder(decoder)?;
        image.apply_orientation(orientation);
        Ok(image)
    })
}

/// The decoder that the first bytes ask for, whatever the file is called, and the orientation of its image.
fn open(bytes: &[u8]) -> ImageResult<(impl image::ImageDecoder, Orientation)> {
    let mut limits = Limits::default();
    limits.max_image_width = Some(MOST_SIDE);
    limits.max_image_height = Some(MOST_SIDE);
    limits.max_alloc = Some(MOST_BYTES);
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format()?;
    reader.limits(limits.clone());
    let mut decoder = reader.into_decoder()?;
    limits.reserve(decoder.total_bytes())?;
    let orientation = decoder.orientation()?;
    Ok((decoder, orientation))
}

/// Runs a decoder; a panic in it, met with bytes that nobody thought of, becomes an error about the file.
fn guarded<T>(path: &Path, decode: impl FnOnce() -> ImageResult<T>) -> Result<T, DataError> {
    match catch_unwind(AssertUnwindSafe(decode)) {
        Ok(result) => result.map_err(|error| broken(path, error.to_string())),
        Err(_) => Err(broken(path, "its decoder panicked")),
    }
}

fn broken(path: &Path, reason: impl Into<String>) -> DataError {
    DataError::BrokenImage { path: path.to_path_buf(), reason: reason.into().trim_end().to_owned() }
}

fn turned(orientation: Orientation) -> bool {
    use Orientation::{Rotate90, Rotate90FlipH, Rotate270, Rotate270FlipH};
    matches!(orientation, Rotate90 | Rotate270 | Rotate90FlipH | Rotate270FlipH)
}

/// Whether `bytes` are a JPEG whose first scan is not followed by an end marker.
fn jpeg_cut_short(bytes: &[u8]) -> bool {
    if !bytes.starts_with(&[0xFF, 0xD8]) {
        return false;
    }
    // Segments before the first scan may hold a preview, with an end marker of its own.
    let mut rest = &bytes[2..];
    while let [0xFF, marker, high, low, ..] = *rest {
        if marker == 0xDA {
            // Inside a scan, 0xFF stands before 0 or a restart marker only.
            return !rest.windows(2).rev().any(|pair| pair == [0xFF, 0xD9]);
        }
        let length = usize::from(u16::from_be_bytes([high, low]));
        rest = rest.get(if marker == 0xFF { 1 } else { 2 + length }..).unwrap_or_default();
    }
    false
}

#[cfg(test)]
mod tests {
    use image::{ImageFormat, Rgb, RgbImage};
    use proptest::prelude::*;

    use super::*;

    fn encoded(format: ImageFormat) -> Vec<u8> {
        let image = RgbImage::from_fn(9, 7, |x, y| Rgb([x as u8 * 20, y as u8 * 30, 99]));
        let mut bytes = Cursor::new(Vec::new());
        image.write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    const FORMATS: [ImageFormat; 6] =
        [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Bmp, ImageFormat::Gif, ImageFormat::WebP, ImageFormat::Tiff];

    #[test]
    fn every_format_is_read_by_its_content() {
        for format in FORMATS {
            let bytes = encoded(format);
            let header = header(&bytes, Path::new("x")).unwrap();
            assert_eq!((header.height, header.width, header.colour), (7, 9, true), "{format:?}");
            let image = decode(&bytes, Path::new("x")).unwrap().to_rgb8();
            let Rgb(pixel) = *image.get_pixel(8, 6);
            let near = pixel.iter().zip([160, 180, 99]).all(|(&got, expected)| (i32::from(got) - expected).abs() < 12);
            assert!(near, "{format:?}: {pixel:?}");
        }
    }

    #[test]
    fn half_a_file_is_an_error_in_every_format() {
        for format in FORMATS {
            let bytes = encoded(format);
            assert!(decode(&bytes[..bytes.len() * 3 / 4], Path::new("x")).is_err(), "{format:?}");
        }
    }

    /// A PNG header of 60,000 x 60,000 pixels: 11 GB decoded.
    #[test]
    fn a_bomb_is_refused_by_its_header() {
        let mut bytes = encoded(ImageFormat::Png);
        for side in [16..20, 20..24] {
            bytes[side].copy_from_slice(&60_000_u32.to_be_bytes());
        }
        let error = header(&bytes, Path::new("x")).unwrap_err();
        assert!(error.to_string().starts_with("x cannot be decoded: "), "{error}");
    }

    #[test]
    fn what_is_no_file_is_refused() {
        assert!(matches!(read(Path::new("no/such/file")), Err(DataError::Read { .. })));
        let dir = tempfile::tempdir().unwrap();
        assert!(read(dir.path()).unwrap_err().to_string().ends_with("cannot be decoded: it is not a regular file"));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]
        #[test]
        fn any_bytes_end_in_an_image_or_an_error(format in 0_usize..6, at in any::<prop::sample::Index>(), value in any::<u8>(), cut in any::<prop::sample::Index>()) {
            let mut bytes = encoded(FORMATS[format]);
            let (at, cut) = (at.index(bytes.len()), cut.index(bytes.len()));
            bytes[at] = value;
            let _ = header(&bytes, Path::new("x"));
            let _ = decode(&bytes, Path::new("x"));
            bytes.truncate(cut);
            let _ = decode(&bytes, Path::new("x"));
        }
    }
}
