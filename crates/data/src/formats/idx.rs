//! MNIST and the data sets in its format: grey images and their labels in four IDX files (Y. LeCun,
//! C. Cortes, C. Burges 1998, "The MNIST database of handwritten digits"), plain or gzip.
//!
//! An IDX file has a header and then the values, row by row. The header has two zero bytes, one
//! byte for the data type (here 0x08, unsigned byte), one for the number of dimensions, then the
//! size of each dimension as a big-endian 32-bit word: images, rows, columns, or only labels.
//!
//! A [`Family`] describes the files and the labels: [`MNIST`], [`FASHION_MNIST`], [`KMNIST`], or a
//! custom one.

mod families;
mod file;
mod find;
mod header;

use std::path::{Path, PathBuf};

pub use self::families::{FASHION_MNIST, Family, KMNIST, MNIST};
use self::file::IdxFile;
use crate::formats::source::expected_folder;
use crate::images::mapped::Mapped;
use crate::images::pixels::Pixels;
use crate::{DataError, Dataset, ImageShape, Images, Storage};

/// Returns the folder with the files: one of `family.folders` inside `dir`, in any capitalisation,
/// or `dir`, or one of `family.system_folders`; `None` if none of them contains any.
///
/// File names are those of the original files (`train-images-idx3-ubyte`), in any capitalisation,
/// with dots or underscores, with or without `.gz`; each file may be in a folder of its own name.
/// Names do not distinguish MNIST from Fashion-MNIST: files in `dir` itself are assumed to be those
/// of `family`.
///
/// ```
/// use zunder_data::idx::{self, MNIST};
///
/// assert_eq!(idx::find("no/such/folder".as_ref(), &MNIST), None);
/// ```
pub fn find(dir: &Path, family: &Family) -> Option<PathBuf> {
    let of_the_system = family.system_folders.iter().map(PathBuf::from);
    find::folders(dir, family)
        .into_iter()
        .chain(of_the_system)
        .find(|folder| find::holds_any(folder, family))
}

/// Reads the training part and the test part from the folder that [`find`] returns: images of one
/// channel, of any height and width, each with its label.
///
/// Gzip is recognised by the first bytes, not by the name. If there are several files of the same
/// content, such as a plain and a compressed one, the plain one is read. Files are read in
/// parallel. Memory is allocated for the data present, not for the size in the header: beyond the
/// data at most 100 kB per file, and for a gzip file as much again as its data while the buffer
/// grows.
///
/// # Errors
///
/// Returns an error if the folder or a file is missing or there are several with other contents; if
/// a file has another kind, data type or number of dimensions, is longer or shorter than its header
/// says, or is a damaged gzip stream or one of more than 1 GiB unpacked; if the numbers of labels
/// and images differ, or images of training and test have different sizes; if a label is not below
/// the number of classes.
///
/// ```no_run
/// use zunder_data::idx::{self, FASHION_MNIST};
///
/// let data = idx::load("datasets".as_ref(), &FASHION_MNIST)?;
/// assert_eq!(data.train.shape().to_string(), "1x28x28");
/// # Ok::<(), zunder_data::DataError>(())
/// ```
pub fn load(dir: &Path, family: &Family) -> Result<Dataset, DataError> {
    load_with(dir, family, Storage::Memory)
}

/// As [`load`], with the pixels in the given storage. Labels are read in any case, and may be gzip.
///
/// # Errors
///
/// Returns the errors of [`load`], and an error if images that are to be mapped are gzip, or if the
/// system cannot map a file.
pub fn load_with(dir: &Path, family: &Family, storage: Storage) -> Result<Dataset, DataError> {
    let folder = locate(dir, family)?;
    let (train, test) = (
        Part::open(&folder, family, family.parts[0])?,
        Part::open(&folder, family, family.parts[1])?,
    );
    test.check_size(&train)?;
    let (train, test) = rayon::join(|| train.read(family, storage), || test.read(family, storage));
    Ok(Dataset {
        name: family.name.to_owned(),
        classes: family.classes.iter().map(|&class| class.to_owned()).collect(),
        train: train?,
        test: test?,
        invariance: family.invariance,
        synthetic: false,
    })
}

/// As [`find`], with an error if there is no folder.
fn locate(dir: &Path, family: &Family) -> Result<PathBuf, DataError> {
    if let Some(folder) = find(dir, family) {
        return Ok(folder);
    }
    let source = family.source();
    source.check_folder(dir)?;
    find::refuse_other_forms(dir, family, &source)?;
    let folder = family
        .folders
        .first()
        .map_or_else(|| dir.to_path_buf(), |folder| expected_folder(dir, folder));
    Err(source.missing(&folder.join(format!("{}-images-idx3-ubyte.gz", family.parts[0]))))
}

/// The two files of a part, with their headers read.
struct Part {
    images: IdxFile<3>,
    labels: IdxFile<1>,
}

impl Part {
    /// Opens the files whose names begin with `prefix`, and checks that their headers match.
    fn open(folder: &Path, family: &Family, prefix: &str) -> Result<Self, DataError> {
        let source = family.source();
        let images = IdxFile::open(
            &find::file(folder, prefix, "images-idx3", &source)?,
            &source,
            ["images", "rows", "columns"],
        )?;
        let labels = IdxFile::open(
            &find::file(folder, prefix, "labels-idx1", &source)?,
            &source,
            ["labels"],
        )?;
        let ([n_images, ..], [n_labels]) = (images.sizes, labels.sizes);
        if n_labels != n_images {
            let expected = format!("{n_images}, one an image of {}", images.path.display());
            return Err(labels.unfit("number of labels", n_labels, expected));
        }
        Ok(Self { images, labels })
    }

    /// Returns an error unless the images have the same size as those of `train`.
    fn check_size(&self, train: &Self) -> Result<(), DataError> {
        let ([_, height, width], [_, expected_height, expected_width]) =
            (self.images.sizes, train.images.sizes);
        if (height, width) == (expected_height, expected_width) {
            return Ok(());
        }
        let expected =
            format!("{expected_height}x{expected_width} as in {}", train.images.path.display());
        Err(self.images.unfit("image size", format!("{height}x{width}"), expected))
    }

    fn read(self, family: &Family, storage: Storage) -> Result<Images, DataError> {
        let [_, height, width] = self.images.sizes.map(|size| size as usize);
        let (shape, n_classes) = (ImageShape { channels: 1, height, width }, family.classes.len());
        let (images, labels) = (self.images, self.labels);
        let widen = |labels: Vec<u8>| labels.into_iter().map(u32::from).collect();
        match storage {
            Storage::Memory => {
                let (pixels, labels) =
                    rayon::join(|| images.read(), || read_labels(labels, n_classes));
                Images::new(shape, pixels?, widen(labels?), n_classes)
            }
            Storage::Mapped => {
                let pixels = Pixels::Mapped(Mapped::new(vec![images.map()?]));
                Images::with_pixels(
                    shape,
                    pixels,
                    widen(read_labels(labels, n_classes)?),
                    n_classes,
                )
            }
        }
    }
}

fn read_labels(file: IdxFile<1>, n_classes: usize) -> Result<Vec<u8>, DataError> {
    let path = file.path.clone();
    let labels = file.read()?;
    match labels.iter().position(|&label| usize::from(label) >= n_classes) {
        Some(record) => Err(DataError::LabelInFile {
            path,
            record,
            kind: "label",
            label: labels[record].into(),
            n_classes,
        }),
        None => Ok(labels),
    }
}

#[cfg(test)]
mod tests;
