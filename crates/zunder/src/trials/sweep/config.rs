//! The configuration of a sweep.

use serde::{Deserialize, Serialize};
use toml::Value;
use zunder_random::Key;

use super::{Axis, AxisValues, HalvingConfig, suggest};
use crate::RunError;

/// Limit on the number of trials.
const MOST: usize = 10_000;

/// The points of a sweep.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SweepConfig {
    /// Settings to vary.
    pub axes: Vec<Axis>,
    /// Number of random points, at least 1. Default: none, a grid of all combinations.
    pub random: Option<usize>,
    /// Trials of each point, with consecutive seeds from that of the configuration, at least 1.
    /// Default: 1.
    pub seeds: usize,
    /// Successive halving: points that are worse than others after some epochs are stopped there.
    /// Default: none, all points train all epochs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub halving: Option<HalvingConfig>,
    /// Whether the points after the first eight are chosen by the results of those before them,
    /// with a tree-structured Parzen estimator (Bergstra 2011, "Algorithms for Hyper-Parameter
    /// Optimization"). [`Sweep::suggest`](crate::Sweep::suggest) adds them one by one; without
    /// calls of it the sweep ends after eight points. Needs more than eight random points, and
    /// excludes halving. Default: false.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub suggest: bool,
}

impl Default for SweepConfig {
    fn default() -> Self {
        Self { axes: Vec::new(), random: None, seeds: 1, halving: None, suggest: false }
    }
}

impl SweepConfig {
    /// Checks every setting against its range.
    ///
    /// # Errors
    /// Returns [`RunError::Config`] without an axis, for a key that occurs twice, for a range in a
    /// grid, and for numbers out of range; for suggestions without random points, of eight points
    /// or fewer, of as many as there are combinations, or with halving. (Whether its points can be
    /// halved is only known with their configurations.)
    pub fn validate(&self) -> Result<(), RunError> {
        let refuse = |problem: String| Err(RunError::config("sweep", problem));
        if self.axes.is_empty() {
            return refuse(
                "nothing is varied, expected at least one setting such as optimizer.lr=0.01,0.1"
                    .to_owned(),
            );
        }
        for (i, axis) in self.axes.iter().enumerate() {
            if self.axes[..i].iter().any(|before| before.key == axis.key) {
                return refuse(format!("{} is varied twice, expected once", axis.key));
            }
            match &axis.values {
                AxisValues::Range { low, high, .. } if self.random.is_none() => {
                    return refuse(format!(
                        "{} is a range, {low}..{high}, expected values for a grid, or a number of \
                         random points",
                        axis.key
                    ));
                }
                AxisValues::List(list) if list.is_empty() => {
                    return refuse(format!("{} has no value, expected at least one", axis.key));
                }
                _ => {}
            }
        }
        if let Some(HalvingConfig { factor, .. }) = &self.halving
            && *factor < 2
        {
            return refuse(format!("the factor of halving is {factor}, expected at least 2"));
        }
        if self.suggest {
            self.check_suggestions()?;
        }
        let points = self.size();
        let trials = points.saturating_mul(self.seeds);
        if !(1..=MOST).contains(&trials) {
            return refuse(format!(
                "{points} points with {} seeds are {trials} trials, expected 1 to {MOST}",
                self.seeds
            ));
        }
        Ok(())
    }

    fn check_suggestions(&self) -> Result<(), RunError> {
        let refuse = |problem: String| Err(RunError::config("sweep", problem));
        let Some(points) = self.random else {
            return refuse(
                "points are to be suggested and their number is not set, expected a number of \
                 random points"
                    .to_owned(),
            );
        };
        if points <= suggest::RANDOM {
            return refuse(format!(
                "{points} points are to be suggested, expected more than {}: the first ones are \
                 random",
                suggest::RANDOM
            ));
        }
        if self.halving.is_some() {
            return refuse(
                "points are to be suggested and halved, expected one of the two: suggestions \
                 compare trials that have trained all epochs"
                    .to_owned(),
            );
        }
        let grid = self.grid();
        if grid <= points && self.axes.iter().all(|axis| axis.listed().is_some()) {
            return refuse(format!(
                "{points} points are to be suggested and the grid has {grid}, expected fewer \
                 points than the grid has, or the grid"
            ));
        }
        Ok(())
    }

    /// Returns the number of points.
    pub(super) fn size(&self) -> usize {
        self.random.unwrap_or_else(|| self.grid())
    }

    /// Returns the number of combinations of the listed values.
    fn grid(&self) -> usize {
        let sizes = self.axes.iter().map(|axis| axis.listed().unwrap_or(1));
        sizes.fold(1, usize::saturating_mul)
    }

    /// Returns the values of each point, in the order of the axes; of a sweep that suggests points,
    /// of the random ones.
    pub(super) fn points(&self, seed: u64) -> Vec<Vec<Value>> {
        if let Some(n) = self.random {
            let n = if self.suggest { n.min(suggest::RANDOM) } else { n };
            let key = Key::new(seed).named("sweep");
            return (0..n as u64)
                .map(|i| self.axes.iter().map(|axis| axis.draw(key.at(i))).collect())
                .collect();
        }
        self.axes.iter().fold(vec![Vec::new()], |points, axis| {
            let AxisValues::List(list) = &axis.values else { return points };
            points
                .iter()
                .flat_map(|point| {
                    list.iter().map(|value| [&point[..], std::slice::from_ref(value)].concat())
                })
                .collect()
        })
    }
}
