//! Claims about a regulariser: after the last epoch, and against early stopping.

use zunder::Trial;
use zunder_report::Table;

use super::Results;
use crate::Claim;
use crate::claim::{Margin, Unit};
use crate::means::mean_and_spread;

/// A value of a trial.
type OfTrial = fn(&Trial) -> f64;

/// The criteria of the experiments: the settings that are best at the end, and those that are best
/// in the best epoch.
const AT_THE_END: usize = 0;
const AT_THE_BEST: usize = 1;

/// The two ways to end a training: criterion, name and value.
const ENDS: [(usize, &str, OfTrial); 2] = [
    (AT_THE_END, "last epoch", Results::last_loss),
    (AT_THE_BEST, "early stopping", Results::stopped_loss),
];

/// Claims that a variant has a lower validation loss than `none` after the last epoch and, with a
/// second margin, in the best epoch.
pub(super) fn claims(results: &Results, name: &str, margins: &[Margin]) -> Vec<Claim> {
    let statements = [
        format!("After the last epoch the validation loss is lower with {name}."),
        format!(
            "It is lower with {name} in the best epoch too: one half of the validation images \
             chooses the epoch of each training, the other half judges it."
        ),
    ];
    let below = |((statement, (criterion, _, figure)), margin): (
        (&String, (usize, &str, OfTrial)),
        &Margin,
    )| {
        let pair = ["none", name];
        results.best_above(criterion, statement, Unit::Plain(3), pair, *margin, &figure)
    };
    statements.iter().zip(ENDS).zip(margins).map(below).collect()
}

/// Returns a table of the losses: rows are variants, columns the two ways to end a training.
pub(super) fn tables(results: &Results) -> Table {
    let row = |variant: &str| {
        let cell = |(criterion, _, figure): (usize, &str, OfTrial)| {
            let known = results.best_by(criterion, variant);
            known.map_or_else(String::new, |known| {
                let values = known.trials.iter().map(figure).collect();
                format!("{} at {}", mean_and_spread(Unit::Plain(3), values), known.chosen)
            })
        };
        std::iter::once(variant.to_owned()).chain(ENDS.map(cell)).collect()
    };
    Table {
        caption: "Loss on the half of the validation images that chose no epoch, each with the \
            settings that are best for it"
            .to_owned(),
        headings: ["variant", ENDS[0].1, ENDS[1].1].map(str::to_owned).into(),
        rows: results.variants.iter().map(|variant| row(&variant.name)).collect(),
        ..Table::default()
    }
}
