//! The comparison of runs: whether their accuracies differ by more than chance, and in which
//! settings they differ.

mod curves;
mod differences;
mod page;
mod terminal;

use zunder_eval::{
    BootstrapConfig, Decisions, EpochRecord, EvalError, McNemar, PairedBootstrap, TestRecord,
    mcnemar, paired_bootstrap,
};
use zunder_random::Key;

use crate::ReportError;
pub use differences::Difference;

/// A run to be compared with others.
#[derive(Clone, Copy, Debug)]
pub struct ComparedRun<'a> {
    /// The name of the run.
    pub name: &'a str,
    /// The epochs in order.
    pub epochs: &'a [EpochRecord],
    /// The epoch whose weights the run keeps, counted as in the records.
    pub best_epoch: Option<usize>,
    /// The metrics on the test set, if it has been evaluated.
    pub test: Option<&'a TestRecord>,
    /// The decisions for the test images, if they are known.
    pub decisions: Option<&'a Decisions>,
    /// The hash of the data set's content, if it is known. Runs with different hashes are not
    /// tested against each other.
    pub dataset_hash: Option<&'a str>,
    /// The resolved configuration, as TOML.
    pub config_toml: &'a str,
}

/// The result of [`compare`]. [`html`](Self::html) and [`text`](Self::text) show it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Comparison<'a> {
    /// The runs, in the given order.
    pub runs: &'a [ComparedRun<'a>],
    /// The pairs of runs: all pairs for up to 4 runs; for more, the first run with each other one.
    pub pairs: Vec<Pair>,
    /// The settings that are not the same in all runs, in the order of their names.
    pub differences: Vec<Difference>,
    /// Notes on the figures, one sentence each, such as a [`Leakage`](zunder_eval::Leakage).
    pub notes: Vec<String>,
}

/// A pair of runs, by position.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Pair {
    /// The position of run A.
    pub a: usize,
    /// The position of run B.
    pub b: usize,
    /// The result of their comparison.
    pub outcome: Outcome,
}

/// The result of the comparison of two runs on the test images.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Outcome {
    /// Both runs have predictions for the same images.
    Tested {
        /// The exact test on the images that only one of the runs predicts correctly.
        mcnemar: McNemar,
        /// The p-value, adjusted for the number of pairs by Holm 1979: if no pair differs, at most
        /// 5 % of comparisons have a p-value below 0.05.
        adjusted_p: f64,
        /// The accuracy of B minus that of A.
        accuracy: PairedBootstrap,
    },
    /// The reason why they cannot be tested, in a few words.
    NotTested(String),
}

/// Compares runs: tests whether their accuracies on the same test images differ by more than
/// chance, and lists the settings in which they differ.
///
/// The tests concern these trained models and the random draw of the test images. With another seed
/// a small difference may change its sign. `key` draws the resamples of the bootstrap.
///
/// # Errors
///
/// Returns an error for fewer than 2 runs, a configuration that is not valid TOML, or `bootstrap`
/// out of its range.
///
/// ```
/// use zunder_eval::BootstrapConfig;
/// use zunder_random::Key;
/// use zunder_report::{ComparedRun, compare};
///
/// let run = |name, config_toml| ComparedRun {
///     name,
///     epochs: &[],
///     best_epoch: None,
///     test: None,
///     decisions: None,
///     dataset_hash: None,
///     config_toml,
/// };
/// let runs =
///     [run("a", "seed = 1\n[model]\nkind = 'mlp'"), run("b", "seed = 2\n[model]\nkind = 'mlp'")];
/// let comparison = compare(&runs, &BootstrapConfig::default(), Key::new(0))?;
/// assert_eq!(comparison.differences.len(), 1);
/// assert!(comparison.text().contains("seed") && comparison.html().contains("seed"));
/// # Ok::<(), zunder_report::ReportError>(())
/// ```
pub fn compare<'a>(
    runs: &'a [ComparedRun<'a>],
    bootstrap: &BootstrapConfig,
    key: Key,
) -> Result<Comparison<'a>, ReportError> {
    const ALL_PAIRS: usize = 4;
    if runs.len() < 2 {
        return Err(ReportError::Runs(runs.len()));
    }
    bootstrap.validate()?;
    let firsts = if runs.len() <= ALL_PAIRS { runs.len() } else { 1 };
    let numbers = (0..firsts).flat_map(|a| (a + 1..runs.len()).map(move |b| (a, b)));
    let test = |(a, b): (usize, usize)| {
        let outcome = match unlike(&runs[a], &runs[b]) {
            Ok((first, second)) => {
                tested(first, second, bootstrap, key.named("compare").at(a as u64).at(b as u64))?
            }
            Err(reason) => Outcome::NotTested(reason),
        };
        Ok(Pair { a, b, outcome })
    };
    let mut pairs = numbers.map(test).collect::<Result<Vec<Pair>, ReportError>>()?;
    adjust(&mut pairs);
    Ok(Comparison { runs, pairs, differences: differences::differences(runs)?, notes: Vec::new() })
}

