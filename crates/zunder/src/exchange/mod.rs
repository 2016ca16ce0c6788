//! Weights for other programs, and weights from them.

mod description;
pub(crate) mod export;
mod foreign;
mod import;

pub use import::ImportRecord;
