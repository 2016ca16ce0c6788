//! Devices of this build by name, opened before anything is computed on them.

mod adapter;
#[cfg(any(feature = "cuda", feature = "remote", feature = "rocm", feature = "wgpu"))]
mod attempt;
#[cfg(feature = "wgpu")]
mod graphics;
#[cfg(any(feature = "cuda", feature = "rocm"))]
mod indexed;
mod list;
mod name;
mod open;
#[cfg(feature = "remote")]
mod remote;
#[cfg(feature = "remote")]
mod serve;

use burn::tensor::Device;

pub(crate) use adapter::processor_name;
pub use adapter::{Adapter, AdapterKind};
pub use list::{DeviceEntry, devices};
pub(crate) use open::{Opened, open, use_device};
#[cfg(feature = "remote")]
pub use remote::remote_devices;
#[cfg(feature = "remote")]
pub use serve::{ServeConfig, ServeEvent, serve_device};

use crate::RunError;
use crate::backend::Backend;

/// Opens the device with a name, as in `--device`.
///
/// | name | device |
/// |---|---|
/// | `flex`, `ndarray` | the CPU, with one backend or the other |
/// | `wgpu`, `vulkan`, `metal` | the most powerful GPU |
/// | `wgpu:1` | the second GPU in [`devices`]; `vulkan:1`, `metal:1` likewise |
/// | `wgpu:discrete:1`, `wgpu:integrated` | the second discrete GPU; the first integrated one |
/// | `wgpu:virtual` | the first GPU of a virtual machine |
/// | `wgpu:cpu` | a driver that computes on the CPU |
/// | `cuda`, `cuda:1`, `rocm:1` | the first or the second GPU of NVIDIA or AMD |
/// | `remote:HOST:PORT`, `remote:[fd00::7]:4400:1` | the first or the second device of a server |
///
/// A GPU or a server computes one sum when it is opened, so that a missing driver or compiler is
/// found at once. Runs limit the time that they wait for a server; Burn itself waits without a
/// limit.
///
/// ```
/// let best = &zunder::compiled_in()[0];
/// let device = zunder::device(best)?;
/// let error = zunder::device("abacus").unwrap_err();
/// let message = error.to_string();
/// assert!(message.starts_with("device \"abacus\" is not in this build, expected one of "));
/// # Ok::<(), zunder::RunError>(())
/// ```
///
/// # Errors
/// Returns [`RunError::Device`] if the backend is not in this build, [`RunError::DeviceName`] if
/// the name is malformed, and [`RunError::DeviceUnusable`] if there is no such device or it does
/// not work. For a device of a server returns [`RunError::DeviceUnreachable`], and the errors of
/// the token in the environment.
pub fn device(name: &str) -> Result<Device, RunError> {
    open(name).map(|opened| opened.device)
}
