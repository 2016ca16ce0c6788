//! Tables, plots and the HTML page of a run, from plain values.
//!
//! Everything here is a pure function from plain values to a string or the bytes of a picture: it reads no file, asks the system for no font, and gives the same bytes for the same values.
//!
//! - [`text`]: aligned tables for a terminal.
//! - [`learning_curves`]: loss and accuracy over the epochs, as SVG.
//! - [`ContactSheet`]: images side by side, as PNG.
//! - [`html`]: the page of a [`RunReport`], self-contained, without scripts.

mod axis;
mod chart;
mod confusions;
mod contact_sheet;
mod curves;
mod diagnosis;
mod error;
mod format;
mod html;
mod mistakes;
mod picture;
mod raster;
mod rates;
mod reliability;
mod svg;
pub mod text;
mod weights;

pub use contact_sheet::{ContactSheet, SheetRow};
pub use curves::{learning_curves, schedule};
pub use diagnosis::{Diagnosis, diagnose};
pub use error::ReportError;
pub use html::{RunReport, html};
pub use mistakes::{ConfusedPair, Mistake, MistakeLimits, Mistakes};
pub use picture::Picture;
pub use raster::png;
pub use rates::{precision_recall_curves, roc_curves};
pub use reliability::reliability_diagram;
pub use weights::WeightPictures;
