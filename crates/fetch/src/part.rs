//! The partial file of a download, with its hash.

use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::{FetchError, Problem, RemoteFile, files};

/// The partial file of a download, with the hash of its bytes.
pub struct Part<'a> {
    remote: &'a RemoteFile,
    path: PathBuf,
    file: File,
    hasher: Sha256,
    len: u64,
    /// The size of the whole data set in bytes, for the message about a full disk.
    needed: u64,
}

impl<'a> Part<'a> {
    /// Opens `path` and hashes the bytes of an earlier attempt. `tick` receives the number of bytes
    /// hashed and may stop the fetch.
    pub fn open(
        path: PathBuf,
        remote: &'a RemoteFile,
        needed: u64,
        tick: impl FnMut(u64) -> Result<(), FetchError>,
    ) -> Result<Self, FetchError> {
        #[allow(
            clippy::disallowed_methods,
            reason = "a partial download has a name of its own until it is whole and checked"
        )]
        let file = files::open_own(
            &path,
            File::options().read(true).write(true).create(true).truncate(false),
        )?;
        let mut part = Self { remote, path, file, hasher: Sha256::new(), len: 0, needed };
        // Reading one byte more than the size is enough to know that the file is wrong.
        let limit = remote.size + 1;
        (part.hasher, part.len) = hash(&mut (&part.file).take(limit), &part.path, tick)?;
        if part.len > remote.size {
            part.restart()?;
        }
        Ok(part)
    }

    /// Returns the number of bytes present.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Returns whether all bytes are present.
    pub fn is_full(&self) -> bool {
        self.len == self.remote.size
    }

    /// Appends bytes. If they exceed the size of the file, none is appended.
    pub fn write(&mut self, bytes: &[u8]) -> Result<Result<(), Problem>, FetchError> {
        if bytes.len() as u64 > self.remote.size - self.len {
            return Ok(Err(Problem::TooLong { expected: self.remote.size }));
        }
        self.file
            .write_all(bytes)
            .map_err(|reason| files::failure(&self.path, "written", reason, self.needed))?;
        self.hasher.update(bytes);
        self.len += bytes.len() as u64;
        Ok(Ok(()))
    }

    /// Discards all bytes.
    pub fn restart(&mut self) -> Result<(), FetchError> {
        self.file
            .set_len(0)
            .and_then(|()| self.file.rewind())
            .map_err(|reason| files::failure(&self.path, "emptied", reason, self.needed))?;
        (self.hasher, self.len) = (Sha256::new(), 0);
        Ok(())
    }

    /// Checks the SHA-256 of the bytes. `resumed` says whether some are from an earlier attempt.
    pub fn check(&self, resumed: bool) -> Result<(), Problem> {
        let got = hex::encode(self.hasher.clone().finalize());
        if got == self.remote.sha256 {
            Ok(())
        } else {
            Err(Problem::Hash { got, expected: self.remote.sha256.clone(), resumed })
        }
    }

    /// Renames the checked file to its final name, so that it survives a power failure.
    pub fn finish(self, path: &Path) -> Result<(), FetchError> {
        self.file
            .sync_all()
            .map_err(|reason| files::failure(&self.path, "written", reason, self.needed))?;
        let from = self.path;
        drop(self.file);
        files::rename(&from, path)
    }

    /// Keeps the partial file for a later attempt; an empty one is removed.
    pub fn leave(self) -> Result<(), FetchError> {
        if self.len == 0 { files::remove_file(&self.path) } else { Ok(()) }
    }
}

/// Returns the SHA-256 of a file in hexadecimal digits. `tick` receives the number of bytes hashed
/// and may stop the fetch.
pub fn sha256(
    path: &Path,
    tick: impl FnMut(u64) -> Result<(), FetchError>,
) -> Result<String, FetchError> {
    let mut file = File::open(path).map_err(|reason| files::failure(path, "read", reason, 0))?;
    Ok(hex::encode(hash(&mut file, path, tick)?.0.finalize()))
}

fn hash(
    reader: &mut impl Read,
    path: &Path,
    mut tick: impl FnMut(u64) -> Result<(), FetchError>,
) -> Result<(Sha256, u64), FetchError> {
    let (mut hasher, mut len) = (Sha256::new(), 0);
    let mut piece = vec![0; 64 * 1024];
    loop {
        match reader.read(&mut piece) {
            Ok(0) => return Ok((hasher, len)),
            Ok(n) => {
                hasher.update(&piece[..n]);
                len += n as u64;
                tick(len)?;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(reason) => return Err(files::failure(path, "read", reason, 0)),
        }
    }
}

/// Returns the path of the partial file of `path`: the same with `.part` appended.
pub fn part_path(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".part");
    path.with_file_name(name)
}
