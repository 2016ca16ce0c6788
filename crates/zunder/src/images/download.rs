use std::ops::ControlFlow;

use zunder_fetch::{FetchConfig, Fetched, Progress, by_name, fetch};

use crate::{DataConfig, RunError};

/// Downloads the data set of a configuration if it is one of the catalogue and none of its files is
/// under `data.dir`; `None` if there is nothing to do. For `auto` that is CIFAR-10.
///
/// A run downloads nothing by itself: call this before it.
///
/// # Errors
/// [`RunError::Fetch`] if no place gives it, the network may not be used, or `progress` says stop.
///
/// ```
/// use std::ops::ControlFlow;
/// use zunder::fetch::FetchConfig;
/// use zunder::{DataConfig, DatasetName, download};
///
/// let shapes = DataConfig { dataset: DatasetName::Shapes, ..DataConfig::default() };
/// assert!(download(&shapes, &FetchConfig::default(), &mut |_| ControlFlow::Continue(()))?.is_none());
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
