//! The output of `--quiet` and `--json` during a training.

use std::path::Path;

use zunder::train::Events;
use zunder::{Plan, RunEvents};

use crate::output::keep_run;

/// Prints nothing except remarks on the data that the user must know.
pub struct Quiet;

impl Events for Quiet {}

impl RunEvents for Quiet {
    fn started(&mut self, folder: &Path) {
        keep_run(folder);
    }

    fn planned(&mut self, plan: &Plan) {
        if let Some(note) = &plan.note {
            complain!("note: {note}");
        }
        if let Some(leakage) = &plan.leakage {
            complain!("note: {leakage}");
        }
        for remark in plan.remarks.iter().filter(|remark| remark.starts_with("left out: ")) {
            complain!("note: {remark}");
        }
    }
}
