//! Experiments that are variants of the ordinary configuration, trained over several seeds and
//! judged on validation images.

mod activations;
mod augmentation;
mod batch_norm;
mod capacity;
mod dead_relu;
mod dropout;
mod early_stopping;
mod init;
mod layers;
mod losses;
mod optimisers;
mod results;
mod roc;
mod run;
mod schedules;
mod sgd;
mod templates;
#[cfg(test)]
mod tests;
mod weight_decay;

use crate::experiment::Experiment;
use crate::{ExperimentError, Findings};

pub(crate) use results::{Results, VariantTrials, mean_and_spread};
pub(crate) use run::run_variants;

/// Trainings that differ in a few settings.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Variants {
    /// Whether it is about two classes: unless chosen otherwise, the first two of the data set (of
    /// CIFAR-10, airplane and automobile).
    pub(crate) two_classes: bool,
    /// Settings of all of them, over the experiments' common ones, as on the command line after
    /// `--set`.
    pub(crate) base: &'static [&'static str],
    /// A name and what is set, of each.
    pub(crate) settings: &'static [(&'static str, &'static [&'static str])],
    /// Settings that, laid over all of them, switch the effect off: the claims must then fail.
    pub(crate) off: &'static [&'static str],
    /// Pictures, tables and claims from what was trained.
    pub(crate) judge: fn(&Results) -> Result<Findings, ExperimentError>,
}

impl Variants {
    /// No variant yet: what an experiment does not say comes from here.
    pub(crate) const NONE: Self = Self {
        two_classes: false,
        base: &[],
        settings: &[],
        off: &[],
        judge: |results| Ok(results.findings(["", "", ""], Vec::new())),
    };
}

/// All of them, in the lecture's order.
pub(crate) const ALL: &[Experiment] = &[
    roc::EXPERIMENT,
    templates::EXPERIMENT,
    activations::EXPERIMENT,
    dead_relu::EXPERIMENT,
    capacity::EXPERIMENT,
    losses::EXPERIMENT,
    sgd::EXPERIMENT,
    optimisers::EXPERIMENT,
    schedules::EXPERIMENT,
    init::EXPERIMENT,
    batch_norm::EXPERIMENT,
    weight_decay::EXPERIMENT,
    early_stopping::EXPERIMENT,
    dropout::EXPERIMENT,
    augmentation::EXPERIMENT,
];
