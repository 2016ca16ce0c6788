use serde::Serialize;

use super::name::{DeviceName, Place};
use super::{Adapter, Backend, open};

/// A device of this build, and whether it can be used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct DeviceEntry {
    /// Its name, as `--device` takes it.
    pub name: String,
    /// What computes, if it can be used.
    pub adapter: Option<Adapter>,
    /// Why it cannot be used, if so.
    pub problem: Option<String>,
}

/// The devices of this build, the preferred backend's first. Each is opened, which takes a moment.
///
/// A backend that finds no device has one entry, which says why.
pub fn devices() -> Vec<DeviceEntry> {
    Backend::compiled_in()
        .flat_map(|backend| {
            places(backend).into_iter().map(move |place| entry(DeviceName { backend, place }))
        })
        .collect()
}

/// Those that a backend finds, or its best one, which then has the reason why not.
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
