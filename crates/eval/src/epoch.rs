//! The metrics of an epoch, and the file `metrics.csv`.

use std::io::{Read, Write};

use serde::{Deserialize, Serialize};

use crate::{EvalError, table};

/// The columns of `metrics.csv`: the fields of [`EpochRecord`], in order.
const COLUMNS: [&str; 14] = [
    "epoch",
    "train_loss",
    "train_accuracy",
    "penalty",
    "validation_loss",
    "validation_accuracy",
    "learning_rate",
    "seconds",
    "images_per_second",
    "validation_seconds",
    "ema_loss",
    "ema_accuracy",
    "metric",
    "ema_metric",
];

/// The number of columns of records without a metric of the caller.
const WITHOUT_METRIC: usize = 12;

/// The columns that files of early versions, or of trainings without a metric of the caller, lack.
const OPTIONAL: [&str; 4] = ["ema_loss", "ema_accuracy", "metric", "ema_metric"];

/// The metrics of one epoch: a row of `metrics.csv`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct EpochRecord {
    /// The number of the epoch, from 1.
    pub epoch: usize,
    /// The data term of the loss: its running mean over the epoch's images, in training mode
    /// (augmented, with dropout) and while the weights change. Includes label smoothing and class
    /// weights, like the minimised loss.
    pub train_loss: f64,
    /// The share of correct predictions on the same images, in 0..=1.
    pub train_accuracy: f64,
    /// The penalty term of the loss, nu times the sum of the squared weights, after the epoch. 0
    /// without weight decay.
    pub penalty: f64,
    /// The mean loss on the whole validation set, without label smoothing and class weights, after
    /// the epoch.
    pub validation_loss: f64,
    /// The accuracy on the whole validation set after the epoch, in 0..=1.
    pub validation_accuracy: f64,
    /// The learning rate at the epoch's last step.
    pub learning_rate: f64,
    /// The duration of the epoch's training in seconds, without validation and checkpoints.
    pub seconds: f64,
    /// Training images per second.
    pub images_per_second: f64,
    /// The duration of validation in seconds.
    pub validation_seconds: f64,
    /// `validation_loss` of the exponential moving average of the weights; `None` (an empty field)
    /// if there is no average.
    pub ema_loss: Option<f64>,
    /// `validation_accuracy` of the exponential moving average of the weights; `None` (an empty
    /// field) if there is no average.
    pub ema_accuracy: Option<f64>,
    /// The metric of the caller on the whole validation set, by which epochs are compared; higher
    /// is better. `None` (no column) if the caller has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metric: Option<f64>,
    /// `metric` of the exponential moving average of the weights: NaN if there is no average,
    /// `None` (no column) if the caller has no metric.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ema_metric: Option<f64>,
}

/// Writes `metrics.csv`: a header, then one row per epoch. Each number is written in the shortest
/// form that reads back as the same value. Without records only the header is written. The columns
/// of a metric of the caller are written if the first record has one.
///
/// # Errors
///
/// Returns an error if the writer fails.
pub fn write_metrics_csv(records: &[EpochRecord], to: impl Write) -> Result<(), EvalError> {
    let metric = records.first().is_some_and(|record| record.metric.is_some());
    let columns = if metric { &COLUMNS[..] } else { &COLUMNS[..WITHOUT_METRIC] };
    table::write(columns, records, to)
}

/// Writes rows without a header, to be appended to the output of [`write_metrics_csv`].
///
/// # Errors
///
/// Returns an error if the writer fails.
pub fn write_metrics_rows(records: &[EpochRecord], to: impl Write) -> Result<(), EvalError> {
    table::write_rows(records, to)
}

