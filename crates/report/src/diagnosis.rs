//! The diagnosis of learning curves.

use std::fmt;

use zunder_eval::EpochRecord;

/// The diagnosis of the learning curves of a run, as [`diagnose`] computes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Diagnosis {
    /// Fewer than 5 epochs.
    TooShort,
    /// The loss became NaN or infinite, or ended far above an earlier value.
    Diverged {
        /// The first epoch with such a loss, or the one after the lowest loss.
        at: usize,
    },
    /// The validation loss rises while the training loss still falls.
    Overfitting {
        /// The epoch of the lowest smoothed validation loss.
        since: usize,
    },
    /// Validation loss or accuracy is still improving at the last epoch.
    StillImproving,
    /// Neither is improving, and the training accuracy is far above the validation accuracy.
    AccuracyGap {
        /// The training accuracy at the end, in percent, rounded.
        train: u8,
        /// The validation accuracy at the end, in percent, rounded.
        validation: u8,
    },
    /// Neither is improving, and the model does not fit even the training images.
    Underfitting,
    /// None of the above: more epochs would change little.
    Converged,
}

impl fmt::Display for Diagnosis {
    /// Writes one sentence with advice.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooShort => f.write_str("Too short to say: a trend needs at least 5 epochs."),
            Self::Diverged { at } => write!(
                f,
                "Training diverged in epoch {at}. Lower the learning rate, or clip the gradient."
            ),
            Self::Overfitting { since } => write!(
                f,
                "The model overfits since epoch {since}: since then the validation loss rises \
                 while the training loss falls. More augmentation, weight decay or dropout help; \
                 more epochs do not."
            ),
            Self::StillImproving => f.write_str(
                "The validation curves are still improving at the last epoch. More epochs would \
                 help.",
            ),
            Self::AccuracyGap { train, validation } => write!(
                f,
                "The model overfits: its curves are flat, at an accuracy of {train} % on the \
                 training images and {validation} % on the validation images. More augmentation, \
                 weight decay or dropout help; more epochs do not."
            ),
            Self::Underfitting => f.write_str(
                "The model underfits: its curves are flat, and it does not fit even the training \
                 images. Try a larger model, another learning rate or less regularisation.",
            ),
            Self::Converged => f.write_str(
                "The curves are flat at the end: the run has converged, and more epochs would \
                 change little.",
            ),
        }
    }
}

/// The smallest number of epochs for a diagnosis.
const FEWEST: usize = 5;
/// The smallest change that counts, as a share of the whole fall of the validation loss or of the
/// rise of its accuracy.
const LEAST_SHARE: f64 = 0.05;
/// The smallest change that counts, in standard errors.
const ERRORS: f64 = 3.0;
/// The smallest difference between training and validation accuracy that is called overfitting.
const GAP: f64 = 0.1;

