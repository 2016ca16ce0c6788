//! From a configured data set to batches: reading, splitting, and what a run keeps of its images.

pub(crate) mod batches;
mod coverage;
mod divide;
#[cfg(feature = "fetch")]
mod download;
mod holdout;
pub(crate) mod lineage;
pub(crate) mod loaded;
#[cfg(feature = "report")]
pub(crate) mod pictures;
pub(crate) mod preprocessing;
pub(crate) mod read;

pub use batches::TensorBatches;
#[cfg(feature = "fetch")]
pub use download::download;
pub use preprocessing::Preprocessing;
