//! Experiments that are variants of the ordinary configuration, trained over several seeds and judged on validation images.

mod results;
mod run;

use crate::experiment::Experiment;
use crate::{ExperimentError, Findings};

pub(crate) use results::{Results, VariantTrials};
pub(crate) use run::run_variants;

/// Trainings that differ in a few settings.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Variants {
    /// Settings of all of them, over the experiments' common ones, as on the command line after `--set`.
    pub(crate) base: &'static [&'static str],
    /// A name and what is set, of each.
    pub(crate) variants: &'static [(&'static str, &'static [&'static str])],
    /// Settings that, laid over all of them, switch the effect off: the claims must then fail.
    pub(crate) off: &'static [&'static str],
    /// Pictures, tables and claims from what was trained.
    pub(crate) judge: fn(&Results) -> Result<Findings, ExperimentError>,
}

/// All of them.
pub(crate) const ALL: &[Experiment] = &[];
