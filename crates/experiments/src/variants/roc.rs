//! The experiment of ROC curves and thresholds.

mod tables;

use zunder::Trial;
use zunder_eval::{BinaryCounts, EvalError, Ranking, Wanted};
use zunder_report::{Drawing, Figure, Form, Plot, Scale, Series, plot};

use super::{Criterion, Grid, Results, Variants};
use crate::claim::{Margin, Unit, above};
use crate::experiment::Experiment;
use crate::means::mean;
use crate::{Control, Findings};

/// A binary task in which positives are rare, at every threshold.
pub(crate) const EXPERIMENT: Experiment = Experiment {
    name: "roc",
    title: "ROC curves and thresholds",
    source: "Lecture 6a.1, \"Evaluierung von Klassifikatoren\", \"Evaluierung mittels \
        ROC-Kurven\".",
    question: "One image in twenty is positive. What does the accuracy say of a classifier, what \
        the area under the ROC curve, and does a threshold chosen on some images hold on others?",
    kind: &VARIANTS,
};

const LINEAR: &str = "linear";
const MLP: &str = "mlp";

/// Share of the positives for which accuracy and precision are computed.
const POSITIVES: f64 = 0.05;
/// The threshold that a classifier has by default.
const HALF: f32 = 0.5;

/// Margins.
const MISLEADS: Margin = Margin::pilot(0.115, 0.191);
const MLP_AHEAD: Margin = Margin::pilot(0.120, 0.037);
const CHOSEN: Margin = Margin::pilot(0.017, 0.129);

const VARIANTS: Variants = Variants {
    two_classes: true,
    base: &["data.limit=1000", "data.validation=0.5", "epochs=1", "steps_per_epoch=150"],
    settings: &[(LINEAR, &["model=linear"]), (MLP, &[])],
    grids: &[
        Grid { of: &[LINEAR], key: "optimizer.lr", values: &["0.0003", "0.001", "0.003", "0.01"] },
        Grid { of: &[MLP], key: "optimizer.lr", values: &["0.003", "0.01", "0.03", "0.1"] },
    ],
    criteria: &[Criterion {
        name: "1 less the area under the ROC curve",
        unit: Unit::Plain(3),
        figure: |trial| 1.0 - auc(trial),
    }],
    controls: &[Control {
        fails: &[1, 2, 3],
        settings: &["model=mlp", "loss.class_weights=[19, 1]"],
        because: "Both are networks then, and with a weight of 19 for each negative they learn as \
            if one image in twenty were positive: 0.5 is about the right threshold.",
    }],
    judge: |results| Ok(judge(results)),
};

fn judge(results: &Results) -> Findings {
    let never = |trial: &Trial| never(trial).map_or(f64::NAN, |counts| accuracy(&counts));
    let claims = vec![
        above(
            "The accuracy misleads: with 5 % positives \"always no\" has a higher one than the \
             linear classifier at the threshold 0.5.",
            Unit::Percent,
            ("always no", &results.of(LINEAR, never)),
            (LINEAR, &results.of(LINEAR, |trial| judged(trial, Some(HALF)))),
            MISLEADS,
        ),
        results.above(
            "The area under the curve tells classifiers apart, whatever share is positive: that of \
             a network is larger than that of a linear classifier, each at its own best rate. \
             (\"Always no\" has 0.5.)",
            Unit::Plain(3),
            MLP,
            LINEAR,
            MLP_AHEAD,
            &auc,
        ),
        above(
            "A threshold that is chosen for the highest accuracy on one half of the validation \
             images holds on the other half: its accuracy there is higher than that of 0.5.",
            Unit::Percent,
            ("chosen", &results.of(MLP, |trial| judged(trial, None))),
            ("0.5", &results.of(MLP, |trial| judged(trial, Some(HALF)))),
            CHOSEN,
        ),
    ];
    let mut findings = results.findings(
        [
            "The curve, and the area under it, do not depend on how many images are positive; \
             accuracy and precision do. The validation images are half and half, so both are \
             computed for 5 % positives: the accuracy is 0.05 TPR + 0.95 (1 - FPR). \"Always no\" \
             is right in 95 % then, and has the area 0.5, since it puts no image before another.",
            "What learns from as many positives as negatives has its border at 0.5, which is too \
             low where one image in twenty is positive: a large part of its alarms is false. A \
             higher threshold mends that, also on images that did not choose it.",
            "Each point of a curve is one threshold: a lower one finds more of the positives and \
             raises more false alarms. Which one is right depends on what a miss and a false \
             alarm cost; here both cost the same.",
        ],
        claims,
    );
    // All passes are one epoch, so that no validation image chooses one.
    findings.figures.retain(|figure| figure.name != "curves");
    findings.figures.insert(0, curves(results));
    findings.tables.insert(0, tables::thresholds(results));
    findings.tables.insert(0, tables::cases(results));
    findings
        .tables
        .insert(0, results.table("Area under the ROC curve", &[("AUC", Unit::Plain(3), &auc)]));
    findings
}

