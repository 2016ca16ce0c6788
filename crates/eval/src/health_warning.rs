use std::fmt;

use crate::HealthRecord;

/// From this share of dead units on, a layer is short of them.
const MANY_DEAD: f64 = 0.25;
/// What an update may change of a layer's weights, as a share of them: less and nothing is learnt,
/// more and what was learnt is lost.
const RATIOS: [f64; 2] = [1e-5, 0.1];
/// The first layer's gradient as a share of the last one's.
const VANISHED: f64 = 1e-3;
/// The norm of a layer's gradient.
const EXPLODED: f64 = 1e3;
/// The spread of activations over the images, as a share of their size.
const ALIKE: f64 = 0.01;
/// The variance of activations as a share of the largest one between their two ends: 1 if each of
/// them is at one of the ends.
const AT_THE_ENDS: f64 = 0.9;
/// The standard deviation of activations.
const LARGE: f64 = 100.0;
/// So many layers are named beside the worst.
const NAMED: usize = 3;

/// What may be wrong with a layer. Each kind has a figure that is compared with a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HealthProblem {
    /// 25 % of the units or more gave 0 for every image.
    DeadUnits,
    /// The [`update_ratio`](HealthRecord::update_ratio) is above 0.1, or no number, for two epochs
    /// in a row. (The first updates of a training may be that large.)
    RateTooHigh,
    /// No layer had an [`update_ratio`](HealthRecord::update_ratio) of 1e-5 or more in any epoch so
    /// far, though there are gradients. (Near the end of most schedules the ratio falls to 0; that
    /// is as it should be.)
    RateTooLow,
    /// The first layer's gradient norm is below 1e-3 of the last one's.
    VanishingGradient,
    /// The gradient norm is above 1000, or no number.
    ExplodingGradient,
    /// The deviation over the images is below 1 % of the activations' root mean square.
    AlikeForAllImages,
    /// The activations' variance is above 90 % of (max - mean) (mean - min), which is the largest
    /// that values between the two can have: nearly all lie at one of the ends.
    Saturated,
    /// The activations' standard deviation is above 100, or no number.
    LargeActivations,
}

/// A plain warning: what is wrong with a layer since which epoch, and as its text a sentence with
/// what to change.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct HealthWarning {
    /// The first epoch in which the layer had the problem.
    pub epoch: usize,
    /// The layer; of those that fell ill in the same epoch the worst.
    pub layer: String,
    /// What is wrong.
    pub problem: HealthProblem,
    /// The figure that is beyond its limit.
    pub value: f64,
    /// The other layers in which this problem appeared in the same epoch.
    pub others: Vec<String>,
}

/// What the records of a training warn of, in the order of the epochs: each problem of each layer
/// once, where it appears first. An epoch's warnings depend on it and on those before it only.
///
/// The limits stand with [`HealthProblem`]. They are far from what healthy trainings have, so that
/// a warning is worth reading; their absence proves nothing.
///
/// ```
/// use zunder_eval::{HealthProblem, HealthRecord, health_warnings};
///
/// let epoch = |epoch, dead| HealthRecord { epoch, layer: "hidden 1".into(), dead: Some(dead), ..HealthRecord::default() };
/// let warnings = health_warnings(&[epoch(1, 0.1), epoch(2, 0.4), epoch(3, 0.5)]);
/// assert_eq!((warnings.len(), warnings[0].epoch, warnings[0].problem), (1, 2, HealthProblem::DeadUnits));
/// assert!(warnings[0].to_string().starts_with("hidden 1: 40.0 % of its units are dead"));
/// ```
pub fn health_warnings(records: &[HealthRecord]) -> Vec<HealthWarning> {
    let mut warnings: Vec<HealthWarning> = Vec::new();
    let mut so_far = SoFar::default();
    for rows in records.chunk_by(|a, b| a.epoch == b.epoch) {
        so_far.observe(rows);
        for problem in HealthProblem::ALL {
            let known =
                |layer: &str| warnings.iter().any(|w| w.problem == problem && w.is_about(layer));
            let mut found = problem.find(rows, &so_far);
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
    /// Whether it speaks for a layer: there is one learning rate, so its warnings speak for all.
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

    /// The layers of an epoch that have the problem, with their figures.
    fn find<'a>(self, rows: &'a [HealthRecord], so_far: &SoFar<'a>) -> Vec<(&'a str, f64)> {
        let each = |figure: fn(&HealthRecord) -> Option<f64>, holds: fn(f64) -> bool| {
            rows.iter()
                .filter_map(|r| Some((r.layer.as_str(), figure(r)?)))
                .filter(|(_, value)| holds(*value))
                .collect()
        };
        match self {
            Self::DeadUnits => each(|r| r.dead, |dead| dead >= MANY_DEAD),
            Self::RateTooHigh => rate_too_high(so_far.before, rows),
            Self::RateTooLow => so_far.too_low().into_iter().collect(),
            Self::VanishingGradient => vanishing(rows).into_iter().collect(),
            Self::ExplodingGradient => each(|r| r.gradient_norm, |norm| beyond(norm, EXPLODED)),
            Self::AlikeForAllImages => each(spread_over_images, |spread| spread < ALIKE),
            Self::Saturated => each(share_of_largest_variance, |share| share > AT_THE_ENDS),
            Self::LargeActivations => {
                each(|r| r.activation_deviation, |deviation| beyond(deviation, LARGE))
            }
        }
    }

    /// How bad a figure is.
    fn severity(self, value: f64) -> f64 {
        match self {
            Self::RateTooLow | Self::VanishingGradient | Self::AlikeForAllImages => -value,
            _ => value,
        }
    }
}

/// Whether a figure is above its limit. What is no number is beyond any.
fn beyond(value: f64, limit: f64) -> bool {
    value > limit || value.is_nan()
}

/// The layers whose updates were too large in this epoch and in the one before.
fn rate_too_high<'a>(before: &[HealthRecord], rows: &'a [HealthRecord]) -> Vec<(&'a str, f64)> {
    let large = |r: &HealthRecord| r.update_ratio.filter(|ratio| beyond(*ratio, RATIOS[1]));
    let for_long = |layer: &str| before.iter().any(|r| r.layer == layer && large(r).is_some());
    rows.iter()
        .filter_map(|r| Some((r.layer.as_str(), large(r)?)))
        .filter(|(layer, _)| for_long(layer))
        .collect()
}

