//! The output of `--quiet` and `--json` during a training.

use std::path::Path;

use zunder::train::Events;
use zunder::{Plan, RunEvents};

use crate::output::{keep_run, plan};

/// Prints nothing except remarks on the data that the user must know.
pub struct Quiet;

impl Events for Quiet {}

impl RunEvents for Quiet {
    fn started(&mut self, folder: &Path) {
        keep_run(folder);
    }

    fn planned(&mut self, plan: &Plan) {
        plan::print_notes(plan);
    }
}
