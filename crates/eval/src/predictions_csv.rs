//! The columns of `predictions.csv`.
//!
//! ```text
//! index,file,label,predicted,p_CLASS,p_CLASS...
//! 7,cat/1.jpg,0,1,0.25,0.75
//! ```
//!
//! `index` is the sample's number in its data set. `file` exists if the samples have files. `label`
//! (the true class) and `predicted` are class numbers; an unknown label is empty. For scores that
//! are not probabilities the columns are called `s_CLASS`. Fields with commas, quotes or line
//! breaks are quoted as in RFC 4180. With more than 100 classes only the true class and the best
//! ones are written, by number:
//!
//! ```text
//! index,label,predicted,p_label,top_1,p_1,top_2,p_2 ... top_10,p_10
//! ```

use std::io::{Read, Write};

use crate::{EvalError, Predictions, ScoreKind, argmax};

const INDEX: &str = "index";
const FILE: &str = "file";
const LABEL: &str = "label";
const PREDICTED: &str = "predicted";
const EXPECTED: &str =
    "index, label, predicted, p_CLASS or s_CLASS ... and for files a column file";
/// The largest number of classes with a column each.
const COLUMNS: usize = 100;
/// The number of best classes that are written for more classes than that.
const BEST: usize = 10;

/// One row of `predictions.csv`.
///
/// ```
/// use zunder_eval::{PredictionRow, ScoreKind};
///
/// let classes = ["cat".to_owned(), "dog".to_owned()];
/// let kind = ScoreKind::Probabilities;
/// let row = PredictionRow {
///     index: 7,
///     file: Some("a, b.jpg"),
///     label: None,
///     scores: &[0.25, 0.75],
///     kind,
/// };
/// assert_eq!(
///     PredictionRow::header(&classes, true, kind)?,
///     "index,file,label,predicted,p_cat,p_dog"
/// );
/// assert_eq!(row.line()?, "7,\"a, b.jpg\",,1,0.25,0.75");
/// # Ok::<(), zunder_eval::EvalError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PredictionRow<'a> {
    /// The sample's number in its data set.
    pub index: u32,
    /// The sample's file. Either all rows of a table have one or none.
    pub file: Option<&'a str>,
    /// The true class, if it is known.
    pub label: Option<u32>,
    /// The probability or the score of each class. The class with the highest one is predicted.
    pub scores: &'a [f32],
    /// Whether `scores` are probabilities.
    pub kind: ScoreKind,
}

impl PredictionRow<'_> {
    /// Returns the header line, without a line break.
    ///
    /// # Errors
    ///
    /// Returns the errors of the CSV writer.
    pub fn header(classes: &[String], files: bool, kind: ScoreKind) -> Result<String, EvalError> {
        line(|writer| header(writer, classes, files, kind))
    }

    /// Returns the row as a line without a line break.
    ///
    /// # Errors
    ///
    /// Returns the errors of the CSV writer.
    pub fn line(&self) -> Result<String, EvalError> {
        line(|writer| self.write(writer))
    }

    fn write(&self, writer: &mut csv::Writer<impl Write>) -> Result<(), EvalError> {
        let mut field = |text: &str| writer.write_field(text).map_err(EvalError::csv);
        field(&self.index.to_string())?;
        self.file.into_iter().try_for_each(&mut field)?;
        field(&self.label.map(|label| label.to_string()).unwrap_or_default())?;
        field(&argmax(self.scores).to_string())?;
        // The shortest form that reads back as the same number.
        if self.scores.len() <= COLUMNS {
            self.scores.iter().try_for_each(|score| field(&score.to_string()))?;
        } else {
            let own = self.label.and_then(|label| self.scores.get(label as usize));
            field(&own.map(f32::to_string).unwrap_or_default())?;
            for class in best(self.scores) {
                field(&class.to_string())?;
                field(&self.scores[class].to_string())?;
            }
        }
        writer.write_record(None::<&[u8]>).map_err(EvalError::csv)
    }
}

/// Returns the classes with the highest scores; of equal scores the lower class number comes first.
fn best(scores: &[f32]) -> Vec<usize> {
    let mut classes: Vec<usize> = (0..scores.len()).collect();
    let order =
        |a: &usize, b: &usize| (scores[*b] + 0.0).total_cmp(&(scores[*a] + 0.0)).then(a.cmp(b));
    if classes.len() > BEST {
        classes.select_nth_unstable_by(BEST, order);
        classes.truncate(BEST);
    }
    classes.sort_unstable_by(order);
    classes
}

/// Writes predictions that have been checked.
pub(crate) fn write(
    predictions: &Predictions,
    classes: &[String],
    to: impl Write,
) -> Result<(), EvalError> {
    let mut writer = csv::Writer::from_writer(to);
    let kind = predictions.kind;
    header(&mut writer, classes, predictions.files.is_some(), kind)?;
    for i in 0..predictions.len() {
        let file = predictions.files.as_ref().map(|files| files[i].as_str());
        let (index, label) = (predictions.indices[i], Some(predictions.labels[i]));
        PredictionRow { index, file, label, scores: predictions.row(i), kind }
            .write(&mut writer)?;
    }
    writer.flush().map_err(EvalError::csv)
}

