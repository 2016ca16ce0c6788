//! What a finished run says of images that it has never seen.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use burn::tensor::Device;
use rayon::prelude::*;
use zunder_data::image_folder::{Findings, ImageDecoder, ResizeMode};
use zunder_data::{DataError, ImageShape, Images};
use zunder_eval::{ScoreKind, argmax};
use zunder_train::{Interrupt, Loss, evaluate};

use crate::images::loaded::in_order;
use crate::run::stored::stored_model;
use crate::threads::in_pool;
use crate::{Model, Preprocessing, Run, RunError, device};

/// Image files that are decoded at a time: enough to keep all threads busy. Their bytes end it too,
/// so that large photographs are answered every second or so, not every minute. Both are facts of
/// the files and not of the machine, since which images share a batch decides the last bits of the
/// answers.
const FILES: usize = 1024;
const BYTES: u64 = 64 << 20;

/// What a network says of one image.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Prediction {
    /// The name of the class with the highest score.
    pub class: String,
    /// The estimated probability of each class, in the run's order; or its score, if the run's loss
    /// gives no probabilities.
    pub scores: Vec<f32>,
    /// Whether the scores are probabilities.
    pub kind: ScoreKind,
}

/// Hears each file's prediction, or why it cannot be decoded, and says whether to go on.
pub type Answers<'a> =
    dyn FnMut(&Path, Result<Prediction, DataError>) -> ControlFlow<()> + Send + 'a;

impl Run {
    /// The names of the classes, in the order of a prediction's scores.
    ///
    /// # Errors
    /// [`RunError::Io`] and [`RunError::BadFile`].
    pub fn classes(&self) -> Result<Vec<String>, RunError> {
        Ok(self.folder().read_preprocessing()?.classes)
    }

    /// Whether the scores of a prediction are probabilities: the run's loss decides.
    pub fn score_kind(&self) -> ScoreKind {
        if self.config().loss.gives_probabilities() {
            ScoreKind::Probabilities
        } else {
            ScoreKind::Scores
        }
    }

    /// How the run turns an image file into its input: as in training, if that was on a folder of
    /// images, else scaled to cover the run's shape and cut in the middle.
    ///
    /// # Errors
    /// [`RunError::Io`] and [`RunError::BadFile`].
    pub fn decoder(&self) -> Result<ImageDecoder, RunError> {
        Ok(decoder(&self.folder().read_preprocessing()?))
    }

    /// What the best epoch's weights of a finished run say of images of the run's own shape.
    ///
    /// # Errors
    /// [`RunError::OtherShape`], [`RunError::NotFinished`].
    pub fn predict(&self, images: Images) -> Result<Vec<Prediction>, RunError> {
        in_pool(self.config().threads, || {
            Predictor::of(self)?.predict(images, &|i| format!("image {i}"))
        })
    }

    /// The same of image files of any size and format: `tell` gets each file's prediction, or why
    /// it cannot be decoded, in the files' order, and says whether to go on. Two thousand decoded
    /// images at most are in memory at a time, however many files there are: the next ones are
    /// decoded while these are answered. Returns what is to be said of how the files were decoded.
    ///
    /// # Errors
    /// [`RunError::NotFinished`]; a file that cannot be decoded is no error.
    pub fn predict_files(
        &self,
        files: &[PathBuf],
        tell: &mut Answers<'_>,
    ) -> Result<Findings, RunError> {
        in_pool(self.config().threads, || {
            let predictor = Predictor::of(self)?;
            let decoder = decoder(&predictor.preprocessing);
            let decode = |files: &[PathBuf]| {
                files.par_iter().map(|file| decoder.read_with_findings(file)).collect::<Vec<_>>()
            };
            let mut findings = Findings::default();
            let (mut now, mut later) = next_files(files);
            let mut decoded = decode(now);
            while !now.is_empty() {
                let (next, rest) = next_files(later);
                findings = decoded.iter().flatten().fold(findings, |sum, (_, one)| sum.and(*one));
                let (told, following) =
                    rayon::join(|| predictor.answer(now, decoded, tell), || decode(next));
                if told?.is_break() {
                    break;
                }
                (now, later, decoded) = (next, rest, following);
            }
            Ok(findings)
        })
    }
}

/// The files to decode next, and the others.
fn next_files(files: &[PathBuf]) -> (&[PathBuf], &[PathBuf]) {
    let mut bytes = 0;
    let fits = |file: &&PathBuf| {
        let fits = bytes < BYTES;
        // What cannot be looked at is told when it cannot be decoded.
        bytes += std::fs::metadata(file).map_or(0, |file| file.len());
        fits
    };
    files.split_at(files.iter().take(FILES).take_while(fits).count())
}

