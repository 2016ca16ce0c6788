//! A folder of image files, one subfolder a class, as torchvision's `ImageFolder`.
//!
//! ```text
//! pets/cat/1.jpg  pets/cat/2.png  pets/dog/a.webp                       a test part is taken by seed
//! pets/train/cat/1.jpg  pets/train/dog/a.webp  pets/test/cat/7.jpg      the test part is the one that is there
//! ```
//!
//! **Classes** are the subfolders, sorted by the bytes of their names, which may be any UTF-8; two
//! at least, none empty. **Parts**: if `train` stands beside `test` (or `val`, `valid`,
//! `validation`, tried in this order, in any capitals), these are the two parts, and other folders
//! there are not used: validation images are taken from `train` by [`Split`]. A class of the test
//! part may be spelt otherwise if it looks the same ([`names::look`](crate::names::look)).
//! Otherwise a share is taken for testing, each file by its own bytes and the seed
//! ([`Split::by_content`](crate::Split::by_content)): names, order and machine do not matter, and a
//! file more or less moves no other. Files of the same bytes, and images of one group (such as one
//! patient's), stay on one side.
//!
//! A file of which a part is missing, damaged or glued to another is broken: a JPEG is walked
//! through before it is decoded. Bytes after the end are left alone, and a missing end marker is
//! forgiven if all pixels are there.
//!
//! **Files**: PNG, JPEG, BMP, GIF (the first picture), WebP and TIFF, of 8 or 16 bits (RGB in TIFF:
//! 32-bit floats too), grey or RGB, with alpha or without; what the `image` crate does not read,
//! such as a TIFF with a palette or 32-bit grey, is a broken image. Which format a file has is
//! decided by its first bytes; whether it is an image at all by its ending, and by its first bytes
//! if it has none or that of another picture format. Images lie directly in the folder of their
//! class: folders in it are not entered, but reported, so no link can lead in a circle. What is not
//! read is counted by ending ([`LeftOut`]); more of it than images taken is an error.
//!
//! **Passed over**: names that begin with a dot; folders of systems, such as `__MACOSX`; and what
//! Zunder wrote (runs, sweeps, experiments, exports, caches), known by its files.
//!
//! **Images** are grey if all headers say grey (a GIF or a palette says RGB), otherwise RGB, and of
//! one size: see [`ImageFolderConfig`] and [`ImageDecoder`].
//!
//! **Cache**: with a folder for it, the decoded images are kept in a file whose name is a SHA-256
//! over the names and contents of all files and the settings, so it is never out of date. The image
//! files are still read to compute it, but not decoded. Old files are not removed.

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

