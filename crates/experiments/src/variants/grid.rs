//! Gives each variant its own best settings out of a grid, chosen on pilot seeds.

use toml::Value;
use zunder::Trial;
use zunder_report::Table;

use crate::claim::Unit;
use crate::means::mean;

/// Values of a setting that are tried for some variants.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Grid {
    /// Names of the variants; empty for all of them.
    pub(crate) of: &'static [&'static str],
    /// Key of the setting, such as `optimizer.lr`.
    pub(crate) key: &'static str,
    /// Values, from the smallest to the largest.
    pub(crate) values: &'static [&'static str],
}

/// The figure by which a variant's settings are chosen: the lowest mean over the pilot seeds wins.
/// A setting with which a training diverges is not chosen.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Criterion {
    pub(crate) name: &'static str,
    pub(crate) unit: Unit,
    pub(crate) figure: fn(&Trial) -> f64,
}

impl Criterion {
    /// Training loss of the last epoch.
    pub(crate) const TRAINING_LOSS: Self = Self {
        name: "training loss of the last epoch",
        unit: Unit::Plain(3),
        figure: |trial| trial.epochs.last().map_or(f64::NAN, |record| record.train_loss),
    };
    /// Validation loss of the last epoch.
    pub(crate) const LAST_VALIDATION_LOSS: Self = Self {
        name: "validation loss of the last epoch",
        unit: Unit::Plain(3),
        figure: super::Results::last_validation_loss,
    };
    /// Lowest validation loss of all epochs.
    pub(crate) const BEST_VALIDATION_LOSS: Self = Self {
        name: "lowest validation loss",
        unit: Unit::Plain(3),
        figure: |trial| {
            trial.epochs.iter().map(|record| record.validation_loss).fold(f64::NAN, f64::min)
        },
    };
    /// Validation error, 1 minus the accuracy, of the best epoch.
    pub(crate) const VALIDATION_ERROR: Self = Self {
        name: "validation error of the best epoch",
        unit: Unit::Percent,
        figure: |trial| 1.0 - trial.accuracy(),
    };

    pub(super) fn of(&self, trial: &Trial) -> f64 {
        if trial.divergence.is_some() { f64::NAN } else { (self.figure)(trial) }
    }
}

/// Settings of a candidate, as keys and values.
pub(super) type Candidate = Vec<(&'static str, &'static str)>;

/// Returns the combinations of the values of a variant's grids. A setting that the user prescribes
/// is not tried. Without a grid the only candidate is empty. With `coarse` only every second value
/// of each grid is tried, from the second one on.
pub(super) fn candidates(
    grids: &[Grid],
    variant: &str,
    over: &[(Vec<String>, Value)],
    coarse: bool,
) -> Vec<Candidate> {
    let prescribed = |key: &str| over.iter().any(|(path, _)| path.join(".") == key);
    let own = grids
        .iter()
        .filter(|grid| (grid.of.is_empty() || grid.of.contains(&variant)) && !prescribed(grid.key));
    own.fold(vec![Vec::new()], |all: Vec<Candidate>, grid| {
        let with = |value: &'static str| {
            all.iter().map(move |candidate| [&candidate[..], &[(grid.key, value)]].concat())
        };
        let (first, step) = if coarse && grid.values.len() > 1 { (1, 2) } else { (0, 1) };
        grid.values.iter().skip(first).step_by(step).flat_map(|value| with(value)).collect()
    })
}

/// The candidates of a variant and their figures.
#[derive(Debug)]
pub(super) struct Tried {
    pub(super) name: &'static str,
    pub(super) candidates: Vec<Candidate>,
    /// For each candidate and criterion the figures of the pilot seeds; empty if there is no
    /// choice.
    pub(super) figures: Vec<Vec<Vec<f64>>>,
}

impl Tried {
    /// Returns the mean figure of a candidate.
    fn figure(&self, candidate: usize, criterion: usize) -> f64 {
        let figures = self.figures.get(candidate).and_then(|of| of.get(criterion));
        figures.map_or(f64::NAN, |figures| mean(figures))
    }

    /// Returns the number of the candidate with the lowest mean; the first one if none has a mean.
    pub(super) fn best(&self, criterion: usize) -> usize {
        let known = (0..self.candidates.len())
            .map(|candidate| (candidate, self.figure(candidate, criterion)))
            .filter(|(_, figure)| figure.is_finite());
        known.min_by(|a, b| a.1.total_cmp(&b.1)).map_or(0, |(candidate, _)| candidate)
    }

    /// Returns the values of a candidate as text; empty if it has none.
    pub(super) fn label(&self, candidate: usize) -> String {
        label(&self.candidates[candidate])
    }
}

fn label(candidate: &Candidate) -> String {
    candidate.iter().map(|(_, value)| *value).collect::<Vec<_>>().join(" / ")
}

/// Most candidates that a table shows side by side; more are one below the other.
const WIDEST: usize = 8;

