//! The text of a health warning: layer, value, expected range and advice.

use std::fmt;

use super::{HealthProblem, HealthWarning};

/// The number of layers that are named beside the worst one.
const NAMED: usize = 3;

impl fmt::Display for HealthWarning {
    /// Writes one sentence with layer, value and expected range, and one with advice.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { layer, value, .. } = self;
        let percent = 100.0 * value;
        write!(f, "{layer}: ")?;
        match self.problem {
            HealthProblem::DeadUnits => {
                write!(
                    f,
                    "{percent:.1} % of its units are dead (0 for every image shown; expected less \
                     than 25 %)"
                )
            }
            HealthProblem::RateTooHigh => {
                write!(
                    f,
                    "an update changes its weights by {percent:.1} % of their size (expected about \
                     0.1 %, at most 10 %)"
                )
            }
            HealthProblem::RateTooLow => {
                write!(
                    f,
                    "an update changes its weights by {value:.1e} of their size, and no layer's by \
                     more (expected about 1e-3, at least 1e-5)"
                )
            }
            HealthProblem::VanishingGradient => {
                write!(
                    f,
                    "its gradient norm is {value:.1e} of the last layer's (expected at least \
                     1e-3), so it hardly learns"
                )
            }
            HealthProblem::ExplodingGradient => {
                write!(f, "the norm of its gradient is {value:.1e} (expected at most 1000)")
            }
            HealthProblem::AlikeForAllImages => write!(
                f,
                "its activations hardly differ between images, by {value:.1e} of their size \
                 (expected at least 0.01), so information about the images is lost"
            ),
            HealthProblem::Saturated => write!(
                f,
                "its activations are saturated, so it hardly learns: their variance is \
                 {percent:.1} % of the largest possible (expected at most 90 %)"
            ),
            HealthProblem::LargeActivations => {
                write!(
                    f,
                    "its activations are very large, with a standard deviation of {value:.1e} \
                     (expected at most 100)"
                )
            }
        }?;
        if !self.others.is_empty() {
            let names: Vec<&str> = self.others.iter().take(NAMED).map(String::as_str).collect();
            write!(f, "; also {}", names.join(", "))?;
            match self.others.len() - names.len() {
                0 => {}
                more => write!(f, " and {more} more")?,
            }
        }
        write!(f, ". {}", self.problem.remedy())
    }
}

impl HealthProblem {
    /// Advice against the problem.
    const fn remedy(self) -> &'static str {
        match self {
            Self::DeadUnits => {
                "Lower the learning rate; a leaky ReLU, batch normalisation or He initialisation \
                 (never zeros) keep units alive."
            }
            Self::RateTooHigh => {
                "Lower the learning rate, for instance to a tenth, warm it up, or clip gradients."
            }
            Self::RateTooLow => "Raise the learning rate, for instance a hundredfold.",
            Self::VanishingGradient => {
                "ReLU instead of logistic or tanh, He initialisation, batch normalisation, \
                 residual blocks or fewer layers help."
            }
            Self::ExplodingGradient => {
                "Clip gradients, lower the learning rate, or draw smaller initial weights."
            }
            Self::AlikeForAllImages => {
                "Batch normalisation, ReLU instead of logistic, other initial weights (He or \
                 Xavier, never zeros) or a lower learning rate help."
            }
            Self::Saturated => {
                "Lower the learning rate or draw smaller initial weights; batch normalisation or \
                 ReLU help too."
            }
            Self::LargeActivations => {
                "A lower learning rate, weight decay or batch normalisation help."
            }
        }
    }
}
