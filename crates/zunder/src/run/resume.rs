//! Resumes a run: reads its folder, and checks its checkpoint.

use toml::Table;
use zunder_train::{Checkpoint, TrainError};

use crate::config::changes::{EPOCHS, forbidden};
use crate::images::lineage::Past;
use crate::run::session::Session;
use crate::{Preprocessing, RunError, RunFolder};

/// What the folder of an interrupted run contains.
pub(crate) struct StoredRun {
    pub preprocessing: Preprocessing,
    /// Use of its images by previous runs; `None` for a run of an earlier version.
    pub past: Option<Past>,
    /// Whether it has weights: false if it was stopped before its first checkpoint.
    pub has_weights: bool,
}

impl Session {
    /// Checks that a checkpoint belongs to this run and that epochs remain, sets the progress in
    /// the plan, and updates the folder's configuration and checksums.
    pub(crate) fn continue_from(
        &mut self,
        checkpoint: Option<&Checkpoint>,
        folder: &RunFolder,
        note: &str,
    ) -> Result<(), RunError> {
        if let Some(checkpoint) = checkpoint {
            self.check_checkpoint(checkpoint, folder, note)?;
        }
        folder.keep_epochs(self.plan.config.epochs, self.plan.epochs_done)?;
        if checkpoint.is_some() {
            self.write_checksums(folder)?;
        }
        Ok(())
    }

    fn check_checkpoint(
        &mut self,
        checkpoint: &Checkpoint,
        folder: &RunFolder,
        note: &str,
    ) -> Result<(), RunError> {
        let changes = forbidden(checkpoint.note(), note, &[EPOCHS])?;
        if !changes.is_empty() {
            return Err(RunError::OtherConfig { file: folder.config(), changes });
        }
        let (epochs, done) = (self.plan.config.epochs, checkpoint.records().len());
        if epochs < done {
            return Err(RunError::EpochsDone { run: folder.path().to_owned(), epochs, done });
        }
        let then =
            checkpoint.note().parse::<Table>().ok().and_then(|note| note.get(EPOCHS)?.as_integer());
        self.plan.epochs_then =
            then.and_then(|then| usize::try_from(then).ok()).filter(|then| *then != epochs);
        self.plan.epochs_done = done;
        Ok(())
    }
}

/// Reads the checkpoint of a run that was interrupted after its first epoch.
pub(crate) fn checkpoint(folder: &RunFolder) -> Result<Option<Checkpoint>, TrainError> {
    let file = folder.checkpoint();
    if file.exists() { Checkpoint::load(&file).map(Some) } else { Ok(None) }
}
