use zunder::train::Events;
use zunder::{Plan, RunEvents};

/// Says nothing, but for what the user must know of the data.
pub struct Quiet;

impl Events for Quiet {}

impl RunEvents for Quiet {
    fn planned(&mut self, plan: &Plan) {
        if let Some(note) = &plan.note {
            complain!("note: {note}");
        }
    }
}
