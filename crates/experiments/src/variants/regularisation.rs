//! Claims about a regulariser: after the last epoch, and against early stopping.

use zunder::Trial;
use zunder_report::Table;

use super::Results;
use crate::Claim;
use crate::claim::{Unit, above};
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

/// Claims that a variant has a lower validation loss than `none` after the last epoch, in the best
/// epoch, and that the first gain is larger than the second.
pub(super) fn claims(results: &Results, name: &str, margins: [f64; 3]) -> Vec<Claim> {
    let gain = |(criterion, _, figure): (usize, &str, OfTrial)| -> Vec<f64> {
        let of = |variant: &str| {
            results.best_by(criterion, variant).map_or(&[][..], |known| &known.trials).iter()
        };
        of("none").zip(of(name)).map(|(none, with)| figure(none) - figure(with)).collect()
    };
    let below = |place: usize, statement: String| {
        let (criterion, _, figure) = ENDS[place];
        results.best_above(
            criterion,
            &statement,
            Unit::Plain(3),
            ["none", name],
            margins[place],
            &figure,
        )
    };
    vec![
        below(0, format!("After the last epoch the validation loss is lower with {name}.")),
        below(
            1,
            format!(
                "It is lower with {name} in the best epoch too: one half of the validation images \
                 chooses the epoch of each training, the other half judges it."
            ),
        ),
        above(
            "The gain after the last epoch is larger than that over early stopping: part of what \
             it prevents can be had by stopping in time.",
            Unit::Plain(3),
            ("gain after the last epoch", &gain(ENDS[0])),
            ("gain over early stopping", &gain(ENDS[1])),
            margins[2],
        ),
    ]
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
