//! Experiments that are small programs of their own.

pub(crate) mod adaptive;
mod backprop;
mod descend;
mod descent;
mod double_descent;
mod examples;
mod least_squares;
mod number;
pub(crate) mod regression;
mod training;
mod valley;
mod why_nonlinear;

use crate::experiment::Experiment;

/// All of them, in the order of the lecture.
pub(crate) const ALL: &[Experiment] = &[
    regression::REGRESSION,
    examples::EXAMPLES,
    why_nonlinear::WHY_NONLINEAR,
    double_descent::DOUBLE_DESCENT,
    backprop::BACKPROP,
    descent::DESCENT,
    adaptive::ADAPTIVE,
];
