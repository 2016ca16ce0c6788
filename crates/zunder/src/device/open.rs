//! Opens devices, each once per process.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use burn::tensor::Device;

use super::Adapter;
#[cfg(any(
    feature = "flex",
    feature = "ndarray",
    feature = "remote",
    feature = "wgpu",
    feature = "cuda",
    feature = "rocm"
))]
use super::Backend;
use super::name::DeviceName;
use crate::RunError;

/// A device that is ready to compute.
#[derive(Clone)]
pub(crate) struct Opened {
    pub device: Device,
    pub adapter: Adapter,
}

/// Devices that this process has opened. Burn opens each once, and the lock prevents two threads
/// from opening devices at the same time, which some drivers do not support.
static OPENED: Mutex<BTreeMap<DeviceName, Opened>> = Mutex::new(BTreeMap::new());

/// Opens the device with a name, or returns it if it is open.
pub(crate) fn open(text: &str) -> Result<Opened, RunError> {
    #[cfg(feature = "remote")]
    if Backend::of(text) == Some(Backend::Remote) {
        return super::remote::open(text);
    }
    let name = DeviceName::parse(text)?;
    // Only complete entries are written under the lock, so a panic leaves the map consistent.
    let mut all = OPENED.lock().unwrap_or_else(PoisonError::into_inner);
    let unusable = |problem: String| RunError::DeviceUnusable { got: text.to_owned(), problem };
    let name = resolve(name).map_err(unusable)?;
    if let Some(opened) = all.get(&name) {
        return Ok(opened.clone());
    }
    let opened = open_new(name).map_err(unusable)?;
    all.insert(name, opened.clone());
    Ok(opened)
}

/// Makes the work of this thread depend on the connection of an open device, if it is remote: see
/// [`guard`](crate::remote::guard).
#[cfg(feature = "remote")]
pub(crate) use super::remote::use_device;

/// Without remote devices, nothing depends on a connection.
#[cfg(not(feature = "remote"))]
#[allow(clippy::unnecessary_wraps, reason = "a connection can fail")]
pub(crate) fn use_device(_: &Device) -> Result<(), RunError> {
    Ok(())
}

/// Resolves all names of a device to one.
#[cfg_attr(
    not(feature = "wgpu"),
    allow(clippy::unnecessary_wraps, reason = "only names of graphics processors can be wrong")
)]
fn resolve(name: DeviceName) -> Result<DeviceName, String> {
    match name.backend {
        #[cfg(feature = "wgpu")]
        Backend::Metal | Backend::Vulkan | Backend::Wgpu => super::graphics::resolve(name),
        _ => Ok(name),
    }
}

fn open_new(name: DeviceName) -> Result<Opened, String> {
    match name.backend {
        #[cfg(feature = "flex")]
        Backend::Flex => Ok(processor(Device::flex())),
        #[cfg(feature = "ndarray")]
        #[allow(
            deprecated,
            reason = "burn-ndarray is deprecated in favour of flex; it is offered for comparison"
        )]
        Backend::Ndarray => Ok(processor(Device::ndarray())),
        #[cfg(feature = "wgpu")]
        Backend::Metal | Backend::Vulkan | Backend::Wgpu => super::graphics::open(name),
        #[cfg(any(feature = "cuda", feature = "rocm"))]
        Backend::Cuda | Backend::Rocm => super::indexed::open(name),
        #[allow(unreachable_patterns, reason = "a build with every backend has no other")]
        _ => Err("it is not in this build".to_owned()),
    }
}

#[cfg(any(feature = "flex", feature = "ndarray"))]
fn processor(device: Device) -> Opened {
    let name = super::processor_name().unwrap_or_else(|| std::env::consts::ARCH.to_owned());
    Opened { device, adapter: Adapter { name, kind: super::AdapterKind::Cpu, driver: None } }
}
