//! The fetch of a data set: lock, download, check and unpack.

use std::path::{Path, PathBuf};

use crate::by_hand::by_hand;
use crate::download::Download;
use crate::lock::Lock;
use crate::present::{has_size, missing_of};
use crate::progress::{Callback, tell};
use crate::{
    DatasetSource, FetchConfig, FetchError, Progress, RemoteFile, Stage, files, part, unpack,
};

/// The result of a fetch.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fetched {
    /// The folder with the files of the data set.
    pub folder: PathBuf,
    /// The number of bytes received over the network; 0 if everything was present.
    pub downloaded: u64,
}

/// Makes `source` complete in the data folder `dir`: downloads the [`missing`](crate::missing)
/// files, checks them and unpacks archives.
///
/// A complete data set is not changed and no request is made. An archive that is already in `dir`
/// is used if its SHA-256 is right, also with [`FetchConfig::offline`]. A second process that
/// fetches the same data set into the same folder waits for the first one; the empty file
/// `.NAME.lock` remains. The function runs on the calling thread, with one more thread during
/// downloads. It uses less than 2 MiB of memory beyond that of TLS.
///
/// # Errors
///
/// Returns an error if the source or a setting is invalid; if a file is missing and `offline` is
/// set; if no address provides the right bytes; if an archive does not contain what its source
/// lists; if the disk is full or an operation on it fails; if `progress` stops the fetch. A broken
/// download remains as `NAME.part`, and the next fetch resumes it.
///
/// ```
/// use std::ops::ControlFlow;
/// use zunder_fetch::{FetchConfig, by_name, fetch};
///
/// let config = FetchConfig { offline: true, ..Default::default() };
/// let error = fetch(&by_name("mnist")?, "no/such/folder".as_ref(), &config, &mut |_| {
///     ControlFlow::Continue(())
/// })
/// .unwrap_err();
/// assert!(error.to_string().ends_with("and offline forbids to fetch it"));
/// assert!(error.hint().unwrap().contains("curl"));
/// # Ok::<(), zunder_fetch::FetchError>(())
/// ```
pub fn fetch(
    source: &DatasetSource,
    dir: &Path,
    config: &FetchConfig,
    progress: Callback,
) -> Result<Fetched, FetchError> {
    source.validate()?;
    config.validate()?;
    let folder = dir.join(&source.folder);
    if crate::missing(source, dir).is_empty() {
        return Ok(Fetched { folder, downloaded: 0 });
    }
    if config.offline {
        refuse_to_download(source, dir)?;
    }
    files::make_folder(dir)?;
    let waiting = Progress::new(Stage::Waiting, &source.name, 0, 0);
    let _lock = Lock::acquire(source, dir, || tell(progress, &waiting))?;
    let mut downloaded = 0;
    for file in &source.files {
        // Another process may have fetched it while this one waited.
        if !missing_of(source, file, dir).is_empty() {
            downloaded += complete(source, file, dir, config, progress)?;
        }
    }
    Ok(Fetched { folder, downloaded })
}

/// Downloads one file, unpacks it if it is an archive, and returns the number of bytes received.
fn complete(
    source: &DatasetSource,
    file: &RemoteFile,
    dir: &Path,
    config: &FetchConfig,
    progress: Callback,
) -> Result<u64, FetchError> {
    let path = source.path_of(file, dir);
    let mut downloaded = 0;
    if !is_here(file, &path, config, progress)? {
        files::make_folder(path.parent().unwrap_or(dir))?;
        let download = Download {
            file,
            config,
            needed: needed(source),
            by_hand: by_hand(source, &[file], dir),
        };
        downloaded = download.run(&path, progress)?;
    }
    if let Some(archive) = &file.archive {
        let folder = dir.join(&source.folder);
        let tick =
            |done, total| tell(progress, &Progress::new(Stage::Unpacking, &file.name, done, total));
        unpack::unpack(&path, archive, &source.folder, &folder, tick)?;
        if !config.keep_archive {
            files::remove_file(&path)?;
        }
    }
    Ok(downloaded)
}

/// Whether the right archive is at `path` already. Offline, a wrong one is an error.
fn is_here(
    file: &RemoteFile,
    path: &Path,
    config: &FetchConfig,
    progress: Callback,
) -> Result<bool, FetchError> {
    if !has_size(path, file.size) {
        return Ok(false);
    }
    let got = part::sha256(path, |done| {
        tell(progress, &Progress::new(Stage::Checking, &file.name, done, file.size))
    })?;
    if got != file.sha256 && config.offline {
        let problem = format!("its SHA-256 is {got}, expected {}", file.sha256);
        return Err(FetchError::Archive { path: path.to_path_buf(), problem });
    }
    Ok(got == file.sha256)
}

/// Returns an error if a file is missing that no archive in `dir` can provide.
fn refuse_to_download(source: &DatasetSource, dir: &Path) -> Result<(), FetchError> {
    let is_needed = |file: &&RemoteFile| {
        !missing_of(source, file, dir).is_empty()
            && !has_size(&source.path_of(file, dir), file.size)
    };
    let needed: Vec<&RemoteFile> = source.files.iter().filter(is_needed).collect();
    match needed.first().and_then(|file| missing_of(source, file, dir).into_iter().next()) {
        Some(path) => Err(FetchError::Offline {
            title: source.title.clone(),
            path,
            by_hand: by_hand(source, &needed, dir),
        }),
        None => Ok(()),
    }
}

/// Returns the size of all downloads and of all unpacked files in bytes.
fn needed(source: &DatasetSource) -> u64 {
    let unpacked = |file: &RemoteFile| {
        file.archive
            .as_ref()
            .map_or(0, |archive| archive.members.iter().map(|member| member.size).sum())
    };
    source
        .files
        .iter()
        .map(|file| file.size.saturating_add(unpacked(file)))
        .fold(0, u64::saturating_add)
}
