//! The predictions of a whole set, and what is computed of them.

use std::io::{Read, Write};

use crate::{
    ClassificationReport, Decisions, EvalError, ReportConfig, ScoreKind, Scored, TestRecord,
    argmax, check, predictions_csv,
};

/// The predicted probabilities of a whole set of samples, or their scores, with the truth.
///
/// # Shapes
///
/// N samples and C = `n_classes` classes; see the fields. Whoever fills the fields without
/// [`new`](Self::new) is checked by [`evaluate`](Self::evaluate) and
/// [`write_csv`](Self::write_csv).
#[derive(Clone, Debug, PartialEq)]
pub struct Predictions {
    /// The position of each sample in its data set, N numbers.
    pub indices: Vec<u32>,
    /// The file of each sample, N names, if the samples have files: for a folder of images their
    /// paths inside the folder.
    pub files: Option<Vec<String>>,
    /// The true class of each sample, N numbers in 0..C.
    pub labels: Vec<u32>,
    /// One row of C numbers a sample, `[N*C]`: probabilities, each in 0..=1 and each row with sum
    /// 1, or finite scores.
    pub scores: Vec<f32>,
    /// The number of classes C.
    pub n_classes: usize,
    /// Whether `scores` are probabilities.
    pub kind: ScoreKind,
}

impl Predictions {
    /// Takes the predictions of a set after checking them.
    ///
    /// # Errors
    ///
    /// Lengths that do not fit, a label out of range, a probability outside of 0..=1 or NaN, or a
    /// row whose sum is off 1 by more than 0.001.
    pub fn new(
        indices: Vec<u32>,
        labels: Vec<u32>,
        probabilities: Vec<f32>,
        n_classes: usize,
    ) -> Result<Self, EvalError> {
        let kind = ScoreKind::Probabilities;
        let predictions =
            Self { indices, files: None, labels, scores: probabilities, n_classes, kind };
        predictions.check()?;
        Ok(predictions)
    }

    /// The same of scores that are no probabilities.
    ///
    /// # Errors
    ///
    /// Lengths that do not fit, a label out of range, or a score that is NaN or infinite.
    pub fn of_scores(
        indices: Vec<u32>,
        labels: Vec<u32>,
        scores: Vec<f32>,
        n_classes: usize,
    ) -> Result<Self, EvalError> {
        let predictions =
            Self { indices, files: None, labels, scores, n_classes, kind: ScoreKind::Scores };
        predictions.check()?;
        Ok(predictions)
    }

    /// The same with the file of each sample, which [`write_csv`](Self::write_csv) writes down.
    ///
    /// # Errors
    ///
    /// A number of files other than N.
    pub fn with_files(self, files: Vec<String>) -> Result<Self, EvalError> {
        check::length("files", files.len(), self.len())?;
        Ok(Self { files: Some(files), ..self })
    }

    /// The number of samples N.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there is no sample.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// The C probabilities or scores of sample `i`.
    ///
    /// # Panics
    ///
    /// If there is no sample `i`, as with a slice.
    pub fn row(&self, i: usize) -> &[f32] {
        &self.scores[i * self.n_classes..(i + 1) * self.n_classes]
    }

    /// The predicted class of each sample: the one with the highest score, the first of equals. N
    /// numbers in 0..C.
    pub fn predicted(&self) -> Vec<u32> {
        self.rows().map(|row| argmax(row) as u32).collect()
    }

    /// Writes `predictions.csv`, one row a sample: the columns `index`, `file` (if there are
    /// files), `label`, `predicted` (class numbers) and up to 100 classes one column `p_CLASS` a
    /// class, or `s_CLASS` if the scores are no probabilities.
    ///
    /// With more classes, what is kept is `p_label`, the probability of the true class, and the 10
    /// best classes: the columns `top_1` (a class number), `p_1` (its probability) to `top_10`,
    /// `p_10`; or `s_label`, `s_1`, ... of scores.
    ///
    /// Numbers are in the shortest form that reads back as the same `f32`. Names with commas,
    /// quotes or line breaks are quoted.
    ///
    /// # Errors
    ///
    /// A number of `classes` other than C, fields that [`new`](Self::new) would refuse, or a
    /// failing writer.
    pub fn write_csv(&self, classes: &[String], to: impl Write) -> Result<(), EvalError> {
        self.check_with(classes)?;
        predictions_csv::write(self, classes, to)
    }

