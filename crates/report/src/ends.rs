//! The ends of confidence intervals, as tables show them.

use zunder_eval::{Interval, ScoreInterval, ScoreIntervals};

/// The ends of a score's interval.
#[derive(Clone, Copy)]
pub(crate) enum Ends {
    /// No interval is computed for the score.
    Unknown,
    /// The interval is not defined.
    Undefined,
    /// The lower and the upper end.
    Of(f64, f64),
}

impl Ends {
    /// Returns the ends of one of the intervals, if intervals were computed.
    pub(crate) fn of(
        intervals: Option<&ScoreIntervals>,
        which: fn(&ScoreIntervals) -> Option<ScoreInterval>,
    ) -> Self {
        intervals.map_or(Self::Unknown, |intervals| {
            which(intervals)
                .map_or(Self::Undefined, |interval| Self::Of(interval.low, interval.high))
        })
    }

    /// Formats the ends with `show` and puts `between` between them; `–` if they are undefined, and
    /// empty if they are unknown.
    pub(crate) fn shown(self, show: impl Fn(f64) -> String, between: &str) -> String {
        match self {
            Self::Unknown => String::new(),
            Self::Undefined => "–".to_owned(),
            Self::Of(low, high) => format!("{}{between}{}", show(low), show(high)),
        }
    }
}

impl From<Interval> for Ends {
    fn from(interval: Interval) -> Self {
        Self::Of(interval.low, interval.high)
    }
}
