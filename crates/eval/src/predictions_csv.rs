//! The columns of `predictions.csv`: the one place that knows them.
//!
//! ```text
//! index,file,label,predicted,p_CLASS,p_CLASS...
//! 7,cat/1.jpg,0,1,0.25,0.75
//! ```
//!
//! `index` is the sample's number in its data set. `file` is there for samples that have one.
//! `label` (the true class) and `predicted` are class numbers; a label that is not known is empty.
//! Fields with commas, quotes or line breaks are quoted as in RFC 4180.

use std::io::{Read, Write};

use crate::{EvalError, Predictions, argmax};

const INDEX: &str = "index";
const FILE: &str = "file";
const LABEL: &str = "label";
const PREDICTED: &str = "predicted";
const EXPECTED: &str = "index, label, predicted, p_CLASS ... and for files a column file";

/// One row of `predictions.csv`.
///
/// ```
/// use zunder_eval::PredictionRow;
///
/// let classes = ["cat".to_owned(), "dog".to_owned()];
/// let row = PredictionRow { index: 7, file: Some("a, b.jpg"), label: None, probabilities: &[0.25, 0.75] };
/// assert_eq!(PredictionRow::header(&classes, true)?, "index,file,label,predicted,p_cat,p_dog");
/// assert_eq!(row.line()?, "7,\"a, b.jpg\",,1,0.25,0.75");
/// # Ok::<(), zunder_eval::EvalError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PredictionRow<'a> {
    /// The sample's number in its data set.
    pub index: u32,
    /// The sample's file; either all rows of a table have one or none.
    pub file: Option<&'a str>,
    /// The true class, if it is known.
    pub label: Option<u32>,
    /// The probability of each class; the highest one's class is predicted.
    pub probabilities: &'a [f32],
}

impl PredictionRow<'_> {
    /// The line of the columns' names, without a line break.
    ///
    /// # Errors
    ///
    /// Those of the CSV writer.
    pub fn header(classes: &[String], files: bool) -> Result<String, EvalError> {
        line(|writer| header(writer, classes, files))
    }

    /// The row as a line without a line break at its end.
    ///
    /// # Errors
    ///
    /// Those of the CSV writer.
    pub fn line(&self) -> Result<String, EvalError> {
        line(|writer| self.write(writer))
    }

    fn write(&self, writer: &mut csv::Writer<impl Write>) -> Result<(), EvalError> {
        let (label, predicted) = (self.label.map(|label| label.to_string()), argmax(self.probabilities).to_string());
        let mut field = |text: &str| writer.write_field(text).map_err(EvalError::csv);
        field(&self.index.to_string())?;
        self.file.into_iter().try_for_each(&mut field)?;
        field(&label.unwrap_or_default())?;
        field(&predicted)?;
        // The shortest form that reads back as the same number.
        self.probabilities.iter().try_for_each(|p| field(&p.to_string()))?;
        writer.write_record(None::<&[u8]>).map_err(EvalError::csv)
    }
}

/// Writes checked predictions.
pub(crate) fn write(predictions: &Predictions, classes: &[String], to: impl Write) -> Result<(), EvalError> {
    let mut writer = csv::Writer::from_writer(to);
    header(&mut writer, classes, predictions.files.is_some())?;
    for i in 0..predictions.len() {
        let file = predictions.files.as_ref().map(|files| files[i].as_str());
        let (index, label) = (predictions.indices[i], Some(predictions.labels[i]));
        PredictionRow { index, file, label, probabilities: predictions.row(i) }.write(&mut writer)?;
    }
    writer.flush().map_err(EvalError::csv)
}

