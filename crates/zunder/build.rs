//! Notes the commit that is built, for a run's `environment.json`.

use std::process::Command;

fn main() {
    // HEAD changes with the branch, its log with each commit; without git nothing is noted.
    println!("cargo:rerun-if-changed=../../.git/HEAD");
    println!("cargo:rerun-if-changed=../../.git/logs/HEAD");
    let output = Command::new("git").args(["rev-parse", "--short=12", "HEAD"]).output();
    if let Ok(output) = output
        && output.status.success()
    {
        println!("cargo:rustc-env=ZUNDER_COMMIT={}", String::from_utf8_lossy(&output.stdout).trim());
    }
}
