//! All metrics of a test set in one call.

use serde::{Deserialize, Serialize};

use crate::test_record::CONFIDENCE;
use crate::{
    Average, AverageScores, BinaryCounts, Binning, CalibrationCurve, ConfusionMatrix, EvalError,
    Interval, OneVsRest, ScoreKind, Scored, check, wilson,
};

/// Settings of a [`ClassificationReport`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ReportConfig {
    /// The k of the top-k accuracies, each at least 1. Those that are not below the number of
    /// classes are left out. Default: 5.
    pub top_k: Vec<usize>,
    /// The number of bins of the calibration curve, 1 to 1,000,000. Default: 15, as in Guo et al.
    /// 2017.
    pub calibration_bins: usize,
    /// The largest number of points of a curve, 2 to 100,000. Default: 200.
    pub curve_points: usize,
    /// For two classes: the second class is predicted if its probability is at or above this
    /// threshold. Default: none; the more probable class is predicted.
    pub threshold: Option<f32>,
}

impl Default for ReportConfig {
    fn default() -> Self {
        Self { top_k: vec![5], calibration_bins: 15, curve_points: 200, threshold: None }
    }
}

impl ReportConfig {
    /// Checks that all settings are in their ranges.
    ///
    /// # Errors
    ///
    /// Returns an error for the first setting out of its range.
    pub fn validate(&self) -> Result<(), EvalError> {
        if self.top_k.contains(&0) {
            return Err(EvalError::K);
        }
        check::setting("the number of bins", self.calibration_bins, 1, 1_000_000)?;
        check::setting("the number of points", self.curve_points, 2, 100_000)?;
        self.threshold.map_or(Ok(()), check::threshold)
    }
}

/// All metrics of one model on one test set, except for bootstrap intervals: see
/// [`ScoreIntervals`](crate::ScoreIntervals) for those.
///
/// All numbers are finite. A score that is undefined is `None`, in JSON `null`;
/// [`remarks`](Self::remarks) states the reason. When reading, fields that a later version added
/// are ignored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ClassificationReport {
    /// The number of samples.
    pub n: u64,
    /// [`ConfusionMatrix::accuracy`].
    pub accuracy: f64,
    /// The accuracy's 95 % [`wilson`] interval.
    pub accuracy_interval: Interval,
    /// [`ConfusionMatrix::zero_one_risk`].
    pub zero_one_risk: f64,
    /// [`ConfusionMatrix::balanced_accuracy`].
    pub balanced_accuracy: f64,
    /// The top-k accuracies, in the order of the settings.
    pub top_k: Vec<TopK>,
    /// [`ConfusionMatrix::matthews`].
    pub matthews: Option<f64>,
    /// [`ConfusionMatrix::cohen_kappa`].
    pub cohen_kappa: Option<f64>,
    /// Whether the values are probabilities. For scores that are not, log loss, Brier score and
    /// calibration errors are `None` and `clipped` is 0.
    #[serde(default)]
    pub score_kind: ScoreKind,
    /// [`log_loss`](crate::log_loss), in nats.
    pub log_loss: Option<f64>,
    /// [`Scored::clipped`]: the number of samples whose probability the log loss raises to its
    /// minimum.
    #[serde(default)]
    pub clipped: u64,
    /// [`brier_score`](crate::brier_score).
    pub brier_score: Option<f64>,
    /// [`CalibrationCurve::expected_error`] of the confidence.
    pub expected_calibration_error: Option<f64>,
    /// [`CalibrationCurve::maximum_error`] of the confidence.
    pub maximum_calibration_error: Option<f64>,
    /// Precision, recall and F1 by [`Average::Macro`].
    pub macro_average: AverageScores,
    /// Precision, recall and F1 by [`Average::Micro`].
    pub micro_average: AverageScores,
    /// Precision, recall and F1 by [`Average::Weighted`].
    pub weighted_average: AverageScores,
    /// The scores of each class, in the order of the class numbers.
    pub per_class: Vec<ClassReport>,
    /// Counts of samples. Rows: true class, columns: predicted class.
    pub confusion: ConfusionMatrix,
    /// For two classes: outcomes and rates, the second class being the positive one.
    pub binary: Option<BinaryReport>,
    /// The calibration of the confidence: [`Scored::calibration_curve`]; `None` for scores that are
    /// not probabilities.
    pub calibration: Option<CalibrationCurve>,
    /// ROC and precision-recall curves: [`Scored::one_vs_rest`].
    pub one_vs_rest: OneVsRest,
}

/// A top-k accuracy.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TopK {
    /// The number k of best classes.
    pub k: usize,
    /// [`top_k_accuracy`](crate::top_k_accuracy).
    pub accuracy: f64,
}

