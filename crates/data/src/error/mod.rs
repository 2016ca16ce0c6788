//! What can go wrong with data.

mod hint;

use std::borrow::Cow;
use std::fmt::Display;
use std::io;
use std::path::{Path, PathBuf};

use crate::ImageShape;

/// What can go wrong with data: one sentence a case, and a [`hint`](DataError::hint) where one
/// helps.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DataError {
    /// The folder of a data set is not there.
    #[error("the folder {path} does not exist, expected the files of {dataset} in it")]
    MissingFolder {
        /// The data set looked for.
        dataset: &'static str,
        /// Where it is to be had: an archive or, with a slash at its end, a folder of files.
        url: &'static str,
        /// Where.
        path: PathBuf,
    },
    /// A file stands where a folder should be.
    #[error("{path} is a file, expected a folder with the files of {dataset}")]
    NotAFolder {
        /// The data set looked for.
        dataset: &'static str,
        /// Where.
        path: PathBuf,
    },
    /// A file of a data set is not there.
    #[error("the file {path} does not exist, expected it as part of {dataset}")]
    MissingFile {
        /// The data set it belongs to.
        dataset: &'static str,
        /// Where it is to be had: an archive or, with a slash at its end, a folder of files.
        url: &'static str,
        /// Where.
        path: PathBuf,
    },
    /// Two files or folders stand for the same part of a data set and may differ.
    #[error(
        "{first} and {second} are both there for the same part of {dataset} and may differ, \
         expected one of them"
    )]
    Ambiguous {
        /// The data set.
        dataset: &'static str,
        /// One.
        first: PathBuf,
        /// The other.
        second: PathBuf,
    },
    /// A folder, or something else that is no regular file, stands where a file should be.
    #[error("{path} is not a regular file, expected one of the files of {dataset}")]
    NotAFile {
        /// The data set it belongs to.
        dataset: &'static str,
        /// Where.
        path: PathBuf,
    },
    /// The first bytes of a file say that it is something else.
    #[error("{path} is {found}, expected {expected}")]
    WrongKind {
        /// The file.
        path: PathBuf,
        /// What it is.
        found: &'static str,
        /// What it should be.
        expected: &'static str,
        /// What to do about it.
        hint: &'static str,
    },
    /// A file ends too early.
    #[error("{path} is cut short: it has {got} bytes, expected {expected}")]
    Truncated {
        /// The file.
        path: PathBuf,
        /// Its bytes.
        got: u64,
        /// The bytes that its format fixes.
        expected: u64,
    },
    /// A file goes on after its last record.
    #[error("{path} is too long: it has {got} bytes, expected {expected}")]
    Oversized {
        /// The file.
        path: PathBuf,
        /// Its bytes.
        got: u64,
        /// The bytes that its format fixes.
        expected: u64,
    },
    /// What a file says of its content cannot be, or does not fit another file.
    #[error("the {what} of {path} is {got}, expected {expected}")]
    Content {
        /// What it says, such as "data type".
        what: String,
        /// The file.
        path: PathBuf,
        /// What it has.
        got: String,
        /// What it should have.
        expected: String,
        /// What to do about it.
        hint: &'static str,
    },
    /// A gzip stream cannot be unpacked.
    #[error("the gzip stream of {path} is damaged: {reason}")]
    Gzip {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: io::Error,
    },
    /// A record of a file has a label that no class has.
    #[error("record {record} of {path} has {kind} {label}, expected 0 to \
        {}", n_classes.saturating_sub(1))]
    LabelInFile {
        /// The file.
        path: PathBuf,
        /// The record, from 0.
        record: usize,
        /// What its label is called: "label", or "coarse label" and "fine label" where there are
        /// two.
        kind: &'static str,
        /// Its label.
        label: u32,
        /// Number of classes.
        n_classes: usize,
    },
    /// The system could not read a file.
    #[error("{path} could not be read: {reason}")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        reason: io::Error,
    },
    /// A folder, a pipe or a device stands where a text file should be.
    #[error("{path} is not a regular file, expected a text file")]
    Irregular {
        /// Where.
        path: PathBuf,
    },
    /// A text file is longer than can be meant.
    #[error("{path} has more than {most} bytes, expected a text of at most {most}")]
    TooLong {
        /// The file.
        path: PathBuf,
        /// The most bytes.
        most: u64,
    },
    /// A text file is in another encoding than UTF-8.
    #[error("{path} is {found}, expected UTF-8")]
    Encoding {
        /// The file.
        path: PathBuf,
        /// What it is, as the rest of a sentence.
        found: String,
        /// What `iconv` calls the encoding; empty if it is no text.
        from: &'static str,
    },
    /// The system could not write a file or make a folder.
    #[error("{path} could not be written: {reason}")]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        reason: io::Error,
    },
    /// A setting, or another value handed in, is out of its range.
    #[error("{name} is {got}, expected {expected}")]
    Setting {
        /// The setting, as it is written in a configuration.
        name: Cow<'static, str>,
        /// Its value.
        got: String,
        /// Its range, in words.
        expected: String,
    },
    /// A step of an augmentation works on colours, and the images have none.
    #[error("{step} needs images of 3 channels (red, green, blue), these have {channels}")]
    NoColour {
        /// The step.
        step: &'static str,
        /// Channels of the images.
        channels: usize,
    },
    /// A step of an augmentation makes labels wrong.
    #[error("{step} does not suit the data set: {problem}")]
    LabelChanged {
        /// The step.
        step: &'static str,
        /// What it does to labels.
        problem: &'static str,
    },
    /// A pixel buffer does not hold one image a label.
    #[error("the pixel buffer has {got} bytes, expected {} for {images} images of \
        {shape}", images.saturating_mul(shape.len()))]
    PixelCount {
        /// Its bytes.
        got: usize,
        /// Number of labels.
        images: usize,
        /// The shape of each image.
        shape: ImageShape,
    },
    /// A label that no class has.
    #[error("image {image} has label {label}, expected 0 to {}", n_classes.saturating_sub(1))]
    Label {
        /// The image, from 0.
        image: usize,
        /// Its label.
        label: u32,
        /// Number of classes.
        n_classes: usize,
    },
    /// An index that no image has.
    #[error("index {index} names no image, expected one below {images}")]
    Index {
        /// The index.
        index: u32,
        /// Number of images.
        images: usize,
    },
    /// Images and what should process them have different shapes.
    #[error("the images have shape {got}, expected {expected} as the pipeline does")]
    Shape {
        /// The images' shape.
        got: ImageShape,
        /// The pipeline's shape.
        expected: ImageShape,
    },
    /// A folder of records lacks something.
    #[error("{path} has no {what}, expected it in a folder of records")]
    NoRecords {
        /// The folder.
        path: PathBuf,
        /// What it lacks.
        what: &'static str,
    },
    /// A table of groups does not fit the images, or is none.
    #[error("{path} {problem}")]
    Groups {
        /// The file.
        path: PathBuf,
        /// What is wrong, as the rest of a sentence.
        problem: String,
    },
    // Image folders.
    /// A folder of images is not there.
    #[error(
        "the folder {path} does not exist, expected one with a subfolder of images for each class"
    )]
    NoImageFolder {
        /// Where.
        path: PathBuf,
    },
    /// A file stands where a folder of images should be.
    #[error("{path} is a file, expected a folder with a subfolder of images for each class")]
    ImageFolderIsFile {
        /// Where.
        path: PathBuf,
    },
    /// A folder of images has fewer than two subfolders.
    #[error("{path} has {got} subfolders, expected at least 2, one for each class")]
    FewClasses {
        /// The folder.
        path: PathBuf,
        /// Its subfolders that are not hidden.
        got: usize,
    },
    /// The name of a folder cannot be the name of a class.
    #[error(
        "the name of the folder {path} is not UTF-8, expected UTF-8 since it is the name of a class"
    )]
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
        /// What may be images and is not read, with numbers; empty if there is nothing.
        what: String,
        /// What makes images of it that are read.
        remedy: String,
    },
    /// More images of a folder are left out than taken.
    #[error(
        "{path} has {left_out} images that are not read ({what}) and {taken} that are, expected \
         more that are read"
    )]
    MostLeftOut {
        /// The folder.
        path: PathBuf,
        /// Images that are read.
        taken: usize,
        /// Files that may be images and are not read.
        left_out: usize,
        /// What those are, with numbers.
        what: String,
        /// What makes images of them that are read.
        remedy: String,
    },
    /// A class has too few images to learn from some and be tested on others.
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
        /// The nearest name of a class that the training part has.
        nearest: Option<String>,
    },
    /// An image file cannot be decoded.
    #[error("{path} cannot be decoded: {reason}")]
    BrokenImage {
        /// The file.
        path: PathBuf,
        /// What its decoder said.
        reason: String,
    },
    /// An image is larger than one that is decoded.
    #[error(
        "{path} has {width} x {height} pixels, decoded {} MiB, expected at most {most_side} along \
         a side and {} MiB",
        bytes >> 20, most_bytes >> 20
    )]
    ImageTooLarge {
        /// The file.
        path: PathBuf,
        /// Columns.
        width: usize,
        /// Rows.
        height: usize,
        /// Bytes of its decoded pixels.
        bytes: u64,
        /// Most pixels along a side.
        most_side: u32,
        /// Most bytes of decoded pixels.
        most_bytes: u64,
    },
    /// No image of a class, or of the test part, can be decoded.
    #[error("no image of {what} in {path} can be decoded, expected at least one")]
    AllBroken {
        /// Of what.
        what: String,
        /// The folder of the data set.
        path: PathBuf,
    },
    /// A folder of images takes more memory than allowed.
    #[error(
        "{images} images of {shape} and their decoding take {got} MB of memory, expected at most \
         max_memory_mb = {limit}"
    )]
    ImageMemory {
        /// Number of images.
        images: usize,
        /// The shape of each.
        shape: ImageShape,
        /// Megabytes of 10^6 bytes.
        got: u64,
        /// Those allowed.
        limit: u64,
    },

    /// A thread of the loader could not be started.
    #[error("the system refused to start thread {worker} of the loader: {reason}")]
    Spawn {
        /// The thread, from 0.
        worker: usize,
        /// What the system said.
        reason: io::Error,
    },
    /// The progress callback asked to stop.
    #[error("reading the images was interrupted")]
    Interrupted,
    /// Making a batch panicked: a defect in this library.
    #[error("making batch {batch} panicked: {message}")]
    Panicked {
        /// The batch, from 0.
        batch: usize,
        /// What the panic said.
        message: String,
    },
}

impl DataError {
    /// A value out of its range.
    pub(crate) fn setting(
        name: impl Into<Cow<'static, str>>,
        got: impl Display,
        expected: impl Into<String>,
    ) -> Self {
        Self::Setting { name: name.into(), got: got.to_string(), expected: expected.into() }
    }
}

/// `before` and `what` in brackets, if there is anything.
fn in_brackets(before: &str, what: &str) -> String {
    if what.is_empty() { String::new() } else { format!("{before} ({what})") }
}

/// The error of a file that the system cannot read.
pub(crate) fn unreadable(path: &Path, reason: io::Error) -> DataError {
    DataError::Read { path: path.to_path_buf(), reason }
}

/// The name that was probably meant.
pub(crate) fn meant(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |name| format!(" (did you mean {name}?)"))
}
