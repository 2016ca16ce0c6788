//! The most confident mistakes and the most confused classes of a test set.

use std::collections::BTreeMap;

use zunder_eval::{Predictions, ScoreKind};

use crate::Picture;

/// A test image that was predicted as a wrong class.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Mistake {
    /// The name of the image, such as its file name or its number in the data set.
    pub name: String,
    /// The image.
    pub picture: Picture,
    /// The name of its true class.
    pub truth: String,
    /// The name of the predicted class.
    pub predicted: String,
    /// The probability or score of the predicted class; see [`Mistakes::score_kind`].
    pub score: f32,
    /// The probability or score of the true class.
    pub truth_score: f32,
}

/// Two classes that are often confused.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ConfusedPair {
    /// The name of the true class.
    pub truth: String,
    /// The name of the predicted class.
    pub predicted: String,
    /// The number of images of `truth` that were predicted as `predicted`.
    pub count: usize,
    /// `count` divided by the number of images of `truth`, in 0..=1.
    pub share: f64,
    /// Some of these images, the most confident first.
    pub examples: Vec<Mistake>,
}

/// The most confident mistakes and the most confused pairs.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Mistakes {
    /// Whether the scores are probabilities.
    pub score_kind: ScoreKind,
    /// The mistakes with the highest probability of the wrong class, the highest first. For scores,
    /// those with the largest margin over the true class.
    pub confident: Vec<Mistake>,
    /// The pairs of classes with the most mistakes, the most first.
    pub pairs: Vec<ConfusedPair>,
}

/// The number of mistakes that [`Mistakes::select`] returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MistakeLimits {
    /// The number of confident mistakes. Default: 24.
    pub confident: usize,
    /// The number of pairs of classes. Default: 6.
    pub pairs: usize,
    /// The number of examples per pair. Default: 6.
    pub examples: usize,
}

impl Default for MistakeLimits {
    fn default() -> Self {
        Self { confident: 24, pairs: 6, examples: 6 }
    }
}

/// A mistake whose image has not been read yet.
#[derive(Clone, Copy)]
struct Found {
    position: usize,
    truth: usize,
    predicted: usize,
    confidence: f32,
}

impl Mistakes {
    /// Finds the most confident mistakes and the most confused pairs of classes. `predicted` is the
    /// predicted class of each sample, such as [`Predictions::predicted`]. Samples without one, or
    /// with one out of range, are skipped.
    ///
    /// `image` returns the name and the picture of a sample by its number in the data set (see
    /// [`Predictions::indices`]). It is called only for the selected samples; if it returns `None`,
    /// the mistake is left out. Equal confidences stay in the order of the samples. A class without
    /// a name is called by its number.
    ///
    /// ```
    /// use zunder_eval::Predictions;
    /// use zunder_report::{MistakeLimits, Mistakes, Picture};
    ///
    /// let classes = ["cat".to_owned(), "dog".to_owned()];
    /// let predictions =
    ///     Predictions::new(vec![7, 8, 9], vec![0, 0, 1], vec![0.9, 0.1, 0.2, 0.8, 0.6, 0.4], 2)?;
    /// let black = |index| {
    ///     Some((
    ///         format!("image {index}"),
    ///         Picture { channels: 1, height: 1, width: 1, pixels: vec![0] },
    ///     ))
    /// };
    /// let mistakes = Mistakes::select(
    ///     &predictions,
    ///     &predictions.predicted(),
    ///     &classes,
    ///     &MistakeLimits::default(),
    ///     black,
    /// );
    /// assert_eq!(
    ///     mistakes.confident.iter().map(|m| m.name.as_str()).collect::<Vec<_>>(),
    ///     ["image 8", "image 9"]
    /// );
    /// assert_eq!((mistakes.pairs[0].truth.as_str(), mistakes.pairs[0].share), ("cat", 0.5));
    /// # Ok::<(), zunder_eval::EvalError>(())
    /// ```
    pub fn select(
        predictions: &Predictions,
        predicted: &[u32],
        classes: &[String],
        limits: &MistakeLimits,
        mut image: impl FnMut(u32) -> Option<(String, Picture)>,
    ) -> Self {
        let found = found(predictions, predicted);
        let mut mistake = |found: &Found| {
            let (name, picture) = image(*predictions.indices().get(found.position)?)?;
            let truth_score = predictions.row(found.position).get(found.truth).copied()?;
            let (truth, predicted) =
                (class_name(classes, found.truth), class_name(classes, found.predicted));
            let score = predictions.row(found.position).get(found.predicted).copied()?;
            Some(Mistake { name, picture, truth, predicted, score, truth_score })
        };
        let confident = found.iter().take(limits.confident).filter_map(&mut mistake).collect();
        let mut pairs: BTreeMap<(usize, usize), Vec<Found>> = BTreeMap::new();
        for one in found {
            pairs.entry((one.truth, one.predicted)).or_default().push(one);
        }
        let mut pairs: Vec<_> = pairs.into_iter().collect();
        pairs.sort_by_key(|(_, of_pair)| std::cmp::Reverse(of_pair.len()));
        let pair = |((truth, predicted), of_pair): ((usize, usize), Vec<Found>)| {
            let support =
                predictions.labels().iter().filter(|label| **label as usize == truth).count();
            ConfusedPair {
                truth: class_name(classes, truth),
                predicted: class_name(classes, predicted),
                count: of_pair.len(),
                share: of_pair.len() as f64 / support as f64,
                examples: of_pair.iter().take(limits.examples).filter_map(&mut mistake).collect(),
            }
        };
        Self {
            score_kind: predictions.kind(),
            confident,
            pairs: pairs.into_iter().take(limits.pairs).map(pair).collect(),
        }
    }
}

