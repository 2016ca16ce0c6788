//! Errors of plots and pages.

/// The error of drawing a plot or writing a page.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// Learning curves without epochs.
    #[error("got 0 epochs to plot, expected at least 1")]
    NoEpochs,

    /// A contact sheet without pictures.
    #[error("got 0 pictures for a contact sheet, expected at least 1")]
    NoPictures,

    /// A picture without pixels, or whose number of values does not match its shape.
    #[error("a picture has {got} values, expected {} for \
        {channels}x{height}x{width}", channels.saturating_mul(*height).saturating_mul(*width))]
    Picture {
        /// The number of values.
        got: usize,
        /// The number of values per pixel.
        channels: usize,
        /// The number of rows.
        height: usize,
        /// The number of columns.
        width: usize,
    },

    /// Weights whose number is not a multiple of a unit's.
    #[error(
        "got {got} weights, expected a multiple of {channels}x{height}x{width}, and at least that"
    )]
    Weights {
        /// The number of weights.
        got: usize,
        /// The number of values per pixel.
        channels: usize,
        /// The number of rows.
        height: usize,
        /// The number of columns.
        width: usize,
    },

    /// A comparison of fewer than two runs.
    #[error("got {0} run(s) to compare, expected at least 2")]
    Runs(usize),

    /// A run's configuration that is not valid TOML.
    #[error("the configuration of run {run:?} is not valid TOML: {message}")]
    Config {
        /// The run's name.
        run: String,
        /// The error of the TOML parser.
        message: String,
    },

    /// An error of the statistics.
    #[error(transparent)]
    Eval(#[from] zunder_eval::EvalError),

    /// A picture that cannot be drawn or encoded.
    #[error("the plot cannot be drawn: {0}")]
    Plot(String),
}

impl ReportError {
    /// Returns advice on how to correct the error, if there is any beyond the message.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NoEpochs => Some("the run stopped before its first epoch ended; resume it"),
            Self::Runs(_) => Some("name two runs or more"),
            Self::Eval(error) => error.hint(),
            Self::NoPictures
            | Self::Picture { .. }
            | Self::Weights { .. }
            | Self::Config { .. }
            | Self::Plot(_) => None,
        }
    }
}
