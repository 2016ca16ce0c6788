//! The flags of the machine: devices and threads.

use clap::Args;
use toml::Value;

use crate::settings::Settings;

/// Several devices.
#[derive(Args)]
#[command(next_help_heading = "Machine")]
pub struct DevicesArgs {
    /// Several devices, each with a batch of an update, such as cuda:0,cuda:1
    ///
    /// Batch k of the --accumulate batches of an update runs on device k mod n. The first device
    /// keeps the weights; the others get them for each update, and send gradients back.
    #[arg(long, value_name = "A,B", value_delimiter = ',', conflicts_with = "device")]
    #[arg(hide_short_help = true)]
    pub devices: Option<Vec<String>>,
}

impl DevicesArgs {
    /// Adds the flag to the settings.
    pub fn lay(&self, settings: &mut Settings) {
        let names = self.devices.iter().flatten().cloned().map(Value::String).collect();
        settings.set("--devices", "devices", self.devices.as_ref().map(|_| Value::Array(names)));
    }
}

/// Device and threads.
#[derive(Args)]
#[command(next_help_heading = "Machine")]
pub struct MachineArgs {
    /// Such as flex, wgpu or cuda:1; `devices` lists them
    ///
    /// The device to compute on. `devices` also lists builds with more devices. The device of a
    /// server is remote:HOST:PORT [default: the first one listed].
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
