//! The confusion matrix in JSON: rows, or for many classes the cells above 0.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{ConfusionMatrix, EvalError, check};

/// The largest number of classes for which the matrix is written row by row.
const ROWS: usize = 100;

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Form {
    Rows(Vec<Vec<u64>>),
    Cells { classes: usize, cells: Vec<(u32, u32, u64)> },
}

impl Serialize for ConfusionMatrix {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let form = if self.n_classes() <= ROWS {
            Form::Rows(self.rows())
        } else {
            Form::Cells { classes: self.n_classes(), cells: self.cells().to_vec() }
        };
        form.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for ConfusionMatrix {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Form::deserialize(deserializer)?.matrix().map_err(serde::de::Error::custom)
    }
}

impl Form {
    fn matrix(self) -> Result<ConfusionMatrix, EvalError> {
        match self {
            Self::Rows(rows) => {
                let n = rows.len();
                rows.iter().try_for_each(|row| {
                    check::length("counts in a row of the confusion matrix", row.len(), n)
                })?;
                let row = |(truth, row): (usize, Vec<u64>)| {
                    row.into_iter()
                        .enumerate()
                        .map(move |(predicted, count)| (truth as u32, predicted as u32, count))
                };
                ConfusionMatrix::from_cells(
                    rows.into_iter().enumerate().flat_map(row).filter(|cell| cell.2 > 0).collect(),
                    n,
                )
            }
            Self::Cells { classes, cells } => ConfusionMatrix::from_cells(cells, classes),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turned(matrix: &ConfusionMatrix) -> (String, ConfusionMatrix) {
        let text = serde_json::to_string(matrix).unwrap();
        let read = serde_json::from_str(&text).unwrap();
        (text, read)
    }

    #[test]
    fn many_classes_are_cells_and_few_are_rows() {
        let few = ConfusionMatrix::from_labels(&[0, 1, 1], &[0, 1, 0], 2).unwrap();
        assert_eq!(turned(&few), ("[[1,0],[1,1]]".to_owned(), few));
        let many = ConfusionMatrix::from_labels(&[4999, 0, 0], &[4999, 7, 7], 5000).unwrap();
        assert_eq!(
            turned(&many),
            (r#"{"classes":5000,"cells":[[0,7,2],[4999,4999,1]]}"#.to_owned(), many)
        );
    }

    #[test]
    fn invalid_matrices_are_refused() {
        let message =
            |text: &str| serde_json::from_str::<ConfusionMatrix>(text).unwrap_err().to_string();
        assert_eq!(
            message("[[1,2],[3]]"),
            "got 1 counts in a row of the confusion matrix, expected 2"
        );
        assert_eq!(message("[]"), "got 0 classes, expected 1 to 100000");
        assert_eq!(message("[[0]]"), "got 0 samples, expected at least 1");
        assert_eq!(
            message(r#"{"classes":2,"cells":[[0,2,1]]}"#),
            "predicted class 0 is class 2, expected 0 to 1"
        );
        assert!(serde_json::from_str::<ConfusionMatrix>("[[-1]]").is_err());
    }
}