/// Diagnoses learning curves, in the order of the records. The first rule that applies decides:
///
/// 1. *Diverged*: a loss is NaN or infinite, or the smoothed training loss ends above both its
///    first value and 1.2 times its lowest.
/// 2. *Too short*: fewer than 5 epochs.
/// 3. *Overfitting since epoch k*: the smoothed validation loss is lowest at epoch k and ends above
///    that by at least 5 % of its whole fall and by at least 3 standard deviations of its noise,
///    and the smoothed training loss ends below its value at k.
/// 4. *Still improving*: a straight line fitted to the last third (at least 6 epochs) of the
///    validation loss falls, or one fitted to the accuracy rises, by at least 5 % of the whole
///    change from the first epoch to the best and by at least 3 standard errors.
/// 5. *Overfitting by the accuracies*: the training accuracy ends at least 10 percentage points
///    above the validation accuracy.
/// 6. *Underfitting*: the training loss is still above half of the first epoch's, the training
///    accuracy is below 80 %, and it exceeds the validation accuracy by at most 5 points.
/// 7. *Converged* otherwise.
///
/// Smoothing is by the running median over about a tenth of the epochs (3 to 31). The noise is
/// estimated from the changes between successive epochs by their median absolute deviation, so that
/// a trend does not count as noise and single outliers have no effect.
///
/// ```
/// use zunder_eval::EpochRecord;
/// use zunder_report::{Diagnosis, diagnose};
///
/// let epoch = |epoch: usize| EpochRecord {
///     epoch,
///     train_loss: 1.0 / epoch as f64,
///     validation_loss: 1.0 + (epoch as f64 - 10.0).abs() / 20.0,
///     ..EpochRecord::default()
/// };
/// let records: Vec<EpochRecord> = (1..=30).map(epoch).collect();
/// assert_eq!(diagnose(&records), Diagnosis::Overfitting { since: 10 });
/// assert_eq!(diagnose(&records[..1]), Diagnosis::TooShort);
/// ```
pub fn diagnose(records: &[EpochRecord]) -> Diagnosis {
    let curve = |value: fn(&EpochRecord) -> f64| records.iter().map(value).collect::<Vec<f64>>();
    let (train, validation) = (curve(|r| r.train_loss), curve(|r| r.validation_loss));
    if let Some(bad) =
        records.iter().find(|r| !r.train_loss.is_finite() || !r.validation_loss.is_finite())
    {
        return Diagnosis::Diverged { at: bad.epoch };
    }
    let n = records.len();
    if n < FEWEST {
        return Diagnosis::TooShort;
    }
    let smooth_train = smoothed(&train);
    let (end, lowest) = (smooth_train[n - 1], lowest(&smooth_train));
    if end > train[0] && end > 1.2 * smooth_train[lowest] {
        return Diagnosis::Diverged { at: records[(lowest + 1).min(n - 1)].epoch };
    }
    if let Some(since) = overfits(&smooth_train, &validation) {
        return Diagnosis::Overfitting { since: records[since].epoch };
    }
    let errors: Vec<f64> = records.iter().map(|r| 1.0 - r.validation_accuracy).collect();
    if falls(&validation) || falls(&errors) {
        return Diagnosis::StillImproving;
    }
    let (right, right_new) =
        (smoothed(&curve(|r| r.train_accuracy))[n - 1], 1.0 - smoothed(&errors)[n - 1]);
    if right - right_new >= GAP {
        let [train, validation] = [right, right_new].map(|share| (100.0 * share).round() as u8);
        return Diagnosis::AccuracyGap { train, validation };
    }
    if end > 0.5 * train[0] && right < 0.8 && right - right_new <= 0.05 {
        return Diagnosis::Underfitting;
    }
    Diagnosis::Converged
}

/// Returns the epoch at which the validation loss turns, if it ends well above that value and the
/// training loss ends below.
fn overfits(smooth_train: &[f64], validation: &[f64]) -> Option<usize> {
    let smooth = smoothed(validation);
    let (turn, last) = (lowest(&smooth), smooth.len() - 1);
    let fall = validation[0].max(smooth[0]) - smooth[turn];
    let rise = smooth[last] - smooth[turn];
    let counts = rise > ERRORS * noise(validation) && rise > LEAST_SHARE * fall && rise > 1e-9;
    // The median around the turn is as low on both sides as at the turn itself.
    let (start, end) = (
        turn.saturating_sub(reach(validation.len())),
        (turn + reach(validation.len()) + 1).min(validation.len()),
    );
    (counts && smooth_train[last] < smooth_train[turn])
        .then(|| start + lowest(&validation[start..end]))
}

/// Returns whether a line through the last third (at least 6 values, if there are as many) falls
/// significantly and by a relevant amount.
fn falls(values: &[f64]) -> bool {
    let tail = &values[values.len().saturating_sub((values.len() / 3).max(6))..];
    let m = tail.len() as f64;
    let mean = tail.iter().sum::<f64>() / m;
    let middle = (m - 1.0) / 2.0;
    let squares = m * (m * m - 1.0) / 12.0;
    let slope = tail.iter().enumerate().map(|(i, v)| (i as f64 - middle) * (v - mean)).sum::<f64>()
        / squares;
    let residuals = tail
        .iter()
        .enumerate()
        .map(|(i, v)| (v - mean - slope * (i as f64 - middle)).powi(2))
        .sum::<f64>();
    // A few points may lie on a line by chance, so the noise of the whole curve is used as well.
    let error = (residuals / (m - 2.0)).sqrt().max(noise(values)) / squares.sqrt();
    let whole = values[0] - values[lowest(&smoothed(values))];
    let change = -slope * (m - 1.0);
    change > LEAST_SHARE * whole && -slope > ERRORS * error && change > 1e-9
}

