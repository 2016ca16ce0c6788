//! Where to compute: the devices of this build by name, opened before anything is trained on them.

mod adapter;
#[cfg(any(feature = "cuda", feature = "rocm", feature = "wgpu"))]
mod attempt;
#[cfg(feature = "wgpu")]
mod graphics;
#[cfg(any(feature = "cuda", feature = "rocm"))]
mod indexed;
mod list;
mod name;
mod open;

use burn::tensor::Device;

pub(crate) use adapter::processor_name;
pub use adapter::{Adapter, AdapterKind};
pub use list::{DeviceEntry, devices};
pub(crate) use open::{Opened, open};

use crate::RunError;
use crate::backend::Backend;

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
