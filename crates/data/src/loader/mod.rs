//! The batches of an epoch: order, sampling, and preparation on other threads.

mod loader;
mod order;
mod prefetch;
mod sampling;

pub use loader::{Batch, BatchIter, Loader, LoaderConfig};
pub use sampling::{Sampler, Sampling};
