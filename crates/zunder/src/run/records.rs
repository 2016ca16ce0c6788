//! Reads the records in a run's folder: epochs, layers, environment, test.

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
    /// Returns the results of the test, if the run is finished.
    ///
    /// # Errors
    /// Returns [`RunError::BadFile`] if `test.json` is damaged.
    pub fn test(&self) -> Result<Option<TestRecord>, RunError> {
        let path = self.folder.test();
        if path.exists() { self.folder.read_json(&path).map(Some) } else { Ok(None) }
    }

    /// Returns the evaluation on the test set, if the run is finished.
    ///
    /// # Errors
    /// Returns [`RunError::BadFile`] if `evaluation.json` is damaged or missing, as in runs of
    /// earlier versions.
    pub fn evaluation(&self) -> Result<Option<RunEvaluation>, RunError> {
        if self.folder.test().exists() {
            self.folder.read_json(&self.folder.evaluation()).map(Some)
        } else {
            Ok(None)
        }
    }

    /// Returns the rows of `metrics.csv`: one for each finished epoch.
    ///
    /// # Errors
    /// Returns [`RunError::Io`], and [`RunError::BadFile`] if the file is damaged or was changed.
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
        // Compared as text, in which NaN equals itself.
        match records
            .iter()
            .zip(&kept)
            .find(|(record, kept)| format!("{record:?}") != format!("{kept:?}"))
        {
            Some((record, _)) => {
                bad(format!("epoch {} differs from that of the checkpoint", record.epoch))
            }
            // A killed process may have written an epoch to only one of them.
            None => Ok(if records.len() < kept.len() { kept } else { records }),
        }
    }

    /// Returns the rows of `health.csv`: one for each layer and finished epoch. Empty for a run of
    /// an earlier version without that file.
    ///
    /// # Errors
    /// Returns [`RunError::Io`], and [`RunError::BadFile`] if the file is damaged.
    pub fn health(&self) -> Result<Vec<HealthRecord>, RunError> {
        self.folder.check_file(&self.folder.health())?;
        rows(&self.folder.health(), |text| read_health_csv(text))
    }

    /// Returns the environment of the run.
    ///
    /// # Errors
    /// Returns [`RunError::Io`] or [`RunError::BadFile`].
    pub fn environment(&self) -> Result<EnvironmentRecord, RunError> {
        self.folder.read_json(&self.folder.environment())
    }

    /// Returns the validation and test images that the initial weights were trained on: if there
    /// are any, all results of the run are marked. `None` for an imported model, which has no
    /// results.
    ///
    /// # Errors
    /// Returns [`RunError::Io`] or [`RunError::BadFile`].
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

/// Reads the records of the checkpoint, if there is one.
fn checkpoint_records(folder: &RunFolder) -> Result<Option<Vec<EpochRecord>>, RunError> {
    let path = folder.checkpoint();
    if path.exists() { Ok(Some(Checkpoint::read_records(&path)?)) } else { Ok(None) }
}

/// Returns the number of epochs after which a run can be resumed.
pub(crate) fn finished_epochs(folder: &RunFolder) -> usize {
    checkpoint_records(folder).ok().flatten().map_or(0, |records| records.len())
}

/// Reads the rows of a file of records; none if the file does not exist. Leaves out an incomplete
/// last row, which a process is writing or was killed while writing.
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