/// Returns the decisions of both runs if they are for the same images, or the reason why not.
fn unlike<'a>(
    a: &ComparedRun<'a>,
    b: &ComparedRun<'a>,
) -> Result<(&'a Decisions, &'a Decisions), String> {
    let decisions = |run: &ComparedRun<'a>| {
        run.decisions.ok_or_else(|| format!("{} has no predictions", run.name))
    };
    let (first, second) = (decisions(a)?, decisions(b)?);
    if a.dataset_hash.zip(b.dataset_hash).is_some_and(|(a, b)| a != b) {
        return Err("they were tested on different data sets".to_owned());
    }
    let classes = |run: &ComparedRun<'a>| run.test.map(|test| test.per_class.len());
    let other_classes = classes(a).zip(classes(b)).is_some_and(|(a, b)| a != b);
    if other_classes || first.indices != second.indices || first.labels != second.labels {
        return Err("they were tested on different images".to_owned());
    }
    if first.is_empty() {
        return Err("they were tested on no images".to_owned());
    }
    Ok((first, second))
}

fn tested(
    a: &Decisions,
    b: &Decisions,
    bootstrap: &BootstrapConfig,
    key: Key,
) -> Result<Outcome, EvalError> {
    let right = |of: &Decisions| {
        of.labels
            .iter()
            .zip(&of.predicted)
            .map(|(label, taken)| label == taken)
            .collect::<Vec<bool>>()
    };
    let (right_a, right_b) = (right(a), right(b));
    let accuracy = |right: &[bool], sample: &[u32]| {
        let n = sample.iter().filter(|&&i| right.get(i as usize).copied().unwrap_or(false)).count();
        Some(n as f64 / sample.len() as f64)
    };
    let mcnemar = mcnemar(&a.labels, &a.predicted, &b.predicted)?;
    let accuracy = paired_bootstrap(
        a.len(),
        bootstrap,
        key,
        |s| accuracy(&right_a, s),
        |s| accuracy(&right_b, s),
    )?;
    Ok(Outcome::Tested { mcnemar, adjusted_p: mcnemar.p_value, accuracy })
}

/// Adjusts the p-values of the tested pairs by Holm's step-down procedure: the i-th smallest of m
/// p-values (i from 0) is multiplied by m - i, and is then at least the previous one and at most 1.
fn adjust(pairs: &mut [Pair]) {
    let mut tested: Vec<(f64, &mut f64)> = pairs
        .iter_mut()
        .filter_map(|pair| match &mut pair.outcome {
            Outcome::Tested { mcnemar, adjusted_p, .. } => Some((mcnemar.p_value, adjusted_p)),
            Outcome::NotTested(_) => None,
        })
        .collect();
    tested.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (m, mut least) = (tested.len(), 0.0_f64);
    for (i, (p, adjusted)) in tested.into_iter().enumerate() {
        least = least.max((p * (m - i) as f64).min(1.0));
        *adjusted = least;
    }
}

