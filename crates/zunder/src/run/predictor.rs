//! A trained model that predicts, loaded once.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use burn::tensor::Device;
use rayon::ThreadPool;
use rayon::prelude::*;
use zunder_data::image_folder::{Findings, ImageDecoder, ResizeMode};
use zunder_data::{DataError, Images};
use zunder_eval::{ScoreKind, argmax};
use zunder_train::{Interrupt, Loss, evaluate};

use crate::device::use_device;
use crate::images::loaded::in_order;
use crate::remote::{busy, guard};
use crate::run::stored::stored_model;
use crate::threads::pool;
use crate::{Answers, Model, Prediction, Preprocessing, Run, RunError, device};

/// Number of image files that are decoded at a time, which keeps all threads busy. `BYTES` limits
/// their total size, so that for large photographs predictions arrive about every second, not every
/// minute. Both limits are constant: the images that share a batch determine the last bits of the
/// predictions, which must not depend on the machine.
const FILES: usize = 1024;
const BYTES: u64 = 64 << 20;

/// A trained model with all that it needs to predict, loaded once: the weights of the best epoch,
/// the preprocessing, a device and a pool of threads.
///
/// It reads the folder of a finished run, of an imported model or of an export, and no other file
/// afterwards. It is `Send` and `Sync`, so the threads of a service can share it. Its predictions
/// are those of [`Run::predict`], bit for bit, for any number of concurrent calls.
///
/// ```
/// use zunder::data::shapes::ShapesConfig;
/// use zunder::{DatasetName, ModelKind, Predictor, Run, RunConfig, RunOptions};
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("run");
/// let mut config = RunConfig::preset(ModelKind::Linear);
/// (config.data.dataset, config.data.limit) = (DatasetName::Shapes, Some(200));
/// config.epochs = 1;
/// Run::train_in(&path, &config, RunOptions::default())?;
///
/// let predictor = Predictor::open(&path)?;
/// let images = ShapesConfig { train: 10, test: 10, seed: 7 }.generate()?.test;
/// let answers = std::thread::scope(|scope| {
///     let ask = || predictor.predict(images.clone());
///     let [a, b] = [scope.spawn(ask), scope.spawn(ask)].map(|thread| thread.join().unwrap());
///     Ok::<_, zunder::RunError>([a?, b?])
/// })?;
/// assert_eq!(answers[0], answers[1]);
/// assert!(predictor.classes().contains(&answers[0][0].class));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Predictor {
    model: Model,
    preprocessing: Preprocessing,
    device: Device,
    kind: ScoreKind,
    pool: ThreadPool,
}

impl Predictor {
    pub(super) fn load(run: &Run) -> Result<Self, RunError> {
        let pool = pool(run.config().threads)?;
        let load = || {
            let preprocessing = run.folder().read_preprocessing()?;
            let device = device(&run.config().device)?;
            let _busy = busy();
            let model = stored_model(run, &preprocessing, &device)?.with_tta(run.config().tta);
            Ok::<_, RunError>((model, preprocessing, device))
        };
        let (model, preprocessing, device) = pool.install(|| guard(load))?;
        Ok(Self::new(model, preprocessing, device, run.score_kind(), pool))
    }

    pub(crate) fn new(
        model: Model,
        preprocessing: Preprocessing,
        device: Device,
        kind: ScoreKind,
        pool: ThreadPool,
    ) -> Self {
        Self { model, preprocessing, device, kind, pool }
    }

    /// Returns the names of the classes, in the order of a prediction's scores.
    pub fn classes(&self) -> &[String] {
        &self.preprocessing.classes
    }

    /// Returns the preprocessing that turns an image into the network's input: shape and
    /// standardisation.
    pub fn preprocessing(&self) -> &Preprocessing {
        &self.preprocessing
    }

    /// Returns whether the scores of a prediction are probabilities, which depends on the run's
    /// loss.
    pub fn score_kind(&self) -> ScoreKind {
        self.kind
    }

    /// Returns the decoder of image files: see [`Run::decoder`].
    pub fn decoder(&self) -> ImageDecoder {
        decoder(&self.preprocessing)
    }

    /// Predicts images of the run's own shape.
    ///
    /// # Errors
    /// Returns [`RunError::OtherShape`], and [`RunError::Overflow`] if a score is not finite.
    pub fn predict(&self, images: Images) -> Result<Vec<Prediction>, RunError> {
        self.pool.install(|| self.answer(images, &|i| format!("image {i}")))
    }