fn decoder(preprocessing: &Preprocessing) -> ImageDecoder {
    let by_shape = |shape: ImageShape| ImageDecoder {
        shape,
        resize: ResizeMode::Crop,
        background: [255; 3],
        depth: 16,
    };
    preprocessing.decoder.unwrap_or_else(|| by_shape(preprocessing.shape))
}

/// A run's best weights and what they need, in memory.
struct Predictor {
    model: Model,
    preprocessing: Preprocessing,
    device: Device,
    kind: ScoreKind,
}

impl Predictor {
    fn of(run: &Run) -> Result<Self, RunError> {
        let preprocessing = run.folder().read_preprocessing()?;
        let device = device(&run.config().device)?;
        let model = stored_model(run, &preprocessing, &device)?.with_tta(run.config().tta);
        Ok(Self { model, preprocessing, device, kind: run.score_kind() })
    }

    fn classes(&self) -> usize {
        self.preprocessing.classes.len()
    }

    /// Tells the answers to some files, in their order.
    fn answer(
        &self,
        files: &[PathBuf],
        decoded: Vec<Result<(Vec<u8>, Findings), DataError>>,
        tell: &mut Answers<'_>,
    ) -> Result<ControlFlow<()>, RunError> {
        let good: Vec<&[u8]> =
            decoded.iter().flatten().map(|(pixels, _)| pixels.as_slice()).collect();
        let images = Images::new(
            self.preprocessing.shape,
            good.concat(),
            vec![0; good.len()],
            self.classes(),
        )?;
        let names: Vec<&Path> = files
            .iter()
            .zip(&decoded)
            .filter(|(_, result)| result.is_ok())
            .map(|(file, _)| file.as_path())
            .collect();
        let name =
            |i: usize| names.get(i).map_or_else(String::new, |file| file.display().to_string());
        let mut predictions = self.predict(images, &name)?.into_iter();
        for (file, result) in files.iter().zip(decoded) {
            let told = match result {
                Ok(_) => predictions
                    .next()
                    .map_or(ControlFlow::Continue(()), |prediction| tell(file, Ok(prediction))),
                Err(error) => tell(file, Err(error)),
            };
            if told.is_break() {
                return Ok(told);
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Predicts images; `name` says what to call each of them.
    fn predict(
        &self,
        images: Images,
        name: &dyn Fn(usize) -> String,
    ) -> Result<Vec<Prediction>, RunError> {
        let expected = self.preprocessing.shape;
        if images.shape() != expected {
            return Err(RunError::OtherShape {
                got: images.shape().to_string(),
                expected: expected.to_string(),
            });
        }
        if images.is_empty() {
            return Ok(Vec::new());
        }
        let indices = (0..images.len() as u32).collect();
        let batches = in_order(Arc::new(images), indices, &self.preprocessing)?;
        let answers =
            evaluate(&self.model, &batches, &Loss::default(), &self.device, &Interrupt::new())?;
        if let Some((sample, class, value)) =
            answers.as_ref().and_then(zunder_train::Evaluation::overflow)
        {
            let class = self.preprocessing.classes.get(class).cloned().unwrap_or_default();
            return Err(RunError::Overflow { image: name(sample), class, value });
        }
        let rows = answers.map(|answers| match self.kind {
            ScoreKind::Probabilities => answers.into_probabilities(),
            ScoreKind::Scores => answers.scores,
        });
        let prediction = |row: &[f32]| Prediction {
            class: self.preprocessing.classes.get(argmax(row)).cloned().unwrap_or_default(),
            scores: row.to_vec(),
            kind: self.kind,
        };
        Ok(rows.unwrap_or_default().chunks_exact(self.classes().max(1)).map(prediction).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_files_end_a_round_of_decoding() {
        let folder = tempfile::tempdir().unwrap();
        let large = folder.path().join("large");
        std::fs::File::create(&large).unwrap().set_len(BYTES / 2).unwrap();
        let rounds = |mut files: &[PathBuf]| {
            let mut rounds = Vec::new();
            while let (now @ [_, ..], later) = next_files(files) {
                rounds.push(now.len());
                files = later;
            }
            rounds
        };
        assert_eq!(rounds(&vec![large.clone(); 5]), [2, 2, 1]);
        std::fs::File::create(&large).unwrap().set_len(2 * BYTES).unwrap();
        assert_eq!(rounds(&vec![large; 2]), [1, 1]);
        assert_eq!(rounds(&vec![folder.path().join("none"); FILES + 1]), [FILES, 1]);
    }
}
