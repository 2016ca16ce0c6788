//! One image file: its bytes, its header, its pixels. Any bytes give a result or an error.

use std::borrow::Cow;
use std::fs::{self, File};
use std::io::{self, Cursor, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use image::{
    DynamicImage, ImageDecoder as _, ImageError, ImageReader, ImageResult, Limits,
    metadata::Orientation,
};

use super::{format, jpeg, whole};
use crate::DataError;

/// The largest number of pixels along a side.
const MOST_SIDE: u32 = 16_384;
/// The largest size of a file, and of its decoded pixels, in bytes.
const MOST_BYTES: u64 = 512 << 20;

/// The header of an image file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    /// The number of rows, after orientation.
    pub height: usize,
    /// The number of columns, after orientation.
    pub width: usize,
    /// Whether the image has colours.
    pub colour: bool,
    /// Whether pixels can be transparent.
    pub alpha: bool,
    /// The size of the decoded pixels in bytes.
    pub bytes: u64,
}

/// Reads the content of a file.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, DataError> {
    let unreadable = |reason| DataError::Read { path: path.to_path_buf(), reason };
    let metadata = fs::metadata(path).map_err(unreadable)?;
    // Opening a pipe would block for ever.
    if !metadata.is_file() {
        return Err(broken(path, "it is not a regular file"));
    }
    let mut bytes = Vec::new();
    if metadata.len() <= MOST_BYTES {
        bytes
            .try_reserve_exact(metadata.len() as usize)
            .map_err(|_| unreadable(io::ErrorKind::OutOfMemory.into()))?;
        File::open(path)
            .and_then(|file| file.take(MOST_BYTES + 1).read_to_end(&mut bytes))
            .map_err(unreadable)?;
    }
    check_length(metadata.len().max(bytes.len() as u64), path)?;
    Ok(bytes)
}

/// Returns an error for a file with too many bytes.
pub(super) fn check_length(bytes: u64, path: &Path) -> Result<(), DataError> {
    if bytes > MOST_BYTES {
        let problem = format!("the file has {bytes} bytes, expected at most {MOST_BYTES}");
        return Err(broken(path, problem));
    }
    Ok(())
}

/// Parses the header in `bytes`. `path` is for messages.
pub(super) fn header(bytes: &[u8], path: &Path) -> Result<Header, DataError> {
    check_format(bytes, path)?;
    let (decoder, orientation) = guarded(path, || open(bytes))?;
    let (width, height) = decoder.dimensions();
    let bytes = check_size(path, [width, height], decoder.total_bytes())?;
    let (height, width) = if turned(orientation) { (width, height) } else { (height, width) };
    let colour = decoder.color_type();
    let (height, width) = (height as usize, width as usize);
    Ok(Header { height, width, colour: colour.has_color(), alpha: colour.has_alpha(), bytes })
}

/// Decodes the pixels in `bytes`, with the EXIF orientation applied. `path` is for messages.
///
/// A file with missing or damaged parts is an error, never a partially grey picture.
pub(super) fn decode(bytes: &[u8], path: &Path) -> Result<DynamicImage, DataError> {
    check_format(bytes, path)?;
    let opened = guarded(path, || open(bytes))?;
    let (width, height) = opened.0.dimensions();
    check_size(path, [width, height], opened.0.total_bytes())?;
    match whole::check(bytes).map_err(|reason| broken(path, reason))? {
        Cow::Borrowed(_) => guarded(path, || pixels(opened)),
        Cow::Owned(ended) => guarded(path, || pixels(open(&ended)?)),
    }
}

fn pixels(
    (decoder, orientation): (impl image::ImageDecoder, Orientation),
) -> ImageResult<DynamicImage> {
    let mut image = DynamicImage::from_decoder(decoder)?;
    image.apply_orientation(orientation);
    Ok(image)
}

/// Returns an error for a format that is known but not read.
fn check_format(bytes: &[u8], path: &Path) -> Result<(), DataError> {
    match format::refusal(path, &bytes[..bytes.len().min(512)]) {
        Some(reason) => Err(broken(path, reason)),
        None => Ok(()),
    }
}

/// Returns the decoder for the first bytes, independent of the file name, and the orientation of
/// the image.
fn open(bytes: &[u8]) -> ImageResult<(impl image::ImageDecoder, Orientation)> {
    // Sides are checked afterwards, so that the message has their size.
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(MOST_BYTES);
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format()?;
    reader.limits(limits);
    let mut decoder = reader.into_decoder()?;
    // The JPEG decoder would parse all headers again.
    let orientation =
        if jpeg::lacks_exif(bytes) { Orientation::NoTransforms } else { decoder.orientation()? };
    Ok((decoder, orientation))
}

