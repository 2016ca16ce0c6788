//! A folder of image files, with one subfolder per class, as torchvision's `ImageFolder`.
//!
//! ```text
//! pets/cat/1.jpg  pets/cat/2.png  pets/dog/a.webp                   test part chosen by seed
//! pets/train/cat/1.jpg  pets/train/dog/a.webp  pets/test/cat/7.jpg  official test part
//! ```
//!
//! **Classes** are the subfolders, sorted by the bytes of their names, which may be any UTF-8.
//! There are at least two, and none is empty. **Parts**: if `train` exists beside `test` (or `val`,
//! `valid`, `validation`, in this order, in any capitalisation), these are the two parts, and other
//! folders beside them are not used; validation images are taken from `train` by [`Split`]. A class
//! of the test part may have another spelling that looks the same
//! ([`names::look`](crate::names::look)). Otherwise a share of the images becomes the test part,
//! each file by its own bytes and the seed ([`Split::by_content`](crate::Split::by_content)):
//! names, order and machine do not matter, and adding or removing a file moves no other. Files of
//! the same bytes, and images of one group (such as one patient's), stay on the same side.
//!
//! A file with missing, damaged or foreign parts is broken: a JPEG is checked before it is decoded.
//! Bytes after the end are ignored, and a missing end marker is accepted if all pixels are present.
//!
//! **Files**: PNG, JPEG, BMP, GIF (the first picture), WebP and TIFF, of 8 or 16 bits (RGB in TIFF:
//! also 32-bit floats), grey or RGB, with or without alpha. Images that the `image` crate does not
//! support, such as a TIFF with a palette or 32-bit grey, are broken images. The first bytes
//! determine the format of a file; the extension determines whether it is an image, or the first
//! bytes if the extension is missing or that of another picture format. Images must be directly in
//! the folder of their class: folders inside it are not entered, but reported, so links cannot lead
//! to cycles. Files that are not read are counted by extension ([`LeftOut`]); more of them than
//! images used is an error.
//!
//! **Ignored**: names that begin with a dot; folders of systems, such as `__MACOSX`; and output of
//! Zunder (runs, sweeps, experiments, exports, caches), recognised by its files.
//!
//! **Images** are grey if all headers say grey (a GIF or a palette counts as RGB), otherwise RGB,
//! and of one size: see [`ImageFolderConfig`] and [`ImageDecoder`].
//!
//! **Cache**: if a cache folder is set, the decoded images are stored in a file whose name is a
//! SHA-256 of the names and contents of all files and the settings, so it is never stale. The image
//! files are still read to compute it, but not decoded. Old cache files are not removed.

mod cache;
mod decode;
mod decoder;
mod file;
mod find;
mod findings;
mod fingerprint;
mod flatten;
mod format;
mod jpeg;
mod left_out;
mod listing;
mod load;
mod own;
mod parts;
mod placement;
mod plan;
mod report;
mod resize;
mod size;
mod spill;
mod survey;
mod test_classes;
mod whole;

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

pub use decoder::ImageDecoder;
pub use find::{FoundImages, find_images};
pub use findings::Findings;
pub use left_out::{LeftOut, LeftOutFiles, LeftOutKind};
pub use placement::ResizeMode;
pub use report::{BrokenImage, CacheUse, FileIdentities, FolderReport, ImageFolder};
pub use size::ImageSize;

#[cfg(doc)]
use crate::Split;
use crate::{DataError, LabelInvariance, Storage};

/// A folder of images, and how its images become a data set.
///
/// ```
/// use image::{Rgb, RgbImage};
/// use std::ops::ControlFlow;
/// use zunder_data::image_folder::ImageFolderConfig;
///
/// let dir = tempfile::tempdir()?;
/// for (class, [red, blue]) in [("night", [0, 40]), ("day", [90, 255])] {
///     std::fs::create_dir(dir.path().join(class))?;
///     for i in 0..5 {
///         RgbImage::from_pixel(48, 36, Rgb([red, 20 * i, blue]))
///             .save(dir.path().join(class).join(format!("{i}.png")))?;
///     }
/// }
/// let folder = ImageFolderConfig::new(dir.path())
///     .load(&|_stage, _done, _total| ControlFlow::Continue(()))?;
/// assert_eq!(folder.dataset.classes, ["day", "night"]);
/// assert_eq!(folder.dataset.train.len() + folder.dataset.test.len(), 10);
/// assert_eq!(folder.dataset.train.shape().to_string(), "3x36x48");
///
/// let pixels = folder.decoder.read(&folder.test_files[0])?; // another image, in the same way
/// assert_eq!(pixels, folder.dataset.test.image(0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ImageFolderConfig {
    /// The folder. Default: the current one.
    pub dir: PathBuf,
    /// The size of all images, with sides of 1 to 4,096. Default: the median height and the median
    /// width of the training images (after orientation, from their headers), both scaled down by
    /// the same factor if one is above 64.
    pub image_size: Option<ImageSize>,
    /// The method for images of another aspect ratio. Default: [`ResizeMode::Crop`].
    pub resize: ResizeMode,
    /// 1 for grey (BT.601 luminance), 3 for RGB. Default: 1 if all images are grey, otherwise 3.
    pub channels: Option<usize>,
    /// The colour behind transparent pixels and around padded images: red, green, blue. Default:
    /// white, the usual background of transparent pictures.
    pub background: [u8; 3],
    /// The number of bits used in the samples of 16-bit files, 8 to 16: see
    /// [`ImageDecoder::depth`]. It must be set for files of 10-, 12- and 14-bit sensors, which are
    /// dark otherwise. Default: 16.
    #[serde(skip_serializing_if = "decoder::is_full_depth")]
    pub depth: u8,
    /// The share of the images for testing if the folder has no test part, above 0 and at most 0.5.
    /// Default: 0.2.
    pub test_share: f64,
    /// The seed of that choice. It differs from the seed of a run, so that the test part is the
    /// same for all runs. Default: 0.
    pub seed: u64,
    /// Whether that choice is the one of earlier versions: exactly the share of the files in the
    /// order of their names, so that each additional file moves others. It is needed to read runs
    /// of those versions; configuration files do not have it. Default: false, by the content of
    /// each file ([`Split::by_content`]).
    #[serde(skip)]
    pub by_position: bool,
    /// The file that assigns images, by their paths in the folder, to groups
    /// ([`GroupTable`](crate::GroupTable)). The test part then consists of whole groups, and an
    /// official one that shares a group with the training part is refused. Default: none, each
    /// image is a group of its own.
    pub groups: Option<PathBuf>,
    /// The treatment of image files that cannot be decoded. Default: [`OnBroken::Refuse`].
    pub on_broken: OnBroken,
    /// The treatment of folders in which more images are left out than used, because of unsupported
    /// formats or missing classes. Default: [`OnUnread::Refuse`].
    #[serde(skip_serializing_if = "OnUnread::is_default")]
    pub on_unread: OnUnread,
    /// The largest amount of memory to use, in megabytes of 10^6 bytes: all pixels unless they are
    /// mapped, and for each thread the largest image twice. It is estimated from the headers before
    /// decoding. Default: 4,000.
    pub max_memory_mb: u64,
    /// The folder for the cache of decoded images, created if necessary. Default: none, no cache.
    pub cache: Option<PathBuf>,
    /// The storage of the pixels. [`Storage::Mapped`] needs a `cache`, whose file is mapped: images
    /// are decoded into it piece by piece, so a set may be larger than memory. While it is created,
    /// it takes twice its size on the disk. Default: [`Storage::Memory`].
    pub storage: Storage,
    /// The changes of an image that preserve its label. Default: [`LabelInvariance::OBJECTS`].
    pub invariance: LabelInvariance,
}

