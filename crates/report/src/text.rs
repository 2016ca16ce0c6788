//! Aligned tables for a terminal, without colours and trailing spaces.

mod plot;
mod scores;

use comfy_table::{CellAlignment, Table, presets};
use zunder_eval::TestRecord;

use crate::confusions::{class_name, most_frequent, weakest};
use crate::format::{defined, percent};

pub use crate::format::{columns, count, cut};
pub use crate::visible::{visible, visible_json, visible_lines, visible_path};
pub use plot::plot;
pub use scores::{binary_table, scores_table};

/// The largest width of a confusion matrix.
const WIDTH: usize = 100;
/// The largest width of a class name in the first column.
const NAME: usize = 16;
/// The largest number of classes whose matrix fits into [`WIDTH`].
const MATRIX: usize = 12;
/// The number of confusions that are listed if the matrix does not fit.
const LISTED: usize = 15;
/// The largest number of classes in the table of classes; for more it has only the weakest.
const CLASSES: usize = 100;
const WEAKEST: usize = 20;

/// Returns precision, recall, F1 and support of each class, and their mean over the classes in the
/// last row; `–` for an undefined score. For more than 100 classes the table has the 20 with the
/// lowest F1.
///
/// ```
/// # let classes = ["cat".to_owned(), "dog".to_owned()];
/// # let scores = vec![0.9, 0.1, 0.6, 0.4];
/// # let predictions = zunder_eval::Predictions::new(vec![0, 1], vec![0, 1], scores, 2)?;
/// # let test = predictions.evaluate(&classes)?;
/// assert_eq!(
///     zunder_report::text::per_class_table(&test),
///     "\
/// class          precision  recall     F1  support
/// cat                0.500   1.000  0.667        1
/// dog                    –   0.000  0.000        1
/// macro average      0.500   0.500  0.333        2"
/// );
/// # Ok::<(), zunder_eval::EvalError>(())
/// ```
pub fn per_class_table(test: &TestRecord) -> String {
    let row = |name: String, scores: [Option<f64>; 3], n: String| {
        let [precision, recall, f1] =
            scores.map(|score| defined(score, |score| format!("{score:.3}")));
        [name, precision, recall, f1, n]
    };
    let all = test.per_class.len();
    let shown = if all > CLASSES {
        weakest(test).into_iter().take(WEAKEST).collect()
    } else {
        (0..all).collect::<Vec<_>>()
    };
    let classes = shown.iter().filter_map(|class| test.per_class.get(*class));
    let mut rows: Vec<_> = classes
        .map(|c| row(cut(&c.class, 2 * NAME), [c.precision, c.recall, c.f1], c.support.to_string()))
        .collect();
    rows.push(row(
        "macro average".to_owned(),
        [test.macro_precision, test.macro_recall, test.macro_f1],
        test.n.to_string(),
    ));
    let table =
        table(["class", "precision", "recall", "F1", "support"].map(str::to_owned), rows, 1);
    if all > CLASSES {
        format!("the {} classes with the lowest F1 of {}\n{table}", shown.len(), count(all))
    } else {
        table
    }
}

/// Returns the confusion matrix, at most 100 columns wide. Names that do not fit are cut with `…`.
///
/// With more than 12 classes, where the matrix would not fit, the 15 most frequent confusions are
/// listed instead.
pub fn confusion_table(test: &TestRecord) -> String {
    let n_classes = test.confusion.n_classes();
    if n_classes > MATRIX {
        return confusion_list(test);
    }
    let width = (WIDTH - NAME) / n_classes.max(1) - 2;
    let name = |class| cut(class_name(test, class), NAME);
    let header = std::iter::once(String::new())
        .chain((0..n_classes).map(|class| cut(class_name(test, class), width.min(NAME))));
    let rows = test.confusion.rows().into_iter().enumerate();
    let rows = rows.map(|(class, row)| {
        std::iter::once(name(class)).chain(row.iter().map(u64::to_string)).collect::<Vec<_>>()
    });
    format!("rows: true class, columns: predicted class\n{}", table(header, rows, 1))
}

