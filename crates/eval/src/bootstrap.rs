//! Bootstrap confidence intervals: the samples are drawn anew with replacement.

use rayon::iter::{IntoParallelIterator, ParallelIterator};
use serde::{Deserialize, Serialize};
use zunder_random::{Key, Rng};

use crate::{EvalError, Interval, check};

/// Settings of a bootstrap.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BootstrapConfig {
    /// The number of resamples, 1 to 1,000,000; 1000 by default.
    pub resamples: usize,
    /// The confidence level, between 0 and 1; 0.95 by default.
    pub confidence: f64,
}

impl Default for BootstrapConfig {
    fn default() -> Self {
        Self { resamples: 1000, confidence: 0.95 }
    }
}

impl BootstrapConfig {
    /// Checks that all settings are in their ranges.
    ///
    /// # Errors
    ///
    /// Returns an error for the first setting out of its range.
    pub fn validate(&self) -> Result<(), EvalError> {
        check::setting("the number of resamples", self.resamples, 1, 1_000_000)?;
        check::confidence(self.confidence)
    }
}

/// Returns the bootstrap interval of any statistic of a set of `n` samples (percentile method).
///
/// Each resample is `n` positions in `0..n` drawn with replacement. The ends are the quantiles (1 ∓
/// confidence) / 2 of the statistic over all resamples, interpolated linearly. Resamples for which
/// the statistic is undefined (`None`, such as an AUC without positives) are left out. Like
/// [`wilson`](crate::wilson), the interval covers only the random draw of the test samples.
/// Resample i is drawn from `key.at(i)`, so the result does not depend on the number of threads.
/// Source: Efron 1979, "Bootstrap methods: another look at the jackknife".
///
/// # Errors
///
/// Returns an error if `n` is 0 or above 2^32 - 1, if a setting is out of its range, or if the
/// statistic is finite for fewer than half of the resamples.
///
/// ```
/// use zunder_eval::{BootstrapConfig, bootstrap};
/// use zunder_random::Key;
///
/// let loss = [0.1, 0.3, 0.2, 0.9, 0.4, 0.1, 0.2, 0.6];
/// let mean = |sample: &[u32]| {
///     Some(sample.iter().map(|&i| loss[i as usize]).sum::<f64>() / sample.len() as f64)
/// };
/// let interval =
///     bootstrap(loss.len(), &BootstrapConfig::default(), Key::new(1).named("bootstrap"), mean)?;
/// assert!(interval.low > 0.15 && interval.low < 0.35 && interval.high < 0.6);
/// # Ok::<(), zunder_eval::EvalError>(())
/// ```
pub fn bootstrap(
    n: usize,
    config: &BootstrapConfig,
    key: Key,
    statistic: impl Fn(&[u32]) -> Option<f64> + Sync,
) -> Result<Interval, EvalError> {
    interval(resampled(n, config, key, statistic)?, config)
}

/// The bootstrap comparison of two models on the same samples.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PairedBootstrap {
    /// The statistic of model B minus that of model A.
    pub difference: f64,
    /// The interval of the difference.
    pub interval: Interval,
    /// The two-sided p-value of "there is no difference", in 0..=1: twice the smaller share of
    /// resamples whose difference is 0 or has the other sign, (1 + number) / (1 + resamples).
    pub p_value: f64,
}

/// Tests whether model B is better than model A by a statistic, on the same `n` samples (paired
/// bootstrap).
///
/// Both models are measured on the same resamples, so that samples that are hard for both cancel
/// out. Otherwise as [`bootstrap`].
///
/// # Errors
///
/// Returns the errors of [`bootstrap`], and an error if the statistic is not finite on the samples
/// themselves.
///
/// ```
/// use zunder_eval::{BootstrapConfig, paired_bootstrap};
/// use zunder_random::Key;
///
/// let right_a: Vec<bool> = (0..200).map(|i| i % 2 == 0).collect();
/// let right_b: Vec<bool> = (0..200).map(|i| i % 4 != 1).collect();
/// let accuracy = |right: &[bool], sample: &[u32]| {
///     Some(sample.iter().filter(|&&i| right[i as usize]).count() as f64 / sample.len() as f64)
/// };
/// let test = paired_bootstrap(
///     200,
///     &BootstrapConfig::default(),
///     Key::new(1),
///     |s| accuracy(&right_a, s),
///     |s| accuracy(&right_b, s),
/// )?;
/// assert!(test.difference == 0.25 && test.interval.low > 0.15 && test.p_value < 0.01);
/// # Ok::<(), zunder_eval::EvalError>(())
/// ```
pub fn paired_bootstrap(
    n: usize,
    config: &BootstrapConfig,
    key: Key,
    a: impl Fn(&[u32]) -> Option<f64> + Sync,
    b: impl Fn(&[u32]) -> Option<f64> + Sync,
) -> Result<PairedBootstrap, EvalError> {
    let minus = |sample: &[u32]| Some(b(sample)? - a(sample)?);
    let differences = resampled(n, config, key, minus)?;
    let whole: Vec<u32> = (0..n as u32).collect();
    let difference = minus(&whole)
        .filter(|d| d.is_finite())
        .ok_or(EvalError::Resamples { got: 0, resamples: 1 })?;
    let share = |far: fn(&f64) -> bool| {
        (1 + differences.iter().copied().filter(far).count()) as f64
            / (1 + differences.len()) as f64
    };
    let p_value = (2.0 * share(|d| *d <= 0.0).min(share(|d| *d >= 0.0))).min(1.0);
    Ok(PairedBootstrap { difference, interval: interval(differences, config)?, p_value })
}

