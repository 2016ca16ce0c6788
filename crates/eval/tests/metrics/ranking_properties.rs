//! Properties that hold for any scores, curves, calibrations and pairs of models.

use proptest::prelude::*;
use zunder_eval::{
    BinaryCounts, Binning, BootstrapConfig, CalibrationCurve, ClassificationReport,
    ConfusionMatrix, Ranking, ReportConfig, Scored, Wanted, bootstrap, mcnemar, thin,
};
use zunder_random::Key;

/// Scores with many ties, and which of them are positive. There is at least one of each kind.
fn scored() -> impl Strategy<Value = (Vec<f32>, Vec<bool>)> {
    prop::collection::vec((-4_i8..8, any::<bool>()), 0..60).prop_map(|samples| {
        let (mut scores, mut positive): (Vec<f32>, Vec<bool>) =
            samples.into_iter().map(|(s, p)| (f32::from(s) / 4.0, p)).unzip();
        scores.extend([0.25, 0.5]);
        positive.extend([true, false]);
        (scores, positive)
    })
}

/// Returns the share of the pairs of a positive and a negative in the right order, a tie counting
/// one half.
fn pairs(scores: &[f32], positive: &[bool]) -> f64 {
    let of =
        |kind: bool| scores.iter().zip(positive).filter(move |(_, p)| **p == kind).map(|(s, _)| *s);
    let points = |a: f32, b: f32| {
        if a > b {
            1.0
        } else if a == b {
            0.5
        } else {
            0.0
        }
    };
    let won: f64 = of(true).flat_map(|a| of(false).map(move |b| points(a, b))).sum();
    won / (of(true).count() * of(false).count()) as f64
}

fn trapezoids(x: &[f64], y: &[f64]) -> f64 {
    x.windows(2).zip(y.windows(2)).map(|(x, y)| (x[1] - x[0]) * (y[1] + y[0]) / 2.0).sum()
}

