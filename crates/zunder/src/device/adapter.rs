//! The hardware behind a device.

use std::fmt;

use serde::Serialize;

/// Hardware that computes: a processor, or a graphics adapter of a driver.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Adapter {
    /// Name that the driver or the system reports.
    pub name: String,
    /// Kind of hardware.
    pub kind: AdapterKind,
    /// Interface and driver, if known.
    pub driver: Option<String>,
}

/// The kind of an adapter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum AdapterKind {
    /// A CPU.
    Cpu,
    /// A GPU with its own memory.
    Discrete,
    /// A GPU that shares the memory of the CPU.
    Integrated,
    /// A GPU of a virtual machine.
    Virtual,
    /// A driver that computes on the CPU.
    Software,
    /// A GPU of unknown kind.
    Gpu,
    /// A device of another process or machine.
    Remote,
}

impl fmt::Display for Adapter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        self.driver.iter().try_for_each(|driver| write!(f, ", {driver}"))
    }
}

impl fmt::Display for AdapterKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Cpu => "CPU",
            Self::Discrete => "discrete GPU",
            Self::Integrated => "integrated GPU",
            Self::Virtual => "virtual GPU",
            Self::Software => "software GPU",
            Self::Gpu => "GPU",
            Self::Remote => "remote",
        })
    }
}

/// Returns the name of the processor, if the system provides it in a file.
pub(crate) fn processor_name() -> Option<String> {
    let text = std::fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}
