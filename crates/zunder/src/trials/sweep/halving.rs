//! Successive halving: which trials go on, and how far.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{RunConfig, RunError};

/// Successive halving (Jamieson and Talwalkar 2016, [arXiv 1502.07943]): all points train to a
/// first rung, a number of epochs; the best of them, one in `factor`, train to the next one, and so
/// on to the last epoch. Of n points on a rung max(1, floor(n / factor)) go on.
///
/// The rungs are synchronous: a rung is judged when all its trials have reached it. ASHA (Li et al.
/// 2020, [arXiv 1810.05934]) judges earlier so that no worker waits, and in return lets some trials
/// go on that a full comparison would stop. A sweep trains one trial at a time, so nothing waits.
///
/// [arXiv 1502.07943]: https://arxiv.org/abs/1502.07943
/// [arXiv 1810.05934]: https://arxiv.org/abs/1810.05934
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HalvingConfig {
    /// Of how many points one goes on, and how many times as many epochs the next rung has, at
    /// least 2. Default: 3.
    pub factor: usize,
    /// Epochs of the first rung, 1 to E / `factor` with E epochs in all. Default: E / `factor`^k
    /// rounded down, at least 1, where `factor`^k is the largest power that is at most the number
    /// of points: then one or few points remain at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first: Option<usize>,
}

impl Default for HalvingConfig {
    fn default() -> Self {
        Self { factor: 3, first: None }
    }
}

/// A rung of a sweep: how many points train until when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rung {
    /// Finished epochs after which the points are compared. `None` without halving: the last epoch
    /// of each point.
    pub epoch: Option<usize>,
    /// Number of points that train to it, if not too many of them diverge.
    pub points: usize,
}

/// How a point of a sweep with halving ended. Its display leaves out the epoch, which
/// [`SweepPoint::epochs`](crate::SweepPoint::epochs) says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PointEnd {
    /// It trained all epochs.
    Completed,
    /// Early stopping ended it.
    StoppedEarly,
    /// It was stopped at a rung.
    Halved {
        /// Epochs of the rung.
        epoch: usize,
        /// Its place among the points on the rung, counted from 1.
        place: usize,
        /// Number of points on the rung.
        of: usize,
        /// Number of points that went on.
        promoted: usize,
    },
    /// The loss of all its seeds became infinite or NaN.
    Diverged,
    /// The sweep was interrupted before it ended.
    Unfinished,
}

impl fmt::Display for PointEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Completed => f.write_str("all epochs"),
            Self::StoppedEarly => f.write_str("patience ended"),
            Self::Halved { place, of, promoted, .. } => {
                write!(f, "stopped: place {place} of {of}, {promoted} went on")
            }
            Self::Diverged => f.write_str("diverged"),
            Self::Unfinished => f.write_str("not finished"),
        }
    }
}

impl HalvingConfig {
    /// Checks the settings against the points of a sweep: their names and their configurations.
    /// Returns the epochs of the rungs, the last of which is the last epoch. The factor must be at
    /// least 2.
    pub(super) fn rungs(&self, configs: &[(String, &RunConfig)]) -> Result<Vec<usize>, RunError> {
        let refuse = |problem: String| Err(RunError::config("sweep", problem));
        let points = configs.len();
        let Some((one, RunConfig { epochs, .. })) = configs.first().filter(|_| points > 1) else {
            return refuse(format!("there is {points} point, expected at least 2 with halving"));
        };
        let epochs = *epochs;
        if let Some((other, config)) = configs.iter().find(|(_, config)| config.epochs != epochs) {
            return refuse(format!(
                "epochs is {epochs} with {one} and {} with {other}, expected one number: with \
                 halving, trials are compared after the same epochs",
                config.epochs
            ));
        }
        let most = epochs / self.factor;
        if most == 0 {
            return refuse(format!(
                "epochs is {epochs}, expected at least {}, the factor of halving",
                self.factor
            ));
        }
        if let Some(first) = self.first
            && !(1..=most).contains(&first)
        {
            return refuse(format!(
                "the first rung is after epoch {first}, expected 1 to {most} ({epochs} epochs, \
                 factor {})",
                self.factor
            ));
        }
        Ok(self.spaced(points, epochs))
    }

    /// Returns the epochs of the rungs: `first`, `first` `factor`, ... as long as the next training
    /// is `factor` times as long, and the last epoch.
    fn spaced(&self, points: usize, epochs: usize) -> Vec<usize> {
        let first = self.first.unwrap_or_else(|| {
            let steps = points.max(1).ilog(self.factor).max(1);
            (epochs / self.factor.saturating_pow(steps)).max(1)
        });
        let longer = |epoch: &usize| epoch.checked_mul(self.factor);
        std::iter::successors(Some(first), longer)
            .take_while(|epoch| longer(epoch).is_some_and(|next| next <= epochs))
            .chain([epochs])
            .collect()
    }

    /// Returns how many of `points` on a rung go on.
    pub(super) fn promoted(&self, points: usize) -> usize {
        (points / self.factor).max(1).min(points)
    }
}

/// What a point is judged by on a rung.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Standing {
    /// Value of its best epoch so far, the mean over the seeds that did not diverge, higher being
    /// better; `None` if all diverged.
    pub worth: Option<f64>,
    /// Number of seeds that diverged.
    pub diverged: usize,
}

