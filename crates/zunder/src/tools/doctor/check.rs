use std::fmt;

use serde::Serialize;

/// What a check found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// As it should be.
    Good,
    /// Worth a look; a training makes sense all the same.
    Warning,
    /// Something is broken: a training would be worth nothing, or its figures would not mean what
    /// they say.
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

/// A line of the doctor: a check, what it measured, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Check {
    /// What was looked at.
    pub name: &'static str,
    /// What was measured, with what it should be.
    pub value: String,
    /// What that means.
    pub verdict: Verdict,
    /// What to do; empty if nothing is to be done.
    pub advice: String,
}

impl Check {
    /// A check of which nothing bad is known.
    pub(super) fn good(name: &'static str, value: String) -> Self {
        Self { name, value, verdict: Verdict::Good, advice: String::new() }
    }

    /// The same, with something to look at.
    pub(super) fn warn(self, advice: impl Into<String>) -> Self {
        Self { verdict: Verdict::Warning, advice: advice.into(), ..self }
    }

    /// The same, broken.
    pub(super) fn fault(self, advice: impl Into<String>) -> Self {
        Self { verdict: Verdict::Fault, advice: advice.into(), ..self }
    }
}

/// 0.1234 as 12.3 %.
pub(super) fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}
