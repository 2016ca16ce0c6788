//! Loads a predictor from a run, an import or an export.

use std::path::Path;

use zunder_train::with_tensors;

use crate::exchange::import::{Exported, files, own_tensors};
use crate::run::predict::score_kind;
use crate::threads::pool;
use crate::{Predictor, Run, RunError, device};

impl Predictor {
    /// Loads the model of a folder: of a finished run, of an imported model, or of an export for
    /// PyTorch (or its file of weights), which need not be imported for this. An export computes on
    /// the first device of the build, with one thread for each processor.
    ///
    /// # Errors
    /// Returns the errors of [`Run::open`] and [`Run::predictor`]; for an export those of
    /// [`Run::import`].
    pub fn open(path: &Path) -> Result<Self, RunError> {
        if path.is_file()
            || path.join("model.json").is_file() && !path.join("config.toml").is_file()
        {
            Self::of_export(path)
        } else {
            Run::open(path)?.predictor()
        }
    }

    fn of_export(source: &Path) -> Result<Self, RunError> {
        let (weights, description) = files(source)?;
        let exported = Exported::read(&weights, &description)?;
        let pool = pool(exported.config.threads)?;
        pool.install(|| {
            let device = device(&exported.config.device)?;
            let fresh = exported.fresh_model(&device)?;
            let Exported { config, preprocessing, file, mut remarks } = exported;
            let tensors = own_tensors(&weights, &fresh, file, &mut remarks)?;
            let model = with_tensors(&weights, fresh, tensors)?.with_tta(config.tta);
            Ok((model, preprocessing, device, score_kind(&config)))
        })
        .map(|(model, preprocessing, device, kind)| {
            Self::new(model, preprocessing, device, kind, pool)
        })
    }
}
