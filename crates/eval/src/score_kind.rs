//! Whether the numbers of a model's answers are probabilities.

use serde::{Deserialize, Serialize};

/// What the numbers of a row of predictions are: one a class, the highest one's class is predicted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScoreKind {
    /// Estimates of probabilities: in 0..=1, with sum 1. A model has them that was trained by a
    /// cross-entropy or the logistic loss.
    #[default]
    Probabilities,
    /// Scores of any size, as of a hinge loss or a squared error: only their order and their
    /// distances mean something. What is measured of probabilities (log loss, Brier score,
    /// calibration) is not defined for them.
    Scores,
}

impl ScoreKind {
    /// What stands before a class's name in the columns of `predictions.csv`: `p_` or `s_`.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Probabilities => "p_",
            Self::Scores => "s_",
        }
    }
}