impl Pair {
    /// Returns the result of the test in one sentence.
    pub fn sentence(&self, runs: &[ComparedRun]) -> String {
        let name = |i: usize| runs.get(i).map_or("?", |run| run.name);
        let (a, b) = (name(self.a), name(self.b));
        match &self.outcome {
            Outcome::NotTested(reason) => {
                format!("{a} and {b} are not tested against each other: {reason}.")
            }
            Outcome::Tested { mcnemar, .. } if mcnemar.only_a + mcnemar.only_b == 0 => {
                format!("{a} and {b} are correct on the same images, so there is nothing to test.")
            }
            Outcome::Tested { adjusted_p, accuracy, .. } => {
                let (better, worse) = if accuracy.difference >= 0.0 { (b, a) } else { (a, b) };
                let points = 100.0 * accuracy.difference.abs();
                if *adjusted_p < 0.05 {
                    format!(
                        "{better} is better than {worse} by {points:.2} points, more than the \
                         random draw of the test images explains."
                    )
                } else {
                    format!("{a} and {b} differ by {points:.2} points, which may be chance.")
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decisions(indices: &[u32], right: impl Fn(u32) -> bool) -> Decisions {
        let predicted = indices.iter().map(|&i| u32::from(!right(i))).collect();
        Decisions { indices: indices.to_vec(), labels: vec![0; indices.len()], predicted }
    }

    fn run<'a>(name: &'a str, decisions: Option<&'a Decisions>) -> ComparedRun<'a> {
        ComparedRun {
            name,
            epochs: &[],
            best_epoch: None,
            test: None,
            decisions,
            dataset_hash: None,
            config_toml: "",
        }
    }

    #[test]
    fn only_runs_on_the_same_images_are_tested() {
        let images: Vec<u32> = (0..100).collect();
        let (good, bad, other) = (
            decisions(&images, |i| i < 90),
            decisions(&images, |i| i < 60),
            decisions(&[7, 8], |_| true),
        );
        let elsewhere = ComparedRun { dataset_hash: Some("00"), ..run("elsewhere", Some(&good)) };
        let good = ComparedRun { dataset_hash: Some("ff"), ..run("good", Some(&good)) };
        let runs = [
            good,
            run("bad", Some(&bad)),
            run("other", Some(&other)),
            run("none", None),
            elsewhere,
        ];
        let comparison = compare(&runs, &BootstrapConfig::default(), Key::new(1)).unwrap();
        let sentences: Vec<String> =
            comparison.pairs.iter().map(|pair| pair.sentence(&runs)).collect();
        assert_eq!(
            sentences[0],
            "good is better than bad by 30.00 points, more than the random draw of the test images \
             explains."
        );
        assert_eq!(
            sentences[1],
            "good and other are not tested against each other: they were tested on different \
             images."
        );
        assert_eq!(
            sentences[2],
            "good and none are not tested against each other: none has no predictions."
        );
        assert_eq!(
            sentences[3],
            "good and elsewhere are not tested against each other: they were tested on different \
             data sets."
        );
        let Outcome::Tested { mcnemar, accuracy, .. } = &comparison.pairs[0].outcome else {
            panic!("not tested")
        };
        assert_eq!((mcnemar.only_a, mcnemar.only_b), (30, 0));
        assert!(
            accuracy.interval.low < -0.3
                && -0.3 < accuracy.interval.high
                && accuracy.interval.high < 0.0
        );
    }

    #[test]
    fn small_and_zero_differences() {
        let (one, two) = (decisions(&[0, 1], |i| i == 0), decisions(&[0, 1], |_| true));
        let runs = [run("a", Some(&one)), run("b", Some(&two)), run("c", Some(&two))];
        let comparison = compare(&runs, &BootstrapConfig::default(), Key::new(1)).unwrap();
        let Outcome::Tested { mcnemar, .. } = comparison.pairs[0].outcome else {
            panic!("not tested")
        };
        assert_eq!((mcnemar.only_a, mcnemar.only_b), (0, 1));
        let said: Vec<String> = comparison.pairs.iter().map(|pair| pair.sentence(&runs)).collect();
        assert_eq!(said[0], "a and b differ by 50.00 points, which may be chance.");
        assert_eq!(said[2], "b and c are correct on the same images, so there is nothing to test.");
    }

    #[test]
    fn up_to_four_runs_make_all_pairs() {
        let images: Vec<u32> = (0..10).collect();
        let same = decisions(&images, |_| true);
        let pairs = |n| {
            let runs = vec![run("x", Some(&same)); n];
            compare(&runs, &BootstrapConfig::default(), Key::new(1)).unwrap().pairs.len()
        };
        assert_eq!([pairs(2), pairs(4), pairs(6)], [1, 6, 5]);
        assert!(matches!(
            compare(&[run("x", None)], &BootstrapConfig::default(), Key::new(1)),
            Err(ReportError::Runs(1))
        ));
    }

    #[test]
    fn p_values_are_adjusted_as_holm() {
        let pair = |p: f64| {
            let interval = zunder_eval::Interval { low: 0.0, high: 0.0 };
            let accuracy = PairedBootstrap { difference: 0.0, interval, p_value: 1.0 };
            Pair {
                a: 0,
                b: 1,
                outcome: Outcome::Tested {
                    mcnemar: McNemar { only_a: 0, only_b: 0, p_value: p },
                    adjusted_p: p,
                    accuracy,
                },
            }
        };
        // By hand: 5 * 0.005, 4 * 0.01, 3 * 0.03, at least the previous one, 0.9.
        let mut pairs: Vec<Pair> = [0.01, 0.04, 0.03, 0.005, 0.9].map(pair).into();
        pairs.insert(2, Pair { a: 0, b: 1, outcome: Outcome::NotTested(String::new()) });
        adjust(&mut pairs);
        let adjusted = pairs.iter().filter_map(|pair| match pair.outcome {
            Outcome::Tested { adjusted_p, .. } => Some(adjusted_p),
            Outcome::NotTested(_) => None,
        });
        let worst = adjusted
            .zip([0.04, 0.09, 0.09, 0.025, 0.9])
            .map(|(got, expected): (f64, f64)| (got - expected).abs())
            .fold(0.0, f64::max);
        assert!(worst < 1e-12);
    }
}
