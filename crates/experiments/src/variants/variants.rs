//! An experiment of trainings that differ in a few settings.

use super::run::run_variants;
use super::{Criterion, Grid, Results};
use crate::experiment::Kind;
use crate::{Control, ExperimentConfig, ExperimentError, Findings, Watch};

/// Trainings that differ in a few settings.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Variants {
    /// Whether the task has two classes. Default: the first two of the data set (of CIFAR-10,
    /// airplane and automobile), unless the user chooses others.
    pub(crate) two_classes: bool,
    /// Settings of all variants, which override the common ones, as after `--set`.
    pub(crate) base: &'static [&'static str],
    /// Name and settings of each variant.
    pub(crate) settings: &'static [(&'static str, &'static [&'static str])],
    /// Settings that are tried for each variant on pilot seeds. Default: none.
    pub(crate) grids: &'static [Grid],
    /// Figures by which the best values of the grids are chosen, one choice for each. The first one
    /// is that of [`Results::variants`]. Default: none.
    pub(crate) criteria: &'static [Criterion],
    /// Settings under which claims must fail although the variants still differ.
    pub(crate) controls: &'static [Control],
    /// Computes figures, tables and claims from the results.
    pub(crate) judge: fn(&Results) -> Result<Findings, ExperimentError>,
}

impl Variants {
    /// Default values of an experiment without variants.
    pub(crate) const NONE: Self = Self {
        two_classes: false,
        base: &[],
        settings: &[],
        grids: &[],
        criteria: &[],
        controls: &[],
        judge: |results| Ok(results.findings(["", "", ""], Vec::new())),
    };
}

impl Kind for Variants {
    fn takes_data(&self) -> bool {
        true
    }

    fn controls(&self) -> &'static [Control] {
        self.controls
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
