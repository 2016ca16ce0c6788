//! Downloads the data set of a configuration.

use std::ops::ControlFlow;

use zunder_fetch::{FetchConfig, Fetched, Progress, by_name, fetch};

use crate::{DataConfig, RunError};

/// Downloads the data set of a configuration if the catalogue has it and `data.dir` has none of its
/// files; returns `None` if there is nothing to do. For `auto` it downloads CIFAR-10.
///
/// A run does not download anything: call this function before it.
///
/// # Errors
/// Returns [`RunError::Fetch`] if no server provides it, the network is disabled, or `progress`
/// requests a stop.
///
/// ```
/// use std::ops::ControlFlow;
/// use zunder::fetch::{FetchConfig, Progress};
/// use zunder::{DataConfig, DatasetName, download};
///
/// let shapes = DataConfig { dataset: DatasetName::Shapes, ..DataConfig::default() };
/// let progress = &mut |_: &Progress<'_>| ControlFlow::Continue(());
/// assert!(download(&shapes, &FetchConfig::default(), progress)?.is_none());
/// # Ok::<(), zunder::RunError>(())
/// ```
pub fn download(
    data: &DataConfig,
    config: &FetchConfig,
    progress: &mut dyn FnMut(&Progress) -> ControlFlow<()>,
) -> Result<Option<Fetched>, RunError> {
    match data.dataset.download() {
        Some(name) if data.dataset.find(&data.dir).is_none() => {
            Ok(Some(fetch(&by_name(name)?, &data.dir, config, progress)?))
        }
        _ => Ok(None),
    }
}
