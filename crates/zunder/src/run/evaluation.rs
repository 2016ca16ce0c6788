//! The evaluation of a run on the test set, and the threshold of a binary decision.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use zunder_eval::{
    BootstrapConfig, ClassificationReport, Leakage, OperatingPoint, Predictions, ReportConfig,
    ScoreIntervals, ScoreKind, Wanted,
};
use zunder_models::Key;

use crate::RunError;

/// The threshold of a binary classifier: the probability of the positive class from which on an
/// image is predicted as positive. If scores are not probabilities, the difference between the
/// score of the positive class and the other one.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Threshold {
    /// This value.
    At(f32),
    /// The value that reaches a target on the validation images; test images do not influence it.
    Chosen(Wanted),
}

/// The evaluation of a run on the test set: scores, their 95 % intervals, curves, and for two
/// classes the lecture's outcomes and rates.
///
/// With two classes, the positive one is the second, here and in all numbers of the report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RunEvaluation {
    /// Class names, in the order of the report's numbers.
    pub classes: Vec<String>,
    /// Scores and curves. If the model's scores are not probabilities, curves and areas rank images
    /// by the difference between a class's score and the best other one.
    pub report: ClassificationReport,
    /// Bootstrap intervals of the scores; the interval of the accuracy is in the report.
    pub intervals: ScoreIntervals,
    /// Why scores and intervals are undefined, and what averages leave out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remarks: Vec<String>,
    /// Target of the chosen threshold and its result on the validation images, if it was chosen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chosen: Option<ChosenThreshold>,
    /// Validation and test images that the initial weights were trained on, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leakage: Option<Leakage>,
}

/// A threshold that was chosen on the validation images.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ChosenThreshold {
    /// Target of the choice.
    pub wanted: Wanted,
    /// Result on the validation images.
    pub on_validation: OperatingPoint,
}

/// The inputs of an evaluation besides the predictions.
pub(crate) struct EvaluationTask<'a> {
    pub classes: &'a [String],
    /// Positive class of two.
    pub positive: Option<usize>,
    pub seed: u64,
    pub leakage: Option<&'a Leakage>,
}

