//! One IDX file, plain or gzip.

use std::fmt::Display;
use std::fs::File;
use std::io::{self, BufRead, BufReader, ErrorKind, Read};
use std::path::{Path, PathBuf};

use flate2::bufread::MultiGzDecoder;

use super::header;
use crate::DataError;
use crate::error::unreadable;
use crate::formats::source::Source;
use crate::images::mapped::{Layout, Segment};

/// The number of bytes read from the disk at a time.
pub(super) const BUFFER: usize = 1 << 15;

/// The largest unpacked size of a gzip file in bytes, so that a small compressed file cannot fill
/// the memory.
pub(super) const MOST_UNPACKED: u64 = 1 << 30;

/// An IDX file of unsigned bytes in `N` dimensions, plain or gzip, whose header has been read.
pub(super) struct IdxFile<const N: usize> {
    pub path: PathBuf,
    /// The sizes of the dimensions, at least 1 each.
    pub sizes: [u32; N],
    /// The source of the values.
    reader: Box<dyn Read + Send>,
    gzip: bool,
    /// The size of the file on the disk in bytes.
    length: u64,
}

impl<const N: usize> IdxFile<N> {
    /// Reads the header. For a plain file its sizes are compared with the file's length.
    pub fn open(path: &Path, source: &Source, axes: [&str; N]) -> Result<Self, DataError> {
        let length = source.file(path)?.len();
        let file = File::open(path).map_err(|reason| unreadable(path, reason))?;
        let mut reader = BufReader::with_capacity(BUFFER, file);
        let gzip = reader
            .fill_buf()
            .map_err(|reason| unreadable(path, reason))?
            .starts_with(&[0x1F, 0x8B]);
        if !gzip {
            source.refuse_other_kinds(path)?;
        }
        let reader: Box<dyn Read + Send> =
            if gzip { Box::new(MultiGzDecoder::new(reader)) } else { Box::new(reader) };
        let mut file = Self { path: path.to_path_buf(), sizes: [0; N], reader, gzip, length };
        let mut bytes = Vec::new();
        file.read_some(header::length(N), &mut bytes)?;
        file.sizes = header::parse(&bytes, axes)
            .map_err(|(what, got, expected)| file.unfit(&what, got, expected))?;
        file.check_length()?;
        Ok(file)
    }

    /// Reads all values.
    pub fn read(mut self) -> Result<Vec<u8>, DataError> {
        let n = usize::try_from(self.values()).map_err(|_| self.too_large())?;
        let mut values = Vec::new();
        while values.len() < n {
            // First as much as the file's length, then as much again as has been read: never the
            // size in the header.
            let more = values
                .len()
                .max(usize::try_from(self.length).unwrap_or(usize::MAX))
                .min(n - values.len());
            values.try_reserve_exact(more).map_err(|_| self.too_large())?;
            if self.read_some(more, &mut values)? < more {
                return Err(self.wrong_size(Self::bytes(values.len() as u64)));
            }
        }
        // The end of a gzip stream also has its checksum.
        match self.read_some(1, &mut Vec::new())? {
            0 => Ok(values),
            _ => Err(self.wrong_size(format!("more than {}", Self::bytes(n as u64)))),
        }
    }

    /// Maps all values, as images that the first dimension counts.
    pub fn map(self) -> Result<Segment, DataError> {
        if self.gzip {
            let (path, expected) =
                (self.path, "none, since its images are to be mapped".to_owned());
            let hint = "unpack it with `gunzip`, or read it into memory";
            return Err(DataError::Content {
                what: "compression".to_owned(),
                path,
                got: "gzip".to_owned(),
                expected,
                hint,
            });
        }
        let file = File::open(&self.path).map_err(|reason| unreadable(&self.path, reason))?;
        let bytes = self.values() / u64::from(self.sizes[0]);
        let image = usize::try_from(bytes).map_err(|_| self.too_large())?;
        let layout = Layout {
            offset: header::length(N) as u64,
            stride: image,
            image,
            images: self.sizes[0] as usize,
        };
        Segment::map(&file, &self.path, layout)
    }

    /// Creates the error of a value in the file that does not match.
    pub fn unfit(&self, what: &str, got: impl Display, expected: impl Display) -> DataError {
        let (got, expected) = (got.to_string(), expected.to_string());
        let hint = "the file is damaged, or not what its name says: download it again and check \
                    its SHA-256";
        DataError::Content { what: what.to_owned(), path: self.path.clone(), got, expected, hint }
    }

    /// Returns the number of values according to the header, capped at the largest `u64`.
    fn values(&self) -> u64 {
        self.sizes.iter().fold(1, |product: u64, &size| product.saturating_mul(size.into()))
    }

    /// Returns the size in bytes of an unpacked file with this number of values.
    fn bytes(values: u64) -> u64 {
        values.saturating_add(header::length(N) as u64)
    }

    fn check_length(&self) -> Result<(), DataError> {
        let (path, got, expected) = (self.path.clone(), self.length, Self::bytes(self.values()));
        match self.gzip {
            true if expected > MOST_UNPACKED => Err(DataError::Content {
                what: "unpacked size".to_owned(),
                path,
                got: format!("{expected} bytes"),
                expected: format!("at most {MOST_UNPACKED}"),
                hint: "unpack it with `gunzip`: a plain file may have any size",
            }),
            false if got < expected => Err(DataError::Truncated { path, got, expected }),
            false if got > expected => Err(DataError::Oversized { path, got, expected }),
            _ => Ok(()),
        }
    }

    fn wrong_size(&self, got: impl Display) -> DataError {
        self.unfit("unpacked size", format!("{got} bytes"), Self::bytes(self.values()))
    }

    fn too_large(&self) -> DataError {
        unreadable(&self.path, ErrorKind::OutOfMemory.into())
    }

    /// Appends the next `n` bytes, or fewer at the end, and returns their number.
    fn read_some(&mut self, n: usize, into: &mut Vec<u8>) -> Result<usize, DataError> {
        self.reader.by_ref().take(n as u64).read_to_end(into).map_err(|reason| self.failed(reason))
    }

    fn failed(&self, reason: io::Error) -> DataError {
        match reason.kind() {
            ErrorKind::InvalidInput | ErrorKind::InvalidData | ErrorKind::UnexpectedEof
                if self.gzip =>
            {
                DataError::Gzip { path: self.path.clone(), reason }
            }
            _ => unreadable(&self.path, reason),
        }
    }
}
