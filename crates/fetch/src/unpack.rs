//! Unpacking of archives: only the listed files, with bounded memory and disk space.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, BufReader, Read, Write};
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;

use crate::{Archive, FetchError, files};

/// The largest size of an extra file in bytes.
const EXTRA: u64 = 64 * 1024;
/// The number of bytes that an archive may have beyond its files: headers, padding, skipped
/// entries.
const SLACK: u64 = 1024 * 1024;

/// Unpacks the files of `archive` from the `.tar.gz` at `path` into the folder `target`. In the
/// archive they are in the folder `root`. `tick` receives the number of bytes written and their
/// total.
///
/// Only these files are written, under their known names. Every other entry is skipped, whatever it
/// is and wherever it points. An entry with the name of a listed file that is not a regular file,
/// has another size, or occurs twice makes the archive invalid. At most 1 MiB more than the files
/// is decompressed. The files are written to a folder beside `target`, which is then renamed to
/// `target`. If `target` exists already, the files replace those in it one by one, and other files
/// are kept.
pub fn unpack(
    path: &Path,
    archive: &Archive,
    root: &str,
    target: &Path,
    tick: impl FnMut(u64, u64) -> Result<(), FetchError>,
) -> Result<(), FetchError> {
    // A link to a folder elsewhere is resolved, so that files are renamed within one file system.
    let target = fs::canonicalize(target).unwrap_or_else(|_| target.to_path_buf());
    let staging = target.with_file_name(format!(".{root}.unpacking"));
    let known = || archive.members.iter().map(|member| &member.name).chain(&archive.extras);
    files::remove_folder(&staging, known())?;
    files::make_folder(&staging)?;
    let unpacked = Unpacking { path, archive, root, staging: &staging, done: 0, tick }.run();
    let placed = unpacked.and_then(|names| place(&staging, &names, &target));
    if placed.is_err() {
        // The first error is the one to report.
        let _ = files::remove_folder(&staging, known());
    }
    placed
}

/// Moves the unpacked files to their folder.
fn place(staging: &Path, names: &BTreeSet<String>, target: &Path) -> Result<(), FetchError> {
    files::sync_folder(staging).map_err(|reason| files::failure(staging, "written", reason, 0))?;
    if !target.is_dir() {
        return files::rename(staging, target);
    }
    for name in names {
        files::rename(&staging.join(name), &target.join(name))?;
    }
    // All its files have been renamed.
    files::remove_folder(staging, [])
}

struct Unpacking<'a, T> {
    path: &'a Path,
    archive: &'a Archive,
    root: &'a str,
    staging: &'a Path,
    done: u64,
    tick: T,
}

impl<T: FnMut(u64, u64) -> Result<(), FetchError>> Unpacking<'_, T> {
    /// Writes the files and returns their names.
    fn run(mut self) -> Result<BTreeSet<String>, FetchError> {
        let file =
            File::open(self.path).map_err(|reason| files::failure(self.path, "read", reason, 0))?;
        let limit = self
            .total()
            .saturating_add(self.archive.extras.len() as u64 * EXTRA)
            .saturating_add(SLACK);
        let reader = Bounded { inner: GzDecoder::new(BufReader::new(file)), left: limit, limit };
        let mut tar = tar::Archive::new(reader);
        let mut names = BTreeSet::new();
        // Raw entries: long names and other extensions may be of any size, and are skipped instead
        // of being read into memory.
        let entries = tar.entries().map_err(|error| self.wrong(error.to_string()))?.raw(true);
        for entry in entries {
            let mut entry = entry.map_err(|error| self.wrong(error.to_string()))?;
            let Some((name, size)) = self.expected(&entry.path_bytes()) else { continue };
            let kind = entry.header().entry_type();
            if !kind.is_file() {
                return Err(self.wrong(format!(
                    "{name} is an entry of type {:?}, expected a regular file",
                    char::from(kind.as_byte())
                )));
            }
            let got = entry.size();
            if size.map_or(got > EXTRA, |size| got != size) {
                let expected = size.map_or(format!("at most {EXTRA}"), |size| size.to_string());
                return Err(self.wrong(format!("{name} has {got} bytes, expected {expected}")));
            }
            if !names.insert(name.clone()) {
                return Err(self.wrong(format!("{name} occurs twice")));
            }
            self.write(&mut entry, &name, got)?;
        }
        match self.archive.members.iter().find(|member| !names.contains(&member.name)) {
            Some(member) => Err(self.wrong(format!("{} is missing", member.name))),
            None => Ok(names),
        }
    }

    /// Returns name and size of the listed file with this path in the archive. The size of an extra
    /// file is `None`.
    fn expected(&self, path: &[u8]) -> Option<(String, Option<u64>)> {
        let path = path.strip_prefix(b"./").unwrap_or(path);
        let name = path.strip_prefix(self.root.as_bytes())?.strip_prefix(b"/")?;
        let members = self.archive.members.iter().map(|member| (&member.name, Some(member.size)));
        let mut files = members.chain(self.archive.extras.iter().map(|extra| (extra, None)));
        files.find(|(known, _)| known.as_bytes() == name).map(|(known, size)| (known.clone(), size))
    }

    fn write(&mut self, entry: &mut impl Read, name: &str, size: u64) -> Result<(), FetchError> {
        let path = self.staging.join(name);
        let needed = self.total();
        let failure = |reason: io::Error| files::failure(&path, "written", reason, needed);
        #[allow(
            clippy::disallowed_methods,
            reason = "the whole folder is renamed into its place once it is complete"
        )]
        let mut file = File::create_new(&path).map_err(failure)?;
        let mut piece = vec![0; 64 * 1024];
        let mut written = 0;
        loop {
            let n = match entry.read(&mut piece) {
                Ok(n) => n,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(self.wrong(format!("{name} cannot be read: {error}"))),
            };
            if n == 0 {
                break;
            }
            file.write_all(&piece[..n]).map_err(failure)?;
            written += n as u64;
            self.done += n as u64;
            let total = self.total().max(self.done);
            (self.tick)(self.done, total)?;
        }
        if written != size {
            return Err(self.wrong(format!("{name} ends after {written} of {size} bytes")));
        }
        file.sync_all().map_err(failure)
    }

    fn total(&self) -> u64 {
        self.archive.members.iter().map(|member| member.size).fold(0, u64::saturating_add)
    }

    fn wrong(&self, problem: String) -> FetchError {
        FetchError::Archive { path: PathBuf::from(self.path), problem }
    }
}

/// A reader that returns an error after a number of bytes.
struct Bounded<R> {
    inner: R,
    left: u64,
    limit: u64,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            return Err(io::Error::other(format!("it unpacks to more than {} bytes", self.limit)));
        }
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        let n = self.inner.read(&mut buffer[..most])?;
        self.left -= n as u64;
        Ok(n)
    }
}
