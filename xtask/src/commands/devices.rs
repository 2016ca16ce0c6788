//! The command `devices`: lists devices.

use std::process::ExitCode;

use clap::Args;
use serde_json::json;
use zunder::{Backend, DeviceEntry};

use crate::output::stdout;

/// List the devices for --device, and the builds that have more
#[derive(Args)]
pub struct Devices {
    /// List the devices of a server, which `serve-device` started, instead
    #[arg(long, value_name = "HOST:PORT")]
    remote: Option<String>,
    /// Print the list as JSON
    #[arg(long)]
    json: bool,
}

impl Devices {
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let devices = match &self.remote {
            Some(address) => of_server(address)?,
            None => zunder::devices(),
        };
        let is_absent = |backend: &Backend| self.remote.is_none() && !backend.is_compiled_in();
        let absent = Backend::ALL.into_iter().filter(is_absent);
        if self.json {
            let absent: Vec<_> = absent
                .map(|backend| json!({ "backend": backend.name(), "alias": backend.alias() }))
                .collect();
            let record = json!({ "devices": devices, "not_in_this_build": absent });
            stdout::json(&serde_json::to_string_pretty(&record)?);
            return Ok(ExitCode::SUCCESS);
        }
        let width = devices.iter().map(|device| device.name.len()).max().unwrap_or(0).max(8);
        for device in &devices {
            say!("{:<width$}  {}", device.name, description(device));
        }
        if self.remote.is_none() {
            say!("");
        }
        for backend in absent {
            say!("{:<width$}  not in this build: {} has it", backend.name(), backend.alias());
        }
        Ok(ExitCode::SUCCESS)
    }
}

#[cfg(feature = "remote")]
fn of_server(address: &str) -> Result<Vec<DeviceEntry>, zunder::RunError> {
    zunder::remote_devices(address)
}

#[cfg(not(feature = "remote"))]
fn of_server(_: &str) -> Result<Vec<DeviceEntry>, zunder::RunError> {
    Err(super::not_in_this_program("devices --remote"))
}

fn description(device: &DeviceEntry) -> String {
    match (&device.adapter, &device.problem) {
        (Some(adapter), _) => format!("{:<14}  {adapter}", adapter.kind),
        (None, problem) => format!("cannot be used: {}", problem.as_deref().unwrap_or("unknown")),
    }
}
