//! Experiments that are small programs: a formula worked through, a path drawn, a curve measured.

use crate::experiment::Experiment;

/// All of them.
pub(crate) const ALL: &[Experiment] = &[];
