use std::fs;
use std::path::{Path, PathBuf};

use super::listing::is_image;
use crate::DataError;

/// The image files of a folder and of the folders in it, by their endings, sorted by name; a file stands for itself, whatever its ending. What is hidden is left out, and linked folders are not entered.
///
/// # Errors
///
/// [`DataError::Read`] if there is no such path, or a folder cannot be read.
///
/// ```
/// use zunder_data::image_folder::find_images;
///
/// let dir = tempfile::tempdir()?;
/// std::fs::create_dir(dir.path().join("more"))?;
/// for name in ["b.png", "a.JPG", "notes.txt", ".hidden.png", "more/c.webp"] {
///     std::fs::write(dir.path().join(name), "")?;
/// }
/// let names: Vec<_> = find_images(dir.path())?.iter().map(|path| path.strip_prefix(dir.path()).unwrap().to_owned()).collect();
/// assert_eq!(names, ["a.JPG".as_ref(), "b.png".as_ref(), "more/c.webp".as_ref() as &std::path::Path]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn find_images(path: &Path) -> Result<Vec<PathBuf>, DataError> {
    let unreadable = |path: &Path| {
        let path = path.to_owned();
        |reason| DataError::Read { path, reason }
    };
    if !fs::metadata(path).map_err(unreadable(path))?.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let (mut images, mut folders) = (Vec::new(), vec![path.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).map_err(unreadable(&folder))? {
            let entry = entry.map_err(unreadable(&folder))?;
            let path = entry.path();
            if entry.file_name().as_encoded_bytes().starts_with(b".") {
                continue;
            }
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                folders.push(path);
            } else if is_image(&path) && !path.is_dir() {
                images.push(path);
            }
        }
    }
    images.sort();
    Ok(images)
}
