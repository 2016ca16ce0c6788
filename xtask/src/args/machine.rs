//! The flags of the machine: device and threads.

use clap::Args;

use crate::settings::Settings;

/// Device and threads.
#[derive(Args)]
#[command(next_help_heading = "Machine")]
pub struct MachineArgs {
    /// Such as flex, wgpu or cuda:1; `devices` lists them
    ///
    /// The device to compute on. `devices` also lists builds with more devices [default: the first
    /// one listed].
    #[arg(long, value_name = "NAME")]
    pub device: Option<String>,
    /// Threads that compute [default: one per processor]
    ///
    /// The results do not depend on it.
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,
}

impl MachineArgs {
    /// Adds the flags to the settings.
    pub fn lay(&self, settings: &mut Settings) {
        settings.text("--device", "device", self.device.as_deref());
        settings.integer("--threads", "threads", self.threads.map(|n| n as u64));
    }
}
