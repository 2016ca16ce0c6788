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
    #[error("a picture has {got} values, expected {} for {channels}x{height}x{width}", channels.saturating_mul(*height).saturating_mul(*width))]
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

    /// The plotting library failed.
    #[error("the plot cannot be drawn: {0}")]
    Plot(String),
}

impl ReportError {
    /// What to do about it, where there is something to say beyond the message.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NoEpochs => Some("the run stopped before its first epoch ended; resume it"),
            Self::NoPictures | Self::Picture { .. } | Self::Plot(_) => None,
        }
    }
}
