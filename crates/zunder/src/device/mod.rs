//! Where to compute: the devices of this build by name, opened before anything is trained on them.

mod adapter;
#[cfg(any(feature = "cuda", feature = "rocm", feature = "wgpu"))]
mod attempt;
mod backend;
#[cfg(feature = "wgpu")]
mod graphics;
#[cfg(any(feature = "cuda", feature = "rocm"))]
mod indexed;
mod list;
mod name;
mod open;

use burn::tensor::Device;

pub use adapter::{Adapter, AdapterKind};
pub use backend::Backend;
pub use list::{DeviceEntry, devices};
pub(crate) use open::{Opened, open};

use crate::RunError;

/// The names of the backends in this build, the preferred one first: each names its best device.
pub fn compiled_in() -> Vec<String> {
    Backend::compiled_in().map(|backend| backend.name().to_owned()).collect()
}

/// The program in the words that a user of this build types: cargo's alias, or the installed
/// binary.
pub fn program() -> &'static str {
    // Cargo tells what it runs; an installed program may itself be run by another one of Cargo's.
    let by_alias = std::env::var_os("CARGO").is_some()
        && std::env::var_os("CARGO_PKG_NAME").is_some_and(|name| name == "zunder-launcher");
    match Backend::compiled_in().next() {
        Some(backend) if by_alias => backend.alias(),
        _ => "zunder",
    }
}

/// The device with a name, as `--device` takes it, ready to compute.
///
/// | name | device |
/// |---|---|
/// | `flex`, `ndarray` | the processor, by one backend or the other |
/// | `wgpu`, `vulkan`, `metal` | the most powerful graphics processor |
/// | `wgpu:1` | the second one that [`devices`] lists; `vulkan:1`, `metal:1` likewise |
/// | `wgpu:discrete:1`, `wgpu:integrated`, `wgpu:virtual` | the second discrete one; the first of a kind |
/// | `wgpu:cpu` | a driver that computes on the processor |
/// | `cuda`, `cuda:1`, `rocm:1` | the first, the second of NVIDIA's or AMD's |
///
/// A graphics processor computes one sum before it counts as ready, so a missing driver or compiler
/// shows here and not on the way.
///
/// ```
/// let best = &zunder::compiled_in()[0];
/// let device = zunder::device(best)?;
/// let error = zunder::device("abacus").unwrap_err();
/// assert!(error.to_string().starts_with("device \"abacus\" is not in this build, expected one of "));
/// # Ok::<(), zunder::RunError>(())
/// ```
///
/// # Errors
/// [`RunError::Device`] for a backend that is not in this build, [`RunError::DeviceName`] for a
/// name that no device can have, [`RunError::DeviceUnusable`] if there is no such device or it does
/// not work.
pub fn device(name: &str) -> Result<Device, RunError> {
    open(name).map(|opened| opened.device)
}