/// Reads predictions and the names of their classes. Only the form of the file is checked.
pub(crate) fn read(from: impl Read) -> Result<(Predictions, Vec<String>), EvalError> {
    let mut reader = csv::Reader::from_reader(from);
    let header = reader.headers().map_err(EvalError::csv)?;
    let has_files = header.get(1) == Some(FILE);
    let fixed: &[&str] =
        if has_files { &[INDEX, FILE, LABEL, PREDICTED] } else { &[INDEX, LABEL, PREDICTED] };
    if let Some((_, missing)) =
        fixed.iter().enumerate().find(|&(i, expected)| header.get(i) != Some(*expected))
    {
        return Err(EvalError::Column { missing, expected: EXPECTED.to_owned() });
    }
    let columns = || header.iter().skip(fixed.len());
    if columns().any(|name| name == "top_1") {
        return Err(EvalError::BestOnly);
    }
    let are_scores =
        columns().next().is_some_and(|name| name.starts_with(ScoreKind::Scores.prefix()));
    let kind = if are_scores { ScoreKind::Scores } else { ScoreKind::Probabilities };
    let classes: Vec<String> =
        columns().map(|name| name.strip_prefix(kind.prefix()).unwrap_or(name).to_owned()).collect();
    let (mut indices, mut labels, mut scores) = (Vec::new(), Vec::new(), Vec::new());
    let mut files = has_files.then(Vec::new);
    let mut take = |(index, label, row): (u32, u32, Vec<f32>)| {
        indices.push(index);
        labels.push(label);
        scores.extend(row);
    };
    if let Some(files) = &mut files {
        for row in reader.deserialize() {
            let (index, file, label, _, row): (u32, String, u32, u32, Vec<f32>) =
                row.map_err(EvalError::csv)?;
            files.push(file);
            take((index, label, row));
        }
    } else {
        for row in reader.deserialize() {
            let (index, label, _, row): (u32, u32, u32, Vec<f32>) = row.map_err(EvalError::csv)?;
            take((index, label, row));
        }
    }
    Ok((Predictions { indices, files, labels, scores, n_classes: classes.len(), kind }, classes))
}

fn header(
    writer: &mut csv::Writer<impl Write>,
    classes: &[String],
    files: bool,
    kind: ScoreKind,
) -> Result<(), EvalError> {
    let of = |name: &str| format!("{}{name}", kind.prefix());
    let fixed =
        [Some(INDEX), files.then_some(FILE), Some(LABEL), Some(PREDICTED)].into_iter().flatten();
    let mut names: Vec<String> = fixed.map(str::to_owned).collect();
    if classes.len() <= COLUMNS {
        names.extend(classes.iter().map(|class| of(class)));
    } else {
        names.push(of(LABEL));
        names.extend((1..=BEST).flat_map(|place| [format!("top_{place}"), of(&place.to_string())]));
    }
    writer.write_record(names).map_err(EvalError::csv)
}

fn line(
    write: impl FnOnce(&mut csv::Writer<Vec<u8>>) -> Result<(), EvalError>,
) -> Result<String, EvalError> {
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
    use crate::Decisions;

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
                Predictions::new(numbers, vec![0; n], vec![each; n * classes.len()], classes.len())
                    .unwrap();
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
        let predictions =
            Predictions::new(vec![4, 9], vec![0, 1], vec![0.5, 0.5, 0.1, 0.9], 2).unwrap();
        let predictions = predictions.with_files(files.clone()).unwrap();
        let mut file = Vec::new();
        predictions.write_csv(&classes, &mut file).unwrap();
        let mut lines =
            vec![PredictionRow::header(&classes, true, ScoreKind::Probabilities).unwrap()];
        lines.extend((0..2).map(|i| {
            let (index, label) = (predictions.indices[i], Some(predictions.labels[i]));
            let (scores, kind) = (predictions.row(i), predictions.kind);
            PredictionRow { index, file: Some(&files[i]), label, scores, kind }.line().unwrap()
        }));
        assert_eq!(String::from_utf8(file).unwrap(), lines.join("\n") + "\n");
        assert_eq!(
            lines,
            [
                "index,file,label,predicted,\"p_a,b\",p_c",
                "4,x/1.png,0,0,0.5,0.5",
                "9,\"two\nlines\",1,1,0.1,0.9"
            ]
        );
    }

    #[test]
    fn of_very_many_classes_the_best_are_kept() {
        let n = COLUMNS + 1;
        let classes: Vec<String> = (0..n).map(|i| format!("class {i}")).collect();
        let p: Vec<f32> =
            (0..n).map(|i| if i == 40 { 0.5 } else { 0.5 / (n - 1) as f32 }).collect();
        let predictions = Predictions::new(vec![3], vec![7], p, n).unwrap();
        let mut file = Vec::new();
        predictions.write_csv(&classes, &mut file).unwrap();
        let text = String::from_utf8(file).unwrap();
        let lines: Vec<Vec<&str>> = text.lines().map(|line| line.split(',').collect()).collect();
        assert_eq!(lines[0][..6], ["index", "label", "predicted", "p_label", "top_1", "p_1"]);
        assert_eq!(lines[0][22..], ["top_10", "p_10"]);
        assert_eq!(lines[1][..8], ["3", "7", "40", "0.005", "40", "0.5", "0", "0.005"]);
        assert_eq!(lines[1][22], "8");
        assert_eq!(Decisions::read_csv(text.as_bytes()).unwrap(), predictions.decisions());
        assert!(
            Predictions::read_csv(text.as_bytes())
                .unwrap_err()
                .to_string()
                .contains("the best classes only")
        );
    }
}