/// Reads the output of [`write_metrics_csv`]. Columns may be in any order; further columns are
/// ignored.
///
/// # Errors
///
/// Returns an error if a column is missing, a value is not a number, rows have different lengths,
/// or the reader fails.
///
/// ```
/// use zunder_eval::{EpochRecord, read_metrics_csv, write_metrics_csv};
///
/// let records =
///     [EpochRecord { epoch: 1, train_loss: 2.1, learning_rate: 1e-3, ..EpochRecord::default() }];
/// let mut file = Vec::new();
/// write_metrics_csv(&records, &mut file)?;
/// assert_eq!(read_metrics_csv(file.as_slice())?, records);
/// # Ok::<(), zunder_eval::EvalError>(())
/// ```
pub fn read_metrics_csv(from: impl Read) -> Result<Vec<EpochRecord>, EvalError> {
    table::read(&COLUMNS, &OPTIONAL, from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(records: &[EpochRecord]) -> String {
        let mut file = Vec::new();
        write_metrics_csv(records, &mut file).unwrap();
        String::from_utf8(file).unwrap()
    }

    #[test]
    fn the_file_is_plain_csv() {
        let record = EpochRecord {
            epoch: 1,
            train_loss: 2.25,
            train_accuracy: 0.1,
            penalty: 0.75,
            validation_loss: f64::NAN,
            validation_accuracy: 1.0,
            learning_rate: 1e-5,
            seconds: 12.5,
            images_per_second: f64::INFINITY,
            validation_seconds: 0.5,
            ema_loss: Some(2.5),
            ..EpochRecord::default()
        };
        let text = written(std::slice::from_ref(&record));
        let header = COLUMNS[..WITHOUT_METRIC].join(",");
        assert_eq!(text, format!("{header}\n1,2.25,0.1,0.75,NaN,1.0,0.00001,12.5,inf,0.5,2.5,\n"));
        let read = read_metrics_csv(text.as_bytes()).unwrap();
        assert!(read[0].validation_loss.is_nan());
        assert_eq!(
            EpochRecord { validation_loss: 0.0, ..read[0].clone() },
            EpochRecord { validation_loss: 0.0, ..record }
        );
    }

    #[test]
    fn without_records_the_file_is_a_header() {
        let text = written(&[]);
        assert_eq!(text, format!("{}\n", COLUMNS[..WITHOUT_METRIC].join(",")));
        assert!(read_metrics_csv(text.as_bytes()).unwrap().is_empty());
    }

    #[test]
    fn a_metric_of_the_caller_has_columns_of_its_own() {
        let record = |epoch, metric, ema_metric| EpochRecord {
            epoch,
            metric: Some(metric),
            ema_metric: Some(ema_metric),
            ..EpochRecord::default()
        };
        let records = [record(1, 0.25, 0.5), record(2, -3.0, 0.0)];
        let text = written(&records);
        assert!(text.starts_with(&format!("{}\n", COLUMNS.join(","))));
        assert_eq!(read_metrics_csv(text.as_bytes()).unwrap(), records);
    }

    #[test]
    fn columns_are_the_fields() {
        let metric = Some(1.0);
        let record = EpochRecord { metric, ema_metric: metric, ..EpochRecord::default() };
        let value = serde_json::to_string(&record).unwrap();
        let mut positions = COLUMNS.map(|column| value.find(&format!("\"{column}\":")).unwrap());
        assert!(positions.is_sorted());
        positions.sort_unstable();
        assert_eq!(value.matches("\":").count(), COLUMNS.len());
    }

    #[test]
    fn other_files_are_refused() {
        let error = |text: &str| read_metrics_csv(text.as_bytes()).unwrap_err();
        assert!(error("").to_string().starts_with(
            "the CSV file has no column \"epoch\", expected the columns epoch, train_loss"
        ));
        assert!(error("epoch,train_loss\n1,2\n").hint().is_some());
        let header = COLUMNS[..WITHOUT_METRIC].join(",");
        for row in [
            "x,1,1,1,1,1,1,1,1,1,1,1",
            "1,1,1",
            "-1,1,1,1,1,1,1,1,1,1,1,1",
            "1,,1,1,1,1,1,1,1,1,1,1",
            "1,1,1,1,1,1,1,1,1,1,x,",
        ] {
            let message = error(&format!("{header}\n{row}\n")).to_string();
            assert!(message.starts_with("the CSV file cannot be read or written: "), "{message}");
        }
        let more = format!("note,{header}\nhello,1,2,0.5,0,2,0.5,0.1,1,100,1,,\n");
        assert_eq!(read_metrics_csv(more.as_bytes()).unwrap()[0].epoch, 1);
        let old = COLUMNS[..10].join(",");
        assert_eq!(
            read_metrics_csv(format!("{old}\n1,2,0.5,0,2,0.5,0.1,1,100,1\n").as_bytes()).unwrap()
                [0]
            .ema_loss,
            None
        );
    }
}
