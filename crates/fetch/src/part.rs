//! A file that is being downloaded.

use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::{FetchError, Problem, RemoteFile, files};

/// A file that is being downloaded, with the hash of what is there of it.
pub struct Part<'a> {
    remote: &'a RemoteFile,
    path: PathBuf,
    file: File,
    hasher: Sha256,
    len: u64,
    /// Bytes that the whole data set takes, for the words about a full disk.
    needed: u64,
}

impl<'a> Part<'a> {
    /// Opens `path` and hashes what an earlier try left there; `tick` hears the bytes hashed and
    /// may stop it.
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
        // More than one byte too many is not worth reading: the file cannot be right.
        let limit = remote.size + 1;
        (part.hasher, part.len) = hash(&mut (&part.file).take(limit), &part.path, tick)?;
        if part.len > remote.size {
            part.restart()?;
        }
        Ok(part)
    }

    /// Bytes that are there.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether as many bytes are there as the file has.
    pub fn is_full(&self) -> bool {
        self.len == self.remote.size
    }

    /// Adds bytes; all of them or none, if they are more than the file has.
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

    /// Forgets everything that is there.
    pub fn restart(&mut self) -> Result<(), FetchError> {
        self.file
            .set_len(0)
            .and_then(|()| self.file.rewind())
            .map_err(|reason| files::failure(&self.path, "emptied", reason, self.needed))?;
        (self.hasher, self.len) = (Sha256::new(), 0);
        Ok(())
    }

    /// Whether the bytes are the file's. `resumed` says whether some are from an earlier try.
    pub fn check(&self, resumed: bool) -> Result<(), Problem> {
        let got = hex::encode(self.hasher.clone().finalize());
        if got == self.remote.sha256 {
            Ok(())
        } else {
            Err(Problem::Hash { got, expected: self.remote.sha256.clone(), resumed })
        }
    }

    /// Gives the checked file its name, so that it survives a power cut.
    pub fn finish(self, path: &Path) -> Result<(), FetchError> {
        self.file
            .sync_all()
            .map_err(|reason| files::failure(&self.path, "written", reason, self.needed))?;
        let from = self.path;
        drop(self.file);
        files::rename(&from, path)
    }

    /// Leaves what is there for another time; nothing is not worth a file.
    pub fn leave(self) -> Result<(), FetchError> {
        if self.len == 0 { files::remove_file(&self.path) } else { Ok(()) }
    }
}

/// SHA-256 of a file, in hexadecimal digits; `tick` hears the bytes hashed and may stop it.
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

/// Where a download of `path` stands until it is complete: beside it, with `.part` behind the name.
pub fn part_path(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".part");
    path.with_file_name(name)
}
