//! The files of a trial that pauses, with which it goes on.

use std::fs;
use std::path::{Path, PathBuf};

use zunder_train::Checkpoint;

use crate::config::changes::{forbidden, identity};
use crate::folder::claim;
use crate::run::session::Session;
use crate::{Change, RunError};

/// Setting in the note of a checkpoint that stands for the data.
const DATA: &str = "dataset_hash";

/// The folder with the checkpoint of a trial that pauses.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PausedTrial<'a>(pub &'a Path);

impl PausedTrial<'_> {
    /// Returns the path of the checkpoint.
    pub(crate) fn checkpoint(self) -> PathBuf {
        self.0.join("last.safetensors")
    }

    /// Returns the path of the weights of the best epoch.
    pub(crate) fn best(self) -> PathBuf {
        self.0.join("best.safetensors")
    }

    /// Creates the folder if needed, and reads the checkpoint in it, if any. It must be of the same
    /// configuration and the same data as the session: `note` is that of the session.
    pub(crate) fn open(
        self,
        session: &Session,
        note: &str,
    ) -> Result<Option<Checkpoint>, RunError> {
        fs::create_dir_all(self.0).map_err(RunError::io("make the folder", self.0))?;
        if !self.checkpoint().exists() {
            return Ok(None);
        }
        let checkpoint = Checkpoint::load(&self.checkpoint())?;
        let changes = forbidden(checkpoint.note(), note, &[])?;
        if let Some(Change { run, asked, .. }) =
            changes.iter().find(|change| change.setting == DATA)
        {
            let [expected, got] = [run, asked].map(|hash| hash.trim_matches('"').to_owned());
            return Err(RunError::OtherData { name: session.plan.dataset.clone(), got, expected });
        }
        if !changes.is_empty() {
            return Err(RunError::OtherConfig { file: self.checkpoint(), changes });
        }
        Ok(Some(checkpoint))
    }

    /// Returns the text that a checkpoint keeps to identify its trial.
    pub(crate) fn note(session: &Session) -> Result<String, RunError> {
        Ok(format!("{DATA} = {:?}\n{}", session.loaded.hash, identity(&session.plan.config)?))
    }

    /// Removes the files of a trial that does not go on. Call it only with the lock of the sweep.
    pub(crate) fn remove(self) -> Result<(), RunError> {
        if !self.0.is_dir() {
            return Ok(());
        }
        claim::sweep(self.0);
        let records = self.checkpoint().with_extension("records");
        for file in [self.checkpoint(), records, self.best()] {
            match fs::remove_file(&file) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(RunError::io("remove the checkpoint of a trial", &file)(error));
                }
                _ => {}
            }
        }
        // Remains if it has other files.
        let _ = fs::remove_dir(self.0);
        Ok(())
    }
}