/// What is to be known of the epochs up to this one.
#[derive(Default)]
struct SoFar<'a> {
    /// The records of the epoch before, and of this one.
    before: &'a [HealthRecord],
    now: &'a [HealthRecord],
    /// The largest update ratio, and its layer.
    ratio: Option<(&'a str, f64)>,
    /// Whether there were gradients.
    gradients: bool,
}

impl<'a> SoFar<'a> {
    fn observe(&mut self, rows: &'a [HealthRecord]) {
        (self.before, self.now) = (self.now, rows);
        self.gradients |= rows.iter().any(|r| r.gradient_norm.is_some_and(|norm| norm > 0.0));
        let ratios = rows.iter().filter_map(|r| Some((r.layer.as_str(), r.update_ratio?)));
        self.ratio = self.ratio.into_iter().chain(ratios).max_by(|(_, a), (_, b)| a.total_cmp(b));
    }

    /// The largest ratio, if it is too low although there are gradients.
    fn too_low(&self) -> Option<(&'a str, f64)> {
        self.ratio.filter(|(_, ratio)| self.gradients && *ratio < RATIOS[0])
    }
}

/// The first layer with its gradient as a share of the last one's, if it is too small.
fn vanishing(rows: &[HealthRecord]) -> Option<(&str, f64)> {
    let norms: Vec<(&str, f64)> =
        rows.iter().filter_map(|r| Some((r.layer.as_str(), r.gradient_norm?))).collect();
    let (Some((first, norm)), Some((_, last))) = (norms.first(), norms.last()) else { return None };
    let share = norm / last;
    // Without any gradient at the end, the share is no number.
    (share < VANISHED).then_some((*first, share))
}

/// The deviation over the images as a share of the activations' root mean square; none if all are
/// 0.
fn spread_over_images(r: &HealthRecord) -> Option<f64> {
    let size = r.activation_mean?.hypot(r.activation_deviation?);
    (size > 0.0).then_some(r.image_deviation? / size)
}

/// The activations' variance as a share of (max - mean) (mean - min) (Bhatia and Davis 2000); none
/// if all are equal.
fn share_of_largest_variance(r: &HealthRecord) -> Option<f64> {
    let mean = r.activation_mean?;
    let largest = (r.activation_max? - mean) * (mean - r.activation_min?);
    (largest > 0.0).then_some(r.activation_deviation?.powi(2) / largest)
}

