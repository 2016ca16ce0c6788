//! The cache file of decoded images, written completely or not at all.
//!
//! ```text
//! "ZUNDERIF", version u32, fingerprint 32 bytes, SHA-256 of the body 32 bytes, then the body:
//! channels, height, width u64; classes u64, each: length u64, UTF-8;
//! for each part: images u64, labels u32; broken files u64, each: place u64, length u64, UTF-8;
//!     its findings, nine counts u64;
//! pixels of the training part, pixels of the test part.           All numbers are little-endian.
//! ```

mod body;

use std::fs::{self, File};
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::ImageFolderConfig;
use super::fingerprint::VERSION;
use super::plan::{Decoded, Plan};
use crate::Storage;
use crate::watch::Count;

const MAGIC: &[u8; 8] = b"ZUNDERIF";
/// The number of bytes before the body.
const HEAD: usize = 8 + 4 + 32 + 32;

/// The cache file of one set of decoded images.
pub(super) struct Cache {
    pub path: PathBuf,
    key: [u8; 32],
}

/// The content of a cache file.
pub(super) enum Found {
    Images(Box<Decoded>),
    Nothing,
    /// A file that cannot be used, and why.
    Damaged(String),
}

impl Cache {
    pub(super) fn new(folder: &Path, key: [u8; 32]) -> Self {
        Self { path: folder.join(format!("images-{}.cache", hex::encode(key))), key }
    }

    /// Reads the images of `plan`, unless they need more memory than allowed.
    pub(super) fn read(&self, plan: &Plan, config: &ImageFolderConfig) -> Found {
        // Opening a pipe would block for ever.
        match fs::metadata(&self.path) {
            Ok(metadata) if !metadata.is_file() => {
                return Found::Damaged("it is not a regular file".to_owned());
            }
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Found::Nothing,
            Err(error) => return Found::Damaged(error.to_string()),
        }
        let file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) => return Found::Damaged(error.to_string()),
        };
        self.read_file(file, plan, config).unwrap_or_else(|error| Found::Damaged(error.to_string()))
    }

    fn read_file(
        &self,
        mut file: File,
        plan: &Plan,
        config: &ImageFolderConfig,
    ) -> io::Result<Found> {
        let metadata = file.metadata()?;
        let mut head = [0; HEAD];
        if !metadata.is_file() || metadata.len() < HEAD as u64 {
            return Ok(Found::Damaged("it is too short".to_owned()));
        }
        file.read_exact(&mut head)?;
        if head[..HEAD - 32] != self.head() {
            return Ok(Found::Damaged("its first bytes are not those of this cache".to_owned()));
        }
        let mut body = body::Reader::new(
            BufReader::with_capacity(1 << 20, file),
            metadata.len() - HEAD as u64,
        );
        let Some((mut decoded, pixels)) = body.decoded(plan, config)? else {
            return Ok(Found::Nothing);
        };
        if body.hash() != head[HEAD - 32..] {
            return Ok(Found::Damaged("its content does not match its SHA-256".to_owned()));
        }
        if config.storage == Storage::Mapped
            && let Err(error) = decoded.map(&self.path, HEAD as u64 + pixels)
        {
            return Ok(Found::Damaged(error.to_string()));
        }
        Ok(Found::Images(Box::new(decoded)))
    }

    /// Writes the images to a temporary file and renames it, so that a reader finds the complete
    /// file or none, also after a kill. Returns the position of the pixels in the file.
    pub(super) fn write(
        &self,
        plan: &Plan,
        decoded: &Decoded,
        count: &Count<'_>,
    ) -> io::Result<u64> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder)?;
        sweep(folder);
        let mut builder = tempfile::Builder::new();
        builder.prefix(UNFINISHED);
        // Temporary files are private to the owner by default; this one becomes an ordinary file.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let mut file = builder.tempfile_in(folder)?;
        // The lock keeps other processes from removing the file. Where files cannot be locked,
        // nothing is removed.
        let _ = file.as_file().try_lock();
        file.write_all(&[0; HEAD])?;
        let mut body = body::Writer::new(file.as_file_mut());
        let pixels = body.decoded(plan, decoded, count)?;
        let hash = body.finish()?;
        file.seek(SeekFrom::Start(0))?;
        file.write_all(&self.head())?;
        file.write_all(&hash)?;
        file.as_file().sync_all()?;
        file.persist(&self.path).map_err(|error| error.error)?;
        // The new name must survive a power failure too.
        #[cfg(unix)]
        File::open(folder)?.sync_all()?;
        Ok(HEAD as u64 + pixels)
    }

    /// Returns the first bytes, up to the hash of the body.
    fn head(&self) -> [u8; HEAD - 32] {
        let mut head = [0; HEAD - 32];
        head[..8].copy_from_slice(MAGIC);
        head[8..12].copy_from_slice(&VERSION.to_le_bytes());
        head[12..].copy_from_slice(&self.key);
        head
    }
}

/// The prefix of the name of a file that is being written.
const UNFINISHED: &str = ".writing-";

/// Removes the temporary file of a killed process, which no longer holds its lock.
fn sweep(folder: &Path) {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    for entry in entries
        .filter(|entry| entry.file_name().as_encoded_bytes().starts_with(UNFINISHED.as_bytes()))
    {
        if File::open(entry.path()).is_ok_and(|file| file.try_lock().is_ok()) {
            // The file is harmless, so a failure to remove it is ignored.
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn damaged(problem: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, problem)
}
