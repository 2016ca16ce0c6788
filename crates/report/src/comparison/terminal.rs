//! The comparison as tables for a terminal.

use super::{Comparison, Outcome};
use crate::format::{cut, cut_apart, p_value, percent};
use crate::text::table;

/// The largest width of a name in a table.
const NAME: usize = 28;
/// The width for the values of a setting, over all runs.
const VALUES: usize = 96;

impl Comparison<'_> {
    /// Returns the comparison for a terminal: a table of the runs, one of the tests, and one of the
    /// settings that differ.
    pub fn text(&self) -> String {
        let mut parts = vec![self.run_table()];
        parts.extend((!self.notes.is_empty()).then(|| self.notes.join("\n")));
        if self.pairs.iter().any(|pair| matches!(pair.outcome, Outcome::Tested { .. })) {
            parts.push(self.test_table());
        }
        parts.push(
            self.pairs
                .iter()
                .map(|pair| pair.sentence(self.runs))
                .map(|s| cut(&s, 400))
                .collect::<Vec<_>>()
                .join("\n"),
        );
        parts.push(if self.differences.is_empty() {
            "The configurations are the same.".to_owned()
        } else {
            self.setting_table()
        });
        parts.join("\n\n")
    }

    fn run_table(&self) -> String {
        let or_dash = |value: Option<String>| value.unwrap_or_else(|| "–".to_owned());
        let rows = self.runs.iter().zip(self.names(NAME)).map(|(run, name)| {
            [
                name,
                or_dash(run.test.map(|test| percent(test.accuracy))),
                or_dash(run.test.map(|test| {
                    format!("{} – {}", percent(test.accuracy_low), percent(test.accuracy_high))
                })),
                or_dash(run.test.and_then(|test| test.loss).map(|loss| format!("{loss:.4}"))),
                or_dash(run.best_validation().map(percent)),
                run.epochs.len().to_string(),
                run.training_time(),
            ]
        });
        let header =
            ["run", "test accuracy", "95 % interval", "log loss", "validation", "epochs", "time"];
        table(header.map(str::to_owned), rows, 1)
    }

    fn test_table(&self) -> String {
        let names = self.names(NAME);
        let name = |i: usize| names.get(i).cloned().unwrap_or_default();
        let rows = self.pairs.iter().filter_map(|pair| match &pair.outcome {
            Outcome::Tested { mcnemar, adjusted_p, accuracy } => Some([
                name(pair.a),
                name(pair.b),
                format!("{:+.2}", 100.0 * accuracy.difference),
                format!(
                    "{:+.2} to {:+.2}",
                    100.0 * accuracy.interval.low,
                    100.0 * accuracy.interval.high
                ),
                p_value(mcnemar.p_value),
                p_value(*adjusted_p),
            ]),
            Outcome::NotTested(_) => None,
        });
        table(
            ["A", "B", "B - A in points", "interval", "p (McNemar)", "p (Holm)"].map(str::to_owned),
            rows,
            2,
        )
    }

    fn setting_table(&self) -> String {
        let width = (VALUES / self.runs.len().max(1)).max(8);
        let header = std::iter::once("setting".to_owned()).chain(self.names(width));
        let keys: Vec<&str> = self.differences.iter().map(|d| d.key.as_str()).collect();
        let keys = cut_apart(&keys, 2 * NAME).into_iter();
        let rows = self.differences.iter().zip(keys).map(|(difference, key)| {
            let values: Vec<&str> =
                difference.values.iter().map(|value| value.as_deref().unwrap_or("–")).collect();
            std::iter::once(key).chain(cut_apart(&values, width)).collect::<Vec<_>>()
        });
        table(header, rows, 1)
    }

    /// Returns the names of the runs in at most `width` columns each.
    fn names(&self, width: usize) -> Vec<String> {
        cut_apart(&self.runs.iter().map(|run| run.name).collect::<Vec<_>>(), width)
    }
}
