//! Repeated measurements of the same work.

use std::time::{Duration, Instant};

use serde::Serialize;

use crate::RunError;

/// Seconds per unit of work, such as a step: median, minimum and maximum over several rounds, each
/// the mean over its units.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Rounds {
    /// Number of rounds.
    pub rounds: usize,
    /// Median; the upper one if the number of rounds is even.
    pub median: f64,
    /// Fastest round.
    pub fastest: f64,
    /// Slowest round.
    pub slowest: f64,
}

impl Rounds {
    /// Summarises the seconds of each round; `None` if there are no rounds.
    pub(super) fn of(mut seconds: Vec<f64>) -> Option<Self> {
        seconds.sort_by(f64::total_cmp);
        let at = |i: usize| seconds.get(i).copied();
        Some(Self {
            rounds: seconds.len(),
            median: at(seconds.len() / 2)?,
            fastest: at(0)?,
            slowest: at(seconds.len().checked_sub(1)?)?,
        })
    }
}

/// Images that are processed per second.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Throughput {
    /// Images in a unit: a batch or an epoch.
    pub images: usize,
    /// Images per second, from the median.
    pub images_per_second: f64,
    /// Seconds per unit.
    pub seconds: Rounds,
}

impl Throughput {
    pub(super) fn new(images: usize, seconds: Rounds) -> Self {
        Self { images, images_per_second: images as f64 / seconds.median, seconds }
    }
}

/// Limit on the units of a round, for work that is too fast for the clock.
const MOST_UNITS: usize = 1 << 20;

/// Returns how many units of `work` take about as long as a round should. Doubles the number until
/// it is reached, which also warms up the measurement.
pub(super) fn units(
    round: Duration,
    work: &mut dyn FnMut(usize) -> Result<(), RunError>,
) -> Result<usize, RunError> {
    work(1)?; // on some devices the first time compiles the kernels
    let mut n = 1;
    loop {
        let seconds = seconds(n, work)?;
        if 4.0 * seconds >= round.as_secs_f64() || n >= MOST_UNITS {
            let fit = (round.as_secs_f64() / seconds * n as f64) as usize;
            return Ok(fit.clamp(1, MOST_UNITS));
        }
        n *= 2;
    }
}

/// Returns the seconds of `n` units.
pub(super) fn seconds(
    n: usize,
    work: &mut dyn FnMut(usize) -> Result<(), RunError>,
) -> Result<f64, RunError> {
    let start = Instant::now();
    work(n)?;
    // Avoids 0 if the clock did not advance.
    Ok(start.elapsed().as_secs_f64().max(1e-10))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_and_the_spread() {
        let of = |seconds: &[f64]| Rounds::of(seconds.to_vec());
        assert_eq!(
            of(&[3.0, 1.0, 2.0]),
            Some(Rounds { rounds: 3, median: 2.0, fastest: 1.0, slowest: 3.0 })
        );
        assert_eq!(of(&[4.0]), Some(Rounds { rounds: 1, median: 4.0, fastest: 4.0, slowest: 4.0 }));
        assert_eq!(of(&[]), None);
    }

    #[test]
    fn a_round_has_work_enough() {
        let mut calls = Vec::new();
        let mut work = |n: usize| {
            calls.push(n);
            std::thread::sleep(Duration::from_millis(n as u64));
            Ok(())
        };
        let found = units(Duration::from_millis(40), &mut work).unwrap();
        assert!((1..=40).contains(&found), "{found}");
        assert!(
            calls.starts_with(&[1, 1])
                && calls.windows(2).skip(1).all(|pair| pair[1] == 2 * pair[0]),
            "{calls:?}"
        );
        assert_eq!(units(Duration::ZERO, &mut |_| Ok(())).unwrap(), 1);
        assert!(
            units(Duration::from_secs(1), &mut |_| Err(RunError::config("test", "refused")))
                .is_err()
        );
    }
}