impl fmt::Display for HealthWarning {
    /// One sentence with layer, value and expectation, and one with what to do.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { layer, value, .. } = self;
        let percent = 100.0 * value;
        write!(f, "{layer}: ")?;
        match self.problem {
            HealthProblem::DeadUnits => {
                write!(
                    f,
                    "{percent:.1} % of its units are dead, 0 for every image shown (expected less \
                     than 25 %)"
                )
            }
            HealthProblem::RateTooHigh => {
                write!(
                    f,
                    "an update changes its weights by {percent:.1} % of their size (expected about \
                     0.1 %, at most 10 %)"
                )
            }
            HealthProblem::RateTooLow => {
                write!(
                    f,
                    "an update changes its weights by {value:.1e} of their size, and no layer's by \
                     more (expected about 1e-3, at least 1e-5)"
                )
            }
            HealthProblem::VanishingGradient => {
                write!(
                    f,
                    "its gradient is {value:.1e} of the last layer's (expected at least 1e-3), so \
                     it hardly learns"
                )
            }
            HealthProblem::ExplodingGradient => {
                write!(f, "the norm of its gradient is {value:.1e} (expected at most 1000)")
            }
            HealthProblem::AlikeForAllImages => write!(
                f,
                "its activations hardly differ from image to image, by {value:.1e} of their size \
                 (expected at least 0.01), so what tells images apart is lost"
            ),
            HealthProblem::Saturated => write!(
                f,
                "its activations lie at the two ends of their range, where it hardly learns: \
                 {percent:.1} % of the largest possible variance (expected at most 90 %)"
            ),
            HealthProblem::LargeActivations => {
                write!(
                    f,
                    "its activations are very large, with a standard deviation of {value:.1e} \
                     (expected at most 100)"
                )
            }
        }?;
        if !self.others.is_empty() {
            let names: Vec<&str> = self.others.iter().take(NAMED).map(String::as_str).collect();
            write!(f, "; likewise {}", names.join(", "))?;
            match self.others.len() - names.len() {
                0 => {}
                more => write!(f, " and {more} more")?,
            }
        }
        write!(f, ". {}", self.problem.remedy())
    }
}

