//! An optimiser and a metric of the program's own in the loop of `zunder-train`.

use burn::optim::{LearningRate, Optimizer};
use burn::tensor::{Device, Tensor};
use zunder_train::{
    BurnOptimizer, Evaluation, FitConfig, FitContext, Fitted, Key, Metric, TrainError, fit,
};

use crate::{People, TwoInputs};

/// Descent by the sign of the gradient: each number moves by the learning rate.
#[derive(Clone)]
pub struct SignDescent;

impl Optimizer for SignDescent {
    type State<const D: usize> = ();

    fn step<const D: usize>(
        &self,
        lr: LearningRate,
        tensor: Tensor<D>,
        gradient: Tensor<D>,
        _: Option<()>,
    ) -> (Tensor<D>, Option<()>) {
        (tensor - gradient.sign().mul_scalar(lr), None)
    }

    fn to_device<const D: usize>((): (), _: &Device) {}
}

/// The recall of class 1.
pub struct Sensitivity;

impl Metric for Sensitivity {
    fn value(&self, of: &Evaluation) -> f64 {
        let rows = of.scores.chunks(of.classes).zip(&of.labels).filter(|(_, label)| **label == 1);
        let (mut right, mut all) = (0.0, 0.0);
        for (scores, _) in rows {
            all += 1.0;
            right += f64::from(u8::from(scores[1] > scores[0]));
        }
        right / all
    }
}

/// Trains for some epochs; the epoch with the highest sensitivity is the best.
pub fn train(epochs: usize, device: &Device) -> Result<Fitted<TwoInputs>, TrainError> {
    let (train, validation) =
        (People { key: Key::new(1), batches: 40 }, People { key: Key::new(2), batches: 10 });
    let config = FitConfig { epochs, ..FitConfig::default() };
    let context = FitContext::new(device, Key::new(3))
        .with_optimizer(BurnOptimizer::new(0.01, SignDescent))
        .with_metric(&Sensitivity);
    fit(TwoInputs::new(device), &train, &validation, &config, None, context)
}

#[cfg(all(test, feature = "flex"))]
mod tests {
    use super::*;

    #[test]
    fn the_rule_learns_and_the_metric_selects() {
        let fitted = train(8, &Device::flex()).unwrap();
        let metrics: Vec<f64> = fitted.records.iter().map(|r| r.metric.unwrap()).collect();
        let highest = metrics.iter().copied().fold(0.0, f64::max);
        assert!(highest > 0.9, "{metrics:?}");
        let first = metrics.iter().position(|metric| *metric == highest).unwrap();
        assert_eq!(fitted.best_epoch, Some(first + 1));
    }
}
