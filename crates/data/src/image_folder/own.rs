//! Recognises folders that are not data: output of Zunder, and folders of systems.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;

use super::format::{FileKind, kind};

/// Files that together identify output of Zunder: a run (or an import) at each stage of its
/// creation, a sweep, a trial, an experiment, an export, a cross-validation.
const MARKS: &[&[&str]] = &[
    &["config.toml", "preprocessing.json"],
    &["config.toml", "environment.json"],
    &["config.toml", "checkpoints"],
    &["config.toml", "trial.json"],
    &["config.toml", "fold-1"],
    &["config.toml", "folds.json"],
    &["environment.json", "preprocessing.json"],
    &["best", "checkpoints", "pictures"],
    &["import.json", "best"],
    &["sweep.json", "trials"],
    &["findings.json", "index.html"],
    &["model.json", "model.safetensors"],
];

/// Pictures that are written beside the data by default.
const PICTURES: &[&str] = &["find-lr.png", "find-lr.svg", "preview.png"];

/// The pictures of `doctor`.
const DOCTOR: &[&str] = &["augmented.png", "duplicates.png"];

/// Names of Zunder's folders of runs, sweeps and experiments. A name alone is not sufficient.
const NAMES: &[&str] = &["experiments", "runs", "sweeps", "trials"];

/// Folders of systems and programs, in lower case. Names that begin with a dot are hidden in any
/// case.
const SYSTEM: &[&str] = &[
    "#recycle",
    "$recycle.bin",
    "@eadir",
    "@recycle",
    "__macosx",
    "__pycache__",
    "found.000",
    "lost+found",
    "network trash folder",
    "recycled",
    "recycler",
    "system volume information",
    "temporary items",
];

/// Returns whether a folder of this name belongs to a system or a program.
pub(super) fn is_system(name: &OsStr) -> bool {
    SYSTEM.contains(&name.to_string_lossy().to_lowercase().as_str())
}

/// Returns whether the regular file at `path` is a picture of `find-lr` or `preview`, by its
/// default name and its mark.
pub(super) fn is_picture(path: &Path) -> bool {
    let named = path.file_name().is_some_and(|name| PICTURES.iter().any(|known| name == *known));
    named && {
        let start = super::format::start(path);
        // In a PNG file the mark follows the signature and the header: 33 bytes, and 4 of a length.
        let png = start.starts_with(b"\x89PNG")
            && start.get(37..).is_some_and(|chunk| chunk.starts_with(b"tEXtSoftware\0Zunder"));
        png || start.starts_with(b"<svg class=\"zunder-plot\"")
    }
}

/// Returns whether the folder at `path` is output of Zunder, by the files in it.
pub(super) fn is_output(path: &Path) -> bool {
    let has = |name: &&str| path.join(name).exists();
    MARKS.iter().any(|mark| mark.iter().all(has))
        || has_only(path, &["config.toml"])
        || has_only(path, DOCTOR)
        || is_cache(path)
}

/// Returns whether the folder at `path` contains output of Zunder and nothing of a class: no
/// picture, and no other folder except with one of Zunder's names, such as `runs`. With such a name
/// an empty folder counts too.
pub(super) fn is_collection(path: &Path) -> bool {
    let Ok(entries) = fs::read_dir(path) else { return false };
    let (mut outputs, mut others) = (0, 0);
    for entry in entries.flatten() {
        if entry.file_name().as_encoded_bytes().starts_with(b".") {
            continue;
        }
        let path = entry.path();
        match entry.file_type() {
            Ok(kind) if kind.is_dir() && is_output(&path) => outputs += 1,
            Ok(kind) if kind.is_dir() => others += usize::from(!is_empty(&path)),
            // A page or a table may be beside them; a picture makes the folder a class.
            _ if kind(&path) != FileKind::NoPicture => return false,
            _ => {}
        }
    }
    let named = path.file_name().is_some_and(is_collection_name);
    if others == 0 { outputs > 0 || named } else { outputs > 0 && named }
}

fn is_collection_name(name: &OsStr) -> bool {
    NAMES.iter().any(|known| name == *known)
}

fn is_empty(path: &Path) -> bool {
    fs::read_dir(path).is_ok_and(|mut entries| {
        entries.all(|entry| entry.is_ok_and(|entry| entry.file_name() == ".lock"))
    })
}

/// Returns whether a folder has some of these files and, apart from hidden ones, nothing else.
fn has_only(path: &Path, names: &[&str]) -> bool {
    let Ok(entries) = fs::read_dir(path) else { return false };
    let mut found = false;
    for name in entries.flatten().map(|entry| entry.file_name()) {
        if names.iter().any(|known| name == *known) {
            found = true;
        } else if !name.as_encoded_bytes().starts_with(b".") {
            return false;
        }
    }
    found
}