fn confusion_list(test: &TestRecord) -> String {
    let confusions = most_frequent(test, LISTED);
    let rows = confusions.iter().map(|c| {
        [cut(c.truth, 2 * NAME), cut(c.predicted, 2 * NAME), c.count.to_string(), percent(c.share)]
    });
    let header = ["true class", "predicted class", "count", "of the class"].map(str::to_owned);
    format!(
        "the most frequent confusions among {} classes\n{}",
        test.confusion.n_classes(),
        table(header, rows, 2)
    )
}

/// Aligns columns of text with two spaces between them: the first `left` to the left, the others to
/// the right. A cell is one line; invisible characters are escaped.
pub(crate) fn table<R: IntoIterator<Item = String>>(
    header: impl IntoIterator<Item = String>,
    rows: impl IntoIterator<Item = R>,
    left: usize,
) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    let shown = |cell: String| visible(&cell).into_owned();
    let header: Vec<String> = header.into_iter().map(shown).collect();
    if !header.is_empty() {
        table.set_header(header);
    }
    for row in rows {
        table.add_row(row.into_iter().map(shown).collect::<Vec<_>>());
    }
    for (i, column) in table.column_iter_mut().enumerate() {
        column.set_padding((if i == 0 { 0 } else { 2 }, 0));
        column.set_cell_alignment(if i < left {
            CellAlignment::Left
        } else {
            CellAlignment::Right
        });
    }
    table.trim_fmt()
}

#[cfg(test)]
mod tests {
    use zunder_eval::{ConfusionMatrix, Predictions};

    use super::*;

    /// One sample of each class, each predicted as the previous class with probability `p`.
    fn test_of(classes: &[&str]) -> TestRecord {
        let n = classes.len();
        let probabilities = (0..n * n)
            .map(|i| if i % n == (i / n).saturating_sub(1) { 1.0 } else { 0.0 })
            .collect();
        let all = || (0..n as u32).collect::<Vec<_>>();
        let names: Vec<String> = classes.iter().map(ToString::to_string).collect();
        Predictions::new(all(), all(), probabilities, n).unwrap().evaluate(&names).unwrap()
    }

    #[test]
    fn ten_classes_fit_100_columns() {
        let cifar = [
            "airplane",
            "automobile",
            "bird",
            "cat",
            "deer",
            "dog",
            "frog",
            "horse",
            "ship",
            "truck",
        ];
        let mut test = test_of(&cifar);
        let small = confusion_table(&test);
        assert!(small.contains("autom…") && small.contains("\nautomobile"), "{small}");
        let pairs = || (0..100_000_u32).map(|i| i / 1000);
        let (truth, predicted): (Vec<u32>, Vec<u32>) =
            (pairs().map(|i| i / 10).collect(), pairs().map(|i| i % 10).collect());
        test.confusion = ConfusionMatrix::from_labels(&truth, &predicted, 10).unwrap();
        for table in [
            small,
            confusion_table(&test),
            confusion_table(&test_of(&["an endlessly long name of a class"; 12])),
        ] {
            assert!(
                table.lines().all(|line| line.chars().count() <= 100 && line == line.trim_end()),
                "{table}"
            );
        }
    }

    #[test]
    fn many_classes_become_a_list() {
        let text = confusion_table(&test_of(&["x"; 100]));
        assert!(text.starts_with("the most frequent confusions among 100 classes\n"), "{text}");
        assert_eq!(text.lines().count(), 2 + LISTED);
        assert!(text.contains("100.0 %"));
        let text = per_class_table(&test_of(&["x"; 120]));
        assert!(text.starts_with("the 20 classes with the lowest F1 of 120\n"), "{text}");
        assert_eq!(text.lines().count(), 23);
    }

    #[test]
    fn names_cannot_command_the_terminal() {
        let test = test_of(&["a\x1b[31m\nb", "\u{9b}"]);
        for table in [confusion_table(&test), per_class_table(&test)] {
            assert!(table.chars().all(|c| c == '\n' || !c.is_control()), "{table:?}");
            assert!(table.contains("\\u{9b}"), "{table}");
        }
    }

    #[test]
    fn an_inconsistent_record_is_still_shown() {
        let mut test = test_of(&["a", "b"]);
        test.per_class.clear();
        assert!(confusion_table(&test).contains('?'));
        per_class_table(&test);
    }
}
