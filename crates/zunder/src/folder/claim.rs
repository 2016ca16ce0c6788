//! Creates the folder of a command's output and locks it against other processes.
//!
//! A folder can be used if it is new or empty, or if a command of the same kind was interrupted in
//! it at its start: then it contains a lock and the first files of that kind, and nothing else. All
//! other files belong to the user and are never changed.

use std::fs::{self, DirEntry, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use crate::RunError;

/// Name of the empty file that a process locks while it writes to the folder.
const LOCK: &str = ".lock";

/// Files that an interrupted start of a kind of command may leave.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Beginnings {
    /// Paths of the files in the folder. `#` stands for a number.
    files: &'static [&'static str],
    /// Folders that may exist without a file.
    folders: &'static [&'static str],
}

/// Files of a run before its configuration.
pub(crate) const RUN: Beginnings = Beginnings {
    files: &["environment.json", "preprocessing.json", "images.safetensors", "checksums.json"],
    folders: &["checkpoints", "best", "pictures"],
};
/// Files of an import before its configuration.
pub(crate) const IMPORT: Beginnings = Beginnings {
    files: &[
        "best/model.safetensors",
        "preprocessing.json",
        "images.safetensors",
        "import.json",
        "checksums.json",
    ],
    folders: &["checkpoints", "pictures"],
};
/// Files of a cross-validation before its first fold, which may have been refused.
pub(crate) const FOLDS: Beginnings =
    Beginnings { files: &["checksums.json", "config.toml"], folders: &[] };
/// Files of a sweep before its first trial, which may have been refused.
pub(crate) const SWEEP: Beginnings =
    Beginnings { files: &["trials/#/config.toml", "sweep.json"], folders: &[] };
/// Files of an export before `model.json`.
pub(crate) const EXPORT: Beginnings = Beginnings {
    files: &[
        "preprocessing.json",
        "preprocessing.py",
        "README.md",
        "model.safetensors",
        "images.safetensors",
        "model.py",
    ],
    folders: &[],
};
/// Files of an export before `model.onnx`.
pub(crate) const ONNX: Beginnings = Beginnings {
    files: &["preprocessing.json", "preprocessing.py", "README.md", "predict.py"],
    folders: &[],
};
/// Files of an export before `Cargo.toml`.
pub(crate) const PROJECT: Beginnings = Beginnings {
    files: &[
        "preprocessing.json",
        "README.md",
        "model.bpk",
        "classifier.json",
        "src/lib.rs",
        "src/main.rs",
    ],
    folders: &[],
};
/// Files of the doctor, whose figures the next diagnosis replaces.
pub(crate) const DOCTOR: Beginnings =
    Beginnings { files: &["augmented.png", "duplicates.png"], folders: &[] };

impl Beginnings {
    /// Checks that a folder can be used, before anything is computed. Writes nothing.
    pub(crate) fn check_free(&self, path: &Path) -> Result<(), RunError> {
        self.found(path).map(|_| ())
    }

    /// Creates the folder if needed, locks it, and removes the files of an interrupted command.
    pub(crate) fn claim(&self, path: &Path) -> Result<File, RunError> {
        self.check_free(path)?;
        fs::create_dir_all(path).map_err(RunError::io("make the folder", path))?;
        let lock = lock(path)?;
        // Another process may have used the folder after it was checked.
        for file in self.found(path)? {
            fs::remove_file(&file).map_err(RunError::io("remove what was left", &file))?;
            // Also removes empty folders of these files; this folder contains the lock.
            let folders = file.ancestors().skip(1).take_while(|folder| *folder != path);
            let _ = folders.map(fs::remove_dir).find(Result::is_err);
        }
        Ok(lock)
    }