impl EvaluationTask<'_> {
    /// Evaluates the predictions on the test set; `validation` returns those on the validation
    /// images if a threshold is chosen by them.
    pub(crate) fn evaluate(
        &self,
        test: &Predictions,
        threshold: Option<Threshold>,
        validation: impl FnOnce() -> Result<Predictions, RunError>,
    ) -> Result<RunEvaluation, RunError> {
        let (cut, chosen) = match threshold {
            None => (None, None),
            Some(_) if self.classes.len() != 2 => {
                let problem = format!(
                    "a threshold is for two classes, and the run has {}",
                    self.classes.len()
                );
                return Err(RunError::config("evaluation", problem));
            }
            Some(Threshold::At(threshold)) => (Some(threshold), None),
            Some(Threshold::Chosen(wanted)) => {
                wanted.validate()?;
                let validation = validation()?;
                let validation = self.positive_second(&validation);
                let kinds = [0, 1].map(|class| validation.labels().contains(&class));
                if kinds != [true, true] {
                    let missing = &self.in_order()[usize::from(kinds[0])];
                    let problem = format!(
                        "no validation image belongs to {missing}, expected images of both classes \
                         to choose a threshold by"
                    );
                    return Err(RunError::config("evaluation", problem));
                }
                let on_validation = validation.scored()?.ranking(1)?.threshold_for(wanted)?;
                (Some(on_validation.threshold), Some(ChosenThreshold { wanted, on_validation }))
            }
        };
        let test = self.positive_second(test);
        let scored = test.scored()?;
        let report = scored.report(&ReportConfig { threshold: cut, ..ReportConfig::default() })?;
        let predicted =
            cut.map_or_else(|| Ok(scored.predicted()), |cut| scored.predicted_at(cut))?;
        let key = Key::new(self.seed).named("bootstrap");
        let intervals = ScoreIntervals::new(&scored, &predicted, &BootstrapConfig::default(), key)?;
        let classes = self.in_order();
        let remarks = report.remarks(Some(&intervals), &classes);
        Ok(RunEvaluation {
            classes,
            report,
            intervals,
            remarks,
            chosen,
            leakage: self.leakage.cloned(),
        })
    }

    /// Returns true if the positive class comes first in the data set.
    fn turned(&self) -> bool {
        self.classes.len() == 2 && self.positive == Some(0)
    }

    /// Returns the classes; of two, the positive one second.
    fn in_order(&self) -> Vec<String> {
        let mut classes = self.classes.to_vec();
        if self.turned() {
            classes.reverse();
        }
        classes
    }

    /// Returns the predictions with the positive class second, and with score differences if scores
    /// are not probabilities.
    fn positive_second<'p>(&self, predictions: &'p Predictions) -> Cow<'p, Predictions> {
        let leads = predictions.kind() == ScoreKind::Scores;
        if !leads && !self.turned() {
            return Cow::Borrowed(predictions);
        }
        let predictions = predictions.clone();
        let predictions =
            if self.turned() { predictions.into_reversed_classes() } else { predictions };
        Cow::Owned(if leads { predictions.into_leads() } else { predictions })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn predictions(cats: &[f32], labels: &[u32]) -> Predictions {
        let probabilities = cats.iter().flat_map(|&cat| [cat, 1.0 - cat]).collect();
        Predictions::new((0..labels.len() as u32).collect(), labels.to_vec(), probabilities, 2)
            .unwrap()
    }

    fn pair() -> [String; 2] {
        ["cat".to_owned(), "dog".to_owned()]
    }

    #[test]
    fn the_positive_class_is_whom_the_rates_are_about() {
        let test = predictions(&[0.9, 0.4, 0.2, 0.1], &[0, 0, 1, 1]);
        let evaluate = |positive| {
            let task = EvaluationTask {
                classes: &pair(),
                positive: Some(positive),
                seed: 1,
                leakage: None,
            };
            task.evaluate(&test, None, || unreachable!("no threshold is chosen")).unwrap()
        };
        let (cat, dog) = (evaluate(0), evaluate(1));
        assert_eq!(
            (cat.classes, dog.classes),
            (vec!["dog".to_owned(), "cat".to_owned()], pair().to_vec())
        );
        let (cats, dogs) = (cat.report.binary.unwrap(), dog.report.binary.unwrap());
        assert_eq!((cats.true_positive_rate, cats.specificity), (Some(0.5), Some(1.0)));
        assert_eq!((dogs.true_positive_rate, dogs.specificity), (Some(1.0), Some(0.5)));
        assert_eq!(cat.report.accuracy, dog.report.accuracy);
    }

    #[test]
    fn a_threshold_is_chosen_on_validation_images() {
        let task = EvaluationTask { classes: &pair(), positive: Some(0), seed: 1, leakage: None };
        let test = predictions(&[0.9, 0.4, 0.25, 0.1], &[0, 0, 1, 1]);
        let validation = predictions(&[0.8, 0.3, 0.2], &[0, 0, 1]);
        let wanted = Wanted::Sensitivity(1.0);
        let evaluation =
            task.evaluate(&test, Some(Threshold::Chosen(wanted)), || Ok(validation)).unwrap();
        let chosen = evaluation.chosen.unwrap();
        assert_eq!((chosen.wanted, chosen.on_validation.threshold), (wanted, 0.3));
        assert_eq!(evaluation.report.binary.unwrap().threshold, Some(0.3));
        assert_eq!(evaluation.report.accuracy, 1.0);
        let all =
            task.evaluate(&test, Some(Threshold::At(0.0)), || unreachable!("it is given")).unwrap();
        assert_eq!(all.report.binary.unwrap().counts.false_positives, 2);
    }

    #[test]
    fn a_threshold_of_three_classes_is_refused() {
        let classes = ["a", "b", "c"].map(str::to_owned);
        let test = Predictions::new(vec![0], vec![0], vec![0.5, 0.25, 0.25], 3).unwrap();
        let task = EvaluationTask { classes: &classes, positive: None, seed: 1, leakage: None };
        let error =
            task.evaluate(&test, Some(Threshold::At(0.5)), || unreachable!("refused")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "evaluation: a threshold is for two classes, and the run has 3"
        );
    }

    #[test]
    fn a_test_without_a_class_says_what_is_missing() {
        let task = EvaluationTask { classes: &pair(), positive: Some(0), seed: 1, leakage: None };
        let test = predictions(&[0.9, 0.8, 0.7], &[0, 0, 0]);
        let evaluation =
            task.evaluate(&test, None, || unreachable!("no threshold is chosen")).unwrap();
        let binary = evaluation.report.binary.unwrap();
        assert_eq!((binary.true_positive_rate, binary.specificity), (Some(1.0), None));
        assert_eq!(
            (evaluation.report.one_vs_rest.macro_auc, evaluation.intervals.macro_auc),
            (None, None)
        );
        assert!(
            evaluation.remarks[0].starts_with("No test image belongs to 1 of 2 classes (dog)"),
            "{:?}",
            evaluation.remarks
        );
        let read: RunEvaluation =
            serde_json::from_str(&serde_json::to_string(&evaluation).unwrap()).unwrap();
        assert_eq!(read.remarks, evaluation.remarks);
    }

    #[test]
    fn a_threshold_needs_validation_images_of_both_classes() {
        let task = EvaluationTask { classes: &pair(), positive: Some(0), seed: 1, leakage: None };
        let test = predictions(&[0.9, 0.1], &[0, 1]);
        let chosen = Some(Threshold::Chosen(Wanted::Sensitivity(0.5)));
        for (labels, missing) in [([0, 0], "dog"), ([1, 1], "cat")] {
            let error = task
                .evaluate(&test, chosen, || Ok(predictions(&[0.9, 0.1], &labels)))
                .unwrap_err()
                .to_string();
            let expected = format!(
                "evaluation: no validation image belongs to {missing}, expected images of both \
                 classes to choose a threshold by"
            );
            assert_eq!(error, expected);
        }
    }

    #[test]
    fn scores_are_ranked_and_cut_by_their_lead() {
        let task = EvaluationTask { classes: &pair(), positive: Some(0), seed: 1, leakage: None };
        // Differences for cat: 1, -1, 2, -3. The scores themselves have no common scale.
        let scores = vec![11.0, 10.0, -6.0, -5.0, 2.0, 0.0, 0.0, 3.0];
        let test = Predictions::of_scores((0..4).collect(), vec![0, 0, 0, 1], scores, 2).unwrap();
        let evaluation =
            task.evaluate(&test, None, || unreachable!("no threshold is chosen")).unwrap();
        let report = &evaluation.report;
        assert_eq!(
            (report.one_vs_rest.macro_auc, report.log_loss, report.accuracy),
            (Some(1.0), None, 0.75)
        );
        assert!(evaluation.intervals.log_loss.is_none() && evaluation.intervals.macro_f1.is_some());
        let chosen = task
            .evaluate(&test, Some(Threshold::Chosen(Wanted::Sensitivity(1.0))), || Ok(test.clone()))
            .unwrap();
        assert_eq!(
            (chosen.report.binary.unwrap().threshold, chosen.report.accuracy),
            (Some(-1.0), 1.0)
        );
    }
}
