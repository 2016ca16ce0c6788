//! The cache file of decoded images, written completely or not at all.
//!
//! ```text
//! SHA-256 of all that follows     32 bytes
//! length of the manifest          u64, little-endian
//! manifest                        JSON: key, shape, classes; labels, broken files and findings of
//!                                 each part
//! pixels                          of the training part, then of the test part
//! ```

use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::decode::Part;
use super::listing::ImageFile;
use super::plan::{Decoded, Plan};
use super::survey::{MEGABYTE, can_have, data_bytes};
use super::{Findings, ImageFolderConfig};
use crate::images::pixels::Pixels;
use crate::watch::Count;
use crate::{ImageShape, Storage};

/// The number of bytes before the manifest.
const HEAD: usize = 32 + 8;
/// The number of bytes in which pixels are written and read, so that they are hashed while they are
/// in the processor's cache.
const PIECE: usize = 1 << 16;

/// Everything in a cache file but the pixels.
#[derive(Serialize, Deserialize)]
struct Manifest {
    key: String,
    shape: ImageShape,
    classes: Vec<String>,
    parts: [PartManifest; 2],
}

#[derive(Serialize, Deserialize)]
struct PartManifest {
    labels: Vec<u32>,
    broken: Vec<(usize, String)>,
    findings: Findings,
}

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

    fn read_file(&self, file: File, plan: &Plan, config: &ImageFolderConfig) -> io::Result<Found> {
        let damaged = |problem: &str| Ok(Found::Damaged(problem.to_owned()));
        let Some(length) = file.metadata()?.len().checked_sub(HEAD as u64) else {
            return damaged("it is cut short");
        };
        let mut file = BufReader::with_capacity(1 << 20, file);
        let (mut hash, mut size) = ([0; 32], [0; 8]);
        file.read_exact(&mut hash)?;
        file.read_exact(&mut size)?;
        let mut hasher = Sha256::new_with_prefix(size);
        let size = u64::from_le_bytes(size);
        // Nothing longer than the file is allocated.
        if size > length {
            return damaged("it is cut short");
        }
        let mut manifest = vec![0; size as usize];
        file.read_exact(&mut manifest)?;
        hasher.update(&manifest);
        let Ok(manifest) = serde_json::from_slice::<Manifest>(&manifest) else {
            return damaged("its manifest is not readable");
        };
        let Manifest { key, shape, classes, parts } = manifest;
        if !can_have(config, shape) {
            return damaged(&format!("its images are {shape}, which the settings do not give"));
        }
        if key != hex::encode(self.key)
            || classes != plan.classes
            || !parts[0].is_of(&plan.train)
            || !parts[1].is_of(&plan.test)
        {
            return damaged("it is the cache of other images");
        }
        let images = parts.iter().map(|part| part.labels.len()).sum::<usize>();
        if (images as u64).saturating_mul(shape.len() as u64) != length - size {
            return damaged("its length is not that of its images");
        }
        if data_bytes(images, shape, config.storage).div_ceil(MEGABYTE) > config.max_memory_mb {
            return Ok(Found::Nothing);
        }
        let mut piece = vec![0; PIECE];
        let [train, test] = parts.map(|PartManifest { labels, broken, findings }| {
            let n = labels.len() * shape.len();
            let mapped = config.storage == Storage::Mapped;
            let mut pixels = vec![0; if mapped { 0 } else { n }];
            if mapped {
                for start in (0..n).step_by(PIECE) {
                    let piece = &mut piece[..PIECE.min(n - start)];
                    file.read_exact(piece)?;
                    hasher.update(&piece);
                }
            } else {
                for piece in pixels.chunks_mut(PIECE) {
                    file.read_exact(piece)?;
                    hasher.update(&piece);
                }
            }
            Ok::<_, io::Error>(Part { pixels: Pixels::Memory(pixels), labels, broken, findings })
        });
        let mut decoded = Decoded { shape, train: train?, test: test? };
        if hasher.finalize()[..] != hash {
            return damaged("its content does not match its SHA-256");
        }
        if config.storage == Storage::Mapped
            && let Err(error) = decoded.map(&self.path, HEAD as u64 + size)
        {
            return damaged(&error.to_string());
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
        let part = |part: &Part| PartManifest {
            labels: part.labels.clone(),
            broken: part.broken.clone(),
            findings: part.findings,
        };
        let manifest = serde_json::to_vec(&Manifest {
            key: hex::encode(self.key),
            shape: decoded.shape,
            classes: plan.classes.clone(),
            parts: [part(&decoded.train), part(&decoded.test)],
        })?;
        file.write_all(&[0; 32])?;
        let mut hasher = Sha256::new();
        let mut out = BufWriter::with_capacity(PIECE, file.as_file_mut());
        let mut put = |bytes: &[u8]| {
            hasher.update(bytes);
            out.write_all(bytes)
        };
        put(&(manifest.len() as u64).to_le_bytes())?;
        put(&manifest)?;
        for part in [&decoded.train, &decoded.test] {
            for i in 0..part.labels.len() {
                put(part.pixels.image(i, decoded.shape.len()))?;
                count.add(1);
                count.check().map_err(io::Error::other)?;
            }
        }
        out.flush()?;
        drop(out);
        file.seek(SeekFrom::Start(0))?;
        file.write_all(&hasher.finalize())?;
        file.as_file().sync_all()?;
        file.persist(&self.path).map_err(|error| error.error)?;
        // The new name must survive a power failure too.
        #[cfg(unix)]
        File::open(folder)?.sync_all()?;
        Ok((HEAD + manifest.len()) as u64)
    }
}

impl PartManifest {
    /// Returns whether the labels are those of the `files` that are not broken.
    fn is_of(&self, files: &[ImageFile]) -> bool {
        let mut broken = self.broken.iter().map(|(place, _)| *place).peekable();
        let whole = files.iter().enumerate().filter(|(i, _)| broken.next_if_eq(i).is_none());
        whole.map(|(_, file)| file.label).eq(self.labels.iter().copied()) && broken.next().is_none()
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
