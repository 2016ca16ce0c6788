//! Tables, plots and the HTML page of a run, from plain values.
//!
//! All functions are pure, from plain values to a string or the bytes of a picture. They read no
//! file, use no font of the system, and give the same bytes for the same values.
//!
//! - [`text`]: aligned tables for a terminal.
//! - [`learning_curves`], [`schedule`], [`planned_schedule`], [`roc_curves`],
//!   [`precision_recall_curves`], [`reliability_diagram`]: plots as SVG. [`png`] converts them to
//!   pixels.
//! - [`learning_rate_range`]: the plot of a learning-rate range test.
//! - [`diagnose`]: a diagnosis of the learning curves in one sentence.
//! - [`ContactSheet`]: images in rows and columns, as PNG.
//! - [`Mistakes`]: the most confident mistakes. [`WeightPictures`]: the weights of a layer as
//!   pictures.
//! - [`html`]: the page of a [`RunReport`], self-contained, without scripts.
//! - [`plot`](plot()), [`dots`](dots()): plots of any values. [`computation_graph`]: the
//!   computation of a value. [`diagram`](diagram()): circles, boxes and arrows.
//!   [`study`](study()): the page of an experiment.
//! - [`compare`]: the comparison of several runs, as a page and for a terminal.

#![cfg_attr(not(test), warn(clippy::disallowed_methods))]

mod axis;
mod chart;
mod comparison;
mod confusions;
mod contact_sheet;
mod curves;
mod diagnosis;
mod diagram;
mod dots;
mod ends;
mod error;
mod format;
mod graph;
mod health;
mod html;
mod learning_rate_range;
mod mistakes;
mod own;
mod picture;
mod plot;
mod raster;
mod rates;
mod reliability;
mod study;
mod svg;
pub mod text;
mod visible;
mod weights;

/// Compiles the example of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

pub use chart::Form;
pub use comparison::{ComparedRun, Comparison, Difference, Outcome, Pair, compare};
pub use contact_sheet::{ContactSheet, SheetRow};
pub use curves::{learning_curves, planned_schedule, schedule};
pub use diagnosis::{Diagnosis, diagnose};
pub use diagram::{Point, Shape, Tone, diagram};
pub use dots::{DotRow, dots};
pub use error::ReportError;
pub use graph::{GraphNode, GraphStep, computation_graph, computation_step};
pub use html::{RunReport, html};
pub use learning_rate_range::learning_rate_range;
pub use mistakes::{ConfusedPair, Mistake, MistakeLimits, Mistakes};
pub use own::{OWN_START, is_own};
pub use picture::Picture;
pub use plot::{Area, Plot, Scale, Series, plot};
pub use raster::png;
pub use rates::{precision_recall_curves, roc_curves};
pub use reliability::reliability_diagram;
pub use study::{Drawing, Figure, IndexEntry, Study, StudyClaim, Table, study, study_index};
pub use weights::WeightPictures;
/// The crate of the records and metrics that are shown.
pub use zunder_eval as eval;
pub use zunder_random::Key;