/// Returns a table of what was tried for each variant, with an asterisk at what was chosen. Each
/// variant has a row, or a column if there are many candidates. `None` if there was no choice.
pub(super) fn table(
    tried: &[Tried],
    criterion: (usize, &Criterion),
    seeds: &[u64],
) -> Option<Table> {
    let with_choice: Vec<&Tried> = tried.iter().filter(|of| of.candidates.len() > 1).collect();
    let mut keys: Vec<&str> = Vec::new();
    let mut labels: Vec<String> = Vec::new();
    for candidate in with_choice.iter().flat_map(|of| &of.candidates) {
        for (key, _) in candidate {
            if !keys.contains(key) {
                keys.push(key);
            }
        }
        if !labels.contains(&label(candidate)) {
            labels.push(label(candidate));
        }
    }
    let cell = |of: &Tried, wanted: &str| {
        let place = of.candidates.iter().position(|candidate| label(candidate) == wanted)?;
        let figure = of.figure(place, criterion.0);
        let figure = if figure.is_finite() {
            criterion.1.unit.format(figure)
        } else {
            "diverged".to_owned()
        };
        Some(if of.best(criterion.0) == place { format!("{figure} *") } else { figure })
    };
    let line = |of: &&Tried| {
        let cells = labels.iter().map(|label| cell(of, label).unwrap_or_else(|| "–".to_owned()));
        std::iter::once(of.name.to_owned()).chain(cells).collect()
    };
    let first = std::iter::once("variant".to_owned()).chain(labels.iter().cloned()).collect();
    let mut lines: Vec<Vec<String>> = vec![first];
    lines.extend(with_choice.iter().map(line));
    if labels.len() > WIDEST {
        lines = (0..=labels.len())
            .map(|column| lines.iter().map(|line| line[column].clone()).collect())
            .collect();
        lines[0][0] = keys.join(" / ");
    }
    let headings = lines.remove(0);
    let listed: Vec<String> = seeds.iter().map(u64::to_string).collect();
    (!with_choice.is_empty()).then(|| Table {
        caption: format!(
            "Choice of {}: {}, mean of the pilot seeds {}; the lowest (*) is used for the \
             reported seeds",
            keys.join(" / "),
            criterion.1.name,
            listed.join(", ")
        ),
        headings,
        rows: lines,
        ..Table::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const GRIDS: [Grid; 2] = [
        Grid { of: &[], key: "optimizer.lr", values: &["0.1", "1"] },
        Grid { of: &["b"], key: "model.dropout", values: &["0.2", "0.5"] },
    ];

    #[test]
    fn every_combination_is_a_candidate_unless_the_user_prescribes_it() {
        let labels = |variant: &str, over: &[&str], coarse: bool| {
            let over: Vec<_> =
                over.iter().map(|setting| zunder::parse_setting(setting).unwrap()).collect();
            candidates(&GRIDS, variant, &over, coarse).iter().map(label).collect::<Vec<_>>()
        };
        let of = |variant: &str, over: &[&str]| labels(variant, over, false);
        assert_eq!(of("a", &[]), ["0.1", "1"]);
        assert_eq!(of("b", &[]), ["0.1 / 0.2", "1 / 0.2", "0.1 / 0.5", "1 / 0.5"]);
        assert_eq!(of("b", &["optimizer.lr=3"]), ["0.2", "0.5"]);
        assert_eq!(of("a", &["optimizer.lr=3"]), [""]);
        assert_eq!(labels("b", &[], true), ["1 / 0.5"]);
    }

    #[test]
    fn the_lowest_mean_is_chosen_and_marked_and_divergence_never_is() {
        let tried = Tried {
            name: "a",
            candidates: candidates(&GRIDS, "b", &[], false),
            figures: vec![
                vec![vec![0.3, 0.5]],
                vec![vec![0.3, 0.4]],
                vec![vec![0.1, f64::NAN]],
                vec![vec![0.9, 0.9]],
            ],
        };
        assert_eq!((tried.best(0), tried.label(tried.best(0))), (1, "1 / 0.2".to_owned()));
        let criterion = Criterion::TRAINING_LOSS;
        let table = table(&[tried], (0, &criterion), &[101, 102]).unwrap();
        assert_eq!(table.rows, [["a", "0.400", "0.350 *", "diverged", "0.900"]]);
        assert!(table.caption.contains("optimizer.lr / model.dropout"), "{}", table.caption);
        assert!(super::table(&[], (0, &criterion), &[101]).is_none());
    }

    #[test]
    fn many_candidates_stand_one_below_the_other() {
        let values = ["1", "2", "3", "4", "5", "6", "7", "8", "9"];
        let tried = |name, n: usize| Tried {
            name,
            candidates: values[..n].iter().map(|value| vec![("lr", *value)]).collect(),
            figures: (0..n).map(|i| vec![vec![i as f64]]).collect(),
        };
        let table = |n| {
            let both = [tried("a", 3), tried("b", n)];
            super::table(&both, (0, &Criterion::TRAINING_LOSS), &[101]).unwrap()
        };
        assert_eq!((table(8).headings.len(), table(8).rows.len()), (9, 2));
        let long = table(9);
        assert_eq!(
            (long.headings, long.rows.len()),
            (vec!["lr".into(), "a".into(), "b".into()], 9)
        );
        assert_eq!(long.rows[0], ["1", "0.000 *", "0.000 *"]);
        assert_eq!(long.rows[8], ["9", "–", "8.000"]);
    }
}