    /// Predicts image files of any size and format from memory. Returns a result for each file, in
    /// their order. Decodes all files before the first prediction.
    ///
    /// # Errors
    /// Returns [`RunError::Overflow`] if a score is not finite. For bytes that cannot be decoded,
    /// the result of that file is an error.
    pub fn predict_bytes<B: AsRef<[u8]> + Sync>(
        &self,
        files: &[B],
    ) -> Result<Vec<Result<Prediction, DataError>>, RunError> {
        let name = |i: usize| format!("image {i}");
        self.pool.install(|| {
            let decoder = self.decoder();
            let decode =
                |(i, file): (usize, &B)| decoder.decode(file.as_ref(), Path::new(&name(i)));
            self.answer_decoded(files.par_iter().enumerate().map(decode).collect(), &name)
        })
    }

    /// Predicts image files of any size and format. For each file, in their order, `tell` receives
    /// the prediction, or the reason why it cannot be decoded, and returns whether to continue. At
    /// most two thousand decoded images are in memory: the next ones are decoded while these are
    /// predicted. Returns the findings of the decoder.
    ///
    /// # Errors
    /// Returns [`RunError::Overflow`] if a score is not finite. A file that cannot be decoded is
    /// not an error.
    pub fn predict_files(
        &self,
        files: &[PathBuf],
        tell: &mut Answers<'_>,
    ) -> Result<Findings, RunError> {
        self.pool.install(|| {
            let decoder = self.decoder();
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
                    rayon::join(|| self.answer_files(now, decoded, tell), || decode(next));
                if told?.is_break() {
                    break;
                }
                (now, later, decoded) = (next, rest, following);
            }
            Ok(findings)
        })
    }

    /// Passes the predictions for some files to `tell`, in the order of the files.
    fn answer_files(
        &self,
        files: &[PathBuf],
        decoded: Vec<Result<(Vec<u8>, Findings), DataError>>,
        tell: &mut Answers<'_>,
    ) -> Result<ControlFlow<()>, RunError> {
        let decoded = decoded.into_iter().map(|result| result.map(|(pixels, _)| pixels)).collect();
        let answers = self.answer_decoded(decoded, &|i| files[i].display().to_string())?;
        for (file, answer) in files.iter().zip(answers) {
            let told = tell(file, answer);
            if told.is_break() {
                return Ok(told);
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Predicts the images that could be decoded; `name` returns the name of the file at an index.
    fn answer_decoded(
        &self,
        decoded: Vec<Result<Vec<u8>, DataError>>,
        name: &dyn Fn(usize) -> String,
    ) -> Result<Vec<Result<Prediction, DataError>>, RunError> {
        let good: Vec<&[u8]> = decoded.iter().flatten().map(Vec::as_slice).collect();
        let (shape, labels) = (self.preprocessing.shape, vec![0; good.len()]);
        let images = Images::new(shape, good.concat(), labels, self.classes().len())?;
        let places: Vec<usize> =
            decoded.iter().enumerate().filter(|(_, image)| image.is_ok()).map(|(i, _)| i).collect();
        let name = |i: usize| places.get(i).map_or_else(String::new, |&place| name(place));
        let mut predictions = self.answer(images, &name)?.into_iter();
        // There is one prediction for each image.
        let result =
            |image: Result<Vec<u8>, DataError>| image.map(|_| predictions.next()).transpose();
        Ok(decoded.into_iter().filter_map(result).collect())
    }

    /// Predicts images; `name` returns the name of the image at an index.
    fn answer(
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
        let answers = guard(|| {
            use_device(&self.device)?;
            let _busy = busy();
            let (model, loss) = (&self.model, Loss::default());
            Ok(evaluate(model, &batches, &loss, &self.device, &Interrupt::new())?)
        })?;
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
        Ok(rows
            .unwrap_or_default()
            .chunks_exact(self.classes().len().max(1))
            .map(prediction)
            .collect())
    }
}

/// Returns the files to decode next, and the remaining files.
fn next_files(files: &[PathBuf]) -> (&[PathBuf], &[PathBuf]) {
    let mut bytes = 0;
    let fits = |file: &&PathBuf| {
        let fits = bytes < BYTES;
        // A file whose size is unknown fails when it is decoded, and is reported then.
        bytes += std::fs::metadata(file).map_or(0, |file| file.len());
        fits
    };
    files.split_at(files.iter().take(FILES).take_while(fits).count())
}

pub(super) fn decoder(preprocessing: &Preprocessing) -> ImageDecoder {
    let by_shape = || ImageDecoder {
        shape: preprocessing.shape,
        resize: ResizeMode::Crop,
        background: [255; 3],
        depth: 16,
    };
    preprocessing.decoder.unwrap_or_else(by_shape)
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
