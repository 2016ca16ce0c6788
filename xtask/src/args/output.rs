//! What to print, and what to show.

use clap::Args;

/// What to print.
#[derive(Args)]
#[command(next_help_heading = "Output")]
pub struct OutputArgs {
    /// No dashboard: one line an epoch, as when redirected
    #[arg(long)]
    pub plain: bool,
    /// Only the result
    #[arg(long)]
    pub quiet: bool,
    /// Only the result, as JSON
    #[arg(long)]
    pub json: bool,
}

/// Whether to show what was written.
#[derive(Args)]
#[command(next_help_heading = "Output")]
pub struct OpenArgs {
    /// Open the page in the browser at the end
    ///
    /// Once the command has written it, by the programs that $BROWSER names, else by the system's
    /// own opener. Where there is none, a line on standard error says so, and nothing else changes.
    #[arg(long)]
    pub open: bool,
}