/// Returns the standard deviation of a curve's noise: the changes between successive values, minus
/// their median, by their median absolute value.
fn noise(values: &[f64]) -> f64 {
    let changes: Vec<f64> = values.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let middle = median(changes.clone());
    // 0.6745 is the median of |x| for a standard normal x. A change is the difference of two
    // independent errors.
    median(changes.iter().map(|change| (change - middle).abs()).collect())
        / 0.6745
        / std::f64::consts::SQRT_2
}

/// Returns the running median. At the ends the window has the same number of values as elsewhere.
fn smoothed(values: &[f64]) -> Vec<f64> {
    let reach = reach(values.len());
    let width = (2 * reach + 1).min(values.len());
    let at = |i: usize| {
        median(values[i.saturating_sub(reach).min(values.len() - width)..][..width].to_vec())
    };
    (0..values.len()).map(at).collect()
}

/// Returns the number of values to either side in the running median of `n` values.
fn reach(n: usize) -> usize {
    (n / 20).clamp(1, 15)
}

/// Returns the median of values without NaN; 0 without values.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    let n = values.len();
    if n == 0 { 0.0 } else { f64::midpoint(values[(n - 1) / 2], values[n / 2]) }
}

/// Returns the position of the lowest value, the first if several are equal.
fn lowest(values: &[f64]) -> usize {
    (0..values.len()).reduce(|low, i| if values[i] < values[low] { i } else { low }).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use zunder_random::Key;

    use super::*;

    /// Curves of `n` epochs with training loss, validation loss, training and validation accuracy
    /// at t in 0..1, with noise of standard deviation `noise`.
    fn run(n: usize, noise: f64, seed: u64, at: impl Fn(f64) -> [f64; 4]) -> Vec<EpochRecord> {
        let mut rng = Key::new(seed).rng();
        let mut unrest = || noise * rng.normal();
        let epoch = |epoch: usize| {
            let [train_loss, validation_loss, train_accuracy, validation_accuracy] =
                at((epoch - 1) as f64 / (n - 1) as f64);
            EpochRecord {
                epoch,
                train_loss: train_loss + unrest() / 3.0,
                train_accuracy: train_accuracy + unrest() / 10.0,
                validation_loss: validation_loss + unrest(),
                validation_accuracy: validation_accuracy + unrest() / 3.0,
                ..EpochRecord::default()
            }
        };
        (1..=n).map(epoch).collect()
    }

    fn converged(t: f64) -> [f64; 4] {
        let left = (-t * 8.0).exp();
        [0.2 + 2.0 * left, 0.5 + 1.8 * left, 0.91 - 0.8 * left, 0.85 - 0.7 * left]
    }

    fn improving(t: f64) -> [f64; 4] {
        [2.3 - 1.3 * t, 2.3 - 1.2 * t, 0.1 + 0.5 * t, 0.1 + 0.45 * t]
    }

    /// The validation loss turns at t = 0.3.
    fn overfitting(t: f64) -> [f64; 4] {
        [2.3 * (-5.0 * t).exp(), 1.0 + 8.0 * (t - 0.3).powi(2), 1.0 - 0.9 * (-5.0 * t).exp(), 0.6]
    }

    /// The training images are learnt by heart; the validation loss is flat and does not rise.
    fn gap(t: f64) -> [f64; 4] {
        let left = (-t * 12.0).exp();
        [2.3 * left, 1.4 + 0.9 * left, 1.0 - 0.9 * left, 0.5 - 0.4 * left]
    }

    fn underfitting(t: f64) -> [f64; 4] {
        let left = (-t * 12.0).exp();
        [1.7 + 0.3 * left, 1.72 + 0.25 * left, 0.41 - 0.1 * left, 0.4 - 0.1 * left]
    }

    fn diverging(t: f64) -> [f64; 4] {
        let v = 2.0 - 4.0 * t + 9.0 * t * t;
        [v, v, 0.2, 0.2]
    }

    /// Asserts that all runs of this kind, short and long, with little and much noise, get the
    /// expected diagnosis.
    fn check(at: fn(f64) -> [f64; 4], expected: fn(&Diagnosis, usize) -> bool) {
        for n in [12, 30, 100, 300] {
            for noise in [0.0, 0.01, 0.03] {
                for seed in 0..20 {
                    let diagnosis = diagnose(&run(n, noise, seed, at));
                    assert!(
                        expected(&diagnosis, n),
                        "{n} epochs, noise {noise}, seed {seed}: {diagnosis:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn each_kind_is_recognised_in_noise() {
        check(converged, |d, _| *d == Diagnosis::Converged);
        check(improving, |d, _| *d == Diagnosis::StillImproving);
        check(underfitting, |d, _| *d == Diagnosis::Underfitting);
        check(gap, |d, _| {
            matches!(d, Diagnosis::AccuracyGap { train: 97..=101, validation: 48..=52 })
        });
        check(diverging, |d, _| matches!(d, Diagnosis::Diverged { .. }));
        check(overfitting, |d, n| {
            let near = |since: usize| (since as f64 / n as f64 - 0.3).abs() < 0.17;
            matches!(d, Diagnosis::Overfitting { since } if near(*since))
        });
    }

    #[test]
    fn nothing_learnt_is_underfitting() {
        let flat = |_: f64| [4.6, 4.6, 0.01, 0.01];
        assert_eq!(diagnose(&run(30, 0.001, 1, flat)), Diagnosis::Underfitting);
        assert_eq!(diagnose(&run(5, 0.0, 1, flat)), Diagnosis::Underfitting);
    }

    /// Only the validation accuracy changes, from just within 10 points to just beyond.
    #[test]
    fn the_accuracies_alone_tell_a_gap() {
        let of = |accuracy: f64| {
            let mut records = run(30, 0.0, 1, gap);
            for record in &mut records {
                record.validation_accuracy = accuracy;
            }
            diagnose(&records)
        };
        assert_eq!(of(0.91), Diagnosis::Converged);
        assert_eq!(of(0.89), Diagnosis::AccuracyGap { train: 100, validation: 89 });
        // 50 % on both sides is no overfitting.
        let mut records = run(30, 0.0, 1, gap);
        for record in &mut records {
            record.train_accuracy = record.validation_accuracy;
        }
        assert_eq!(diagnose(&records), Diagnosis::Converged);
    }

    #[test]
    fn nan_is_divergence_and_few_epochs_are_too_short() {
        let mut records = run(30, 0.0, 1, converged);
        records[7].train_loss = f64::NAN;
        assert_eq!(diagnose(&records), Diagnosis::Diverged { at: 8 });
        assert_eq!(diagnose(&records[..4]), Diagnosis::TooShort);
        assert_eq!(diagnose(&records[7..8]), Diagnosis::Diverged { at: 8 });
        assert_eq!(diagnose(&[]), Diagnosis::TooShort);
        // An accuracy that is NaN does not count.
        records[7].train_loss = 0.5;
        records[29].validation_accuracy = f64::NAN;
        assert_eq!(diagnose(&records), Diagnosis::Converged);
    }

    #[test]
    fn a_single_outlier_changes_nothing() {
        for (at, i, loss) in [
            (converged as fn(f64) -> [f64; 4], 29, 3.0),
            (converged, 12, 0.1),
            (underfitting, 29, 9.0),
        ] {
            let mut records = run(30, 0.01, 3, at);
            let before = diagnose(&records);
            records[i].validation_loss = loss;
            assert_eq!(diagnose(&records), before);
        }
    }

    #[test]
    fn sentences_name_epochs_and_accuracies() {
        assert!(Diagnosis::Overfitting { since: 12 }.to_string().contains("since epoch 12"));
        assert!(Diagnosis::Diverged { at: 3 }.to_string().contains("in epoch 3"));
        let gap = Diagnosis::AccuracyGap { train: 100, validation: 50 }.to_string();
        assert!(gap.contains("100 % on the training images and 50 % on the validation images"));
    }
}