/// Returns the area under the ROC curve on the validation images.
fn auc(trial: &Trial) -> f64 {
    ranking(trial).map_or(f64::NAN, |ranking| ranking.auc())
}

/// Returns the accuracy where 5 % are positive.
fn accuracy(counts: &BinaryCounts) -> f64 {
    let [found, alarms] = rates(counts);
    POSITIVES * found + (1.0 - POSITIVES) * (1.0 - alarms)
}

/// Returns the precision where 5 % are positive; `None` if nothing is called positive.
fn precision(counts: &BinaryCounts) -> Option<f64> {
    let [found, alarms] = rates(counts);
    let called = POSITIVES * found + (1.0 - POSITIVES) * alarms;
    (called > 0.0).then(|| POSITIVES * found / called)
}

/// Returns the true and the false positive rate.
fn rates(counts: &BinaryCounts) -> [f64; 2] {
    [counts.true_positive_rate(), counts.false_positive_rate()].map(|rate| rate.unwrap_or(f64::NAN))
}

/// Returns the outcomes of "always no".
fn never(trial: &Trial) -> Option<BinaryCounts> {
    ranking(trial).ok().map(|ranking| ranking.counts(0))
}

/// One half of the validation images, with their scores.
struct Half {
    scores: Vec<f32>,
    positive: Vec<bool>,
}

impl Half {
    /// Returns the images at even and those at odd places.
    fn both(trial: &Trial) -> Option<[Self; 2]> {
        let (scores, positive) = scores(trial)?;
        Some([0, 1].map(|first| Self {
            scores: scores.iter().copied().skip(first).step_by(2).collect(),
            positive: positive.iter().copied().skip(first).step_by(2).collect(),
        }))
    }

    /// Returns the threshold with the highest accuracy on these images where 5 % are positive.
    fn chosen(&self) -> Option<f32> {
        let ranking = Ranking::new(&self.scores, &self.positive).ok()?;
        let of = |i: &usize| accuracy(&ranking.counts(*i));
        let best = (0..ranking.thresholds().len()).max_by(|a, b| of(a).total_cmp(&of(b)))?;
        Some(ranking.thresholds()[best])
    }

    /// Returns the threshold that reaches a sensitivity on these images.
    fn for_sensitivity(&self, wanted: f64) -> Option<f32> {
        let ranking = Ranking::new(&self.scores, &self.positive).ok()?;
        Some(ranking.threshold_for(Wanted::Sensitivity(wanted)).ok()?.threshold)
    }

    fn counts(&self, threshold: f32) -> Option<BinaryCounts> {
        BinaryCounts::from_threshold(&self.scores, &self.positive, threshold).ok()
    }
}

/// Returns the accuracy on each half with a fixed threshold, or with the one that the other half
/// chooses: the mean of both.
fn judged(trial: &Trial, fixed: Option<f32>) -> f64 {
    let Some(halves) = Half::both(trial) else { return f64::NAN };
    let with = |[chooses, judges]: [&Half; 2]| {
        let threshold = fixed.or_else(|| chooses.chosen());
        let counts = threshold.and_then(|threshold| judges.counts(threshold));
        counts.map_or(f64::NAN, |counts| accuracy(&counts))
    };
    let [even, odd] = &halves;
    mean(&[with([even, odd]), with([odd, even])])
}

