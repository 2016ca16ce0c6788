//! Finds the four files with any kind of name: in any capitalisation, with dashes, dots or
//! underscores, with or without `.gz`, each possibly in a folder of its own name.

use std::fs::{self, File};
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use flate2::bufread::MultiGzDecoder;

use super::families::{self, Family};
use super::file::{BUFFER, MOST_UNPACKED};
use crate::DataError;
use crate::formats::source::Source;

/// Returns the lower-case letters and digits of a name.
pub(super) fn fold(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase()
}

/// Returns the name of a file without `.gz`, folded.
fn fold_file(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    fold(name.strip_suffix(".gz").unwrap_or(&name))
}

/// Returns the entries of a folder, sorted; none if it cannot be read.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    entries.sort();
    entries
}

/// Returns the folders that may contain a family's files: those that it names inside `dir`, in any
/// capitalisation, and `dir` itself.
pub(super) fn folders(dir: &Path, family: &Family) -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = family.folders.iter().map(|folder| dir.join(folder)).collect();
    folders.push(dir.to_path_buf());
    let name = fold(family.name);
    let named = |folder: &Path| -> Vec<PathBuf> {
        entries(folder)
            .into_iter()
            .filter(|path| fold(&path.file_name().unwrap_or_default().to_string_lossy()) == name)
            .collect()
    };
    for inside in named(dir).into_iter().filter(|path| path.is_dir()) {
        folders.extend(named(&inside).into_iter().filter(|path| path.is_dir()));
        folders.extend(
            entries(&inside).into_iter().filter(|path| fold_file(path) == "raw" && path.is_dir()),
        );
        folders.push(inside);
    }
    folders
        .extend(entries(dir).into_iter().filter(|path| fold_file(path) == "raw" && path.is_dir()));
    folders
}

/// Returns whether `folder` contains any of a family's files.
pub(super) fn holds_any(folder: &Path, family: &Family) -> bool {
    let wanted: Vec<String> =
        roles(family).map(|(prefix, kind)| fold(&format!("{prefix}-{kind}-ubyte"))).collect();
    entries(folder).iter().any(|path| wanted.contains(&fold_file(path)))
}

fn roles(family: &Family) -> impl Iterator<Item = (&'static str, &'static str)> {
    family.parts.into_iter().flat_map(|prefix| [(prefix, "images-idx3"), (prefix, "labels-idx1")])
}

/// Returns the file of a role; of several with the same content the one with the most usual name.
///
/// # Errors
///
/// Returns [`DataError::MissingFile`], or [`DataError::Ambiguous`] if there are several that
/// differ.
pub(super) fn file(
    folder: &Path,
    prefix: &str,
    kind: &str,
    source: &Source,
) -> Result<PathBuf, DataError> {
    let names = families::file_names(prefix, kind);
    let wanted = fold(&names[0]);
    let mut found = Vec::new();
    let mut without_files = None;
    for path in entries(folder).into_iter().filter(|path| fold_file(path) == wanted) {
        if !path.is_dir() {
            found.push(path);
            continue;
        }
        let (inside, others): (Vec<_>, Vec<_>) = entries(&path)
            .into_iter()
            .filter(|path| path.is_file())
            .partition(|path| fold_file(path) == wanted);
        let files = if inside.is_empty() && others.len() == 1 { others } else { inside };
        if files.is_empty() {
            without_files.get_or_insert(path);
        }
        found.extend(files);
    }
    let usual = |path: &PathBuf| {
        names.iter().position(|name| folder.join(name) == *path).unwrap_or(names.len())
    };
    found.sort_by_key(|path| (usual(path), path.clone()));
    let mut found = found.into_iter();
    let Some(first) = found.next() else {
        // A folder in the place of the file is reported as such.
        return without_files.ok_or_else(|| source.missing(&folder.join(&names[1])));
    };
    match found.find(|other| !is_same(&first, other)) {
        Some(second) => Err(DataError::Ambiguous { dataset: source.dataset, first, second }),
        None => Ok(first),
    }
}

/// Returns whether two files have the same content, each unpacked if it is gzip; false if one
/// cannot be read.
fn is_same(a: &Path, b: &Path) -> bool {
    let (Some(mut a), Some(mut b)) = (unpacked(a), unpacked(b)) else { return false };
    let (mut of_a, mut of_b) = (Vec::new(), Vec::new());
    loop {
        of_a.clear();
        of_b.clear();
        let (read_a, read_b) = (piece(&mut a, &mut of_a), piece(&mut b, &mut of_b));
        if !(read_a && read_b && of_a == of_b) {
            return false;
        }
        if of_a.is_empty() {
            return true;
        }
    }
}

fn piece(reader: &mut impl Read, into: &mut Vec<u8>) -> bool {
    reader.take(BUFFER as u64).read_to_end(into).is_ok()
}

/// Opens the content of a regular file, up to the largest size that is read.
fn unpacked(path: &Path) -> Option<Box<dyn Read>> {
    if !fs::metadata(path).ok()?.is_file() {
        return None;
    }
    let mut reader = BufReader::with_capacity(BUFFER, File::open(path).ok()?);
    let gzip = std::io::BufRead::fill_buf(&mut reader).ok()?.starts_with(&[0x1F, 0x8B]);
    Some(if gzip {
        Box::new(MultiGzDecoder::new(reader).take(MOST_UNPACKED))
    } else {
        Box::new(reader)
    })
}

/// Returns an error if `dir` contains the data set in a format that is not read, or another set of
/// its kind.
///
/// # Errors
///
/// Returns [`DataError::WrongKind`] with the first such file.
pub(super) fn refuse_other_forms(
    dir: &Path,
    family: &Family,
    source: &Source,
) -> Result<(), DataError> {
    const IDX: &str = "get the four IDX files, such as train-images-idx3-ubyte.gz, in its place";
    const OTHER: &str = "get the files of the set that was meant, such as \
        train-images-idx3-ubyte.gz; those of EMNIST also lie on their side";
    let wanted: Vec<String> =
        roles(family).map(|(prefix, kind)| fold(&format!("{prefix}-{kind}-ubyte"))).collect();
    let inside = folders(dir, family).into_iter().flat_map(|folder| entries(&folder));
    for path in inside.filter(|path| path.is_file()) {
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
        let plain = fold_file(&path);
        if wanted.iter().any(|wanted| plain.ends_with(wanted.as_str())) {
            let (found, hint) = ("an IDX file of another set, by its name", OTHER);
            return Err(DataError::WrongKind { path, found, expected: source.format, hint });
        }
        if !["mnist", "train", "test", "t10k"].iter().any(|word| name.contains(word)) {
            continue;
        }
        let has = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
        let (found, hint) = match () {
            () if has(&[".csv", ".csv.gz", ".tsv"]) => ("a table (CSV)", IDX),
            () if has(&[".parquet", ".arrow"]) => ("a table (Parquet or Arrow)", IDX),
            () if has(&[".npz", ".npy"]) => ("of NumPy", IDX),
            () if has(&[".pkl", ".pkl.gz", ".pickle", ".pt"]) => ("of a Python program", IDX),
            () if has(&[".mat"]) => ("of MATLAB", IDX),
            () if has(&[".zip", ".tar", ".tar.gz", ".tgz", ".7z", ".rar"]) => {
                ("an archive", "unpack it, and name the folder that this makes")
            }
            () => continue,
        };
        return Err(DataError::WrongKind { path, found, expected: source.format, hint });
    }
    Ok(())
}
