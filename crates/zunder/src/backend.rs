//! Burn's backends by name, and those that this build has.

/// A backend of Burn. The cargo feature of its name compiles it in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Backend {
    /// burn-flex: the processor.
    Flex,
    /// burn-ndarray: the processor, by the crate ndarray.
    Ndarray,
    /// burn-cuda: NVIDIA's graphics processors.
    Cuda,
    /// burn-rocm: AMD's graphics processors.
    Rocm,
    /// burn-wgpu held to Metal: Apple's graphics processors, by their own shader language.
    Metal,
    /// burn-wgpu held to Vulkan, by SPIR-V.
    Vulkan,
    /// burn-wgpu: any graphics processor, by WGSL.
    Wgpu,
}

impl Backend {
    /// All of them, the preferred ones first.
    pub const ALL: [Self; 7] =
        [Self::Flex, Self::Ndarray, Self::Cuda, Self::Rocm, Self::Metal, Self::Vulkan, Self::Wgpu];

    /// The name: of the cargo feature, and of its best device.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Flex => "flex",
            Self::Ndarray => "ndarray",
            Self::Cuda => "cuda",
            Self::Rocm => "rocm",
            Self::Metal => "metal",
            Self::Vulkan => "vulkan",
            Self::Wgpu => "wgpu",
        }
    }

    /// Cargo's alias for a build with it.
    pub const fn alias(self) -> &'static str {
        match self {
            Self::Flex => "cargo xtask",
            Self::Ndarray => "cargo xtask-ndarray",
            Self::Cuda => "cargo xtask-cuda",
            Self::Rocm => "cargo xtask-rocm",
            Self::Metal => "cargo xtask-metal",
            Self::Vulkan => "cargo xtask-vulkan",
            Self::Wgpu => "cargo xtask-wgpu",
        }
    }

    /// Whether it is in this build.
    pub const fn is_compiled_in(self) -> bool {
        match self {
            Self::Flex => cfg!(feature = "flex"),
            Self::Ndarray => cfg!(feature = "ndarray"),
            Self::Cuda => cfg!(feature = "cuda"),
            Self::Rocm => cfg!(feature = "rocm"),
            Self::Metal => cfg!(feature = "metal"),
            Self::Vulkan => cfg!(feature = "vulkan"),
            Self::Wgpu => cfg!(feature = "wgpu"),
        }
    }

    /// Those in this build, the preferred one first.
    pub fn compiled_in() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(|backend| backend.is_compiled_in())
    }

    /// The backend of a device's name.
    pub(crate) fn of(device: &str) -> Option<Self> {
        let name = device.split_once(':').map_or(device, |(backend, _)| backend);
        Self::ALL.into_iter().find(|backend| backend.name() == name)
    }

    /// What the machine must have.
    pub(crate) const fn needs(self) -> &'static str {
        match self {
            Self::Flex | Self::Ndarray => "nothing but a processor",
            Self::Cuda => "NVIDIA's driver, and NVRTC from the CUDA toolkit",
            Self::Rocm => "AMD's ROCm",
            Self::Metal => "macOS",
            Self::Vulkan | Self::Wgpu => {
                "a Vulkan driver (mesa-vulkan-drivers and libvulkan1 on Debian, which compute on \
                 the processor too)"
            }
        }
    }
}

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
