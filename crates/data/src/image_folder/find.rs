//! Finds the image files in a folder and its subfolders.

use std::fs;
use std::path::{Path, PathBuf};

use super::OnUnread;
use super::left_out::LeftOut;
use super::listing::{Entries, check_most};
use crate::DataError;

/// The image files of a folder, and the files that are not read.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct FoundImages {
    /// The image files, sorted by name.
    pub files: Vec<PathBuf>,
    /// Files that were left out.
    pub left_out: LeftOut,
    /// Links to folders, which are not followed.
    pub links: Vec<PathBuf>,
    /// Folders that could not be read, each with its error.
    pub unreadable: Vec<DataError>,
}

/// Returns the image files of a folder and its subfolders, sorted by name. Images are recognised by
/// their extensions, and files without an extension by their content. If `path` is a file it is
/// returned in any case. Hidden files, output of Zunder such as runs, and linked folders are left
/// out.
///
/// # Errors
///
/// Returns [`DataError::Read`] if the path does not exist or the folder cannot be read, and
/// [`DataError::MostLeftOut`] if more images are in unsupported formats than in others, unless
/// `on_unread` allows it.
///
/// ```
/// use zunder_data::image_folder::{OnUnread, find_images};
///
/// let dir = tempfile::tempdir()?;
/// std::fs::create_dir(dir.path().join("more"))?;
/// for name in ["b.png", "a.JPG", "notes.txt", ".hidden.png", "more/c.webp", "more/d.heic"] {
///     std::fs::write(dir.path().join(name), "")?;
/// }
/// let found = find_images(dir.path(), OnUnread::Refuse)?;
/// let names: Vec<_> =
///     found.files.iter().map(|path| path.strip_prefix(dir.path()).unwrap().to_owned()).collect();
/// assert_eq!(
///     names,
///     ["a.JPG".as_ref(), "b.png".as_ref(), "more/c.webp".as_ref() as &std::path::Path]
/// );
/// assert_eq!(found.left_out.images(), 1); // that of HEIC
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn find_images(path: &Path, on_unread: OnUnread) -> Result<FoundImages, DataError> {
    let unreadable = |reason| DataError::Read { path: path.to_owned(), reason };
    let mut found = FoundImages::default();
    if !fs::metadata(path).map_err(unreadable)?.is_dir() {
        found.files.push(path.to_owned());
        return Ok(found);
    }
    fs::read_dir(path).map_err(unreadable)?;
    let mut folders = vec![path.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = match Entries::of(&folder, &mut found.left_out) {
            Ok(entries) => entries,
            Err(error) => {
                found.unreadable.push(error);
                continue;
            }
        };
        for (_, inside) in entries.folders {
            if fs::symlink_metadata(&inside).is_ok_and(|metadata| metadata.is_symlink()) {
                found.links.push(inside);
            } else {
                folders.push(inside);
            }
        }
        found.files.extend(entries.files.into_iter().filter(|path| found.left_out.takes(path)));
    }
    found.files.sort();
    found.left_out.sort();
    check_most(path, &found.left_out, found.files.len(), on_unread)?;
    Ok(found)
}
