//! The file `checksums.json`: SHA-256 of the files of a folder, and the configuration of the run.
//!
//! It lists files that do not change any more: from the start of a run those that describe it, and
//! at its end all files that other commands read. Some settings in `config.toml` may change
//! (device, threads, folders), so its settings are compared and not its bytes. A folder of an
//! earlier version has no such file and is not checked.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read};
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use zunder_train::{FileKind, TrainError};

use crate::config::changes::{EPOCHS, forbidden, identity};
use crate::folder::sealed::{read_sealed, write_sealed};
use crate::{RunConfig, RunError};

/// Name of the file.
pub(crate) const CHECKSUMS: &str = "checksums.json";

/// Files that are never listed: they may change, contain their own hash, or are never read.
const UNLISTED: [&str; 4] = ["config.toml", CHECKSUMS, ".lock", "report.html"];

/// Files that grow during a run.
const CHANGING: [&str; 6] = [
    "metrics.csv",
    "health.csv",
    "divergence.json",
    "predictions.csv",
    "evaluation.json",
    "test.json",
];

/// The content of `checksums.json`.
#[derive(Serialize, Deserialize)]
pub(crate) struct Checksums {
    /// Configuration as TOML, without the device and the folders.
    config: String,
    /// SHA-256 of the files by their paths in the folder.
    files: BTreeMap<String, String>,
}

impl Checksums {
    /// Computes the checksums of the current files in a folder and in its folder `best`.
    pub(crate) fn of(folder: &Path, config: &RunConfig) -> Result<Self, RunError> {
        Self::listing(folder, config, &["", "best"], &[])
    }

    fn listing(
        folder: &Path,
        config: &RunConfig,
        within: &[&str],
        but: &[&str],
    ) -> Result<Self, RunError> {
        let mut files = BTreeMap::new();
        for inside in within {
            for entry in fs::read_dir(folder.join(inside)).into_iter().flatten().flatten() {
                let name = entry.file_name().to_string_lossy().into_owned();
                let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
                if is_file
                    && !UNLISTED.contains(&&*name)
                    && !but.contains(&&*name)
                    && !name.starts_with(zunder_train::UNFINISHED)
                {
                    let name = if inside.is_empty() { name } else { format!("{inside}/{name}") };
                    files.insert(name, hash(&entry.path())?);
                }
            }
        }
        Ok(Self { config: identity(config)?, files })
    }

    /// Computes the checksums of the folder of a run that starts or resumes, without the files that
    /// the run writes.
    pub(crate) fn of_start(folder: &Path, config: &RunConfig) -> Result<Self, RunError> {
        Self::listing(folder, config, &[""], &CHANGING)
    }

    /// Adds the checksum of a file that is about to be written.
    pub(crate) fn and(mut self, name: &str, content: &[u8]) -> Self {
        self.files.insert(name.to_owned(), hex::encode(Sha256::digest(content)));
        self
    }

    /// Writes the file to its folder.
    pub(crate) fn write(&self, folder: &Path) -> Result<(), RunError> {
        write_sealed(&folder.join(CHECKSUMS), self)
    }

    /// Reads the file of a folder; `None` for a folder of an earlier version.
    pub(crate) fn read(folder: &Path) -> Result<Option<Self>, RunError> {
        let path = folder.join(CHECKSUMS);
        if path.symlink_metadata().is_ok() { read_sealed(&path).map(Some) } else { Ok(None) }
    }

    /// Checks that the settings of a configuration are those of the folder. The number of epochs of
    /// a run that is not tested may have been changed.
    pub(crate) fn check_config(&self, folder: &Path, config: &RunConfig) -> Result<(), RunError> {
        let then = RunConfig::from_toml(&self.config).map_err(|error| RunError::BadFile {
            path: folder.join(CHECKSUMS),
            problem: format!("its configuration cannot be read: {error}"),
        })?;
        // A tested run is not continued, so its number of epochs stays as well.
        let free: &[&str] = if self.files.contains_key("test.json") { &[] } else { &[EPOCHS] };
        let changes = forbidden(&identity(&then)?, &identity(config)?, free)?;
        if changes.is_empty() {
            Ok(())
        } else {
            Err(RunError::OtherConfig { file: folder.join("config.toml"), changes })
        }
    }

    /// Checks that a file of the folder exists and has the listed checksum.
    pub(crate) fn check_file(&self, folder: &Path, path: &Path) -> Result<(), RunError> {
        let name = path.strip_prefix(folder).unwrap_or(path).to_string_lossy().replace('\\', "/");
        let Some(expected) = self.files.get(&name) else { return Ok(()) };
        let bad = |problem: String| Err(RunError::BadFile { path: path.to_owned(), problem });
        match hash(path) {
            Ok(got) if got == *expected => Ok(()),
            Ok(got) => bad(format!(
                "its content has SHA-256 {got}, expected {expected} as {CHECKSUMS} says"
            )),
            Err(RunError::Train(TrainError::Io { source, .. }))
                if source.kind() == io::ErrorKind::NotFound =>
            {
                bad(format!("is missing, and {CHECKSUMS} lists it"))
            }
            Err(error) => Err(error),
        }
    }
}

/// Returns the SHA-256 of a file, 64 hexadecimal digits.
pub(crate) fn hash(path: &Path) -> Result<String, RunError> {
    let mut file = FileKind::Weights.open(path)?;
    let (mut hasher, mut piece) = (Sha256::new(), vec![0; 1 << 16]);
    loop {
        match file.read(&mut piece) {
            Ok(0) => return Ok(hex::encode(hasher.finalize())),
            Ok(n) => hasher.update(&piece[..n]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(RunError::io("read", path)(error)),
        }
    }
}
