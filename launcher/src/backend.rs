//! The builds that an alias of cargo can select: a backend of Burn each, one with remote devices,
//! and one with Burn's own learner.

use std::ffi::OsStr;

/// A build, by the name of its cargo feature: a backend; `remote`, which is flex with devices of
/// other machines; or `burn-train`, which is flex with Burn's own learner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backend(&'static str);

const NAMES: [&str; 9] =
    ["flex", "ndarray", "wgpu", "vulkan", "metal", "cuda", "rocm", "remote", "burn-train"];

impl Backend {
    /// Returns the backend with a name.
    ///
    /// # Errors
    /// Returns the name if there is no such backend.
    pub fn named(name: &OsStr) -> Result<Self, String> {
        let known = NAMES.iter().find(|known| name == **known);
        known.map(|name| Self(name)).ok_or_else(|| name.display().to_string())
    }

    /// Returns all names, for a message.
    pub fn names() -> String {
        NAMES.join(", ")
    }

    /// Returns the cargo feature of the backend.
    pub fn feature(self) -> &'static str {
        self.0
    }

    /// Returns the cargo profile of the build. For the default backend it is `dev`, which the tests
    /// use too and which optimises the crates that compute. For the other backends it is
    /// `release`, which optimises all crates.
    pub fn profile(self) -> &'static str {
        if self.is_default() { "dev" } else { "release" }
    }

    /// Returns true if the default features of the package `xtask` contain this backend. The tests
    /// are built with the default features too, so they reuse what `cargo xtask` compiled.
    pub fn is_default(self) -> bool {
        self.0 == "flex"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backend_has_a_name() {
        for name in NAMES {
            assert_eq!(Backend::named(OsStr::new(name)).map(Backend::feature), Ok(name));
        }
        assert_eq!(Backend::named(OsStr::new("train")), Err("train".to_owned()));
    }
}
