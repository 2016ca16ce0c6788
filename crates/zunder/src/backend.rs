//! Burn's backends by name, and those that this build contains.

/// A backend of Burn, enabled by the cargo feature of the same name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Backend {
    /// burn-flex: computes on the CPU.
    Flex,
    /// burn-ndarray: computes on the CPU with the crate ndarray.
    Ndarray,
    /// burn-cuda: computes on NVIDIA GPUs.
    Cuda,
    /// burn-rocm: computes on AMD GPUs.
    Rocm,
    /// burn-wgpu restricted to Metal: computes on Apple GPUs with Metal's shader language.
    Metal,
    /// burn-wgpu restricted to Vulkan, with SPIR-V shaders.
    Vulkan,
    /// burn-wgpu: computes on any GPU with WGSL shaders.
    Wgpu,
    /// burn-remote: sends the computation to another process or machine.
    Remote,
}

impl Backend {
    /// All backends, the preferred ones first.
    pub const ALL: [Self; 8] = [
        Self::Flex,
        Self::Ndarray,
        Self::Cuda,
        Self::Rocm,
        Self::Metal,
        Self::Vulkan,
        Self::Wgpu,
        Self::Remote,
    ];

    /// Returns the name: that of the cargo feature and of the backend's best device. Devices of
    /// `remote` have an address behind it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Flex => "flex",
            Self::Ndarray => "ndarray",
            Self::Cuda => "cuda",
            Self::Rocm => "rocm",
            Self::Metal => "metal",
            Self::Vulkan => "vulkan",
            Self::Wgpu => "wgpu",
            Self::Remote => "remote",
        }
    }

    /// Returns cargo's alias for a build with the backend.
    pub const fn alias(self) -> &'static str {
        match self {
            Self::Flex => "cargo xtask",
            Self::Ndarray => "cargo xtask-ndarray",
            Self::Cuda => "cargo xtask-cuda",
            Self::Rocm => "cargo xtask-rocm",
            Self::Metal => "cargo xtask-metal",
            Self::Vulkan => "cargo xtask-vulkan",
            Self::Wgpu => "cargo xtask-wgpu",
            Self::Remote => "cargo xtask-remote",
        }
    }

    /// Returns true if this build contains the backend.
    pub const fn is_compiled_in(self) -> bool {
        match self {
            Self::Flex => cfg!(feature = "flex"),
            Self::Ndarray => cfg!(feature = "ndarray"),
            Self::Cuda => cfg!(feature = "cuda"),
            Self::Rocm => cfg!(feature = "rocm"),
            Self::Metal => cfg!(feature = "metal"),
            Self::Vulkan => cfg!(feature = "vulkan"),
            Self::Wgpu => cfg!(feature = "wgpu"),
            Self::Remote => cfg!(feature = "remote"),
        }
    }

    /// Returns the backends in this build, the preferred one first.
    pub fn compiled_in() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(|backend| backend.is_compiled_in())
    }

    /// Returns the backend of a device's name.
    pub(crate) fn of(device: &str) -> Option<Self> {
        let name = device.split_once(':').map_or(device, |(backend, _)| backend);
        Self::ALL.into_iter().find(|backend| backend.name() == name)
    }

    /// Returns what the machine must have.
    pub(crate) const fn needs(self) -> &'static str {
        match self {
            Self::Flex | Self::Ndarray => "only a CPU",
            Self::Cuda => "NVIDIA's driver, and NVRTC from the CUDA toolkit",
            Self::Rocm => "AMD's ROCm",
            Self::Metal => "macOS",
            Self::Vulkan | Self::Wgpu => {
                "a Vulkan driver (mesa-vulkan-drivers and libvulkan1 on Debian, which compute on \
                 the processor too)"
            }
            Self::Remote => "a server: `zunder serve-device` on the other machine",
        }
    }
}

/// Returns the names of the backends in this build, the preferred one first. Each is also the name
/// of the backend's best device, except for the last one of a build with remote devices, which is
/// `remote:HOST:PORT`.
pub fn compiled_in() -> Vec<String> {
    let name = |backend: Backend| match backend {
        Backend::Remote => "remote:HOST:PORT",
        backend => backend.name(),
    };
    Backend::compiled_in().map(|backend| name(backend).to_owned()).collect()
}

/// Returns how the user started the program: by cargo's alias, or as the installed binary.
pub fn program() -> &'static str {
    // Cargo sets a variable for the programs that it runs, but an installed program can itself be
    // started by another program that cargo runs.
    let by_alias = std::env::var_os("CARGO").is_some()
        && std::env::var_os("CARGO_PKG_NAME").is_some_and(|name| name == "zunder-launcher");
    // The program with remote devices has another backend too, whose alias builds one without.
    let remote = Backend::Remote;
    match Backend::compiled_in().next() {
        Some(_) if by_alias && remote.is_compiled_in() => remote.alias(),
        Some(backend) if by_alias => backend.alias(),
        _ => "zunder",
    }
}
