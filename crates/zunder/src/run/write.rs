//! Writes the files of a run: those of its start, and those of its end.

use zunder_eval::Predictions;
use zunder_train::Fitted;

use crate::folder::checksums::Checksums;
use crate::folder::files::{json_text, write_json, write_text};
use crate::run::environment;
#[cfg(feature = "report")]
use crate::run::page;
use crate::run::session::Session;
use crate::{Model, RunError, RunFolder};

impl Session {
    /// Writes the files of a finished run. `test.json` is written last: its presence marks the run
    /// as finished.
    #[cfg_attr(not(feature = "report"), expect(unused_variables, reason = "of the page"))]
    pub(crate) fn write_results(
        &self,
        folder: &RunFolder,
        fitted: &Fitted<Model>,
        (predictions, loss): &(Predictions, f64),
    ) -> Result<(), RunError> {
        let mut test = predictions.evaluate(&self.plan.classes)?;
        test.leakage.clone_from(&self.plan.leakage);
        let mut csv = Vec::new();
        predictions.write_csv(&self.plan.classes, &mut csv)?;
        zunder_train::write_atomically(&folder.predictions(), &csv)?;
        let evaluation = self
            .task()
            .evaluate(predictions, None, || Err(RunError::NotFinished(folder.path().to_owned())))?;
        write_json(&folder.evaluation(), &evaluation)?;
        #[cfg(feature = "report")]
        {
            page::write_pictures(folder, fitted, &evaluation)?;
            let results =
                page::Results { fitted, predictions, evaluation: &evaluation, loss: *loss };
            let page =
                page::write(&self.plan, &self.loaded, &self.preprocessing, folder, &results)?;
            write_text(&folder.report(), &page)?;
        }
        let test = json_text(&folder.test(), &test)?;
        // Written before the last file, so that a finished run has both.
        Checksums::of(folder.path(), &self.plan.config)?
            .and("test.json", test.as_bytes())
            .write(folder.path())?;
        write_text(&folder.test(), &test)
    }

    /// Writes the files that a run has from its start.
    pub(crate) fn write_start(&self, folder: &RunFolder) -> Result<(), RunError> {
        write_json(&folder.environment(), &environment::environment(&self.plan))?;
        write_json(&folder.preprocessing(), &self.preprocessing)?;
        self.loaded.record.write(&folder.images())?;
        self.write_checksums(folder)?;
        write_text(&folder.config(), &self.plan.config.to_toml()?)
    }

    /// Writes the checksums of the files that do not change during the training.
    pub(crate) fn write_checksums(&self, folder: &RunFolder) -> Result<(), RunError> {
        Checksums::of_start(folder.path(), &self.plan.config)?.write(folder.path())
    }
}
