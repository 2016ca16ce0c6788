//! Warnings about layers whose statistics are outside of healthy ranges.

use crate::HealthRecord;

mod message;

/// The share of dead units from which a layer gets a warning.
const MANY_DEAD: f64 = 0.25;
/// The range of a healthy relative change of a layer's weights by one update. Below it nothing is
/// learnt; above it what was learnt is lost.
const RATIOS: [f64; 2] = [1e-5, 0.1];
/// The limit of the first layer's gradient norm divided by the last one's.
const VANISHED: f64 = 1e-3;
/// The limit of the norm of a layer's gradient.
const EXPLODED: f64 = 1e3;
/// The limit of the deviation of activations over the images divided by their root mean square.
const ALIKE: f64 = 0.01;
/// The limit of the variance of activations divided by the largest variance possible between their
/// two extremes. The quotient is 1 if each activation equals one of the extremes.
const SATURATED: f64 = 0.9;
/// The limit of the standard deviation of activations.
const LARGE: f64 = 100.0;

/// A problem of a layer: a value of the layer is beyond a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HealthProblem {
    /// 25 % of the units or more are 0 for every image.
    DeadUnits,
    /// The [`update_ratio`](HealthRecord::update_ratio) is above 0.1, or NaN, in two successive
    /// epochs. (The first updates of a training may be that large.)
    RateTooHigh,
    /// No layer has had an [`update_ratio`](HealthRecord::update_ratio) of 1e-5 or more in any
    /// epoch so far, although there are gradients. (Near the end of most schedules the ratio falls
    /// to 0, which is normal.)
    RateTooLow,
    /// The first layer's gradient norm is below 1e-3 of the last one's.
    VanishingGradient,
    /// The gradient norm is above 1000, or NaN.
    ExplodingGradient,
    /// The deviation of the activations over the images is below 1 % of their root mean square.
    AlikeForAllImages,
    /// The variance of the activations is above 90 % of (max - mean) (mean - min), the largest
    /// variance possible between the two extremes: nearly all activations are at one of the
    /// extremes.
    Saturated,
    /// The standard deviation of the activations is above 100, or NaN.
    LargeActivations,
}

/// A problem of a layer and the epoch since which it exists. Its text is one sentence with advice.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct HealthWarning {
    /// The first epoch in which the layer had the problem.
    pub epoch: usize,
    /// The layer. If several layers have the problem from the same epoch on, the worst of them.
    pub layer: String,
    /// The problem.
    pub problem: HealthProblem,
    /// The value that is beyond its limit.
    pub value: f64,
    /// The other layers that have this problem from the same epoch on.
    pub others: Vec<String>,
}

/// Returns the warnings of a training, in the order of the epochs. Each problem of each layer is
/// reported once, in the first epoch that has it. The warnings of an epoch depend only on this and
/// earlier epochs.
///
/// The limits are documented in [`HealthProblem`]. They are far from the values of healthy
/// trainings, so a warning deserves attention; the absence of warnings proves nothing.
///
/// ```
/// use zunder_eval::{HealthProblem, HealthRecord, health_warnings};
///
/// let epoch = |epoch, dead| HealthRecord {
///     epoch,
///     layer: "hidden 1".into(),
///     dead: Some(dead),
///     ..HealthRecord::default()
/// };
/// let warnings = health_warnings(&[epoch(1, 0.1), epoch(2, 0.4), epoch(3, 0.5)]);
/// assert_eq!(
///     (warnings.len(), warnings[0].epoch, warnings[0].problem),
///     (1, 2, HealthProblem::DeadUnits)
/// );
/// assert!(warnings[0].to_string().starts_with("hidden 1: 40.0 % of its units are dead"));
/// ```
pub fn health_warnings(records: &[HealthRecord]) -> Vec<HealthWarning> {
    let mut warnings: Vec<HealthWarning> = Vec::new();
    let mut history = History::default();
    for rows in records.chunk_by(|a, b| a.epoch == b.epoch) {
        history.observe(rows);
        for problem in HealthProblem::ALL {
            let known =
                |layer: &str| warnings.iter().any(|w| w.problem == problem && w.is_about(layer));
            let mut found = problem.find(rows, &history);
            found.retain(|(layer, _)| !known(layer));
            found.sort_by(|(_, a), (_, b)| problem.severity(*b).total_cmp(&problem.severity(*a)));
            if let Some(((layer, value), others)) = found.split_first() {
                let others = others.iter().map(|(layer, _)| (*layer).to_owned()).collect();
                warnings.push(HealthWarning {
                    epoch: rows[0].epoch,
                    layer: (*layer).to_owned(),
                    problem,
                    value: *value,
                    others,
                });
            }
        }
    }
    warnings
}

impl HealthWarning {
    /// Returns whether the warning covers a layer. There is one learning rate, so a warning about a
    /// low rate covers all layers.
    fn is_about(&self, layer: &str) -> bool {
        self.problem == HealthProblem::RateTooLow
            || self.layer == layer
            || self.others.iter().any(|other| other == layer)
    }
}

