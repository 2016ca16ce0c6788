use crate::check::MAX_CLASSES;

/// What can be wrong with the input of a metric, or with a file of records.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EvalError {
    /// A metric of no sample at all.
    #[error("got 0 samples, expected at least 1")]
    Empty,

    /// Two slices that belong together differ in length.
    #[error("got {got} {what}, expected {expected}")]
    Length {
        /// What the slice holds.
        what: &'static str,
        /// Its length.
        got: usize,
        /// The length that fits the other slices.
        expected: usize,
    },

    /// A number of classes that no confusion matrix is made for.
    #[error("got {got} classes, expected 1 to {MAX_CLASSES}")]
    Classes {
        /// The number of classes asked for.
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

    /// A score that cannot be ranked.
    #[error("the score of class {class} in row {row} is NaN, expected a number")]
    Score {
        /// The sample.
        row: usize,
        /// The class.
        class: usize,
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

    /// A metrics file that lacks a column.
    #[error("the metrics file has no column {missing:?}, expected the columns {expected}")]
    Column {
        /// The first column that is not there.
        missing: &'static str,
        /// All columns, separated by commas.
        expected: String,
    },

    /// A CSV file that cannot be read or written.
    #[error("the CSV file cannot be read or written: {0}")]
    Csv(#[from] csv::Error),
}

impl EvalError {
    /// What to do about it, where there is something to say beyond the message.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Probability { .. } | Self::RowSum { .. } => Some(
                "apply softmax to the scores first; NaN or infinite scores mean that the training diverged, then try a smaller learning rate",
            ),
            Self::Score { .. } => Some("NaN scores mean that the training diverged: try a smaller learning rate"),
            Self::Confidence { .. } => Some("write 95 % as 0.95"),
            Self::Label { .. } => Some("classes are counted from 0"),
            Self::Column { .. } => Some("the file may come from another program or be cut off; the run itself is not affected"),
            _ => None,
        }
    }
}
