//! Hashes of images and of whole data sets, by which a run recognises its data.

mod dataset;
pub(crate) mod digest;
mod sha256_lanes;

pub use dataset::{DatasetHash, HashAlgorithm};
pub use digest::{content_digest, contradictory_labels, distinct_digests, pixel_digest};
