//! Surveys the headers of all files: the shape to choose, and the memory it needs.

use rayon::prelude::*;

use super::listing::ImageFile;
use super::size::{ImageSize, check_sides};
use super::spill::PIECE;
use super::{ImageFolderConfig, OnBroken, file};
use crate::watch::Count;
use crate::{DataError, ImageShape, Storage};

/// Returns the shape of the data set: as configured, otherwise the usual size of the training
/// images, and grey if all images are grey.
///
/// Also checks the memory: the pixels (unless mapped) and labels of all images, and for each thread
/// the largest image twice, as decoded and as 8-bit colours.
pub(super) fn choose_shape(
    config: &ImageFolderConfig,
    train: &[ImageFile],
    test: &[ImageFile],
    count: &Count<'_>,
) -> Result<ImageShape, DataError> {
    let (train_headers, test_headers) =
        (headers(config, train, count)?, headers(config, test, count)?);
    let all = || train_headers.iter().chain(&test_headers);
    let size = config.image_size.unwrap_or_else(|| {
        let (heights, widths) =
            train_headers.iter().map(|header| (header.height, header.width)).unzip();
        ImageSize::usual(heights, widths)
    });
    let [red, green, blue] = config.background;
    let coloured_background = red != green || green != blue;
    let colour = all().any(|header| header.colour || (header.alpha && coloured_background));
    let channels = config.channels.unwrap_or(if colour { 3 } else { 1 });
    let shape = ImageShape { channels, height: size.height, width: size.width };

    let images = train.len() + test.len();
    let largest = all().map(|header| header.bytes).max().unwrap_or(0);
    let decoding = (2 * largest).saturating_mul(rayon::current_num_threads() as u64);
    let got = data_bytes(images, shape, config.storage).saturating_add(decoding).div_ceil(MEGABYTE);
    if got > config.max_memory_mb {
        return Err(DataError::ImageMemory { images, shape, got, limit: config.max_memory_mb });
    }
    Ok(shape)
}

/// Returns whether the settings alone allow this shape, without looking at the files.
pub(super) fn can_have(config: &ImageFolderConfig, shape: ImageShape) -> bool {
    let ImageShape { channels, height, width } = shape;
    let size = ImageSize { height, width };
    let size_fits = match config.image_size {
        Some(wanted) => wanted == size,
        None => {
            check_sides(height, width).is_ok()
                && ImageSize::usual(vec![height], vec![width]) == size
        }
    };
    let channels_fit =
        config.channels.map_or(channels == 1 || channels == 3, |wanted| wanted == channels);
    size_fits && channels_fit
}

/// The number of bytes of a megabyte.
pub(super) const MEGABYTE: u64 = 1_000_000;

/// Returns the memory in bytes for the pixels and labels of a number of images. Of mapped pixels,
/// only those on their way into the file count.
pub(super) fn data_bytes(images: usize, shape: ImageShape, storage: Storage) -> u64 {
    let pixels = (images as u64).saturating_mul(shape.len() as u64);
    let pixels =
        if storage == Storage::Mapped { pixels.min(PIECE.max(shape.len()) as u64) } else { pixels };
    (images as u64).saturating_mul(4).saturating_add(pixels)
}

fn headers(
    config: &ImageFolderConfig,
    files: &[ImageFile],
    count: &Count<'_>,
) -> Result<Vec<file::Header>, DataError> {
    let read = |image: &ImageFile| {
        count.check()?;
        let header = file::read(&image.path).and_then(|bytes| file::header(&bytes, &image.path));
        count.add(1);
        header
    };
    let results: Vec<_> = files.par_iter().map(read).collect();
    count.check()?;
    match config.on_broken {
        OnBroken::Refuse => results.into_iter().collect(),
        OnBroken::Skip => Ok(results.into_iter().flatten().collect()),
    }
}