    /// Returns the files that an interrupted command left in a folder; an error if there are
    /// others.
    fn found(&self, path: &Path) -> Result<Vec<PathBuf>, RunError> {
        let mut found = Vec::new();
        let root = Folder { path, below: String::new(), locked: is_file(&path.join(LOCK)) };
        match self.collect(&root, &mut found) {
            Ok(None) => Ok(found),
            Ok(Some(_)) => Err(RunError::FolderExists(path.to_owned())),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) if error.kind() == ErrorKind::NotADirectory && path.exists() => {
                Err(RunError::FolderExists(path.to_owned()))
            }
            // A component of the path is a file.
            Err(error) if error.kind() == ErrorKind::NotADirectory => {
                Err(RunError::io("make the folder", path)(error))
            }
            Err(error) => Err(RunError::io("use the folder", path)(error)),
        }
    }

    /// Returns the first entry of a folder that is not from an interrupted command, if any.
    pub(crate) fn foreign(&self, path: &Path) -> Option<PathBuf> {
        let root = Folder { path, below: String::new(), locked: is_file(&path.join(LOCK)) };
        self.collect(&root, &mut Vec::new()).ok().flatten()
    }

    fn collect(
        &self,
        folder: &Folder<'_>,
        found: &mut Vec<PathBuf>,
    ) -> std::io::Result<Option<PathBuf>> {
        for entry in fs::read_dir(folder.path)? {
            let entry = entry?;
            let path = entry.path();
            let Some(name) =
                entry.file_name().to_str().map(|name| format!("{}{name}", folder.below))
            else {
                return Ok(Some(path));
            };
            let kind = entry.file_type()?;
            if kind.is_dir() && self.is_folder(&name) {
                let inner =
                    Folder { path: &path, below: format!("{name}/"), locked: folder.locked };
                if let Some(foreign) = self.collect(&inner, found)? {
                    return Ok(Some(foreign));
                }
            } else if kind.is_file()
                && (is_unfinished(&entry)
                    || folder.locked && self.files.iter().any(|file| matches(file, &name)))
            {
                found.push(path);
            } else if !(kind.is_file() && name == LOCK) {
                return Ok(Some(path));
            }
        }
        Ok(None)
    }

    /// Returns true if a folder may be there, empty or with files of the kind.
    fn is_folder(&self, name: &str) -> bool {
        let above =
            |file: &&str| file.match_indices('/').any(|(end, _)| matches(&file[..end], name));
        self.folders.contains(&name) || self.files.iter().any(above)
    }
}

/// A folder that is searched.
struct Folder<'a> {
    path: &'a Path,
    /// Path relative to the root of the search, with a slash at the end.
    below: String,
    /// Whether the root contains a lock, so that a command has started there.
    locked: bool,
}

/// Returns true if a name matches a pattern, in which `#` stands for a number.
fn matches(pattern: &str, name: &str) -> bool {
    let number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let (patterns, names) = (pattern.split('/'), name.split('/'));
    patterns.clone().count() == names.clone().count()
        && patterns
            .zip(names)
            .all(|(pattern, name)| if pattern == "#" { number(name) } else { pattern == name })
}

/// Returns true if a file was left by a process that was killed while writing it.
fn is_unfinished(entry: &DirEntry) -> bool {
    let name = entry.file_name();
    let random = name.to_str().and_then(|name| name.strip_prefix(zunder_train::UNFINISHED));
    // The suffix that `write_atomically` appends.
    random.is_some_and(|letters| {
        letters.len() == 6 && letters.bytes().all(|byte| byte.is_ascii_alphanumeric())
    })
}

/// Returns true if the path is a regular file, not a link to one.
fn is_file(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_file())
}

/// Locks a folder against other processes until the returned file is dropped. The system releases
/// the lock when the process ends, even if it is killed.
pub(crate) fn lock(folder: &Path) -> Result<File, RunError> {
    let path = folder.join(LOCK);
    if !is_file(&path) && fs::symlink_metadata(&path).is_ok() {
        // Opening a pipe would block, and a link may lead to another folder.
        let problem = "is not a regular file, expected the lock of this folder".to_owned();
        return Err(RunError::BadFile { path, problem });
    }
    #[allow(clippy::disallowed_methods, reason = "a lock has no content")]
    let file = File::options().create(true).truncate(false).write(true).open(&path);
    let file = file.map_err(RunError::io("lock the folder", &path))?;
    match file.try_lock() {
        Ok(()) => {
            sweep(folder);
            Ok(file)
        }
        Err(fs::TryLockError::WouldBlock) => Err(RunError::Busy(folder.to_owned())),
        Err(fs::TryLockError::Error(error)) => Err(RunError::io("lock the folder", &path)(error)),
    }
}

/// Releases a lock and removes its file, when the folder is given to the user.
pub(crate) fn release(folder: &Path, lock: File) {
    // Removed while it is held, so that the lock of another process is not removed.
    let _ = fs::remove_file(folder.join(LOCK));
    drop(lock);
}

