//! The pictures of a diagnosis as files.

use std::path::{Path, PathBuf};

use zunder_train::write_atomically;

use super::DoctorReport;
use crate::RunError;
use crate::folder::claim;

impl DoctorReport {
    /// Refuses a folder for pictures that holds anything but those of an earlier diagnosis.
    /// Writes nothing.
    ///
    /// # Errors
    /// [`RunError::FolderExists`].
    pub fn check_folder(folder: &Path) -> Result<(), RunError> {
        claim::DOCTOR.check_free(folder)
    }

    /// Writes the pictures there are, `augmented.png` and `duplicates.png`, in place of those of an
    /// earlier diagnosis; returns their paths.
    ///
    /// # Errors
    /// [`RunError::FolderExists`] for a folder that holds other files, [`RunError::Busy`], and
    /// those of drawing and writing.
    pub fn write_pictures(&self, folder: &Path) -> Result<Vec<PathBuf>, RunError> {
        let _lock = claim::DOCTOR.claim(folder)?;
        let sheets = [("augmented.png", &self.augmented), ("duplicates.png", &self.duplicates)];
        let mut written = Vec::new();
        for (name, sheet) in
            sheets.into_iter().filter_map(|(name, sheet)| Some((name, sheet.as_ref()?)))
        {
            let path = folder.join(name);
            write_atomically(&path, &sheet.png()?)?;
            written.push(path);
        }
        Ok(written)
    }
}