impl HealthProblem {
    /// What to change.
    const fn remedy(self) -> &'static str {
        match self {
            Self::DeadUnits => {
                "Lower the learning rate; a leaky ReLU, batch normalisation or He initialisation \
                 (never zeros) keep units alive."
            }
            Self::RateTooHigh => {
                "Lower the learning rate, for instance to a tenth, warm it up, or clip gradients."
            }
            Self::RateTooLow => "Raise the learning rate, for instance a hundredfold.",
            Self::VanishingGradient => {
                "ReLU instead of logistic or tanh, He initialisation, batch normalisation, \
                 residual blocks or fewer layers help."
            }
            Self::ExplodingGradient => {
                "Clip gradients, lower the learning rate, or draw smaller initial weights."
            }
            Self::AlikeForAllImages => {
                "Batch normalisation, ReLU instead of logistic, other initial weights (He or \
                 Xavier, never zeros) or a lower learning rate help."
            }
            Self::Saturated => {
                "Lower the learning rate or draw smaller initial weights; batch normalisation or \
                 ReLU help too."
            }
            Self::LargeActivations => {
                "A lower learning rate, weight decay or batch normalisation help."
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A healthy layer.
    fn row(epoch: usize, layer: &str) -> HealthRecord {
        HealthRecord {
            epoch,
            layer: layer.to_owned(),
            gradient_norm: Some(0.5),
            update_ratio: Some(1e-3),
            dead: Some(0.05),
            activation_mean: Some(0.4),
            activation_deviation: Some(0.6),
            image_deviation: Some(0.5),
            activation_min: Some(0.0),
            activation_max: Some(6.0),
        }
    }

    fn problems(records: &[HealthRecord]) -> Vec<(usize, String, HealthProblem)> {
        health_warnings(records).into_iter().map(|w| (w.epoch, w.layer, w.problem)).collect()
    }

    /// Two layers of one epoch, the first one changed.
    fn with(change: fn(&mut HealthRecord)) -> [HealthRecord; 2] {
        let mut first = row(1, "a");
        change(&mut first);
        [first, row(1, "b")]
    }

    /// Gives a layer large activations.
    fn large(r: &mut HealthRecord, deviation: f64) {
        (r.activation_deviation, r.image_deviation, r.activation_max) =
            (Some(deviation), Some(50.0), Some(1e6));
    }

    #[test]
    fn each_problem_has_its_limit() {
        use HealthProblem::*;
        let check = |change: fn(&mut HealthRecord), expected: Option<HealthProblem>| {
            let found = problems(&with(change));
            assert_eq!(
                found,
                expected
                    .map(|problem| (1, "a".to_owned(), problem))
                    .into_iter()
                    .collect::<Vec<_>>()
            );
        };
        check(|_| {}, None);
        check(|r| r.dead = Some(0.24), None);
        check(|r| r.dead = Some(0.25), Some(DeadUnits));
        check(|r| r.update_ratio = Some(0.0), None);
        check(|r| r.gradient_norm = Some(6e-4), None);
        check(|r| r.gradient_norm = Some(4e-4), Some(VanishingGradient));
        check(|r| r.gradient_norm = Some(1e3), None);
        check(|r| r.gradient_norm = Some(1.1e3), Some(ExplodingGradient));
        check(|r| r.image_deviation = Some(0.008), None);
        check(|r| r.image_deviation = Some(0.007), Some(AlikeForAllImages));
        check(|r| large(r, 100.0), None);
        check(|r| large(r, 101.0), Some(LargeActivations));
        check(
            |r| {
                (r.activation_min, r.activation_max, r.activation_deviation) =
                    (Some(0.0), Some(1.0), Some(0.46))
            },
            None,
        );
        check(
            |r| {
                (r.activation_min, r.activation_max, r.activation_deviation) =
                    (Some(0.0), Some(1.0), Some(0.48))
            },
            Some(Saturated),
        );
    }

    #[test]
    fn a_high_rate_is_one_that_stays() {
        let at = |epoch, ratio| HealthRecord { update_ratio: Some(ratio), ..row(epoch, "a") };
        let found =
            |ratios: [f64; 3]| problems(&[at(1, ratios[0]), at(2, ratios[1]), at(3, ratios[2])]);
        assert_eq!(found([0.5, 0.1, 0.5]), []);
        assert_eq!(found([0.2, 0.11, 0.2]), [(2, "a".to_owned(), HealthProblem::RateTooHigh)]);
        assert_eq!(found([1e-3, f64::NAN, 0.2]), [(3, "a".to_owned(), HealthProblem::RateTooHigh)]);
    }

    #[test]
    fn a_low_rate_is_one_in_all_layers_and_all_epochs() {
        let slow = |epoch, layer| HealthRecord { update_ratio: Some(1e-8), ..row(epoch, layer) };
        assert_eq!(problems(&[slow(1, "a"), slow(1, "b"), slow(2, "a"), slow(2, "b")]).len(), 1);
        // The end of a schedule, and a layer that learns while another does not.
        assert_eq!(problems(&[row(1, "a"), slow(2, "a")]), []);
        assert_eq!(problems(&[slow(1, "a"), row(1, "b")]), []);
        // Without any gradient the rate is not to blame.
        assert_eq!(
            problems(&[HealthRecord {
                gradient_norm: Some(0.0),
                update_ratio: Some(0.0),
                ..row(1, "a")
            }]),
            []
        );
    }

    #[test]
    fn nothing_to_compare_is_nothing_wrong() {
        let nothing = HealthRecord { epoch: 1, layer: "a".to_owned(), ..HealthRecord::default() };
        assert_eq!(problems(&[nothing.clone(), nothing]), []);
        let zero = Some(0.0);
        let all_zero = HealthRecord {
            gradient_norm: zero,
            activation_mean: zero,
            activation_deviation: zero,
            image_deviation: zero,
            activation_min: zero,
            activation_max: zero,
            ..row(1, "a")
        };
        assert_eq!(problems(&[all_zero.clone(), all_zero]), []);
        assert_eq!(problems(&[]), []);
    }

    #[test]
    fn layers_that_fall_ill_together_share_a_sentence_and_none_is_named_twice() {
        let dead =
            |epoch, layer: &str, dead| HealthRecord { dead: Some(dead), ..row(epoch, layer) };
        let mut records: Vec<HealthRecord> =
            ["a", "b", "c", "d", "e", "f"].iter().map(|layer| dead(1, layer, 0.3)).collect();
        records[2].dead = Some(0.9);
        records.extend([dead(2, "a", 1.0), dead(2, "late", 0.5)]);
        let warnings = health_warnings(&records);
        assert_eq!(
            problems(&records),
            [
                (1, "c".to_owned(), HealthProblem::DeadUnits),
                (2, "late".to_owned(), HealthProblem::DeadUnits)
            ]
        );
        assert_eq!(
            warnings[0].to_string(),
            "c: 90.0 % of its units are dead, 0 for every image shown (expected less than 25 %); \
             likewise a, b, d and 2 more. \
             Lower the learning rate; a leaky ReLU, batch normalisation or He initialisation \
             (never zeros) keep units alive."
        );
        assert_eq!(
            health_warnings(&records[..6]),
            warnings[..1],
            "an epoch's warnings do not change later"
        );
    }
}