/// Returns an error if an image has no pixels or is too large to be decoded, otherwise its size in
/// bytes.
fn check_size(path: &Path, [width, height]: [u32; 2], bytes: u64) -> Result<u64, DataError> {
    if width == 0 || height == 0 {
        return Err(broken(
            path,
            format!("it has {width} x {height} pixels, expected at least 1 x 1"),
        ));
    }
    if width.max(height) > MOST_SIDE || bytes > MOST_BYTES {
        let (width, height) = (width as usize, height as usize);
        let (path, most_side, most_bytes) = (path.to_path_buf(), MOST_SIDE, MOST_BYTES);
        return Err(DataError::ImageTooLarge { path, width, height, bytes, most_side, most_bytes });
    }
    Ok(bytes)
}

/// Runs a decoder. A panic in it, caused by unexpected bytes, becomes an error of the file.
fn guarded<T>(path: &Path, decode: impl FnOnce() -> ImageResult<T>) -> Result<T, DataError> {
    match catch_unwind(AssertUnwindSafe(decode)) {
        Ok(Err(ImageError::Limits(_))) => Err(broken(
            path,
            format!("it takes more than the {} MiB that a decoder may use", MOST_BYTES >> 20),
        )),
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

    const FORMATS: [ImageFormat; 6] = [
        ImageFormat::Png,
        ImageFormat::Jpeg,
        ImageFormat::Bmp,
        ImageFormat::Gif,
        ImageFormat::WebP,
        ImageFormat::Tiff,
    ];

    #[test]
    fn every_format_is_read_by_its_content() {
        for format in FORMATS {
            let bytes = encoded(format);
            let header = header(&bytes, Path::new("x")).unwrap();
            assert_eq!((header.height, header.width, header.colour), (7, 9, true), "{format:?}");
            let image = decode(&bytes, Path::new("x")).unwrap().to_rgb8();
            let Rgb(pixel) = *image.get_pixel(8, 6);
            let near = pixel
                .iter()
                .zip([160, 180, 99])
                .all(|(&got, expected)| (i32::from(got) - expected).abs() < 12);
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

    /// The GIF decoder accepts a canvas without rows or columns.
    #[test]
    fn an_image_without_pixels_is_refused_by_its_header() {
        for sides in [6..8, 8..10] {
            let mut bytes = encoded(ImageFormat::Gif);
            bytes[sides].fill(0);
            let errors = [
                header(&bytes, Path::new("x")).unwrap_err(),
                decode(&bytes, Path::new("x")).unwrap_err(),
            ];
            for error in errors {
                assert!(error.to_string().contains("pixels, expected at least 1 x 1"), "{error}");
            }
        }
    }

    /// A PNG header of 60,000 x 60,000 pixels: 11 GB decoded.
    #[test]
    fn a_bomb_is_refused_by_its_header() {
        let mut bytes = encoded(ImageFormat::Png);
        for side in [16..20, 20..24] {
            bytes[side].copy_from_slice(&60_000_u32.to_be_bytes());
        }
        let mut crc = flate2::Crc::new();
        crc.update(&bytes[12..29]);
        bytes[29..33].copy_from_slice(&crc.sum().to_be_bytes());
        let error = header(&bytes, Path::new("x")).unwrap_err();
        let told = "x has 60000 x 60000 pixels, decoded 10299 MiB, expected at most 16384 along a \
            side and 512 MiB";
        assert_eq!(error.to_string(), told);
        assert!(error.hint().is_some_and(|hint| hint.contains("on_broken")));
    }

    #[test]
    fn what_is_no_file_is_refused() {
        assert!(matches!(read(Path::new("no/such/file")), Err(DataError::Read { .. })));
        let dir = tempfile::tempdir().unwrap();
        assert!(
            read(dir.path())
                .unwrap_err()
                .to_string()
                .ends_with("cannot be decoded: it is not a regular file")
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]
        #[test]
        fn any_bytes_end_in_an_image_or_an_error(
            format in 0_usize..6,
            at in any::<prop::sample::Index>(),
            value in any::<u8>(),
            cut in any::<prop::sample::Index>(),
        ) {
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