/// One class of a [`ClassificationReport`]; for the formulas see
/// [`ClassScores`](crate::ClassScores).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ClassReport {
    /// Precision, in 0..=1; `None` for a class that was never predicted.
    pub precision: Option<f64>,
    /// Recall, in 0..=1; `None` for a class without samples.
    pub recall: Option<f64>,
    /// F1, in 0..=1; `None` for a class that has no samples and was never predicted.
    pub f1: Option<f64>,
    /// The number of samples of this class.
    pub support: u64,
    /// The number of samples predicted as this class.
    pub predicted: u64,
    /// [`Ranking::auc`](crate::Ranking::auc) of this class against the rest; `None` for a class
    /// that has no samples or all of them.
    pub auc: Option<f64>,
    /// [`Ranking::average_precision`](crate::Ranking::average_precision); `None` for a class
    /// without samples.
    pub average_precision: Option<f64>,
}

/// The outcomes and rates of a problem with two classes; for the formulas see [`BinaryCounts`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct BinaryReport {
    /// The threshold of the second class's probability or score, if one was set.
    pub threshold: Option<f32>,
    /// True and false positives and negatives.
    pub counts: BinaryCounts,
    /// Precision (Positiver Vorhersagewert).
    pub precision: Option<f64>,
    /// True positive rate (Sensitivität, Richtig-Positiv-Rate).
    pub true_positive_rate: Option<f64>,
    /// False positive rate (Falsch-Positiv-Rate).
    pub false_positive_rate: Option<f64>,
    /// Specificity (Spezifität).
    pub specificity: Option<f64>,
    /// F1 (F-Maß).
    pub f1: Option<f64>,
}

impl ClassificationReport {
    /// Computes all metrics of a test set in one call.
    ///
    /// # Shapes
    ///
    /// For C = `n_classes`: `probabilities` is `[N*C]`, row by row and each in 0..=1; `labels` is
    /// `[N]`.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`Scored::new`] and [`ReportConfig::validate`], and an error for a
    /// threshold if there are not 2 classes.
    ///
    /// ```
    /// use zunder_eval::{ClassificationReport, ReportConfig};
    ///
    /// let report = ClassificationReport::new(
    ///     &[0.9, 0.1, 0.2, 0.8, 0.6, 0.4],
    ///     &[0, 1, 1],
    ///     2,
    ///     &ReportConfig::default(),
    /// )?;
    /// assert_eq!(report.binary.map(|binary| binary.counts.false_negatives), Some(1));
    /// assert_eq!(report.one_vs_rest.macro_auc, Some(1.0));
    /// let lower = ReportConfig { threshold: Some(0.4), ..ReportConfig::default() };
    /// assert_eq!(
    ///     ClassificationReport::new(&[0.9, 0.1, 0.2, 0.8, 0.6, 0.4], &[0, 1, 1], 2, &lower)?
    ///         .accuracy,
    ///     1.0
    /// );
    /// # Ok::<(), zunder_eval::EvalError>(())
    /// ```
    pub fn new(
        probabilities: &[f32],
        labels: &[u32],
        n_classes: usize,
        config: &ReportConfig,
    ) -> Result<Self, EvalError> {
        Scored::new(probabilities, labels, n_classes)?.report(config)
    }
}

impl Scored<'_> {
    /// Computes all metrics of these samples; see [`ClassificationReport::new`].
    ///
    /// # Errors
    ///
    /// Returns the errors of [`ReportConfig::validate`], and an error for a threshold if there are
    /// not 2 classes.
    pub fn report(&self, config: &ReportConfig) -> Result<ClassificationReport, EvalError> {
        config.validate()?;
        let (labels, n_classes) = (self.labels(), self.n_classes());
        let predicted = match config.threshold {
            Some(threshold) => self.predicted_at(threshold)?,
            None => self.predicted(),
        };
        let matrix = ConfusionMatrix::from_labels(labels, &predicted, n_classes)?;
        let calibration = match self.kind() {
            ScoreKind::Probabilities => {
                Some(self.calibration_curve(config.calibration_bins, Binning::Uniform)?)
            }
            ScoreKind::Scores => None,
        };
        let one_vs_rest = self.one_vs_rest(config.curve_points)?;
        let top_k = config.top_k.iter().filter(|k| **k < n_classes);
        let top_k = top_k.map(|&k| Ok(TopK { k, accuracy: self.top_k_accuracy(k)? }));
        let margins = matrix.margins();
        Ok(ClassificationReport {
            n: matrix.total(),
            accuracy: matrix.accuracy(),
            accuracy_interval: wilson(matrix.correct(), matrix.total(), CONFIDENCE)?,
            zero_one_risk: matrix.zero_one_risk(),
            balanced_accuracy: margins.balanced_accuracy(),
            top_k: top_k.collect::<Result<_, EvalError>>()?,
            matthews: margins.matthews(),
            cohen_kappa: margins.cohen_kappa(),
            score_kind: self.kind(),
            log_loss: self.log_loss(),
            clipped: self.clipped(),
            brier_score: self.brier_score(),
            expected_calibration_error: calibration
                .as_ref()
                .and_then(CalibrationCurve::expected_error),
            maximum_calibration_error: calibration
                .as_ref()
                .and_then(CalibrationCurve::maximum_error),
            macro_average: margins.average(Average::Macro),
            micro_average: margins.average(Average::Micro),
            weighted_average: margins.average(Average::Weighted),
            per_class: per_class(&matrix, &one_vs_rest),
            binary: matrix.binary().map(|counts| BinaryReport::new(counts, config.threshold)),
            confusion: matrix,
            calibration,
            one_vs_rest,
        })
    }
}

