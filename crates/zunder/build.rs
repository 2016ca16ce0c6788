//! Stores the commit that is built, for a run's `environment.json`.

use std::path::Path;
use std::process::Command;

fn main() {
    // In a package or a vendored copy, git would report the commit of another repository.
    if !Path::new("../../.git").exists() || !Path::new("../../crates/zunder/build.rs").exists() {
        println!("cargo:rerun-if-changed=build.rs");
        return;
    }
    // HEAD changes with the branch, its log with each commit. Without git nothing is stored.
    for file in ["../../.git/HEAD", "../../.git/logs/HEAD", "build.rs"] {
        if Path::new(file).exists() {
            println!("cargo:rerun-if-changed={file}");
        }
    }
    let output = Command::new("git").args(["rev-parse", "--short=12", "HEAD"]).output();
    if let Ok(output) = output
        && output.status.success()
    {
        println!(
            "cargo:rustc-env=ZUNDER_COMMIT={}",
            String::from_utf8_lossy(&output.stdout).trim()
        );
    }
}
