//! Errors of metrics and of files of records.

use std::error::Error;

use crate::check::MAX_CLASSES;

/// The error of a metric with invalid input, or of a file of records.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EvalError {
    /// A metric of no samples.
    #[error("got 0 samples, expected at least 1")]
    Empty,

    /// Two slices that must have the same length differ.
    #[error("got {got} {what}, expected {expected}")]
    Length {
        /// What the slice holds.
        what: &'static str,
        /// Its length.
        got: usize,
        /// The expected length.
        expected: usize,
    },

    /// A number of classes outside of the supported range.
    #[error("got {got} classes, expected 1 to {MAX_CLASSES}")]
    Classes {
        /// The number of classes.
        got: usize,
    },

    /// A class number at or above the number of classes.
    #[error("{what} {index} is class {got}, expected 0 to {}", n_classes.saturating_sub(1))]
    Label {
        /// Whether it is a label or a predicted class.
        what: &'static str,
        /// Its position in the slice.
        index: usize,
        /// The class number.
        got: u32,
        /// The number of classes.
        n_classes: usize,
    },

    /// A probability that is NaN, infinite, negative or above 1.
    #[error("the probability of class {class} in row {row} is {got}, expected a number in 0..=1")]
    Probability {
        /// The sample.
        row: usize,
        /// The class.
        class: usize,
        /// The value.
        got: f32,
    },

    /// The probabilities of a sample do not sum to 1.
    #[error("the probabilities in row {row} sum to {got}, expected 1 within 0.001")]
    RowSum {
        /// The sample.
        row: usize,
        /// The sum.
        got: f64,
    },

    /// A confusion matrix with a repeated cell.
    #[error(
        "the confusion matrix has the cell of true class {truth} and predicted class {predicted} \
         twice"
    )]
    Cell {
        /// The row.
        truth: u32,
        /// The column.
        predicted: u32,
    },

    /// A score that is NaN or infinite.
    #[error("the score of class {class} in row {row} is {got}, expected a finite number")]
    Score {
        /// The sample.
        row: usize,
        /// The class.
        class: usize,
        /// The value.
        got: f32,
    },

    /// A top-k accuracy with k = 0.
    #[error("k is 0, expected at least 1")]
    K,

    /// A confidence level outside of 0 to 1.
    #[error("the confidence level is {got}, expected a number between 0 and 1, such as 0.95")]
    Confidence {
        /// The level.
        got: f64,
    },

    /// More successes than trials.
    #[error("got {successes} successes in {n} trials, expected at most {n}")]
    Successes {
        /// The number of successes.
        successes: u64,
        /// The number of trials.
        n: u64,
    },

    /// A score of a binary classifier that is NaN or infinite.
    #[error("score {index} is {got}, expected a finite number")]
    NotFinite {
        /// Its position in the slice.
        index: usize,
        /// The score.
        got: f32,
    },

    /// A paired difference that is NaN or infinite.
    #[error("difference {index} is {got}, expected a finite number")]
    Difference {
        /// The position of the pair.
        index: usize,
        /// The difference.
        got: f64,
    },

    /// A curve of samples that are all positive or all negative.
    #[error("got no {missing} samples, expected at least 1 positive and 1 negative")]
    OneClass {
        /// `positive` or `negative`.
        missing: &'static str,
    },

    /// A threshold that is NaN.
    #[error("the threshold is {got}, expected a number")]
    Threshold {
        /// The threshold.
        got: f32,
    },

    /// A threshold for a number of classes other than 2.
    #[error("got a threshold for {got} classes, expected 2 classes")]
    NotBinary {
        /// The number of classes.
        got: usize,
    },

    /// A requested sensitivity or specificity outside of 0 to 1.
    #[error("the requested {what} is {got}, expected a number from 0 to 1")]
    Wanted {
        /// `sensitivity` or `specificity`.
        what: &'static str,
        /// The value.
        got: f64,
    },

    /// An F-beta whose beta is negative or NaN.
    #[error("beta is {got}, expected 0 or more")]
    Beta {
        /// The value.
        got: f64,
    },

    /// An integer setting outside of its range.
    #[error("{what} is {got}, expected {low} to {high}")]
    Setting {
        /// The setting's name.
        what: &'static str,
        /// Its value.
        got: usize,
        /// The smallest value allowed.
        low: usize,
        /// The largest value allowed.
        high: usize,
    },

    /// A bootstrap whose statistic is undefined for too many resamples.
    #[error(
        "the statistic has a value for {got} of {resamples} resamples, expected at least half of \
         them"
    )]
    Resamples {
        /// The number of resamples for which it is defined.
        got: usize,
        /// The number of all resamples.
        resamples: usize,
    },

    /// A CSV file without a required column.
    #[error("the CSV file has no column {missing:?}, expected the columns {expected}")]
    Column {
        /// The first missing column.
        missing: &'static str,
        /// All columns, separated by commas.
        expected: String,
    },

    /// A field of a CSV file that is not a number.
    #[error(
        "line {line} of the CSV file has {got:?} in the column {column:?}, expected a whole number \
         from 0 on"
    )]
    Field {
        /// The column's name.
        column: String,
        /// The line, from 1.
        line: u64,
        /// The content of the field.
        got: String,
    },

    /// A file of predictions with only the best classes of each row.
    #[error("the CSV file has the best classes only, expected a column for each class")]
    BestOnly,

    /// A CSV file that cannot be read or written.
    #[error("the CSV file cannot be read or written: {0}")]
    Csv(#[source] Box<dyn Error + Send + Sync>),
}

impl EvalError {
    /// Converts an error of the `csv` crate, which is not part of the public interface.
    pub(crate) fn csv(error: impl Into<csv::Error>) -> Self {
        Self::Csv(Box::new(error.into()))
    }

    /// Returns advice on how to correct the error, if there is any beyond the message.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Probability { .. } | Self::RowSum { .. } => Some(
                "apply softmax to the scores first; NaN or infinite scores mean that the training \
                 diverged: try a smaller learning rate",
            ),
            Self::Score { .. } => {
                Some("such scores mean that the training diverged: try a smaller learning rate")
            }
            Self::OneClass { .. } => Some(
                "a ranking needs samples of both kinds: take more samples, or leave the class out",
            ),
            Self::NotBinary { .. } => Some(
                "with more than 2 classes the most probable one is predicted: leave the threshold \
                 out",
            ),
            Self::Confidence { .. } | Self::Wanted { .. } => Some("write 95 % as 0.95"),
            Self::Resamples { .. } => {
                Some("take more samples: with this few, a class is often missing from a resample")
            }
            Self::BestOnly => Some(
                "with more than 100 classes only the best are written: read the decisions only",
            ),
            Self::Label { .. } => Some("classes are counted from 0"),
            Self::Column { .. } => Some(
                "the file may come from another program or be truncated; the run itself is not \
                 affected",
            ),
            _ => None,
        }
    }
}