/// A stage of loading a folder. Each stage counts all files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FolderStage {
    /// Reading the files, for the hash of their content.
    Reading,
    /// Reading the sizes of the images.
    Surveying,
    /// Decoding the images.
    Decoding,
    /// Writing the decoded images to the cache.
    Keeping,
}

/// Receives the stage, the number of files done and of all files, and returns whether to go on.
pub type FolderWatch<'a> = dyn Fn(FolderStage, usize, usize) -> ControlFlow<()> + Sync + 'a;

/// The treatment of image files that cannot be decoded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum OnBroken {
    /// The first one, in the order of the images, is an error. The default.
    #[default]
    Refuse,
    /// They are left out and reported.
    Skip,
}

/// The treatment of folders in which more images are left out than used. Files that are left out
/// are reported in any case ([`LeftOut`]).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum OnUnread {
    /// It is an error. The default.
    #[default]
    Refuse,
    /// The other images are used.
    Skip,
}

impl OnUnread {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

impl Default for ImageFolderConfig {
    fn default() -> Self {
        Self {
            dir: PathBuf::from("."),
            image_size: None,
            resize: ResizeMode::default(),
            channels: None,
            background: [255; 3],
            depth: findings::FULL_DEPTH,
            test_share: 0.2,
            seed: 0,
            by_position: false,
            groups: None,
            on_broken: OnBroken::default(),
            on_unread: OnUnread::default(),
            max_memory_mb: 4_000,
            cache: None,
            storage: Storage::default(),
            invariance: LabelInvariance::OBJECTS,
        }
    }
}

impl ImageFolderConfig {
    /// Returns the defaults for the folder `dir`.
    pub fn new(dir: impl AsRef<Path>) -> Self {
        Self { dir: dir.as_ref().to_path_buf(), ..Self::default() }
    }

    /// Checks that all settings are in their ranges; reads no file.
    ///
    /// # Errors
    ///
    /// Returns [`DataError::Setting`] with the first setting out of its range.
    pub fn validate(&self) -> Result<(), DataError> {
        if let Some(ImageSize { height, width }) = self.image_size {
            size::check_sides(height, width)?;
        }
        if let Some(channels) = self.channels {
            size::check_channels(channels)?;
        }
        size::check_depth(self.depth)?;
        if !(self.test_share > 0.0 && self.test_share <= 0.5) {
            return Err(DataError::setting(
                "test_share",
                self.test_share,
                "above 0 and at most 0.5",
            ));
        }
        if self.storage == Storage::Mapped && self.cache.is_none() {
            return Err(DataError::setting(
                "storage",
                "mapped",
                "memory, unless there is a cache, whose file can be mapped",
            ));
        }
        Ok(())
    }

    /// Reads the folder, on all threads of the current rayon pool. Their number changes no byte of
    /// the data set.
    ///
    /// `watch` receives the progress after each image of a stage and returns whether to go on. It
    /// is called from any thread, so not always in order. Nothing is decoded or written if the
    /// images come from the cache.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`validate`](ImageFolderConfig::validate), and an error if the folder
    /// does not exist, or its classes are fewer than two, empty, not named in UTF-8, or in the test
    /// part only; if a class has a single image and none for testing; if an image is broken and not
    /// to be skipped, or all images of a class are broken; if more memory than allowed is needed. A
    /// cache that cannot be written is an error only if it is to be mapped; otherwise the report
    /// says so. With groups: the errors of [`GroupTable`](crate::GroupTable), and an error if the
    /// groups leave no image for one of the parts.
    pub fn load(&self, watch: &FolderWatch<'_>) -> Result<ImageFolder, DataError> {
        self.validate()?;
        load::load(self, watch)
    }
}
