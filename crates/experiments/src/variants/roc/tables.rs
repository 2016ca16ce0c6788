//! Tables of the experiment of ROC curves: outcomes where positives are rare, and thresholds.

use zunder_eval::{BinaryCounts, Ranking};
use zunder_report::Table;

use super::{HALF, Half, MLP, POSITIVES, accuracy, precision, rates};
use crate::claim::Unit;
use crate::variants::Results;

/// Sensitivities for which thresholds are tabulated.
const WANTED: [f64; 5] = [0.5, 0.8, 0.9, 0.95, 0.99];

/// Returns the outcomes for 1,000 images of which 50 are positive, of seed 1: the second half of
/// the validation images at 0.5 and at the threshold that the first half chose.
pub(super) fn cases(results: &Results) -> Table {
    let mut rows = Vec::new();
    let first = results.variants.iter().filter_map(|variant| {
        let [chooses, judges] = Half::both(variant.trials.first()?)?;
        Some((variant.name.as_str(), chooses, judges))
    });
    for (i, (name, chooses, judges)) in first.enumerate() {
        if i == 0 {
            let nothing = Ranking::new(&vec![0.0; judges.scores.len()], &judges.positive).ok();
            rows.extend(nothing.map(|no| row("always no", &no.counts(0), Some(no.auc()))));
        }
        let auc = Ranking::new(&judges.scores, &judges.positive).ok().map(|r| r.auc());
        let chosen = chooses.chosen();
        let at = [("0.5".to_owned(), Some(HALF))]
            .into_iter()
            .chain([(chosen.map_or_else(String::new, |t| format!("{t:.3}, chosen")), chosen)]);
        for (label, threshold) in at {
            let counts = threshold.and_then(|threshold| judges.counts(threshold));
            rows.extend(counts.map(|counts| row(&format!("{name} at {label}"), &counts, auc)));
        }
    }
    let names = [
        "classifier",
        "true positives",
        "false negatives",
        "false positives",
        "true negatives",
        "accuracy",
        "precision",
        "recall",
        "F1",
        "AUC",
    ];
    Table {
        caption: "Of 1,000 images, 50 of them positive, by the rates of seed 1 on the half of the \
            validation images that chose no threshold"
            .to_owned(),
        headings: names.map(str::to_owned).into(),
        rows,
        ..Table::default()
    }
}

fn row(name: &str, counts: &BinaryCounts, auc: Option<f64>) -> Vec<String> {
    let [found, alarms] = rates(counts);
    let (positives, negatives) = (1000.0 * POSITIVES, 1000.0 * (1.0 - POSITIVES));
    let cells = [
        positives * found,
        positives * (1.0 - found),
        negatives * alarms,
        negatives * (1.0 - alarms),
    ];
    let precision = precision(counts);
    let f1 = precision.map(|p| if found > 0.0 { 2.0 * p * found / (p + found) } else { 0.0 });
    let shares = [Some(accuracy(counts)), precision, Some(found), f1].map(share);
    std::iter::once(name.to_owned())
        .chain(cells.map(|n| format!("{n:.1}")))
        .chain(shares)
        .chain([auc.map_or_else(String::new, |auc| Unit::Plain(3).format(auc))])
        .collect()
}

/// Returns what a threshold that was chosen for a sensitivity on one half of the validation images
/// does on the other half, for the network of seed 1.
pub(super) fn thresholds(results: &Results) -> Table {
    let row = |[chooses, judges]: &[Half; 2], wanted: f64| {
        let threshold = chooses.for_sensitivity(wanted)?;
        let counts = judges.counts(threshold)?;
        let [found, alarms] = rates(&counts);
        let shares = [Some(found), Some(alarms), precision(&counts), Some(accuracy(&counts))];
        let first = [Unit::Percent.format(wanted), format!("{threshold:.4}")];
        Some(first.into_iter().chain(shares.map(share)).collect())
    };
    let halves = results.trials(MLP).first().and_then(Half::both);
    Table {
        caption: "Thresholds of the mlp of seed 1 that reach a sensitivity on one half of the \
            validation images, and what they do on the other half"
            .to_owned(),
        headings: [
            "wanted sensitivity",
            "threshold",
            "sensitivity",
            "false positive rate",
            "precision",
            "accuracy",
        ]
        .map(str::to_owned)
        .into(),
        rows: halves.map_or_else(Vec::new, |halves| {
            WANTED.iter().filter_map(|wanted| row(&halves, *wanted)).collect()
        }),
        ..Table::default()
    }
}

/// Formats a rate as a table cell: a dash if it is undefined.
fn share(rate: Option<f64>) -> String {
    rate.map_or_else(|| "–".to_owned(), |rate| Unit::Percent.format(rate))
}
