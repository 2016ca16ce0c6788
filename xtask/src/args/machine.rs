//! Where to compute.

use clap::Args;

use crate::settings::Settings;

/// Device and threads.
#[derive(Args)]
#[command(next_help_heading = "Machine")]
pub struct MachineArgs {
    /// Such as flex, wgpu or cuda:1; `devices` lists them
    ///
    /// Where to compute; `devices` also says which builds have more [default: the first that it
    /// lists].
    #[arg(long, value_name = "NAME")]
    pub device: Option<String>,
    /// Threads of the matrix products [default: one a processor]
    ///
    /// Results do not depend on it.
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,
}

impl MachineArgs {
    /// Lays the flags over settings.
    pub fn lay(&self, settings: &mut Settings) {
        settings.text("--device", "device", self.device.as_deref());
        settings.integer("--threads", "threads", self.threads.map(|n| n as u64));
    }
}
