/// Why a plot or a page cannot be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// Curves of no epoch.
    #[error("got 0 epochs to plot, expected at least 1")]
    NoEpochs,

    /// A contact sheet of nothing.
    #[error("got 0 pictures for a contact sheet, expected at least 1")]
    NoPictures,

    /// A picture without pixels, or with too few or too many.
    #[error("a picture has {got} values, expected {} for \
        {channels}x{height}x{width}", channels.saturating_mul(*height).saturating_mul(*width))]
    Picture {
        /// Its values.
        got: usize,
        /// Values a pixel.
        channels: usize,
        /// Rows.
        height: usize,
        /// Columns.
        width: usize,
    },

    /// Weights that are not those of whole units.
    #[error(
        "got {got} weights, expected a multiple of {channels}x{height}x{width}, and at least that"
    )]
    Weights {
        /// Their number.
        got: usize,
        /// Values a pixel.
        channels: usize,
        /// Rows.
        height: usize,
        /// Columns.
        width: usize,
    },

    /// A comparison of nothing with nothing.
    #[error("got {0} run(s) to compare, expected at least 2")]
    Runs(usize),

    /// A run's configuration that is no TOML.
    #[error("the configuration of run {run:?} is no TOML: {message}")]
    Config {
        /// The run's name.
        run: String,
        /// What is wrong with it, and where.
        message: String,
    },

    /// Statistics that cannot be computed.
    #[error(transparent)]
    Eval(#[from] zunder_eval::EvalError),

    /// A picture that cannot be drawn or encoded.
    #[error("the plot cannot be drawn: {0}")]
    Plot(String),
}

impl ReportError {
    /// What to do about it, where there is something to say beyond the message.
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
