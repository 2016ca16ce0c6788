//! Export of models to other programs and import from them.

mod card;
mod description;
pub(crate) mod export;
mod foreign;
mod import;
mod onnx;
mod open;
mod project;
mod steps;

pub use export::ExportFormat;
pub use import::ImportRecord;
