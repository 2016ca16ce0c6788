//! Writes the figures of a diagnosis.

use std::path::{Path, PathBuf};

use zunder_train::write_atomically;

use super::DoctorReport;
use crate::RunError;
use crate::folder::claim;

impl DoctorReport {
    /// Checks that a folder contains nothing but figures of an earlier diagnosis. Writes nothing.
    ///
    /// # Errors
    /// Returns [`RunError::FolderExists`] if it contains anything else.
    pub fn check_folder(folder: &Path) -> Result<(), RunError> {
        claim::DOCTOR.check_free(folder)
    }

    /// Writes the figures `augmented.png` and `duplicates.png`, as far as there are any, and
    /// replaces those of an earlier diagnosis; returns their paths.
    ///
    /// # Errors
    /// Returns [`RunError::FolderExists`] if the folder contains other files, [`RunError::Busy`],
    /// and the errors of drawing and writing.
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
