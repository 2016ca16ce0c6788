//! GPUs by index, through the interface of their manufacturer.

use burn::tensor::{Device, DeviceType};

use super::attempt::{attempt, compute};
use super::name::{DeviceName, Place};
use super::{Adapter, AdapterKind, Backend, Opened};

/// Returns the number of devices that a backend finds.
pub(super) fn count(backend: Backend) -> Result<usize, String> {
    attempt(|| {
        let devices = match backend {
            #[cfg(feature = "cuda")]
            Backend::Cuda => Device::enumerate(DeviceType::Cuda),
            #[cfg(feature = "rocm")]
            Backend::Rocm => Device::enumerate(DeviceType::Rocm),
            _ => return Err("it is not in this build".to_owned()),
        };
        Ok(devices.len())
    })
}

/// Opens a device.
pub(super) fn open(name: DeviceName) -> Result<Opened, String> {
    let index = if let Place::Nth(n) = name.place { n } else { 0 };
    match count(name.backend)? {
        0 => return Err("this machine has none, or its driver does not respond".to_owned()),
        found if index >= found => {
            return Err(format!("there are {found} on this machine, counted from 0"));
        }
        _ => {}
    }
    attempt(|| {
        let device = match name.backend {
            #[cfg(feature = "cuda")]
            Backend::Cuda => Device::cuda(index),
            #[cfg(feature = "rocm")]
            Backend::Rocm => Device::rocm(index),
            _ => return Err("it is not in this build".to_owned()),
        };
        compute(&device)?;
        let adapter = device.identity().map_or_else(|| name.to_string(), |identity| identity.name);
        Ok(Opened {
            device,
            adapter: Adapter { name: adapter, kind: AdapterKind::Gpu, driver: None },
        })
    })
}
