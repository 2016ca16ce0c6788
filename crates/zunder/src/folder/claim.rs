//! Taking a folder for what a command makes in it, and keeping other processes out.
//!
//! A folder can be taken if it is new or empty, or if the same kind of command was stopped in it
//! before it had anything to show: then it has a lock and the first files of that kind, and
//! nothing else. All other files of a folder belong to the user and are never touched.

use std::fs::{self, DirEntry, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use crate::RunError;

/// The name of the empty file whose lock a process holds while it writes in a folder.
const LOCK: &str = ".lock";

/// What a kind of command may have left of a start that did not come to its end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Beginnings {
    /// The files, below the folder. A `#` stands for a number.
    files: &'static [&'static str],
    /// Folders that may be there without a file.
    folders: &'static [&'static str],
}

/// Of a run, before its configuration.
pub(crate) const RUN: Beginnings = Beginnings {
    files: &["environment.json", "preprocessing.json", "images.safetensors", "checksums.json"],
    folders: &["checkpoints", "best", "pictures"],
};
/// Of an import, before its configuration.
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
/// Of a cross-validation, before its configuration.
pub(crate) const FOLDS: Beginnings = Beginnings { files: &["checksums.json"], folders: &[] };
/// Of a sweep, before `sweep.json`.
pub(crate) const SWEEP: Beginnings = Beginnings { files: &["trials/#/config.toml"], folders: &[] };
/// Of an export, before `model.json`.
pub(crate) const EXPORT: Beginnings =
    Beginnings { files: &["model.safetensors", "images.safetensors", "model.py"], folders: &[] };
/// Of the doctor, whose pictures are replaced by those of the next diagnosis.
pub(crate) const DOCTOR: Beginnings =
    Beginnings { files: &["augmented.png", "duplicates.png"], folders: &[] };

impl Beginnings {
    /// Refuses a place that is taken, before anything is computed. Writes nothing.
    pub(crate) fn check_free(&self, path: &Path) -> Result<(), RunError> {
        self.found(path).map(|_| ())
    }

    /// Makes the folder if need be, takes its lock, and removes what a stopped command left.
    pub(crate) fn claim(&self, path: &Path) -> Result<File, RunError> {
        self.check_free(path)?;
        fs::create_dir_all(path).map_err(RunError::io("make the folder", path))?;
        let lock = lock(path)?;
        // Another process may have begun and ended here since the folder was looked at.
        for file in self.found(path)? {
            fs::remove_file(&file).map_err(RunError::io("remove what was left", &file))?;
            // Their folders too, up to the first that holds anything; this one holds the lock.
            let folders = file.ancestors().skip(1).take_while(|folder| *folder != path);
            let _ = folders.map(fs::remove_dir).find(Result::is_err);
        }
        Ok(lock)
    }

    /// The files that a stopped command left in a folder; an error if anything else is there.
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
            // A file stands above it.
            Err(error) if error.kind() == ErrorKind::NotADirectory => {
                Err(RunError::io("make the folder", path)(error))
            }
            Err(error) => Err(RunError::io("use the folder", path)(error)),
        }
    }

    /// The first entry of a folder that no stopped command left, if there is one.
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

    /// Whether a folder may stand there, empty or with files of the kind.
    fn is_folder(&self, name: &str) -> bool {
        let above =
            |file: &&str| file.match_indices('/').any(|(end, _)| matches(&file[..end], name));
        self.folders.contains(&name) || self.files.iter().any(above)
    }
}

/// A folder that is looked through.
struct Folder<'a> {
    path: &'a Path,
    /// Its name below the first one, with a slash at the end.
    below: String,
    /// Whether the first one has a lock, so that a process of ours began there.
    locked: bool,
}

/// Whether a name is that of a pattern, in which `#` stands for a number.
fn matches(pattern: &str, name: &str) -> bool {
    let number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let (patterns, names) = (pattern.split('/'), name.split('/'));
    patterns.clone().count() == names.clone().count()
        && patterns
            .zip(names)
            .all(|(pattern, name)| if pattern == "#" { number(name) } else { pattern == name })
}

/// Whether a file is one that a killed process was just writing.
fn is_unfinished(entry: &DirEntry) -> bool {
    let name = entry.file_name();
    let random = name.to_str().and_then(|name| name.strip_prefix(zunder_train::UNFINISHED));
    // What `write_atomically` appends.
    random.is_some_and(|letters| {
        letters.len() == 6 && letters.bytes().all(|byte| byte.is_ascii_alphanumeric())
    })
}

/// Whether a regular file is there, and no link to one.
fn is_file(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_file())
}

/// Keeps other processes out of a folder for as long as the file lives. The system lets go of it
/// when the process ends, however it ends.
pub(crate) fn lock(folder: &Path) -> Result<File, RunError> {
    let path = folder.join(LOCK);
    if !is_file(&path) && fs::symlink_metadata(&path).is_ok() {
        // To open a pipe would wait, and a link leads elsewhere.
        let problem = "is no regular file, expected the lock of this folder".to_owned();
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

/// Gives a lock back and removes its file, where a folder is handed to others.
pub(crate) fn release(folder: &Path, lock: File) {
    // While it is held, so that no other process's lock is removed.
    let _ = fs::remove_file(folder.join(LOCK));
    drop(lock);
}

/// Removes what a killed process was just writing in a folder. Call it under the lock.
pub(crate) fn sweep(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if is_unfinished(&entry) && entry.file_type().is_ok_and(|kind| kind.is_file()) {
            // The file is harmless: a failure to remove it is ignored.
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// The right to write in a folder: no other process has it for as long as this value lives.
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
    /// The name of the empty file that a folder keeps of it.
    pub const NAME: &str = LOCK;

    /// Takes the lock of a folder, and removes what a killed process was just writing there.
    ///
    /// # Errors
    /// [`RunError::Busy`] while another process has it, and [`RunError::Io`].
    pub fn take(folder: &Path) -> Result<Self, RunError> {
        Ok(Self { _file: lock(folder)? })
    }
}

/// The lock of a folder that is taken when something is first written, and shared by all clones.
#[derive(Clone, Debug, Default)]
pub(crate) struct Held(Arc<Mutex<Option<File>>>);

impl Held {
    /// Of a lock that is held already.
    pub(crate) fn of(lock: File) -> Self {
        Self(Arc::new(Mutex::new(Some(lock))))
    }

    /// Takes the lock of a folder unless it is held. `first` is done once it is taken.
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
            &[".writing-aB3xY9"],
            &["trials/0001/config.toml", "trials/0002/config.toml", "trials/0002/.writing-aB3xY9"],
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
        assert!(lock(&pipe).unwrap_err().to_string().contains("is no regular file"));
    }
}
