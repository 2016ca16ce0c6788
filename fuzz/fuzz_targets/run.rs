//! Opens a run's folder in which one file is the input.
#![no_main]

use std::fs;

use libfuzzer_sys::fuzz_target;
use zunder::Run;
use zunder_fuzz::{flags, folder, write};

const FILES: [&str; 7] = [
    "config.toml",
    "test.json",
    "evaluation.json",
    "environment.json",
    "preprocessing.json",
    "metrics.csv",
    "health.csv",
];

fuzz_target!(|bytes: &[u8]| {
    let (which, bytes) = flags(bytes);
    let _ = fs::remove_dir_all(folder().join("run"));
    write("run/config.toml", b"");
    write("run/test.json", b"{}");
    write(&format!("run/{}", FILES[usize::from(which) % FILES.len()]), bytes);
    if let Ok(run) = Run::open(&folder().join("run")) {
        let _ = (run.test(), run.evaluation(), run.environment(), run.epochs(), run.health());
    }
});
