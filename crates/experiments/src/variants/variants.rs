//! Trainings that differ in a few settings, as one experiment.

use super::Results;
use super::run::run_variants;
use crate::experiment::Kind;
use crate::{ExperimentConfig, ExperimentError, Findings, Watch};

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

impl Kind for Variants {
    fn takes_data(&self) -> bool {
        true
    }

    fn off(&self) -> &'static [&'static str] {
        self.off
    }

    fn suit(&self, _config: &mut ExperimentConfig) {}

    fn run(
        &self,
        config: &ExperimentConfig,
        watch: &mut dyn Watch,
    ) -> Result<Option<Findings>, ExperimentError> {
        run_variants(self, config, watch)
    }
}
