//! Export of models to other programs and import from them.

mod description;
pub(crate) mod export;
mod foreign;
mod import;

pub use import::ImportRecord;
