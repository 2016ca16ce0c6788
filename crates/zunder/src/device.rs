use burn::tensor::Device;

use crate::RunError;

/// The names of the devices in this build, the preferred one first.
pub fn compiled_in() -> Vec<String> {
    let mut names = Vec::new();
    if cfg!(feature = "flex") {
        names.push("flex".to_owned());
    }
    if cfg!(feature = "ndarray") {
        names.push("ndarray".to_owned());
    }
    names
}

/// The program in the words that a user of this build types: cargo's alias, or the installed binary.
pub fn program() -> &'static str {
    match (std::env::var_os("CARGO").is_some(), cfg!(feature = "flex")) {
        (false, _) => "zunder",
        (true, true) => "cargo xtask",
        (true, false) => "cargo xtask-ndarray",
    }
}

/// The device with a name, as `--device` takes it.
///
/// # Errors
/// [`RunError::Device`] with the names that are there.
pub fn device(name: &str) -> Result<Device, RunError> {
    match name {
        #[cfg(feature = "flex")]
        "flex" => Ok(Device::flex()),
        #[cfg(feature = "ndarray")]
        #[allow(deprecated, reason = "burn-ndarray is deprecated in favour of flex; it is offered for comparison")]
        "ndarray" => Ok(Device::ndarray()),
        _ => Err(RunError::Device { got: name.to_owned(), compiled_in: compiled_in() }),
    }
}
