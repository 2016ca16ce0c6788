use std::fmt;

use serde::Serialize;

/// What computes: a processor, or what a driver offers as a graphics processor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Adapter {
    /// What it calls itself.
    pub name: String,
    /// What it is.
    pub kind: AdapterKind,
    /// The interface and the driver, if they are known.
    pub driver: Option<String>,
}

/// What computes behind a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum AdapterKind {
    /// The processor.
    Cpu,
    /// A graphics processor with memory of its own.
    Discrete,
    /// A graphics processor that shares the processor's memory.
    Integrated,
    /// A graphics processor as a virtual machine shows it.
    Virtual,
    /// A driver that computes on the processor.
    Software,
    /// A graphics processor that does not say more.
    Gpu,
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
        })
    }
}

/// The processor's name, where the system tells it in a file.
pub(crate) fn processor_name() -> Option<String> {
    let text = std::fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}