impl BinaryReport {
    fn new(counts: BinaryCounts, threshold: Option<f32>) -> Self {
        Self {
            threshold,
            counts,
            precision: counts.precision(),
            true_positive_rate: counts.true_positive_rate(),
            false_positive_rate: counts.false_positive_rate(),
            specificity: counts.specificity(),
            f1: counts.f1(),
        }
    }
}

fn per_class(matrix: &ConfusionMatrix, rankings: &OneVsRest) -> Vec<ClassReport> {
    let classes = matrix.per_class().into_iter().zip(&rankings.per_class);
    let class =
        |(scores, ranking): (crate::ClassScores, &Option<crate::RankingSummary>)| ClassReport {
            precision: scores.precision,
            recall: scores.recall,
            f1: scores.f1,
            support: scores.support,
            predicted: scores.predicted,
            auc: ranking.as_ref().and_then(|ranking| ranking.auc),
            average_precision: ranking.as_ref().map(|ranking| ranking.average_precision),
        };
    classes.map(class).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_survives_json() {
        let p: Vec<f32> =
            (0..60).flat_map(|i| [i as f32 / 120.0, 0.5 - i as f32 / 120.0, 0.5]).collect();
        let labels: Vec<u32> = (0..60).map(|i| i % 3).collect();
        let report = ClassificationReport::new(
            &p,
            &labels,
            3,
            &ReportConfig { top_k: vec![2, 5], ..ReportConfig::default() },
        )
        .unwrap();
        assert_eq!((report.top_k.len(), report.top_k[0].k, report.binary), (1, 2, None));
        let text = serde_json::to_string(&report).unwrap();
        assert!(!text.contains("null") || report.binary.is_none());
        let read: ClassificationReport = serde_json::from_str(&text).unwrap();
        assert_eq!(read.confusion, report.confusion);
        assert!(
            (read.one_vs_rest.macro_auc.unwrap() - report.one_vs_rest.macro_auc.unwrap()).abs()
                < 1e-12
        );
    }

    #[test]
    fn scores_that_are_no_probabilities_have_no_log_loss_and_no_calibration() {
        let scored = Scored::of_scores(&[3.5, -1.0, -2.0, 4.0, 1.5, 0.5], &[0, 1, 1], 2).unwrap();
        let report = scored.report(&ReportConfig::default()).unwrap();
        assert_eq!(
            (report.log_loss, report.brier_score, report.calibration.is_none()),
            (None, None, true)
        );
        assert_eq!(
            (report.expected_calibration_error, report.maximum_calibration_error),
            (None, None)
        );
        assert_eq!(report.one_vs_rest.macro_auc, Some(1.0));
        assert!((report.accuracy - 2.0 / 3.0).abs() < 1e-12);
        let text = serde_json::to_string(&report).unwrap();
        assert!(text.contains(r#""score_kind":"scores","log_loss":null"#), "{text}");
        assert_eq!(
            serde_json::from_str::<ClassificationReport>(&text).unwrap().score_kind,
            ScoreKind::Scores
        );
    }

    #[test]
    fn wrong_settings_are_named() {
        let error = |config| {
            ClassificationReport::new(&[0.2, 0.3, 0.5], &[0], 3, &config).unwrap_err().to_string()
        };
        let default = ReportConfig::default;
        assert_eq!(
            error(ReportConfig { top_k: vec![0], ..default() }),
            "k is 0, expected at least 1"
        );
        assert_eq!(
            error(ReportConfig { calibration_bins: 0, ..default() }),
            "the number of bins is 0, expected 1 to 1000000"
        );
        assert_eq!(
            error(ReportConfig { curve_points: 1, ..default() }),
            "the number of points is 1, expected 2 to 100000"
        );
        assert_eq!(
            error(ReportConfig { threshold: Some(0.5), ..default() }),
            "got a threshold for 3 classes, expected 2 classes"
        );
    }
}