/// Which folder to read, and how its images become a data set.
///
/// ```
/// use std::ops::ControlFlow;
/// use image::{Rgb, RgbImage};
/// use zunder_data::image_folder::ImageFolderConfig;
///
/// let dir = tempfile::tempdir()?;
/// for (class, [red, blue]) in [("night", [0, 40]), ("day", [90, 255])] {
///     std::fs::create_dir(dir.path().join(class))?;
///     for i in 0..5 {
///         RgbImage::from_pixel(48, 36, Rgb([red, 20 * i, blue])).save(dir.path().join(class).join(format!("{i}.png")))?;
///     }
/// }
/// let folder = ImageFolderConfig::new(dir.path()).load(&|_stage, _done, _total| ControlFlow::Continue(()))?;
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
    /// Size of every image, sides of 1 to 4,096. Default: the median height and the median width of
    /// the training images (upright, from their headers), both scaled down alike if one is above
    /// 64.
    pub image_size: Option<ImageSize>,
    /// How images of other proportions fill it. Default: [`ResizeMode::Crop`].
    pub resize: ResizeMode,
    /// 1 for grey (BT.601 luminance), 3 for RGB. Default: 1 if all images are grey, otherwise 3.
    pub channels: Option<usize>,
    /// The colour behind transparent pixels and around padded images: red, green, blue. Default:
    /// white, the page that transparent pictures are most often made for.
    pub background: [u8; 3],
    /// How many of 16 bits the samples of 16-bit files use, 8 to 16: see [`ImageDecoder::depth`].
    /// Files of 10-, 12- and 14-bit sensors need it set, else they become dark. Default: 16.
    #[serde(skip_serializing_if = "decoder::is_full_depth")]
    pub depth: u8,
    /// Share of the images taken for testing if the folder has no test part of its own, above 0 and
    /// at most 0.5. Default: 0.2.
    pub test_share: f64,
    /// Seed of that choice. It is not the seed of a run: the test part stays the same over runs.
    /// Default: 0.
    pub seed: u64,
    /// Whether that choice is the one of earlier versions, exactly the share of the files in the
    /// order of their names, so that every file more moves others. It is for reading what those
    /// left; no file of settings has it. Default: false, by each file's own content
    /// ([`Split::by_content`]).
    #[serde(skip)]
    pub by_position: bool,
    /// File that says which images belong together, by their paths in the folder
    /// ([`GroupTable`](crate::GroupTable)): the test part is then taken in whole groups, and an
    /// official one that shares a group with the training part is refused. Default: none, each
    /// image stands for itself.
    pub groups: Option<PathBuf>,
    /// What to do about image files that cannot be decoded. Default: [`OnBroken::Refuse`].
    pub on_broken: OnBroken,
    /// What to do if more images are left out than taken, because they are in a format that is not
    /// read or in no class. Default: [`OnUnread::Refuse`].
    #[serde(skip_serializing_if = "OnUnread::is_default")]
    pub on_unread: OnUnread,
    /// Most memory to use, in megabytes of 10^6 bytes: all pixels unless they are mapped, and for
    /// each thread the largest image twice. Estimated from the headers before anything is decoded.
    /// Default: 4,000.
    pub max_memory_mb: u64,
    /// Folder to keep decoded images in, made if it is not there. Default: none, nothing is kept.
    pub cache: Option<PathBuf>,
    /// Where the pixels stay. [`Storage::Mapped`] needs a `cache`, whose file is mapped: images are
    /// decoded into it piece by piece, so a set may be larger than memory. While it is made, it
    /// takes its place on the disk twice. Default: [`Storage::Memory`].
    pub storage: Storage,
    /// Which changes of an image leave its label true. Default: [`LabelInvariance::OBJECTS`].
    pub invariance: LabelInvariance,
}

/// What is done to the files of a folder; each stage counts all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FolderStage {
    /// They are read through, for the hash of their content.
    Reading,
    /// Their sizes are looked up.
    Surveying,
    /// They are decoded.
    Decoding,
    /// The decoded images are written into the cache.
    Keeping,
}

/// Hears how many of how many files are through a stage, and says whether to go on.
pub type FolderWatch<'a> = dyn Fn(FolderStage, usize, usize) -> ControlFlow<()> + Sync + 'a;

/// What to do about image files that cannot be decoded.
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

/// What to do if more images of a folder are left out than taken. What is left out is reported
/// either way ([`LeftOut`]).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum OnUnread {
    /// It is an error. The default.
    #[default]
    Refuse,
    /// The others are taken.
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
    /// The defaults for the folder `dir`.
    pub fn new(dir: impl AsRef<Path>) -> Self {
        Self { dir: dir.as_ref().to_path_buf(), ..Self::default() }
    }

    /// Checks every setting against its range; looks at no file.
    ///
    /// # Errors
    ///
    /// [`DataError::Setting`] with the first setting out of its range.
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

    /// Reads the folder, on all threads of the current rayon pool; their number changes no byte of
    /// the data set.
    ///
    /// `watch` hears how far it is and says whether to go on, after each image of a stage, from any
    /// thread and so not always in order. Nothing is decoded or kept if the images come from the
    /// cache.
    ///
    /// # Errors
    ///
    /// Those of [`validate`](ImageFolderConfig::validate); if the folder is missing, or its classes
    /// are fewer than two, empty, named in something else than UTF-8, or in the test part only; if
    /// a class has one image and none for testing; if an image is broken and not to be skipped, or
    /// all of a class are; if it takes more memory than allowed. That the cache cannot be written
    /// is no error unless it is to be mapped: the report says it. With groups: those of
    /// [`GroupTable`](crate::GroupTable), and if the groups leave no image for one of the parts.
    pub fn load(&self, watch: &FolderWatch<'_>) -> Result<ImageFolder, DataError> {
        self.validate()?;
        load::load(self, watch)
    }
}