impl HealthProblem {
    const ALL: [Self; 8] = [
        Self::DeadUnits,
        Self::RateTooHigh,
        Self::RateTooLow,
        Self::VanishingGradient,
        Self::ExplodingGradient,
        Self::AlikeForAllImages,
        Self::Saturated,
        Self::LargeActivations,
    ];

    /// Returns the layers of an epoch that have the problem, with their values.
    fn find<'a>(self, rows: &'a [HealthRecord], history: &History<'a>) -> Vec<(&'a str, f64)> {
        let each = |figure: fn(&HealthRecord) -> Option<f64>, holds: fn(f64) -> bool| {
            rows.iter()
                .filter_map(|r| Some((r.layer.as_str(), figure(r)?)))
                .filter(|(_, value)| holds(*value))
                .collect()
        };
        match self {
            Self::DeadUnits => each(|r| r.dead, |dead| dead >= MANY_DEAD),
            Self::RateTooHigh => rate_too_high(history.before, rows),
            Self::RateTooLow => history.too_low().into_iter().collect(),
            Self::VanishingGradient => vanishing(rows).into_iter().collect(),
            Self::ExplodingGradient => each(|r| r.gradient_norm, |norm| beyond(norm, EXPLODED)),
            Self::AlikeForAllImages => each(spread_over_images, |spread| spread < ALIKE),
            Self::Saturated => each(share_of_largest_variance, |share| share > SATURATED),
            Self::LargeActivations => {
                each(|r| r.activation_deviation, |deviation| beyond(deviation, LARGE))
            }
        }
    }

    /// Returns the severity of a value, for the order of the layers.
    fn severity(self, value: f64) -> f64 {
        match self {
            Self::RateTooLow | Self::VanishingGradient | Self::AlikeForAllImages => -value,
            _ => value,
        }
    }
}

/// Returns whether a value is above its limit or NaN.
fn beyond(value: f64, limit: f64) -> bool {
    value > limit || value.is_nan()
}

/// Returns the layers whose update ratio was too large in this epoch and in the previous one.
fn rate_too_high<'a>(before: &[HealthRecord], rows: &'a [HealthRecord]) -> Vec<(&'a str, f64)> {
    let large = |r: &HealthRecord| r.update_ratio.filter(|ratio| beyond(*ratio, RATIOS[1]));
    let before_too = |layer: &str| before.iter().any(|r| r.layer == layer && large(r).is_some());
    rows.iter()
        .filter_map(|r| Some((r.layer.as_str(), large(r)?)))
        .filter(|(layer, _)| before_too(layer))
        .collect()
}

/// State carried from epoch to epoch.
#[derive(Default)]
struct History<'a> {
    /// The records of the previous epoch.
    before: &'a [HealthRecord],
    /// The records of this epoch.
    now: &'a [HealthRecord],
    /// The largest update ratio so far, and its layer.
    ratio: Option<(&'a str, f64)>,
    /// Whether there has been a gradient above 0.
    gradients: bool,
}

impl<'a> History<'a> {
    fn observe(&mut self, rows: &'a [HealthRecord]) {
        (self.before, self.now) = (self.now, rows);
        self.gradients |= rows.iter().any(|r| r.gradient_norm.is_some_and(|norm| norm > 0.0));
        let ratios = rows.iter().filter_map(|r| Some((r.layer.as_str(), r.update_ratio?)));
        self.ratio = self.ratio.into_iter().chain(ratios).max_by(|(_, a), (_, b)| a.total_cmp(b));
    }

    /// Returns the largest ratio if it is too low although there are gradients.
    fn too_low(&self) -> Option<(&'a str, f64)> {
        self.ratio.filter(|(_, ratio)| self.gradients && *ratio < RATIOS[0])
    }
}

/// Returns the first layer, with its gradient norm divided by the last layer's, if the quotient is
/// too small.
fn vanishing(rows: &[HealthRecord]) -> Option<(&str, f64)> {
    let norms: Vec<(&str, f64)> =
        rows.iter().filter_map(|r| Some((r.layer.as_str(), r.gradient_norm?))).collect();
    let (Some((first, norm)), Some((_, last))) = (norms.first(), norms.last()) else { return None };
    let share = norm / last;
    // If the last layer's gradient is 0, the quotient is NaN or infinite.
    (share < VANISHED).then_some((*first, share))
}

/// Returns the deviation over the images divided by the activations' root mean square; `None` if
/// all activations are 0.
fn spread_over_images(r: &HealthRecord) -> Option<f64> {
    let size = r.activation_mean?.hypot(r.activation_deviation?);
    (size > 0.0).then_some(r.image_deviation? / size)
}

/// Returns the variance of the activations divided by (max - mean) (mean - min) (Bhatia and Davis
/// 2000); `None` if all activations are equal.
fn share_of_largest_variance(r: &HealthRecord) -> Option<f64> {
    let mean = r.activation_mean?;
    let largest = (r.activation_max? - mean) * (mean - r.activation_min?);
    (largest > 0.0).then_some(r.activation_deviation?.powi(2) / largest)
}

#[cfg(test)]
mod tests;