impl Standing {
    /// Orders standings, the best first: points without a value last, before them those of which
    /// more seeds diverged.
    pub(super) fn order(&self, other: &Self) -> std::cmp::Ordering {
        let sound = |standing: &Self| standing.worth.filter(|worth| !worth.is_nan());
        let (a, b) = (sound(self), sound(other));
        b.is_some()
            .cmp(&a.is_some())
            .then(self.diverged.cmp(&other.diverged))
            .then_with(|| b.unwrap_or(0.0).total_cmp(&a.unwrap_or(0.0)))
    }
}

/// The judgement of a rung.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Judgement {
    /// Indices of the points, the best first; of equal points the one with the lower index.
    pub ranked: Vec<usize>,
    /// How many of them go on.
    pub promoted: usize,
}

impl Judgement {
    /// Judges the points on a rung. Points without a value never go on.
    pub(super) fn of(standings: &[Standing], config: &HalvingConfig) -> Self {
        let mut ranked: Vec<usize> = (0..standings.len()).collect();
        ranked.sort_by(|&a, &b| standings[a].order(&standings[b])); // stable
        let sound = standings
            .iter()
            .filter(|standing| standing.worth.is_some_and(|worth| !worth.is_nan()))
            .count();
        Self { ranked, promoted: config.promoted(standings.len()).min(sound) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn halving(factor: usize, first: Option<usize>) -> HalvingConfig {
        HalvingConfig { factor, first }
    }

    #[test]
    fn rungs_are_a_factor_apart() {
        for (factor, first, points, epochs, expected) in [
            (3, None, 9, 30, &[3, 9, 30][..]),
            (3, None, 9, 9, &[1, 3, 9]),
            (3, None, 3, 30, &[10, 30]),
            (3, None, 2, 30, &[10, 30]),
            (3, None, 4, 27, &[9, 27]),
            (3, None, 10_000, 30, &[1, 3, 9, 30]),
            (3, Some(1), 4, 27, &[1, 3, 9, 27]),
            (2, None, 8, 100, &[12, 24, 48, 100]),
            (2, Some(13), 8, 100, &[13, 26, 100]),
            (4, None, 64, 64, &[1, 4, 16, 64]),
            (5, None, 2, 5, &[1, 5]),
            (2, Some(1), 2, 2, &[1, 2]),
        ] {
            let got = halving(factor, first).spaced(points, epochs);
            assert_eq!(got, expected, "{factor} {points} {epochs}");
        }
    }

    fn standings() -> impl Strategy<Value = Vec<Standing>> {
        // Few values, so that many are equal.
        let worth = prop_oneof![
            4 => (0_u8..6).prop_map(|value| Some(f64::from(value) / 5.0)),
            1 => Just(None),
            1 => Just(Some(f64::NAN)),
        ];
        let standing =
            (worth, 0_usize..3).prop_map(|(worth, diverged)| Standing { worth, diverged });
        proptest::collection::vec(standing, 1..40)
    }

    fn sound(standing: &Standing) -> bool {
        standing.worth.is_some_and(f64::is_finite)
    }

    proptest! {
        #[test]
        fn every_point_is_judged_and_the_best_go_on(all in standings(), factor in 2_usize..6) {
            let Judgement { ranked, promoted } = Judgement::of(&all, &halving(factor, None));
            let mut judged = ranked.clone();
            judged.sort_unstable();
            prop_assert_eq!(judged, (0..all.len()).collect::<Vec<_>>());
            let sounds = all.iter().filter(|standing| sound(standing)).count();
            prop_assert_eq!(promoted, (all.len() / factor).max(1).min(sounds));
            for (i, &better) in ranked.iter().enumerate() {
                for &worse in &ranked[i + 1..] {
                    let (a, b) = (&all[better], &all[worse]);
                    prop_assert!(sound(a) || !sound(b));
                    prop_assert!(!(sound(a) && sound(b)) || a.diverged <= b.diverged);
                    if sound(a) && sound(b) && a.diverged == b.diverged {
                        prop_assert!(a.worth >= b.worth);
                        prop_assert!(a.worth > b.worth || better < worse, "ties keep their order");
                    }
                }
                prop_assert!(i >= promoted || sound(&all[better]), "only what has a value goes on");
            }
        }

        #[test]
        fn the_order_of_the_points_does_not_matter(
            (all, shuffled) in standings().prop_flat_map(|all| {
                let shuffled = Just(all.clone()).prop_shuffle();
                (Just(all), shuffled)
            }),
            factor in 2_usize..6,
        ) {
            let config = halving(factor, None);
            // Which of equal points goes on depends on their order, what they are worth does not.
            let values = |all: &[Standing]| {
                let Judgement { ranked, promoted } = Judgement::of(all, &config);
                ranked[..promoted].iter().map(|&i| format!("{:?}", all[i])).collect::<Vec<_>>()
            };
            prop_assert_eq!(values(&all), values(&shuffled));
        }

        #[test]
        fn a_ladder_ends_and_costs_less(
            points in 2_usize..300,
            epochs in 2_usize..200,
            factor in 2_usize..6,
            first in 0_usize..9,
        ) {
            prop_assume!(epochs >= factor);
            let first = Some(first).filter(|first| (1..=epochs / factor).contains(first));
            let config = halving(factor, first);
            let rungs = config.spaced(points, epochs);
            prop_assert!(rungs[0] >= 1 && rungs.len() >= 2 && rungs.last() == Some(&epochs));
            prop_assert!(rungs.windows(2).all(|pair| pair[1] >= pair[0] * factor));
            let (mut left, mut before, mut cost) = (points, 0, 0);
            for epoch in rungs {
                cost += left * (epoch - before);
                (before, left) = (epoch, config.promoted(left));
            }
            prop_assert!(cost < points * epochs);
        }
    }
}