    /// Reads what [`write_csv`](Self::write_csv) wrote of up to 100 classes, with their names. The
    /// column `predicted` is not looked at: it follows from the others. A file without the column
    /// `file` is read too. [`Decisions::read_csv`] reads the files of any number of classes.
    ///
    /// # Errors
    ///
    /// A file that is no CSV of such columns or has the best classes only, or what
    /// [`new`](Self::new) refuses.
    pub fn read_csv(from: impl Read) -> Result<(Self, Vec<String>), EvalError> {
        let (predictions, classes) = predictions_csv::read(from)?;
        predictions.check()?;
        Ok((predictions, classes))
    }

    /// The metrics of `test.json`, with the names of the C `classes`; the most probable class is
    /// taken.
    ///
    /// # Errors
    ///
    /// No samples, a number of `classes` other than C, or fields that [`new`](Self::new) would
    /// refuse.
    pub fn evaluate(&self, classes: &[String]) -> Result<TestRecord, EvalError> {
        self.check_with(classes)?;
        TestRecord::of(&self.scored()?, &self.predicted(), classes)
    }

    /// As [`evaluate`](Self::evaluate) for two classes, but the second one is taken where its
    /// probability is at or above `threshold`.
    ///
    /// # Errors
    ///
    /// Those of [`evaluate`](Self::evaluate), a number of classes other than 2, or a threshold that
    /// is NaN.
    pub fn evaluate_at(&self, threshold: f32, classes: &[String]) -> Result<TestRecord, EvalError> {
        self.check_with(classes)?;
        let scored = self.scored()?;
        TestRecord::of(&scored, &scored.predicted_at(threshold)?, classes)
    }

    /// All metrics and curves.
    ///
    /// # Errors
    ///
    /// No samples, fields that [`new`](Self::new) would refuse, or those of
    /// [`ClassificationReport::new`].
    pub fn report(&self, config: &ReportConfig) -> Result<ClassificationReport, EvalError> {
        self.check()?;
        self.scored()?.report(config)
    }

