//! Predictions of a model for the test images and the validation images.

use zunder_eval::Predictions;
use zunder_train::{Interrupt, evaluate};

use crate::images::batches::TensorBatches;
use crate::remote::busy;
use crate::run::evaluation::EvaluationTask;
use crate::run::session::Session;
use crate::{Model, RunError};

impl Session {
    /// Returns the predictions of a model for the test set, and the mean of the run's plain loss;
    /// `None` if an interrupt was requested.
    pub(crate) fn predict_test(
        &self,
        model: &Model,
        interrupt: &Interrupt,
    ) -> Result<Option<(Predictions, f64)>, RunError> {
        let images = self.loaded.test(&self.preprocessing)?;
        let name =
            |number| self.loaded.test_image(number).map_or_else(String::new, |(name, _)| name);
        let tested = self.predict(model, &images, &self.loaded.test_numbers, &name, interrupt)?;
        let Some((predictions, loss)) = tested else { return Ok(None) };
        let predictions = match self.loaded.test_names() {
            Some(files) => predictions.with_files(files)?,
            None => predictions,
        };
        Ok(Some((predictions, loss)))
    }

    /// Like [`predict_test`](Self::predict_test), for the validation images.
    pub(crate) fn predict_validation(
        &self,
        model: &Model,
        interrupt: &Interrupt,
    ) -> Result<Option<(Predictions, f64)>, RunError> {
        let name = |number| format!("validation image {number}");
        self.predict(
            model,
            &self.loaded.validation(&self.preprocessing)?,
            &self.loaded.split.validation,
            &name,
            interrupt,
        )
    }

    fn predict(
        &self,
        model: &Model,
        images: &TensorBatches<2>,
        numbers: &[u32],
        name: &dyn Fn(u32) -> String,
        interrupt: &Interrupt,
    ) -> Result<Option<(Predictions, f64)>, RunError> {
        let busy = busy();
        let Some(answers) =
            evaluate(model, images, &self.plan.config.loss, &self.device, interrupt)?
        else {
            return Ok(None);
        };
        busy.end();
        if let Some((sample, class, value)) = answers.overflow() {
            let class = self.plan.classes.get(class).cloned().unwrap_or_default();
            return Err(RunError::Overflow { image: name(numbers[sample]), class, value });
        }
        let (numbers, labels, classes, mean) =
            (numbers.to_vec(), answers.labels.clone(), answers.classes, answers.loss);
        let predictions = if self.plan.config.loss.gives_probabilities() {
            Predictions::new(numbers, labels, answers.into_probabilities(), classes)?
        } else {
            Predictions::of_scores(numbers, labels, answers.scores, classes)?
        };
        Ok(Some((predictions, mean)))
    }

    /// Returns the facts about the run that [`evaluate`](EvaluationTask::evaluate) needs.
    pub(crate) fn task(&self) -> EvaluationTask<'_> {
        let positive = self
            .plan
            .positive
            .as_ref()
            .and_then(|name| self.plan.classes.iter().position(|class| class == name));
        EvaluationTask {
            classes: &self.plan.classes,
            positive,
            seed: self.plan.config.seed,
            leakage: self.plan.leakage.as_ref(),
        }
    }
}
