//! Runs the program in the folder of a test.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::path::Path;
use std::process::{Command, Output, Stdio};

pub fn zunder(arguments: &[&str], folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_zunder"));
    command
        .args(arguments)
        .current_dir(folder)
        .env_remove("CARGO")
        .env("ZUNDER_OFFLINE", "1")
        .stdin(Stdio::null());
    // Without this variable a Vulkan driver writes to standard error.
    command.env("XDG_RUNTIME_DIR", std::env::temp_dir());
    command
}

pub fn run(arguments: &[&str], folder: &Path) -> Output {
    zunder(arguments, folder).output().unwrap()
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// A run of a few seconds: a small network on a small part of the synthetic set.
pub const SMALL: [&str; 12] = [
    "train-cifar",
    "--dataset",
    "shapes",
    "--limit",
    "600",
    "--hidden",
    "24,16",
    "--epochs",
    "3",
    "--batch-size",
    "64",
    "--set=data.validation=0.02",
];

pub fn small<'a>(more: &[&'a str]) -> Vec<&'a str> {
    SMALL.iter().chain(more).copied().collect()
}
