//! The confusion matrix as a text metric of Burn.

use burn::tensor::TensorReadError;
use burn::train::metric::{Metric, MetricMetadata, MetricName, SerializedEntry};

use crate::predictions::Predictions;
use crate::{Outputs, PredictionsInput};

/// The confusion matrix of the predictions for the whole set, for
/// [`SupervisedTraining::metrics_text`](burn::train::SupervisedTraining::metrics_text).
///
/// The entry of an epoch is a JSON array of rows: one for each true class, with the number of
/// samples of each predicted class. Before the end of the epoch, and for outputs that are not
/// numbers, it is "N/A".
#[derive(Clone, Debug, Default)]
pub struct ConfusionMetric {
    predictions: Predictions,
}

impl ConfusionMetric {
    /// Creates the metric.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets what the outputs of the model are. Default: [`Outputs::Logits`].
    #[must_use]
    pub fn with_outputs(mut self, outputs: Outputs) -> Self {
        self.predictions.outputs = outputs;
        self
    }
}

impl Metric for ConfusionMetric {
    type Input = PredictionsInput;

    fn name(&self) -> MetricName {
        MetricName::new("Confusion Matrix".to_owned())
    }

    fn update(
        &mut self,
        input: &PredictionsInput,
        _metadata: &MetricMetadata,
    ) -> Result<SerializedEntry, TensorReadError> {
        self.predictions.push(input)?;
        Ok(SerializedEntry::not_available(None))
    }

    fn compute(&mut self) -> Result<SerializedEntry, TensorReadError> {
        Ok(match self.predictions.scored() {
            Ok(scored) => {
                // The debug format of a list of lists of numbers is JSON.
                let rows = format!("{:?}", scored.confusion_matrix().rows());
                SerializedEntry::new(rows.clone(), rows)
            }
            Err(_) => SerializedEntry::not_available(None),
        })
    }

    fn clear(&mut self) {
        self.predictions.clear();
    }
}
