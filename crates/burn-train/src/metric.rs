//! Scores of `zunder_eval` as numeric metrics of Burn.

use burn::tensor::TensorReadError;
use burn::train::metric::{
    Metric, MetricAttributes, MetricMetadata, MetricName, Numeric, NumericAttributes, NumericEntry,
    SerializedEntry, format_float,
};
use zunder_eval::{Average, Binning, Scored};

use crate::predictions::Predictions;
use crate::{Outputs, PredictionsInput};

/// A score of `zunder_eval`, computed once per epoch from the predictions for the whole set.
///
/// It keeps the predictions of the epoch in memory, N times C numbers of 32 bits, and has no value
/// before the end of the epoch. The value is NaN if the score is undefined, such as the area under
/// the ROC curve of a set with one class, or if an output is not a number.
///
/// Burn's own strategies may compute the summary
/// ([`SupervisedTraining::summary`](burn::train::SupervisedTraining::summary)) before the last
/// epoch has reached the files of the metrics. [`FitStrategy`](crate::FitStrategy) waits for it.
/// The files and the dashboard get every epoch.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use burn::train::ClassificationOutput;
/// use burn::train::metric::{Adaptor, Metric, MetricMetadata, Numeric};
/// use burn::data::dataloader::Progress;
/// use zunder_burn_train::ExactMetric;
///
/// let device = Device::flex();
/// let output = ClassificationOutput::new(
///     Tensor::from_floats([0.0], &device),
///     Tensor::from_floats([[2.0, 0.0], [0.0, 2.0], [2.0, 0.0]], &device),
///     Tensor::from_ints([0, 1, 1], &device),
/// );
/// let mut metric = ExactMetric::accuracy();
/// let progress = Progress::new(3, 3, None);
/// metric.update(&output.adapt(), &MetricMetadata { progress, iteration: None, lr: None })?;
/// metric.compute()?;
/// assert!((metric.final_value().current() - 2.0 / 3.0).abs() < 1e-12);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct ExactMetric {
    score: Score,
    predictions: Predictions,
    value: Option<f64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Score {
    Accuracy,
    MacroF1,
    Auroc,
    LogLoss,
    CalibrationError,
}

impl ExactMetric {
    /// The share of samples whose class has the highest output; of equal ones the first counts.
    /// From 0 to 1.
    pub fn accuracy() -> Self {
        Self::new(Score::Accuracy)
    }

    /// The mean over the classes of `F1 = 2 TP / (2 TP + FP + FN)`
    /// ([`Average::Macro`](zunder_eval::Average::Macro)). From 0 to 1.
    pub fn macro_f1() -> Self {
        Self::new(Score::MacroF1)
    }

    /// The mean over the classes of the area under the ROC curve of that class against the rest.
    /// From 0 to 1.
    pub fn auroc() -> Self {
        Self::new(Score::Auroc)
    }

    /// The mean of `-ln p`, p being the probability of the sample's class, in nats
    /// ([`log_loss`](zunder_eval::log_loss)).
    pub fn log_loss() -> Self {
        Self::new(Score::LogLoss)
    }

    /// The expected calibration error: the mean over the samples of the difference between
    /// confidence and accuracy in each of 15 bins of equal width. From 0 to 1.
    pub fn calibration_error() -> Self {
        Self::new(Score::CalibrationError)
    }

    /// All five, for [`SupervisedTraining::metrics`](burn::train::SupervisedTraining::metrics).
    pub fn all() -> (Self, Self, Self, Self, Self) {
        (
            Self::accuracy(),
            Self::macro_f1(),
            Self::auroc(),
            Self::log_loss(),
            Self::calibration_error(),
        )
    }

    fn new(score: Score) -> Self {
        Self { score, predictions: Predictions::default(), value: None }
    }

    /// Sets what the outputs of the model are. Default: [`Outputs::Logits`].
    #[must_use]
    pub fn with_outputs(mut self, outputs: Outputs) -> Self {
        self.predictions.outputs = outputs;
        self
    }
}

impl Score {
    fn name(self) -> &'static str {
        match self {
            Self::Accuracy => "Exact Accuracy",
            Self::MacroF1 => "Exact Macro F1",
            Self::Auroc => "Exact AUROC",
            Self::LogLoss => "Exact Log Loss",
            Self::CalibrationError => "Exact Calibration Error",
        }
    }

    /// Computes the score of a whole set. `None` if it is undefined.
    fn of(self, scored: Scored<'_>) -> Option<f64> {
        match self {
            Self::Accuracy => Some(scored.confusion_matrix().accuracy()),
            Self::MacroF1 => scored.confusion_matrix().average(Average::Macro).f1,
            Self::Auroc => scored.one_vs_rest(2).ok()?.macro_auc,
            Self::LogLoss => scored.log_loss(),
            Self::CalibrationError => {
                scored.calibration_curve(15, Binning::Uniform).ok()?.expected_error()
            }
        }
    }
}

impl Metric for ExactMetric {
    type Input = PredictionsInput;

    fn name(&self) -> MetricName {
        MetricName::new(self.score.name().to_owned())
    }

    fn attributes(&self) -> MetricAttributes {
        let higher_is_better = !matches!(self.score, Score::LogLoss | Score::CalibrationError);
        NumericAttributes { unit: None, higher_is_better }.into()
    }

    fn update(
        &mut self,
        input: &PredictionsInput,
        _metadata: &MetricMetadata,
    ) -> Result<SerializedEntry, TensorReadError> {
        self.value = None;
        self.predictions.push(input)?;
        Ok(SerializedEntry::not_available(None))
    }

    fn compute(&mut self) -> Result<SerializedEntry, TensorReadError> {
        let value = self.predictions.scored().ok().and_then(|scored| self.score.of(scored));
        let value = value.unwrap_or(f64::NAN);
        self.value = Some(value);
        let formatted = format!("epoch {}", format_float(value, 4));
        Ok(SerializedEntry::new(formatted, NumericEntry::Final(value).serialize()))
    }

    fn clear(&mut self) {
        self.predictions.clear();
        self.value = None;
    }
}

impl Numeric for ExactMetric {
    fn value(&self) -> Option<NumericEntry> {
        self.value.map(NumericEntry::Value)
    }

    fn running_value(&self) -> Option<NumericEntry> {
        self.value.map(NumericEntry::Value)
    }

    fn final_value(&self) -> NumericEntry {
        NumericEntry::Final(self.value.unwrap_or(f64::NAN))
    }
}