    /// These predictions as input of the measures.
    ///
    /// # Errors
    ///
    /// Those of [`Scored::new`] and [`Scored::of_scores`].
    pub fn scored(&self) -> Result<Scored<'_>, EvalError> {
        match self.kind {
            ScoreKind::Probabilities => Scored::new(&self.scores, &self.labels, self.n_classes),
            ScoreKind::Scores => Scored::of_scores(&self.scores, &self.labels, self.n_classes),
        }
    }

    /// The lead of each class over the best other one, `s_c - max_{j != c} s_j`, in place of its
    /// score. Of two classes that is their difference, with either sign.
    ///
    /// The losses of margins look at differences within a row alone, so a row of scores may be
    /// shifted as a whole; leads can be compared between samples, and ranked. The same class is
    /// predicted, where its lead is above 0.
    #[must_use]
    pub fn into_leads(mut self) -> Self {
        for row in self.scores.chunks_exact_mut(self.n_classes.max(1)).filter(|row| row.len() > 1) {
            let best = argmax(row);
            let first = row[best];
            let second = row
                .iter()
                .enumerate()
                .filter(|(i, _)| *i != best)
                .map(|(_, s)| *s)
                .fold(f32::MIN, f32::max);
            for (i, score) in row.iter_mut().enumerate() {
                // A difference of finite numbers may be infinite.
                *score =
                    (*score - if i == best { second } else { first }).clamp(f32::MIN, f32::MAX);
            }
        }
        Self { kind: ScoreKind::Scores, ..self }
    }

    /// What was decided: all that a comparison with another model needs.
    pub fn decisions(&self) -> Decisions {
        Decisions {
            indices: self.indices.clone(),
            labels: self.labels.clone(),
            predicted: self.predicted(),
        }
    }

    fn rows(&self) -> impl Iterator<Item = &[f32]> {
        self.scores.chunks_exact(self.n_classes.max(1))
    }

    fn check_with(&self, classes: &[String]) -> Result<(), EvalError> {
        check::length("class names", classes.len(), self.n_classes)?;
        self.check()
    }

    fn check(&self) -> Result<(), EvalError> {
        check::rows(&self.scores, &self.labels, self.n_classes)?;
        check::length("indices", self.indices.len(), self.labels.len())?;
        if let Some(files) = &self.files {
            check::length("files", files.len(), self.labels.len())?;
        }
        if self.kind == ScoreKind::Scores {
            return check::finite(&self.scores, self.n_classes);
        }
        check::probabilities(&self.scores, self.n_classes)?;
        let mut sums =
            self.rows().map(|row| row.iter().map(|&p| f64::from(p)).sum::<f64>()).enumerate();
        match sums.find(|(_, sum)| (sum - 1.0).abs() > 1e-3) {
            Some((row, got)) => Err(EvalError::RowSum { row, got }),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn csv_escapes_names_and_keeps_every_bit() {
        let p = [0.1_f32, 0.2, 0.7, 1e-9, 1.0, 0.0];
        let predictions = Predictions::new(vec![7, 3], vec![2, 0], p.to_vec(), 3).unwrap();
        let mut file = Vec::new();
        predictions.write_csv(&names(&["cat, wild", "the \"dog\"", "Vögel"]), &mut file).unwrap();
        let text = String::from_utf8(file).unwrap();
        assert_eq!(
            text,
            "index,label,predicted,\"p_cat, \
             wild\",\"p_the \"\"dog\"\"\",p_Vögel\n7,2,2,0.1,0.2,0.7\n3,0,1,0.000000001,1,0\n"
        );
        let (again, classes) = Predictions::read_csv(text.as_bytes()).unwrap();
        assert_eq!((again, classes), (predictions, names(&["cat, wild", "the \"dog\"", "Vögel"])));
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        assert_eq!(&reader.headers().unwrap()[3], "p_cat, wild");
        let read: Vec<f32> = reader
            .records()
            .flat_map(|r| r.unwrap().iter().skip(3).map(|x| x.parse().unwrap()).collect::<Vec<_>>())
            .collect();
        assert_eq!(read.iter().map(|x| x.to_bits()).collect::<Vec<_>>(), p.map(f32::to_bits));
    }

    #[test]
    fn what_is_no_such_file_is_refused() {
        let message = |text: &str| Predictions::read_csv(text.as_bytes()).unwrap_err().to_string();
        assert!(
            message("index,truth,predicted,p_a,p_b\n").contains("label"),
            "{}",
            message("index,truth,predicted,p_a,p_b\n")
        );
        assert!(
            message("index,label,predicted,p_a,p_b\n0,x,0,1,0\n").contains("CSV"),
            "{}",
            message("index,label,predicted,p_a,p_b\n0,x,0,1,0\n")
        );
        assert_eq!(
            message("index,label,predicted,p_a,p_b\n0,2,0,1,0\n"),
            "label 0 is class 2, expected 0 to 1"
        );
        assert!(
            Predictions::read_csv("index,label,predicted,p_a,p_b\n0,1,0,1\n".as_bytes()).is_err()
        );
    }

    #[test]
    fn top5_is_there_from_6_classes_on() {
        for (n_classes, expected) in [(5, None), (6, Some(1.0))] {
            let p = vec![1.0 / n_classes as f32; n_classes];
            let classes: Vec<String> = (0..n_classes).map(|i| i.to_string()).collect();
            let test = Predictions::new(vec![0], vec![3], p, n_classes)
                .unwrap()
                .evaluate(&classes)
                .unwrap();
            assert_eq!(test.top5, expected);
        }
    }

    #[test]
    fn wrong_input_is_named() {
        let new = |i: &[u32], l: &[u32], p: &[f32]| {
            Predictions::new(i.to_vec(), l.to_vec(), p.to_vec(), 2).unwrap_err()
        };
        assert_eq!(
            new(&[0], &[0, 1], &[1.0, 0.0, 0.0, 1.0]).to_string(),
            "got 1 indices, expected 2"
        );
        assert_eq!(new(&[0], &[2], &[1.0, 0.0]).to_string(), "label 0 is class 2, expected 0 to 1");
        assert_eq!(
            new(&[0], &[0], &[0.5, 0.25]).to_string(),
            "the probabilities in row 0 sum to 0.75, expected 1 within 0.001"
        );
        assert!(
            new(&[0], &[0], &[f32::INFINITY, 0.0])
                .hint()
                .is_some_and(|hint| hint.contains("softmax"))
        );
        let none = Predictions::new(vec![], vec![], vec![], 2).unwrap();
        assert!(none.is_empty());
        assert_eq!(
            none.evaluate(&names(&["a", "b"])).unwrap_err().to_string(),
            "got 0 samples, expected at least 1"
        );
        assert_eq!(
            none.evaluate(&names(&["a"])).unwrap_err().to_string(),
            "got 1 class names, expected 2"
        );
    }

    #[test]
    fn fields_filled_by_hand_are_checked() {
        let broken = Predictions {
            indices: vec![0],
            files: None,
            labels: vec![0],
            scores: vec![],
            n_classes: 0,
            kind: ScoreKind::Scores,
        };
        assert!(broken.evaluate(&[]).is_err());
        assert!(broken.write_csv(&[], Vec::new()).is_err());
        assert!(broken.predicted().is_empty());
    }

    #[test]
    fn rows_and_predicted() {
        let predictions =
            Predictions::new(vec![0, 1], vec![0, 1], vec![0.5, 0.5, 0.25, 0.75], 2).unwrap();
        assert_eq!(predictions.len(), 2);
        assert_eq!(predictions.row(1), [0.25, 0.75]);
        assert_eq!(predictions.predicted(), [0, 1]);
        let classes = names(&["cat", "dog"]);
        assert_eq!(
            predictions.evaluate_at(0.6, &classes).unwrap(),
            predictions.evaluate(&classes).unwrap()
        );
        assert_eq!(
            predictions.evaluate_at(0.8, &classes).unwrap().confusion.rows(),
            [[1, 0], [1, 0]]
        );
        assert_eq!(predictions.report(&ReportConfig::default()).unwrap().accuracy, 1.0);
    }

    #[test]
    fn scores_are_written_as_scores_and_ranked_by_their_lead() {
        let scores = vec![3.5, 1.0, -0.25, -2.0, 1e30, 4.0];
        let predictions = Predictions::of_scores(vec![0, 1], vec![0, 2], scores, 3).unwrap();
        let mut file = Vec::new();
        let classes = names(&["a", "b", "c"]);
        predictions.write_csv(&classes, &mut file).unwrap();
        let text = String::from_utf8(file).unwrap();
        assert!(
            text.starts_with("index,label,predicted,s_a,s_b,s_c\n0,0,0,3.5,1,-0.25\n1,2,1,-2,"),
            "{text}"
        );
        let (read, _) = Predictions::read_csv(text.as_bytes()).unwrap();
        assert_eq!(read, predictions);
        let test = predictions.evaluate(&classes).unwrap();
        assert_eq!((test.loss, test.accuracy), (None, 0.5));
        assert!(
            test.remarks.iter().any(|remark| remark.starts_with("The scores are no probabilities"))
        );
        let leads = predictions.into_leads();
        assert_eq!(leads.row(0), [2.5, -2.5, -3.75]);
        assert_eq!((leads.predicted(), leads.kind), (vec![0, 1], ScoreKind::Scores));
        let far = Predictions::of_scores(vec![0], vec![0], vec![f32::MAX, f32::MIN], 2)
            .unwrap()
            .into_leads();
        assert_eq!(far.row(0), [f32::MAX, f32::MIN]);
        let error = Predictions::of_scores(vec![0], vec![0], vec![f32::NAN, 0.0], 2).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the score of class 0 in row 0 is NaN, expected a finite number"
        );
    }
}
