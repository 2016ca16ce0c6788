//! A check of the doctor and its result.

use std::fmt;

use serde::Serialize;

/// The result of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Everything is as expected.
    Good,
    /// The result is unusual, but training makes sense.
    Warning,
    /// Something is broken: training would be useless, or its results misleading.
    Fault,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Good => "good",
            Self::Warning => "warning",
            Self::Fault => "FAULT",
        })
    }
}

/// A check of the doctor: what it measured, and advice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Check {
    /// What was checked.
    pub name: &'static str,
    /// Measured value, with the expected value.
    pub value: String,
    /// Result.
    pub verdict: Verdict,
    /// Advice; empty if there is nothing to do.
    pub advice: String,
}

impl Check {
    /// Creates a check whose result is good.
    pub(super) fn good(name: &'static str, value: String) -> Self {
        Self { name, value, verdict: Verdict::Good, advice: String::new() }
    }

    /// Changes the result to a warning with advice.
    pub(super) fn warn(self, advice: impl Into<String>) -> Self {
        Self { verdict: Verdict::Warning, advice: advice.into(), ..self }
    }

    /// Changes the result to a fault with advice.
    pub(super) fn fault(self, advice: impl Into<String>) -> Self {
        Self { verdict: Verdict::Fault, advice: advice.into(), ..self }
    }
}

/// Formats 0.1234 as 12.3 %.
pub(super) fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}
