//! Experiments that train variants of the default configuration with several seeds and compare them
//! on the validation images.

mod activations;
mod augmentation;
mod batch_norm;
mod capacity;
mod dead_relu;
mod dropout;
mod early_stopping;
mod gradients;
mod grid;
mod init;
mod layers;
mod losses;
mod optimisers;
mod regularisation;
mod results;
mod roc;
mod run;
mod schedules;
mod sgd;
mod templates;
#[cfg(test)]
mod tests;
mod variants;
mod weight_decay;

pub(crate) use grid::{Criterion, Grid};
use results::{Results, VariantTrials};
use variants::Variants;

use crate::experiment::Experiment;

/// All of them, in the order of the lecture.
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
