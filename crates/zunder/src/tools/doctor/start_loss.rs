//! Checks the loss before the first update.

use burn::tensor::Device;
use zunder_train::{BatchSource, Classifier, Interrupt, Loss, evaluate};

use super::check::Check;
use crate::RunError;

/// The loss before the first update, compared with that of uninformed predictions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StartLoss {
    /// Mean loss over some training images; batch normalisation uses the statistics of the batch.
    pub loss: f64,
    /// Loss of equal scores: ln C for the cross-entropy of C classes.
    pub chance: f64,
    /// Upper limit of the loss of random scores.
    pub usual: f64,
}

impl StartLoss {
    /// Measures the loss of a new model. Returns `None` if interrupted.
    pub(super) fn measure<M: Classifier>(
        model: M,
        images: &impl BatchSource<Input = M::Input>,
        loss: &Loss,
        device: &Device,
        interrupt: &Interrupt,
    ) -> Result<Option<Self>, RunError> {
        let answers =
            evaluate(&model.train(), images, loss, &device.clone().autodiff(), interrupt)?;
        Ok(answers.map(|answers| {
            let chance = loss.chance(answers.classes);
            // Scores with standard deviation 1 increase the squared error by 1 per class.
            let scores = if matches!(loss, Loss::SquaredError {}) {
                2.0 * answers.classes as f64
            } else {
                0.0
            };
            Self { loss: answers.loss, chance, usual: 1.5 * chance + scores }
        }))
    }

    pub(super) fn check(&self) -> Check {
        let check = Check::good(
            "loss at start",
            format!("{:.3} (equal scores: {:.3})", self.loss, self.chance),
        );
        if !self.loss.is_finite() {
            check.fault(
                "it is infinite or NaN: look for such values in the data, and for \
                 weights that are drawn too large (--init)",
            )
        } else if self.loss < 0.5 * self.chance {
            check.fault(
                "the model predicts too well before any training: its weights are trained \
                 ones, or labels leak into the images",
            )
        } else if self.loss > 2.0 * self.usual {
            check.fault(
                "scores are far too large at the start: weights are drawn too large \
                (--init), or the input is not standardised",
            )
        } else if self.loss > self.usual {
            check.warn(
                "scores are large at the start, and the first epochs go into shrinking them: draw \
                 smaller weights (--init), or normalise",
            )
        } else {
            check
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tools::doctor::Verdict;
    use crate::tools::doctor::bench::tests::{bench, blown_up};

    #[test]
    fn a_fresh_model_knows_nothing_and_one_of_large_scores_is_told() {
        let (healthy, large) = (bench(), blown_up());
        let measure = |bench: &crate::tools::doctor::bench::Bench<'_>| {
            let source = bench.plain(bench.train_images(), 64).unwrap();
            let config = bench.config();
            StartLoss::measure(
                bench.fresh(&config.model).unwrap(),
                &source,
                &config.loss,
                bench.device(),
                &Interrupt::new(),
            )
            .unwrap()
            .unwrap()
        };
        let start = measure(&healthy.bench());
        assert!(
            start.check().verdict == Verdict::Good && (start.chance - 10_f64.ln()).abs() < 1e-12,
            "{start:?}"
        );
        let start = measure(&large.bench());
        assert!(
            start.check().verdict == Verdict::Fault
                && start.check().advice.contains("far too large"),
            "{start:?}"
        );
        let all_known = StartLoss { loss: 0.1, ..start }.check();
        assert!(
            all_known.verdict == Verdict::Fault && all_known.advice.contains("predicts too well"),
            "{all_known:?}"
        );
        assert_eq!(StartLoss { loss: f64::NAN, ..start }.check().verdict, Verdict::Fault);
    }
}