/// Returns the finite values of the statistic over all resamples.
fn resampled(
    n: usize,
    config: &BootstrapConfig,
    key: Key,
    statistic: impl Fn(&[u32]) -> Option<f64> + Sync,
) -> Result<Vec<f64>, EvalError> {
    let values =
        resamples(n, config, key, |sample| statistic(sample).filter(|value| value.is_finite()))?;
    Ok(values.into_iter().flatten().collect())
}

/// Applies `statistic` to each resample, in order.
pub(crate) fn resamples<T: Send>(
    n: usize,
    config: &BootstrapConfig,
    key: Key,
    statistic: impl Fn(&[u32]) -> T + Sync,
) -> Result<Vec<T>, EvalError> {
    config.validate()?;
    check::not_empty(n)?;
    check::setting("the number of samples", n, 1, u32::MAX as usize)?;
    let one = |sample: &mut Vec<u32>, resample: u64| {
        draw(&mut key.at(resample).rng(), n, sample);
        statistic(sample)
    };
    Ok((0..config.resamples as u64).into_par_iter().map_init(Vec::new, one).collect())
}

/// Fills `sample` with `n` positions in `0..n`, drawn with replacement.
fn draw(rng: &mut Rng, n: usize, sample: &mut Vec<u32>) {
    sample.clear();
    sample.extend((0..n).map(|_| rng.below(n) as u32));
}

/// Returns the percentile interval of `values`. At least half of the resamples must have a value.
fn interval(values: Vec<f64>, config: &BootstrapConfig) -> Result<Interval, EvalError> {
    let got = values.len();
    percentiles(values, config).ok_or(EvalError::Resamples { got, resamples: config.resamples })
}

/// Returns the percentile interval of `values`; `None` if fewer than half of the resamples have
/// one.
pub(crate) fn percentiles(mut values: Vec<f64>, config: &BootstrapConfig) -> Option<Interval> {
    if values.is_empty() || 2 * values.len() < config.resamples {
        return None;
    }
    values.sort_unstable_by(f64::total_cmp);
    let tail = (1.0 - config.confidence) / 2.0;
    Some(Interval { low: quantile(&values, tail), high: quantile(&values, 1.0 - tail) })
}

/// Returns the quantile of sorted values (at least one) at `share` in 0..=1, interpolated linearly
/// as `NumPy`'s default.
pub(crate) fn quantile(sorted: &[f64], share: f64) -> f64 {
    let position = share * (sorted.len() - 1) as f64;
    let below = (position as usize).min(sorted.len() - 1);
    let above = (below + 1).min(sorted.len() - 1);
    let (low, high) = (sorted[below], sorted[above]);
    // Clamped: rounding may leave the interval of the two neighbours.
    (low + (high - low) * (position - below as f64)).clamp(low, high)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: Key = Key::new(5);

    fn share(sample: &[u32], below: u32) -> f64 {
        sample.iter().filter(|&&i| i < below).count() as f64 / sample.len() as f64
    }

    #[test]
    fn quantiles_are_numpys() {
        let sorted = [1.0, 2.0, 4.0, 8.0];
        assert_eq!(
            [0.0, 0.25, 0.5, 0.9, 1.0].map(|q| quantile(&sorted, q)),
            [1.0, 1.75, 3.0, 6.800_000_000_000_001, 8.0]
        );
        assert_eq!(quantile(&[3.0], 0.7), 3.0);
    }

    #[test]
    fn a_proportions_interval_is_the_binomials() {
        // 300 of 1000: normal approximation p ± 1.96 √(p (1 - p) / n).
        let config = BootstrapConfig { resamples: 4000, confidence: 0.95 };
        let got = bootstrap(1000, &config, KEY, |sample| Some(share(sample, 300))).unwrap();
        assert!((got.low - 0.2716).abs() < 3e-3 && (got.high - 0.3284).abs() < 3e-3, "{got:?}");
    }

    #[test]
    fn threads_change_nothing() {
        let with = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| {
                paired_bootstrap(
                    50,
                    &BootstrapConfig::default(),
                    KEY,
                    |s| Some(share(s, 20)),
                    |s| Some(share(s, 30)),
                )
                .unwrap()
            })
        };
        assert_eq!(with(1), with(3));
    }

    #[test]
    fn no_difference_has_p_1() {
        let same = |sample: &[u32]| Some(share(sample, 5));
        let test = paired_bootstrap(10, &BootstrapConfig::default(), KEY, same, same).unwrap();
        assert_eq!(
            (test.difference, test.interval.low, test.interval.high, test.p_value),
            (0.0, 0.0, 0.0, 1.0)
        );
    }

    #[test]
    fn a_statistic_without_values_is_an_error() {
        let config = BootstrapConfig { resamples: 10, ..BootstrapConfig::default() };
        let error = bootstrap(5, &config, KEY, |_| None).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the statistic has a value for 0 of 10 resamples, expected at least half of them"
        );
        assert!(bootstrap(5, &config, KEY, |_| Some(f64::NAN)).is_err());
        // Of two samples, a resample lacks the first one with probability 1/4.
        let interval =
            bootstrap(2, &BootstrapConfig::default(), KEY, |s| s.contains(&0).then_some(1.0))
                .unwrap();
        assert_eq!(interval, Interval { low: 1.0, high: 1.0 });
    }

    #[test]
    fn wrong_settings_are_named() {
        let error = |n, resamples, confidence| {
            bootstrap(n, &BootstrapConfig { resamples, confidence }, KEY, |_| Some(0.0))
                .unwrap_err()
                .to_string()
        };
        assert_eq!(error(0, 10, 0.9), "got 0 samples, expected at least 1");
        assert_eq!(error(1, 0, 0.9), "the number of resamples is 0, expected 1 to 1000000");
        assert!(error(1, 1, 90.0).starts_with("the confidence level is 90"));
    }
}
