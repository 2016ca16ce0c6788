//! Images of one shape with their labels, in memory or in mapped files, and data sets of them.

mod dataset;
mod images;
mod invariance;
pub(crate) mod mapped;
pub(crate) mod pixels;
mod standardisation;
mod storage;
mod variation;

pub use dataset::Dataset;
pub use images::Images;
pub use invariance::LabelInvariance;
pub use standardisation::Standardisation;
pub use storage::Storage;
pub use variation::Variation;

pub(crate) use images::{BLOCK, check_labels, check_shape};
