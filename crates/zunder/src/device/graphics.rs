//! Graphics adapters of wgpu, identified by kind and index within the kind.

use burn::tensor::wgpu::{WgpuBackend, WgpuInitError, wgpu};
use burn::tensor::{Device, DeviceKind, DeviceType};

use super::attempt::{attempt, compute};
use super::name::{DeviceName, Place};
use super::{Adapter, AdapterKind, Backend, Opened};

/// Limit on the adapters of a kind, above the number in any machine.
const MOST: usize = 16;

/// Resolves a name to one with a kind; the n-th of all adapters is a shorthand.
pub(super) fn resolve(name: DeviceName) -> Result<DeviceName, String> {
    let Place::Nth(n) = name.place else { return Ok(name) };
    let places = places(name.backend);
    let place = places.get(n).copied().ok_or_else(|| match places.len() {
        0 => "this machine has none".to_owned(),
        found => format!("there are {found} on this machine, counted from 0"),
    })?;
    Ok(DeviceName { place, ..name })
}

/// Returns the adapters that a backend finds, in its order.
pub(super) fn places(backend: Backend) -> Vec<Place> {
    let kinds =
        (0..MOST).flat_map(|n| [Place::Discrete(n), Place::Integrated(n), Place::Virtual(n)]);
    let known: Vec<(Place, Device)> =
        kinds.chain([Place::Cpu]).map(|place| (place, unopened(backend, kind(place)))).collect();
    let device_type = match backend {
        #[cfg(feature = "metal")]
        Backend::Metal => DeviceType::Metal,
        #[cfg(feature = "vulkan")]
        Backend::Vulkan => DeviceType::Vulkan,
        _ => DeviceType::Wgpu,
    };
    let found = attempt(|| Ok(Device::enumerate(device_type).into_vec())).unwrap_or_default();
    found
        .iter()
        .filter_map(|device| known.iter().find(|(_, known)| known == device))
        .map(|(place, _)| *place)
        .collect()
}

/// Returns Burn's name for a device. Calls no driver.
fn unopened(backend: Backend, kind: DeviceKind) -> Device {
    match backend {
        #[cfg(feature = "metal")]
        Backend::Metal => Device::metal(kind),
        #[cfg(feature = "vulkan")]
        Backend::Vulkan => Device::vulkan(kind),
        _ => Device::wgpu(kind),
    }
}

fn kind(place: Place) -> DeviceKind {
    match place {
        Place::Discrete(n) => DeviceKind::DiscreteGpu(n),
        Place::Integrated(n) => DeviceKind::IntegratedGpu(n),
        Place::Virtual(n) => DeviceKind::VirtualGpu(n),
        Place::Cpu => DeviceKind::Cpu,
        Place::Best | Place::Nth(_) => DeviceKind::DefaultDevice,
    }
}

/// Opens a device that has not been opened before.
pub(super) fn open(name: DeviceName) -> Result<Opened, String> {
    let api = match name.backend {
        Backend::Metal => WgpuBackend::Metal,
        Backend::Vulkan => WgpuBackend::Vulkan,
        _ => WgpuBackend::Auto,
    };
    attempt(|| {
        let options = Device::wgpu_options().device_kind(kind(name.place)).graphics_api(api);
        let (device, setup) = options.init_with_setup().map_err(reason)?;
        compute(&device)?;
        Ok(Opened { device, adapter: describe(&setup.adapter.get_info()) })
    })
}

/// Returns the reason of an error without Burn's name for the device.
fn reason(error: WgpuInitError) -> String {
    match error {
        WgpuInitError::AdapterUnavailable { message, .. } => message,
        error => error.to_string(),
    }
}

fn describe(info: &wgpu::AdapterInfo) -> Adapter {
    let kind = match info.device_type {
        wgpu::DeviceType::DiscreteGpu => AdapterKind::Discrete,
        wgpu::DeviceType::IntegratedGpu => AdapterKind::Integrated,
        wgpu::DeviceType::VirtualGpu => AdapterKind::Virtual,
        wgpu::DeviceType::Cpu => AdapterKind::Software,
        wgpu::DeviceType::Other => AdapterKind::Gpu,
    };
    let driver = [&info.driver, &info.driver_info]
        .map(|part| part.trim())
        .into_iter()
        .filter(|part| !part.is_empty());
    let driver = std::iter::once(info.backend.to_string())
        .chain(driver.map(str::to_owned))
        .collect::<Vec<_>>()
        .join(" ");
    Adapter { name: info.name.clone(), kind, driver: Some(driver) }
}
