//! A service that only predicts: it has no pages, no downloads and no command line.

use std::path::Path;

use zunder::{Predictor, RunError};

/// Classifies photographs, from as many threads as ask.
#[derive(Debug)]
pub struct Service {
    predictor: Predictor,
}

impl Service {
    /// Loads the model of a run's folder.
    pub fn load(folder: &Path) -> Result<Self, RunError> {
        Ok(Self { predictor: Predictor::open(folder)? })
    }

    /// The class of a photograph, by the bytes of its file; or why there is none.
    pub fn classify(&self, photograph: &[u8]) -> Result<String, String> {
        let mut answers =
            self.predictor.predict_bytes(&[photograph]).map_err(|error| error.to_string())?;
        let answer = answers.pop().ok_or("no answer")?;
        Ok(answer.map_err(|error| error.to_string())?.class)
    }
}

#[cfg(all(test, feature = "flex"))]
mod tests {
    use super::*;
    use zunder::{DatasetName, ModelKind, Run, RunConfig, RunOptions};

    /// A BMP file of 32 x 32 pixels of one colour: blue, green, red.
    fn photograph(colour: [u8; 3]) -> Vec<u8> {
        let numbers = [54 + 3072, 0, 54, 40, 32, 32, 1 | 24 << 16, 0, 3072, 0, 0, 0, 0];
        let header: Vec<u8> = numbers.into_iter().flat_map(u32::to_le_bytes).collect();
        [b"BM".as_slice(), &header, &colour.repeat(32 * 32)].concat()
    }

    #[test]
    fn several_threads_ask_one_service() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("run");
        let mut config = RunConfig::preset(ModelKind::Linear);
        (config.data.dataset, config.data.limit) = (DatasetName::Shapes, Some(200));
        config.epochs = 1;
        let run = Run::train_in(&folder, &config, RunOptions::default()).unwrap();

        let service = Service::load(&folder).unwrap();
        let [red, again] = std::thread::scope(|scope| {
            let ask = || service.classify(&photograph([200, 20, 20])).unwrap();
            [scope.spawn(ask), scope.spawn(ask)].map(|thread| thread.join().unwrap())
        });
        assert_eq!(red, again);
        assert!(run.classes().unwrap().contains(&red));
        assert!(service.classify(b"no photograph").unwrap_err().contains("image 0"));
    }
}
