//! Tables, plots and the HTML page of a run, from plain values.
//!
//! Everything here is a pure function from the records of `zunder-eval` to a string: it reads no file, asks for no font, and gives the same bytes for the same records.
//!
//! - [`text`]: aligned tables for a terminal.
//! - [`learning_curves`]: loss and accuracy over the epochs, as SVG.
//! - [`html`]: the page of a [`RunReport`], self-contained, without scripts.

mod axis;
mod confusions;
mod curves;
mod error;
mod format;
mod html;
mod panel;
mod svg;
pub mod text;

pub use curves::learning_curves;
pub use error::ReportError;
pub use html::{RunReport, html};
