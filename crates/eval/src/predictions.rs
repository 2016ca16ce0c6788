//! The predictions of a whole set of samples, and their metrics.

use std::io::{Read, Write};

use crate::{
    ClassificationReport, Decisions, EvalError, ReportConfig, ScoreKind, Scored, TestRecord,
    argmax, check, predictions_csv,
};

/// The predicted probabilities or scores of a whole set of samples, with their labels.
///
/// # Shapes
///
/// N samples and C = `n_classes` classes; see the methods of these names.
#[derive(Clone, Debug, PartialEq)]
pub struct Predictions {
    pub(crate) indices: Vec<u32>,
    pub(crate) files: Option<Vec<String>>,
    pub(crate) labels: Vec<u32>,
    pub(crate) scores: Vec<f32>,
    pub(crate) n_classes: usize,
    pub(crate) kind: ScoreKind,
}

impl Predictions {
    /// Creates predictions with probabilities, after checking them.
    ///
    /// # Errors
    ///
    /// Returns an error for lengths that do not match, a label out of range, a probability that is
    /// NaN or outside of 0..=1, or a row whose sum differs from 1 by more than 0.001.
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

    /// Creates predictions with scores that are not probabilities.
    ///
    /// # Errors
    ///
    /// Returns an error for lengths that do not match, a label out of range, or a score that is NaN
    /// or infinite.
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

    /// Adds the file of each sample, which [`write_csv`](Self::write_csv) then writes.
    ///
    /// # Errors
    ///
    /// Returns an error for a number of files other than N.
    pub fn with_files(self, files: Vec<String>) -> Result<Self, EvalError> {
        check::length("files", files.len(), self.len())?;
        Ok(Self { files: Some(files), ..self })
    }

    /// Returns the position of each sample in its data set, N numbers.
    pub fn indices(&self) -> &[u32] {
        &self.indices
    }

    /// Returns the file of each sample, N names, if the samples come from files. For a folder of
    /// images these are the paths inside the folder.
    pub fn files(&self) -> Option<&[String]> {
        self.files.as_deref()
    }

    /// Returns the true class of each sample, N numbers in 0..C.
    pub fn labels(&self) -> &[u32] {
        &self.labels
    }

    /// Returns one row of C numbers per sample, `[N*C]`: probabilities, each in 0..=1 and with the
    /// sum 1 per row, or finite scores.
    pub fn scores(&self) -> &[f32] {
        &self.scores
    }

    /// Returns the number of classes C.
    pub fn n_classes(&self) -> usize {
        self.n_classes
    }

    /// Returns whether [`scores`](Self::scores) are probabilities.
    pub fn kind(&self) -> ScoreKind {
        self.kind
    }

    /// Returns the number of samples N.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Returns whether there is no sample.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// Returns the C probabilities or scores of sample `i`.
    ///
    /// # Panics
    ///
    /// Panics if there is no sample `i`, as indexing of a slice does.
    pub fn row(&self, i: usize) -> &[f32] {
        &self.scores[i * self.n_classes..(i + 1) * self.n_classes]
    }

    /// Returns the predicted class of each sample, in 0..C: the one with the highest score, the
    /// first if several are equal.
    pub fn predicted(&self) -> Vec<u32> {
        self.rows().map(|row| argmax(row) as u32).collect()
    }

    /// Writes `predictions.csv`, one row per sample. The columns are `index`, `file` (if there are
    /// files), `label`, `predicted` (class numbers), and for up to 100 classes one column `p_CLASS`
    /// per class, or `s_CLASS` if the scores are not probabilities.
    ///
    /// For more classes the file has the column `p_label`, the probability of the true class, and
    /// the 10 best classes: the columns `top_1` (a class number), `p_1` (its probability) to
    /// `top_10`, `p_10`. For scores these are `s_label`, `s_1`, ....
    ///
    /// Numbers are written in the shortest form that reads back as the same `f32`. Names with
    /// commas, quotes or line breaks are quoted.
    ///
    /// # Errors
    ///
    /// Returns an error if there are not C `classes` or if the writer fails.
    pub fn write_csv(&self, classes: &[String], to: impl Write) -> Result<(), EvalError> {
        self.check_names(classes)?;
        predictions_csv::write(self, classes, to)
    }

    /// Reads a file that [`write_csv`](Self::write_csv) wrote for up to 100 classes, and returns
    /// the names of the classes as well. The column `predicted` is ignored, since it follows from
    /// the scores. The column `file` is optional. [`Decisions::read_csv`] reads files of any number
    /// of classes.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`new`](Self::new), and an error if the file is not a CSV file with
    /// these columns or has only the best classes.
    pub fn read_csv(from: impl Read) -> Result<(Self, Vec<String>), EvalError> {
        let (predictions, classes) = predictions_csv::read(from)?;
        predictions.check()?;
        Ok((predictions, classes))
    }

    /// Computes the metrics of `test.json`, with the names of the C `classes`. The predicted class
    /// is the most probable one.
    ///
    /// # Errors
    ///
    /// Returns an error for no samples, or if there are not C `classes`.
    pub fn evaluate(&self, classes: &[String]) -> Result<TestRecord, EvalError> {
        self.check_names(classes)?;
        TestRecord::of(&self.scored()?, &self.predicted(), classes)
    }

    /// As [`evaluate`](Self::evaluate) for two classes, but the second class is predicted if its
    /// probability is at or above `threshold`.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`evaluate`](Self::evaluate), and an error if there are not 2 classes
    /// or if the threshold is NaN.
    pub fn evaluate_at(&self, threshold: f32, classes: &[String]) -> Result<TestRecord, EvalError> {
        self.check_names(classes)?;
        let scored = self.scored()?;
        TestRecord::of(&scored, &scored.predicted_at(threshold)?, classes)
    }

    /// Computes all metrics and curves.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`ClassificationReport::new`], and an error for no samples.
    pub fn report(&self, config: &ReportConfig) -> Result<ClassificationReport, EvalError> {
        self.scored()?.report(config)
    }

    /// Returns these predictions as the input of the metrics.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`Scored::new`] and [`Scored::of_scores`].
    pub fn scored(&self) -> Result<Scored<'_>, EvalError> {
        match self.kind {
            ScoreKind::Probabilities => Scored::new(&self.scores, &self.labels, self.n_classes),
            ScoreKind::Scores => Scored::of_scores(&self.scores, &self.labels, self.n_classes),
        }
    }

    /// Replaces each score by its margin over the best other class, `s_c - max_{j != c} s_j`. For
    /// two classes that is their difference, with either sign.
    ///
    /// Margin losses depend only on differences within a row, so that the scores of a row may be
    /// shifted as a whole. Margins can be compared between samples and ranked. The predicted class
    /// stays the same; it is the one with a margin above 0.
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
                // The difference of two finite numbers may be infinite.
                *score =
                    (*score - if i == best { second } else { first }).clamp(f32::MIN, f32::MAX);
            }
        }
        Self { kind: ScoreKind::Scores, ..self }
    }

    /// Reverses the order of the classes: class c becomes class C - 1 - c. Of two classes, the
    /// other one is then the positive one.
    #[must_use]
    pub fn into_reversed_classes(mut self) -> Self {
        for label in &mut self.labels {
            *label = (self.n_classes as u32 - 1) - *label;
        }
        self.scores.chunks_exact_mut(self.n_classes).for_each(<[f32]>::reverse);
        self
    }

    /// Returns the decisions, as a comparison with another model needs them.
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

    fn check_names(&self, classes: &[String]) -> Result<(), EvalError> {
        check::length("class names", classes.len(), self.n_classes)
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
mod tests;
