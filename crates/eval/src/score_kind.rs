//! Whether the scores of a model are probabilities.

use serde::{Deserialize, Serialize};

/// The kind of numbers in a row of predictions. There is one per class; the class with the highest
/// one is predicted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScoreKind {
    /// Estimates of probabilities: each in 0..=1, with the sum 1. Models trained with cross-entropy
    /// or the logistic loss give them.
    #[default]
    Probabilities,
    /// Scores of any size, as models trained with a hinge loss or a squared error give them. Only
    /// their order and their differences have a meaning. Log loss, Brier score and calibration are
    /// undefined for them.
    Scores,
}

impl ScoreKind {
    /// Returns the prefix of a class's name in the columns of `predictions.csv`: `p_` or `s_`.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Probabilities => "p_",
            Self::Scores => "s_",
        }
    }
}