/// Returns whether the folder is a cache of decoded images.
fn is_cache(path: &Path) -> bool {
    let of_cache = |name: &str| {
        let digits = name.strip_prefix("images-").and_then(|rest| rest.strip_suffix(".cache"));
        digits.is_some_and(|digits| {
            digits.len() == 64 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
        })
    };
    let Ok(mut entries) = fs::read_dir(path) else { return false };
    // A folder of images is recognised by its first file.
    let first = entries
        .by_ref()
        .flatten()
        .find(|entry| !entry.file_name().as_encoded_bytes().starts_with(b"."));
    first.is_some_and(|entry| of_cache(&entry.file_name().to_string_lossy()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns a folder of these files. A name that ends with a slash is a subfolder.
    fn folder(name: &str, files: &[&str]) -> (tempfile::TempDir, std::path::PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(name);
        fs::create_dir(&path).unwrap();
        for file in files {
            let inside = path.join(file);
            fs::create_dir_all(if file.ends_with('/') {
                &inside
            } else {
                inside.parent().unwrap()
            })
            .unwrap();
            if !file.ends_with('/') {
                fs::write(inside, "").unwrap();
            }
        }
        (dir, path)
    }

    #[test]
    fn what_zunder_wrote_is_known_by_its_files() {
        let cache = format!("images-{}.cache", "0f".repeat(32));
        for files in [
            &[
                "config.toml",
                "environment.json",
                "preprocessing.json",
                "best/",
                "checkpoints/",
                "pictures/",
            ][..],
            &["best/", "checkpoints/", "pictures/", ".lock"],
            &["config.toml", "fold-1/config.toml"],
            &["config.toml"],
            &["sweep.json", "trials/0001/config.toml"],
            &["findings.json", "index.html", "curves.png"],
            &["model.json", "model.safetensors", "model.py"],
            &["config.toml", "preprocessing.json", "best/model.safetensors", "import.json"],
            &["augmented.png"],
            &[&cache],
        ] {
            assert!(is_output(&folder("a", files).1), "{files:?}");
            let inside: Vec<String> = files.iter().map(|file| format!("x/{file}")).collect();
            let inside: Vec<&str> = inside.iter().map(String::as_str).collect();
            assert!(is_collection(&folder("anything", &inside).1), "{files:?}");
        }
        for files in [
            &[][..],
            &["1.png"],
            &["config.toml", "1.png"],
            &["best/", "1.png"],
            &["augmented.png", "1.png"],
            &["images-1.cache"],
        ] {
            assert!(!is_output(&folder("runs", files).1), "{files:?}");
        }
    }

    #[test]
    fn a_class_may_have_the_name_of_a_collection() {
        let run = "x/config.toml";
        assert!(is_collection(&folder("runs", &[run, "notes.txt", "other/old.png"]).1));
        assert!(
            is_collection(&folder("runs", &[]).1)
                && is_collection(&folder("sweeps", &["sweep-1/"]).1)
        );
        assert!(!is_collection(&folder("runs", &[run, "1.png"]).1), "a picture makes it a class");
        assert!(!is_collection(&folder("runs", &["1.heic"]).1));
        assert!(!is_collection(&folder("runs", &["home/1.png"]).1));
        assert!(!is_collection(&folder("cat", &[run, "old/1.png"]).1));
        assert!(!is_collection(&folder("cat", &[]).1) && !is_collection(&folder("cat", &["x/"]).1));
    }

    #[test]
    fn pictures_are_known_by_name_and_mark() {
        let marked =
            [&b"\x89PNG\r\n\x1a\n"[..], &[0; 29], b"tEXtSoftware\0Zunder", &[0; 9]].concat();
        let dir = tempfile::tempdir().unwrap();
        for (name, bytes, own) in [
            ("preview.png", &marked[..], true),
            ("find-lr.svg", b"<svg class=\"zunder-plot\" ", true),
            ("cat.png", &marked, false),
            ("preview.png", b"\x89PNG", false),
        ] {
            fs::write(dir.path().join(name), bytes).unwrap();
            assert_eq!(is_picture(&dir.path().join(name)), own, "{name}");
        }
    }

    #[test]
    fn folders_of_systems_are_known_by_name() {
        for name in
            ["__MACOSX", "@eaDir", "$RECYCLE.BIN", "System Volume Information", "lost+found"]
        {
            assert!(is_system(OsStr::new(name)), "{name}");
        }
        assert!(!is_system(OsStr::new("cat")) && !is_system(OsStr::new("Thumbs")));
    }
}
