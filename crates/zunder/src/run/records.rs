//! The records in a run's folder: epochs, layers, environment, test.

use std::io::ErrorKind;
use std::path::Path;

use zunder_eval::{
    EnvironmentRecord, EpochRecord, EvalError, HealthRecord, Leakage, TestRecord, read_health_csv,
    read_metrics_csv,
};
use zunder_train::{Checkpoint, FileKind, TrainError};

use crate::images::lineage::leakage_of_old;
use crate::{Run, RunError, RunEvaluation, RunFolder};

impl Run {
    /// The test's figures, if the run is finished.
    ///
    /// # Errors
    /// [`RunError::BadFile`] if `test.json` is damaged.
    pub fn test(&self) -> Result<Option<TestRecord>, RunError> {
        let path = self.folder.test();
        if path.exists() { self.folder.read_json(&path).map(Some) } else { Ok(None) }
    }

    /// All that the test said, if the run is finished.
    ///
    /// # Errors
    /// [`RunError::BadFile`] if `evaluation.json` is damaged or not there: runs from before it have
    /// none.
    pub fn evaluation(&self) -> Result<Option<RunEvaluation>, RunError> {
        if self.folder.test().exists() {
            self.folder.read_json(&self.folder.evaluation()).map(Some)
        } else {
            Ok(None)
        }
    }

    /// The rows of `metrics.csv`: one for each finished epoch.
    ///
    /// # Errors
    /// [`RunError::Io`], and [`RunError::BadFile`] if the file is damaged or its rows are not those
    /// that were written.
    pub fn epochs(&self) -> Result<Vec<EpochRecord>, RunError> {
        let path = self.folder.metrics();
        let kept =
            if self.folder.test().exists() { None } else { checkpoint_records(&self.folder)? };
        self.folder.check_file(&path)?;
        let records = rows(&path, |text| read_metrics_csv(text))?;
        let bad = |problem: String| Err(RunError::BadFile { path: path.clone(), problem });
        if let Some((i, record)) =
            records.iter().enumerate().find(|(i, record)| record.epoch != i + 1)
        {
            return bad(format!(
                "row {} is about epoch {}, expected epoch {}",
                i + 1,
                record.epoch,
                i + 1
            ));
        }
        let Some(kept) = kept else { return Ok(records) };
        // As text, in which a number that is none equals itself.
        match records
            .iter()
            .zip(&kept)
            .find(|(record, kept)| format!("{record:?}") != format!("{kept:?}"))
        {
            Some((record, _)) => {
                bad(format!("epoch {} is another one than in the checkpoint", record.epoch))
            }
            // A killed process may have written an epoch to one of them alone.
            None => Ok(if records.len() < kept.len() { kept } else { records }),
        }
    }

    /// The rows of `health.csv`: for each finished epoch one a layer. None of a run from before
    /// that file.
    ///
    /// # Errors
    /// [`RunError::Io`], and [`RunError::BadFile`] if the file is damaged.
    pub fn health(&self) -> Result<Vec<HealthRecord>, RunError> {
        self.folder.check_file(&self.folder.health())?;
        rows(&self.folder.health(), |text| read_health_csv(text))
    }

    /// Where and of what the run was made.
    ///
    /// # Errors
    /// [`RunError::Io`] and [`RunError::BadFile`].
    pub fn environment(&self) -> Result<EnvironmentRecord, RunError> {
        self.folder.read_json(&self.folder.environment())
    }

    /// Images that the run's weights knew before it began and that it is validated or tested on:
    /// each of its figures bears a mark if there are such. None of an imported model, which has no
    /// figures.
    ///
    /// # Errors
    /// [`RunError::Io`] and [`RunError::BadFile`].
    pub fn leakage(&self) -> Result<Option<Leakage>, RunError> {
        if self.folder.import().is_file() {
            return Ok(None);
        }
        self.folder.check_file(&self.folder.images())?;
        if !self.folder.images().is_file() || !self.folder.environment().exists() {
            return Ok(leakage_of_old(&self.config));
        }
        Ok(self.environment()?.leakage)
    }
}

/// The records of the checkpoint, if there is one.
fn checkpoint_records(folder: &RunFolder) -> Result<Option<Vec<EpochRecord>>, RunError> {
    let path = folder.checkpoint();
    if path.exists() { Ok(Some(Checkpoint::read_records(&path)?)) } else { Ok(None) }
}

/// The rows of a file of records; none of a file that is not there. A row that is not whole is left
/// out: a process is writing it, or was killed.
fn rows<T>(
    path: &Path,
    read: impl FnOnce(&[u8]) -> Result<Vec<T>, EvalError>,
) -> Result<Vec<T>, RunError> {
    match FileKind::Records.read(path) {
        Ok(text) => {
            let whole =
                text.iter().rposition(|byte| *byte == b'\n').map_or(text.len(), |end| end + 1);
            read(&text[..whole])
                .map_err(|e| RunError::BadFile { path: path.to_owned(), problem: e.to_string() })
        }
        Err(TrainError::Io { source, .. }) if source.kind() == ErrorKind::NotFound => {
            Ok(Vec::new())
        }
        Err(error) => Err(error.into()),
    }
}
