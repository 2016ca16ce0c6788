//! The content of `test.json`.

use serde::{Deserialize, Serialize};

use crate::{
    ClassificationReport, ConfusionMatrix, EvalError, Leakage, Scored, check, remarks, wilson,
};

/// The confidence level of `accuracy_low` and `accuracy_high`.
pub(crate) const CONFIDENCE: f64 = 0.95;

/// The metrics of a run on its test set: the content of `test.json`, made by
/// [`Predictions::evaluate`](crate::Predictions::evaluate).
///
/// A score that is undefined is `None`, in JSON `null`; `remarks` states the reason. (Files of
/// earlier versions have 0 instead.) When reading, fields that a later version added are ignored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TestRecord {
    /// The number of test samples.
    pub n: usize,
    /// [`log_loss`](crate::log_loss) in nats; `None` if the model's scores are not probabilities.
    pub loss: Option<f64>,
    /// The share of correct predictions, in 0..=1.
    pub accuracy: f64,
    /// Lower end of the accuracy's 95 % [`wilson`](crate::wilson) interval.
    pub accuracy_low: f64,
    /// Upper end of the accuracy's 95 % [`wilson`](crate::wilson) interval.
    pub accuracy_high: f64,
    /// [`top_k_accuracy`](crate::top_k_accuracy) with k = 5. Left out with fewer than 6 classes,
    /// where it is always 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub top5: Option<f64>,
    /// Mean precision over the classes that have one, in 0..=1.
    pub macro_precision: Option<f64>,
    /// Mean recall over the classes that have one, in 0..=1.
    pub macro_recall: Option<f64>,
    /// Mean F1 over the classes that have one, in 0..=1.
    pub macro_f1: Option<f64>,
    /// Why scores are undefined, and what averages leave out. Not written if everything is defined.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remarks: Vec<String>,
    /// The scores of each class, in the order of the class numbers.
    pub per_class: Vec<ClassRecord>,
    /// Counts of samples. Rows: true class, columns: predicted class.
    pub confusion: ConfusionMatrix,
    /// Validation and test images that the initial weights were trained on, if there are any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leakage: Option<Leakage>,
}

/// One class of a [`TestRecord`]; for the formulas see [`ClassScores`](crate::ClassScores).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ClassRecord {
    /// The class's name.
    pub class: String,
    /// The share of the samples predicted as this class that belong to it, in 0..=1; `None` if
    /// there are none.
    pub precision: Option<f64>,
    /// The share of the samples of this class that were predicted as it, in 0..=1; `None` if there
    /// are none.
    pub recall: Option<f64>,
    /// The harmonic mean of precision and recall, in 0..=1; `None` if no sample belongs to this
    /// class or is predicted as it.
    pub f1: Option<f64>,
    /// The number of samples of this class.
    pub support: u64,
}

impl ClassificationReport {
    /// Returns the part of this report that is written to `test.json`, with the names of the C
    /// `classes`.
    ///
    /// # Errors
    ///
    /// Returns an error for a number of `classes` other than C.
    pub fn record(&self, classes: &[String]) -> Result<TestRecord, EvalError> {
        check::length("class names", classes.len(), self.confusion.n_classes())?;
        let top5 = self.top_k.iter().find(|top| top.k == 5).map(|top| top.accuracy);
        let remark = remarks::of_values(self.score_kind, self.clipped);
        TestRecord::new(classes, self.confusion.clone(), self.log_loss, top5, remark)
    }
}

impl TestRecord {
    /// Computes the record of checked values and the predicted class of each sample.
    pub(crate) fn of(
        scored: &Scored,
        predicted: &[u32],
        classes: &[String],
    ) -> Result<Self, EvalError> {
        let matrix = ConfusionMatrix::from_labels(scored.labels(), predicted, scored.n_classes())?;
        // With 5 classes or fewer the true class is always among the first 5.
        let top5 = if scored.n_classes() > 5 { Some(scored.top_k_accuracy(5)?) } else { None };
        let remark = remarks::of_values(scored.kind(), scored.clipped());
        Self::new(classes, matrix, scored.log_loss(), top5, remark)
    }

    fn new(
        classes: &[String],
        confusion: ConfusionMatrix,
        loss: Option<f64>,
        top5: Option<f64>,
        remark: Option<String>,
    ) -> Result<Self, EvalError> {
        let (average, per_class) = (confusion.macro_average(), confusion.per_class());
        let accuracy = wilson(confusion.correct(), confusion.total(), CONFIDENCE)?;
        let counts: Vec<(u64, u64)> =
            per_class.iter().map(|class| (class.support, class.predicted)).collect();
        let mut remarks = remarks::of_classes(&counts, classes);
        remarks.extend(remark);
        let per_class = classes.iter().zip(per_class).map(|(class, scores)| ClassRecord {
            class: class.clone(),
            precision: scores.precision,
            recall: scores.recall,
            f1: scores.f1,
            support: scores.support,
        });
        Ok(Self {
            n: confusion.total() as usize,
            loss,
            accuracy: confusion.accuracy(),
            accuracy_low: accuracy.low,
            accuracy_high: accuracy.high,
            top5,
            macro_precision: average.precision,
            macro_recall: average.recall,
            macro_f1: average.f1,
            remarks,
            per_class: per_class.collect(),
            confusion,
            leakage: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::{Predictions, ReportConfig};

    #[test]
    fn the_report_says_what_the_record_says() {
        let classes: Vec<String> = (0..6).map(|i| format!("class {i}")).collect();
        let rows = (0..60_u16)
            .flat_map(|i| (0..6).map(move |c| if c == (i * 7 + i / 9) % 6 { 0.5 } else { 0.1 }));
        let predictions = Predictions::new(
            (0..60).collect(),
            (0..60).map(|i| i % 6).collect(),
            rows.collect(),
            6,
        )
        .unwrap();
        let report = predictions.report(&ReportConfig::default()).unwrap();
        let record = predictions.evaluate(&classes).unwrap();
        assert!(record.top5.is_some() && record.accuracy > 0.0 && record.accuracy < 1.0);
        assert_eq!(report.record(&classes).unwrap(), record);
        assert!(report.record(&classes[1..]).is_err());
    }
}
