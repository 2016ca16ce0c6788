//! Experiments on the ideas of the lecture: each runs in minutes, draws figures, and tests its
//! claims.
//!
//! ```
//! use zunder_experiments::{ExperimentConfig, experiment};
//!
//! let findings = experiment("backprop")?.run(&ExperimentConfig::default(), &mut ())?;
//! if let Some(findings) = findings {
//!     assert!(findings.claims.iter().all(|claim| claim.holds));
//! }
//! # Ok::<(), zunder_experiments::ExperimentError>(())
//! ```
//!
//! [`experiments`] lists them. Some train variants of the default configuration with several seeds
//! and compare them on the validation images (`src/variants`); the others are small programs
//! (`src/programs`). [`play_page`] is a page to play with, which claims nothing.
//! [`lecture_figures`] draws pictures that need no training (`src/figures`).

#![cfg_attr(not(test), warn(clippy::disallowed_methods))]

mod catalogue;
mod claim;
mod config;
#[cfg(test)]
mod controls;
mod error;
mod experiment;
mod figures;
mod findings;
mod means;
mod play;
mod programs;
mod variants;
mod write;

/// Compiles the example of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

pub use catalogue::{experiment, experiments};
pub use claim::{Claim, Control};
pub use config::{ExperimentConfig, Watch};
pub use error::ExperimentError;
pub use experiment::Experiment;
pub use figures::{Language, lecture_figures};
pub use findings::Findings;
pub use play::{play_page, write_play};
pub use write::write_index;