/// Reads predictions and the names of their classes; nothing but the form is checked.
pub(crate) fn read(from: impl Read) -> Result<(Predictions, Vec<String>), EvalError> {
    let mut reader = csv::Reader::from_reader(from);
    let header = reader.headers().map_err(EvalError::csv)?;
    let has_files = header.get(1) == Some(FILE);
    let fixed: &[&str] = if has_files { &[INDEX, FILE, LABEL, PREDICTED] } else { &[INDEX, LABEL, PREDICTED] };
    if let Some((_, missing)) = fixed.iter().enumerate().find(|&(i, expected)| header.get(i) != Some(*expected)) {
        return Err(EvalError::Column { missing, expected: EXPECTED.to_owned() });
    }
    let classes: Vec<String> = header.iter().skip(fixed.len()).map(|name| name.strip_prefix("p_").unwrap_or(name).to_owned()).collect();
    let (mut indices, mut labels, mut probabilities) = (Vec::new(), Vec::new(), Vec::new());
    let mut files = has_files.then(Vec::new);
    let mut take = |(index, label, row): (u32, u32, Vec<f32>)| {
        indices.push(index);
        labels.push(label);
        probabilities.extend(row);
    };
    if let Some(files) = &mut files {
        for row in reader.deserialize() {
            let (index, file, label, _, row): (u32, String, u32, u32, Vec<f32>) = row.map_err(EvalError::csv)?;
            files.push(file);
            take((index, label, row));
        }
    } else {
        for row in reader.deserialize() {
            let (index, label, _, row): (u32, u32, u32, Vec<f32>) = row.map_err(EvalError::csv)?;
            take((index, label, row));
        }
    }
    Ok((Predictions { indices, files, labels, probabilities, n_classes: classes.len() }, classes))
}

fn header(writer: &mut csv::Writer<impl Write>, classes: &[String], files: bool) -> Result<(), EvalError> {
    let fixed = [Some(INDEX), files.then_some(FILE), Some(LABEL), Some(PREDICTED)].into_iter().flatten();
    let names = fixed.map(str::to_owned).chain(classes.iter().map(|class| format!("p_{class}")));
    writer.write_record(names).map_err(EvalError::csv)
}

fn line(write: impl FnOnce(&mut csv::Writer<Vec<u8>>) -> Result<(), EvalError>) -> Result<String, EvalError> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    write(&mut writer)?;
    let bytes = writer.into_inner().map_err(|error| EvalError::csv(error.into_error()))?;
    let mut text = String::from_utf8(bytes).map_err(|error| EvalError::Csv(Box::new(error)))?;
    text.truncate(text.trim_end_matches('\n').len());
    Ok(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn names_of_any_characters_come_back(
            files in prop::collection::vec(any::<String>(), 1..6),
            classes in prop::collection::hash_set("[^\r\n]{1,9}", 2..4),
            with_files in any::<bool>(),
        ) {
            let classes: Vec<String> = classes.into_iter().collect();
            let (n, each) = (files.len(), 1.0 / classes.len() as f32);
            let numbers: Vec<u32> = (0..n as u32).collect();
            let plain =
                Predictions::new(numbers, vec![0; n], vec![each; n * classes.len()], classes.len()).unwrap();
            let predictions = if with_files { plain.with_files(files).unwrap() } else { plain };
            let mut file = Vec::new();
            predictions.write_csv(&classes, &mut file).unwrap();
            prop_assert_eq!(Predictions::read_csv(&file[..]).unwrap(), (predictions, classes));
        }
    }

    #[test]
    fn lines_are_those_of_the_file() {
        let classes = ["a,b".to_owned(), "c".to_owned()];
        let files = vec!["x/1.png".to_owned(), "two\nlines".to_owned()];
        let predictions = Predictions::new(vec![4, 9], vec![0, 1], vec![0.5, 0.5, 0.1, 0.9], 2).unwrap();
        let predictions = predictions.with_files(files.clone()).unwrap();
        let mut file = Vec::new();
        predictions.write_csv(&classes, &mut file).unwrap();
        let mut lines = vec![PredictionRow::header(&classes, true).unwrap()];
        lines.extend((0..2).map(|i| {
            let (index, label) = (predictions.indices[i], Some(predictions.labels[i]));
            PredictionRow { index, file: Some(&files[i]), label, probabilities: predictions.row(i) }.line().unwrap()
        }));
        assert_eq!(String::from_utf8(file).unwrap(), lines.join("\n") + "\n");
        assert_eq!(lines, ["index,file,label,predicted,\"p_a,b\",p_c", "4,x/1.png,0,0,0.5,0.5", "9,\"two\nlines\",1,1,0.1,0.9"]);
    }
}
