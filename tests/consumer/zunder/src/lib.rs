//! A program that uses the whole library: train, test, resume, and predict.

pub mod cnn;

use std::path::Path;

use zunder::data::shapes::ShapesConfig;
use zunder::models::MlpConfig;
use zunder::{
    DatasetName, ModelConfig, ModelKind, Prediction, Run, RunConfig, RunError, RunOptions,
};

/// Trains a small network on a small part of the synthetic set, in `folder`.
pub fn train(folder: &Path, device: &str) -> Result<Run, RunError> {
    let mut config = RunConfig::preset(ModelKind::Mlp);
    config.epochs = 6;
    config.device = device.into();
    config.data.dataset = DatasetName::Shapes;
    config.data.limit = Some(1000);
    config.model = ModelConfig::Mlp(MlpConfig { hidden: vec![64], ..MlpConfig::default() });
    Run::train_in(folder, &config, RunOptions::default())
}

/// Returns the predictions of a finished run for new images, and the class as which each was drawn.
pub fn ask(folder: &Path) -> Result<Vec<(Prediction, String)>, RunError> {
    let run = Run::open(folder)?;
    let data = ShapesConfig { train: 100, test: 10, seed: 7 }.generate()?;
    let drawn: Vec<String> =
        data.train.labels().iter().map(|&label| data.classes[label as usize].clone()).collect();
    Ok(run.predict(data.train)?.into_iter().zip(drawn).collect())
}

#[cfg(all(test, feature = "flex"))]
mod tests {
    use super::*;

    #[test]
    fn from_configuration_to_answers() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("run");
        let test = train(&folder, "flex").unwrap().test().unwrap().unwrap();
        assert!(test.accuracy_low > 0.15, "better than the 0.1 of chance: {}", test.accuracy);

        let again = Run::open(&folder).unwrap().evaluate_in_full(None).unwrap();
        assert_eq!(again.report.accuracy, test.accuracy);

        let answers = ask(&folder).unwrap();
        let right = answers.iter().filter(|(answer, drawn)| answer.class == *drawn).count();
        assert!(answers.len() == 100 && right > 15, "{right} of {}", answers.len());
    }

    #[test]
    fn an_unknown_device_is_an_error_with_a_hint() {
        let dir = tempfile::tempdir().unwrap();
        let error = train(&dir.path().join("run"), "abacus").unwrap_err();
        assert!(error.is_input() && !error.hint().is_empty(), "{error}");
    }
}