/// Removes unfinished files of killed processes from a folder. Call it only with the lock.
pub(crate) fn sweep(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if is_unfinished(&entry) && entry.file_type().is_ok_and(|kind| kind.is_file()) {
            // A remaining file does no harm, so errors are ignored.
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// The exclusive right to write to a folder, until this value is dropped.
///
/// ```
/// let folder = tempfile::tempdir()?;
/// let lock = zunder::FolderLock::take(folder.path())?;
/// assert!(zunder::FolderLock::take(folder.path()).is_err());
/// drop(lock);
/// assert!(zunder::FolderLock::take(folder.path()).is_ok());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct FolderLock {
    _file: File,
}

impl FolderLock {
    /// Name of the empty lock file that stays in the folder.
    pub const NAME: &str = LOCK;

    /// Locks a folder, and removes unfinished files of killed processes.
    ///
    /// # Errors
    /// Returns [`RunError::Busy`] if another process holds the lock, or [`RunError::Io`].
    pub fn take(folder: &Path) -> Result<Self, RunError> {
        Ok(Self { _file: lock(folder)? })
    }
}

/// The lock of a folder, taken when something is first written, and shared by all clones.
#[derive(Clone, Debug, Default)]
pub(crate) struct Held(Arc<Mutex<Option<File>>>);

impl Held {
    /// Wraps a lock that is already held.
    pub(crate) fn of(lock: File) -> Self {
        Self(Arc::new(Mutex::new(Some(lock))))
    }

    /// Locks a folder unless the lock is held. Calls `first` after locking.
    pub(crate) fn hold(&self, folder: &Path, first: impl FnOnce()) -> Result<(), RunError> {
        let mut held = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if held.is_none() {
            *held = Some(lock(folder)?);
            first();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(folder: &Path, names: &[&str]) {
        for name in names {
            fs::create_dir_all(folder.join(name).parent().unwrap()).unwrap();
            fs::write(folder.join(name), "mine").unwrap();
        }
    }

    #[test]
    fn half_made_folders_are_taken_and_what_is_not_known_stays() {
        let all = [RUN, IMPORT, FOLDS, SWEEP, EXPORT, DOCTOR];
        for (kind, files) in all.into_iter().zip([
            &["environment.json", "preprocessing.json", "pictures/.writing-aB3xY9"][..],
            &["best/model.safetensors", "import.json"],
            &[".writing-aB3xY9", "config.toml"],
            &["trials/0001/config.toml", "trials/0002/.writing-aB3xY9", "sweep.json"],
            &["model.safetensors", "model.py"],
            &["augmented.png"],
        ]) {
            let folder = tempfile::tempdir().unwrap();
            put(folder.path(), files);
            put(folder.path(), &[".lock"]);
            for foreign in [
                "notes.txt",
                "best/mine.txt",
                "trials/x/config.toml",
                "test.json",
                ".writing-my-diary",
            ] {
                put(folder.path(), &[foreign]);
                let refused = kind.claim(folder.path()).unwrap_err();
                assert!(
                    matches!(refused, RunError::FolderExists(_)),
                    "{kind:?} {foreign}: {refused}"
                );
                let all = files.iter().chain([&foreign]);
                assert!(all.into_iter().all(|file| folder.path().join(file).is_file()), "{kind:?}");
                fs::remove_file(folder.path().join(foreign)).unwrap();
                let _ = fs::remove_dir(folder.path().join(foreign).parent().unwrap());
                let _ = fs::remove_dir(folder.path().join("trials"));
            }
            let held = kind.claim(folder.path()).unwrap();
            assert!(files.iter().all(|file| !folder.path().join(file).exists()), "{kind:?}");
            assert!(matches!(kind.claim(folder.path()), Err(RunError::Busy(_))), "{kind:?}");
            drop(held);
            assert!(kind.claim(folder.path()).is_ok());
        }
    }

    #[test]
    fn without_a_lock_nothing_is_ours() {
        let folder = tempfile::tempdir().unwrap();
        put(folder.path(), &["environment.json"]);
        assert!(RUN.claim(folder.path()).is_err() && !folder.path().join(LOCK).exists());
        assert!(RUN.check_free(&folder.path().join("none")).is_ok());
        assert!(matches!(
            RUN.claim(&folder.path().join("environment.json")),
            Err(RunError::FolderExists(_))
        ));
    }

    #[cfg(unix)]
    #[test]
    fn links_are_nobodys_beginning() {
        let folder = tempfile::tempdir().unwrap();
        let (precious, taken) = (folder.path().join("precious"), folder.path().join("taken"));
        put(&precious, &["config.toml"]);
        put(&taken, &[".lock", "trials/0001/config.toml"]);
        std::os::unix::fs::symlink(&precious, taken.join("trials/0002")).unwrap();
        assert!(SWEEP.claim(&taken).is_err() && precious.join("config.toml").is_file());
        let pipe = folder.path().join("piped");
        fs::create_dir(&pipe).unwrap();
        assert!(
            std::process::Command::new("mkfifo").arg(pipe.join(LOCK)).status().unwrap().success()
        );
        assert!(lock(&pipe).unwrap_err().to_string().contains("is not a regular file"));
    }
}
