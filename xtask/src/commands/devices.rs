//! The command `devices`: lists devices.

use std::process::ExitCode;

use clap::Args;
use serde_json::json;
use zunder::{Backend, DeviceEntry};

use crate::output::stdout;

/// List the devices for --device, and the builds that have more
#[derive(Args)]
pub struct Devices {
    /// Print the list as JSON
    #[arg(long)]
    json: bool,
}

impl Devices {
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let devices = zunder::devices();
        let absent = Backend::ALL.into_iter().filter(|backend| !backend.is_compiled_in());
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
        say!("");
        for backend in absent {
            say!("{:<width$}  not in this build: {} has it", backend.name(), backend.alias());
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn description(device: &DeviceEntry) -> String {
    match (&device.adapter, &device.problem) {
        (Some(adapter), _) => format!("{:<14}  {adapter}", adapter.kind),
        (None, problem) => format!("cannot be used: {}", problem.as_deref().unwrap_or("unknown")),
    }
}