proptest! {
    #[test]
    fn auc_is_the_share_of_pairs_in_order((scores, positive) in scored()) {
        let ranking = Ranking::new(&scores, &positive).unwrap();
        prop_assert_eq!(ranking.auc(), pairs(&scores, &positive));
        let curve = ranking.roc_curve();
        prop_assert!(
            (ranking.auc() - trapezoids(&curve.false_positive_rate, &curve.true_positive_rate))
                .abs()
                < 1e-12
        );
    }

    #[test]
    fn a_monotone_change_of_the_scores_changes_no_rate((scores, positive) in scored()) {
        let other: Vec<f32> = scores.iter().map(|s| (s * 2.0).exp()).collect();
        let (a, b) = (
            Ranking::new(&scores, &positive).unwrap(),
            Ranking::new(&other, &positive).unwrap(),
        );
        prop_assert_eq!(a.roc_curve().true_positive_rate, b.roc_curve().true_positive_rate);
        prop_assert_eq!(a.average_precision(), b.average_precision());
    }

    #[test]
    fn kinds_exchanged_and_scores_negated_is_the_same_area((scores, positive) in scored()) {
        let negated: Vec<f32> = scores.iter().map(|s| -s).collect();
        let exchanged: Vec<bool> = positive.iter().map(|p| !p).collect();
        let auc = |s: &[f32], p: &[bool]| Ranking::new(s, p).unwrap().auc();
        prop_assert_eq!(auc(&scores, &positive), auc(&negated, &exchanged));
        prop_assert!((auc(&scores, &positive) + auc(&scores, &exchanged) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn the_counts_of_a_threshold_are_those_of_the_samples((scores, positive) in scored()) {
        let ranking = Ranking::new(&scores, &positive).unwrap();
        for (i, &threshold) in ranking.thresholds().iter().enumerate() {
            let counts = BinaryCounts::from_threshold(&scores, &positive, threshold).unwrap();
            prop_assert_eq!(counts, ranking.counts(i));
        }
    }

    #[test]
    fn a_chosen_threshold_is_the_best_that_does_what_is_wanted(
        (scores, positive) in scored(),
        least in 0.0_f64..=1.0,
    ) {
        let ranking = Ranking::new(&scores, &positive).unwrap();
        let all = || (0..ranking.thresholds().len()).map(|i| ranking.counts(i));
        let point = ranking.threshold_for(Wanted::Sensitivity(least)).unwrap();
        let (found, kept) = (BinaryCounts::true_positive_rate, BinaryCounts::specificity);
        prop_assert!(found(&point.counts) >= Some(least));
        prop_assert_eq!(
            kept(&point.counts),
            all().filter(|c| found(c) >= Some(least)).filter_map(|c| kept(&c)).reduce(f64::max)
        );
        let point = ranking.threshold_for(Wanted::Specificity(least)).unwrap();
        prop_assert!(kept(&point.counts) >= Some(least));
        prop_assert_eq!(
            found(&point.counts),
            all().filter(|c| kept(c) >= Some(least)).filter_map(|c| found(&c)).reduce(f64::max)
        );
    }

    #[test]
    fn agreement_ignores_names_and_order_of_classes(
        truth in prop::collection::vec((0_u32..5, 0_u32..5), 1..50),
        shift in 1_u32..5,
    ) {
        let (t, p): (Vec<u32>, Vec<u32>) = truth.into_iter().unzip();
        let renamed =
            |labels: &[u32]| labels.iter().map(|l| (l * 2 + shift) % 5).collect::<Vec<_>>();
        let a = ConfusionMatrix::from_labels(&t, &p, 5).unwrap();
        let b = ConfusionMatrix::from_labels(&renamed(&t), &renamed(&p), 5).unwrap();
        let swapped = ConfusionMatrix::from_labels(&p, &t, 5).unwrap();
        for (x, y) in [(&a, &b), (&a, &swapped)] {
            for (x, y) in [(x.matthews(), y.matthews()), (x.cohen_kappa(), y.cohen_kappa())] {
                prop_assert!(
                    x.is_some() == y.is_some()
                        && x.zip(y).is_none_or(|(x, y)| (x - y).abs() < 1e-12)
                );
            }
        }
        prop_assert!((a.balanced_accuracy() - b.balanced_accuracy()).abs() < 1e-12);
        prop_assert!(a.matthews().is_none_or(|matthews| (-1.0..=1.0).contains(&matthews)));
        prop_assert!(
            a.cohen_kappa().is_none_or(|kappa| kappa >= -1.0 && kappa <= a.accuracy() + 1e-12)
        );
    }

    #[test]
    fn bins_hold_every_sample(
        p in prop::collection::vec(0.0_f32..=1.0, 1..50),
        n_bins in 1_usize..12,
        quantiles in any::<bool>(),
    ) {
        let binning = if quantiles { Binning::Quantile } else { Binning::Uniform };
        let curve = CalibrationCurve::new(&p, &vec![true; p.len()], n_bins, binning).unwrap();
        prop_assert_eq!(curve.bins.iter().map(|bin| bin.n).sum::<u64>(), p.len() as u64);
        prop_assert!(
            curve
                .bins
                .iter()
                .all(|bin| bin.low - 1e-6 <= bin.predicted && bin.predicted <= bin.high + 1e-6)
        );
        let mean_gap = 1.0 - p.iter().map(|&p| f64::from(p)).sum::<f64>() / p.len() as f64;
        let (expected, maximum) = (curve.expected_error().unwrap(), curve.maximum_error().unwrap());
        prop_assert!((expected - mean_gap).abs() < 1e-9 && maximum + 1e-9 >= mean_gap);
    }

    #[test]
    fn thinned_curves_keep_ends_and_area(
        (scores, positive) in scored(),
        max_points in 2_usize..100,
    ) {
        let curve = Ranking::new(&scores, &positive).unwrap().roc_curve();
        let thinned = curve.thinned(max_points);
        let (n, all) = (thinned.thresholds.len(), curve.thresholds.len());
        prop_assert!(2 <= n && n <= max_points.min(all));
        prop_assert_eq!(
            (thinned.true_positive_rate[n - 1], thinned.thresholds[n - 1]),
            (1.0, curve.thresholds[all - 1])
        );
        if max_points >= all {
            let area = |c: &zunder_eval::RocCurve| {
                trapezoids(&c.false_positive_rate, &c.true_positive_rate)
            };
            prop_assert!((area(&thinned) - area(&curve)).abs() < 1e-6);
        }
    }

    #[test]
    fn thin_takes_any_numbers(
        x in prop::collection::vec(any::<f64>(), 0..30),
        y in prop::collection::vec(any::<f64>(), 0..30),
        max in 0_usize..40,
    ) {
        let kept = thin(&x, &y, max);
        prop_assert!(
            kept.len() <= max.max(2)
                && kept.is_sorted()
                && kept.iter().all(|&i| i < x.len().min(y.len()))
        );
    }

    #[test]
    fn models_exchanged_have_the_same_p(
        cases in prop::collection::vec((0_u32..3, 0_u32..3), 1..60),
    ) {
        let truth = vec![0; cases.len()];
        let (a, b): (Vec<u32>, Vec<u32>) = cases.into_iter().unzip();
        let (x, y) = (mcnemar(&truth, &a, &b).unwrap(), mcnemar(&truth, &b, &a).unwrap());
        prop_assert_eq!((x.only_a, x.p_value), (y.only_b, y.p_value));
        prop_assert!(x.p_value > 0.0 && x.p_value <= 1.0);
    }

    #[test]
    fn a_mean_lies_in_its_wide_bootstrap_interval(
        values in prop::collection::vec(-5.0_f64..5.0, 2..40),
    ) {
        let mean = |sample: &[u32]| {
            Some(sample.iter().map(|&i| values[i as usize]).sum::<f64>() / sample.len() as f64)
        };
        let config = BootstrapConfig { resamples: 200, confidence: 0.999 };
        let interval = bootstrap(values.len(), &config, Key::new(1), mean).unwrap();
        let own = values.iter().sum::<f64>() / values.len() as f64;
        prop_assert!(interval.low <= own + 1e-9 && own <= interval.high + 1e-9);
    }

    #[test]
    fn any_input_ends_in_finite_numbers_or_an_error(
        p in prop::collection::vec(
            prop_oneof![0.0_f32..=1.0, Just(0.0), Just(1.0), any::<f32>()],
            0..12,
        ),
        labels in prop::collection::vec(0_u32..4, 0..5),
        n_classes in 0_usize..4,
        threshold in any::<f32>(),
    ) {
        let config = ReportConfig {
            threshold: (n_classes == 2).then_some(threshold),
            ..ReportConfig::default()
        };
        if let Ok(report) = ClassificationReport::new(&p, &labels, n_classes, &config) {
            let json = serde_json::to_string(&report).unwrap();
            // A NaN or an infinity is written as null, and read as an undefined score.
            let read = serde_json::from_str::<ClassificationReport>(&json).unwrap();
            prop_assert_eq!(
                format!("{read:?}").matches("None").count(),
                format!("{report:?}").matches("None").count()
            );
        }
        if let Ok(scored) = Scored::new(&p, &labels, n_classes) {
            let matrix = scored.confusion_matrix();
            let mut values = vec![
                scored.log_loss(),
                scored.brier_score(),
                matrix.matthews(),
                matrix.cohen_kappa(),
            ];
            values.extend(
                [matrix.accuracy(), matrix.balanced_accuracy(), scored.top_k_accuracy(1).unwrap()]
                    .map(Some),
            );
            values.push(matrix.macro_average().f1);
            let all = scored.one_vs_rest(5).unwrap();
            values.extend([
                all.macro_auc,
                all.weighted_auc,
                all.macro_average_precision,
                all.weighted_average_precision,
            ]);
            values.extend(all.macro_roc.true_positive_rate.into_iter().map(Some));
            prop_assert!(values.iter().flatten().all(|value| value.is_finite()), "{:?}", values);
        }
    }
}
