//! What the files of a folder must hold: `checksums.json`, with their SHA-256 and the configuration
//! of the run.
//!
//! Files that do not change any more are listed: from the start of a run those that describe it,
//! and at its end all that other commands read. `config.toml` may be edited where a run may move
//! (device, threads, folders), so its settings are compared and not its bytes. A folder without the
//! file is of an earlier version, and nothing is checked.

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

/// The name of the file.
pub(crate) const CHECKSUMS: &str = "checksums.json";

/// Files that are never listed: they may change, have a hash of their own, or are never read.
const UNLISTED: [&str; 4] = ["config.toml", CHECKSUMS, ".lock", "report.html"];

/// Files that a run writes as it goes on.
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
    /// The configuration but for where it computes, as TOML.
    config: String,
    /// SHA-256 by the files' paths in the folder.
    files: BTreeMap<String, String>,
}

impl Checksums {
    /// Lists what lies in a folder and in its folder `best` now.
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

    /// Lists what lies in the folder of a run that begins or goes on, but for the files that it
    /// will write.
    pub(crate) fn of_start(folder: &Path, config: &RunConfig) -> Result<Self, RunError> {
        Self::listing(folder, config, &[""], &CHANGING)
    }

    /// The same with a file that is about to be written.
    pub(crate) fn and(mut self, name: &str, content: &[u8]) -> Self {
        self.files.insert(name.to_owned(), hex::encode(Sha256::digest(content)));
        self
    }

    /// Writes the file into its folder.
    pub(crate) fn write(&self, folder: &Path) -> Result<(), RunError> {
        write_sealed(&folder.join(CHECKSUMS), self)
    }

    /// The file of a folder; none of a folder from before it.
    pub(crate) fn read(folder: &Path) -> Result<Option<Self>, RunError> {
        let path = folder.join(CHECKSUMS);
        if path.symlink_metadata().is_ok() { read_sealed(&path).map(Some) } else { Ok(None) }
    }

    /// Refuses a configuration with other settings than the folder's. The number of epochs may have
    /// changed on the way.
    pub(crate) fn check_config(&self, folder: &Path, config: &RunConfig) -> Result<(), RunError> {
        let then = RunConfig::from_toml(&self.config).map_err(|error| RunError::BadFile {
            path: folder.join(CHECKSUMS),
            problem: format!("its configuration cannot be read: {error}"),
        })?;
        let changes = forbidden(&identity(&then)?, &identity(config)?, &[EPOCHS])?;
        if changes.is_empty() {
            Ok(())
        } else {
            Err(RunError::OtherConfig { file: folder.join("config.toml"), changes })
        }
    }

    /// Refuses a file of the folder that is missing or does not hold what it did.
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

/// SHA-256 of a file, in 64 hexadecimal digits.
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
