//! The decisions of a model: true and predicted class of each sample, for comparison with another
//! model.

use std::io::Read;

use crate::{ConfusionMatrix, EvalError, check};

const COLUMNS: [&str; 3] = ["index", "label", "predicted"];

/// The true and the predicted class of a set of samples.
///
/// # Shapes
///
/// N numbers per field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decisions {
    /// The position of each sample in its data set.
    pub indices: Vec<u32>,
    /// The true class of each sample.
    pub labels: Vec<u32>,
    /// The class that was predicted for each sample.
    pub predicted: Vec<u32>,
}

impl Decisions {
    /// Reads the columns `index`, `label` and `predicted` of a `predictions.csv`. Other columns are
    /// ignored.
    ///
    /// # Errors
    ///
    /// Returns an error if the file is not a CSV file with these columns.
    ///
    /// ```
    /// let file = "index,label,predicted,p_cat,p_dog\n7,0,1,0.25,0.75\n";
    /// assert_eq!(zunder_eval::Decisions::read_csv(file.as_bytes())?.predicted, [1]);
    /// # Ok::<(), zunder_eval::EvalError>(())
    /// ```
    pub fn read_csv(from: impl Read) -> Result<Self, EvalError> {
        let mut file = csv::Reader::from_reader(from);
        let header = file.headers().map_err(EvalError::csv)?.clone();
        let place = |missing: &'static str| {
            let column = || EvalError::Column { missing, expected: COLUMNS.join(", ") };
            header.iter().position(|name| name == missing).ok_or_else(column)
        };
        let [index, label, predicted] = COLUMNS.map(place);
        let (index, label, predicted) = (index?, label?, predicted?);
        let mut all = Self::default();
        for row in file.records() {
            let row = row.map_err(EvalError::csv)?;
            let number = |i: usize| {
                let field = row.get(i).unwrap_or_default();
                field.parse::<u32>().map_err(|_| EvalError::Field {
                    column: header.get(i).unwrap_or_default().to_owned(),
                    line: row.position().map_or(0, csv::Position::line),
                    got: field.to_owned(),
                })
            };
            all.indices.push(number(index)?);
            all.labels.push(number(label)?);
            all.predicted.push(number(predicted)?);
        }
        Ok(all)
    }

    /// Returns the number of samples N.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Returns whether there is no sample.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// Returns the confusion matrix of these decisions.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`ConfusionMatrix::from_labels`], and an error if the numbers of
    /// indices and labels differ.
    pub fn confusion_matrix(&self, n_classes: usize) -> Result<ConfusionMatrix, EvalError> {
        check::length("indices", self.indices.len(), self.labels.len())?;
        ConfusionMatrix::from_labels(&self.labels, &self.predicted, n_classes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_files_are_refused() {
        let message = |text: &str| Decisions::read_csv(text.as_bytes()).unwrap_err().to_string();
        assert_eq!(
            message(""),
            "the CSV file has no column \"index\", expected the columns index, label, predicted"
        );
        let expected = "line 3 of the CSV file has \"x\" in the column \"predicted\", expected a \
            whole number from 0 on";
        assert_eq!(message("index,file,label,predicted,p_a\n1,a,0,0,1\n2,b,0,x,1\n"), expected);
        assert!(
            message("index,label,predicted\n1,2\n")
                .starts_with("the CSV file cannot be read or written")
        );
    }

    #[test]
    fn other_columns_are_ignored() {
        let read = Decisions::read_csv(
            "index,file,label,predicted,s_a,s_b\n4,\"a,b\n\",1,0,2.5,-1\n".as_bytes(),
        )
        .unwrap();
        assert_eq!(read, Decisions { indices: vec![4], labels: vec![1], predicted: vec![0] });
        assert_eq!(read.confusion_matrix(2).unwrap().rows(), [[0, 0], [1, 0]]);
        assert!(!read.is_empty() && read.len() == 1 && read.confusion_matrix(1).is_err());
    }
}