/// Returns for each validation image the probability of the positive class (`data.positive`, or
/// else the second), and whether the image is of that class.
fn scores(trial: &Trial) -> Option<(Vec<f32>, Vec<bool>)> {
    let (answers, plan) = (trial.predictions.as_ref()?, &trial.plan);
    let positive = plan.classes.iter().position(|class| Some(class) == plan.positive.as_ref())?;
    let scores = answers
        .scores()
        .chunks_exact(answers.n_classes())
        .filter_map(|row| row.get(positive).copied())
        .collect();
    Some((scores, answers.labels().iter().map(|label| *label as usize == positive).collect()))
}

/// Returns the validation images sorted by that probability.
fn ranking(trial: &Trial) -> Result<Ranking, EvalError> {
    let (scores, positive) = scores(trial).ok_or(EvalError::Empty)?;
    Ranking::new(&scores, &positive)
}

fn curves(results: &Results) -> Figure {
    let line = |(name, trial): (&String, &Trial)| {
        let curve = ranking(trial).ok()?.roc_curve().thinned(300);
        let points = curve.false_positive_rate.into_iter().zip(curve.true_positive_rate).collect();
        Some(Series { form: Form::Line, ..Series::line(name, points) })
    };
    let first = results
        .variants
        .iter()
        .filter_map(|variant| Some((&variant.name, variant.trials.first()?)));
    let mut series: Vec<Series> = first.filter_map(line).collect();
    series.push(Series::line("", vec![(0.0, 0.0), (1.0, 1.0)]));
    let chart = Plot {
        x_name: "false positive rate".to_owned(),
        x: Scale::Shares,
        y_name: "true positive rate (sensitivity)".to_owned(),
        y: Scale::Shares,
        series,
        ..Plot::default()
    };
    Figure {
        name: "roc".to_owned(),
        caption: "The ROC curves of seed 1 on the validation images. The faint diagonal is what \
            random scores make."
            .to_owned(),
        drawing: Drawing::Svg(plot(&[chart])),
    }
}

#[cfg(test)]
mod tests {
    use zunder::{RunConfig, RunOptions, Trials, parse_setting};

    use super::*;

    #[test]
    fn rates_at_five_percent_are_those_of_a_set_with_as_many_positives() {
        // 3 of 4 positives found, 1 of 4 negatives taken for positive; 95 and 5 of each are 5 %.
        let counts = BinaryCounts {
            true_positives: 3,
            false_negatives: 1,
            false_positives: 1,
            true_negatives: 3,
        };
        let rare = BinaryCounts {
            true_positives: 15,
            false_negatives: 5,
            false_positives: 95,
            true_negatives: 285,
        };
        assert!((accuracy(&counts) - rare.accuracy().unwrap()).abs() < 1e-12);
        assert!((precision(&counts).unwrap() - rare.precision().unwrap()).abs() < 1e-12);
        let never = BinaryCounts { false_negatives: 4, true_negatives: 4, ..Default::default() };
        assert_eq!((accuracy(&never), precision(&never)), (0.95, None));
    }

    #[test]
    fn a_threshold_is_chosen_for_rare_positives() {
        // At 0.9 nothing is wrong but a missed positive, which counts little.
        let half =
            Half { scores: vec![0.9, 0.6, 0.55, 0.2], positive: vec![true, false, true, false] };
        assert_eq!(half.chosen(), Some(0.9));
        assert_eq!(half.for_sensitivity(1.0), Some(0.55));
        assert_eq!(half.counts(0.55).unwrap().false_positives, 1);
    }

    #[test]
    fn the_positive_class_is_the_one_that_was_chosen() {
        let mut trials = Trials::default();
        let mut of = |positive: &str| {
            let settings = [
                "data.dataset=shapes",
                "data.limit=200",
                "data.classes=[\"ring\", \"bar\"]",
                "model.hidden=[8]",
                "epochs=1",
            ];
            let positive = format!("data.positive={positive}");
            let settings: Vec<_> = settings
                .iter()
                .copied()
                .chain([&*positive])
                .map(|setting| parse_setting(setting).unwrap())
                .collect();
            let config = RunConfig::from_layers(None, &settings).unwrap();
            scores(&trials.run(&config, RunOptions::default()).unwrap().unwrap()).unwrap()
        };
        let (ring, bar) = (of("ring"), of("bar"));
        assert!(ring.1.iter().zip(&bar.1).all(|(ring, bar)| ring != bar));
        assert!(ring.0.iter().zip(&bar.0).all(|(ring, bar)| (ring + bar - 1.0).abs() < 1e-6));
    }
}
