//! Lists the devices of this build.

use serde::Serialize;

use super::name::{DeviceName, Place};
use super::{Adapter, Backend, open};

/// A device of this build, and whether it can be used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct DeviceEntry {
    /// Name as in `--device`.
    pub name: String,
    /// Hardware, if the device can be used.
    pub adapter: Option<Adapter>,
    /// Reason why it cannot be used.
    pub problem: Option<String>,
}

/// Returns the devices of this build, those of the preferred backend first. Opens each, which takes
/// a moment.
///
/// A backend that finds no device has one entry with the reason. Devices of servers are not among
/// them.
pub fn devices() -> Vec<DeviceEntry> {
    Backend::compiled_in()
        .filter(|backend| *backend != Backend::Remote)
        .flat_map(|backend| {
            places(backend).into_iter().map(move |place| entry(DeviceName { backend, place }))
        })
        .collect()
}

/// Returns the devices that a backend finds, or its best one, whose entry then has the reason.
fn places(backend: Backend) -> Vec<Place> {
    let found = match backend {
        #[cfg(feature = "wgpu")]
        Backend::Metal | Backend::Vulkan | Backend::Wgpu => super::graphics::places(backend),
        #[cfg(any(feature = "cuda", feature = "rocm"))]
        Backend::Cuda | Backend::Rocm => {
            (0..super::indexed::count(backend).unwrap_or(0)).map(Place::Nth).collect()
        }
        _ => Vec::new(),
    };
    if found.is_empty() { vec![Place::Best] } else { found }
}

fn entry(name: DeviceName) -> DeviceEntry {
    let name = name.to_string();
    let opened = open(&name);
    let problem = opened.as_ref().err().map(|error| match error {
        crate::RunError::DeviceUnusable { problem, .. } => problem.clone(),
        error => error.to_string(),
    });
    DeviceEntry { name, adapter: opened.ok().map(|opened| opened.adapter), problem }
}

#[cfg(feature = "remote")]
impl DeviceEntry {
    pub(super) fn usable(name: String, adapter: Adapter) -> Self {
        Self { name, adapter: Some(adapter), problem: None }
    }

    pub(super) fn unusable(name: String, problem: String) -> Self {
        Self { name, adapter: None, problem: Some(problem) }
    }
}
