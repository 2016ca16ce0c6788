//! Parses the names of devices.

use std::fmt;

use super::Backend;
use crate::RunError;

/// The name of a device: a backend and one of its devices.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct DeviceName {
    pub backend: Backend,
    pub place: Place,
}

/// One of a backend's devices. Each kind counts from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    /// The only device, or the most powerful one.
    Best,
    /// The device with this index among all.
    Nth(usize),
    /// The GPU with this index among those with their own memory.
    Discrete(usize),
    /// The GPU with this index among those that share the memory of the CPU.
    Integrated(usize),
    /// The GPU with this index among those of a virtual machine.
    Virtual(usize),
    /// A driver that computes on the CPU.
    Cpu,
}

impl DeviceName {
    /// Parses a name such as `flex`, `cuda:1` or `wgpu:integrated:0`.
    pub(super) fn parse(text: &str) -> Result<Self, RunError> {
        let missing =
            || RunError::Device { got: text.to_owned(), compiled_in: crate::compiled_in() };
        let backend =
            Backend::of(text).filter(|backend| backend.is_compiled_in()).ok_or_else(missing)?;
        let words: Vec<&str> = text.split(':').skip(1).collect();
        let place = match backend {
            Backend::Flex | Backend::Ndarray => words.is_empty().then_some(Place::Best),
            Backend::Cuda | Backend::Rocm => Place::of_indexed(&words),
            Backend::Metal | Backend::Vulkan | Backend::Wgpu => Place::of_graphics(&words),
            // `open` has taken the names with an address.
            Backend::Remote => None,
        };
        let expected = match backend {
            Backend::Flex | Backend::Ndarray => "NAME alone",
            Backend::Cuda | Backend::Rocm => "NAME or NAME:0, NAME:1, ...",
            Backend::Metal | Backend::Vulkan | Backend::Wgpu => {
                "NAME, NAME:0 (the first that is listed), NAME:discrete, NAME:integrated:1, \
                 NAME:virtual or NAME:cpu"
            }
            Backend::Remote => "NAME:HOST:PORT",
        };
        let refused = || RunError::DeviceName {
            got: text.to_owned(),
            expected: expected.replace("NAME", backend.name()),
        };
        Ok(Self { backend, place: place.ok_or_else(refused)? })
    }
}

impl Place {
    fn of_indexed(words: &[&str]) -> Option<Self> {
        match words {
            [] => Some(Self::Best),
            [n] => index(n).map(Self::Nth),
            _ => None,
        }
    }

    fn of_graphics(words: &[&str]) -> Option<Self> {
        let (kind, n) = match words {
            ["cpu"] => return Some(Self::Cpu),
            [kind @ ("discrete" | "integrated" | "virtual")] => (*kind, 0),
            [kind, n] => (*kind, index(n)?),
            _ => return Self::of_indexed(words),
        };
        match kind {
            "discrete" => Some(Self::Discrete(n)),
            "integrated" => Some(Self::Integrated(n)),
            "virtual" => Some(Self::Virtual(n)),
            _ => None,
        }
    }
}

/// Parses an index, of which Burn keeps at most 16 bits.
fn index(text: &str) -> Option<usize> {
    text.bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| text.parse::<u8>().ok())?
        .map(usize::from)
}

impl fmt::Display for DeviceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.backend.name();
        match self.place {
            Place::Best => write!(f, "{name}"),
            Place::Nth(n) => write!(f, "{name}:{n}"),
            Place::Discrete(n) => write!(f, "{name}:discrete:{n}"),
            Place::Integrated(n) => write!(f, "{name}:integrated:{n}"),
            Place::Virtual(n) => write!(f, "{name}:virtual:{n}"),
            Place::Cpu => write!(f, "{name}:cpu"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_of_graphics_processors() {
        let place = |text: &str| Place::of_graphics(&text.split(':').skip(1).collect::<Vec<_>>());
        for (text, expected) in [
            ("wgpu", Place::Best),
            ("wgpu:0", Place::Nth(0)),
            ("wgpu:12", Place::Nth(12)),
            ("wgpu:discrete", Place::Discrete(0)),
            ("wgpu:discrete:2", Place::Discrete(2)),
            ("wgpu:integrated:1", Place::Integrated(1)),
            ("wgpu:virtual", Place::Virtual(0)),
            ("wgpu:cpu", Place::Cpu),
        ] {
            assert_eq!(place(text), Some(expected), "{text}");
        }
        for text in [
            "wgpu:",
            "wgpu:-1",
            "wgpu:+1",
            "wgpu:256",
            "wgpu:fast",
            "wgpu:fast:1",
            "wgpu:cpu:0",
            "wgpu:discrete:x",
            "wgpu:discrete:1:1",
        ] {
            assert_eq!(place(text), None, "{text}");
        }
    }

    #[test]
    fn places_of_numbered_devices() {
        let place = |text: &str| Place::of_indexed(&text.split(':').skip(1).collect::<Vec<_>>());
        assert_eq!([place("cuda"), place("cuda:3")], [Some(Place::Best), Some(Place::Nth(3))]);
        assert_eq!([place("cuda:"), place("cuda:cpu"), place("cuda:1:1")], [None; 3]);
    }

    #[cfg(feature = "flex")]
    #[test]
    fn names_are_read_and_written_alike() {
        assert_eq!(DeviceName::parse("flex").unwrap().to_string(), "flex");
        let refused = |name: &str| DeviceName::parse(name).unwrap_err().to_string();
        assert_eq!(
            refused("flex:0"),
            "device \"flex:0\" is not a device's name, expected flex alone"
        );
        assert!(
            refused("abacus")
                .starts_with("device \"abacus\" is not in this build, expected one of flex")
        );
        assert!(refused("").starts_with("device \"\" is not in this build"));
    }
}
