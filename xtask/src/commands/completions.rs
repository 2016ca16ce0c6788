//! The command `completions`: prints completions for a shell.

use std::process::ExitCode;

use clap::Args;
use clap_complete::{Shell, generate};

use crate::output::stdout;

/// Print the completions of commands and flags for a shell
///
/// They are those of the installed program `zunder` (cargo install --path xtask).
///
/// bash: zunder completions bash > ~/.local/share/bash-completion/completions/zunder
/// fish: zunder completions fish > ~/.config/fish/completions/zunder.fish
/// zsh:  zunder completions zsh > _zunder, into a folder of $fpath
#[derive(Args)]
#[command(verbatim_doc_comment)]
pub struct Completions {
    /// The shell
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

impl Completions {
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let mut script = Vec::new();
        generate(self.shell, &mut crate::command(), "zunder", &mut script);
        stdout::text(String::from_utf8(script)?.trim_end());
        Ok(ExitCode::SUCCESS)
    }
}
