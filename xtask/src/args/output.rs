//! The flags of the output.

use clap::Args;

/// What is printed.
#[derive(Args)]
#[command(next_help_heading = "Output")]
pub struct OutputArgs {
    /// No dashboard: one line per epoch, as when redirected
    #[arg(long)]
    pub plain: bool,
    /// Print only the result
    #[arg(long)]
    pub quiet: bool,
    /// Print only the result, as JSON
    #[arg(long)]
    pub json: bool,
}

/// Whether to open the page that was written.
#[derive(Args)]
#[command(next_help_heading = "Output")]
pub struct OpenArgs {
    /// Open the page in the browser at the end
    ///
    /// The page is opened by the programs that $BROWSER names, else by the system's own opener. If
    /// there is none, a message on standard error says so; the exit code does not change.
    #[arg(long)]
    pub open: bool,
}
