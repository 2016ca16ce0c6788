//! Errors of data sets.

mod create;
mod hint;

use std::borrow::Cow;
use std::io;
use std::path::PathBuf;

use self::create::in_brackets;
pub(crate) use self::create::{meant, unreadable};
use crate::ImageShape;

/// The error of reading or processing data, with a [`hint`](DataError::hint) in most cases.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DataError {
    /// The folder of a data set does not exist.
    #[error("the folder {path} does not exist, expected the files of {dataset} in it")]
    MissingFolder {
        /// The name of the data set.
        dataset: &'static str,
        /// The URL of its archive or, with a slash at its end, of a folder with its files.
        url: &'static str,
        /// The path of the folder.
        path: PathBuf,
    },
    /// A file is in the place of a folder.
    #[error("{path} is a file, expected a folder with the files of {dataset}")]
    NotAFolder {
        /// The name of the data set.
        dataset: &'static str,
        /// The path of the file.
        path: PathBuf,
    },
    /// A file of a data set does not exist.
    #[error("the file {path} does not exist, expected it as part of {dataset}")]
    MissingFile {
        /// The name of the data set.
        dataset: &'static str,
        /// The URL of its archive or, with a slash at its end, of a folder with its files.
        url: &'static str,
        /// The path of the file.
        path: PathBuf,
    },
    /// Two files or folders contain the same part of a data set and may differ.
    #[error(
        "{first} and {second} are both there for the same part of {dataset} and may differ, \
         expected one of them"
    )]
    Ambiguous {
        /// The name of the data set.
        dataset: &'static str,
        /// The first path.
        first: PathBuf,
        /// The second path.
        second: PathBuf,
    },
    /// Something that is not a regular file is in the place of a file.
    #[error("{path} is not a regular file, expected one of the files of {dataset}")]
    NotAFile {
        /// The name of the data set.
        dataset: &'static str,
        /// The path.
        path: PathBuf,
    },
    /// The first bytes of a file show that it is of another kind.
    #[error("{path} is {found}, expected {expected}")]
    WrongKind {
        /// The file.
        path: PathBuf,
        /// The kind of the file.
        found: &'static str,
        /// The expected kind.
        expected: &'static str,
        /// Advice on how to correct it.
        hint: &'static str,
    },
    /// A file is shorter than its format requires.
    #[error("{path} is cut short: it has {got} bytes, expected {expected}")]
    Truncated {
        /// The file.
        path: PathBuf,
        /// The size of the file in bytes.
        got: u64,
        /// The size that its format requires.
        expected: u64,
    },
    /// A file continues after its last record.
    #[error("{path} is too long: it has {got} bytes, expected {expected}")]
    Oversized {
        /// The file.
        path: PathBuf,
        /// The size of the file in bytes.
        got: u64,
        /// The size that its format requires.
        expected: u64,
    },
    /// A value in a file is invalid, or does not match another file.
    #[error("the {what} of {path} is {got}, expected {expected}")]
    Content {
        /// The name of the value, such as "data type".
        what: String,
        /// The file.
        path: PathBuf,
        /// The value.
        got: String,
        /// The expected value.
        expected: String,
        /// Advice on how to correct it.
        hint: &'static str,
    },
    /// A gzip stream is damaged.
    #[error("the gzip stream of {path} is damaged: {reason}")]
    Gzip {
        /// The file.
        path: PathBuf,
        /// The error of the decoder.
        reason: io::Error,
    },
    /// A record of a file has a label out of range.
    #[error("record {record} of {path} has {kind} {label}, expected 0 to \
        {}", n_classes.saturating_sub(1))]
    LabelInFile {
        /// The file.
        path: PathBuf,
        /// The number of the record, from 0.
        record: usize,
        /// "label", or "coarse label" and "fine label" if there are two.
        kind: &'static str,
        /// The label.
        label: u32,
        /// The number of classes.
        n_classes: usize,
    },
    /// A file could not be read.
    #[error("{path} could not be read: {reason}")]
    Read {
        /// The file.
        path: PathBuf,
        /// The error of the operating system.
        reason: io::Error,
    },
    /// Something that is not a regular file is in the place of a text file.
    #[error("{path} is not a regular file, expected a text file")]
    Irregular {
        /// The path.
        path: PathBuf,
    },
    /// A text file is longer than allowed.
    #[error("{path} has more than {most} bytes, expected a text of at most {most}")]
    TooLong {
        /// The file.
        path: PathBuf,
        /// The largest size allowed.
        most: u64,
    },
    /// A text file is not in UTF-8.
    #[error("{path} is {found}, expected UTF-8")]
    Encoding {
        /// The file.
        path: PathBuf,
        /// The encoding that was found, as the rest of a sentence.
        found: String,
        /// The name of the encoding for `iconv`; empty if the file is not text.
        from: &'static str,
    },
    /// A file could not be written, or a folder could not be created.
    #[error("{path} could not be written: {reason}")]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// The error of the operating system.
        reason: io::Error,
    },
    /// A setting or another argument is out of its range.
    #[error("{name} is {got}, expected {expected}")]
    Setting {
        /// The setting, as in a configuration file.
        name: Cow<'static, str>,
        /// Its value.
        got: String,
        /// The range.
        expected: String,
    },
    /// A step of an augmentation needs colours, which the images do not have.
    #[error("{step} needs images of 3 channels (red, green, blue), these have {channels}")]
    NoColour {
        /// The step.
        step: &'static str,
        /// The number of channels of the images.
        channels: usize,
    },
    /// A step of an augmentation makes labels wrong.
    #[error("{step} does not suit the data set: {problem}")]
    LabelChanged {
        /// The step.
        step: &'static str,
        /// The reason.
        problem: &'static str,
    },
    /// The size of a pixel buffer does not match the number of labels.
    #[error("the pixel buffer has {got} bytes, expected {} for {images} images of \
        {shape}", images.saturating_mul(shape.len()))]
    PixelCount {
        /// The size of the buffer in bytes.
        got: usize,
        /// The number of labels.
        images: usize,
        /// The shape of each image.
        shape: ImageShape,
    },
    /// A label is out of range.
    #[error("image {image} has label {label}, expected 0 to {}", n_classes.saturating_sub(1))]
    Label {
        /// The number of the image, from 0.
        image: usize,
        /// The label.
        label: u32,
        /// The number of classes.
        n_classes: usize,
    },
    /// An index is out of range.
    #[error("index {index} names no image, expected one below {images}")]
    Index {
        /// The index.
        index: u32,
        /// The number of images.
        images: usize,
    },
    /// The images have another shape than the pipeline.
    #[error("the images have shape {got}, expected {expected} as the pipeline does")]
    Shape {
        /// The shape of the images.
        got: ImageShape,
        /// The shape of the pipeline.
        expected: ImageShape,
    },
    /// A folder of records is incomplete.
    #[error("{path} has no {what}, expected it in a folder of records")]
    NoRecords {
        /// The folder.
        path: PathBuf,
        /// The missing part.
        what: &'static str,
    },
    /// A table of groups is invalid, or does not match the images.
    #[error("{path} {problem}")]
    Groups {
        /// The file.
        path: PathBuf,
        /// The problem, as the rest of a sentence.
        problem: String,
    },
    /// A folder of images is not there.
    #[error("the folder {path} does not exist, expected one with a subfolder for each class")]
    NoImageFolder {
        /// The path of the folder.
        path: PathBuf,
    },
    /// A file is in the place of a folder of images.
    #[error("{path} is a file, expected a folder with a subfolder of images for each class")]
    ImageFolderIsFile {
        /// The path of the file.
        path: PathBuf,
    },
    /// A folder of images has fewer than two subfolders.
    #[error("{path} has {got} subfolders, expected at least 2, one for each class")]
    FewClasses {
        /// The folder.
        path: PathBuf,
        /// The number of subfolders that are not hidden.
        got: usize,
    },
    /// The name of a folder cannot be a class name.
    #[error("the name of the folder {path} is not UTF-8, expected UTF-8, as for any class name")]
    ClassName {
        /// The folder.
        path: PathBuf,
    },
    /// The folder of a class has no images.
    #[error(
        "the folder {path} has no image{}, expected at least one, since it is a class",
        in_brackets(" that is read", what)
    )]
    EmptyClass {
        /// The folder.
        path: PathBuf,
        /// Files that may be images but are not read, with their number; empty if there are none.
        what: String,
        /// Advice on how to convert them.
        remedy: String,
    },
    /// More images of a folder are left out than used.
    #[error(
        "{path} has {left_out} images that are not read ({what}) and {taken} that are, expected \
         more that are read"
    )]
    MostLeftOut {
        /// The folder.
        path: PathBuf,
        /// The number of images that are read.
        taken: usize,
        /// The number of files that may be images but are not read.
        left_out: usize,
        /// Their formats, with numbers.
        what: String,
        /// Advice on how to convert them.
        remedy: String,
    },
    /// A class has too few images for training and testing.
    #[error(
        "the folder {path} has one image, expected at least 2, since a share is taken for testing"
    )]
    OneImage {
        /// The folder.
        path: PathBuf,
    },
    /// The test part has a class that the training part does not have.
    #[error("{path} is a class that {train} does not have, expected only those that it \
        has{}", meant(nearest.as_deref()))]
    ClassOnlyInTest {
        /// The folder of the class.
        path: PathBuf,
        /// The folder of the training part.
        train: PathBuf,
        /// The most similar class name of the training part.
        nearest: Option<String>,
    },
    /// An image file cannot be decoded.
    #[error("{path} cannot be decoded: {reason}")]
    BrokenImage {
        /// The file.
        path: PathBuf,
        /// The error of the decoder.
        reason: String,
    },
    /// An image is larger than allowed.
    #[error(
        "{path} has {width} x {height} pixels, decoded {} MiB, expected at most {most_side} along \
         a side and {} MiB",
        bytes >> 20, most_bytes >> 20
    )]
    ImageTooLarge {
        /// The file.
        path: PathBuf,
        /// The number of columns.
        width: usize,
        /// The number of rows.
        height: usize,
        /// The size of its decoded pixels in bytes.
        bytes: u64,
        /// The largest number of pixels along a side.
        most_side: u32,
        /// The largest size of decoded pixels in bytes.
        most_bytes: u64,
    },
    /// No image of a class, or of the test part, can be decoded.
    #[error("no image of {what} in {path} can be decoded, expected at least one")]
    AllBroken {
        /// The class or part.
        what: String,
        /// The folder of the data set.
        path: PathBuf,
    },
    /// A folder of images needs more memory than allowed.
    #[error(
        "{images} images of {shape} and their decoding take {got} MB of memory, expected at most \
         max_memory_mb = {limit}"
    )]
    ImageMemory {
        /// The number of images.
        images: usize,
        /// The shape of each image.
        shape: ImageShape,
        /// The memory needed, in megabytes of 10^6 bytes.
        got: u64,
        /// The memory allowed, in megabytes.
        limit: u64,
    },
    /// A thread of the loader could not be started.
    #[error("the system refused to start thread {worker} of the loader: {reason}")]
    Spawn {
        /// The number of the thread, from 0.
        worker: usize,
        /// The error of the operating system.
        reason: io::Error,
    },
    /// The progress callback asked to stop.
    #[error("reading the images was interrupted")]
    Interrupted,
    /// A panic occurred while making a batch: a defect of this library.
    #[error("making batch {batch} panicked: {message}")]
    Panicked {
        /// The number of the batch, from 0.
        batch: usize,
        /// The message of the panic.
        message: String,
    },
}