/// Returns all mistakes, the most confident first.
fn found(predictions: &Predictions, predicted: &[u32]) -> Vec<Found> {
    let rows = predictions.scores().chunks_exact(predictions.n_classes().max(1));
    let samples = predictions.labels().iter().zip(rows).zip(predicted).enumerate();
    let wrong = samples.filter(|(_, ((label, _), predicted))| label != predicted);
    let mut found: Vec<Found> = wrong
        .filter_map(|(position, ((&label, row), &predicted))| {
            let (truth, predicted) = (label as usize, predicted as usize);
            let score = *row.get(predicted)?;
            let confidence = match predictions.kind() {
                ScoreKind::Probabilities => score,
                ScoreKind::Scores => score - *row.get(truth)?,
            };
            Some(Found { position, truth, predicted, confidence })
        })
        .collect();
    found.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
    found
}

fn class_name(classes: &[String], class: usize) -> String {
    classes.get(class).cloned().unwrap_or_else(|| format!("class {class}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_selected_images_are_read() {
        let n = 1000;
        // Every other image of class 0 is predicted as 1 with rising confidence, every tenth of
        // class 1 as 2.
        let labels: Vec<u32> = (0..n).map(|i| i / 500).collect();
        let row = |i: u32| {
            let p = 0.5 + i as f32 / 2000.0;
            let mut row = [(1.0 - p) / 2.0; 3];
            row[if i < 500 { (i % 2) as usize } else { 1 + usize::from(i.is_multiple_of(10)) }] = p;
            row
        };
        let predictions = Predictions::new(
            (0..n).map(|i| i + 5000).collect(),
            labels,
            (0..n).flat_map(row).collect(),
            3,
        )
        .unwrap();
        let mut asked = Vec::new();
        let limits = MistakeLimits { confident: 3, pairs: 5, examples: 2 };
        let mistakes = Mistakes::select(
            &predictions,
            &predictions.predicted(),
            &["a".to_owned()],
            &limits,
            |index| {
                asked.push(index);
                (index != 5980).then(|| {
                    (
                        index.to_string(),
                        Picture { channels: 1, height: 1, width: 1, pixels: vec![0] },
                    )
                })
            },
        );
        assert_eq!(asked, [5990, 5980, 5970, 5499, 5497, 5990, 5980]);
        assert_eq!(
            mistakes.confident.iter().map(|m| m.name.as_str()).collect::<Vec<_>>(),
            ["5990", "5970"]
        );
        let pairs: Vec<_> = mistakes
            .pairs
            .iter()
            .map(|p| (p.truth.as_str(), p.predicted.as_str(), p.count, p.share))
            .collect();
        assert_eq!(pairs, [("a", "class 1", 250, 0.5), ("class 1", "class 2", 50, 0.1)]);
        assert!(mistakes.confident[0].score > 0.99 && mistakes.confident[0].truth_score < 0.01);
    }

    #[test]
    fn scores_count_by_their_lead_over_the_true_class() {
        let scores = vec![9.0, 9.5, 0.0, 3.0, 5.0, 0.0];
        let predictions = Predictions::of_scores(vec![0, 1, 2], vec![0, 0, 1], scores, 2).unwrap();
        let black = |index: u32| {
            Some((index.to_string(), Picture { channels: 1, height: 1, width: 1, pixels: vec![0] }))
        };
        let mistakes = Mistakes::select(
            &predictions,
            &predictions.predicted(),
            &[],
            &MistakeLimits::default(),
            black,
        );
        let found: Vec<(&str, f32, f32)> =
            mistakes.confident.iter().map(|m| (m.name.as_str(), m.score, m.truth_score)).collect();
        assert_eq!(found, [("2", 5.0, 0.0), ("1", 3.0, 0.0), ("0", 9.5, 9.0)]);
        assert_eq!(mistakes.score_kind, ScoreKind::Scores);
    }
}
